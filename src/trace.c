/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The trace: which calls are seen, and what is known of one in flight.
 *
 * Theory of operation. A call that is meant gets a record at its entry, which
 * the task carries until its exit; then it is one line. The arguments are
 * read at the entry, those that the call fills at its exit. A task is in one
 * call at most, so there is one record a task; a call that does not return
 * (exit, a death in the middle, an answer that the kernel gives unseen) is
 * told as `= ?`, so each call that began is one line.
 *
 * How a call is met depends on what is meant. What nsrun catches anyway is
 * told by its gates. A set of others is sent to the trace gate by a filter,
 * and followed to its exit. `all` steps every task from entry to exit, and
 * thereby sees also what a filter refuses, nsrun's or the program's own.
 *
 * The time is the supervisor's, from an event until it is done with it, but
 * without the making of the line itself. A disk that is full ends the trace
 * with a message, never the command.
 */
#include "src/trace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <utlist.h>
#include "src/host/backtrace.h"
#include "src/host/log.h"
#include "src/host/sys.h"
#include "src/ns/pid.h"
#include "src/task/task.h"
#include "src/trace_out.h"

/* The record of a task's call in flight. */
struct trace_call {
	struct trace_record record;
};

static const struct trace_config *config;	/* NULL: off */
static FILE *out;
static const char *out_name;
static uint64_t since;		/* when the event came */

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

/* ---- where it goes ---- */

long trace_open(const struct trace_config *wanted)
{
	const char *path = wanted->path;
	int fd;

	out_name = path ? path : "standard error";
	fd = path ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666) :
		    fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	if (fd < 0)
		return sys_result(fd);
	out = fdopen(fd, "w");
	if (!out)
		return -ENOMEM;
	config = wanted;
	return 0;
}

int trace_fd(void)
{
	return out ? fileno(out) : -1;
}

void trace_close(void)
{
	long r;

	if (!out)
		return;
	if (config->stats)
		trace_out_stats(out);
	r = sys_result(fclose(out));
	out = NULL;
	if (r < 0)
		log_message("%s: %s", out_name, log_errno(r));
}

/* Each line goes out at once, so that nothing is lost if the end is sudden. */
static void end_line(void)
{
	long r = sys_result(fflush(out));

	if (r == 0 && !ferror(out))
		return;
	log_message("%s: %s; the trace ends here", out_name,
		    log_errno(r < 0 ? r : -EIO));
	fclose(out);
	out = NULL;
}

/* ---- time ---- */

void trace_tick(void)
{
	if (out)
		since = now();
}

/* The time since the event, which begins anew. */
static uint64_t spent(void)
{
	uint64_t before = since;

	since = now();
	return since - before;
}

void trace_tock(host_pid tid)
{
	struct task *task = out ? task_by_host(tid) : NULL;

	if (task && task->traced)
		task->traced->record.spent += spent();
}

/* ---- the stack ---- */

static void add_frame(void *ctx, const struct backtrace_frame *frame)
{
	struct trace_record *r = ctx;
	struct trace_frame *f = &r->frames[r->nr_frames++];

	f->ip = frame->ip;
	f->offset = frame->offset;
	f->name = frame->name ? strdup(frame->name) : NULL;
	f->module = frame->module ? strdup(frame->module) : NULL;
	f->module_offset = frame->module_offset;
}

static void read_stack(struct task *task, struct trace_record *r)
{
	r->frames = calloc(TRACE_FRAMES_MAX, sizeof(*r->frames));
	if (r->frames)
		backtrace_task(task->tid->host, add_frame, r);
}

static void free_record(struct task *task)
{
	struct trace_record *r = &task->traced->record;

	for (int i = 0; i < r->nr_frames; i++) {
		free(r->frames[i].name);
		free(r->frames[i].module);
	}
	free(r->frames);
	free(task->traced);
	task->traced = NULL;
}

/* ---- what is translated ---- */

/* Which arguments of a call are numbers of tasks, or could be: sets of bits. */
struct kinds {
	bool known;
	bool pid_result;
	unsigned char pids, ints;
};

static bool is_pid_type(const struct syscall *row, int i)
{
	return signature_arg_is(row->signature, i, "pid") ||
	       signature_arg_is(row->signature, i, "tid") ||
	       signature_arg_is(row->signature, i, "pgid");
}

/* Signatures are parsed again for each question, so this one is kept. */
static const struct kinds *kinds_of(const struct syscall *row)
{
	static struct kinds all[SYSCALL_LIMIT];
	struct kinds *kinds = &all[row->nr];

	if (kinds->known)
		return kinds;
	kinds->known = true;
	kinds->pid_result = is_pid_type(row, -1);
	for (int i = 0; i < SIGNATURE_ARGS; i++) {
		if (is_pid_type(row, i))
			kinds->pids |= 1u << i;
		if (signature_arg_is(row->signature, i, "int"))
			kinds->ints |= 1u << i;
	}
	return kinds;
}

/* The host's number for @nr, which is a process group if negative; or 0. */
static int host_of(const struct task *task, long nr)
{
	const struct pid *pid;
	int number = (int)nr;

	if (number == 0 || number == -1 || number == INT_MIN)
		return 0;
	pid = pids_by_number(task_pid_ns(task),
			     (ns_pid){ number < 0 ? -number : number });
	if (!pid || pid->host.n == (number < 0 ? -number : number))
		return 0;
	return number < 0 ? -pid->host.n : pid->host.n;
}

static void find_hosts(struct task *task, struct trace_record *r)
{
	unsigned int pids = r->row ? kinds_of(r->row)->pids : 0;

	for (int i = 0; i < SIGNATURE_ARGS; i++)
		if (pids & 1u << i)
			r->host[i] = host_of(task, (int)r->args[i]);
}

/* What the handler really gave the kernel. */
static void correct_hosts(struct trace_record *r, const struct call *c)
{
	const struct kinds *kinds = kinds_of(r->row);

	for (int i = 0; i < SIGNATURE_ARGS; i++) {
		int host = (int)c->host_args[i];

		if (host == (int)c->args[i] || host == SYS_NO_PID ||
		    host == -SYS_NO_PID)
			continue;
		if ((kinds->pids | kinds->ints) & 1u << i)
			r->host[i] = host;
	}
}

/* Only what nsrun has answered or changed has been translated. */
static void translate(struct task *task, struct trace_record *r,
		      const struct call *c, long raw)
{
	bool taken = strcmp(r->gate, "trace") == 0 ||
		     strcmp(r->gate, "notify") == 0;

	if (!taken || !r->row) {
		memset(r->host, 0, sizeof(r->host));
		return;
	}
	if (c && c->row == r->row)
		correct_hosts(r, c);
	if (r->returned && r->result > 0 && kinds_of(r->row)->pid_result)
		r->host_result = raw > 0 && raw != r->result ? (int)raw :
				 host_of(task, r->result);
}

/* ---- a call ---- */

static long read_memory(void *ctx, uint64_t addr, void *buf, size_t len)
{
	const struct task *task = ctx;

	return sys_vm_read_some(task->tid->host, addr, buf, len);
}

static bool is_wanted(int nr)
{
	if (!config->set || config->set->all)
		return true;
	return nr >= 0 && nr < SYSCALL_LIMIT && config->set->nr[nr];
}

void trace_begin(struct task *task, const struct call *c)
{
	struct trace_record *r;

	if (!out || !task || task->traced || !is_wanted(c->nr))
		return;
	task->traced = calloc(1, sizeof(*task->traced));
	if (!task->traced)
		return;
	r = &task->traced->record;
	r->row = syscall_row(c->nr);
	r->nr = c->nr;
	r->gate = r->row && !(r->row->gate == GATE_DENY &&
			      syscall_takes(r->row, c->args, ~0U)) ?
		  "native" : "deny";
	memcpy(r->args, c->args, sizeof(r->args));
	r->spent = spent();
	if (!config->lines)
		return;
	r->pid = pid_nr(task->tid, task_pid_ns(task)).n;
	r->host_pid = task->tid->host.n;
	find_hosts(task, r);
	if (r->row)
		signature_begin(&r->line, r->row, r->args, read_memory, task);
	if (config->stack)
		read_stack(task, r);
	trace_tick();
}

bool trace_follows(const struct task *task)
{
	return task->traced != NULL;
}

void trace_gate(struct task *task, const char *gate)
{
	if (task->traced)
		task->traced->record.gate = gate;
}

void trace_foreign(struct task *task)
{
	if (!task->traced)
		return;
	task->traced->record.row = NULL;
	task->traced->record.foreign = true;
	task->traced->record.gate = "deny";
}

static void write_record(struct task *task)
{
	struct trace_record *r = &task->traced->record;

	if (config->stats)
		trace_count(r);
	if (config->lines && out) {
		if (config->json)
			trace_out_json(out, r);
		else
			trace_out_text(out, r);
		end_line();
	}
	free_record(task);
	trace_tick();
}

void trace_end(struct task *task, const struct call *c, long result, long raw)
{
	struct trace_record *r;

	if (!task->traced)
		return;
	r = &task->traced->record;
	r->spent += spent();
	r->returned = true;
	r->result = result;
	if (config->lines) {
		translate(task, r, c, raw);
		if (r->row)
			signature_finish(&r->line, r->row, r->args, result,
					 read_memory, task);
	}
	write_record(task);
}

void trace_lost(struct task *task)
{
	struct trace_record *r;

	if (!task || !task->traced)
		return;
	r = &task->traced->record;
	r->spent += spent();
	if (config->lines) {
		translate(task, r, NULL, 0);
		if (r->row)
			signature_abandon(&r->line, r->row, r->args);
	}
	write_record(task);
}

void trace_drop(struct task *task)
{
	if (task->traced)
		free_record(task);
}

/* The others of the process are gone; what @former asked for is going on. */
void trace_exec(struct task *leader, host_pid former)
{
	struct task *task;
	struct trace_call *execing = NULL;

	DL_FOREACH2(leader->group->tasks, task, in_group_next) {
		if (task->tid->host.n != former.n) {
			trace_lost(task);
			continue;
		}
		execing = task->traced;
		task->traced = NULL;
	}
	leader->traced = execing;
}
