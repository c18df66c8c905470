/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Descriptors that know a process: owners of signals, locks, signalfds.
 *
 * A read of a signalfd gives siginfos that no ptrace stop shows, and read(2)
 * is uncaught. So with its first signalfd of a number a task gets one more
 * filter of its own, which catches read(2) of that number (and dup(2) of it,
 * which makes another). It holds for the threads and children made later, and
 * what is no signalfd any more is let through.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include "src/ns/pid.h"
#include "src/ns/user.h"

#ifndef F_GETOWNER_UIDS
#define F_GETOWNER_UIDS 17
#endif
#ifndef F_OFD_GETLK
#define F_OFD_GETLK 36
#endif

struct owner_ex {
	int type, pid;
};

/*
 * The owner gets signals, so it must be the one that was checked: by a number
 * in a register, which nobody can change, never by one in memory.
 */
long pid_set_owner(struct call *c, int nr)
{
	c->host_args[1] = F_SETOWN;
	c->host_args[2] = nr < 0 && nr > INT_MIN ?
		-pgrp_to_host(c->task, -nr) : pid_to_host(c->task, nr);
	return call_then_other(c, SYS_fcntl, NULL);
}

static long setown(struct call *c)
{
	return pid_set_owner(c, (int)c->args[2]);
}

/* A thread as the owner has no such form: the supervisor says it. */
static long set_owner_thread(struct call *c, int nr)
{
	struct owner_ex owner = { .type = F_OWNER_TID };
	_cleanup_close_ int fd = (int)sys_borrow(c->task->tid->host,
						 (int)c->args[0]);

	if (fd < 0)
		return fd == -EPERM ? fd : -EBADF;
	owner.pid = (int)pid_to_host(c->task, nr);
	return sys_result(fcntl(fd, F_SETOWN_EX, &owner));
}

static long setown_ex(struct call *c)
{
	struct owner_ex owner;

	if (call_read(c, c->args[2], &owner, sizeof(owner)) < 0)
		return -EFAULT;
	switch (owner.type) {
	case F_OWNER_TID:
		return set_owner_thread(c, owner.pid);
	case F_OWNER_PID:
		return owner.pid < 0 ? -ESRCH : pid_set_owner(c, owner.pid);
	case F_OWNER_PGRP:
		return owner.pid < 0 ? -ESRCH : pid_set_owner(c, -owner.pid);
	default:
		return -EINVAL;
	}
}

/* A negative result is a process group, but for the one error there is. */
static long getown_after(struct call *c, long result)
{
	if (result == -EBADF)
		return result;
	return result < 0 ? -(long)pid_from_host(c->task, (int)-result) :
			    pid_from_host(c->task, (int)result);
}

static long getown_ex_after(struct call *c, long result)
{
	struct owner_ex owner;

	if (result < 0 || call_read(c, c->args[2], &owner, sizeof(owner)) < 0)
		return result;
	owner.pid = pid_from_host(c->task, owner.pid);
	return call_write(c, c->args[2], &owner, sizeof(owner)) < 0 ? -EFAULT :
								     result;
}

static long getlk_after(struct call *c, long result)
{
	struct flock lock;

	if (result < 0 || call_read(c, c->args[2], &lock, sizeof(lock)) < 0)
		return result;
	if (lock.l_type == F_UNLCK || lock.l_pid <= 0)
		return result;
	lock.l_pid = pid_from_host(c->task, lock.l_pid);
	return call_write(c, c->args[2], &lock, sizeof(lock)) < 0 ? -EFAULT :
								   result;
}

/*
 * Who had set the owner. To the kernel that was the real user, whoever it was
 * inside.
 */
static long getowner_uids_after(struct call *c, long result)
{
	const struct user_namespace *ns = user_ns(c->task);
	uint32_t uids[2];

	if (result < 0 || call_read(c, c->args[2], uids, sizeof(uids)) < 0)
		return result;
	for (int i = 0; i < 2; i++)
		uids[i] = user_uid_from_host(ns, uids[i]);
	return call_write(c, c->args[2], uids, sizeof(uids)) < 0 ? -EFAULT :
								  result;
}

/* ---- signalfd ---- */

#define FILTER_CALLS 7
#define FILTER_MAX (FILTER_CALLS + 6)

/* read(@fd), dup*(@fd) and fcntl(@fd, …): to the supervisor. */
static unsigned short build_filter(struct sock_filter *f, int fd)
{
	static const unsigned int calls[FILTER_CALLS] = {
		SYS_read, SYS_readv, SYS_preadv2, SYS_dup, SYS_dup2, SYS_dup3,
		SYS_fcntl,
	};
	unsigned short n = 0;

	f[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		offsetof(struct seccomp_data, nr));
	for (unsigned int i = 0; i < FILTER_CALLS; i++)
		f[n++] = (struct sock_filter)BPF_JUMP(
			BPF_JMP | BPF_JEQ | BPF_K, calls[i],
			(unsigned char)(FILTER_CALLS - i), 0);
	f[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
		SECCOMP_RET_ALLOW);
	f[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		offsetof(struct seccomp_data, args[0]));
	f[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
		(unsigned int)fd, 0, 1);
	f[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
		SECCOMP_RET_TRACE | SYSCALL_TRACE_DATA);
	f[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
		SECCOMP_RET_ALLOW);
	return n;
}

static bool is_armed(const struct group *group, long fd)
{
	for (unsigned int i = 0; i < group->signalfds; i++)
		if (group->signalfd[i] == fd)
			return true;
	return false;
}

static long armed_after(struct call *c, long result)
{
	struct group *group = c->task->group;

	/* A thread with filters of its own: at least for the caller, then. */
	if (result > 0 && c->host_args[1]) {
		c->host_args[1] = 0;
		return call_then_other(c, SYS_seccomp, armed_after);
	}
	if (result == 0 && group->signalfds < GROUP_SIGNALFDS_MAX)
		group->signalfd[group->signalfds++] = (int)c->cookie;
	return result ? -EMFILE : (long)c->cookie;
}

/* The task loads the filter itself, then returns @fd. */
static long arm(struct call *c, long fd)
{
	struct {
		uint64_t len, filter;
		struct sock_filter code[FILTER_MAX];
	} prog = { 0 };
	uint64_t addr;

	if (is_armed(c->task->group, fd))
		return fd;
	if (c->task->group->signalfds == GROUP_SIGNALFDS_MAX)
		return -EMFILE;
	/* Without a tracer its threads would get ENOSYS. */
	group_hold(c->task->group);
	prog.len = build_filter(prog.code, (int)fd);
	if (call_lend(c, &prog, sizeof(prog), &addr) < 0)
		return -EMFILE;
	prog.filter = addr + offsetof(__typeof__(prog), code);
	if (call_write(c, addr, &prog, sizeof(prog)) < 0)
		return -EMFILE;
	c->cookie = (uint64_t)fd;
	c->host_args[0] = SECCOMP_SET_MODE_FILTER;
	c->host_args[1] = SECCOMP_FILTER_FLAG_TSYNC;
	c->host_args[2] = addr;
	return call_then_other(c, SYS_seccomp, armed_after);
}

static long signalfd_after(struct call *c, long result)
{
	return result < 0 ? result : arm(c, result);
}

long pid_signalfd(struct call *c)
{
	return call_then(c, signalfd_after);
}

static bool is_signalfd(struct call *c, int fd)
{
	char path[64], target[64];

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", c->task->tid->host.n,
		 fd);
	return sys_readlink(path, target, sizeof(target)) > 0 &&
	       strcmp(target, "anon_inode:[signalfd]") == 0;
}

long pid_dup(struct call *c)
{
	return is_signalfd(c, (int)c->args[0]) ?
		call_then(c, signalfd_after) : call_pass(c);
}

/* One record, by way of the siginfo that it was made of. */
static bool translate_record(struct signalfd_siginfo *record,
			     const struct group *to)
{
	siginfo_t info = { 0 };
	bool inside;

	info.si_signo = (int)record->ssi_signo;
	info.si_code = record->ssi_code;
	info.si_pid = (pid_t)record->ssi_pid;
	info.si_uid = record->ssi_uid;
	if (info.si_code < 0)	/* else the bytes are si_status */
		info.si_value.sival_ptr =
			(void *)(uintptr_t)record->ssi_ptr;
	if (!signal_translate(&info, to, &inside))
		return false;
	record->ssi_code = info.si_code;
	record->ssi_pid = (uint32_t)info.si_pid;
	record->ssi_uid = info.si_uid;
	if (inside) {
		record->ssi_ptr = 0;
		record->ssi_int = 0;
	}
	return true;
}

/* Where the bytes of a read went: the caller's iovec, read once. */
static struct iovec vector[UIO_MAXIOV];

/* Copies @len bytes from offset @at of the vector's memory, or to it. */
static bool copy(struct call *c, size_t n, size_t at, void *buf, size_t len,
		 long (*one)(struct call *c, uint64_t addr, char *buf,
			     size_t len))
{
	char *next = buf;

	for (size_t i = 0; i < n && len > 0; i++) {
		size_t part = vector[i].iov_len;

		if (at >= part) {
			at -= part;
			continue;
		}
		part = part - at < len ? part - at : len;
		if (one(c, (uintptr_t)vector[i].iov_base + at, next, part) < 0)
			return false;
		next += part;
		len -= part;
		at = 0;
	}
	return len == 0;
}

static long get(struct call *c, uint64_t addr, char *buf, size_t len)
{
	return call_read(c, addr, buf, len);
}

static long put(struct call *c, uint64_t addr, char *buf, size_t len)
{
	return call_write(c, addr, buf, len);
}

static void translate_records(struct call *c, size_t n, long bytes)
{
	struct signalfd_siginfo record;
	const size_t len = sizeof(record);

	for (size_t at = 0; (long)(at + len) <= bytes; at += len)
		if (copy(c, n, at, &record, len, get) &&
		    translate_record(&record, c->task->group))
			copy(c, n, at, &record, len, put);
}

static long read_after(struct call *c, long result)
{
	vector[0].iov_base = (void *)(uintptr_t)c->args[1];
	vector[0].iov_len = c->args[2];
	translate_records(c, 1, result);
	return result;
}

static long readv_after(struct call *c, long result)
{
	size_t n = (size_t)c->args[2];

	if (result > 0 && n <= UIO_MAXIOV &&
	    call_read(c, c->args[1], vector, n * sizeof(vector[0])) == 0)
		translate_records(c, n, result);
	return result;
}

long pid_read(struct call *c)
{
	return is_signalfd(c, (int)c->args[0]) ? call_then(c, read_after) :
						 call_pass(c);
}

/* preadv2(2), too, which reads a signalfd when its offset is -1. */
long pid_readv(struct call *c)
{
	return is_signalfd(c, (int)c->args[0]) ? call_then(c, readv_after) :
						 call_pass(c);
}

long pid_fcntl(struct call *c)
{
	switch ((int)c->args[1]) {
	case F_SETOWN:
		return setown(c);
	case F_GETOWN:
		return call_then(c, getown_after);
	case F_SETOWN_EX:
		return setown_ex(c);
	case F_GETOWN_EX:
		return call_then(c, getown_ex_after);
	case F_GETLK:
	case F_OFD_GETLK:
		return call_then(c, getlk_after);
	case F_GETOWNER_UIDS:
		return call_then(c, getowner_uids_after);
	case F_DUPFD:
	case F_DUPFD_CLOEXEC:
		return pid_dup(c);
	default:	/* caught because of its descriptor */
		return call_pass(c);
	}
}
