/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may send a signal to whom, by kill, tgkill, sigqueue and a pidfd; which
 * user the receiver is told; priorities and limits of others.
 *
 * scenario: user=all needs=root,userns run-as=root
 */
#include "user_common.h"
#include <linux/ioprio.h>
#include <sys/signalfd.h>
#include <sys/uio.h>

#define CAP(c) (UINT64_C(1) << (c))
#define WORST 19 /* niceness that is no less than whatever this runs with */

struct who {
	const char *name;
	int r, e, s;
	uint64_t caps; /* of one that is not root */
};

static const struct who senders[] = {
	{ "root", 0, 0, 0, 0 },
	{ "33", 33, 33, 33, 0 },
	{ "44", 44, 44, 44, 0 },
	{ "33 as 44", 33, 44, 33, 0 },
	{ "44, saved 33", 44, 44, 33, 0 },
	{ "root, effective 44", 0, 44, 0, 0 },
	{ "44 with CAP_KILL", 44, 44, 44, CAP(CAP_KILL) },
	{ "44 with CAP_SYS_NICE", 44, 44, 44, CAP(CAP_SYS_NICE) },
	{ "44 with CAP_SYS_RESOURCE", 44, 44, 44, CAP(CAP_SYS_RESOURCE) },
	{ "44 with CAP_SYS_PTRACE", 44, 44, 44, CAP(CAP_SYS_PTRACE) },
};

static const struct who receivers[] = {
	{ "root", 0, 0, 0, 0 },		{ "33", 33, 33, 33, 0 },
	{ "33 as 55", 33, 55, 33, 0 },	{ "55 saved 33", 55, 55, 33, 0 },
	{ "33 as root", 33, 0, 33, 0 },
};

#define N(a) (int)(sizeof(a) / sizeof((a)[0]))

static void become(const struct who *who)
{
	if (who->caps)
		MUST(prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0));
	MUST(syscall(SYS_setresgid, who->r, who->e, who->s));
	MUST(syscall(SYS_setresuid, who->r, who->e, who->s));
	if (who->caps)
		MUST(set_caps(who->caps, who->caps, 0));
}

static struct gate ready, go;

static void receive(const struct who *who, const char *from)
{
	siginfo_t info;
	sigset_t set;
	int sig;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGUSR2);
	sigaddset(&set, SIGRTMIN);
	MUST(sigprocmask(SIG_BLOCK, &set, NULL));
	become(who);
	let(&ready, 1);
	pass(&go);
	for (;;) {
		struct timespec now = { 0, 0 };

		sig = sigtimedwait(&set, &info, &now);
		if (sig < 0)
			break;
		see("  %s got %s of %s: code %d uid %d", who->name,
		    sig == SIGRTMIN ? "RTMIN" : sig_text(sig), from,
		    info.si_code, (int)info.si_uid);
	}
	_exit(0);
}

static void send_all(const struct who *who, const struct who *to, pid_t pid)
{
	union sigval value = { 7 };
	struct sched_param param = { 0 };
	struct rlimit limit;
	cpu_set_t cpus;
	char byte;
	struct iovec local = { &byte, 1 }, remote = { &caught_info, 1 };
	int fd = sys_pidfd_open(pid, 0);

	become(who);
	see("%s -> %s: kill %s, 0 %s, CONT %s, tgkill %s, tkill %s, pidfd %s, "
	    "queue %s",
	    who->name, to->name, res(kill(pid, SIGUSR1)), res(kill(pid, 0)),
	    res(kill(pid, SIGCONT)), res(sys_tgkill(pid, pid, SIGUSR2)),
	    res(sys_tkill(pid, 0)), res(sys_pidfd_send(fd, 0, NULL, 0)),
	    res(sigqueue(pid, SIGRTMIN, value)));
	see("%s -> %s: nice %s, io %s, sched %s, affinity %s, limit %s, vm %s, "
	    "kcmp %s, getfd %s, group %s",
	    who->name, to->name, res(setpriority(PRIO_PROCESS, pid, WORST)),
	    res(syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, pid,
			IOPRIO_PRIO_VALUE(IOPRIO_CLASS_BE, 6))),
	    res(sched_setscheduler(pid, SCHED_BATCH, &param)),
	    res(sched_getaffinity(pid, sizeof(cpus), &cpus) < 0
			? -1
			: sched_setaffinity(pid, sizeof(cpus), &cpus)),
	    res(prlimit(pid, RLIMIT_CORE, NULL, &limit)),
	    res(process_vm_readv(pid, &local, 1, &remote, 1, 0)),
	    res(syscall(SYS_kcmp, pid, pid, 0, 0, 0)),
	    res(syscall(SYS_pidfd_getfd, fd, ready.rd, 0) >= 0 ? 0 : -1),
	    res(kill(-pid, 0)));
	_exit(0);
}

static void try_one(const struct who *from, const struct who *to)
{
	pid_t receiver, sender;

	receiver = child();
	if (receiver == 0) {
		setpgid(0, 0);
		receive(to, from->name);
	}
	pass(&ready);
	sender = child();
	if (sender == 0)
		send_all(from, to, receiver);
	reap(sender);
	let(&go, 1);
	reap(receiver);
}

static void on_signal(int sig, siginfo_t *info, void *context)
{
	(void)context;
	see("handler: %s uid %d code %d", sig_text(sig), (int)info->si_uid,
	    info->si_code);
}

/* The other ways to learn of a sender, and of a child's user. */
static void other_ways(void)
{
	struct sigaction action = { .sa_sigaction = on_signal,
				    .sa_flags = SA_SIGINFO | SA_RESTART };
	const struct who dead = { "77", 77, 78, 77, 0 };
	const struct who caller = { "", 66, 0, 66, 0 };
	struct signalfd_siginfo record;
	siginfo_t info;
	sigset_t set;
	pid_t pid;
	int fd;

	MUST(sigaction(SIGUSR1, &action, NULL));
	pid = child();
	if (pid == 0) {
		become(&caller);
		_exit(kill(getppid(), SIGUSR1));
	}
	reap(pid);
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGUSR2);
	MUST(sigprocmask(SIG_BLOCK, &set, NULL));
	MUST(fd = signalfd(-1, &set, 0));
	pid = child();
	if (pid == 0) {
		become(&caller);
		_exit(kill(getppid(), SIGUSR2));
	}
	for (int i = 0; i < 2; i++) {
		MUST(read(fd, &record, sizeof(record)));
		see("signalfd: %s uid %d code %d", sig_text(record.ssi_signo),
		    (int)record.ssi_uid, record.ssi_code);
	}
	reap(pid);
	pid = child();
	if (pid == 0) {
		become(&dead);
		_exit(0);
	}
	MUST(waitid(P_PID, pid, &info, WEXITED | WNOWAIT));
	see("waitid: uid %d", (int)info.si_uid);
	see("kill of a zombie: %s", res(kill(pid, 0)));
	MUST(waitid(P_PID, pid, &info, WEXITED));
	see("waitid: uid %d", (int)info.si_uid);
	MUST(read(fd, &record, sizeof(record)));
	see("signalfd: %s uid %d", sig_text(record.ssi_signo),
	    (int)record.ssi_uid);
}

static void priorities_of_users(void)
{
	const struct who who = { "88", 88, 88, 88, 0 };
	pid_t pids[2];

	for (int i = 0; i < 2; i++) {
		pids[i] = child();
		if (pids[i] == 0) {
			become(&who);
			let(&ready, 1);
			pass(&go);
			see("nice of 88: %s",
			    res(getpriority(PRIO_PROCESS, 0)));
			_exit(0);
		}
		pass(&ready);
	}
	see("setpriority of user 88: %s", res(setpriority(PRIO_USER, 88, WORST)));
	see("setpriority of user 89: %s", res(setpriority(PRIO_USER, 89, WORST)));
	errno = 0;
	see("getpriority of user 88: %d", getpriority(PRIO_USER, 88));
	see("getpriority of user 89: %s", res(getpriority(PRIO_USER, 89)));
	let(&go, 2);
	for (int i = 0; i < 2; i++)
		reap(pids[i]);
}

int main(void)
{
	gate_init(&ready);
	gate_init(&go);
	for (int i = 0; i < N(senders); i++)
		for (int j = 0; j < N(receivers); j++)
			try_one(&senders[i], &receivers[j]);
	other_ways();
	priorities_of_users();
	return done();
}
