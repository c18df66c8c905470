/* SPDX-License-Identifier: Apache-2.0 */
/* Every form of kill, tkill and tgkill, and what wrong ones answer. */
#include "scenario.h"

#define K(pid, sig) see("kill(%s, %s): %s", #pid, #sig, res(kill(pid, sig)))
#define T(tid, sig) \
	see("tkill(%s, %s): %s", #tid, #sig, res(sys_tkill(tid, sig)))
#define TG(tgid, tid, sig)                               \
	see("tgkill(%s, %s, %s): %s", #tgid, #tid, #sig, \
	    res(sys_tgkill(tgid, tid, sig)))

static pid_t member, other;

static void kills(void)
{
	K(0, 0);
	K(1, 0);
	K(-1, 0);
	K(member, 0);
	K(-member, 0);
	K(-other, 0);
	K(NOBODY, 0);
	K(-NOBODY, 0);
	K(INT_MIN, 0);
	K(INT_MIN, 65);
	K(INT_MAX, 0);
	K(member, 65);
	K(member, -1);
	K(-member, 65);
	K(0, 65);
	K(-1, 65);
	K(NOBODY, 65);
	K(-NOBODY, 65);
	K(member, 64);
}

static void thread_kills(void)
{
	T(member, 0);
	T(0, 0);
	T(-1, 0);
	T(NOBODY, 0);
	T(0, 65);
	T(NOBODY, 65);
	T(member, 65);
	T(member, -1);
	TG(member, member, 0);
	TG(member, other, 0);
	TG(1, member, 0);
	TG(0, member, 0);
	TG(member, 0, 0);
	TG(-1, member, 0);
	TG(-1, -1, 0);
	TG(member, member, 65);
	TG(member, other, 65);
	TG(NOBODY, NOBODY, 0);
	TG(NOBODY, NOBODY, 65);
}

int main(void)
{
	struct gate hold, ready;
	siginfo_t info;

	gate_init(&hold);
	gate_init(&ready);
	member = child();
	if (member == 0) {
		setpgid(0, 0);
		signal(64, SIG_IGN);
		let(&ready, 1);
		pass(&hold);
		_exit(0);
	}
	other = child();
	if (other == 0) {
		let(&ready, 1);
		pass(&hold);
		_exit(0);
	}
	pass(&ready);
	pass(&ready);
	see("member %d other %d", member, other);
	kills();
	thread_kills();
	K(member, SIGKILL);
	waitid(P_PID, member, &info, WEXITED | WNOWAIT);
	see("member is a zombie");
	K(member, 0);
	K(member, SIGKILL);
	K(-member, 0);
	K(-member, SIGKILL);
	T(member, 0);
	TG(member, member, 0);
	K(-1, 0);
	see("member %s", wait_text(reap(member)));
	K(member, 0);
	K(-member, 0);
	T(member, 0);
	TG(member, member, 0);
	K(other, SIGTERM);
	see("other %s", wait_text(reap(other)));
	K(-1, 0);
	K(-1, 65);
	K(-1, SIGKILL);
	return done();
}
