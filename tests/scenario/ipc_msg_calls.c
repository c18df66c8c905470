/* SPDX-License-Identifier: Apache-2.0 */
/*
 * msgget, msgsnd, msgrcv, msgctl: flags, lengths, which error comes first.
 *
 * scenario: needs=root
 * (it gives the queue away, to an id that a user's own namespace has not)
 */
#include "ipc_msg_common.h"

#define KEY 0x1234

static int queue;

static void get(void)
{
	SEE(msgget(KEY, 0));
	SEE(queue = msgget(KEY, IPC_CREAT | 0640));
	SEE(msgget(KEY, IPC_CREAT | 0600));
	SEE(msgget(KEY, IPC_CREAT | IPC_EXCL | 0600));
	SEE(msgget(KEY, 0));
	SEE(msgget(KEY, 0600));
	SEE(msgget(KEY, 0660));
	SEE(msgget(KEY, 0666));
	SEE(msgget(IPC_PRIVATE, 0));
	SEE(msgget(IPC_PRIVATE, IPC_EXCL));
	SEE(syscall(SYS_msgget, 0x100000000L + KEY, 0L));
	see_queue("new", queue);
	see_queue("nobody may read it", queue + 1);
}

static void send(void)
{
	struct message m = { .type = 1 };
	char *edge = guard_alloc(16);

	SEE(send_size(-1, 1, 1, 0));
	SEE(send_size(77, 1, 1, IPC_NOWAIT));
	SEE(send_size(0x8000 + queue, 1, 1, IPC_NOWAIT));
	SEE(send_size(queue, 1, 8193, IPC_NOWAIT));
	SEE(send_size(queue, 1, -1, IPC_NOWAIT));
	SEE(send_size(queue, 0, 1, IPC_NOWAIT));
	SEE(send_size(queue, -1, 1, IPC_NOWAIT));
	SEE(send_size(queue, LONG_MIN, 1, IPC_NOWAIT));
	SEE(syscall(SYS_msgsnd, queue, BAD_ADDR, 1L, 0));
	SEE(syscall(SYS_msgsnd, queue, BAD_ADDR, 9999L, 0));
	SEE(syscall(SYS_msgsnd, -1, BAD_ADDR, 1L, 0));
	SEE(syscall(SYS_msgsnd, -1, &m, 1L, 0));
	memcpy(edge, &m, sizeof(long));
	SEE(msgsnd(queue, edge, 9, IPC_NOWAIT));
	SEE(msgsnd(77, edge, 9, IPC_NOWAIT));
	SEE(msgsnd(queue, edge, 8, IPC_NOWAIT));
	SEE(msgsnd(queue, edge + 8, 0, IPC_NOWAIT));
	memcpy(edge + 8, &m, sizeof(long));
	SEE(msgsnd(queue, edge + 8, 0, IPC_NOWAIT));
	SEE(send_size(queue, LONG_MAX, 8192, IPC_NOWAIT));
	see_queue("three messages", queue);
	SEE(send_size(queue, 1, 8192 - 7, IPC_NOWAIT));
	SEE(send_size(queue, 1, 8192 - 8, IPC_NOWAIT));
	SEE(send_size(queue, 1, 0, IPC_NOWAIT));
	see_queue("full", queue);
	while (msgrcv(queue, &m, sizeof(m.text), 0, IPC_NOWAIT) >= 0)
		;
	see_queue("emptied", queue);
}

static void receive(void)
{
	struct message m;
	char *edge = guard_alloc(16);

	see_next("empty", queue, 10, 0, IPC_NOWAIT);
	SEE(msgrcv(queue, &m, -1, 0, IPC_NOWAIT));
	SEE(msgrcv(-1, &m, 1, 0, IPC_NOWAIT));
	SEE(msgrcv(77, &m, 1, 0, IPC_NOWAIT));
	SEE(msgrcv(0x8000 + queue, &m, 1, 0, IPC_NOWAIT));
	send_text(queue, 5, "five", 0);
	send_text(queue, 3, "three", 0);
	send_text(queue, 5, "five again", 0);
	send_text(queue, 2, "two", 0);
	send_text(queue, 7, "seven", 0);
	see_next("too long", queue, 3, 0, IPC_NOWAIT);
	see_next("type 9", queue, 99, 9, IPC_NOWAIT);
	see_next("up to 1", queue, 99, -1, IPC_NOWAIT);
	see_next("not 5, too long", queue, 2, 5, IPC_NOWAIT | MSG_EXCEPT);
	see_next("not 5", queue, 99, 5, IPC_NOWAIT | MSG_EXCEPT);
	see_next("up to 5", queue, 99, -5, IPC_NOWAIT);
	see_next("up to 5", queue, 99, LONG_MIN, IPC_NOWAIT);
	see_next("cut", queue, 3, 5, IPC_NOWAIT | MSG_NOERROR);
	see_next("cut to nothing", queue, 0, 0, IPC_NOWAIT | MSG_NOERROR);
	see_next("empty", queue, 10, 0, IPC_NOWAIT);
	send_text(queue, 1, "lost", 0);
	SEE(msgrcv(queue, BAD_ADDR, 99, 0, IPC_NOWAIT));
	see_queue("lost", queue);
	send_text(queue, 1, "seven\0", 0);
	SEE(msgrcv(queue, edge, 1000, 0, IPC_NOWAIT));
	send_text(queue, 1, "123456789", 0);
	SEE(msgrcv(queue, edge, 1000, 0, IPC_NOWAIT));
	see_queue("lost", queue);
}

static void copy(void)
{
	const int flags = MSG_COPY | IPC_NOWAIT;
	struct message m;
	char *edge = guard_alloc(16);

	send_text(queue, 5, "first", 0);
	send_text(queue, 3, "second", 0);
	see_next("copy 0", queue, 99, 0, flags);
	see_next("copy 1", queue, 99, 1, flags);
	see_next("copy 2", queue, 99, 2, flags);
	see_next("copy -1", queue, 99, -1, flags);
	see_next("must not wait", queue, 99, 0, MSG_COPY);
	see_next("except", queue, 99, 0, flags | MSG_EXCEPT);
	see_next("too long", queue, 3, 0, flags);
	see_next("cut", queue, 3, 0, flags | MSG_NOERROR);
	SEE(msgrcv(queue, BAD_ADDR, 99, 0, flags));
	SEE(msgrcv(77, BAD_ADDR, 99, 0, flags));
	SEE(msgrcv(77, BAD_ADDR, 99, 0, MSG_COPY));
	SEE(msgrcv(queue, BAD_ADDR, 0, 0, flags));
	SEE(msgrcv(queue, edge, 1000, 0, flags));
	SEE(msgrcv(queue, edge, 16, 0, flags));
	SEE(msgrcv(queue, &m, 1 << 30, 0, flags));
	see_queue("two messages", queue);
	see_next("first", queue, 99, 0, IPC_NOWAIT);
	see_next("second", queue, 99, 0, IPC_NOWAIT);
}

static void see_info(int cmd, const char *name)
{
	struct msginfo info;
	int r;

	memset(&info, 0x55, sizeof(info));
	r = msgctl(0, cmd, (void *)&info);
	see("%s: %s: pool %d map %d max %d mnb %d mni %d ssz %d tql %d seg %d",
	    name, res(r), info.msgpool, info.msgmap, info.msgmax, info.msgmnb,
	    info.msgmni, info.msgssz, info.msgtql, info.msgseg);
}

static void set(unsigned long qbytes, int mode, int uid)
{
	struct msqid_ds ds;

	MUST(msgctl(queue, IPC_STAT, &ds));
	ds.msg_qbytes = qbytes;
	ds.msg_perm.mode = mode;
	if (uid)
		ds.msg_perm.uid = uid;
	see("set %lx %o %d: %s", qbytes, mode, uid,
	    res(msgctl(queue, IPC_SET, &ds)));
	see_queue("  is", queue);
}

static void control(void)
{
	struct msqid_ds ds = { 0 };
	int other;

	send_text(queue, 1, "one", 0);
	see_info(IPC_INFO, "IPC_INFO");
	see_info(MSG_INFO, "MSG_INFO");
	SEE(msgctl(0, IPC_INFO, BAD_ADDR));
	SEE(msgctl(-1, IPC_INFO, &ds));
	SEE(msgctl(queue, -1, &ds));
	SEE(msgctl(queue, 99, &ds));
	SEE(msgctl(queue, IPC_STAT | 0x100, &ds));
	SEE(msgctl(queue, IPC_STAT, BAD_ADDR));
	SEE(msgctl(77, IPC_STAT, BAD_ADDR));
	SEE(msgctl(0, MSG_STAT, &ds));
	see("  key %x", ds.msg_perm.__key);
	SEE(msgctl(1, MSG_STAT, &ds));
	SEE(msgctl(1, MSG_STAT_ANY, &ds));
	see("  mode %o", ds.msg_perm.mode);
	SEE(msgctl(0x8000, MSG_STAT, &ds));
	SEE(msgctl(9, MSG_STAT, &ds));
	SEE(msgctl(9, MSG_STAT_ANY, &ds));
	SEE(msgctl(77, IPC_SET, BAD_ADDR));
	SEE(msgctl(77, IPC_SET, &ds));
	set(100, 0666, 0);
	set(16384, 07777, 0);
	set(16385, 0600, 0);
	set(0xffffffff, 0600, 0);
	SEE(send_size(queue, 1, 8192, IPC_NOWAIT));
	SEE(send_size(queue, 1, 8192, IPC_NOWAIT));
	SEE(send_size(queue, 1, 8192, IPC_NOWAIT));
	set(0x100000000, 0600, 0);
	set(100, 0600, -1);
	set(100, 0600, 12345);
	other = MUST(msgget(IPC_PRIVATE, 0));
	SEE(send_text(other, 1, "x", IPC_NOWAIT));
	see_next("not readable", other, 10, 0, IPC_NOWAIT);
	SEE(msgctl(other, IPC_RMID, NULL));
	SEE(msgctl(other, IPC_RMID, NULL));
	SEE(msgctl(77, IPC_RMID, NULL));
	SEE(msgctl(queue, IPC_RMID, NULL));
	see_queue("removed", queue);
	SEE(msgget(KEY, 0));
}

/* Empty ones count, too: as many messages as bytes. */
static void flood(void)
{
	int q = MUST(msgget(IPC_PRIVATE, 0600)), n = 0;

	while (send_size(q, 1, 0, IPC_NOWAIT) == 0)
		n++;
	see("empty ones: %d, %s", n, res(-1));
	see_queue("flooded", q);
	see_info(MSG_INFO, "MSG_INFO");
	SEE(msgctl(q, IPC_RMID, NULL));
}

/* The id of a removed queue is not soon another's. */
static void ids(void)
{
	for (int i = 0; i < 70; i++) {
		int q = MUST(msgget(IPC_PRIVATE, 0600));

		if (i > 60)
			see("id %d", q);
		MUST(msgctl(q, IPC_RMID, NULL));
	}
	SEE(msgctl(5, IPC_RMID, NULL));
}

int main(void)
{
	get();
	send();
	receive();
	copy();
	control();
	flood();
	ids();
	return done();
}
