/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mount namespaces: copies by unshare and clone, what each sees of the others,
 * going into one, and propagation as it is shown.
 *
 * scenario: user=root needs=userns bare=skip
 * (without namespaces, the machine's own mounts would be asked for)
 */
#include "mnt_common.h"

static const char *ns_link(void)
{
	static char text[2][64];
	static int next;
	char *to = text[next++ % 2];
	ssize_t n = readlink("/proc/self/ns/mnt", to, sizeof(text[0]) - 1);

	to[n < 0 ? 0 : n] = 0;
	return to;
}

static int cloned(unsigned long flags)
{
	return (int)MUST(syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0));
}

static void copies(void)
{
	struct gate ready, go;
	char before[64];
	pid_t pid;

	gate_init(&ready);
	gate_init(&go);
	folder("d");
	folder("e");
	MUST(mount("x", "d", "tmpfs", 0, NULL));
	make_file("d/f");
	snprintf(before, sizeof(before), "%s", ns_link());
	pid = cloned(CLONE_NEWNS);
	if (pid == 0) {
		see("copy: another %d", strcmp(before, ns_link()) != 0);
		see("copy: %s", content("d/f"));
		MUST(mount("y", "e", "tmpfs", 0, NULL));
		make_file("e/g");
		MUST(umount("d"));
		show_mounts("copy");
		let(&ready, 1);
		pass(&go);
		see("copy: %s, %s", content("e/g"), content("d/f"));
		_exit(0);
	}
	pass(&ready);
	see("original: %s, %s", content("e/g"), content("d/f"));
	show_mounts("original");
	MUST(umount("d"));
	let(&go, 1);
	see("%s", wait_text(reap(pid)));
}

/* A child without a flag is in the same one. */
static void shared(void)
{
	pid_t pid = child();

	if (pid == 0) {
		MUST(mount("x", "d", "tmpfs", 0, NULL));
		make_file("d/f");
		_exit(0);
	}
	see("%s", wait_text(reap(pid)));
	see("of a child: %s", content("d/f"));
	pid = child();
	if (pid == 0) {
		MUST(chroot("d"));
		see("root: %s", content("/f"));
		MUST(unshare(CLONE_NEWNS));
		see("root, copied: %s", content("/f"));
		MUST(chdir("/"));
		see("cwd %s", cwd());
		see("up: %s", content("../f"));
		_exit(0);
	}
	see("%s", wait_text(reap(pid)));
}

static void setting(void)
{
	struct gate ready, go;
	char path[64];
	int ns, root;
	pid_t pid;

	gate_init(&ready);
	gate_init(&go);
	pid = child();
	if (pid == 0) {
		MUST(unshare(CLONE_NEWNS));
		MUST(mount("y", "e", "tmpfs", 0, NULL));
		make_file("e/g");
		let(&ready, 1);
		pass(&go);
		_exit(0);
	}
	pass(&ready);
	snprintf(path, sizeof(path), "/proc/%d/ns/mnt", pid);
	ns = MUST(open(path, O_RDONLY));
	root = MUST(open("/proc/self/ns/mnt", O_RDONLY));
	SEE(access("e/g", F_OK));
	see("setns: %s", res(setns(ns, CLONE_NEWNS)));
	see("cwd %s", cwd());
	MUST(chdir(base));
	see("there: %s", content("e/g"));
	see("type: %s", res(setns(ns, CLONE_NEWUTS)));
	see("back: %s", res(setns(root, 0)));
	see("cwd %s", cwd());
	MUST(chdir(base));
	SEE(access("e/g", F_OK));
	let(&go, 1);
	see("%s", wait_text(reap(pid)));
	see("kept by its file: %s", res(setns(ns, 0)));
	MUST(chdir(base));
	see("there: %s", content("e/g"));
	MUST(setns(root, 0));
	MUST(chdir(base));
	close(ns);
	close(root);
}

static void kinds(void)
{
	static const struct {
		const char *name;
		unsigned long flag;
	} all[] = {
		{ "shared", MS_SHARED },
		{ "slave", MS_SLAVE },
		{ "shared again", MS_SHARED },
		{ "private", MS_PRIVATE },
		{ "unbindable", MS_UNBINDABLE },
		{ "private again", MS_PRIVATE },
	};

	MUST(umount("d"));
	MUST(mount("x", "d", "tmpfs", 0, NULL));
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		see("%s: %s", all[i].name,
		    res(mount(NULL, "d", NULL, all[i].flag, NULL)));
		show_mounts("is");
		see("bind: %s", res(mount("d", "e", NULL, MS_BIND, NULL)));
		show_mounts("bound");
		see("umount: %s", res(umount("e")));
	}
	folder("d/s");
	MUST(mount("y", "d/s", "tmpfs", 0, NULL));
	SEE(mount(NULL, "d", NULL, MS_SHARED | MS_REC, NULL));
	show_mounts("all");
	SEE(mount(NULL, "d", NULL, MS_PRIVATE, NULL));
	show_mounts("one");
	SEE(mount(NULL, "d", NULL, MS_UNBINDABLE | MS_REC, NULL));
	SEE(mount("d", "e", NULL, MS_BIND | MS_REC, NULL));
	SEE(mount(NULL, "d", NULL, MS_PRIVATE, NULL));
	SEE(mount("d", "e", NULL, MS_BIND | MS_REC, NULL));
	show_mounts("without what is unbindable");
}

/* A user namespace inside, with mounts of its own. */
static void nested(void)
{
	pid_t pid = cloned(CLONE_NEWUSER | CLONE_NEWNS);

	if (pid == 0) {
		be_root();
		SEE(mount("z", "d/s", "tmpfs", 0, NULL));
		make_file("d/s/n");
		pid = cloned(CLONE_NEWUSER | CLONE_NEWNS);
		if (pid == 0) {
			be_root();
			see("deeper: %s", content("d/s/n"));
			SEE(umount("d/s"));
			SEE(mount("z", "d/s", "tmpfs", 0, NULL));
			SEE(access("d/s/n", F_OK));
			_exit(0);
		}
		see("%s", wait_text(reap(pid)));
		see("still: %s", content("d/s/n"));
		_exit(0);
	}
	see("%s", wait_text(reap(pid)));
	SEE(access("d/s/n", F_OK));
}

int main(void)
{
	pid_t pid = child();

	if (pid == 0) {
		begin();
		copies();
		shared();
		setting();
		kinds();
		nested();
		_exit(0);
	}
	see("%s", wait_text(reap(pid)));
	return done();
}
