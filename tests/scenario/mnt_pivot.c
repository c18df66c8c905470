/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pivot_root(2): what it wants, what it does to roots and working folders, and
 * the two ways of taking the old root off.
 *
 * scenario: user=root needs=userns bare=skip
 * (without namespaces, the machine's own mounts would be asked for)
 */
#include "mnt_common.h"

static int pivot(const char *new, const char *old)
{
	return (int)syscall(SYS_pivot_root, new, old);
}

static void prepare(void)
{
	begin();
	folder("new");
	folder("plain");
	MUST(mount("x", "new", "tmpfs", 0, NULL));
	folder("new/old");
	folder("new/plain");
	make_file("new/file");
}

static void refused(void)
{
	make_file("f");
	SEE(pivot("new", "none"));
	SEE(pivot("none", "new/old"));
	SEE(pivot("new", "f"));
	SEE(pivot("f", "new/old"));
	SEE(pivot("plain", "plain"));
	SEE(pivot("new/plain", "new/old"));
	SEE(pivot("new", "plain"));
	SEE(pivot("/", "/"));
	SEE(pivot("new", "/"));
	SEE(pivot("new", NULL));
	SEE(pivot(NULL, "new/old"));
	MUST(mount(NULL, "new", NULL, MS_SHARED, NULL));
	SEE(pivot("new", "new/old"));
	MUST(mount(NULL, "new", NULL, MS_PRIVATE, NULL));
	MUST(mount(NULL, "/", NULL, MS_SHARED, NULL));
	SEE(pivot("new", "new/old"));
	MUST(mount(NULL, "/", NULL, MS_PRIVATE, NULL));
}

static void look(const char *what)
{
	see("%s: cwd %s, /file %s, ../file %s", what, cwd(), content("/file"),
	    content("../file"));
}

/* The old one lies in the new one, and goes. */
static void plainly(void)
{
	char old[PATH_MAX + 16];
	pid_t pid;

	prepare();
	refused();
	snprintf(old, sizeof(old), "/old%s/new", base);
	SEE(pivot("new", "new/old"));
	SEE(access("/file", F_OK));
	SEE(access("/old/proc/self", F_OK));
	see("where it was: %s", res(access(old, F_OK)));
	SEE(access("file", F_OK));
	SEE(access("f", F_OK));
	SEE(umount("/old"));
	SEE(chdir("/"));
	look("in it");
	/* Others have the new root, too. */
	pid = child();
	if (pid == 0) {
		look("child");
		SEE(chroot("/plain"));
		SEE(access("/file", F_OK));
		SEE(chdir("/"));
		SEE(pivot("/", "/"));
		_exit(0);
	}
	see("%s", wait_text(reap(pid)));
	SEE(umount2("/old", MNT_DETACH));
	SEE(access("/old/proc", F_OK));
	SEE(umount2("/", 0));
	look("alone");
	SEE(mkdir("/a", 0755));
	SEE(mount("a", "/a", "tmpfs", 0, NULL));
	make_file("/a/f");
	see("mounted: %s", content("/a/f"));
	SEE(umount("/a"));
	SEE(access("/a/f", F_OK));
}

/* As containers do it: the old one is put over the new one. */
static void stacked(void)
{
	int old;

	prepare();
	old = MUST(open("/", O_PATH | O_DIRECTORY));
	SEE(chdir("new"));
	SEE(pivot(".", "."));
	look("stacked");
	SEE(fchdir(old));
	SEE(umount2(".", MNT_DETACH));
	SEE(chdir("/"));
	look("alone");
	SEE(access("/proc", F_OK));
	SEE(umount2(".", MNT_DETACH));
}

/* Who works at the root comes along. */
static void along(void)
{
	char path[PATH_MAX + 16];

	prepare();
	snprintf(path, sizeof(path), "%s/new", base);
	MUST(chdir("/"));
	snprintf(path + strlen(path), 5, "/old");
	path[strlen(path) - 4] = 0;
	SEE(chdir("/"));
	see("pivot: %s", res(syscall(SYS_pivot_root, path, path)));
	see("cwd %s, file %s", cwd(), content("file"));
}

/* As bwrap: a folder of a tmpfs, bound onto itself, becomes the root. */
static void folder_of_tmpfs(void)
{
	prepare();
	folder("new/jail");
	folder("new/jail/in");
	SEE(mount("new/jail", "new/jail", NULL,
		  MS_BIND | MS_REC | MS_SILENT, NULL));
	SEE(pivot("new", "new/old"));
	SEE(chdir("/"));
	SEE(mount("/old/proc", "/jail/in", NULL, MS_BIND | MS_REC, NULL));
	SEE(mount(NULL, "/old", NULL, MS_REC | MS_SILENT | MS_PRIVATE, NULL));
	SEE(umount2("/old", MNT_DETACH));
	SEE(chdir("/jail"));
	SEE(pivot(".", "."));
	SEE(umount2(".", MNT_DETACH));
	SEE(chdir("/"));
	see("cwd %s", cwd());
	SEE(access("/in/self/stat", F_OK));
	SEE(access("/jail", F_OK));
	base[0] = '/';
	base[1] = 0;
	see("%s", link_text("/in/self/cwd"));
	see("%s", link_text("/in/self/root"));
}

static void in_child(void (*what)(void))
{
	pid_t pid = child();

	if (pid == 0) {
		what();
		_exit(0);
	}
	see("%s", wait_text(reap(pid)));
	unlink("f");
	rmdir("new");
	rmdir("plain");
}

int main(void)
{
	in_child(plainly);
	in_child(stacked);
	in_child(along);
	in_child(folder_of_tmpfs);
	return done();
}
