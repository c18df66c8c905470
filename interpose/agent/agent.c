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
 * With a user namespace, a call that shows an owner writes into the agent's
 * stack; the program gets it when the ids have been mapped. Only a file of the
 * real user may have a record that says something else, and only one that the
 * table does not know may have one: then the supervisor is asked. Root inside,
 * whom no mode binds, opens the others natively.
 *
 * Freestanding, and on the guest's own stack, of which it takes little: no
 * library, no vector registers, no data of its own.
 */
#include <asm/errno.h>
#include <fcntl.h>
#include <asm/unistd_64.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include "interpose/agent/page.h"

#define SCAN_PROC 1	/* as entry.S has them */
#define SCAN_RELATIVE 2

#define STATX_DEV 0x88	/* offset of stx_dev_major */

/* As entry.S pushes it. */
struct frame {
	uint64_t nr;
	uint64_t args[6];
};

long agent_native(const struct frame *f);
int user_scan(const char *path);
int user_load(const uint64_t *from, uint64_t *to);
int user_put(void *to, const void *from, size_t words);
long agent_path(const struct frame *f);

#define VIEW ((const volatile struct agent_view *)AGENT_BASE)

/* The supervisor must look at it, or the kernel say what is wrong with it. */
static int is_suspect(const struct frame *f, int arg)
{
	uint32_t flags = VIEW->flags;
	int scan;

	if (flags & AGENT_ASKS)
		return 1;
	scan = user_scan((const char *)f->args[arg]);
	return scan < 0 || (scan & SCAN_PROC) ||
	       ((scan & SCAN_RELATIVE) && (flags & AGENT_FOLDER));
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
	struct frame other = {
		.nr = __NR_openat2,
		.args = { arg ? f->args[0] : (uint64_t)AT_FDCWD, f->args[arg],
			  (uint64_t)(uintptr_t)&how, sizeof(how) },
	};
	long fd;

	if (!(VIEW->flags & AGENT_OPENS))
		return 1;
	fd = agent_native(&other);
	if (fd >= 0) {
		other.nr = __NR_close;
		other.args[0] = (uint64_t)fd;
		agent_native(&other);
	}
	return fd >= 0 || fd == -ELOOP || fd == -ENOSYS || fd == -EPERM;
}

static long failed(const struct frame *f, int arg, long r)
{
	return r == -EFAULT || !meets_link(f, arg) ? r : AGENT_ASK;
}

/* ---- owners ---- */

/* What decides how the owners of a file show. */
struct looks {
	uint64_t dev, ino;
	uint64_t seconds, nanoseconds;	/* ctime */
	uint32_t uid, gid;
};

static uint32_t shown(const volatile struct agent_range *ranges,
		      unsigned int n, uint32_t id)
{
	for (unsigned int i = 0; i < n && i < AGENT_RANGES; i++)
		if (id - ranges[i].lower < ranges[i].count)
			return ranges[i].first + (id - ranges[i].lower);
	return AGENT_OVERFLOW;
}

/* May the file have a record? */
static int may_differ(const struct looks *looks)
{
	const volatile uint64_t *table = (const uint64_t *)AGENT_TABLE;
	uint64_t key;
	uint32_t place;

	if (looks->dev == VIEW->proc_dev)
		return 1;
	if (looks->uid != VIEW->users.own)
		return 0;
	key = agent_file_key(looks->dev, looks->ino, looks->seconds,
			     looks->nanoseconds);
	place = agent_file_place(key);
	return table[place] != key && table[place ^ 1] != key;
}

/*
 * Makes the ids what the program is to see. Return: whether that is all there
 * is to do.
 */
static int show(struct looks *looks)
{
	const volatile struct agent_users *users = &VIEW->users;
	uint64_t seq = users->seq;

	if (!seq || may_differ(looks))
		return 0;
	looks->uid = shown(users->uid, users->uids, looks->uid);
	looks->gid = shown(users->gid, users->gids, looks->gid);
	return users->seq == seq;
}

static void look(const struct stat *st, struct looks *looks)
{
	*looks = (struct looks){
		.dev = st->st_dev, .ino = st->st_ino,
		.seconds = (uint64_t)st->st_ctim.tv_sec,
		.nanoseconds = (uint64_t)st->st_ctim.tv_nsec,
		.uid = st->st_uid, .gid = st->st_gid,
	};
}

/* A stat into memory of the agent's own. */
static long look_at(const struct frame *f, int arg, uint64_t flags,
		    struct looks *looks)
{
	struct stat st;
	struct frame other = {
		.nr = __NR_newfstatat,
		.args = { arg ? f->args[0] : (uint64_t)AT_FDCWD, f->args[arg],
			  (uint64_t)(uintptr_t)&st, flags },
	};
	long r = agent_native(&other);

	if (r == 0)
		look(&st, looks);
	return r;
}

/* Root inside, and a file that is as it looks: the kernel may judge. */
static int is_root(void)
{
	return VIEW->users.seq && VIEW->users.root;
}

static long give(const void *from, uint64_t to, size_t len)
{
	return user_put((void *)to, from, len / 8) < 0 ? AGENT_ASK : 0;
}

static long show_stat(const struct frame *f, int at)
{
	struct frame other = *f;
	struct looks looks;
	struct stat st;
	long r;

	other.args[at] = (uint64_t)(uintptr_t)&st;
	r = agent_native(&other);
	if (r != 0)
		return r;
	look(&st, &looks);
	if (!show(&looks))
		return AGENT_ASK;
	st.st_uid = looks.uid;
	st.st_gid = looks.gid;
	return give(&st, f->args[at], sizeof(st));
}

#define STATX_NEEDED (STATX_UID | STATX_GID | STATX_INO | STATX_CTIME)

/* As stat(2) has it: new_encode_dev() */
static uint64_t device(uint32_t major, uint32_t minor)
{
	return (minor & 0xff) | major << 8 | (minor & ~UINT32_C(0xff)) << 12;
}

static long show_statx(const struct frame *f)
{
	struct frame other = *f;
	struct looks looks;
	struct statx st;
	long r;

	other.args[4] = (uint64_t)(uintptr_t)&st;
	r = agent_native(&other);
	if (r != 0)
		return r;
	if ((st.stx_mask & STATX_NEEDED) != STATX_NEEDED)
		return AGENT_ASK;
	looks = (struct looks){
		.dev = device(st.stx_dev_major, st.stx_dev_minor),
		.ino = st.stx_ino,
		.seconds = (uint64_t)st.stx_ctime.tv_sec,
		.nanoseconds = st.stx_ctime.tv_nsec,
		.uid = st.stx_uid, .gid = st.stx_gid,
	};
	if (!show(&looks))
		return AGENT_ASK;
	st.stx_uid = looks.uid;
	st.stx_gid = looks.gid;
	return give(&st, f->args[4], sizeof(st));
}

static int with_users(void)
{
	return VIEW->flags & AGENT_USERS;
}

/* ---- calls ---- */

/* What is made gets its owner from the supervisor. */
static int may_open(const struct frame *f, int arg, uint64_t flags)
{
	struct looks looks;

	if ((flags & (O_CREAT | __O_TMPFILE)) || !is_root())
		return 0;
	return look_at(f, arg, flags & O_NOFOLLOW ? AT_SYMLINK_NOFOLLOW : 0,
		       &looks) < 0 || !may_differ(&looks);
}

/* Landlock's EACCES can mean /proc, or the root folder. */
static long do_open(const struct frame *f, int arg)
{
	uint64_t flags = f->args[arg + 1];
	long r;

	if ((flags & O_PATH) || is_suspect(f, arg) ||
	    (with_users() && !may_open(f, arg, flags)))
		return AGENT_ASK;
	r = agent_native(f);
	if (r >= 0)
		return r;
	return r == -EACCES ? AGENT_ASK : failed(f, arg, r);
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
	if (is_suspect(f, arg))
		return AGENT_ASK;
	if (with_users()) {
		r = f->nr == __NR_statx ? show_statx(f) : show_stat(f, arg + 1);
		return r < 0 && r != AGENT_ASK ? failed(f, arg, r) : r;
	}
	r = agent_native(f);
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
	return VIEW->flags & AGENT_ASKS ? AGENT_ASK : show_stat(f, 1);
}

/* A folder of /proc lists the namespace's processes. */
static long do_list(const struct frame *f)
{
	if (VIEW->flags & (AGENT_ASKS | AGENT_FOLDER))
		return AGENT_ASK;
	return agent_native(f);
}

/* One whose result does not say where it was: stat does. */
static long do_other(const struct frame *f, int arg, uint64_t flags)
{
	struct looks looks;
	long r;

	if ((flags & AT_EMPTY_PATH) || is_suspect(f, arg))
		return AGENT_ASK;
	r = agent_native(f);
	if (r < 0)
		return failed(f, arg, r);
	if (look_at(f, arg, flags & AT_SYMLINK_NOFOLLOW, &looks) != 0 ||
	    looks.dev == VIEW->proc_dev)
		return AGENT_ASK;
	return r;
}

/* A mode that is not the real one can forbid what that allows, or allow it. */
static long do_access(const struct frame *f, uint64_t flags, int arg)
{
	struct looks looks;
	long r;

	if (!with_users())
		return do_other(f, arg, flags);
	if ((flags & AT_EMPTY_PATH) || !is_root() || is_suspect(f, arg))
		return AGENT_ASK;
	r = agent_native(f);
	if (r == -EACCES)
		return AGENT_ASK;
	if (r < 0)
		return failed(f, arg, r);
	if (look_at(f, arg, flags & AT_SYMLINK_NOFOLLOW, &looks) != 0 ||
	    may_differ(&looks))
		return AGENT_ASK;
	return r;
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
	case __NR_getdents64:
		return do_list(f);
	case __NR_access:
		return do_access(f, 0, 0);
	case __NR_readlink:
		return do_other(f, 0, AT_SYMLINK_NOFOLLOW);
	case __NR_faccessat:
		return do_access(f, 0, 1);
	case __NR_faccessat2:
		return do_access(f, args[3], 1);
	case __NR_readlinkat:
		return do_other(f, 1, AT_SYMLINK_NOFOLLOW);
	default:
		return AGENT_ASK;
	}
}
