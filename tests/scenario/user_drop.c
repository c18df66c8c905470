/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How daemons give up root, and that there is no way back.
 *
 * scenario: user=all needs=root,userns run-as=root
 */
#include "user_common.h"

#define SEE(call) see("%s: %s", #call, res(call))

static void drop(void)
{
	const gid_t groups[] = { 33, 1000 };

	SEE(setgroups(2, groups));
	SEE(setgid(33));
	SEE(setuid(33));
	see_all_creds("dropped");
	SEE(setuid(0));
	SEE(seteuid(0));
	SEE(setreuid(-1, 0));
	SEE(setresuid(0, 0, 0));
	SEE(setgid(0));
	SEE(setegid(1000)); /* a supplementary one is not enough */
	SEE(setgroups(0, NULL));
	SEE(set_caps(1, 1, 0));
	SEE(prctl(PR_CAPBSET_DROP, CAP_KILL, 0, 0, 0));
	see_all_creds("after all");
}

static void *other_thread(void *arg)
{
	(void)arg;
	see_creds("thread");
	/* glibc's, for all threads */
	SEE(setuid(44));
	return NULL;
}

static void *raw_thread(void *arg)
{
	(void)arg;
	SEE(syscall(SYS_setresuid, 55, 55, 55));
	see_creds("raw thread");
	return NULL;
}

static void threads(void)
{
	pthread_t thread;

	MUST(setgid(33));
	MUST(pthread_create(&thread, NULL, raw_thread, NULL));
	pthread_join(thread, NULL);
	see_creds("main, after raw");
	MUST(pthread_create(&thread, NULL, other_thread, NULL));
	pthread_join(thread, NULL);
	see_creds("main");
}

int main(int argc, char **argv)
{
	pid_t pid;

	if (argc > 1) {
		see_all_creds(argv[1]);
		return 0;
	}
	pid = child();
	if (pid == 0) {
		drop();
		if (child() == 0)
			exec_self("program after");
		wait(NULL);
		_exit(0);
	}
	reap(pid);
	pid = child();
	if (pid == 0) {
		/* for a while */
		SEE(seteuid(33));
		see_creds("for a while");
		if (child() == 0)
			exec_self("program meanwhile");
		wait(NULL);
		SEE(seteuid(0));
		see_creds("back");
		_exit(0);
	}
	reap(pid);
	pid = child();
	if (pid == 0) {
		threads();
		_exit(0);
	}
	reap(pid);
	return done();
}
