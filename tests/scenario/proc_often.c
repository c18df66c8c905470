/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Paths that are asked often, in /proc and elsewhere, are resolved as the
 * first time: after OFTEN calls for plain ones, and again from a folder of
 * /proc.
 */
#include "proc_common.h"

#include <dirent.h>
#include <limits.h>

#define OFTEN 40

static void plain(void)
{
	struct stat st;
	struct statx stx;
	char text[64];

	for (int i = 0; i < OFTEN; i++) {
		int fd = MUST(open("/etc/passwd", O_RDONLY));

		close(fd);
		close(MUST(syscall(SYS_open, "/etc/passwd", O_RDONLY)));
		MUST(stat("/etc/passwd", &st));
		MUST(lstat("/etc", &st));
		MUST(syscall(SYS_stat, "/etc/passwd", &st));
		MUST(statx(AT_FDCWD, "/etc", 0, STATX_ALL, &stx));
		MUST(access("/etc/passwd", R_OK));
		MUST(faccessat(AT_FDCWD, "/etc/passwd", R_OK, AT_EACCESS));
		if (readlink("/etc/passwd", text, sizeof(text)) != -1)
			die("a link");
		if (access("/nothing", F_OK) == 0 ||
		    open("/nothing", O_RDONLY) != -1)
			die("it is there");
	}
}

static void list(const char *what, const char *name)
{
	int entries = 0, ones = 0;
	DIR *dir = opendir(name);
	struct dirent *d;

	while (dir && (d = readdir(dir))) {
		entries++;
		ones += strcmp(d->d_name, "1") == 0;
	}
	see("%s: some %d, itself %d", what, entries > 0, ones);
	if (dir)
		closedir(dir);
}

static const char *kind(int r, const struct stat *st)
{
	if (r < 0)
		return res(r);
	return S_ISDIR(st->st_mode) ? "folder" :
	       S_ISREG(st->st_mode) ? "file" :
	       S_ISLNK(st->st_mode) ? "link" : "other";
}

static void look(const char *name)
{
	struct stat st, other;
	char text[64] = "";
	int fd = open(name, O_RDONLY | O_NONBLOCK);
	int r = stat(name, &st);

	see("%s: open %s, stat %s, lstat %s, access %s, link %s", name,
	    fd < 0 ? res(fd) : "yes", kind(r, &st),
	    kind(lstat(name, &other), &other), res(access(name, F_OK)),
	    res(readlink(name, text, sizeof(text)) >= 0 ? 0 : -1));
	if (fd >= 0 && r == 0)
		see("the same %d", fstat(fd, &other) == 0 &&
		    other.st_mode == st.st_mode);
	if (fd >= 0)
		close(fd);
}

static void all(void)
{
	static const char *const names[] = {
		"/proc", "/proc/1/stat", "/proc/self/status", "/proc/31999",
		"/proc/2", "/proc/self/fd/0", "/", "/etc", "/dev/fd/0",
		"/dev/null", "to-proc/1/stat", "to-self/status", "to-number",
		"to-number/stat", "to-nobody", "to-nobody/stat", "to-root",
		"to-child", "to-child/stat", "to-child/nothing", "", ".",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		look(names[i]);
}

static void relative(void)
{
	int folder = MUST(open("/proc", O_RDONLY | O_DIRECTORY));
	struct stat st;

	see("in a folder: %s %s %s",
	    kind(fstatat(folder, "1/stat", &st, 0), &st),
	    kind(fstatat(folder, "31999", &st, 0), &st),
	    kind(fstatat(folder, "self/cwd", &st, 0), &st));
	see("open %d", openat(folder, "1/status", O_RDONLY) >= 0);
	MUST(chdir("/proc"));
	look("1/stat");
	look("self");
	look("31999");
	plain();
	look("1");
	list("here", ".");
	list("root", "/etc");
}

static void bad(void)
{
	struct stat st;
	char text[8];
	char *end = (char *)guard_alloc(4) + 4;
	char *volatile nowhere = BAD_ADDR;

	memcpy(end - 4, "/etc", 4);
	see("bad path: %s %s %s %s %s", res(open(BAD_ADDR, O_RDONLY)),
	    res(stat(BAD_ADDR, &st)), res(access(BAD_ADDR, F_OK)),
	    res(readlink(BAD_ADDR, text, 8)), res(lstat(nowhere, &st)));
	see("no end: %s %s", res(open(end - 4, O_RDONLY)),
	    res(stat(end - 4, &st)));
	see("bad buffer: %s %s", res(stat("/etc", BAD_ADDR)),
	    res(readlink("/proc/self", nowhere, 8)));
	see("flags: %s %s",
	    res(open("/etc", O_PATH) >= 0 ? 0 : -1),
	    res(openat(AT_FDCWD, "/proc/self/stat", O_PATH) >= 0 ? 0 : -1));
}

/* The kernel fails before it has read the path, or not to its end. */
static void unread(void)
{
	char *far = guard_alloc(PATH_MAX);
	char text[8];
	struct statx stx;
	struct stat st;

	memset(far, 'x', PATH_MAX);
	see("too long: %s %s %s %s", res(stat(far, &st)), res(lstat(far, &st)),
	    res(access(far, F_OK)), res(readlink(far, text, sizeof(text))));
	see("bad flags: %s", res(statx(AT_FDCWD, BAD_ADDR, AT_STATX_SYNC_TYPE,
				       STATX_ALL, &stx)));
	see("no folder: %s", res(fstatat(-2, "proc", &st, 0)));
}

/* The result takes the place of the path. */
static void over_itself(const char *name)
{
	union {
		struct stat st;
		char text[sizeof(struct stat)];
	} u = { 0 };
	const char *volatile text = u.text;
	struct stat st;

	strcpy(u.text, name);
	MUST(stat(name, &st));
	MUST(stat(text, &u.st));
	see("%s, over itself: %s %d", name, kind(0, &u.st),
	    u.st.st_ino == st.st_ino && u.st.st_uid == st.st_uid);
}

static void on_alarm(int sig)
{
	(void)sig;
}

/* A pipe that nobody opens: interrupted, or not, as its handler says. */
static void fifo(void)
{
	struct sigaction act = { .sa_handler = on_alarm };
	/* Again and again: the first may come before the open has begun. */
	struct itimerval often = { { 0, 20000 }, { 0, 20000 } };
	struct itimerval never = { { 0, 0 }, { 0, 0 } };

	MUST(mkfifo("pipe", 0600));
	MUST(sigaction(SIGALRM, &act, NULL));
	MUST(setitimer(ITIMER_REAL, &often, NULL));
	see("fifo: %s", res(open("pipe", O_RDONLY)));
	MUST(setitimer(ITIMER_REAL, &never, NULL));
}

int main(void)
{
	char folder[] = "/tmp/nsrun-often-XXXXXX";
	const char *const made[] = { "to-proc", "to-self", "to-number",
				     "to-nobody", "to-root", "to-child",
				     "pipe" };
	pid_t pid;

	if (!mkdtemp(folder))
		die("mkdtemp");
	MUST(chdir(folder));
	MUST(symlink("/proc", "to-proc"));
	MUST(symlink("/proc/self", "to-self"));
	MUST(symlink("/proc/1", "to-number"));
	MUST(symlink("/proc/31999", "to-nobody"));
	MUST(symlink("/", "to-root"));
	pid = idle_child();
	MUST(symlink(path("/proc/%d", pid), "to-child"));
	plain();
	all();
	bad();
	unread();
	over_itself("/etc");
	over_itself("/proc/self/status");
	over_itself("to-number/stat");
	fifo();
	list("proc", "/proc");
	see("self %s", link_text("/proc/self"));
	plain();
	all();
	relative();
	end_child(pid);
	MUST(chdir(folder));
	for (size_t i = 0; i < sizeof(made) / sizeof(*made); i++)
		MUST(unlink(made[i]));
	MUST(rmdir(folder));
	return done();
}
