/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signals in the middle of calls that enter /proc; their handler sends a
 * message. There are as many messages as handlers were run.
 *
 * scenario: bare=same
 * (how many there are is the same anywhere)
 */
#include <pthread.h>
#include "ipc_msg_common.h"

#define SIGNALS 3000

static int queue;
static volatile sig_atomic_t handled;
static pthread_t target;

static void on_signal(int sig)
{
	struct { long type; char text; } m = { .type = 1, .text = 'x' };
	int saved = errno;

	(void)sig;
	if (msgsnd(queue, &m, 1, IPC_NOWAIT) == 0)
		handled++;
	errno = saved;
}

static void *kick(void *unused)
{
	while (handled < SIGNALS)
		pthread_kill(target, SIGUSR1);
	return unused;
}

/*
 * On one processor the two threads take turns, with everybody else who wants it,
 * and one signal is sent in each. These come whenever the target runs.
 */
static timer_t start_ticking(void)
{
	struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID,
				  .sigev_signo = SIGUSR1 };
	const struct itimerspec often = { { 0, 100000 }, { 0, 100000 } };
	timer_t timer;

	event._sigev_un._tid = gettid();
	MUST(timer_create(CLOCK_MONOTONIC, &event, &timer));
	MUST(timer_settime(timer, 0, &often, NULL));
	return timer;
}

static int receive(void)
{
	struct { long type; char text; } m;
	int n = 0;

	while (msgrcv(queue, &m, 1, 0, IPC_NOWAIT) == 1)
		n++;
	return n;
}

int main(void)
{
	struct sigaction action = { .sa_handler = on_signal };
	pthread_t thread;
	timer_t timer;
	int received = 0, failed = 0;
	char path[32];

	queue = msgget(IPC_PRIVATE, 0600);
	target = pthread_self();
	snprintf(path, sizeof(path), "/proc/%d", getpid());
	sigaction(SIGUSR1, &action, NULL);
	pthread_create(&thread, NULL, kick, NULL);
	timer = start_ticking();
	while (handled < SIGNALS) {
		failed += chdir(path) == -1;
		failed += chdir("/") == -1;
		received += receive();
	}
	pthread_join(thread, NULL);
	timer_delete(timer);
	signal(SIGUSR1, SIG_IGN);
	received += receive();
	see("sent more than received: %d, less: %d, failed: %d",
	    handled > received, handled < received, failed > 0);
	msgctl(queue, IPC_RMID, NULL);
	return done();
}
