/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /proc/PID/maps: by its ioctl, which skips what is not wanted (Linux 6.11),
 * or as text.
 */
#include "src/host/maps.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>
#include "src/host/sys.h"

/* include/uapi/linux/fs.h */
struct procmap_query {
	uint64_t size, query_flags, query_addr;
	uint64_t vma_start, vma_end, vma_flags, vma_page_size, vma_offset;
	uint64_t inode;
	uint32_t dev_major, dev_minor;
	uint32_t vma_name_size, build_id_size;
	uint64_t vma_name_addr, build_id_addr;
};

#define PROCMAP_QUERY _IOWR('f', 17, struct procmap_query)
#define QUERY_READABLE 0x01
#define QUERY_WRITABLE 0x02
#define QUERY_EXECUTABLE 0x04
#define QUERY_SHARED 0x08
#define QUERY_COVERING_OR_NEXT 0x10
#define QUERY_FILE_BACKED 0x20

/* Of mappings below the text: it is not worth more. */
#define TEXT_LINES 2000

static bool no_query;	/* the kernel does not know it */

long maps_open(struct maps *m, host_pid tid, uint64_t from)
{
	char path[64];

	*m = (struct maps){ .at = from };
	snprintf(path, sizeof(path), "/proc/%d/maps", tid.n);
	m->fd = open(path, O_RDONLY | O_CLOEXEC);
	return m->fd < 0 ? -errno : 0;
}

void maps_close(struct maps *m)
{
	if (m->text)
		fclose(m->text);
	else
		sys_close(&m->fd);
}

static long next_by_query(struct maps *m, struct mapping *ret_mapping)
{
	struct procmap_query q = {
		.size = sizeof(q),
		.query_flags = QUERY_SHARED | QUERY_COVERING_OR_NEXT |
			       QUERY_FILE_BACKED,
		.query_addr = m->at,
	};
	long r = sys_ioctl(m->fd, PROCMAP_QUERY, &q);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	*ret_mapping = (struct mapping){
		.start = q.vma_start,
		.end = q.vma_end,
		.offset = q.vma_offset,
		.dev = makedev(q.dev_major, q.dev_minor),
		.ino = q.inode,
	};
	return 1;
}

static long next_by_text(struct maps *m, struct mapping *ret_mapping)
{
	static char line[4 * PATH_MAX + 128];	/* a name may be escaped */
	char shared;
	unsigned int major, minor;
	unsigned long start, end, offset, ino;

	if (!m->text)
		m->text = fdopen(m->fd, "re");
	if (!m->text)
		return -ENOMEM;
	while (fgets(line, sizeof(line), m->text)) {
		if (sscanf(line, "%lx-%lx %*3c%c %lx %x:%x %lu", &start, &end,
			   &shared, &offset, &major, &minor, &ino) != 7 ||
		    shared != 's' || ino == 0 || end <= m->at)
			continue;
		*ret_mapping = (struct mapping){
			start, end, offset, makedev(major, minor), ino
		};
		return 1;
	}
	return 0;
}

long maps_next(struct maps *m, struct mapping *ret_mapping)
{
	long r = no_query ? -ENOTTY : next_by_query(m, ret_mapping);

	if (r == -ENOTTY) {
		no_query = true;
		r = next_by_text(m, ret_mapping);
	}
	if (r > 0)
		m->at = ret_mapping->end;
	return r;
}

static long text_by_query(int fd, uint64_t addr, struct mapping *ret_mapping)
{
	struct procmap_query q = {
		.size = sizeof(q),
		.query_flags = QUERY_READABLE | QUERY_EXECUTABLE |
			       QUERY_FILE_BACKED,
		.query_addr = addr,
	};
	long r = sys_ioctl(fd, PROCMAP_QUERY, &q);

	if (r == 0 && q.vma_flags & (QUERY_WRITABLE | QUERY_SHARED))
		r = -ENOENT;
	if (r == 0)
		*ret_mapping = (struct mapping){ .start = q.vma_start,
						 .end = q.vma_end };
	return r;
}

static long text_by_lines(FILE *text, uint64_t addr,
			  struct mapping *ret_mapping)
{
	char line[256], mode[5];
	unsigned long start, end, ino;

	for (int n = 0; n < TEXT_LINES && fgets(line, sizeof(line), text); n++) {
		/* The tail of a long line is no mapping's begin. */
		if (sscanf(line, "%lx-%lx %4s %*s %*s %lu", &start, &end, mode,
			   &ino) != 4 ||
		    addr < start || addr >= end)
			continue;
		if (strcmp(mode, "r-xp") != 0 || ino == 0)
			break;
		*ret_mapping = (struct mapping){ .start = start, .end = end };
		return 0;
	}
	return -ENOENT;
}

long maps_find_text(host_pid tid, uint64_t addr, struct mapping *ret_mapping)
{
	_cleanup_maps_ struct maps m;
	long r = maps_open(&m, tid, 0);

	if (r < 0)
		return r;
	r = no_query ? -ENOTTY : text_by_query(m.fd, addr, ret_mapping);
	if (r != -ENOTTY)
		return r;
	no_query = true;
	m.text = fdopen(m.fd, "re");
	return m.text ? text_by_lines(m.text, addr, ret_mapping) : -ENOMEM;
}
