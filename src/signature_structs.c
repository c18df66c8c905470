/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stands behind a pointer: structures, lists, bytes that a call gives.
 *
 * Each is read from the guest in one piece and once, then printed as strace
 * abbreviates it. What cannot be read is printed as its address.
 */
#define _GNU_SOURCE 1
#include "src/signature_print.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <limits.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/utsname.h>
#include <sys/wait.h>

#define LIST_SHOWN 32	/* as strace's -e abbrev does */
#define SIGNALS 64

/* Return: whether all of it was read; if not, the address is printed. */
static bool get(struct printer *p, int i, void *buf, size_t len)
{
	if (p->args[i] && print_fetch(p, p->args[i], buf, len, false) >= 0)
		return true;
	print_addr(p, i);
	return false;
}

static void print_named(struct printer *p, const char *set, uint32_t value)
{
	print_words(p, word_set_find(set, strlen(set)), value);
}

/* ---- bytes and strings ---- */

static void print_bytes(struct printer *p, int i, uint64_t len)
{
	char buf[STRING_SHOWN];
	size_t shown = len < sizeof(buf) ? len : sizeof(buf);

	if (shown == 0 && p->args[i])
		print_text(p, "\"\"");
	else if (get(p, i, buf, shown))
		print_quoted(p, buf, shown, len > shown);
}

/* As many as the call says that there are. */
static void print_outbuf(struct printer *p, int i)
{
	print_bytes(p, i, (uint64_t)p->result);
}

/* The whole of a path, as getcwd() and readlink() give it. */
static void print_outpath(struct printer *p, int i)
{
	char buf[PATH_MAX];
	long len = p->result;

	if (len < 0 || (size_t)len > sizeof(buf))
		print_addr(p, i);
	else if (get(p, i, buf, (size_t)len))
		print_quoted(p, buf, strnlen(buf, (size_t)len), false);
}

/* A list of strings; how many, if @count is not NULL, and none is printed. */
static void print_strings(struct printer *p, int i, size_t *count)
{
	uint64_t at = p->args[i], addr;
	char buf[STRING_SHOWN + 1];
	size_t n = 0;

	for (;; n++, at += sizeof(addr)) {
		long len;

		if (print_fetch(p, at, &addr, sizeof(addr), false) < 0 ||
		    !addr || n == 10000)
			break;
		if (count)
			continue;
		print_text(p, n ? ", " : "");
		if (n == LIST_SHOWN) {
			print_text(p, "...");
			break;
		}
		len = print_fetch(p, addr, buf, sizeof(buf), true);
		if (len < 0)
			print_text(p, "%#" PRIx64, addr);
		else
			print_quoted(p, buf, len > STRING_SHOWN ? STRING_SHOWN :
				     (size_t)len, len > STRING_SHOWN);
	}
	if (count)
		*count = n;
}

static void print_argv(struct printer *p, int i)
{
	uint64_t first;

	if (!get(p, i, &first, sizeof(first)))
		return;
	print_text(p, "[");
	print_strings(p, i, NULL);
	print_text(p, "]");
}

static void print_envp(struct printer *p, int i)
{
	size_t n = 0;

	print_addr(p, i);
	if (!p->args[i])
		return;
	print_strings(p, i, &n);
	print_text(p, " /* %zu var%s */", n, n == 1 ? "" : "s");
}

/* ---- numbers ---- */

static void print_outint(struct printer *p, int i)
{
	int value;

	if (get(p, i, &value, sizeof(value)))
		print_text(p, "[%d]", value);
}

static void print_fds(struct printer *p, int i)
{
	int fds[2];

	if (get(p, i, fds, sizeof(fds)))
		print_text(p, "[%d, %d]", fds[0], fds[1]);
}

/* Written only when a child was found. */
static void print_status(struct printer *p, int i)
{
	int status;

	if (p->result <= 0) {
		print_addr(p, i);
		return;
	}
	if (!get(p, i, &status, sizeof(status)))
		return;
	if (WIFEXITED(status)) {
		print_text(p, "[{WIFEXITED(s) && WEXITSTATUS(s) == %d}]",
			   WEXITSTATUS(status));
	} else if (WIFSIGNALED(status)) {
		print_text(p, "[{WIFSIGNALED(s) && WTERMSIG(s) == ");
		print_signal_number(p, WTERMSIG(status));
		print_text(p, "%s}]",
			   WCOREDUMP(status) ? " && WCOREDUMP(s)" : "");
	} else if (WIFSTOPPED(status)) {
		print_text(p, "[{WIFSTOPPED(s) && WSTOPSIG(s) == ");
		print_signal_number(p, WSTOPSIG(status));
		print_text(p, "}]");
	} else if (WIFCONTINUED(status)) {
		print_text(p, "[{WIFCONTINUED(s)}]");
	} else {
		print_text(p, "[%#x]", (unsigned int)status);
	}
}

/* ---- time ---- */

/* A timespec or, @unit, a timeval: two numbers each. */
static void print_time(struct printer *p, const int64_t time[2],
		       const char *unit)
{
	print_text(p, "{tv_sec=%" PRId64 ", tv_%s=%" PRId64 "}", time[0], unit,
		   time[1]);
}

static void print_timespec(struct printer *p, int i)
{
	int64_t time[2];

	if (get(p, i, time, sizeof(time)))
		print_time(p, time, "nsec");
}

static void print_timeval(struct printer *p, int i)
{
	int64_t time[2];

	if (get(p, i, time, sizeof(time)))
		print_time(p, time, "usec");
}

static void print_timer(struct printer *p, int i, const char *unit)
{
	int64_t timer[4];

	if (!get(p, i, timer, sizeof(timer)))
		return;
	print_text(p, "{it_interval=");
	print_time(p, timer, unit);
	print_text(p, ", it_value=");
	print_time(p, timer + 2, unit);
	print_text(p, "}");
}

static void print_itimerspec(struct printer *p, int i)
{
	print_timer(p, i, "nsec");
}

static void print_itimerval(struct printer *p, int i)
{
	print_timer(p, i, "usec");
}

/* ---- signals ---- */

static void print_signal_set(struct printer *p, uint64_t set)
{
	bool most = __builtin_popcountll(set) > SIGNALS * 2 / 3;
	const char *separator = "";

	if (most)
		set = ~set;
	print_text(p, most ? "~[" : "[");
	for (int nr = 1; nr <= SIGNALS; nr++) {
		if (!(set & UINT64_C(1) << (nr - 1)))
			continue;
		print_text(p, "%s", separator);
		separator = " ";
		if (nr < 32)
			print_text(p, "%s", sigabbrev_np(nr));
		else if (nr == 32)
			print_text(p, "RTMIN");
		else
			print_text(p, "RT_%d", nr - 32);
	}
	print_text(p, "]");
}

static void print_sigset(struct printer *p, int i)
{
	uint64_t set;

	if (get(p, i, &set, sizeof(set)))
		print_signal_set(p, set);
}

/* The kernel's, not the C library's. */
static void print_sigaction(struct printer *p, int i)
{
	struct {
		uint64_t handler, flags, restorer, mask;
	} action;

	if (!get(p, i, &action, sizeof(action)))
		return;
	print_text(p, "{sa_handler=");
	if (action.handler <= 1)
		print_text(p, action.handler ? "SIG_IGN" : "SIG_DFL");
	else
		print_text(p, "%#" PRIx64, action.handler);
	print_text(p, ", sa_mask=");
	print_signal_set(p, action.mask);
	print_text(p, ", sa_flags=");
	print_named(p, "flags:sa", (uint32_t)action.flags);
	if (action.restorer)
		print_text(p, ", sa_restorer=%#" PRIx64, action.restorer);
	print_text(p, "}");
}

/* ---- processes ---- */

/* struct clone_args as far as every kernel with clone3(2) has it */
static void print_clone_args(struct printer *p, int i)
{
	struct {
		uint64_t flags, pidfd, child_tid, parent_tid, exit_signal;
		uint64_t stack, stack_size, tls;
	} args;

	if (!get(p, i, &args, sizeof(args)))
		return;
	print_text(p, "{flags=");
	print_named(p, "flags:clone", (uint32_t)args.flags);
	if (args.flags >> 32)
		print_text(p, "|%#" PRIx64, args.flags >> 32 << 32);
	print_text(p, ", exit_signal=");
	print_signal_number(p, (int)args.exit_signal);
	print_text(p, ", stack=%#" PRIx64 ", stack_size=%#" PRIx64 "}",
		   args.stack, args.stack_size);
}

/* ---- files ---- */

static void print_stat(struct printer *p, int i)
{
	struct stat st;

	if (!get(p, i, &st, sizeof(st)))
		return;
	print_text(p, "{st_mode=");
	print_named(p, "word:filetype", st.st_mode & S_IFMT);
	print_text(p, "|%#03o, ", st.st_mode & ~(mode_t)S_IFMT);
	if (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode))
		print_text(p, "st_rdev=%#" PRIx64 ", ...}",
			   (uint64_t)st.st_rdev);
	else
		print_text(p, "st_size=%" PRId64 ", ...}",
			   (int64_t)st.st_size);
}

/* struct statx as far as it is shown; the kernel's own layout */
static void print_statx(struct printer *p, int i)
{
	struct {
		uint32_t mask, block;
		uint64_t attributes;
		uint32_t links, uid, gid;
		uint16_t mode, spare;
		uint64_t inode, size;
	} st;

	if (!get(p, i, &st, sizeof(st)))
		return;
	print_text(p, "{stx_mask=%#x, stx_mode=", st.mask);
	print_named(p, "word:filetype", st.mode & S_IFMT);
	print_text(p, "|%#03o, stx_size=%" PRIu64 ", ...}",
		   st.mode & ~S_IFMT, st.size);
}

/* @limit: bytes that are there in all. */
static void print_vector(struct printer *p, int i, uint64_t limit)
{
	struct {
		uint64_t base, len;
	} one;
	uint64_t n = p->args[i + 1];

	if (n == 0 && p->args[i]) {
		print_text(p, "[]");
		return;
	}
	for (uint64_t k = 0; k < n; k++) {
		char buf[STRING_SHOWN];
		uint64_t there, at = p->args[i] + k * sizeof(one);
		size_t shown;

		if (k == LIST_SHOWN) {
			print_text(p, ", ...");
			break;
		}
		if (print_fetch(p, at, &one, sizeof(one), false) < 0) {
			print_text(p, k ? ", ... /* %#" PRIx64 " */" :
				   "%#" PRIx64, at);
			break;
		}
		there = one.len < limit ? one.len : limit;
		limit -= there;
		shown = there < sizeof(buf) ? there : sizeof(buf);
		print_text(p, k ? ", {iov_base=" : "[{iov_base=");
		if (print_fetch(p, one.base, buf, shown, false) < 0)
			print_text(p, "%#" PRIx64, one.base);
		else
			print_quoted(p, buf, shown, there > shown);
		print_text(p, ", iov_len=%" PRIu64 "}", one.len);
		if (k + 1 == n)
			print_text(p, "]");
	}
}

static void print_iovec(struct printer *p, int i)
{
	print_vector(p, i, UINT64_MAX);
}

static void print_outiovec(struct printer *p, int i)
{
	print_vector(p, i, (uint64_t)p->result);
}

static void print_pollfds(struct printer *p, int i)
{
	struct {
		int fd;
		short events, revents;
	} one;
	uint64_t n = p->args[i + 1];
	bool closed = false;

	if (n == 0 && p->args[i])
		print_text(p, "[]");
	for (uint64_t k = 0; k < n && !closed; k++) {
		uint64_t at = p->args[i] + k * sizeof(one);

		if (print_fetch(p, at, &one, sizeof(one), false) < 0) {
			print_text(p, k ? ", ... /* %#" PRIx64 " */]" :
				   "%#" PRIx64, at);
			return;
		}
		print_text(p, k ? ", " : "[");
		closed = k == LIST_SHOWN || k + 1 == n;
		if (k == LIST_SHOWN) {
			print_text(p, "...]");
			return;
		}
		print_text(p, "{fd=%d", one.fd);
		if (one.fd >= 0) {
			print_text(p, ", events=");
			print_named(p, "flags:poll", (uint16_t)one.events);
		}
		print_text(p, closed ? "}]" : "}");
	}
}

/* The kernel's EPOLL_PACKED */
struct epoll_one {
	uint32_t events;
	uint64_t data;
} __attribute__((packed));

static void print_epoll_one(struct printer *p, const struct epoll_one *event)
{
	print_text(p, "{events=");
	print_named(p, "flags:epollev", event->events);
	print_text(p, ", data=%#" PRIx64 "}", event->data);
}

static void print_epoll_event(struct printer *p, int i)
{
	struct epoll_one event;

	if (get(p, i, &event, sizeof(event)))
		print_epoll_one(p, &event);
}

/* As many as the call found. */
static void print_epoll_events(struct printer *p, int i)
{
	struct epoll_one events[LIST_SHOWN];
	long n = p->result < LIST_SHOWN ? p->result : LIST_SHOWN;

	if (n == 0) {
		print_text(p, "[]");
		return;
	}
	if (!get(p, i, events, (size_t)n * sizeof(events[0])))
		return;
	for (long k = 0; k < n; k++) {
		print_text(p, k ? ", " : "[");
		print_epoll_one(p, &events[k]);
	}
	print_text(p, p->result > n ? ", ...]" : "]");
}

/* A set of select(2), whose first argument says how many bits it has. */
static void print_fdset(struct printer *p, int i)
{
	uint64_t bits[1024 / 64] = { 0 };
	const int max = (int)(sizeof(bits) * 8);
	int n = (int)p->args[0];
	const char *separator = "";

	n = n < 0 ? 0 : n > max ? max : n;
	if (!get(p, i, bits, (size_t)(n + 63) / 64 * sizeof(bits[0])))
		return;
	print_text(p, "[");
	for (int fd = 0; fd < n; fd++) {
		if (!(bits[fd / 64] & UINT64_C(1) << (fd % 64)))
			continue;
		print_text(p, "%s%d", separator, fd);
		separator = " ";
	}
	print_text(p, "]");
}

/* ---- sockets ---- */

static void print_unix(struct printer *p, const struct sockaddr_un *un,
		       size_t len)
{
	size_t n = len - offsetof(struct sockaddr_un, sun_path);

	if (len <= offsetof(struct sockaddr_un, sun_path))
		return;
	print_text(p, ", sun_path=");
	if (un->sun_path[0]) {
		print_quoted(p, un->sun_path, strnlen(un->sun_path, n), false);
	} else {
		print_text(p, "@");
		print_quoted(p, un->sun_path + 1, n - 1, false);
	}
}

static void print_address(struct printer *p, int i, size_t len)
{
	union {
		struct sockaddr any;
		struct sockaddr_un un;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} addr = { 0 };
	char text[INET6_ADDRSTRLEN];

	if (len > sizeof(addr))
		len = sizeof(addr);
	if (len < sizeof(addr.any.sa_family)) {
		print_addr(p, i);
		return;
	}
	if (!get(p, i, &addr, len))
		return;
	print_text(p, "{sa_family=");
	print_named(p, "word:domain", addr.any.sa_family);
	if (addr.any.sa_family == AF_UNIX)
		print_unix(p, &addr.un, len);
	else if (addr.any.sa_family == AF_INET && len >= sizeof(addr.in))
		print_text(p, ", sin_port=htons(%u), "
			   "sin_addr=inet_addr(\"%s\")",
			   ntohs(addr.in.sin_port),
			   inet_ntop(AF_INET, &addr.in.sin_addr, text,
				     sizeof(text)));
	else if (addr.any.sa_family == AF_INET6 && len >= sizeof(addr.in6))
		print_text(p, ", sin6_port=htons(%u), "
			   "inet_pton(AF_INET6, \"%s\", &sin6_addr)",
			   ntohs(addr.in6.sin6_port),
			   inet_ntop(AF_INET6, &addr.in6.sin6_addr, text,
				     sizeof(text)));
	else
		print_text(p, ", ...");
	print_text(p, "}");
}

static void print_sockaddr(struct printer *p, int i)
{
	print_address(p, i, (uint32_t)p->args[i + 1]);
}

/* Its length stands behind the pointer after it. */
static void print_outsockaddr(struct printer *p, int i)
{
	int len = 0;

	if (!p->args[i + 1] ||
	    print_fetch(p, p->args[i + 1], &len, sizeof(len), false) < 0)
		len = 0;
	print_address(p, i, len < 0 ? 0 : (size_t)len);
}

/* ---- the rest ---- */

static void print_limit(struct printer *p, uint64_t limit)
{
	if (limit == UINT64_MAX)
		print_text(p, "RLIM64_INFINITY");
	else if (limit > 1024 && limit % 1024 == 0)
		print_text(p, "%" PRIu64 "*1024", limit / 1024);
	else
		print_text(p, "%" PRIu64, limit);
}

static void print_rlimit(struct printer *p, int i)
{
	uint64_t limit[2];

	if (!get(p, i, limit, sizeof(limit)))
		return;
	print_text(p, "{rlim_cur=");
	print_limit(p, limit[0]);
	print_text(p, ", rlim_max=");
	print_limit(p, limit[1]);
	print_text(p, "}");
}

static void print_utsname(struct printer *p, int i)
{
	struct utsname uts;

	if (!get(p, i, &uts, sizeof(uts)))
		return;
	print_text(p, "{sysname=");
	print_quoted(p, uts.sysname, strnlen(uts.sysname, 65), false);
	print_text(p, ", nodename=");
	print_quoted(p, uts.nodename, strnlen(uts.nodename, 65), false);
	print_text(p, ", ...}");
}

#define TYPE(word, function) \
	.name = word, .print = function, .use = ARGUMENT

const struct type struct_types[] = {
	{ TYPE("argv", print_argv) },
	{ TYPE("envp", print_envp) },
	{ TYPE("timespec", print_timespec) },
	{ TYPE("cloneargs", print_clone_args) },
	{ TYPE("timeval", print_timeval) },
	{ TYPE("itimerspec", print_itimerspec) },
	{ TYPE("itimerval", print_itimerval) },
	{ TYPE("sigset", print_sigset) },
	{ TYPE("sigaction", print_sigaction) },
	{ TYPE("iovec", print_iovec), .next = true },
	{ TYPE("pollfds", print_pollfds), .next = true },
	{ TYPE("epollev", print_epoll_event) },
	{ TYPE("sockaddr", print_sockaddr), .next = true },
	{ TYPE("fdset", print_fdset) },
	{ TYPE("rlimit", print_rlimit) },
	{ TYPE("outbuf", print_outbuf), .out = true },
	{ TYPE("outpath", print_outpath), .out = true },
	{ TYPE("outint", print_outint), .out = true },
	{ TYPE("fds", print_fds), .out = true },
	{ TYPE("wstatus", print_status), .out = true },
	{ TYPE("outtimespec", print_timespec), .out = true },
	{ TYPE("outtimeval", print_timeval), .out = true },
	{ TYPE("outitimerspec", print_itimerspec), .out = true },
	{ TYPE("outitimerval", print_itimerval), .out = true },
	{ TYPE("outsigset", print_sigset), .out = true },
	{ TYPE("outsigaction", print_sigaction), .out = true },
	{ TYPE("outiovec", print_outiovec), .out = true, .next = true },
	{ TYPE("outsockaddr", print_outsockaddr), .out = true,
	  .next = true },
	{ TYPE("outrlimit", print_rlimit), .out = true },
	{ TYPE("stat", print_stat), .out = true },
	{ TYPE("statx", print_statx), .out = true },
	{ TYPE("outepollevs", print_epoll_events), .out = true },
	{ TYPE("utsname", print_utsname), .out = true },
};

const size_t struct_types_count =
	sizeof(struct_types) / sizeof(struct_types[0]);
