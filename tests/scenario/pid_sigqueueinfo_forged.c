/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rt_sigqueueinfo with a siginfo of the sender's invention: what is refused,
 * and that si_pid passes as it was given.
 */
#include "scenario.h"

static siginfo_t *info;

static siginfo_t *forge(int code, int pid)
{
	memset(info, 0, sizeof(*info));
	info->si_signo = SIGTERM; /* the kernel takes the argument */
	info->si_code = code;
	info->si_pid = pid;
	info->si_uid = getuid();
	info->si_value.sival_int = 5;
	return info;
}

static void send(const char *what, pid_t pid, int code)
{
	long r;

	caught_count = 0;
	r = syscall(SYS_rt_sigqueueinfo, pid, SIGUSR1, forge(code, 1234));
	if (caught_count) {
		see("%s: %s, got %s", what, res(r), info_text(&caught_info));
	} else {
		see("%s: %s", what, res(r));
	}
}

static void send_tg(const char *what, pid_t tgid, pid_t tid, int code)
{
	long r;

	caught_count = 0;
	r = syscall(SYS_rt_tgsigqueueinfo, tgid, tid, SIGUSR1,
		    forge(code, 1234));
	if (caught_count) {
		see("%s: %s, got %s", what, res(r), info_text(&caught_info));
	} else {
		see("%s: %s", what, res(r));
	}
}

#define S(pid, code) send("rt_sigqueueinfo(" #pid ", " #code ")", pid, code)
#define TG(tgid, tid, code)                                                \
	send_tg("rt_tgsigqueueinfo(" #tgid ", " #tid ", " #code ")", tgid, \
		tid, code)

/* What arrives at another process, by its own words. */
static void to_other(int code)
{
	struct gate ready;
	long first, second;
	sigset_t set;
	pid_t pid;

	gate_init(&ready);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	block(SIGUSR2);
	pid = child();
	if (pid == 0) {
		sigwaitinfo(&set, info);
		see("other by sigwaitinfo: %s", info_text(info));
		catch_signal(SIGUSR2, 0);
		let(&ready, 1);
		unblock(SIGUSR2);
		while (!caught_count) {
			sched_yield();
		}
		see("other by handler: %s", info_text(&caught_info));
		_exit(0);
	}
	first = syscall(SYS_rt_sigqueueinfo, pid, SIGUSR2, forge(code, 77));
	pass(&ready);
	second = syscall(SYS_rt_sigqueueinfo, pid, SIGUSR2, forge(code, 1));
	reap(pid);
	see("code %d to another: %ld %ld", code, first, second);
}

int main(void)
{
	struct gate hold;
	pid_t other;

	info = guard_alloc(sizeof(*info));
	gate_init(&hold);
	see("getpid %d", getpid());
	other = child();
	if (other == 0) {
		pass(&hold);
		_exit(0);
	}
	catch_signal(SIGUSR1, 0);
	S(getpid(), SI_QUEUE);
	S(getpid(), SI_USER);
	S(getpid(), SI_KERNEL);
	S(getpid(), SI_TKILL);
	S(getpid(), SI_MESGQ);
	S(getpid(), SI_TIMER);
	S(getpid(), 5);
	S(getpid(), -1000);
	S(other, SI_USER);
	S(other, SI_KERNEL);
	S(other, SI_TKILL);
	S(NOBODY, SI_USER);
	S(NOBODY, SI_QUEUE);
	S(0, SI_QUEUE);
	S(-1, SI_QUEUE);
	TG(getpid(), gettid(), SI_QUEUE);
	TG(getpid(), gettid(), SI_USER);
	TG(getpid(), gettid(), SI_TKILL);
	TG(getpid(), other, SI_QUEUE);
	TG(other, other, SI_USER);
	TG(other, other, SI_TKILL);
	TG(other, getpid(), SI_QUEUE);
	TG(0, other, SI_QUEUE);
	TG(other, 0, SI_QUEUE);
	TG(-1, other, SI_USER);
	TG(NOBODY, NOBODY, SI_QUEUE);
	see("bad address: %s",
	    res(syscall(SYS_rt_sigqueueinfo, getpid(), SIGUSR1, BAD_ADDR)));
	see("bad address, nobody: %s",
	    res(syscall(SYS_rt_sigqueueinfo, NOBODY, SIGUSR1, BAD_ADDR)));
	see("bad signal: %s", res(syscall(SYS_rt_sigqueueinfo, getpid(), 65,
					  forge(SI_QUEUE, 1))));
	see("bad signal, nobody: %s",
	    res(syscall(SYS_rt_sigqueueinfo, NOBODY, 65, forge(SI_QUEUE, 1))));
	see("no signal: %s",
	    res(syscall(SYS_rt_sigqueueinfo, other, 0, forge(SI_QUEUE, 1))));
	let(&hold, 1);
	reap(other);
	to_other(SI_QUEUE);
	to_other(-1000);
	to_other(SI_MESGQ);
	return done();
}
