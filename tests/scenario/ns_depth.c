/* SPDX-License-Identifier: Apache-2.0 */
/*
 * As deep as pid namespaces go.
 *
 * scenario: run-as=root bare=skip
 * (without namespaces, the machine's own would be changed)
 */
#include "scenario.h"

/* Return: how many levels there are below this one, as an exit status. */
static int descend(int level)
{
	long pid = sys_clone(CLONE_NEWPID | SIGCHLD, NULL, NULL);
	int status;

	if (pid < 0) {
		/* How deep the scenario itself is, is not its matter. */
		see("clone: %s", res(pid));
		see("unshare: %s", res(unshare(CLONE_NEWPID)));
		see("unshare with another: %s",
		    res(unshare(CLONE_NEWPID | CLONE_NEWUTS)));
		see("deep: %s", level > 20 ? "yes" : "no");
		see("as ever: %d of %d", getpid(), getppid());
		pid = child();
		if (pid == 0)
			_exit(getpid());
		see("child %ld: %s", pid, wait_text(reap((int)pid)));
		return 0;
	}
	if (pid == 0)
		_exit(descend(level + 1));
	MUST(waitpid((pid_t)pid, &status, 0));
	return WEXITSTATUS(status) + 1;
}

int main(void)
{
	int levels = descend(0);

	see("levels: %s", levels > 20 ? "many" : "few");
	return done();
}
