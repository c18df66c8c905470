/* SPDX-License-Identifier: Apache-2.0 */
/* A number of a process is an int: what stands above it is not looked at. */
#include "scenario.h"

#define HIGH	  0x7654321000000000L
#define SEE(call) see("%s: %s", #call, res(call))

static struct gate hold;
static volatile pid_t pid;

int main(void)
{
	int status, self;
	siginfo_t info;
	cpu_set_t set;

	gate_init(&hold);
	pid = child();
	if (pid == 0) {
		pass(&hold);
		_exit(3);
	}
	see("child %d", pid);
	self = getpid();
	catch_signal(SIGUSR1, 0);
	SEE(syscall(SYS_kill, HIGH + self, HIGH + SIGUSR1));
	see("  %s", info_text(&caught_info));
	SEE(syscall(SYS_tgkill, HIGH + self, HIGH + self, HIGH + SIGUSR1));
	see("  %s", info_text(&caught_info));
	SEE(syscall(SYS_tkill, HIGH + self, HIGH + SIGUSR1));
	SEE(syscall(SYS_kill, 0xffffffffL, 0) == kill(-1, 0));
	SEE(syscall(SYS_getpgid, HIGH + pid) == getpgid(pid));
	SEE(syscall(SYS_getsid, HIGH + pid) == getsid(pid));
	SEE(syscall(SYS_setpgid, HIGH + pid, HIGH));
	SEE(getpgid(pid) == pid);
	SEE(syscall(SYS_kill, 0x100000000L - pid, 0));
	SEE(syscall(SYS_sched_getaffinity, HIGH + pid, sizeof(set), &set) > 0);
	SEE(syscall(SYS_getpriority, HIGH + PRIO_PROCESS, HIGH + pid));
	SEE(syscall(SYS_prlimit64, HIGH + pid, RLIMIT_CORE, NULL, NULL));
	SEE(close(syscall(SYS_pidfd_open, HIGH + pid, HIGH)));
	SEE(syscall(SYS_wait4, HIGH + pid, NULL, HIGH + WNOHANG, NULL));
	SEE(syscall(SYS_wait4, 0xffffffffL, NULL, WNOHANG, NULL));
	SEE(syscall(SYS_wait4, 0x100000000L - pid, NULL, WNOHANG, NULL));
	SEE(syscall(SYS_waitid, HIGH + P_PID, HIGH + pid, &info,
		    HIGH + (WEXITED | WNOHANG), NULL));
	let(&hold, 1);
	SEE(syscall(SYS_wait4, HIGH + pid, &status, 0, NULL));
	see("%s", wait_text(status));
	return done();
}
