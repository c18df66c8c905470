/* SPDX-License-Identifier: Apache-2.0 */
/* Who sent the message that mq_notify() tells of: a handler, sigwaitinfo. */
#include "scenario.h"

#include <mqueue.h>
#include <sys/random.h>

static mqd_t queue;

static void want(int sig)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL,
				  .sigev_signo = sig };

	MUST(mq_notify(queue, &event));
}

static void take(void)
{
	char byte[8];

	MUST(mq_receive(queue, byte, sizeof(byte), NULL));
}

static void sent_by_child(void)
{
	pid_t pid = child();

	if (pid == 0) {
		MUST(mq_send(queue, "x", 1, 0));
		_exit(0);
	}
	see("child %d", pid);
	reap(pid);
}

int main(void)
{
	struct mq_attr attr = { .mq_maxmsg = 4, .mq_msgsize = 8 };
	struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID };
	unsigned long random;
	siginfo_t info;
	sigset_t set;
	char name[64];

	MUST(getrandom(&random, sizeof(random), 0));
	snprintf(name, sizeof(name), "/scenario-%lx", random);
	queue = MUST(mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, &attr));
	mq_unlink(name);
	see("to a thread: %s", res(mq_notify(queue, &event)));
	catch_signal(SIGUSR1, 0);
	want(SIGUSR1);
	see("once more: %s", res(mq_notify(queue, &event)));
	sent_by_child();
	see("handler: %s", info_text(&caught_info));
	take();
	want(SIGUSR1);
	MUST(mq_send(queue, "x", 1, 0));
	see("handler: %s", info_text(&caught_info));
	take();
	block(SIGUSR2);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	want(SIGUSR2);
	sent_by_child();
	sigwaitinfo(&set, &info);
	see("sigwaitinfo: %s", info_text(&info));
	take();
	return done();
}
