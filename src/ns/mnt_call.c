/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mount(2), umount2(2) and pivot_root(2) in a mount namespace, as path_mount()
 * and its relatives in fs/namespace.c have them, in their order of checks.
 *
 * Where there is none that could be changed, two things are accepted all the
 * same: what a tool does to see the processes of a new pid namespace (/proc
 * shows each task its own already), and /proc in a folder that is somebody's
 * root, where it is shown to who has that root.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <utlist.h>
#include "src/call.h"
#include "src/host/sys.h"
#include "src/ns/mnt.h"
#include "src/ns/mnt_busy.h"
#include "src/ns/user_cred.h"
#include "src/owner/file.h"
#include "src/task/task.h"
#include "src/view/root.h"
#include "src/view/spot.h"

#define WORD_MAX 64
#define DATA_MAX 160

/* What a path of such a call leads to. */
struct target {
	struct mount *mnt; /* borrowed */
	struct spot *spot; /* owned */
	bool in_proc;
};

#define _cleanup_target_ __attribute__((cleanup(target_close)))

static void target_close(struct target *target)
{
	spot_put(target->spot);
}

static bool may_mount(const struct task *task)
{
	return user_cred_capable(task->cred, task->nsproxy->mnt_owner,
				 CAP_SYS_ADMIN);
}

/* A file of /proc: the host's, whose number its path may need. */
static long open_in_proc(struct call *c, const char *rest)
{
	const struct walk walk = { .follow = true };
	char path[VIEW_GUEST_PATH_MAX], host[VIEW_PATH_MAX];
	struct place place;
	long r;

	if ((size_t)snprintf(path, sizeof(path), "/proc%s", rest) >=
	    sizeof(path))
		return -ENAMETOOLONG;
	r = view_locate_text(c, AT_FDCWD, path, walk, &place);
	if (r == 0 && place.where != WHERE_PROC)
		return -EPERM;
	if (r == 0)
		r = view_host_path(c->task, &place, host);
	return r < 0 ? r
		     : sys_result(open(host, O_PATH | O_CLOEXEC | O_NOFOLLOW));
}

/* @how ROOT_KEEP: a link is none of it, or ROOT_FOLLOW. */
static long find(struct call *c, const char *path, enum root_how how,
		 struct target *ret_to)
{
	struct reached to = { .at = -1 };
	long r = root_walk(c->task, AT_FDCWD, path, how, &to);

	if (r < 0)
		return r;
	if (to.in_proc && to.rest[strspn(to.rest, "/")]) {
		sys_close(&to.at);
		r = open_in_proc(c, to.rest);
		to.at = (int)r;
		to.in_proc = false;
		ret_to->in_proc = true;
	}
	if (r >= 0)
		r = root_go_down(&to);
	if (r < 0) {
		sys_close(&to.at);
		return r;
	}
	ret_to->mnt = to.mnt;
	r = spot_hold(to.at, &ret_to->spot);
	return r == 0 && !to.mnt ? -EINVAL : r;
}

static long find_at(struct call *c, uint64_t addr, enum root_how how,
		    struct target *ret_to)
{
	char path[VIEW_GUEST_PATH_MAX];
	long r = root_own_path(c, addr, path);

	return r < 0 ? r : find(c, path, how, ret_to);
}

/* path_mounted() */
static bool is_mounted(const struct target *to)
{
	return to->mnt->root == to->spot;
}

static bool is_ours(const struct call *c, const struct target *to)
{
	return to->mnt->tree == &c->task->nsproxy->mnt->mounts;
}

/* ---- flags ---- */

#define ATIME_FLAGS (MS_NOATIME | MS_NODIRATIME | MS_RELATIME)

static unsigned int flags_of(unsigned long flags, const struct mount *old)
{
	unsigned int own = (unsigned int)flags & MOUNT_FLAGS & ~MS_RELATIME;

	if (!(flags & MS_NOATIME))
		own |= MS_RELATIME;
	if (flags & MS_STRICTATIME)
		own &= ~(unsigned int)(MS_RELATIME | MS_NOATIME);
	/* A remount that says nothing of it keeps it. */
	if (old && !(flags & (ATIME_FLAGS | MS_STRICTATIME)))
		own = (own & ~(unsigned int)ATIME_FLAGS) |
		      (old->flags & ATIME_FLAGS);
	return own;
}

/* can_change_locked_flags() */
static bool may_change(const struct mount *mount, unsigned int flags)
{
	const unsigned int kinds = MS_RDONLY | MS_NODEV | MS_NOSUID | MS_NOEXEC;

	if (mount->kept & kinds & ~flags)
		return false;
	return !(mount->kept & MOUNT_KEEPS_ATIME) ||
	       (mount->flags & ATIME_FLAGS) == (flags & ATIME_FLAGS);
}

static bool owns_fs(const struct call *c, const struct mount *mount)
{
	return !mount->fs->host &&
	       mount->fs->owner == c->task->nsproxy->mnt_owner;
}

static long remount(struct call *c, const struct target *to,
		    unsigned long flags)
{
	unsigned int own = flags_of(flags, to->mnt);

	if (!is_ours(c, to) || !is_mounted(to))
		return -EINVAL;
	if (!may_change(to->mnt, own))
		return -EPERM;
	if (!(flags & MS_BIND)) {
		if (!owns_fs(c, to->mnt))
			return -EPERM;
		to->mnt->fs->read_only = flags & MS_RDONLY;
	}
	to->mnt->flags = own;
	mnt_activate(c->task->nsproxy->mnt);
	return 0;
}

/* ---- propagation: kept and shown ---- */

static void set_propagation(struct mount *mount, unsigned long kind)
{
	static unsigned int last_group = 1000;

	mount->unbindable = kind == MS_UNBINDABLE;
	if (kind == MS_SHARED) {
		if (!mount->shared)
			mount->shared = ++last_group;
		return;
	}
	if (kind != MS_SLAVE)
		mount->master = 0;
	else if (mount->shared && mount_has_peer(mount))
		mount->master = mount->shared;
	mount->shared = 0;
}

static long change_type(struct call *c, const struct target *to,
			unsigned long flags)
{
	unsigned long kind = flags & ~(unsigned long)(MS_REC | MS_SILENT);
	struct mount *one;

	if (!is_mounted(to))
		return -EINVAL;
	if (kind & ~(unsigned long)(MS_SHARED | MS_PRIVATE | MS_SLAVE |
				    MS_UNBINDABLE) ||
	    kind & (kind - 1))
		return -EINVAL;
	if (!is_ours(c, to))
		return -EINVAL;
	DL_FOREACH (to->mnt->tree->list, one)
		if (one == to->mnt ||
		    (flags & MS_REC && mount_is_below(one, to->mnt)))
			set_propagation(one, kind);
	return 0;
}

/* ---- new mounts ---- */

/* What @spot is of the file system of @mount, as mountinfo says. */
static void name_subtree(const struct mount *mount, const struct spot *spot,
			 char *ret_path)
{
	char root[VIEW_GUEST_PATH_MAX], path[VIEW_GUEST_PATH_MAX];
	const char *base = mount->subtree, *rest = "";
	size_t n;

	if (root_name_of(mount->root->fd, root) == 0 &&
	    root_name_of(spot->fd, path) == 0) {
		n = strcmp(root, "/") == 0 ? 0 : strlen(root);
		if (strncmp(path, root, n) == 0 && strcmp(path, root) != 0)
			rest = path + n;
	}
	if (strcmp(base, "/") == 0 && *rest)
		base = "";
	snprintf(ret_path, VIEW_GUEST_PATH_MAX, "%.2048s%.2047s", base, rest);
}

/* What is mounted in a mount below a folder of it. */
struct part {
	const struct mount *from;
	char path[VIEW_GUEST_PATH_MAX];
};

static bool is_in_part(const struct mount *child, const void *data)
{
	const struct part *part = data;
	char path[VIEW_GUEST_PATH_MAX];
	size_t n = strcmp(part->path, "/") == 0 ? 0 : strlen(part->path);

	if (child->unbindable)
		return false;
	if (child->parent != part->from)
		return true;
	return root_name_of(child->at->fd, path) == 0 &&
	       strncmp(path, part->path, n) == 0 &&
	       (path[n] == '/' || !path[n]);
}

static bool has_locked(const struct part *part)
{
	const struct mount *one;

	DL_FOREACH (part->from->tree->list, one)
		if (one->parent == part->from && one->locked &&
		    is_in_part(one, part))
			return true;
	return false;
}

static long check_graft(const struct call *c, const struct target *to,
			const struct spot *root)
{
	if (!is_ours(c, to))
		return -EINVAL;
	if (to->spot->folder != root->folder)
		return -ENOTDIR;
	return to->mnt->tree->n >= MOUNTS_MAX ? -ENOSPC : 0;
}

/* attach_recursive_mnt(): what comes into a shared mount is shared, too. */
static void grafted(struct call *c, struct mount *mount)
{
	if (mount->parent->shared && !mount->shared)
		set_propagation(mount, MS_SHARED);
	mnt_activate(c->task->nsproxy->mnt);
}

/* do_loopback() */
static long bind_mount(struct call *c, const struct target *to,
		       const char *source, unsigned long flags)
{
	_cleanup_target_ struct target from = { 0 };
	char subtree[VIEW_GUEST_PATH_MAX];
	struct mount *copy;
	struct part part;
	long r = *source ? find(c, source, ROOT_FOLLOW, &from) : -EINVAL;

	if (r < 0)
		return r;
	/* In /proc nothing can be put in another's place. */
	if (to->in_proc && from.spot != to->spot)
		return -EPERM;
	if (!is_ours(c, &from) || from.mnt->unbindable)
		return -EINVAL;
	part.from = from.mnt;
	if (root_name_of(from.spot->fd, part.path) < 0)
		return -ENOENT;
	if (!(flags & MS_REC) && has_locked(&part))
		return -EINVAL;
	r = check_graft(c, to, from.spot);
	if (r < 0)
		return r;
	name_subtree(from.mnt, from.spot, subtree);
	r = mount_copy(from.mnt, to->mnt->tree, to->mnt, to->spot, from.spot,
		       flags & MS_REC ? is_in_part : NULL, &part, &copy);
	if (r < 0)
		return r;
	mounts_settle(to->mnt->tree);
	copy->locked = false;
	mount_set_subtree(copy, subtree);
	grafted(c, copy);
	return 0;
}

/* do_move_mount() */
static long change_place(struct call *c, const struct target *to,
			 const char *source)
{
	_cleanup_target_ struct target from = { 0 };
	long r = *source ? find(c, source, ROOT_FOLLOW, &from) : -EINVAL;

	if (r < 0)
		return r;
	if (to->in_proc)
		return -EPERM;
	if (!is_mounted(&from) || !is_ours(c, &from) || !is_ours(c, to) ||
	    !from.mnt->parent || from.mnt->locked ||
	    from.spot->folder != to->spot->folder || from.mnt->parent->shared)
		return -EINVAL;
	if (mount_is_below(to->mnt, from.mnt))
		return -ELOOP;
	mount_move(from.mnt, to->mnt, to->spot);
	mnt_activate(c->task->nsproxy->mnt);
	return 0;
}

/* Is it the view of /proc where that is already? Nobody can tell. */
static bool changes_nothing(const struct mount *mount)
{
	return mount->fs->proc && mount->parent->root == mount->root;
}

/* do_new_mount() */
static long new_mount(struct call *c, const struct target *to, const char *type,
		      const char *source, const char *data, unsigned long flags)
{
	struct mount_fs *fs;
	struct spot *root;
	struct mount *mount;
	long r = mnt_fs_make(c->task, type, data, &fs, &root);

	if (r < 0)
		return r;
	r = to->in_proc ? -EPERM : check_graft(c, to, root);
	mount = r < 0 ? NULL
		      : mount_create(fs, root, *source ? source : "none", "/");
	if (mount) {
		fs->read_only = flags & MS_RDONLY;
		fs->owner = c->task->nsproxy->mnt_owner;
		mount->flags = flags_of(flags, NULL);
		mount_attach(to->mnt->tree, mount, to->mnt, to->spot);
		if (changes_nothing(mount))
			r = 0;
		else
			grafted(c, mount);
	} else if (r == 0) {
		r = -ENOMEM;
	}
	spot_put(root);
	mount_fs_put(fs);
	return r;
}

/* ---- mount ---- */

struct request {
	char source[VIEW_GUEST_PATH_MAX];
	char type[WORD_MAX], data[DATA_MAX];
	bool has_type;
};

/* As much as fits is what is shown; nothing is longer but by intent. */
static long read_word(struct call *c, uint64_t addr, char *buf, size_t size)
{
	long n;

	*buf = 0;
	if (!addr)
		return 0;
	n = sys_vm_read_some(c->task->tid->host, addr, buf, size - 1);
	if (n <= 0)
		return -EFAULT;
	buf[n] = 0;
	return 0;
}

static long read_request(struct call *c, struct request *rq)
{
	long r = read_word(c, c->args[2], rq->type, sizeof(rq->type));

	rq->has_type = c->args[2] != 0;
	if (r == 0)
		r = read_word(c, c->args[0], rq->source, sizeof(rq->source));
	if (r == 0)
		r = read_word(c, c->args[4], rq->data, sizeof(rq->data));
	return r;
}

static long do_mount(struct call *c)
{
	static struct request rq;
	_cleanup_target_ struct target to = { 0 };
	unsigned long flags = c->args[3];
	long r = read_request(c, &rq);

	if (r == 0)
		r = find_at(c, c->args[1], ROOT_FOLLOW, &to);
	if (r < 0)
		return r;
	if (!may_mount(c->task))
		return -EPERM;
	if ((flags & MS_MGC_MSK) == MS_MGC_VAL)
		flags &= ~(unsigned long)MS_MGC_MSK;
	if (flags & MS_NOUSER)
		return -EINVAL;
	if (flags & MS_REMOUNT)
		return remount(c, &to, flags);
	if (flags & MS_BIND)
		return bind_mount(c, &to, rq.source, flags);
	if (flags & (MS_SHARED | MS_PRIVATE | MS_SLAVE | MS_UNBINDABLE))
		return change_type(c, &to, flags);
	if (flags & MS_MOVE)
		return change_place(c, &to, rq.source);
	if (!rq.has_type)
		return -EINVAL;
	return new_mount(c, &to, rq.type, rq.source, rq.data, flags);
}

/* ---- umount2 ---- */

/* What is taken off all the same stays as it is for who is in it. */
static long take_off(struct mount *mount, int flags, const struct task *task)
{
	struct mnt_namespace *ns = task->nsproxy->mnt;
	struct mount *one;

	if (!(flags & MNT_DETACH) && mnt_is_busy(ns, mount))
		return -EBUSY;
	if (flags & MNT_DETACH)
		DL_FOREACH (ns->mounts.list, one)
			if (mount_is_below(one, mount))
				mnt_keep(ns, one->fs);
	mount_detach(mount);
	return 0;
}

static long do_umount(struct call *c, int flags)
{
	const int known = MNT_FORCE | MNT_DETACH | MNT_EXPIRE | UMOUNT_NOFOLLOW;
	_cleanup_target_ struct target to = { 0 };
	struct mount *root;
	long r;

	if (flags & ~known)
		return -EINVAL;
	r = find_at(c, c->args[0],
		    flags & UMOUNT_NOFOLLOW ? ROOT_KEEP : ROOT_FOLLOW, &to);
	if (r < 0)
		return r;
	if (!may_mount(c->task))
		return -EPERM;
	if (!is_mounted(&to) || !is_ours(c, &to) || to.mnt->locked)
		return -EINVAL;
	if (flags & MNT_FORCE && !owns_fs(c, to.mnt))
		return -EPERM;
	root_of(c->task, &root);
	if (flags & MNT_EXPIRE && (to.mnt == root || flags & MNT_DETACH))
		return -EINVAL;
	if (to.mnt == root && !(flags & MNT_DETACH))
		return -EBUSY;
	if (!to.mnt->parent)
		return -EINVAL;
	if (flags & MNT_EXPIRE && !mnt_is_busy(c->task->nsproxy->mnt, to.mnt) &&
	    !to.mnt->expires) {
		to.mnt->expires = true; /* taken off if asked again */
		return -EAGAIN;
	}
	return take_off(to.mnt, flags, c->task);
}

/* ---- pivot_root ---- */

static bool shares(const struct mount *mount)
{
	return mount && mount->shared;
}

/* Can @to be reached from @from? is_path_reachable() */
static bool is_reachable(const struct target *to, const struct target *from)
{
	const struct mount *mnt = to->mnt;
	const struct spot *spot = to->spot;

	while (mnt != from->mnt && mnt->parent) {
		spot = mnt->at;
		mnt = mnt->parent;
	}
	return mnt == from->mnt && spot_is_below(spot, from->spot);
}

static long check_pivot(struct call *c, const struct target *new,
			const struct target *old, const struct target *root)
{
	if (shares(old->mnt) || shares(new->mnt->parent) ||
	    shares(root->mnt->parent) || !is_ours(c, root) ||
	    !is_ours(c, new) || new->mnt->locked)
		return -EINVAL;
	if (new->mnt == root->mnt || old->mnt == root->mnt)
		return -EBUSY;
	if (!is_mounted(root) || !is_mounted(new) || !new->mnt->parent ||
	    !is_reachable(old, new) || !is_reachable(new, root))
		return -EINVAL;
	return 0;
}

/* chroot_fs_refs(): who has the old root has the new one. */
static void change_roots(struct call *c, const struct target *old,
			 struct root *root)
{
	struct mnt_namespace *ns = c->task->nsproxy->mnt;
	struct group *group;
	struct task *task;

	DL_FOREACH (instance.groups, group) {
		DL_FOREACH2(group->tasks, task, in_group_next)
		{
			if (task->nsproxy->mnt != ns || !task->root ||
			    task->root->mnt != old->mnt ||
			    task->root->spot != old->spot)
				continue;
			root_put(task->root);
			task->root = root_get(root);
		}
	}
}

static long do_pivot(struct call *c, const struct target *new,
		     const struct target *old)
{
	struct mounts *tree = new->mnt->tree;
	struct target root = { 0 };
	struct mount *parent;
	struct root *after;
	struct spot *at;
	long r;

	root.spot = (struct spot *)root_of(c->task, &root.mnt);
	r = check_pivot(c, new, old, &root);
	if (r < 0)
		return r;
	spot_get(root.spot);
	parent = root.mnt->parent;
	at = spot_get(root.mnt->at);
	mount_move(root.mnt, old->mnt, old->spot);
	mount_move(new->mnt, parent, at);
	new->mnt->locked = root.mnt->locked;
	root.mnt->locked = false;
	if (!parent)
		tree->top = new->mnt;
	r = root_make_at(c->task, new->mnt, new->spot, &after);
	if (r == 0)
		change_roots(c, &root, after);
	root_put(after);
	spot_put(at);
	spot_put(root.spot);
	mnt_activate(c->task->nsproxy->mnt);
	return r;
}

/* Is the caller's working folder the root that it has? */
static bool works_at_root(const struct task *task)
{
	struct mount *mnt;
	const struct spot *root = root_of(task, &mnt);
	struct stat st;
	char link[64];

	snprintf(link, sizeof(link), "/proc/%d/cwd", task->tid->host.n);
	return stat(link, &st) == 0 && spot_is(root, &st);
}

static long pivot_root_in(struct call *c)
{
	_cleanup_target_ struct target new = { 0 }, old = { 0 };
	bool comes = works_at_root(c->task); /* then it comes along */
	long r;

	if (comes && !call_can_change(c))
		return call_stop(c);
	r = find_at(c, c->args[0], ROOT_FOLLOW, &new);
	if (r == 0 && !new.spot->folder)
		r = -ENOTDIR;
	if (r == 0)
		r = find_at(c, c->args[1], ROOT_FOLLOW, &old);
	if (r == 0 && !old.spot->folder)
		r = -ENOTDIR;
	if (r == 0 && (new.in_proc || old.in_proc))
		r = -EINVAL;
	if (r == 0)
		r = do_pivot(c, &new, &old);
	return r == 0 && comes ? root_enter(c) : r;
}

long mnt_pivot_root(struct call *c)
{
	if (!mnt_own(c->task) || !may_mount(c->task))
		return -EPERM;
	return pivot_root_in(c);
}

/* ---- without a tree of its own ---- */

/* Is the string at @addr @word? Longer ones are none of ours. */
static bool says(struct call *c, uint64_t addr, const char *word)
{
	char text[WORD_MAX];
	size_t n = strlen(word) + 1;

	return addr && call_read(c, addr, text, n) == 0 &&
	       memcmp(text, word, n) == 0;
}

static bool is_propagation(unsigned long flags)
{
	const unsigned long kinds =
		MS_SHARED | MS_PRIVATE | MS_SLAVE | MS_UNBINDABLE;

	return (flags & kinds) && !(flags & ~(kinds | MS_REC | MS_SILENT));
}

static bool is_proc(struct call *c, uint64_t target)
{
	return says(c, target, "/proc") || says(c, target, "/proc/");
}

/* In a folder that is, or will be, below a root. */
static long mount_proc(struct call *c)
{
	_cleanup_file_ struct file file = FILE_NONE;
	long r;

	if (!c->task->cred)
		return -EPERM;
	r = file_find(c, AT_FDCWD, c->args[1], 0, &file);
	if (r) /* or it shows /proc already: for unshare --mount-proc */
		return r < 0 ? r : 0;
	return root_mount_proc(file.fd);
}

static long mount_nowhere(struct call *c)
{
	unsigned long flags = c->args[3];

	if (c->task->cred && !may_mount(c->task))
		return -EPERM;
	if (is_propagation(flags) &&
	    (says(c, c->args[1], "/") || is_proc(c, c->args[1])))
		return 0;
	/* Another file system on top of what is seen is another matter. */
	if (!says(c, c->args[2], "proc") ||
	    flags & (MS_BIND | MS_MOVE | MS_REMOUNT))
		return -EPERM;
	if (!c->task->root && is_proc(c, c->args[1]))
		return task_active(c->task) & NS_PID ? 0 : -EPERM;
	return mount_proc(c);
}

static long umount_nowhere(struct call *c)
{
	_cleanup_file_ struct file file = FILE_NONE;
	long r;

	if (!c->task->cred || !user_capable(c->task, CAP_SYS_ADMIN))
		return -EPERM;
	r = file_find(c, AT_FDCWD, c->args[0], 0, &file);
	if (r == 0 && root_umount_proc(file.fd))
		return 0;
	/* What the host has mounted there stays. */
	if (r == 0)
		r = c->task->root ? -EINVAL : -EPERM;
	return r < 0 ? r : -EPERM;
}

long mnt_mount(struct call *c)
{
	return mnt_own(c->task) ? do_mount(c) : mount_nowhere(c);
}

long mnt_umount2(struct call *c)
{
	return mnt_own(c->task) ? do_umount(c, (int)c->args[1])
				: umount_nowhere(c);
}
