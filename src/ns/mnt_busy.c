/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is a mount in use? The kernel counts; here the tasks of the namespace are
 * looked at: their root, working folder, program and open files. Where a file
 * can be seen by several mounts it counts for the one by which it was reached
 * last, and for none if that is not known.
 */
#include "src/ns/mnt_busy.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <utlist.h>
#include "src/host/sys.h"
#include "src/task/task.h"
#include "src/view/root.h"
#include "src/view/spot.h"

#define LOOKS_MAX 32768 /* at files, while tasks wait */

/* Who is asked about, for all that are looked at. */
struct question {
	struct mnt_namespace *ns;
	const struct mount *mount;
	bool alone;
	char root[VIEW_GUEST_PATH_MAX]; /* where it begins, if it is alone */
	unsigned int *looks;
};

/* Do no others show this file system than it and those that go with it? */
static bool is_alone(const struct mount *mount)
{
	const struct mount *one;

	DL_FOREACH (mount->tree->list, one)
		if (!one->doomed && one->fs == mount->fs)
			return false;
	return !mount->fs->host;
}

/* What lies below where it begins is seen by no other one. */
static bool is_below(const struct question *q, int fd)
{
	const size_t n = strlen(q->root);
	char path[VIEW_GUEST_PATH_MAX];

	return root_name_of(fd, path) == 0 && strncmp(path, q->root, n) == 0 &&
	       (path[n] == '/' || !path[n]);
}

static bool leads_to(struct question *q, int at, const char *name)
{
	_cleanup_close_ int fd = openat(at, name, O_PATH | O_CLOEXEC);
	struct stat st;

	/* Who has as many is not looked through: it may be in use. */
	if (++*q->looks > LOOKS_MAX)
		return true;
	if (fd < 0 || fstat(fd, &st) < 0 || S_ISCHR(st.st_mode))
		return false;
	if (q->alone && (S_ISDIR(st.st_mode) || S_ISREG(st.st_mode)))
		return is_below(q, fd);
	return root_noted_mount(q->ns, &st) == q->mount;
}

static bool has_open(struct question *q, const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	bool found = false;

	while (dir && !found && (entry = readdir(dir)))
		found = entry->d_name[0] != '.' &&
			leads_to(q, dirfd(dir), entry->d_name);
	if (dir)
		closedir(dir);
	return found;
}

static bool uses(struct question *q, const struct task *task)
{
	char path[64];

	if (task->root && task->root->mnt == q->mount)
		return true;
	snprintf(path, sizeof(path), "/proc/%d/cwd", task->tid->host.n);
	if (leads_to(q, AT_FDCWD, path))
		return true;
	snprintf(path, sizeof(path), "/proc/%d/exe", task->tid->host.n);
	if (leads_to(q, AT_FDCWD, path))
		return true;
	snprintf(path, sizeof(path), "/proc/%d/fd", task->tid->host.n);
	return has_open(q, path);
}

bool mnt_is_used(const struct mount *mount, unsigned int *looks)
{
	struct mnt_namespace *ns = mnt_of_tree(mount->tree);
	struct question q = { .ns = ns, .mount = mount, .looks = looks };
	const struct group *group;
	const struct task *task;

	q.alone = is_alone(mount) && root_name_of(mount->root->fd, q.root) == 0;
	DL_FOREACH (instance.groups, group)
		DL_FOREACH2(group->tasks, task, in_group_next)
	if (task->nsproxy->mnt == ns && uses(&q, task))
		return true;
	return false;
}
