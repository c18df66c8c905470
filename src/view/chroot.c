/* SPDX-License-Identifier: Apache-2.0 */
/*
 * chroot(2) in a user namespace.
 *
 * getcwd(2) is caught for a pid namespace alone, and landlock_restrict_self(2)
 * nowhere: with its first root, or its first mount namespace, a task gets one
 * more filter, which sends these to the trace gate. It holds for the threads
 * there are and for all that comes of them.
 */
#include <errno.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/kcmp.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <utlist.h>
#include "src/host/sys.h"
#include "src/ns/user_cred.h"
#include "src/owner/owner.h"
#include "src/task/agent.h"
#include "src/task/task.h"
#include "src/view/path.h"
#include "src/view/root.h"

#define NR_LANDLOCK_RESTRICT_SELF 446

/* Rows that are not caught for a user namespace. */
static const unsigned int armed_calls[] = {
	SYS_getcwd,
	NR_LANDLOCK_RESTRICT_SELF,
};

#define ARMED_CALLS (sizeof(armed_calls) / sizeof(armed_calls[0]))

struct program {
	uint64_t len, filter; /* struct sock_fprog */
	struct sock_filter code[ARMED_CALLS + 8];
};

#define LOAD(field)                                             \
	(struct sock_filter) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, \
				      offsetof(struct seccomp_data, field))
#define JUMP_IF(value, yes, no) \
	(struct sock_filter) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, yes, no)
#define RETURN(action) (struct sock_filter) BPF_STMT(BPF_RET | BPF_K, action)

static void build_filter(struct program *prog)
{
	struct sock_filter *f = prog->code;
	unsigned short n = 0;

	f[n++] = LOAD(nr);
	for (unsigned int i = 0; i < ARMED_CALLS; i++)
		f[n++] = JUMP_IF(armed_calls[i],
				 (unsigned char)(ARMED_CALLS - i), 0);
	f[n++] = RETURN(SECCOMP_RET_ALLOW);
	f[n++] = RETURN(SECCOMP_RET_TRACE | SYSCALL_TRACE_DATA);
	prog->len = n;
}

/* What of the path is found out before the right to change the root. */
static long find_folder(struct call *c, struct file *ret_file)
{
	struct owner_seen seen;
	struct owner_who who;
	long r = file_find(c, AT_FDCWD, c->args[0], 0, ret_file);

	if (r)
		return r < 0 ? r : -EPERM;
	if (!S_ISDIR(ret_file->st.st_mode))
		return -ENOTDIR;
	if (!file_is_own(ret_file))
		return sys_result(access(ret_file->link, X_OK));
	owner_see(c->task, ret_file, &seen);
	r = owner_who(c->task, &seen, &who);
	return r < 0 ? r : owner_permission(&who, &seen, OWNER_EXEC);
}

/* 0: two tasks have one root, by CLONE_FS. The kernel knows, if it tells. */
static long compare_folders(const struct task *a, const struct task *b)
{
	return sys_call(SYS_kcmp, (uint64_t)a->tid->host.n,
			(uint64_t)b->tid->host.n, KCMP_FS, 0, 0, 0);
}

static bool shares_root(const struct task *a, const struct task *b)
{
	long r = compare_folders(a, b);

	return r == 0 || (r < 0 && a->group == b->group);
}

bool root_is_shared(const struct task *task)
{
	const struct group *group;
	const struct task *other;

	DL_FOREACH (instance.groups, group)
		DL_FOREACH2(group->tasks, other, in_group_next)
	if (other != task && compare_folders(task, other) == 0)
		return true;
	return false;
}

static void set_root(struct task *task, struct root *root)
{
	root_put(task->root);
	task->root = root_get(root);
	agent_note_root(task->group);
}

static long change_root(struct call *c, struct file *file)
{
	struct group *group;
	struct task *task;
	struct root *root;
	long r = root_make(c->task, file->fd, &root);

	file->fd = -1;
	if (r < 0)
		return r;
	DL_FOREACH (instance.groups, group)
		DL_FOREACH2(group->tasks, task, in_group_next)
	if (task == c->task || shares_root(task, c->task))
		set_root(task, root);
	root_put(root);
	return 0;
}

static long armed_after(struct call *c, long result)
{
	bool all = c->host_args[1];
	struct task *task;

	/* A thread with filters of its own: at least for the caller, then. */
	if (result > 0 && all) {
		c->host_args[1] = 0;
		return call_then_other(c, SYS_seccomp, armed_after);
	}
	if (result)
		return c->armed(c, -ENOMEM);
	c->task->root_armed = true;
	DL_FOREACH2(c->task->group->tasks, task, in_group_next)
	task->root_armed = task->root_armed || all;
	call_restore(c);
	return c->armed(c, 0);
}

long root_arm(struct call *c, long (*armed)(struct call *c, long result))
{
	struct program prog = { 0 };
	uint64_t addr;

	build_filter(&prog);
	if (call_lend(c, &prog, sizeof(prog), &addr) < 0)
		return armed(c, -ENOMEM);
	prog.filter = addr + offsetof(struct program, code);
	if (call_write(c, addr, &prog, sizeof(prog)) < 0)
		return armed(c, -ENOMEM);
	c->armed = armed;
	memset(c->host_args, 0, sizeof(c->host_args));
	c->host_args[0] = SECCOMP_SET_MODE_FILTER;
	c->host_args[1] = SECCOMP_FILTER_FLAG_TSYNC;
	c->host_args[2] = addr;
	return call_then_other(c, SYS_seccomp, armed_after);
}

long root_enter(struct call *c)
{
	char path[VIEW_GUEST_PATH_MAX];
	long r;

	if (!root_path(c->task, path))
		strcpy(path, "/");
	r = call_lend(c, path, strlen(path) + 1, &c->host_args[0]);
	return r < 0 ? r : call_then_other(c, SYS_chdir, NULL);
}

static long chroot_armed(struct call *c, long result)
{
	_cleanup_file_ struct file file = FILE_NONE;
	long r = result < 0 ? result : find_folder(c, &file);

	return r < 0 ? r : change_root(c, &file);
}

long root_chroot(struct call *c)
{
	_cleanup_file_ struct file file = FILE_NONE;
	long r;

	if (!c->task->cred)
		return view_path(c);
	r = find_folder(c, &file);
	if (r == 0 && !user_capable(c->task, CAP_SYS_CHROOT))
		r = -EPERM;
	if (r < 0)
		return r;
	if (c->task->root_armed)
		return change_root(c, &file);
	return call_can_change(c) ? root_arm(c, chroot_armed) : call_stop(c);
}
