/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Call sites that the agent can take over: which ones, and the bytes that are
 * written. Pure: nothing here touches a task.
 */
#ifndef NSRUN_AGENT_SITE_H
#define NSRUN_AGENT_SITE_H

#include <stdbool.h>
#include <stdint.h>
#include "interpose/agent/page.h"

#define SITE_HEAD 5	/* the bytes that change */
#define SITE_BETWEEN 15	/* at most from there to the syscall instruction */
#define SITE_SYSCALL 2
#define SITE_BEFORE 3	/* what is looked at ahead of them */
#define SITE_AFTER 8		/* and behind the syscall instruction */
#define SITE_UPTO (SITE_BEFORE + SITE_HEAD + SITE_BETWEEN + SITE_SYSCALL)
#define SITE_WINDOW (SITE_UPTO + SITE_AFTER)

/* The instruction that the site's jump takes the place of, and what follows. */
struct site_head {
	unsigned char bytes[SITE_HEAD + SITE_BETWEEN];
	unsigned int len;	/* of them: up to the syscall instruction */
	bool number;	/* it sets the call's number; otherwise one argument */
	bool clones;	/* it is for any number, but no more than clone(2) is asked */
	bool cancels;	/* a thread may be cancelled there: for one alone */
	bool near;	/* the jump leads to the record; otherwise through its slot */
	bool stub;	/* the jump leads to a stub: see below */
};

/*
 * Are the SITE_WINDOW bytes about the syscall instruction, which ends at @ip
 * and was executed as call @nr with @args, of a form that can be taken over?
 * @higher: by an agent that lies AGENT_HIGHER.
 */
bool site_match(const unsigned char *window, uint64_t ip, int nr,
		const uint64_t *args, bool higher, struct site_head *ret_head);

/* Where the site begins whose calls return to @ip: SITE_HEAD bytes change. */
uint64_t site_start(const struct site_head *head, uint64_t ip);

/*
 * The SITE_HEAD bytes of the jump to the record at @record; by way of a stub at
 * @stub, if that is not 0.
 */
void site_jump(uint64_t record, const struct site_head *head, uint64_t ip,
	       uint64_t stub, unsigned char *ret_bytes);

/*
 * Stubs: where a jump can't reach the record, it leads to a stub near the site,
 * and that to the record. They lie in a mapping of the process's own.
 */
#define STUB_SIZE 32

/* Where stubs of code from @start to @end can lie. Return: the length of it. */
uint64_t stub_area(uint64_t start, uint64_t end, uint64_t *ret_area);

/* That of site number @i, where the area begins at @area. */
uint64_t stub_address(unsigned int i, const struct site_head *head, uint64_t ip,
		      uint64_t area);

/* The STUB_SIZE bytes of it; and what was at the site, by these. */
void stub_code(uint64_t record, const struct site_head *head,
	       unsigned char *ret_code);
void stub_read(const unsigned char *code, struct site_head *head);

/*
 * The record of a site that is to lie at @at, whose calls return to @ip and are
 * answered at @entry of the agent.
 */
void site_record(uint64_t at, const struct site_head *head, uint64_t ip,
		 uint32_t entry, struct agent_site *ret_site);

/*
 * The record after that of a site that clones, whose entry gets its address in
 * place of @ip: it makes the call, and goes on at @after of the agent.
 */
void site_clone(uint64_t at, uint64_t ip, uint32_t after, uint32_t ask,
		struct agent_site *ret_site);

/*
 * Of two records, that at @at and the next: what was at the site, and the address
 * that its calls return to. Of a site with a stub, the stub says what was there.
 * Return: whether the one at @at is the first of a site.
 */
bool site_of(uint64_t at, const struct agent_site *records,
	     struct site_head *ret_head, uint64_t *ret_ip);

/* Where record number @i lies, where the agent lies as usual. */
uint64_t site_address(unsigned int i);

/* Where in the one at @at a call goes on whose registers are all set. */
uint64_t site_way(uint64_t at, const struct site_head *head);

#endif
