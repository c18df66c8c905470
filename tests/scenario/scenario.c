/* SPDX-License-Identifier: Apache-2.0 */
/* The part of the scenarios' shared code that is not inline. */
#include "scenario.h"

#include <stdarg.h>

/*
 * The observations leave by a descriptor of their own, high enough to be in
 * nobody's way, so that what a scenario or a libc writes to stdout is no part
 * of them. It survives an exec.
 */
#define SEE_FD 250

const char *self_path;
static bool jitter;
volatile sig_atomic_t caught_count;
siginfo_t caught_info;

static __attribute__((constructor)) void start(int argc, char **argv)
{
	self_path = argc > 0 ? argv[0] : "";
	jitter = getenv("SCENARIO_JITTER") != NULL;
	if (fcntl(SEE_FD, F_GETFD) == -1) {
		dup2(STDOUT_FILENO, SEE_FD);
		dup2(STDERR_FILENO, STDOUT_FILENO);
	}
}

/*
 * With SCENARIO_JITTER in the environment (run.py --jitter) everybody dawdles
 * now and then, which shows a scenario whose lines have no fixed order.
 */
static void dawdle(void)
{
	struct timespec t;
	int saved = errno;

	if (jitter) {
		clock_gettime(CLOCK_MONOTONIC, &t);
		t.tv_sec = 0;
		t.tv_nsec = t.tv_nsec / 64 % 3 * 1500000;
		syscall(SYS_nanosleep, &t, NULL);
		errno = saved;
	}
}

static void line(const char *fmt, va_list args)
{
	char text[1024];
	int n = vsnprintf(text, sizeof(text) - 1, fmt, args);

	if (n > (int)sizeof(text) - 2) {
		n = sizeof(text) - 2;
	}
	text[n] = '\n';
	/* At most PIPE_BUF bytes, so that lines never mix. */
	while (write(SEE_FD, text, n + 1) == -1 && errno == EINTR) {
		;
	}
}

void see(const char *fmt, ...)
{
	int saved = errno;
	va_list args;

	dawdle();
	va_start(args, fmt);
	line(fmt, args);
	va_end(args);
	errno = saved;
}

void die(const char *fmt, ...)
{
	va_list args;

	see("BROKEN, in the next line:");
	va_start(args, fmt);
	line(fmt, args);
	va_end(args);
	_exit(99);
}

int done(void)
{
	see("done");
	return 0;
}

static char *text_buffer(void)
{
	static __thread char buffers[16][96];
	static __thread unsigned int next;

	return buffers[next++ % 16];
}

const char *res(long value)
{
	char *text;

	if (value == -1) {
		return strerrorname_np(errno) ?: "E?";
	}
	text = text_buffer();
	snprintf(text, 96, "%ld", value);
	return text;
}

const char *raw(long value)
{
	if (value < 0 && value >= -4095) {
		errno = -value;
		value = -1;
	}
	return res(value);
}

const char *sig_text(int sig)
{
	const char *name = sigabbrev_np(sig);
	char *text = text_buffer();

	if (name) {
		snprintf(text, 96, "SIG%s", name);
	} else {
		snprintf(text, 96, "signal %d", sig);
	}
	return text;
}

const char *wait_text(int status)
{
	char *text = text_buffer();

	if (WIFEXITED(status)) {
		snprintf(text, 96, "exited %d", WEXITSTATUS(status));
	} else if (WIFSIGNALED(status)) {
		snprintf(text, 96, "killed %s%s", sig_text(WTERMSIG(status)),
			 WCOREDUMP(status) ? " core" : "");
	} else if (WIFSTOPPED(status)) {
		snprintf(text, 96, "stopped %s", sig_text(WSTOPSIG(status)));
	} else if (WIFCONTINUED(status)) {
		snprintf(text, 96, "continued");
	} else {
		snprintf(text, 96, "status %#x", status);
	}
	return text;
}

static const char *code_text(const siginfo_t *info)
{
	static const char *const chld[] = {
		[CLD_EXITED] = "CLD_EXITED",
		[CLD_KILLED] = "CLD_KILLED",
		[CLD_DUMPED] = "CLD_DUMPED",
		[CLD_TRAPPED] = "CLD_TRAPPED",
		[CLD_STOPPED] = "CLD_STOPPED",
		[CLD_CONTINUED] = "CLD_CONTINUED",
	};
	char *text;

	switch (info->si_code) {
	case SI_USER:
		return "SI_USER";
	case SI_QUEUE:
		return "SI_QUEUE";
	case SI_TKILL:
		return "SI_TKILL";
	case SI_TIMER:
		return "SI_TIMER";
	case SI_MESGQ:
		return "SI_MESGQ";
	case SI_KERNEL:
		return "SI_KERNEL";
	}
	if (info->si_signo == SIGCHLD && info->si_code >= CLD_EXITED &&
	    info->si_code <= CLD_CONTINUED) {
		return chld[info->si_code];
	}
	text = text_buffer();
	snprintf(text, 96, "code %d", info->si_code);
	return text;
}

const char *info_text(const siginfo_t *info)
{
	char *text = text_buffer();
	int n;

	n = snprintf(text, 96, "%s %s pid %d uid %s", sig_text(info->si_signo),
		     code_text(info), info->si_pid,
		     info->si_uid == getuid() ? "own" : "other");
	if (info->si_signo == SIGCHLD && info->si_code > 0 &&
	    info->si_code <= CLD_CONTINUED) {
		snprintf(text + n, 96 - n, " status %d", info->si_status);
	} else if (info->si_code == SI_QUEUE) {
		snprintf(text + n, 96 - n, " value %d",
			 info->si_value.sival_int);
	}
	return text;
}

pid_t child(void)
{
	pid_t pid = MUST(fork());

	dawdle();
	return pid;
}

int reap(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, __WALL) == -1) {
		if (errno != EINTR) {
			die("waitpid(%d): %s", pid, strerrorname_np(errno));
		}
	}
	return status;
}

void until_gone(pid_t tid)
{
	while (sys_tkill(tid, 0) == 0) {
		sched_yield();
	}
	if (errno != ESRCH) {
		die("tkill(%d, 0): %s", tid, strerrorname_np(errno));
	}
}

void exec_self(const char *role)
{
	execl(self_path, self_path, role, NULL);
	die("exec of %s: %s", self_path, strerrorname_np(errno));
}

void gate_init(struct gate *g)
{
	int fd[2];

	MUST(pipe2(fd, O_CLOEXEC));
	g->rd = fd[0];
	g->wr = fd[1];
}

void let(struct gate *g, int tokens)
{
	while (tokens-- > 0) {
		while (write(g->wr, "", 1) != 1) {
			if (errno != EINTR) {
				die("gate: %s", strerrorname_np(errno));
			}
		}
	}
}

void pass(struct gate *g)
{
	char token;
	ssize_t n;

	while ((n = read(g->rd, &token, 1)) == -1 && errno == EINTR) {
		;
	}
	if (n != 1) {
		die("gate: %s",
		    n == 0 ? "end of file" : strerrorname_np(errno));
	}
}

#define CANARY 0xa5

void *guard_alloc(size_t size)
{
	size_t page = sysconf(_SC_PAGESIZE);
	size_t room = (size + page - 1) / page * page + page;
	char *base = mmap(NULL, room + page, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (base == MAP_FAILED) {
		die("mmap: %s", strerrorname_np(errno));
	}
	MUST(munmap(base + room, page));
	memset(base, CANARY, room - size);
	return base + room - size;
}

void guard_check(void *p)
{
	unsigned char *at = p;
	int i;

	for (i = 1; i <= 64; i++) {
		if (at[-i] != CANARY) {
			die("a write before the buffer, at -%d", i);
		}
	}
}

static void on_caught(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)context;
	caught_info = *info;
	caught_count++;
}

void catch_signal(int sig, int flags)
{
	struct sigaction action = { .sa_sigaction = on_caught,
				    .sa_flags = SA_SIGINFO | flags };

	MUST(sigaction(sig, &action, NULL));
}

static void on_nothing(int sig)
{
	(void)sig;
}

void catch_nothing(int sig)
{
	struct sigaction action = { .sa_handler = on_nothing };

	MUST(sigaction(sig, &action, NULL));
}

static void mask(int how, int sig)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, sig);
	MUST(sigprocmask(how, &set, NULL));
}

void block(int sig)
{
	mask(SIG_BLOCK, sig);
}

void unblock(int sig)
{
	mask(SIG_UNBLOCK, sig);
}
