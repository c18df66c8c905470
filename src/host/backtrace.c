/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Call stacks; see backtrace.h and libunwind-ptrace(3). Which file an address
 * belongs to stands in /proc/PID/maps, read anew each time: the task is
 * stopped, but it may have mapped something since.
 */
#include "src/host/backtrace.h"

#include <inttypes.h>
#include <libunwind-ptrace.h>
#include <stdio.h>
#include <string.h>

#define MAPS_MAX 512
#define NAME_MAX_SHOWN 256

struct map {
	uint64_t start, end, offset;
	char name[NAME_MAX_SHOWN];
};

/* Those with a name and code in them. Return: how many. */
static int read_maps(host_pid tid, struct map *maps)
{
	char path[64], line[NAME_MAX_SHOWN + 128];
	FILE *file;
	int n = 0;

	snprintf(path, sizeof(path), "/proc/%d/maps", tid.n);
	file = fopen(path, "re");
	if (!file)
		return 0;
	while (n < MAPS_MAX && fgets(line, sizeof(line), file)) {
		struct map *map = &maps[n];
		char mode[5];

		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %" SCNx64
			   " %*s %*s %255[^\n]", &map->start, &map->end, mode,
			   &map->offset, map->name) == 5 && mode[2] == 'x')
			n++;
	}
	fclose(file);
	return n;
}

static void find_module(struct backtrace_frame *frame, const struct map *maps,
			int n)
{
	for (int i = 0; i < n; i++)
		if (frame->ip >= maps[i].start && frame->ip < maps[i].end) {
			frame->module = maps[i].name;
			frame->module_offset = frame->ip - maps[i].start +
					       maps[i].offset;
			return;
		}
}

static void walk(unw_cursor_t *cursor, const struct map *maps, int n,
		 backtrace_each each, void *ctx)
{
	int depth = 0;

	do {
		struct backtrace_frame frame = { 0 };
		unw_word_t ip = 0, offset = 0;
		char name[NAME_MAX_SHOWN];

		unw_get_reg(cursor, UNW_REG_IP, &ip);
		frame.ip = ip;
		if (unw_get_proc_name(cursor, name, sizeof(name), &offset) == 0)
			frame.name = name;
		frame.offset = offset;
		find_module(&frame, maps, n);
		each(ctx, &frame);
	} while (++depth < BACKTRACE_FRAMES_MAX && unw_step(cursor) > 0);
}

void backtrace_task(host_pid tid, backtrace_each each, void *ctx)
{
	static struct map maps[MAPS_MAX];
	static unw_addr_space_t space;
	unw_cursor_t cursor;
	void *upt = _UPT_create(tid.n);

	if (!space)
		space = unw_create_addr_space(&_UPT_accessors, 0);
	if (!upt || !space)
		return;
	if (unw_init_remote(&cursor, space, upt) == 0)
		walk(&cursor, maps, read_maps(tid, maps), each, ctx);
	_UPT_destroy(upt);
}
