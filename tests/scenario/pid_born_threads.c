/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Threads that make no call: from the moment that their creator goes on they are
 * there, for itself and for others, under the number that it was told.
 */
#include "scenario.h"

#include <dirent.h>

#define CREATORS 4
#define EACH	 40
#define TURNS	 30

static struct gate ready, hold, asked, answered;
static volatile int over;

/* glibc makes it of the word that clone(2) wrote. 0: it has ended. */
static pid_t number_of(pthread_t id)
{
	clockid_t clock;

	return pthread_getcpuclockid(id, &clock) ? 0 : ~(clock >> 3);
}

static void *spin(void *arg)
{
	while (!over) {
	}
	return arg;
}

static bool is_listed(const char *path, pid_t tid)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	bool found = false;

	if (!dir)
		die("%s", path);
	while ((entry = readdir(dir))) {
		found |= atoi(entry->d_name) == tid;
	}
	closedir(dir);
	return found;
}

/* Another process, that is told a number and looks for it at once. */
static void look(pid_t pid, const int *numbers)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	for (int i = 0; i < TURNS; i++) {
		pass(&asked);
		if (sys_tgkill(pid, numbers[i], 0) != 0 ||
		    sys_tkill(numbers[i], 0) != 0 ||
		    !is_listed(path, numbers[i]))
			die("turn %d: %d is not there", i, numbers[i]);
		let(&answered, 1);
	}
	_exit(0);
}

static void spinning(void)
{
	int *numbers = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t self = getpid(), other = child();
	pthread_t id;
	int bad = 0;

	if (other == 0)
		look(self, numbers);
	for (int i = 0; i < TURNS; i++) {
		over = 0;
		MUST(-pthread_create(&id, NULL, spin, NULL));
		numbers[i] = number_of(id);
		bad += numbers[i] != other + 1 + i;
		if (i % 2)
			bad += sys_tgkill(self, numbers[i], 0) != 0 ||
			       !is_listed("/proc/self/task", numbers[i]);
		let(&asked, 1);
		pass(&answered);
		over = 1;
		pthread_join(id, NULL);
	}
	see("spinning: %s, %d to %d, bad %d", wait_text(reap(other)), numbers[0],
	    numbers[TURNS - 1], bad);
}

/* ---- many at once ---- */

static void *tell(void *number)
{
	*(pid_t *)number = gettid();
	return NULL;
}

static void *create(void *bad)
{
	for (int i = 0; i < EACH; i++) {
		pid_t told = 0, own;
		pthread_t id;

		MUST(-pthread_create(&id, NULL, tell, &told));
		own = number_of(id);
		pthread_join(id, NULL);
		*(int *)bad += own > 0 && own != told;
	}
	return NULL;
}

static void storm(void)
{
	int bad[CREATORS] = { 0 };
	pthread_t ids[CREATORS];

	for (int i = 0; i < CREATORS; i++) {
		MUST(-pthread_create(&ids[i], NULL, create, &bad[i]));
	}
	for (int i = 0; i < CREATORS; i++) {
		pthread_join(ids[i], NULL);
		see("storm: bad %d", bad[i]);
	}
}

/* ---- more than there is room for, that say nothing for long ---- */

static pid_t numbers[120];

static void *wait_there(void *arg)
{
	let(&ready, 1);
	pass(&hold);
	*(pid_t *)arg = gettid();
	return NULL;
}

static void many(void)
{
	const int n = sizeof(numbers) / sizeof(numbers[0]);
	pthread_t ids[120];
	pid_t told[120];
	int bad = 0;

	for (int i = 0; i < n; i++) {
		MUST(-pthread_create(&ids[i], NULL, wait_there, &numbers[i]));
		told[i] = number_of(ids[i]);
	}
	for (int i = 0; i < n; i++) {
		pass(&ready);
	}
	for (int i = 0; i < n; i++) {
		bad += sys_tgkill(getpid(), told[i], 0) != 0;
	}
	let(&hold, n);
	for (int i = 0; i < n; i++) {
		pthread_join(ids[i], NULL);
		bad += told[i] != numbers[i];
	}
	see("many: bad %d", bad);
}

/* ---- a signal for one that has just been made ---- */

static volatile pid_t caught_by;

static void on_signal(int sig)
{
	(void)sig;
	caught_by = gettid();
}

static void *spin_until_caught(void *arg)
{
	while (!caught_by) {
	}
	return arg;
}

static void signalled(void)
{
	struct sigaction action = { .sa_handler = on_signal };
	int bad = 0;

	MUST(sigaction(SIGUSR1, &action, NULL));
	for (int i = 0; i < TURNS; i++) {
		pthread_t id;
		pid_t tid;

		caught_by = 0;
		MUST(-pthread_create(&id, NULL, spin_until_caught, NULL));
		tid = number_of(id);
		MUST(sys_tgkill(getpid(), tid, SIGUSR1));
		pthread_join(id, NULL);
		bad += caught_by != tid;
	}
	see("signalled: bad %d", bad);
}

int main(void)
{
	gate_init(&ready);
	gate_init(&hold);
	gate_init(&asked);
	gate_init(&answered);
	spinning();
	storm();
	many();
	signalled();
	return done();
}
