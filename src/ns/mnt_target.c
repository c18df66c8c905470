/* SPDX-License-Identifier: Apache-2.0 */
/* What the paths of mount(2) and its relatives lead to. */
#include "src/ns/mnt_target.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include "src/host/sys.h"
#include "src/ns/mnt.h"
#include "src/ns/user_cred.h"
#include "src/task/task.h"
#include "src/view/ns_link.h"
#include "src/view/spot.h"

void mnt_target_close(struct target *target)
{
	spot_put(target->spot);
}

bool mnt_may_mount(const struct task *task)
{
	return user_cred_capable(task->cred, task->nsproxy->mnt_owner,
				 CAP_SYS_ADMIN);
}

/* A file of /proc: the host's, whose number its path may need. */
static long open_in_proc(struct call *c, const char *rest)
{
	const struct walk walk = { .follow = true };
	char path[VIEW_GUEST_PATH_MAX], host[VIEW_PATH_MAX];
	_cleanup_close_ int fd = -1;
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
	if (r < 0)
		return r;
	fd = open(host, O_PATH | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return sys_result(-1);
	/* Nothing of a process: its folder has the host's number. */
	if (isdigit((unsigned char)host[sizeof("/proc/") - 1]))
		return -EPERM;
	r = fd;
	fd = -1;
	return r;
}

struct ns_common *mnt_find_namespace(struct call *c, const char *rest)
{
	const struct walk walk = { .follow = false };
	char path[VIEW_GUEST_PATH_MAX];
	struct ns_common *ns;
	struct place place;

	if ((size_t)snprintf(path, sizeof(path), "/proc%s", rest) >=
		    sizeof(path) ||
	    view_locate_text(c, AT_FDCWD, path, walk, &place) < 0 ||
	    view_ns_find(c->task, &place, &ns) != 0)
		return NULL;
	return ns;
}

long mnt_find(struct call *c, const char *path, enum root_how how,
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

long mnt_find_at(struct call *c, uint64_t addr, enum root_how how,
		 struct target *ret_to)
{
	char path[VIEW_GUEST_PATH_MAX];
	long r = root_own_path(c, addr, path);

	return r < 0 ? r : mnt_find(c, path, how, ret_to);
}

/* path_mounted() */
bool mnt_is_root(const struct target *to)
{
	return to->mnt->root == to->spot;
}

bool mnt_is_ours(const struct call *c, const struct target *to)
{
	return to->mnt->tree == &c->task->nsproxy->mnt->mounts;
}
