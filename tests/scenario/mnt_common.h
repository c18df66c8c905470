/* SPDX-License-Identifier: Apache-2.0 */
/* What the scenarios of mounts share. */
#ifndef MNT_COMMON_H
#define MNT_COMMON_H

#include <sys/mount.h>
#include <sys/syscall.h>
#include "user_chroot.h"

/* The folder in which it all happens. */
static char base[PATH_MAX];

/* A mount namespace of its own, where no change comes from or goes to. */
static inline void begin(void)
{
	MUST(unshare(CLONE_NEWNS));
	MUST(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	if (!getcwd(base, sizeof(base)))
		die("getcwd");
}

static inline void folder(const char *name)
{
	MUST(mkdir(name, 0755));
}

/* @path with "BASE" in place of the folder. */
static inline const char *shorten(const char *path)
{
	static char text[PATH_MAX + 16];
	const char *at = strstr(path, base);

	if (!base[1] || !at)
		return path;
	snprintf(text, sizeof(text), "%.*sBASE%s", (int)(at - path), path,
		 at + strlen(base));
	return text;
}

static inline const char *cwd(void)
{
	static char text[PATH_MAX];
	long n = syscall(SYS_getcwd, text, sizeof(text));

	return n < 0 ? res(n) : shorten(text);
}

/* What of the two lines of mountinfo counts: not numbers, not the device. */
static inline void show_line(char *line, const int *ids, int n)
{
	char point[PATH_MAX], root[PATH_MAX], flags[128], rest[512];
	char *dash = strstr(line, " - ");
	int id, parent, end = 0, mine = -1;

	if (!dash || sscanf(line, "%d %d %*s %4095s %4095s %127s%n", &id,
			    &parent, root, point, flags, &end) != 5)
		die("mountinfo: %s", line);
	for (int i = 0; i < n; i++)
		if (ids[i] == parent)
			mine = i;
	*dash = 0;
	snprintf(rest, sizeof(rest), "%s", line + end);
	for (char *at = strchr(rest, ':'); at; at = strchr(at, ':')) {
		size_t len = strspn(at + 1, "0123456789");

		*at = 'N';
		memmove(at + 1, at + 1 + len, strlen(at + 1 + len) + 1);
	}
	/* Of a file system that is the host's, nothing more. */
	line = dash + 3;
	line[strcspn(line, " ")] = 0;
	see("  %s on %s%s%s in %d%s", flags, shorten(point),
	    strcmp(line, "tmpfs") == 0 ? " tmpfs" : "",
	    strcmp(line, "tmpfs") == 0 && strcmp(root, "/") != 0 ? root : "",
	    mine, rest);
}

/* The mounts below the folder, and how they hang together. */
static inline void show_mounts(const char *what)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	char line[8192];
	int ids[64], n = 0;

	if (!file)
		die("mountinfo");
	see("%s:", what);
	while (fgets(line, sizeof(line), file) && n < 64) {
		char point[PATH_MAX];

		line[strcspn(line, "\n")] = 0;
		if (sscanf(line, "%d %*d %*s %*s %4095s", &ids[n], point) != 2)
			die("mountinfo: %s", line);
		if (strncmp(point, base, strlen(base)) != 0)
			continue;
		show_line(line, ids, n);
		n++;
	}
	fclose(file);
}

/* In a new user namespace: root there is root here. */
static inline void be_root(void)
{
	static const char *const files[] = { "setgroups", "uid_map", "gid_map" };

	for (int i = 0; i < 3; i++) {
		const char *text = i ? "0 0 1" : "deny";
		char path[64];
		int fd;

		snprintf(path, sizeof(path), "/proc/self/%s", files[i]);
		fd = MUST(open(path, O_WRONLY));
		MUST(write(fd, text, strlen(text)));
		close(fd);
	}
}

#endif
