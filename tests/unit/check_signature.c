/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signatures: what parses, what is printed, and what a guest cannot do to it.
 *
 * The guest's memory is a buffer that is seen at GUEST_BASE and ends where
 * the page does, so that a string which is not terminated runs into a hole.
 */
#define _GNU_SOURCE 1
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include "src/signature.h"

#define GUEST_BASE 0x10000u
#define LINE_BYTES 4096	/* the promise of signature.h */

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct guest {
	const char *bytes;
	size_t len;
};

static long guest_read(void *ctx, uint64_t addr, void *buf, size_t len)
{
	const struct guest *guest = ctx;
	uint64_t at = addr - GUEST_BASE;

	if (addr < GUEST_BASE || at >= guest->len)
		return -EFAULT;
	if (len > guest->len - at)
		len = guest->len - at;
	memcpy(buf, guest->bytes + at, len);
	return len;
}

/* Return: what is printed for one call; the caller frees it. */
static char *print_call(const char *signature, const uint64_t *args,
			signature_read read, void *ctx)
{
	const struct syscall row = { .name = "f", .signature = signature };
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	ck_assert_ptr_nonnull(out);
	signature_print_call(out, &row, args, read, ctx);
	ck_assert_int_eq(fclose(out), 0);
	ck_assert_uint_le(len, LINE_BYTES);
	for (size_t i = 0; i < len; i++)
		ck_assert_msg(text[i] >= ' ' && text[i] <= '~',
			      "byte %d in the output", text[i]);
	return text;
}

static void check_call(const char *signature, const uint64_t *args,
		       struct guest guest, const char *expected)
{
	char *text = print_call(signature, args, guest_read, &guest);

	ck_assert_str_eq(text, expected);
	free(text);
}

static const struct {
	const char *signature;
	int args;	/* -1: does not parse */
} parses[] = {
	{ "-> pid", 0 },
	{ "-> void", 0 },
	{ "which fd -> zero", 1 },
	{ "a int, b int, c int, d int, e int, f int -> int", 6 },
	{ "to fd, from buf, len size -> size", 3 },
	{ "how flags:open -> flags:policy", 1 },
	{ "", -1 },
	{ " -> pid", -1 },
	{ "->", -1 },
	{ "-> ", -1 },
	{ "-> pid ", -1 },
	{ "-> nothing", -1 },
	{ "-> path", -1 },
	{ "fd -> zero", -1 },
	{ "which fd", -1 },
	{ "which fd, -> zero", -1 },
	{ "which fd,to addr -> zero", -1 },
	{ "which  fd -> zero", -1 },
	{ "which zero -> zero", -1 },
	{ "how flags: -> zero", -1 },
	{ "how flags:fcntl -> zero", -1 },
	{ "how flags:openx -> zero", -1 },
	{ "how :open -> zero", -1 },
	{ "from buf -> size", -1 },
	{ "A int -> int", -1 },
	{ "a int, b int, c int, d int, e int, f int, g int -> int", -1 },
};

START_TEST(signature_parses)
{
	int args = -7;
	int r = signature_check(parses[_i].signature, &args);

	ck_assert_int_eq(r, parses[_i].args < 0 ? -1 : 0);
	ck_assert_int_eq(args, r < 0 ? -7 : parses[_i].args);
}
END_TEST

#define HIGH 0xdeadbeef00000000u	/* is not the callee's business */

static const struct {
	const char *signature;
	uint64_t args[SIGNATURE_ARGS];
	const char *expected;
} calls[] = {
	{ "-> pid", { 0 }, "f()" },
	{ "a int, b uint -> zero", { -1, -1 }, "f(-1, 4294967295)" },
	{ "a int -> zero", { HIGH | 5 }, "f(5)" },
	{ "a long, b ulong -> zero", { -1, -1 },
	  "f(-1, 18446744073709551615)" },
	{ "a hex, b hex -> zero", { HIGH | 0x1f, 0 }, "f(0x1f, 0)" },
	{ "a hex64 -> zero", { -1 }, "f(0xffffffffffffffff)" },
	{ "a addr, b addr -> zero", { 0, 0x1000 }, "f(NULL, 0x1000)" },
	{ "a arg, b arg, c arg -> zero", { 0, -7, 0x7ffc00001000 },
	  "f(0, -7, 0x7ffc00001000)" },
	{ "a size, b off -> zero", { 10, -10 }, "f(10, -10)" },
	{ "a fd, b fd -> zero", { 3, HIGH | 0xffffffff }, "f(3, -1)" },
	{ "a at, b at -> zero", { AT_FDCWD, 4 }, "f(AT_FDCWD, 4)" },
	{ "a at -> zero", { (uint32_t)AT_FDCWD }, "f(AT_FDCWD)" },
	{ "a pid, b tid, c pgid -> zero", { 1, 2, -3 }, "f(1, 2, -3)" },
	{ "a uid, b gid -> zero", { 65534, -1 }, "f(65534, -1)" },
	{ "a signal, b signal -> zero", { 9, 0 }, "f(SIGKILL, 0)" },
	{ "a signal, b signal, c signal, d signal -> zero", { 32, 33, 64, 65 },
	  "f(SIGRTMIN, SIGRT_1, SIGRT_32, 65)" },
	{ "a signal -> zero", { -1 }, "f(-1)" },
	{ "a mode, b mode -> zero", { 0644, 0 }, "f(0644, 000)" },
	{ "a clock, b clock -> zero", { 1, 99 }, "f(CLOCK_MONOTONIC, 0x63)" },
	{ "a clock, b clock -> zero", { ~(42u << 3) - 5, ~(42u << 3) - 1 },
	  "f(make_process_cpuclock(42, CPUCLOCK_SCHED), "
	  "make_thread_cpuclock(42, CPUCLOCK_SCHED))" },
	{ "a clock -> zero", { ~(7u << 3) - 4 }, "f(FD_TO_CLOCKID(7))" },
	{ "a clock, b clock -> zero", { 0xffffffff, 0x80000000 },
	  "f(0xffffffff, make_process_cpuclock(268435455, CPUCLOCK_PROF))" },
};

START_TEST(call_prints_numbers)
{
	check_call(calls[_i].signature, calls[_i].args,
		   (struct guest){ "", 0 }, calls[_i].expected);
}
END_TEST

static const struct {
	const char *type;
	uint64_t value;
	const char *expected;
} words[] = {
	{ "flags:open", 0, "f(O_RDONLY)" },
	{ "flags:open", 02000102, "f(O_RDWR|O_CREAT|O_CLOEXEC)" },
	{ "flags:open", 3, "f(0x3)" },
	{ "flags:open", 04010000, "f(O_RDONLY|O_SYNC)" },
	{ "flags:open", 00010000, "f(O_RDONLY|O_DSYNC)" },
	{ "flags:open", 020200000, "f(O_RDONLY|O_TMPFILE)" },
	{ "flags:open", 00200000, "f(O_RDONLY|O_DIRECTORY)" },
	{ "flags:open", 0x80000000, "f(O_RDONLY|0x80000000)" },
	{ "flags:prot", 0, "f(PROT_NONE)" },
	{ "flags:prot", 5, "f(PROT_READ|PROT_EXEC)" },
	{ "flags:map", 0x22, "f(MAP_PRIVATE|MAP_ANONYMOUS)" },
	{ "flags:map", 0x3, "f(MAP_SHARED_VALIDATE)" },
	{ "flags:clone", 0x01200011,
	  "f(CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID|SIGCHLD)" },
	{ "flags:clone", 0x20000000, "f(CLONE_NEWPID)" },
	{ "flags:clone", 0, "f(0)" },
	{ "flags:unshare", 0x80, "f(CLONE_NEWTIME)" },
	{ "flags:wait", 0x40000001, "f(WNOHANG|__WALL)" },
	{ "flags:socket", 02000001, "f(SOCK_STREAM|SOCK_CLOEXEC)" },
	{ "flags:at", 0x1000, "f(AT_EMPTY_PATH)" },
	{ "flags:access", 0, "f(F_OK)" },
	{ "flags:access", 6, "f(R_OK|W_OK)" },
	{ "flags:futex", 128, "f(FUTEX_WAIT|FUTEX_PRIVATE_FLAG)" },
	{ "word:domain", 1, "f(AF_UNIX)" },
	{ "word:fcntl", 8, "f(F_SETOWN)" },
	{ "word:fcntl", 36, "f(F_OFD_GETLK)" },
	{ "word:fcntl", 0xffff, "f(0xffff)" },
	{ "word:ioctl", 0x540f, "f(TIOCGPGRP)" },
	{ "word:ioctl", 0x8903, "f(FIOGETOWN)" },
	{ "word:prctl", 0x59616d61, "f(PR_SET_PTRACER)" },
	{ "word:prctl", 0, "f(0)" },
	{ "word:idtype", 3, "f(P_PIDFD)" },
	{ "word:clock", HIGH, "f(CLOCK_REALTIME)" },
};

START_TEST(call_prints_words)
{
	const uint64_t args[SIGNATURE_ARGS] = { words[_i].value };
	char signature[64];

	snprintf(signature, sizeof(signature), "a %s -> zero", words[_i].type);
	check_call(signature, args, (struct guest){ "", 0 },
		   words[_i].expected);
}
END_TEST

#define STRING(literal) { literal, sizeof(literal) }	/* with its zero */
#define BYTES(literal) { literal, sizeof(literal) - 1 }

static const struct {
	const char *signature;
	uint64_t args[SIGNATURE_ARGS];
	struct guest guest;
	const char *expected;
} strings[] = {
	{ "a path -> zero", { GUEST_BASE }, STRING("/tmp"), "f(\"/tmp\")" },
	{ "a path -> zero", { GUEST_BASE }, STRING(""), "f(\"\")" },
	{ "a path -> zero", { GUEST_BASE },
	  STRING("/a/path/longer/than/thirty-two/bytes"),
	  "f(\"/a/path/longer/than/thirty-two/bytes\")" },
	{ "a str -> zero", { GUEST_BASE },
	  STRING("0123456789abcdef0123456789ABCDEF"),
	  "f(\"0123456789abcdef0123456789ABCDEF\")" },
	{ "a str -> zero", { GUEST_BASE },
	  STRING("0123456789abcdef0123456789ABCDEFx"),
	  "f(\"0123456789abcdef0123456789ABCDEF\"...)" },
	{ "a str -> zero", { GUEST_BASE }, STRING("\"\\\t\n\v\f\r"),
	  "f(\"\\\"\\\\\\t\\n\\v\\f\\r\")" },
	{ "a str -> zero", { GUEST_BASE }, STRING("\033[2J\177\377" "7\001"),
	  "f(\"\\33[2J\\177\\3777\\1\")" },
	{ "a str -> zero", { GUEST_BASE }, STRING("\001" "7\001" "8%s%n"),
	  "f(\"\\0017\\18%s%n\")" },
	{ "a path, b int -> zero", { 0, 1 }, STRING("x"), "f(NULL, 1)" },
	{ "a path -> zero", { 0x5000 }, STRING("x"), "f(0x5000)" },
	{ "a path -> zero", { -1 }, STRING("x"), "f(0xffffffffffffffff)" },
	{ "a path -> zero", { GUEST_BASE }, BYTES("no end"), "f(0x10000)" },
	{ "a str -> zero", { GUEST_BASE }, BYTES("no end"), "f(0x10000)" },
	{ "a buf, b size -> zero", { GUEST_BASE, 5 }, BYTES("a\0b\nc"),
	  "f(\"a\\0b\\nc\", 5)" },
	{ "a buf, b size -> zero", { GUEST_BASE, 0 }, BYTES(""),
	  "f(\"\", 0)" },
	{ "a buf, b size -> zero", { GUEST_BASE, 6 }, BYTES("five!"),
	  "f(0x10000, 6)" },
	{ "a buf, b size -> zero", { 0, 6 }, BYTES("five!"), "f(NULL, 6)" },
	{ "a buf, b size -> zero", { GUEST_BASE, UINT64_MAX },
	  BYTES("0123456789abcdef0123456789ABCDEF"),
	  "f(\"0123456789abcdef0123456789ABCDEF\"..., "
	  "18446744073709551615)" },
	{ "a path, how flags:open, m newmode -> fd", { GUEST_BASE, 0, 0777 },
	  STRING("x"), "f(\"x\", O_RDONLY)" },
	{ "a path, how flags:open, m newmode -> fd", { GUEST_BASE, 0101, 0666 },
	  STRING("x"), "f(\"x\", O_WRONLY|O_CREAT, 0666)" },
	{ "a path, how flags:open, m newmode -> fd",
	  { GUEST_BASE, 020200002, 0600 },
	  STRING("x"), "f(\"x\", O_RDWR|O_TMPFILE, 0600)" },
	{ "a path, how flags:open, m newmode -> fd",
	  { GUEST_BASE, 0200000, 0600 },
	  STRING("x"), "f(\"x\", O_RDONLY|O_DIRECTORY)" },
};

START_TEST(call_prints_strings)
{
	check_call(strings[_i].signature, strings[_i].args, strings[_i].guest,
		   strings[_i].expected);
}
END_TEST

/* A path that fills its page up to the last byte, and more than that. */
START_TEST(path_is_cut_at_its_limit)
{
	static char page[2 * 4096];
	const uint64_t args[SIGNATURE_ARGS] = { GUEST_BASE };
	struct guest guest = { page, sizeof(page) };
	char *text;

	memset(page, 'a', sizeof(page));
	page[4000] = '\0';
	text = print_call("a path -> zero", args, guest_read, &guest);
	ck_assert_uint_eq(strlen(text), 4000 + strlen("f(\"\")"));
	free(text);

	page[4000] = 'a';
	text = print_call("a path -> zero", args, guest_read, &guest);
	ck_assert_uint_eq(strlen(text), LINE_BYTES);
	ck_assert_str_eq(text + LINE_BYTES - strlen("a...)"), "a...)");
	free(text);
}
END_TEST

START_TEST(string_may_cross_a_page)
{
	static char pages[4096 + 16];
	const uint64_t args[SIGNATURE_ARGS] = {
		GUEST_BASE + 4090, GUEST_BASE + 4090, 9,
	};

	memcpy(pages + 4090, "across it", sizeof("across it"));
	check_call("a path, b buf, n size -> zero", args,
		   (struct guest){ pages, sizeof(pages) },
		   "f(\"across it\", \"across it\", 9)");
	memcpy(pages + 4090, "no hole", 6);
	pages[4095] = '\0';
	check_call("a path -> zero", args, (struct guest){ pages, 4096 },
		   "f(\"no ho\")");
}
END_TEST

/* Every byte of two paths takes four: the line is cut, escapes are not. */
START_TEST(line_is_bounded)
{
	static char page[4096];
	const uint64_t args[SIGNATURE_ARGS] = { GUEST_BASE, GUEST_BASE, 1 };
	struct guest guest = { page, sizeof(page) };
	char *text;

	memset(page, 0xff, sizeof(page) - 1);
	text = print_call("a path, b path, c int -> zero", args, guest_read,
			  &guest);
	ck_assert_uint_gt(strlen(text), LINE_BYTES - 8);
	ck_assert_str_eq(text + strlen(text) - strlen("\\377...)"),
			 "\\377...)");
	free(text);
}
END_TEST

static long read_nothing(void *ctx, uint64_t addr, void *buf, size_t len)
{
	(void)ctx, (void)addr, (void)buf, (void)len;
	return 0;
}

static long read_error(void *ctx, uint64_t addr, void *buf, size_t len)
{
	(void)ctx, (void)addr, (void)buf, (void)len;
	return LONG_MIN;
}

static long read_too_much(void *ctx, uint64_t addr, void *buf, size_t len)
{
	(void)ctx, (void)addr;
	memset(buf, 'x', len);
	return (long)len + 1;
}

static long read_one_byte(void *ctx, uint64_t addr, void *buf, size_t len)
{
	return guest_read(ctx, addr, buf, len > 0);
}

START_TEST(reader_is_not_trusted)
{
	static const signature_read readers[] = {
		read_nothing, read_error, read_too_much, NULL,
	};
	const uint64_t args[SIGNATURE_ARGS] = { 4095, 4095, 4095, 4 };
	char *text;

	for (size_t i = 0; i < COUNT(readers); i++) {
		text = print_call("a path, b str, c buf, n size -> zero", args,
				  readers[i], NULL);
		ck_assert_str_eq(text, "f(0xfff, 0xfff, 0xfff, 4)");
		free(text);
	}
}
END_TEST

START_TEST(reader_may_be_slow)
{
	const uint64_t args[SIGNATURE_ARGS] = { GUEST_BASE };
	struct guest guest = { "slow", 5 };
	char *text = print_call("a path -> zero", args, read_one_byte, &guest);

	ck_assert_str_eq(text, "f(\"slow\")");
	free(text);
}
END_TEST

/* What a call fills: nothing of it at the entry, and after the result. */
static const struct {
	const char *signature;
	uint64_t args[SIGNATURE_ARGS];
	struct guest guest;
	long result;
	const char *begun, *finished;
} outs[] = {
	{ "a fd, b outbuf, c size -> size", { 3, GUEST_BASE, 9 },
	  BYTES("abcdefghi"), 4, "f(3", "f(3, \"abcd\", 9" },
	{ "a fd, b outbuf, c size -> size", { 3, GUEST_BASE, 9 },
	  BYTES("abcdefghi"), 0, "f(3", "f(3, \"\", 9" },
	{ "a fd, b outbuf, c size -> size", { 3, GUEST_BASE, 9 },
	  BYTES("abcdefghi"), -EBADF, "f(3", "f(3, 0x10000, 9" },
	{ "a fd, b outbuf, c size -> size", { 3, 0, 9 }, BYTES(""), 9, "f(3",
	  "f(3, NULL, 9" },
	{ "a fds -> zero", { GUEST_BASE }, BYTES("\5\0\0\0\6\0\0\0"), 0, "f(",
	  "f([5, 6]" },
	{ "a fds -> zero", { GUEST_BASE }, BYTES("\5\0\0\0\6"), 0, "f(",
	  "f(0x10000" },
	{ "a pid, b wstatus, c int -> pid", { 1, GUEST_BASE, 2 },
	  BYTES("\0\3\0\0"), 1, "f(1",
	  "f(1, [{WIFEXITED(s) && WEXITSTATUS(s) == 3}], 2" },
	{ "a pid, b wstatus -> pid", { 1, GUEST_BASE },
	  BYTES("\206\0\0\0"), 1, "f(1",
	  "f(1, [{WIFSIGNALED(s) && WTERMSIG(s) == SIGABRT && "
	  "WCOREDUMP(s)}]" },
	{ "a pid, b wstatus -> pid", { 1, GUEST_BASE }, BYTES("\0\0\0\0"), 0,
	  "f(1", "f(1, 0x10000" },
	{ "a sigset, b outsigset -> zero", { GUEST_BASE, GUEST_BASE },
	  BYTES("\2\100\0\200\0\0\0\0"), 0, "f([INT TERM RTMIN]",
	  "f([INT TERM RTMIN], [INT TERM RTMIN]" },
	{ "a sigset -> zero", { GUEST_BASE },
	  BYTES("\376\377\377\377\377\377\377\377"), 0, "f(~[HUP]",
	  "f(~[HUP]" },
	{ "a timespec -> zero", { GUEST_BASE },
	  BYTES("\1\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0"), 0,
	  "f({tv_sec=1, tv_nsec=2}", "f({tv_sec=1, tv_nsec=2}" },
	{ "a sockaddr, b int -> zero", { GUEST_BASE, 16 },
	  BYTES("\2\0\0\120\177\0\0\1\0\0\0\0\0\0\0\0"), 0,
	  "f({sa_family=AF_INET, sin_port=htons(80), "
	  "sin_addr=inet_addr(\"127.0.0.1\")}, 16", NULL },
	{ "a sockaddr, b int -> zero", { GUEST_BASE, 4 }, BYTES("\1\0/x"), 0,
	  "f({sa_family=AF_UNIX, sun_path=\"/x\"}, 4", NULL },
	{ "a sockaddr, b int -> zero", { GUEST_BASE, 4 },
	  BYTES("\1\0\0x"), 0,
	  "f({sa_family=AF_UNIX, sun_path=@\"x\"}, 4", NULL },
	{ "a sockaddr, b int -> zero", { GUEST_BASE, 1 }, BYTES("\1\0"), 0,
	  "f(0x10000, 1", NULL },
	{ "a pollfds, b uint -> int", { GUEST_BASE, 1 },
	  BYTES("\3\0\0\0\1\0\0\0"), 0, "f([{fd=3, events=POLLIN}], 1",
	  NULL },
	{ "a pollfds, b uint -> int", { GUEST_BASE, 2 },
	  BYTES("\3\0\0\0\1\0\0\0"), 0,
	  "f([{fd=3, events=POLLIN}, ... /* 0x10008 */], 2", NULL },
	{ "a int, b fdset, c fdset -> int", { 4, GUEST_BASE, 0 },
	  BYTES("\372\377\0\0\0\0\0\0"), 0, "f(4, [1 3], NULL", NULL },
	{ "a int, b fdset -> int", { 65, GUEST_BASE },
	  BYTES("\1\0\0\0\0\0\0\0"), 0, "f(65, 0x10000", NULL },
	{ "a int, b fdset -> int", { -1, GUEST_BASE }, BYTES(""), 0,
	  "f(-1, []", NULL },
	{ "a fd, b outepollevs, c int -> int", { 3, GUEST_BASE, 9 },
	  BYTES("\1\0\0\0\7\0\0\0\0\0\0\0"), 1, "f(3",
	  "f(3, [{events=EPOLLIN, data=0x7}], 9" },
	{ "a fd, b outepollevs, c int -> int", { 3, GUEST_BASE, 9 },
	  BYTES(""), 0, "f(3", "f(3, [], 9" },
	{ "a rlimit -> zero", { GUEST_BASE },
	  BYTES("\0\40\0\0\0\0\0\0\377\377\377\377\377\377\377\377"), 0,
	  "f({rlim_cur=8*1024, rlim_max=RLIM64_INFINITY}", NULL },
	{ "a argv -> zero", { GUEST_BASE },
	  BYTES("\20\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0ls"), 0,
	  "f([0x10010]", NULL },
	{ "a argv, b envp -> zero", { GUEST_BASE, GUEST_BASE },
	  STRING("\20\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0ls"), 0,
	  "f([\"ls\"], 0x10000 /* 1 var */", NULL },
	{ "a iovec, b ulong -> size", { GUEST_BASE, 1 },
	  BYTES("\20\0\1\0\0\0\0\0\2\0\0\0\0\0\0\0hi"), 2,
	  "f([{iov_base=\"hi\", iov_len=2}], 1", NULL },
	{ "a outiovec, b ulong -> size", { GUEST_BASE, 1 },
	  BYTES("\20\0\1\0\0\0\0\0\2\0\0\0\0\0\0\0hi"), 1,
	  "f(", "f([{iov_base=\"h\", iov_len=2}], 1" },
};

START_TEST(call_is_in_two_parts)
{
	const struct syscall row = { .name = "f",
				     .signature = outs[_i].signature };
	const char *finished = outs[_i].finished ? outs[_i].finished :
						   outs[_i].begun;
	struct guest guest = outs[_i].guest;
	struct signature_line line;

	signature_begin(&line, &row, outs[_i].args, guest_read, &guest);
	ck_assert(!line.cut);
	ck_assert_uint_eq(line.len, strlen(outs[_i].begun));
	ck_assert_str_eq(line.text, outs[_i].begun);
	signature_finish(&line, &row, outs[_i].args, outs[_i].result,
			 guest_read, &guest);
	ck_assert_str_eq(line.text, finished);
	ck_assert_uint_eq(line.end[line.nr_args - 1], line.len);
}
END_TEST

START_TEST(call_that_never_returns)
{
	const uint64_t args[SIGNATURE_ARGS] = { 3, GUEST_BASE, 9 };
	const struct syscall row = {
		.name = "f", .signature = "a fd, b outbuf, c size -> size",
	};
	struct guest guest = { "abcdefghi", 9 };
	struct signature_line line;

	signature_begin(&line, &row, args, guest_read, &guest);
	signature_abandon(&line, &row, args);
	ck_assert_str_eq(line.text, "f(3, 0x10000, 9");
}
END_TEST

#define SYSCALL(nr, name, gate, when, handler, signature, ns, level, note) \
	signature,
static const char *const table[] = {
#include "src/syscalls.def"
};
#undef SYSCALL

/* Bytes that depend on the address alone, with a zero now and then. */
static long read_noise(void *ctx, uint64_t addr, void *buf, size_t len)
{
	unsigned char *bytes = buf;

	(void)ctx;
	for (size_t i = 0; i < len; i++)
		bytes[i] = ((addr + i) * 2654435761u) >> 11;
	return len;
}

START_TEST(every_row_prints_anything)
{
	static const uint64_t values[] = {
		0, 1, UINT64_MAX, INT64_MIN, INT32_MAX, UINT32_MAX, 0x12345678,
		0x80000000, 0x5555555555555555, 0xaaaaaaaaaaaaaaaa,
	};

	for (size_t i = 0; i < COUNT(values); i++) {
		uint64_t args[SIGNATURE_ARGS];

		for (size_t k = 0; k < SIGNATURE_ARGS; k++)
			args[k] = values[(i + k) % COUNT(values)];
		free(print_call(table[_i], args, read_noise, NULL));
	}
}
END_TEST

static const struct {
	const char *type;
	long result;
	const char *expected;
} results[] = {
	{ "zero", 0, " = 0" },
	{ "zero", 7, " = 7" },
	{ "int", 12, " = 12" },
	{ "fd", 3, " = 3" },
	{ "pid", 4711, " = 4711" },
	{ "size", 0x7ffff000, " = 2147479552" },
	{ "addr", 0x7f0000000000, " = 0x7f0000000000" },
	{ "mode", 022, " = 022" },
	{ "uid", 65534, " = 65534" },
	{ "signal", 10, " = SIGUSR1" },
	{ "off", LONG_MAX, " = 9223372036854775807" },
	{ "long", -4096, " = -4096" },
	{ "addr", -4096, " = 0xfffffffffffff000" },
	{ "void", 0, " = ?" },
	{ "zero", -ENOENT, " = -1 ENOENT (No such file or directory)" },
	{ "addr", -EPERM, " = -1 EPERM (Operation not permitted)" },
	{ "void", -ENOSYS, " = -1 ENOSYS (Function not implemented)" },
	{ "fd", -EAGAIN,
	  " = -1 EAGAIN (Resource temporarily unavailable)" },
	{ "zero", -511, " = -1 (errno 511)" },
	{ "zero", -4095, " = -1 (errno 4095)" },
	{ "zero", -512,
	  " = ? ERESTARTSYS (To be restarted if SA_RESTART is set)" },
	{ "zero", -513, " = ? ERESTARTNOINTR (To be restarted)" },
	{ "zero", -514,
	  " = ? ERESTARTNOHAND (To be restarted if no handler)" },
	{ "zero", -515, " = ? ENOIOCTLCMD (No ioctl command)" },
	{ "zero", -516,
	  " = ? ERESTART_RESTARTBLOCK (Interrupted by signal)" },
	{ "zero", -517, " = -1 (errno 517)" },
	{ "flags:policy", 1, " = SCHED_FIFO" },
};

START_TEST(result_prints)
{
	char signature[32];
	const struct syscall row = { .name = "f", .signature = signature };
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	ck_assert_ptr_nonnull(out);
	snprintf(signature, sizeof(signature), "-> %s", results[_i].type);
	signature_print_result(out, &row, results[_i].result);
	ck_assert_int_eq(fclose(out), 0);
	ck_assert_str_eq(text, results[_i].expected);
	free(text);
}
END_TEST

static Suite *signature_suite(void)
{
	Suite *suite = suite_create("signature");
	TCase *print = tcase_create("print");
	TCase *hostile = tcase_create("hostile");

	tcase_add_loop_test(print, signature_parses, 0, COUNT(parses));
	tcase_add_loop_test(print, call_prints_numbers, 0, COUNT(calls));
	tcase_add_loop_test(print, call_prints_words, 0, COUNT(words));
	tcase_add_loop_test(print, call_prints_strings, 0, COUNT(strings));
	tcase_add_loop_test(print, result_prints, 0, COUNT(results));
	tcase_add_loop_test(hostile, call_is_in_two_parts, 0, COUNT(outs));
	tcase_add_test(hostile, call_that_never_returns);
	tcase_add_test(hostile, path_is_cut_at_its_limit);
	tcase_add_test(hostile, string_may_cross_a_page);
	tcase_add_test(hostile, line_is_bounded);
	tcase_add_test(hostile, reader_is_not_trusted);
	tcase_add_test(hostile, reader_may_be_slow);
	tcase_add_loop_test(hostile, every_row_prints_anything, 0,
			    COUNT(table));
	suite_add_tcase(suite, print);
	suite_add_tcase(suite, hostile);
	return suite;
}

int main(void)
{
	SRunner *runner = srunner_create(signature_suite());
	int failed;

	srunner_set_fork_status(runner, CK_NOFORK);
	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed > 0;
}
