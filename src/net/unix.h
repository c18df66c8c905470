/* SPDX-License-Identifier: Apache-2.0 */
/* AF_UNIX sockets of programs, whose abstract names are a net's: unix.c. */
#ifndef NSRUN_NET_UNIX_H
#define NSRUN_NET_UNIX_H

#include "src/net/sock.h"

/*
 * SO_PEERCRED, where the supervisor made the connection for somebody: then
 * true, and *@ret_answer is the call's.
 */
bool unix_tells_peer(struct call *c, struct sock_ref *ref, long *ret_answer);

/* Each returns what the handler is to return; the ref has no sock. */
long unix_bind(struct call *c, struct sock_ref *ref);
long unix_connect(struct call *c, struct sock_ref *ref);
long unix_accept(struct call *c, struct sock_ref *ref);
long unix_name(struct call *c, struct sock_ref *ref, bool peer,
	       struct sockaddr_storage *ret_addr);
long unix_send(struct call *c, struct sock_ref *ref, struct message *m);
long unix_send_many(struct call *c, struct sock_ref *ref);
long unix_receive(struct call *c, struct sock_ref *ref, struct message *m);

#endif
