/* SPDX-License-Identifier: Apache-2.0 */
/* What the scenarios on /proc share: reading files and parts of them. */
#ifndef PROC_COMMON_H
#define PROC_COMMON_H

#include "scenario.h"

#include <dirent.h>
#include <linux/openat2.h>
#include <stdarg.h>

struct linux_dirent64 {
	uint64_t d_ino;
	int64_t d_off;
	unsigned short d_reclen;
	unsigned char d_type;
	char d_name[];
};

#define SEE(call) see("%s: %s", #call, res(call))

/* A path made by printf; one of sixteen buffers. */
static inline const char *path(const char *fmt, ...)
	__attribute__((format(printf, 1, 2)));
static inline const char *path(const char *fmt, ...)
{
	static __thread char buffers[16][300];
	static __thread unsigned int at;
	char *text = buffers[at++ % 16];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, 300, fmt, args);
	va_end(args);
	return text;
}

/* The rest of an open file, or the name of errno; one of four buffers. */
static inline const char *slurp_fd(int fd)
{
	static __thread char buffers[4][65536];
	static __thread unsigned int at;
	char *text = buffers[at++ % 4];
	size_t len = 0;
	ssize_t n;

	while ((n = read(fd, text + len, 65535 - len)) > 0) {
		len += n;
	}
	if (n == -1) {
		return res(-1);
	}
	text[len] = 0;
	return text;
}

static inline const char *slurp_at(int dirfd, const char *name)
{
	int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC);
	const char *text;

	if (fd == -1) {
		return res(-1);
	}
	text = slurp_fd(fd);
	close(fd);
	return text;
}

static inline const char *slurp(const char *name)
{
	return slurp_at(AT_FDCWD, name);
}

/* The first line, for texts whose rest is of no interest. */
static inline const char *first_line(const char *text)
{
	return path("%.*s", (int)strcspn(text, "\n"), text);
}

/* "1 (name) R 0 …": the number before the name. */
static inline const char *number_in(const char *stat_text)
{
	return path("%.*s", (int)strcspn(stat_text, " "), stat_text);
}

/* pid, state, ppid, pgrp, session and tpgid of a text of N/stat. */
static inline const char *stat_ids(const char *text)
{
	int pid, ppid, pgrp, session, tty, tpgid;
	const char *end = strrchr(text, ')');
	char state;

	if (!end || sscanf(text, "%d", &pid) != 1 ||
	    sscanf(end + 1, " %c %d %d %d %d %d", &state, &ppid, &pgrp,
		   &session, &tty, &tpgid) != 6) {
		return text;
	}
	return path("pid %d %c ppid %d pgrp %d session %d tpgid %d", pid,
		    state, ppid, pgrp, session, tpgid);
}

/* The line of @text that starts with @key, tabs as spaces. */
static inline const char *line_of(const char *text, const char *key)
{
	const char *at = text;
	char *copy;

	while (at && strncmp(at, key, strlen(key)) != 0) {
		at = strchr(at, '\n');
		at = at ? at + 1 : NULL;
	}
	if (!at) {
		return path("no %s", key);
	}
	copy = (char *)path("%.*s", (int)strcspn(at, "\n"), at);
	for (char *c = copy; *c; c++) {
		if (*c == '\t') {
			*c = ' ';
		}
	}
	return copy;
}

static inline const char *link_text(const char *name)
{
	char text[PATH_MAX];
	ssize_t n = readlink(name, text, sizeof(text) - 1);

	if (n == -1) {
		return res(-1);
	}
	text[n] = 0;
	return path("'%s'", text);
}

/* The numbers of a folder, in its order. */
static inline const char *numbers(const char *name)
{
	static __thread char text[900];
	struct dirent *d;
	DIR *dir = opendir(name);
	size_t n = 0;

	if (!dir) {
		return res(-1);
	}
	text[0] = 0;
	while ((d = readdir(dir))) {
		if (d->d_name[0] >= '0' && d->d_name[0] <= '9' && n < 880) {
			n += snprintf(text + n, sizeof(text) - n, " %s",
				      d->d_name);
		}
	}
	closedir(dir);
	return text;
}

/* A child that waits in pause() until it is killed. */
/* Returns when it has begun: so it is asleep for good when it first sleeps. */
static inline pid_t idle_child(void)
{
	struct gate begun;
	pid_t pid;

	gate_init(&begun);
	pid = child();
	if (pid == 0) {
		let(&begun, 1);
		for (;;) {
			pause();
		}
	}
	pass(&begun);
	close(begun.rd);
	close(begun.wr);
	return pid;
}

static inline void end_child(pid_t pid)
{
	kill(pid, SIGKILL);
	reap(pid);
}

/* Waits until /proc/@pid/stat shows that state. */
static inline void until_state(pid_t pid, char state)
{
	for (int i = 0; i < 5000; i++) {
		const char *text = slurp(path("/proc/%d/stat", pid));
		const char *end = strrchr(text, ')');

		if (end && end[2] == state) {
			return;
		}
		usleep(1000);
	}
	see("%d never shows as %c: %s", pid, state,
	    stat_ids(slurp(path("/proc/%d/stat", pid))));
}

#endif
