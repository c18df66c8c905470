/* SPDX-License-Identifier: Apache-2.0 */
/* A daemon that closes every descriptor it did not open is served as before. */
#include "scenario.h"

#include <sys/utsname.h>

#define SEE_FD 250 /* of scenario.c */

int main(void)
{
	struct utsname names;
	int fd, extra = 0;
	pid_t pid;

	for (fd = 3; fd < 1024; fd++) {
		extra += fd != SEE_FD && fcntl(fd, F_GETFD) != -1;
	}
	see("descriptors beyond the standard ones: %d", extra);
	for (fd = 0; fd < 1024; fd++) {
		if (fd != SEE_FD) {
			close(fd);
		}
	}
	see("close_range: %s",
	    res(syscall(SYS_close_range, SEE_FD + 1, ~0U, 0)));
	see("getpid %d, uname %s", getpid(), res(uname(&names)));
	pid = child();
	if (pid == 0) {
		see("child %d of %d", getpid(), getppid());
		_exit(8);
	}
	see("%d %s", pid, wait_text(reap(pid)));
	fd = open("/dev/null", O_RDWR);
	see("the first descriptor is %d", fd);
	pid = vfork();
	if (pid == 0) {
		execl("/bin/true", "true", NULL);
		_exit(1);
	}
	see("%d %s", pid, wait_text(reap(pid)));
	return done();
}
