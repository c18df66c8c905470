/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Several send and several receive while signals rain on all of them: each
 * message arrives once.
 *
 * scenario: bare=same
 * (how many arrive is the same anywhere)
 */
#include "ipc_msg_common.h"

#define SENDERS 3
#define RECEIVERS 3
#define EACH 300
#define STOP (SENDERS * EACH)

static struct shared {
	int seen[SENDERS * EACH];
	int interrupted;
	int running;
} *shared;

static int queue;

static void send_one(int number)
{
	struct { long type; int number; char text[500]; } m = {
		.type = 1 + number % 5, .number = number,
	};

	while (msgsnd(queue, &m, sizeof(m) - sizeof(m.type), 0) == -1) {
		if (errno != EINTR)
			die("msgsnd: %s", res(-1));
		__atomic_add_fetch(&shared->interrupted, 1, __ATOMIC_SEQ_CST);
	}
}

static void receive_all(void)
{
	struct { long type; int number; char text[500]; } m;

	for (;;) {
		ssize_t r = msgrcv(queue, &m, sizeof(m) - sizeof(m.type), 0, 0);

		if (r == -1 && errno != EINTR)
			die("msgrcv: %s", res(-1));
		if (r == -1)
			__atomic_add_fetch(&shared->interrupted, 1,
					   __ATOMIC_SEQ_CST);
		else if (m.number == STOP)
			break;
		else
			__atomic_add_fetch(&shared->seen[m.number], 1,
					   __ATOMIC_SEQ_CST);
	}
}

static pid_t start(int which)
{
	pid_t pid = child();

	if (pid > 0)
		return pid;
	if (which < SENDERS)
		for (int i = 0; i < EACH; i++)
			send_one(which * EACH + i);
	else
		receive_all();
	__atomic_sub_fetch(&shared->running, 1, __ATOMIC_SEQ_CST);
	_exit(0);
}

static void storm(int flags)
{
	pid_t pids[SENDERS + RECEIVERS];
	int once = 0, twice = 0;
	struct msqid_ds ds;

	memset(shared, 0, sizeof(*shared));
	shared->running = SENDERS + RECEIVERS;
	catch_signal(SIGUSR1, flags);
	for (int i = 0; i < SENDERS + RECEIVERS; i++)
		pids[i] = start(i);
	while (__atomic_load_n(&shared->running, __ATOMIC_SEQ_CST) > RECEIVERS)
		for (int i = 0; i < SENDERS + RECEIVERS; i++)
			kill(pids[i], SIGUSR1);
	for (int i = 0; i < RECEIVERS; i++)
		send_one(STOP);
	for (int i = 0; i < SENDERS + RECEIVERS; i++)
		see("ended: %s", wait_text(reap(pids[i])));
	for (int i = 0; i < STOP; i++) {
		once += shared->seen[i] == 1;
		twice += shared->seen[i] > 1;
	}
	see("once %d, more often %d", once, twice);
	MUST(msgctl(queue, IPC_STAT, &ds));
	see("left: %lu of %lu bytes", ds.msg_qnum, ds.__msg_cbytes);
}

int main(void)
{
	struct msqid_ds ds;

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	queue = MUST(msgget(IPC_PRIVATE, 0600));
	MUST(msgctl(queue, IPC_STAT, &ds));
	/* Room for three of them: senders wait, too. */
	ds.msg_qbytes = 1600;
	MUST(msgctl(queue, IPC_SET, &ds));
	storm(0);
	storm(SA_RESTART);
	MUST(msgctl(queue, IPC_RMID, NULL));
	return done();
}
