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
#include <unistd.h>
#include <utlist.h>
#include "src/host/sys.h"
#include "src/task/task.h"
#include "src/view/root.h"
#include "src/view/spot.h"

/* Is it the only one that shows this file system? */
static bool is_alone(const struct mount *mount)
{
	const struct mount *one;

	DL_FOREACH (mount->tree->list, one)
		if (one != mount && one->fs == mount->fs)
			return false;
	return !mount->fs->host;
}

static bool leads_to(struct mnt_namespace *ns, const struct mount *mount,
		     int at, const char *name)
{
	_cleanup_close_ int fd = openat(at, name, O_PATH | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || S_ISCHR(st.st_mode))
		return false;
	if (is_alone(mount) && (S_ISDIR(st.st_mode) || S_ISREG(st.st_mode)))
		return root_mount_of(&ns->mounts, NULL, fd) == mount;
	return root_noted_mount(ns, &st) == mount;
}

static bool has_open(struct mnt_namespace *ns, const struct mount *mount,
		     const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	bool found = false;

	while (dir && !found && (entry = readdir(dir)))
		found = entry->d_name[0] != '.' &&
			leads_to(ns, mount, dirfd(dir), entry->d_name);
	if (dir)
		closedir(dir);
	return found;
}

static bool uses(struct mnt_namespace *ns, const struct mount *mount,
		 const struct task *task)
{
	char path[64];

	if (task->root && task->root->mnt == mount)
		return true;
	snprintf(path, sizeof(path), "/proc/%d/cwd", task->tid->host.n);
	if (leads_to(ns, mount, AT_FDCWD, path))
		return true;
	snprintf(path, sizeof(path), "/proc/%d/exe", task->tid->host.n);
	if (leads_to(ns, mount, AT_FDCWD, path))
		return true;
	snprintf(path, sizeof(path), "/proc/%d/fd", task->tid->host.n);
	return has_open(ns, mount, path);
}

bool mnt_is_used(struct mnt_namespace *ns, const struct mount *mount)
{
	const struct group *group;
	const struct task *task;

	DL_FOREACH (instance.groups, group)
		DL_FOREACH2(group->tasks, task, in_group_next)
	if (task->nsproxy->mnt == ns && uses(ns, mount, task))
		return true;
	return false;
}
