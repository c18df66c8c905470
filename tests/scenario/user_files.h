/* SPDX-License-Identifier: Apache-2.0 */
/* What the scenarios of files' owners share. */
#ifndef USER_FILES_H
#define USER_FILES_H

#include <grp.h>
#include <sys/sysmacros.h>
#include "scenario.h"

#define SEE(call) see("%s: %s", #call, res(call))

static inline void show_stat(const char *name, const struct stat *st)
{
	see("%s: %06o %u:%u rdev %u:%u size %lld links %lu", name, st->st_mode,
	    st->st_uid, st->st_gid, major(st->st_rdev), minor(st->st_rdev),
	    S_ISDIR(st->st_mode) ? 0LL : (long long)st->st_size,
	    S_ISDIR(st->st_mode) ? 0UL : st->st_nlink);
}

/* What the file itself shows, which all ways of asking must agree upon. */
static inline void show(const char *name)
{
	struct stat st, by_fd;
	struct statx stx;
	int fd;

	if (lstat(name, &st) < 0) {
		see("%s: %s", name, res(-1));
		return;
	}
	show_stat(name, &st);
	fd = MUST(open(name, O_PATH | O_NOFOLLOW));
	MUST(fstat(fd, &by_fd));
	MUST(statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &stx));
	if (by_fd.st_uid != st.st_uid || by_fd.st_mode != st.st_mode ||
	    stx.stx_gid != st.st_gid || stx.stx_mode != st.st_mode ||
	    stx.stx_rdev_minor != minor(st.st_rdev))
		see("%s: fstat or statx say otherwise", name);
	close(fd);
}

static inline void make(const char *name, mode_t mode, const char *text)
{
	int fd = MUST(open(name, O_CREAT | O_EXCL | O_WRONLY, mode));

	if (write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		die("%s: not written", name);
	close(fd);
}

/* A child with these ids and the further group 500. Return: 0 in it. */
static inline pid_t child_as(uid_t uid, gid_t gid)
{
	const gid_t groups[] = { 500 };
	pid_t pid = child();

	if (pid)
		return pid;
	MUST(setgroups(1, groups));
	MUST(setresgid(gid, gid, gid));
	MUST(setresuid(uid, uid, uid));
	return 0;
}

#endif
