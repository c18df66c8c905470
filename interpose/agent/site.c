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
 * Where the record is out of reach, the jump leads to a stub in a mapping near
 * the code, which does the same, and jumps through the record's slot. And where
 * no more than three bytes stand before the syscall instruction, as in Go, the
 * last two of the rel32 are 0f 05, too: so the stub lies 0x050fXXXX beyond.
 *
 * Where the agent lies higher, no slot is at 0x050fXXXX. There the jumps to the
 * record, and to a stub, serve the plain sites as well.
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

/*
 * Functions for any number, by all that is about the instruction: of Go,
 * runtime/internal/syscall.Syscall6(), and syscall.rawVforkSyscall(), of which
 * each clone is; of musl, __syscall_cp_asm(), and __clone().
 */
static const struct whole {
	unsigned char bytes[24];
	unsigned char len, before, head;	/* up to the syscall; of it */
	bool clones, cancels;
} wholes[] = {
	/* mov %rsi,%r10; mov %rdi,%rdx; mov %rcx,%rsi; mov %rbx,%rdi; syscall;
	 * cmp $-4095,%rax */
	{ { 0x49, 0x89, 0xf2, 0x48, 0x89, 0xfa, 0x48, 0x89, 0xce, 0x48, 0x89,
	    0xdf, 0x0f, 0x05, 0x48, 0x3d, 0x01, 0xf0, 0xff, 0xff },
	  20, 12, 3, false, false },
	/* mov 8(%rsp),%rax; pop %r12; syscall; push %r12; cmp $-4095,%rax */
	{ { 0x48, 0x8b, 0x44, 0x24, 0x08, 0x41, 0x5c, 0x0f, 0x05, 0x41, 0x54,
	    0x48, 0x3d, 0x01, 0xf0, 0xff, 0xff },
	  17, 7, 7, true, false },
	/* mov %r9,%r10; mov 8(%rsp),%r8; mov 16(%rsp),%r9; mov %r11,8(%rsp);
	 * syscall; ret */
	{ { 0x4d, 0x89, 0xca, 0x4c, 0x8b, 0x44, 0x24, 0x08, 0x4c, 0x8b, 0x4c,
	    0x24, 0x10, 0x4c, 0x89, 0x5c, 0x24, 0x08, 0x0f, 0x05, 0xc3 },
	  21, 18, 5, false, true },
	/* and $-16,%rsi; sub $8,%rsi; mov %rcx,(%rsi); syscall;
	 * test %eax,%eax; jnz */
	{ { 0x48, 0x83, 0xe6, 0xf0, 0x48, 0x83, 0xee, 0x08, 0x48, 0x89, 0x0e,
	    0x0f, 0x05, 0x85, 0xc0, 0x75 },
	  16, 11, 3, true, false },
};

static bool match_whole(const unsigned char *call, int nr,
			struct site_head *ret_head)
{
	for (size_t i = 0; i < sizeof(wholes) / sizeof(wholes[0]); i++) {
		const struct whole *w = &wholes[i];

		if (w->clones != (nr == SYS_clone) ||
		    memcmp(call - w->before, w->bytes, w->len) != 0)
			continue;
		*ret_head = (struct site_head){ .len = w->head,
						.clones = w->clones,
						.cancels = w->cancels };
		/* Where they are few, the syscall is written over as well. */
		memcpy(ret_head->bytes, call - w->head,
		       w->head < SITE_HEAD ? SITE_HEAD : w->head);
		return true;
	}
	return false;
}

static bool match_head(const unsigned char *call, int nr, const uint64_t *args,
		       struct site_head *ret_head)
{
	for (size_t n = 0; n <= SITE_BETWEEN; n++) {
		const unsigned char *head = call - n - SITE_HEAD;
		bool number;

		if (!is_head(head, nr, args, &number) ||
		    is_tail(head - SITE_BEFORE) ||
		    !is_plain(head + SITE_HEAD, n))
			continue;
		*ret_head = (struct site_head){
			.len = (unsigned int)(SITE_HEAD + n),
			.number = number,
		};
		memcpy(ret_head->bytes, head, ret_head->len);
		return true;
	}
	return false;
}

/* How the site gets to its record. */
static void choose_jump(struct site_head *head, uint64_t ip, bool higher)
{
	const bool by_slot = head->len == SITE_HEAD && !higher;

	head->near = head->len >= SITE_HEAD && !by_slot && ip <= INT32_MAX;
	head->stub = !head->near && !by_slot;
}

bool site_match(const unsigned char *window, uint64_t ip, int nr,
		const uint64_t *args, bool higher, struct site_head *ret_head)
{
	const unsigned char *call = window + SITE_UPTO - SITE_SYSCALL;

	if (call[0] != 0x0f || call[1] != 0x05 ||
	    (!match_whole(call, nr, ret_head) &&
	     !match_head(call, nr, args, ret_head)))
		return false;
	choose_jump(ret_head, ip, higher);
	return true;
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

void site_jump(uint64_t record, const struct site_head *head, uint64_t ip,
	       uint64_t stub, unsigned char *ret_bytes)
{
	const uint32_t slot = (uint32_t)record;
	const unsigned char jump[] = { 0xff, 0x24, 0x25, slot & 0xff,
				       slot >> 8 & 0xff };

	static_assert(sizeof(jump) == SITE_HEAD, "the rest is 0f 05");
	if (head->stub)
		put_jump(ret_bytes, site_start(head, ip), (uint32_t)stub);
	else if (head->near)
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

/* Of a near record, the last byte; of one with a stub, behind the code. */
#define NEAR_LEN (AGENT_SITE_SIZE - 1)
#define STUB_LEN 20
#define STUB_NONE 0xcc

/* The program's instructions; mov $ip,%r11d; jmp entry. Not with a slot. */
static void near_record(uint64_t at, const struct site_head *head,
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
	put_jump(p + 6, at + head->len + 6, entry);
}

/* ---- stubs ---- */

/* An area for each record: in each of STUB_STEP bytes all have a place. */
#define STUB_STEP 16384
#define STUB_BEYOND (AGENT_BASE & 0xffff0000)

static uint64_t round_up(uint64_t at)
{
	return (at + STUB_STEP - 1) / STUB_STEP * STUB_STEP;
}

uint64_t stub_area(uint64_t start, uint64_t end, uint64_t *ret_area)
{
	*ret_area = round_up(start + STUB_BEYOND);
	return round_up(end + STUB_BEYOND) + STUB_STEP - *ret_area;
}

uint64_t stub_address(unsigned int i, const struct site_head *head, uint64_t ip,
		      uint64_t area)
{
	/* The area begins with a word of its own. */
	static_assert((AGENT_SITES_MAX + 1) * STUB_SIZE <= STUB_STEP &&
			      2 * STUB_STEP <= 0x10000,
		      "within reach");
	if (head->len < SITE_HEAD)
		area = round_up(ip + STUB_BEYOND);
	return area + (i + UINT64_C(1)) * STUB_SIZE;
}

/* What the jump took the place of, and jmp *slot. */
void stub_code(uint64_t record, const struct site_head *head,
	       unsigned char *ret_code)
{
	const uint32_t slot = (uint32_t)record;

	static_assert(sizeof(head->bytes) + 7 <= STUB_SIZE, "room");
	memset(ret_code, 0xcc, STUB_SIZE);
	memcpy(ret_code, head->bytes, head->len);
	ret_code += head->len;
	ret_code[0] = 0xff;
	ret_code[1] = 0x24;
	ret_code[2] = 0x25;
	memcpy(ret_code + 3, &slot, sizeof(slot));
}

void stub_read(const unsigned char *code, struct site_head *head)
{
	memcpy(head->bytes, code, head->len);
	if (head->len < SITE_HEAD)
		memcpy(head->bytes + head->len, "\x0f\x05", SITE_SYSCALL);
}

uint64_t site_way(uint64_t at, const struct site_head *head)
{
	const size_t code = offsetof(struct agent_site, code);

	return at + (head->near ? head->len : code + SITE_HEAD);
}

void site_clone(uint64_t at, uint64_t ip, uint32_t after, uint32_t ask,
		struct agent_site *ret_site)
{
	unsigned char *p = (unsigned char *)ret_site;

	static_assert(AGENT_CLONE_ASK + 15 == sizeof(*ret_site), "all of it");
	p[0] = 0x0f;	/* syscall */
	p[1] = 0x05;
	put_way(p + 2, at + 2, ip, after);
	put_way(p + AGENT_CLONE_ASK, at + AGENT_CLONE_ASK, ip, ask);
}

void site_record(uint64_t at, const struct site_head *head, uint64_t ip,
		 uint32_t entry, struct agent_site *ret_site)
{
	const uint64_t code = at + offsetof(struct agent_site, code);
	unsigned char *p = ret_site->code;

	if (head->near) {
		near_record(at, head, ip, entry, ret_site);
		return;
	}
	memset(ret_site, 0xcc, sizeof(*ret_site));
	ret_site->slot = code;
	/* nopl 0(%rax,%rax), where the stub does it */
	memcpy(p,
	       head->stub ? (const unsigned char *)"\x0f\x1f\x44\0" :
			    head->bytes,
	       SITE_HEAD);
	put_way(p + SITE_HEAD, code + SITE_HEAD, ip, entry);
	if (head->stub)
		p[STUB_LEN] = (unsigned char)head->len;
	static_assert(sizeof(ret_site->code) > STUB_LEN, "room for all");
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

	if (len < SITE_HEAD || len > sizeof(ret_head->bytes) ||
	    p[len] != 0x41 || p[len + 1] != 0xbb)
		return false;
	*ret_head = (struct site_head){ .len = len, .near = true };
	memcpy(ret_head->bytes, p, len);
	*ret_ip = imm32(p + len + 2);
	return true;
}

static bool far_of(const struct agent_site *record, struct site_head *ret_head,
		   uint64_t *ret_ip)
{
	const unsigned char *p = record->code;

	if (!is_way(p + SITE_HEAD))
		return false;
	*ret_head = (struct site_head){ 0 };
	ret_head->stub = p[STUB_LEN] != STUB_NONE;
	ret_head->len = ret_head->stub ? p[STUB_LEN] : SITE_HEAD;
	memcpy(ret_head->bytes, p, SITE_HEAD);
	memcpy(ret_ip, p + SITE_HEAD + 2, sizeof(*ret_ip));
	return ret_head->len <= sizeof(ret_head->bytes);
}

bool site_of(uint64_t at, const struct agent_site *records,
	     struct site_head *ret_head, uint64_t *ret_ip)
{
	const unsigned char *next = (const unsigned char *)&records[1];

	if (!near_of(records, ret_head, ret_ip) &&
	    !far_of(records, ret_head, ret_ip))
		return false;
	if (*ret_ip != at + AGENT_SITE_SIZE)
		return true;
	/* It clones. */
	memcpy(ret_ip, next + 4, sizeof(*ret_ip));
	return is_way(next + 2);
}
