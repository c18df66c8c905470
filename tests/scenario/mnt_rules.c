/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may mount and take off what, which error comes first, and what is busy.
 *
 * scenario: user=root needs=userns bare=skip
 * (without namespaces, the machine's own mounts would be asked for)
 */
#include "mnt_common.h"

static void arguments(void)
{
	folder("d");
	make_file("f");
	SEE(mount("x", "none", "tmpfs", 0, NULL));
	SEE(mount("x", "none", "nofs", 0, NULL));
	SEE(mount("x", "f/x", "tmpfs", 0, NULL));
	SEE(mount("x", "", "tmpfs", 0, NULL));
	SEE(mount("x", NULL, "tmpfs", 0, NULL));
	SEE(mount("x", BAD_ADDR, "tmpfs", 0, NULL));
	SEE(mount("x", "d", NULL, 0, NULL));
	SEE(mount("x", "d", BAD_ADDR, 0, NULL));
	SEE(mount(BAD_ADDR, "d", "tmpfs", 0, NULL));
	SEE(mount("x", "d", "nofs", 0, NULL));
	SEE(mount("x", "d", "", 0, NULL));
	SEE(mount("x", "d", "ext4", 0, NULL));
	SEE(mount("x", "d", "devtmpfs", 0, NULL));
	SEE(mount("x", "f", "tmpfs", 0, NULL));
	SEE(mount("x", "d", "tmpfs", 0, "mode=what"));
	SEE(mount("x", "d", "tmpfs", 0, "nonsense=1"));
	SEE(mount("none", "d", NULL, MS_BIND, NULL));
	SEE(mount("", "d", NULL, MS_BIND, NULL));
	SEE(mount(NULL, "d", NULL, MS_BIND, NULL));
	SEE(mount("f", "d", NULL, MS_BIND, NULL));
	SEE(mount("d", "f", NULL, MS_BIND, NULL));
	SEE(mount("/", "d", NULL, MS_BIND, NULL));
	SEE(mount(NULL, "d", NULL, MS_PRIVATE, NULL));
	SEE(mount(NULL, "d", NULL, MS_REMOUNT | MS_BIND, NULL));
	SEE(mount(NULL, "/", NULL, MS_PRIVATE | MS_SHARED, NULL));
	SEE(mount(NULL, "/", NULL, MS_PRIVATE | MS_RDONLY, NULL));
	SEE(mount("d", "f", NULL, MS_MOVE, NULL));
	SEE(mount("/", "d", NULL, MS_MOVE, NULL));
	SEE(mount("none", "d", NULL, MS_MOVE, NULL));
	SEE(mount("x", "d", "tmpfs", 0xC0ED0000 | MS_NODEV, NULL));
	SEE(umount("d"));
	SEE(mount("x", "d", "tmpfs", 1UL << 31, NULL));
	SEE(mount("x", "d", "tmpfs", MS_SILENT, "mode=0700,size=1m"));
	show_mounts("one");
	SEE(umount("d"));
}

static void taking_off(void)
{
	SEE(umount2("none", 0));
	SEE(umount2("none", 0x1000));
	SEE(umount2("d", 0x1000));
	SEE(umount2(NULL, 0));
	SEE(umount2("d", 0));
	SEE(umount2("f", MNT_DETACH));
	SEE(umount2("/", 0));
	SEE(umount2("/dev", 0));
	SEE(umount2("/dev", MNT_DETACH));
	MUST(symlink("d", "link"));
	MUST(mount("x", "link", "tmpfs", 0, NULL));
	SEE(umount2("link", UMOUNT_NOFOLLOW));
	SEE(umount2("d", UMOUNT_NOFOLLOW | MNT_FORCE));
	MUST(mount("x", "link", "tmpfs", 0, NULL));
	SEE(umount2("d", MNT_EXPIRE | MNT_DETACH));
	SEE(umount2("d", MNT_EXPIRE));
	SEE(umount2("d", MNT_EXPIRE));
	SEE(umount2("link", 0));
}

static void busy(void)
{
	int fd;
	pid_t pid;
	struct gate ready, go;

	gate_init(&ready);
	gate_init(&go);
	MUST(mount("x", "d", "tmpfs", 0, NULL));
	make_file("d/f");
	folder("d/s");
	fd = MUST(open("d/f", O_RDONLY));
	SEE(umount("d"));
	close(fd);
	fd = MUST(open("d", O_RDONLY | O_DIRECTORY));
	SEE(umount("d"));
	close(fd);
	MUST(chdir("d"));
	SEE(umount("../d"));
	MUST(chdir(".."));
	MUST(mount("y", "d/s", "tmpfs", 0, NULL));
	SEE(umount("d"));
	MUST(umount("d/s"));
	pid = child();
	if (pid == 0) {
		MUST(chdir("d/s"));
		let(&ready, 1);
		pass(&go);
		see("in it: %s", res(access("../f", F_OK)));
		_exit(0);
	}
	pass(&ready);
	SEE(umount("d"));
	SEE(umount2("d", MNT_DETACH));
	SEE(umount("d"));
	let(&go, 1);
	see("%s", wait_text(reap(pid)));
	SEE(access("d/f", F_OK));
	MUST(mount("x", "d", "tmpfs", 0, NULL));
	make_file("d/f");
	fd = MUST(open("d/f", O_RDONLY));
	SEE(umount2("d", MNT_DETACH));
	see("still: %s", res(read(fd, (char[8]){ 0 }, 8)));
	close(fd);
}

static void try(const char *who)
{
	see("%s: mount: %s", who, res(mount("x", "d", "tmpfs", 0, NULL)));
	see("%s: bind: %s", who, res(mount("d", "d", NULL, MS_BIND, NULL)));
	see("%s: nowhere: %s", who,
	    res(mount("x", "none", "tmpfs", 0, NULL)));
	see("%s: private: %s", who,
	    res(mount(NULL, "/", NULL, MS_PRIVATE, NULL)));
	see("%s: umount: %s", who, res(umount("d")));
	see("%s: umount nothing: %s", who, res(umount("none")));
	see("%s: pivot: %s", who, res(syscall(SYS_pivot_root, "none", "d")));
}

/* What a copy for another user namespace has keeps together. */
static void locked(void)
{
	folder("e");
	MUST(mount("x", "d", "tmpfs", 0, NULL));
	folder("d/s");
	MUST(mount("y", "d/s", "tmpfs", 0, NULL));
	MUST(unshare(CLONE_NEWUSER));
	try("without a copy");
	MUST(unshare(CLONE_NEWNS));
	SEE(umount("d/s"));
	SEE(umount("d"));
	SEE(umount2("d", MNT_DETACH));
	SEE(mount("d", "e", NULL, MS_BIND, NULL));
	SEE(mount("d", "e", NULL, MS_BIND | MS_REC, NULL));
	SEE(umount("e/s"));
	SEE(umount2("e", MNT_DETACH));
	SEE(mount("d/s", "e", NULL, MS_BIND, NULL));
	SEE(umount("e"));
	SEE(mount("d/s", "e", NULL, MS_MOVE, NULL));
	SEE(mount("z", "d/s", "tmpfs", 0, NULL));
	SEE(umount("d/s"));
	SEE(umount("d/s"));
	show_mounts("locked");
}

int main(void)
{
	pid_t pid = child();

	if (pid == 0) {
		begin();
		arguments();
		taking_off();
		busy();
		locked();
		_exit(0);
	}
	see("%s", wait_text(reap(pid)));
	return done();
}
