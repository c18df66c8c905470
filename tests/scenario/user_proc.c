/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Users, groups and capabilities in /proc, of oneself and of others; who may
 * look into whom.
 *
 * scenario: user=all needs=root,userns run-as=root
 */
#include "user_common.h"
#include <elf.h>

#define CAP(c) (UINT64_C(1) << (c))

static const char *const keys[] = { "Uid:", "Gid:", "Groups:", "Cap",
				    "NoNewPrivs:" };

static void see_status(const char *who, const char *path)
{
	char line[512];
	FILE *file = fopen(path, "r");

	while (file && fgets(line, sizeof(line), file))
		for (int i = 0; i < 5; i++)
			if (strncmp(line, keys[i], strlen(keys[i])) == 0)
				see("%s: %.*s.", who, (int)strcspn(line, "\n"),
				    line);
	if (file)
		fclose(file);
	else
		see("%s: %s: %s", who, path, res(-1));
}

static void see_owner(const char *who, const char *folder)
{
	static const char *const names[] = { "",	"/status", "/environ",
					     "/fd",	"/task",   "/exe",
					     "/uid_map" };
	char path[64];
	struct stat st;

	for (int i = 0; i < 7; i++) {
		snprintf(path, sizeof(path), "%s%s", folder, names[i]);
		if (lstat(path, &st) < 0)
			see("%s %s: %s", who, names[i], res(-1));
		else
			see("%s %s: %d %d", who, names[i], (int)st.st_uid,
			    (int)st.st_gid);
	}
}

static void see_rights(const char *who, pid_t pid)
{
	static const char *const names[] = { "status",	"environ", "maps",
					     "fd",	"mem",	   "io",
					     "uid_map", "comm",	   "auxv",
					     "cmdline" };
	char path[64], target[256];

	for (int i = 0; i < 10; i++) {
		char byte;
		int fd, r;

		snprintf(path, sizeof(path), "/proc/%d/%s", pid, names[i]);
		fd = open(path, O_RDONLY);
		r = fd;
		if (fd >= 0 && strcmp(names[i], "io") == 0)
			r = (int)read(fd, &byte, 1) < 0 ? -1 : fd;
		see("%s: %s %s", who, names[i], r < 0 ? res(-1) : "may");
		if (fd >= 0)
			close(fd);
	}
	snprintf(path, sizeof(path), "/proc/%d/exe", pid);
	see("%s: exe %s", who,
	    readlink(path, target, sizeof(target)) < 0 ? res(-1) : "may");
	snprintf(path, sizeof(path), "/proc/%d/cwd", pid);
	see("%s: cwd %s", who,
	    readlink(path, target, sizeof(target)) < 0 ? res(-1) : "may");
}

static void see_auxv(void)
{
	Elf64_auxv_t entry;
	int fd = MUST(open("/proc/self/auxv", O_RDONLY));

	while (read(fd, &entry, sizeof(entry)) == sizeof(entry))
		switch (entry.a_type) {
		case AT_UID:
		case AT_EUID:
		case AT_GID:
		case AT_EGID:
		case AT_SECURE:
			see("auxv %d: %d", (int)entry.a_type,
			    (int)entry.a_un.a_val);
		}
	close(fd);
}

static void see_file(const char *path)
{
	char text[256] = "";
	int fd = MUST(open(path, O_RDONLY));

	see("%s: %s '%.5s'", path, res(read(fd, text, sizeof(text) - 1)), text);
	close(fd);
}

static struct gate ready, go;

/* A process of @uid for others to look at. */
static pid_t start(int uid, int euid)
{
	const gid_t groups[] = { 70, 60 };
	pid_t pid = child();

	if (pid)
		return pid;
	MUST(syscall(SYS_setgroups, 2, groups));
	MUST(syscall(SYS_setresgid, uid, uid, uid));
	MUST(syscall(SYS_setresuid, uid, euid, uid));
	let(&ready, 1);
	pass(&go);
	_exit(0);
}

static void look(const char *who, int uid, uint64_t caps, pid_t pid)
{
	pid_t looker = child();

	if (looker == 0) {
		MUST(prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0));
		MUST(syscall(SYS_setresgid, uid, uid, uid));
		MUST(syscall(SYS_setresuid, uid, uid, uid));
		if (uid)
			MUST(set_caps(caps, caps, 0));
		see_rights(who, pid);
		_exit(0);
	}
	reap(looker);
}

int main(void)
{
	char path[64];
	pid_t pid;

	gate_init(&ready);
	gate_init(&go);
	see_rights("nobody's number", NOBODY);
	see_status("root", "/proc/self/status");
	see_status("thread", "/proc/thread-self/status");
	see_owner("root", "/proc/1");
	see_auxv();
	see_file("/proc/self/setgroups");
	see_file("/proc/self/projid_map");
	pid = start(33, 33);
	pass(&ready);
	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	see_status("33", path);
	snprintf(path, sizeof(path), "/proc/%d", pid);
	see_owner("33, undumpable", path);
	look("root at 33", 0, 0, pid);
	look("33 at undumpable 33", 33, 0, pid);
	look("44 at 33", 44, 0, pid);
	look("44 with CAP_SYS_PTRACE at 33", 44, CAP(CAP_SYS_PTRACE), pid);
	let(&go, 1);
	waitid(P_PID, pid, NULL, WEXITED | WNOWAIT);
	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	see_status("zombie", path);
	reap(pid);
	return done();
}
