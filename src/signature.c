/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signatures: what a row says about its arguments, parsed, checked, printed.
 *
 * A signature is parsed each time it is used: it is short, only traced calls
 * are printed, and so there is nothing to keep. Everything printed goes through
 * a buffer of fixed size, to which a piece is added whole or not at all; after
 * the first one that did not fit nothing more is added. Strings are read from
 * the guest a page at a time, for a string may end right before a hole. What
 * is printed looks as strace prints it.
 */
#define _GNU_SOURCE 1
#include "src/signature.h"

#include <assert.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>
#include "src/signature_print.h"
#include "src/signature_words.h"

#define CUT_MARK "...)"	/* ends a line that was cut */
#define GUEST_PAGE 4096
#define KERNEL_SIGRTMIN 32	/* the C library keeps the first for itself */

/* What an argument is; exactly one of the two is set. */
struct slot {
	const struct type *type;
	const struct word_set *words;
};

struct signature {
	int nr_args;
	struct slot args[SIGNATURE_ARGS];
	struct slot result;
};

void print_text(struct printer *p, const char *format, ...)
{
	struct signature_line *line = p->line;
	size_t room = sizeof(line->text) - line->len;
	va_list ap;
	int n;

	if (line->cut)
		return;
	va_start(ap, format);
	n = vsnprintf(line->text + line->len, room, format, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= room)
		line->cut = true;
	else
		line->len += (size_t)n;
}

static void print_int(struct printer *p, int i)
{
	print_text(p, "%" PRId32, (int32_t)p->args[i]);
}

static void print_uint(struct printer *p, int i)
{
	print_text(p, "%" PRIu32, (uint32_t)p->args[i]);
}

static void print_long(struct printer *p, int i)
{
	print_text(p, "%" PRId64, (int64_t)p->args[i]);
}

static void print_ulong(struct printer *p, int i)
{
	print_text(p, "%" PRIu64, p->args[i]);
}

static void print_hex(struct printer *p, int i)
{
	print_text(p, "%#" PRIx32, (uint32_t)p->args[i]);
}

static void print_hex64(struct printer *p, int i)
{
	print_text(p, "%#" PRIx64, p->args[i]);
}

static void print_octal(struct printer *p, int i)
{
	print_text(p, "%#03" PRIo32, (uint32_t)p->args[i]);
}

void print_addr(struct printer *p, int i)
{
	if (p->args[i])
		print_hex64(p, i);
	else
		print_text(p, "NULL");
}

/* A number or a pointer: only another argument could tell. */
static void print_any(struct printer *p, int i)
{
	int64_t value = (int64_t)p->args[i];

	if (value > -GUEST_PAGE && value < GUEST_PAGE)
		print_long(p, i);
	else
		print_hex64(p, i);
}

static void print_at(struct printer *p, int i)
{
	if ((int32_t)p->args[i] == AT_FDCWD)
		print_text(p, "AT_FDCWD");
	else
		print_int(p, i);
}

/* A user or a group; -1 is "no change". */
static void print_owner(struct printer *p, int i)
{
	if ((uint32_t)p->args[i] == UINT32_MAX)
		print_text(p, "-1");
	else
		print_uint(p, i);
}

void print_signal_number(struct printer *p, int nr)
{
	if (nr > 0 && nr < KERNEL_SIGRTMIN)
		print_text(p, "SIG%s", sigabbrev_np(nr));
	else if (nr == KERNEL_SIGRTMIN)
		print_text(p, "SIGRTMIN");
	else if (nr > KERNEL_SIGRTMIN && nr < _NSIG)
		print_text(p, "SIGRT_%d", nr - KERNEL_SIGRTMIN);
	else
		print_text(p, "%d", nr);
}

static void print_signal(struct printer *p, int i)
{
	print_signal_number(p, (int32_t)p->args[i]);
}

void print_words(struct printer *p, const struct word_set *set, uint32_t value)
{
	uint32_t rest = value;
	const char *separator = "";

	for (const struct word *w = set->words; w->name; w++) {
		bool is_flag = w->value & ~set->field;
		bool there = is_flag ? (rest & w->value) == w->value :
			     (value & set->field) == w->value &&
			     (set->field || !value);

		if (!there)
			continue;
		print_text(p, "%s%s", separator, w->name);
		separator = "|";
		rest &= ~w->value;
	}
	if (rest || !*separator)
		print_text(p, "%s%#" PRIx32, separator, rest);
}

/*
 * A clock is a name or, when negative, ~number << 3 with two bits for what is
 * measured and one for threads: CPUCLOCK_* of the kernel's posix-timers.
 */
static void print_clock(struct printer *p, int i)
{
	static const char *const what[] = {
		"CPUCLOCK_PROF", "CPUCLOCK_VIRT", "CPUCLOCK_SCHED",
	};
	static const char clock[] = "word:clock";
	int32_t id = (int32_t)p->args[i];

	if (id >= 0)
		print_words(p, word_set_find(clock, strlen(clock)), id);
	else if ((id & 7) == 3)
		print_text(p, "FD_TO_CLOCKID(%d)", ~(id >> 3));
	else if ((id & 3) == 3)
		print_hex(p, i);
	else
		print_text(p, "make_%s_cpuclock(%d, %s)",
		    id & 4 ? "thread" : "process", ~(id >> 3), what[id & 3]);
}

/* @next decides whether an octal escape can be short. */
static void print_byte(struct printer *p, unsigned char byte, unsigned char next)
{
	static const char plain[] = "\t\n\v\f\r\"\\";
	static const char letters[] = "tnvfr\"\\";
	const char *found = byte ? strchr(plain, byte) : NULL;

	if (found)
		print_text(p, "\\%c", letters[found - plain]);
	else if (byte >= ' ' && byte <= '~')
		print_text(p, "%c", byte);
	else if (next >= '0' && next <= '7')
		print_text(p, "\\%03o", byte);
	else
		print_text(p, "\\%o", byte);
}

void print_quoted(struct printer *p, const char *bytes, size_t len, bool more)
{
	print_text(p, "\"");
	for (size_t i = 0; i < len && !p->line->cut; i++)
		print_byte(p, bytes[i], i + 1 < len ? bytes[i + 1] : '\0');
	print_text(p, more ? "\"..." : "\"");
}

long print_fetch(struct printer *p, uint64_t addr, void *to, size_t size,
		 bool string)
{
	char *buf = to;
	size_t len = 0;

	while (len < size) {
		size_t part = GUEST_PAGE - (addr + len) % GUEST_PAGE;
		const char *zero;
		long n;

		if (part > size - len)
			part = size - len;
		n = p->read ? p->read(p->ctx, addr + len, buf + len, part) : 0;
		if (n <= 0 || (size_t)n > part)
			return -1;
		zero = string ? memchr(buf + len, '\0', n) : NULL;
		if (zero)
			return zero - buf;
		len += n;
	}
	return len;
}

/* One byte more than @max is fetched, to know whether there are more. */
static void print_string(struct printer *p, int i, size_t max)
{
	char buf[PATH_MAX];
	long len;

	assert(max < sizeof(buf));
	len = print_fetch(p, p->args[i], buf, max + 1, true);
	if (len < 0)
		print_addr(p, i);
	else if ((size_t)len > max)
		print_quoted(p, buf, max, true);
	else
		print_quoted(p, buf, len, false);
}

static void print_path(struct printer *p, int i)
{
	print_string(p, i, PATH_MAX - 1);
}

static void print_str(struct printer *p, int i)
{
	print_string(p, i, STRING_SHOWN);
}

/* Bytes that the call takes; the next argument is their number. */
static void print_buf(struct printer *p, int i)
{
	char buf[STRING_SHOWN];
	uint64_t len = p->args[i + 1];
	size_t shown = len < sizeof(buf) ? len : sizeof(buf);

	if (!p->args[i] || print_fetch(p, p->args[i], buf, shown, false) < 0)
		print_addr(p, i);
	else
		print_quoted(p, buf, shown, len > shown);
}

#define TYPE(word, function, where) \
	.name = word, .print = function, .use = where

static const struct type plain[] = {
	{ TYPE("zero", print_long, RESULT) },
	{ TYPE("void", print_long, RESULT) },	/* does not return */
	{ TYPE("int", print_int, BOTH) },
	{ TYPE("uint", print_uint, BOTH) },
	{ TYPE("long", print_long, BOTH) },
	{ TYPE("ulong", print_ulong, BOTH) },
	{ TYPE("hex", print_hex, BOTH) },
	{ TYPE("hex64", print_hex64, BOTH) },
	{ TYPE("addr", print_addr, BOTH) },
	{ TYPE("arg", print_any, ARGUMENT) },
	{ TYPE("size", print_ulong, BOTH) },
	{ TYPE("off", print_long, BOTH) },
	{ TYPE("fd", print_int, BOTH) },
	{ TYPE("at", print_at, ARGUMENT) },
	{ TYPE("pid", print_int, BOTH) },
	{ TYPE("tid", print_int, BOTH) },
	{ TYPE("pgid", print_int, BOTH) },
	{ TYPE("uid", print_owner, BOTH) },
	{ TYPE("gid", print_owner, BOTH) },
	{ TYPE("signal", print_signal, BOTH) },
	{ TYPE("mode", print_octal, BOTH) },
	{ TYPE("newmode", print_octal, ARGUMENT) },
	{ TYPE("clock", print_clock, ARGUMENT) },
	{ TYPE("path", print_path, ARGUMENT) },
	{ TYPE("str", print_str, ARGUMENT) },
	{ TYPE("buf", print_buf, ARGUMENT), .next = true },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct type *type_among(const struct type *types, size_t n,
				     const char *name, size_t len, int use)
{
	for (size_t i = 0; i < n; i++)
		if (strlen(types[i].name) == len && types[i].use & use &&
		    memcmp(types[i].name, name, len) == 0)
			return &types[i];
	return NULL;
}

static const struct type *type_find(const char *name, size_t len, int use)
{
	const struct type *type = type_among(plain, COUNT(plain), name, len,
					     use);

	return type ? type :
		type_among(struct_types, struct_types_count, name, len, use);
}

#define NAME_BYTES "abcdefghijklmnopqrstuvwxyz0123456789_"

/* Takes @prefix from the front of *@text, if it is there. */
static bool take(const char **text, const char *prefix)
{
	size_t len = strlen(prefix);

	if (strncmp(*text, prefix, len) != 0)
		return false;
	*text += len;
	return true;
}

static bool take_type(const char **text, int use, struct slot *ret_slot)
{
	size_t len = strspn(*text, NAME_BYTES ":");
	struct slot slot = {
		.type = type_find(*text, len, use),
		.words = word_set_find(*text, len),
	};

	if (!slot.type && !slot.words)
		return false;
	*text += len;
	*ret_slot = slot;
	return true;
}

static bool take_argument(const char **text, struct slot *ret_slot)
{
	size_t len = strspn(*text, NAME_BYTES);

	*text += len;
	return len > 0 && take(text, " ") &&
	       take_type(text, ARGUMENT, ret_slot);
}

/* A buf is as long as the argument after it says, so there must be one. */
static bool lacks_next(const struct signature *s)
{
	const struct type *last = s->args[s->nr_args - 1].type;

	return last && last->next;
}

static int parse(const char *text, struct signature *ret_signature)
{
	struct signature s = { 0 };

	if (!take(&text, "-> ")) {
		do {
			if (s.nr_args == SIGNATURE_ARGS ||
			    !take_argument(&text, &s.args[s.nr_args]))
				return -1;
			s.nr_args++;
		} while (take(&text, ", "));
		if (lacks_next(&s) || !take(&text, " -> "))
			return -1;
	}
	if (!take_type(&text, RESULT, &s.result) || *text)
		return -1;
	*ret_signature = s;
	return 0;
}

int signature_check(const char *text, int *ret_args)
{
	struct signature s;

	if (parse(text, &s) < 0)
		return -1;
	*ret_args = s.nr_args;
	return 0;
}

static bool is_type(const struct slot *slot, const char *type)
{
	return slot->type ? strcmp(slot->type->name, type) == 0 :
			    strcmp(slot->words->type, type) == 0;
}

bool signature_has(const char *text, const char *type)
{
	struct signature s;

	if (parse(text, &s) < 0)
		return false;
	for (int i = 0; i < s.nr_args; i++)
		if (is_type(&s.args[i], type))
			return true;
	return is_type(&s.result, type);
}

bool signature_arg_is(const char *text, int i, const char *type)
{
	struct signature s;

	if (parse(text, &s) < 0 || i >= s.nr_args)
		return false;
	return is_type(i < 0 ? &s.result : &s.args[i], type);
}

static void print_slot(struct printer *p, const struct slot *slot, int i)
{
	bool failed = p->result < 0 && p->result >= -ERRNO_MAX;

	if (slot->words)
		print_words(p, slot->words, (uint32_t)p->args[i]);
	else if (slot->type->out && failed)
		print_addr(p, i);
	else
		slot->type->print(p, i);
}

/* The mode of open is not an argument at all unless a file may be made. */
static bool is_absent(const struct signature *s, const uint64_t *args, int i)
{
	const struct type *type = s->args[i].type;

	return type && strcmp(type->name, "newmode") == 0 && i > 0 &&
	       !(args[i - 1] & O_CREAT) &&
	       (args[i - 1] & O_TMPFILE) != O_TMPFILE;
}

static bool is_out(const struct slot *slot)
{
	return slot->type && slot->type->out;
}

/* @all: those that the call fills, too, and what comes after them. */
static void print_args(struct printer *p, const struct signature *s, bool all)
{
	struct signature_line *line = p->line;

	for (int i = line->nr_args; i < s->nr_args; i++) {
		if (is_absent(s, p->args, i) || (!all && is_out(&s->args[i])))
			return;
		if (i > 0)
			print_text(p, ", ");
		line->start[i] = line->len;
		print_slot(p, &s->args[i], i);
		line->end[i] = line->len;
		line->nr_args = i + 1;
	}
}

static void parse_row(const struct syscall *row, struct signature *ret_signature)
{
	int r = parse(row->signature, ret_signature);

	assert(r == 0);
}

void signature_begin(struct signature_line *line, const struct syscall *row,
		     const uint64_t args[SIGNATURE_ARGS], signature_read read,
		     void *ctx)
{
	struct printer p = {
		.line = line, .args = args, .read = read, .ctx = ctx,
	};
	struct signature s;

	parse_row(row, &s);
	line->len = 0;
	line->cut = false;
	line->nr_args = 0;
	print_text(&p, "%s(", row->name);
	print_args(&p, &s, false);
}

void signature_finish(struct signature_line *line, const struct syscall *row,
		      const uint64_t args[SIGNATURE_ARGS], long result,
		      signature_read read, void *ctx)
{
	struct printer p = {
		.line = line, .args = args, .result = result, .read = read,
		.ctx = ctx,
	};
	struct signature s;

	parse_row(row, &s);
	print_args(&p, &s, true);
}

void signature_abandon(struct signature_line *line, const struct syscall *row,
		       const uint64_t args[SIGNATURE_ARGS])
{
	signature_finish(line, row, args, -1, NULL, NULL);
}

void signature_print_call(FILE *out, const struct syscall *row,
			  const uint64_t args[SIGNATURE_ARGS],
			  signature_read read, void *ctx)
{
	struct signature_line line;

	signature_begin(&line, row, args, read, ctx);
	signature_finish(&line, row, args, 0, read, ctx);
	fwrite(line.text, 1, line.len, out);
	fputs(line.cut ? CUT_MARK : ")", out);
}

/* Codes that the kernel turns into a restart before the program sees them. */
#define RESTART_FIRST 512
static const char *const restarts[] = {
	"ERESTARTSYS (To be restarted if SA_RESTART is set)",
	"ERESTARTNOINTR (To be restarted)",
	"ERESTARTNOHAND (To be restarted if no handler)",
	"ENOIOCTLCMD (No ioctl command)",
	"ERESTART_RESTARTBLOCK (Interrupted by signal)",
};
#define RESTART_LAST 516
static_assert(sizeof(restarts) / sizeof(restarts[0]) ==
	      RESTART_LAST - RESTART_FIRST + 1, "one text for each code");

static void print_error(struct printer *p, int code)
{
	const char *name = strerrorname_np(code);

	if (code >= RESTART_FIRST && code <= RESTART_LAST)
		print_text(p, "? %s", restarts[code - RESTART_FIRST]);
	else if (name)
		print_text(p, "-1 %s (%s)", name, strerrordesc_np(code));
	else
		print_text(p, "-1 (errno %d)", code);
}

void signature_print_result(FILE *out, const struct syscall *row, long result)
{
	uint64_t value = (uint64_t)result;
	struct signature_line line = { .len = 0 };
	struct printer p = { .line = &line, .args = &value };
	struct signature s;

	parse_row(row, &s);
	print_text(&p, " = ");
	if (result < 0 && result >= -ERRNO_MAX)
		print_error(&p, (int)-result);
	else if (is_type(&s.result, "void"))
		print_text(&p, "?");
	else
		print_slot(&p, &s.result, 0);
	fwrite(line.text, 1, line.len, out);
}
