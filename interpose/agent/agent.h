/* SPDX-License-Identifier: Apache-2.0 */
/* Within the agent: what its files share. Nothing of it is the supervisor's. */
#ifndef NSRUN_AGENT_AGENT_H
#define NSRUN_AGENT_AGENT_H

#include <asm/errno.h>
#include <fcntl.h>
#include <asm/unistd_64.h>
#include <linux/limits.h>
#include <linux/openat2.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/ucontext.h>
#include <sys/wait.h>
#include <time.h>
#include "interpose/agent/page.h"

#ifndef __NR_listxattrat
#define __NR_listxattrat 465	/* Linux 6.13 */
#endif

/* As entry.S pushes it. */
struct frame {
	uint64_t nr;
	uint64_t args[6];
};

#define VIEW ((const volatile struct agent_view *)AGENT_BASE)

/* Is every call to be made as a caught one? */
static inline int asks(void)
{
	return VIEW->flags & AGENT_ASKS;
}

/* Where the path in @arg begins. */
static inline uint64_t base_of(const struct frame *f, int arg)
{
	return arg ? f->args[0] : (uint64_t)AT_FDCWD;
}

/* ---- entry.S ---- */

long agent_native(const struct frame *f);

/* One of the calls that Linux does not have: page.h. */
static inline long tell(uint64_t nr, uint64_t arg)
{
	const struct frame f = { .nr = nr, .args = { arg } };

	return agent_native(&f);
}

/*
 * The program's memory. A fault gives a negative value, where a tracer is there
 * to see to that: so it is with users.
 */
int user_scan(const char *path);
int user_load(const uint64_t *from, uint64_t *to);
int user_put(void *to, const void *from, uint64_t words);
int user_copy(char *to, const char *from, uint64_t size);

/* ---- agent.c: what entry.S calls ---- */

long agent_path(const struct frame *f);

/* Can the eight bytes that @at lies in be read? They are in one page. */
int is_readable(uint64_t at);

/* Can the whole text be read? */
int is_text(const char *p);

/* Is the path for the supervisor to look at? The kernel has read it. */
int is_suspect_text(const struct frame *f, int arg);

/* ---- signals.c: rt_sigaction, and what entry.S calls for a signal ---- */

long agent_sigaction(const struct frame *f);
uint64_t agent_signal(int sig, siginfo_t *info, ucontext_t *context);

/* ---- send.c: what a program says to, or asks of, itself ---- */

long agent_send(const struct frame *f);
long agent_ask_own(const struct frame *f, int arg);

/* ---- owners.c ---- */

/* What decides how the owners of a file show. */
struct looks {
	uint64_t dev, ino;
	uint64_t seconds, nanoseconds;	/* ctime */
	uint32_t uid, gid, mode;
	uint64_t size;		/* not by statx(2) */
};

/*
 * The file that argument @arg of @f names, after its folder's descriptor if
 * that is not 0; -1: argument 0 is a descriptor. @flags: AT_
 */
long look_at(const struct frame *f, int arg, uint64_t flags,
	     struct looks *looks);

/* May it have a record, or is it of /proc? @looks is how it was. */
int may_differ(const struct looks *looks, const struct frame *f, int arg,
	       uint64_t flags);

/*
 * Is the process root inside, under the user's own id, and known to be? Does no
 * folder keep it out? Is it that user at all?
 */
int is_root(void);
int searches_all(void);
int is_self(void);
int with_users(void);

/*
 * Is each folder on the way to the path in @arg for the kernel to judge, who
 * says what the supervisor would? Not where links are in it.
 */
int may_go(const struct frame *f, int arg, uint64_t flags);

/* The program gets what the kernel says, but for the ids. */
long show_stat(const struct frame *f, int arg);
long show_statx(const struct frame *f);

/* What the view says of the process's own ids, with users. */
long agent_three_ids(const struct frame *f);
long agent_groups(const struct frame *f);
long agent_stay(const struct frame *f);

/* May the kernel open the path in @arg? */
int may_open(const struct frame *f, int arg);

/*
 * Was nothing asked about the file for that? By a mode root is not bound; and
 * is the open file @fd none that stands for a device?
 */
int may_open_first(const struct frame *f, int arg);
int is_no_device(const struct looks *looks, long fd);

/* And enter the folder, and set the file's times? @arg as for look_at(). */
int may_enter(const struct frame *f, int arg);
int may_touch(const struct frame *f, int arg, uint64_t flags);

/* The descriptor whose link in /proc/self/fd the path in @arg is, or -1. */
int own_descriptor(const struct frame *f, int arg);

/* mkdir, chown, chmod and their like. @named: { dirfd, path } */
long agent_symlink(const struct frame *f, const struct frame *named);
long agent_chmod_own(const struct frame *f, int fd);	/* by that link */
long agent_mkdir(const struct frame *f, int arg);
long agent_chown(const struct frame *f, int arg);
long agent_chmod(const struct frame *f, int arg);

#endif
