/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clone(2) with flags of namespaces: which go together, what the child has.
 *
 * scenario: run-as=root bare=skip
 * (without namespaces, the machine's own would be changed)
 */
#include "scenario.h"

#include <sys/utsname.h>

#define SEE(call) see("%s: %s", #call, res(call))

static const char *host_name(void)
{
	static struct utsname name;

	uname(&name);
	return name.nodename;
}

/* Of the child that came to be, if it did: it says what it is and ends. */
static void try(const char *name, unsigned long flags)
{
	long pid = sys_clone(flags | SIGCHLD, NULL, NULL);

	if (pid == 0) {
		see("%s: %d of %d, %s", name, getpid(), getppid(), host_name());
		sethostname("child", 5);
		_exit(0);
	}
	see("%s: %s", name, pid < 0 ? res(pid) : wait_text(reap((int)pid)));
	see("here: %s", host_name());
}

#define TRY(flags) try(#flags, flags)

int main(void)
{
	int fd = -1;
	long pid;

	MUST(sethostname("parent", 6));
	TRY(CLONE_NEWUTS);
	TRY(CLONE_NEWIPC);
	TRY(CLONE_NEWPID);
	TRY(CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC);
	TRY(CLONE_NEWPID | CLONE_PARENT);
	TRY(CLONE_NEWIPC | CLONE_SYSVSEM);
	TRY(CLONE_NEWPID | CLONE_THREAD | CLONE_SIGHAND | CLONE_VM);
	TRY(CLONE_NEWUTS | CLONE_THREAD);
	TRY(CLONE_NEWUTS | CLONE_SIGHAND);
	TRY(CLONE_NEWNS | CLONE_FS);
	TRY(CLONE_NEWPID | CLONE_VFORK);
	pid = sys_clone(CLONE_NEWPID | CLONE_PIDFD | SIGCHLD, &fd, NULL);
	if (pid == 0)
		_exit(7);
	see("with a pidfd: %ld", pid);
	{
		siginfo_t info = { 0 };

		MUST(waitid(P_PIDFD, (id_t)fd, &info, WEXITED));
		see("waited for %ld: %d", info.si_pid == pid ? 1L : 0L,
		    info.si_status);
	}
	close(fd);
	/* Words that the kernel writes: each sees its own number. */
	{
		static volatile int parent_word, child_word;

		pid = sys_clone(CLONE_NEWPID | CLONE_PARENT_SETTID |
				CLONE_CHILD_SETTID | SIGCHLD,
				(void *)&parent_word, (void *)&child_word);
		if (pid == 0) {
			see("child's word: %d", child_word);
			_exit(0);
		}
		reap((int)pid);
		see("parent's word: %s", parent_word == pid ? "same" : "other");
	}
	return done();
}
