/* SPDX-License-Identifier: Apache-2.0 */
/*
 * System V message queues: msgget(2), msgop(2), msgctl(2).
 *
 * Theory of operation. A message is copied once from the sender's memory into
 * the supervisor's, and once from there to the receiver's. Who can't go on
 * waits in a list of the queue, in the order of coming. A sender hands its
 * message to a receiver that waits for one like it, past the queue; a receiver
 * that makes room lets senders go on. Follows ipc/msg.c, Linux 6.x.
 *
 * A message is lost with its receiver, as in the kernel: from the moment that
 * it has left the queue. A receiver that is dead already gets none.
 */
#include <errno.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <sys/msg.h>
#include <time.h>
#include <utlist.h>
#include "src/host/sys.h"
#include "src/ns/ipc.h"
#include "src/ns/pid.h"
#include "src/park.h"
#include "tables/msgs.h"

/*
 * What the supervisor holds for senders: a limit of the whole instance, since
 * the kernel's own (msgmni * msgmnb, 500 MB) would be of this process alone.
 */
#define HELD_MAX (64UL * 1024 * 1024)

/* What IPC_INFO says of things that no kernel has had for long. */
#define INFO_MSGSSZ 16
#define INFO_MSGSEG 0xffff
#define INFO_MSGMAP 16384
#define INFO_MSGPOOL 512000
#define INFO_MSGTQL 16384

struct msg_queue {
	struct ipc_perm_entry perm;	/* first: see queue_of() */
	struct ipc_namespace *ns;
	struct msgs msgs;
	uint64_t qbytes;
	int64_t stime, rtime, ctime;
	struct pid *lspid, *lrpid;	/* kept, or NULL */
	struct msg_waiter *senders, *receivers;
};

struct msg_waiter {
	struct waiter waiter;	/* first: see waiter_of() */
	struct msg_waiter *prev, *next;
	struct msg_queue *queue;
	struct msg *msg;	/* a sender's, owned; NULL: a receiver */
	struct msg_wanted wanted;
	uint64_t to;
	size_t size;
	bool cut;		/* MSG_NOERROR */
};

static size_t held;

static struct msg_queue *queue_of(struct ipc_perm_entry *entry)
{
	return (struct msg_queue *)entry;
}

static struct msg_waiter *waiter_of(struct waiter *w)
{
	return (struct msg_waiter *)w;
}

/* ---- messages ---- */

static void msg_free(struct msg *msg)
{
	held -= msg_cost(msg->len);
	free(msg);
}

static struct msg *msg_new(size_t len)
{
	struct msg *msg = NULL;

	if (len < HELD_MAX && held + msg_cost(len) <= HELD_MAX)
		msg = msg_alloc(len);
	if (msg)
		held += msg_cost(len);
	return msg;
}

/* Type and text, read at once. The type is looked at before the text. */
static long msg_load(struct call *c, size_t len, struct msg **ret_msg)
{
	const size_t max = (size_t)ipc_ns(c)->limits.msgmax;
	struct msg *msg = len <= max ? msg_new(len) : NULL;
	int64_t type;
	long r = 0;

	if (msg && call_read(c, c->args[1], &msg->type,
			     sizeof(msg->type) + len) == 0) {
		r = msg->type < 1 ? -EINVAL : 0;
		if (r < 0)
			msg_free(msg);
		else
			*ret_msg = msg;
		return r;
	}
	if (call_read(c, c->args[1], &type, sizeof(type)) < 0)
		r = -EFAULT;
	else if (len > max || (int)c->args[0] < 0 || type < 1)
		r = -EINVAL;
	else
		r = msg ? -EFAULT : -ENOMEM;
	if (msg)
		msg_free(msg);
	return r;
}

static long msg_store(struct task *task, uint64_t to, size_t size,
		      const struct msg *msg)
{
	size_t len = size < msg->len ? size : msg->len;

	if (sys_vm_write(task->tid->host, to, &msg->type,
			 sizeof(msg->type) + len) < 0)
		return -EFAULT;
	return (long)len;
}

/* ---- queues ---- */

static void note_use(struct pid **last, struct pid *pid, int64_t *when)
{
	struct pid *old = *last;

	*last = pid_keep(pid);
	pid_forget(old);
	*when = time(NULL);
}

static void queue_add(struct msg_queue *q, struct msg *msg)
{
	msgs_add(&q->msgs, msg);
	q->ns->msg_count++;
	q->ns->msg_bytes += msg->len;
}

static void queue_remove(struct msg_queue *q, struct msg *msg)
{
	msgs_remove(&q->msgs, msg);
	q->ns->msg_count--;
	q->ns->msg_bytes -= msg->len;
}

static void waiter_answer(struct msg_waiter *w, long value)
{
	park_answer(&w->waiter, value);
	if (w->msg)
		msg_free(w->msg);
	free(w);
}

static long waiter_ended(struct waiter *waiter, enum park_end why)
{
	struct msg_waiter *w = waiter_of(waiter);

	(void)why;
	if (w->msg) {
		DL_DELETE(w->queue->senders, w);
		msg_free(w->msg);
	} else {
		DL_DELETE(w->queue->receivers, w);
	}
	free(w);
	return -CALL_ERESTARTNOHAND;
}

static struct msg_waiter *waiter_new(struct msg_queue *q)
{
	struct msg_waiter *w = calloc(1, sizeof(*w));

	if (w) {
		w->queue = q;
		w->waiter.ended = waiter_ended;
	}
	return w;
}

static bool is_dead(const struct task *task)
{
	char state = sys_state(task->tid->host);

	return state == 0 || state == 'Z' || state == 'X';
}

/* Gives @msg to the receiver @w. Return: false if that is dead. */
static bool hand_over(struct msg_waiter *w, struct msg *msg)
{
	struct task *task = w->waiter.task;
	struct msg_queue *q = w->queue;
	long r = msg_store(task, w->to, w->size, msg);

	if (r < 0 && is_dead(task))
		return false;
	DL_DELETE(q->receivers, w);
	note_use(&q->lrpid, task->tid, &q->rtime);
	waiter_answer(w, r);
	msg_free(msg);
	return true;
}

/* pipelined_send(). Return: whether a receiver has taken @msg. */
static bool send_past(struct msg_queue *q, struct msg *msg)
{
	struct msg_waiter *w, *next;

	DL_FOREACH_SAFE(q->receivers, w, next) {
		if (!msg_matches(msg, w->wanted))
			continue;
		if (w->cut || w->size >= msg->len) {
			if (hand_over(w, msg))
				return true;
		} else {
			DL_DELETE(q->receivers, w);
			waiter_answer(w, -E2BIG);
		}
	}
	return false;
}

/* Return: 0, and @msg is gone; -EACCES; -EAGAIN: the queue is full. */
static long send(struct call *c, struct msg_queue *q, struct msg *msg)
{
	if (ipc_check_access(c, &q->perm, 0222) < 0)
		return -EACCES;
	if (!msgs_fit(&q->msgs, msg->len, q->qbytes))
		return -EAGAIN;
	note_use(&q->lspid, c->task->group->tgid, &q->stime);
	if (!send_past(q, msg))
		queue_add(q, msg);
	return 0;
}

/* One that has been woken tries again, and waits behind the others if not. */
static void send_again(struct msg_waiter *w)
{
	struct msg_queue *q = w->queue;
	long r = send(&w->waiter.task->call, q, w->msg);

	if (r == -EAGAIN) {
		DL_APPEND(q->senders, w);
		return;
	}
	if (r == 0)
		w->msg = NULL;
	waiter_answer(w, r);
}

/* ss_wakeup(): those whose message would fit now, as far as they do. */
static void wake_senders(struct msg_queue *q)
{
	struct msg_waiter *w, *next, *awake = NULL;

	DL_FOREACH_SAFE(q->senders, w, next) {
		if (!msgs_fit(&q->msgs, w->msg->len, q->qbytes))
			continue;
		DL_DELETE(q->senders, w);
		DL_APPEND(awake, w);
	}
	DL_FOREACH_SAFE(awake, w, next) {
		DL_DELETE(awake, w);
		send_again(w);
	}
}

static void queue_free(struct msg_queue *q)
{
	struct msg_waiter *w, *next_waiter;
	struct msg *msg, *next;

	DL_FOREACH_SAFE(q->receivers, w, next_waiter)
		waiter_answer(w, -EIDRM);
	DL_FOREACH_SAFE(q->senders, w, next_waiter)
		waiter_answer(w, -EIDRM);
	DL_FOREACH_SAFE(q->msgs.list, msg, next) {
		queue_remove(q, msg);
		msg_free(msg);
	}
	ipc_ids_remove(&q->ns->ids[IPC_MSG], &q->perm);
	pid_forget(q->lspid);
	pid_forget(q->lrpid);
	free(q);
}

void ipc_msg_free_all(struct ipc_namespace *ns)
{
	struct ipc_ids *ids = &ns->ids[IPC_MSG];

	while (ids->top >= 0)
		queue_free(queue_of(ipc_ids_by_index(ids, ids->top)));
}

static long queue_by_id(struct call *c, int id, struct msg_queue **ret_queue)
{
	struct ipc_perm_entry *entry;
	long r = ipc_ids_by_id(&ipc_ns(c)->ids[IPC_MSG], id, &entry);

	if (r == 0)
		*ret_queue = queue_of(entry);
	return r;
}

/* ---- msgget() ---- */

static long create(struct call *c, int32_t key, int flags)
{
	struct ipc_namespace *ns = ipc_ns(c);
	struct msg_queue *q = calloc(1, sizeof(*q));
	long r;

	if (!q)
		return -ENOMEM;
	q->ns = ns;
	q->qbytes = (uint64_t)ns->limits.msgmnb;
	q->ctime = time(NULL);
	r = ipc_add(c, IPC_MSG, &q->perm, key, flags, ns->limits.msgmni);
	if (r < 0)
		free(q);
	return r;
}

long ipc_msgget(struct call *c)
{
	static const struct ipc_ops ops = { .kind = IPC_MSG, .create = create };

	return ipc_get(c, &ops, (int32_t)c->args[0], (int)c->args[1]);
}

/* ---- msgsnd(), msgrcv() ---- */

static long wait_to_send(struct call *c, struct msg_queue *q, struct msg *msg)
{
	struct msg_waiter *w = waiter_new(q);

	if (!w)
		return -ENOMEM;
	w->msg = msg;
	DL_APPEND(q->senders, w);
	return call_park(c, &w->waiter);
}

long ipc_msgsnd(struct call *c)
{
	struct msg_queue *q = NULL;
	struct msg *msg;
	long r = msg_load(c, c->args[2], &msg);

	if (r < 0)
		return r;
	r = queue_by_id(c, (int)c->args[0], &q);
	if (r == 0) {
		r = send(c, q, msg);
		if (r == -EAGAIN && !((int)c->args[3] & IPC_NOWAIT))
			r = wait_to_send(c, q, msg);
	}
	if (r != 0 && r != CALL_PARK)
		msg_free(msg);
	return r;
}

/*
 * MSG_COPY leaves the message there. The kernel makes a message of the buffer
 * first, and copies the other one to it.
 */
static long receive_copy(struct call *c, const struct msg *msg, size_t room)
{
	return msg->len > room ? -EINVAL :
	       msg_store(c->task, c->args[1], c->args[2], msg);
}

static long receive(struct call *c, struct msg_queue *q,
		    struct msg_wanted wanted, size_t room)
{
	const int flags = (int)c->args[4];
	struct msg *msg;
	long r;

	if (ipc_check_access(c, &q->perm, 0444) < 0)
		return -EACCES;
	msg = msgs_find(&q->msgs, wanted);
	if (!msg)
		return -ENOMSG;
	if (c->args[2] < msg->len && !(flags & MSG_NOERROR))
		return -E2BIG;
	if (flags & MSG_COPY)
		return receive_copy(c, msg, room);
	queue_remove(q, msg);
	note_use(&q->lrpid, c->task->group->tgid, &q->rtime);
	wake_senders(q);
	r = msg_store(c->task, c->args[1], c->args[2], msg);
	msg_free(msg);
	return r;
}

static long wait_to_receive(struct call *c, struct msg_queue *q,
			    struct msg_wanted wanted)
{
	struct msg_waiter *w = waiter_new(q);

	if (!w)
		return -ENOMEM;
	w->wanted = wanted;
	w->to = c->args[1];
	w->size = c->args[2];
	w->cut = (int)c->args[4] & MSG_NOERROR;
	DL_APPEND(q->receivers, w);
	return call_park(c, &w->waiter);
}

/* prepare_copy(): the buffer, as large as a message can be, must be there. */
static long check_copy(struct call *c, size_t *ret_room)
{
	const size_t max = (size_t)ipc_ns(c)->limits.msgmax;
	const int flags = (int)c->args[4];
	size_t room = c->args[2] < max ? c->args[2] : max;
	struct msg *msg;
	long r;

	if (!(flags & MSG_COPY))
		return 0;
	if ((flags & MSG_EXCEPT) || !(flags & IPC_NOWAIT))
		return -EINVAL;
	msg = msg_new(room);
	if (!msg)
		return -ENOMEM;
	r = room ? call_read(c, c->args[1], msg->text, room) : 0;
	msg_free(msg);
	*ret_room = room;
	return r;
}

long ipc_msgrcv(struct call *c)
{
	const int id = (int)c->args[0], flags = (int)c->args[4];
	struct msg_wanted wanted = msg_wanted((int64_t)c->args[3], flags);
	struct msg_queue *q = NULL;
	size_t room = 0;
	long r;

	if (id < 0 || (int64_t)c->args[2] < 0)
		return -EINVAL;
	r = check_copy(c, &room);
	if (r == 0)
		r = queue_by_id(c, id, &q);
	if (r < 0)
		return r;
	r = receive(c, q, wanted, room);
	if (r == -ENOMSG && !(flags & IPC_NOWAIT))
		r = wait_to_receive(c, q, wanted);
	return r;
}

/* ---- msgctl() ---- */

static long get_info(struct call *c, bool usage)
{
	const struct ipc_namespace *ns = ipc_ns(c);
	const struct ipc_ids *ids = &ns->ids[IPC_MSG];
	struct msginfo info = {
		.msgmni = ns->limits.msgmni,
		.msgmax = ns->limits.msgmax,
		.msgmnb = ns->limits.msgmnb,
		.msgssz = INFO_MSGSSZ,
		.msgseg = INFO_MSGSEG,
		.msgmap = INFO_MSGMAP,
		.msgpool = INFO_MSGPOOL,
		.msgtql = INFO_MSGTQL,
	};

	if (usage) {	/* neither can be more than HELD_MAX */
		info.msgpool = ids->in_use;
		info.msgmap = (int)ns->msg_count;
		info.msgtql = (int)ns->msg_bytes;
	}
	if (call_write(c, c->args[2], &info, sizeof(info)) < 0)
		return -EFAULT;
	return ids->top < 0 ? 0 : ids->top;
}

static int number(const struct task *viewer, const struct pid *pid)
{
	return pid_nr(pid, task_pid_ns(viewer)).n;
}

static void fill_stat(const struct task *viewer, const struct msg_queue *q,
		      struct msqid_ds *ds)
{
	*ds = (struct msqid_ds){
		.msg_stime = q->stime,
		.msg_rtime = q->rtime,
		.msg_ctime = q->ctime,
		.__msg_cbytes = q->msgs.bytes,
		.msg_qnum = q->msgs.count,
		.msg_qbytes = q->qbytes,
		.msg_lspid = number(viewer, q->lspid),
		.msg_lrpid = number(viewer, q->lrpid),
	};
	ipc_get_perm(viewer, &q->perm, &ds->msg_perm);
}

static long get_stat(struct call *c, int id, int cmd)
{
	struct ipc_perm_entry *entry;
	struct msg_queue *q = NULL;
	struct msqid_ds ds;
	long r = 0;

	if (cmd == IPC_STAT) {
		r = queue_by_id(c, id, &q);
		if (r < 0)
			return r;
	} else {
		entry = ipc_ids_by_index(&ipc_ns(c)->ids[IPC_MSG],
					 id & (IPC_IDS_MAX - 1));
		if (!entry)
			return -EINVAL;
		q = queue_of(entry);
		r = entry->id;
	}
	if (cmd != MSG_STAT_ANY && ipc_check_access(c, &q->perm, 0444) < 0)
		return -EACCES;
	fill_stat(c->task, q, &ds);
	return call_write(c, c->args[2], &ds, sizeof(ds)) < 0 ? -EFAULT : r;
}

/* Stricter rights end waits; more room lets senders go on. */
static void set_wake(struct msg_queue *q)
{
	struct msg_waiter *w, *next;

	DL_FOREACH_SAFE(q->receivers, w, next) {
		if (ipc_check_access(&w->waiter.task->call, &q->perm, 0444) ==
		    0)
			continue;
		DL_DELETE(q->receivers, w);
		waiter_answer(w, -EACCES);
	}
	wake_senders(q);
}

static long set(struct call *c, int id)
{
	struct msg_queue *q = NULL;
	struct msqid_ds ds;
	unsigned int qbytes;
	long r;

	if (call_read(c, c->args[2], &ds, sizeof(ds)) < 0)
		return -EFAULT;
	r = queue_by_id(c, id, &q);
	if (r == 0)
		r = ipc_check_owner(c, &q->perm);
	if (r < 0)
		return r;
	/* msgctl_down() takes an int, and compares it as unsigned. */
	qbytes = (unsigned int)ds.msg_qbytes;
	if (qbytes > (unsigned int)q->ns->limits.msgmnb) {
		const struct creds *creds = task_creds(c->task);

		if (!creds || !creds_capable_host(creds, CAP_SYS_RESOURCE))
			return -EPERM;
	}
	r = ipc_set_perm(c, &q->perm, &ds.msg_perm);
	if (r < 0)
		return r;
	q->qbytes = (uint64_t)(int)qbytes;
	q->ctime = time(NULL);
	set_wake(q);
	return 0;
}

static long destroy(struct call *c, int id)
{
	struct msg_queue *q = NULL;
	long r = queue_by_id(c, id, &q);

	if (r == 0)
		r = ipc_check_owner(c, &q->perm);
	if (r == 0)
		queue_free(q);
	return r;
}

long ipc_msgctl(struct call *c)
{
	const int id = (int)c->args[0], cmd = (int)c->args[1];

	if (!ipc_ns(c))
		return pid_msgctl(c);
	if (id < 0 || cmd < 0)
		return -EINVAL;
	switch (cmd) {
	case IPC_INFO:
	case MSG_INFO:
		return get_info(c, cmd == MSG_INFO);
	case IPC_STAT:
	case MSG_STAT:
	case MSG_STAT_ANY:
		return get_stat(c, id, cmd);
	case IPC_SET:
		return set(c, id);
	case IPC_RMID:
		return destroy(c, id);
	default:
		return -EINVAL;
	}
}

/* ---- /proc/sysvipc/msg ---- */

void ipc_msg_print(FILE *out, const struct ipc_namespace *ns,
		   const struct task *viewer)
{
	const struct ipc_ids *ids = &ns->ids[IPC_MSG];

	fputs("       key      msqid perms      cbytes       qnum lspid lrpid   uid   gid  cuid  cgid      stime      rtime      ctime\n",
	      out);
	for (int i = 0; i <= ids->top; i++) {
		struct ipc_perm_entry *p = ipc_ids_by_index(ids, i);
		const struct msg_queue *q = p ? queue_of(p) : NULL;
		struct ipc_perm seen;

		if (!q)
			continue;
		ipc_get_perm(viewer, p, &seen);
		fprintf(out, "%10d %10d  %4o  %10lu %10lu %5d %5d "
			     "%5u %5u %5u %5u %10lu %10lu %10lu\n",
			p->key, p->id, p->mode, q->msgs.bytes, q->msgs.count,
			number(viewer, q->lspid), number(viewer, q->lrpid),
			seen.uid, seen.gid, seen.cuid, seen.cgid, q->stime, q->rtime,
			q->ctime);
	}
}
