/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A child belongs to the whole process: a thread may wait for the child of
 * another, unless it says __WNOTHREAD; it outlives the thread that made it.
 */
#include "scenario.h"

static struct gate hold;
static pid_t made;

static void *make(void *unused)
{
	made = child();
	if (made == 0) {
		pass(&hold);
		see("child: getppid %d", getppid());
		_exit(8);
	}
	return unused;
}

static void *look(void *unused)
{
	see("thread, __WNOTHREAD: %s",
	    res(waitpid(made, NULL, WNOHANG | __WNOTHREAD)));
	see("thread: %s", res(waitpid(made, NULL, WNOHANG)));
	return unused;
}

int main(void)
{
	pthread_t thread;
	int status;

	gate_init(&hold);
	make(NULL);
	pthread_create(&thread, NULL, look, NULL);
	pthread_join(thread, NULL);
	let(&hold, 1);
	see("%d %s", made, wait_text(reap(made)));
	pthread_create(&thread, NULL, make, NULL);
	pthread_join(thread, NULL);
	let(&hold, 1);
	see("main: %s", res(waitpid(made, &status, 0)));
	see("%s", wait_text(status));
	return done();
}
