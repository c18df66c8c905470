/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Robust futexes: locks that a dead task leaves behind.
 *
 * Theory of operation. A task registers a list of the locks it holds, and the
 * kernel walks it when the task ends or begins a new program: each lock whose
 * word holds the task's number gets FUTEX_OWNER_DIED, and one waiter is woken
 * (exit_robust_list() in kernel/futex/core.c). The words hold the number that
 * the program knows, which the kernel does not. So just before, the words are
 * given the host's number, and the kernel does the rest: at the right moment,
 * in any kind of shared memory, with the waking, which nobody else could do.
 *
 * The moment is PTRACE_EVENT_EXIT: every way to die leads there (exit, a
 * signal, SIGKILL from inside or outside, the death of the process, exec by a
 * sibling), the memory is still there, and the task runs no more code, so no
 * lock is taken or given back after the walk. Anything earlier (catching exit,
 * or looking when a signal is sent) would be cheaper by a stop, some 15 us,
 * and would miss what a running thread locks in the meantime; a program that
 * is killed while it locks in a loop would hang the next one sooner or later.
 * A second SIGKILL that comes during the stop ends it; a first one from outside
 * may come while the supervisor lets the task go from another stop, and that
 * then lets it go from this one: in these moments, and when nsrun itself is
 * killed, a lock may stay behind.
 *
 * Waiters may set FUTEX_WAITERS in a word at any time, and nobody but the
 * owner changes anything else. So a word is written with that bit: if it was
 * not set before, one wake-up finds nobody.
 */
#include <linux/futex.h>
#include <sys/syscall.h>
#include "src/host/sys.h"
#include "src/task/task.h"

#define ENTRIES_MAX 2048	/* ROBUST_LIST_LIMIT */
#define PI UINT64_C(1)		/* in the address of an entry */

/* struct robust_list_head, as it lies in the guest's memory */
struct head {
	uint64_t next;
	int64_t futex_offset;
	uint64_t pending;	/* being locked or unlocked; not in the list */
};

/* Return: whether there is a list with something in it. */
static bool read_head(const struct task *task, uint64_t *ret_addr,
		      struct head *ret_head)
{
	host_pid tid = task->tid->host;
	uint64_t addr = 0;
	size_t len;

	if (sys_call(SYS_get_robust_list, (uint64_t)tid.n, (uintptr_t)&addr,
		     (uintptr_t)&len, 0, 0, 0) < 0 || addr == 0 ||
	    sys_vm_read(tid, addr, ret_head, sizeof(*ret_head)) < 0)
		return false;
	*ret_addr = addr;
	return ret_head->next != addr || ret_head->pending;
}

/* In the word of @entry, if it holds @from. */
static void replace(host_pid tid, uint64_t entry, int64_t offset, int from,
		    int to)
{
	uint64_t addr = (entry & ~PI) + (uint64_t)offset;
	uint32_t word;

	if ((addr & 3) || sys_vm_read(tid, addr, &word, sizeof(word)) < 0 ||
	    (word & FUTEX_TID_MASK) != (uint32_t)from)
		return;
	word = (word & ~(uint32_t)FUTEX_TID_MASK) | (uint32_t)to;
	if (!(entry & PI))
		word |= FUTEX_WAITERS;
	sys_vm_write(tid, addr, &word, sizeof(word));
}

static void replace_all(const struct task *task, int from, int to)
{
	host_pid tid = task->tid->host;
	struct head head;
	uint64_t addr, entry;

	if (from == to || !read_head(task, &addr, &head))
		return;
	entry = head.next;
	for (int n = 0; n < ENTRIES_MAX && (entry & ~PI) != addr; n++) {
		if ((entry & ~PI) != (head.pending & ~PI))
			replace(tid, entry, head.futex_offset, from, to);
		if (sys_vm_read(tid, entry & ~PI, &entry, sizeof(entry)) < 0)
			break;
	}
	if (head.pending)
		replace(tid, head.pending, head.futex_offset, from, to);
}

static int own_number(const struct task *task)
{
	return pid_nr(task->tid, task_pid_ns(task)).n;
}

bool task_holds_robust(const struct task *task)
{
	struct head head;
	uint64_t addr;

	return read_head(task, &addr, &head);
}

void task_robust_to_host(const struct task *task)
{
	replace_all(task, own_number(task), task->tid->host.n);
}

void task_robust_to_guest(const struct task *task)
{
	replace_all(task, task->tid->host.n, own_number(task));
}
