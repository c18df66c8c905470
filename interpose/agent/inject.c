/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The agent's way into a task; see inject.h.
 *
 * The code uses no stack, and takes all that it puts back from its own text:
 * a call keeps everything but rax, rcx and r11, and its arguments are known.
 */
#include "interpose/agent/inject.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "interpose/agent/site.h"
#include "src/host/sys.h"

static const unsigned char blob[] __attribute__((aligned(8))) = {
#include "agent_blob.h"
};

#define PAGE 4096
#define LINES_MAX 2000	/* of mappings below the text: it is not worth more */

const struct agent_head *inject_head(void)
{
	return (const void *)blob;
}

size_t inject_size(void)
{
	return AGENT_TEXT - AGENT_BASE + AGENT_TEXT_PAGES * PAGE;
}

/* The table is nsrun's to write, by a mapping made ahead of the seal. */
long inject_image(uint64_t **ret_table)
{
	const struct agent_view view = { .magic = AGENT_MAGIC };
	const int seals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW |
			  F_SEAL_FUTURE_WRITE;
	void *table = NULL;
	long r;
	int fd;

	static_assert(sizeof(blob) <= AGENT_TEXT_PAGES * PAGE, "it is to fit");
	static_assert(AGENT_TABLE % PAGE == 0, "it is mapped");
	if (inject_head()->magic != AGENT_MAGIC)
		return -ENOEXEC;
	fd = memfd_create("nsrun", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		return sys_result(fd);
	r = sys_result(ftruncate(fd, (off_t)inject_size() + AGENT_TABLE_SIZE));
	if (r == 0)
		r = sys_result(pwrite(fd, &view, sizeof(view), 0));
	if (r > 0)
		r = sys_result(pwrite(fd, blob, sizeof(blob),
				      AGENT_TEXT - AGENT_BASE));
	if (r > 0)
		table = mmap(NULL, AGENT_TABLE_SIZE, PROT_READ | PROT_WRITE,
			     MAP_SHARED, fd, (off_t)inject_size());
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

/* Right after the other mapping, whose arguments are still there. */
static void put_table(struct code *c)
{
	put_arg(c, 0, AGENT_TABLE);
	put_arg(c, 1, AGENT_TABLE_SIZE);
	put_arg(c, 2, PROT_READ);
	put_arg(c, 3, MAP_SHARED | MAP_FIXED_NOREPLACE);
	put_arg(c, 5, inject_size());
	put_number(c, SYS_mmap);
	put_syscall(c);
}

size_t inject_code(const struct inject_call *call, int fd, bool with_table,
		   unsigned char *ret_code)
{
	const uint64_t map[] = { AGENT_BASE, inject_size(),
				 PROT_READ | PROT_EXEC,
				 MAP_PRIVATE | MAP_FIXED_NOREPLACE,
				 (uint64_t)fd, 0 };
	struct code c = { .p = ret_code };
	int32_t back;

	for (int i = 0; i < 6; i++)
		put_arg(&c, i, map[i]);
	put_number(&c, SYS_mmap);
	put_syscall(&c);
	if (with_table)
		put_table(&c);
	put_arg(&c, 0, (uint64_t)fd);
	put_number(&c, SYS_close);
	put_syscall(&c);
	for (int i = 0; i < 6; i++)
		put_arg(&c, i, call->args[i]);
	put_number(&c, call->nr);
	/* To the syscall instruction, from the end of this jump. */
	back = -(int32_t)(c.n + 5 + 2);
	put(&c, "\xe9", 1);
	put(&c, &back, sizeof(back));
	return c.n;
}

/* ---- the task's mappings ---- */

/* Return: whether the line is the one around @ip; then *@ret_good is set. */
static bool look(const char *line, uint64_t ip, uint64_t *ret_start,
		 uint64_t *ret_end, bool *ret_good)
{
	unsigned long inode;
	char mode[5];

	if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %*s %*s %lu", ret_start,
		   ret_end, mode, &inode) != 4)
		return false;
	if (ip <= *ret_start || ip > *ret_end)
		return false;
	*ret_good = strcmp(mode, "r-xp") == 0 && inode != 0 &&
		    *ret_start != AGENT_BASE;
	return true;
}

long inject_find_text(host_pid tid, uint64_t ip, uint64_t *ret_start,
		      uint64_t *ret_end)
{
	char path[64], line[256];
	bool good = false;
	unsigned int n = 0;
	FILE *maps;

	snprintf(path, sizeof(path), "/proc/%d/maps", tid.n);
	maps = fopen(path, "re");
	if (!maps)
		return -EACCES;
	/* The tail of a long line is no mapping's begin. */
	while (n++ < LINES_MAX && fgets(line, sizeof(line), maps) &&
	       !look(line, ip, ret_start, ret_end, &good))
		;
	fclose(maps);
	return good ? 0 : -EACCES;
}
