/* SPDX-License-Identifier: Apache-2.0 */
/*
 * setns(2) to user namespaces, and to others with them: by a descriptor of
 * each, and by that of a process, with several flags at once.
 *
 * scenario: user=root needs=userns bare=skip
 * (without namespaces, the machine's own would be asked for)
 */
#include "user_common.h"

#define SEE(call) see("%s: %s", #call, res(call))
#define ALL	  (CLONE_NEWUSER | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID)

static struct gate ready, go;

static void put(const char *name, const char *text)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/self/%s", name);
	fd = MUST(open(path, O_WRONLY));
	MUST(write(fd, text, strlen(text)));
	close(fd);
}

static void map(const char *text)
{
	put("uid_map", text);
	put("setgroups", "deny");
	put("gid_map", text);
}

static int ns_fd(pid_t pid, const char *kind)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/%s", pid, kind);
	return MUST(open(path, O_RDONLY | O_CLOEXEC));
}

static int pidfd(pid_t pid)
{
	return (int)MUST(syscall(SYS_pidfd_open, pid, 0));
}

static pid_t below(int flags, const char *text)
{
	pid_t pid;

	gate_init(&ready);
	gate_init(&go);
	pid = child();
	if (pid == 0) {
		MUST(unshare(flags));
		if (text)
			map(text);
		if (flags & CLONE_NEWUTS)
			MUST(sethostname("below", 5));
		let(&ready, 1);
		pass(&go);
		_exit(0);
	}
	pass(&ready);
	return pid;
}

static void see_name(void)
{
	char name[65] = "";

	gethostname(name, sizeof(name));
	see("name: %s", strcmp(name, "below") == 0 ? "below" : "above");
}

/* Each in a process of its own, which changes. */
static void try(const char *what, int fd, int flags, void (*prepare)(void))
{
	pid_t pid = child();

	if (pid == 0) {
		if (prepare)
			prepare();
		see("-- %s", what);
		see("setns: %s", res(setns(fd, flags)));
		see_all_creds("then");
		see_name();
		SEE(sethostname("below", 5));
		pid = fork();
		if (pid == 0) {
			see("child: %d", getpid());
			_exit(0);
		}
		if (pid > 0)
			reap(pid);
		else
			see("fork: %s", res(pid));
		_exit(0);
	}
	see("%s", wait_text(reap(pid)));
}

static void powerless(void)
{
	MUST(set_caps(0, 0, 0));
}

static void *idle(void *gate)
{
	pass(gate);
	return NULL;
}

static void with_thread(void)
{
	static struct gate gate;
	pthread_t id;

	gate_init(&gate);
	MUST(pthread_create(&id, NULL, idle, &gate) ? -1 : 0);
}

/* A process that has the same working folder, not only alike. */
static void with_folder(void)
{
	if (MUST(sys_clone(CLONE_FS | SIGCHLD, NULL, NULL)) == 0) {
		MUST(prctl(PR_SET_PDEATHSIG, SIGKILL));
		pause();
		_exit(0);
	}
}

static void downwards(const char *text)
{
	pid_t pid = below(ALL, text);
	int user = ns_fd(pid, "user"), uts = ns_fd(pid, "uts");
	int process = pidfd(pid);

	try("user", user, 0, NULL);
	try("user, by its flag", user, CLONE_NEWUSER, NULL);
	try("user, by another flag", user, CLONE_NEWUTS, NULL);
	try("user, by two", user, CLONE_NEWUSER | CLONE_NEWUTS, NULL);
	try("user, among threads", user, 0, with_thread);
	try("user, with a shared folder", user, 0, with_folder);
	try("user, without capabilities", user, 0, powerless);
	try("uts", uts, 0, NULL);
	try("uts, without capabilities", uts, 0, powerless);
	try("process: user", process, CLONE_NEWUSER, NULL);
	try("process: uts", process, CLONE_NEWUTS, NULL);
	try("process: user and uts", process, CLONE_NEWUSER | CLONE_NEWUTS,
	    NULL);
	try("process: both, without capabilities", process,
	    CLONE_NEWUSER | CLONE_NEWUTS, powerless);
	try("process: uts, without capabilities", process, CLONE_NEWUTS,
	    powerless);
	try("process: all", process, ALL, NULL);
	try("process: all, among threads", process, ALL, with_thread);
	try("process: none", process, 0, NULL);
	try("process: unknown", process, CLONE_NEWUSER | 1, NULL);
	try("one's own", ns_fd(getpid(), "user"), 0, NULL);
	try("oneself", pidfd(getpid()), CLONE_NEWUSER, NULL);
	try("oneself: uts", pidfd(getpid()), CLONE_NEWUTS, NULL);
	let(&go, 1);
	reap(pid);
	try("an ended process", process, ALL, NULL);
	try("what is left of it", user, 0, NULL);
}

/* From below what is above, and beside, is out of reach. */
static void upwards(void)
{
	int user = ns_fd(getpid(), "user"), uts = ns_fd(getpid(), "uts");
	int process = pidfd(getppid()), beside, name;
	pid_t pid = below(CLONE_NEWUSER | CLONE_NEWUTS, "0 0 1");

	beside = ns_fd(pid, "user");
	name = ns_fd(pid, "uts");
	MUST(unshare(CLONE_NEWUSER));
	map("0 0 1");
	try("above", user, 0, NULL);
	try("uts above", uts, 0, NULL);
	try("process above: user", process, CLONE_NEWUSER, NULL);
	try("process above: uts", process, CLONE_NEWUTS, NULL);
	try("beside", beside, 0, NULL);
	try("uts beside", name, 0, NULL);
	let(&go, 1);
	reap(pid);
}

/* Two levels at once, and one at a time. */
static void two_levels(void)
{
	struct gate made, end;
	int upper, lower;
	pid_t pid;

	gate_init(&made);
	gate_init(&end);
	pid = child();
	if (pid == 0) {
		MUST(unshare(CLONE_NEWUSER));
		map("0 0 1");
		let(&made, 1);
		pass(&end);
		MUST(unshare(CLONE_NEWUSER | CLONE_NEWUTS));
		map("5 0 1");
		let(&made, 1);
		pass(&end);
		_exit(0);
	}
	pass(&made);
	upper = ns_fd(pid, "user");
	let(&end, 1);
	pass(&made);
	lower = ns_fd(pid, "user");
	try("two levels", lower, 0, NULL);
	try("two levels, without capabilities", lower, 0, powerless);
	SEE(setns(upper, 0));
	SEE(setns(lower, 0));
	SEE(setns(upper, 0));
	see_creds("at last");
	SEE(unshare(CLONE_NEWPID));
	let(&end, 1);
}

static void unmapped(void)
{
	downwards(NULL);
}

static void mapped(void)
{
	downwards("7 0 1");
}

static void run(const char *name, void (*part)(void))
{
	pid_t pid;

	see("---- %s", name);
	pid = child();
	if (pid == 0) {
		part();
		_exit(0);
	}
	see("%s: %s", name, wait_text(reap(pid)));
}

int main(void)
{
	run("unmapped", unmapped);
	run("mapped", mapped);
	run("upwards", upwards);
	run("two levels", two_levels);
	return done();
}
