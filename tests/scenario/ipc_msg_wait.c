/* SPDX-License-Identifier: Apache-2.0 */
/* Senders and receivers that wait: who is woken, by what, and in which order. */
#include "ipc_msg_common.h"

/* One that waits, and what it got, which is told when it is reaped. */
struct waiting {
	pid_t pid;
	char text[100];
};

static struct waiting *slots;
static int queue, slots_used;

/* Return: in the child true, in the parent false; *@ret_waiting is the same. */
static bool start(struct waiting **ret_waiting)
{
	struct waiting *w = &slots[slots_used++];
	pid_t pid = child();

	if (pid > 0)
		w->pid = pid;
	*ret_waiting = w;
	return pid == 0;
}

static void told(const struct waiting *w)
{
	reap(w->pid);
	see("%s", w->text);
}

static void fresh(const char *what)
{
	see("-- %s", what);
	queue = MUST(msgget(IPC_PRIVATE, 0600));
}

static void remove_queue(void)
{
	MUST(msgctl(queue, IPC_RMID, NULL));
}

static struct waiting *receiver(const char *name, size_t size, long type,
				int flags)
{
	struct waiting *w;

	if (start(&w)) {
		struct message m = { .type = -1 };
		ssize_t r = msgrcv(queue, &m, size, type, flags);

		m.text[r < 0 ? 0 : r] = 0;
		snprintf(w->text, sizeof(w->text), "%s: %s type %ld '%.20s'", name,
			 res(r), m.type, m.text);
		_exit(0);
	}
	until_blocked(w->pid);
	return w;
}

static struct waiting *sender(const char *name, long type, size_t size)
{
	struct waiting *w;

	if (start(&w)) {
		int r = send_size(queue, type, size, 0);

		snprintf(w->text, sizeof(w->text), "%s: %s", name, res(r));
		_exit(0);
	}
	until_blocked(w->pid);
	return w;
}

static void set_bytes(unsigned long bytes, int mode)
{
	struct msqid_ds ds = {
		.msg_qbytes = bytes,
		.msg_perm = { .uid = getuid(), .gid = getgid(), .mode = mode },
	};

	MUST(msgctl(queue, IPC_SET, &ds));
}

static void in_order(void)
{
	struct waiting *a, *b;

	fresh("receivers in order");
	a = receiver("a", 99, 0, 0);
	b = receiver("b", 99, 0, 0);
	send_text(queue, 1, "first", 0);
	told(a);
	see_queue("handed over", queue);
	send_text(queue, 1, "second", 0);
	told(b);
	remove_queue();
}

static void by_type(void)
{
	struct waiting *a, *b, *c, *d;

	fresh("receivers by type");
	a = receiver("a wants 5", 99, 5, 0);
	b = receiver("b wants not 5", 99, 5, MSG_EXCEPT);
	c = receiver("c wants up to 3", 99, -3, 0);
	send_text(queue, 5, "five", 0);
	told(a);
	send_text(queue, 7, "seven", 0);
	told(b);
	send_text(queue, 4, "four", 0);
	send_text(queue, 3, "three", 0);
	told(c);
	see_queue("four is left", queue);
	d = receiver("d wants 1", 99, 1, 0);
	send_text(queue, 2, "two", 0);
	send_text(queue, 1, "one", 0);
	told(d);
	see_next("up to 9", queue, 99, -9, 0);
	see_next("any", queue, 99, 0, 0);
	remove_queue();
}

static void too_small(void)
{
	struct waiting *a, *b, *c;

	fresh("a receiver with a small buffer");
	a = receiver("a", 3, 0, 0);
	b = receiver("b", 3, 0, MSG_NOERROR);
	c = receiver("c", 99, 0, 0);
	send_text(queue, 1, "long text", 0);
	told(a);
	told(b);
	send_text(queue, 1, "long text", 0);
	told(c);
	a = receiver("a", 3, 0, 0);
	send_text(queue, 1, "long text", 0);
	told(a);
	see_queue("it is in the queue", queue);
	remove_queue();
}

static void nowhere(void)
{
	struct waiting *a;

	fresh("a receiver with a bad buffer");
	if (start(&a)) {
		ssize_t r = msgrcv(queue, BAD_ADDR, 99, 0, 0);

		snprintf(a->text, sizeof(a->text), "a: %s", res(r));
		_exit(0);
	}
	until_blocked(a->pid);
	SEE(send_text(queue, 1, "text", 0));
	told(a);
	see_queue("lost", queue);
	remove_queue();
}

static void full(void)
{
	struct waiting *a, *b;

	/* One fits at a time: who is first of two that do is not said. */
	fresh("senders and room");
	set_bytes(100, 0600);
	MUST(send_size(queue, 1, 40, 0));
	MUST(send_size(queue, 1, 60, 0));
	a = sender("a sends 90", 2, 90);
	b = sender("b sends 35", 3, 35);
	see_queue("full", queue);
	see_next("40", queue, 100, 1, 0);
	told(b);
	see_next("b's", queue, 100, 3, 0);
	see_next("60", queue, 100, 1, 0);
	told(a);
	see_next("a's", queue, 100, 2, 0);
	see_queue("empty", queue);
	remove_queue();
}

static void grown(void)
{
	struct waiting *a, *b;

	fresh("senders and a queue that grows");
	set_bytes(10, 0600);
	a = sender("a sends 30", 1, 30);
	b = sender("b sends 20", 2, 20);
	set_bytes(25, 0600);
	told(b);
	set_bytes(50, 0600);
	told(a);
	see_queue("both", queue);
	remove_queue();
}

/* A full queue holds up a message that somebody waits for. */
static void past_full(void)
{
	struct waiting *a, *b;

	fresh("full, and a receiver of another type");
	set_bytes(10, 0600);
	MUST(send_size(queue, 1, 10, 0));
	a = receiver("a wants 2", 99, 2, 0);
	b = sender("b sends 2", 2, 5);
	see_next("type 1", queue, 99, 1, 0);
	told(a);
	told(b);
	see_queue("empty", queue);
	remove_queue();
}

static void removed(void)
{
	struct waiting *a, *b;

	fresh("removed");
	a = receiver("a", 99, 0, 0);
	remove_queue();
	told(a);
	fresh("removed while full");
	set_bytes(1, 0600);
	b = sender("b", 1, 10);
	remove_queue();
	told(b);
}

static void killed(void)
{
	struct waiting *a, *b;

	fresh("killed");
	a = receiver("a", 99, 0, 0);
	b = receiver("b", 99, 0, 0);
	kill(a->pid, SIGKILL);
	see("a: %s", wait_text(reap(a->pid)));
	send_text(queue, 1, "text", 0);
	told(b);
	set_bytes(1, 0600);
	a = sender("a", 1, 10);
	b = sender("b", 2, 10);
	kill(a->pid, SIGKILL);
	see("a: %s", wait_text(reap(a->pid)));
	set_bytes(10, 0600);
	told(b);
	see_queue("one message", queue);
	remove_queue();
}

static void forbidden(void)
{
	struct waiting *a, *b;

	fresh("forbidden");
	set_bytes(1, 0600);
	a = receiver("a", 99, 0, 0);
	b = sender("b", 1, 10);
	set_bytes(1, 0200);
	told(a);
	set_bytes(10, 0400);
	told(b);
	set_bytes(10, 0600);
	see_queue("empty", queue);
	remove_queue();
}

int main(void)
{
	slots = mmap(NULL, 64 * sizeof(*slots), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	in_order();
	by_type();
	too_small();
	nowhere();
	full();
	grown();
	past_full();
	removed();
	killed();
	forbidden();
	return done();
}
