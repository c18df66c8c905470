/* SPDX-License-Identifier: Apache-2.0 */
/* /proc/self and thread-self by every route, and links on disk to /proc. */
#include "proc_common.h"

static void *in_thread(void *unused)
{
	see("thread %d: self %s, thread-self %s", gettid(),
	    link_text("/proc/self"), link_text("/proc/thread-self"));
	see("  stat of thread-self: %s",
	    stat_ids(slurp("/proc/thread-self/stat")));
	see("  stat of self: %s", number_in(slurp("/proc/self/stat")));
	return unused;
}

static void routes(void)
{
	static const char *const names[] = {
		"/proc/self/stat",
		"//proc//self//stat",
		"/proc/../proc/./self/stat",
		"/../proc/self/../self/stat",
		"/proc/self/task/../stat",
		"/proc/thread-self/../../stat",
		"/proc/1/stat",
		"/proc/self/cwd/../../../../../../../proc/self/stat",
		"/proc/self/root/proc/self/stat",
		"/proc/1/root/proc/1/root/proc/self/stat",
		"/proc/self/stat/",
		"/proc/self/stat/x",
		"/proc/self/stat/..",
		"/proc/self/nothing",
		"/proc/nothing",
		"/proc/nothing/../self/stat",
		"/proc/31999/../self/stat",
		"/proc/31999/stat",
		"/dev/../proc/self/stat",
		"/./proc/./self/./stat",
		"/proc/self/fd/../stat",
		"/proc/self/ns/../stat",
		"/proc/self/net/../stat",
		"/proc/net/../stat",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		see("%s: %s", names[i], number_in(slurp(names[i])));
	}
	chdir("/proc");
	see("from /proc: %s %s %s", number_in(slurp("self/stat")),
	    link_text("self"), link_text("./self"));
	see("  ../proc: %s", number_in(slurp("../proc/self/stat")));
	chdir("/");
	see("from /: %s %s", number_in(slurp("proc/self/stat")),
	    link_text("proc/self"));
	chdir("/usr");
	see("from /usr: %s", number_in(slurp("../proc/self/stat")));
}

static void by_folder(void)
{
	static const int flags[] = { O_RDONLY, O_PATH };

	for (int i = 0; i < 2; i++) {
		int fd = MUST(open("/proc", flags[i] | O_DIRECTORY));
		int self = MUST(open("/proc/self", flags[i] | O_DIRECTORY));
		int task = MUST(openat(self, "task", flags[i]));
		char text[64];
		ssize_t n;

		see("by fd: %s", number_in(slurp_at(fd, "self/stat")));
		see("  self: %s", number_in(slurp_at(self, "stat")));
		see("  ../1: %s", number_in(slurp_at(self, "../1/stat")));
		see("  task: %s",
		    number_in(slurp_at(task, path("%d/stat", getpid()))));
		n = readlinkat(fd, "self", text, 64);
		see("  readlinkat: %s '%.*s'", res(n), n > 0 ? (int)n : 0,
		    text);
		see("  names: %s %s", link_text(path("/proc/self/fd/%d", fd)),
		    link_text(path("/proc/self/fd/%d", self)));
		see("  task: %s", link_text(path("/proc/self/fd/%d", task)));
		see("  fd to fd: %s",
		    number_in(slurp(path("/proc/self/fd/%d/self/stat", fd))));
		see("  /dev/fd: %s",
		    number_in(slurp(path("/dev/fd/%d/stat", self))));
		close(fd);
		close(self);
		close(task);
	}
}

static void links_on_disk(void)
{
	MUST(symlink("/proc/self/stat", "to_stat"));
	MUST(symlink("/proc", "to_proc"));
	MUST(symlink("to_proc/self", "to_self"));
	MUST(symlink("../../../../../../../../proc/self", "relative"));
	MUST(symlink("/proc/1", "to_one"));
	see("to_stat: %s", number_in(slurp("to_stat")));
	see("to_proc: %s", number_in(slurp("to_proc/self/stat")));
	see("to_self: %s", number_in(slurp("to_self/stat")));
	see("relative: %s", number_in(slurp("relative/stat")));
	see("to_one: %s", number_in(slurp("to_one/stat")));
	see("readlink: %s %s", link_text("to_stat"), link_text("to_proc/self"));
	see("listing:%s", numbers("to_proc"));
	see("to_self/task:%s", numbers("to_self/task"));
	SEE(open("to_stat", O_RDONLY | O_NOFOLLOW));
	SEE(open("to_stat", O_RDONLY | O_CREAT | O_EXCL, 0600));
	SEE(access("to_self/status", R_OK));
	SEE(access("to_one/nothing", F_OK));
	MUST(chdir("to_proc"));
	see("chdir by it: %s", number_in(slurp("self/stat")));
}

static void special(void)
{
	struct stat a, b;
	int fd[2];

	see("exe is me: %d",
	    strcmp(link_text("/proc/self/exe"), path("'%s'", self_path)) == 0);
	see("/dev/fd %s, /dev/stdin %s", link_text("/dev/fd"),
	    link_text("/dev/stdin"));
	MUST(pipe(fd));
	MUST(write(fd[1], "abc", 3));
	MUST(dup2(fd[0], 0));
	see("/dev/stdin and 0 are one: %d %d",
	    stat("/dev/stdin", &a) == 0 && fstat(0, &b) == 0,
	    a.st_ino == b.st_ino);
	close(fd[1]);
	see("through /dev/stdin: %s", slurp("/dev/stdin"));
	MUST(write(MUST(open(path("/dev/fd/%d", MUST(memfd_create("m", 0))),
			     O_RDWR)), "x", 1));
	close(fd[0]);
}

static void slashes_and_nofollow(void)
{
	static const char *const names[] = { "/proc/self", "/proc/self/",
					     "/proc/self/.", "/proc/self/exe",
					     "/proc/self/cwd",
					     "/proc/self/cwd/",
					     "/proc/self/stat",
					     "/proc/self/fd/0" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		int fd = open(names[i], O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
		struct stat st;

		see("nofollow %s: %s", names[i], fd == -1 ? res(-1) : "open");
		if (fd != -1) {
			close(fd);
		}
		fd = open(names[i], O_PATH | O_NOFOLLOW);
		see("  path: %s", fd == -1 ? res(-1) : "open");
		if (fd != -1) {
			see("  type %o", fstat(fd, &st) ? 0 :
						st.st_mode & S_IFMT);
			close(fd);
		}
		fd = open(names[i], O_RDONLY | O_DIRECTORY | O_NONBLOCK);
		see("  directory: %s", fd == -1 ? res(-1) : "open");
		if (fd != -1) {
			close(fd);
		}
		see("  lstat: %s", lstat(names[i], &st) ?
			res(-1) : path("%o", st.st_mode & S_IFMT));
	}
}

static void see_openat2(int dirfd, const char *name, uint64_t flags,
			uint64_t resolve)
{
	struct open_how how = { .flags = flags, .resolve = resolve };
	int fd = syscall(SYS_openat2, dirfd, name, &how, sizeof(how));

	see("openat2 %s %s resolve %#lx: %s",
	    dirfd == AT_FDCWD ? "cwd" : "fd", name, (unsigned long)resolve,
	    fd == -1 ? res(-1) :
	    flags & O_DIRECTORY ? "open" : number_in(slurp_fd(fd)));
	if (fd != -1) {
		close(fd);
	}
}

static void by_openat2(void)
{
	int proc = MUST(open("/proc", O_PATH));
	int self = MUST(open("/proc/self", O_PATH));
	int root = MUST(open("/", O_PATH));
	static const uint64_t all[] = {
		0, RESOLVE_NO_XDEV, RESOLVE_NO_MAGICLINKS, RESOLVE_NO_SYMLINKS,
		RESOLVE_BENEATH, RESOLVE_IN_ROOT, 0x4000
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		see_openat2(AT_FDCWD, "/proc/1/stat", O_RDONLY, all[i]);
		see_openat2(AT_FDCWD, "/proc/self/stat", O_RDONLY, all[i]);
		see_openat2(root, "proc/1/stat", O_RDONLY, all[i]);
		see_openat2(proc, "1/stat", O_RDONLY, all[i]);
		see_openat2(proc, "self/stat", O_RDONLY, all[i]);
		see_openat2(proc, "/proc/1/stat", O_RDONLY, all[i]);
		see_openat2(proc, "/1/stat", O_RDONLY, all[i]);
		see_openat2(proc, "1/../1/stat", O_RDONLY, all[i]);
		see_openat2(self, "../1/stat", O_RDONLY, all[i]);
		see_openat2(self, "cwd", O_DIRECTORY, all[i]);
		see_openat2(self, "cwd/.", O_DIRECTORY, all[i]);
		see_openat2(self, "task", O_DIRECTORY, all[i]);
		see_openat2(AT_FDCWD, "/proc/self/root/proc/1/stat", O_RDONLY,
			    all[i]);
	}
	SEE(syscall(SYS_openat2, AT_FDCWD, "/proc/self/stat", BAD_ADDR, 24));
	SEE(syscall(SYS_openat2, AT_FDCWD, "/proc/self/stat",
		    &(struct open_how){ 0 }, 23));
	SEE(syscall(SYS_openat2, AT_FDCWD, "/proc/self/stat",
		    &(struct open_how){ .flags = 1ULL << 40 }, 24));
	SEE(syscall(SYS_openat2, AT_FDCWD, "/proc/self/stat",
		    &(struct open_how){ .mode = 0600 }, 24));
	close(proc);
	close(self);
	close(root);
}

int main(void)
{
	const char *cwd = strdup(getcwd((char[PATH_MAX]){ 0 }, PATH_MAX));
	pthread_t id;
	pid_t pid;

	see("self %s, thread-self %s", link_text("/proc/self"),
	    link_text("/proc/thread-self"));
	pid = child();
	if (pid == 0) {
		see("child %d: self %s, thread-self %s", getpid(),
		    link_text("/proc/self"), link_text("/proc/thread-self"));
		see("  %s", number_in(slurp("/proc/self/stat")));
		_exit(0);
	}
	reap(pid);
	pthread_create(&id, NULL, in_thread, NULL);
	pthread_join(id, NULL);
	routes();
	by_folder();
	MUST(chdir(cwd));
	links_on_disk();
	slashes_and_nofollow();
	by_openat2();
	special();
	return done();
}
