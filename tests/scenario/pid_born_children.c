/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Children that are named as soon as their parent is told their number: by
 * itself, by others, after its end. And what it is told if there is none.
 */
#include "scenario.h"

#include <spawn.h>

#define TURNS	 60
#define FORKERS	 4
#define CHILDREN 60
#define NESTED	 300

extern char **environ;

static struct gate hold;

/* ---- by others ---- */

struct report {
	pid_t pid;
	int end; /* who is to go on when it has been looked at */
};

static int reports[2];

static void tell(pid_t pid)
{
	struct gate looked;
	struct report report;

	gate_init(&looked);
	report = (struct report){ pid, looked.wr };
	MUST(write(reports[1], &report, sizeof(report)));
}

/* Its parent is gone by the time that it is named, or nearly so. */
static void orphans(void)
{
	pid_t last = 0;
	int bad = 0;

	MUST(pipe(reports));
	for (int i = 0; i < TURNS; i++) {
		pid_t middle = child();
		struct report report;

		if (middle == 0) {
			pid_t pid = child();

			if (pid == 0) {
				pass(&hold);
				_exit(0);
			}
			tell(pid);
			_exit(0);
		}
		MUST(read(reports[0], &report, sizeof(report)));
		bad += report.pid != middle + 1;
		bad += kill(report.pid, 0) != 0;
		reap(middle);
		bad += kill(report.pid, 0) != 0 || getpgid(report.pid) < 0;
		let(&hold, 1);
		reap(report.pid);
		last = report.pid;
	}
	see("orphans: to %d, bad %d, then %s", last, bad, res(wait(NULL)));
}

/* ---- by itself, and by threads of its own ---- */

static void *fork_often(void *bad)
{
	for (int i = 0; i < TURNS; i++) {
		int ends[2];
		pid_t pid, told = 0;

		MUST(pipe2(ends, O_CLOEXEC));
		pid = child();
		if (pid == 0) {
			told = getpid();
			MUST(write(ends[1], &told, sizeof(told)));
			_exit(i);
		}
		*(int *)bad += kill(pid, 0) != 0;
		MUST(read(ends[0], &told, sizeof(told)));
		*(int *)bad += told != pid;
		*(int *)bad += WEXITSTATUS(reap(pid)) != i;
		close(ends[0]);
		close(ends[1]);
	}
	return NULL;
}

static void forkers(void)
{
	int bad[FORKERS] = { 0 };
	pthread_t ids[FORKERS];

	for (int i = 0; i < FORKERS; i++) {
		MUST(-pthread_create(&ids[i], NULL, fork_often, &bad[i]));
	}
	for (int i = 0; i < FORKERS; i++) {
		pthread_join(ids[i], NULL);
		see("forkers: bad %d", bad[i]);
	}
}

/* ---- waits ---- */

/* One by one by their numbers, some of them long after their birth. */
static void waits(void)
{
	pid_t pids[CHILDREN], pid;
	int bad = 0;

	for (int i = 0; i < CHILDREN; i++) {
		pids[i] = child();
		if (pids[i] == 0)
			_exit(i);
	}
	pid = child();
	if (pid == 0) {
		for (int i = 0; i < CHILDREN; i++) {
			bad += waitpid(pids[i], NULL, WNOHANG) != -1 ||
			       errno != ECHILD;
		}
		_exit(bad);
	}
	see("not a sister's: %s", wait_text(reap(pid)));
	for (int i = CHILDREN - 1; i >= 0; i--) {
		int status;

		bad += waitpid(pids[i], &status, 0) != pids[i] ||
		       WEXITSTATUS(status) != i;
		bad += waitpid(pids[i], &status, 0) != -1 || errno != ECHILD;
		bad += kill(pids[i], 0) != -1 || errno != ESRCH;
	}
	see("waits: bad %d", bad);
}

static void stops(void)
{
	pid_t pid = child();
	siginfo_t info;
	int status;

	if (pid == 0) {
		raise(SIGSTOP);
		_exit(7);
	}
	MUST(waitpid(pid, &status, WUNTRACED));
	see("stops: %s", wait_text(status));
	MUST(kill(pid, SIGCONT));
	MUST(waitid(P_PID, pid, &info, WEXITED | WNOWAIT));
	see("looked at: %d %d", info.si_pid == pid, info.si_status);
	MUST(waitid(P_PID, pid, &info, WEXITED));
	see("waited for: %d %d", info.si_pid == pid, info.si_status);
	see("once more: %s", res(waitid(P_PID, pid, &info, WEXITED)));
}

/* ---- vfork, posix_spawn ---- */

static int ended_with(pid_t pid)
{
	return WEXITSTATUS(reap(pid));
}

static bool vfork_once(int code)
{
	static volatile pid_t told;
	pid_t pid = vfork();

	if (pid == 0) {
		told = getpid();
		_exit(code);
	}
	MUST(pid);
	return told == pid && ended_with(pid) == code;
}

static void spawns(void)
{
	char *const argv[] = { "true", NULL };
	pid_t pid, last = 0;
	int bad = 0;

	for (int i = 0; i < TURNS; i++) {
		bad += !vfork_once(i);
		MUST(-posix_spawn(&pid, "/bin/true", NULL, NULL, argv,
				  environ));
		bad += (last && pid != last + 2) || ended_with(pid) != 0;
		last = pid;
	}
	see("spawns: bad %d", bad);
}

/* ---- a handler that forks while its own thread does ---- */

/* libc's has locks, which a handler can't take in the middle of it. */
static long plain_fork(void)
{
	long r;

	__asm__ volatile("mov $57, %%eax\n\tsyscall"
			 : "=a"(r)
			 :
			 : "rcx", "r11", "memory");
	return r;
}

static volatile sig_atomic_t handler_bad, handled;
static int turn;

static void on_timer(int sig)
{
	int saved = errno;
	pid_t pid = (pid_t)plain_fork();

	(void)sig;
	if (pid == 0)
		_exit(9);
	handler_bad += pid < 0 || WEXITSTATUS(reap(pid)) != 9;
	handled++;
	errno = saved;
}

/* It may have come already. */
static void pause_for(int sig)
{
	sigset_t set, old;

	sigemptyset(&set);
	sigaddset(&set, sig);
	sigprocmask(SIG_BLOCK, &set, &old);
	if (handled < turn)
		sigsuspend(&old);
	sigprocmask(SIG_SETMASK, &old, NULL);
}

static void nested(void)
{
	struct sigaction action = { .sa_handler = on_timer,
				    .sa_flags = SA_RESTART };
	struct itimerval once = { .it_value = { 0, 1 } };
	int bad = 0;

	MUST(sigaction(SIGALRM, &action, NULL));
	for (int i = 0; i < NESTED; i++) {
		pid_t pid;

		/* From before the call to behind the wait. */
		once.it_value.tv_usec = 1 + i % 300;
		MUST(setitimer(ITIMER_REAL, &once, NULL));
		pid = (pid_t)plain_fork();
		if (pid == 0)
			_exit(3);
		bad += WEXITSTATUS(reap(pid)) != 3;
		turn = i + 1;
		pause_for(SIGALRM);
	}
	see("nested: bad %d %d", bad, handler_bad);
}

/* ---- none ---- */

/* The words stay as they were, and the number is the next one's. */
static void none(void)
{
	struct rlimit old, few;
	int word = 77, other = 78;
	pid_t before = child(), after;

	if (before == 0)
		_exit(0);
	reap(before);
	MUST(getrlimit(RLIMIT_NPROC, &old));
	few = (struct rlimit){ 0, old.rlim_max };
	MUST(setrlimit(RLIMIT_NPROC, &few));
	for (int i = 0; i < 3; i++) {
		see("none: %s",
		    res(sys_clone(CLONE_PARENT_SETTID | CLONE_CHILD_SETTID |
				  SIGCHLD, &word, &other)));
		see("none: %s", res(sys_clone(CLONE_VM | CLONE_VFORK |
						      CLONE_PARENT_SETTID |
						      SIGCHLD,
					      &word, NULL)));
	}
	MUST(setrlimit(RLIMIT_NPROC, &old));
	after = child();
	if (after == 0)
		_exit(0);
	reap(after);
	see("none: %d %d, next %d", word, other, after - before);
}

int main(void)
{
	gate_init(&hold);
	MUST(prctl(PR_SET_CHILD_SUBREAPER, 1));
	orphans();
	forkers();
	waits();
	stops();
	spawns();
	nested();
	none();
	return done();
}
