/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What opens a file or changes one by its path says the same when it is called
 * often as at the first time: with flags of all kinds, by names that have to do
 * with /proc and by those that only look so.
 */
#include "proc_common.h"

#define OFTEN 24

/* As open(2) takes them, and openat2(2) does not: not in libc's words. */
#define LARGEFILE 0100000
#define UNKNOWN	  0x20000000
#define UPPER	  (1L << 40)

static const char *kind(const struct stat *st)
{
	return S_ISDIR(st->st_mode) ? "folder" :
	       S_ISFIFO(st->st_mode) ? "pipe" :
	       S_ISREG(st->st_mode) ? "file" :
	       S_ISLNK(st->st_mode) ? "link" : "other";
}

/* What was opened, with what flags, or why not; closed again. */
static const char *opened(const char *name, long flags, int mode)
{
	long fd = syscall(SYS_openat, AT_FDCWD, name, flags, mode);
	const char *text;
	struct stat st;

	if (fd < 0)
		return res(-1);
	MUST(fstat((int)fd, &st));
	text = path("%s %o, flags %o%s", kind(&st),
		    S_ISREG(st.st_mode) ? st.st_mode & 07777 : 0,
		    fcntl((int)fd, F_GETFL),
		    fcntl((int)fd, F_GETFD) ? ", closes" : "");
	close((int)fd);
	return text;
}

static void open_often(const char *name, long flags, int mode)
{
	char first[300];

	snprintf(first, sizeof(first), "%s", opened(name, flags, mode));
	for (int i = 0; i < OFTEN; i++) {
		const char *again = opened(name, flags, mode);

		if (strcmp(first, again) != 0)
			die("%s, %lo: %s, %s", name, flags, first, again);
	}
	see("open %s, %lo, %o: %s", name, flags, mode, first);
}

static void flags(void)
{
	const long all[] = {
		O_RDONLY, O_WRONLY | O_TRUNC, O_RDWR | O_APPEND | O_SYNC, O_ACCMODE,
		O_NOFOLLOW, O_NOATIME, O_DIRECTORY, O_NOCTTY | O_CLOEXEC,
		LARGEFILE, UNKNOWN, UPPER, O_PATH, O_PATH | O_NOFOLLOW,
		O_PATH | O_CREAT | O_TRUNC, O_CREAT | O_DIRECTORY,
		O_CREAT | O_EXCL, O_RDWR | O_CREAT, O_NONBLOCK | O_ASYNC,
	};
	const char *const names[] = { "file", "link", "folder", "loop", "lost",
				      "file/x", "pipe" };

	for (size_t n = 0; n < sizeof(names) / sizeof(*names); n++)
		for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
			if (strcmp(names[n], "pipe") != 0 ||
			    (all[i] & (O_NONBLOCK | O_PATH)))
				open_often(names[n], all[i], 07777);
	unlink("nothing");
	open_often(".", O_TMPFILE | O_RDWR, 0642);
	open_often(".", O_TMPFILE | O_RDONLY, 0642);
	for (int mode = 0; mode < 010000; mode += 01111) {
		see("new %o: %s", mode, opened("new", O_CREAT | O_EXCL, mode));
		MUST(unlink("new"));
	}
	see("long mode: %s", opened("new", O_CREAT | O_EXCL, 0177644));
	MUST(unlink("new"));
}

static void names(pid_t pid)
{
	const char *const all[] = {
		"proc", "proc/file", "process", "aproc/file", "proc.d", "./proc",
		"folder/../proc/file", "/proc", "/proc/", "/proc/1/comm", "/process",
		"/dev/fd/100", "/dev/stdin", "/dev/fd", "/proc/self/fd/100",
		"/proc/self/fd/101", "to-fd", "to-child/cwd/file", "to-child/comm",
		"to-child/nothing", "to-nobody/comm", "/", "", "/etc/passwd",
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		open_often(all[i], O_RDONLY | O_NONBLOCK, 0);
		open_often(all[i], O_PATH, 0);
	}
	open_often(strdup(path("/proc/%d/cwd/file", pid)), O_WRONLY | O_TRUNC,
		   0);
	open_often(strdup(path("/proc/%d/fd/100", pid)), O_RDWR, 0);
	see("bad path %s", res(open(BAD_ADDR, O_RDONLY | O_CREAT, 0600)));
}

/* Whoever holds the other end does not see that it was opened twice. */
static void ends(void)
{
	int end = MUST(open("pipe", O_RDONLY | O_NONBLOCK)), other;
	char byte;

	MUST(dup2(end, 102));
	for (int i = 0; i < OFTEN; i++) {
		other = MUST(open("/proc/self/fd/102", O_WRONLY | O_NONBLOCK));
		MUST(write(other, "x", 1));
		close(other);
		MUST(read(end, &byte, 1));
	}
	see("end: %s", res(read(end, &byte, 1)));
	close(102);
	close(end);
	open_often("pipe", O_WRONLY | O_NONBLOCK, 0);
}

#define CHANGES 7

static long change(int which, const char *name, int turn)
{
	const struct timespec when[2] = { { 1000 + turn, 0 }, { 2000, 5 } };
	uid_t own = getuid();

	switch (which) {
	case 0:
		return chmod(name, turn % 2 ? 0600 : 0640);
	case 1:
		return syscall(SYS_fchmodat, AT_FDCWD, name, 0604);
	case 2:
		return chown(name, own, -1);
	case 3:
		return lchown(name, own, -1);
	case 4:
		return fchownat(AT_FDCWD, name, own, -1, AT_SYMLINK_NOFOLLOW);
	case 5:
		return utimensat(AT_FDCWD, name, when, AT_SYMLINK_NOFOLLOW);
	default:
		return utimensat(AT_FDCWD, name, when, 0);
	}
}

static void change_often(const char *name)
{
	struct stat st = { 0 };

	see("change %s", name);
	for (int which = 0; which < CHANGES; which++) {
		const char *first = res(change(which, name, 0));

		for (int i = 1; i <= OFTEN; i++)
			if (strcmp(first, res(change(which, name, i))) != 0)
				die("%s, %d: it changes", name, which);
		stat(name, &st);
		see("  %d: %s %o %ld", which, first, st.st_mode & 0777,
		    which < 5 || S_ISDIR(st.st_mode) ? 0 : (long)st.st_mtime);
	}
}

static void changes(pid_t pid)
{
	const struct timespec when[2] = { { 3000, 0 }, { 4000, 0 } };
	int fd = MUST(open("file", O_RDWR));
	struct stat st;

	change_often("file");
	change_often("link");
	change_often("lost");
	change_often("nothing");
	change_often("file/x");
	change_often("process");
	change_often("to-child/cwd/file");
	change_often(strdup(path("/proc/%d/cwd/file", pid)));
	/* What root may change in /proc is not this scenario's. */
	if (getuid() != 0) {
		change_often("/proc/self/stat");
		change_often("to-child/comm");
		change_often("to-nobody");
	}
	for (int i = 0; i < OFTEN; i++)
		MUST(futimens(fd, when));
	MUST(fstat(fd, &st));
	see("by descriptor: %ld", (long)st.st_mtime);
	see("bad: %s %s %s %s", res(chmod(BAD_ADDR, 0600)),
	    res(utimensat(AT_FDCWD, BAD_ADDR, when, 0)),
	    res(syscall(SYS_utimensat, AT_FDCWD, "file", BAD_ADDR, 0)),
	    res(syscall(SYS_utimensat, -1, NULL, when, 0)));
	see("empty: %s %s",
	    res(utimensat(fd, "", when, AT_EMPTY_PATH)),
	    res(fchownat(fd, "", getuid(), -1, AT_EMPTY_PATH)));
	close(fd);
}

static void enter_often(const char *name, const char *back)
{
	const char *first = res(chdir(name));

	see("chdir %s: %s %s", name, first, opened("comm", O_RDONLY, 0));
	for (int i = 0; i < OFTEN; i++) {
		MUST(chdir(back));
		if (strcmp(first, res(chdir(name))) != 0)
			die("%s: it changes", name);
	}
	see("  again: %s", opened("comm", O_RDONLY, 0));
	MUST(chdir(back));
}

static void make(const char *name)
{
	close(MUST(open(name, O_RDWR | O_CREAT, 0644)));
}

static void folders(pid_t pid)
{
	char back[PATH_MAX];

	MUST(getcwd(back, sizeof(back)) ? 0 : -1);
	enter_often("folder", back);
	enter_often("file", back);
	enter_often("nothing", back);
	enter_often("proc", back);
	enter_often("to-child", back);
	enter_often("to-nobody", back);
	enter_often("/proc/self", back);
	enter_often(strdup(path("/proc/%d", pid)), back);
	open_often("file", O_RDONLY, 0);
	open_often("proc/file", O_RDONLY, 0);
}

int main(void)
{
	pid_t pid;

	umask(027);
	MUST(mkdir("folder", 0755));
	MUST(mkdir("proc", 0755));
	MUST(mkdir("aproc", 0755));
	make("file");
	make("proc/file");
	make("aproc/file");
	make("process");
	make("proc.d");
	MUST(mkfifo("pipe", 0600));
	MUST(symlink("file", "link"));
	MUST(symlink("loop", "loop"));
	MUST(symlink("nothing", "lost"));
	MUST(symlink("/proc/self/fd/100", "to-fd"));
	MUST(symlink("/proc/31999", "to-nobody"));
	MUST(dup2(MUST(open("file", O_RDWR)), 100));
	pid = idle_child();
	MUST(symlink(path("/proc/%d", pid), "to-child"));
	flags();
	names(pid);
	ends();
	changes(pid);
	folders(pid);
	end_child(pid);
	return done();
}
