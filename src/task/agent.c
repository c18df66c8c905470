/* SPDX-License-Identifier: Apache-2.0 */
/* The agent's state and its view page; see agent.h. */
#include "src/task/agent.h"

#include <linux/capability.h>
#include <linux/sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <utlist.h>
#include "src/host/sys.h"
#include "src/ns/pid.h"
#include "src/ns/user_cred.h"
#include "src/task/tracing.h"
#include "src/view/view.h"

#define VIEW(field) (AGENT_BASE + offsetof(struct agent_view, field))

#define THREAD_TURN 32	/* asked in vain so often: another thread's turn */

static uint64_t last_seq;
static uint64_t names_changed;	/* how often */

static bool is_present(const struct group *group)
{
	return group->agent && (group->agent->state == AGENT_COMING ||
				group->agent->state == AGENT_PRESENT);
}

struct agent *agent_of(struct group *group)
{
	if (!group->agent) {
		group->agent = calloc(1, sizeof(*group->agent));
		if (group->agent)
			group->agent->users = 1;
	}
	return group->agent;
}

uint64_t agent_at(const struct agent *agent, uint64_t at)
{
	return agent && agent->higher ? at + AGENT_HIGHER : at;
}

/* Any thread of it will do. Return: 0 or a negative errno. */
static long write_view(const struct group *group, uint64_t at,
		       const void *bytes, size_t len)
{
	return group->tasks ? sys_mem_write(group->tasks->tid->host,
					    agent_at(group->agent, at), bytes, len) :
			      0;
}

bool agent_tells(const struct call *c)
{
	const struct group *group = c->task->group;

	return is_present(group) && c->ip >= agent_at(group->agent, AGENT_BASE) &&
	       c->ip < agent_at(group->agent, AGENT_ACTIONS);
}

static bool is_suspended(const struct group *group)
{
	return group->traced || tracing_any(group);
}

bool agent_is_refused(const struct group *group)
{
	return group->heritage.no_agent || is_suspended(group);
}

uint32_t agent_flags(const struct group *group)
{
	return (agent_is_refused(group) ? AGENT_ASKS : 0) |
	       (group->heritage.rooted ? AGENT_ROOTED : 0) |
	       (group->heritage.folder ? AGENT_FOLDER : 0) |
	       (instance.opens ? AGENT_OPENS : 0) |
	       (instance.signals ? AGENT_SIGNALS : 0) |
	       (group_is_init(group) ? AGENT_INIT : 0) |
	       (group->agent && group->agent->threaded ? AGENT_THREADED : 0) |
	       (instance.active & NS_USER ? AGENT_USERS : 0);
}

static void write_flags(const struct group *group)
{
	uint32_t flags = agent_flags(group);

	if (is_present(group))
		write_view(group, VIEW(flags), &flags, sizeof(flags));
}

/* Descriptors or the working folder shared by two processes: both may. */
static void share_folders(struct group *child, struct group *parent,
			  uint64_t flags)
{
	if (!(flags & (CLONE_FILES | CLONE_FS)))
		return;
	child->heritage.folder = true;
	agent_note_folder(parent);
}

/* Written whatever is known of it: a page may be older than that. */
static void clear_users(const struct group *group)
{
	const struct agent_creds none = { 0 };
	const uint64_t no_seq = 0;

	group->agent->has_users = false;
	write_view(group, VIEW(creds), &none, sizeof(none));
	write_view(group, VIEW(users.seq), &no_seq, sizeof(no_seq));
}

void agent_users_changed(const struct group *group)
{
	if (is_present(group))
		clear_users(group);
}

static const void *users_of(const struct group *group)
{
	return group->tasks ? user_ns(group->tasks) : NULL;
}

void agent_bequeath(struct group *parent, struct bequest *ret_from)
{
	*ret_from = (struct bequest){
		.agent = parent->agent,
		.heritage = parent->heritage,
		.users = users_of(parent),
	};
	if (ret_from->agent)
		ret_from->agent->heirs++;
}

static void drop(struct agent *agent)
{
	if (agent->users == 0 && agent->heirs == 0)
		free(agent);
}

void agent_disinherit(struct bequest *from)
{
	if (!from->agent)
		return;
	from->agent->heirs--;
	drop(from->agent);
	from->agent = NULL;
}

/* A child that comes to a site once is not to pay for what others did there. */
static void forget_few(struct agent *agent)
{
	for (size_t i = 0; i < AGENT_SEEN; i++)
		if (agent->seen[i].calls < AGENT_SITE_CALLS)
			agent->seen[i].calls = 0;
}

/* Other threads of the parent can have done more since. */
static void add_since(struct heritage *child, const struct heritage *parent)
{
	child->handlers |= parent->handlers;
	child->unhandled &= parent->unhandled;
	child->held |= parent->held;
	child->no_agent |= parent->no_agent;
	child->rooted |= parent->rooted;
	child->watches |= parent->watches;
	child->folder |= parent->folder;
}

void agent_fork(struct group *child, const struct bequest *from,
		struct group *parent, uint64_t flags)
{
	struct agent *agent;

	child->heritage = from->heritage;
	if (flags & CLONE_SIGHAND)
		child->heritage.unhandled = false;
	if (parent && (flags & CLONE_SIGHAND))
		parent->heritage.unhandled = false;
	if (parent)
		add_since(&child->heritage, &parent->heritage);
	if (parent)
		share_folders(child, parent, flags);
	if (!from->agent)
		return;
	if (flags & CLONE_VM) {
		child->agent = from->agent;
		child->agent->users++;
		if (users_of(child) != from->users)
			agent_users_changed(child);
		return;
	}
	agent = malloc(sizeof(*agent));
	if (!agent) {
		/* Its view would tell it the parent's ids. */
		sys_kill(child->tgid->host, SIGKILL);
		return;
	}
	*agent = *from->agent;
	agent->users = 1;
	agent->other_users = users_of(child) != from->users;
	agent->heirs = 0;
	agent->threaded = false;	/* what its page says does no harm */
	agent->kin_asked = 0;
	agent->threads_asked = 0;
	agent->births_taken = agent->births_over = from->births;
	forget_few(agent);
	child->agent = agent;
}

/* The ids for every reader of the view; 0 where there are several. */
static struct agent_ids ids_of(const struct task *task)
{
	const struct group *group = task->group;
	struct agent_ids ids = { 0 };

	if (group->agent->users > 1 || agent_is_refused(group))
		return ids;
	ids.pid = (uint32_t)group_number(group, task).n;
	if (group->tasks == task && !task->in_group_next &&
	    !births_thread(group))
		ids.tid = (uint32_t)pid_nr(task->tid, task_pid_ns(task)).n;
	return ids;
}

void agent_hide_thread(const struct group *group)
{
	struct agent *agent = group->agent;

	if (!agent->ids.tid)
		return;
	agent->ids.tid = 0;
	write_view(group, VIEW(ids.tid), &agent->ids.tid,
		   sizeof(agent->ids.tid));
}

uint64_t agent_names(void)
{
	return names_changed;
}

/*
 * By ptrace where the task stands at a stop, which costs less. One that was born
 * untraced and is held since waits in a notification all the same.
 */
static void poke(const struct task *task, uint64_t at, uint64_t word)
{
	at = agent_at(task->group->agent, at);
	if (task->bare || sys_poke(task->tid->host, at, word) < 0)
		sys_mem_write(task->tid->host, at, &word, sizeof(word));
}

/*
 * A new task can have the host's number of a thread that has ended. A copied
 * page has pairs of another process.
 */
static void forget_threads(const struct task *task, bool copied)
{
	struct agent *agent = task->group->agent;
	const uint32_t host = (uint32_t)task->tid->host.n + 1;

	for (size_t i = 0; i < AGENT_THREADS; i++)
		if (copied || agent->threads[i] == host) {
			agent->threads[i] = 0;
			poke(task, VIEW(threads[i]), 0);
		}
	agent->has_threads = !copied;
}

void agent_thread_ends(const struct task *task)
{
	const struct agent_pair none = { 0 };
	struct agent *agent = task->group->agent;
	const uint32_t host = (uint32_t)task->tid->host.n + 1;

	for (size_t i = 0; agent && i < AGENT_THREADS; i++)
		if (agent->threads[i] == host) {
			agent->threads[i] = 0;
			write_view(task->group, VIEW(threads[i]), &none,
				   sizeof(none));
		}
}

/* Those that others were on when it was copied. */
static void free_stacks(const struct group *group)
{
	const uint32_t none[AGENT_STACK_COUNT] = { 0 };

	write_view(group, AGENT_STACK_LOCKS, none, sizeof(none));
}

/*
 * The page of a child is what its parent's was when the kernel made it, and
 * not necessarily when that became known: so it is not compared.
 */
void agent_first_stop(struct task *task, uint64_t names)
{
	struct agent *agent = task->group->agent;
	bool copied = agent && agent->users == 1 &&
		      task->tid == task->group->tgid;
	struct agent_ids ids;
	uint64_t word;

	if (!is_present(task->group))
		return;
	/* Where nobody asked, nothing is told, and the page stays shared. */
	ids = agent->has_ids ? ids_of(task) : (struct agent_ids){ 0 };
	memcpy(&word, &ids, sizeof(word));
	if ((copied && agent->has_ids) ||
	    memcmp(&ids, &agent->ids, sizeof(ids)) != 0)
		poke(task, VIEW(ids), word);
	agent->ids = ids;
	agent_kin_changed(task->group);
	if (group_is_init(task->group))
		write_flags(task->group);
	if (agent->has_threads)
		forget_threads(task, copied);
	if (agent->stacks && copied)
		free_stacks(task->group);
	if (copied && agent->other_users)
		clear_users(task->group);
	if (copied && agent->suspended)
		agent_suspend(task->group);
	if (copied && names != names_changed) {
		agent->seq = 0;
		poke(task, VIEW(seq), 0);
	}
}

void agent_leave(struct group *group)
{
	if (group->agent) {
		group->agent->users--;
		drop(group->agent);
	}
	group->agent = NULL;
}

void agent_note_folder(struct group *group)
{
	if (group->heritage.folder)
		return;
	group->heritage.folder = true;
	write_flags(group);
}

void agent_note_root(struct group *group)
{
	if (group->heritage.rooted)
		return;
	group->heritage.rooted = true;
	group_hold_once(group);
	write_flags(group);
}

void agent_note_thread(const struct group *group)
{
	if (!group->agent || group->agent->threaded)
		return;
	group->agent->threaded = true;
	write_flags(group);
}

/* Nothing is told, and each call is asked for. */
static void empty_view(struct group *group)
{
	const struct agent_pair none_of_them[AGENT_THREADS] = { 0 };
	const struct agent_ids none = { 0 };

	write_flags(group);
	group->agent->ids = none;
	group->agent->seq = 0;
	write_view(group, VIEW(ids), &none, sizeof(none));
	write_view(group, VIEW(threads), none_of_them, sizeof(none_of_them));
	agent_kin_changed(group);
	write_view(group, VIEW(seq), &group->agent->seq, sizeof(uint64_t));
	clear_users(group);
}

void agent_refuse(struct group *group)
{
	if (group->heritage.no_agent)
		return;
	group->heritage.no_agent = true;
	group_hold_once(group);
	if (is_present(group))
		empty_view(group);
}

void agent_suspend(struct group *group)
{
	if (!is_present(group))
		return;
	group->agent->suspended = is_suspended(group);
	if (group->agent->suspended)
		empty_view(group);
	else
		write_flags(group);
}

void agent_names_changed(void)
{
	const uint64_t none = 0;
	struct group *group;

	names_changed++;
	DL_FOREACH(instance.groups, group) {
		if (!is_present(group) || !group->agent->seq || !group->tasks)
			continue;
		group->agent->seq = 0;
		write_view(group, VIEW(seq), &none, sizeof(none));
	}
}

void agent_fill_ids(struct task *task)
{
	struct agent *agent = task->group->agent;
	struct agent_ids ids = ids_of(task);

	if (memcmp(&ids, &agent->ids, sizeof(ids)) == 0)
		return;
	agent->has_ids = true;
	if (write_view(task->group, VIEW(ids), &ids, sizeof(ids)) == 0)
		agent->ids = ids;
}

static struct agent_pair pair_of(const struct task *task, long host)
{
	struct agent_pair pair = { 0 };

	if (host >= 0) {
		pair.host = (uint32_t)host + 1;
		pair.number = (uint32_t)pid_from_host(task, (int)host);
	}
	return pair;
}

/* Where all places are taken, the next one's is had by who asks in vain often. */
void agent_fill_thread(const struct task *task)
{
	struct agent *agent = task->group->agent;
	const struct agent_pair pair = {
		.host = (uint32_t)task->tid->host.n + 1,
		.number = (uint32_t)pid_nr(task->tid, task_pid_ns(task)).n,
	};
	unsigned int turn = agent->threads_asked++, place = 0;

	if (agent->users > 1 || task->group->heritage.no_agent || agent->ids.tid ||
	    turn < AGENT_SITE_CALLS)
		return;
	while (place < AGENT_THREADS && agent->threads[place] &&
	       agent->threads[place] != pair.host)
		place++;
	if (place == AGENT_THREADS) {
		if (turn % THREAD_TURN)
			return;
		place = turn / THREAD_TURN % AGENT_THREADS;
	}
	agent->has_threads = true;
	if (write_view(task->group, VIEW(threads[place]), &pair,
		       sizeof(pair)) == 0)
		agent->threads[place] = pair.host;
}

/*
 * Not where the tables know of another one, as of one whose death has not come
 * to them; and of a process that was not born inside an orphan is told more
 * than the kernel says.
 */
static struct agent_pair pair_of_parent(struct task *task)
{
	const struct agent_pair none = { 0 };
	struct group *known = group_parent(task->group);
	host_pid host;

	if (sys_parent_fast(task->group->tgid->host, &host) < 0 ||
	    (known && known->tgid->host.n != host.n) ||
	    (!known && pids_by_host(&instance.pids, host)))
		return none;
	return pair_of(task, host.n);
}

/*
 * A pair is right as long as its host number is what the kernel says: so of a
 * parent, which only an older one can follow. Process group and session are
 * left by a caught call. A child is not to have them: its parent's number may
 * be that of one of its forefathers.
 */
void agent_fill_kin(struct task *task)
{
	struct group *group = task->group;
	host_pid tgid = group->tgid->host;
	struct agent_kin kin;

	if (group->agent->users > 1 || group->heritage.no_agent ||
	    ++group->agent->kin_asked < AGENT_SITE_CALLS)
		return;
	kin.parent = pair_of_parent(task);
	kin.pgrp = pair_of(task, sys_getpgid(tgid));
	kin.session = pair_of(task, sys_getsid(tgid));
	kin.self = pair_of(task, tgid.n);
	group->agent->has_kin = true;
	write_view(group, VIEW(kin), &kin, sizeof(kin));
}

void agent_fill_self(const struct task *task)
{
	struct group *group = task->group;
	const struct agent_pair self = pair_of(task, group->tgid->host.n);

	if (!is_present(group) || group->agent->users > 1 || group->heritage.no_agent)
		return;
	group->agent->has_kin = true;
	write_view(group, VIEW(kin.self), &self, sizeof(self));
}

void agent_kin_changed(const struct group *group)
{
	const struct agent_kin none = { 0 };

	if (is_present(group) && group->agent->has_kin)
		write_view(group, VIEW(kin), &none, sizeof(none));
}

/* A personality, or unshare(2), changes what one thread alone is told. */
static bool all_plain(const struct group *group)
{
	const struct task *task;

	DL_FOREACH2(group->tasks, task, in_group_next)
		if (task->persona ||
		    task->nsproxy->uts != group->tasks->nsproxy->uts)
			return false;
	return group->agent->users == 1 && !agent_is_refused(group);
}

void agent_fill_names(struct task *task, const void *names)
{
	struct agent *agent = task->group->agent;
	uint64_t seq = ++last_seq;

	if (agent->seq || view_store_open() || !all_plain(task->group) ||
	    write_view(task->group, VIEW(names), names, AGENT_NAMES_SIZE) < 0 ||
	    write_view(task->group, VIEW(seq), &seq, sizeof(seq)) < 0)
		return;
	agent->seq = seq;
}

/* ---- users ---- */

/* Threads can differ, by calls that a libc does not make. */
static bool all_are(const struct group *group, const struct user_cred *cred)
{
	const struct task *task;

	DL_FOREACH2(group->tasks, task, in_group_next)
		if (task->cred != cred &&
		    (!task->cred || task->cred->ns != cred->ns ||
		     memcmp(&task->cred->uid, &cred->uid,
			    8 * sizeof(uint32_t)) != 0 ||
		     task->cred->effective != cred->effective ||
		     task->cred->permitted != cred->permitted))
			return false;
	return group->agent->users == 1 && !agent_is_refused(group);
}

/* What of @map stands for ids of the host's. Return: false if it is too much. */
static bool fill_ranges(const struct idmap *map, struct agent_range *ranges,
			uint16_t *ret_n)
{
	uint16_t n = 0;

	for (size_t i = 0; i < map->n; i++) {
		const struct idmap_extent *e = &map->extents[i];

		if (e->lower >= USER_MADE_UP &&
		    e->lower - USER_MADE_UP < USER_MADE_UP_COUNT)
			continue;
		if (n == AGENT_RANGES)
			return false;
		ranges[n++] = (struct agent_range){ e->lower, e->count,
						    e->first };
	}
	*ret_n = n;
	return true;
}

/* Is it inside, with all ids, whom the kernel takes it for? */
static bool is_self(const struct user_cred *cred)
{
	return cred->fsuid == geteuid() && cred->fsgid == getegid() &&
	       cred->uid == cred->fsuid && cred->gid == cred->fsgid &&
	       idmap_upper(&cred->ns->uids, cred->fsuid) != IDMAP_NONE &&
	       idmap_upper(&cred->ns->gids, cred->fsgid) != IDMAP_NONE;
}

/* Does the kernel let it do all to its own files that the namespace does? */
static bool is_root(const struct user_cred *cred)
{
	const uint64_t caps = USER_CAP(CAP_DAC_OVERRIDE) |
			      USER_CAP(CAP_DAC_READ_SEARCH) |
			      USER_CAP(CAP_FOWNER);

	return is_self(cred) && user_from_kuid(cred->ns, cred->uid) == 0 &&
	       (cred->effective & cred->permitted & caps) == caps;
}

/* AGENT_USER_ of it */
static bool are_one(uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
	return a == b && a == c && a == d;
}

static uint64_t what_is(const struct user_cred *cred)
{
	const uint64_t search = USER_CAP(CAP_DAC_OVERRIDE) |
				USER_CAP(CAP_DAC_READ_SEARCH);

	return (is_root(cred) ? AGENT_USER_ROOT : 0) |
	       (cred->effective & search ? AGENT_USER_SEARCHES : 0) |
	       (is_self(cred) ? AGENT_USER_SELF : 0) |
	       (are_one(cred->uid, cred->euid, cred->suid, cred->fsuid) ?
			AGENT_USER_ONE_UID : 0) |
	       (are_one(cred->gid, cred->egid, cred->sgid, cred->fsgid) ?
			AGENT_USER_ONE_GID : 0);
}

void agent_fill_users(struct task *task)
{
	struct agent *agent = task->group->agent;
	const struct user_cred *cred = task->cred;
	struct agent_users users = { 0 };
	struct agent_creds creds;
	const uint64_t seq = last_seq + 1;

	static_assert(AGENT_OVERFLOW == USER_OVERFLOW, "the same");
	if (!cred || agent->has_users || !all_are(task->group, cred))
		return;
	creds.uid = user_from_kuid(cred->ns, cred->uid) + 1;
	creds.euid = user_from_kuid(cred->ns, cred->euid) + 1;
	creds.gid = user_from_kgid(cred->ns, cred->gid) + 1;
	creds.egid = user_from_kgid(cred->ns, cred->egid) + 1;
	users.suid = user_from_kuid(cred->ns, cred->suid) + 1;
	users.sgid = user_from_kgid(cred->ns, cred->sgid) + 1;
	users.groups = cred->groups ? cred->groups->n : 0;
	users.own = geteuid();
	users.is = what_is(cred);
	if (write_view(task->group, VIEW(creds), &creds, sizeof(creds)) < 0)
		return;
	agent->has_users = true;
	if (!agent->has_table ||
	    !fill_ranges(&cred->ns->uids, users.uid, &users.uids) ||
	    !fill_ranges(&cred->ns->gids, users.gid, &users.gids) ||
	    write_view(task->group, VIEW(users), &users, sizeof(users)) < 0)
		return;
	last_seq = seq;
	write_view(task->group, VIEW(users.seq), &seq, sizeof(seq));
}
