/* SPDX-License-Identifier: Apache-2.0 */
/* The system-call table at work. */
#include "src/dispatch.h"

#include <errno.h>
#include <string.h>
#include "src/task/task.h"

static void prepare(struct call *c, struct task *task)
{
	c->row = syscall_row(c->nr);
	c->task = task;
	c->after = NULL;
	c->scratch_len = 0;
	memcpy(c->host_args, c->args, sizeof(c->host_args));
}

long dispatch(struct call *c, struct task *task)
{
	prepare(c, task);
	if (!c->row)
		return -ENOSYS;
	/* Shown for the trace, which the filter would refuse otherwise. */
	if (c->row->gate == GATE_DENY &&
	    syscall_takes(c->row, c->args, instance.active))
		return -c->row->err;
	/* Caught by a filter of the guest's own: none of our business. */
	if (!c->row->handler)
		return CALL_PASS;
	return c->row->handler(c);
}

long dispatch_shown(struct call *c, struct task *task)
{
	prepare(c, task);
	if (c->row && !syscall_takes(c->row, c->args, instance.active))
		return CALL_PASS;
	return dispatch(c, task);
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
