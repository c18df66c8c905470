/* SPDX-License-Identifier: Apache-2.0 */
/* A file that is kept open and read again from its start is fresh. */
#include "proc_common.h"

static const char *again(int fd, int by_pread)
{
	static char buf[4096];
	ssize_t n;

	if (by_pread) {
		n = pread(fd, buf, sizeof(buf) - 1, 0);
	} else {
		MUST(lseek(fd, 0, SEEK_SET));
		n = read(fd, buf, sizeof(buf) - 1);
	}
	buf[n > 0 ? n : 0] = 0;
	return n == -1 ? res(-1) : buf;
}

static const char *name_in(const char *stat_text)
{
	const char *from = strchr(stat_text, '(');
	const char *to = strrchr(stat_text, ')');

	return from && to ? path("%.*s", (int)(to - from + 1), from) :
			    stat_text;
}

static void names(int by_pread)
{
	int stat_fd = MUST(open("/proc/self/stat", O_RDONLY));
	int status = MUST(open("/proc/self/status", O_RDONLY));
	int comm = MUST(open("/proc/self/comm", O_RDONLY));
	char text[16];

	for (int i = 0; i < 4; i++) {
		snprintf(text, sizeof(text), "name %d", i);
		prctl(PR_SET_NAME, text);
		see("%s %s %s", name_in(again(stat_fd, by_pread)),
		    line_of(again(status, by_pread), "Name:"),
		    first_line(again(comm, by_pread)));
	}
	close(stat_fd);
	close(status);
	close(comm);
}

static void pieces(void)
{
	char buf[16];
	int fd;

	prctl(PR_SET_NAME, "pieces");
	fd = MUST(open("/proc/self/stat", O_RDONLY));
	SEE(read(fd, buf, 1));
	SEE(read(fd, buf, 2));
	see("'%.2s'", buf);
	SEE(lseek(fd, 0, SEEK_CUR));
	SEE(pread(fd, buf, 3, 1));
	see("'%.3s'", buf);
	SEE(lseek(fd, 1, SEEK_SET));
	SEE(read(fd, buf, 3));
	see("'%.3s'", buf);
	SEE(lseek(fd, -1, SEEK_SET));
	SEE(write(fd, "x", 1));
	SEE(syscall(SYS_read, fd, BAD_ADDR, 8));
	close(fd);
}

static void children(void)
{
	int fd = MUST(open(path("/proc/self/task/%d/children", getpid()),
			   O_RDONLY));
	int load = MUST(open("/proc/loadavg", O_RDONLY));
	pid_t a, b;

	see("children '%s'", again(fd, 1));
	a = idle_child();
	see("children '%s'", again(fd, 1));
	b = idle_child();
	see("children '%s'", again(fd, 0));
	see("last %s", strrchr(again(load, 1), ' ') + 1);
	end_child(a);
	see("children '%s'", again(fd, 0));
	end_child(b);
	see("children '%s'", again(fd, 1));
	close(fd);
	close(load);
}

static void other(void)
{
	pid_t pid = idle_child();
	int fd = MUST(open(path("/proc/%d/stat", pid), O_RDONLY));
	int status;

	until_state(pid, 'S');
	see("%s", stat_ids(again(fd, 1)));
	kill(pid, SIGSTOP);
	waitpid(pid, &status, WUNTRACED);
	see("%s", stat_ids(again(fd, 0)));
	setpgid(pid, pid);
	see("%s", stat_ids(again(fd, 1)));
	end_child(pid);
	close(fd);
}

/* The descriptor in another process: by fork, by dup and by /proc. */
static void shared(void)
{
	int fd = MUST(open("/proc/self/stat", O_RDONLY));
	int two = dup(fd);
	pid_t pid = child();

	if (pid == 0) {
		see("in a child: %s", number_in(again(fd, 1)));
		_exit(0);
	}
	reap(pid);
	see("by dup: %s", number_in(again(two, 0)));
	see("link: %s", link_text(path("/proc/self/fd/%d", fd)));
	see("opened again: %s",
	    number_in(slurp(path("/proc/self/fd/%d", fd))));
	close(fd);
	close(two);
}

int main(void)
{
	names(0);
	names(1);
	pieces();
	children();
	other();
	shared();
	return done();
}
