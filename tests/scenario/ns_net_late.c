/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Net namespaces where there was none of one's own before: what is made by
 * unshare, clone and setns, by one thread of several too; sockets belong to
 * where they were made, wherever their task goes.
 *
 * scenario: run-as=root needs=root bare=skip
 * (a listener in the machine's own network, and setns back to there)
 */
#include <arpa/inet.h>
#include <linux/nsfs.h>
#include <net/if.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include "scenario.h"

#define SEE(call) see("%s: %s", #call, res(call))

static const int home = 100; /* programs keep it */

static int net_of(pid_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/net", pid);
	return MUST(open(path, O_RDONLY | O_CLOEXEC));
}

static bool is_home(pid_t pid)
{
	struct stat a, b;
	int fd = net_of(pid);

	MUST(fstat(fd, &a));
	MUST(fstat(home, &b));
	close(fd);
	return a.st_ino == b.st_ino;
}

static int lo_flags(void)
{
	struct ifreq lo = { .ifr_name = "lo" };
	int fd = MUST(socket(AF_INET, SOCK_DGRAM, 0));

	MUST(ioctl(fd, SIOCGIFFLAGS, &lo));
	close(fd);
	return lo.ifr_flags & (IFF_UP | IFF_LOOPBACK);
}

static void lo_up(void)
{
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd = MUST(socket(AF_INET, SOCK_DGRAM, 0));

	SEE(ioctl(fd, SIOCSIFFLAGS, &lo));
	close(fd);
}

static int lines_of(const char *path)
{
	FILE *file = fopen(path, "r");
	int c, n = 0;

	while (file && (c = fgetc(file)) != EOF)
		n += c == '\n';
	if (file)
		fclose(file);
	return n;
}

static int listener(struct sockaddr_in *addr)
{
	socklen_t len = sizeof(*addr);
	int fd = MUST(socket(AF_INET, SOCK_STREAM, 0));

	*addr = (struct sockaddr_in){ .sin_family = AF_INET,
				      .sin_addr = { htonl(INADDR_LOOPBACK) } };
	MUST(bind(fd, (void *)addr, len));
	MUST(listen(fd, 4));
	MUST(getsockname(fd, (void *)addr, &len));
	return fd;
}

static const char *connect_to(int fd, const struct sockaddr_in *addr)
{
	return res(connect(fd, (const void *)addr, sizeof(*addr)));
}

static int new_connect(const struct sockaddr_in *addr)
{
	int fd = MUST(socket(AF_INET, SOCK_STREAM, 0));

	see("new socket: %s", connect_to(fd, addr));
	return fd;
}

static void see_net(const char *where)
{
	struct stat st;
	int fd = net_of(getpid());

	MUST(fstat(fd, &st));
	see("%s: home %d, lo flags %x, /proc/net/dev %s", where,
	    is_home(getpid()), lo_flags(),
	    lines_of("/proc/net/dev") == 3 ? "lo alone" : "more");
	SEE(ioctl(fd, NS_GET_NSTYPE) == CLONE_NEWNET);
	close(fd);
}

/* ---- what is made before, and after ---- */

static void accept_one(int l)
{
	struct sockaddr_in from = { 0 };
	socklen_t len = sizeof(from);
	int fd = MUST(accept(l, (void *)&from, &len));

	see("accepted from %s, family %d", inet_ntoa(from.sin_addr),
	    from.sin_family);
	MUST(getsockname(fd, (void *)&from, &len));
	see("at %s, family %d", inet_ntoa(from.sin_addr), from.sin_family);
	close(fd);
}

/* Sockets of two nets in one task, and abstract names. */
static void two(void)
{
	struct sockaddr_un un = { AF_UNIX, "\0scenario late" };
	struct sockaddr_in out, in;
	int l_out = listener(&out), l_in, fd,
	    u = MUST(socket(AF_UNIX, SOCK_STREAM, 0));
	int before = MUST(socket(AF_INET, SOCK_STREAM, 0));

	SEE(unshare(CLONE_NEWNET));
	see_net("unshared");
	new_connect(&out);
	see("from before: %s", connect_to(before, &out));
	accept_one(l_out);
	lo_up();
	l_in = listener(&in);
	close(new_connect(&in));
	accept_one(l_in);
	SEE(bind(u, (void *)&un, sizeof(un)));
	fd = MUST(socket(AF_INET, SOCK_STREAM, 0));
	SEE(setns(home, CLONE_NEWNET));
	see("home %d", is_home(getpid()));
	see("one of inside: %s", connect_to(fd, &in));
	accept_one(l_in);
	see("at home: %s",
	    connect_to(MUST(socket(AF_INET, SOCK_STREAM, 0)), &in));
	close(new_connect(&out));
	accept_one(l_out);
	SEE(close(l_in));
}

/* ---- who comes into it ---- */

static void *thread(void *arg)
{
	SEE(unshare(CLONE_NEWNET));
	see("thread's socket: %s",
	    connect_to(MUST(socket(AF_INET, SOCK_STREAM, 0)), arg));
	see("thread at home: %d", is_home((pid_t)syscall(SYS_gettid)));
	/* A thread of it is where it is. */
	return NULL;
}

static void threads(void)
{
	struct sockaddr_in out;
	int l = listener(&out);
	pthread_t id;

	MUST(pthread_create(&id, NULL, thread, &out) ? -1 : 0);
	MUST(pthread_join(id, NULL) ? -1 : 0);
	see("process at home: %d", is_home(getpid()));
	close(new_connect(&out));
	accept_one(l);
}

static void enter_by_pidfd(pid_t pid)
{
	int fd = MUST(syscall(SYS_pidfd_open, pid, 0));

	SEE(setns(fd, CLONE_NEWUTS | CLONE_NEWNET));
	see_net("entered");
	SEE(setns(home, CLONE_NEWIPC));
	SEE(setns(home, 0));
}

static void entered(void)
{
	struct gate up, end;
	pid_t pid;

	gate_init(&up);
	gate_init(&end);
	pid = (pid_t)syscall(SYS_clone, CLONE_NEWNET | CLONE_NEWUTS | SIGCHLD,
			     0, 0, 0, 0);
	if (pid == 0) {
		lo_up();
		see_net("cloned");
		let(&up, 1);
		pass(&end);
		_exit(0);
	}
	pass(&up);
	see("child's links: home %d", is_home(pid));
	enter_by_pidfd(pid);
	let(&end, 1);
	reap(pid);
}

/* Children and programs stay there. */
static void inherited(void)
{
	pid_t pid;

	SEE(unshare(CLONE_NEWNET));
	pid = child();
	if (pid == 0) {
		see_net("child");
		exec_self("in it");
	}
	reap(pid);
}

/* What is seen of another's from outside. */
static void watched(void)
{
	struct gate up, end;
	char path[64];
	pid_t pid;

	gate_init(&up);
	gate_init(&end);
	pid = child();
	if (pid == 0) {
		MUST(unshare(CLONE_NEWNET));
		let(&up, 1);
		pass(&end);
		_exit(0);
	}
	pass(&up);
	snprintf(path, sizeof(path), "/proc/%d/net/dev", pid);
	see("dev of another's net: %d", lines_of(path));
	snprintf(path, sizeof(path), "/proc/%d/net/tcp", pid);
	see("tcp of another's net: %d", lines_of(path));
	see("PR_GET_SECCOMP: %d", prctl(PR_GET_SECCOMP, 0, 0, 0, 0));
	let(&end, 1);
	reap(pid);
}

static void in_child(void (*part)(void))
{
	pid_t pid = child();

	if (pid == 0) {
		part();
		_exit(0);
	}
	reap(pid);
}

int main(int argc, char **argv)
{
	if (argc > 1) {
		see_net(argv[1]);
		return 0;
	}
	MUST(dup2(net_of(getpid()), home));
	watched();
	in_child(two);
	in_child(threads);
	in_child(entered);
	in_child(inherited);
	SEE(syscall(SYS_clone, CLONE_NEWNET | CLONE_THREAD | SIGCHLD, 0, 0, 0,
		    0));
	see("home %d", is_home(getpid()));
	return done();
}
