/* SPDX-License-Identifier: Apache-2.0 */
/* Removed while attached: who still reaches it, and when it is gone. */
#include "ipc_shm_common.h"

#define KEY 0x5eed0002

static struct gate to_child, to_parent;

static int keyed(void)
{
	return MUST(shmget(KEY, PAGE, IPC_CREAT | IPC_EXCL | 0600));
}

static void by_detach(void)
{
	int id = keyed(), again;
	char *p = attached(id), *q;

	strcpy(p, "kept");
	SEE(shmctl(id, IPC_RMID, NULL));
	see_segment("removed", id);
	SEE(shmctl(id, IPC_RMID, NULL));
	SEE(shmget(KEY, PAGE, 0));
	again = keyed();
	see("its key is another's: %d", again - id);
	q = attached(id);
	see("by id: %s", q);
	SEE(shmdt(p));
	see_segment("one is left", id);
	see("still: %s", q);
	SEE(shmdt(q));
	see_segment("gone", id);
	SEE_AT(shmat(id, NULL, 0));
	MUST(shmctl(again, IPC_RMID, NULL));
	see_segment("the other too", again);
}

static void by_exit(bool killed)
{
	int id = keyed();
	pid_t pid = child();

	if (pid == 0) {
		attached(id);
		let(&to_parent, 1);
		pass(&to_child);
		_exit(0);
	}
	pass(&to_parent);
	SEE(shmctl(id, IPC_RMID, NULL));
	see_segment("the child has it", id);
	if (killed)
		kill(pid, SIGKILL);
	else
		let(&to_child, 1);
	reap(pid);
	see_segment("the child is dead", id);
}

static void by_exec(void)
{
	int id = keyed();
	char text[16];
	pid_t pid = child();

	if (pid == 0) {
		attached(id);
		MUST(shmctl(id, IPC_RMID, NULL));
		see_segment("before exec", id);
		snprintf(text, sizeof(text), "%d", id);
		exec_self(text);
	}
	reap(pid);
}

static void by_unmap(void)
{
	int id = keyed();
	char *p = attached(id);

	MUST(shmctl(id, IPC_RMID, NULL));
	MUST(munmap(p, PAGE));
	see_segment("unmapped", id);
	SEE(shmdt(p));
	id = keyed();
	p = attached(id);
	MUST(shmctl(id, IPC_RMID, NULL));
	MUST(munmap(p, PAGE));
	SEE_AT(shmat(id, NULL, 0));
}

/* The child goes on with what its parent has left. */
static void by_heir(void)
{
	int id = keyed();
	char *p = attached(id);
	pid_t pid = child();

	if (pid == 0) {
		pass(&to_child);
		see("inherited: %s", p);
		see_segment("by the heir", id);
		MUST(shmdt(p));
		see_segment("by nobody", id);
		_exit(0);
	}
	strcpy(p, "of the parent");
	MUST(shmctl(id, IPC_RMID, NULL));
	MUST(shmdt(p));
	see_segment("the parent has left", id);
	let(&to_child, 1);
	reap(pid);
}

/* Indices go round, sequence numbers grow. */
static void ids(void)
{
	int first, last = 0;

	first = made(PAGE);
	MUST(shmctl(first, IPC_RMID, NULL));
	for (int i = 0; i < 200; i++) {
		last = made(PAGE);
		if (i % 40 == 0)
			see("id %d", last - first);
		MUST(shmctl(last, IPC_RMID, NULL));
	}
	see("last %d", last - first);
	see_segment("the first", first);
}

int main(int argc, char **argv)
{
	if (argc > 1) {
		see_segment("after exec", atoi(argv[1]));
		_exit(0);
	}
	gate_init(&to_child);
	gate_init(&to_parent);
	by_detach();
	by_exit(false);
	by_exit(true);
	by_exec();
	by_unmap();
	by_heir();
	ids();
	return done();
}
