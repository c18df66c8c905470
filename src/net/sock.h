/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sockets of a network namespace. Underneath each is a real AF_UNIX socket,
 * which the program has for life; what AF_UNIX has no room for is here.
 */
#ifndef NSRUN_NET_SOCK_H
#define NSRUN_NET_SOCK_H

#include <sys/uio.h>
#include <uthash.h>
#include "src/call.h"
#include "src/net/sname.h"
#include "src/ns/net.h"
#include "tables/net_ports.h"

struct sock_ops;
struct sock_wait;
struct sock_options;
struct dgram;
struct hole;
struct group_member;
struct netlink;

enum sock_state {
	SOCK_FRESH,
	SOCK_LISTENING,
	SOCK_CONNECTING, /* the other end's queue is full */
	SOCK_CONNECTED,
};

struct net_sock {
	uint64_t ino;	 /* of the real socket */
	uint64_t id;	 /* of its hidden name */
	struct net *net; /* owned reference, but of a passing one */
	const struct sock_ops *ops;
	uint8_t family;
	int type, protocol;
	enum sock_state state;
	int backlog;		 /* as asked for: ss(8) tells it */
	uint8_t outward;	 /* enum outward: outward.h */
	int comes_by;		 /* index of the other's interface; stream.c */
	struct net_end named_to; /* in its abstract name */
	struct net_end local, remote; /* remote: family 0 without one */
	bool bound;	    /* by bind(2) to an address, not a port alone */
	bool v6only, named; /* named: it has its abstract name */
	uint8_t shut; /* by shutdown(2): 1: it reads no more, 2: it sends */
	bool told;	    /* EINPROGRESS: the next connect() is 0 */
	bool later;	    /* nobody tells: its wait is by the clock */
	bool passing;	    /* an accepted one: nothing is kept of it */
	bool gone;	    /* sock_sweep() */
	bool limited;	    /* it may have an SO_RCVTIMEO or SO_SNDTIMEO */
	int error;	    /* pending: SO_ERROR */
	int path;	    /* of sname_bind_hidden(), or -1 */
	struct net_port port;
	struct sock_options *options; /* sock_opt.c; NULL: as they begin */
	struct dgram *dgram;	      /* what waits for it: relay.c */
	struct netlink *netlink;      /* netlink.c */
	struct hole *hole;	      /* hole.c */
	struct sock_wait *waits;      /* of accept(2): sock_park_on() */
	struct group_member *groups;  /* group.c */
	int group_dev;		      /* IP_MULTICAST_IF: an index, or 0 */
	UT_hash_handle hh, hh_id;
};

/* What a call works on. */
struct sock_ref {
	struct net_sock *sock; /* NULL: it is none of a net's */
	int fd;		       /* the supervisor's own, for the call */
	int file;	       /* its F_GETFL, or -1: sock_file_flags() */
	struct net_sock passing;
};

#define _cleanup_ref_ __attribute__((cleanup(sock_ref_drop)))
#define SOCK_REF_NONE ((struct sock_ref){ .fd = -1, .file = -1 })

/* A message to be sent or to be filled; all read but what it points to. */
struct message {
	uint64_t name, control;
	socklen_t name_len;
	size_t control_len;
	struct iovec *iov; /* of the guest's addresses */
	size_t iov_len;
	int flags;
	uint64_t
		head; /* where the guest's own msghdr is; 0: sendto, recvfrom */
	uint64_t len_at; /* recvfrom(2): where the length goes */
};

/* What it says, to @buf. Return: its length, or -EMSGSIZE or -EFAULT. */
long message_gather(struct call *c, const struct message *m, char *buf,
		    size_t size);

/* What there is room for. Return: how many bytes, or -EFAULT. */
long message_scatter(struct call *c, const struct message *m, const char *data,
		     size_t len);

/* struct proto_ops. Each returns what the handler is to return. */
struct sock_ops {
	long (*bind)(struct call *c, struct sock_ref *ref,
		     const struct sockaddr_storage *addr, socklen_t len);
	long (*connect)(struct call *c, struct sock_ref *ref,
			const struct sockaddr_storage *addr, socklen_t len);
	long (*listen)(struct call *c, struct sock_ref *ref, int backlog);
	long (*accept)(struct call *c, struct sock_ref *ref, int flags);
	/* Return: the length of the address, or a negative errno. */
	long (*name)(struct sock_ref *ref, bool peer,
		     struct sockaddr_storage *ret_addr);
	long (*shutdown)(struct call *c, struct sock_ref *ref, int how);
	long (*send)(struct call *c, struct sock_ref *ref, struct message *m);
	long (*receive)(struct call *c, struct sock_ref *ref,
			struct message *m);
	long (*getsockopt)(struct call *c, struct sock_ref *ref);
	long (*setsockopt)(struct call *c, struct sock_ref *ref);
	void (*release)(struct net_sock *sock); /* may be NULL */
};

extern const struct sock_ops stream_ops, dgram_ops;

/*
 * A connection that waits for room in a queue is tried once more. Return: 0,
 * -EAGAIN, or what became of it.
 */
long stream_connect_again(struct call *c, struct sock_ref *ref);

/*
 * May descriptors of @task be sockets of a net, as far as its calls are caught?
 * It may be in the host's network again, and have them still: late.c.
 */
bool sock_may_be(const struct task *task);

/*
 * What the descriptor @nr of the caller is. Return: 0, or -EBADF, or -EPERM
 * where an outer filter keeps the supervisor from it.
 */
long sock_find(struct call *c, int nr, struct sock_ref *ret_ref);
void sock_ref_drop(struct sock_ref *ref);

/* A passing one is kept from now on. Return: it, or NULL without memory. */
struct net_sock *sock_keep(struct sock_ref *ref);

/*
 * A new one of @net around the real socket @fd, which stays the caller's.
 * Return: NULL if there are too many.
 */
struct net_sock *sock_create(struct net *net, const struct sock_ops *ops,
			     int family, int type, int protocol, int fd);

/* Its last descriptor is closed, or nobody can get one. */
void sock_free(struct net_sock *sock);

/* Is it still open anywhere? One that is not is freed. */
bool sock_check(struct net_sock *sock);

/* Frees all that nobody has open. */
void sock_sweep(void);

/*
 * A net is held by sockets alone: they are asked for until it ends.
 * sock_sweep_due(): when, on park_now()'s clock; 0: never.
 */
void sock_sweep_soon(void);
uint64_t sock_sweep_due(void);
void sock_sweep_expire(void);

/* Out of descriptors, @r says: some may be held for sockets that were closed.
 */
bool sock_made_room(long r);

/* Makes it one that can be reached: see sname_bind_hidden(). 0 or an errno */
long sock_expose(struct sock_ref *ref);

struct net_sock *sock_by_id(uint64_t id);   /* borrowed, or NULL */
struct net_sock *sock_by_ino(uint64_t ino); /* likewise */
struct net_sock *sock_by_port(struct net_port *port);
struct net_sock *sock_all(void); /* by hh.next */

/* ---- message.c ---- */

/* The message of recvfrom(2) or recvmsg(2). Return: 0 or a negative errno. */
long message_read(struct call *c, struct message *ret_message);
/*
 * The header @own of the program, from what the kernel wrote to the lent one
 * of a stream, which has no name: 0 or -EFAULT.
 */
long message_received(struct call *c, uint64_t own, uint64_t lent);

/* ---- sock_addr.c: addresses of programs ---- */

/* move_addr_to_kernel(). Return: 0 or a negative errno. */
long addr_read(struct call *c, uint64_t at, socklen_t len,
	       struct sockaddr_storage *ret_addr);
/* move_addr_to_user(): @at may be 0. */
long addr_write(struct call *c, const struct sockaddr_storage *addr,
		socklen_t len, uint64_t at, uint64_t len_at);

/*
 * The end that a program of @sock's family means, to go to or to bind to.
 * Return: 0, -EINVAL, -EAFNOSUPPORT, -ENETUNREACH.
 */
long addr_to_end(const struct net_sock *sock,
		 const struct sockaddr_storage *addr, socklen_t len,
		 struct net_end *ret_end);

/*
 * Likewise of bind(2), with what it checks of addresses: -EADDRNOTAVAIL,
 * -EACCES, too.
 */
long addr_to_bind(struct call *c, const struct sock_ref *ref,
		  const struct sockaddr_storage *addr, socklen_t len,
		  struct net_end *ret_end);

/* As a program of @family sees it. Return: its length. */
socklen_t addr_of_end(uint8_t family, const struct net_end *end,
		      struct sockaddr_storage *ret_addr);

/* ---- sock_port.c ---- */

/*
 * Gives @sock the port and the address of @end; port 0: one that is free.
 * Return: 0, -EADDRINUSE, -EADDRNOTAVAIL, -EACCES.
 */
long port_take(struct call *c, struct sock_ref *ref, const struct net_end *end);
void port_drop(struct net_sock *sock);
/* SO_BINDTODEVICE and SO_BINDTOIFINDEX */
long port_set_device(struct call *c, struct sock_ref *ref, int name);
/* May it listen besides those that do? 0 or -EADDRINUSE */
long port_listen(struct call *c, struct sock_ref *ref);
/*
 * Who listens for, or takes, what comes to @to from @from by the interface
 * @device, or NET_ANY_DEVICE; NULL: nobody.
 */
struct net_sock *port_find(struct net *net, uint8_t protocol,
			   const struct net_end *to, const struct net_end *from,
			   int device);
struct net_ports *net_ports(struct net *net);

/* ---- sock_opt.c ---- */

long sock_getsockopt(struct call *c, struct sock_ref *ref);
long sock_setsockopt(struct call *c, struct sock_ref *ref);
/* An option that is an int, of those that are kept. */
int sock_option(const struct net_sock *sock, int level, int name);
void sock_options_free(struct net_sock *sock);

/* ---- sock_wait.c: calls that wait until a socket is ready ---- */

struct sock_wait;

/*
 * Parks the call until @fd has one of @events (0: by the clock), when @retry
 * is asked; -EAGAIN: it waits on. @limit: SO_RCVTIMEO or SO_SNDTIMEO of it,
 * whose end is @timed_out. The ref's descriptor is taken.
 */
long sock_park(struct call *c, struct sock_ref *ref, uint32_t events, int limit,
	       long timed_out,
	       long (*retry)(struct call *c, struct sock_ref *ref));
/* Of a retry: the answer of the call is a descriptor. */
#define SOCK_GIVE (CALL_AGAIN + 1)

/* Likewise, until sock_wake() says that @sock has something for it. */
long sock_park_on(struct call *c, struct sock_ref *ref, int limit,
		  long timed_out,
		  long (*retry)(struct call *c, struct sock_ref *ref));
void sock_wake(struct net_sock *sock, bool all);

int sock_wait_fd(void); /* becomes readable; -1: nobody waits */
void sock_wait_ready(void);
int64_t sock_wait_timeout(void); /* ns, or -1 */
void sock_wait_expire(void);

/* Its events are @fn's, once; @data is told. Return: 0 or a negative errno. */
struct sock_watch {
	int fd;
	void (*ready)(struct sock_watch *watch);
};
long sock_watch(struct sock_watch *watch, uint32_t events);
void sock_unwatch(struct sock_watch *watch);

int sock_file_flags(struct sock_ref *ref);
bool sock_is_nonblocking(struct sock_ref *ref);

#endif
