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
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "src/call.h"
#include "src/host/sys.h"
#include "src/ns/user_cred.h"
#include "src/task/agent.h"

long (*user_filter_hook)(unsigned int active, unsigned int late);

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

/* The next call of the task, which has three arguments at most. */
static long run(struct call *c, long nr, uint64_t a, uint64_t b, uint64_t d,
		long (*after)(struct call *c, long result))
{
	memset(c->host_args, 0, sizeof(c->host_args));
	c->host_args[0] = a;
	c->host_args[1] = b;
	c->host_args[2] = d;
	return call_then_other(c, nr, after);
}

static long on_unmapped(struct call *c, long result)
{
	(void)result;
	return c->caught(c, c->task->group->user_caught ? 0 : -ENOMEM);
}

/*
 * Whoever shares the memory could have put another program in its place. What
 * that would not catch, the kernel answers with what the real user is and may.
 */
static long on_loaded(struct call *c, long result)
{
	call_restore(c);
	if (result == 0) {
		c->task->group->user_caught = true;
		agent_refuse(c->task->group);
	}
	return run(c, SYS_munmap, c->cookie, (uint64_t)filter_len(), 0,
		   on_unmapped);
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
	return run(c, SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, addr, on_loaded);
}

static long on_mapped(struct call *c, long result)
{
	if (result < 0)
		return c->caught(c, result);
	c->cookie = (uint64_t)result;
	return run(c, SYS_close, c->host_args[4], 0, 0, on_closed);
}

static long on_given(struct call *c, long result)
{
	if (result < 0)
		return c->caught(c, result);
	run(c, SYS_mmap, 0, (uint64_t)filter_len(), PROT_READ, on_mapped);
	c->host_args[3] = MAP_PRIVATE;
	c->host_args[4] = (uint64_t)result;
	return CALL_THEN;
}

long user_catch(struct call *c, long (*caught)(struct call *c, long result))
{
	if (filter_file < 0)
		filter_file = (int)user_filter_hook(instance.active, NS_USER);
	if (filter_file < 0)
		return -ENOMEM;
	c->caught = caught;
	return call_then_give(c, give_file, on_given);
}
