/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Call sites; see site.h.
 *
 * Theory of operation. `b8 imm32` (mov $nr,%eax) and `0f 05` (syscall) are 7
 * bytes, as is `ff 24 25 disp32` (jmp *slot). The last two of disp32 are left
 * as they are: 0f 05. So a slot lies at 0x050fXXXX, five bytes are written,
 * and code that gets to the syscall instruction without the mov, by a jump or
 * since it had executed that already, makes the call as ever.
 *
 * Where other instructions stand between the two, the five bytes are e9 rel32
 * (jmp record). That reaches from the lower 2 GB alone, where programs are that
 * are not position-independent. Those between are done by the record; they stay
 * where they were, too, for who jumps there or is there already.
 *
 * Instructions can't be decoded backwards. That the syscall was executed, and
 * with this number, is known; so what else the five bytes can be the end of
 * is excluded here, as far as code that a compiler makes can hold it.
 */
#include "interpose/agent/site.h"

#include <string.h>
#include <sys/syscall.h>

static uint32_t imm32(const unsigned char *p)
{
	uint32_t value;

	memcpy(&value, p, sizeof(value));
	return value;
}

/* An opcode with a 32-bit immediate after its operand. */
static bool has_imm32(unsigned char opcode)
{
	return opcode == 0xc7 || opcode == 0x81 || opcode == 0x69 ||
	       opcode == 0xf7;
}

static bool has_disp8(unsigned char modrm)
{
	return modrm >> 6 == 1;
}

/* @b: SITE_BEFORE bytes, then those that look like a mov to a register. */
static bool is_tail(const unsigned char *b)
{
	/* REX.B: a mov to another register */
	if (b[2] >= 0x41 && b[2] <= 0x47 && (b[2] & 1))
		return true;
	/* movl $imm,disp8(reg) and the like: the opcode of mov is disp8 */
	if ((has_imm32(b[1]) && has_disp8(b[2])) ||
	    (has_imm32(b[0]) && has_disp8(b[1]) && (b[1] & 7) == 4))
		return true;
	/* disp32(reg): lea, or a nop or prefetch, which do not load it */
	return b[2] == 0x8d ||
	       (b[1] == 0x0f &&
		(b[2] == 0x1f || b[2] == 0x18 || b[2] == 0x0d));
}

/* Not rax, whose value is told, and not rsp, which the agent uses. */
static bool may_set(unsigned int reg)
{
	return reg != 0 && reg != 4;
}

/* At disp8(%rsp) or disp32(%rsp): bytes after the opcode, or 0. */
static size_t stack_operand(const unsigned char *modrm, bool extended)
{
	if ((modrm[0] & 7) != 4 || modrm[1] != 0x24 || extended)
		return 0;
	return modrm[0] >> 6 == 1 ? 3 : modrm[0] >> 6 == 2 ? 6 : 0;
}

/*
 * The length of the instruction at @p, if it is one that sets a register from
 * a register, a constant, the stack or the thread's pointer, and does nothing
 * else; or 0.
 */
static size_t plain_len(const unsigned char *p)
{
	const bool by_fs = *p == 0x64;
	const unsigned char *op = p + by_fs;
	const unsigned char rex = (*op & 0xf0) == 0x40 ? *op++ : 0;
	const unsigned int b = (rex & 1) << 3, r = (rex & 4) << 1;
	const bool registers = op[1] >> 6 == 3;
	const unsigned int rm = (op[1] & 7) | b, reg = (op[1] >> 3 & 7) | r;
	size_t n = (size_t)(op - p);

	if (by_fs)	/* mov %fs:0,%reg */
		return *op == 0x8b && rex & 8 && (op[1] & 0xc7) == 4 &&
				       op[2] == 0x25 && imm32(op + 3) == 0 &&
				       may_set(reg) ?
			       n + 7 :
			       0;
	switch (*op) {
	case 0x31: /* xor */
	case 0x89: /* mov */
		return registers && may_set(rm) ? n + 2 : 0;
	case 0x63: /* movslq */
	case 0x8b: /* mov */
	case 0x8d: /* lea */
		if (!may_set(reg))
			return 0;
		if (registers)
			return *op == 0x8d ? 0 : n + 2;
		return stack_operand(op + 1, rex & 3) ?
			       n + 1 + stack_operand(op + 1, rex & 3) :
			       0;
	case 0xc7: /* mov $imm32 */
		return registers && (op[1] & 0x38) == 0 && may_set(rm) ? n + 6 :
									 0;
	default: /* mov $imm32 */
		return (*op & 0xf8) == 0xb8 && !(rex & 8) &&
				       may_set((*op & 7) | b) ?
			       n + 5 :
			       0;
	}
}

/* Are the @n bytes at @p such instructions? No more than SITE_BETWEEN can be read. */
static bool is_plain(const unsigned char *p, size_t n)
{
	unsigned char bytes[2 * SITE_BETWEEN] = { 0 };
	size_t at = 0, len;

	memcpy(bytes, p, n);
	while (at < n) {
		len = plain_len(bytes + at);
		if (!len)
			return false;
		at += len;
	}
	return at == n;
}

/* Is @head such an instruction? */
static bool is_head(const unsigned char *head, int nr, const uint64_t *args,
		    bool *ret_number)
{
	/* mov 8(%rsp),%r9: libc's syscall(), for whatever number */
	static const unsigned char sixth[SITE_HEAD] = { 0x4c, 0x8b, 0x4c, 0x24,
							0x08 };
	const uint32_t at_cwd = (uint32_t)-100;

	*ret_number = head[0] == 0xb8 && imm32(head + 1) == (uint32_t)nr;
	/* mov $AT_FDCWD,%edi: glibc's internal open */
	return *ret_number || memcmp(head, sixth, SITE_HEAD) == 0 ||
	       (nr == SYS_openat && head[0] == 0xbf &&
		imm32(head + 1) == at_cwd && args[0] == at_cwd);
}

bool site_match(const unsigned char *window, uint64_t ip, int nr,
		const uint64_t *args, struct site_head *ret_head)
{
	const unsigned char *call = window + SITE_WINDOW - SITE_SYSCALL;
	const size_t most = ip <= INT32_MAX ? SITE_BETWEEN : 0;

	if (call[0] != 0x0f || call[1] != 0x05)
		return false;
	for (size_t n = 0; n <= most; n++) {
		const unsigned char *head = call - n - SITE_HEAD;

		if (!is_head(head, nr, args, &ret_head->number) ||
		    is_tail(head - SITE_BEFORE) ||
		    !is_plain(head + SITE_HEAD, n))
			continue;
		ret_head->len = (unsigned int)(SITE_HEAD + n);
		memcpy(ret_head->bytes, head, ret_head->len);
		return true;
	}
	return false;
}

static bool is_near(const struct site_head *head)
{
	return head->len > SITE_HEAD;
}

uint64_t site_start(const struct site_head *head, uint64_t ip)
{
	return ip - SITE_SYSCALL - head->len;
}

uint64_t site_address(unsigned int i)
{
	return AGENT_BASE + AGENT_SITES + (uint64_t)i * AGENT_SITE_SIZE;
}

/* e9 rel32 */
static void put_jump(unsigned char *p, uint64_t at, uint32_t to)
{
	const uint32_t rel = to - (uint32_t)(at + 5);

	p[0] = 0xe9;
	memcpy(p + 1, &rel, sizeof(rel));
}

void site_jump(unsigned int i, const struct site_head *head, uint64_t ip,
	       unsigned char *ret_bytes)
{
	uint32_t slot = (uint32_t)site_address(i);
	const unsigned char jump[] = { 0xff, 0x24, 0x25, slot & 0xff,
				       slot >> 8 & 0xff };

	static_assert(sizeof(jump) == SITE_HEAD, "the rest is 0f 05");
	if (is_near(head))
		put_jump(ret_bytes, site_start(head, ip), slot);
	else
		memcpy(ret_bytes, jump, sizeof(jump));
}

/* movabs $ip,%r11; jmp entry: 15 bytes, that lie at @at. */
static void put_way(unsigned char *p, uint64_t at, uint64_t ip, uint32_t entry)
{
	p[0] = 0x49;
	p[1] = 0xbb;
	memcpy(p + 2, &ip, sizeof(ip));
	put_jump(p + 10, at + 10, entry);
}

/* Of a near record, the last byte. */
#define NEAR_LEN (AGENT_SITE_SIZE - 1)

/* The program's instructions; mov $ip,%r11d; jmp entry. Not with a slot. */
static void near_record(unsigned int i, const struct site_head *head,
			uint64_t ip, uint32_t entry,
			struct agent_site *ret_site)
{
	const uint32_t low = (uint32_t)ip;
	unsigned char *p = (unsigned char *)ret_site;

	static_assert(sizeof(*ret_site) == sizeof(head->bytes) + 12, "room");
	memset(ret_site, 0xcc, sizeof(*ret_site));
	p[NEAR_LEN] = (unsigned char)head->len;
	memcpy(p, head->bytes, head->len);
	p += head->len;
	p[0] = 0x41;
	p[1] = 0xbb;
	memcpy(p + 2, &low, sizeof(low));
	put_jump(p + 6, site_address(i) + head->len + 6, entry);
}

/* Whether the one instruction is done twice, nobody sees. */
uint64_t site_way(unsigned int i, const struct site_head *head)
{
	return site_address(i) + (is_near(head) ?
					  head->len :
					  offsetof(struct agent_site, code));
}

void site_clone(unsigned int i, uint64_t ip, uint32_t after, uint32_t ask,
		struct agent_site *ret_site)
{
	const uint64_t at = site_address(i);
	unsigned char *p = (unsigned char *)ret_site;

	static_assert(AGENT_CLONE_ASK + 15 == sizeof(*ret_site), "all of it");
	p[0] = 0x0f;	/* syscall */
	p[1] = 0x05;
	put_way(p + 2, at + 2, ip, after);
	put_way(p + AGENT_CLONE_ASK, at + AGENT_CLONE_ASK, ip, ask);
}

void site_record(unsigned int i, const struct site_head *head, uint64_t ip,
		 uint32_t entry, struct agent_site *ret_site)
{
	uint32_t code = (uint32_t)site_address(i) +
			(uint32_t)offsetof(struct agent_site, code);
	unsigned char *p = ret_site->code;

	if (is_near(head)) {
		near_record(i, head, ip, entry, ret_site);
		return;
	}
	memset(ret_site, 0xcc, sizeof(*ret_site));
	ret_site->slot = code;
	p[0] = 0x49;	/* movabs $ip,%r11 */
	p[1] = 0xbb;
	memcpy(p + 2, &ip, sizeof(ip));
	memcpy(p + 10, head->bytes, SITE_HEAD);
	put_jump(p + 15, code + 15, entry);
	static_assert(sizeof(ret_site->code) >= 20, "room for all");
}

static bool is_way(const unsigned char *p)
{
	return p[0] == 0x49 && p[1] == 0xbb;
}

/* mov $ip,%r11d, behind what was at the site */
static bool near_of(const struct agent_site *record, struct site_head *ret_head,
		    uint64_t *ret_ip)
{
	const unsigned char *p = (const unsigned char *)record;
	const unsigned int len = p[NEAR_LEN];

	if (len <= SITE_HEAD || len > sizeof(ret_head->bytes) ||
	    p[len] != 0x41 || p[len + 1] != 0xbb)
		return false;
	ret_head->len = len;
	memcpy(ret_head->bytes, p, len);
	*ret_ip = imm32(p + len + 2);
	return true;
}

static bool far_of(const struct agent_site *record, struct site_head *ret_head,
		   uint64_t *ret_ip)
{
	const unsigned char *p = record->code;

	if (!is_way(p))
		return false;
	ret_head->len = SITE_HEAD;
	memcpy(ret_ip, p + 2, sizeof(*ret_ip));
	memcpy(ret_head->bytes, p + 10, SITE_HEAD);
	return true;
}

bool site_of(unsigned int i, const struct agent_site *records,
	     struct site_head *ret_head, uint64_t *ret_ip)
{
	const unsigned char *next = (const unsigned char *)&records[1];

	if (!near_of(records, ret_head, ret_ip) &&
	    !far_of(records, ret_head, ret_ip))
		return false;
	if (*ret_ip != site_address(i + 1))
		return true;
	/* It clones. */
	memcpy(ret_ip, next + 4, sizeof(*ret_ip));
	return is_way(next + 2);
}
