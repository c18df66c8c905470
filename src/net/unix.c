/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AF_UNIX sockets of programs.
 *
 * Theory of operation. Abstract names belong to a net: the kernel gets them
 * with a few bytes ahead (unix_name.c). Paths are the file system's. The kernel
 * notes with a connection, and with a message, who made the call; so the task
 * makes it itself, by the trace gate, with the changed name in its memory.
 * Another thread can change that: but Landlock lets the task reach no abstract
 * name of others (Linux 6.12). Where there is no such wall, the supervisor
 * makes the call, and who is at the other end can't be told. Names are bound by
 * the supervisor always, which nothing is noted of.
 */
#include "src/net/unix.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "src/host/sys.h"
#include "src/net/alive.h"
#include "src/net/other.h"
#include "src/net/unix_name.h"
#include "src/ns/user_sock.h"
#include "src/owner/create.h"
#include "src/task/task.h"
#include "src/view/root.h"
#include "src/view/walk.h"

#define HEAD	  offsetof(struct sockaddr_un, sun_path)
#define AUTOBINDS 64

/* Since then sockets may have names to be changed on their way back. */
static bool any_abstract;

/* An address of a call, or of its message. Return: 0 or a negative errno. */
static long read_un(struct call *c, uint64_t at, socklen_t len,
		    struct sockaddr_un *un)
{
	memset(un, 0, sizeof(*un));
	if (len < sizeof(un->sun_family) || len > sizeof(*un))
		return -EINVAL;
	return call_read(c, at, un, len);
}

static bool is_walled(const struct call *c)
{
	return instance.scoped && !c->task->group->joined;
}

static bool is_unix(int fd)
{
	socklen_t len = sizeof(int);
	int domain = 0;

	return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) == 0 &&
	       domain == AF_UNIX;
}

/* ---- bind ---- */

static long bind_abstract(struct call *c, const struct sock_ref *ref,
			  struct sockaddr_un *un, socklen_t len)
{
	long r = unix_name_to_host(net_of(c->task)->id, un, len);

	if (r < 0)
		return r;
	any_abstract = true;
	return sys_result(bind(ref->fd, (void *)un, (socklen_t)r));
}

/* A name of five digits, as unix_autobind() */
static long autobind(struct call *c, const struct sock_ref *ref)
{
	struct sockaddr_un un;
	long r = -ENOSPC;

	for (int i = 0; i < AUTOBINDS; i++) {
		uint32_t random = 0;

		if (getrandom(&random, sizeof(random), 0) < 0)
			break;
		memset(&un, 0, sizeof(un));
		un.sun_family = AF_UNIX;
		snprintf(un.sun_path + 1, 6, "%05x", random & 0xfffff);
		r = bind_abstract(c, ref, &un, HEAD + 6);
		if (r != -EADDRINUSE)
			break;
	}
	return r;
}

/* From the task's own folder, with its umask, under the very name. */
static long bind_path(struct call *c, const struct sock_ref *ref,
		      const struct sockaddr_un *un, socklen_t len)
{
	_cleanup_close_ int cwd = -1;
	char link[64];
	long r;

	snprintf(link, sizeof(link), "/proc/%d/cwd", c->task->tid->host.n);
	cwd = open(link, O_PATH | O_CLOEXEC);
	if (cwd < 0 || fchdir(cwd) < 0)
		return sys_result(-1);
	umask(sys_umask(c->task->tid->host));
	r = sys_result(bind(ref->fd, (const void *)un, len));
	umask(0);
	return chdir("/") < 0 ? sys_result(-1) : r;
}

static long bind_to_path(struct call *c, const struct sock_ref *ref,
			 const struct sockaddr_un *un, socklen_t len)
{
	char path[sizeof(un->sun_path) + 1] = "";
	const struct walk walk = { .look = true };
	struct place place;
	long r;

	memcpy(path, un->sun_path, len - HEAD);
	r = view_locate_text(c, AT_FDCWD, path, walk, &place);
	if (r < 0)
		return r;
	/* No sockets are made below /proc. */
	if (place.where == WHERE_PROC)
		return -EACCES;
	r = owner_bind_allowed(c);
	if (r < 0)
		return r;
	r = bind_path(c, ref, un, len);
	if (r == 0)
		owner_bind_note(c);
	return r;
}

long unix_bind(struct call *c, struct sock_ref *ref)
{
	socklen_t len = (socklen_t)c->args[2];
	struct sockaddr_un un;
	long r;

	if (!is_unix(ref->fd))
		return other_bind(c);
	r = read_un(c, c->args[1], len, &un);
	if (r < 0)
		return r;
	if (un.sun_family != AF_UNIX)
		return -EINVAL;
	if (len == HEAD)
		return autobind(c, ref);
	if (unix_is_abstract(&un, len))
		return bind_abstract(c, ref, &un, len);
	r = root_unix_name(c, c->args[1], ROOT_NAME, &un, &len);
	return r < 0 ? r : bind_to_path(c, ref, &un, len);
}

/* ---- connect ---- */

/* The task makes the call with the address @un as its arguments @arg and on. */
static long lend_name(struct call *c, const struct sockaddr_un *un,
		      socklen_t len, int arg)
{
	long r;

	if (!call_can_change(c))
		return call_stop(c);
	r = call_lend(c, un, len, &c->host_args[arg]);
	if (r < 0)
		return r;
	c->host_args[arg + 1] = len;
	return call_then(c, NULL);
}

/* A path is found as the task would find it. */
static long connect_path(struct call *c, const struct sock_ref *ref,
			 const struct sockaddr_un *un, socklen_t len)
{
	_cleanup_close_ int cwd = -1;
	char link[64];
	long r;

	snprintf(link, sizeof(link), "/proc/%d/cwd", c->task->tid->host.n);
	cwd = open(link, O_PATH | O_CLOEXEC);
	if (cwd < 0 || fchdir(cwd) < 0)
		return sys_result(-1);
	r = sys_result(connect(ref->fd, (const void *)un, len));
	return chdir("/") < 0 ? sys_result(-1) : r;
}

/* ---- for whom the supervisor connected ---- */

#define CONNECTORS_MAX 4096

struct connector {
	uint64_t ino;
	host_pid pid;
	UT_hash_handle hh;
};

static struct connector *connectors; /* by ino, the oldest first */

static void note_connector(const struct call *c, int fd)
{
	struct connector *who = NULL;
	struct stat st;

	if (fstat(fd, &st) < 0)
		return;
	if (HASH_COUNT(connectors) >= CONNECTORS_MAX) {
		who = connectors;
		HASH_DEL(connectors, who);
		free(who);
	}
	who = calloc(1, sizeof(*who));
	if (!who)
		return;
	who->ino = st.st_ino;
	who->pid = c->task->group->tgid->host;
	HASH_ADD(hh, connectors, ino, sizeof(who->ino), who);
}

/* Return: whether *@ret_cred is the supervisor, and now who it worked for. */
static bool find_connector(const struct sock_ref *ref, struct ucred *ret_cred)
{
	socklen_t len = sizeof(*ret_cred);
	struct connector *who;
	struct stat st;
	uint64_t ino;

	if (getsockopt(ref->fd, SOL_SOCKET, SO_PEERCRED, ret_cred, &len) < 0 ||
	    ret_cred->pid != getpid() || fstat(ref->fd, &st) < 0)
		return false;
	ino = alive_peer(st.st_ino);
	HASH_FIND(hh, connectors, &ino, sizeof(ino), who);
	if (who)
		ret_cred->pid = who->pid.n;
	return who != NULL;
}

static long put_cred(struct call *c, const struct ucred *cred)
{
	int len;

	if (call_read(c, c->args[4], &len, sizeof(len)) < 0)
		return -EFAULT;
	if (len < 0)
		return -EINVAL;
	len = len < (int)sizeof(*cred) ? len : (int)sizeof(*cred);
	if (call_write(c, c->args[3], cred, (size_t)len) < 0)
		return -EFAULT;
	return call_write(c, c->args[4], &len, sizeof(len));
}

bool unix_tells_peer(struct call *c, struct sock_ref *ref, long *ret_answer)
{
	struct ucred cred;

	if (!connectors || (int)c->args[1] != SOL_SOCKET ||
	    (int)c->args[2] != SO_PEERCRED || !find_connector(ref, &cred))
		return false;
	user_sock_from_host(c->task, &cred, true);
	*ret_answer = put_cred(c, &cred);
	return true;
}

/* Without a wall: never waiting. */
static long connect_for(struct call *c, const struct sock_ref *ref,
			const struct sockaddr_un *un, socklen_t len)
{
	int flags = fcntl(ref->fd, F_GETFL);
	long r;

	fcntl(ref->fd, F_SETFL, flags | O_NONBLOCK);
	r = unix_is_abstract(un, len)
		    ? sys_result(connect(ref->fd, (const void *)un, len))
		    : connect_path(c, ref, un, len);
	fcntl(ref->fd, F_SETFL, flags);
	if (r == 0)
		note_connector(c, ref->fd);
	return r;
}

long unix_connect(struct call *c, struct sock_ref *ref)
{
	socklen_t len = (socklen_t)c->args[2];
	struct sockaddr_un un;
	long r;

	call_may_wait(c);
	if (!is_unix(ref->fd))
		return other_connect(c);
	r = read_un(c, c->args[1], len, &un);
	if (r < 0)
		return r;
	if (unix_is_abstract(&un, len)) {
		r = unix_name_to_host(net_of(c->task)->id, &un, len);
		if (r < 0)
			return r;
		len = (socklen_t)r;
		return is_walled(c) ? lend_name(c, &un, len, 1)
				    : connect_for(c, ref, &un, len);
	}
	if (is_walled(c) || un.sun_family != AF_UNIX)
		return call_pass(c);
	r = root_unix_name(c, c->args[1], ROOT_FOLLOW, &un, &len);
	return r < 0 ? r : connect_for(c, ref, &un, len);
}

/* ---- names on their way back ---- */

/* What the kernel wrote at @at, of @room bytes, was a name of @len bytes. */
static long tell(struct call *c, uint64_t at, uint32_t room, uint32_t *len)
{
	struct sockaddr_un un = { 0 };
	socklen_t full = *len < sizeof(un) ? *len : sizeof(un);

	if (full <= HEAD || call_read(c, at, &un, full) < 0)
		return 0;
	full = unix_name_from_host(&un, full);
	if (full == *len)
		return 0;
	*len = full;
	return call_write(c, at, &un, full < room ? full : room);
}

/* Of accept(2) and recvfrom(2): the length is where the argument says. */
static long tell_by(struct call *c, long result, uint64_t at, uint64_t len_at)
{
	uint32_t len;

	if (result < 0 || call_read(c, len_at, &len, sizeof(len)) < 0)
		return result;
	if (tell(c, at, (uint32_t)c->cookie, &len) < 0 ||
	    call_write(c, len_at, &len, sizeof(len)) < 0)
		return -EFAULT;
	return result;
}

static long accepted(struct call *c, long result)
{
	return tell_by(c, result, c->args[1], c->args[2]);
}

static long received_from(struct call *c, long result)
{
	return tell_by(c, result, c->args[4], c->args[5]);
}

/* With the room that there was. */
static long then_tell(struct call *c, uint64_t len_at,
		      long (*after)(struct call *c, long result))
{
	uint32_t room = 0;

	if (!call_can_change(c))
		return call_stop(c);
	call_read(c, len_at, &room, sizeof(room));
	c->cookie = room;
	return call_then(c, after);
}

long unix_accept(struct call *c, struct sock_ref *ref)
{
	call_may_wait(c);
	return any_abstract && is_unix(ref->fd)
		       ? then_tell(c, c->args[2], accepted)
		       : call_pass(c);
}

long unix_name(struct call *c, struct sock_ref *ref, bool peer,
	       struct sockaddr_storage *ret_addr)
{
	socklen_t len = sizeof(*ret_addr);
	int r = peer ? getpeername(ref->fd, (void *)ret_addr, &len)
		     : getsockname(ref->fd, (void *)ret_addr, &len);

	(void)c;
	if (r < 0)
		return sys_result(-1);
	return ret_addr->ss_family == AF_UNIX
		       ? unix_name_from_host((void *)ret_addr, len)
		       : len;
}

/* ---- messages ---- */

/* A header of the program's with another name, both lent. */
static long send_head(struct call *c, const struct message *m,
		      const struct sockaddr_un *un, socklen_t len)
{
	struct {
		struct msghdr head;
		struct sockaddr_un un;
	} copy = { .un = *un };
	uint64_t at;
	long r;

	if (!call_can_change(c))
		return call_stop(c);
	if (call_read(c, m->head, &copy.head, sizeof(copy.head)) < 0)
		return -EFAULT;
	r = call_lend(c, &copy, sizeof(copy), &at);
	if (r < 0)
		return r;
	copy.head.msg_name = (void *)(at + offsetof(__typeof__(copy), un));
	copy.head.msg_namelen = len;
	c->host_args[1] = at;
	r = call_write(c, at, &copy.head, sizeof(copy.head));
	return r < 0 ? r : call_then(c, NULL);
}

long unix_send(struct call *c, struct sock_ref *ref, struct message *m)
{
	struct sockaddr_un un;
	long r;

	call_may_wait(c);
	if (!m->name || !is_unix(ref->fd) ||
	    read_un(c, m->name, m->name_len, &un) < 0 ||
	    !unix_is_abstract(&un, m->name_len))
		return m->head ? other_sendmsg(c) : other_sendto(c);
	r = unix_name_to_host(net_of(c->task)->id, &un, m->name_len);
	if (r < 0)
		return r;
	if (!m->head)
		return lend_name(c, &un, (socklen_t)r, 4);
	return send_head(c, m, &un, (socklen_t)r);
}

/* Many at once have paths, or no names. */
long unix_send_many(struct call *c, struct sock_ref *ref)
{
	struct mmsghdr m;
	struct sockaddr_un un;

	if (is_unix(ref->fd))
		for (unsigned int i = 0;
		     i < (unsigned int)c->args[2] && i < UIO_MAXIOV; i++)
			if (call_read(c, c->args[1] + i * sizeof(m), &m,
				      sizeof(m)) == 0 &&
			    read_un(c, (uintptr_t)m.msg_hdr.msg_name,
				    m.msg_hdr.msg_namelen, &un) == 0 &&
			    unix_is_abstract(&un, m.msg_hdr.msg_namelen))
				return -EOPNOTSUPP;
	return other_sendmmsg(c);
}

static long received(struct call *c, long result)
{
	struct msghdr head;
	uint32_t len;

	if (result < 0 || call_read(c, c->args[1], &head, sizeof(head)) < 0)
		return result;
	len = head.msg_namelen;
	if (tell(c, (uintptr_t)head.msg_name, (uint32_t)c->cookie, &len) < 0)
		return -EFAULT;
	head.msg_namelen = len;
	return call_write(c, c->args[1], &head, sizeof(head)) < 0 ? -EFAULT
								  : result;
}

long unix_receive(struct call *c, struct sock_ref *ref, struct message *m)
{
	bool tells = any_abstract && m->name && is_unix(ref->fd);

	call_may_wait(c);
	if (!m->head)
		return tells ? then_tell(c, c->args[5], received_from)
			     : call_pass(c);
	/* Credentials are told by another after. */
	if (!tells || instance.passcred)
		return other_recvmsg(c);
	if (!call_can_change(c))
		return call_stop(c);
	c->cookie = m->name_len;
	return call_then(c, received);
}
