/* SPDX-License-Identifier: Apache-2.0 */
/* AF_UNIX sockets of programs, whose abstract names are a net's: unix.c. */
#ifndef NSRUN_NET_UNIX_H
#define NSRUN_NET_UNIX_H

#include "src/net/sock.h"
#include "src/view/root.h"

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

/* ---- unix_message.c ---- */

/* One of AF_UNIX, where names may be others than the kernel's. */
bool unix_is_named(const struct call *c, const struct sock_ref *ref);
/*
 * A name of the program's, read once. Return: UNIX_SAME, the kernel knows it,
 * too; UNIX_OTHER, with the kernel's; UNIX_REACH, with the id for unix_reach();
 * or a negative errno.
 */
enum {
	UNIX_SAME,
	UNIX_OTHER,
	UNIX_REACH
};
struct unix_target {
	struct sockaddr_un un;
	socklen_t len;
	uint64_t id;
};
long unix_to_host(struct call *c, const struct sock_ref *ref, uint64_t at,
		  socklen_t len, struct unix_target *ret_target);
/* Has one of the messages of sendmmsg(2) another? */
bool unix_any_changes(struct call *c, const struct sock_ref *ref);

/* A header of the program's, with a name of its own: lent as argument 1. */
struct unix_head {
	struct msghdr head;
	struct sockaddr_un un;
};
long unix_lend_head(struct call *c, struct unix_head *lent, socklen_t len);
/* What the kernel wrote to such a one, for the own, with @room for a name. */
long unix_message_received(struct call *c, uint64_t own_at, uint32_t room);

/* ---- unix.c, for that ---- */

/* Since then sockets may have names to be changed on their way back. */
extern bool unix_any_abstract;
bool unix_is_one(int fd);
/* One whose names are those of a net: of a task that is in one. */
bool unix_is_ours(const struct call *c, const struct sock_ref *ref);
/* An address of a call, or of its message. Return: 0 or a negative errno. */
long unix_addr_read(struct call *c, uint64_t at, socklen_t len,
		    struct sockaddr_un *un);
/* A socket that wants credentials gets a name when it is connected, or sends.
 */
void unix_autobind(struct call *c, const struct sock_ref *ref);
/* One that asks for credentials gets a name in time. */
long unix_setsockopt(struct call *c, const struct sock_ref *ref);
/* Whom of its net the socket means by an abstract name: unix_name_find(). */
uint64_t unix_name_id(const struct call *c, const struct sock_ref *ref,
		      const struct sockaddr_un *un, socklen_t len);
/* A name of the kernel's as @viewer has it, in place. Return: its length. */
socklen_t unix_addr_from_host(const struct task *viewer, struct sockaddr_un *un,
			      socklen_t len);
/* The path of a task with a root of its own: 1 where it was changed, or 0. */
long unix_path_to_host(const struct task *task, struct sockaddr_un *un,
		       socklen_t *len, enum root_how how);
/* The task makes the call with the address @un as its arguments @arg and on. */
long unix_lend_addr(struct call *c, const struct sockaddr_un *un, socklen_t len,
		    int arg);

#endif
