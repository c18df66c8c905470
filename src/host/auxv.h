/* SPDX-License-Identifier: Apache-2.0 */
/* The auxiliary vector of a new program: x86-64 ABI, "Initial Stack". */
#ifndef NSRUN_AUXV_H
#define NSRUN_AUXV_H

#include <stdint.h>
#include "tables/pids.h"

#define AUXV_MAX 64

struct auxv {
	uint64_t addr; /* of entries[0] */
	long n;
	uint64_t entries[AUXV_MAX][2];
};

/* @sp is where the stack pointer was at the exec event. Return: 0 or -EFAULT */
long auxv_read(host_pid tid, uint64_t sp, struct auxv *ret_auxv);

/* Entry @i becomes @value, for the program too. */
void auxv_set(host_pid tid, struct auxv *auxv, long i, uint64_t value);

/* Return: the index of the entry @type, or -1. */
long auxv_find(const struct auxv *auxv, uint64_t type);

/* The entry @type of a program that runs, or 0. */
uint64_t auxv_value(host_pid tid, uint64_t type);

#endif
