/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The namespaces of a task: nsproxy, as the kernel's, shared by reference
 * count until a task gets its own. One `const struct ns_ops` per kind; what
 * creates or shares namespaces loops over them and names none.
 */
#ifndef NSRUN_NS_H
#define NSRUN_NS_H

#include <stdbool.h>
#include "src/syscall.h"
#include "tables/ns_common.h"
#include "tables/pids.h"

struct uts_namespace;
struct ipc_namespace;
struct cgroup_namespace;
struct time_namespace;
struct recorded;
struct user_namespace;
struct net;
struct mnt_namespace;
struct user_config;
struct user_cred;
struct task;
struct group;

struct nsproxy {
	unsigned int refs;
	struct uts_namespace *uts;	/* NULL: the host's */
	struct ipc_namespace *ipc;	/* likewise */
	struct user_namespace *user;	/* likewise: that of the credentials */
	struct mnt_namespace *mnt;	/* likewise: mnt.h */
	struct user_namespace *mnt_owner;	/* of the mounts, the host's too */
	struct net *net;		/* likewise */
	struct pid_namespace *pid_for_children;
	struct cgroup_namespace *cgroup;	/* NULL: the host's */
	struct time_namespace *time, *time_for_children;	/* likewise */
};

/* What a task is about to change to: struct nsset of the kernel. */
struct nsset {
	struct nsproxy *proxy;	/* one reference */
	struct user_cred *cred;	/* one, too; NULL: what the task has */
	bool own_folder;	/* one that nobody shares is made for it */
};

/* What an instance is started with. */
struct ns_config {
	unsigned int kinds;	/* set of enum ns_kind */
	const char *hostname;	/* NULL: the host's */
	const char *domainname;
	const struct user_config *user;	/* NULL: nothing is mapped */
	bool net_down;			/* lo is, as in a new one of the kernel's */
	struct pids *pids;
	struct recorded *recorded;	/* ids for its objects; NULL: none */
};

struct ns_ops {
	const char *name;	/* as in /proc/PID/ns */
	enum ns_kind kind;
	uint64_t flag;		/* CLONE_NEW… */
	/* Return: 0 or a negative errno; on failure @proxy is unchanged. */
	int (*create)(struct nsproxy *proxy, const struct ns_config *config);
	void (*release)(struct nsproxy *proxy);	/* takes one without */

	/* @to, which has none yet, has that of @from, too. */
	void (*share)(struct nsproxy *to, const struct nsproxy *from);
	/*
	 * @set, which shares all of @task's, gets a new one in its place, by
	 * clone(2) or unshare(2). Return: 0 or a negative errno; then @set is
	 * as it was.
	 */
	int (*copy)(struct nsset *set, struct task *task);
	/*
	 * May @task copy it? Beyond its rights; @flags are those of the call.
	 * NULL: yes. Return: 0 or a negative errno
	 */
	int (*check_copy)(const struct task *task, uint64_t flags);
	/* That of @task, borrowed; NULL: the host's. */
	struct ns_common *(*of)(const struct task *task);
	/* As KIND_for_children of /proc/PID/ns. NULL: there is none. */
	struct ns_common *(*for_children)(const struct nsproxy *proxy);
	/* What a hierarchical one is below; NULL: the host's. */
	struct ns_common *(*parent)(const struct ns_common *ns);
	void (*get)(struct ns_common *ns);
	void (*put)(struct ns_common *ns);
	/* In the host's one may be, too: install() takes NULL for it. */
	bool has_host;
	/* What is caught for it in whom alone it concerns: late.h. 0: nothing */
	enum ns_kind late;
	/*
	 * setns(2): @set, a copy of @task's, gets @ns, over which @task has
	 * the right. Return: 0 or a negative errno
	 */
	int (*install)(struct nsset *set, struct task *task,
		       struct ns_common *ns);
	/* Before @task changes to @next. May be NULL. */
	void (*leave)(struct task *task, const struct nsproxy *next);

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
extern const struct ns_ops net_ns_ops;
extern const struct ns_ops pid_ns_ops;
extern const struct ns_ops cgroup_ns_ops;
extern const struct ns_ops time_ns_ops;
extern const struct ns_ops mnt_ns_ops;

/*
 * A first proxy with a fresh namespace of each kind in @config.
 * Return: 0 with one reference in *@ret_proxy, or a negative errno;
 * *@ret_what is then the name of the namespace that could not be made.
 */
int nsproxy_create(const struct ns_config *config, struct nsproxy **ret_proxy,
		   const char **ret_what);
/*
 * A proxy with those of @from whose kinds are in @kinds, and the host's others:
 * for whoever enters some alone. Return: NULL without memory.
 */
struct nsproxy *nsproxy_part(const struct nsproxy *from, unsigned int kinds,
			     struct pids *pids);
/* The mounts belong to @ns now. */
void nsproxy_own_mounts(struct nsproxy *proxy, struct user_namespace *ns);
struct nsproxy *nsproxy_get(struct nsproxy *proxy);
void nsproxy_put(struct nsproxy *proxy);

/* Every flag that makes a namespace. */
#define NS_FLAGS_ALL UINT64_C(0x7e020080)

/*
 * May @task have a namespace of its own for each of clone's @flags? Flags that
 * make none do not matter. Return: 0, or what the kernel's copy_creds() and
 * copy_namespaces() answer: -EPERM (of kinds that the instance does not have,
 * too), -EINVAL, -ENOSPC.
 */
int ns_check_copy(const struct task *task, uint64_t flags);

/*
 * The namespaces of @task, with new ones for @flags: *@ret_set has one
 * reference of each. Ask ns_check_copy() before. Return: 0 or a negative errno.
 */
int nsset_copy(struct task *task, uint64_t flags, struct nsset *ret_set);
void nsset_put(struct nsset *set);

/* The same for a child of @task's, made by clone(2) with @flags. */
int nsset_for_child(struct task *task, uint64_t flags, struct nsset *ret_set);

/* @task changes to @set, whose references it takes over. */
void nsset_switch(struct task *task, struct nsset *set);

/* The kinds of clone's @flags that may come late: a set of enum ns_kind. */
unsigned int ns_late_kinds(uint64_t flags);

/* The kind with clone's @flag, or of this name, if it is on; or NULL. */
const struct ns_ops *ns_kind_by_flag(uint64_t flag);
const struct ns_ops *ns_kind_by_name(const char *name, size_t len);

/*
 * A fresh namespace of a kind, which belongs to @owner (NULL: the host's). They
 * are counted: see ns_check_copy().
 */
void ns_common_init(struct ns_common *ns, const struct ns_ops *ops,
		    struct user_namespace *owner);
void ns_common_gone(struct ns_common *ns);	/* right before it is freed */

/* Who owns it; the parent of a user namespace. NULL: the host's */
struct user_namespace *ns_owner(const struct ns_common *ns);

/* ioctl(2) of what /proc/PID/ns leads to: ns_call.c. */
long ns_ioctl(struct call *c);

/* Tell each kind of it: see ns_ops. */
void ns_task_clone(struct task *parent, struct task *child, uint64_t flags);
void ns_task_exit(struct task *task);
void ns_task_unshare(struct task *task, uint64_t flags);
void ns_task_take_over(struct task *leader, struct task *caller);
void ns_group_exec(struct group *group);
void ns_group_exit(struct group *group);

#endif
