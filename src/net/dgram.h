/* SPDX-License-Identifier: Apache-2.0 */
/* Datagrams: what sock_opt.c asks of dgram.c. */
#ifndef NSRUN_NET_DGRAM_H
#define NSRUN_NET_DGRAM_H

#include "src/net/sock.h"

/* Membership of groups; -ENOPROTOOPT: it is another option. */
long dgram_setsockopt(struct call *c, struct sock_ref *ref, int level,
		      int name);

long dgram_receive(struct call *c, struct sock_ref *ref, struct message *m);

#endif
