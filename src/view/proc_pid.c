/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of /proc that speak of processes: the kernel's text with the numbers
 * of the viewer's namespace. Follows fs/proc/array.c.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "src/host/sys.h"
#include "src/ns/pid.h"
#include "src/ns/time.h"
#include "src/task/tracing.h"
#include "src/view/proc_user.h"

/*
 * A traced task shows as "t" whenever the supervisor looks at it, and the
 * viewer, who waits for the answer, as asleep.
 */
static char shown_state(const struct place *place, const struct task *viewer,
			char state)
{
	int tgid, tid;
	const struct task *task;

	if (sscanf(place->path, "%d/task/%d", &tgid, &tid) != 2)
		tid = atoi(place->path);
	task = task_by_number(viewer, (ns_pid){ tid });
	if (task == viewer)
		return 'R';
	/* Or it really is, by a tracer inside. */
	if (state != 't' ||
	    (task && task->tracing && task->tracing->state != TRACED_RUNS))
		return state;
	return task && task->stopped ? 'T' : 'R';
}

/* "pid (comm) S ppid pgrp session tty_nr tpgid …": proc(5) */
/* From field 9 on. Field 22, when it began, is on the viewer's clock. */
static void print_rest(const struct task *viewer, const char *text, FILE *out)
{
	int64_t ahead = time_offset(viewer, CLOCK_BOOTTIME) /
			(INT64_C(1000000000) / sysconf(_SC_CLK_TCK));
	const char *at = text;
	char *end;

	for (int field = 9; ahead && at && field <= 22; field++)
		at = strchr(at + 1, ' ');
	if (!ahead || !at) {
		fputs(text, out);
		return;
	}
	at = memrchr(text, ' ', (size_t)(at - text));
	fprintf(out, "%.*s %lld", (int)(at - text), text,
		strtoll(at, &end, 10) + (long long)ahead);
	fputs(end, out);
}

long proc_stat(const struct task *viewer, const struct place *place,
	       char *real, size_t len, FILE *out)
{
	char *name = memchr(real, '(', len), *end = strrchr(real, ')');
	int ppid, pgrp, session, tty, tpgid, rest = 0;
	char state;

	if (!name || !end ||
	    sscanf(end + 1, " %c %d %d %d %d %d%n", &state, &ppid, &pgrp,
		   &session, &tty, &tpgid, &rest) != 6)
		return VIEW_REAL;
	fprintf(out, "%d %.*s %c %d %d %d %d %d",
		pid_from_host(viewer, atoi(real)), (int)(end + 1 - name), name,
		shown_state(place, viewer, state), pid_from_host(viewer, ppid),
		pid_from_host(viewer, pgrp), pid_from_host(viewer, session),
		tty, tpgid > 0 ? pid_from_host(viewer, tpgid) : tpgid);
	print_rest(viewer, end + 1 + rest, out);
	return 0;
}

/* The task that a file of /proc is of; NULL when there is none any more. */
static const struct pid *pid_of(const struct task *viewer,
				const struct place *place)
{
	const struct task *task;
	const struct group *group;
	int tgid, nr;

	if (sscanf(place->path, "%d/task/%d", &tgid, &nr) != 2)
		nr = atoi(place->path);
	task = task_by_number(viewer, (ns_pid){ nr });
	if (task)
		return task->tid;
	group = group_by_number(viewer, (ns_pid){ nr });
	return group ? group->tgid : NULL;
}

/*
 * The number of @host in each namespace of @of, from the viewer's down, each
 * after a tab: as NSpid and its like.
 */
static void print_levels(const struct task *viewer, const struct pid *of,
			 int host, FILE *out)
{
	const struct pid *pid = pids_by_host(&instance.pids, (host_pid){ host });
	unsigned int level = task_pid_ns(viewer)->level;

	fprintf(out, "\t%d", pid_from_host(viewer, host));
	for (level++; of && level <= of->level; level++)
		fprintf(out, "\t%d", pid_nr(pid, of->numbers[level - 1].ns).n);
}

struct status_key {
	const char *key;
	enum { ONE, LEVELS, TRACER, STATE } kind;
};

static const struct status_key status_keys[] = {
	{ "Tgid:", ONE },      { "Ngid:", ONE },      { "Pid:", ONE },
	{ "PPid:", ONE },      { "TracerPid:", TRACER }, { "NStgid:", LEVELS },
	{ "NSpid:", LEVELS },  { "NSpgid:", LEVELS },  { "NSsid:", LEVELS },
	{ "State:", STATE },
};

static const struct status_key *find_key(const char *line)
{
	for (size_t i = 0; i < sizeof(status_keys) / sizeof(status_keys[0]);
	     i++)
		if (strncmp(line, status_keys[i].key,
			    strlen(status_keys[i].key)) == 0)
			return &status_keys[i];
	return NULL;
}

static void print_state(const struct task *viewer, const struct place *place,
			const char *value, FILE *out)
{
	char state = value[strspn(value, "\t ")];
	char shown = shown_state(place, viewer, state);

	if (shown == state)
		fprintf(out, "%s", value);
	else
		fprintf(out, "\t%s", shown == 'T' ? "T (stopped)" :
						    "R (running)");
}

/* The thread that traces, or the leader of its process. */
static int tracer_of(const struct task *viewer, const struct place *place)
{
	const struct pid *pid = pid_of(viewer, place);
	const struct tracing *tr = pid && pid->task ? pid->task->tracing : NULL;

	if (!tr)
		return 0;
	return pid_from_host(viewer,
			     tr->by.n ? tr->by.n : tr->tracer->tgid->host.n);
}

static void print_status_line(const struct task *viewer,
			      const struct place *place, char *line, FILE *out)
{
	const struct status_key *key = find_key(line);
	char *value = line + (key ? strlen(key->key) : 0);

	if (!key && proc_user_status_line(viewer, place, line, out))
		return;
	if (!key) {
		fprintf(out, "%s\n", line);
		return;
	}
	fprintf(out, "%s", key->key);
	switch (key->kind) {
	case ONE:
		fprintf(out, "\t%d", pid_from_host(viewer, atoi(value)));
		break;
	case LEVELS:
		print_levels(viewer, pid_of(viewer, place), atoi(value), out);
		break;
	case TRACER:
		fprintf(out, "\t%d", tracer_of(viewer, place));
		break;
	case STATE:
		print_state(viewer, place, value, out);
		break;
	}
	fputc('\n', out);
}

long proc_status(const struct task *viewer, const struct place *place,
		 char *real, size_t len, FILE *out)
{
	char *save = NULL;

	(void)len;
	for (char *line = strtok_r(real, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save))
		print_status_line(viewer, place, line, out);
	return 0;
}

/* "host host …" */
long proc_children(const struct task *viewer, const struct place *place,
		   char *real, size_t len, FILE *out)
{
	char *save = NULL;

	(void)place;
	(void)len;
	for (char *word = strtok_r(real, " \n", &save); word;
	     word = strtok_r(NULL, " \n", &save)) {
		int nr = pid_from_host(viewer, atoi(word));

		if (nr)
			fprintf(out, "%d ", nr);
	}
	return 0;
}

/* A pidfd says "Pid:" and "NSpid:"; a lock says its owner. */
static long print_lock(const struct task *viewer, const char *line, FILE *out);

long proc_fdinfo(const struct task *viewer, const struct place *place,
		 char *real, size_t len, FILE *out)
{
	char *save = NULL;
	bool changed = false;

	(void)place;
	(void)len;
	for (char *line = strtok_r(real, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		int nr;

		if (sscanf(line, "NSpid:\t%d", &nr) == 1 && nr > 0) {
			fputs("NSpid:", out);
			print_levels(viewer, pids_by_host(&instance.pids,
							  (host_pid){ nr }),
				     nr, out);
			fputc('\n', out);
			changed = true;
		} else if (sscanf(line, "Pid:\t%d", &nr) == 1 ||
			   sscanf(line, "NSpid:\t%d", &nr) == 1) {
			fprintf(out, "%.*s\t%d\n", (int)strcspn(line, "\t"),
				line, nr > 0 ? pid_from_host(viewer, nr) : nr);
			changed = true;
		} else if (strncmp(line, "lock:\t", 6) == 0) {
			fputs("lock:\t", out);
			print_lock(viewer, line + 6, out);
			changed = true;
		} else {
			fprintf(out, "%s\n", line);
		}
	}
	return changed ? 0 : VIEW_REAL;
}

/* "comm (pid, #threads: n)" and more without ids */
long proc_sched(const struct task *viewer, const struct place *place,
		char *real, size_t len, FILE *out)
{
	char *threads = strstr(real, ", #threads:"), *open;

	(void)place;
	(void)len;
	if (!threads)
		return VIEW_REAL;
	for (open = threads; open > real && *open != '('; open--)
		continue;
	fprintf(out, "%.*s(%d%s", (int)(open - real), real,
		pid_from_host(viewer, atoi(open + 1)), threads);
	return 0;
}

/* "notify: signal/pid.N" or "…/tid.N" in a line */
long proc_timers(const struct task *viewer, const struct place *place,
		 char *real, size_t len, FILE *out)
{
	char *save = NULL;

	(void)place;
	(void)len;
	for (char *line = strtok_r(real, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		char *dot = strncmp(line, "notify:", 7) == 0 ?
				    strrchr(line, '.') : NULL;

		if (dot)
			fprintf(out, "%.*s.%d\n", (int)(dot - line), line,
				pid_from_host(viewer, atoi(dot + 1)));
		else
			fprintf(out, "%s\n", line);
	}
	return 0;
}

/*
 * "1: POSIX  ADVISORY  WRITE 1234 08:01:99 0 EOF", with "-> " before the kind
 * for one that waits. The kernel leaves out owners that it can't name:
 * locks_show() in fs/locks.c.
 */
static long print_lock(const struct task *viewer, const char *line, FILE *out)
{
	int at = 0, end = 0, owner, nr;

	sscanf(line, "%*s -> %*s %*s %*s %n%d%n", &at, &owner, &end);
	if (!end)
		sscanf(line, "%*s %*s %*s %*s %n%d%n", &at, &owner, &end);
	if (!end) {
		fprintf(out, "%s\n", line);
		return 0;
	}
	nr = owner > 0 ? pid_from_host(viewer, owner) : owner;
	if (nr)
		fprintf(out, "%.*s%d%s\n", at, line, nr, line + end);
	return 0;
}

long proc_locks(const struct task *viewer, const struct place *place,
		char *real, size_t len, FILE *out)
{
	char *save = NULL;

	(void)place;
	(void)len;
	for (char *line = strtok_r(real, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save))
		print_lock(viewer, line, out);
	return 0;
}

/* "0.00 0.01 0.05 1/100 last": the last number given out */
long proc_loadavg(const struct task *viewer, const struct place *place,
		  char *real, size_t len, FILE *out)
{
	const char *last = strrchr(real, ' ');

	(void)place;
	(void)len;
	if (!last)
		return VIEW_REAL;
	fprintf(out, "%.*s %d\n", (int)(last - real), real,
		task_pid_ns(viewer)->last);
	return 0;
}
