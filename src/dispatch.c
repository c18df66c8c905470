/* SPDX-License-Identifier: Apache-2.0 */
/* The system-call table at work. */
#include "src/dispatch.h"

#include <errno.h>
#include <string.h>

long dispatch(struct call *c, struct task *task)
{
	c->row = syscall_row(c->nr);
	c->task = task;
	c->after = NULL;
	c->scratch_len = 0;
	c->waits = false;
	memcpy(c->host_args, c->args, sizeof(c->host_args));
	if (!c->row)
		return -ENOSYS;
	/* Caught by a filter of the guest's own: none of our business. */
	if (!c->row->handler)
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
