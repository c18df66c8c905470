/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tasks of an instance: one `struct task` per guest thread, one
 * `struct group` per process (a thread group, as the kernel says).
 *
 * Theory of operation. Tasks come by task_clone() and the child's first stop
 * (clone.c), change at exec (exec.c) and go at their death (exit.c), which the
 * supervisor sees before the real parent can. A group outlives its last task
 * as a zombie until its real parent has reaped it, since its number must stay
 * taken so long. The kernel underneath stays the authority for who is whose
 * parent and in which process group and session a process is; the tables
 * remember it and ask again when it can have changed.
 *
 * Everything that is bound to a host number is safe to use between two waits
 * of the supervisor: the number of a traced task cannot be given out again
 * until the supervisor has collected it.
 */
#ifndef NSRUN_TASK_H
#define NSRUN_TASK_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include "src/call.h"
#include "src/ns/late.h"
#include "src/ns/ns.h"
#include "tables/pids.h"
#include "tables/recorded.h"

#define GROUP_SIGNALFDS_MAX 16

/* Who a process says that it is in what it sends: user_sock.c */
struct claim {
	bool made;
	uint32_t uid, gid;	/* kernel ids */
	ns_pid nr;		/* 0: its own */
};

/* What is known of a process by its calls; its children begin with it. */
struct heritage {
	uint64_t handlers;	/* signals whose delivery must be seen */
	uint64_t acted;		/* signals whose handler the agent may be */
	bool unhandled;		/* it has no handler at all, as is known */
	bool held;		/* traced at least until its next exec */
	bool watches;		/* its own calls, by a filter or a dispatch */
	bool no_agent;		/* so it does; or it is partial; or late.c */
	bool rooted;		/* a task of it has, or had, a root of its own */
	bool folder;		/* it may hold a folder of /proc: open or cwd */
	bool unguarded;		/* joined, or a descendant: not the guard's */
};

struct group {
	struct pid *tgid;	/* owned references, these three */
	struct pid *pgrp;	/* NULL: outside of the instance */
	struct pid *session;	/* likewise */
	struct group *parent;	/* borrowed; NULL: ask the kernel */
	struct group *children;	/* list by sibling_prev/next, zombies too */
	struct group *sibling_prev, *sibling_next;
	struct task *tasks;	/* list by in_group_prev/next */
	struct group *prev, *next;	/* of all groups of the instance */
	bool zombie;		/* no task left, not yet reaped */
	bool lends;	/* its stack, to a child of vfork that calls exec */
	bool gone_children;	/* some of its children are `gone` */
	bool joined;		/* from outside: outside/join.c */
	bool loads;		/* likewise: it loads nsrun's other filters yet */
	bool gone;		/* reaped, and a wait is about to say so */
	bool killed;		/* by SIGKILL of the supervisor's */
	bool subreaper;	/* of init alone: what it set itself; prctl.c */
	int dumpable;		/* what PR_GET_DUMPABLE says */
	struct shm_attached *shm;	/* what it has attached: ipc_shm.c */
	struct user_cred *cred;	/* owned: the leader's, when it has ended */
	bool no_new_privs;	/* likewise */
	struct claim claim;
	struct agent *agent;	/* of its memory; NULL: nothing is known of it */
	struct heritage heritage;
	int pidfd;		/* of one that was bare (bare.h); or -1 */
	unsigned int execs;	/* threads in it, of several: group_exec_begins() */
	bool ended;		/* its pidfd says so, a tracer has not yet */
	bool shares_vm;		/* its memory with another process */
	bool vforked;		/* with its parent, which sleeps in vfork() */
	struct tracing *tracees;	/* tracing.h: those that it traces */
	struct traced_end *traced_ends;	/* likewise, ended and not waited for */
	unsigned int traced;	/* how many of its tasks are */
	unsigned int signalfds;	/* how many of signalfd[] are in use */
	int signalfd[GROUP_SIGNALFDS_MAX];	/* reads of these are caught */
};

/* A call that waits for its answer, and where it does: park.c. */
struct parked {
	enum {
		PARK_NONE,
		PARK_NOTIFIED,	/* in the notification `id` */
		PARK_CALLED,	/* on the way from there to a stop */
		PARK_SLEEPING,	/* in a call of nsrun's that signals end */
		PARK_ANSWERED,	/* on the way to a stop, where it is told */
	} state;
	struct task *task;
	struct waiter *waiter;	/* the handler's; NULL: answered */
	uint64_t id;
	int listener;		/* that the notification came by */
	long answer;
	uint64_t grace, deadline;	/* when due; 0: not in the list */
	struct parked *grace_prev, *grace_next;
	struct parked *deadline_prev, *deadline_next;
};

/* What memory held at an exec that nobody sees: bare.c */
struct exec_mark {
	uint64_t at;
	unsigned char bytes[16];
};

struct task {
	struct pid *tid;	/* owned reference */
	struct group *group;
	struct nsproxy *nsproxy;	/* owned reference */
	struct task *in_group_prev, *in_group_next;
	struct cloning *cloning;	/* it is in clone(); clone.c */
	unsigned int bearing;	/* traced clones by its agent; born.c */
	unsigned long persona;	/* personality(2), where uname(2) shows it */
	bool no_new_privs;	/* it has set it itself; prctl.c */
	struct late late;
	bool started;		/* its first stop was seen */
	bool bare;		/* it is not traced: bare.h */
	uint64_t deferred;	/* its notification, until another's exec is over */
	bool execs;		/* counted in the group's */
	bool execing;		/* it may be another program: exec_mark */
	struct exec_mark exec_mark;
	uint64_t tid_address;	/* not told to the kernel yet; pid.c */
	bool begins;		/* and it has not gone on: task_begins() */
	bool clears_handlers;	/* likewise: CLONE_CLEAR_SIGHAND */
	bool in_call;		/* nsrun follows `call` to its exit stop */
	bool at_entry;		/* likewise, and its entry stop comes first */
	bool trapped;		/* likewise; by_trace_trapped() began it */
	int unseal;		/* loop.c: an unreadable program began */
	bool stopped;		/* by job control */
	bool masked;		/* its signals are blocked by nsrun meanwhile */
	uint64_t mask;		/* its own mask then */
	bool agent_held;	/* likewise, since it maps its agent */
	bool undelivered;	/* see loop.c: an answer that was not taken */
	bool waiting;		/* in wait4() or waitid() */
	bool exiting;		/* it runs no more code of its program */
	bool held;		/* at its exit stop: task_ends() */
	struct task *held_next;
	bool quiet;		/* memory_quiesce(): it stands still */
	bool interrupted;	/* likewise: it was made to */
	bool recalled;		/* its call comes again: loop.c, call_stop() */
	bool passed;		/* its last notified call, passed_nr, may wait */
	int passed_nr;		/* in the kernel, and be ended by EINTR */
	long undelivered_value;
	int undelivered_nr;
	struct parked parked;
	struct user_cred *cred;	/* owned reference; NULL: no user namespace */
	bool secure;		/* its program gave it rights: AT_SECURE */
	struct creds *creds;	/* creds.c; NULL: not known */
	bool creds_change;	/* it has changed them: never kept again */
	struct root *root;	/* owned reference; NULL: the host's: view/root.h */
	bool confined;		/* it has a Landlock of its own, and a root */
	bool root_armed;	/* all calls with a path are caught: view/chroot.c */
	struct loader *loader;	/* loader.c; NULL: the kernel's will do */
	bool loads;		/* its exec is over, and the loader is due */
	struct sem_undo_list *sem_undo;	/* ipc_sem.c; shared: CLONE_SYSVSEM */
	struct tracing *tracing;	/* owned; NULL: no program traces it */
	bool agent_waits;	/* it may wait by its agent: debug.c */
	bool wait_sleeps;	/* pid_wait_traced.c: none is its own child */
	bool wait_passed;	/* it may be in a wait of the kernel's alone */
	struct trace_call *traced;	/* trace.c's; NULL: none is told of */
	struct call call;
};

/* The tree that one nsrun runs. */
struct instance {
	struct pids pids;
	struct recorded *recorded;	/* --restore-ids; NULL: none are */
	struct group *groups;
	unsigned int tasks;	/* live ones */
	unsigned int active;	/* set of enum ns_kind, with NS_BASE */
	uint64_t secret;	/* marks siginfo that nsrun sent; signal.c */
	struct group *init;	/* of the outermost namespace; borrowed */
	bool walled;		/* by Landlock */
	bool opens;		/* WALLED rows run natively: config_opens() */
	bool agent;		/* tasks may have one; by_agent.c */
	bool scoped;		/* no abstract name of others can be reached */
	bool killable;		/* the wait at the notify gate is */
	bool bare;		/* they may go untraced; bare.h */
	bool signals;		/* a task can send to itself: PIDFD_SELF */
	bool started;		/* the first program runs */
	bool not_executable;	/* it could not be: loop.c */
	bool ending;		/* everything is being killed */
	bool strays;		/* there are zombies whose parent is outside */
	bool passcred;		/* a socket had SO_PASSCRED set; pid_sock.c */
	bool init_ended;
	int init_status;	/* wait status of it */
};

extern struct instance instance;

/* ---- task.c: finding ---- */

/* Return: the task with this host tid, borrowed, or NULL. */
struct task *task_by_host(host_pid tid);

/* The task that @nr names for @from's pid namespace, or NULL. */
struct task *task_by_number(const struct task *from, ns_pid nr);

/* The group whose number is @nr for @from, a zombie too; or NULL. */
struct group *group_by_number(const struct task *from, ns_pid nr);

/*
 * Of the instance's active kinds, those that @task is in, and NS_BASE; and a
 * user or net namespace, which it can be in all the same (late.c).
 */
unsigned int task_active(const struct task *task);

/* Has it entered some alone? Its filter knows no others: it stays so. */
bool task_is_partial(const struct task *task);

/* The pid namespace that a task or group lives in. */
struct pid_namespace *task_pid_ns(const struct task *task);
struct pid_namespace *group_pid_ns(const struct group *group);

/* Is it the init of its pid namespace? */
bool group_is_init(const struct group *group);

/* Have all of its tasks come to their end? */
bool group_is_ending(const struct group *group);

/*
 * Is it one thread, as current_is_single_threaded() asks? One that was joined
 * is still in the list for a moment, but runs no more of its program.
 */
bool group_is_single(const struct group *group);

/* Its number as @from's namespace sees it, 0 if it does not. */
ns_pid group_number(const struct group *group, const struct task *from);

/* The parent; asks the kernel when the known one has died. NULL: outside. */
struct group *group_parent(struct group *group);

/* Reads process group and session of @group from the kernel again. */
void group_sync(struct group *group);

/* ---- task.c: making and freeing ---- */

/*
 * A task @host of a new group under @parent (NULL: outside), or of @group.
 * Return: 0 and the task, or what pids_create() says.
 */
int task_create(host_pid host, struct pid_namespace *ns, struct group *group,
		struct group *parent, struct nsproxy *nsproxy,
		struct task **ret_task);

/* The same with numbers that were reserved; takes the reference of @tid. */
int task_create_reserved(host_pid host, struct pid *tid, struct group *group,
			 struct group *parent, struct nsproxy *nsproxy,
			 struct task **ret_task);

/*
 * A process whose parent is outside: with the numbers that are recorded for the
 * next such one, if there are any.
 */
int task_create_recorded(host_pid host, struct pid_namespace *ns,
			 struct nsproxy *nsproxy, struct task **ret_task);

/* The task is gone. The group stays. */
void task_free(struct task *task);

/* Reaped: the group and its number go. */
void group_free(struct group *group);
void group_set_parent(struct group *group, struct group *parent);

/* ---- bare.c ---- */

/* @task is traced from now on. Return: false if it is dying. */
bool task_hold(struct task *task);

/* @group is traced from now on, until its next exec at least. */
void group_hold(struct group *group);

/* Likewise, until the caller's reason is gone. */
void group_hold_once(struct group *group);

/*
 * @task, which is traced, is about to exec. As long as other threads of its are
 * there, all are traced; any that come now wait with their first call until it
 * has failed, or they are gone.
 */
void group_exec_begins(struct task *task);
void group_exec_failed(struct task *task);

/* @task was made by one that is not traced, and is not, either. */
void task_born_bare(struct task *task);

/* If @group is not traced: it has ended. Return: whether it was so. */
bool group_end_bare(struct group *group);

/* ---- clone.c ---- */

/* A child's first stop: what of its registers is the guest's own again. */
struct cloned {
	struct task *task;
	bool changed;		/* its arguments are not the guest's own */
	uint64_t args[CALL_ARGS];
};

/*
 * The first stop of a task with host number @tid, whose argument registers
 * are @args. Return: 0 with its record, or -ESRCH if no clone() of
 * this instance made it.
 */
int task_first_stop(host_pid tid, const uint64_t *args,
		    struct cloned *ret_cloned);

/*
 * After its first stop: is there a call that the task has to make ahead of its
 * program? Then @c, filled in, is changed to it.
 */
bool task_begins(struct task *task, struct call *c);

/* Before a signal is sent to many: see cloning.late in clone.c. */
void task_note_broadcast(struct group *group, int sig);

/* The parent or the child of a clone() in flight has died. */
void task_cloning_orphaned(struct task *task);
void task_cloning_child_died(struct task *child);

/* Threads of @group that were being made are gone, by an exec. */
void task_cloning_threads_gone(const struct group *group);

/* ---- born.c ---- */

/* A task that nothing is known of made a call. Return: NULL if it is nobody's. */
struct task *task_adopt(host_pid tid);

/*
 * Enters the children that their parents' agents have made, and that nothing
 * is known of yet, at the end of instance.groups. Return: whether there were.
 */
bool task_adopt_unborn(void);

/* To walk all groups so that none is missed that is just being made. */
struct group *task_next_group(const struct group *group);

/* ---- birth.c ---- */

/*
 * Enters the children that have been made by their parents' agents since. Ahead
 * of each event: after it nobody names one that is not known.
 */
void births_settle(void);

/* Is @group about to have a thread more, that may begin without a word? */
bool births_thread(const struct group *group);

/* Threads that @group is about to have are to tell before they begin. */
void births_tell(const struct group *group);

/* ---- hold.c ---- */

/* Is it an rt_sigaction(2) of a handler: @any, or one that must be seen? */
bool task_acts(struct call *c, bool any);

/* ---- exec.c, exit.c ---- */

/* exec succeeded: @former is the tid that the caller of exec had. */
void task_exec(struct task *leader, host_pid former);

/*
 * Does the caller of exec hold locks that the kernel lets go of then? If so,
 * or for another reason, the task makes the call by task_exec_then().
 */
bool task_exec_holds(const struct task *task);
long task_exec_then(struct call *c);

/* At a stop of @parent: what its children of vfork were lent for an exec. */
void task_take_back(struct task *parent);

/* A task that is not traced is to exec: shall it be traced? */
void task_exec_watch(struct call *c, int dirfd, uint64_t path_addr);

/* Is there such a task, which has not ended yet? */
bool task_is_alive(host_pid tid);

/* @tid died with @status (wait status). */
void task_died(host_pid tid, int status);

/* @tid has become known; its death may have been seen before. */
void task_died_early(host_pid tid);
void task_forget_early(host_pid tid);

/* A wait has reaped the process @host. */
void group_reaped(host_pid host);

/* Those of its children that no wait on its way back has reaped are free. */
void group_settle_gone(struct group *parent);

/* A wait of @group may have reaped any: frees those that are gone. */
void group_reap_children(struct group *group);

/*
 * Before a task goes on from its exit stop. Return: whether it has to wait
 * there, as the init of a namespace for the end of the others.
 */
bool task_ends(struct task *task);

/* One that has waited and need not any more, or NULL. */
struct task *task_released(void);

/* Kills every process of @ns, as zap_pid_ns_processes(). */
void task_kill_namespace(struct pid_namespace *ns);
void task_kill_all(void);

/* ---- robust.c ---- */

/* Does @task hold, or is it just about to take, a lock of its robust list? */
bool task_holds_robust(const struct task *task);

/*
 * Gives the words of the robust futexes that @task holds the host's number,
 * right before the kernel walks them; or its own, if that came to nothing.
 */
void task_robust_to_host(const struct task *task);
void task_robust_to_guest(const struct task *task);

/* ---- signal.c ---- */

/* How the receiver is to see the sender's call. */
enum signal_kind { SIGNAL_KILL, SIGNAL_TKILL };

/*
 * Sends @sig from @from, with permissions checked by the kernel.
 * @thread: to this thread alone. Return: 0 or a negative errno.
 */
long signal_send(struct task *from, struct group *to, struct task *thread,
		 int sig, enum signal_kind kind);

/* Would the kernel have filled in si_pid in a siginfo like this? */
bool signal_holds_pid(const siginfo_t *info);

/*
 * A task queues to its own process (or @thread of it) a siginfo that looks
 * like the kernel's: what it holds is its own words, never to be translated.
 */
long signal_queue_own(struct task *from, struct task *thread, int sig,
		      const siginfo_t *info);

/*
 * Makes @info what a program of @to's namespace is to see: host numbers become
 * its own. *@ret_inside: the sender is of the instance.
 * Return: whether it was changed.
 */
bool signal_translate(siginfo_t *info, const struct group *to,
		      bool *ret_inside);

/*
 * At a signal-delivery stop. Return: whether the signal is to be delivered;
 * *@ret_changed: @info is other than it was.
 */
bool signal_deliver(struct task *task, siginfo_t *info, bool *ret_changed);

/* The user id of @from, as @to's namespace sees it. */
uint32_t signal_uid(const struct task *from, const struct group *to);

/*
 * A SIGCHLD in the kernel's words: of @about, which @to traces. @code: CLD_
 * Not sent where nobody would notice.
 */
void signal_child(struct group *to, const struct task *about, int code,
		  int status);

/*
 * Likewise @sig to @task by the kernel itself. It comes as sent by anybody: the
 * receiver has to know (tracing.h).
 */
long signal_task(const struct task *task, int sig);

/* @info is to be told as it is where the agent asks for it once more. */
void signal_make_own(siginfo_t *info);
bool signal_is_own(const siginfo_t *info);

/*
 * Is @to the init of a namespace that @sig of @from's never reaches?
 * SIGNAL_UNKILLABLE
 */
bool signal_is_dropped(const struct task *from, struct group *to, int sig);

/*
 * @from queues @info of its own words to @to. A sender that is above @to's
 * namespace is 0 there. Return: whether @info was changed.
 */
bool signal_hides_sender(const struct task *from, const struct group *to,
			 siginfo_t *info);

#endif
