/* SPDX-License-Identifier: Apache-2.0 */
/* Maps of ids; see idmap.h. Follows kernel/user_namespace.c. */
#include "tables/idmap.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#define BLANKS " \t\v\f\r" /* what may lie between numbers */

static bool overlap(uint32_t one, uint32_t one_count, uint32_t other,
		    uint32_t other_count)
{
	return one < other + other_count && other < one + one_count;
}

/* The last id, 2^32 - 1, means no id. */
static bool is_range(uint32_t first, uint32_t count)
{
	return count > 0 && first < IDMAP_NONE && count <= IDMAP_NONE - first;
}

int idmap_add(struct idmap *map, uint32_t first, uint32_t lower, uint32_t count)
{
	if (!is_range(first, count) || !is_range(lower, count))
		return -EINVAL;
	for (size_t i = 0; i < map->n; i++) {
		const struct idmap_extent *e = &map->extents[i];

		if (overlap(first, count, e->first, e->count) ||
		    overlap(lower, count, e->lower, e->count))
			return -EINVAL;
	}
	if (map->n == IDMAP_EXTENTS_MAX)
		return -E2BIG;
	map->extents[map->n++] = (struct idmap_extent){ first, lower, count };
	return 0;
}

/* One number, which the kernel cuts to 32 bits without a word. */
static const char *parse_id(const char *text, uint32_t *ret_id)
{
	text += strspn(text, BLANKS);
	for (*ret_id = 0; *text >= '0' && *text <= '9'; text++)
		*ret_id = *ret_id * 10 + (uint32_t)(*text - '0');
	return text;
}

/* "FIRST LOWER COUNT". Return: what follows the line; NULL: it is none. */
static const char *parse_line(struct idmap *map, const char *text)
{
	uint32_t ids[3];

	for (int i = 0; i < 3; i++) {
		text = parse_id(text + (i ? 1 : 0), &ids[i]);
		if (i < 2 && (!*text || !strchr(BLANKS, *text)))
			return NULL;
	}
	text += strspn(text, BLANKS);
	if ((*text && *text != '\n') ||
	    idmap_add(map, ids[0], ids[1], ids[2]) < 0)
		return NULL;
	return *text ? text + 1 : text;
}

int idmap_parse(struct idmap *map, const char *text)
{
	do {
		text = parse_line(map, text);
		if (!text)
			return -EINVAL;
	} while (*text);
	return 0;
}

uint32_t idmap_lower(const struct idmap *map, uint32_t id)
{
	for (size_t i = 0; i < map->n; i++) {
		const struct idmap_extent *e = &map->extents[i];

		if (id >= e->first && id - e->first < e->count)
			return e->lower + (id - e->first);
	}
	return IDMAP_NONE;
}

uint32_t idmap_upper(const struct idmap *map, uint32_t lower)
{
	for (size_t i = 0; i < map->n; i++) {
		const struct idmap_extent *e = &map->extents[i];

		if (lower >= e->lower && lower - e->lower < e->count)
			return e->first + (lower - e->lower);
	}
	return IDMAP_NONE;
}

uint32_t idmap_lower_range(const struct idmap *map, uint32_t first,
			   uint32_t count)
{
	for (size_t i = 0; i < map->n; i++) {
		const struct idmap_extent *e = &map->extents[i];

		if (first >= e->first && first - e->first < e->count &&
		    count <= e->count - (first - e->first))
			return e->lower + (first - e->first);
	}
	return IDMAP_NONE;
}

/* The first id from @id on, up to @limit, that the map has. */
static uint32_t next_mapped(const struct idmap *map, uint32_t id,
			    uint32_t limit)
{
	for (size_t i = 0; i < map->n; i++)
		if (map->extents[i].first >= id &&
		    map->extents[i].first < limit)
			limit = map->extents[i].first;
	return limit;
}

int idmap_fill(struct idmap *map, uint32_t limit, uint32_t base)
{
	uint32_t id = 0;

	while (id < limit) {
		uint32_t end;
		int r;

		if (idmap_lower(map, id) != IDMAP_NONE) {
			id++;
			continue;
		}
		end = next_mapped(map, id, limit);
		r = idmap_add(map, id, base + id, end - id);
		if (r < 0)
			return r;
		id = end;
	}
	return 0;
}
