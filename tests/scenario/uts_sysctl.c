/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The host's name as a file, in a uts namespace without a pid namespace.
 *
 * scenario: run-as=root flags=-u after=uname
 */
#include "proc_common.h"

#include <sys/utsname.h>

int main(void)
{
	static const char *const host = "/proc/sys/kernel/hostname";
	char text[65] = "";
	struct utsname u;
	int fd, folder;

	sethostname("alpha", 5);
	setdomainname("beta", 4);
	uname(&u);
	see("uname '%s' '%s'", u.nodename, u.domainname);
	see("files '%s' '%s'", first_line(slurp(host)),
	    first_line(slurp("/proc/sys/kernel/domainname")));
	fd = MUST(open(host, O_RDONLY));
	sethostname("gamma", 5);
	sethostname("delta", 5);
	lseek(fd, 0, SEEK_SET);
	see("again '%s'", first_line(slurp_fd(fd)));
	sethostname("eps", 3);
	see("pread %zd", pread(fd, text, 64, 0));
	see("  '%s'", first_line(text));
	close(fd);
	MUST(symlink(host, "link"));
	see("by link '%s'", first_line(slurp("link")));
	folder = MUST(open("/proc/sys/kernel", O_RDONLY | O_DIRECTORY));
	see("in a folder '%s'", first_line(slurp_at(folder, "hostname")));
	MUST(chdir("/proc/sys"));
	see("relative '%s'", first_line(slurp("kernel/hostname")));
	see("own folder: %d",
	    atoi(number_in(slurp("/proc/self/stat"))) == getpid());
	SEE(open("/proc/sys/kernel/hostname", O_RDONLY | O_DIRECTORY));
	SEE(open("/proc/sys/kernel/no-such", O_RDONLY));
	return done();
}
