/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The time namespace, without clocks of its own.
 *
 * Theory of operation. A task is in one, and its children come into another
 * one, if it has asked for that; so does it itself with its next program. The
 * offsets of a new one are 0, and stay so: the clocks are read in the vDSO,
 * which nobody sees. /proc/PID/timens_offsets is the host's: it shows them,
 * and refuses each write with EPERM. It comes with the pid namespace, for
 * which /proc is made. Follows kernel/time/namespace.c, Linux 6.x.
 */
#include "src/ns/time.h"

#include <assert.h>
#include <errno.h>
#include <linux/sched.h>
#include <stddef.h>
#include <stdlib.h>
#include "src/ns/ns.h"
#include "src/task/task.h"

struct time_namespace {
	struct ns_common common;
	unsigned int refs;
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
static int time_copy(struct nsproxy *proxy, const struct task *task)
{
	struct time_namespace *ns = calloc(1, sizeof(*ns));

	(void)task;
	if (!ns)
		return -ENOMEM;
	ns_common_init(&ns->common, &time_ns_ops);
	set(&proxy->time_for_children, ns);
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
static int time_install(struct nsproxy *proxy, const struct task *task,
			struct ns_common *ns)
{
	if (task->group->tasks->in_group_next)
		return -EUSERS;
	set(&proxy->time, (struct time_namespace *)ns);
	set(&proxy->time_for_children, (struct time_namespace *)ns);
	return 0;
}

void time_enter(struct nsproxy *proxy)
{
	set(&proxy->time, proxy->time_for_children);
}

/* exec_task_namespaces(); without memory it stays where it is. */
static void time_group_exec(struct group *group)
{
	struct task *task = group->tasks;
	struct nsproxy *proxy;

	if (task->nsproxy->time == task->nsproxy->time_for_children ||
	    nsproxy_copy(task, 0, &proxy) < 0)
		return;
	time_enter(proxy);
	nsproxy_switch(task, proxy);
}

const struct ns_ops time_ns_ops = {
	.name = "time",
	.kind = NS_PID, /* see above */
	.flag = CLONE_NEWTIME,
	.has_host = true,
	.create = time_create,
	.release = time_release,
	.share = time_share,
	.copy = time_copy,
	.of = time_of,
	.for_children = time_for_children,
	.get = get,
	.put = put,
	.install = time_install,
	.group_exec = time_group_exec,
};
