/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Landlock; see landlock.h and landlock(7).
 *
 * Rights can only be granted, by folder: so opening is made a right, and each
 * folder in the root but /proc is granted it. What is opened on behalf of the
 * task, by the supervisor, is not concerned.
 */
#include "src/host/landlock.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "src/host/sys.h"

/* The build machine's headers may be older: linux/landlock.h of Linux 6.12. */
#define NR_CREATE_RULESET 444
#define NR_ADD_RULE 445
#define NR_RESTRICT_SELF 446

#define CREATE_VERSION (1U << 0)
#define CREATE_ERRATA (1U << 1)

#define FS_WRITE_FILE (1ULL << 1)
#define FS_READ_FILE (1ULL << 2)
#define FS_READ_DIR (1ULL << 3)
#define FS_REFER (1ULL << 13)	/* ABI 2: always handled, so granted too */

#define SCOPE_SOCKET (1ULL << 0)	/* ABI 6 */
#define SCOPE_SIGNAL (1ULL << 1)	/* ABI 6 */

#define RULE_PATH_BENEATH 1

struct ruleset {
	uint64_t fs, net, scoped;
};

struct path_beneath {
	uint64_t allowed;
	int32_t parent;
} __attribute__((packed));

static int query(unsigned int flag)
{
	long r = sys_call(NR_CREATE_RULESET, 0, 0, flag, 0, 0, 0);

	return r < 0 ? 0 : (int)r;
}

int landlock_abi(void)
{
	return query(CREATE_VERSION);
}

int landlock_errata(void)
{
	return query(CREATE_ERRATA);
}

static long grant(int ruleset, const char *name, uint64_t rights)
{
	_cleanup_close_ int fd = openat(AT_FDCWD, name, O_PATH | O_CLOEXEC |
					O_NOFOLLOW);
	struct path_beneath rule = { .allowed = rights, .parent = fd };
	struct stat st;

	/* What can't be reached or is a link needs no right of its own. */
	if (fd < 0 || fstat(fd, &st) < 0 || S_ISLNK(st.st_mode))
		return 0;
	if (!S_ISDIR(st.st_mode))
		rule.allowed &= FS_READ_FILE | FS_WRITE_FILE;
	return sys_call(NR_ADD_RULE, (uint64_t)ruleset, RULE_PATH_BENEATH,
			(uintptr_t)&rule, 0, 0, 0);
}

static long grant_all_but_proc(int ruleset, uint64_t rights)
{
	DIR *root = opendir("/");
	long r = root ? 0 : sys_result(-1);

	for (struct dirent *d; r == 0 && root && (d = readdir(root));) {
		char path[NAME_MAX + 2] = "/";

		if (strcmp(d->d_name, ".") == 0 ||
		    strcmp(d->d_name, "..") == 0 ||
		    strcmp(d->d_name, "proc") == 0)
			continue;
		strcat(path, d->d_name);
		r = grant(ruleset, path, rights);
	}
	if (root)
		closedir(root);
	return r;
}

long landlock_close_proc(void)
{
	int abi = landlock_abi();
	struct ruleset attr = {
		.fs = FS_READ_FILE | FS_READ_DIR | FS_WRITE_FILE,
		.scoped = abi >= 6 ? SCOPE_SIGNAL : 0,
	};
	size_t size = abi >= 6 ? sizeof(attr) : sizeof(attr.fs);
	_cleanup_close_ int ruleset = -1;
	long r;

	if (abi <= 0)
		return -EOPNOTSUPP;
	if (access("/", W_OK) == 0)
		return -EPERM;
	if (abi >= 2)
		attr.fs |= FS_REFER;
	ruleset = (int)sys_call(NR_CREATE_RULESET, (uintptr_t)&attr, size, 0,
				0, 0, 0);
	if (ruleset < 0)
		return ruleset;
	r = grant_all_but_proc(ruleset, attr.fs);
	return r < 0 ? r : sys_call(NR_RESTRICT_SELF, (uint64_t)ruleset, 0, 0,
				    0, 0, 0);
}

/* A domain that does not grant it refuses to rename from folder to folder. */
long landlock_scope_sockets(void)
{
	const struct ruleset attr = { .fs = FS_REFER, .scoped = SCOPE_SOCKET };
	_cleanup_close_ int ruleset = -1;
	long r;

	if (landlock_abi() < 6)
		return -EOPNOTSUPP;
	ruleset = (int)sys_call(NR_CREATE_RULESET, (uintptr_t)&attr,
				sizeof(attr), 0, 0, 0, 0);
	if (ruleset < 0)
		return ruleset;
	r = grant(ruleset, "/", FS_REFER);
	return r < 0 ? r : sys_call(NR_RESTRICT_SELF, (uint64_t)ruleset, 0, 0,
				    0, 0, 0);
}
