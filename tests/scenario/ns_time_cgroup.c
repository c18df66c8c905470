/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cgroup and time namespaces: who gets a new one and when, their links, their
 * files, setns to them and back.
 *
 * scenario: run-as=root needs=root bare=skip flags=--without=bare
 * (without namespaces, the machine's own would be changed; where tasks may go
 * untraced there is no clone3; and it goes back to the machine's)
 */
#include "scenario.h"

#include <linux/nsfs.h>
#include <linux/sched.h>
#include <sys/ioctl.h>

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif

#define SEE(call) see("%s: %s", #call, res(call))

static char first[3][64];	/* the links at the start */
static const char *const kinds[] = { "cgroup", "time", "time_for_children" };

static const char *link_of(const char *who, const char *kind)
{
	static char link[64];
	char path[64];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%s/ns/%s", who, kind);
	n = readlink(path, link, sizeof(link) - 1);
	link[n < 0 ? 0 : n] = 0;
	return n < 0 ? res(-1) : link;
}

/* Those of @who, compared with those of the start and with each other. */
static void links(const char *what, const char *who)
{
	char text[128] = "", time[64] = "";

	for (int i = 0; i < 3; i++) {
		const char *link = link_of(who, kinds[i]);
		size_t n = strlen(text);

		if (i == 1)
			snprintf(time, sizeof(time), "%s", link);
		snprintf(text + n, sizeof(text) - n, " %s %s%s", kinds[i],
			 strcmp(link, first[i]) ? "new" : "old",
			 i == 2 && strcmp(link, time) == 0 ? ", as time" : "");
	}
	see("%s:%s", what, text);
}

static void show_file(const char *what, const char *path)
{
	char line[256];
	FILE *file = fopen(path, "re");

	while (file && fgets(line, sizeof(line), file))
		see("%s: %.*s", what, (int)strcspn(line, "\n"), line);
	if (file)
		fclose(file);
	else
		see("%s: %s", what, res(-1));
}

static void in_child(const char *name, void (*what)(void))
{
	pid_t pid = child();

	if (pid == 0) {
		see("-- %s", name);
		what();
		_exit(0);
	}
	see("%s: %s", name, wait_text(reap(pid)));
}

static void shows(const char *what)
{
	pid_t pid = child();

	if (pid == 0) {
		links(what, "self");
		_exit(0);
	}
	reap(pid);
}

static void cgroups(void)
{
	int host = MUST(open("/proc/self/ns/cgroup", O_RDONLY | O_CLOEXEC));
	int fd;

	SEE(unshare(CLONE_NEWCGROUP));
	links("unshared", "self");
	shows("child");
	show_file("own", "/proc/self/cgroup");
	show_file("of 1", "/proc/1/cgroup");
	fd = MUST(open("/proc/self/ns/cgroup", O_RDONLY | O_CLOEXEC));
	see("type %#x", ioctl(fd, NS_GET_NSTYPE));
	see("type %#x", ioctl(host, NS_GET_NSTYPE));
	SEE(ioctl(fd, NS_GET_PARENT));
	SEE(ioctl(fd, NS_GET_OWNER_UID, NULL));
	SEE(setns(host, CLONE_NEWTIME));
	SEE(setns(host, CLONE_NEWCGROUP));
	links("back", "self");
	SEE(setns(fd, 0));
	links("again", "self");
	SEE(unshare(CLONE_NEWCGROUP | CLONE_NEWUTS));
	SEE(setns(host, 0));
	links("back", "self");
}

static void legacy_clone(void)
{
	pid_t pid = (pid_t)sys_clone(CLONE_NEWCGROUP | SIGCHLD, NULL, NULL);

	if (pid == 0) {
		links("cloned", "self");
		_exit(0);
	}
	see("clone: %s", pid < 0 ? res(-1) : wait_text(reap(pid)));
	links("parent", "self");
}

static void times(void)
{
	int host = MUST(open("/proc/self/ns/time", O_RDONLY | O_CLOEXEC));
	int fd;
	pid_t pid;

	SEE(unshare(CLONE_NEWTIME));
	links("unshared", "self");
	show_file("offsets", "/proc/self/timens_offsets");
	shows("child");
	pid = vfork();
	if (pid == 0) {
		links("vfork", "self");
		_exit(0);
	}
	reap(pid);
	fd = MUST(open("/proc/self/ns/time_for_children", O_RDONLY | O_CLOEXEC));
	see("type %#x", ioctl(fd, NS_GET_NSTYPE));
	SEE(ioctl(fd, NS_GET_PARENT));
	SEE(setns(fd, CLONE_NEWCGROUP));
	SEE(setns(fd, CLONE_NEWTIME));
	links("entered", "self");
	SEE(setns(host, 0));
	links("back", "self");
}

static void exec_moves(void)
{
	SEE(unshare(CLONE_NEWTIME));
	links("unshared", "self");
	exec_self("program");
}

static void *thread(void *arg)
{
	pass(arg);
	return NULL;
}

static void threads(void)
{
	int fd = MUST(open("/proc/self/ns/time", O_RDONLY | O_CLOEXEC));
	int cgroup = MUST(open("/proc/self/ns/cgroup", O_RDONLY | O_CLOEXEC));
	struct gate end;
	pthread_t id;

	gate_init(&end);
	pthread_create(&id, NULL, thread, &end);
	SEE(setns(fd, 0));
	SEE(setns(cgroup, 0));
	SEE(unshare(CLONE_NEWCGROUP));
	SEE(unshare(CLONE_NEWTIME));
	links("with a thread", "self");
	let(&end, 1);
	pthread_join(id, NULL);
	pthread_create(&id, NULL, thread, &end);
	see("a thread in another");
	let(&end, 1);
	pthread_join(id, NULL);
}

static void cloned(const char *name, uint64_t flags)
{
	struct clone_args args = { .flags = flags, .exit_signal = SIGCHLD };
	long pid;

	if (flags & CLONE_THREAD)
		args.exit_signal = 0;
	pid = syscall(SYS_clone3, &args, sizeof(args));
	if (pid == 0) {
		links(name, "self");
		_exit(0);
	}
	see("%s: %s", name, pid < 0 ? res(-1) : wait_text(reap((int)pid)));
	links("parent", "self");
}

#define CLONED(flags) cloned(#flags, flags)

static void with_clone3(void)
{
	CLONED(CLONE_NEWTIME);
	CLONED(CLONE_NEWCGROUP);
	CLONED(CLONE_NEWTIME | CLONE_NEWCGROUP | CLONE_NEWUTS);
	CLONED(CLONE_NEWTIME | CLONE_SIGHAND);
	SEE(unshare(CLONE_NEWTIME));
	CLONED(0);
}

static void by_pidfd(void)
{
	struct clone_args args = { .flags = CLONE_NEWTIME | CLONE_NEWCGROUP,
				   .exit_signal = SIGCHLD };
	struct gate end;
	pid_t pid;
	int fd, own = MUST(sys_pidfd_open(getpid(), 0));

	gate_init(&end);
	pid = (pid_t)MUST(syscall(SYS_clone3, &args, sizeof(args)));
	if (pid == 0) {
		pass(&end);
		_exit(0);
	}
	fd = MUST(sys_pidfd_open(pid, 0));
	SEE(setns(fd, CLONE_NEWTIME | CLONE_NEWCGROUP));
	links("as the child", "self");
	SEE(setns(own, CLONE_NEWTIME | CLONE_NEWCGROUP));
	SEE(setns(fd, CLONE_NEWTIME | CLONE_NEWCGROUP | 1));
	let(&end, 1);
	reap(pid);
}

int main(int argc, char **argv)
{
	for (int i = 0; i < 3; i++)
		snprintf(first[i], sizeof(first[i]), "%s",
			 link_of(argc > 1 ? "1" : "self", kinds[i]));
	if (argc > 1) {
		links(argv[1], "self");
		return 0;
	}
	see("at first time and time_for_children: %s",
	    strcmp(first[1], first[2]) ? "two" : "one");
	in_child("cgroups", cgroups);
	in_child("clone", legacy_clone);
	in_child("times", times);
	in_child("exec", exec_moves);
	in_child("threads", threads);
	in_child("clone3", with_clone3);
	in_child("pidfd", by_pidfd);
	return done();
}
