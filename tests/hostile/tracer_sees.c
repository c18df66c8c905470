/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a tracer is told of the task that it traces: registers, siginfo, the
 * words of events and of calls, at each stop of a program that makes, names and
 * awaits others, and what it asks for by kinds and codes that are wider than
 * the kernel takes them. No number of the outside is among it: those are as
 * large as the victim's, and larger than any inside.
 */
#define _GNU_SOURCE
#include <asm/prctl.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define FAR   1000 /* numbers that come after the victim's */
#define STOPS 3000
#define WIDE  (UINT64_C(1) << 32)

static long victim;

/* A page, of which a stack is made; MAP_STACK, the size of a heap; the user. */
static bool is_other(uint64_t word)
{
	return word == 4096 || (word >= 0x20000 && word < 0x22000) ||
	       word == getuid();
}

static void look(const char *what, uint64_t word)
{
	if ((long)word >= victim && (long)word < victim + FAR &&
	    !is_other(word))
		printf("%s: %ld\n", what, (long)word);
}

/* ---- the traced ---- */

static void handler(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)info;
	(void)context;
}

static void *thread(void *arg)
{
	syscall(SYS_gettid);
	return arg;
}

static void name_others(pid_t child)
{
	struct rlimit limit;
	cpu_set_t set;

	sched_getaffinity(child, sizeof(set), &set);
	prlimit(child, RLIMIT_NOFILE, NULL, &limit);
	getpriority(PRIO_PROCESS, (id_t)child);
	getpgid(child);
	getsid(child);
	setpgid(child, child);
	close((int)syscall(SYS_pidfd_open, child, 0));
	fcntl(0, F_SETOWN, child);
	fcntl(0, F_GETOWN);
	kill(child, 0);
}

static void use_timer(void)
{
	struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID,
				  .sigev_signo = SIGUSR2 };
	timer_t timer;

	event._sigev_un._tid = (pid_t)syscall(SYS_gettid);
	if (timer_create(CLOCK_MONOTONIC, &event, &timer) == 0)
		timer_delete(timer);
}

static void work(void)
{
	struct sigaction act = { .sa_sigaction = handler,
				 .sa_flags = SA_SIGINFO };
	sigset_t set;
	pthread_t id;
	pid_t child;

	sigaction(SIGCHLD, &act, NULL);
	sigaction(SIGUSR1, &act, NULL);
	for (int i = 0; i < 2; i++) {
		child = fork();
		if (child == 0)
			_exit(3);
		name_others(child);
		waitpid(child, NULL, 0);
		child = fork();
		if (child == 0)
			_exit(3);
		waitid(P_PID, (id_t)child, &(siginfo_t){ 0 }, WEXITED);
	}
	if (vfork() == 0)
		_exit(4);
	wait(NULL);
	pthread_create(&id, NULL, thread, NULL);
	pthread_join(id, NULL);
	use_timer();
	sigqueue(getpid(), SIGUSR1, (union sigval){ .sival_int = 1 });
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	raise(SIGUSR1);
	getppid();
	sigtimedwait(&set, &(siginfo_t){ 0 }, &(struct timespec){ 0 });
	_exit(0);
}

/* ---- the tracer ---- */

static void look_at_words(const char *what, const void *from, size_t len)
{
	uint64_t word;

	for (size_t i = 0; i + sizeof(word) <= len; i += sizeof(word)) {
		memcpy(&word, (const char *)from + i, sizeof(word));
		look(what, word);
		look(what, (uint32_t)word);
		look(what, word >> 32);
	}
}

static void look_at_registers(pid_t pid)
{
	static const uint64_t kinds[] = { NT_PRSTATUS, NT_PRSTATUS | WIDE };
	struct user_regs_struct regs;

	for (size_t i = 0; i < 2; i++) {
		struct iovec iov = { &regs, sizeof(regs) };
		const uint64_t *words = (const uint64_t *)&regs;

		if (syscall(SYS_ptrace, PTRACE_GETREGSET, pid, kinds[i], &iov))
			continue;
		for (size_t j = 0; j < sizeof(regs) / sizeof(*words); j++)
			look("register", words[j]);
	}
}

static void look_at_info(pid_t pid)
{
	struct __ptrace_peeksiginfo_args args = { .nr = 8 };
	unsigned long message = 0;
	siginfo_t info[8];
	long n;

	if (ptrace(PTRACE_GETSIGINFO, pid, 0, info) == 0)
		look_at_words("siginfo", info, 48);
	if (ptrace(PTRACE_GETEVENTMSG, pid, 0, &message) == 0)
		look("message", message);
	n = ptrace(PTRACE_PEEKSIGINFO, pid, &args, info);
	for (long i = 0; i < n; i++)
		look_at_words("pending", &info[i], 48);
}

static void look_at_call(pid_t pid)
{
	struct __ptrace_syscall_info info = { 0 };

	if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) <= 0)
		return;
	if (info.op == PTRACE_SYSCALL_INFO_EXIT)
		look("result", (uint64_t)info.exit.rval);
	if (info.op != PTRACE_SYSCALL_INFO_ENTRY)
		return;
	for (int i = 0; i < 6; i++)
		look("argument", info.entry.args[i]);
}

static int signal_of(int status)
{
	int sig = WSTOPSIG(status);

	if (status >> 16 || sig == (SIGTRAP | 0x80) || sig == SIGTRAP ||
	    sig == SIGSTOP)
		return 0;
	return sig;
}

static void watch(int request)
{
	const long options = PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
			     PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXIT |
			     PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEVFORKDONE;
	pid_t pid = fork();
	int status, n;

	if (pid == 0) {
		ptrace(PTRACE_TRACEME, 0, 0, 0);
		raise(SIGSTOP);
		work();
	}
	waitpid(pid, &status, 0);
	ptrace(PTRACE_SETOPTIONS, pid, 0, options);
	ptrace(request, pid, 0, 0);
	for (n = 0; n < STOPS; n++) {
		pid_t one = waitpid(-1, &status, __WALL);

		if (one < 0)
			break;
		look("wait", (uint64_t)one);
		if (!WIFSTOPPED(status))
			continue;
		look_at_registers(one);
		look_at_info(one);
		look_at_call(one);
		ptrace(request, one, 0, signal_of(status));
	}
	if (n < 20 || n == STOPS)
		printf("%d stops\n", n);
}

/* ---- wider than the kernel takes them ---- */

/* What is written in answer is written where the tracer said. */
static void wide_codes(void)
{
	static const uint64_t codes[] = { ARCH_GET_FS, ARCH_GET_FS | WIDE,
					  ARCH_GET_GS, ARCH_GET_GS | WIDE };
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		ptrace(PTRACE_TRACEME, 0, 0, 0);
		raise(SIGSTOP);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		uint64_t word = 1;

		if (syscall(SYS_ptrace, PTRACE_ARCH_PRCTL, pid, &word,
			    codes[i]) ||
		    word == 1)
			printf("code %#lx: %d\n", codes[i], errno);
	}
	/* These write, too, or change who asks. */
	for (uint64_t code = 0x2000; code < 0x6000; code++)
		syscall(SYS_ptrace, PTRACE_ARCH_PRCTL, pid, pid, code);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
}

int main(int argc, char **argv)
{
	victim = atoi(argv[argc - 1]);
	wide_codes();
	watch(PTRACE_SYSCALL);
	watch(PTRACE_CONT);
	puts("done");
	return 0;
}
