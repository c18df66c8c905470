/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A shell with job control on a terminal of its own: stopped jobs, fg and bg.
 *
 * scenario: needs=tty
 */
#include "pid_shell.h"

static int tty;

static void script(const char *text)
{
	run_script(text, tty);
}

int main(void)
{
	int master = MUST(posix_openpt(O_RDWR | O_NOCTTY));

	MUST(unlockpt(master));
	tty = MUST(open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC));
	script("set -m; sh -c 'kill -STOP $$; exit 5'; echo $?;"
	       " fg >/dev/null; echo $?");
	script("set -m; sh -c 'kill -TSTP $$; exit 6'; echo $?;"
	       " bg >/dev/null; wait; echo $?");
	script("set -m; cat & wait $!; echo $?; kill -KILL %1; wait; echo $?");
	script("set -m; (exit 3) | (exit 4); echo $?");
	script("set -m; sh -c 'kill -INT 0'; echo $?");
	return done();
}
