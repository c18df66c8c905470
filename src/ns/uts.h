/* SPDX-License-Identifier: Apache-2.0 */
/* The names of a uts namespace, for views. */
#ifndef NSRUN_NS_UTS_H
#define NSRUN_NS_UTS_H

#include <stdbool.h>
#include "src/ns/ns.h"

/* The host name or domain name, borrowed; NULL: the host's own namespace. */
const char *uts_name(const struct nsproxy *proxy, bool domain);

/* Sets it as a write to /proc/sys/kernel does: cut at 64 bytes. */
void uts_set_name(struct nsproxy *proxy, bool domain, const char *text);

#endif
