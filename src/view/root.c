/* SPDX-License-Identifier: Apache-2.0 */
/* Roots, folders that show /proc, and their paths; see root.h. */
#include "src/view/root.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "src/host/sys.h"
#include "src/ns/mnt.h"
#include "src/task/task.h"
#include "src/view/spot.h"
#include "src/view/walk.h"

#define PROCS_MAX     16
#define PROC_ROOT_INO 1

/* Folders that show /proc. */
static struct {
	int fd; /* keeps the inode's number from being given out again */
	dev_t dev;
	ino_t ino;
} procs[PROCS_MAX];
static unsigned int procs_len;

/* ---- roots ---- */

bool root_resolves(const struct task *task)
{
	return task->root || mnt_active(task);
}

const struct spot *root_of(const struct task *task, struct mount **ret_mnt)
{
	const struct mnt_namespace *ns = mnt_own(task);

	*ret_mnt = task->root ? task->root->mnt : ns ? ns->mounts.top : NULL;
	if (task->root)
		return task->root->spot;
	return ns ? ns->mounts.top->root : NULL;
}

/* Takes the reference of @spot. Return: NULL without memory. */
static struct root *create(struct mount *mnt, struct spot *spot)
{
	struct root *root = calloc(1, sizeof(*root));

	if (!root) {
		spot_put(spot);
		return NULL;
	}
	root->refs = 1;
	root->mnt = mount_get(mnt);
	root->spot = spot;
	return root;
}

/* That which a task has without chroot(2). */
static bool is_top(const struct mnt_namespace *ns, const struct mount *mnt,
		   const struct spot *spot)
{
	struct stat st;

	if (ns)
		return mnt == ns->mounts.top && spot == mnt->root;
	return stat("/", &st) == 0 && spot_is(spot, &st);
}

long root_make(const struct task *task, int fd, struct root **ret_root)
{
	const struct mnt_namespace *ns = mnt_own(task);
	struct mount *mnt = ns ? root_mount_of(&ns->mounts, ns, fd) : NULL;
	struct spot *spot;
	long r = spot_hold(fd, &spot);

	*ret_root = NULL;
	if (r < 0)
		return r;
	r = root_make_at(task, mnt, spot, ret_root);
	spot_put(spot);
	return r;
}

long root_make_at(const struct task *task, struct mount *mnt, struct spot *spot,
		  struct root **ret_root)
{
	*ret_root = NULL;
	if (is_top(mnt_own(task), mnt, spot))
		return 0;
	*ret_root = create(mnt, spot_get(spot));
	return *ret_root ? 0 : -ENOMEM;
}

struct root *root_in(const struct mounts *mounts, const struct root *root)
{
	if (!root)
		return NULL;
	return create(root_mount_of(mounts, NULL, root->spot->fd),
		      spot_get(root->spot));
}

struct root *root_moved(const struct root *root)
{
	if (!root)
		return NULL;
	return create(root->mnt ? root->mnt->twin : NULL, spot_get(root->spot));
}

struct root *root_get(struct root *root)
{
	if (root)
		root->refs++;
	return root;
}

void root_put(struct root *root)
{
	if (!root || --root->refs > 0)
		return;
	mount_put(root->mnt);
	spot_put(root->spot);
	free(root);
}

/* ---- folders that show /proc ---- */

static int find_proc(const struct stat *st)
{
	for (unsigned int i = 0; i < procs_len; i++)
		if (procs[i].dev == st->st_dev && procs[i].ino == st->st_ino)
			return (int)i;
	return -1;
}

long root_mount_proc(int fd)
{
	struct stat st;
	long r = sys_result(fstat(fd, &st));

	if (r < 0)
		return r;
	if (!S_ISDIR(st.st_mode))
		return -ENOTDIR;
	if (find_proc(&st) >= 0)
		return 0;
	if (procs_len == PROCS_MAX)
		return -ENOSPC;
	procs[procs_len].fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	procs[procs_len].dev = st.st_dev;
	procs[procs_len++].ino = st.st_ino;
	return 0;
}

bool root_umount_proc(int fd)
{
	struct stat st;
	int i = fstat(fd, &st) < 0 ? -1 : find_proc(&st);

	if (i < 0)
		return false;
	sys_close(&procs[i].fd);
	procs[i] = procs[--procs_len];
	return true;
}

bool root_is_proc(const struct stat *st)
{
	return (st->st_dev == view_proc_device() &&
		st->st_ino == PROC_ROOT_INO) ||
	       find_proc(st) >= 0;
}

bool root_shows_procs(void)
{
	return procs_len > 0;
}

/* ---- the host's paths ---- */

long root_name_of(int fd, char *ret_path)
{
	char link[64];
	struct stat st;
	long r;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	r = sys_readlink(link, ret_path, VIEW_GUEST_PATH_MAX);
	if (r < 0)
		return r;
	return fstat(fd, &st) < 0 || st.st_nlink == 0 ? -ENOENT : 0;
}

bool root_path(const struct task *task, char *ret_path)
{
	struct mount *mnt;
	const struct spot *spot =
		root_resolves(task) ? root_of(task, &mnt) : NULL;

	return spot && root_name_of(spot->fd, ret_path) == 0;
}

bool root_proc_at(unsigned int i, char *ret_path)
{
	if (i >= procs_len)
		return false;
	if (root_name_of(procs[i].fd, ret_path) < 0)
		*ret_path = 0;
	return true;
}

bool root_above_proc(const struct task *task, char *ret_path)
{
	char path[VIEW_GUEST_PATH_MAX];

	for (unsigned int i = 0;
	     root_resolves(task) && root_proc_at(i, ret_path); i++) {
		strcpy(path, ret_path);
		if (!*path || !root_show(task, path))
			continue;
		*strrchr(ret_path, '/') = 0;
		return true;
	}
	return false;
}
