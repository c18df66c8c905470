/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The system-call table: src/syscalls.def as an array, searched and listed.
 *
 * The array is indexed by number. A number that no row names is left zero:
 * GATE_NONE and no name. A doubled row is a doubled initialiser, which the
 * compilers refuse; an unwritten handler is an undefined symbol.
 *
 * The columns gate and when look like calls, so that DENY(EPERM) carries its
 * errno. They are pasted to a prefix, and what follows becomes the arguments
 * of the macro of that name.
 */
#define _GNU_SOURCE 1
#include "src/syscall.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <asm/sockios.h>

/* One prototype for each caught row; doubled ones are harmless. */
#define HANDLER_PASS(h)
#define HANDLER_DENY(e) HANDLER_PASS
#define HANDLER_NOTIFY(h) long h(struct call *c);
#define HANDLER_ONCE(h) long h(struct call *c);
#define HANDLER_VIEW(h) long h(struct call *c);
#define HANDLER_KIN(h) long h(struct call *c);
#define HANDLER_SELF(h) long h(struct call *c);
#define HANDLER_SENDS(h) long h(struct call *c);
#define HANDLER_NATIVE(h) long h(struct call *c);
#define HANDLER_WALLED(h) long h(struct call *c);
#define HANDLER_STOP(h) long h(struct call *c);
#define HANDLER_OWN(h) long h(struct call *c);
#define HANDLER_RUNS(h) long h(struct call *c);
#define HANDLER_CLONES(h) long h(struct call *c);
#define HANDLER_INSTEAD(h) long h(struct call *c);
#define SYSCALL(nr, name, gate, when, handler, signature, ns, level, note) \
	HANDLER_##gate(handler)
#include "src/syscalls.def"
#undef SYSCALL

#define GATE_OF_PASS(h) .gate = GATE_PASS
#define GATE_OF_DENY(e) .gate = GATE_DENY, .err = (e) DENY_HAS_NO
#define DENY_HAS_NO(h)
#define GATE_OF_NOTIFY(h) .gate = GATE_NOTIFY, .handler = (h)
#define GATE_OF_ONCE(h) .gate = GATE_NOTIFY, .once = true, .handler = (h)
#define GATE_OF_VIEW(h) GATE_OF_NOTIFY(h), .agent = AGENT_VIEW
#define GATE_OF_KIN(h) GATE_OF_NOTIFY(h), .agent = AGENT_KIN
#define GATE_OF_SELF(h) GATE_OF_ONCE(h), .agent = AGENT_SELF
#define GATE_OF_SENDS(h) GATE_OF_ONCE(h), .agent = AGENT_SENDS
#define GATE_OF_NATIVE(h) GATE_OF_NOTIFY(h), .agent = AGENT_NATIVE
#define GATE_OF_WALLED(h) GATE_OF_NOTIFY(h), .agent = AGENT_WALLED
#define GATE_OF_STOP(h) .gate = GATE_STOP, .handler = (h)
#define GATE_OF_OWN(h) GATE_OF_STOP(h), .agent = AGENT_OWN
#define GATE_OF_RUNS(h) GATE_OF_STOP(h), .agent = AGENT_RUNS
#define GATE_OF_CLONES(h) GATE_OF_STOP(h), .agent = AGENT_CLONES
#define GATE_OF_INSTEAD(h) GATE_OF_STOP(h), .agent = AGENT_INSTEAD

#define WHEN_OF_ALWAYS .when = WHEN_ALWAYS
#define WHEN_OF_ARMED .when = WHEN_ARMED
#define WHEN_OF_NONZERO(arg) .when = WHEN_NONZERO, .when_arg = (arg)
#define WHEN_OF_ZERO(arg) .when = WHEN_ZERO, .when_arg = (arg)
#define WHEN_OF_ZEROS(arg, other) \
	.when = WHEN_ZEROS, .when_arg = (arg), .when_values = { (other) }
#define WHEN_OF_NO_BIT(arg, mask) \
	.when = WHEN_NO_BIT, .when_arg = (arg), .when_values = { (mask) }
#define WHEN_OF_ISNT(arg, value) \
	.when = WHEN_ISNT, .when_arg = (arg), .when_values = { (value) }
#define WHEN_OF_IS(arg, ...) \
	.when = WHEN_IS, .when_arg = (arg), .when_values = { __VA_ARGS__ }
#define WHEN_OF_BITS(arg, mask, other, other_mask) \
	.when = WHEN_BITS, .when_arg = (arg), \
	.when_values = { (mask), (other), (other_mask) }
#define WHEN_OF_ANY_BIT(arg, mask) \
	.when = WHEN_ANY_BIT, .when_arg = (arg), .when_values = { (mask) }

/* WHEN_OF_ is pasted to the form, which is not expanded before. */
#define WHEN_OF_UNLESS(kind, form) \
	.always = NS_##kind, WHEN_OF_##form

#define WHEN_OF_WITH(kind, arg, form) \
	.with = NS_##kind, .with_arg = (arg), WHEN_OF_##form

#define NS_HOST NS_BASE
#define NS_VIEW (NS_PID | NS_UTS | NS_IPC | NS_USER | NS_NET)

#define SYSCALL(nr_, name_, gate_, when_, handler_, signature_, ns_, level_, \
		note_) \
	[nr_] = { \
		.nr = nr_, \
		.name = #name_, \
		GATE_OF_##gate_(handler_), \
		WHEN_OF_##when_, \
		.signature = signature_, \
		.ns = NS_##ns_, \
		.level = LEVEL_##level_, \
		.note = note_, \
	},
static const struct syscall rows[SYSCALL_LIMIT] = {
#include "src/syscalls.def"
};
#undef SYSCALL

/* The column when as it is written, since names say more than numbers. */
#define SYSCALL(nr, name, gate, when, handler, signature, ns, level, note) \
	[nr] = #when,
static const char *const when_words[SYSCALL_LIMIT] = {
#include "src/syscalls.def"
};
#undef SYSCALL

const struct syscall *syscall_row(long nr)
{
	if (nr < 0 || nr >= SYSCALL_LIMIT || !rows[nr].name)
		return NULL;
	return &rows[nr];
}

const struct syscall *syscall_by_name(const char *name)
{
	for (long nr = 0; nr < SYSCALL_LIMIT; nr++)
		if (rows[nr].name && strcmp(rows[nr].name, name) == 0)
			return &rows[nr];
	return NULL;
}

bool syscall_caught(const struct syscall *row, unsigned int active)
{
	switch (row->gate) {
	case GATE_DENY:
	case GATE_NOTIFY:
	case GATE_STOP:
		return (row->ns & active) != 0;
	case GATE_NONE:
	case GATE_PASS:
		break;
	}
	return false;
}

static const char *const gate_names[] = {
	[GATE_NONE] = "none",
	[GATE_PASS] = "pass",
	[GATE_DENY] = "deny",
	[GATE_NOTIFY] = "notify",
	[GATE_STOP] = "stop",
};

#define GATES (sizeof(gate_names) / sizeof(gate_names[0]))
static_assert(GATES == GATE_STOP + 1, "every gate has a name");

static const char *const level_names[] = {
	[LEVEL_FULL] = "full",
	[LEVEL_PARTIAL] = "partial",
	[LEVEL_NONE] = "none",
};

#define LEVELS (sizeof(level_names) / sizeof(level_names[0]))
static_assert(LEVELS == LEVEL_NONE + 1, "every level has a name");

uint32_t syscall_value_mask(uint32_t value, unsigned int active)
{
	const uint32_t direction = 0xc0000000, size = 0x3fff0000;

	if (value == SYSCALL_NET_IOCTLS)
		return active & NS_NET ? ~UINT32_C(0xff) : 0;
	return (value & direction) && !(value & size) ? ~size : ~0U;
}

static bool is_value(const struct syscall *row, uint32_t arg,
		     unsigned int active)
{
	for (int i = 0; i < WHEN_VALUES_MAX && row->when_values[i]; i++) {
		uint32_t value = row->when_values[i];

		uint32_t mask = syscall_value_mask(value, active);

		if (mask && (arg & mask) == value)
			return true;
	}
	return false;
}

enum when syscall_when(const struct syscall *row, unsigned int active)
{
	if (row->with & active)
		return WHEN_NONZERO;
	return row->always & active ? WHEN_ALWAYS : row->when;
}

int syscall_when_arg(const struct syscall *row, unsigned int active)
{
	return row->with & active ? row->with_arg : row->when_arg;
}

bool syscall_matches(const struct syscall *row, const uint64_t *args,
		     unsigned int active)
{
	uint64_t arg = args[syscall_when_arg(row, active)];

	switch (syscall_when(row, active)) {
	case WHEN_NONZERO:
		return arg != 0;
	case WHEN_ZERO:
		return arg == 0;
	case WHEN_ZEROS:
		return arg == 0 && args[row->when_values[0]] == 0;
	case WHEN_IS:
		return is_value(row, (uint32_t)arg, active);
	case WHEN_ISNT:
		return (uint32_t)arg != row->when_values[0];
	case WHEN_ANY_BIT:
		return arg & row->when_values[0];
	case WHEN_BITS:
		return (arg & row->when_values[0]) == row->when_values[0] &&
		       (args[row->when_values[1]] & row->when_values[2]) ==
			       row->when_values[2];
	case WHEN_NO_BIT:
		return !(arg & row->when_values[0]);
	default:
		return true;
	}
}

bool syscall_takes(const struct syscall *row, const uint64_t args[6],
		   unsigned int active)
{
	return syscall_caught(row, active) &&
	       syscall_matches(row, args, active);
}

const char *gate_name(enum gate gate)
{
	return gate_names[gate];
}

const char *level_name(enum level level)
{
	return level_names[level];
}

/* By bit of enum ns_kind. */
static const char *const ns_names[] = {
	"base", "pid", "uts", "ipc", "user", "net", "mnt", "time", "cgroup",
	"bare",
};

#define NS_KINDS (sizeof(ns_names) / sizeof(ns_names[0]))
static_assert(NS_BARE == 1 << (NS_KINDS - 1), "every namespace has a name");

static const char intro[] =
	"# Coverage\n"
	"\n"
	"What nsrun does with each system call of x86_64. This page is\n"
	"printed by `nsrun --list-syscalls` from `src/syscalls.def`: change\n"
	"that, not this.\n"
	"\n"
	"* **pass**: the kernel runs the call, and nsrun does not see it.\n"
	"* **deny**: the filter refuses it with the error named.\n"
	"* **notify**: nsrun answers it. With **agent**, the agent in the\n"
	"  program does, or has the kernel run it, where it can.\n"
	"* **stop**: nsrun changes its arguments or its result.\n"
	"\n"
	"*When* tells which forms of a call are caught or refused; the others\n"
	"pass. Arguments count from 0; an ARMED call is caught only in tasks\n"
	"that need it; UNLESS means every form, if that namespace is on; WITH: if it is,\n"
	"every form whose argument of that number is not 0. The namespaces are those that must be on for the call\n"
	"to be caught: *base* is every instance, *host* is none.\n"
	"Level *full* keeps the promise of the namespaces; otherwise the note\n"
	"tells what is missing. A number that is not here gets ENOSYS.\n";

static void list_counts(FILE *out)
{
	unsigned int gates[GATES] = { 0 };
	unsigned int levels[GATES][LEVELS] = { 0 };

	for (long nr = 0; nr < SYSCALL_LIMIT; nr++) {
		gates[rows[nr].gate]++;
		levels[rows[nr].gate][rows[nr].level]++;
	}
	fputs("\n| gate | calls | full | partial | none |\n"
	      "| --- | ---: | ---: | ---: | ---: |\n", out);
	for (size_t gate = GATE_PASS; gate < GATES; gate++)
		fprintf(out, "| %s | %u | %u | %u | %u |\n", gate_names[gate],
			gates[gate], levels[gate][LEVEL_FULL],
			levels[gate][LEVEL_PARTIAL], levels[gate][LEVEL_NONE]);
}

static void list_ns(FILE *out, const struct syscall *row)
{
	const char *separator = "";

	if (row->gate == GATE_PASS) {
		fputs("host", out);
		return;
	}
	for (size_t i = 0; i < NS_KINDS; i++) {
		if (!(row->ns & 1u << i))
			continue;
		fprintf(out, "%s%s", separator, ns_names[i]);
		separator = " ";
	}
}

static void list_row(FILE *out, const struct syscall *row)
{
	bool pass = row->gate == GATE_PASS;

	fprintf(out, "| %d | %s | %s", row->nr, row->name,
		gate_name(row->gate));
	if (row->gate == GATE_DENY)
		fprintf(out, " %s", strerrorname_np(row->err));
	if (row->agent)
		fputs(", agent", out);
	fprintf(out, " | %s | ", pass ? "" : when_words[row->nr]);
	list_ns(out, row);
	fprintf(out, " | %s | %s |\n", level_name(row->level), row->note);
}

void syscall_list(FILE *out)
{
	fputs(intro, out);
	list_counts(out);
	fputs("\n| number | name | gate | when | namespaces | level | note |\n"
	      "| ---: | --- | --- | --- | --- | --- | --- |\n", out);
	for (long nr = 0; nr < SYSCALL_LIMIT; nr++)
		if (rows[nr].name)
			list_row(out, &rows[nr]);
}
