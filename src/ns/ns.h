/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The namespaces of a task: nsproxy, as the kernel's, shared by reference
 * count until a task gets its own. One `const struct ns_ops` per kind; what
 * creates or shares namespaces loops over them and names none.
 */
#ifndef NSRUN_NS_H
#define NSRUN_NS_H

#include "src/syscall.h"
#include "tables/pids.h"

struct uts_namespace;

struct nsproxy {
	unsigned int refs;
	struct uts_namespace *uts;	/* NULL: the host's */
	struct pid_namespace *pid_for_children;
};

/* What an instance is started with. */
struct ns_config {
	unsigned int kinds;	/* set of enum ns_kind */
	const char *hostname;	/* NULL: the host's */
	const char *domainname;
	struct pids *pids;
};

struct ns_ops {
	const char *name;	/* as in /proc/PID/ns */
	enum ns_kind kind;
	/* Return: 0 or a negative errno; on failure @proxy is unchanged. */
	int (*create)(struct nsproxy *proxy, const struct ns_config *config);
	void (*release)(struct nsproxy *proxy);	/* takes one without */
};

extern const struct ns_ops uts_ns_ops;
extern const struct ns_ops pid_ns_ops;

/*
 * A first proxy with a fresh namespace of each kind in @config.
 * Return: 0 with one reference in *@ret_proxy, or a negative errno;
 * *@ret_what is then the name of the namespace that could not be made.
 */
int nsproxy_create(const struct ns_config *config, struct nsproxy **ret_proxy,
		   const char **ret_what);
struct nsproxy *nsproxy_get(struct nsproxy *proxy);
void nsproxy_put(struct nsproxy *proxy);

#endif
