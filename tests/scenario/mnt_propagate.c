/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Propagation in one mount namespace: what is mounted in a mount comes to its
 * peers and slaves, and goes with it; which group each is in then.
 *
 * scenario: user=root needs=userns bare=skip
 * (without namespaces, the machine's own mounts would be asked for)
 */
#include "mnt_peers.h"

static void tmpfs(const char *path)
{
	MUST(mount("x", path, "tmpfs", 0, NULL));
}

static void make(const char *path, unsigned long kind)
{
	see("%s is made %s: %s", path,
	    kind & MS_SHARED	? "shared"
	    : kind & MS_SLAVE	? "slave"
	    : kind & MS_PRIVATE ? "private"
				: "unbindable",
	    res(mount(NULL, path, NULL, kind, NULL)));
}

static void bind(const char *from, const char *to, unsigned long flags)
{
	see("%s to %s: %s", from, to,
	    res(mount(from, to, NULL, MS_BIND | flags, NULL)));
}

/* d, a tmpfs with folders, is shared, and e shows it, too. */
static void two(void)
{
	tmpfs("d");
	make("d", MS_SHARED);
	folder("d/s");
	folder("d/s/deep");
	folder("d/t");
	bind("d", "e", 0);
}

static void peers(void)
{
	two();
	tmpfs("d/s");
	make_file("d/s/f");
	show_peers("of one");
	see("%s", content("e/s/f"));
	tmpfs("e/t");
	show_peers("of the other");
	SEE(umount("e/s"));
	show_peers("taken off");
	SEE(umount("d"));
	SEE(umount("d/t"));
	SEE(umount("d"));
	show_peers("the last");
}

/* What is not seen by a mount does not come to it. */
static void parts(void)
{
	two();
	bind("d/s", "g", 0);
	tmpfs("d/t");
	show_peers("beside");
	tmpfs("d/s/deep");
	show_peers("in it");
	SEE(umount("g/deep"));
	tmpfs("e/s");
	show_peers("on where it begins");
}

static void slaves(void)
{
	two();
	make("e", MS_SLAVE);
	tmpfs("d/s");
	tmpfs("e/t");
	show_peers("to a slave, and not from it");
	make("e", MS_SHARED);
	bind("e", "g", 0);
	tmpfs("d/s");
	show_peers("down a chain");
	SEE(umount("e/s"));
	show_peers("a slave's is taken off");
	SEE(umount("d/s"));
	SEE(umount("d/s"));
	show_peers("all are");
	make("g", MS_SLAVE);
	make("e", MS_PRIVATE);
	tmpfs("d/s");
	show_peers("without the middle");
	make("d", MS_PRIVATE);
	show_peers("without the first");
	make("g", MS_UNBINDABLE);
	make("g", MS_SLAVE);
	bind("g", "h", 0);
	make("g", MS_SHARED);
	bind("g", "h", 0);
	show_peers("unbindable no more");
}

/* Trees come as a whole, each mount in a group of its own. */
static void trees(void)
{
	two();
	make("e", MS_SLAVE);
	make("e", MS_SHARED);
	bind("e", "g", 0);
	tmpfs("h");
	folder("h/a");
	folder("h/b");
	tmpfs("h/a");
	tmpfs("h/b");
	make("h/a", MS_SHARED);
	make("h/b", MS_UNBINDABLE);
	make_file("h/a/f");
	bind("h", "d/t", MS_REC);
	show_peers("a tree");
	see("%s %s %s", content("d/t/a/f"), content("e/t/a/f"),
	    content("g/t/a/f"));
	SEE(mount("h", "d/s", NULL, MS_MOVE, NULL));
	make("h/b", MS_PRIVATE);
	SEE(mount("h", "d/s", NULL, MS_MOVE, NULL));
	show_peers("moved");
	SEE(mount("d/s", "h", NULL, MS_MOVE, NULL));
	SEE(umount("d/s"));
	SEE(umount2("d/s", MNT_DETACH));
	SEE(umount2("g/t/a", MNT_DETACH));
	SEE(umount2("d/t", MNT_DETACH));
	show_peers("taken off");
	make("d", MS_REC | MS_PRIVATE);
	show_peers("all private");
}

/* What is there already ends up on top of what comes. */
static void covered(void)
{
	two();
	make("e", MS_SLAVE);
	tmpfs("e/s");
	make_file("e/s/above");
	tmpfs("d/s");
	make_file("d/s/below");
	show_peers("below another");
	see("%s", content("e/s/above"));
	SEE(umount("d/s"));
	show_peers("from below another");
	see("%s", content("e/s/above"));
	tmpfs("d/s");
	SEE(umount("e/s"));
	see("%s", res(access("e/s/above", F_OK)));
	folder("e/s/in");
	tmpfs("e/s/in");
	show_peers("in what came");
	SEE(umount("d/s"));
	show_peers("stays, with what is in it");
	SEE(umount("e/s/in"));
	SEE(umount("e/s"));
}

/* Somebody is in one that would be taken off. */
static void busy(void)
{
	int fd;

	two();
	tmpfs("d/s");
	make_file("e/s/f");
	fd = MUST(open("e/s/f", O_RDONLY));
	SEE(umount("e/s"));
	SEE(umount("d/s"));
	SEE(umount2("d/s", MNT_DETACH));
	show_peers("lazily");
	close(fd);
}

static void run(const char *name, void (*part)(void))
{
	pid_t pid = child();

	if (pid == 0) {
		see("-- %s", name);
		MUST(unshare(CLONE_NEWNS));
		part();
		_exit(0);
	}
	see("%s", wait_text(reap(pid)));
}

int main(void)
{
	static const char *const folders[] = { "d", "e", "g", "h" };

	begin();
	for (int i = 0; i < 4; i++)
		folder(folders[i]);
	run("peers", peers);
	run("parts", parts);
	run("slaves", slaves);
	run("trees", trees);
	run("covered", covered);
	run("busy", busy);
	return done();
}
