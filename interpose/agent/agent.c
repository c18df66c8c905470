/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The agent in the guest's process: calls that take a path.
 *
 * Theory of operation. Nearly no path has to do with /proc, and the kernel
 * may run the call natively: from the one instruction that the filter knows.
 * What the supervisor would have to look at is asked instead, by an ordinary
 * caught call. This is no boundary: the text of a path may change after it
 * was looked at here. What keeps an open out of /proc is Landlock, and what a
 * stat may tell there is what a raced one tells without an agent, too.
 *
 * What owners have to do with it is in owners.c.
 *
 * The kernel is first to touch the program's memory: a fault in here would be
 * the program's end, since no tracer has to be there to mend it. So the call
 * is made, and then it is looked whether its result may stand; but an open is
 * seen by others, and the kernel is asked before whether the text is there.
 *
 * Freestanding, and on the guest's own stack, of which it takes little: no
 * library, no vector registers, no data of its own.
 */
#include "interpose/agent/agent.h"

#define PAGE 4096

#define SCAN_PROC 1	/* as entry.S has them */
#define SCAN_RELATIVE 2

#define STATX_DEV 0x88	/* offset of stx_dev_major */

/* Likewise, of calls with paths. */
static int asks_paths(void)
{
	return VIEW->flags & (AGENT_ASKS | AGENT_ROOTED);
}

/*
 * By a call that no filter looks at: rt_sigprocmask(2) reads a set, and then
 * finds that what is to be done with it is nothing.
 */
int is_readable(uint64_t at)
{
	const struct frame f = {
		.nr = __NR_rt_sigprocmask,
		.args = { (uint64_t)-1, at & ~(uint64_t)7, 0, 8 },
	};

	return at > 7 && agent_native(&f) != -EFAULT;
}

/* Where the kernel has not touched it yet: nobody has to be there to mend a fault. */
int is_text(const char *p)
{
	const char *end = p + PATH_MAX;

	while (p < end) {
		if (!is_readable((uint64_t)(uintptr_t)p))
			return 0;
		do {
			if (!*p++)
				return 1;
		} while ((uint64_t)(uintptr_t)p % PAGE);
	}
	return 0;
}

/*
 * The kernel has come to where the path in an argument leads, so it has read
 * the text, to its end. Some errors come ahead of that.
 */
static int has_read(long r)
{
	return r == 0 || r == -ENOENT || r == -ENOTDIR || r == -EACCES ||
	       r == -ELOOP;
}

/* The supervisor must look at it. The kernel has read the text. */
int is_suspect_text(const struct frame *f, int arg)
{
	uint32_t flags = VIEW->flags;
	int scan;

	if (asks_paths())
		return 1;
	scan = user_scan((const char *)f->args[arg]);
	return scan < 0 || (scan & SCAN_PROC) ||
	       ((scan & SCAN_RELATIVE) && (flags & AGENT_FOLDER));
}

/* Likewise, or the kernel say what is wrong with it. */
static int is_suspect(const struct frame *f, int arg)
{
	/* With users it is looked at before the kernel has touched it. */
	return asks_paths() ||
	       (with_users() && !is_text((const char *)f->args[arg])) ||
	       is_suspect_text(f, arg);
}

static void do_close(long fd)
{
	const struct frame f = { .nr = __NR_close, .args = { (uint64_t)fd } };

	agent_native(&f);
}

/*
 * A call that has failed: a link on disk that is met may lead to a process
 * that only the namespace has. One that ends in a link opens it itself.
 */
static int meets_link(const struct frame *f, int arg)
{
	const struct open_how how = {
		.flags = O_PATH | O_CLOEXEC | O_NOFOLLOW,
		.resolve = RESOLVE_NO_SYMLINKS,
	};
	const struct frame other = {
		.nr = __NR_openat2,
		.args = { base_of(f, arg), f->args[arg],
			  (uint64_t)(uintptr_t)&how, sizeof(how) },
	};
	long fd;

	if (!(VIEW->flags & AGENT_OPENS))
		return 1;
	fd = agent_native(&other);
	if (fd >= 0)
		do_close(fd);
	return fd >= 0 || fd == -ELOOP || fd == -ENOSYS || fd == -EPERM;
}

static long failed(const struct frame *f, int arg, long r)
{
	return r == -EFAULT || !meets_link(f, arg) ? r : AGENT_ASK;
}

/* ---- calls ---- */

/* An open file that nsrun may have a say in is closed again, and asked for. */
static long keep(long fd, int (*may_keep)(const struct looks *looks, long fd))
{
	const struct frame by_fd = { .args = { (uint64_t)fd } };
	struct looks looks;

	if (look_at(&by_fd, -1, 0, &looks) == 0 && may_keep(&looks, fd))
		return fd;
	do_close(fd);
	return AGENT_ASK;
}

static int is_elsewhere(const struct looks *looks, long fd)
{
	(void)fd;
	return looks->dev != VIEW->proc_dev;
}

/* What open(2) takes of its flags; O_LARGEFILE is not in libc's words. */
#define OPEN_LARGEFILE 0100000
#define OPEN_CREATES (O_CREAT | (O_TMPFILE & ~O_DIRECTORY))
#define OPEN_FLAGS                                                            \
	(O_ACCMODE | O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_APPEND |       \
	 O_NONBLOCK | O_SYNC | O_ASYNC | O_DIRECT | OPEN_LARGEFILE |          \
	 O_DIRECTORY | O_NOFOLLOW | O_NOATIME | O_CLOEXEC | O_PATH | O_TMPFILE)
#define OPEN_PATH_FLAGS (O_DIRECTORY | O_NOFOLLOW | O_PATH | O_CLOEXEC)

/* openat2(2), which is strict, in place of open(2): build_open_how() */
static long open_without_magic(const struct frame *f, int arg)
{
	uint64_t flags = f->args[arg + 1] & OPEN_FLAGS;
	struct open_how how = { .resolve = RESOLVE_NO_MAGICLINKS };
	const struct frame other = {
		.nr = __NR_openat2,
		.args = { base_of(f, arg), f->args[arg],
			  (uint64_t)(uintptr_t)&how, sizeof(how) },
	};

	how.flags = flags & O_PATH ? flags & OPEN_PATH_FLAGS : flags;
	if (how.flags & OPEN_CREATES)
		how.mode = f->args[arg + 2] & 07777;
	return agent_native(&other);
}

/* It may be what a net shows another of. The kernel has read it. */
static int is_of_sys(const char *path)
{
	return path[0] == '/' && path[1] == 's' && path[2] == 'y' &&
	       path[3] == 's' && path[4] == '/';
}

/*
 * May the kernel be asked? One with O_PATH opens nothing, and nobody sees that
 * it was there.
 */
static int may_try(const struct frame *f, int arg)
{
	uint64_t how = f->args[arg + 1];

	if (asks_paths() || (how & 0xffffffff & ~(uint64_t)OPEN_FLAGS))
		return 0;
	if (!with_users())
		return 1;
	return how & O_PATH ? may_go(f, arg, how & O_NOFOLLOW ?
						     AT_SYMLINK_NOFOLLOW : 0) :
			      may_open(f, arg);
}

/*
 * Landlock keeps it out of /proc, and the flag out of what the links there
 * lead to: EACCES and ELOOP. So it can come first, before its text is looked
 * at, which the kernel has read then. With O_PATH Landlock lets it through; and
 * with users alone there is none, but the file or its folder is looked at.
 * EACCES can be of the root folder, too.
 */
static long do_open(const struct frame *f, int arg)
{
	uint64_t how = f->args[arg + 1];
	long r;

	if (!may_try(f, arg))
		return AGENT_ASK;
	r = open_without_magic(f, arg);
	if (r >= 0 && is_of_sys((const char *)f->args[arg]) &&
	    is_suspect_text(f, arg)) {
		do_close(r);
		return AGENT_ASK;
	}
	if (r >= 0 && (how & O_PATH))
		return keep(r, is_elsewhere);
	if (r >= 0 && with_users() && may_open_first(f, arg))
		return keep(r, is_no_device);
	/* EINTR: it was there, and made us wait. */
	if (r >= 0 || r == -EFAULT || r == -EINTR)
		return r;
	if ((!has_read(r) && r != -EEXIST) || r == -EACCES || r == -ELOOP ||
	    is_suspect_text(f, arg))
		return AGENT_ASK;
	return failed(f, arg, r);
}

/*
 * With users. Where no folder on the way has a say the kernel reads the path
 * first; but it takes NULL for an empty one, since Linux 6.11.
 */
static long do_shown_stat(const struct frame *f, int arg, uint64_t flags)
{
	long r;

	if (f->nr == __NR_lstat)
		flags = AT_SYMLINK_NOFOLLOW;
	if ((flags & AT_EMPTY_PATH) && !f->args[arg])
		return AGENT_ASK;
	if (!searches_all() && (is_suspect(f, arg) || !may_go(f, arg, flags)))
		return AGENT_ASK;
	r = f->nr == __NR_statx ? show_statx(f) : show_stat(f, arg);
	if (r == 0 || r == -EFAULT)
		return r;
	/* A folder may be opened up for it. */
	if (!has_read(r) || r == -EACCES || is_suspect_text(f, arg))
		return AGENT_ASK;
	return failed(f, arg, r);
}

/* Is the path gone when there is a result? */
static int is_over_path(const struct frame *f, int arg)
{
	const int is_statx = f->nr == __NR_statx;
	uint64_t to = f->args[is_statx ? 4 : arg + 1];

	/* No more than that: the names of fts(3) lie right behind. */
	return f->args[arg] - to <
	       (is_statx ? sizeof(struct statx) : sizeof(struct stat));
}

/* A link on disk can lead into /proc: @at holds the device then. */
static long do_stat(const struct frame *f, int arg, uint64_t flags,
		    uint64_t at, uint64_t proc)
{
	uint64_t dev;
	long r;

	/* With AT_EMPTY_PATH the call is not caught at all. */
	if ((flags & AT_EMPTY_PATH) && !with_users())
		return agent_native(f);
	if (asks() || is_over_path(f, arg))
		return AGENT_ASK;
	if (with_users())
		return do_shown_stat(f, arg, flags);
	r = agent_native(f);
	if (r == -EFAULT)
		return r;
	if (!has_read(r) || is_suspect_text(f, arg))
		return AGENT_ASK;
	if (r != 0)
		return failed(f, arg, r);
	if (user_load((const uint64_t *)at, &dev) < 0 || dev == proc)
		return AGENT_ASK;
	return r;
}

static long do_fstat(const struct frame *f)
{
	if (!with_users())
		return agent_native(f);
	return asks() ? AGENT_ASK : show_stat(f, -1);
}

/* A folder of /proc lists the namespace's processes. */
static long do_list(const struct frame *f)
{
	if (VIEW->flags & (AGENT_ASKS | AGENT_FOLDER))
		return AGENT_ASK;
	return agent_native(f);
}

/* Reading from the start: a made file is made anew then. */
static long do_read_again(const struct frame *f)
{
	struct looks looks;

	if (asks() || (look_at(f, -1, 0, &looks) == 0 &&
		       looks.dev == VIEW->made_dev))
		return AGENT_ASK;
	return agent_native(f);
}

/* One whose result does not say where it was: stat does. */
static long do_there(const struct frame *f, int arg, uint64_t flags)
{
	struct looks looks;
	long there, r;

	if ((flags & AT_EMPTY_PATH) || asks_paths())
		return AGENT_ASK;
	/* First: what a link of /proc holds is not for the program to see. */
	there = look_at(f, arg, flags & AT_SYMLINK_NOFOLLOW, &looks);
	if (!has_read(there) || is_suspect_text(f, arg) ||
	    (there == 0 && looks.dev == VIEW->proc_dev))
		return AGENT_ASK;
	r = agent_native(f);
	if (r == -EACCES && with_users())
		return AGENT_ASK;
	if (r < 0)
		return failed(f, arg, r);
	return there != 0 ? AGENT_ASK : r;
}

static long do_other(const struct frame *f, int arg, uint64_t flags)
{
	if (with_users() && (asks_paths() || !may_go(f, arg, flags)))
		return AGENT_ASK;
	return do_there(f, arg, flags);
}

static long do_own_ids(const struct frame *f)
{
	if (asks() || !with_users())
		return AGENT_ASK;
	switch (f->nr) {
	case __NR_getresuid:
	case __NR_getresgid:
		return agent_three_ids(f);
	case __NR_getgroups:
		return agent_groups(f);
	case __NR_setuid:
	case __NR_setgid:
		return agent_stay(f);
	default:
		return AGENT_ASK;
	}
}

/* ---- waits ---- */

#define BIRTHS ((volatile struct agent_birth *)AGENT_BIRTHS)

/* The host's number of a child that was made by the agent; 0: not known. */
static int host_of(int nr)
{
	for (int i = 0; i < AGENT_BIRTHS_MAX; i++)
		if (BIRTHS[i].number == (uint32_t)nr &&
		    BIRTHS[i].child_done != AGENT_BIRTH_WAITED)
			return (int)BIRTHS[i].host;
	return 0;
}

/* Its number can be another's now. The parent may not have read it yet. */
static void forget_child(long host)
{
	for (int i = 0; i < AGENT_BIRTHS_MAX; i++)
		if (BIRTHS[i].host == (uint32_t)host)
			BIRTHS[i].child_done = AGENT_BIRTH_WAITED;
}

/* The numbers are the supervisor's to change; the wait is the kernel's. */
static long wait_for(struct frame *native, int arg, int who)
{
	long host = who > 0 ? host_of(who) : 0, r;

	if (host > 0) {
		native->args[arg] = (uint64_t)host;
		r = agent_native(native);
		/* One that was waited for already: it may be another's number. */
		if (r != -ECHILD)
			return r;
	}
	host = tell(AGENT_CALL_WAIT, (uint64_t)(int64_t)who);
	if (host <= 0)
		return AGENT_ASK;
	native->args[arg] = (uint64_t)(who > 0 || arg ? host : -host);
	return agent_native(native);
}

static long waited(long host)
{
	forget_child(host);
	return tell(AGENT_CALL_WAITED, (uint64_t)host);
}

static long do_wait(const struct frame *f)
{
	struct frame native = *f;
	int who = (int)f->args[0];
	long r;

	if (asks())
		return AGENT_ASK;
	r = who > 0 || who < -1 ? wait_for(&native, 0, who) :
				  agent_native(&native);
	return r > 0 ? waited(r) : r;
}

/* As the kernel has it; it is what tells where the program's may end. */
static long do_waitid(const struct frame *f)
{
	struct frame native = *f;
	siginfo_t mine, *info = (siginfo_t *)f->args[2];
	const int which = (int)f->args[0], who = (int)f->args[1];
	long r;

	/* It tells of whom the child was, too. */
	if (asks() || with_users())
		return AGENT_ASK;
	if (!info)
		info = &mine;
	native.args[2] = (uint64_t)(uintptr_t)info;
	if (which != P_PID && which != P_PGID)
		r = agent_native(&native);
	else
		r = who > 0 ? wait_for(&native, 1,
				       which == P_PID ? who : -who) :
			      AGENT_ASK;
	if (r != 0 || info->si_pid <= 0)
		return r;
	r = waited(info->si_pid);
	if (r == AGENT_ASK)
		return r;
	info->si_pid = (int)r;
	return 0;
}

/* A mode that is not the real one can forbid what that allows, or allow it. */
static long do_access(const struct frame *f, uint64_t flags, int arg)
{
	struct looks looks;
	long r;

	if (!with_users())
		return do_other(f, arg, flags);
	if ((flags & AT_EMPTY_PATH) || asks() || !is_self() ||
	    is_suspect(f, arg) || !may_go(f, arg, flags))
		return AGENT_ASK;
	r = agent_native(f);
	if (r == -EACCES)
		return AGENT_ASK;
	if (r < 0)
		return failed(f, arg, r);
	if (look_at(f, arg, flags & AT_SYMLINK_NOFOLLOW, &looks) != 0 ||
	    may_differ(&looks, f, arg, flags))
		return AGENT_ASK;
	return r;
}

/* @arg -1: no path, but a descriptor. */
static long do_change(const struct frame *f, int arg,
		      long (*change)(const struct frame *f, int arg))
{
	if (!with_users() || asks() || (arg >= 0 && is_suspect(f, arg)))
		return AGENT_ASK;
	return change(f, arg);
}

/* Likewise; without users the kernel changes what does not lie in /proc. */
static long do_change_at(const struct frame *f, int arg, uint64_t flags,
			 long (*change)(const struct frame *f, int arg))
{
	return with_users() ? do_change(f, arg, change) :
			      do_there(f, arg, flags);
}

/* The folder that the task works in; a locked one is opened up. */
static long do_enter(const struct frame *f)
{
	long r;

	if (asks_paths() ||
	    (with_users() && !may_enter(f, f->nr == __NR_fchdir ? -1 : 0)))
		return AGENT_ASK;
	r = f->nr == __NR_fchdir ? agent_native(f) : do_there(f, 0, 0);
	return r == -EACCES ? AGENT_ASK : r;
}

/* Without a path it is the descriptor's file. */
static long do_times(const struct frame *f)
{
	if (asks_paths() ||
	    (with_users() && !may_touch(f, f->args[1] ? 1 : -1, f->args[3])))
		return AGENT_ASK;
	return f->args[1] ? do_there(f, 1, f->args[3]) : agent_native(f);
}

/* Descriptors by their links: what tar and others change is not open. */
static long do_chmod(const struct frame *f)
{
	int fd = with_users() && !asks_paths() ? own_descriptor(f, 0) : -1;

	return fd < 0 ? do_change_at(f, 0, 0, agent_chmod) :
			agent_chmod_own(f, fd);
}

static long do_symlink(const struct frame *f, uint64_t dirfd, uint64_t path)
{
	const struct frame named = { .args = { dirfd, path } };

	if (!with_users() || asks() || is_suspect(&named, 1))
		return AGENT_ASK;
	return agent_symlink(f, &named);
}

/* Names come and go by the kernel, for whom no mode binds. */
static long do_names(const struct frame *f)
{
	long r;

	if (!is_root() || asks_paths())
		return AGENT_ASK;
	r = agent_native(f);
	return r == -EACCES ? AGENT_ASK : r;
}

long agent_path(const struct frame *f)
{
	const uint64_t *args = f->args;

	switch (f->nr) {
	case __NR_open:
		return do_open(f, 0);
	case __NR_openat:
		return do_open(f, 1);
	case __NR_fstat:
		return do_fstat(f);
	case __NR_stat:
	case __NR_lstat:
		return do_stat(f, 0, 0, args[1], VIEW->proc_dev);
	case __NR_newfstatat:
		return do_stat(f, 1, args[3], args[2], VIEW->proc_dev);
	case __NR_statx:
		return do_stat(f, 1, args[2], args[4] + STATX_DEV,
			       VIEW->proc_statx);
	case __NR_chdir:
	case __NR_fchdir:
		return do_enter(f);
	case __NR_utimensat:
		return do_times(f);
	case __NR_unlink:
	case __NR_unlinkat:
	case __NR_rmdir:
	case __NR_rename:
	case __NR_renameat:
	case __NR_renameat2:
	case __NR_link:
	case __NR_linkat:
		return do_names(f);
	case __NR_fchown:
		return do_change(f, -1, agent_chown);
	case __NR_chown:
		return do_change_at(f, 0, 0, agent_chown);
	case __NR_lchown:
		return do_change_at(f, 0, AT_SYMLINK_NOFOLLOW, agent_chown);
	case __NR_fchownat:
		return do_change_at(f, 1, args[4], agent_chown);
	case __NR_fchmod:
		return do_change(f, -1, agent_chmod);
	case __NR_chmod:
		return do_chmod(f);
	case __NR_symlink:
		return do_symlink(f, (uint64_t)AT_FDCWD, args[1]);
	case __NR_symlinkat:
		return do_symlink(f, args[1], args[2]);
	case __NR_fchmodat:
		return do_change_at(f, 1, 0, agent_chmod);
	case __NR_mkdir:
		return do_change(f, 0, agent_mkdir);
	case __NR_mkdirat:
		return do_change(f, 1, agent_mkdir);
	case __NR_getdents64:
		return do_list(f);
	case __NR_lseek:
	case __NR_pread64:
		return do_read_again(f);
	case __NR_kill:
	case __NR_tkill:
	case __NR_tgkill:
		return agent_send(f);
	case __NR_sched_getaffinity:
	case __NR_sched_setaffinity:
	case __NR_sched_getparam:
	case __NR_sched_setparam:
	case __NR_sched_getscheduler:
	case __NR_sched_setscheduler:
	case __NR_sched_getattr:
	case __NR_sched_setattr:
	case __NR_get_robust_list:
	case __NR_prlimit64:
		return agent_ask_own(f, 0);
	case __NR_getpriority:
	case __NR_ioprio_get:
		return agent_ask_own(f, 1);
	case __NR_rt_sigaction:
		return agent_sigaction(f);
	case __NR_wait4:
		return do_wait(f);
	case __NR_waitid:
		return do_waitid(f);
	case __NR_access:
		return do_access(f, 0, 0);
	case __NR_statfs:
		return do_other(f, 0, 0);
	case __NR_readlink:
		return do_other(f, 0, AT_SYMLINK_NOFOLLOW);
	case __NR_faccessat:
		return do_access(f, 0, 1);
	case __NR_faccessat2:
		return do_access(f, args[3], 1);
	case __NR_readlinkat:
		return do_other(f, 1, AT_SYMLINK_NOFOLLOW);
	default:
		return do_own_ids(f);
	}
}
