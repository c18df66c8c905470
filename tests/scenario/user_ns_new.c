/* SPDX-License-Identifier: Apache-2.0 */
/*
 * New user namespaces: who can make one, with what, how deep; who owns which
 * namespace, and what one can do there and above.
 *
 * scenario: user=root needs=root,userns bare=skip
 * (without namespaces, the machine's own would be asked for)
 */
#include <linux/nsfs.h>
#include <sys/ioctl.h>
#include "user_common.h"

#define SEE(call) see("%s: %s", #call, res(call))

static void put(const char *name, const char *text)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/self/%s", name);
	fd = MUST(open(path, O_WRONLY));
	MUST(write(fd, text, strlen(text)));
	close(fd);
}

static void map_root(void)
{
	put("uid_map", "0 0 1");
	put("setgroups", "deny");
	put("gid_map", "0 0 1");
}

static int ns_fd(pid_t pid, const char *kind)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/%s", pid, kind);
	return MUST(open(path, O_RDONLY | O_CLOEXEC));
}

static int own_fd(const char *kind)
{
	return ns_fd(getpid(), kind);
}

static bool is_same(int one, int other)
{
	struct stat a, b;

	MUST(fstat(one, &a));
	MUST(fstat(other, &b));
	return a.st_ino == b.st_ino && a.st_dev == b.st_dev;
}

/* ---- flags and threads ---- */

static void *idle(void *gate)
{
	pass(gate);
	return NULL;
}

static void threads(void)
{
	struct gate gate;
	pthread_t id;

	gate_init(&gate);
	MUST(pthread_create(&id, NULL, idle, &gate) ? -1 : 0);
	SEE(unshare(CLONE_NEWUSER));
	SEE(unshare(CLONE_NEWUSER | CLONE_NEWUTS));
	see("setns to one's own: %s", res(setns(own_fd("user"), 0)));
	let(&gate, 1);
}

/* One that CLONE_PARENT makes is not this one's to wait for. */
#define SEE_CLONE(flags)                                               \
	({                                                             \
		long pid_ = syscall(SYS_clone, (flags), 0, 0, 0, 0);   \
		if (pid_ == 0)                                         \
			_exit(0);                                      \
		see("clone %s: %s", #flags, res(pid_ > 0 ? 0 : pid_)); \
		if (pid_ > 0 && !((flags) & CLONE_PARENT))             \
			reap((int)pid_);                               \
	})

static void flags(void)
{
	SEE_CLONE(CLONE_NEWUSER | SIGCHLD);
	SEE_CLONE(CLONE_NEWUSER | CLONE_FS | SIGCHLD);
	SEE_CLONE(CLONE_NEWUSER | CLONE_FILES | SIGCHLD);
	SEE_CLONE(CLONE_NEWUSER | CLONE_THREAD | CLONE_SIGHAND | CLONE_VM);
	SEE_CLONE(CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWUTS | SIGCHLD);
	SEE_CLONE(CLONE_NEWUSER | CLONE_PARENT | SIGCHLD);
	SEE(unshare(CLONE_NEWUSER | 1));
	see("with flags of the kernel's: %s",
	    res(unshare(CLONE_NEWUSER | CLONE_FS | CLONE_FILES)));
	see("without, after that: %s", res(unshare(CLONE_NEWUSER)));
	see_all_creds("nobody");
}

/* ---- what one has in it ---- */

static void as_nobody(void)
{
	SEE(unshare(CLONE_NEWUSER));
	see_all_creds("unmapped");
	SEE(unshare(CLONE_NEWUSER));
	SEE(unshare(CLONE_NEWUTS));
	SEE(sethostname("nobody", 6));
	map_root();
	see_all_creds("mapped");
	SEE(unshare(CLONE_NEWUSER));
}

static void rights(void)
{
	SEE(sethostname("ours", 4));
	SEE(unshare(CLONE_NEWUSER));
	SEE(sethostname("theirs", 6));
	SEE(setdomainname("theirs", 6));
	SEE(unshare(CLONE_NEWUTS | CLONE_NEWIPC));
	SEE(sethostname("own", 3));
	SEE(syscall(SYS_setpriority, PRIO_PROCESS, 0, -1));
}

static void without_caps(void)
{
	int fd;

	SEE(set_caps(0, 0, 0));
	SEE(unshare(CLONE_NEWUTS));
	SEE(unshare(CLONE_NEWPID));
	SEE(syscall(SYS_clone, CLONE_NEWIPC | SIGCHLD, 0, 0, 0, 0));
	SEE(unshare(CLONE_NEWUSER | CLONE_NEWUTS));
	SEE(sethostname("own", 3));
	see_all_creds("again");
	SEE(prctl(PR_CAPBSET_DROP, CAP_KILL, 0, 0, 0));
	SEE(prctl(PR_SET_SECUREBITS, SECBIT_NOROOT, 0, 0, 0));
	fd = MUST(open("/proc/self/uid_map", O_WRONLY));
	see("root of above, by who could not be: %s",
	    res(write(fd, "0 0 1", 5)));
	SEE(unshare(CLONE_NEWUSER));
}

static void after_exec(void)
{
	SEE(unshare(CLONE_NEWUSER));
	exec_self("as nobody");
}

static void root_after_exec(void)
{
	SEE(unshare(CLONE_NEWUSER));
	map_root();
	exec_self("as root");
}

/* ---- depth ---- */

static void depth(void)
{
	int n = 0;

	while (unshare(CLONE_NEWUSER) == 0) {
		map_root();
		n++;
	}
	see("depth: %d, then %s", n, strerrorname_np(errno));
	SEE_CLONE(CLONE_NEWUSER | SIGCHLD);
	SEE(unshare(CLONE_NEWUSER | CLONE_NEWUTS));
	SEE(unshare(CLONE_NEWUTS));
	SEE(sethostname("deep", 4));
}

/* ---- who owns what ---- */

static void owners(void)
{
	int user = own_fd("user"), uts = own_fd("uts"), of, below;
	uid_t uid = 12345;

	of = ioctl(uts, NS_GET_USERNS);
	see("owner of uts: %s", of < 0		    ? res(of)
				: is_same(of, user) ? "ours"
						    : "other");
	see("parent of ours: %s", res(ioctl(user, NS_GET_PARENT)));
	see("owner of ours: %s", res(ioctl(user, NS_GET_USERNS)));
	see("parent of uts: %s", res(ioctl(uts, NS_GET_PARENT)));
	SEE(ioctl(uts, NS_GET_OWNER_UID, &uid));
	SEE(unshare(CLONE_NEWUSER | CLONE_NEWIPC));
	below = own_fd("user");
	of = ioctl(uts, NS_GET_USERNS);
	see("owner of the old uts, from below: %s", res(of));
	of = ioctl(own_fd("ipc"), NS_GET_USERNS);
	see("owner of the new ipc: %s", of < 0		     ? res(of)
					: is_same(of, below) ? "ours"
							     : "other");
	see("parent, from below: %s", res(ioctl(below, NS_GET_PARENT)));
	SEE(ioctl(below, NS_GET_OWNER_UID, &uid));
	see("made by %d", (int)uid);
	map_root();
	SEE(ioctl(below, NS_GET_OWNER_UID, &uid));
	see("made by %d", (int)uid);
	SEE(ioctl(user, NS_GET_OWNER_UID, &uid));
	see("the one above by %d", (int)uid);
}

static void from_above(void)
{
	struct gate ready, go;
	int user = own_fd("user"), uts, below, of;
	pid_t pid;

	gate_init(&ready);
	gate_init(&go);
	pid = child();
	if (pid == 0) {
		MUST(unshare(CLONE_NEWUSER | CLONE_NEWUTS));
		let(&ready, 1);
		pass(&go);
		_exit(0);
	}
	pass(&ready);
	below = ns_fd(pid, "user");
	uts = ns_fd(pid, "uts");
	of = MUST(ioctl(below, NS_GET_PARENT));
	see("parent of the child's: %s", is_same(of, user) ? "ours" : "other");
	of = MUST(ioctl(below, NS_GET_USERNS));
	see("its owner: %s", is_same(of, user) ? "ours" : "other");
	of = MUST(ioctl(uts, NS_GET_USERNS));
	see("owner of its uts: %s", is_same(of, below) ? "it" : "other");
	SEE(ioctl(below, NS_GET_NSTYPE) == CLONE_NEWUSER);
	let(&go, 1);
	reap(pid);
	/* The descriptors keep it alive. */
	of = MUST(ioctl(uts, NS_GET_USERNS));
	see("and when it is gone: %s", is_same(of, below) ? "it" : "other");
	SEE(setns(uts, CLONE_NEWUTS));
	SEE(sethostname("above", 5));
	SEE(setns(below, CLONE_NEWUTS));
	SEE(setns(below, CLONE_NEWUSER));
	SEE(sethostname("within", 6));
	see_all_creds("within");
}

static const struct {
	const char *name;
	void (*run)(void);
} parts[] = {
	{ "threads", threads },
	{ "flags", flags },
	{ "as nobody", as_nobody },
	{ "rights", rights },
	{ "without capabilities", without_caps },
	{ "exec", after_exec },
	{ "exec as root", root_after_exec },
	{ "depth", depth },
	{ "owners", owners },
	{ "from above", from_above },
};

int main(int argc, char **argv)
{
	if (argc > 1) {
		see_all_creds(argv[1]);
		return 0;
	}
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		pid_t pid;

		see("-- %s", parts[i].name);
		pid = child();
		if (pid == 0) {
			parts[i].run();
			_exit(0);
		}
		see("%s", wait_text(reap(pid)));
	}
	return done();
}
