/* SPDX-License-Identifier: Apache-2.0 */
/* The names of a uts namespace, for views. */
#ifndef NSRUN_NS_UTS_H
#define NSRUN_NS_UTS_H

#include <stdbool.h>
#include <sys/utsname.h>
#include "src/ns/ns.h"

struct task;

/* What uname(2) tells @task. Return: 0 or a negative errno. */
long uts_names(const struct task *task, struct utsname *ret_names);

/* The host name or domain name, borrowed; NULL: the host's own namespace. */
const char *uts_name(const struct nsproxy *proxy, bool domain);

/* Sets it as a write to /proc/sys/kernel does: cut at 64 bytes. */
void uts_set_name(struct nsproxy *proxy, bool domain, const char *text);

#endif
