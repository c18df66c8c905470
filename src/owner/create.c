/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls that make files.
 *
 * Theory of operation. A new file belongs to the real user, and nearly always
 * that is what the id map shows as the task's own ids: then the kernel runs
 * the call, and nothing is written down. Otherwise (the task has changed its
 * ids, the folder hands its group down, the file is to be a device, its mode
 * would lock root out) the task makes the file itself, all the same, so that
 * its umask, its Landlock and the folder's ACL are heeded; and right after
 * that, before the task goes on, the record is written.
 */
#include "src/owner/create.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include "src/host/sys.h"
#include "src/ns/pid.h"
#include "src/ns/user_cred.h"
#include "src/owner/owner.h"
#include "src/task/task.h"
#include "src/view/root.h"
#include "src/view/walk.h"

struct creation {
	int dirfd;
	char path[VIEW_GUEST_PATH_MAX];
	unsigned int mode; /* with the type */
	unsigned int dev;  /* as the kernel takes it */
};

static bool is_device(unsigned int mode)
{
	return S_ISCHR(mode) || S_ISBLK(mode);
}

/* new_decode_dev() */
static void decode_dev(unsigned int dev, struct owner_seen *seen)
{
	seen->major = (dev & 0xfff00) >> 8;
	seen->minor = (dev & 0xff) | ((dev >> 12) & 0xfff00);
}

/*
 * Would the real file lock out root inside, or lend the user's own rights? A
 * plain file is opened up when it is opened, and a folder when somebody goes
 * through it: many are made with no rights at all, and get theirs when they are
 * complete.
 */
static bool mode_matters(const struct owner_who *who, unsigned int mode)
{
	if (S_ISREG(mode))
		return mode & (S_ISUID | S_ISGID);
	if (S_ISLNK(mode) || S_ISDIR(mode) ||
	    !owner_capable(who, CAP_DAC_OVERRIDE))
		return false;
	return (mode & 0600) != 0600;
}

/* As plan(), in @folder. */
static long plan_in(struct call *c, const struct creation *new,
		    struct file *folder, struct owner_seen *ret_seen)
{
	struct owner_seen seen;
	struct owner_who who;
	long r = owner_may_fill(c->task, folder, &seen, &who);

	if (r < 0)
		return r;
	*ret_seen = (struct owner_seen){ .mode = new->mode };
	owner_create(&who, &seen, ret_seen);
	decode_dev(new->dev, ret_seen);
	/* The folder may be anybody's: what the task may do to the file. */
	owner_who(c->task, ret_seen, &who);
	if (ret_seen->uid == geteuid() &&
	    ret_seen->gid == (folder->st.st_mode & S_ISGID ? folder->st.st_gid
							   : getegid()) &&
	    !is_device(new->mode) && !mode_matters(&who, new->mode))
		return 0;
	return 1;
}

/*
 * What the new file is to be. Return: 1 with *@ret_seen if that has to be
 * written down, 0 if not, or a negative errno when the kernel has a better
 * one.
 */
static long plan(struct call *c, const struct creation *new,
		 struct owner_seen *ret_seen)
{
	_cleanup_file_ struct file folder = FILE_NONE;
	char path[VIEW_GUEST_PATH_MAX];
	long r;

	strcpy(path, new->path);
	r = file_find_folder(c, new->dirfd, path, &folder);
	if (r)
		return r < 0 ? r : -ENOENT;
	return plan_in(c, new, &folder, ret_seen);
}

/* What was made is @file; @seen says all but the permissions it got. */
static void note(struct call *c, struct file *file, struct owner_seen *seen)
{
	if (!file_is_own(file) || file->proc)
		return;
	seen->mode = (seen->mode & (S_IFMT | S_ISGID | S_ISUID)) |
		     (file->st.st_mode & 01777);
	if (!is_device(seen->mode))
		seen->mode = (seen->mode & 07777) | (file->st.st_mode & S_IFMT);
	owner_put(c->task, file, seen);
}

static long read_creation(struct call *c, int dirfd, int arg,
			  struct creation *new)
{
	new->dirfd = dirfd;
	return view_read_path(c, c->args[arg], new->path);
}

static long get_creation(struct call *c, struct creation *new);

static long create_after(struct call *c, long result)
{
	_cleanup_file_ struct file file = FILE_NONE;
	struct creation new = { .dirfd = AT_FDCWD };
	struct owner_seen seen;

	if (result < 0)
		return result;
	if (get_creation(c, &new) >= 0 && plan(c, &new, &seen) == 1 &&
	    file_find_text(c, new.dirfd, new.path, AT_SYMLINK_NOFOLLOW,
			   &file) == 0)
		note(c, &file, &seen);
	return result;
}

/* ---- open(2) ---- */

/* What the cookie of an open keeps of @seen. */
static uint64_t pack(const struct owner_seen *seen)
{
	return (uint64_t)seen->uid << 32 | seen->gid;
}

static long open_after(struct call *c, long result)
{
	_cleanup_file_ struct file file = FILE_NONE;
	struct owner_seen seen = {
		.uid = (uint32_t)(c->cookie >> 32),
		.gid = (uint32_t)c->cookie,
	};

	if (result < 0 || file_of_fd(c, (int)result, &file) ||
	    !S_ISREG(file.st.st_mode))
		return result;
	seen.mode = file.st.st_mode;
	note(c, &file, &seen);
	return result;
}

/* @plan is what plan() said of the file that the task is about to open. */
static long open_planned(struct call *c, long plan,
			 const struct owner_seen *seen)
{
	if (plan == -EACCES)
		return plan;
	if (plan != 1)
		return CALL_PASS;
	if (!call_can_change(c))
		return call_stop(c);
	c->cookie = pack(seen);
	return call_then(c, open_after);
}

long owner_open_new(struct call *c, int dirfd, const char *path,
		    unsigned int mode)
{
	struct creation new = { .dirfd = dirfd };
	struct owner_seen seen;
	long r;

	strcpy(new.path, path);
	new.mode = S_IFREG | (mode & 07777);
	r = plan(c, &new, &seen);
	return open_planned(c, r, &seen);
}

long owner_open_unnamed(struct call *c, struct file *folder, unsigned int mode)
{
	const struct creation new = { .mode = S_IFREG | (mode & 07777) };
	struct owner_seen seen;
	long r = plan_in(c, &new, folder, &seen);

	return open_planned(c, r, &seen);
}

/* ---- each call ---- */

/* Which arguments of a call are what; -1: it has none. */
struct form {
	int dirfd, path, mode, dev;
	unsigned int type; /* 0: in the mode */
};

static const struct form forms[] = {
	{ -1, 0, 1, -1, S_IFDIR },  /* mkdir */
	{ 0, 1, 2, -1, S_IFDIR },   /* mkdirat */
	{ -1, 0, 1, 2, 0 },	    /* mknod */
	{ 0, 1, 2, 3, 0 },	    /* mknodat */
	{ -1, 1, -1, -1, S_IFLNK }, /* symlink */
	{ 1, 2, -1, -1, S_IFLNK },  /* symlinkat */
};

enum {
	MKDIR,
	MKDIRAT,
	MKNOD,
	MKNODAT,
	SYMLINK,
	SYMLINKAT
};

/* The call is of the form that its cookie says. */
static long get_creation(struct call *c, struct creation *new)
{
	const struct form *form = &forms[c->cookie];
	unsigned int mode = 0777;

	if (form->mode >= 0)
		mode = (unsigned int)c->args[form->mode];
	if (form->type == S_IFDIR)
		mode &= 01777;
	new->mode = form->type | (mode & (form->type ? 07777 : ~0U));
	if (!(new->mode &S_IFMT))
		new->mode |= S_IFREG;
	if (form->dev >= 0)
		new->dev = (unsigned int)c->args[form->dev];
	return read_creation(
		c, form->dirfd < 0 ? AT_FDCWD : (int)c->args[form->dirfd],
		form->path, new);
}

/* The task makes a plain file where a device is asked for. */
static long make_device(struct call *c, const struct form *form,
			const struct creation *new)
{
	bool whiteout = S_ISCHR(new->mode) && new->dev == 0;

	if (!whiteout && !user_capable(c->task, CAP_MKNOD))
		return -EPERM;
	c->host_args[form->mode] = S_IFREG | (new->mode & 0777);
	c->host_args[form->dev] = 0;
	return 0;
}

/* It is what the kernel says first: EEXIST. */
static bool is_there(struct call *c, const struct creation *new)
{
	_cleanup_file_ struct file file = FILE_NONE;

	return file_find_text(c, new->dirfd, new->path, AT_SYMLINK_NOFOLLOW,
			      &file) == 0;
}

static long create(struct call *c, int which)
{
	struct creation new = { .dirfd = AT_FDCWD };
	struct owner_seen seen;
	long r;

	c->cookie = (uint64_t)which;
	if (get_creation(c, &new) < 0)
		return call_pass(c);
	r = plan(c, &new, &seen);
	if (r == -EACCES && !is_there(c, &new))
		return r;
	if (r != 1)
		return call_pass(c);
	if (is_device(new.mode)) {
		r = make_device(c, &forms[which], &new);
		if (r < 0)
			return r;
	}
	return call_can_change(c) ? call_then(c, create_after) : call_stop(c);
}

long owner_mkdir(struct call *c)
{
	return create(c, MKDIR);
}

long owner_mkdirat(struct call *c)
{
	return create(c, MKDIRAT);
}

long owner_mknod(struct call *c)
{
	return create(c, MKNOD);
}

long owner_mknodat(struct call *c)
{
	return create(c, MKNODAT);
}

long owner_symlink(struct call *c)
{
	return create(c, SYMLINK);
}

long owner_symlinkat(struct call *c)
{
	return create(c, SYMLINKAT);
}

/* The path of a socket. Return: whether it has one. */
static bool read_socket(struct call *c, struct creation *new)
{
	char path[VIEW_GUEST_PATH_MAX];

	if (!root_socket_path(c, c->args[1], (unsigned int)c->args[2],
			      new->path))
		return false;
	new->dirfd = AT_FDCWD;
	new->mode = S_IFSOCK | 0777;
	if (c->task->root &&
	    root_resolve(c->task, AT_FDCWD, new->path, ROOT_NAME, path) == 0)
		strcpy(new->path, path);
	return true;
}

static long bind_after(struct call *c, long result)
{
	_cleanup_file_ struct file file = FILE_NONE;
	struct creation new = { .dirfd = AT_FDCWD };
	struct owner_seen seen;

	if (result == 0 && read_socket(c, &new) && plan(c, &new, &seen) == 1 &&
	    file_find_text(c, AT_FDCWD, new.path, AT_SYMLINK_NOFOLLOW, &file) ==
		    0)
		note(c, &file, &seen);
	return result;
}

long owner_bind_allowed(struct call *c)
{
	struct creation new = { .dirfd = AT_FDCWD };
	struct owner_seen seen;

	if (!owner_active(c->task) || !read_socket(c, &new) ||
	    plan(c, &new, &seen) != -EACCES || is_there(c, &new))
		return 0;
	return -EACCES;
}

void owner_bind_note(struct call *c)
{
	if (owner_active(c->task))
		bind_after(c, 0);
}

/* A netlink socket is the pid namespace's: see pid_netlink.c. */
static long bind_other(struct call *c)
{
	bool netlink = instance.active & NS_PID &&
		       (int)c->args[2] == sizeof(struct sockaddr_nl);

	return netlink ? pid_bind(c) : call_pass(c);
}

long owner_bind(struct call *c)
{
	struct creation new = { .dirfd = AT_FDCWD };
	struct owner_seen seen;
	long r;

	if (!owner_active(c->task) || !read_socket(c, &new))
		return bind_other(c);
	r = plan(c, &new, &seen);
	if (r == -EACCES && !is_there(c, &new))
		return r;
	if (r != 1)
		return call_pass(c);
	return call_can_change(c) ? call_then(c, bind_after) : call_stop(c);
}
