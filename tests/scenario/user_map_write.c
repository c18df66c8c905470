/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uid_map, gid_map, setgroups and projid_map of a new user namespace: what can
 * be written, by whom, and how it is read.
 *
 * scenario: user=all needs=root,userns run-as=root bare=skip
 * (without a user namespace around it, the machine's own ids would be shown)
 */
#include "user_common.h"

#define LINES_MAX 341

static char path[64];

static const char *path_of(pid_t pid, const char *name)
{
	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	return path;
}

static void write_fd(const char *what, int fd, const char *text, size_t len)
{
	see("%s: %s", what, res(write(fd, text, len)));
}

/* One write to a file that is opened for it. */
static void put(pid_t pid, const char *name, const char *text)
{
	int fd = open(path_of(pid, name), O_WRONLY | O_CLOEXEC);
	char what[128];

	snprintf(what, sizeof(what), "%s < '%.60s'", name, text);
	for (char *c = what; *c; c++)
		if (*c == '\n')
			*c = '/';
	if (fd < 0) {
		see("%s: open %s", what, res(fd));
		return;
	}
	write_fd(what, fd, text, strlen(text));
	close(fd);
}

static void get(const char *who, pid_t pid, const char *name)
{
	int fd = MUST(open(path_of(pid, name), O_RDONLY));
	char text[16384], *line, *next;
	ssize_t n = 0, r;

	while ((r = MUST(read(fd, text + n, sizeof(text) - 1 - (size_t)n))) > 0)
		n += r;
	text[n] = 0;
	see("%s, %s: %zd bytes", who, name, n);
	for (line = text, n = 0; (next = strchr(line, '\n')); line = next + 1) {
		*next = 0;
		if (n++ < 4)
			see("  %s", line);
	}
	close(fd);
}

static void get_all(const char *who, pid_t pid)
{
	get(who, pid, "uid_map");
	get(who, pid, "gid_map");
	get(who, pid, "setgroups");
}

/* A child in a namespace of its own, which waits; then runs @then. */
static struct gate ready, go;

static pid_t in_new(void (*then)(void))
{
	pid_t pid;

	gate_init(&ready);
	gate_init(&go);
	pid = child();
	if (pid == 0) {
		MUST(unshare(CLONE_NEWUSER));
		let(&ready, 1);
		pass(&go);
		if (then)
			then();
		_exit(0);
	}
	pass(&ready);
	return pid;
}

static void end(pid_t pid)
{
	let(&go, 1);
	see("%s", wait_text(reap(pid)));
}

/* ---- by the parent, who has every right ---- */

static const char *const wrong[] = {
	"",
	" ",
	"0",
	"0 0",
	"0 0 0",
	"x 0 1",
	"0 x 1",
	"0 0 x",
	"0 0 1x",
	"0 0 1 1",
	"-1 0 1",
	"4294967295 0 1",
	"0 4294967295 1",
	"4294967294 0 2",
	"0 4294967294 2",
	"0 0 4294967295",
	"0 0 10\n5 100 10",
	"0 0 10\n100 5 10",
	"0 0 1\n\n1 1 1",
	"0 65535 2",
	"0 70000 1",
	"0 0 65537",
	"0,0,1",
};

static void show_creds(void)
{
	see_creds("mapped");
	see("setgroups: %s", res(setgroups(0, NULL)));
	see("setuid(5): %s, setuid(6): %s", res(raw_setuid(5)),
	    res(raw_setuid(6)));
	see_creds("at last");
}

static void by_parent(void)
{
	pid_t pid = in_new(show_creds);

	get_all("before", pid);
	get("before", pid, "projid_map");
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		put(pid, "uid_map", wrong[i]);
	put(pid, "uid_map", "\t0  1000 \t 5\n 5 2000 1 \r\n");
	put(pid, "uid_map", "0 1000 6");
	put(pid, "uid_map", "x");
	put(pid, "gid_map", "0 0 1\n1 1 9");
	put(pid, "setgroups", "deny");
	put(pid, "projid_map", "0 0 1");
	get_all("after", pid);
	end(pid);
}

/* The file's position, and another file of the same map. */
static void positions(void)
{
	pid_t pid = in_new(NULL);
	int one = MUST(open(path_of(pid, "uid_map"), O_WRONLY));
	int two = MUST(open(path_of(pid, "uid_map"), O_WRONLY));
	int copy = MUST(dup(one));
	char page[5000];

	memset(page, ' ', sizeof(page));
	memcpy(page, "0 0 1", 5);
	write_fd("too long", one, page, sizeof(page));
	write_fd("a page", one, page, 4096);
	write_fd("nothing", one, page, 0);
	see("unmapped: %s", res(syscall(SYS_write, one, BAD_ADDR, 10)));
	write_fd("wrong", one, "0 0", 3);
	write_fd("right", copy, "0 0 1", 5);
	write_fd("again", one, "0 0 1", 5);
	write_fd("by another", two, "0 0 1", 5);
	close(one);
	close(two);
	close(copy);
	end(pid);
}

static void many_lines(int lines)
{
	pid_t pid = in_new(NULL);
	static char text[4096];
	size_t n = 0;
	int fd = MUST(open(path_of(pid, "gid_map"), O_WRONLY));

	for (int i = 0; i < lines; i++)
		n += (size_t)sprintf(text + n, "%d %d 1\n", i, i);
	see("%d lines: %s", lines,
	    write(fd, text, n) == (ssize_t)n ? "all" : strerrorname_np(errno));
	close(fd);
	get("many", pid, "gid_map");
	end(pid);
}

/* ---- setgroups ---- */

static void groups_file(void)
{
	static const char *const texts[] = { "",	"den",	  "denyx",
					     "allowed", "deny x", "DENY",
					     "allow  ", "allow\n" };
	pid_t pid = in_new(NULL);

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		put(pid, "setgroups", texts[i]);
	put(pid, "setgroups", "deny\n");
	put(pid, "setgroups", "deny");
	put(pid, "setgroups", "allow");
	get_all("denied", pid);
	put(pid, "gid_map", "0 0 1");
	put(pid, "setgroups", "deny");
	get("denied", pid, "gid_map");
	end(pid);
}

/* ---- from within ---- */

static void by_itself(void)
{
	put(getpid(), "uid_map", "0 0 2");
	put(getpid(), "uid_map", "0 1 1");
	put(getpid(), "uid_map", "7 0 1");
	put(getpid(), "gid_map", "7 0 1");
	put(getpid(), "setgroups", "deny");
	put(getpid(), "gid_map", "7 1 1");
	put(getpid(), "gid_map", "7 0 1");
	get_all("itself", getpid());
	get("parent's seen from it", getppid(), "setgroups");
	see_creds("itself");
	put(getppid(), "uid_map", "0 0 1");
}

static void within(void)
{
	pid_t pid = in_new(by_itself);

	let(&go, 1);
	see("%s", wait_text(reap(pid)));
}

/* As a user without rights above. */
static void by_user(void)
{
	pid_t pid;

	MUST(setresgid(1000, 1000, 1000));
	MUST(setresuid(1000, 1000, 1000));
	MUST(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0));
	pid = in_new(NULL);
	put(pid, "uid_map", "0 0 1");
	put(pid, "uid_map", "0 1000 2");
	put(pid, "gid_map", "0 1000 1");
	put(pid, "uid_map", "0 1000 1");
	put(pid, "setgroups", "deny");
	put(pid, "gid_map", "0 1000 1");
	get_all("user's", pid);
	end(pid);
}

/* Root writes the map of a user's. */
static void of_a_user(void)
{
	pid_t pid;

	gate_init(&ready);
	gate_init(&go);
	pid = child();
	if (pid == 0) {
		MUST(setresgid(1000, 1000, 1000));
		MUST(setresuid(1000, 1000, 1000));
		MUST(unshare(CLONE_NEWUSER));
		MUST(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0));
		let(&ready, 1);
		pass(&go);
		see_creds("a user's");
		_exit(0);
	}
	pass(&ready);
	put(pid, "uid_map", "0 1000 1\n1 0 1");
	put(pid, "gid_map", "0 1000 1");
	put(pid, "setgroups", "deny");
	end(pid);
}

/* A map below one that is not whole. */
static void below(void)
{
	pid_t pid = in_new(NULL);

	put(getpid(), "uid_map", "0 0 1");
	put(pid, "uid_map", "10 5 2");
	put(pid, "uid_map", "10 15 6");
	put(pid, "uid_map", "10 29 2");
	put(pid, "uid_map", "10 20 10\n0 12 2");
	get_all("two below, by its parent", pid);
	end(pid);
}

static void two_below(void)
{
	struct gate done_below;
	pid_t pid;

	gate_init(&done_below);
	pid = in_new(below);
	put(pid, "uid_map", "0 0 1\n10 100 10\n20 200 10");
	put(pid, "gid_map", "0 0 1");
	let(&go, 1);
	see("%s", wait_text(reap(pid)));
}

static void run(const char *name, void (*part)(void))
{
	pid_t pid;

	see("-- %s", name);
	pid = child();
	if (pid == 0) {
		part();
		_exit(0);
	}
	see("%s: %s", name, wait_text(reap(pid)));
}

static void lines_most(void)
{
	many_lines(LINES_MAX - 1);
}

static void lines_too_many(void)
{
	many_lines(LINES_MAX);
}

int main(void)
{
	run("by the parent", by_parent);
	run("positions", positions);
	run("lines", lines_most);
	run("too many lines", lines_too_many);
	run("setgroups", groups_file);
	run("within", within);
	run("a user", by_user);
	run("of a user", of_a_user);
	run("two below", two_below);
	return done();
}
