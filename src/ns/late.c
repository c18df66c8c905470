/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Namespaces that most tasks are not in: user and net namespaces in an instance
 * that began without one, and time namespaces.
 *
 * Theory of operation. Such a namespace needs many calls caught that nothing
 * else does: getuid, fstat, chown and so on; socket, listen; clock_gettime. A
 * filter can't be widened, but a task can have one more. So until somebody
 * makes such a namespace nothing is paid for it, and then only by the tasks in
 * it: they load a second filter, by calls of their own, before they do anything
 * there. Each thread has its own, and what it makes later has the filter, too.
 * It sends its calls to the trace gate, since a chain of filters can have one
 * listener; what the first one notifies is notified as before. There is no
 * agent there.
 *
 * The others stay in the host's user namespace, without credentials of
 * nsrun's (task->cred is NULL), and in the host's network, to which one that
 * has been in another can come back, with the sockets that it made there.
 */
#include "src/ns/late.h"

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
#include "src/task/agent.h"
#include "src/task/task.h"

long (*late_filter_hook)(unsigned int active, unsigned int late);

#define LATE_KINDS (NS_USER | NS_NET | NS_TIME)
#define LATE_SETS  8

/* One more than the descriptor of each file; 0: it was not needed yet. */
static int files[LATE_SETS];

static int *slot_for(unsigned int kinds)
{
	return &files[!!(kinds & NS_USER) + 2 * !!(kinds & NS_NET) +
		      4 * !!(kinds & NS_TIME)];
}

static int file_for(unsigned int kinds)
{
	return *slot_for(kinds) - 1;
}

static long filter_len(const struct call *c)
{
	struct stat st;

	return fstat(file_for(c->late), &st) < 0 ? 0 : (long)st.st_size;
}

unsigned int late_missing(const struct task *task, unsigned int kinds)
{
	return kinds & LATE_KINDS & ~instance.active & ~task->late.kinds;
}

unsigned int late_kinds(const struct task *task)
{
	return task_active(task) & LATE_KINDS & ~instance.active;
}

static long give_file(struct call *c)
{
	return sys_result(fcntl(file_for(c->late), F_DUPFD_CLOEXEC, 3));
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
	return c->caught(c, late_missing(c->task, c->late) ? -ENOMEM : 0);
}

/*
 * Whoever shares the memory could have put another program in its place. What
 * that would not catch, the kernel answers: with what the real user is and may,
 * and by the network that they had before.
 */
static long on_loaded(struct call *c, long result)
{
	call_restore(c);
	if (result == 0) {
		c->task->late.kinds |= c->late;
		c->task->late.filters++;
		agent_refuse(c->task->group);
	}
	return run(c, SYS_munmap, c->cookie, (uint64_t)filter_len(c), 0,
		   on_unmapped);
}

static long on_closed(struct call *c, long result)
{
	const uint64_t prog[2] = {
		(uint64_t)filter_len(c) / sizeof(struct sock_filter),
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
	run(c, SYS_mmap, 0, (uint64_t)filter_len(c), PROT_READ, on_mapped);
	c->host_args[3] = MAP_PRIVATE;
	c->host_args[4] = (uint64_t)result;
	return CALL_THEN;
}

long late_catch(struct call *c, unsigned int kinds,
		long (*caught)(struct call *c, long result))
{
	int *slot = slot_for(kinds);
	long fd = *slot ? 0 : late_filter_hook(instance.active, kinds);

	if (fd < 0)
		return -ENOMEM;
	if (!*slot)
		*slot = (int)fd + 1;
	c->late = kinds;
	c->caught = caught;
	return call_then_give(c, give_file, on_given);
}
