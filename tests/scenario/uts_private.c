/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A new host name is not seen outside; it is what everybody inside sees.
 *
 * scenario: run-as=root after=uname
 */
#include "scenario.h"

#include <sys/utsname.h>

static void show(const char *who)
{
	struct utsname names;

	uname(&names);
	see("%s: %s, %s", who, names.nodename, names.domainname);
}

static void *thread(void *unused)
{
	show("thread");
	sethostname("of-thread", 9);
	return unused;
}

int main(int argc, char **argv)
{
	pthread_t id;
	pid_t pid;

	if (argc > 1) {
		show(argv[1]);
		_exit(0);
	}
	show("init");
	sethostname("inside", 6);
	setdomainname("inside.domain", 13);
	pid = child();
	if (pid == 0) {
		show("child");
		sethostname("of-child", 8);
		_exit(0);
	}
	reap(pid);
	show("init");
	pthread_create(&id, NULL, thread, NULL);
	pthread_join(id, NULL);
	show("init");
	pid = child();
	if (pid == 0) {
		exec_self("after exec");
	}
	reap(pid);
	pid = vfork();
	if (pid == 0) {
		execl(self_path, self_path, "after vfork", NULL);
		_exit(1);
	}
	reap(pid);
	return done();
}
