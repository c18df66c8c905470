/* SPDX-License-Identifier: Apache-2.0 */
/* How the agent gets into a task: its image, and the code that maps it. */
#ifndef NSRUN_AGENT_INJECT_H
#define NSRUN_AGENT_INJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "interpose/agent/page.h"
#include "tables/pids.h"

#define INJECT_CODE_MAX 288

/* The agent's head, as it lies at AGENT_TEXT; @higher: or AGENT_HIGHER. */
const struct agent_head *inject_head(bool higher);

/* Length of the region. */
size_t inject_size(void);

/*
 * A sealed memory file of the region for both places, and of the table, which
 * is written at *@ret_table. Return: descriptor or negative errno.
 */
long inject_image(uint64_t **ret_table);

/* A call that a task has made. */
struct inject_call {
	int nr;
	uint64_t ip;	/* after its syscall instruction */
	const uint64_t *args;
};

/* What is to be mapped. An area begins, as each of them, with AGENT_MAGIC. */
struct inject_maps {
	bool region, table, stacks;
	bool higher;	/* these three */
	uint64_t area, area_size;	/* of stubs; size 0: none */
};

/* So long an area can be at most. */
uint64_t inject_area_max(void);

/*
 * Code for @ip that maps @maps from the task's descriptor @fd, closes that,
 * and goes to `arrived`; if there is no region then, it makes the call again.
 * Return: its length.
 */
size_t inject_code(const struct inject_call *call, int fd,
		   const struct inject_maps *maps, unsigned char *ret_code);

/* Code that goes to `arrived` alone. Return: its length. */
size_t inject_way(bool higher, unsigned char *ret_code);

#endif
