/* SPDX-License-Identifier: Apache-2.0 */
/* A program's own seccomp filter works as always, and nothing else changes. */
#include "scenario.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/signalfd.h>
#include <sys/utsname.h>

#define IS(name, action)                                       \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##name, 0, 1), \
		BPF_STMT(BPF_RET | BPF_K, action)

static void filter(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		IS(getppid, SECCOMP_RET_ERRNO | EXDEV),
		IS(getpgid, SECCOMP_RET_ERRNO | 0),
		IS(setsid, SECCOMP_RET_TRAP | 42),
		IS(getsid, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(*code), code };

	see("PR_SET_NO_NEW_PRIVS: %s",
	    res(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)));
	see("PR_GET_SECCOMP: %s", res(prctl(PR_GET_SECCOMP)));
	see("PR_SET_SECCOMP: %s",
	    res(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program)));
	see("PR_GET_SECCOMP: %s", res(prctl(PR_GET_SECCOMP)));
}

int main(void)
{
	struct rlimit none = { 0, 0 };
	struct utsname names;
	sigset_t set;
	pid_t pid;

	setrlimit(RLIMIT_CORE, &none);
	pid = child();
	if (pid == 0) {
		/* What nsrun may need filters for shows no more than the rest. */
		sigemptyset(&set);
		sigaddset(&set, SIGUSR2);
		MUST(signalfd(-1, &set, 0));
		filter();
		see("getpid %d", getpid());
		see("getppid: %s", res(syscall(SYS_getppid)));
		see("getpgid: %s", res(syscall(SYS_getpgid, NOBODY)));
		see("uname: %s", res(uname(&names)));
		see("kill: %s", res(kill(getpid(), 0)));
		catch_signal(SIGSYS, 0);
		syscall(SYS_setsid);
		see("%s code %d errno %d is setsid %d",
		    sig_text(caught_info.si_signo), caught_info.si_code,
		    caught_info.si_errno, caught_info.si_syscall == SYS_setsid);
		pid = child();
		if (pid == 0) {
			see("grandchild %d: getppid %s", getpid(),
			    res(syscall(SYS_getppid)));
			_exit(4);
		}
		see("grandchild %d %s", pid, wait_text(reap(pid)));
		signal(SIGSYS, SIG_DFL);
		syscall(SYS_getsid, 0);
		_exit(0);
	}
	see("%d %s", pid, wait_text(reap(pid)));
	return done();
}
