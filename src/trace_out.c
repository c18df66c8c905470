/* SPDX-License-Identifier: Apache-2.0 */
/* The forms of a traced call; see trace_out.h. */
#include "src/trace_out.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define ERRNO_MAX 4095	/* the kernel's MAX_ERRNO */
#define NS_PER_US 1000.0

static bool is_error(long result)
{
	return result < 0 && result >= -ERRNO_MAX;
}

/* ---- text ---- */

/* What its arguments are, is not known; nor how many. */
static void text_unknown(FILE *out, const struct trace_record *r)
{
	fprintf(out, "%ssyscall_%#x(", r->foreign ? "i386:" : "",
		(unsigned int)r->nr);
	for (int i = 0; i < SIGNATURE_ARGS; i++)
		fprintf(out, "%s%#" PRIx64, i ? ", " : "", r->args[i]);
}

/* The line as it is, with what the numbers became between its pieces. */
static void text_call(FILE *out, const struct trace_record *r)
{
	const struct signature_line *line = &r->line;
	size_t at = 0;

	for (int i = 0; i < line->nr_args; i++) {
		if (!r->host[i])
			continue;
		fwrite(line->text + at, 1, line->end[i] - at, out);
		fprintf(out, "→%d", r->host[i]);
		at = line->end[i];
	}
	fwrite(line->text + at, 1, line->len - at, out);
	if (line->cut)
		fputs("...", out);
}

static void text_frame(FILE *out, const struct trace_frame *f)
{
	fprintf(out, " > %s(", f->module ? f->module : "?");
	if (f->name)
		fprintf(out, "%s+%#" PRIx64, f->name, f->offset);
	fprintf(out, ") [%#" PRIx64 "]\n",
		f->module ? f->module_offset : f->ip);
}

void trace_out_text(FILE *out, const struct trace_record *r)
{
	fprintf(out, "[%d] ", r->pid);
	if (r->row)
		text_call(out, r);
	else
		text_unknown(out, r);
	fputc(')', out);
	if (!r->returned)
		fputs(" = ?", out);
	else if (r->row)
		signature_print_result(out, r->row, r->result);
	else if (is_error(r->result))
		fprintf(out, " = -1 %s (%s)",
			strerrorname_np((int)-r->result),
			strerrordesc_np((int)-r->result));
	else
		fprintf(out, " = %ld", r->result);
	if (r->host_result)
		fprintf(out, "→%d", r->host_result);
	fprintf(out, " <%s %.1f µs>\n", r->gate, (double)r->spent / NS_PER_US);
	for (int i = 0; i < r->nr_frames; i++)
		text_frame(out, &r->frames[i]);
}

/* ---- JSON ---- */

static void add_number(cJSON *to, const char *name, long value)
{
	cJSON_AddNumberToObject(to, name, (double)value);
}

static void add_hex(cJSON *to, const char *name, uint64_t value)
{
	char text[32];

	snprintf(text, sizeof(text), "%#" PRIx64, value);
	cJSON_AddStringToObject(to, name, text);
}

static void json_args(cJSON *to, const struct trace_record *r)
{
	cJSON *args = cJSON_AddArrayToObject(to, "args");
	char text[SIGNATURE_LINE];

	for (int i = 0; i < r->line.nr_args; i++) {
		size_t len = r->line.end[i] - r->line.start[i];

		memcpy(text, r->line.text + r->line.start[i], len);
		text[len] = '\0';
		cJSON_AddItemToArray(args, cJSON_CreateString(text));
	}
	if (r->line.cut)
		cJSON_AddTrueToObject(to, "cut");
}

static void json_raw_args(cJSON *to, const struct trace_record *r)
{
	cJSON *args = cJSON_AddArrayToObject(to, "args");
	char text[32];

	for (int i = 0; i < SIGNATURE_ARGS; i++) {
		snprintf(text, sizeof(text), "%#" PRIx64, r->args[i]);
		cJSON_AddItemToArray(args, cJSON_CreateString(text));
	}
}

static cJSON *json_pair(long virtual, long host)
{
	cJSON *pair = cJSON_CreateObject();

	add_number(pair, "virtual", virtual);
	add_number(pair, "host", host);
	return pair;
}

/* A list of what was translated, left out when it is empty. */
static void json_translated(cJSON *to, const struct trace_record *r)
{
	cJSON *list = cJSON_CreateArray();

	for (int i = 0; i < SIGNATURE_ARGS; i++) {
		cJSON *pair;

		if (!r->host[i])
			continue;
		pair = json_pair((int32_t)r->args[i], r->host[i]);
		add_number(pair, "arg", i);
		cJSON_AddItemToArray(list, pair);
	}
	if (r->host_result) {
		cJSON *pair = json_pair(r->result, r->host_result);

		cJSON_AddTrueToObject(pair, "result");
		cJSON_AddItemToArray(list, pair);
	}
	if (cJSON_GetArraySize(list) > 0)
		cJSON_AddItemToObject(to, "translated", list);
	else
		cJSON_Delete(list);
}

/* A result as a number where JSON's numbers hold it; an address in hex. */
static void json_result(cJSON *to, const struct trace_record *r)
{
	const char *error;

	if (!r->returned) {
		cJSON_AddNullToObject(to, "result");
		return;
	}
	if (!is_error(r->result)) {
		if (r->result > 1L << 52 || r->result < 0 ||
		    (r->row && signature_arg_is(r->row->signature, -1, "addr")))
			add_hex(to, "result", (uint64_t)r->result);
		else
			add_number(to, "result", r->result);
		return;
	}
	error = strerrorname_np((int)-r->result);
	add_number(to, "result", -1);
	add_number(to, "errno", -r->result);
	if (error)
		cJSON_AddStringToObject(to, "error", error);
}

static void json_stack(cJSON *to, const struct trace_record *r)
{
	cJSON *stack;

	if (r->nr_frames == 0)
		return;
	stack = cJSON_AddArrayToObject(to, "stack");
	for (int i = 0; i < r->nr_frames; i++) {
		const struct trace_frame *f = &r->frames[i];
		cJSON *frame = cJSON_CreateObject();

		if (f->module) {
			cJSON_AddStringToObject(frame, "module", f->module);
			add_hex(frame, "module_offset", f->module_offset);
		}
		if (f->name) {
			cJSON_AddStringToObject(frame, "symbol", f->name);
			add_hex(frame, "offset", f->offset);
		}
		add_hex(frame, "ip", f->ip);
		cJSON_AddItemToArray(stack, frame);
	}
}

void trace_out_json(FILE *out, const struct trace_record *r)
{
	cJSON *object = cJSON_CreateObject();
	char name[32], *text;

	snprintf(name, sizeof(name), "%ssyscall_%#x",
		 r->foreign ? "i386:" : "", (unsigned int)r->nr);
	add_number(object, "pid", r->pid);
	add_number(object, "host_pid", r->host_pid);
	cJSON_AddStringToObject(object, "call", r->row ? r->row->name : name);
	add_number(object, "nr", r->nr);
	if (r->row)
		json_args(object, r);
	else
		json_raw_args(object, r);
	json_translated(object, r);
	json_result(object, r);
	cJSON_AddStringToObject(object, "gate", r->gate);
	cJSON_AddNumberToObject(object, "us",
				(double)(r->spent / 100) / (NS_PER_US / 100));
	json_stack(object, r);
	text = cJSON_PrintUnformatted(object);
	if (text)
		fprintf(out, "%s\n", text);
	free(text);
	cJSON_Delete(object);
}

/* ---- the table ---- */

/* Which gates there are; a call can come by several. */
static const char *const gates[] = { "native", "notify", "trace", "deny" };

#define GATES (sizeof(gates) / sizeof(gates[0]))

struct count {
	const char *name, *gate;
	uint64_t calls, errors, spent;
};

/* The last row is for the numbers that no row of the table names. */
static struct count counts[SYSCALL_LIMIT + 1][GATES];

void trace_count(const struct trace_record *r)
{
	size_t gate = 0;
	struct count *count;

	while (gate + 1 < GATES && strcmp(gates[gate], r->gate) != 0)
		gate++;
	count = &counts[r->row ? r->row->nr : SYSCALL_LIMIT][gate];
	count->name = r->row ? r->row->name : "(unknown)";
	count->gate = gates[gate];
	count->calls++;
	count->errors += r->returned && is_error(r->result);
	count->spent += r->spent;
}

/* By total time, the longest first; then by name. */
static int compare(const void *a, const void *b)
{
	const struct count *x = *(const struct count *const *)a;
	const struct count *y = *(const struct count *const *)b;
	int names;

	if (x->spent != y->spent)
		return x->spent < y->spent ? 1 : -1;
	names = strcmp(x->name, y->name);
	return names ? names : strcmp(x->gate, y->gate);
}

static void stats_row(FILE *out, const char *name, const char *gate,
		      const struct count *count)
{
	double total = (double)count->spent / NS_PER_US;

	fprintf(out, "%-24s %-7s %10" PRIu64 " %8" PRIu64 " %14.1f %10.2f\n",
		name, gate, count->calls, count->errors, total,
		count->calls ? total / (double)count->calls : 0.0);
}

void trace_out_stats(FILE *out)
{
	const struct count *sorted[(SYSCALL_LIMIT + 1) * GATES];
	struct count sum = { 0 };
	size_t n = 0;

	for (size_t nr = 0; nr <= SYSCALL_LIMIT; nr++)
		for (size_t gate = 0; gate < GATES; gate++)
			if (counts[nr][gate].calls)
				sorted[n++] = &counts[nr][gate];
	qsort(sorted, n, sizeof(sorted[0]), compare);
	fprintf(out, "%-24s %-7s %10s %8s %14s %10s\n", "call", "gate",
		"calls", "errors", "total us", "mean us");
	for (size_t i = 0; i < n; i++) {
		stats_row(out, sorted[i]->name, sorted[i]->gate, sorted[i]);
		sum.calls += sorted[i]->calls;
		sum.errors += sorted[i]->errors;
		sum.spent += sorted[i]->spent;
	}
	stats_row(out, "total", "", &sum);
}
