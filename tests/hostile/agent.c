/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program that finds the agent in its memory, and makes calls from the one
 * instruction that the filter trusts; that writes over the agent, unmaps it, or
 * has something of its own at its place. It may hurt itself.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <threads.h>
#include <unistd.h>

#define LOW 0x050f0000L
#define HIGHER 0x7a000000L	/* so much, where something else is there */
#define BASE (LOW + further)
#define TEXT (BASE + 0x4000L)
#define PAGES 7L
#define TABLE (BASE + 0x10000L)	/* that all processes share, with users */
#define MAGIC 0x6e736167

#ifdef LARGE	/* as some builds of Node.js */
char large[100 << 20];
#endif

static long further;
static uintptr_t trusted;	/* the instruction itself */

static void often(void)
{
	struct stat st;

	for (int i = 0; i < 40; i++) {
		getpid();
		stat("/", &st);
		close(open("/etc/passwd", O_RDONLY));
	}
}

/* "syscall; ret" is what lies there. */
static long call(long nr, long a, long b, long c, long d)
{
	register long r10 __asm__("r10") = d;
	long r;

	__asm__ volatile("call *%6"
			 : "=a"(r)
			 : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10),
			   "r"(trusted)
			 : "rcx", "r11", "memory");
	return r;
}

static void wrong(const char *what, long r)
{
	printf("%s: %ld\n", what, r);
}

static siginfo_t heard;

static void on_signal(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)context;
	heard = *info;
}

/* What it says to itself stays its own words: nothing is made of them. */
static void forge(int victim)
{
	const struct sigaction action = { .sa_sigaction = on_signal,
					  .sa_flags = SA_SIGINFO };
	siginfo_t info = { .si_signo = SIGUSR1, .si_code = SI_USER };
	const long selves[] = { -10000, -10001 };

	sigaction(SIGUSR1, &action, NULL);
	info.si_pid = victim;
	for (int i = 0; i < 2; i++) {
		memset(&heard, 0, sizeof(heard));
		call(SYS_pidfd_send_signal, selves[i], SIGUSR1, (long)&info, 0);
		if (heard.si_pid && heard.si_pid != victim)
			wrong("forged sender", heard.si_pid);
		call(SYS_pidfd_send_signal, selves[i], SIGUSR1, 0, 0);
		if (heard.si_pid && heard.si_pid != getpid())
			wrong("sender", heard.si_pid);
	}
	/* No other descriptor means anybody outside. */
	for (int fd = -3; fd < 16; fd++)
		if (call(SYS_pidfd_send_signal, fd, 0, 0, 0) == 0)
			wrong("pidfd", fd);
}

/* What works is written: nothing may, nor be told of the victim's files. */
static void attack(int victim)
{
	static const char *const files[] = { "status", "mem", "environ",
					     "fd/0", "cwd/.", "root/etc" };
	struct rlimit limit = { 123, 456 };
	char path[64];
	long r;

	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		snprintf(path, sizeof(path), "/proc/%d/%s", victim, files[i]);
		r = call(SYS_openat, AT_FDCWD, (long)path, O_RDONLY, 0);
		if (r >= 0)
			wrong(path, r);
		snprintf(path, sizeof(path), "/proc/%d", victim);
		r = call(SYS_openat, AT_FDCWD, (long)path, O_PATH, 0);
		if (r >= 0 && call(SYS_openat, r, (long)files[i], O_RDWR, 0) >= 0)
			wrong(files[i], r);
	}
	if (call(SYS_kill, victim, SIGTERM, 0, 0) != -ESRCH)
		wrong("kill", victim);
	if (call(SYS_tgkill, victim, victim, SIGTERM, 0) != -ESRCH)
		wrong("tgkill", victim);
	if (call(SYS_ptrace, 16, victim, 0, 0) != -ESRCH)
		wrong("ptrace", victim);
	if (call(SYS_prlimit64, victim, RLIMIT_NOFILE, (long)&limit, 0) !=
	    -ESRCH)
		wrong("prlimit", victim);
	if (call(SYS_setpriority, PRIO_PROCESS, victim, 19, 0) != -ESRCH)
		wrong("setpriority", victim);
	if (call(SYS_getpid, 0, 0, 0, 0) != syscall(SYS_getpid))
		wrong("getpid", 0);
	if (call(SYS_sched_getaffinity, victim, sizeof(limit), (long)&limit,
		 0) != -ESRCH)
		wrong("sched_getaffinity", victim);
	if (call(SYS_getpgid, victim, 0, 0, 0) >= 0)
		wrong("getpgid", victim);
	forge(victim);
	if (call(SYS_bpf, 0, 0, 0, 0) != -ENOSYS)
		wrong("bpf", 0);
}

/* Each in a process of its own; most end by a signal. */
static void in_child(void (*act)(int way), int way)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		const struct rlimit none = { 0, 0 };

		setrlimit(RLIMIT_CORE, &none);
		act(way);
		_exit(0);
	}
	if (waitpid(pid, &status, 0) != pid)
		wrong("wait", pid);
}

static void scribble(int way)
{
	const size_t len = PAGES * 4096;
	unsigned char *at = (void *)BASE;

	if (way == 0) {
		munmap(at, len);
	} else if (way < 4) {
		mprotect(at, len, PROT_READ | PROT_WRITE | PROT_EXEC);
		memset(at, way == 1 ? 0xff : way == 2 ? 0 : 0xcc,
		       way == 3 ? len : 4096);
	} else {
		mprotect(at, len, PROT_NONE);
	}
	/* The supervisor writes to its children, and to it, meanwhile. */
	if (fork() == 0)
		_exit(0);
	sethostname("scribbled", 9);
	often();
}

/* Where it is mapped; in a large program that is not the first place. */
static int find(void)
{
	for (further = 0; further <= HIGHER; further += HIGHER) {
		unsigned char resident;

		if (mincore((void *)TEXT, 4096, &resident) == 0 &&
		    *(uint32_t *)TEXT == MAGIC)
			return 1;
	}
	return 0;
}

static void occupy_place(int forge)
{
	uint32_t *at = mmap((void *)BASE, PAGES * 4096,
			    PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE,
			    -1, 0);

	if (at == MAP_FAILED && errno == EEXIST)
		return;		/* by fork: the parent has it; or by the program */
	if (at == MAP_FAILED) {
		wrong("occupy", errno);
		return;
	}
	if (forge)
		at[0] = ((uint32_t *)TEXT)[0] = MAGIC;
}

/* Taken places, forged pages: before there is an agent. */
static void occupy(int way)
{
	for (further = 0; further <= HIGHER; further += HIGHER)
		if (way & (further ? 2 : 1))
			occupy_place(way & 4);
	often();
	if (fork() == 0)
		_exit(0);
	often();
}

/*
 * Births: who their child is to the kernel stands at the start of each, and here
 * it is always the victim. Neither it nor anybody else is taken for a child.
 */
#define BIRTHS	   (BASE + 0xa400L)
#define BIRTH_SIZE 80
#define BIRTH_MAX  38

static volatile int victim_of_births, over;

static int forge_births(void *arg)
{
	while (!over)
		for (long i = 0; i < BIRTH_MAX; i++)
			*(volatile int *)(BIRTHS + i * BIRTH_SIZE) =
				victim_of_births;
	(void)arg;
	return 0;
}

static void misbirths(int victim)
{
	static thrd_t forger;

	victim_of_births = victim;
	if (fork() == 0)
		_exit(0);
	wait(NULL);
	if (mprotect((void *)(BASE + 10 * 4096), 4096,
		     PROT_READ | PROT_WRITE) != 0 ||
	    thrd_create(&forger, forge_births, NULL) != thrd_success)
		wrong("births", errno);
	for (int i = 0; i < 300; i++) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(0);
		/* It may hit a child, if it is known, or nobody. */
		if (pid > 0)
			kill(pid, SIGTERM);
		waitpid(pid, NULL, WNOHANG);
	}
	over = 1;
}

/*
 * The same instruction where the agent is not: the filter trusts it there, too,
 * and it is the program's own.
 */
static void other_place(int victim)
{
	const uintptr_t ours = further ? trusted - HIGHER : trusted + HIGHER;
	unsigned char *page = (void *)(ours & ~4095UL);

	if (mmap(page, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != page) {
		wrong("other place", errno);
		return;
	}
	memcpy((void *)ours, "\x0f\x05\xc3", 3);
	trusted = ours;
	attack(victim);
}

int main(int argc, char **argv)
{
	int victim = atoi(argv[argc - 1]);
	struct stat st;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (int way = 0; way < 8; way++)
		in_child(occupy, way);
	often();
	/* Where there is none, nothing can be tried. */
	if (!find()) {
		puts("done");
		return 0;
	}
	trusted = ((uint32_t *)TEXT)[1] - 2;
	for (int way = 0; way < 5; way++)
		in_child(scribble, way);
	in_child(misbirths, victim);
	in_child(misbirths, 1);
	in_child(misbirths, getppid());
	attack(victim);
	in_child(other_place, victim);
	if (mprotect((void *)TABLE, 4096, PROT_READ | PROT_WRITE) == 0)
		wrong("table", 0);
	if (getpid() != syscall(SYS_getpid) || stat("/", &st) != 0)
		wrong("self", getpid());
	puts(further ? "done higher" : "done");
	return 0;
}
