/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls that nsrun refuses, since by them a program could get round it; see
 * divergences.def. Most the kernel refuses to an unprivileged user itself.
 */
#include "scenario.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mount.h>

/*
 * Which error it is depends on how the kernel was built, and on whether the
 * missing feature or the missing right is noticed first.
 */
static const char *refusal(long r)
{
	return r == -1 && (errno == EPERM || errno == ENOSYS) ? "refused"
							      : res(r);
}

static void listener(void)
{
	struct sock_filter allow[] = {
		{ BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW },
	};
	struct sock_fprog program = { 1, allow };
	long fd;

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
		     SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
	see("seccomp listener: %s", fd == -1 ? res(-1) : "open");
}

int main(void)
{
	char zeroes[256] = { 0 };
	struct timespec now;
	long r;

	see("getpid %d", getpid());
	r = syscall(SYS_io_uring_setup, 4, zeroes);
	see("io_uring_setup: %s", r == -1 ? res(-1) : "open");
	see("io_uring_enter: %s",
	    res(syscall(SYS_io_uring_enter, -1, 0, 0, 0, NULL, 0)));
	see("io_uring_register: %s",
	    res(syscall(SYS_io_uring_register, -1, 0, NULL, 0)));
	see("userfaultfd: %s", refusal(syscall(SYS_userfaultfd, 0)));
	see("bpf: %s", res(syscall(SYS_bpf, 0, zeroes, 120)));
	see("init_module: %s",
	    refusal(syscall(SYS_init_module, zeroes, 4, "")));
	see("finit_module: %s", refusal(syscall(SYS_finit_module, -1, "", 0)));
	see("delete_module: %s", refusal(syscall(SYS_delete_module, "x", 0)));
	see("kexec_load: %s", refusal(syscall(SYS_kexec_load, 0, 0, NULL, 0)));
	see("mount: %s", refusal(mount("none", "/tmp", "tmpfs", 0, NULL)));
	see("umount2: %s", refusal(umount2("/tmp", 0)));
	see("pivot_root: %s", refusal(syscall(SYS_pivot_root, "/", "/")));
	see("reboot: %s", refusal(syscall(SYS_reboot, 0, 0, 0, NULL)));
	see("swapon: %s", refusal(syscall(SYS_swapon, "/dev/null", 0)));
	/* To what it is, for the case that it succeeds. */
	clock_gettime(CLOCK_REALTIME, &now);
	see("clock_settime: %s", refusal(clock_settime(CLOCK_REALTIME, &now)));
	see("acct: %s", refusal(syscall(SYS_acct, NULL)));
	see("iopl: %s", refusal(syscall(SYS_iopl, 3)));
	listener();
	see("getpid, still %d", getpid());
	return done();
}
