/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose root chroot(2) changes: threads and CLONE_FS share it, fork copies it,
 * unshare parts it; and who may.
 *
 * scenario: user=all run-as=root needs=root bare=same
 * (root may call chroot with and without namespaces)
 */
#include "user_chroot.h"
#include <linux/capability.h>

static struct gate ask, told;

static void look(const char *who)
{
	see("%s: /file '%s', /abs '%s', remove %s", who, content("/file"),
	    content("/abs"), res(unlink("/none")));
}

static void *beside(void *arg)
{
	(void)arg;
	pass(&ask);
	look("thread");
	let(&told, 1);
	pass(&ask);
	see("thread: %s", res(unshare(CLONE_FS)));
	SEE(chroot("/dir"));
	look("thread, parted");
	let(&told, 1);
	return NULL;
}

static void threads(void)
{
	pthread_t thread;

	gate_init(&ask);
	gate_init(&told);
	if (pthread_create(&thread, NULL, beside, NULL))
		die("pthread_create");
	SEE(chroot("jail"));
	look("caller");
	let(&ask, 1);
	pass(&told);
	let(&ask, 1);
	pass(&told);
	look("caller");
	pthread_join(thread, NULL);
}

static int sharer(void *arg)
{
	(void)arg;
	SEE(chroot("jail"));
	return 0;
}

static void shared(void)
{
	static char stack[65536] __attribute__((aligned(16)));
	int pid = MUST(
		clone(sharer, stack + sizeof(stack), CLONE_FS | SIGCHLD, NULL));

	MUST(waitpid(pid, NULL, 0));
	look("parent of a CLONE_FS child");
}

static void copied(void)
{
	pid_t pid;

	MUST(chroot("jail"));
	pid = child();
	if (pid == 0) {
		look("child");
		SEE(chroot("/dir"));
		look("child");
		_exit(0);
	}
	reap(pid);
	look("parent");
}

static void drop(int cap)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3,
						 0 };
	struct __user_cap_data_struct data[2];

	MUST(syscall(SYS_capget, &head, data));
	data[cap / 32].effective &= ~(1U << cap % 32);
	MUST(syscall(SYS_capset, &head, data));
}

static void without_right(void)
{
	drop(CAP_SYS_CHROOT);
	SEE(chroot("jail"));
	SEE(chroot("none"));
	SEE(chroot("file"));
	SEE(chroot("/"));
	look("no capability");
}

static void as_user(void)
{
	MUST(chmod("jail/dir", 0700));
	MUST(setresuid(33, 33, 33));
	SEE(chroot("jail"));
	SEE(chroot("jail/dir"));
}

/* A user's own files below a root that root has set. */
static void as_user_inside(void)
{
	struct stat st;

	MUST(mkdir("jail/own", 0777));
	MUST(chown("jail/own", 33, 44));
	MUST(chroot("jail"));
	MUST(setresgid(44, 44, 44));
	MUST(setresuid(33, 33, 33));
	SEE(open("/own/made", O_CREAT | O_WRONLY, 0600));
	SEE(mkdir("/own/dir", 0755));
	SEE(symlink("/own/made", "/own/link"));
	SEE(open("/dir/none", O_CREAT | O_WRONLY, 0600));
	MUST(stat("/own/link", &st));
	see("%o %u:%u", st.st_mode, st.st_uid, st.st_gid);
	MUST(stat("/own/dir", &st));
	see("%o %u:%u", st.st_mode, st.st_uid, st.st_gid);
	SEE(chroot("/own"));
	SEE(rename("/own/made", "/own/dir/made"));
	SEE(unlink("/own/dir/made"));
}

static void attempt(const char *name, void (*what)(void))
{
	pid_t pid = child();

	if (pid == 0) {
		what();
		_exit(0);
	}
	see("%s: %s", name, wait_text(reap(pid)));
}

int main(void)
{
	make_tree();
	attempt("threads", threads);
	attempt("shared", shared);
	attempt("copied", copied);
	attempt("without right", without_right);
	attempt("as user inside", as_user_inside);
	attempt("as user", as_user);
	return done();
}
