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
long unix_receive(struct call *c, struct sock_ref *ref, struct message *m);

/* One of AF_UNIX, since there are abstract names. */
bool unix_is_named(const struct sock_ref *ref);
/*
 * An abstract name of the program's, read once, as the kernel knows it.
 * Return: 1; 0: it is none; or a negative errno.
 */
long unix_to_host(struct call *c, uint64_t at, socklen_t len,
		  struct sockaddr_un *ret_un, socklen_t *ret_len);
/* Has one of the messages of sendmmsg(2) such a name? */
bool unix_any_abstract(struct call *c, const struct sock_ref *ref);
/* In a received header, with @room for a name: as the program knows it. */
long unix_message_received(struct call *c, uint64_t at, uint32_t room);

#endif
