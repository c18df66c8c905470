/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who shares a working folder (CLONE_FS) and mount namespaces: unshare(2) parts
 * them, clone(2) and setns(2) refuse, setns(2) of several kinds does not.
 *
 * scenario: user=root needs=userns bare=skip
 * (without namespaces, the machine's own mounts would be asked for)
 */
#include "mnt_common.h"
#include "user_common.h"

#include <pthread.h>

static struct gate ready, go;
static int other_ns, other_process;

static const char *working(void)
{
	const char *path = cwd(), *last = strrchr(path, '/');

	return last && last[1] ? last : path;
}

/* A process with other mounts, and with another host name. */
static pid_t other(void)
{
	char path[64];
	pid_t pid;

	gate_init(&ready);
	gate_init(&go);
	pid = child();
	if (pid == 0) {
		MUST(unshare(CLONE_NEWNS | CLONE_NEWUTS));
		let(&ready, 1);
		pass(&go);
		_exit(0);
	}
	pass(&ready);
	snprintf(path, sizeof(path), "/proc/%d/ns/mnt", pid);
	other_ns = MUST(open(path, O_RDONLY));
	other_process = (int)MUST(syscall(SYS_pidfd_open, pid, 0));
	return pid;
}

/* With somebody who has the same folder, for as long as @part takes. */
static void beside(const char *what, unsigned long flags, void (*part)(void))
{
	struct gate end;
	pid_t pid = child();

	gate_init(&end);
	if (pid == 0) {
		see("-- %s", what);
		pid = (pid_t)MUST(syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0));
		if (pid == 0) {
			pass(&end);
			see("the other one: %s", working());
			_exit(0);
		}
		part();
		see("then %s", working());
		let(&end, 1);
		see("%s", wait_text(reap(pid)));
		_exit(0);
	}
	see("%s", wait_text(reap(pid)));
}

static void by_file(void)
{
	SEE(setns(other_ns, 0));
	SEE(setns(other_ns, CLONE_NEWNS));
}

static void by_process(void)
{
	SEE(setns(other_process, CLONE_NEWNS));
}

/* A folder of its own is made for the change, and then the other's, too. */
static void by_process_two(void)
{
	SEE(setns(other_process, CLONE_NEWNS | CLONE_NEWUTS));
}

static void parted(void)
{
	SEE(unshare(CLONE_FS));
	SEE(chdir("d"));
	SEE(setns(other_ns, CLONE_NEWNS));
}

static void unshared(void)
{
	SEE(unshare(CLONE_NEWNS));
	SEE(chdir("d"));
	SEE(mount("x", ".", "tmpfs", 0, NULL));
}

static void unshared_user(void)
{
	SEE(unshare(CLONE_NEWUSER));
	SEE(chdir("d"));
}

static void nothing(void)
{
	SEE(chdir("d"));
}

static void *in_thread(void *end)
{
	(void)end;
	SEE(setns(other_ns, CLONE_NEWNS));
	SEE(unshare(CLONE_NEWNS));
	see("of its own: %s", res(setns(other_ns, CLONE_NEWNS)));
	see("thread: %s", working());
	return NULL;
}

/* A thread has the folder of the others. */
static void threads(void)
{
	pthread_t id;
	pid_t pid = child();

	if (pid == 0) {
		MUST(pthread_create(&id, NULL, in_thread, NULL) ? -1 : 0);
		pthread_join(id, NULL);
		see("the first thread: %s", working());
		SEE(setns(other_ns, CLONE_NEWNS));
		_exit(0);
	}
	see("%s", wait_text(reap(pid)));
}

static void cloned(void)
{
	SEE(syscall(SYS_clone, CLONE_NEWNS | CLONE_FS | SIGCHLD, 0, 0, 0, 0));
	SEE(syscall(SYS_clone, CLONE_NEWUSER | CLONE_FS | SIGCHLD, 0, 0, 0, 0));
}

/* Its own right to change the root is asked for, too. */
static void powerless(void)
{
	pid_t pid = child();

	if (pid == 0) {
		MUST(set_caps(1ULL << CAP_SYS_ADMIN, 1ULL << CAP_SYS_ADMIN, 0));
		SEE(setns(other_ns, CLONE_NEWNS));
		MUST(set_caps(0, 0, 0));
		SEE(setns(other_ns, CLONE_NEWNS));
		_exit(0);
	}
	see("%s", wait_text(reap(pid)));
}

int main(void)
{
	pid_t pid;

	begin();
	folder("d");
	pid = other();
	beside("nothing", CLONE_FS, nothing);
	beside("by its file", CLONE_FS, by_file);
	beside("by its file, not shared", 0, by_file);
	beside("by a process", CLONE_FS, by_process);
	beside("by a process, and another kind", CLONE_FS, by_process_two);
	beside("parted", CLONE_FS, parted);
	beside("unshare of mounts", CLONE_FS, unshared);
	beside("unshare of users", CLONE_FS, unshared_user);
	threads();
	cloned();
	powerless();
	let(&go, 1);
	reap(pid);
	return done();
}
