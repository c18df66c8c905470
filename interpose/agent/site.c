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

bool site_match(const unsigned char *window, int nr, const uint64_t *args,
		struct site_head *ret_head)
{
	const unsigned char *head = window + SITE_BEFORE;
	const unsigned char *call = head + SITE_HEAD;
	/* mov 8(%rsp),%r9: libc's syscall(), for whatever number */
	static const unsigned char sixth[SITE_HEAD] = { 0x4c, 0x8b, 0x4c, 0x24,
							0x08 };
	const uint32_t at_cwd = (uint32_t)-100;

	if (call[0] != 0x0f || call[1] != 0x05 || is_tail(window))
		return false;
	memcpy(ret_head->bytes, head, SITE_HEAD);
	ret_head->number = head[0] == 0xb8 && imm32(head + 1) == (uint32_t)nr;
	/* mov $AT_FDCWD,%edi: glibc's internal open */
	return ret_head->number || memcmp(head, sixth, SITE_HEAD) == 0 ||
	       (nr == SYS_openat && head[0] == 0xbf &&
		imm32(head + 1) == at_cwd && args[0] == at_cwd);
}

uint64_t site_address(unsigned int i)
{
	return AGENT_BASE + AGENT_SITES + (uint64_t)i * AGENT_SITE_SIZE;
}

void site_jump(unsigned int i, unsigned char *ret_bytes)
{
	uint32_t slot = (uint32_t)site_address(i);
	const unsigned char jump[] = { 0xff, 0x24, 0x25, slot & 0xff,
				       slot >> 8 & 0xff };

	static_assert(sizeof(jump) == SITE_HEAD, "the rest is 0f 05");
	memcpy(ret_bytes, jump, sizeof(jump));
}

/* movabs $ip,%r11; jmp entry: 15 bytes, that lie at @at. */
static void put_way(unsigned char *p, uint64_t at, uint64_t ip, uint32_t entry)
{
	uint32_t jump = entry - (uint32_t)(at + 15);

	p[0] = 0x49;
	p[1] = 0xbb;
	memcpy(p + 2, &ip, sizeof(ip));
	p[10] = 0xe9;
	memcpy(p + 11, &jump, sizeof(jump));
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
	uint32_t jump;

	memset(ret_site, 0xcc, sizeof(*ret_site));
	ret_site->slot = code;
	p[0] = 0x49;	/* movabs $ip,%r11 */
	p[1] = 0xbb;
	memcpy(p + 2, &ip, sizeof(ip));
	memcpy(p + 10, head->bytes, SITE_HEAD);
	p[15] = 0xe9;	/* jmp entry */
	jump = entry - (code + 20);
	memcpy(p + 16, &jump, sizeof(jump));
	static_assert(sizeof(ret_site->code) >= 20, "room for all");
}

static bool is_way(const unsigned char *p)
{
	return p[0] == 0x49 && p[1] == 0xbb;
}

bool site_of(unsigned int i, const struct agent_site *records,
	     struct site_head *ret_head, uint64_t *ret_ip)
{
	const unsigned char *p = records[0].code;
	const unsigned char *next = (const unsigned char *)&records[1];

	if (!is_way(p))
		return false;
	memcpy(ret_ip, p + 2, sizeof(*ret_ip));
	memcpy(ret_head->bytes, p + 10, SITE_HEAD);
	if (*ret_ip != site_address(i + 1))
		return true;
	/* It clones. */
	memcpy(ret_ip, next + 4, sizeof(*ret_ip));
	return is_way(next + 2);
}
