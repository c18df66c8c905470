/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nsrun's own system calls: each returns a value, or a negative errno.
 * Constants that the build machine's headers may lack are here too.
 */
#ifndef NSRUN_SYS_H
#define NSRUN_SYS_H

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include "tables/pids.h"

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif
#ifndef SECCOMP_ADDFD_FLAG_SEND
#define SECCOMP_ADDFD_FLAG_SEND (1UL << 1)
#endif
#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS _IOW('!', 4, uint64_t)
#endif
#ifndef SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP
#define SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP (1UL << 0)
#endif

#ifndef PIDFD_THREAD
#define PIDFD_THREAD O_EXCL
#endif

/* Larger than any pid that the kernel can give out: for "no such process". */
#define SYS_NO_PID 0x7fffffff

/* Any system call by number, for those that libc does not wrap. */
long sys_call(long nr, uint64_t a, uint64_t b, uint64_t c, uint64_t d,
	      uint64_t e, uint64_t f);

long sys_result(long libc_result);	/* -1 with errno to -errno */

long sys_read(int fd, void *buf, size_t len);	/* repeats at EINTR */
long sys_write_all(int fd, const void *buf, size_t len);
long sys_ioctl(int fd, unsigned long request, void *arg);	/* likewise */

/* Real ids of the user who runs nsrun: asked once, as they stay. */
uint32_t sys_uid(void);
uint32_t sys_gid(void);

/* Kernel's getpgid(2), getsid(2) of a host process. */
long sys_getpgid(host_pid pid);
long sys_getsid(host_pid pid);

/* Is there a process or zombie with this host number? */
bool sys_exists(host_pid pid);
long sys_kill(host_pid pid, int sig);
long sys_tgkill(host_pid tgid, host_pid tid, int sig);
long sys_sigqueue(host_pid tgid, int sig, siginfo_t *info);
long sys_tgsigqueue(host_pid tgid, host_pid tid, int sig, siginfo_t *info);

/*
 * The memory of a task: all of @len or an error; -EFAULT where it is not
 * mapped or not accessible.
 */
long sys_vm_read(host_pid tid, uint64_t addr, void *buf, size_t len);
long sys_vm_write(host_pid tid, uint64_t addr, const void *buf, size_t len);
/* Likewise, protected or not, as a tracer may; private pages are copied. */
long sys_mem_write(host_pid tid, uint64_t addr, const void *buf, size_t len);
/* @n pieces in this order, up to one that can't be written: 0 or -EFAULT. */
long sys_vm_write_all(host_pid tid, const struct iovec *to,
		      const struct iovec *from, size_t n);
/* Ahead of each event: by now a task can have another memory. */
void sys_mem_release(void);
/* The same with one word of a stopped task. */
long sys_poke(host_pid tid, uint64_t addr, uint64_t word);
/* As much as can be read, 0 to @len. */
long sys_vm_read_some(host_pid tid, uint64_t addr, void *buf, size_t len);

/*
 * A small file of /proc as text, cut at @size - 1 and ended with a 0.
 * Return: its length.
 */
long sys_read_file(const char *path, char *buf, size_t size);
long sys_readlink(const char *path, char *buf, size_t size);

/*
 * Opens the file at a path that was resolved before: -ELOOP if there is a link
 * in it now. Who changes the path meanwhile leads nsrun nowhere, to its own
 * descriptors (/proc/self) least of all.
 */
long sys_open_resolved(const char *path, int flags, unsigned int mode);

/* Opens a program to read it: -EACCES for what is no plain file. */
long sys_open_program(const char *path);

/* The real parent of a process, from /proc/PID/stat. */
long sys_parent(host_pid pid, host_pid *ret_parent);

/* The parent, faster, where the kernel can (Linux 6.13). */
long sys_parent_fast(host_pid pid, host_pid *ret_parent);

/* /proc/TID/status, in a buffer of so many bytes. Return: its length. */
#define SYS_STATUS_MAX 8192
long sys_read_status(host_pid tid, char *buf, size_t size);

/* The number behind @key ("\nUmask:") in it; 0 if it is not there. */
uint64_t sys_status_field(const char *status, const char *key, int base);

/* The umask of a task, 022 if it can't be read. */
unsigned int sys_umask(host_pid tid);

/* Does the calling process trace it? */
bool sys_is_tracee(host_pid tid);

/* The state letter of a thread, from /proc; 0 when it is gone. */
char sys_state(host_pid tid);

/* Signal sets of a process, from /proc/PID/status: bit N-1 is signal N. */
struct sys_signals {
	uint64_t caught, ignored, blocked, pending;
};
long sys_signals(host_pid pid, struct sys_signals *ret_signals);

/* How many filters a task has, from the same file; Linux 5.10. */
long sys_seccomp_filters(host_pid tid);

/*
 * The process that the pidfd @fd of task @tid names; -EBADF if it is none. One
 * that has been reaped is -1.
 */
long sys_pidfd_process(host_pid tid, int fd, host_pid *ret_pid);

/* Likewise for a folder /proc/PID, which pidfd_send_signal(2) takes, too. */
long sys_folder_process(host_pid tid, int fd, host_pid *ret_pid);

/*
 * fork(2). From before the child runs, the parent, or the child if
 * @child_is_shut, is none that others of the same user may look into.
 */
long sys_fork_shut(bool child_is_shut);

/* A table of descriptors of its own, with what is in the shared one. */
long sys_unshare_files(void);

/*
 * The open file behind descriptor @fd of task @tid, as one of ours:
 * pidfd_getfd(2). Return: a descriptor or a negative errno, -EPERM where an
 * outer filter refuses it.
 */
long sys_borrow(host_pid tid, int fd);

/*
 * Is @fd one of the last that there can be? They are for calls; what is to be
 * held as long as programs want must not have them.
 */
bool sys_is_reserved(int fd);

/*
 * The file behind it, opened again, to be asked: no socket, and with a
 * position of its own. Likewise.
 */
long sys_reopen(host_pid tid, int fd);

/* The position of the open file. Return: it, or a negative errno. */
long sys_position(host_pid tid, int fd);

/*
 * The int @name of the socket @fd of task @tid: 0, or what the kernel says of
 * it (-EBADF, -ENOTSOCK), or of the way to it.
 */
long sys_peek_sockopt(host_pid tid, int fd, int level, int name,
		      int *ret_value);

/*
 * Nanoseconds that the calling process has run. By it others have their turn:
 * that the processor is busy with something else is no reason.
 */
int64_t sys_cpu_time(void);

#define SYS_TURN_NS 100000000 /* of one call, while others wait */

void sys_close(int *fd);	/* takes -1; for __attribute__((cleanup)) */

#define _cleanup_close_ __attribute__((cleanup(sys_close)))

#endif
