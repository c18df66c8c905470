/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The agent's way into tasks; see by_agent.h and doc/agent.md.
 *
 * Theory of operation. Nothing is done at first: most programs make few
 * calls. A program that has made some gets the agent, while it waits in a
 * notification: code is put at its instruction pointer that maps the region,
 * and makes the same call again. At that notification its own bytes are put
 * back. A call site that has been seen some times is patched while it waits in
 * one, too.
 *
 * Both are done only while nobody else runs in the task's memory, so that
 * nobody executes what is being written. A process with threads gets no code
 * put into it; its sites are patched while the others stand still (quiesce.h),
 * all that have been seen often at once.
 *
 * While the code is at its place, no signal is delivered: a handler could come
 * to the same place. So signals are blocked at the delivery stop, and the
 * kernel queues the signal again.
 */
#include "src/by_agent.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/auxvec.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include <utlist.h>
#include "interpose/agent/inject.h"
#include "interpose/agent/site.h"
#include "interpose/stop.h"
#include "src/bare.h"
#include "src/host/auxv.h"
#include "src/host/log.h"
#include "src/host/maps.h"
#include "src/host/sys.h"
#include "src/known_sites.h"
#include "src/ns/uts.h"
#include "src/owner/known.h"
#include "src/patch.h"
#include "src/quiesce.h"
#include "src/task/agent.h"

/*
 * To map it costs about as much as CALLS_BEFORE calls, and to patch a site as
 * AGENT_SITE_CALLS: a program pays at most twice what was best.
 */
#define CALLS_BEFORE 16
#define STOP_CALLS 16	/* what a stop costs */
#define THREAD_CALLS 8		/* that a stop of one thread costs */
#define PAGE UINT64_C(4096)
#define REFUSED_CALLS 64	/* of others, before a refused site is forgotten */
#define PATIENCE 3000000	/* ns, for threads to stand still */
#define UNDO_PATIENCE 32000000	/* likewise, for a debugger, the first time */
#define REFUSED_MAX 64	/* sites in vain, where mappings had to be read */

static int image = -1;
static unsigned int agents;	/* ever */

static bool has_users(void)
{
	return instance.active & NS_USER;
}

void by_agent_start(void)
{
	uint64_t *table;

	image = (int)inject_image(&table);
	instance.agent = image >= 0;
	instance.signals = sys_call(SYS_pidfd_send_signal,
				    (uint64_t)AGENT_SELF_PROCESS, 0, 0, 0, 0,
				    0) == 0;
	if (instance.agent && has_users())
		known_use(table);
}

void by_agent_describe(void)
{
	if (instance.agent)
		log_message("agent: in %u processes, at %u call sites", agents,
			    patch_count());
}

uint32_t by_agent_native(void)
{
	return inject_head(false)->native;
}

/* Of @task's agent, wherever it lies. */
static const struct agent_head *head_of(const struct task *task)
{
	const struct agent *agent = task->group->agent;

	return inject_head(agent && agent->higher);
}

bool by_agent_is_native(const struct task *task, uint64_t ip)
{
	return instance.agent && ip == head_of(task)->native;
}

bool by_agent_is_inside(const struct group *group, uint64_t ip)
{
	const struct agent *agent = group->agent;

	return ip - agent_at(agent, AGENT_BASE) < inject_size() ||
	       (agent && ip >= agent->area &&
		ip < agent->area + agent->area_size);
}

/* ---- which calls and sites ---- */

/* The entry for a VIEW or KIN row. */
static uint32_t view_entry(const struct agent_head *head, int nr)
{
	const struct {
		int nr;
		uint32_t entry;
	} entries[] = {
		{ SYS_getpid, head->getpid },	{ SYS_gettid, head->gettid },
		{ SYS_getuid, head->getuid },	{ SYS_geteuid, head->geteuid },
		{ SYS_getgid, head->getgid },	{ SYS_getegid, head->getegid },
		{ SYS_uname, head->uname },
		{ SYS_getppid, head->getppid },	{ SYS_getpgrp, head->getpgrp },
		{ SYS_getpgid, head->getpgid },	{ SYS_getsid, head->getsid },
		{ SYS_getresuid, head->path },	{ SYS_getresgid, head->path },
		{ SYS_setuid, head->path },	{ SYS_setgid, head->path },
		{ SYS_getgroups, head->path },
	};

	for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]); i++)
		if (entries[i].nr == nr)
			return entries[i].entry;
	return 0;
}

/* The entry for calls of @row, or 0. */
static uint32_t entry_of(const struct agent_head *head,
			 const struct syscall *row, bool has_number)
{
	switch (row->agent) {
	case AGENT_NO_PART:
		return 0;
	case AGENT_VIEW:
	case AGENT_KIN:
		if (!has_number)
			break;
		return view_entry(head, row->nr);
	case AGENT_WALLED:
		if (!instance.opens)
			return 0;
		break;
	case AGENT_CLONES:
	case AGENT_INSTEAD:
		if (!has_number || !instance.bare)
			return 0;
		return row->nr == SYS_clone  ? head->clone :
		       row->nr == SYS_clone3 ? head->clone3 :
		       row->nr == SYS_fork   ? head->fork :
					       head->vfork;
	case AGENT_RUNS:
	case AGENT_OWN:
		if (!instance.bare)
			return 0;
		break;
	case AGENT_SENDS:
		return 0;
	case AGENT_SELF:
	case AGENT_NATIVE:
		break;
	}
	return has_number ? head->path : head->any;
}

/* There stacks have no room, and all threads have another for signals. */
static bool is_in_go(const struct agent *agent, uint64_t ip)
{
	return agent->stacks && ip > agent->go.start && ip <= agent->go.end;
}

/* The same for the site of @c, where @head is. */
static uint32_t entry_at(const struct task *task, const struct call *c,
			 const struct site_head *head)
{
	const struct agent_head *at = head_of(task);
	const uint32_t entry = entry_of(at, syscall_row(c->nr), head->number);

	if (head->clones)
		return instance.bare ? at->clone_any : 0;
	if (head->cancels)
		return entry ? at->alone : 0;
	return is_in_go(task->group->agent, c->ip) &&
			       (entry == at->path || entry == at->any) ?
		       at->own :
		       entry;
}

/* Has its process no other thread? */
static bool is_alone(const struct task *task)
{
	return task->group->tasks == task && !task->in_group_next;
}

/*
 * Does no other process run in its memory? A parent sleeps in vfork() as long
 * as both share it.
 */
static bool is_memory_own(const struct task *task)
{
	const struct group *group = task->group, *parent = group->parent;

	if (group->agent->users == 1)
		return true;
	return group->vforked && group->agent->users == 2 &&
	       group->agent->state == AGENT_PRESENT && parent &&
	       parent->agent == group->agent && parent->tasks &&
	       !parent->tasks->in_group_next;
}

/*
 * How often calls came from @ip; one that comes seldom gives its place, and
 * to one of @weight that is more, at once.
 */
static struct agent_seen *seen(struct agent *agent, uint64_t ip,
			       unsigned int weight)
{
	unsigned int i = (unsigned int)(ip * 0x9e3779b97f4a7c15 >> 59);
	struct agent_seen *a = &agent->seen[i];
	struct agent_seen *b = &agent->seen[i ^ 1];

	static_assert(AGENT_SEEN == 32, "5 bits of the hash");
	if (a->ip == ip)
		return a;
	if (b->ip == ip)
		return b;
	if (b->calls < a->calls)
		a = b;
	if (weight == 1 && a->calls > 0 && --a->calls > 0)
		return NULL;
	*a = (struct agent_seen){ .ip = ip };
	return a;
}

/* It can't be patched, or is. It keeps its place for a while, not for good. */
static bool refuse_site(struct agent_seen *site)
{
	site->refused = true;
	site->calls = REFUSED_CALLS;
	return true;
}

/*
 * Code that is linked to a place between the region and 4 GB is that of a
 * program that gives out its addresses itself, as valgrind does: it would map
 * over the region.
 */
static bool is_own_master(uint64_t ip)
{
	return ip >= AGENT_END && ip < UINT64_C(1) << 32;
}

static bool is_in_text(const struct mapping *text, uint64_t ip)
{
	return ip - SITE_WINDOW >= text->start &&
	       ip + INJECT_CODE_MAX <= text->end;
}

/*
 * Is the code around @ip a file's, that nobody else can change? Asked each
 * time: the program may have mapped something else there since.
 */
static bool may_patch(const struct task *task, uint64_t ip)
{
	struct agent *agent = task->group->agent;
	struct mapping text;

	if (agent->refused >= REFUSED_MAX)
		return false;
	if (maps_find_text(task->tid->host, ip, &text) == 0 &&
	    !by_agent_is_inside(task->group, text.start) && is_in_text(&text, ip)) {
		agent->text = text;
		return true;
	}
	agent->refused++;
	return false;
}

static bool match_code(const struct task *task, const struct call *c,
		       struct site_head *head)
{
	unsigned char window[SITE_WINDOW];

	return sys_vm_read(task->tid->host, c->ip - SITE_UPTO, window,
			   sizeof(window)) == 0 &&
	       site_match(window, c->ip, c->nr, c->args,
			  task->group->agent->higher, head);
}

static bool match(const struct task *task, const struct call *c,
		  struct site_head *head)
{
	return match_code(task, c, head) && may_patch(task, c->ip);
}

/* A thread that never stops does not keep the supervisor time and again. */
static bool undo_quiesce(struct task *task)
{
	struct agent *agent = task->group->agent;

	if (stop_taken() > 0 || UNDO_PATIENCE >> agent->undo_tries == 0)
		return false;
	group_hold_once(task->group);
	return memory_quiesce(task, UNDO_PATIENCE >> agent->undo_tries++) == 0;
}

/*
 * A debugger looks at the code: it gets the program's own. What the records
 * say is the program's memory, which writes into itself at worst.
 */
void by_agent_undo(struct task *task)
{
	struct agent *agent = task->group->agent;

	if (!agent || agent->state != AGENT_PRESENT ||
	    agent->undone == agent->sites)
		return;
	if (!is_alone(task) && !undo_quiesce(task))
		return;	/* at the next stop */
	patch_undo(task);
	agent->undone = agent->sites;
	agent->undo_tries = 0;
	for (size_t i = 0; i < AGENT_SEEN; i++)
		agent->seen[i] = (struct agent_seen){ 0 };
	memory_release(task);
}

/* ---- mapping ---- */

static bool has_handler(host_pid tid)
{
	struct sys_signals signals;

	return sys_signals(tid, &signals) < 0 || signals.caught;
}

/* While the code is there no handler may run: see the head. */
static bool may_lead(struct task *task, const struct call *c)
{
	struct agent *agent = task->group->agent;
	host_pid tid = task->tid->host;

	agent->saved_at = c->ip;
	agent->saved_nr = c->nr;
	agent->saved_arg = c->args[0];
	return (!task->bare || task->group->heritage.unhandled || !has_handler(tid) ||
		bare_hold(task)) &&
	       sys_vm_read(tid, c->ip, agent->saved, sizeof(agent->saved)) == 0;
}

/* Return: whether the code is on its way; the call was answered then. */
static bool lead(struct loop *loop, struct task *task, const unsigned char *code,
		 size_t len, uint64_t id)
{
	if (sys_mem_write(task->tid->host, task->group->agent->saved_at, code,
			  len) == 0 &&
	    notify_answer(&loop->notify, id, 0) == 0)
		return true;
	/* It is dead, or as good as that: its descriptor stays. */
	by_agent_settle(task);
	return false;
}

/* Maps what is asked for, and goes to the agent. */
static bool lead_to_map(struct loop *loop, struct task *task,
			const struct call *c, const struct inject_maps *maps,
			uint64_t id)
{
	const struct inject_call call = { c->nr, c->ip, c->args };
	struct agent *agent = task->group->agent;
	unsigned char code[INJECT_CODE_MAX];
	long fd;

	static_assert(INJECT_CODE_MAX <= AGENT_SAVED_MAX, "it is put back");
	if (!may_lead(task, c))
		return false;
	fd = notify_lend(&loop->notify, id, image);
	if (fd < 0)
		return false;
	agent->state = maps->region ? AGENT_PENDING : AGENT_COMING;
	agent->area = maps->area;
	agent->area_size = maps->area_size;
	return lead(loop, task, code, inject_code(&call, (int)fd, maps, code),
		    id);
}

/* Of Go: the note with its build id is in the first page, ahead of the code. */
static bool has_note(host_pid tid, uint64_t start)
{
	static const unsigned char note[] = { 4,   0,	0, 0, 'G',
					      'o', '\0', '\0' };
	unsigned char page[PAGE];

	return sys_vm_read(tid, start, page, sizeof(page)) == 0 &&
	       memmem(page, sizeof(page), note, sizeof(note));
}

/*
 * The code of a program of Go's, which may have called from there, or by a C
 * library: it begins there. Its headers are in its first page.
 */
static bool find_go(const struct task *task, struct mapping *ret_text)
{
	host_pid tid = task->tid->host;

	return has_note(tid, auxv_value(tid, AT_PHDR) & ~(PAGE - 1)) &&
	       maps_find_text(tid, auxv_value(tid, AT_ENTRY), ret_text) == 0;
}

/* An area for the code in @text. */
static void plan_area(const struct mapping *text, struct inject_maps *maps)
{
	maps->area_size = stub_area(text->start, text->end, &maps->area);
	if (maps->area_size > inject_area_max())
		maps->area_size = maps->area = 0;
}

static bool inject(struct loop *loop, struct task *task, const struct call *c,
		   const struct site_head *head, uint64_t id)
{
	struct agent *agent = task->group->agent;
	struct inject_maps maps = {
		.region = true,
		.table = has_users(),
		.higher = agent->higher,
	};
	struct mapping text = agent->text;

	maps.stacks = inject_area_max() && find_go(task, &text);
	if (maps.stacks || head->stub)
		plan_area(&text, &maps);
	agent->go = text;
	agent->state = AGENT_FAILED;
	return lead_to_map(loop, task, c, &maps, id);
}

/* For stubs of a site that needs one. There is one area, and one try. */
static bool add_area(struct loop *loop, struct task *task, const struct call *c,
		     uint64_t id)
{
	struct agent *agent = task->group->agent;
	struct inject_maps maps = { .higher = agent->higher };

	if (agent->has_area)
		return false;
	agent->has_area = true;
	plan_area(&agent->text, &maps);
	return maps.area_size && lead_to_map(loop, task, c, &maps, id);
}

/* A call that was not to come here is made again, by the agent. */
static bool turn_back(struct loop *loop, struct task *task,
		      const struct call *c, uint64_t id)
{
	unsigned char code[INJECT_CODE_MAX];

	if (!may_lead(task, c))
		return false;
	task->group->agent->state = AGENT_COMING;
	return lead(loop, task, code,
		    inject_way(task->group->agent->higher, code), id);
}

static void first_view(const struct task *task, struct agent_view *view)
{
	struct stat st;

	*view = (struct agent_view){ .magic = AGENT_MAGIC };
	view->flags = agent_flags(task->group);
	if (stat("/proc", &st) < 0)
		view->flags |= AGENT_ASKS;
	view->proc_dev = st.st_dev;
	view->proc_statx = major(st.st_dev) |
			   (uint64_t)minor(st.st_dev) << 32;
	/* They are memory files, as the image is. */
	if (fstat(image, &st) < 0)
		view->flags |= AGENT_ASKS;
	view->made_dev = st.st_dev;
}

/* Each part begins with the same word. */
static bool is_there(host_pid tid, uint64_t at)
{
	uint32_t word = 0;

	return sys_vm_read(tid, at, &word, sizeof(word)) == 0 &&
	       word == AGENT_MAGIC;
}

/*
 * What would be a stop, where another process has called already. The mapping
 * was asked for when the code was put there that has come here.
 */
static void patch_known(const struct task *task)
{
	const struct agent *agent = task->group->agent;
	struct site_head head;
	struct call c = { 0 };

	for (unsigned int i = 0; (c.ip = known_site(&agent->text, i, &c.nr));
	     i++)
		if (c.ip != agent->saved_at && is_in_text(&agent->text, c.ip) &&
		    match_code(task, &c, &head) && head.number)
			patch_site(task, &c, &head,
				   entry_at(task, &c, &head));
}

/* Something else is at the usual place; the site may need a stub then. */
static void try_higher(struct agent *agent)
{
	if (agent->higher)
		return;
	agent->higher = true;
	agent->state = AGENT_NONE;
}

void by_agent_settle(struct task *task)
{
	struct agent *agent = task->group->agent;
	host_pid tid = task->tid->host;
	struct agent_view view;

	if (!agent || (agent->state != AGENT_PENDING &&
		       agent->state != AGENT_COMING))
		return;
	sys_mem_write(tid, agent->saved_at, agent->saved,
		      sizeof(agent->saved));
	if (task->agent_held || bare_wants(task))
		stop_interrupt(tid);
	if (agent->area_size && !is_there(tid, agent->area))
		agent->area = agent->area_size = 0;
	if (agent->state == AGENT_COMING) {
		agent->state = AGENT_PRESENT;
		return;
	}
	agent->state = AGENT_FAILED;
	if (!is_there(tid, agent_at(agent, AGENT_BASE)) ||
	    !is_there(tid, agent_at(agent, AGENT_TEXT))) {
		try_higher(agent);
		return;
	}
	first_view(task, &view);
	if (sys_mem_write(tid, agent_at(agent, AGENT_BASE), &view,
			  sizeof(view)) < 0)
		return;
	agent->state = AGENT_PRESENT;
	task->group->heritage.unhandled = false;	/* it is not asked of them */
	agent->has_table = has_users() && is_there(tid, agent_at(agent, AGENT_TABLE));
	agent->stacks = is_there(tid, agent_at(agent, AGENT_STACKS));
	agent->has_area = agent->area_size;
	agents++;
	patch_known(task);
}

/* ---- among threads ---- */

static bool is_due(const struct agent_seen *site)
{
	return site->ip && site->calls >= AGENT_SITE_CALLS && !site->refused;
}

/* Patches a site that was seen before, while all threads stand still. */
static void patch_seen(const struct task *task, struct agent_seen *site)
{
	const struct call c = {
		.nr = site->nr,
		.ip = site->ip,
		.args = { site->arg },
	};
	struct site_head head;

	refuse_site(site);
	if (match(task, &c, &head) &&
	    !memory_is_entered(task, site_start(&head, c.ip),
			       site_start(&head, c.ip) + SITE_HEAD))
		patch_site(task, &c, &head, entry_at(task, &c, &head));
}

/* To stop them all has its price: not before this site alone has paid it. */
static bool is_worth_it(const struct task *task, const struct agent_seen *site)
{
	struct agent *agent = task->group->agent;
	const struct task *t;
	unsigned int price = 0;

	if (site->calls < agent->patience)
		return false;
	DL_FOREACH2(task->group->tasks, t, in_group_next)
		price += THREAD_CALLS;
	if (agent->patience < price)
		agent->patience = price;
	return site->calls >= price;
}

static void patch_among_threads(struct task *task, const struct call *c,
				struct agent_seen *site)
{
	struct agent *agent = task->group->agent;
	struct site_head head;

	if (agent->state != AGENT_PRESENT || !is_worth_it(task, site))
		return;
	if (!match(task, c, &head)) {
		refuse_site(site);
		return;
	}
	if (memory_quiesce(task, PATIENCE) < 0) {
		agent->patience = 2 * site->calls;
	} else {
		for (size_t i = 0; i < AGENT_SEEN; i++)
			if (is_due(&agent->seen[i]))
				patch_seen(task, &agent->seen[i]);
	}
	memory_release(task);
}

long by_agent_arrived(struct call *c)
{
	struct agent *agent = c->task->group->agent;
	const struct call made = {
		.nr = agent ? agent->saved_nr : 0,
		.ip = agent ? agent->saved_at : 0,
		.args = { agent ? agent->saved_arg : 0 },
	};
	const struct syscall *row = syscall_row(made.nr);
	uint64_t at = made.ip - SITE_SYSCALL;
	struct site_head head;
	unsigned int i;

	/* It has settled: nobody comes twice. */
	if (!agent_tells(c) || !made.ip)
		return -ENOSYS;
	agent->saved_at = 0;
	i = agent->sites;
	if (is_alone(c->task) && is_memory_own(c->task) &&
	    match_code(c->task, &made, &head) &&
	    patch_site(c->task, &made, &head,
		       entry_at(c->task, &made, &head)) == 0) {
		at = site_way(agent_at(agent, site_address(i)), &head);
		if (row->agent == AGENT_OWN)
			agent_fill_ids(c->task);
		if (row->gate == GATE_STOP || made.nr == SYS_rt_sigaction)
			known_site_add(&agent->text, made.ip, made.nr);
	}
	return (long)(at | (uint64_t)made.nr << AGENT_ARRIVED_NR);
}

/* What would be a stop, or have the task traced from now on, is dear. */
static unsigned int weight(struct call *c)
{
	const struct agent *agent = c->task->group->agent;

	/* Without a handler it can be led there, and not thereafter. */
	return syscall_row(c->nr)->gate == GATE_STOP ||
			       task_acts(c, agent->state == AGENT_NONE) ?
		       STOP_CALLS :
		       1;
}

bool by_agent_takes(struct loop *loop, struct task *task, uint64_t id)
{
	struct call *c = &task->call;
	const struct syscall *row = syscall_row(c->nr);
	struct agent_seen *site;
	struct site_head head;
	struct agent *agent;
	unsigned int w;

	if (!instance.agent || !row || !row->agent || by_agent_is_inside(task->group, c->ip) ||
	    agent_is_refused(task->group) ||
	    !entry_of(inject_head(false), row, true))
		return false;
	agent = agent_of(task->group);
	if (agent && agent->state == AGENT_NONE && is_own_master(c->ip))
		agent->state = AGENT_FAILED;
	if (!agent || agent->state == AGENT_FAILED || !is_memory_own(task))
		return false;
	w = weight(c);
	agent->calls += w;
	site = seen(agent, c->ip, w);
	if (!site || site->refused ||
	    (site->serves_any && !entry_of(head_of(task), row, false)) ||
	    (site->calls += w) < AGENT_SITE_CALLS ||
	    (agent->state == AGENT_NONE && agent->calls < CALLS_BEFORE))
		return false;
	site->nr = c->nr;
	site->arg = c->args[0];
	if (!is_alone(task)) {
		patch_among_threads(task, c, site);
		return false;
	}
	if (!match(task, c, &head)) {
		refuse_site(site);
		return false;
	}
	if (agent->state == AGENT_NONE)
		return inject(loop, task, c, &head, id);
	if (!patch_reaches(task, c, &head))
		return site->calls >= STOP_CALLS && refuse_site(site) &&
		       add_area(loop, task, c, id);
	/* libc's syscall() can't be told of a clone, but of others. */
	if (!entry_at(task, c, &head)) {
		site->serves_any = true;
		site->calls = 0;
		return false;
	}
	if (w == STOP_CALLS) {
		refuse_site(site);	/* once */
		return turn_back(loop, task, c, id);
	}
	if (patch_site(task, c, &head, entry_at(task, c, &head)) < 0)
		refuse_site(site);
	return false;
}

void by_agent_fill(struct task *task, const struct call *c)
{
	const struct syscall *row = syscall_row(c->nr);
	struct utsname names;

	if (!task->group->agent ||
	    task->group->agent->state != AGENT_PRESENT || !row || !row->agent)
		return;
	agent_fill_users(task);
	if (row->agent == AGENT_KIN && row->nr != SYS_gettid)
		agent_fill_kin(task);
	if (row->agent == AGENT_SELF || row->nr == SYS_gettid)
		agent_fill_ids(task);
	if (row->nr == SYS_gettid)
		agent_fill_thread(task);
	if (row->agent != AGENT_VIEW || !(row->ns & (NS_PID | NS_UTS)))
		return;
	if (row->nr != SYS_uname)
		agent_fill_ids(task);
	else if (uts_names(task, &names) == 0)
		agent_fill_names(task, &names);
}

/* ---- signals ---- */

/* A fault where the agent touches the program's memory is an error there. */
static bool mend_fault(const struct task *task, const struct stop *stop)
{
	const struct agent_head *head = head_of(task);
	struct regs regs;
	siginfo_t info;

	if (!instance.agent || (stop->sig != SIGSEGV && stop->sig != SIGBUS) ||
	    regs_read(stop->tid, &regs) < 0 ||
	    regs_ip(&regs) < head->user_start ||
	    regs_ip(&regs) >= head->user_end ||
	    stop_get_signal(stop->tid, &info) < 0 || info.si_code <= 0)
		return false;
	regs_set_ip(&regs, head->user_fault);
	regs_write(stop->tid, &regs);
	stop_resume(stop->tid, 0);
	return true;
}

bool by_agent_signal(struct task *task, const struct stop *stop)
{
	const struct agent *agent = task->group->agent;

	if (!agent || agent->state == AGENT_NONE ||
	    agent->state == AGENT_FAILED)
		return false;
	if (agent->state == AGENT_PRESENT)
		return mend_fault(task, stop);
	if (!task->agent_held)
		task->agent_held = stop_block_signals(stop->tid,
						      &task->mask) == 0;
	stop_resume(stop->tid, stop->sig);
	return true;
}

void by_agent_release(struct task *task)
{
	const struct agent *agent = task->group->agent;

	if (!task->agent_held || (agent && agent->state == AGENT_PENDING))
		return;
	stop_set_mask(task->tid->host, task->mask);
	task->agent_held = false;
}
