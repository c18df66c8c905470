/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What personality() does to uname: another machine, another release.
 *
 * scenario: run-as=root bare=same
 * (the runner's outer namespace gives every arm names of its own)
 */
#include "scenario.h"

#include <sys/personality.h>
#include <sys/utsname.h>

static void show(const char *what)
{
	struct utsname u;

	MUST(uname(&u));
	see("%s: machine %s, release 2.6 %d, host %s", what, u.machine,
	    strncmp(u.release, "2.6.", 4) == 0, u.nodename);
}

int main(void)
{
	pid_t pid;

	sethostname("person", 6);
	show("plain");
	see("personality: %s", res(personality(PER_LINUX32)));
	show("PER_LINUX32");
	pid = child();
	if (pid == 0) {
		show("child");
		_exit(0);
	}
	reap(pid);
	see("personality: %s", res(personality(0x0020000)));
	show("UNAME26");
	personality(PER_LINUX);
	show("plain again");
	return done();
}
