/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Timers that signal a thread by number, and the CPU clocks that have a
 * process's or thread's number in their id.
 */
#include "scenario.h"

#define SEE(call) see("%s: %s", #call, res(call))

static struct gate hold, ready;
static pid_t tid;

static void make_timer(const char *what, pid_t target, bool fire)
{
	struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID,
				  .sigev_signo = SIGRTMIN };
	struct itimerspec soon = { .it_value = { 0, 1000 } };
	siginfo_t info;
	sigset_t set;
	int id;

	event.sigev_value.sival_int = 31;
	event._sigev_un._tid = target;
	if (syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &id) == -1) {
		see("timer_create, %s: %s", what, res(-1));
		return;
	}
	see("timer_create, %s: ok", what);
	if (fire) {
		sigemptyset(&set);
		sigaddset(&set, SIGRTMIN);
		syscall(SYS_timer_settime, id, 0, &soon, NULL);
		sigwaitinfo(&set, &info);
		see("  %s code %d value %d", sig_text(info.si_signo),
		    info.si_code, info.si_value.sival_int);
	}
	syscall(SYS_timer_delete, id);
}

static void *thread(void *unused)
{
	tid = gettid();
	make_timer("own number in a thread", gettid(), true);
	make_timer("the leader from a thread", getpid(), false);
	let(&ready, 1);
	pass(&hold);
	return unused;
}

static void see_clock(const char *what, clockid_t id)
{
	struct timespec t;
	long r = syscall(SYS_clock_gettime, id, &t);

	see("%s: id %d, gettime %s, getres %s", what, (int)id, res(r),
	    res(syscall(SYS_clock_getres, id, &t)));
}

/* As the kernel's MAKE_PROCESS_CPUCLOCK and MAKE_THREAD_CPUCLOCK. */
static clockid_t cpu_clock(pid_t pid, int thread)
{
	return (~(unsigned int)pid << 3) | (thread ? 4 : 0) | 2;
}

static void notify_thread(union sigval value)
{
	see("SIGEV_THREAD: value %d", value.sival_int);
	let(&ready, 1);
}

int main(void)
{
	struct sigevent event = { .sigev_notify = SIGEV_THREAD,
				  .sigev_notify_function = notify_thread };
	struct itimerspec soon = { .it_value = { 0, 1000 } };
	clockid_t clock;
	timer_t timer;
	pthread_t id;
	pid_t pid;
	int r;

	gate_init(&hold);
	gate_init(&ready);
	block(SIGRTMIN);
	pid = child();
	if (pid == 0) {
		pass(&hold);
		_exit(0);
	}
	pthread_create(&id, NULL, thread, NULL);
	pass(&ready);
	make_timer("own number", gettid(), true);
	make_timer("a thread", tid, false);
	make_timer("a child", pid, false);
	make_timer("nobody", NOBODY, false);
	make_timer("0", 0, false);
	make_timer("-1", -1, false);
	r = pthread_getcpuclockid(id, &clock);
	see("pthread_getcpuclockid: %d", r);
	see_clock("thread", clock);
	r = clock_getcpuclockid(pid, &clock);
	see("clock_getcpuclockid: %d", r);
	see_clock("child", clock);
	see("clock_getcpuclockid(nobody): %s",
	    strerrorname_np(clock_getcpuclockid(NOBODY, &clock)));
	see_clock("own process", cpu_clock(getpid(), 0));
	see_clock("own process, 0", cpu_clock(0, 0));
	see_clock("own thread, 0", cpu_clock(0, 1));
	see_clock("thread as process", cpu_clock(tid, 0));
	see_clock("child as thread", cpu_clock(pid, 1));
	see_clock("nobody", cpu_clock(NOBODY, 0));
	see_clock("nobody as thread", cpu_clock(NOBODY, 1));
	let(&hold, 2);
	pthread_join(id, NULL);
	reap(pid);
	until_gone(tid);
	see_clock("gone thread", cpu_clock(tid, 1));
	event.sigev_value.sival_int = 12;
	MUST(timer_create(CLOCK_MONOTONIC, &event, &timer));
	timer_settime(timer, 0, &soon, NULL);
	pass(&ready);
	return done();
}
