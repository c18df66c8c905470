/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a nested pid namespace nobody above can be named: each interface that
 * takes the number of a process, thread, group or session says the same of all
 * numbers that are taken above as of one that nobody has.
 *
 * scenario: run-as=root bare=skip
 * (without namespaces, the machine's own would be meant)
 */
#include "scenario.h"

#include <fcntl.h>
#include <linux/ioprio.h>
#include <linux/kcmp.h>
#include <linux/nsfs.h>

#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>

#define VICTIMS 20

static int victim[VICTIMS]; /* numbers at the level above */
static int go[2];

/* In a session and group of its own, and with nothing that may reach it. */
static void be_victim(void)
{
	sigset_t all, pending;
	cpu_set_t cpus;
	char byte;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	setsid();
	close(go[1]);
	while (read(go[0], &byte, 1) > 0)
		continue;
	sigpending(&pending);
	sched_getaffinity(0, sizeof(cpus), &cpus);
	for (int sig = 1; sig < 64; sig++)
		if (sigismember(&pending, sig) > 0)
			_exit(sig);
	_exit(getpriority(PRIO_PROCESS, 0) || sched_getscheduler(0));
}

/* What all of them say, each answer once. */
#define TRY(name, call)                                                    \
	do {                                                               \
		char all[256] = "";                                        \
		for (int i_ = 0; i_ < VICTIMS; i_++) {                     \
			int nr = victim[i_];                               \
			const char *r_ = ((void)nr, res((call)));          \
			if (!strstr(all, r_))                              \
				snprintf(all + strlen(all),                \
					 sizeof(all) - strlen(all), " %s", \
					 r_);                              \
		}                                                          \
		see("%s:%s", name, all);                                   \
	} while (0)

static void signals(void)
{
	siginfo_t info = { .si_code = SI_QUEUE };

	TRY("kill", kill(nr, SIGUSR1));
	TRY("kill group", kill(-nr, SIGUSR1));
	TRY("tkill", sys_tkill(nr, SIGUSR1));
	TRY("tgkill", sys_tgkill(nr, nr, SIGUSR1));
	TRY("rt_sigqueueinfo",
	    syscall(SYS_rt_sigqueueinfo, nr, SIGUSR1, &info));
	TRY("rt_tgsigqueueinfo",
	    syscall(SYS_rt_tgsigqueueinfo, nr, nr, SIGUSR1, &info));
	TRY("pidfd_open", sys_pidfd_open(nr, 0));
	TRY("pidfd_open thread", sys_pidfd_open(nr, O_EXCL));
	see("kill all: %s", res(kill(-1, SIGUSR1)));
}

static void groups(void)
{
	TRY("getpgid", getpgid(nr));
	TRY("getsid", getsid(nr));
	TRY("setpgid of it", setpgid(nr, nr));
	TRY("setpgid to it", setpgid(0, nr));
	TRY("wait4", wait4(nr, NULL, WNOHANG, NULL));
	TRY("wait4 group", wait4(-nr, NULL, WNOHANG, NULL));
	TRY("waitid", waitid(P_PID, nr, NULL, WEXITED | WNOHANG));
	TRY("waitid group", waitid(P_PGID, nr, NULL, WEXITED | WNOHANG));
}

static void schedulers(void)
{
	struct sched_param param = { 0 };
	uint32_t attr[14] = { sizeof(attr) };
	struct timespec time;
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(0, &cpus);
	TRY("getpriority", getpriority(PRIO_PROCESS, nr));
	TRY("getpriority group", getpriority(PRIO_PGRP, nr));
	TRY("setpriority", setpriority(PRIO_PROCESS, nr, 5));
	TRY("setpriority group", setpriority(PRIO_PGRP, nr, 5));
	TRY("sched_getscheduler", sched_getscheduler(nr));
	TRY("sched_setscheduler", sched_setscheduler(nr, SCHED_BATCH, &param));
	TRY("sched_getparam", sched_getparam(nr, &param));
	TRY("sched_setparam", sched_setparam(nr, &param));
	TRY("sched_getattr",
	    syscall(SYS_sched_getattr, nr, &attr, sizeof(attr), 0));
	TRY("sched_setattr", syscall(SYS_sched_setattr, nr, attr, 0));
	TRY("sched_getaffinity", sched_getaffinity(nr, sizeof(cpus), &cpus));
	TRY("sched_setaffinity", sched_setaffinity(nr, sizeof(cpus), &cpus));
	TRY("sched_rr_get_interval", sched_rr_get_interval(nr, &time));
	TRY("ioprio_get", syscall(SYS_ioprio_get, IOPRIO_WHO_PROCESS, nr));
	TRY("ioprio_get group", syscall(SYS_ioprio_get, IOPRIO_WHO_PGRP, nr));
	TRY("ioprio_set", syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, nr,
				  IOPRIO_PRIO_VALUE(2, 7)));
}

static void memory(void)
{
	char byte;
	struct iovec own = { &byte, 1 }, its = { (void *)4096, 1 };
	struct rlimit limit = { 5, 5 };
	void *list;
	size_t len;

	TRY("prlimit", prlimit(nr, RLIMIT_NOFILE, NULL, &limit));
	TRY("prlimit to set", prlimit(nr, RLIMIT_NOFILE, &limit, NULL));
	TRY("get_robust_list", syscall(SYS_get_robust_list, nr, &list, &len));
	TRY("process_vm_readv", process_vm_readv(nr, &own, 1, &its, 1, 0));
	TRY("process_vm_writev", process_vm_writev(nr, &own, 1, &its, 1, 0));
	TRY("kcmp", syscall(SYS_kcmp, getpid(), nr, KCMP_VM, 0, 0));
	TRY("kcmp, the other way",
	    syscall(SYS_kcmp, nr, getpid(), KCMP_VM, 0, 0));
	TRY("migrate_pages", syscall(SYS_migrate_pages, nr, 0, NULL, NULL));
	TRY("move_pages", syscall(SYS_move_pages, nr, 0L, NULL, NULL, NULL, 0));
}

static clockid_t clock_of(int nr, bool thread)
{
	return (clockid_t)((unsigned int)~nr << 3 | (thread ? 6 : 2));
}

static void clocks(void)
{
	struct timespec time = { 0 };
	timer_t id;

	TRY("clock_gettime", clock_gettime(clock_of(nr, false), &time));
	TRY("clock_gettime of a thread",
	    clock_gettime(clock_of(nr, true), &time));
	TRY("clock_getres", clock_getres(clock_of(nr, false), &time));
	TRY("clock_nanosleep",
	    syscall(SYS_clock_nanosleep, clock_of(nr, false), 0, &time, NULL));
	TRY("timer_create", timer_create(clock_of(nr, false), NULL, &id));
}

static int path_of(int nr, const char *rest)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d%s", nr, rest);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		close(fd);
	return fd < 0 ? fd : 0;
}

static void files(void)
{
	int own[2], ns = MUST(open("/proc/self/ns/pid", O_RDONLY));

	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, own));
	TRY("/proc", path_of(nr, ""));
	TRY("/proc stat", path_of(nr, "/stat"));
	TRY("/proc ns", path_of(nr, "/ns/pid"));
	TRY("/proc fd", path_of(nr, "/fd/0"));
	TRY("/proc task", path_of(1, "/task") ? 1 : path_of(nr, "/task"));
	TRY("F_SETOWN", fcntl(own[0], F_SETOWN, nr));
	TRY("F_SETOWN group", fcntl(own[0], F_SETOWN, -nr));
	TRY("F_SETOWN_EX", fcntl(own[0], F_SETOWN_EX,
				 (&(struct f_owner_ex){ F_OWNER_TID, nr })));
	TRY("FIOSETOWN", ioctl(own[0], 0x8901, &nr));
	TRY("NS_GET_PID_FROM_PIDNS", ioctl(ns, _IOR(0xb7, 6, int), nr));
	TRY("NS_GET_TGID_IN_PIDNS", ioctl(ns, _IOR(0xb7, 9, int), nr));
}

/* Numbers that come up by themselves are 0. */
static void own(void)
{
	see("parent %d, group %d, session %d", getppid(), getpgrp(), getsid(0));
	see("number %d", getpid());
}

static void below(void)
{
	own();
	signals();
	groups();
	schedulers();
	memory();
	clocks();
	files();
}

static void run(const char *name, unsigned long flags)
{
	pid_t pid = MUST(sys_clone(flags | SIGCHLD, NULL, NULL));

	if (pid == 0) {
		see("-- %s", name);
		MUST(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL));
		MUST(mount("proc", "/proc", "proc", 0, NULL));
		below();
		_exit(0);
	}
	see("%s: %s", name, wait_text(reap(pid)));
}

int main(void)
{
	int hurt = 0;

	MUST(pipe(go));
	for (int i = 0; i < VICTIMS; i++) {
		victim[i] = child();
		if (victim[i] == 0)
			be_victim();
	}
	run("pid", CLONE_NEWPID | CLONE_NEWNS);
	run("pid and user", CLONE_NEWPID | CLONE_NEWUSER | CLONE_NEWNS);
	close(go[1]);
	for (int i = 0; i < VICTIMS; i++)
		hurt += reap(victim[i]) != 0;
	see("reached: %d", hurt);
	return done();
}
