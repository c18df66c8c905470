/* SPDX-License-Identifier: Apache-2.0 */
/* The links of /proc/PID/ns: names, inodes and files of namespaces. */
#include "src/view/ns_link.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "src/ns/nsfs.h"
#include "src/ns/user_access.h"
#include "src/task/task.h"

#define FOR_CHILDREN "_for_children"

/* "N/ns/KIND" or "N/task/N/ns/KIND". Return: KIND, with *@ret_nr; or NULL. */
static const char *parse(const char *path, int *ret_nr)
{
	int end = 0, tgid;

	if (sscanf(path, "%d/ns/%n", ret_nr, &end) != 1 || !end) {
		end = 0;
		if (sscanf(path, "%d/task/%d/ns/%n", &tgid, ret_nr, &end) != 2)
			return NULL;
	}
	return end && path[end] && !strchr(path + end, '/') ? path + end : NULL;
}

/* "pid_for_children" is "pid", for children. */
static const struct ns_ops *kind_of(const char *name, bool *ret_children)
{
	size_t n = strlen(name), suffix = strlen(FOR_CHILDREN);
	const struct ns_ops *ops;

	*ret_children = n > suffix &&
			strcmp(name + n - suffix, FOR_CHILDREN) == 0;
	ops = ns_kind_by_name(name, *ret_children ? n - suffix : n);
	return ops && *ret_children && !ops->for_children ? NULL : ops;
}

long view_ns_find(const struct task *viewer, const struct place *place,
		  struct ns_common **ret_ns)
{
	const struct ns_ops *ops;
	const struct task *task;
	const char *name;
	bool children;
	int nr;

	name = place->where == WHERE_PROC ? parse(place->path, &nr) : NULL;
	ops = name ? kind_of(name, &children) : NULL;
	if (!ops)
		return VIEW_REAL;
	task = task_by_number(viewer, (ns_pid){ nr });
	/* A zombie has none, but for the one that it has its number in. */
	if (!task || task->exiting) {
		const struct group *group =
			group_by_number(viewer, (ns_pid){ nr });

		if (!group || children || ops != &pid_ns_ops)
			return -ENOENT;
		*ret_ns = &group_pid_ns(group)->common;
		return 0;
	}
	if (!user_may_access(viewer, task->group, task, USER_ACCESS_FS))
		return -EACCES;
	*ret_ns = children ? ops->for_children(task->nsproxy) : ops->of(task);
	if (*ret_ns)
		return 0;
	/* It has no process yet; or it is the host's, and so is its link. */
	return children && ops == &pid_ns_ops ? -ENOENT : VIEW_REAL;
}

static void print_name(const struct ns_common *ns, uint64_t ino, char *buf,
		       size_t size)
{
	snprintf(buf, size, "%s:[%llu]", ns->ops->name,
		 (unsigned long long)ino);
}

long view_ns_readlink(const struct task *viewer, const struct place *place,
		      char *buf, size_t size)
{
	struct ns_common *ns;
	struct stat st;
	long r = view_ns_find(viewer, place, &ns);

	if (r != 0)
		return r;
	r = nsfs_stat(ns, &st);
	if (r == 0)
		print_name(ns, st.st_ino, buf, size);
	return r;
}

bool view_rename_ns(char *link, size_t size)
{
	unsigned long long ino;
	struct ns_common *ns;

	if (sscanf(link, "pipe:[%llu]", &ino) != 1)
		return false;
	ns = nsfs_by_inode(ino);
	if (ns)
		print_name(ns, ino, link, size);
	return ns != NULL;
}
