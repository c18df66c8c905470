/* SPDX-License-Identifier: Apache-2.0 */
/* Which files a process has mapped, shared, and where; and its code. */
#ifndef NSRUN_MAPS_H
#define NSRUN_MAPS_H

#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>
#include "tables/pids.h"

struct mapping {
	uint64_t start, end, offset;	/* bytes */
	dev_t dev;
	ino_t ino;
};

struct maps {
	int fd;
	FILE *text;	/* where the kernel can't be asked; else NULL */
	uint64_t at;
};

/*
 * The shared file mappings of task @tid that end above @from, upwards.
 * Return: 0, or -ESRCH: it has no memory any more; -EACCES …
 */
long maps_open(struct maps *m, host_pid tid, uint64_t from);

/* Return: 1 with the next one; 0 at the end; a negative errno. */
long maps_next(struct maps *m, struct mapping *ret_mapping);
void maps_close(struct maps *m);

/*
 * The mapping at @addr of task @tid, if it is private, of a file, and code
 * that is not written to: its start and end, nothing else.
 * Return: 0 or a negative errno.
 */
long maps_find_text(host_pid tid, uint64_t addr, struct mapping *ret_mapping);

#define _cleanup_maps_ __attribute__((cleanup(maps_close)))

#endif
