/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A robust mutex whose owner is gone, in every way there is to go: the next
 * one gets EOWNERDEAD, whether it slept or came later.
 */
#include "scenario.h"

#define MANY 50

static struct shared {
	pthread_mutex_t one, many[MANY];
} *shared;
static struct gate go, told;
static pthread_t threads[4];

static void robust(pthread_mutex_t *m, int is_shared)
{
	pthread_mutexattr_t attr;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	pthread_mutexattr_setpshared(&attr, is_shared);
	memset(m, 0, sizeof(*m));
	if (pthread_mutex_init(m, &attr))
		die("mutex");
}

static const char *err(int r)
{
	return r ? strerrorname_np(r) : "0";
}

static unsigned int owner_of(const pthread_mutex_t *m)
{
	return *(const volatile unsigned int *)m & 0x3fffffff;
}

static void lock(pthread_mutex_t *m)
{
	int r = pthread_mutex_lock(m);

	if (r)
		die("lock: %s", err(r));
}

/* ---- ways to go; each begins with the lock held ---- */

static void *holds_another(void *m)
{
	lock(m);
	let(&told, 1);
	pause();
	return NULL;
}

static void by_exit_group(void)
{
	_exit(3);
}

static void by_exit_thread(void)
{
	syscall(SYS_exit, 4);
}

static void by_kill(void)
{
	kill(getpid(), SIGKILL);
}

static void by_raise(void)
{
	raise(SIGTERM);
}

static void by_fault(void)
{
	volatile int *volatile nowhere = BAD_ADDR;

	*nowhere = 1;
}

static void by_exec(void)
{
	char *args[] = { (char *)"true", NULL };

	execv("/no/such/file", args);
	see("  exec that fails: owner is right %d",
	    owner_of(&shared->one) == (unsigned int)gettid());
	exec_self("rest");
}

static void by_waiting(void)
{
	let(&told, 1);
	pause();
}

static void with_threads(void)
{
	for (int i = 0; i < 4; i++) {
		pthread_create(&threads[i], NULL, holds_another,
			       &shared->many[i]);
		pass(&told);
	}
	_exit(0);
}

static void with_many(void)
{
	for (int i = 0; i < MANY; i++)
		lock(&shared->many[i]);
	for (int i = 0; i < MANY; i += 2)
		pthread_mutex_unlock(&shared->many[i]);
	kill(getpid(), SIGKILL);
}

static void take_over(const char *who, pthread_mutex_t *m)
{
	int r = pthread_mutex_lock(m);

	see("  %s: %s", who, err(r));
	if (r == EOWNERDEAD)
		see("  consistent %s", err(pthread_mutex_consistent(m)));
	see("  owner is right %d", owner_of(m) == (unsigned int)gettid());
	see("  unlock %s", err(pthread_mutex_unlock(m)));
}

static pid_t owner(void (*leave)(void))
{
	pid_t pid = child();

	if (pid == 0) {
		lock(&shared->one);
		let(&told, 1);
		pass(&go);
		leave();
		die("still there");
	}
	pass(&told);
	return pid;
}

static pid_t waiter(void)
{
	pid_t pid = child();

	if (pid == 0) {
		let(&told, 1);
		take_over("asleep", &shared->one);
		_exit(0);
	}
	pass(&told);
	usleep(20000);	/* nothing tells that it sleeps */
	return pid;
}

static void renew(void)
{
	robust(&shared->one, PTHREAD_PROCESS_SHARED);
	for (int i = 0; i < MANY; i++)
		robust(&shared->many[i], PTHREAD_PROCESS_SHARED);
}

static void gone(const char *how, void (*leave)(void))
{
	pid_t pid, sleeper;
	int status;

	renew();
	pid = owner(leave);
	see("%s: owner %d, in the word %u", how, pid, owner_of(&shared->one));
	let(&go, 1);
	status = reap(pid);
	see("  %s", wait_text(status));
	take_over("later", &shared->one);
	take_over("and then", &shared->one);
	renew();
	pid = owner(leave);
	sleeper = waiter();
	let(&go, 1);
	reap(pid);
	reap(sleeper);
}

static void killed_from_elsewhere(int sig)
{
	pid_t pid, sleeper;

	robust(&shared->one, PTHREAD_PROCESS_SHARED);
	pid = owner(by_waiting);
	let(&go, 1);
	pass(&told);
	sleeper = waiter();
	see("%s to %d", sig_text(sig), pid);
	kill(pid, sig);
	reap(pid);
	reap(sleeper);
	take_over("later", &shared->one);
}

/* Killed at any moment of locking and unlocking: nobody waits for ever. */
static void killed_any_time(void)
{
	int odd = 0;

	robust(&shared->one, PTHREAD_PROCESS_SHARED);
	for (int i = 0; i < 200; i++) {
		pid_t pid = child();
		int r;

		if (pid == 0) {
			let(&told, 1);
			for (;;) {
				if (pthread_mutex_lock(&shared->one) ==
				    EOWNERDEAD)
					pthread_mutex_consistent(&shared->one);
				pthread_mutex_unlock(&shared->one);
			}
		}
		pass(&told);
		for (volatile int spin = 0; spin < i * 50; spin = spin + 1)
			;
		kill(pid, SIGKILL);
		r = pthread_mutex_lock(&shared->one);
		if (r == EOWNERDEAD)
			pthread_mutex_consistent(&shared->one);
		else if (r)
			odd++;
		reap(pid);
		pthread_mutex_unlock(&shared->one);
	}
	see("killed at any time: %d went wrong", odd);
}

static void *lock_and_end(void *m)
{
	lock(m);
	return NULL;
}

static void *lock_and_exit(void *m)
{
	lock(m);
	let(&told, 1);
	pthread_exit(NULL);
}

static void in_threads(void)
{
	pthread_mutex_t private;
	pthread_t id;

	robust(&private, PTHREAD_PROCESS_PRIVATE);
	see("threads");
	pthread_create(&id, NULL, lock_and_end, &private);
	pthread_join(id, NULL);
	take_over("after its return", &private);
	pthread_create(&id, NULL, lock_and_exit, &private);
	pass(&told);
	take_over("asleep or not", &private);
	pthread_join(id, NULL);
	lock(&private);
	see("  owner %u", owner_of(&private));
	pthread_mutex_unlock(&private);
}

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "rest") == 0)
		return 5;
	(void)argv;
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	gate_init(&go);
	gate_init(&told);
	gone("exit_group", by_exit_group);
	gone("exit", by_exit_thread);
	gone("SIGKILL", by_kill);
	gone("SIGTERM", by_raise);
	gone("SIGSEGV", by_fault);
	gone("exec", by_exec);
	gone("four threads", with_threads);
	for (int i = 0; i < 4; i++)
		take_over("of a thread", &shared->many[i]);
	gone("fifty mutexes", with_many);
	for (int i = 0; i < MANY; i++)
		take_over("one of many", &shared->many[i]);
	killed_from_elsewhere(SIGKILL);
	killed_from_elsewhere(SIGTERM);
	killed_from_elsewhere(SIGUSR1);
	killed_any_time();
	in_threads();
	return done();
}
