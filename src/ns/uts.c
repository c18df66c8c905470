/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The uts namespace: a host name and a domain name.
 *
 * Theory of operation. uname(2) gets what the kernel says with the two names
 * of the task's namespace in it. sethostname(2) and setdomainname(2) need
 * CAP_SYS_ADMIN in the user namespace that owns the uts namespace; without
 * one, the owner is whoever started nsrun, and so is every task inside.
 * Follows kernel/sys.c, Linux 6.x.
 */
#include <assert.h>
#include <errno.h>
#include <linux/capability.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/utsname.h>
#include "src/call.h"
#include "src/host/sys.h"
#include "src/ns/user_cred.h"
#include "src/ns/uts.h"
#include "src/task/agent.h"
#include "src/task/task.h"

#define UTS_LEN 64	/* __NEW_UTS_LEN */

struct uts_namespace {
	struct ns_common common;
	unsigned int refs;
	char nodename[UTS_LEN + 1];
	char domainname[UTS_LEN + 1];
};

static_assert(offsetof(struct uts_namespace, common) == 0, "by its common");

static struct uts_namespace *uts_of_common(struct ns_common *ns)
{
	return (struct uts_namespace *)ns;
}

static void uts_get(struct ns_common *ns)
{
	uts_of_common(ns)->refs++;
}

static void uts_put(struct ns_common *ns)
{
	if (--uts_of_common(ns)->refs > 0)
		return;
	ns_common_gone(ns);
	free(uts_of_common(ns));
}

static int set_name(char *name, const char *value)
{
	size_t len = strlen(value);

	if (len > UTS_LEN)
		return -EINVAL;
	memset(name, 0, UTS_LEN + 1);
	memcpy(name, value, len);
	return 0;
}

static int uts_create(struct nsproxy *proxy, const struct ns_config *config)
{
	struct uts_namespace *ns;
	struct utsname host;
	int r;

	if (!(config->kinds & NS_UTS))
		return 0;
	ns = calloc(1, sizeof(*ns));
	if (!ns)
		return -ENOMEM;
	ns->refs = 1;
	ns_common_init(&ns->common, &uts_ns_ops, proxy->user);
	if (uname(&host) < 0)
		memset(&host, 0, sizeof(host));
	r = set_name(ns->nodename,
		     config->hostname ? config->hostname : host.nodename);
	if (r == 0)
		r = set_name(ns->domainname, config->domainname ?
			     config->domainname : host.domainname);
	if (r < 0) {
		uts_put(&ns->common);
		return r;
	}
	proxy->uts = ns;
	return 0;
}

static void uts_release(struct nsproxy *proxy)
{
	if (proxy->uts)
		uts_put(&proxy->uts->common);
	proxy->uts = NULL;
}

static void uts_share(struct nsproxy *to, const struct nsproxy *from)
{
	to->uts = from->uts;
	if (to->uts)
		to->uts->refs++;
}

/* With the names of the old one. */
static int uts_copy(struct nsset *set, struct task *task)
{
	struct uts_namespace *ns = malloc(sizeof(*ns));
	struct nsproxy *proxy = set->proxy;

	(void)task;
	if (!ns)
		return -ENOMEM;
	*ns = *proxy->uts;
	ns->common = (struct ns_common){ 0 };
	ns->refs = 1;
	ns_common_init(&ns->common, &uts_ns_ops, proxy->user);
	uts_release(proxy);
	proxy->uts = ns;
	return 0;
}

static struct ns_common *uts_of(const struct task *task)
{
	struct uts_namespace *ns = task->nsproxy->uts;

	return ns ? &ns->common : NULL;
}

static int uts_install(struct nsset *set, struct task *task,
		       struct ns_common *ns)
{
	(void)task;
	uts_get(ns);
	uts_release(set->proxy);
	set->proxy->uts = uts_of_common(ns);
	return 0;
}

static void uts_leave(struct task *task, const struct nsproxy *next)
{
	if (task->nsproxy->uts != next->uts)
		agent_names_changed();
}

/* A copy of its parent's page would tell the names of before. */
static void uts_task_clone(struct task *parent, struct task *child,
			   uint64_t flags)
{
	(void)parent;
	(void)child;
	if (flags & CLONE_NEWUTS)
		agent_names_changed();
}

const struct ns_ops uts_ns_ops = {
	.name = "uts",
	.kind = NS_UTS,
	.flag = CLONE_NEWUTS,
	.create = uts_create,
	.release = uts_release,
	.share = uts_share,
	.copy = uts_copy,
	.of = uts_of,
	.get = uts_get,
	.put = uts_put,
	.install = uts_install,
	.leave = uts_leave,
	.task_clone = uts_task_clone,
};

/* A personality can change machine (PER_LINUX32) and release (UNAME26). */
static long uname_as(unsigned long persona, struct utsname *name)
{
	unsigned long own;
	long r;

	if (!persona)
		return sys_result(uname(name));
	own = (unsigned long)personality(persona);
	r = sys_result(uname(name));
	personality(own);
	return r;
}

/* Remembered for uname(2); the kernel's otherwise. */
long uts_personality(struct call *c)
{
	const unsigned long shown = PER_MASK | UNAME26;
	unsigned int persona = (unsigned int)c->args[0];

	if (persona != 0xffffffff) {
		c->task->persona = (persona & shown) == PER_LINUX ? 0 :
				   persona & shown;
		agent_names_changed();
	}
	return call_pass(c);
}

long uts_names(const struct task *task, struct utsname *ret_names)
{
	const struct uts_namespace *ns = task->nsproxy->uts;
	long r = uname_as(task->persona, ret_names);

	if (r < 0)
		return r;
	memcpy(ret_names->nodename, ns->nodename, sizeof(ns->nodename));
	memcpy(ret_names->domainname, ns->domainname, sizeof(ns->domainname));
	return 0;
}

long uts_uname(struct call *c)
{
	struct utsname name;
	long r = uts_names(c->task, &name);

	if (r < 0)
		return r;
	return call_write(c, c->args[0], &name, sizeof(name));
}

static char *name_of(struct uts_namespace *ns, bool domain)
{
	return domain ? ns->domainname : ns->nodename;
}

const char *uts_name(const struct nsproxy *proxy, bool domain)
{
	return proxy->uts ? name_of(proxy->uts, domain) : NULL;
}

void uts_set_name(struct nsproxy *proxy, bool domain, const char *text)
{
	char cut[UTS_LEN + 1];

	if (!proxy->uts)
		return;
	snprintf(cut, sizeof(cut), "%s", text);
	set_name(name_of(proxy->uts, domain), cut);
	agent_names_changed();
}

static long uts_set(struct call *c, char *name)
{
	char value[UTS_LEN + 1] = { 0 };
	int len = (int)c->args[1];

	if (!user_capable_over(c->task, &c->task->nsproxy->uts->common,
			       CAP_SYS_ADMIN))
		return -EPERM;
	if (len < 0 || len > UTS_LEN)
		return -EINVAL;
	if (len > 0 && call_read(c, c->args[0], value, (size_t)len) < 0)
		return -EFAULT;
	memcpy(name, value, sizeof(value));
	agent_names_changed();
	return 0;
}

long uts_sethostname(struct call *c)
{
	return uts_set(c, c->task->nsproxy->uts->nodename);
}

long uts_setdomainname(struct call *c)
{
	return uts_set(c, c->task->nsproxy->uts->domainname);
}
