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
#include <errno.h>
#include <linux/capability.h>
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
	unsigned int refs;
	char nodename[UTS_LEN + 1];
	char domainname[UTS_LEN + 1];
};

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
	if (uname(&host) < 0)
		memset(&host, 0, sizeof(host));
	r = set_name(ns->nodename,
		     config->hostname ? config->hostname : host.nodename);
	if (r == 0)
		r = set_name(ns->domainname, config->domainname ?
			     config->domainname : host.domainname);
	if (r < 0) {
		free(ns);
		return r;
	}
	proxy->uts = ns;
	return 0;
}

static void uts_release(struct nsproxy *proxy)
{
	if (proxy->uts && --proxy->uts->refs == 0)
		free(proxy->uts);
	proxy->uts = NULL;
}

const struct ns_ops uts_ns_ops = {
	.name = "uts",
	.kind = NS_UTS,
	.create = uts_create,
	.release = uts_release,
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

	if (!user_capable_over_ns(c->task, CAP_SYS_ADMIN))
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
