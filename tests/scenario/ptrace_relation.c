/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may trace whom, one tracer a task, TracerPid, tasks that are no children
 * of their tracer, its death with and without PTRACE_O_EXITKILL, and threads.
 */
#include "ptrace_common.h"

#define SEE(call) see("%s: %s", #call, res(call))

static struct gate ready, go;

static int tracer_of(pid_t pid)
{
	char path[64], line[256];
	int tracer = -1;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	file = fopen(path, "r");
	while (file && fgets(line, sizeof(line), file)) {
		sscanf(line, "TracerPid: %d", &tracer);
	}
	if (file) {
		fclose(file);
	}
	return tracer;
}

static void see_stop(const char *what, pid_t pid)
{
	int status;
	pid_t r = waitpid(pid, &status, __WALL);

	see("%s: %s %s event %d", what, res(r), wait_text(status & 0xffff),
	    status >> 16);
}

static void alarmed(int sig)
{
	(void)sig;
}

/* A signal ends a wait for who is no child as any other. */
static void interrupted(pid_t pid)
{
	const struct itimerval often = { { 0, 20000 }, { 0, 20000 } };
	const struct itimerval never = { { 0, 0 }, { 0, 0 } };
	struct sigaction action = { .sa_handler = alarmed };
	int status;

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	SEE(waitpid(pid, &status, __WALL));
	SEE(waitpid(-1, &status, __WALL));
	setitimer(ITIMER_REAL, &never, NULL);
}

/* A tracer that is a sibling, and so has no children of its own. */
static void sibling(void)
{
	pid_t pid = sleeper(&ready), tracer = child();

	if (tracer == 0) {
		int status;

		SEE(waitpid(pid, &status, __WALL));
		SEE(ptrace(PTRACE_SEIZE, pid, NULL, NULL));
		see("tracer: %s", tracer_of(pid) == getpid() ? "own" : "other");
		SEE(waitpid(pid, &status, __WALL | WNOHANG));
		interrupted(pid);
		SEE(ptrace(PTRACE_INTERRUPT, pid, NULL, NULL));
		see_stop("interrupt", pid);
		let(&ready, 1);
		pass(&go);
		SEE(ptrace(PTRACE_CONT, pid, NULL, 0));
		let(&ready, 1);
		see_stop("kill", -1);
		SEE(waitpid(-1, &status, __WALL));
		let(&ready, 1);
		_exit(0);
	}
	pass(&ready);
	see("tracer: %d", tracer_of(pid) == tracer);
	SEE(ptrace(PTRACE_ATTACH, pid, NULL, NULL));
	SEE(ptrace(PTRACE_CONT, pid, NULL, 0));
	let(&go, 1);
	pass(&ready);
	kill(pid, SIGKILL);
	pass(&ready);
	see_stop("own", pid);
	reap(tracer);
}

static void death(unsigned long options, bool stopped)
{
	pid_t pid = sleeper(&ready), tracer;
	int status;

	see("-- death, options %#lx stopped %d", options, stopped);
	tracer = child();
	if (tracer == 0) {
		SEE(ptrace(PTRACE_SEIZE, pid, NULL, options));
		if (stopped) {
			SEE(ptrace(PTRACE_INTERRUPT, pid, NULL, NULL));
			see_stop("interrupt", pid);
		}
		_exit(0);
	}
	reap(tracer);
	if (options & PTRACE_O_EXITKILL) {
		see_stop("own", pid);
		return;
	}
	see("tracer: %d", tracer_of(pid));
	SEE(waitpid(pid, &status, WNOHANG));
	SEE(ptrace(PTRACE_SEIZE, pid, NULL, NULL));
	SEE(kill(pid, SIGTERM));
	see_stop("SIGTERM", pid);
	SEE(ptrace(PTRACE_CONT, pid, NULL, SIGTERM));
	see_stop("own", pid);
}

static pid_t thread_id;

static void *thread(void *arg)
{
	(void)arg;
	thread_id = (pid_t)syscall(SYS_gettid);
	let(&ready, 1);
	pass(&go);
	return NULL;
}

/* Threads are traced one by one. */
static void threads(void)
{
	pid_t pid = child(), tid;
	int status;

	see("-- threads");
	if (pid == 0) {
		pthread_t t;

		pthread_create(&t, NULL, thread, NULL);
		pthread_join(t, NULL);
		let(&ready, 1);
		pause();
	}
	tid = pid + 1;
	pass(&ready);
	SEE(ptrace(PTRACE_SEIZE, tid, NULL, PTRACE_O_TRACEEXIT));
	see("tracers: %d %d", tracer_of(pid), tracer_of(tid) == getpid());
	SEE(ptrace(PTRACE_INTERRUPT, pid, NULL, NULL));
	SEE(ptrace(PTRACE_SEIZE, pid, NULL, NULL));
	SEE(waitpid(tid, &status, WNOHANG));
	let(&go, 1);
	see_stop("exit", tid);
	SEE(ptrace(PTRACE_CONT, tid, NULL, 0));
	see_stop("end", tid);
	SEE(waitpid(tid, &status, __WALL));
	pass(&ready);
	SEE(kill(pid, SIGKILL));
	see_stop("end", pid);
}

/* The thread that attached alone is the tracer. */
static void *other_thread(void *arg)
{
	pid_t pid = *(pid_t *)arg;
	int status;

	SEE(ptrace(PTRACE_INTERRUPT, pid, NULL, NULL));
	SEE(waitpid(pid, &status, __WALL | __WNOTHREAD | WNOHANG));
	SEE(waitpid(pid, &status, __WALL | WNOHANG));
	return NULL;
}

static void by_thread(void)
{
	pid_t pid = sleeper(&ready);
	pthread_t t;
	int status;

	see("-- of another thread");
	SEE(ptrace(PTRACE_SEIZE, pid, NULL, NULL));
	pthread_create(&t, NULL, other_thread, &pid);
	pthread_join(t, NULL);
	SEE(ptrace(PTRACE_INTERRUPT, pid, NULL, NULL));
	SEE(waitpid(pid, &status, __WALL | __WNOTHREAD));
	SEE(ptrace(PTRACE_CONT, pid, NULL, SIGKILL));
	kill(pid, SIGKILL);
	see_stop("end", pid);
}

static void permission(void)
{
	int status;
	pid_t pid;

	see("-- permission");
	pid = child();
	if (pid == 0) {
		prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
		SEE(ptrace(PTRACE_ATTACH, getpid(), NULL, NULL));
		SEE(ptrace(PTRACE_ATTACH, NOBODY, NULL, NULL));
		SEE(ptrace((enum __ptrace_request)9999, getppid(), NULL, NULL));
		_exit(0);
	}
	waitid(P_PID, (id_t)pid, &(siginfo_t){ 0 }, WEXITED | WNOWAIT);
	SEE(ptrace(PTRACE_ATTACH, pid, NULL, NULL));
	reap(pid);
	pid = sleeper(&ready);
	SEE(ptrace(PTRACE_SEIZE, pid, NULL, NULL));
	SEE(ptrace(PTRACE_INTERRUPT, pid, NULL, NULL));
	see_stop("interrupt", pid);
	SEE(ptrace((enum __ptrace_request)9999, pid, NULL, NULL));
	SEE(ptrace(PTRACE_PEEKUSER, pid, 3, NULL));
	SEE(ptrace(PTRACE_PEEKDATA, pid, 8, NULL));
	SEE(ptrace(PTRACE_POKEDATA, pid, 8, NULL));
	SEE(ptrace(PTRACE_GETREGSET, pid, 0x7777, &status));
	SEE(ptrace(PTRACE_GETREGS, pid, NULL, NULL));
	SEE(ptrace(PTRACE_SETOPTIONS, pid, NULL, 1L << 30));
	SEE(ptrace(PTRACE_DETACH, pid, NULL, NULL));
	kill(pid, SIGKILL);
	reap(pid);
	/* Of Yama, which not every kernel has. */
	SEE(prctl(PR_SET_PTRACER, 0, 0, 0, 0));
	SEE(prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0));
	SEE(prctl(PR_SET_PTRACER, NOBODY, 0, 0, 0));
	SEE(prctl(PR_SET_PTRACER, getpid(), 0, 0, 0));
}

int main(void)
{
	gate_init(&ready);
	gate_init(&go);
	sibling();
	death(0, false);
	death(0, true);
	death(PTRACE_O_EXITKILL, false);
	death(PTRACE_O_EXITKILL, true);
	threads();
	by_thread();
	permission();
	return done();
}
