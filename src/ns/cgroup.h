/* SPDX-License-Identifier: Apache-2.0 */
/* Cgroup namespaces: from where on a task sees the paths of cgroups. */
#ifndef NSRUN_NS_CGROUP_H
#define NSRUN_NS_CGROUP_H

#include <stdio.h>

struct cgroup_namespace;

/*
 * Prints @line of /proc/PID/cgroup as it is seen in @ns. The line is changed.
 */
void cgroup_print(const struct cgroup_namespace *ns, char *line, FILE *out);

#endif
