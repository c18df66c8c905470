/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The agent's way into a task; see inject.h.
 *
 * The code uses no stack, and takes all that it puts back from its own text:
 * a call keeps everything but rax, rcx and r11, and its arguments are known.
 */
#include "interpose/agent/inject.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "interpose/agent/site.h"
#include "src/host/sys.h"

static const unsigned char blob[] __attribute__((aligned(8))) = {
#include "agent_blob.h"
};

static const unsigned char blob_higher[] __attribute__((aligned(8))) = {
#include "agent_higher_blob.h"
};

#define PAGE 4096
#define TABLE_OFFSET (2 * inject_size())	/* a region for each place */
#define AREA_OFFSET (TABLE_OFFSET + AGENT_TABLE_SIZE)
#define AREA_MAX (UINT64_C(64) << 20)	/* holes, of which few are read */

static uint64_t area_max;

const struct agent_head *inject_head(bool higher)
{
	return (const void *)(higher ? blob_higher : blob);
}

size_t inject_size(void)
{
	return AGENT_ACTIONS - AGENT_BASE + PAGE;
}

uint64_t inject_area_max(void)
{
	return area_max;
}

/* Stacks and areas are of holes behind the table, with one word ahead of them. */
static long make_area(int fd)
{
	const uint32_t magic = AGENT_MAGIC;
	struct rlimit limit;

	if (getrlimit(RLIMIT_FSIZE, &limit) < 0 ||
	    limit.rlim_cur < AREA_OFFSET + AREA_MAX ||
	    ftruncate(fd, (off_t)(AREA_OFFSET + AREA_MAX)) < 0)
		return 1;	/* programs that need one do without */
	area_max = AREA_MAX;
	return sys_result(pwrite(fd, &magic, sizeof(magic),
				 (off_t)AREA_OFFSET));
}

/* The filter takes the one instruction for AGENT_HIGHER than the other. */
static bool is_valid(void)
{
	const struct agent_head *head = inject_head(false);
	const struct agent_head *higher = inject_head(true);

	return head->magic == AGENT_MAGIC && higher->magic == AGENT_MAGIC &&
	       higher->native == head->native + AGENT_HIGHER;
}

/* The region, as it begins, at @offset of the file. */
static long write_region(int fd, size_t offset, const unsigned char *text,
			 size_t len)
{
	const struct agent_view view = { .magic = AGENT_MAGIC };
	long r = sys_result(pwrite(fd, &view, sizeof(view), (off_t)offset));

	return r < 0 ? r : sys_result(pwrite(fd, text, len,
					     (off_t)(offset + AGENT_TEXT -
						     AGENT_BASE)));
}

/* The table is nsrun's to write, by a mapping made ahead of the seal. */
long inject_image(uint64_t **ret_table)
{
	const int seals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW |
			  F_SEAL_FUTURE_WRITE;
	void *table = NULL;
	long r;
	int fd;

	static_assert(sizeof(blob) <= AGENT_TEXT_PAGES * PAGE &&
			      sizeof(blob_higher) <= AGENT_TEXT_PAGES * PAGE,
		      "they are to fit");
	static_assert(AGENT_TABLE % PAGE == 0, "it is mapped");
	if (!is_valid())
		return -ENOEXEC;
	fd = memfd_create("nsrun", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		return sys_result(fd);
	r = sys_result(ftruncate(fd, (off_t)AREA_OFFSET));
	if (r == 0)
		r = write_region(fd, 0, blob, sizeof(blob));
	if (r > 0)
		r = write_region(fd, inject_size(), blob_higher,
				 sizeof(blob_higher));
	if (r > 0)
		r = make_area(fd);
	if (r > 0)
		table = mmap(NULL, AGENT_TABLE_SIZE, PROT_READ | PROT_WRITE,
			     MAP_SHARED, fd, (off_t)TABLE_OFFSET);
	if (r > 0 && table == MAP_FAILED)
		r = -ENOMEM;
	if (r > 0)
		r = sys_result(fcntl(fd, F_ADD_SEALS, seals));
	if (r == 0) {
		*ret_table = table;
		(*ret_table)[0] = AGENT_MAGIC;
		return fd;
	}
	close(fd);
	return r < 0 ? r : -EIO;
}

/* ---- the code ---- */

struct code {
	unsigned char *p;
	size_t n;
};

static void put(struct code *c, const void *bytes, size_t n)
{
	memcpy(c->p + c->n, bytes, n);
	c->n += n;
}

static void put_syscall(struct code *c)
{
	put(c, "\x0f\x05", 2);
}

/* mov $value,%reg: by number, rdi rsi rdx r10 r8 r9 */
static void put_arg(struct code *c, int i, uint64_t value)
{
	static const unsigned char ops[][2] = {
		{ 0x48, 0xbf }, { 0x48, 0xbe }, { 0x48, 0xba },
		{ 0x49, 0xba }, { 0x49, 0xb8 }, { 0x49, 0xb9 },
	};
	uint32_t low = (uint32_t)value;

	if (low != value) {
		put(c, ops[i], 2);
		put(c, &value, sizeof(value));
		return;
	}
	/* Without REX.W the upper half becomes 0. */
	if (ops[i][0] & 1)
		put(c, "\x41", 1);
	put(c, ops[i] + 1, 1);
	put(c, &low, sizeof(low));
}

static void put_number(struct code *c, int nr)
{
	put(c, "\xb8", 1);
	put(c, &nr, sizeof(nr));
}

/* mmap(2) of the file @fd from @offset on, where nothing else is. */
static void put_map(struct code *c, uint64_t at, uint64_t size, int prot,
		    int flags, int fd, uint64_t offset)
{
	const uint64_t args[] = { at, size, (uint64_t)prot,
				  (uint64_t)(flags | MAP_FIXED_NOREPLACE),
				  (uint64_t)fd, offset };

	for (int i = 0; i < 6; i++)
		put_arg(c, i, args[i]);
	put_number(c, SYS_mmap);
	put_syscall(c);
}

/* The region last: rax says then whether it is there. */
static void put_maps(struct code *c, int fd, const struct inject_maps *maps)
{
	const uint32_t further = maps->higher ? AGENT_HIGHER : 0;
	const uint32_t there = AGENT_BASE + further;

	if (maps->table)
		put_map(c, AGENT_TABLE + further, AGENT_TABLE_SIZE, PROT_READ,
			MAP_SHARED, fd, TABLE_OFFSET);
	if (maps->stacks)
		put_map(c, AGENT_STACKS + further, AGENT_STACKS_SIZE,
			PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, AREA_OFFSET);
	if (maps->area_size)
		put_map(c, maps->area, maps->area_size, PROT_READ | PROT_EXEC,
			MAP_PRIVATE, fd, AREA_OFFSET);
	if (maps->region) {
		put_map(c, there, inject_size(), PROT_READ | PROT_EXEC,
			MAP_PRIVATE, fd, maps->higher ? inject_size() : 0);
	} else {
		put(c, "\xb8", 1);		/* mov $there,%eax */
		put(c, &there, sizeof(there));
	}
}

size_t inject_code(const struct inject_call *call, int fd,
		   const struct inject_maps *maps, unsigned char *ret_code)
{
	const int32_t base =
		-(AGENT_BASE + (maps->higher ? AGENT_HIGHER : 0));
	struct code c = { .p = ret_code };
	int32_t back;

	put_maps(&c, fd, maps);
	put(&c, "\x49\x89\xc1", 3);		/* mov %rax,%r9 */
	put_arg(&c, 0, (uint64_t)fd);
	put_number(&c, SYS_close);
	put_syscall(&c);
	put(&c, "\x49\x8d\x89", 3);		/* lea -AGENT_BASE(%r9),%rcx */
	put(&c, &base, sizeof(base));
	for (int i = 0; i < 6; i++)
		put_arg(&c, i, call->args[i]);
	put_number(&c, call->nr);
	put(&c, "\xe3\x05", 2);		/* jrcxz, over the jump */
	/* To the syscall instruction, from the end of this jump. */
	back = -(int32_t)(c.n + 5 + 2);
	put(&c, "\xe9", 1);
	put(&c, &back, sizeof(back));
	return c.n + inject_way(maps->higher, ret_code + c.n);
}

size_t inject_way(bool higher, unsigned char *ret_code)
{
	const uint32_t arrived = inject_head(higher)->arrived;
	struct code c = { .p = ret_code };

	put(&c, "\xb9", 1);			/* mov $arrived,%ecx */
	put(&c, &arrived, sizeof(arrived));
	put(&c, "\xff\xe1", 2);		/* jmp *%rcx */
	return c.n;
}
