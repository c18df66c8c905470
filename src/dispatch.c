/* SPDX-License-Identifier: Apache-2.0 */
/* The system-call table at work. */
#include "src/dispatch.h"

#include <errno.h>
#include <string.h>
#include "src/task/task.h"

/*
 * Not so for what a filter of the guest's own has caught. A filter that nsrun
 * gave a task goes by descriptor (pid_fd.c): of fcntl it catches forms that
 * the table leaves alone, and the handler knows them.
 */
bool dispatch_handles(const struct task *task, int nr, const uint64_t *args)
{
	const struct syscall *row = syscall_row(nr);

	return row && row->handler && syscall_caught(row, instance.active) &&
	       (task->group->signalfds > 0 || syscall_matches(row, args));
}

long dispatch(struct call *c, struct task *task)
{
	c->row = syscall_row(c->nr);
	c->task = task;
	c->after = NULL;
	c->scratch_len = 0;
	c->may_block = false;
	memcpy(c->host_args, c->args, sizeof(c->host_args));
	if (!c->row)
		return -ENOSYS;
	if (!dispatch_handles(task, c->nr, c->args))
		return CALL_PASS;
	return c->row->handler(c);
}

long dispatch_after(struct call *c, long result)
{
	long (*after)(struct call *c, long result) = c->after;
	long r;

	c->after = NULL;
	r = after ? after(c, result) : result;
	if (r != CALL_THEN)
		call_restore(c);
	return r;
}
