/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signals for who waits at a queue: handlers end the wait whatever SA_RESTART
 * says; what is ignored, stops or continues does not.
 */
#include "ipc_msg_common.h"

static int queue;
static struct gate go;

static pid_t receiver(const char *name)
{
	pid_t pid = child();

	if (pid == 0) {
		see_next(name, queue, 99, 0, 0);
		see("%s: caught %d", name, (int)caught_count);
		_exit(0);
	}
	until_blocked(pid);
	return pid;
}

static pid_t sender(const char *name)
{
	pid_t pid = child();

	if (pid == 0) {
		int r = send_text(queue, 2, name, 0);

		see("%s: %s, caught %d", name, res(r), (int)caught_count);
		_exit(0);
	}
	until_blocked(pid);
	return pid;
}

static void until_state(pid_t pid, char state)
{
	for (;;) {
		char line[512];
		const char *end;

		read_of(pid, "stat", line, sizeof(line));
		end = strrchr(line, ')');
		if (end && end[2] == state)
			return;
		sched_yield();
	}
}

static void fill(void)
{
	while (send_size(queue, 1, 8192, IPC_NOWAIT) == 0)
		;
}

static void drain(void)
{
	struct message m;

	while (msgrcv(queue, &m, sizeof(m.text), 1, IPC_NOWAIT) >= 0)
		;
}

static void caught(int flags, const char *what)
{
	pid_t pid;

	see("-- %s", what);
	caught_count = 0;
	catch_signal(SIGUSR1, flags);
	pid = receiver("receiver");
	kill(pid, SIGUSR1);
	reap(pid);
	fill();
	pid = sender("sender");
	kill(pid, SIGUSR1);
	reap(pid);
	drain();
	see_queue("empty", queue);
}

static void not_caught(int sig, const char *what)
{
	pid_t pid;

	see("-- %s", what);
	pid = receiver("receiver");
	kill(pid, sig);
	until_blocked(pid);
	send_text(queue, 1, "sent", 0);
	reap(pid);
	fill();
	pid = sender("sender");
	kill(pid, sig);
	until_blocked(pid);
	drain();
	reap(pid);
	see_next("sender's", queue, 99, 0, IPC_NOWAIT);
}

static void stopped(void)
{
	pid_t pid;
	int status;

	see("-- stopped and continued");
	pid = receiver("receiver");
	kill(pid, SIGSTOP);
	MUST(waitpid(pid, &status, WUNTRACED));
	see("%s", wait_text(status));
	send_text(queue, 1, "sent while stopped", 0);
	see_queue("a stopped one is no receiver", queue);
	kill(pid, SIGCONT);
	reap(pid);
	pid = receiver("receiver");
	kill(pid, SIGSTOP);
	until_state(pid, 'T');
	kill(pid, SIGCONT);
	until_blocked(pid);
	send_text(queue, 1, "sent after", 0);
	reap(pid);
	see_queue("empty", queue);
}

/* A thread is told by its own number where a sender finds it waiting. */
static void *receive_in_thread(void *number)
{
	struct message m;

	*(int *)number = gettid();
	let(&go, 1);
	msgrcv(queue, &m, sizeof(m.text), 9, 0);
	return NULL;
}

static void numbers(void)
{
	struct msqid_ds ds;
	pthread_t thread;
	int number = 0;

	see("-- numbers");
	pthread_create(&thread, NULL, receive_in_thread, &number);
	pass(&go);
	until_blocked(number);
	send_text(queue, 9, "x", 0);
	pthread_join(thread, NULL);
	MUST(msgctl(queue, IPC_STAT, &ds));
	see("sent by %s, received by %s",
	    ds.msg_lspid == getpid() ? "process" : "other",
	    ds.msg_lrpid == number ? "thread" :
	    ds.msg_lrpid == getpid() ? "process" : "other");
}

int main(void)
{
	gate_init(&go);
	queue = MUST(msgget(IPC_PRIVATE, 0600));
	caught(0, "a handler");
	caught(SA_RESTART, "a handler with SA_RESTART");
	signal(SIGUSR1, SIG_IGN);
	not_caught(SIGUSR1, "ignored");
	not_caught(SIGCHLD, "ignored by default");
	not_caught(SIGCONT, "SIGCONT");
	stopped();
	numbers();
	MUST(msgctl(queue, IPC_RMID, NULL));
	return done();
}
