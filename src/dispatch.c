/* SPDX-License-Identifier: Apache-2.0 */
/* The system-call table at work. */
#include "src/dispatch.h"

#include <errno.h>
#include <string.h>
#include "src/owner/way.h"
#include "src/task/task.h"
#include "src/view/proc_map.h"
#include "src/view/root.h"

/*
 * Not so for what a filter of the guest's own has caught. A filter that nsrun
 * gave a task goes by descriptor (pid_fd.c): of fcntl it catches forms that
 * the table leaves alone, and the handler knows them; or it catches calls with
 * paths whose namespaces are off (view/chroot.c).
 */
bool dispatch_handles(const struct task *task, int nr, const uint64_t *args)
{
	const struct syscall *row = syscall_row(nr);

	if (!row || !row->handler)
		return false;
	if (task->root_armed)
		return true;
	if (!syscall_caught(row, task_active(task)))
		return false;
	if (task->group->signalfds > 0)
		return true;
	/* A map of ids that is open to be written: proc_map.c */
	if (row->when == WHEN_ARMED)
		return proc_map_any_open();
	return syscall_matches(row, args, task_active(task));
}

static void prepare(struct call *c, struct task *task)
{
	c->row = syscall_row(c->nr);
	c->task = task;
	c->after = NULL;
	c->rooted = false;
	c->waits = false;
	c->give_make = NULL;
	memcpy(c->host_args, c->args, sizeof(c->host_args));
	call_forget(c);
}

long dispatch(struct call *c, struct task *task)
{
	prepare(c, task);
	if (!c->row)
		return -ENOSYS;
	/* Shown for the trace, which the filter would refuse otherwise. */
	if (c->row->gate == GATE_DENY &&
	    syscall_takes(c->row, c->args, task_active(task)))
		return -c->row->err;
	if (!dispatch_handles(task, c->nr, c->args))
		return CALL_PASS;
	if (owner_way(c) < 0)
		return -EACCES;
	return task->root ? root_dispatch(c) : c->row->handler(c);
}

long dispatch_shown(struct call *c, struct task *task)
{
	prepare(c, task);
	if (c->row && !syscall_takes(c->row, c->args, task_active(task)))
		return CALL_PASS;
	return dispatch(c, task);
}

long dispatch_after(struct call *c, long result)
{
	long (*after)(struct call *c, long result) = c->after;
	long r;

	c->after = NULL;
	if (after && c->rooted)
		root_before_after(c);
	r = after ? after(c, result) : result;
	if (r != CALL_THEN)
		call_restore(c);
	return r;
}
