/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mounts that come with a new pid namespace want a mount namespace that
 * belongs to the caller's user namespace.
 *
 * scenario: user=root needs=userns bare=skip
 * (without namespaces, the machine's own would be asked for)
 */
#include <sys/mount.h>
#include "user_common.h"

static void try(const char *who)
{
	see("%s: private: %s", who,
	    res(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL)));
	see("%s: proc: %s", who,
	    res(mount("proc", "/proc", "proc",
		      MS_NOSUID | MS_NOEXEC | MS_NODEV, NULL)));
}

static void in_child(const char *who, int flags)
{
	long pid = syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0);

	if (pid == 0) {
		try(who);
		_exit(0);
	}
	see("%s: %s", who, pid < 0 ? res(pid) : wait_text(reap((int)pid)));
}

static void from_below(void)
{
	in_child("user", CLONE_NEWUSER | CLONE_NEWPID);
	in_child("user and mount", CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS);
	MUST(unshare(CLONE_NEWUSER));
	in_child("later", CLONE_NEWPID);
	in_child("later, with mount", CLONE_NEWPID | CLONE_NEWNS);
	MUST(unshare(CLONE_NEWNS));
	in_child("later still", CLONE_NEWPID);
}

int main(void)
{
	pid_t pid = child();

	if (pid == 0) {
		from_below();
		_exit(0);
	}
	see("%s", wait_text(reap(pid)));
	return done();
}
