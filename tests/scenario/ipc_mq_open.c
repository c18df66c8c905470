/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mq_open, mq_unlink: names, flags, modes, attributes, limits, and which error
 * comes first.
 *
 * scenario: bare=same
 * (names that nobody else has; tests/cli shows whose they are)
 */
#include "scenario.h"

#include <mqueue.h>

#define SEE(call) see("%s: %s", #call, res(call))

static long open_raw(const char *name, int flags, int mode, void *attr)
{
	long fd = syscall(SYS_mq_open, name, flags, mode, attr);

	if (fd >= 0)
		close((int)fd);
	return fd >= 0 ? 0 : fd;
}

static long unlink_raw(const char *name)
{
	return syscall(SYS_mq_unlink, name);
}

static void names(void)
{
	static char longest[256], longer[257], path[5000];
	char *edge = guard_alloc(4);

	memset(longest, 'x', 255);
	memset(longer, 'x', 256);
	memset(path, 'x', 4999);
	memcpy(edge, "abcd", 4);
	SEE(open_raw("", O_CREAT | O_RDWR, 0600, NULL));
	SEE(open_raw("/a", O_CREAT | O_RDWR, 0600, NULL));
	SEE(open_raw("a/b", O_CREAT | O_RDWR, 0600, NULL));
	SEE(open_raw(".", O_RDWR, 0600, NULL));
	SEE(open_raw("..", O_RDWR, 0600, NULL));
	SEE(open_raw("...", O_RDWR, 0600, NULL));
	SEE(open_raw(longest, O_RDWR, 0600, NULL));
	SEE(open_raw(longer, O_CREAT | O_RDWR, 0600, NULL));
	longer[100] = '/';
	SEE(open_raw(longer, O_CREAT | O_RDWR, 0600, NULL));
	SEE(open_raw(path, O_CREAT | O_RDWR, 0600, NULL));
	SEE(open_raw(edge, O_CREAT | O_RDWR, 0600, NULL));
	SEE(open_raw(BAD_ADDR, O_CREAT | O_RDWR, 0600, NULL));
	SEE(open_raw("", O_RDWR, 0600, BAD_ADDR));
	SEE(unlink_raw(""));
	SEE(unlink_raw("a/b"));
	SEE(unlink_raw(".."));
	SEE(unlink_raw(longer + 101));
	SEE(unlink_raw(longest));
	SEE(unlink_raw(path));
	SEE(unlink_raw(BAD_ADDR));
	SEE(open_raw(longest, O_CREAT | O_RDWR, 0600, NULL));
	SEE(unlink_raw(longest));
	/* It is made, and can't be opened so. */
	SEE(open_raw("direct", O_CREAT | O_RDWR | O_DIRECT, 0600, NULL));
	SEE(open_raw("direct", O_RDWR, 0600, NULL));
	SEE(unlink_raw("direct"));
	SEE(unlink_raw("direct"));
}

static long with(long count, long size)
{
	struct mq_attr attr = { .mq_flags = O_NONBLOCK, .mq_maxmsg = count,
				.mq_msgsize = size, .mq_curmsgs = 77 };
	mqd_t q = mq_open("/scenario", O_CREAT | O_RDWR, 0600, &attr);
	struct mq_attr is;

	if (q == -1)
		return -1;
	MUST(mq_getattr(q, &is));
	see("  flags %ld, %ld of %ld", is.mq_flags, is.mq_maxmsg,
	    is.mq_msgsize);
	close(q);
	return mq_unlink("/scenario");
}

static void attributes(void)
{
	struct mq_attr is;
	mqd_t q;

	SEE(with(4, 16));
	SEE(with(0, 16));
	SEE(with(4, 0));
	SEE(with(-1, 16));
	SEE(with(10, 8192));
	SEE(with(11, 16));
	SEE(with(4, 8193));
	SEE(with(LONG_MAX, LONG_MAX));
	q = MUST(mq_open("/scenario", O_CREAT | O_RDWR, 0600, NULL));
	MUST(mq_getattr(q, &is));
	see("default: %ld of %ld", is.mq_maxmsg, is.mq_msgsize);
	close(q);
	MUST(mq_unlink("/scenario"));
}

static void open_as(int flags)
{
	mqd_t q = mq_open("/scenario", flags);

	see("flags %o: %s", flags, q == -1 ? res(-1) : "opened");
	if (q == -1)
		return;
	see("  close-on-exec %d, %o", fcntl(q, F_GETFD),
	    fcntl(q, F_GETFL) & ~0100000);
	SEE(mq_send(q, "x", 1, 0));
	SEE(mq_receive(q, (char[16]){ 0 }, 16, NULL));
	close(q);
}

static void modes(int mode)
{
	struct mq_attr attr = { .mq_maxmsg = 4, .mq_msgsize = 16 };
	struct stat st;
	mqd_t q;

	see("-- mode %o", mode);
	q = mq_open("/scenario", O_CREAT | O_EXCL | O_RDONLY, mode, &attr);
	see("created: %s", q == -1 ? res(-1) : "yes");
	MUST(fstat(q, &st));
	see("mode %o, owner %s, flags %o, close-on-exec %d", st.st_mode,
	    st.st_uid == getuid() ? "own" : "other", fcntl(q, F_GETFL),
	    fcntl(q, F_GETFD));
	open_as(O_RDONLY | O_NONBLOCK);
	open_as(O_WRONLY | O_NONBLOCK);
	open_as(O_RDWR | O_NONBLOCK);
	open_as(O_RDWR | O_WRONLY);
	SEE(fchmod(q, 0600));
	open_as(O_RDWR | O_NONBLOCK);
	SEE(open_raw("scenario", O_CREAT | O_EXCL, 0600, NULL));
	SEE(open_raw("scenario", O_CREAT | O_EXCL | O_RDWR | O_WRONLY, 0600,
		     NULL));
	SEE(mq_unlink("/scenario"));
	SEE(mq_unlink("/scenario"));
	close(q);
}

static void see_link(mqd_t q)
{
	char path[64], link[300];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", q);
	n = readlink(path, link, sizeof(link) - 1);
	link[n > 0 ? n : 0] = 0;
	see("link '%s'", link);
}

static void links(void)
{
	static char longest[257];
	mqd_t q = MUST(mq_open("/scenario", O_CREAT | O_RDWR, 0600, NULL));

	see_link(q);
	MUST(mq_unlink("/scenario"));
	see_link(q);
	close(q);
	memset(longest, 'x', 201);
	longest[0] = '/';
	q = MUST(mq_open(longest, O_CREAT | O_RDWR, 0600, NULL));
	see_link(q);
	MUST(mq_unlink(longest));
	close(q);
}

/* An open one outlives its name; the name is another's then. */
static void unlinked(void)
{
	struct mq_attr attr = { .mq_maxmsg = 4, .mq_msgsize = 16 };
	mqd_t old = MUST(mq_open("/scenario", O_CREAT | O_RDWR, 0600, &attr));
	char text[16] = "";
	mqd_t new;

	MUST(mq_unlink("/scenario"));
	SEE(open_raw("scenario", O_RDWR, 0, NULL));
	new = MUST(mq_open("/scenario", O_CREAT | O_EXCL | O_RDWR | O_NONBLOCK,
			   0600, &attr));
	MUST(mq_send(old, "old", 4, 0));
	SEE(mq_receive(new, text, 16, NULL));
	SEE(mq_receive(old, text, 16, NULL));
	see("%s", text);
	close(old);
	close(new);
	new = MUST(mq_open("/scenario", O_RDWR));
	SEE(mq_send(new, "kept", 5, 0));
	close(new);
	new = MUST(mq_open("/scenario", O_RDONLY | O_NONBLOCK));
	SEE(mq_receive(new, text, 16, NULL));
	see("%s", text);
	close(new);
	MUST(mq_unlink("/scenario"));
}

/* RLIMIT_MSGQUEUE of who opens. */
static void limited(void)
{
	struct rlimit limit = { 1000, 1000 };
	pid_t pid = child();

	if (pid == 0) {
		MUST(setrlimit(RLIMIT_MSGQUEUE, &limit));
		see("-- limited");
		SEE(with(1, 16));
		SEE(with(10, 16));
		SEE(with(10, 8192));
		_exit(0);
	}
	reap(pid);
	SEE(with(10, 8192));
}

static void own_modes(void)
{
	umask(022);
	modes(0666);
	umask(0);
	modes(0666);
	modes(0400);
	modes(0200);
	modes(0);
	modes(07777);
}

/* Whoever has the queue waits in the kernel; another opens it by name. */
static void two_processes(void)
{
	struct mq_attr attr = { .mq_maxmsg = 4, .mq_msgsize = 16 };
	mqd_t q = MUST(mq_open("/scenario", O_CREAT | O_RDWR, 0600, &attr));
	char text[16] = "";
	unsigned int priority;
	pid_t pid = child();

	if (pid == 0) {
		q = MUST(mq_open("/scenario", O_WRONLY));
		MUST(mq_send(q, "hello", 6, 5));
		MUST(mq_unlink("/scenario"));
		_exit(0);
	}
	SEE(mq_receive(q, text, 16, &priority));
	see("%s %u", text, priority);
	reap(pid);
	SEE(open_raw("scenario", O_RDWR, 0, NULL));
	close(q);
}

int main(void)
{
	names();
	attributes();
	own_modes();
	links();
	unlinked();
	limited();
	two_processes();
	return done();
}
