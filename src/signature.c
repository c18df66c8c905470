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
#include "src/signature_words.h"

#define LINE_BYTES 4096	/* promised in signature.h */
#define CUT_MARK "...)"	/* ends a line that was cut */
#define STRING_SHOWN 32	/* as strace does without -s */
#define GUEST_PAGE 4096
#define ERRNO_MAX 4095	/* the kernel's MAX_ERRNO */
#define KERNEL_SIGRTMIN 32	/* the C library keeps the first for itself */

struct printer {
	char text[LINE_BYTES + 1 - (sizeof(CUT_MARK) - 1)];
	size_t len;
	bool cut;
	const uint64_t *args;
	signature_read read;
	void *ctx;
};

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

struct type {
	const char *name;
	void (*print)(struct printer *p, int i);	/* argument @i */
	enum { ARGUMENT = 1, RESULT = 2, BOTH = 3 } use;
};

__attribute__((format(printf, 2, 3)))
static void add(struct printer *p, const char *format, ...)
{
	size_t room = sizeof(p->text) - p->len;
	va_list ap;
	int n;

	if (p->cut)
		return;
	va_start(ap, format);
	n = vsnprintf(p->text + p->len, room, format, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= room)
		p->cut = true;
	else
		p->len += n;
}

static void flush(struct printer *p, FILE *out)
{
	fwrite(p->text, 1, p->len, out);
	if (p->cut)
		fputs(CUT_MARK, out);
}

static void print_int(struct printer *p, int i)
{
	add(p, "%" PRId32, (int32_t)p->args[i]);
}

static void print_uint(struct printer *p, int i)
{
	add(p, "%" PRIu32, (uint32_t)p->args[i]);
}

static void print_long(struct printer *p, int i)
{
	add(p, "%" PRId64, (int64_t)p->args[i]);
}

static void print_ulong(struct printer *p, int i)
{
	add(p, "%" PRIu64, p->args[i]);
}

static void print_hex(struct printer *p, int i)
{
	add(p, "%#" PRIx32, (uint32_t)p->args[i]);
}

static void print_hex64(struct printer *p, int i)
{
	add(p, "%#" PRIx64, p->args[i]);
}

static void print_octal(struct printer *p, int i)
{
	add(p, "%#03" PRIo32, (uint32_t)p->args[i]);
}

static void print_addr(struct printer *p, int i)
{
	if (p->args[i])
		print_hex64(p, i);
	else
		add(p, "NULL");
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
		add(p, "AT_FDCWD");
	else
		print_int(p, i);
}

/* A user or a group; -1 is "no change". */
static void print_owner(struct printer *p, int i)
{
	if ((uint32_t)p->args[i] == UINT32_MAX)
		add(p, "-1");
	else
		print_uint(p, i);
}

static void print_signal(struct printer *p, int i)
{
	int32_t nr = (int32_t)p->args[i];

	if (nr > 0 && nr < KERNEL_SIGRTMIN)
		add(p, "SIG%s", sigabbrev_np(nr));
	else if (nr == KERNEL_SIGRTMIN)
		add(p, "SIGRTMIN");
	else if (nr > KERNEL_SIGRTMIN && nr < _NSIG)
		add(p, "SIGRT_%d", nr - KERNEL_SIGRTMIN);
	else
		print_int(p, i);
}

static void print_words(struct printer *p, const struct word_set *set,
			uint32_t value)
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
		add(p, "%s%s", separator, w->name);
		separator = "|";
		rest &= ~w->value;
	}
	if (rest || !*separator)
		add(p, "%s%#" PRIx32, separator, rest);
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
		add(p, "FD_TO_CLOCKID(%d)", ~(id >> 3));
	else if ((id & 3) == 3)
		print_hex(p, i);
	else
		add(p, "make_%s_cpuclock(%d, %s)",
		    id & 4 ? "thread" : "process", ~(id >> 3), what[id & 3]);
}

/* @next decides whether an octal escape can be short. */
static void add_byte(struct printer *p, unsigned char byte, unsigned char next)
{
	static const char plain[] = "\t\n\v\f\r\"\\";
	static const char letters[] = "tnvfr\"\\";
	const char *found = byte ? strchr(plain, byte) : NULL;

	if (found)
		add(p, "\\%c", letters[found - plain]);
	else if (byte >= ' ' && byte <= '~')
		add(p, "%c", byte);
	else if (next >= '0' && next <= '7')
		add(p, "\\%03o", byte);
	else
		add(p, "\\%o", byte);
}

static void add_quoted(struct printer *p, const char *bytes, size_t len,
		       bool more)
{
	add(p, "\"");
	for (size_t i = 0; i < len && !p->cut; i++)
		add_byte(p, bytes[i], i + 1 < len ? bytes[i + 1] : '\0');
	add(p, more ? "\"..." : "\"");
}

/*
 * Reads @size bytes at @addr, or as many as there are up to a zero byte if
 * @string. Return: how many, without the zero; -1 if some cannot be read.
 */
static long fetch(struct printer *p, uint64_t addr, char *buf, size_t size,
		  bool string)
{
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
	len = fetch(p, p->args[i], buf, max + 1, true);
	if (len < 0)
		print_addr(p, i);
	else if ((size_t)len > max)
		add_quoted(p, buf, max, true);
	else
		add_quoted(p, buf, len, false);
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

	if (!p->args[i] || fetch(p, p->args[i], buf, shown, false) < 0)
		print_addr(p, i);
	else
		add_quoted(p, buf, shown, len > shown);
}

static const struct type types[] = {
	{ "zero", print_long, RESULT },
	{ "void", print_long, RESULT },	/* does not return */
	{ "int", print_int, BOTH },
	{ "uint", print_uint, BOTH },
	{ "long", print_long, BOTH },
	{ "ulong", print_ulong, BOTH },
	{ "hex", print_hex, BOTH },
	{ "hex64", print_hex64, BOTH },
	{ "addr", print_addr, BOTH },
	{ "arg", print_any, ARGUMENT },
	{ "size", print_ulong, BOTH },
	{ "off", print_long, BOTH },
	{ "fd", print_int, BOTH },
	{ "at", print_at, ARGUMENT },
	{ "pid", print_int, BOTH },
	{ "tid", print_int, BOTH },
	{ "pgid", print_int, BOTH },
	{ "uid", print_owner, BOTH },
	{ "gid", print_owner, BOTH },
	{ "signal", print_signal, BOTH },
	{ "mode", print_octal, BOTH },
	{ "newmode", print_octal, ARGUMENT },
	{ "clock", print_clock, ARGUMENT },
	{ "path", print_path, ARGUMENT },
	{ "str", print_str, ARGUMENT },
	{ "buf", print_buf, ARGUMENT },
};

static const struct type *type_find(const char *name, size_t len, int use)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strlen(types[i].name) == len && types[i].use & use &&
		    memcmp(types[i].name, name, len) == 0)
			return &types[i];
	return NULL;
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
static bool ends_with_buf(const struct signature *s)
{
	const struct type *last = s->args[s->nr_args - 1].type;

	return last && last->print == print_buf;
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
		if (ends_with_buf(&s) || !take(&text, " -> "))
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

static void print_slot(struct printer *p, const struct slot *slot, int i)
{
	if (slot->words)
		print_words(p, slot->words, (uint32_t)p->args[i]);
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

void signature_print_call(FILE *out, const struct syscall *row,
			  const uint64_t args[SIGNATURE_ARGS],
			  signature_read read, void *ctx)
{
	struct printer p = { .args = args, .read = read, .ctx = ctx };
	struct signature s;
	int r = parse(row->signature, &s);

	assert(r == 0);
	add(&p, "%s(", row->name);
	for (int i = 0; i < s.nr_args; i++) {
		if (is_absent(&s, args, i))
			continue;
		if (i > 0)
			add(&p, ", ");
		print_slot(&p, &s.args[i], i);
	}
	add(&p, ")");
	flush(&p, out);
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
		add(p, "? %s", restarts[code - RESTART_FIRST]);
	else if (name)
		add(p, "-1 %s (%s)", name, strerrordesc_np(code));
	else
		add(p, "-1 (errno %d)", code);
}

void signature_print_result(FILE *out, const struct syscall *row, long result)
{
	uint64_t value = (uint64_t)result;
	struct printer p = { .args = &value };
	struct signature s;
	int r = parse(row->signature, &s);

	assert(r == 0);
	add(&p, " = ");
	if (result < 0 && result >= -ERRNO_MAX)
		print_error(&p, (int)-result);
	else if (s.result.type && strcmp(s.result.type->name, "void") == 0)
		add(&p, "?");
	else
		print_slot(&p, &s.result, 0);
	flush(&p, out);
}
