/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /proc below a root: mounted there, and what its links and maps say of paths,
 * to who is below and to who is not.
 *
 * scenario: user=root run-as=root needs=root bare=skip
 * (it mounts a /proc)
 */
#include "user_chroot.h"
#include <sys/mount.h>
#include <sys/statfs.h>

static const char *top;

/* A text with TOP for the folder that differs from run to run. */
static const char *without_top(const char *text)
{
	static char out[2 * PATH_MAX];
	const char *at = strstr(text, top);

	if (!at)
		return text;
	snprintf(out, sizeof(out), "%.*sTOP%s", (int)(at - text), text,
		 at + strlen(top));
	return out;
}

static void links(const char *who, pid_t pid)
{
	static const char *const names[] = { "cwd", "root", "fd/77" };
	char path[64];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "/proc/%d/%s", pid, names[i]);
		see("%s: %s -> %s", who, path, without_top(link_text(path)));
	}
	snprintf(path, sizeof(path), "/proc/%d/root/file", pid);
	see("%s: %s '%s'", who, path, content(path));
	snprintf(path, sizeof(path), "/proc/%d/root/../dir/file", pid);
	see("%s: %s '%s'", who, path, content(path));
	snprintf(path, sizeof(path), "/proc/%d/cwd/../file", pid);
	see("%s: %s '%s'", who, path, content(path));
	snprintf(path, sizeof(path), "/proc/%d/fd/77", pid);
	see("%s: %s '%s'", who, path, content(path));
}

/* How does the first mapping of a file with this name call it? */
static void mapped(const char *who, const char *file, const char *name)
{
	FILE *maps = fopen(file, "r");
	char line[PATH_MAX];

	if (!maps) {
		see("%s: %s", who, res(-1));
		return;
	}
	while (fgets(line, sizeof(line), maps)) {
		char *at = strchr(line, '/');

		if (!at || !strstr(at, name))
			continue;
		at[strcspn(at, "\n")] = 0;
		see("%s: mapped %s", who, without_top(at));
		break;
	}
	fclose(maps);
}

static void mounts(const char *name)
{
	char line[PATH_MAX], type[64], point[PATH_MAX];
	FILE *file = fopen(name, "r");

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "%*s %4095s %63s", point, type) == 2)
			see("%s: %s on %s", name, type, point);
	if (file)
		fclose(file);
}

static void inside(struct gate *ready, struct gate *over)
{
	int fd, other = MUST(open("file", O_RDONLY));
	struct stat st;

	MUST(chroot("jail"));
	MUST(chdir("/dir"));
	SEE(access("/proc/self", F_OK));
	SEE(mount("proc", "/none", "proc", 0, NULL));
	SEE(mount("proc", "/file", "proc", 0, NULL));
	SEE(mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC,
		  NULL));
	fd = MUST(open("/file", O_RDONLY));
	MUST(dup2(fd, 77));
	MUST(mmap(NULL, 4096, PROT_READ, MAP_SHARED, 77, 0) == MAP_FAILED ? -1
									  : 0);
	see("self is %s", link_text("/proc/self"));
	links("inside", getpid());
	MUST(dup2(other, 78));
	see("outside: %s", without_top(link_text("/proc/self/fd/78")));
	see("outside: '%s'", content("/proc/self/fd/78"));
	mapped("inside", "/proc/self/maps", "/file");
	mounts("/proc/self/mounts");
	mounts("/proc/mounts");
	SEE(stat("/proc/self/status", &st));
	SEE(stat("/proc/../proc/./self/../self/fd", &st));
	SEE(open("/proc/none", O_RDONLY));
	SEE(mkdir("/proc/x", 0700));
	SEE(chdir("/proc/self"));
	see("in %s", where(top));
	SEE(access("status", R_OK));
	SEE(access("../../file", R_OK));
	SEE(chdir("/proc/self/root"));
	see("in %s", where(top));
	SEE(chdir("/proc/self/root/dir"));
	see("in %s", where(top));
	SEE(symlink("/proc/self/fd", "/fd"));
	SEE(access("/fd/77", R_OK));
	see("by link '%s'", content("/fd/77"));
	SEE(chroot("/proc/self/root"));
	let(ready, 1);
	pass(over);
	SEE(umount("/dir"));
	SEE(umount("/proc"));
	SEE(access("/proc/self", F_OK));
}

int main(void)
{
	struct gate ready, over;
	pid_t pid;

	gate_init(&ready);
	gate_init(&over);
	top = make_tree();
	MUST(mkdir("jail/proc", 0755));
	pid = child();
	if (pid == 0) {
		inside(&ready, &over);
		_exit(0);
	}
	pass(&ready);
	links("outside", pid);
	let(&over, 1);
	see("%s", wait_text(reap(pid)));
	return done();
}
