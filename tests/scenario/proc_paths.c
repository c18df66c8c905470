/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stat, access and readlink say of paths in /proc, and their errors.
 *
 * scenario: bare=skip
 * (the first process is not its own there, and of another user)
 */
#include "proc_common.h"

#include <sys/sysmacros.h>

static void show(const char *name)
{
	char text[64] = "";
	struct statx sx;
	struct stat st;
	ssize_t n;

	see("'%.60s' (%zu)", name, strlen(name));
	see("  stat %s", stat(name, &st) ? res(-1) :
		path("%o uid %s", st.st_mode,
		     st.st_uid == getuid() ? "own" : "other"));
	see("  lstat %s", lstat(name, &st) ? res(-1) :
		path("%o size %ld", st.st_mode, (long)st.st_size));
	see("  statx %s", statx(AT_FDCWD, name, 0, STATX_BASIC_STATS, &sx) ?
		res(-1) : path("%o", sx.stx_mode));
	see("  access %s", res(access(name, F_OK)));
	see("  faccessat2 %s", res(syscall(SYS_faccessat2, AT_FDCWD, name,
					    R_OK, AT_SYMLINK_NOFOLLOW)));
	n = readlink(name, text, sizeof(text));
	see("  readlink %s", n == -1 ? res(-1) :
	    n > 0 && text[0] == '/' ? "a path" :
	    strchr(text, '[') ? "a namespace" :
				      path("'%.*s'", (int)n, text));
	n = open(name, O_RDONLY | O_NONBLOCK);
	see("  open %s", n == -1 ? res(-1) : "done");
	if (n != -1) {
		close(n);
	}
}

static void bad_addresses(void)
{
	char *edge = guard_alloc(8);
	struct stat st;
	char text[8];
	int fd = MUST(open("/proc", O_RDONLY));

	memcpy(edge, "/proc/1x", 8);
	SEE(open(edge, O_RDONLY));
	SEE(stat(edge, &st));
	SEE(readlink(edge, text, 8));
	SEE(open(BAD_ADDR, O_RDONLY));
	SEE(syscall(SYS_stat, "/proc/1", BAD_ADDR));
	SEE(syscall(SYS_newfstatat, fd, "1", BAD_ADDR, 0));
	SEE(syscall(SYS_statx, fd, "1", 0, STATX_BASIC_STATS, BAD_ADDR));
	SEE(syscall(SYS_readlink, "/proc/self", BAD_ADDR, 8));
	SEE(syscall(SYS_readlink, "/proc/self", text, 0));
	SEE(syscall(SYS_readlink, "/proc/self", text, -1));
	SEE(syscall(SYS_readlink, "/proc/thread-self", text, 3));
	SEE(syscall(SYS_readlinkat, fd, "", text, 8));
	SEE(syscall(SYS_readlinkat, fd, "self", text, 8));
	SEE(syscall(SYS_readlinkat, -1, "self", text, 8));
	SEE(syscall(SYS_readlinkat, -1, "/proc/self", text, 8));
	SEE(syscall(SYS_statx, fd, "1", 0x10000000, 0, text));
	SEE(syscall(SYS_newfstatat, fd, "1", &st, 0x10000000));
	SEE(syscall(SYS_newfstatat, fd, "", &st, 0));
	SEE(syscall(SYS_newfstatat, fd, "", &st, AT_EMPTY_PATH));
	SEE(syscall(SYS_faccessat, fd, "1", 8));
	SEE(syscall(SYS_faccessat2, fd, "1", R_OK, 0x10000000));
	SEE(syscall(SYS_faccessat, fd, "1/mem", W_OK));
	SEE(syscall(SYS_faccessat, fd, "1/stat", W_OK));
	SEE(syscall(SYS_faccessat, fd, "1/stat", X_OK));
	SEE(open("/proc/1/stat", O_WRONLY));
	SEE(open("/proc/1/stat", O_RDWR));
	SEE(open("/proc/1/stat", O_RDONLY | O_TRUNC));
	SEE(open("/proc/1/stat", O_RDONLY | O_DIRECTORY));
	SEE(open("/proc/1/status", O_RDONLY | O_CREAT | O_EXCL, 0600));
	SEE(open("/proc/1", O_WRONLY));
	SEE(open("/proc/1", O_RDONLY | O_CREAT, 0600));
	SEE(open("/proc/31999/x", O_RDONLY | O_CREAT, 0600));
	SEE(mkdir("/proc/1/x", 0700));
	SEE(rmdir("/proc/1"));
	SEE(unlink("/proc/1/stat"));
	SEE(rename("/proc/1/stat", "/proc/1/x"));
	close(fd);
}

static void *sleeper(void *gate)
{
	pass(gate);
	return NULL;
}

int main(void)
{
	static const char *const names[] = {
		"/proc", "/proc/", "/proc/.", "/proc/1", "/proc/1/",
		"/proc/self", "/proc/self/", "/proc/thread-self",
		"/proc/31999", "/proc/31999/", "/proc/31999/stat",
		"/proc/01", "/proc/001/stat", "/proc/0", "/proc/-1",
		"/proc/+1", "/proc/1x", "/proc/ 1", "/proc/4294967297",
		"/proc/2147483647", "/proc/2147483648",
		"/proc/99999999999999999999999", "/proc/1/stat",
		"/proc/1/stat/", "/proc/1/stat/x", "/proc/1/stat/.",
		"/proc/1/stat/..", "/proc/1/x", "/proc/1/task",
		"/proc/1/task/1", "/proc/1/task/01", "/proc/1/task/2",
		"/proc/1/task/2/stat", "/proc/1/task/1/task",
		"/proc/1/task/1/children", "/proc/2/task/2/stat",
		"/proc/3", "/proc/3/task/1", "/proc/3/task/3",
		"/proc/1/task/3/stat", "/proc/1/exe/", "/proc/1/cwd/",
		"/proc/1/cwd", "/proc/1/root", "/proc/1/fd", "/proc/1/fd/0",
		"/proc/1/fd/99", "/proc/1/fd/00", "/proc/1/fdinfo/0",
		"/proc/1/ns/pid", "/proc/1/ns/x", "/proc/1/map_files/0-0",
		"/proc/2/exe", "/proc/2/cwd/x", "/proc/mounts", "/proc/net",
		"/proc/net/", "/proc/net/unix", "/proc/sys/kernel/pid_max",
		"/proc/1/attr", "/proc/1/net/unix", "/proc/1/../1",
		"/proc/1/../..", "", "/proc/1/environ", "/proc/1/mem",
		"/proc/2/mem", "/proc/1/cmdline", "/proc/1/syscall",
	};
	struct gate gate;
	pthread_t id;
	char *name;
	pid_t pid;

	gate_init(&gate);
	pid = idle_child();
	pthread_create(&id, NULL, sleeper, &gate);
	until_state(pid, 'S');
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		show(names[i]);
	}
	let(&gate, 1);
	pthread_join(id, NULL);
	MUST(symlink("loop", "loop"));
	MUST(symlink("/proc/self/cwd/round", "round"));
	MUST(chdir("/proc/1/cwd"));
	show("loop");
	show("round");
	show("/proc/self/cwd/loop");
	name = malloc(6000);
	memset(name, 'x', 6000);
	memcpy(name, "/proc/", 6);
	name[6 + 255] = 0;
	show(name);
	name[6 + 255] = 'x';
	name[6 + 256] = 0;
	show(name);
	memset(name, '/', 6000);
	memcpy(name, "/proc", 5);
	strcpy(name + 4089, "1/stat");
	show(name);
	name[4089] = '/';
	strcpy(name + 4090, "1/stat");
	show(name);
	bad_addresses();
	end_child(pid);
	return done();
}
