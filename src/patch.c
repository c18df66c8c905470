/* SPDX-License-Identifier: Apache-2.0 */
/* Call sites, written over; see patch.h. */
#include "src/patch.h"

#include <errno.h>
#include <string.h>
#include "interpose/agent/inject.h"
#include "src/host/sys.h"
#include "src/task/agent.h"

static unsigned int sites;

unsigned int patch_count(void)
{
	return sites;
}

/* Where record number @i lies. */
static uint64_t record_at(const struct task *task, unsigned int i)
{
	return agent_at(task->group->agent, site_address(i));
}

/* The records of a site: one, or two of one that clones. */
static unsigned int make_records(const struct task *task, const struct call *c,
				 const struct site_head *head, uint32_t entry,
				 struct agent_site *site)
{
	const struct agent *agent = task->group->agent;
	const struct agent_head *at = inject_head(agent->higher);
	const uint64_t first = record_at(task, agent->sites);
	const uint64_t second = first + AGENT_SITE_SIZE;

	if (entry != at->clone && entry != at->clone_any &&
	    entry != at->clone3 && entry != at->vfork && entry != at->fork) {
		site_record(first, head, c->ip, entry, &site[0]);
		return 1;
	}
	site_record(first, head, second, entry, &site[0]);
	site_clone(second, c->ip, at->cloned, at->ask, &site[1]);
	return 2;
}

/* Where the stub of site number @i lies, if in the area; or 0. */
static uint64_t stub_of(const struct agent *agent, unsigned int i,
			const struct site_head *head, uint64_t ip)
{
	const uint64_t at = stub_address(i, head, ip, agent->area);
	const uint64_t site = site_start(head, ip);

	return at >= agent->area &&
			       at + STUB_SIZE <= agent->area + agent->area_size &&
			       at - site <= INT32_MAX ?
		       at :
		       0;
}

bool patch_reaches(const struct task *task, const struct call *c,
		   const struct site_head *head)
{
	const struct agent *agent = task->group->agent;

	return !head->stub || stub_of(agent, agent->sites, head, c->ip);
}

static long put_stub(const struct task *task, const struct site_head *head,
		     uint64_t at)
{
	unsigned char code[STUB_SIZE];

	stub_code(record_at(task, task->group->agent->sites), head, code);
	return sys_mem_write(task->tid->host, at, code, sizeof(code));
}

long patch_site(const struct task *task, const struct call *c,
		const struct site_head *head, uint32_t entry)
{
	struct agent *agent = task->group->agent;
	unsigned char jump[SITE_HEAD];
	struct agent_site site[2];
	uint64_t stub = 0;
	uint64_t at = record_at(task, agent->sites);
	unsigned int n;
	long r = 0;

	if (head->stub)
		stub = stub_of(agent, agent->sites, head, c->ip);
	if (agent->sites + 2 > AGENT_SITES_MAX || !entry ||
	    (head->stub && !stub))
		return -ENOSPC;
	n = make_records(task, c, head, entry, site);
	if (stub)
		r = put_stub(task, head, stub);
	if (r == 0)
		r = sys_mem_write(task->tid->host, at, site,
				  n * sizeof(site[0]));
	if (r < 0)
		return r;
	site_jump(at, head, c->ip, stub, jump);
	agent->sites += n;
	sites++;
	return sys_mem_write(task->tid->host, site_start(head, c->ip), jump,
			     sizeof(jump));
}

/* What was at site number @i, and its jump. Return: whether there is one. */
static bool read_site(const struct task *task, unsigned int i,
		      struct site_head *head, uint64_t *ret_ip,
		      unsigned char *ret_jump)
{
	const struct agent *agent = task->group->agent;
	const size_t n = i + 1 < agent->sites ? 2 : 1;
	const uint64_t at = record_at(task, i);
	struct agent_site site[2] = { 0 };
	unsigned char code[STUB_SIZE];
	uint64_t stub = 0;

	if (sys_vm_read(task->tid->host, at, site, n * sizeof(site[0])) < 0 ||
	    !site_of(at, site, head, ret_ip))
		return false;
	if (head->stub) {
		stub = stub_of(agent, i, head, *ret_ip);
		if (!stub || sys_vm_read(task->tid->host, stub, code,
					 sizeof(code)) < 0)
			return false;
		stub_read(code, head);
	}
	site_jump(at, head, *ret_ip, stub, ret_jump);
	return true;
}

void patch_undo(const struct task *task)
{
	const unsigned int n = task->group->agent->sites;
	unsigned char jump[SITE_HEAD], now[SITE_HEAD];
	struct site_head head;
	uint64_t ip;

	for (unsigned int i = 0; i < n; i++)
		if (read_site(task, i, &head, &ip, jump) &&
		    sys_vm_read(task->tid->host, site_start(&head, ip), now,
				sizeof(now)) == 0 &&
		    memcmp(now, jump, sizeof(now)) == 0)
			sys_mem_write(task->tid->host, site_start(&head, ip),
				      head.bytes, SITE_HEAD);
}
