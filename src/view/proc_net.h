/* SPDX-License-Identifier: Apache-2.0 */
/* Files of /proc that belong to the network namespace: rows of view.c. */
#ifndef NSRUN_VIEW_PROC_NET_H
#define NSRUN_VIEW_PROC_NET_H

#include "src/ns/net.h"
#include "src/view/view.h"

/* That of the task whose folder it is, or the viewer's; NULL: the host's. */
struct net *proc_net_of(const struct task *viewer, const struct place *place);

#define PROC_NET_MAKER(name)                                            \
	long name(const struct task *viewer, const struct place *place, \
		  char *real, size_t len, FILE *out)

PROC_NET_MAKER(proc_net_file);
PROC_NET_MAKER(proc_net_zeros); /* counters */
PROC_NET_MAKER(proc_net_head);	/* tables that have no rows here */
PROC_NET_MAKER(proc_net_empty);
PROC_NET_MAKER(proc_net_socks); /* tcp, udp … */
PROC_NET_MAKER(proc_net_sockstat);
PROC_NET_MAKER(proc_net_unix);
PROC_NET_MAKER(proc_net_protocols);
PROC_NET_MAKER(proc_net_groups); /* proc_net_group.c */

/* As the kernel prints bytes of addresses. */
void proc_net_hex(FILE *out, const void *data, size_t len);

/* ---- sysctls: proc_net_conf.c ---- */

PROC_NET_MAKER(proc_net_sysctl);
PROC_NET_MAKER(proc_net_conf);
void proc_store_net_sysctl(const struct task *writer, const struct view *view,
			   const char *text);
void proc_store_net_conf(const struct task *writer, const struct view *view,
			 const char *text);

/*
 * The host's file that stands for @path: that of an interface here is
 * "default", or of its neighbours that of lo. Return: 0, or -ENOENT: there is no such interface.
 */
long proc_net_host_path(const struct task *from, const char *path, char *buf,
			size_t size);

/*
 * What the folder @path lists, which is of interfaces; to be freed. Return: how
 * many, or 0: it is none of these, or there is no memory.
 */
size_t proc_net_list(const struct task *viewer, const char *path,
		     const char ***ret_names);

#endif
