/* SPDX-License-Identifier: Apache-2.0 */
/* Files of /proc/sys that belong to a namespace. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "src/ns/cgroup.h"
#include "src/ns/uts.h"
#include "src/view/view.h"

static long print_name(const struct task *viewer, bool domain, FILE *out)
{
	const char *name = uts_name(viewer->nsproxy, domain);

	if (!name)
		return VIEW_REAL;
	fprintf(out, "%s\n", name);
	return 0;
}

long proc_hostname(const struct task *viewer, const struct place *place,
		   char *real, size_t len, FILE *out)
{
	(void)place;
	(void)real;
	(void)len;
	return print_name(viewer, false, out);
}

long proc_domainname(const struct task *viewer, const struct place *place,
		     char *real, size_t len, FILE *out)
{
	(void)place;
	(void)real;
	(void)len;
	return print_name(viewer, true, out);
}

void proc_store_hostname(const struct task *writer, const struct view *view,
			 const char *text)
{
	(void)view;
	uts_set_name(writer->nsproxy, false, text);
}

void proc_store_domainname(const struct task *writer, const struct view *view,
			 const char *text)
{
	(void)view;
	uts_set_name(writer->nsproxy, true, text);
}

long proc_cgroup(const struct task *viewer, const struct place *place,
		 char *real, size_t len, FILE *out)
{
	const struct cgroup_namespace *ns = viewer->nsproxy->cgroup;
	char *line, *rest = real;

	(void)place;
	(void)len;
	if (!ns)
		return VIEW_REAL;
	while ((line = strsep(&rest, "\n")))
		if (*line)
			cgroup_print(ns, line, out);
	return 0;
}

long proc_pid_max(const struct task *viewer, const struct place *place,
		  char *real, size_t len, FILE *out)
{
	(void)place;
	(void)real;
	(void)len;
	fprintf(out, "%d\n", task_pid_ns(viewer)->max);
	return 0;
}

long proc_last_pid(const struct task *viewer, const struct place *place,
		   char *real, size_t len, FILE *out)
{
	(void)place;
	(void)real;
	(void)len;
	fprintf(out, "%d\n", task_pid_ns(viewer)->last);
	return 0;
}

/* The next number is one more: how checkpoint tools choose a pid. */
void proc_store_last_pid(const struct task *writer, const struct view *view,
			 const char *text)
{
	struct pid_namespace *ns = task_pid_ns(writer);
	char *end;
	long last = strtol(text, &end, 10);

	(void)view;
	if (end != text && last >= 0 && last < ns->max)
		ns->last = (int)last;
}
