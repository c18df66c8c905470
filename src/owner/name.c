/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls that take names out of folders, or give files further ones. Follows
 * fs/namei.c.
 *
 * To the kernel all users inside are one, who may do that in each folder of
 * his. So who is bound by modes inside is refused here what they forbid, and
 * the rest, with all other errors, is the kernel's. A folder that is locked
 * to its own user is opened up for root inside.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "src/host/sys.h"
#include "src/owner/owner.h"
#include "src/task/task.h"
#include "src/view/walk.h"

/* A name in a folder, and what it leads to. */
struct entry {
	int dirfd;
	char path[VIEW_GUEST_PATH_MAX];
	dev_t dev; /* of the folder */
	ino_t ino;
	bool there;
	struct file file;
	struct owner_seen seen;
};

#define _cleanup_entry_ __attribute__((cleanup(entry_close)))

static void entry_close(struct entry *e)
{
	file_close(&e->file);
}

/* Return: 0; -ENOENT and the like: the kernel is to say what is wrong. */
static long entry_find(struct call *c, int dirfd, uint64_t addr, int flags,
		       struct entry *e)
{
	long r = view_read_path(c, addr, e->path);

	e->dirfd = dirfd;
	e->there = false;
	if (r < 0)
		return r;
	r = file_find_text(c, dirfd, e->path, flags, &e->file);
	e->there = r == 0;
	if (e->there)
		owner_see(c->task, &e->file, &e->seen);
	return r == 0 || r == -ENOENT ? 0 : -ENOENT;
}

/* check_sticky() */
static bool is_kept(const struct task *task, const struct owner_seen *folder,
		    const struct owner_who *who, const struct entry *e)
{
	struct owner_who over;

	return e->there && folder->mode & S_ISVTX &&
	       e->seen.uid != who->uid && folder->uid != who->uid &&
	       owner_who(task, &e->seen, &over) == 0 &&
	       !owner_capable(&over, CAP_FOWNER);
}

/* may_delete() of what is there, may_create() of what is not */
static long may_name(struct call *c, struct entry *e)
{
	_cleanup_file_ struct file folder = FILE_NONE;
	struct owner_seen seen;
	struct owner_who who;
	long r = file_find_folder(c, e->dirfd, e->path, &folder);

	if (r)
		return 0;
	e->dev = folder.st.st_dev;
	e->ino = folder.st.st_ino;
	r = owner_may_fill(c->task, &folder, &seen, &who);
	if (r < 0)
		return r;
	return is_kept(c->task, &seen, &who, e) ? -EPERM : 0;
}

static long remove_name(struct call *c, int dirfd, int arg)
{
	_cleanup_entry_ struct entry e = { .file = FILE_NONE };
	long r = entry_find(c, dirfd, c->args[arg], AT_SYMLINK_NOFOLLOW, &e);

	if (r == 0 && e.there)
		r = may_name(c, &e);
	return r == 0 || r == -ENOENT ? call_pass(c) : r;
}

long owner_unlink(struct call *c)
{
	return remove_name(c, AT_FDCWD, 0);
}

long owner_unlinkat(struct call *c)
{
	return remove_name(c, (int)c->args[0], 1);
}

/* ---- rename ---- */

/* A folder that moves gets another "..": that is a change of it. */
static long may_move(struct call *c, const struct entry *e,
		     const struct entry *to)
{
	struct owner_who who;

	if (!e->there || !S_ISDIR(e->seen.mode) ||
	    (e->dev == to->dev && e->ino == to->ino) ||
	    !file_is_own(&e->file) || owner_who(c->task, &e->seen, &who) < 0)
		return 0;
	return owner_permission(&who, &e->seen, OWNER_WRITE);
}

static long may_rename(struct call *c, struct entry *from, struct entry *to,
		       unsigned int flags)
{
	long r = may_name(c, from);

	if (r == 0)
		r = may_name(c, to);
	if (r == 0)
		r = may_move(c, from, to);
	if (r == 0 && flags & RENAME_EXCHANGE)
		r = may_move(c, to, from);
	return r;
}

/* @from, @to: a descriptor's argument, or -1; the path comes after it. */
static long do_rename(struct call *c, int from, int to, unsigned int flags)
{
	_cleanup_entry_ struct entry one = { .file = FILE_NONE };
	_cleanup_entry_ struct entry other = { .file = FILE_NONE };
	long r = entry_find(c, from < 0 ? AT_FDCWD : (int)c->args[from],
			    c->args[from < 0 ? 0 : from + 1],
			    AT_SYMLINK_NOFOLLOW, &one);

	if (r == 0)
		r = entry_find(c, to < 0 ? AT_FDCWD : (int)c->args[to],
			       c->args[to < 0 ? 1 : to + 1],
			       AT_SYMLINK_NOFOLLOW, &other);
	if (r < 0 || !one.there ||
	    (other.there && flags & RENAME_NOREPLACE))
		return call_pass(c);
	r = may_rename(c, &one, &other, flags);
	return r < 0 ? r : call_pass(c);
}

long owner_rename(struct call *c)
{
	return do_rename(c, -1, -1, 0);
}

long owner_renameat(struct call *c)
{
	return do_rename(c, 0, 2, 0);
}

long owner_renameat2(struct call *c)
{
	return do_rename(c, 0, 2, (unsigned int)c->args[4]);
}

/* ---- link ---- */

/* fs.protected_hardlinks */
static bool links_protected(void)
{
	static int known = -1;
	char text[16];

	if (known < 0)
		known = sys_read_file("/proc/sys/fs/protected_hardlinks", text,
				      sizeof(text)) > 0 && text[0] == '1';
	return known;
}

/* may_linkat() */
static long may_link(struct call *c, const struct entry *e)
{
	const uint32_t runs = S_ISGID | S_IXGRP;
	struct owner_who who;

	if (!links_protected() || owner_who(c->task, &e->seen, &who) < 0 ||
	    owner_is(&who, &e->seen))
		return 0;
	if (S_ISREG(e->seen.mode) && !(e->seen.mode & S_ISUID) &&
	    (e->seen.mode & runs) != runs &&
	    owner_permission(&who, &e->seen, OWNER_READ | OWNER_WRITE) == 0)
		return 0;
	return -EPERM;
}

static long do_link(struct call *c, int from, int to, int flags)
{
	_cleanup_entry_ struct entry one = { .file = FILE_NONE };
	_cleanup_entry_ struct entry other = { .file = FILE_NONE };
	int how = (flags & AT_EMPTY_PATH) |
		  (flags & AT_SYMLINK_FOLLOW ? 0 : AT_SYMLINK_NOFOLLOW);
	long r = entry_find(c, from < 0 ? AT_FDCWD : (int)c->args[from],
			    c->args[from < 0 ? 0 : from + 1], how, &one);

	if (r == 0)
		r = entry_find(c, to < 0 ? AT_FDCWD : (int)c->args[to],
			       c->args[to < 0 ? 1 : to + 1],
			       AT_SYMLINK_NOFOLLOW, &other);
	if (r < 0 || !one.there || other.there)
		return call_pass(c);
	r = may_link(c, &one);
	if (r == 0)
		r = may_name(c, &other);
	return r < 0 ? r : call_pass(c);
}

long owner_link(struct call *c)
{
	return do_link(c, -1, -1, 0);
}

long owner_linkat(struct call *c)
{
	return do_link(c, 0, 2, (int)c->args[4]);
}
