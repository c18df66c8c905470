/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clone3(2): sizes, which flags go together, where the numbers are written,
 * stacks, pidfds, exit signals, handlers that are cleared.
 *
 * scenario: flags=--without=bare
 * (where tasks may go untraced it is ENOSYS)
 */
#include "scenario.h"

#include <linux/sched.h>

static long call(struct clone_args *args, size_t size)
{
	return syscall(SYS_clone3, args, size);
}

/* Of the child that came to be, if it did: it ends at once. */
static const char *tried(struct clone_args *args, size_t size)
{
	long pid = call(args, size);

	if (pid == 0)
		_exit(0);
	return pid < 0 ? res(pid) : wait_text(reap((int)pid));
}

static void sizes(void)
{
	char *buf = guard_alloc(8192);

	/* Longer than what is known: all the rest must be 0. */
	memset(buf, 0, 8192);
	((struct clone_args *)buf)->exit_signal = SIGCHLD;
	for (size_t size = 56; size <= 112; size += 4)
		see("size %zu: %s", size, tried((void *)buf, size));
	see("size 0: %s", res(call((void *)buf, 0)));
	see("size 4096: %s", tried((void *)buf, 4096));
	see("size 4097: %s", res(call((void *)buf, 4097)));
	see("size -1: %s", res(call((void *)buf, (size_t)-1)));
	buf[4095] = 1;
	see("something at the end: %s", res(call((void *)buf, 4096)));
	see("before it: %s", tried((void *)buf, 4095));
	see("nothing: %s", res(call(NULL, 0)));
	see("no address: %s", res(call(NULL, 88)));
	see("a bad address: %s", res(call(BAD_ADDR, 64)));
	see("a bad address, too long: %s", res(call(BAD_ADDR, 5000)));
	memset(buf + 8192 - 88, 0, 88);
	((struct clone_args *)(buf + 8192 - 88))->exit_signal = SIGCHLD;
	see("up to the end: %s", tried((void *)(buf + 8192 - 88), 88));
	see("beyond the end: %s", res(call((void *)(buf + 8192 - 88), 96)));
	see("all beyond: %s", res(call((void *)(buf + 8192 - 64), 88)));
	guard_check(buf);
}

#define SEE(...)                                              \
	see("%s: %s", #__VA_ARGS__,                           \
	    tried(&(struct clone_args){ __VA_ARGS__ }, sizeof(struct clone_args)))

static void values(void)
{
	static char stack[4096];
	int tid = 1;

	block(SIGRTMAX);
	SEE(.exit_signal = 0);
	SEE(.exit_signal = 64);
	SEE(.exit_signal = 65);
	SEE(.exit_signal = 255);
	SEE(.exit_signal = 256 + SIGCHLD);
	SEE(.exit_signal = SIGCHLD | 1UL << 32);
	SEE(.flags = SIGCHLD);
	SEE(.flags = 1);
	SEE(.flags = 0x7f);
	SEE(.flags = CLONE_DETACHED);
	SEE(.flags = 1UL << 34);
	SEE(.flags = 1UL << 63);
	SEE(.flags = CLONE_CLEAR_SIGHAND | CLONE_SIGHAND | CLONE_VM);
	SEE(.flags = CLONE_SIGHAND);
	SEE(.flags = CLONE_THREAD);
	SEE(.flags = CLONE_THREAD | CLONE_SIGHAND | CLONE_VM,
	    .exit_signal = SIGCHLD);
	SEE(.flags = CLONE_PARENT, .exit_signal = SIGCHLD);
	SEE(.flags = CLONE_NEWNS | CLONE_FS);
	SEE(.stack = (uintptr_t)stack);
	SEE(.stack_size = 4096);
	SEE(.stack = (uintptr_t)-4096, .stack_size = 4096);
	SEE(.stack = 4096, .stack_size = (uint64_t)-8192);
	SEE(.stack = 1UL << 47, .stack_size = 8);
	SEE(.set_tid = (uintptr_t)&tid);
	SEE(.set_tid_size = 1);
	SEE(.set_tid = (uintptr_t)&tid, .set_tid_size = 33);
	SEE(.set_tid = (uintptr_t)BAD_ADDR, .set_tid_size = 1);
	SEE(.set_tid = (uintptr_t)BAD_ADDR, .set_tid_size = 33);
	SEE(.set_tid = (uintptr_t)BAD_ADDR, .set_tid_size = 1, .flags = 1);
	SEE(.flags = CLONE_INTO_CGROUP, .cgroup = (uint64_t)INT_MAX + 1);
	SEE(.flags = CLONE_INTO_CGROUP, .cgroup = 999);
	SEE(.flags = CLONE_INTO_CGROUP, .cgroup = 0);
	SEE(.flags = CLONE_PIDFD, .pidfd = (uintptr_t)BAD_ADDR);
	SEE(.flags = CLONE_PIDFD | CLONE_DETACHED, .pidfd = 8);
	SEE(.flags = CLONE_PIDFD | CLONE_PARENT_SETTID, .pidfd = 8,
	    .parent_tid = 8);
	SEE(.flags = CLONE_PARENT_SETTID | CLONE_CHILD_SETTID, .parent_tid = 8,
	    .child_tid = 16, .exit_signal = SIGCHLD);
	SEE(.flags = CLONE_VFORK, .exit_signal = SIGCHLD);
	see("INTO_CGROUP, short: %s",
	    tried(&(struct clone_args){ .flags = CLONE_INTO_CGROUP }, 80));
}

/* Numbers and a pidfd, each to its own place. */
static void words(void)
{
	int pidfd = -1, *parent = guard_alloc(sizeof(int));
	volatile int *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
				    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct clone_args args = {
		.flags = CLONE_PIDFD | CLONE_PARENT_SETTID | CLONE_CHILD_SETTID,
		.exit_signal = SIGCHLD,
		.pidfd = (uintptr_t)&pidfd,
		.parent_tid = (uintptr_t)parent,
		.child_tid = (uintptr_t)shared,
	};
	siginfo_t info = { 0 };
	struct gate go;
	long pid;

	gate_init(&go);
	pid = MUST(call(&args, sizeof(args)));
	if (pid == 0) {
		pass(&go);
		see("child: %d, its word %d", getpid(), *shared);
		_exit(3);
	}
	see("parent: %ld, its word %d", pid, *parent);
	let(&go, 1);
	MUST(waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED));
	see("waited for %d: %d", info.si_pid, info.si_status);
	see("cloexec: %d", fcntl(pidfd, F_GETFD));
	close(pidfd);
	guard_check(parent);
}

/* It is not SIGCHLD: only __WALL and __WCLONE see such a child. */
static void exit_signals(void)
{
	struct clone_args args = { .exit_signal = SIGUSR1 };
	int status;
	long pid;

	catch_signal(SIGUSR1, 0);
	pid = MUST(call(&args, sizeof(args)));
	if (pid == 0)
		_exit(5);
	see("wait: %s", res(waitpid((pid_t)pid, &status, 0)));
	while (waitpid((pid_t)pid, &status, __WALL) < 0 && errno == EINTR)
		continue;
	see("__WALL: %s, %s", wait_text(status), info_text(&caught_info));
	catch_nothing(SIGUSR1);
}

static void show_action(const char *name, int sig)
{
	struct sigaction act = { 0 };

	sigaction(sig, NULL, &act);
	see("%s: %s flags %d", name,
	    act.sa_handler == SIG_DFL ? "default" :
	    act.sa_handler == SIG_IGN ? "ignored" : "handler",
	    act.sa_flags & (SA_NOCLDWAIT | SA_NOCLDSTOP | SA_RESTART));
}

static void show_actions(const char *who)
{
	see("%s", who);
	show_action("USR1", SIGUSR1);
	show_action("USR2", SIGUSR2);
	show_action("HUP", SIGHUP);
	show_action("RTMAX", SIGRTMAX);
	show_action("CHLD", SIGCHLD);
}

static void clear(uint64_t flags, const char *name)
{
	struct clone_args args = { .flags = flags | CLONE_CLEAR_SIGHAND,
				   .exit_signal = SIGCHLD };
	long pid = MUST(call(&args, sizeof(args)));

	if (pid == 0) {
		show_actions(name);
		kill(getpid(), SIGUSR1);
		_exit(0);
	}
	see("%s: %s", name, wait_text(reap((int)pid)));
}

static void handlers(void)
{
	struct sigaction act = { .sa_handler = SIG_DFL,
				 .sa_flags = SA_NOCLDSTOP };

	catch_signal(SIGUSR1, SA_RESTART);
	catch_signal(SIGRTMAX, 0);
	signal(SIGUSR2, SIG_IGN);
	sigaction(SIGCHLD, &act, NULL);
	clear(0, "a copy");
	clear(CLONE_VFORK, "vfork");
	show_actions("parent");
	catch_nothing(SIGUSR1);
	catch_nothing(SIGRTMAX);
	clear(CLONE_FS | CLONE_FILES, "few");
}

int main(void)
{
	sizes();
	values();
	words();
	exit_signals();
	handlers();
	return done();
}
