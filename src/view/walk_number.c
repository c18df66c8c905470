/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Paths of /proc with the host's numbers and with those of a namespace: a place
 * that was found is opened by the one, and a link is told by the other.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "src/ns/pid.h"
#include "src/task/task.h"
#include "src/view/proc_net.h"
#include "src/view/walk.h"

bool view_is_number(const char *text)
{
	size_t n = strspn(text, "0123456789");

	return n > 0 && n < 10 && !text[n] && (text[0] != '0' || n == 1);
}

const char *view_below_proc(const char *path)
{
	if (strncmp(path, "/proc", 5) != 0)
		return NULL;
	if (path[5] == 0)
		return path + 5;
	return path[5] == '/' ? path + 6 : NULL;
}

/*
 * Replaces the number after the first @skip components of @path, if there is
 * one, by what @turn makes of it. Return: 0, or -ENOENT if that is negative.
 */
static long turn_number(char *path, size_t size, unsigned int skip,
			int (*turn)(const struct task *task, int nr),
			const struct task *task)
{
	char number[16], tail[VIEW_PATH_MAX];
	char *at = path;
	size_t n;
	int nr;

	while (skip-- > 0) {
		at = strchr(at, '/');
		if (!at)
			return 0;
		at++;
	}
	n = strcspn(at, "/ "); /* " (deleted)" */
	if (n == 0 || n >= sizeof(number))
		return 0;
	memcpy(number, at, n);
	number[n] = 0;
	if (!view_is_number(number))
		return 0;
	nr = turn(task, atoi(number));
	if (nr < 0)
		return -ENOENT;
	snprintf(tail, sizeof(tail), "%s", at + n);
	snprintf(at, size - (size_t)(at - path), "%d%s", nr, tail);
	return 0;
}

static int to_host(const struct task *task, int nr)
{
	int host = (int)pid_to_host(task, nr);

	return host == 0 || host == SYS_NO_PID ? -1 : host;
}

/* Are the third and further components those of a thread: "N/task/T"? */
static bool has_thread(const char *path)
{
	const char *slash = strchr(path, '/');

	return slash && strncmp(slash, "/task/", 6) == 0;
}

/* The process of a task's or zombie's number, or NULL. */
static const struct group *group_of_number(const struct task *from, int nr)
{
	const struct task *task = task_by_number(from, (ns_pid){ nr });

	return task ? task->group : group_by_number(from, (ns_pid){ nr });
}

/* A thread shows below its own process only, by the number of any thread. */
static bool is_thread_of(const struct task *from, const char *path)
{
	int nr, tid;

	if (sscanf(path, "%d/task/%d", &nr, &tid) != 2)
		return true;
	return group_of_number(from, nr) == group_of_number(from, tid);
}

long view_host_path(const struct task *from, const struct place *place,
		    char *buf)
{
	char path[VIEW_PATH_MAX];
	long r;

	memcpy(path, place->path, sizeof(path));
	if (!is_thread_of(from, path))
		return -ENOENT;
	r = turn_number(path, sizeof(path), 0, to_host, from);
	if (r == 0 && has_thread(path))
		r = turn_number(path, sizeof(path), 2, to_host, from);
	if (r < 0)
		return r;
	if ((size_t)snprintf(buf, VIEW_PATH_MAX, "/proc%s%s", *path ? "/" : "",
			     path) >= VIEW_PATH_MAX)
		return -ENAMETOOLONG;
	return proc_net_host_path(from, path, buf, VIEW_PATH_MAX);
}

/* One that the namespace does not have is 0, which is nobody's. */
void view_translate_link(const struct task *to, char *path, size_t size)
{
	/* "/proc/N…": the components before the number are "" and "proc". */
	if (!view_below_proc(path))
		return;
	if (turn_number(path, size, 2, pid_from_host, to) == 0 && path[5] &&
	    has_thread(path + 6))
		turn_number(path, size, 4, pid_from_host, to);
}
