/* SPDX-License-Identifier: Apache-2.0 */
/* How often a segment is attached, and by whom last, whatever ends it. */
#include "ipc_shm_common.h"

static int id;
static struct gate to_child, to_parent;

static void *in_thread(void *arg)
{
	char *p = attached(id);

	see_segment("in a thread", id);
	MUST(shmdt(p));
	return arg;
}

static pid_t waiting_child(void)
{
	pid_t pid = child();

	if (pid == 0) {
		let(&to_parent, 1);
		pass(&to_child);
		_exit(0);
	}
	pass(&to_parent);
	return pid;
}

static void forks(void)
{
	char *p = attached(id), *other = attached(id);
	pid_t pid;

	see_segment("twice", id);
	pid = waiting_child();
	see_segment("a child", id);
	MUST(shmdt(other));
	see_segment("one detached", id);
	let(&to_child, 1);
	reap(pid);
	see_segment("the child has exited", id);
	pid = waiting_child();
	kill(pid, SIGKILL);
	reap(pid);
	see_segment("another was killed", id);
	pid = child();
	if (pid == 0) {
		SEE(shmdt(p));
		see_segment("the child has detached", id);
		see("inherited %c", 'x');
		_exit(0);
	}
	reap(pid);
	see_segment("it has exited", id);
	MUST(shmdt(p));
}

/* What shares the memory is not counted twice, and its end detaches nothing. */
static void vforks(void)
{
	char *p = attached(id);
	pid_t pid;

	pid = vfork();
	if (pid == 0) {
		see_segment("in vfork", id);
		_exit(0);
	}
	reap(pid);
	see_segment("after vfork", id);
	pid = vfork();
	if (pid == 0)
		execl("/bin/true", "true", NULL);
	reap(pid);
	see_segment("after vfork and exec", id);
	pid = vfork();
	if (pid == 0) {
		attached(id);
		_exit(0);
	}
	reap(pid);
	see_segment("attached in vfork", id);
	MUST(shmdt(p));
}

static void threads(void)
{
	pthread_t thread;
	pid_t pid = child();

	if (pid == 0) {
		attached(id);
		pthread_create(&thread, NULL, in_thread, NULL);
		pthread_join(thread, NULL);
		see_segment("the thread has gone", id);
		_exit(0);
	}
	reap(pid);
	see_segment("and the process", id);
}

static void execs(void)
{
	char text[16];
	pid_t pid = child();

	if (pid == 0) {
		attached(id);
		attached(id);
		see_segment("before exec", id);
		snprintf(text, sizeof(text), "%d", id);
		exec_self(text);
	}
	reap(pid);
	see_segment("after that", id);
}

static void pieces(void)
{
	char *p = attached(id), *q;

	MUST(mprotect(p + PAGE, PAGE, PROT_READ));
	see_segment("three pieces", id);
	MUST(mprotect(p + PAGE, PAGE, PROT_READ | PROT_WRITE));
	see_segment("alike again", id);
	MUST(mprotect(p + PAGE, PAGE, PROT_READ));
	MUST(munmap(p + PAGE, PAGE));
	see_segment("two pieces", id);
	q = MUST(mremap(p + 2 * PAGE, PAGE, PAGE, MREMAP_MAYMOVE));
	see_segment("not moved", id);
	see("same place: %d", q == p + 2 * PAGE);
	SEE(shmdt(p));
	see_segment("detached", id);
	p = attached(id);
	q = mmap(NULL, 8 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	see("moved: %d", mremap(p, 4 * PAGE, 4 * PAGE,
				MREMAP_MAYMOVE | MREMAP_FIXED, q) == q);
	see_segment("moved", id);
	SEE(shmdt(p));
	SEE(shmdt(q));
	see_segment("detached", id);
	p = attached(id);
	MUST(munmap(p, 4 * PAGE));
	see_segment("unmapped", id);
	see_times("unmapped", id);
	SEE(shmdt(p));
	p = attached(id);
	MUST(munmap(p, PAGE));
	see_segment("without its start", id);
	SEE(shmdt(p + PAGE));
	SEE(shmdt(p));
	see_segment("detached", id);
}

int main(int argc, char **argv)
{
	if (argc > 1) {
		see_segment("after exec", atoi(argv[1]));
		_exit(0);
	}
	gate_init(&to_child);
	gate_init(&to_parent);
	id = made(4 * PAGE);
	see_times("new", id);
	see_segment("new", id);
	forks();
	see_times("used", id);
	vforks();
	threads();
	execs();
	pieces();
	return done();
}
