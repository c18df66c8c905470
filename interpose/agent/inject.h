/* SPDX-License-Identifier: Apache-2.0 */
/* How the agent gets into a task: its image, and the code that maps it. */
#ifndef NSRUN_AGENT_INJECT_H
#define NSRUN_AGENT_INJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "interpose/agent/page.h"
#include "tables/pids.h"

#define INJECT_CODE_MAX 192

/* The agent's head, as it lies at AGENT_TEXT. */
const struct agent_head *inject_head(void);

/* Length of the region. */
size_t inject_size(void);

/*
 * A sealed memory file of the region, and behind it of the table, which is
 * written at *@ret_table. Return: descriptor or negative errno.
 */
long inject_image(uint64_t **ret_table);

/* A call that a task has made. */
struct inject_call {
	int nr;
	uint64_t ip;	/* after its syscall instruction */
	const uint64_t *args;
};

/*
 * Code for @ip that maps the region from the task's descriptor @fd, closes
 * that, and makes the call again. Return: its length.
 */
size_t inject_code(const struct inject_call *call, int fd, bool with_table,
		   unsigned char *ret_code);

#endif
