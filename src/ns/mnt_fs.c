/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What can be mounted in a mount namespace.
 *
 * tmpfs and ramfs are folders of nsrun's (mnt_folder.c): their size is shown
 * and not enforced. proc is nsrun's view of /proc. sysfs, devpts and mqueue
 * are the host's own, seen at another place. Who may mount one is decided as
 * in the kernel: by the user namespace that owns what it shows.
 */
#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include "src/host/sys.h"
#include "src/ns/mnt.h"
#include "src/ns/mnt_folder.h"
#include "src/ns/user_cred.h"
#include "src/task/task.h"
#include "src/view/spot.h"

#define MINOR_FIRST 1000 /* of devices without a number of the host's */
#define FS_MADE_MAX 512

static unsigned int last_minor = MINOR_FIRST, made;

static void fs_gone(struct mount_fs *fs)
{
	if (fs->folder) {
		mnt_folder_remove(fs->folder);
		spot_put(fs->folder);
		made--;
	}
	free(fs);
}

static struct mount_fs *create(const char *type, const char *options)
{
	struct mount_fs *fs = calloc(1, sizeof(*fs));

	if (!fs)
		return NULL;
	fs->refs = 1;
	fs->gone = fs_gone;
	fs->proc = strcmp(type, "proc") == 0;
	fs->terminals = strcmp(type, "devpts") == 0;
	snprintf(fs->type, sizeof(fs->type), "%s", type);
	snprintf(fs->options, sizeof(fs->options), "%s", options);
	return fs;
}

struct mount_fs *mnt_fs_host(const char *type, const char *options,
			     unsigned int major, unsigned int minor)
{
	struct mount_fs *fs = create(type, options);

	if (!fs)
		return NULL;
	fs->host = true;
	fs->major = major;
	fs->minor = minor;
	return fs;
}

/* ---- tmpfs ---- */

static const char *const tmpfs_words[] = {
	"size=", "nr_blocks=", "nr_inodes=", "mode=",	"uid=", "gid=",
	"huge=", "mpol=",      "inode32",    "inode64", NULL,
};

/* Is it, or does it begin with, one of @known? */
static bool is_word(const char *const *known, const char *word)
{
	for (; *known; known++)
		if (strncmp(word, *known, strlen(*known)) == 0)
			return true;
	return !*word;
}

/* Return: 0 with the mode of its folder, or -EINVAL. */
static long parse_tmpfs(const char *data, mode_t *ret_mode)
{
	char text[160], *rest = text, *word;

	*ret_mode = 01777;
	snprintf(text, sizeof(text), "%s", data);
	while ((word = strsep(&rest, ","))) {
		char *end = word;

		if (!is_word(tmpfs_words, word))
			return -EINVAL;
		if (strncmp(word, "mode=", 5) != 0)
			continue;
		*ret_mode = (mode_t)strtoul(word + 5, &end, 8) & 07777;
		if (!word[5] || *end)
			return -EINVAL;
	}
	return 0;
}

static void show(struct mount_fs *fs, const char *format, unsigned long value)
{
	size_t n = strlen(fs->options);

	if (n > 0 && n + 1 < sizeof(fs->options))
		fs->options[n++] = ',';
	snprintf(fs->options + n, sizeof(fs->options) - n, format, value);
}

/* Bytes, or with k, m or g; 0: shares of the memory, which is not shown. */
static unsigned long bytes_of(const char *text)
{
	char *unit;
	unsigned long n = strtoul(text, &unit, 0);
	static const char units[] = "kmg";
	const char *at = strchr(units, *unit | 0x20);

	if (*unit == '%')
		return 0;
	return *unit && at ? n << 10 * (at - units + 1) : n;
}

/* shmem_show_options() */
static void show_tmpfs(struct mount_fs *fs, const char *data, mode_t mode)
{
	const char *size = strstr(data, "size=");
	const char *inodes = strstr(data, "nr_inodes=");

	if (size && bytes_of(size + 5))
		show(fs, "size=%luk", (bytes_of(size + 5) + 4095) / 4096 * 4);
	if (inodes)
		show(fs, "nr_inodes=%lu", bytes_of(inodes + 10));
	if (mode != 01777)
		show(fs, "mode=%03lo", mode);
}

static long make_tmpfs(const char *type, const char *data,
		       struct mount_fs **ret_fs)
{
	struct mount_fs *fs;
	mode_t mode;
	long r = parse_tmpfs(data, &mode);

	if (r < 0)
		return r;
	if (made == FS_MADE_MAX)
		return -ENOSPC;
	fs = create(type, "");
	if (!fs)
		return -ENOMEM;
	show_tmpfs(fs, data, mode);
	r = mnt_folder_make(mode, &fs->folder);
	if (r < 0) {
		mount_fs_put(fs);
		return r == -EACCES || r == -EPERM ? -ENOSPC : r;
	}
	made++;
	fs->minor = ++last_minor;
	*ret_fs = fs;
	return 0;
}

/* ---- what is there already ---- */

/* Where the host has it, and what can be said of it. */
static const struct shown {
	const char *type, *path, *words[8];
} shown[] = {
	{ "proc", "/proc", { "gid=", "hidepid=", "subset=" } },
	{ "sysfs", "/sys", { NULL } },
	{ "devpts",
	  "/dev/pts",
	  { "uid=", "gid=", "mode=", "ptmxmode=", "newinstance", "max=" } },
	{ "mqueue", "/dev/mqueue", { NULL } },
};

static const struct shown *find_shown(const char *type)
{
	for (size_t i = 0; i < sizeof(shown) / sizeof(*shown); i++)
		if (strcmp(shown[i].type, type) == 0)
			return &shown[i];
	return NULL;
}

/* Mountinfo tells them as they are: nothing that looks like a line of it. */
static bool may_say(const struct shown *what, const char *data)
{
	char text[160], *rest = text, *word;

	snprintf(text, sizeof(text), "%s", data);
	if (text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789=,")])
		return false;
	while ((word = strsep(&rest, ",")))
		if (!is_word(what->words, word))
			return false;
	return true;
}

static long make_shown(const struct shown *what, const char *data,
		       struct mount_fs **ret_fs, struct spot **ret_root)
{
	struct mount_fs *fs;
	long r =
		may_say(what, data) ? spot_open(what->path, ret_root) : -EINVAL;

	/* One that the host has not mounted. */
	if (r < 0)
		return r == -ENOENT || r == -EACCES ? -EPERM : r;
	fs = create(what->type, data);
	if (!fs) {
		spot_put(*ret_root);
		return -ENOMEM;
	}
	fs->minor = ++last_minor;
	*ret_fs = fs;
	return 0;
}

/* ENODEV of what the kernel has not got either. */
static long refuse(const char *type)
{
	char text[8192], word[48];

	snprintf(word, sizeof(word), "\t%.40s\n", type);
	if (sys_read_file("/proc/filesystems", text, sizeof(text)) >= 0 &&
	    strstr(text, word))
		return -EPERM;
	return -ENODEV;
}

long mnt_fs_make(struct task *task, const char *type, const char *data,
		 struct mount_fs **ret_fs, struct spot **ret_root)
{
	const struct user_namespace *owner = task->nsproxy->mnt->common.owner;
	const struct shown *what = find_shown(type);
	long r;

	if (strcmp(type, "tmpfs") == 0 || strcmp(type, "ramfs") == 0) {
		r = make_tmpfs(type, data, ret_fs);
		if (r == 0)
			*ret_root = spot_get((*ret_fs)->folder);
		return r;
	}
	if (!what)
		return refuse(type);
	if (strcmp(type, "proc") == 0)
		owner = task_pid_ns(task)->common.owner;
	if (!user_cred_capable(task->cred, owner, CAP_SYS_ADMIN))
		return -EPERM;
	return make_shown(what, data, ret_fs, ret_root);
}
