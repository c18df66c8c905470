/* SPDX-License-Identifier: Apache-2.0 */
/* Wrappers of nsrun's own system calls: the only place that reads errno. */
#include "src/host/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define FDS_RESERVED 128	/* or a quarter, where there are few */

long sys_result(long libc_result)
{
	return libc_result < 0 ? -errno : libc_result;
}

long sys_call(long nr, uint64_t a, uint64_t b, uint64_t c, uint64_t d,
	      uint64_t e, uint64_t f)
{
	return sys_result(syscall(nr, a, b, c, d, e, f));
}

long sys_read(int fd, void *buf, size_t len)
{
	long r;

	do {
		r = sys_result(read(fd, buf, len));
	} while (r == -EINTR);
	return r;
}

long sys_write_all(int fd, const void *buf, size_t len)
{
	const char *next = buf;

	while (len > 0) {
		long r = sys_result(write(fd, next, len));

		if (r == -EINTR)
			continue;
		if (r < 0)
			return r;
		next += r;
		len -= (size_t)r;
	}
	return 0;
}

long sys_ioctl(int fd, unsigned long request, void *arg)
{
	long r;

	do {
		r = sys_result(ioctl(fd, request, arg));
	} while (r == -EINTR);
	return r;
}

/* Asked for each signal: a call is dear beside what else is done. */
uint32_t sys_uid(void)
{
	static bool known;
	static uid_t uid;

	if (!known)
		uid = getuid();
	known = true;
	return uid;
}

uint32_t sys_gid(void)
{
	static bool known;
	static gid_t gid;

	if (!known)
		gid = getgid();
	known = true;
	return gid;
}

long sys_getpgid(host_pid pid)
{
	return sys_result(getpgid(pid.n));
}

long sys_getsid(host_pid pid)
{
	return sys_result(getsid(pid.n));
}

int64_t sys_cpu_time(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec;
}

bool sys_exists(host_pid pid)
{
	return sys_kill(pid, 0) != -ESRCH;
}

long sys_kill(host_pid pid, int sig)
{
	return sys_result(kill(pid.n, sig));
}

long sys_tgkill(host_pid tgid, host_pid tid, int sig)
{
	return sys_result(syscall(SYS_tgkill, tgid.n, tid.n, sig));
}

long sys_sigqueue(host_pid tgid, int sig, siginfo_t *info)
{
	return sys_result(syscall(SYS_rt_sigqueueinfo, tgid.n, sig, info));
}

long sys_tgsigqueue(host_pid tgid, host_pid tid, int sig, siginfo_t *info)
{
	return sys_result(syscall(SYS_rt_tgsigqueueinfo, tgid.n, tid.n, sig,
				  info));
}

/*
 * Is it the call that is refused, by an outer filter, and not the memory? One's
 * own is open to all.
 */
static bool vm_refused(long result)
{
	static int refused = -1;
	char from = 0, to;
	struct iovec local = { &to, 1 }, remote = { &from, 1 };

	if (result != -EPERM && result != -ENOSYS)
		return false;
	if (refused < 0)
		refused = process_vm_readv(getpid(), &local, 1, &remote, 1,
					   0) < 0;
	return refused;
}

/* The same by /proc, as far as it goes. */
static long mem_read(host_pid tid, uint64_t addr, const struct iovec *local)
{
	char path[64];
	_cleanup_close_ int fd = -1;

	snprintf(path, sizeof(path), "/proc/%d/mem", tid.n);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? sys_result(fd) :
			sys_result(pread(fd, local->iov_base, local->iov_len,
					 (off_t)addr));
}

long sys_vm_read_some(host_pid tid, uint64_t addr, void *buf, size_t len)
{
	struct iovec local = { buf, len };
	/* Page by page: process_vm_readv() stops at the first bad element. */
	struct iovec remote[18];
	const uint64_t from = addr;
	size_t n = 0;
	long r;

	while (len > 0 && n < sizeof(remote) / sizeof(remote[0])) {
		size_t page = 4096 - (addr & 4095);

		page = page < len ? page : len;
		remote[n].iov_base = (void *)(uintptr_t)addr;
		remote[n++].iov_len = page;
		addr += page;
		len -= page;
	}
	r = sys_result(process_vm_readv(tid.n, &local, 1, remote, n, 0));
	return vm_refused(r) ? mem_read(tid, from, &local) : r;
}

long sys_vm_read(host_pid tid, uint64_t addr, void *buf, size_t len)
{
	struct iovec local = { buf, len };
	struct iovec remote = { (void *)(uintptr_t)addr, len };
	long n = sys_result(process_vm_readv(tid.n, &local, 1, &remote, 1, 0));

	if (vm_refused(n))
		n = mem_read(tid, addr, &local);
	return n == (long)len ? 0 : -EFAULT;
}

long sys_vm_write(host_pid tid, uint64_t addr, const void *buf, size_t len)
{
	struct iovec local = { (void *)(uintptr_t)buf, len };
	struct iovec remote = { (void *)(uintptr_t)addr, len };
	long n = sys_result(process_vm_writev(tid.n, &local, 1, &remote, 1, 0));

	if (vm_refused(n))
		return sys_mem_write(tid, addr, buf, len);
	return n == (long)len ? 0 : -EFAULT;
}

long sys_vm_write_all(host_pid tid, const struct iovec *to,
		      const struct iovec *from, size_t n)
{
	long len = 0;
	long r = sys_result(process_vm_writev(tid.n, from, n, to, n, 0));
	bool refused = vm_refused(r);

	for (size_t i = 0; i < n; i++) {
		len += (long)to[i].iov_len;
		if (refused && to[i].iov_len > 0 &&
		    sys_mem_write(tid, (uintptr_t)to[i].iov_base,
				  from[i].iov_base, to[i].iov_len) < 0)
			return -EFAULT;
	}
	return refused || r == len ? 0 : -EFAULT;
}

/* The last one that was written to: mostly it is written to again. */
static struct {
	host_pid tid;
	int fd;
} memory = { .fd = -1 };

void sys_mem_release(void)
{
	if (memory.fd >= 0)
		sys_close(&memory.fd);
}

static int memory_of(host_pid tid)
{
	char path[64];

	if (memory.fd >= 0 && memory.tid.n == tid.n)
		return memory.fd;
	sys_mem_release();
	snprintf(path, sizeof(path), "/proc/%d/mem", tid.n);
	memory.fd = open(path, O_RDWR | O_CLOEXEC);
	memory.tid = tid;
	return memory.fd;
}

long sys_mem_write(host_pid tid, uint64_t addr, const void *buf, size_t len)
{
	int fd = memory_of(tid);
	ssize_t n;

	if (fd < 0)
		return sys_result(fd);
	n = pwrite(fd, buf, len, (off_t)addr);
	return n == (ssize_t)len ? 0 : -EFAULT;
}

long sys_poke(host_pid tid, uint64_t addr, uint64_t word)
{
	return sys_result(ptrace(PTRACE_POKEDATA, tid.n, addr, word));
}

long sys_read_file(const char *path, char *buf, size_t size)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t n = 0;

	if (fd < 0)
		return -errno;
	while (n < size - 1) {
		long r = sys_read(fd, buf + n, size - 1 - n);

		if (r < 0)
			return r;
		if (r == 0)
			break;
		n += (size_t)r;
	}
	buf[n] = 0;
	return (long)n;
}

long sys_open_resolved(const char *path, int flags, unsigned int mode)
{
	bool makes = flags & O_CREAT || (flags & O_TMPFILE) == O_TMPFILE;
	const struct open_how how = {
		.flags = (unsigned int)flags | O_CLOEXEC | O_NOFOLLOW,
		.mode = makes ? mode : 0,
		.resolve = RESOLVE_NO_SYMLINKS,
	};

	return sys_call(SYS_openat2, (uint64_t)AT_FDCWD, (uintptr_t)path,
			(uintptr_t)&how, sizeof(how), 0, 0);
}

long sys_open_program(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EACCES;
	return sys_result(
		open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
}

long sys_readlink(const char *path, char *buf, size_t size)
{
	ssize_t n = readlink(path, buf, size - 1);

	if (n < 0)
		return -errno;
	buf[n] = 0;
	return n;
}

long sys_parent(host_pid pid, host_pid *ret_parent)
{
	char path[64], buf[512], *end;
	long r;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid.n);
	r = sys_read_file(path, buf, sizeof(buf));
	if (r < 0)
		return r;
	/* The name may hold spaces and brackets: "PID (name) S PPID ..." */
	end = strrchr(buf, ')');
	if (!end || sscanf(end + 1, " %*c %d", &ret_parent->n) != 1)
		return -ESRCH;
	return 0;
}

/* linux/pidfd.h: the first version */
struct pidfd_info_first {
	uint64_t mask, cgroup;
	uint32_t pid, tgid, ppid;
	uint32_t rest[9];
};

long sys_parent_fast(host_pid pid, host_pid *ret_parent)
{
	static bool missing;
	struct pidfd_info_first info = { .mask = 1 };	/* PIDFD_INFO_PID */
	_cleanup_close_ int fd = -1;
	long r;

	if (missing)
		return sys_parent(pid, ret_parent);
	fd = (int)syscall(SYS_pidfd_open, pid.n, 0);
	if (fd < 0)
		return sys_result(fd);
	r = sys_result(ioctl(fd, _IOWR(0xff, 11, struct pidfd_info_first),
			     &info));
	if (r == 0 && (info.mask & 1) && (int)info.tgid == pid.n) {
		ret_parent->n = (int)info.ppid;
		return 0;
	}
	missing = r == -ENOTTY || r == -EINVAL;
	return sys_parent(pid, ret_parent);
}

long sys_read_status(host_pid tid, char *buf, size_t size)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/status", tid.n);
	return sys_read_file(path, buf, size);
}

uint64_t sys_status_field(const char *status, const char *key, int base)
{
	const char *found = strstr(status, key);

	return found ? strtoull(found + strlen(key), NULL, base) : 0;
}

bool sys_is_tracee(host_pid tid)
{
	char buf[SYS_STATUS_MAX];

	return sys_read_status(tid, buf, sizeof(buf)) >= 0 &&
	       sys_status_field(buf, "\nTracerPid:", 10) == (uint64_t)getpid();
}

unsigned int sys_umask(host_pid tid)
{
	char buf[SYS_STATUS_MAX];

	if (sys_read_status(tid, buf, sizeof(buf)) < 0 ||
	    !strstr(buf, "\nUmask:"))
		return 022;
	return (unsigned int)sys_status_field(buf, "\nUmask:", 8);
}

char sys_state(host_pid tid)
{
	char path[64], buf[512], *end;

	snprintf(path, sizeof(path), "/proc/%d/stat", tid.n);
	if (sys_read_file(path, buf, sizeof(buf)) < 0)
		return 0;
	end = strrchr(buf, ')');
	return end && end[1] ? end[2] : 0;
}

long sys_signals(host_pid pid, struct sys_signals *ret_signals)
{
	char buf[SYS_STATUS_MAX];
	long r = sys_read_status(pid, buf, sizeof(buf));

	if (r < 0)
		return r;
	ret_signals->caught = sys_status_field(buf, "\nSigCgt:", 16);
	ret_signals->ignored = sys_status_field(buf, "\nSigIgn:", 16);
	ret_signals->blocked = sys_status_field(buf, "\nSigBlk:", 16);
	ret_signals->pending = sys_status_field(buf, "\nSigPnd:", 16) |
			       sys_status_field(buf, "\nShdPnd:", 16);
	return 0;
}

long sys_seccomp_filters(host_pid tid)
{
	static const char key[] = "\nSeccomp_filters:";
	char buf[SYS_STATUS_MAX];
	long r = sys_read_status(tid, buf, sizeof(buf));

	if (r < 0)
		return r;
	return strstr(buf, key) ? (long)sys_status_field(buf, key, 10)
				: -ENODATA;
}

long sys_pidfd_process(host_pid tid, int fd, host_pid *ret_pid)
{
	char path[64], buf[1024];
	const char *line = NULL;

	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%d", tid.n, fd);
	if (sys_read_file(path, buf, sizeof(buf)) >= 0)
		line = strstr(buf, "\nPid:\t");
	if (!line)
		return -EBADF;
	ret_pid->n = atoi(line + strlen("\nPid:\t"));
	return 0;
}

long sys_folder_process(host_pid tid, int fd, host_pid *ret_pid)
{
	char path[64], link[64], info[256];
	const char *flags = NULL;
	int end = 0;

	/* One by O_PATH is none. */
	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%d", tid.n, fd);
	if (sys_read_file(path, info, sizeof(info)) >= 0)
		flags = strstr(info, "flags:\t");
	if (!flags || strtol(flags + strlen("flags:\t"), NULL, 8) & O_PATH)
		return -EBADF;
	snprintf(path, sizeof(path), "/proc/%d/fd/%d", tid.n, fd);
	if (sys_readlink(path, link, sizeof(link)) < 0 ||
	    sscanf(link, "/proc/%d%n", &ret_pid->n, &end) != 1)
		return -EBADF;
	if (strcmp(link + end, " (deleted)") == 0)
		ret_pid->n = -1;
	else if (link[end])
		return -EBADF;
	return 0;
}

long sys_fork_shut(bool child_is_shut)
{
	const int before = prctl(PR_GET_DUMPABLE, 0, 0, 0, 0);
	long pid;

	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	pid = sys_result(fork());
	if (before == 1 && (pid == 0) != child_is_shut)
		prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	return pid;
}

/* close_range(2): Linux 5.9 */
long sys_unshare_files(void)
{
	long r = sys_call(SYS_close_range, ~0U - 1, ~0U, CLOSE_RANGE_UNSHARE,
			  0, 0, 0);

	return r < 0 ? sys_result(unshare(CLONE_FILES)) : r;
}

/* Its own table of descriptors, if it shares not its leader's: Linux 6.9 */
static long open_pidfd(host_pid tid)
{
	long fd = sys_result(syscall(SYS_pidfd_open, tid.n, PIDFD_THREAD));

	return fd == -EINVAL ? sys_result(syscall(SYS_pidfd_open, tid.n, 0)) :
			       fd;
}

/* Those who asked last. One whose task has ended says so: ESRCH. */
static struct {
	int tid, fd;
} pidfds[16];

long sys_borrow(host_pid tid, int fd)
{
	__typeof__(pidfds[0]) *at = &pidfds[(unsigned int)tid.n % 16];

	for (int i = 0; i < 2; i++) {
		long r = at->tid == tid.n ? 0 : -ESRCH;

		if (r == 0)
			r = sys_result(syscall(SYS_pidfd_getfd, at->fd, fd, 0));
		if (r != -ESRCH || i > 0)
			return r == -ENOSYS ? -EPERM : r;
		if (at->tid)
			close(at->fd);
		at->tid = 0;
		r = open_pidfd(tid);
		if (r < 0)
			return r;
		at->tid = tid.n;
		at->fd = (int)r;
	}
	return -ESRCH;
}

/* The limit is raised by whoever asks first: most instances hold nothing. */
bool sys_is_reserved(int fd)
{
	static rlim_t end;
	struct rlimit limit;

	if (!end && getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
		end = limit.rlim_max / 4 < FDS_RESERVED ?
			      limit.rlim_max - limit.rlim_max / 4 :
			      limit.rlim_max - FDS_RESERVED;
	}
	return (rlim_t)fd >= end;
}

long sys_reopen(host_pid tid, int fd)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", tid.n, fd);
	return sys_result(open(path, O_RDONLY | O_NOCTTY | O_NONBLOCK |
			       O_CLOEXEC));
}

long sys_position(host_pid tid, int fd)
{
	char path[64], buf[1024];
	long r;

	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%d", tid.n, fd);
	r = sys_read_file(path, buf, sizeof(buf));
	if (r < 0 || strncmp(buf, "pos:\t", 5) != 0)
		return -EBADF;
	return strtol(buf + 5, NULL, 10);
}

long sys_peek_sockopt(host_pid tid, int fd, int level, int name, int *ret_value)
{
	_cleanup_close_ int copy = (int)sys_borrow(tid, fd);
	socklen_t len = sizeof(*ret_value);

	if (copy < 0)
		return copy;
	return sys_result(getsockopt(copy, level, name, ret_value, &len));
}

void sys_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}
