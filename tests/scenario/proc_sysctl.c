/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hostname, domainname and ns_last_pid by their files in /proc/sys.
 *
 * scenario: run-as=root needs=root
 */
#include "proc_common.h"

#include <sys/utsname.h>

static void put(const char *name, const char *text)
{
	int fd = open(name, O_WRONLY);

	if (fd == -1) {
		see("open %s: %s", name, res(-1));
		return;
	}
	see("write '%s': %s", first_line(text),
	    res(write(fd, text, strlen(text))));
	close(fd);
}

static void names(void)
{
	struct utsname u;

	uname(&u);
	see("uname '%s' '%s'", u.nodename, u.domainname);
	see("  files '%s' '%s'", slurp("/proc/sys/kernel/hostname"),
	    slurp("/proc/sys/kernel/domainname"));
}

static pid_t next(void)
{
	pid_t pid = child();

	if (pid == 0) {
		_exit(0);
	}
	reap(pid);
	return pid;
}

int main(void)
{
	static const char *const host = "/proc/sys/kernel/hostname";
	static const char *const last = "/proc/sys/kernel/ns_last_pid";
	int fd;

	put(host, "alpha\n");
	put("/proc/sys/kernel/domainname", "beta");
	names();
	sethostname("gamma", 5);
	names();
	fd = MUST(open(host, O_RDWR));
	see("read '%s'", first_line(slurp_fd(fd)));
	lseek(fd, 0, SEEK_SET);
	SEE(write(fd, "delta", 5));
	names();
	close(fd);
	fd = MUST(open(host, O_WRONLY | O_TRUNC | O_CREAT, 0644));
	SEE(write(fd, "epsilon\nrest", 12));
	close(fd);
	names();
	put(host, "\n");
	names();
	put(host, "0123456789abcdef0123456789abcdef0123456789abcdef"
		  "0123456789abcdef0123456789");
	names();
	see("last %s", first_line(slurp(last)));
	see("next is %d", next());
	put(last, "100");
	see("last %s", first_line(slurp(last)));
	see("next is %d", next());
	see("next is %d", next());
	put(last, "50\n");
	see("next is %d", next());
	put(last, "-1");
	put(last, "abc");
	put(last, "99999999");
	see("after what is no number there: %d", next());
	see("pid_max is a number: %d", atoi(slurp("/proc/sys/kernel/pid_max")) >
					       300);
	return done();
}
