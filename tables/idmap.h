/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A map of user or group ids, as a user namespace has it: ranges of ids
 * inside, each of which stands for a range of as many below. Follows
 * struct uid_gid_map of the kernel.
 */
#ifndef NSRUN_IDMAP_H
#define NSRUN_IDMAP_H

#include <stddef.h>
#include <stdint.h>

#define IDMAP_EXTENTS_MAX 340	     /* UID_GID_MAP_MAX_EXTENTS */
#define IDMAP_NONE	  UINT32_MAX /* no id: (uid_t)-1 */

struct idmap_extent {
	uint32_t first; /* inside */
	uint32_t lower;
	uint32_t count;
};

struct idmap {
	size_t n;
	struct idmap_extent extents[IDMAP_EXTENTS_MAX];
};

/*
 * One more range. Return: 0; -EINVAL if it is empty, goes beyond the last id,
 * or overlaps with another on either side; -E2BIG when there are too many.
 */
int idmap_add(struct idmap *map, uint32_t first, uint32_t lower,
	      uint32_t count);

/*
 * A map as it is written to /proc/PID/uid_map, into the empty @map. Return: 0
 * or -EINVAL, also for more lines than a map can have.
 */
int idmap_parse(struct idmap *map, const char *text);

/* Return: the id below, or the id inside, or IDMAP_NONE. */
uint32_t idmap_lower(const struct idmap *map, uint32_t id);
uint32_t idmap_upper(const struct idmap *map, uint32_t lower);

/*
 * What @count ids from @first on are below, if one range has them all; or
 * IDMAP_NONE.
 */
uint32_t idmap_lower_range(const struct idmap *map, uint32_t first,
			   uint32_t count);

/*
 * Maps all ids from 0 up to @limit that @map has not yet to ids from @base on:
 * id N to @base + N. Return: as idmap_add().
 */
int idmap_fill(struct idmap *map, uint32_t limit, uint32_t base);

#endif
