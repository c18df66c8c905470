/* SPDX-License-Identifier: Apache-2.0 */
/* The system-call table at work. */
#include "src/dispatch.h"

#include <errno.h>
#include <string.h>
#include "src/task/task.h"

/*
 * A filter that nsrun gave a task goes by descriptor (pid_fd.c): of fcntl it
 * catches forms that the table leaves alone, and the handler knows them.
 */
static bool is_asked_for(const struct call *c)
{
	return c->task->group->signalfds > 0 ||
	       syscall_matches(c->row, c->args);
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
	/* Caught by a filter of the guest's own: none of our business. */
	if (!c->row->handler || !syscall_caught(c->row, instance.active) ||
	    !is_asked_for(c))
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
