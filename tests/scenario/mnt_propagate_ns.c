/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Propagation from one mount namespace to another: copies by unshare(2) and
 * clone(2) are peers, in a user namespace inside they are slaves.
 *
 * scenario: user=root needs=userns bare=skip
 * (without namespaces, the machine's own mounts would be asked for)
 */
#include "mnt_peers.h"

static struct gate there, here;

static void tmpfs(const char *path)
{
	MUST(mount("x", path, "tmpfs", 0, NULL));
}

/* Turns are taken: the other one's, and then this one's. */
static void turn(void)
{
	let(&there, 1);
	pass(&here);
}

static void wait_turn(void)
{
	pass(&there);
}

static void end_turn(void)
{
	let(&here, 1);
}

/* What the other one does, in its namespace; a step for each turn. */
static void other(unsigned long flags, unsigned long kind)
{
	wait_turn();
	if (flags & CLONE_NEWUSER)
		be_root();
	if (kind)
		MUST(mount(NULL, "/", NULL, MS_REC | kind, NULL));
	show_peers("there, at first");
	end_turn();
	wait_turn();
	show_peers("there");
	see("there: %s", content("d/s/f"));
	SEE(umount("d/s"));
	SEE(umount("d"));
	end_turn();
	wait_turn();
	tmpfs("e/t");
	make_file("e/t/g");
	show_peers("there, one more");
	end_turn();
	wait_turn();
	show_peers("there, at last");
	SEE(umount("e/t"));
	SEE(umount2("d", MNT_DETACH));
	SEE(umount2("e", MNT_DETACH));
	end_turn();
	wait_turn();
	_exit(0);
}

static void with(const char *what, unsigned long flags, unsigned long kind)
{
	pid_t pid;

	see("-- %s", what);
	gate_init(&there);
	gate_init(&here);
	tmpfs("d");
	MUST(mount(NULL, "d", NULL, MS_SHARED, NULL));
	folder("d/s");
	tmpfs("e");
	folder("e/t");
	MUST(mount(NULL, "e", NULL, MS_SHARED, NULL));
	pid = (pid_t)MUST(syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0));
	if (pid == 0)
		other(flags, kind);
	turn();
	tmpfs("d/s");
	make_file("d/s/f");
	show_peers("here");
	turn();
	show_peers("here, after its umount");
	turn();
	show_peers("here, after its mount");
	see("here: %s", content("e/t/g"));
	if (access("d/s/f", F_OK) == 0)
		SEE(umount("d/s"));
	turn();
	show_peers("here, at last");
	let(&there, 1);
	see("%s", wait_text(reap(pid)));
	show_peers("here, alone");
	umount2("d", MNT_DETACH);
	umount2("e", MNT_DETACH);
}

/* Whom a slave would have its mounts from is not to be seen by it. */
static void chain(void)
{
	pid_t pid;

	see("-- chain");
	tmpfs("d");
	MUST(mount(NULL, "d", NULL, MS_SHARED, NULL));
	folder("d/s");
	MUST(mount("d", "e", NULL, MS_BIND, NULL));
	MUST(mount(NULL, "e", NULL, MS_SLAVE, NULL));
	MUST(mount(NULL, "e", NULL, MS_SHARED, NULL));
	pid = child();
	if (pid == 0) {
		MUST(unshare(CLONE_NEWNS));
		MUST(mount(NULL, "e", NULL, MS_SLAVE, NULL));
		show_peers("a slave of one beyond");
		tmpfs("d/s");
		show_peers("has got it all the same");
		_exit(0);
	}
	see("%s", wait_text(reap(pid)));
	show_peers("here");
	umount2("e", MNT_DETACH);
	umount2("d", MNT_DETACH);
}

/* What came to another user's can't be taken apart there. */
static void trees(void)
{
	pid_t pid;

	see("-- trees");
	gate_init(&there);
	gate_init(&here);
	tmpfs("d");
	folder("d/t");
	MUST(mount(NULL, "d", NULL, MS_SHARED, NULL));
	tmpfs("e");
	folder("e/in");
	tmpfs("e/in");
	pid = (pid_t)MUST(syscall(SYS_clone,
				  CLONE_NEWUSER | CLONE_NEWNS | SIGCHLD, 0, 0,
				  0, 0));
	if (pid == 0) {
		wait_turn();
		be_root();
		show_peers("there");
		SEE(umount("d/t/in"));
		SEE(mount("d/t/in", "g", NULL, MS_BIND, NULL));
		SEE(mount("d/t", "h", NULL, MS_BIND, NULL));
		SEE(mount(NULL, "d/t", NULL, MS_REMOUNT | MS_BIND, NULL));
		end_turn();
		wait_turn();
		show_peers("there, without what was in it");
		end_turn();
		wait_turn();
		show_peers("there, without");
		SEE(mount("d", "h", NULL, MS_BIND, NULL));
		_exit(0);
	}
	MUST(mount(NULL, "e", NULL, MS_REMOUNT | MS_BIND | MS_NOSUID, NULL));
	MUST(mount("e", "d/t", NULL, MS_BIND | MS_REC, NULL));
	turn();
	SEE(umount("d/t/in"));
	turn();
	SEE(umount("d/t"));
	let(&there, 1);
	see("%s", wait_text(reap(pid)));
	umount2("e", MNT_DETACH);
	umount2("d", MNT_DETACH);
}

/* Many copies of the same: each gets what one mounts. */
static void many(void)
{
	struct gate seen, go, end;
	pid_t pids[8];

	see("-- many");
	gate_init(&seen);
	gate_init(&go);
	gate_init(&end);
	tmpfs("d");
	MUST(mount(NULL, "d", NULL, MS_SHARED, NULL));
	folder("d/s");
	for (int i = 0; i < 8; i++) {
		pids[i] = (pid_t)MUST(syscall(SYS_clone, CLONE_NEWNS | SIGCHLD,
					      0, 0, 0, 0));
		if (pids[i] == 0) {
			pass(&go);
			see("%s", content("d/s/f"));
			let(&seen, 1);
			pass(&end);
			see("%s", res(access("d/s/f", F_OK)));
			let(&seen, 1);
			_exit(0);
		}
	}
	tmpfs("d/s");
	make_file("d/s/f");
	for (int i = 0; i < 8; i++) {
		let(&go, 1);
		pass(&seen);
	}
	SEE(umount("d/s"));
	for (int i = 0; i < 8; i++) {
		let(&end, 1);
		pass(&seen);
	}
	for (int i = 0; i < 8; i++)
		see("%s", wait_text(reap(pids[i])));
	umount2("d", MNT_DETACH);
}

int main(void)
{
	static const char *const folders[] = { "d", "e", "g", "h" };

	begin();
	for (int i = 0; i < 4; i++)
		folder(folders[i]);
	with("peers", CLONE_NEWNS, 0);
	with("slaves", CLONE_NEWNS, MS_SLAVE);
	with("private", CLONE_NEWNS, MS_PRIVATE);
	with("another user namespace", CLONE_NEWNS | CLONE_NEWUSER, 0);
	with("there shared", CLONE_NEWNS | CLONE_NEWUSER, MS_SHARED);
	chain();
	trees();
	many();
	return done();
}
