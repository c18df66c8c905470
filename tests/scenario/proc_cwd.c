/* SPDX-License-Identifier: Apache-2.0 */
/* A working folder in /proc: getcwd, relative paths, children, its end. */
#include "proc_common.h"

static const char *here(void)
{
	char text[PATH_MAX];

	return getcwd(text, sizeof(text)) ? path("%.250s", text) : res(-1);
}

int main(void)
{
	struct stat st;
	char small[8];
	pid_t pid;
	int fd;

	SEE(chdir("/proc/self"));
	see("%s: %s", here(), number_in(slurp("stat")));
	see("./stat %s, ../stat %s, ../self/stat %s", number_in(slurp("./stat")),
	    number_in(slurp("../stat")), number_in(slurp("../self/stat")));
	see(".:%s", numbers("."));
	see("..:%s", numbers(".."));
	see("cwd link %s", link_text("cwd"));
	see("cwd of self %s", link_text("/proc/self/cwd"));
	SEE(stat(".", &st));
	SEE(stat("task", &st));
	SEE(access("task/1", F_OK));
	SEE(access("nothing", F_OK));
	SEE(syscall(SYS_getcwd, small, 7));
	SEE(syscall(SYS_getcwd, small, 8));
	SEE(syscall(SYS_getcwd, BAD_ADDR, 64));
	pid = child();
	if (pid == 0) {
		see("child in %s: %s, self %s", here(),
		    number_in(slurp("stat")), number_in(slurp("../self/stat")));
		SEE(chdir("../self/task"));
		see("child in %s:%s", here(), numbers("."));
		SEE(chdir(".."));
		see("child in %s", here());
		SEE(chdir("../.."));
		see("child in %s", here());
		_exit(0);
	}
	reap(pid);
	SEE(chdir("task/1"));
	see("%s", here());
	SEE(chdir("../../.."));
	see("%s", here());
	SEE(chdir("self/task/../.."));
	see("%s", here());
	SEE(chdir(".."));
	see("%s", here());
	SEE(chdir("proc/31999"));
	SEE(chdir("proc/self/stat"));
	SEE(chdir("/proc/self/cwd"));
	see("%s", here());
	SEE(chdir("/proc/self/root"));
	see("%s", here());
	pid = idle_child();
	SEE(chdir(path("/proc/%d/cwd", pid)));
	see("%s", here());
	SEE(chdir(path("/proc/%d", pid)));
	see("%s: %s", here(), number_in(slurp("stat")));
	fd = MUST(open(".", O_RDONLY));
	SEE(chdir("/"));
	SEE(fchdir(fd));
	see("%s", here());
	see("of another: %s", link_text(path("/proc/%d/cwd", getpid())));
	end_child(pid);
	SEE(access("stat", F_OK));
	see(".. %s", number_in(slurp("../1/stat")));
	SEE(chdir(".."));
	see("%s", here());
	SEE(chdir("/proc/sys/kernel"));
	see("%s", here());
	see("hostname opens: %d", open("hostname", O_RDONLY) != -1);
	SEE(chdir("/tmp/../proc/self/fd"));
	see("%s", here());
	see("0 is a link: %d", link_text("0")[0] == '\'');
	return done();
}
