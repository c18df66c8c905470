/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages without end: empty ones to one queue, then large ones to as many
 * queues as it takes. Each comes to a limit, and room is there again once they
 * are gone.
 */
#include <errno.h>
#include <stdio.h>
#include <sys/msg.h>

#define QUEUES 32000

static int send(int queue, size_t size)
{
	static struct { long type; char text[8192]; } m = { .type = 1 };

	return msgsnd(queue, &m, size, IPC_NOWAIT);
}

static int queues[QUEUES];

int main(void)
{
	int empty = msgget(IPC_PRIVATE, 0600), refused = 0, used = 0, sent = 0;

	for (int i = 0; i < 1000000; i++)
		refused += send(empty, 0) < 0 && errno == EAGAIN;
	printf("%d refused\n", refused);
	for (; used < QUEUES - 1; used++) {
		queues[used] = msgget(IPC_PRIVATE, 0600);
		while (send(queues[used], 8192) == 0)
			sent++;
		if (errno != EAGAIN)
			break;
	}
	printf("%s after %d MiB\n", errno == ENOMEM ? "ENOMEM" : "other", sent / 128);
	for (int i = 0; i <= used; i++)
		msgctl(queues[i], IPC_RMID, NULL);
	msgctl(empty, IPC_RMID, NULL);
	empty = msgget(IPC_PRIVATE, 0600);
	printf("then %d\n", send(empty, 8192));
	msgctl(empty, IPC_RMID, NULL);
	return 0;
}
