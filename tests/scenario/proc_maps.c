/* SPDX-License-Identifier: Apache-2.0 */
/* Files without ids: maps, environ, cmdline, auxv; and those to write. */
#include "proc_common.h"

static void put(const char *name, const char *text)
{
	int fd = open(name, O_WRONLY);

	if (fd == -1) {
		see("open %s: %s", name, res(-1));
		return;
	}
	see("%s: %s", name, res(write(fd, text, strlen(text))));
	close(fd);
}

int main(int argc, char **argv)
{
	const char *text = slurp("/proc/self/maps");
	pid_t pid = idle_child();
	char word[8] = "before", seen[8] = "";
	int fd;

	(void)argc;
	see("maps: %d %d %d", strstr(text, argv[0]) != NULL,
	    strstr(text, "[stack]") != NULL, strstr(text, "[heap]") != NULL);
	see("cmdline %d", strcmp(slurp("/proc/self/cmdline"), argv[0]) == 0);
	see("child's %d", strcmp(slurp(path("/proc/%d/cmdline", pid)),
				 argv[0]) == 0);
	see("environ %d", strncmp(slurp("/proc/self/environ"), "PATH=", 5) == 0 ||
			  strstr(slurp("/proc/self/environ"), "=") != NULL);
	put("/proc/self/comm", "renamed");
	see("%s", first_line(slurp("/proc/self/comm")));
	see("%s", line_of(slurp("/proc/self/status"), "Name:"));
	put(path("/proc/%d/comm", pid), "other");
	put("/proc/thread-self/comm", "thread");
	see("%s", first_line(slurp("/proc/1/comm")));
	put("/proc/self/oom_score_adj", "500");
	see("%s", first_line(slurp("/proc/self/oom_score_adj")));
	put(path("/proc/%d/oom_score_adj", pid), "600");
	see("%s", first_line(slurp(path("/proc/%d/oom_score_adj", pid))));
	put("/proc/self/oom_score_adj", "-900");
	put("/proc/self/coredump_filter", "0x21");
	see("%s", first_line(slurp("/proc/self/coredump_filter")));
	put("/proc/self/clear_refs", "1");
	put("/proc/self/stat", "x");
	put("/proc/self/timerslack_ns", "70000");
	fd = open("/proc/self/mem", O_RDWR);
	see("mem opens %d", fd != -1);
	SEE(pread(fd, seen, 7, (off_t)(uintptr_t)word));
	see("'%s'", seen);
	SEE(pwrite(fd, "after!", 6, (off_t)(uintptr_t)word));
	see("'%s'", word);
	close(fd);
	fd = open(path("/proc/%d/mem", pid), O_RDONLY);
	SEE(pread(fd, seen, 7, (off_t)(uintptr_t)word));
	see("child's '%s'", seen);
	close(fd);
	see("wchan %d, limits %d, io %d, statm %d",
	    slurp("/proc/self/wchan")[0] != 0,
	    strncmp(slurp("/proc/self/limits"), "Limit", 5) == 0,
	    strncmp(slurp("/proc/self/io"), "rchar", 5) == 0,
	    atoi(slurp("/proc/self/statm")) > 0);
	see("auxv %d", slurp("/proc/self/auxv")[0] != 'E');
	see("smaps %d", strstr(slurp("/proc/self/smaps"), "Rss:") != NULL);
	see("uptime %d, cpuinfo %d, meminfo %d", slurp("/proc/uptime")[0] > '0',
	    strstr(slurp("/proc/cpuinfo"), "processor") != NULL,
	    strncmp(slurp("/proc/meminfo"), "MemTotal", 8) == 0);
	end_child(pid);
	return done();
}
