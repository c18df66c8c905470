/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a tmpfs of a mount namespace lies in: a folder on the host.
 *
 * Theory of operation. $XDG_RUNTIME_DIR, $TMPDIR or /tmp has a folder of the
 * user's alone, nsrun-mounts-UID, and in that each instance which has mounted
 * something has one of its own. The supervisor holds a lock of it as long as it
 * lives; so one that can be locked has been left by a supervisor that was
 * killed, and the next to start removes it.
 *
 * A tree is removed without recursion, whatever a program has made there: each
 * folder that is found is moved up to the instance's and emptied there.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>
#include "src/host/sys.h"
#include "src/ns/mnt_folder.h"
#include "src/view/spot.h"

#define TRIES	   100
#define AT_ONCE	   20000 /* names removed in a second, while tasks wait */
#define NAME_SPACE 48

static int ours = -1; /* the instance's folder, locked */
static char ours_path[4096];
static unsigned int last_name, last_folder;

static void user_path(char *path, size_t size)
{
	static const char *const variables[] = { "XDG_RUNTIME_DIR", "TMPDIR" };
	const char *base = "/tmp";

	for (int i = 1; i >= 0; i--) {
		const char *value = getenv(variables[i]);

		if (value && *value == '/' && access(value, W_OK | X_OK) == 0)
			base = value;
	}
	snprintf(path, size, "%s/nsrun-mounts-%u", base, geteuid());
}

/* Nobody else may have made it, or may write to it. */
static int open_user_folder(const char *path)
{
	_cleanup_close_ int fd =
		open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;
	int own;

	if (fd < 0 || fstat(fd, &st) < 0)
		return (int)sys_result(-1);
	if (st.st_uid != geteuid() || st.st_mode & 077)
		return -EPERM;
	own = fd;
	fd = -1;
	return own;
}

static int open_folder(int at, const char *name)
{
	return (int)sys_result(openat(
		at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

/* ---- removing ---- */

/* A folder whose mode keeps even its owner out; never what a link leads to. */
static void make_own(int at, const char *name)
{
	fchmodat(at, name, 0700, AT_SYMLINK_NOFOLLOW);
}

/* Another one than any before, of whatever supervisor. */
static void next_name(char *name)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	snprintf(name, NAME_SPACE, "%llx.%lx.%u", (long long)now.tv_sec,
		 now.tv_nsec, ++last_name);
}

/*
 * Empties @fd, a folder in @base, and takes @fd. Return: whether it is empty;
 * folders of it are in @base then.
 */
static bool empty_folder(int base, int fd, unsigned int *budget)
{
	DIR *dir = fdopendir(fd);
	struct dirent *entry;

	if (!dir) {
		close(fd);
		return false;
	}
	while (*budget > 0 && (entry = readdir(dir))) {
		char name[NAME_SPACE];

		if (strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0)
			continue;
		--*budget;
		if (unlinkat(fd, entry->d_name, 0) == 0 ||
		    unlinkat(fd, entry->d_name, AT_REMOVEDIR) == 0)
			continue;
		make_own(fd, entry->d_name);
		next_name(name);
		renameat(fd, entry->d_name, base, name);
	}
	closedir(dir);
	return *budget > 0;
}

/* Empties and removes what is in the instance's folder @base. */
static void empty_base(int base, unsigned int *budget)
{
	bool again = true;

	while (again && *budget > 0) {
		int copy = open_folder(base, ".");
		DIR *dir = copy < 0 ? NULL : fdopendir(copy);
		struct dirent *entry;

		again = false;
		while (dir && *budget > 0 && (entry = readdir(dir))) {
			int fd;

			if (entry->d_name[0] == '.')
				continue;
			make_own(base, entry->d_name);
			fd = open_folder(base, entry->d_name);
			if (fd >= 0 && empty_folder(base, fd, budget))
				again |= unlinkat(base, entry->d_name,
						  AT_REMOVEDIR) == 0;
			else if (fd < 0)
				unlinkat(base, entry->d_name, 0);
		}
		if (dir)
			closedir(dir);
	}
}

static bool is_ours(const char *path)
{
	size_t n = strlen(ours_path);

	return strncmp(path, ours_path, n) == 0 && path[n] == '/';
}

/* Of all that is taken off; the rest goes with the next one, or at the end. */
static unsigned int *budget_now(void)
{
	static unsigned int left;
	static time_t second;
	const time_t now = time(NULL);

	if (now != second)
		left = AT_ONCE;
	second = now;
	return &left;
}

/*
 * What is removed at once is moved to a folder of its own first, so that no
 * other file system is met.
 */
void mnt_folder_remove(const struct spot *spot)
{
	_cleanup_close_ int trash = -1;
	char link[64], path[4096], name[NAME_SPACE];

	snprintf(link, sizeof(link), "/proc/self/fd/%d", spot->fd);
	if (ours < 0 || sys_readlink(link, path, sizeof(path)) < 0 ||
	    !is_ours(path))
		return;
	mkdirat(ours, ".trash", 0700);
	trash = open_folder(ours, ".trash");
	next_name(name);
	chmod(link, 0700);
	if (trash >= 0 && renameat(AT_FDCWD, path, trash, name) == 0)
		empty_base(trash, budget_now());
}

/* @name in @user, whose lock is @fd, which is closed. */
static void remove_instance(int user, const char *name, int fd)
{
	int trash = open_folder(fd, ".trash");
	unsigned int all = ~0U;

	if (trash >= 0) {
		empty_base(trash, &all);
		close(trash);
		unlinkat(fd, ".trash", AT_REMOVEDIR);
	}
	empty_base(fd, &all);
	unlinkat(user, name, AT_REMOVEDIR);
	close(fd);
}

void mnt_folders_clean(void)
{
	char path[4096];
	DIR *dir;
	struct dirent *entry;
	int user;

	user_path(path, sizeof(path));
	user = open_user_folder(path);
	if (user < 0)
		return;
	dir = fdopendir(user);
	while (dir && (entry = readdir(dir))) {
		int fd = entry->d_name[0] == '.'
				 ? -1
				 : open_folder(user, entry->d_name);

		if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
			remove_instance(user, entry->d_name, fd);
		else if (fd >= 0)
			close(fd);
	}
	if (dir)
		closedir(dir);
	rmdir(path);
}

void mnt_folders_end(void)
{
	char *slash = strrchr(ours_path, '/');
	int user;

	if (ours < 0)
		return;
	*slash = 0;
	user = open_user_folder(ours_path);
	if (user >= 0) {
		remove_instance(user, slash + 1, ours);
		close(user);
		rmdir(ours_path);
	}
	ours = -1;
}

/* ---- making ---- */

/* Without the links on the way, as the links of descriptors tell it. */
static void note_path(void)
{
	char link[64], path[sizeof(ours_path)];

	snprintf(link, sizeof(link), "/proc/self/fd/%d", ours);
	if (sys_readlink(link, path, sizeof(path)) >= 0)
		strcpy(ours_path, path);
}

/* Who cleans up may remove either one: the instance's before it is locked. */
static long make_ours(void)
{
	size_t n;

	user_path(ours_path, sizeof(ours_path) - NAME_SPACE);
	n = strlen(ours_path);
	for (int i = 0; i < TRIES && ours < 0; i++) {
		struct stat st;
		int fd;

		ours_path[n] = 0;
		mkdir(ours_path, 0700);
		fd = open_user_folder(ours_path);
		if (fd == -ENOENT)
			continue;
		if (fd < 0)
			return fd;
		close(fd);
		strcpy(ours_path + n, "/XXXXXX");
		if (!mkdtemp(ours_path))
			continue;
		fd = open_folder(AT_FDCWD, ours_path);
		if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0 &&
		    fstat(fd, &st) == 0 && st.st_nlink > 0)
			ours = fd;
		else
			sys_close(&fd);
	}
	if (ours < 0)
		return -ENOSPC;
	note_path();
	return 0;
}

int mnt_folder_link(const char *path)
{
	char name[NAME_SPACE];
	long r = ours < 0 ? make_ours() : 0;

	if (r < 0)
		return (int)r;
	next_name(name);
	if (linkat(AT_FDCWD, path, ours, name, 0) < 0)
		return (int)sys_result(-1);
	return (int)sys_result(
		openat(ours, name, O_PATH | O_NOFOLLOW | O_CLOEXEC));
}

long mnt_folder_make(mode_t mode, struct spot **ret_spot)
{
	char name[NAME_SPACE];
	long r = ours < 0 ? make_ours() : 0;

	if (r < 0)
		return r;
	/* Short: the path of a socket in it has little room. */
	snprintf(name, sizeof(name), "%u", ++last_folder);
	r = sys_result(mkdirat(ours, name, 0700));
	if (r < 0)
		return r;
	r = spot_hold((int)sys_result(openat(ours, name,
					     O_PATH | O_NOFOLLOW | O_CLOEXEC)),
		      ret_spot);
	if (r < 0)
		unlinkat(ours, name, AT_REMOVEDIR);
	else if (mode != 0700)
		fchmodat(ours, name, mode | 0700, 0);
	return r;
}
