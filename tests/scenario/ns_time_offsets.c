/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Offsets of a time namespace: who can set them, when and how far; what
 * children and programs then see of clocks, timers and waits.
 *
 * scenario: run-as=root needs=root bare=skip
 * (without namespaces, the machine's own would be asked for; it goes back there)
 */
#include "scenario.h"

#include <linux/futex.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/timerfd.h>
#include <time.h>

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif

#define SEE(call) see("%s: %s", #call, res(call))

static const char *put(const char *text)
{
	static char what[64];
	int fd = open("/proc/self/timens_offsets", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return res(-1);
	snprintf(what, sizeof(what), "%s", res(write(fd, text, strlen(text))));
	close(fd);
	return what;
}

static void show(const char *path)
{
	char line[256];
	FILE *file = fopen(path, "re");

	while (file && fgets(line, sizeof(line), file))
		see("offsets: %.*s", (int)strcspn(line, "\n"), line);
	if (file)
		fclose(file);
}

static void writing(void)
{
	static const char *const texts[] = {
		"monotonic 1 2\n",
		"boottime 3 4",
		"1 5 6\n7 -7 8\n",
		"monotonic 1 1000000000\n",
		"monotonic 1\n",
		"realtime 1 1\n",
		"",
		"\n",
		"0 1 1\n",
		"monotonic -9000000000 0\n",
		"monotonic 9223372036 0\n",
		"monotonic 9223372037 0\n",
		"boottime 4000000000 0\nmonotonic 1 1\nmonotonic 2 2\n",
		"monotonic 1 1\nrubbish\n",
		"monotonic 5 -1\n",
		"  boottime   4   4   4\n",
		"monotonic\n9 9\n",
	};

	SEE(unshare(CLONE_NEWTIME));
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		see("text %zu: %s", i, put(texts[i]));
	show("/proc/self/timens_offsets");
	if (child() == 0) {
		see("from below: %s", put("monotonic 1 1\n"));
		show("/proc/self/timens_offsets");
		_exit(0);
	}
	reap(-1);
	see("frozen: %s", put("monotonic 1 1\n"));
}

/* ---- what is seen ---- */

static const clockid_t clocks[] = { CLOCK_MONOTONIC, CLOCK_MONOTONIC_RAW,
				    CLOCK_MONOTONIC_COARSE, CLOCK_BOOTTIME,
				    CLOCK_REALTIME };
static struct timespec before[5];

static void read_clocks(struct timespec *to, bool by_call)
{
	for (int i = 0; i < 5; i++)
		MUST(by_call ? syscall(SYS_clock_gettime, clocks[i], &to[i])
			     : clock_gettime(clocks[i], &to[i]));
}

/* In steps of a hundred seconds. */
static void compare(const char *how, const struct timespec *now)
{
	for (int i = 0; i < 5; i++) {
		long long gone = now[i].tv_sec - before[i].tv_sec;

		see("%s: clock %d is %lld ahead", how, clocks[i],
		    (gone + 50) / 100 * 100);
	}
}

static void see_clocks(void)
{
	struct timespec now[5];

	read_clocks(now, false);
	compare("library", now);
	read_clocks(now, true);
	compare("call", now);
}

/* What ends soon, given as a point in time of this namespace's. */
static struct timespec soon(clockid_t clock)
{
	struct timespec at;

	MUST(clock_gettime(clock, &at));
	at.tv_nsec += 20000000;
	if (at.tv_nsec >= 1000000000) {
		at.tv_nsec -= 1000000000;
		at.tv_sec++;
	}
	return at;
}

static void waits(clockid_t clock)
{
	struct itimerspec timer = { .it_value = soon(clock) };
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL,
				  .sigev_signo = SIGUSR1 };
	struct timespec at = soon(clock);
	uint64_t times = 0;
	timer_t id;
	sigset_t set;
	int fd, sig;

	SEE(clock_nanosleep(clock, TIMER_ABSTIME, &at, NULL));
	fd = MUST(timerfd_create(clock, TFD_CLOEXEC));
	SEE(timerfd_settime(fd, TFD_TIMER_ABSTIME, &timer, NULL));
	SEE(read(fd, &times, sizeof(times)));
	timer.it_value = soon(clock);
	block(SIGUSR1);
	MUST(timer_create(clock, &event, &id));
	SEE(timer_settime(id, TIMER_ABSTIME, &timer, NULL));
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	SEE(sigwait(&set, &sig));
	MUST(timer_gettime(id, &timer));
	see("timer is over: %d", timer.it_value.tv_sec == 0);
}

/*
 * What no clock comes to is not there yet. Of the last time of all the kernel
 * takes the offset away and runs over: whether that is due is then a race.
 */
static void never(int clock)
{
	const struct itimerspec timers[] = {
		{ .it_value = { INT64_MAX, 0 } },
		{ .it_value = { INT64_MAX / 1000000000 - 10, 0 } },
	};
	int fd = MUST(timerfd_create(clock, TFD_CLOEXEC | TFD_NONBLOCK));
	struct itimerspec left;
	uint64_t times;

	SEE(timerfd_settime(fd, TFD_TIMER_ABSTIME, &timers[0], NULL));
	SEE(timerfd_settime(fd, TFD_TIMER_ABSTIME, &timers[1], NULL));
	SEE(read(fd, &times, sizeof(times)));
	MUST(timerfd_gettime(fd, &left));
	see("left: %d", left.it_value.tv_sec > 0);
	close(fd);
}

static void behind(void)
{
	SEE(unshare(CLONE_NEWTIME));
	see("behind: %s", put("monotonic -1 0\nboottime -1 5\n"));
	if (child() == 0) {
		never(CLOCK_MONOTONIC);
		never(CLOCK_BOOTTIME);
		_exit(0);
	}
	reap(-1);
}

static void bad_waits(void)
{
	struct timespec bad = { 1, 1000000000 }, past = { 1, 0 };

	SEE(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &bad, NULL));
	SEE(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, BAD_ADDR, NULL));
	SEE(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &past, NULL));
	SEE(syscall(SYS_clock_gettime, CLOCK_MONOTONIC, BAD_ADDR));
	SEE(syscall(SYS_clock_gettime, 15, &past));
}

static void locks(void)
{
	pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	pthread_condattr_t attr;
	struct timespec at;
	pthread_cond_t cond;
	uint32_t word = 7;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&cond, &attr);
	pthread_mutex_lock(&lock);
	at = soon(CLOCK_MONOTONIC);
	see("pthread_cond_timedwait: %s",
	    strerrorname_np(pthread_cond_timedwait(&cond, &lock, &at)));
	at = soon(CLOCK_MONOTONIC);
	SEE(syscall(SYS_futex, &word, FUTEX_WAIT_BITSET, 7, &at, NULL, -1));
	at = soon(CLOCK_REALTIME);
	SEE(syscall(SYS_futex, &word, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME,
		    7, &at, NULL, -1));
	at = (struct timespec){ 0, 1000000 };
	SEE(syscall(SYS_futex, &word, FUTEX_WAIT, 7, &at, NULL, 0));
	SEE(syscall(SYS_futex, &word, FUTEX_WAIT_BITSET, 8, &at, NULL, -1));
}

static long uptime_of_file(void)
{
	FILE *file = MUST(fopen("/proc/uptime", "re") ?: (void *)-1);
	double up = 0;

	if (fscanf(file, "%lf", &up) != 1)
		die("uptime");
	fclose(file);
	return (long)up;
}

static void files(void)
{
	struct timespec now;
	struct sysinfo info;

	MUST(clock_gettime(CLOCK_BOOTTIME, &now));
	MUST(sysinfo(&info));
	see("sysinfo as the clock: %d", labs(info.uptime - now.tv_sec) < 3);
	see("/proc/uptime too: %d", labs(uptime_of_file() - now.tv_sec) < 3);
}

static void *thread(void *arg)
{
	(void)arg;
	see_clocks();
	return NULL;
}

static void inside(void)
{
	pthread_t id;

	see_clocks();
	waits(CLOCK_MONOTONIC);
	waits(CLOCK_BOOTTIME);
	bad_waits();
	locks();
	files();
	MUST(pthread_create(&id, NULL, thread, NULL) ? -1 : 0);
	MUST(pthread_join(id, NULL) ? -1 : 0);
}

static char *text_of_before(void)
{
	static char text[256];
	int n = 0;

	for (int i = 0; i < 5; i++)
		n += sprintf(text + n, "%lld ", (long long)before[i].tv_sec);
	return text;
}

int main(int argc, char **argv)
{
	(void)argv;
	int home = MUST(open("/proc/self/ns/time", O_RDONLY));

	if (argc > 1) {
		char *at = getenv("BEFORE");

		for (int i = 0; i < 5; i++)
			before[i].tv_sec = strtoll(at, &at, 10);
		see_clocks();
		return 0;
	}
	read_clocks(before, false);
	see("the host's: %s", put("monotonic 1 1\n"));
	if (child() == 0) {
		writing();
		_exit(0);
	}
	reap(-1);
	if (child() == 0) {
		behind();
		_exit(0);
	}
	reap(-1);
	SEE(unshare(CLONE_NEWTIME));
	see("ahead: %s", put("monotonic 86400 0\nboottime 8640000 5\n"));
	see_clocks();
	if (child() == 0) {
		inside();
		SEE(setns(home, CLONE_NEWTIME));
		see_clocks();
		_exit(0);
	}
	reap(-1);
	setenv("BEFORE", text_of_before(), 1);
	if (child() == 0)
		exec_self("program");
	reap(-1);
	done();
	exec_self("program of its own");
}
