/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The links of /proc/PID/ns: their form, when two are equal, what stat and
 * fstat say, and the requests that their files know.
 *
 * scenario: run-as=root bare=skip
 * (without namespaces, the machine's own would be changed)
 */
#include "scenario.h"

#include <linux/nsfs.h>
#include <sys/ioctl.h>

#define SEE(call) see("%s: %s", #call, res(call))

static const char *const kinds[] = { "pid", "ipc", "uts", "pid_for_children" };

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static struct gate ready, end;

static void link_of(const char *who, const char *kind, char *buf, size_t size)
{
	char path[64];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%s/ns/%s", who, kind);
	n = readlink(path, buf, size - 1);
	if (n < 0)
		n = snprintf(buf, size, "%s", res(-1));
	buf[n] = 0;
}

/* Its number, as the text of the link says; 0: not of this form. */
static unsigned long number_of(const char *link, const char *kind)
{
	char format[64];
	unsigned long ino = 0;
	int end_at = 0;

	snprintf(format, sizeof(format), "%.3s:[%%lu]%%n", kind);
	if (sscanf(link, format, &ino, &end_at) != 1 || !end_at || link[end_at])
		return 0;
	return ino;
}

static void form(const char *kind)
{
	char link[64], path[64], by_fd[64];
	struct stat st, fst, link_st;
	unsigned long ino;
	int fd;

	link_of("self", kind, link, sizeof(link));
	ino = number_of(link, kind);
	snprintf(path, sizeof(path), "/proc/self/ns/%s", kind);
	MUST(stat(path, &st));
	MUST(lstat(path, &link_st));
	fd = MUST(open(path, O_RDONLY | O_CLOEXEC));
	MUST(fstat(fd, &fst));
	see("%s: form %s, stat %s, fstat %s, device %s, lstat %s", kind,
	    ino ? "right" : link, st.st_ino == ino ? "same" : "other",
	    fst.st_ino == ino ? "same" : "other",
	    fst.st_dev == st.st_dev ? "same" : "other",
	    S_ISLNK(link_st.st_mode) ? "a link" : "no link");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	fst.st_size = MUST(readlink(path, by_fd, sizeof(by_fd) - 1));
	by_fd[fst.st_size] = 0;
	see("name of it: %s", strcmp(by_fd, link) == 0 ? "same" : by_fd);
	close(fd);
}

static void compare(const char *what, const char *one, const char *two)
{
	for (size_t i = 0; i < KINDS; i++) {
		char a[64], b[64];

		link_of(one, kinds[i], a, sizeof(a));
		link_of(two, kinds[i], b, sizeof(b));
		see("%s %s: %s", what, kinds[i],
		    number_of(b, kinds[i]) == 0 ? b :
		    strcmp(a, b) == 0		? "same" :
						  "other");
	}
}

static pid_t other(unsigned long flags)
{
	pid_t pid = (pid_t)MUST(sys_clone(flags | SIGCHLD, NULL, NULL));

	if (pid == 0) {
		let(&ready, 1);
		pass(&end);
		_exit(0);
	}
	pass(&ready);
	return pid;
}

static void with(unsigned long flags, const char *name)
{
	pid_t pid = other(flags);
	char who[16];

	snprintf(who, sizeof(who), "%d", pid);
	compare(name, "self", who);
	let(&end, 1);
	reap(pid);
	link_of(who, "uts", who, sizeof(who));
	see("reaped: %s", who);
}

static void *thread(void *tid)
{
	MUST(unshare(CLONE_NEWUTS));
	*(int *)tid = (int)syscall(SYS_gettid);
	let(&ready, 1);
	pass(&end);
	return NULL;
}

/* Each thread has its own. */
static void threads(void)
{
	char who[64];
	pthread_t id;
	int tid;

	MUST(pthread_create(&id, NULL, thread, &tid) ? -1 : 0);
	pass(&ready);
	snprintf(who, sizeof(who), "self/task/%d", tid);
	compare("thread's", "self", who);
	snprintf(who, sizeof(who), "%d", tid);
	compare("thread's as process", "self", who);
	let(&end, 1);
	pthread_join(id, NULL);
}

static void for_children(void)
{
	pid_t pid = child();

	if (pid == 0) {
		char a[64], b[64];

		MUST(unshare(CLONE_NEWPID));
		compare("before the first child", "1", "self");
		SEE(open("/proc/self/ns/pid_for_children", O_RDONLY));
		pid = child();
		if (pid == 0) {
			let(&ready, 1);
			pass(&end);
			_exit(0);
		}
		pass(&ready);
		compare("after", "1", "self");
		link_of("self", "pid_for_children", a, sizeof(a));
		snprintf(b, sizeof(b), "%d", pid);
		link_of(b, "pid", b, sizeof(b));
		see("first child's: %s", strcmp(a, b) == 0 ? "same" : "other");
		let(&end, 1);
		reap(pid);
		_exit(0);
	}
	reap(pid);
}

static unsigned long inode(int fd)
{
	struct stat st;

	return fd < 0 || fstat(fd, &st) < 0 ? 0 : st.st_ino;
}

static void requests(void)
{
	pid_t pid = other(CLONE_NEWPID | CLONE_NEWUTS);
	int own = MUST(open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC));
	int uts = MUST(open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC));
	int fd, up, plain = MUST(open("/", O_RDONLY | O_CLOEXEC));
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/pid", pid);
	fd = MUST(open(path, O_RDONLY | O_CLOEXEC));
	see("type of pid %#x, of uts %#x", ioctl(fd, NS_GET_NSTYPE),
	    ioctl(uts, NS_GET_NSTYPE));
	up = ioctl(fd, NS_GET_PARENT);
	see("parent: %s", up < 0 ? res(up) :
	    inode(up) == inode(own) ? "own" : "other");
	see("close on exec: %d", fcntl(up, F_GETFD));
	SEE(ioctl(own, NS_GET_PARENT));
	SEE(ioctl(uts, NS_GET_PARENT));
	SEE(ioctl(plain, NS_GET_NSTYPE));
	SEE(ioctl(plain, NS_GET_PARENT));
	SEE(ioctl(-1, NS_GET_PARENT));
	SEE(ioctl(uts, NS_GET_OWNER_UID, &up));
	see("number 1 in it is here %s",
	    ioctl(fd, _IOR(0xb7, 6, int), 1) == pid ? "its own" : "another");
	see("%s there is %d", "its number", ioctl(fd, _IOR(0xb7, 8, int), pid));
	SEE(ioctl(fd, _IOR(0xb7, 6, int), 2));
	SEE(ioctl(fd, _IOR(0xb7, 8, int), 1));
	SEE(ioctl(uts, _IOR(0xb7, 8, int), 1));
	let(&end, 1);
	reap(pid);
	SEE(ioctl(fd, _IOR(0xb7, 6, int), 1));
}

static void opening(void)
{
	SEE(open("/proc/self/ns/uts", O_RDONLY | O_DIRECTORY));
	SEE(open("/proc/self/ns/uts", O_RDONLY | O_NOFOLLOW));
	SEE(open("/proc/self/ns/uts", O_CREAT | O_EXCL | O_RDONLY, 0600));
	SEE(open("/proc/self/ns/nothing", O_RDONLY));
	SEE(open("/proc/self/ns/uts/", O_RDONLY));
	SEE(open("/proc/31999/ns/uts", O_RDONLY));
	SEE(access("/proc/self/ns/uts", R_OK));
}

int main(void)
{
	gate_init(&ready);
	gate_init(&end);
	for (size_t i = 0; i < KINDS; i++)
		form(kinds[i]);
	compare("own", "self", "self");
	with(0, "plain child's");
	with(CLONE_NEWUTS, "uts");
	with(CLONE_NEWIPC, "ipc");
	with(CLONE_NEWPID, "pid");
	with(CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC, "all");
	threads();
	for_children();
	requests();
	opening();
	return done();
}
