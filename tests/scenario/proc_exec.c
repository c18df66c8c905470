/* SPDX-License-Identifier: Apache-2.0 */
/* exec by /proc: of oneself, of another process, of a descriptor. */
#include "proc_common.h"

#include <sys/wait.h>

static void start(const char *how, const char *name)
{
	pid_t pid = child();

	if (pid == 0) {
		execl(name, "started", "role", how, NULL);
		see("%s: %s", how, res(-1));
		_exit(1);
	}
	see("%s: %s", how, wait_text(reap(pid)));
}

int main(int argc, char **argv)
{
	int fd, script;
	pid_t pid, sleeper;

	if (argc == 3) {
		see("in it: %d by %s", getpid(), argv[2]);
		see("  exe is a path %d, comm %s",
		    link_text("/proc/self/exe")[1] == '/',
		    first_line(slurp("/proc/self/comm")));
		return 0;
	}
	start("self/exe", "/proc/self/exe");
	start("1/exe", "/proc/1/exe");
	sleeper = idle_child();
	start("child's exe", path("/proc/%d/exe", sleeper));
	start("child's task", path("/proc/%d/task/%d/exe", sleeper, sleeper));
	start("nobody's exe", "/proc/31999/exe");
	start("a file", "/proc/self/stat");
	start("a folder", "/proc/self");
	start("sleeper's cwd", path("/proc/%d/cwd", sleeper));
	start("/proc", "/proc");
	start("through root", path("/proc/%d/root%s", sleeper, argv[0]));
	start("through own root", path("/proc/self/root%s", argv[0]));
	fd = MUST(open(argv[0], O_RDONLY));
	start("self/fd", path("/proc/self/fd/%d", fd));
	start("by /dev/fd", path("/dev/fd/%d", fd));
	start("fd of 1", path("/proc/1/fd/%d", fd));
	pid = child() ?: (fexecve(fd, (char *[]){ "started", "role", "fexecve",
						   NULL },
				  environ), _exit(1), 0);
	see("fexecve: %s", wait_text(reap(pid)));
	fd = MUST(open("/proc/self", O_PATH));
	pid = child();
	if (pid == 0) {
		syscall(SYS_execveat, fd, "exe",
			(char *[]){ "started", "role", "execveat", NULL },
			environ, 0);
		see("execveat: %s", res(-1));
		_exit(1);
	}
	see("execveat: %s", wait_text(reap(pid)));
	script = MUST(open("script", O_WRONLY | O_CREAT, 0755));
	dprintf(script, "#!/bin/sh\necho \"$0: $(cat /proc/$$/comm)\" >out\n");
	close(script);
	start("script", "./script");
	see("%s", first_line(slurp("out")));
	start("script by cwd", "/proc/self/cwd/script");
	see("%s", first_line(slurp("out")));
	chdir("/proc/self");
	start("relative", "exe");
	end_child(sleeper);
	return done();
}
