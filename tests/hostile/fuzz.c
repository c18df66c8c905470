/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls by chance, with arguments that mean something now and then: by
 * processes and threads that trace, mount, unshare, listen and end meanwhile.
 * Nothing is shown by what the calls say. The supervisor must live on, and
 * answer. Arguments: seconds, and a number to begin from.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define WORKERS 6
#define BYTES	8192
#define LIFE	400000 /* of a tree, in us */

static unsigned char *shared; /* by all: changes while it is read */
static char folder[] = "/tmp/fuzz-XXXXXX";
static __thread uint64_t state;

static uint64_t chance(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static uint64_t below(uint64_t n)
{
	return chance() % n;
}

/* ---- calls ---- */

/* clang-format off */
static const short calls[] = {
	SYS_ptrace, SYS_ptrace, SYS_ptrace, SYS_ptrace, SYS_ptrace, SYS_wait4,
	SYS_wait4, SYS_waitid, SYS_mount, SYS_mount, SYS_umount2, SYS_pivot_root,
	SYS_chroot, SYS_chdir, SYS_fchdir, SYS_getcwd, SYS_openat, SYS_openat,
	SYS_openat2, SYS_readlinkat, SYS_newfstatat, SYS_statx, SYS_getdents64,
	SYS_mkdirat, SYS_symlinkat, SYS_renameat2, SYS_unlinkat, SYS_unshare,
	SYS_setns, SYS_clock_gettime, SYS_clock_nanosleep, SYS_timer_create,
	SYS_timer_settime, SYS_timerfd_create, SYS_timerfd_settime, SYS_futex,
	SYS_kill, SYS_tgkill, SYS_tkill, SYS_pidfd_open, SYS_pidfd_send_signal,
	SYS_pidfd_getfd, SYS_rt_sigqueueinfo, SYS_rt_tgsigqueueinfo,
	SYS_rt_sigaction, SYS_rt_sigtimedwait, SYS_getpgid, SYS_setpgid,
	SYS_getsid, SYS_setsid, SYS_prctl, SYS_process_vm_readv,
	SYS_process_vm_writev, SYS_prlimit64, SYS_sched_setaffinity,
	SYS_get_robust_list, SYS_kcmp, SYS_setpriority, SYS_ioctl, SYS_fcntl,
	SYS_socket, SYS_socket, SYS_socketpair, SYS_bind, SYS_connect,
	SYS_listen, SYS_accept4, SYS_sendto, SYS_sendto, SYS_sendmsg,
	SYS_sendmmsg, SYS_recvmsg, SYS_recvfrom, SYS_recvmmsg, SYS_getsockname,
	SYS_getpeername, SYS_setsockopt, SYS_getsockopt, SYS_shutdown, SYS_dup3,
	SYS_close, SYS_semget, SYS_semop, SYS_semctl, SYS_shmget, SYS_shmat,
	SYS_shmdt, SYS_shmctl, SYS_msgget, SYS_msgsnd, SYS_msgrcv, SYS_msgctl,
	SYS_setuid, SYS_setgid, SYS_setresuid, SYS_setgroups, SYS_capget,
	SYS_capset, SYS_setxattr, SYS_getxattr, SYS_removexattr, SYS_fchmodat,
	SYS_fchownat, SYS_utimensat, SYS_sethostname, SYS_uname, SYS_seccomp,
	SYS_clone3, SYS_mq_open, SYS_mq_notify, SYS_keyctl, SYS_add_key,
	SYS_signalfd4, SYS_execveat, SYS_statfs, SYS_sysinfo, SYS_write,
};

static const char *const paths[] = {
	"/", ".", "..", "a", "a/b", "/mnt", "/mnt/a", "/mnt/a/../..", "/proc",
	"/proc/self", "/proc/self/uid_map", "/proc/self/gid_map",
	"/proc/self/setgroups", "/proc/self/timens_offsets",
	"/proc/self/mountinfo", "/proc/self/status", "/proc/self/maps",
	"/proc/self/mem", "/proc/self/root", "/proc/self/cwd/a",
	"/proc/self/fd/3", "/proc/self/ns/user", "/proc/self/ns/mnt",
	"/proc/self/ns/pid", "/proc/self/ns/net", "/proc/self/ns/time",
	"/proc/self/task", "/proc/1/ns/uts", "/proc/1/mem", "/proc/2/stat",
	"/proc/3/fd", "/proc/sys/kernel/ns_last_pid", "/proc/sys/net",
	"/proc/net/tcp", "/proc/net/route", "/proc/sysvipc/shm", "/dev/ptmx",
	"/dev/mqueue", "/mnt/l", "l", "/bin/true", "tmpfs", "proc", "sysfs",
	"devpts", "mode=0700", "size=1k", "user.a", "none",
	"user.rootlesscontainers", "monotonic 5 0\n", "0 65534 1\n", "deny",
};

static const uint64_t words[] = {
	0, 1, 2, 3, 4, 8, 16, 56, 64, 4096, 65536, -1UL, -2UL, -100UL, -10000UL,
	-10001UL, 0x7fffffff, 0x80000000, 0x100000000, 0x100000001, 1UL << 63,
	AT_EMPTY_PATH, AT_SYMLINK_NOFOLLOW, CLONE_NEWUSER, CLONE_NEWNS,
	CLONE_NEWPID, CLONE_NEWNET, CLONE_NEWIPC, CLONE_NEWUTS, 0x80,
	CLONE_NEWUSER | CLONE_NEWNS, O_RDWR | O_CREAT, O_PATH, 0x1000 /* bind */,
	0x5000, 0x2000, 1 << 18, AF_INET, AF_INET6, AF_UNIX, AF_NETLINK,
	0x4200, 0x4206, 0x4207, 0x4208, 0x420e, 0x10007f, 0x8912, 0x8913,
	0x8914, 0x890b, 0x541b, 0xb701, 0xb702, 0xb703, 0xc000ff0b, 110, 28,
};

/* clang-format on */

static uint64_t path(void)
{
	char *to = (char *)shared + below(BYTES - 256);

	strcpy(to, paths[below(sizeof(paths) / sizeof(*paths))]);
	return (uintptr_t)to;
}

static uint64_t argument(void)
{
	switch (below(8)) {
	case 0:
		return path();
	case 1:
	case 2:
		return words[below(sizeof(words) / sizeof(*words))];
	case 3:
		return below(40); /* a descriptor, a number of a process */
	case 4:
		return 1 + below(12);
	case 5:
		return (uintptr_t)shared + below(BYTES);
	case 6:
		return words[below(sizeof(words) / sizeof(*words))] << 32 |
		       below(64);
	default:
		return chance() >> below(64);
	}
}

/* Memory that others read, in which something is said at times. */
static void scribble(void)
{
	uint64_t word = argument();

	memcpy(shared + below(BYTES / 8) * 8, &word, sizeof(word));
}

static uint64_t request(void)
{
	static const int known[] = { 0,	 1,  2,	 3,  4,	 5,  6,	 7,  8, 9,
				     12, 13, 14, 15, 16, 17, 24, 30, 33 };
	const uint64_t n = below(40);

	return n < sizeof(known) / sizeof(*known) ? (uint64_t)known[n]
						  : 0x4200 + below(20);
}

static void call(void)
{
	const long nr = calls[below(sizeof(calls) / sizeof(*calls))];
	uint64_t args[6];

	scribble();
	for (int i = 0; i < 6; i++)
		args[i] = argument();
	if (nr == SYS_ptrace) {
		args[0] = request();
		args[1] = below(4) ? 1 + below(24) : args[1];
	}
	/* Nobody is to sleep for long, or to stop for good. */
	if (nr == SYS_wait4)
		args[2] |= WNOHANG;
	if (nr == SYS_prctl && args[0] == 1 /* PR_SET_PDEATHSIG */)
		return;
	syscall(nr, args[0], args[1], args[2], args[3], args[4], args[5]);
}

/* ---- who calls ---- */

static void *work(void *seed)
{
	state = (uintptr_t)seed | 1;
	for (;;)
		call();
	return NULL;
}

static void nothing(int sig)
{
	(void)sig;
}

static void be_worker(uint64_t seed)
{
	/* Ends what would wait for ever. */
	const struct itimerval often = { { 0, 3000 }, { 0, 3000 } };
	const struct sigaction act = { .sa_handler = nothing };
	const struct rlimit limit = { 200, 200 };
	pthread_t id;

	state = seed * 0x9e3779b97f4a7c15 | 1;
	setrlimit(RLIMIT_NOFILE, &limit);
	sigaction(SIGALRM, &act, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	if (below(2))
		ptrace(PTRACE_TRACEME, 0, 0, 0);
	if (below(3) == 0)
		unshare(CLONE_NEWUSER | CLONE_NEWNS);
	for (uint64_t n = below(3); n > 0; n--)
		pthread_create(&id, NULL, work, (void *)(uintptr_t)chance());
	for (uint64_t n = below(3); n > 0; n--)
		if (fork() == 0)
			state = chance() | 1;
	work((void *)(uintptr_t)chance());
}

/* What has no mode by chance is removed, too. */
static int clean_up(void)
{
	char command[128];

	snprintf(command, sizeof(command), "chmod -R u+rwx %s; rm -rf %s",
		 folder, folder);
	return system(command);
}

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

/* All of it below one process, so that nobody is left. */
static void be_tree(uint64_t seed)
{
	char own[sizeof(folder) + 24];
	int null;

	snprintf(own, sizeof(own), "%s/%llu", folder, (unsigned long long)seed);
	if (mkdir(own, 0700) < 0 || chdir(own) < 0)
		_exit(1);
	setsid();
	/* They write, too. */
	null = open("/dev/null", O_RDWR);
	for (int fd = 0; fd < 3; fd++)
		dup2(null, fd);
	for (uint64_t i = 0; i < WORKERS; i++)
		if (fork() == 0)
			be_worker(seed * WORKERS + i);
	for (;;)
		pause();
}

int main(int argc, char **argv)
{
	uint64_t seconds = argc > 2 ? strtoul(argv[1], NULL, 0) : 3;
	uint64_t seed = argc > 2 ? strtoul(argv[2], NULL, 0) : 1;
	uint64_t end = now() + seconds * 1000;

	shared = mmap(NULL, BYTES, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (!mkdtemp(folder))
		return 1;
	for (; now() < end; seed++) {
		/* Its init: what is left of it ends with that. */
		pid_t pid = (pid_t)syscall(
			SYS_clone, CLONE_NEWUSER | CLONE_NEWPID | SIGCHLD, 0, 0,
			0, 0);

		if (pid == 0)
			be_tree(seed);
		if (pid < 0)
			return 2;
		usleep(LIFE);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	if (clean_up() < 0)
		return 3;
	puts("done");
	return 0;
}
