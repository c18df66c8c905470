/* SPDX-License-Identifier: Apache-2.0 */
/*
 * User namespaces in an instance that began without one.
 *
 * Theory of operation. A user namespace needs many calls caught that nothing
 * else does: getuid, fstat, chown and so on. A filter can't be widened, but a
 * task can have one more. So until somebody makes a user namespace nothing is
 * paid for it, and then only by the tasks in it: they load a second filter, by
 * calls of their own, before they do anything there. They are alone in their
 * process then (a process with threads can't change its user namespace), and
 * what they make later has the filter, too. It sends its calls to the trace
 * gate, since a chain of filters can have one listener; what the first one
 * notifies is notified as before. There is no agent there.
 *
 * The others stay in the host's user namespace, without credentials of
 * nsrun's (task->cred is NULL).
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "src/call.h"
#include "src/host/sys.h"
#include "src/ns/user_cred.h"
#include "src/task/agent.h"

long (*user_filter_hook)(unsigned int active);

static int filter_file = -1;

static long filter_len(void)
{
	struct stat st;

	return fstat(filter_file, &st) < 0 ? 0 : (long)st.st_size;
}

bool user_needs_catch(const struct task *task)
{
	return !(instance.active & NS_USER) && !task->group->user_caught;
}

static long give_file(struct call *c)
{
	(void)c;
	return sys_result(fcntl(filter_file, F_DUPFD_CLOEXEC, 3));
}

static long forget_args(struct call *c, long nr,
			long (*after)(struct call *c, long result))
{
	for (int i = 2; i < CALL_ARGS; i++)
		c->host_args[i] = 0;
	return call_then_other(c, nr, after);
}

static long on_unmapped(struct call *c, long result)
{
	(void)result;
	return c->caught(c, c->task->group->user_caught ? 0 : -ENOMEM);
}

static long on_loaded(struct call *c, long result)
{
	call_restore(c);
	if (result == 0) {
		c->task->group->user_caught = true;
		agent_refuse(c->task->group);
	}
	c->host_args[0] = c->cookie;
	c->host_args[1] = (uint64_t)filter_len();
	return forget_args(c, SYS_munmap, on_unmapped);
}

static long on_closed(struct call *c, long result)
{
	const uint64_t prog[2] = {
		(uint64_t)filter_len() / sizeof(struct sock_filter),
		c->cookie,
	};
	uint64_t addr;

	(void)result;
	call_restore(c);
	if (call_lend(c, prog, sizeof(prog), &addr) < 0)
		return on_loaded(c, -EFAULT);
	forget_args(c, SYS_seccomp, on_loaded);
	c->host_args[0] = SECCOMP_SET_MODE_FILTER;
	c->host_args[1] = 0;
	c->host_args[2] = addr;
	return CALL_THEN;
}

static long on_mapped(struct call *c, long result)
{
	if (result < 0)
		return c->caught(c, result);
	c->cookie = (uint64_t)result;
	c->host_args[0] = c->host_args[4];
	c->host_args[1] = 0;
	return forget_args(c, SYS_close, on_closed);
}

static long on_given(struct call *c, long result)
{
	if (result < 0)
		return c->caught(c, result);
	c->host_args[0] = 0;
	c->host_args[1] = (uint64_t)filter_len();
	c->host_args[2] = PROT_READ;
	c->host_args[3] = MAP_PRIVATE;
	c->host_args[4] = (uint64_t)result;
	c->host_args[5] = 0;
	return call_then_other(c, SYS_mmap, on_mapped);
}

long user_catch(struct call *c, long (*caught)(struct call *c, long result))
{
	if (filter_file < 0)
		filter_file = (int)user_filter_hook(instance.active);
	if (filter_file < 0)
		return -ENOMEM;
	c->caught = caught;
	return call_then_give(c, give_file, on_given);
}
