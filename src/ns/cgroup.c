/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cgroup namespace: cgroups are the host's, and their paths in
 * /proc/PID/cgroup begin at that of the task which made the namespace.
 *
 * Theory of operation. What /proc/PID/cgroup says of that task is kept: it has
 * one root for each hierarchy. Nothing else is another in such a namespace, as
 * nothing can be mounted. It comes with the pid namespace, for which /proc is
 * made. Follows kernel/cgroup/namespace.c, Linux 6.x.
 */
#include "src/ns/cgroup.h"

#include <assert.h>
#include <errno.h>
#include <sched.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include "src/host/sys.h"
#include "src/ns/ns.h"
#include "src/task/task.h"

#define ROOTS_MAX 8192

struct cgroup_namespace {
	struct ns_common common;
	unsigned int refs;
	char roots[]; /* as /proc/PID/cgroup has it */
};

static_assert(offsetof(struct cgroup_namespace, common) == 0, "by its common");

static struct cgroup_namespace *cgroup_of_common(struct ns_common *ns)
{
	return (struct cgroup_namespace *)ns;
}

static void cgroup_get(struct ns_common *ns)
{
	cgroup_of_common(ns)->refs++;
}

static void cgroup_put(struct ns_common *ns)
{
	if (--cgroup_of_common(ns)->refs > 0)
		return;
	ns_common_gone(ns);
	free(cgroup_of_common(ns));
}

/* That of the host, at first. */
static int cgroup_create(struct nsproxy *proxy, const struct ns_config *config)
{
	(void)proxy;
	(void)config;
	return 0;
}

static void cgroup_release(struct nsproxy *proxy)
{
	if (proxy->cgroup)
		cgroup_put(&proxy->cgroup->common);
	proxy->cgroup = NULL;
}

static void cgroup_share(struct nsproxy *to, const struct nsproxy *from)
{
	to->cgroup = from->cgroup;
	if (to->cgroup)
		to->cgroup->refs++;
}

static int cgroup_copy(struct nsproxy *proxy, const struct task *task)
{
	char path[64], roots[ROOTS_MAX];
	struct cgroup_namespace *ns;
	size_t len;
	long r;

	snprintf(path, sizeof(path), "/proc/%d/cgroup", task->tid->host.n);
	r = sys_read_file(path, roots, sizeof(roots));
	len = r < 0 ? 0 : strlen(roots);
	ns = calloc(1, sizeof(*ns) + len + 1);
	if (!ns)
		return -ENOMEM;
	memcpy(ns->roots, roots, len);
	ns->refs = 1;
	ns_common_init(&ns->common, &cgroup_ns_ops);
	cgroup_release(proxy);
	proxy->cgroup = ns;
	return 0;
}

static struct ns_common *cgroup_of(const struct task *task)
{
	struct cgroup_namespace *ns = task->nsproxy->cgroup;

	return ns ? &ns->common : NULL;
}

static int cgroup_install(struct nsproxy *proxy, const struct task *task,
			  struct ns_common *ns)
{
	(void)task;
	if (ns)
		cgroup_get(ns);
	cgroup_release(proxy);
	proxy->cgroup = cgroup_of_common(ns);
	return 0;
}

const struct ns_ops cgroup_ns_ops = {
	.name = "cgroup",
	.kind = NS_PID, /* see above */
	.flag = CLONE_NEWCGROUP,
	.has_host = true,
	.create = cgroup_create,
	.release = cgroup_release,
	.share = cgroup_share,
	.copy = cgroup_copy,
	.of = cgroup_of,
	.get = cgroup_get,
	.put = cgroup_put,
	.install = cgroup_install,
};

/* ---- paths ---- */

/* Where the path is, in a line of "number:controllers:path"; or NULL. */
static char *path_in(char *line)
{
	char *colon = strchr(line, ':');

	colon = colon ? strchr(colon + 1, ':') : NULL;
	return colon ? colon + 1 : NULL;
}

/* The line of @roots with the hierarchy of @line up to its @path. */
static const char *root_of(const char *roots, const char *line,
			   const char *path)
{
	size_t n = (size_t)(path - line);

	while (*roots && strncmp(roots, line, n) != 0) {
		roots += strcspn(roots, "\n");
		roots += *roots == '\n';
	}
	return *roots ? roots + n : "/";
}

/* Behind a leading "/name" of both, if it is the same; or NULL. */
static size_t same_part(const char *from, const char *to)
{
	size_t n = 1 + strcspn(from + (*from != 0), "/\n");

	return *from == '/' && n > 1 && strncmp(from, to, n) == 0 &&
			       (to[n] == '/' || !to[n])
		       ? n
		       : 0;
}

/* kernfs_path_from_node(): @from ends with its line. */
static void print_relative(const char *from, const char *to, FILE *out)
{
	size_t n;
	bool any;

	while ((n = same_part(from, to)) > 0) {
		from += n;
		to += n;
	}
	any = *from == '/' && from[1] && from[1] != '\n';
	while (*from == '/' && from[1] && from[1] != '\n') {
		fputs("/..", out);
		from += 1 + strcspn(from + 1, "/\n");
	}
	if (to[0] == '/' && to[1])
		fputs(to, out);
	else if (!any)
		fputc('/', out);
	fputc('\n', out);
}

void cgroup_print(const struct cgroup_namespace *ns, char *line, FILE *out)
{
	char *path = path_in(line);

	if (!path) {
		fprintf(out, "%s\n", line);
		return;
	}
	fprintf(out, "%.*s", (int)(path - line), line);
	print_relative(root_of(ns->roots, line, path), path, out);
}
