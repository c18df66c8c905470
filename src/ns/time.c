/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The time namespace.
 *
 * Theory of operation. A task is in one, and its children come into another
 * one, if it has asked for that; so does it itself with its next program. The
 * offsets of its clocks can be set until the first task comes into it. From
 * there on calls with a clock are answered with the offsets (time_clock.c):
 * who asks for a namespace loads the late filter, which catches them (late.c).
 * Programs read clocks without a call, in the vDSO. In a namespace with offsets
 * they do not: its function is overwritten by the call, in the private copy of
 * the page that the kernel makes for that.
 *
 * It comes with the pid namespace, for which /proc is made. Follows
 * kernel/time/namespace.c, Linux 6.18.
 */
#include "src/ns/time.h"

#include <assert.h>
#include <errno.h>
#include <linux/auxvec.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include "src/host/sys.h"
#include "src/host/vdso.h"
#include "src/ns/ns.h"
#include "src/ns/user_cred.h"
#include "src/task/task.h"

#define NS_IN_SEC INT64_C(1000000000)

struct time_namespace {
	struct ns_common common;
	unsigned int refs;
	bool frozen; /* a task has come into it */
	int64_t offsets[TIME_OFFSETS];
};

static_assert(offsetof(struct time_namespace, common) == 0, "by its common");

static void get(struct ns_common *ns)
{
	((struct time_namespace *)ns)->refs++;
}

static void put(struct ns_common *ns)
{
	if (--((struct time_namespace *)ns)->refs > 0)
		return;
	ns_common_gone(ns);
	free(ns);
}

struct time_namespace *time_ns_get(struct time_namespace *ns)
{
	get(&ns->common);
	return ns;
}

void time_ns_put(struct time_namespace *ns)
{
	if (ns)
		put(&ns->common);
}

/* ---- the vDSO ---- */

/* Of the task's program: /proc/PID/auxv. Return: 0: it has none. */
static uint64_t vdso_of(const struct task *task)
{
	uint64_t entries[64][2];
	char path[64];
	long n;

	snprintf(path, sizeof(path), "/proc/%d/auxv", task->tid->host.n);
	n = sys_read_file(path, (char *)entries, sizeof(entries));
	for (long i = 0; i < n / (long)sizeof(entries[0]); i++)
		if (entries[i][0] == AT_SYSINFO_EHDR)
			return entries[i][1];
	return 0;
}

static void hide_vdso(const struct task *task, const struct time_namespace *ns)
{
	/* mov $SYS_clock_gettime, %eax; syscall; ret */
	static const unsigned char call[] = { 0xb8, SYS_clock_gettime, 0, 0, 0,
					      0x0f, 0x05, 0xc3 };
	uint64_t vdso, function;

	if (!ns || (!ns->offsets[0] && !ns->offsets[1]))
		return;
	vdso = vdso_of(task);
	function = vdso_offset("__vdso_clock_gettime");
	if (vdso && function)
		sys_mem_write(task->tid->host, vdso + function, call,
			      sizeof(call));
}

void time_hide_vdso(const struct task *task)
{
	hide_vdso(task, task->nsproxy->time);
}

/* ---- struct ns_ops ---- */

/* *@slot becomes @ns; NULL: that of the host. */
static void set(struct time_namespace **slot, struct time_namespace *ns)
{
	if (ns)
		get(&ns->common);
	if (*slot)
		put(&(*slot)->common);
	*slot = ns;
}

/* That of the host, at first. */
static int time_create(struct nsproxy *proxy, const struct ns_config *config)
{
	(void)proxy;
	(void)config;
	return 0;
}

static void time_release(struct nsproxy *proxy)
{
	set(&proxy->time, NULL);
	set(&proxy->time_for_children, NULL);
}

static void time_share(struct nsproxy *to, const struct nsproxy *from)
{
	set(&to->time, from->time);
	set(&to->time_for_children, from->time_for_children);
}

/* For children: who asks stays where it is. */
static int time_copy(struct nsset *nsset, struct task *task)
{
	struct time_namespace *ns = calloc(1, sizeof(*ns));

	(void)task;
	if (!ns)
		return -ENOMEM;
	ns_common_init(&ns->common, &time_ns_ops, nsset->proxy->user);
	set(&nsset->proxy->time_for_children, ns);
	return 0;
}

static struct ns_common *time_of(const struct task *task)
{
	struct time_namespace *ns = task->nsproxy->time;

	return ns ? &ns->common : NULL;
}

static struct ns_common *time_for_children(const struct nsproxy *proxy)
{
	struct time_namespace *ns = proxy->time_for_children;

	return ns ? &ns->common : NULL;
}

/* Both at once, and of all memory: timens_install() */
static int time_install(struct nsset *nsset, struct task *task,
			struct ns_common *ns)
{
	if (!group_is_single(task->group))
		return -EUSERS;
	/* Back to the host's, which is not its to enter. */
	if (!ns && task->cred && nsset->proxy->time_for_children)
		return -EPERM;
	set(&nsset->proxy->time_for_children, (struct time_namespace *)ns);
	time_enter(nsset->proxy);
	return 0;
}

/* By setns(2), before the task is in it: timens_install() */
static void time_leave(struct task *task, const struct nsproxy *next)
{
	if (next->time != task->nsproxy->time)
		hide_vdso(task, next->time);
}

void time_enter(struct nsproxy *proxy)
{
	set(&proxy->time, proxy->time_for_children);
	if (proxy->time)
		proxy->time->frozen = true;
}

/* exec_task_namespaces(); without memory it stays where it is. */
static void time_group_exec(struct group *group)
{
	struct task *task = group->tasks;
	struct nsset nsset;

	if (task->nsproxy->time != task->nsproxy->time_for_children &&
	    nsset_copy(task, 0, &nsset) == 0) {
		time_enter(nsset.proxy);
		nsset_switch(task, &nsset);
	}
	time_hide_vdso(task);
}

/* ---- offsets ---- */

int64_t time_offset(const struct task *task, int clock)
{
	const struct time_namespace *ns = task->nsproxy->time;

	if (!ns)
		return 0;
	switch (clock) {
	case CLOCK_MONOTONIC:
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_MONOTONIC_COARSE:
		return ns->offsets[0];
	case CLOCK_BOOTTIME:
	case CLOCK_BOOTTIME_ALARM:
		return ns->offsets[1];
	default:
		return 0;
	}
}

void time_get_offsets(const struct time_namespace *ns,
		      struct timespec ret_offsets[TIME_OFFSETS])
{
	for (int i = 0; i < TIME_OFFSETS; i++) {
		int64_t all = ns ? ns->offsets[i] : 0;
		int64_t rest = (all % NS_IN_SEC + NS_IN_SEC) % NS_IN_SEC;

		ret_offsets[i].tv_nsec = rest;
		ret_offsets[i].tv_sec = (all - rest) / NS_IN_SEC;
	}
}

/* Of the first line. Return: the number of the clock, or -EINVAL. */
static int parse_line(const char *text, struct timespec *ret_offset)
{
	unsigned long nsec;
	char clock[10], line[128];
	long long sec;

	snprintf(line, sizeof(line), "%.*s", (int)strcspn(text, "\n"), text);
	if (sscanf(line, "%9s %lld %lu", clock, &sec, &nsec) != 3 ||
	    nsec >= (unsigned long)NS_IN_SEC)
		return -EINVAL;
	*ret_offset = (struct timespec){ sec, (long)nsec };
	if (strcmp(clock, "monotonic") == 0 || strcmp(clock, "1") == 0)
		return 0;
	if (strcmp(clock, "boottime") == 0 || strcmp(clock, "7") == 0)
		return 1;
	return -EINVAL;
}

/* proc_timens_set_offset(): the clock may not be negative, nor run over. */
static bool is_in_range(int i, const struct timespec *offset)
{
	const long long max = INT64_MAX / NS_IN_SEC; /* KTIME_SEC_MAX */
	struct timespec now;
	long long sec;

	if (offset->tv_sec > max || offset->tv_sec < -max)
		return false;
	clock_gettime(i == 0 ? CLOCK_MONOTONIC : CLOCK_BOOTTIME, &now);
	sec = now.tv_sec + offset->tv_sec +
	      (now.tv_nsec + offset->tv_nsec) / NS_IN_SEC;
	return sec >= 0 && sec <= max / 2;
}

long time_write_offsets(struct time_namespace *ns,
			const struct user_cred *opener, const char *text)
{
	struct timespec offset[TIME_OFFSETS];
	int clock[TIME_OFFSETS], n = 0;
	const char *at = text;

	do {
		clock[n] = parse_line(at, &offset[n]);
		if (clock[n] < 0)
			return -EINVAL;
		at += strcspn(at, "\n");
		at += *at == '\n';
		n++;
	} while (n < TIME_OFFSETS && *at);
	if (opener &&
	    (!ns || !user_cred_capable(opener, ns->common.owner, CAP_SYS_TIME)))
		return -EPERM;
	for (int i = 0; i < n; i++)
		if (!is_in_range(clock[i], &offset[i]))
			return -ERANGE;
	if (!ns || ns->frozen)
		return -EACCES;
	for (int i = 0; i < n; i++)
		ns->offsets[clock[i]] =
			offset[i].tv_sec * NS_IN_SEC + offset[i].tv_nsec;
	return at - text;
}

const struct ns_ops time_ns_ops = {
	.name = "time",
	.kind = NS_PID, /* see above */
	.flag = CLONE_NEWTIME,
	.has_host = true,
	.late = NS_TIME,
	.create = time_create,
	.release = time_release,
	.share = time_share,
	.copy = time_copy,
	.of = time_of,
	.for_children = time_for_children,
	.get = get,
	.put = put,
	.install = time_install,
	.leave = time_leave,
	.group_exec = time_group_exec,
};
