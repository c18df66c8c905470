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
#include <sys/syscall.h>
#include <unistd.h>
#include "interpose/agent/site.h"
#include "src/host/sys.h"

static const unsigned char blob[] __attribute__((aligned(8))) = {
#include "agent_blob.h"
};

#define PAGE 4096

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
