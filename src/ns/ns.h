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

/* Every flag of clone(2) that makes a namespace. */
#define CLONE_NEW_ANY (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | \
		       CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | \
		       CLONE_NEWNET | CLONE_NEWTIME)

struct uts_namespace;
struct ipc_namespace;
struct user_namespace;
struct user_config;
struct task;
struct group;

struct nsproxy {
	unsigned int refs;
	struct uts_namespace *uts;	/* NULL: the host's */
	struct ipc_namespace *ipc;	/* likewise */
	struct user_namespace *user;	/* likewise: it owns the others */
	struct pid_namespace *pid_for_children;
};

/* What an instance is started with. */
struct ns_config {
	unsigned int kinds;	/* set of enum ns_kind */
	const char *hostname;	/* NULL: the host's */
	const char *domainname;
	const struct user_config *user;	/* NULL: nothing is mapped */
	struct pids *pids;
};

struct ns_ops {
	const char *name;	/* as in /proc/PID/ns */
	enum ns_kind kind;
	/* Return: 0 or a negative errno; on failure @proxy is unchanged. */
	int (*create)(struct nsproxy *proxy, const struct ns_config *config);
	void (*release)(struct nsproxy *proxy);	/* takes one without */

	/*
	 * What a namespace keeps with a task or a process. Any may be NULL.
	 * @parent is NULL when it died meanwhile; @flags are clone(2)'s.
	 */
	void (*task_clone)(struct task *parent, struct task *child,
			   uint64_t flags);
	/* Before its files are closed; or, killed again, after. Twice mostly. */
	void (*task_exit)(struct task *task);
	void (*task_unshare)(struct task *task, uint64_t flags);
	/* The leader goes on in the place of @caller, a thread of it. */
	void (*task_take_over)(struct task *leader, struct task *caller);
	void (*group_exec)(struct group *group);
	/* The last task of @group has exited. */
	void (*group_exit)(struct group *group);
};

extern const struct ns_ops user_ns_ops;
extern const struct ns_ops ipc_ns_ops;
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

/* Tell each kind of it: see ns_ops. */
void ns_task_clone(struct task *parent, struct task *child, uint64_t flags);
void ns_task_exit(struct task *task);
void ns_task_unshare(struct task *task, uint64_t flags);
void ns_task_take_over(struct task *leader, struct task *caller);
void ns_group_exec(struct group *group);
void ns_group_exit(struct group *group);

#endif
