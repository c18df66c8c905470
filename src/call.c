/* SPDX-License-Identifier: Apache-2.0 */
/* What a handler can answer, and how it reaches the caller's memory. */
#include "src/call.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include "src/bare.h"
#include "src/host/sys.h"
#include "src/task/task.h"

#define RED_ZONE 128	/* x86-64 ABI: the bytes below rsp that are in use */

long call_pass(struct call *c)
{
	(void)c;
	return CALL_PASS;
}

void call_may_wait(struct call *c)
{
	c->waits = true;
}

long call_then(struct call *c, long (*after)(struct call *c, long result))
{
	return call_then_other(c, c->nr, after);
}

long call_then_other(struct call *c, long nr,
		     long (*after)(struct call *c, long result))
{
	c->host_nr = nr;
	c->after = after;
	return CALL_THEN;
}

long call_again(struct call *c)
{
	(void)c;
	return CALL_AGAIN;
}

bool call_can_change(const struct call *c)
{
	return c->sp != 0;
}

long call_stop(struct call *c)
{
	(void)c;
	return CALL_STOP;
}

long call_run_fd(struct call *c)
{
	c->host_nr = c->nr;
	c->after = NULL;
	return CALL_RUN_FD;
}

long call_give_fd(struct call *c, int fd, bool cloexec)
{
	c->give_fd = fd;
	c->give_cloexec = cloexec;
	return CALL_GIVE_FD;
}

long call_read(struct call *c, uint64_t addr, void *buf, size_t len)
{
	return sys_vm_read(c->task->tid->host, addr, buf, len);
}

long call_write(struct call *c, uint64_t addr, const void *buf, size_t len)
{
	return sys_vm_write(c->task->tid->host, addr, buf, len);
}

long call_lend(struct call *c, const void *buf, size_t len, uint64_t *ret_addr)
{
	uint64_t addr = (c->sp - RED_ZONE - len) & ~(uint64_t)15;

	if (c->sp == 0 || call_patch(c, addr, buf, len) < 0)
		return -EFAULT;
	if (c->nr == SYS_execve || c->nr == SYS_execveat)
		group_hold_parent(c->task->group);
	*ret_addr = addr;
	return 0;
}

/* Where the guest's bytes are kept; NULL without memory. */
static unsigned char *saved(struct call *c, size_t len)
{
	if (len <= sizeof(c->scratch_saved))
		return c->scratch_saved;
	c->scratch_large = malloc(len);
	return c->scratch_large;
}

long call_patch(struct call *c, uint64_t addr, const void *buf, size_t len)
{
	unsigned char *keep;

	if (len > CALL_LEND_MAX || c->scratch_len)
		return -EFAULT;
	keep = saved(c, len);
	if (!keep || call_read(c, addr, keep, len) < 0 ||
	    call_write(c, addr, buf, len) < 0) {
		call_forget(c);
		return -EFAULT;
	}
	c->scratch = addr;
	c->scratch_len = len;
	return 0;
}

void call_drop_fd(struct call *c)
{
	if (c->give_held)
		sys_close(&c->give_fd);
	c->give_held = false;
}

void call_forget(struct call *c)
{
	free(c->scratch_large);
	c->scratch_large = NULL;
	c->scratch_len = 0;
}

void call_give_back(struct call *c, host_pid by)
{
	if (c->scratch_len)
		sys_vm_write(by, c->scratch,
			     c->scratch_large ? c->scratch_large
					      : c->scratch_saved,
			     c->scratch_len);
	call_forget(c);
}

void call_restore(struct call *c)
{
	call_give_back(c, c->task->tid->host);
}
