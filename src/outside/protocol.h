/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the supervisor and a client outside say to each other: packets of one
 * struct each, over AF_UNIX SOCK_SEQPACKET. Both must be of one version of
 * nsrun; a request of another one is refused.
 */
#ifndef NSRUN_OUTSIDE_PROTOCOL_H
#define NSRUN_OUTSIDE_PROTOCOL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define PROTOCOL_VERSION "nsrun " NSRUN_VERSION " 2"
#define PROTOCOL_WORDS 32

enum protocol_op {
	OP_DESCRIBE,	/* answered with a memfd: report.h */
	OP_FIND,	/* is pid `value` inside? */
	OP_KILL,	/* signal `value` to the command; 0: all ends */
	OP_PREPARE,	/* what must a process that joins load? */
	OP_LISTENER,	/* with that of the child which is to join */
	OP_ADOPT,	/* with a pidfd: the child of the sender joins */
	OP_LINK,	/* with a channel of src/net/link.c: to another's net */
};

struct request {
	char version[PROTOCOL_WORDS];
	enum protocol_op op;
	int value;
	/* OP_PREPARE, OP_ADOPT */
	int target;		/* whose namespaces, as host pid; 0: init's */
	/* OP_ADOPT */
	int number;		/* to have in its pid namespace; 0: the next */
	unsigned int kinds;	/* which namespaces to enter */
	bool walled, no_new_privs, passcred;
	unsigned long persona;
	uint64_t outer;		/* outer_digest() */
};

struct reply {
	int error;		/* 0 or a negative errno */
	char what[64];		/* what failed */
	/* OP_PREPARE */
	int supervisor;
	unsigned int kinds, active, without;
	unsigned int late;	/* kinds that the target has beside them */
	uint32_t agent_ip;
	bool keep_caps, walled;
	/* OP_ADOPT: its number inside */
	int number;
};

/* The other end of a connection. */
struct peer {
	pid_t pid;
	uid_t uid;
};

/* ---- peer.c ---- */

/*
 * Who is at the other end of @fd? Refused is whoever is of another user (root
 * may ask a supervisor, if @root), and whoever is inside an instance, or may
 * be. Return: 0, or -EPERM, or -ESRCH: it has ended; *@ret_why says why then.
 */
long peer_check(int fd, bool root, struct peer *ret_peer,
		const char **ret_why);

/* One packet, with a descriptor unless that is -1. Return: 0 or -errno. */
long protocol_send(int fd, const void *packet, size_t len, int with);

/* Return: 0, -EPIPE at the end; *@ret_fd is -1 or a descriptor. */
long protocol_receive(int fd, void *packet, size_t len, int *ret_fd);

#endif
