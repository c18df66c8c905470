/* SPDX-License-Identifier: Apache-2.0 */
/* A shell at work: its number, its pipelines, its jobs and its traps. */
#include "pid_shell.h"

static void script(const char *text)
{
	run_script(text, -1);
}

int main(void)
{
	script("echo $$ $PPID; echo again $$");
	script("(echo subshell of $$); echo $?");
	script("echo a b c | tr a-z A-Z | sed s/B/x/ | cat");
	script("cat </dev/null & echo $!; wait $!; echo $?");
	script("sh -c 'kill -TERM $$'; echo $?");
	script("(exit 7) & wait $!; echo $?");
	script("trap 'echo trapped' USR1; kill -USR1 $$; echo after");
	script("set -- a b; for i; do sh -c 'echo $PPID $0' $i; done");
	script("kill -0 31999 2>&- || echo nobody");
	script("kill -0 1 && echo init");
	script("cat /dev/zero | head -c 100000 | wc -c");
	script("x=$(sh -c 'echo $$; exit 3'); echo $x $?");
	script("set -m; cat & kill -KILL %1; wait %1; echo $?");
	script("exec sh -c 'echo $$'");
	return done();
}
