/* SPDX-License-Identifier: Apache-2.0 */
/* What the scenarios of message queues share. */
#ifndef IPC_MSG_COMMON_H
#define IPC_MSG_COMMON_H

#include "scenario.h"

#include <sys/ipc.h>
#include <sys/msg.h>

#define SEE(call) see("%s: %s", #call, res(call))
#define TEXT_MAX 20000

struct message {
	long type;
	char text[TEXT_MAX];
};

/* Sends @text with its 0. */
static inline int send_text(int queue, long type, const char *text, int flags)
{
	struct message m = { .type = type };

	snprintf(m.text, sizeof(m.text), "%s", text);
	return msgsnd(queue, &m, strlen(text) + 1, flags);
}

static inline int send_size(int queue, long type, size_t size, int flags)
{
	struct message m = { .type = type };

	return msgsnd(queue, &m, size, flags);
}

/* Reports what comes, or the error. */
static inline void see_next(const char *what, int queue, size_t size, long type,
			    int flags)
{
	struct message m = { .type = -1, .text = "untouched" };
	ssize_t r = msgrcv(queue, &m, size, type, flags);

	m.text[r < 0 ? 0 : r] = 0;
	see("%s: %s type %ld '%s'", what, res(r), m.type, m.text);
}

/* The whole of a queue, but for times and numbers of processes. */
static inline void see_queue(const char *what, int queue)
{
	struct msqid_ds ds;

	memset(&ds, 0x55, sizeof(ds));
	if (msgctl(queue, IPC_STAT, &ds) < 0) {
		see("%s: %s", what, res(-1));
		return;
	}
	see("%s: %lu messages, %lu bytes of %lu, mode %o, key %x", what,
	    ds.msg_qnum, ds.__msg_cbytes, ds.msg_qbytes, ds.msg_perm.mode,
	    ds.msg_perm.__key);
	see("  sent %s by %d, received %s by %d, seq %d",
	    ds.msg_stime ? "once" : "never", ds.msg_lspid,
	    ds.msg_rtime ? "once" : "never", ds.msg_lrpid,
	    ds.msg_perm.__seq);
}

/* The first @size - 1 bytes of a file of @pid's in /proc. */
static inline void read_of(pid_t pid, const char *name, char *text, size_t size)
{
	char path[64];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	fd = MUST(open(path, O_RDONLY));
	n = read(fd, text, size - 1);
	close(fd);
	text[n > 0 ? n : 0] = 0;
}

/* Waits until @pid sleeps in a call of this kind; or in one that stands for it. */
static inline void until_blocked(pid_t pid)
{
	for (;;) {
		char stat[512], call[128];
		const char *end;
		int nr;

		read_of(pid, "syscall", call, sizeof(call));
		read_of(pid, "stat", stat, sizeof(stat));
		end = strrchr(stat, ')');
		nr = atoi(call);
		if (end && (end[2] == 'S' || end[2] == 'D') &&
		    (nr == SYS_msgsnd || nr == SYS_msgrcv || nr == SYS_ppoll))
			return;
		sched_yield();
	}
}

#endif
