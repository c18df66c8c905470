/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who one is, and who owns a file, is told as truly when it is asked often as
 * at the first time, and when it has changed in between.
 *
 * scenario: flags=-r,--map-auto run-as=root needs=root bare=same
 * (root owns files alike with and without namespaces)
 */
#include "user_files.h"

#include <grp.h>
#include <limits.h>

#define OFTEN 40
#define WATCHED 20000

/* All that the calls say of a file, each made often. Some of it is not on the stack. */
static void see_often(const char *name, int fd)
{
	static struct stat again, by_fd;
	static struct statx stx;
	struct stat st;

	MUST(lstat(name, &st));
	for (int i = 0; i < OFTEN; i++) {
		MUST(lstat(name, &again));
		MUST(fstat(fd, &by_fd));
		MUST(statx(AT_FDCWD, name, AT_SYMLINK_NOFOLLOW,
			   STATX_BASIC_STATS, &stx));
		if (memcmp(&again, &st, sizeof(st)) != 0 ||
		    memcmp(&by_fd, &st, sizeof(st)) != 0 ||
		    stx.stx_uid != st.st_uid || stx.stx_gid != st.st_gid ||
		    stx.stx_mode != st.st_mode)
			die("%s: it changes", name);
	}
	see("%s: %06o %u:%u", name, st.st_mode, st.st_uid, st.st_gid);
}

/* Until it is older than a tick of the clock: then it may be remembered. */
static void grow_old(const char *name)
{
	struct timespec now;
	struct stat st;

	do {
		MUST(lstat(name, &st));
		clock_gettime(CLOCK_REALTIME, &now);
	} while ((now.tv_sec - st.st_ctim.tv_sec) * 1000 +
		 (now.tv_nsec - st.st_ctim.tv_nsec) / 1000000 < 150);
}

static void files(void)
{
	int fd, link;

	make("a", 0644, "");
	MUST(symlink("a", "l"));
	fd = MUST(open("a", O_RDONLY));
	link = MUST(open("l", O_PATH | O_NOFOLLOW));
	see_often("a", fd);
	grow_old("a");
	see_often("a", fd);
	see_often("l", link);
	SEE(chown("a", 33, 44));
	SEE(lchown("l", 55, 66));
	see_often("a", fd);
	see_often("l", link);
	grow_old("a");
	see_often("a", fd);
	SEE(chown("a", 0, 0));
	SEE(lchown("l", 0, 0));
	grow_old("a");
	see_often("a", fd);
	see_often("l", link);
	SEE(chmod("a", 04711));
	see_often("a", fd);
	grow_old("a");
	SEE(mknod("null", S_IFCHR | 0666, makedev(1, 3)));
	grow_old("null");
	for (int i = 0; i < OFTEN; i++) {
		int null = MUST(open("null", O_RDWR));

		if (write(null, "text", 4) != 4)
			die("it holds something");
		close(null);
	}
}

/* Paths that the kernel has not read to their end, or that its answer is over. */
static void odd_paths(void)
{
	const char *volatile nowhere = BAD_ADDR;
	char *far = guard_alloc(PATH_MAX);
	union {
		struct stat st;
		char text[sizeof(struct stat)];
	} u = { .text = "/proc/self/status" };
	const char *volatile text = u.text;
	struct statx stx;
	struct stat st;

	memset(far, 'x', PATH_MAX);
	see("too long: %s, bad: %s", res(stat(far, &st)),
	    res(stat(nowhere, &st)));
	see("bad flags: %s", res(statx(AT_FDCWD, nowhere, AT_STATX_SYNC_TYPE,
				       STATX_ALL, &stx)));
	MUST(stat("/proc/self/status", &st));
	MUST(stat(text, &u.st));
	see("over itself: %d", u.st.st_ino == st.st_ino &&
			       u.st.st_uid == st.st_uid);
}

static void see_ids(const char *what)
{
	unsigned int uid = getuid(), euid = geteuid();
	unsigned int gid = getgid(), egid = getegid();

	for (int i = 0; i < OFTEN; i++)
		if (getuid() != uid || geteuid() != euid || getgid() != gid ||
		    getegid() != egid || syscall(SYS_getuid) != uid)
			die("they change");
	see("%s: %u %u %u %u", what, uid, euid, gid, egid);
}

/* The three of each kind, and the other groups: as text. */
static const char *ids_text(void)
{
	static __thread char text[200];
	unsigned int uid[3], gid[3], groups[4] = { 0 };
	int n = MUST(getgroups(4, groups));

	MUST(getresuid(&uid[0], &uid[1], &uid[2]));
	MUST(getresgid(&gid[0], &gid[1], &gid[2]));
	snprintf(text, sizeof(text), "%u %u %u, %u %u %u, %d: %u %u", uid[0],
		 uid[1], uid[2], gid[0], gid[1], gid[2], n, groups[0],
		 groups[1]);
	return text;
}

static void see_all_ids(const char *what)
{
	char first[200];

	strcpy(first, ids_text());
	for (int i = 0; i < OFTEN; i++)
		if (strcmp(first, ids_text()) != 0)
			die("%s: %s, %s", what, first, ids_text());
	see("%s: %s", what, first);
}

/* What changes nothing, and what does; and where there is nothing. */
static void stay(void)
{
	unsigned int id, *volatile nowhere = BAD_ADDR, *volatile null = NULL;
	const unsigned int groups[] = { 31, 41 };

	for (int i = 0; i < OFTEN; i++) {
		MUST(setuid(0));
		MUST(setgid(0));
	}
	see_all_ids("the same");
	MUST(setresuid(0, 0, 5));
	MUST(setresgid(0, 6, 0));
	see_all_ids("others");
	MUST(setuid(0));
	MUST(setgid(0));
	see_all_ids("again");
	MUST(syscall(SYS_setfsuid, 7));
	MUST(setuid(0));
	see("fsuid %ld", syscall(SYS_setfsuid, -1));
	MUST(setgroups(2, groups));
	see_all_ids("groups");
	SEE(getgroups(1, &id));
	MUST(setgroups(0, NULL));
	see_all_ids("no groups");
	SEE(getgroups(0, null));
	SEE(syscall(SYS_getgroups, -1, &id));
	SEE(getgroups(4, nowhere));
	SEE(getresuid(null, &id, &id));
	SEE(getresuid(&id, nowhere, &id));
	SEE(getresgid(&id, &id, null));
	SEE(setuid(-1));
	SEE(setgid(-1));
}

static void *in_thread(void *arg)
{
	see_ids(arg);
	MUST(syscall(SYS_setresuid, 77, 78, 79));
	see_ids("thread, other ids");
	see_all_ids("thread");
	return NULL;
}

static void ids(void)
{
	pthread_t thread;
	int status;
	pid_t pid;

	see_ids("root");
	MUST(setresgid(5, 6, 7));
	MUST(setresuid(-1, 9, -1));
	see_ids("mixed");
	see_all_ids("mixed");
	SEE(setuid(0));
	see_all_ids("mixed, set");
	MUST(seteuid(9));
	pid = child();
	if (pid == 0) {
		see_ids("child");
		MUST(setresuid(-1, 0, -1));
		see_ids("child, root again");
		_exit(0);
	}
	MUST(waitpid(pid, &status, 0));
	see_ids("parent");
	MUST(seteuid(0));
	pthread_create(&thread, NULL, in_thread, (void *)"thread");
	pthread_join(thread, NULL);
	see_ids("after the thread");
	pid = vfork();
	if (pid == 0) {
		syscall(SYS_setresuid, 11, 12, 13);
		_exit(syscall(SYS_geteuid) != 12);
	}
	MUST(waitpid(pid, &status, 0));
	see_ids("after vfork");
	see("vfork: %d", status);
}

/* Who is not root is bound by the modes that are seen. */
static void modes(void)
{
	pid_t pid;
	int status;

	make("secret", 0600, "text");
	grow_old("secret");
	for (int i = 0; i < OFTEN; i++) {
		close(MUST(open("secret", O_RDONLY)));
		MUST(access("secret", R_OK));
	}
	SEE(access("secret", X_OK));
	pid = child_as(33, 33);
	if (pid == 0) {
		SEE(open("secret", O_RDONLY));
		SEE(access("secret", R_OK));
		SEE(access("secret", F_OK));
		SEE(open("none", O_RDONLY));
		_exit(0);
	}
	MUST(waitpid(pid, &status, 0));
	SEE(access("secret", R_OK));
}

/* Where it is to be written there is nothing, or not enough. */
static void pointers(void)
{
	char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct stat st;

	MUST(munmap(page + 4096, 4096));
	for (int i = 0; i < OFTEN; i++)
		MUST(stat("/", &st));
	SEE(stat("/", BAD_ADDR));
	SEE(stat("/", (struct stat *)(page + 4096 - 16)));
	SEE(stat("/", (struct stat *)(page + 4096 - sizeof(st))));
	SEE(stat(BAD_ADDR, &st));
	SEE(fstat(99, &st));
	SEE(statx(AT_FDCWD, "/", 0, STATX_ALL, BAD_ADDR));
	SEE(statx(AT_FDCWD, "/", 0x10000000, STATX_ALL, (void *)page));
}

static struct stat shared;
static _Atomic bool has_begun, is_over;

static void *watch(void *arg)
{
	const volatile struct stat *st = &shared;
	long others = 0;

	(void)arg;
	has_begun = true;
	while (!is_over)
		others += st->st_uid != 0 || st->st_gid != 0;
	return (void *)others;
}

/* Another thread that looks at a result while it is told anew sees the same. */
static void watched(void)
{
	pthread_t thread;
	void *others;

	MUST(stat("a", &shared));
	pthread_create(&thread, NULL, watch, NULL);
	while (!has_begun)
		sched_yield();
	for (int i = 0; i < WATCHED; i++)
		MUST(stat("a", &shared));
	is_over = true;
	pthread_join(thread, &others);
	see("another owner was seen: %ld", (long)others);
	see_often("a", MUST(open("a", O_RDONLY)));
}

int main(void)
{
	umask(0);
	files();
	odd_paths();
	pointers();
	stay();
	ids();
	MUST(setresgid(0, 0, 0));
	modes();
	watched();
	odd_paths();
	pointers();
	return done();
}
