/* SPDX-License-Identifier: Apache-2.0 */
/* Roots, folders that show /proc, and their paths; see root.h. */
#include "src/view/root.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <utlist.h>
#include "src/host/sys.h"
#include "src/task/task.h"
#include "src/view/walk.h"

#define ROOTS_MAX     256 /* each has a descriptor of the supervisor's */
#define PROCS_MAX     16
#define PROC_ROOT_INO 1

static struct root *roots;
static unsigned int roots_len;

/* Folders that show /proc. */
static struct {
	int fd; /* keeps the inode's number from being given out again */
	dev_t dev;
	ino_t ino;
} procs[PROCS_MAX];
static unsigned int procs_len;

/* ---- roots ---- */

static bool is_host_root(const struct stat *st)
{
	struct stat root;

	return stat("/", &root) == 0 && st->st_dev == root.st_dev &&
	       st->st_ino == root.st_ino;
}

static struct root *find(const struct stat *st)
{
	struct root *root;

	DL_FOREACH (roots, root)
		if (root->dev == st->st_dev && root->ino == st->st_ino)
			return root;
	return NULL;
}

static struct root *create(int fd, const struct stat *st)
{
	struct root *root;

	if (roots_len == ROOTS_MAX)
		return NULL;
	root = calloc(1, sizeof(*root));
	if (!root)
		return NULL;
	root->refs = 1;
	root->fd = fd;
	root->dev = st->st_dev;
	root->ino = st->st_ino;
	DL_APPEND(roots, root);
	roots_len++;
	return root;
}

long root_make(int fd, struct root **ret_root)
{
	struct stat st;
	long r = sys_result(fstat(fd, &st));

	*ret_root = NULL;
	if (r == 0 && !is_host_root(&st)) {
		*ret_root = root_get(find(&st));
		if (!*ret_root) {
			*ret_root = create(fd, &st);
			if (*ret_root)
				return 0;
			r = -ENOMEM;
		}
	}
	close(fd);
	return r;
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
	DL_DELETE(roots, root);
	roots_len--;
	close(root->fd);
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
	return task->root && root_name_of(task->root->fd, ret_path) == 0;
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

	for (unsigned int i = 0; task->root && root_proc_at(i, ret_path); i++) {
		strcpy(path, ret_path);
		if (!*path || !root_show(task, path))
			continue;
		*strrchr(ret_path, '/') = 0;
		return true;
	}
	return false;
}

bool root_show(const struct task *viewer, char *path)
{
	char root[VIEW_GUEST_PATH_MAX];
	size_t n;

	if (!root_path(viewer, root))
		return !viewer->root;
	n = strlen(root);
	if (strncmp(path, root, n) != 0 || (path[n] && path[n] != '/'))
		return false;
	if (!path[n])
		strcpy(path, "/");
	else
		memmove(path, path + n, strlen(path + n) + 1);
	return true;
}
