/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How paths are resolved below a root that chroot(2) has set, by each call that
 * takes one: links, "..", the working folder, descriptors.
 *
 * scenario: user=root run-as=root needs=root bare=same
 * (root may call chroot with and without namespaces)
 */
#include "user_chroot.h"
#include <linux/openat2.h>
#include <sys/inotify.h>
#include <sys/statfs.h>
#include <sys/xattr.h>
#include <utime.h>

static const char *const paths[] = {
	"/file",
	"/dir/file",
	"/../file",
	"/../../dir/../file",
	"file",
	"dir/file",
	"../file",
	"./dir/./file",
	"/abs",
	"abs",
	"/absdir/file",
	"absdir/file",
	"/dir/up",
	"dir/up",
	"/dir/rel",
	"/dangling",
	"/loop",
	"/loop/x",
	"/dir/chain",
	"/dir/chain/file",
	"/dir/root",
	"/dir/root/file",
	"/file/",
	"/file/.",
	"/file/..",
	"/dir/",
	"/absdir/",
	"/absdir/..",
	"//dir//file",
	"/none",
	"/none/x",
	"/none/",
	"/dir/..",
	"/.",
	"/..",
	"/",
	"",
	"/dir/sub/../..",
	"/absdir/../..",
};

static void look(const char *path)
{
	struct stat st, lst;
	struct statx stx;
	int s = stat(path, &st);
	const char *said = res(s);
	int l = lstat(path, &lst);

	see("'%s': stat %s type %o, lstat %s type %o, '%s'", path, said,
	    s ? 0 : st.st_mode >> 12, res(l), l ? 0 : lst.st_mode >> 12,
	    content(path));
	see("'%s': access %s, readlink %s, statx %s", path,
	    res(access(path, R_OK)), link_text(path),
	    res(statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, STATX_TYPE, &stx)));
}

static void ask_all(void)
{
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		look(paths[i]);
}

static void try_open(const char *path, int flags)
{
	int fd = open(path, flags, 0640);
	char text[8] = "";

	see("open '%s' %#o: %s", path, flags, fd < 0 ? res(-1) : "open");
	if (fd >= 0 && (flags & O_ACCMODE) != O_RDONLY)
		see("write: %s", res(write(fd, "new", 3)));
	if (fd >= 0 && (flags & O_ACCMODE) != O_WRONLY)
		see("read: %s", res(pread(fd, text, 4, 0)));
	if (fd >= 0)
		close(fd);
}

static void try_openat2(int dir, const char *path, uint64_t flags,
			uint64_t resolve)
{
	struct open_how how = { .flags = flags, .resolve = resolve };
	int fd = (int)syscall(SYS_openat2, dir, path, &how, sizeof(how));

	see("openat2 %s '%s' %#llo %#llx: %s", dir < 0 ? "-" : "dir", path,
	    (unsigned long long)flags, (unsigned long long)resolve,
	    fd < 0 ? res(-1) : "open");
	if (fd >= 0)
		close(fd);
}

static void more_opens(void)
{
	int dir = MUST(open("/dir", O_PATH));

	try_openat2(AT_FDCWD, "/abs", O_RDONLY, 0);
	try_openat2(AT_FDCWD, "/abs", O_RDONLY | O_NOFOLLOW, 0);
	try_openat2(dir, "up", O_RDONLY, 0);
	try_openat2(dir, "up", O_RDONLY, RESOLVE_BENEATH);
	try_openat2(dir, "up", O_RDONLY, RESOLVE_IN_ROOT);
	try_openat2(dir, "/file", O_RDONLY, RESOLVE_IN_ROOT);
	try_openat2(dir, "/abs", O_RDONLY, RESOLVE_IN_ROOT);
	try_openat2(dir, "/file", O_RDONLY, RESOLVE_BENEATH);
	try_openat2(AT_FDCWD, "/none", O_RDONLY, 0);
	try_openat2(AT_FDCWD, "/abs", O_RDONLY, RESOLVE_NO_SYMLINKS);
	try_openat2(AT_FDCWD, "/absdir/file", O_RDONLY, RESOLVE_NO_SYMLINKS);
	try_openat2(AT_FDCWD, "/dir/../file", O_RDONLY, RESOLVE_NO_SYMLINKS);
	try_openat2(AT_FDCWD, "/file", O_RDONLY, 0x1000);
	SEE(syscall(SYS_openat2, dir, "/file", BAD_ADDR,
		    sizeof(struct open_how)));
	close(dir);
}

static void opens(void)
{
	umask(027);
	try_open("/tomake", O_WRONLY | O_CREAT | O_EXCL);
	try_open("/tomake", O_WRONLY | O_CREAT);
	see("made: %s", content("/etc/made"));
	try_open("/etc/other", O_RDWR | O_CREAT | O_TRUNC);
	try_open("/etc/other", O_RDWR | O_APPEND);
	try_open("/abs", O_RDONLY | O_NOFOLLOW);
	try_open("/abs", O_PATH | O_NOFOLLOW);
	try_open("/abs", O_PATH);
	try_open("/dir", O_RDONLY | O_DIRECTORY);
	try_open("/file", O_RDONLY | O_DIRECTORY);
	try_open("/dir", O_WRONLY);
	try_open("/dir", O_RDONLY | O_CREAT);
	try_open("/new/", O_WRONLY | O_CREAT);
	try_open("/dir", O_TMPFILE | O_RDWR);
	try_open("/none/x", O_WRONLY | O_CREAT);
}

/* Calls that change the tree; each is looked at from inside. */
static void changes(void)
{
	struct stat st;

	SEE(mkdir("/new", 0777));
	SEE(mkdir("/new", 0777));
	SEE(mkdir("/..", 0777));
	SEE(mkdir("/dangling", 0777));
	SEE(mkdir("/absdir/made", 0700));
	SEE(access("/dir/sub/made", X_OK));
	SEE(rename("/absdir/made", "/new/moved"));
	SEE(renameat(AT_FDCWD, "new/moved", AT_FDCWD, "/dir/../new/again"));
	SEE(rename("/abs", "/new/abs"));
	see("moved link: %s", link_text("/new/abs"));
	SEE(rename("/new/abs", "abs"));
	SEE(rename("/none", "/abs"));
	SEE(rename("/dir/..", "/x"));
	SEE(link("/abs", "/new/hard"));
	see("hard link: %s", link_text("/new/hard"));
	SEE(linkat(AT_FDCWD, "/abs", AT_FDCWD, "/new/hard2",
		   AT_SYMLINK_FOLLOW));
	see("hard link: %s", link_text("/new/hard2"));
	SEE(symlink("/dir/file", "/new/soft"));
	see("soft link: %s", content("new/soft"));
	SEE(symlink("x", "/abs"));
	SEE(mknod("/new/fifo", S_IFIFO | 0600, 0));
	SEE(unlink("/new/fifo"));
	SEE(unlink("/new"));
	SEE(unlink("/new/hard"));
	SEE(unlinkat(AT_FDCWD, "/new/hard2", 0));
	SEE(rmdir("/new"));
	SEE(rmdir("/"));
	SEE(rmdir("/absdir"));
	SEE(rmdir("/absdir/"));
	SEE(unlinkat(AT_FDCWD, "/new/again", AT_REMOVEDIR));
	SEE(unlink("/dir/chain/../../new/soft"));
	SEE(rmdir("/dir/root/new"));
	SEE(truncate("/abs", 2));
	see("cut: %s", content("/file"));
	SEE(chmod("/abs", 0604));
	MUST(stat("/file", &st));
	see("mode %o", st.st_mode);
	SEE(chown("/abs", 0, 0));
	SEE(lchown("/abs", 0, 0));
	SEE(chown("/none", 0, 0));
}

static void others(void)
{
	const struct timespec times[2] = { { 1000, 0 }, { 2000, 0 } };
	char text[16] = "";
	struct statfs fs;
	struct stat st;
	int fd = MUST(inotify_init1(IN_CLOEXEC | IN_NONBLOCK));

	SEE(utimensat(AT_FDCWD, "/abs", times, 0));
	MUST(stat("/dir/../file", &st));
	see("time %ld", (long)st.st_mtime);
	SEE(utimensat(AT_FDCWD, "/abs", times, AT_SYMLINK_NOFOLLOW));
	MUST(lstat("/abs", &st));
	see("time %ld", (long)st.st_mtime);
	SEE(utime("/dir/up", NULL));
	SEE(statfs("/absdir", &fs));
	SEE(statfs("/none", &fs));
	SEE(setxattr("/abs", "user.x", "abc", 3, 0));
	SEE(getxattr("/file", "user.x", text, sizeof(text)));
	SEE(lgetxattr("/abs", "user.x", text, sizeof(text)));
	SEE(removexattr("/abs", "user.x"));
	SEE(inotify_add_watch(fd, "/absdir", IN_CREATE));
	MUST(mkdir("/dir/sub/seen", 0700));
	see("event: %s", read(fd, (char[256]){ 0 }, 256) > 0 ? "yes" : res(-1));
	SEE(access(BAD_ADDR, 0));
	SEE(rename(BAD_ADDR, "/x"));
	SEE(rename("/none", BAD_ADDR));
	close(fd);
}

static void folders(void)
{
	static const char *const to[] = { "/dir",  "sub",     "..",
					  "../..", "/absdir", "/dir/root",
					  "/file", "/none",   "/.." };
	int dir = MUST(open("/dir", O_RDONLY | O_DIRECTORY));
	struct stat st;

	for (size_t i = 0; i < sizeof(to) / sizeof(to[0]); i++) {
		see("chdir %s: %s", to[i], res(chdir(to[i])));
		see("now in %s, '%s'", where(NULL), content("file"));
	}
	SEE(fchdir(dir));
	see("now in %s", where(NULL));
	SEE(syscall(SYS_getcwd, (char[8]){ 0 }, 2));
	SEE(syscall(SYS_getcwd, BAD_ADDR, 64));
	SEE(fstatat(dir, "../abs", &st, 0));
	SEE(fstatat(dir, "up", &st, AT_SYMLINK_NOFOLLOW));
	SEE(fstatat(dir, "../../../file", &st, 0));
	SEE(fstatat(dir, "/file", &st, 0));
	SEE(fstatat(99, "/file", &st, 0));
	SEE(fstatat(99, "file", &st, 0));
	SEE(fstatat(dir, "", &st, AT_EMPTY_PATH));
	SEE(mkdirat(dir, "../at", 0700));
	SEE(unlinkat(dir, "../../at", AT_REMOVEDIR));
	SEE(chdir("/dir/sub/seen"));
	SEE(rmdir("/dir/sub/seen"));
	see("now in %s", where(NULL));
	SEE(chdir("/"));
	close(dir);
}

int main(void)
{
	make_tree();
	MUST(chroot("jail"));
	MUST(chdir("/"));
	see("in %s", where(NULL));
	ask_all();
	MUST(chdir("/dir"));
	ask_all();
	MUST(chdir("/"));
	opens();
	more_opens();
	changes();
	others();
	folders();
	return done();
}
