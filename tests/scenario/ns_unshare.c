/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unshare(2): which flags go together, and what a new pid namespace means for
 * the children of the caller.
 *
 * scenario: run-as=root bare=skip
 * (without namespaces, the machine's own would be changed)
 */
#include "scenario.h"

#define SEE(call) see("%s: %s", #call, res(call))

static void *idle(void *gate)
{
	pass(gate);
	return NULL;
}

/* What a thread besides does to flags that mean all threads. */
static void threads(void)
{
	struct gate gate;
	pthread_t id;

	gate_init(&gate);
	MUST(pthread_create(&id, NULL, idle, &gate) ? -1 : 0);
	SEE(unshare(CLONE_NEWUTS));
	SEE(unshare(CLONE_NEWUTS | CLONE_THREAD));
	SEE(unshare(CLONE_NEWUTS | CLONE_SIGHAND));
	SEE(unshare(CLONE_NEWIPC | CLONE_VM));
	SEE(unshare(CLONE_NEWIPC | CLONE_FILES));
	SEE(unshare(CLONE_NEWPID));
	SEE(pthread_create(&id, NULL, idle, &gate));
	let(&gate, 1);
}

static void flags(void)
{
	SEE(unshare(0));
	SEE(unshare(CLONE_NEWUTS | 1));
	SEE(unshare(CLONE_NEWUTS | CLONE_PARENT));
	SEE(syscall(SYS_unshare, CLONE_NEWUTS | 1UL << 40));
	SEE(unshare(CLONE_NEWUTS | CLONE_NEWIPC));
	SEE(unshare(CLONE_NEWUTS | CLONE_FILES | CLONE_FS));
	SEE(unshare(CLONE_NEWUTS | CLONE_THREAD | CLONE_SIGHAND | CLONE_VM));
	SEE(unshare(CLONE_NEWIPC | CLONE_SYSVSEM));
}

/* Is the descriptor table the caller's own afterwards? */
static void kernel_part(void)
{
	int fd = MUST(dup(0)), status;
	long pid = MUST(sys_clone(CLONE_FILES | SIGCHLD, NULL, NULL));

	if (pid == 0) {
		SEE(unshare(CLONE_NEWUTS | CLONE_FILES));
		close(fd);
		SEE(sethostname("other", 5));
		_exit(0);
	}
	status = reap((int)pid);
	see("%s, descriptor: %s", wait_text(status),
	    fcntl(fd, F_GETFD) < 0 ? "closed" : "open");
	close(fd);
}

static void pid_for_children(void)
{
	struct gate gate;
	pid_t pid, second;

	SEE(unshare(CLONE_NEWPID));
	see("own number %d", getpid());
	SEE(unshare(CLONE_NEWPID));
	SEE(unshare(CLONE_NEWPID | CLONE_NEWUTS));
	SEE(unshare(CLONE_NEWUTS));
	SEE(syscall(SYS_clone, CLONE_NEWPID | SIGCHLD, 0, 0, 0, 0));
	SEE(syscall(SYS_clone, CLONE_THREAD | CLONE_SIGHAND | CLONE_VM, 0, 0, 0,
		    0));
	gate_init(&gate);
	pid = fork();
	if (pid == 0) {
		see("first: %d of %d", getpid(), getppid());
		pid = child();
		if (pid == 0) {
			see("its child: %d of %d", getpid(), getppid());
			_exit(0);
		}
		reap(pid);
		see("its child for it: %d", pid);
		let(&gate, 1);
		pause();
	}
	pass(&gate);
	see("first child: %d", pid);
	second = fork();
	if (second == 0) {
		see("second: %d of %d", getpid(), getppid());
		_exit(0);
	}
	reap(second);
	see("second child: %d", second);
	SEE(kill(pid, SIGKILL));
	see("%s", wait_text(reap(pid)));
	SEE(fork());
	SEE(fork());
	SEE(unshare(CLONE_NEWPID));
}

static void in_child(void (*run)(void), const char *name)
{
	pid_t pid;

	see("%s", name);
	pid = child();
	if (pid == 0) {
		run();
		_exit(0);
	}
	see("%s: %s", name, wait_text(reap(pid)));
}

int main(void)
{
	in_child(flags, "flags");
	in_child(kernel_part, "kernel's part");
	in_child(threads, "threads");
	in_child(pid_for_children, "pid for children");
	return done();
}
