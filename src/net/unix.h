/* SPDX-License-Identifier: Apache-2.0 */
/* AF_UNIX sockets of programs, whose abstract names are a net's: unix.c. */
#ifndef NSRUN_NET_UNIX_H
#define NSRUN_NET_UNIX_H

#include "src/net/sock.h"

/*
 * The supervisor's own number in what SO_PEERCRED says of descriptor @fd of
 * @c's task becomes that of the process that it connected for.
 */
void unix_peer(struct call *c, int fd, struct ucred *cred);

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
