/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The limits of the ipc namespace in /proc/sys: what they begin with, what can
 * be written, and that the limits of queues are obeyed. What a write that is
 * refused returns is shown once; of the others, that nothing has changed.
 *
 * scenario: run-as=root needs=root
 */
#include "proc_common.h"

#include <mqueue.h>
#include <sys/msg.h>

static const char *const names[] = {
	"kernel/shmmax", "kernel/shmall", "kernel/shmmni",
	"kernel/shm_rmid_forced", "kernel/sem", "kernel/msgmax",
	"kernel/msgmnb", "kernel/msgmni", "kernel/auto_msgmni",
	"kernel/shm_next_id", "kernel/sem_next_id", "kernel/msg_next_id",
	"fs/mqueue/queues_max", "fs/mqueue/msg_max", "fs/mqueue/msg_default",
	"fs/mqueue/msgsize_max", "fs/mqueue/msgsize_default",
};

static long put(const char *name, const char *text)
{
	char path[64];
	long r;
	int fd;

	snprintf(path, sizeof(path), "/proc/sys/%s", name);
	fd = MUST(open(path, O_WRONLY));
	r = write(fd, text, strlen(text));
	close(fd);
	return r;
}

static void is(const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/sys/%s", name);
	see("  %s '%s'", name, first_line(slurp(path)));
}

static void try(const char *name, const char *text)
{
	see("%s to '%s'", name, text);
	put(name, text);
	is(name);
}

static void single(void)
{
	static const char *const texts[] = {
		"77", " 78 \n", "0x50", "0120", "-1", "abc", "", "81x", "82 83",
		"2147483647", "2147483648", "4294967296", "0",
		"99999999999999999999", "8192",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		try("kernel/msgmax", texts[i]);
	try("kernel/shmmax", "-5");
	try("kernel/shmmax", "4096");
	try("kernel/shmmax", "0x10000");
	try("kernel/shmmax", "18446744073709551615");
	try("kernel/shmmax", "18446744073709551616");
	try("kernel/shmall", "12");
	try("kernel/shmall", "abc");
}

static void ranges(void)
{
	try("kernel/shmmni", "32768");
	try("kernel/shmmni", "32769");
	try("kernel/msgmni", "32768");
	try("kernel/msgmni", "32769");
	try("kernel/msgmni", "-1");
	try("kernel/msgmnb", "-1");
	try("kernel/shm_rmid_forced", "2");
	try("kernel/shm_rmid_forced", "0");
	try("kernel/auto_msgmni", "1");
	try("fs/mqueue/queues_max", "-1");
	try("fs/mqueue/queues_max", "256");
	try("fs/mqueue/msg_max", "0");
	try("fs/mqueue/msg_max", "65537");
	try("fs/mqueue/msg_max", "65536");
	try("fs/mqueue/msg_max", "8");
	try("fs/mqueue/msgsize_max", "127");
	try("fs/mqueue/msgsize_max", "16777217");
	try("fs/mqueue/msgsize_max", "16777216");
	try("fs/mqueue/msgsize_max", "128");
}

static void four(void)
{
	try("kernel/sem", "100");
	try("kernel/sem", "101 201\t301");
	try("kernel/sem", "102 202 302 402 502");
	try("kernel/sem", "103 203 303 32769");
	try("kernel/sem", "104 x 304 404");
	try("kernel/sem", "-1");
	try("kernel/sem", "32000 1024000000 500 32000");
}

static void chosen(void)
{
	int q;

	try("kernel/msg_next_id", "-1");
	try("kernel/msg_next_id", "2147483648");
	try("kernel/msg_next_id", "65546");
	SEE(q = msgget(IPC_PRIVATE, 0600));
	is("kernel/msg_next_id");
	MUST(msgctl(q, IPC_RMID, NULL));
	SEE(q = msgget(IPC_PRIVATE, 0600));
	MUST(msgctl(q, IPC_RMID, NULL));
}

static void obeyed(void)
{
	struct { long type; char text[200]; } m = { .type = 1 };
	struct msqid_ds ds;
	struct mq_attr attr;
	struct msginfo info;
	int q, other;

	put("kernel/msgmax", "100");
	put("kernel/msgmnb", "150");
	put("kernel/msgmni", "2");
	q = MUST(msgget(IPC_PRIVATE, 0600));
	other = MUST(msgget(IPC_PRIVATE, 0600));
	SEE(msgget(IPC_PRIVATE, 0600));
	SEE(msgsnd(q, &m, 101, IPC_NOWAIT));
	SEE(msgsnd(q, &m, 100, IPC_NOWAIT));
	SEE(msgsnd(q, &m, 51, IPC_NOWAIT));
	SEE(msgsnd(q, &m, 50, IPC_NOWAIT));
	MUST(msgctl(q, IPC_STAT, &ds));
	MUST(msgctl(0, MSG_INFO, (void *)&info));
	see("qbytes %lu, max %d mnb %d mni %d", ds.msg_qbytes, info.msgmax,
	    info.msgmnb, info.msgmni);
	msgctl(q, IPC_RMID, NULL);
	msgctl(other, IPC_RMID, NULL);
	put("fs/mqueue/msg_max", "3");
	put("fs/mqueue/msgsize_max", "256");
	q = MUST(mq_open("/scenario", O_CREAT | O_RDWR, 0600, NULL));
	MUST(mq_getattr(q, &attr));
	see("%ld of %ld", attr.mq_maxmsg, attr.mq_msgsize);
	MUST(mq_unlink("/scenario"));
}

int main(void)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		is(names[i]);
	see("write 'abc': %s", res(put("kernel/msgmax", "abc")));
	single();
	ranges();
	four();
	chosen();
	obeyed();
	return done();
}
