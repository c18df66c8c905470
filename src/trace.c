/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The trace. A line is `[PID] call(arguments) = result <gate>`, in the words
 * of the system-call table; with a call stack, its frames come before it.
 *
 * A disk that is full ends the trace with a message, never the command.
 */
#include "src/trace.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "src/host/backtrace.h"
#include "src/host/log.h"
#include "src/host/sys.h"
#include "src/signature.h"
#include "src/task/task.h"

static FILE *out;
static const char *out_name;
static bool with_stack;

long trace_open(const char *path, bool stack)
{
	int fd;

	out_name = path ? path : "standard error";
	with_stack = stack;
	fd = path ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666) :
		    fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	if (fd < 0)
		return sys_result(fd);
	out = fdopen(fd, "w");
	return out ? 0 : -ENOMEM;
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

static long read_memory(void *ctx, uint64_t addr, void *buf, size_t len)
{
	const struct task *task = ctx;

	return sys_vm_read_some(task->tid->host, addr, buf, len);
}

static void print_call(const struct call *c)
{
	fprintf(out, "[%d] ", pid_nr(c->task->tid, task_pid_ns(c->task)).n);
	if (c->row)
		signature_print_call(out, c->row, c->args, read_memory,
				     c->task);
	else
		fprintf(out, "syscall_%d()", c->nr);
}

void trace_result(const struct call *c, const char *gate, long result)
{
	if (!out)
		return;
	print_call(c);
	if (c->row)
		signature_print_result(out, c->row, result);
	else
		fprintf(out, " = %ld", result);
	fprintf(out, " <%s>\n", gate);
	end_line();
}

void trace_passed(const struct call *c, const char *gate)
{
	if (!out)
		return;
	print_call(c);
	fprintf(out, " = ? <%s, by the kernel>\n", gate);
	end_line();
}

static void print_frame(void *ctx, uint64_t ip, const char *name,
			uint64_t offset)
{
	(void)ctx;
	if (name)
		fprintf(out, " > %s+0x%" PRIx64 " [0x%" PRIx64 "]\n", name,
			offset, ip);
	else
		fprintf(out, " > [0x%" PRIx64 "]\n", ip);
}

void trace_stack(host_pid tid, const struct call *c)
{
	(void)c;
	if (out && with_stack)
		backtrace_task(tid, print_frame, NULL);
}
