/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exec. The caller becomes the leader of its group, with the leader's number;
 * its own, and those of its siblings, are gone. Follows de_thread() of
 * fs/exec.c and "execve(2) under ptrace" of ptrace(2).
 *
 * The call itself is caught because of the locks that its caller holds: the
 * kernel lets go of them in between, when no ptrace stop is (robust.c).
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <utlist.h>
#include "src/host/sys.h"
#include "src/ns/user_cred.h"
#include "src/park.h"
#include "src/task/agent.h"
#include "src/task/creds.h"
#include "src/task/loader.h"
#include "src/task/task.h"
#include "src/task/tracing.h"
#include "src/view/root.h"

/* The new program begins with nothing in flight. */
static void forget_call(struct task *task)
{
	task_cloning_orphaned(task);
	task->in_call = false;
	task->at_entry = false;
	task->masked = false;
	task->waiting = false;
	task->undelivered = false;
	task->exiting = false;	/* the leader was, its caller is not */
	task->recalled = false;
	task->passed = false;
	task->execing = false;
	task->execs = false;
	task->deferred = 0;
	task->tid_address = 0;
	task->agent_held = false;
	task->loads = false;
	call_drop_fd(&task->call);
	call_forget(&task->call);
	task_creds_forget(task);
}

/*
 * A parent runs as soon as the kernel has the new program, and uses its stack,
 * unless it was told to stop (group_hold_parent()). If it has several threads
 * it was not: with an agent it is too late then, in a stop it may not be.
 */
static bool is_late(const struct group *parent)
{
	return instance.bare && parent->agent && !parent->lends;
}

/*
 * After vfork the memory is the parent's, who has it still. It may lie in what
 * the parent uses otherwise: Go has small stacks in its heap.
 */
static void give_back(struct task *task)
{
	const struct group *group = task->group;

	if (group->shares_vm && group->parent && group->parent->tasks &&
	    !is_late(group->parent))
		call_give_back(&task->call, group->parent->tasks->tid->host);
}

/* It slept until the kernel had read what was lent. */
void task_take_back(struct task *parent)
{
	struct group *child;

	if (!parent->group->lends)
		return;
	DL_FOREACH2(parent->group->children, child, sibling_next)
	if (child->vforked && child->tasks)
		call_give_back(&child->tasks->call, parent->tid->host);
	parent->group->lends = false;
}

/* The leader's record goes on with what the caller had. */
static void take_over(struct task *leader, struct task *caller)
{
	struct nsproxy *old = leader->nsproxy;

	tracing_take_over(leader, caller);
	leader->persona = caller->persona;
	leader->no_new_privs = caller->no_new_privs;
	leader->late = caller->late;
	user_cred_put(leader->cred);
	leader->cred = user_cred_get(caller->cred);
	loader_forget(leader);
	leader->loader = caller->loader;
	caller->loader = NULL;
	root_put(leader->root);
	leader->root = root_get(caller->root);
	leader->root_armed = caller->root_armed;
	leader->confined = caller->confined;
	leader->nsproxy = nsproxy_get(caller->nsproxy);
	nsproxy_put(old);
	ns_task_take_over(leader, caller);
}

void task_exec(struct task *leader, host_pid former)
{
	struct group *group = leader->group;
	struct task *task, *next;

	/* Before its undos go, to which what it waits for points. */
	park_abandon(leader);
	DL_FOREACH_SAFE2(group->tasks, task, next, in_group_next) {
		if (task == leader)
			continue;
		if (task->tid->host.n == former.n)
			take_over(leader, task);
		task_cloning_orphaned(task);
		task_cloning_child_died(task);
		task_free(task);
	}
	task_cloning_threads_gone(group);
	give_back(leader);
	forget_call(leader);
	agent_leave(group);
	group->dumpable = 1;
	group->heritage.held = false;
	group->heritage.handlers = 0;
	group->heritage.acted = 0;
	group->execs = 0;
	group->heritage.unhandled = instance.bare;
	group->shares_vm = false;
	group->vforked = false;
	group->loads = false;
	user_exec(leader);
	ns_group_exec(group);
}

static long exec_after(struct call *c, long result)
{
	if (result < 0) {
		task_robust_to_guest(c->task);
		group_exec_failed(c->task);
	}
	return result;
}

/*
 * Another thread than the leader takes the leader's number before the kernel
 * looks at its locks, so that it knows none of them: left as it is.
 */
static bool holds_robust(const struct task *task)
{
	return task->tid == task->group->tgid && task_holds_robust(task);
}

/* Of several threads its end is waited for: group_exec_begins(). */
bool task_exec_holds(const struct task *task)
{
	return (instance.bare && task->group->tasks->in_group_next) ||
	       holds_robust(task);
}

long task_exec_then(struct call *c)
{
	if (holds_robust(c->task))
		task_robust_to_host(c->task);
	group_exec_begins(c->task);
	return call_then(c, exec_after);
}

/* ---- programs whose exec has to be seen ---- */

#define SCRIPTS_MAX 5	/* as many interpreters as the kernel follows */

/* Return: a descriptor of the file, or a negative errno. */
static long open_program(const struct task *task, int dirfd, const char *path)
{
	char at[64];
	_cleanup_close_ int dir = -1, name = -1;
	struct stat st;

	snprintf(at, sizeof(at), dirfd == AT_FDCWD ? "/proc/%d/cwd" :
						     "/proc/%d/fd/%d",
		 task->tid->host.n, dirfd);
	dir = path[0] == '/' ? -1 : open(at, O_PATH | O_CLOEXEC);
	name = openat(dir, path, O_PATH | O_CLOEXEC);
	if (name < 0 || fstat(name, &st) < 0 || !S_ISREG(st.st_mode))
		return -ENOENT;
	snprintf(at, sizeof(at), "/proc/self/fd/%d", name);
	return sys_result(open(at, O_RDONLY | O_CLOEXEC));
}

/*
 * Programs that were found to be none of these, each in a place by its inode. A
 * file that is written to, or whose mode changes, has another ctime; one that
 * has changed a moment ago may do so again in the same tick.
 */
static struct plain {
	dev_t dev;
	ino_t ino;
	struct timespec changed;
} plain[64];

static struct plain *plain_of(const struct stat *st)
{
	return &plain[st->st_ino % (sizeof(plain) / sizeof(plain[0]))];
}

static bool is_plain(const struct stat *st)
{
	const struct plain *p = plain_of(st);

	return p->ino == st->st_ino && p->dev == st->st_dev &&
	       p->changed.tv_sec == st->st_ctim.tv_sec &&
	       p->changed.tv_nsec == st->st_ctim.tv_nsec;
}

static void note_plain(int fd)
{
	struct stat st;

	if (fstat(fd, &st) == 0 && st.st_ctim.tv_sec + 3 < time(NULL))
		*plain_of(&st) = (struct plain){ st.st_dev, st.st_ino,
						 st.st_ctim };
}

/* "#!": the name of the interpreter. */
static bool is_script(char *head, const char **ret_name)
{
	if (head[0] != '#' || head[1] != '!')
		return false;
	head += 2 + strspn(head + 2, " \t");
	head[strcspn(head, " \t\n")] = 0;
	*ret_name = head;
	return true;
}

/*
 * Does the supervisor have to see the exec of @path? That is so of a program
 * that it can't read, whose memory would be closed to it, and of a 32-bit one.
 */
static bool is_opaque(const struct task *task, int dirfd, const char *path)
{
	char head[256];
	struct stat st;

	if (path[0] == '/' && stat(path, &st) == 0 && is_plain(&st))
		return false;
	for (int i = 0; i < SCRIPTS_MAX; i++) {
		_cleanup_close_ int fd = (int)open_program(task, dirfd, path);
		long n;

		/* Not there, or no program: exec says so. */
		if (fd < 0)
			return fd == -EACCES || fd == -EPERM;
		n = sys_read(fd, head, sizeof(head) - 1);
		if (n < EI_CLASS + 1)
			return false;
		head[n] = 0;
		if (is_script(head, &path))
			continue;
		if (memcmp(head, ELFMAG, SELFMAG) != 0 ||
		    head[EI_CLASS] != ELFCLASS64)
			return true;
		note_plain(fd);
		return false;
	}
	return false;
}

void task_exec_watch(struct call *c, int dirfd, uint64_t path_addr)
{
	const host_pid tid = c->task->tid->host;
	char path[PATH_MAX];
	long n;

	if (!c->task->bare)
		return;
	/* Nearly all are short. */
	n = sys_vm_read_some(tid, path_addr, path, 256);
	if (n == 256 && !memchr(path, 0, 256))
		n = sys_vm_read_some(tid, path_addr, path, sizeof(path) - 1);
	path[n > 0 ? n : 0] = 0;
	if (!path[0] || is_opaque(c->task, dirfd, path))
		group_hold(c->task->group);
}
