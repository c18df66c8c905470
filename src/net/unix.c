/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AF_UNIX sockets of programs.
 *
 * Theory of operation. Abstract names belong to a net: the kernel never gets
 * them (unix_name.c). Paths are the file system's. The kernel notes with a
 * connection, and with a message, who made the call; so the task makes it
 * itself, by the trace gate, with another name in its memory (unix_reach.c).
 * Another thread can change that: but Landlock lets the task reach no abstract
 * name of others (Linux 6.12). Where there is no such wall, the supervisor
 * makes the call, and who is at the other end can't be told. Names are bound by
 * the supervisor always, which nothing is noted of.
 */
#include "src/net/unix.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "src/host/confined.h"
#include "src/host/sys.h"
#include "src/net/alive.h"
#include "src/net/other.h"
#include "src/net/unix_name.h"
#include "src/net/unix_reach.h"
#include "src/ns/user_sock.h"
#include "src/owner/create.h"
#include "src/task/task.h"
#include "src/view/root.h"
#include "src/view/walk.h"

#define HEAD	  offsetof(struct sockaddr_un, sun_path)
#define AUTOBINDS 64
#ifndef SO_PASSPIDFD
#define SO_PASSPIDFD 76
#endif

bool unix_any_abstract;

long unix_addr_read(struct call *c, uint64_t at, socklen_t len,
		    struct sockaddr_un *un)
{
	memset(un, 0, sizeof(*un));
	if (len < sizeof(un->sun_family) || len > sizeof(*un))
		return -EINVAL;
	return call_read(c, at, un, len);
}

/* Who began in the host's network could reach all names there anyway. */
static bool is_walled(const struct call *c)
{
	return !(instance.active & NS_NET) ||
	       (instance.scoped && !c->task->group->joined);
}

static void path_of(const struct sockaddr_un *un, socklen_t len, char *ret_path)
{
	memcpy(ret_path, un->sun_path, len - HEAD);
	ret_path[len - HEAD] = 0;
}

long unix_path_to_host(const struct task *task, struct sockaddr_un *un,
		       socklen_t *len, enum root_how how)
{
	char path[sizeof(un->sun_path) + 1];
	struct sockaddr_un host;
	long r;

	if (!root_resolves(task) || un->sun_family != AF_UNIX || *len <= HEAD ||
	    !un->sun_path[0])
		return 0;
	path_of(un, *len, path);
	r = root_sock_address(task, path, how, &host);
	if (r != 1)
		return r;
	*un = host;
	*len = (socklen_t)(HEAD + strlen(un->sun_path) + 1);
	return 1;
}

socklen_t unix_addr_from_host(const struct task *viewer, struct sockaddr_un *un,
			      socklen_t len)
{
	char path[VIEW_GUEST_PATH_MAX];

	if (un->sun_family != AF_UNIX || len <= HEAD)
		return len;
	if (sname_parse_hidden(un, len) & UNIX_NAME_ID)
		return unix_name_from_host(un, len);
	if (!un->sun_path[0])
		return len;
	path_of(un, len, path);
	if (!root_resolves(viewer) || !root_show(viewer, path))
		return len;
	strcpy(un->sun_path, path);
	return (socklen_t)(HEAD + strlen(path) + 1);
}

bool unix_is_one(int fd)
{
	socklen_t len = sizeof(int);
	int domain = 0;

	return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) == 0 &&
	       domain == AF_UNIX;
}

/* In the host's network, to which late.c lets come back, names are its own. */
bool unix_is_ours(const struct call *c, const struct sock_ref *ref)
{
	return net_of(c->task) && unix_is_one(ref->fd);
}

/* ---- bind ---- */

static long bind_abstract(struct call *c, const struct sock_ref *ref,
			  struct sockaddr_un *un, socklen_t len)
{
	unix_any_abstract = true;
	return unix_name_bind(net_of(c->task)->id, ref->fd, un, len);
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

static bool is_set(const struct sock_ref *ref, int name)
{
	socklen_t len = sizeof(int);
	int value = 0;

	return getsockopt(ref->fd, SOL_SOCKET, name, &value, &len) == 0 &&
	       value;
}

static bool has_name(const struct sock_ref *ref)
{
	struct sockaddr_un un;
	socklen_t len = sizeof(un);

	return getsockname(ref->fd, (void *)&un, &len) < 0 || len > HEAD;
}

/* unix_autobind(), which the kernel does for who wants credentials. */
void unix_autobind(struct call *c, const struct sock_ref *ref)
{
	if ((is_set(ref, SO_PASSCRED) || is_set(ref, SO_PASSPIDFD)) &&
	    !has_name(ref))
		autobind(c, ref);
}

static bool is_connected_dgram(const struct sock_ref *ref)
{
	struct sockaddr_un un;
	socklen_t len = sizeof(un), n = sizeof(int);
	int type = SOCK_STREAM;

	return getsockopt(ref->fd, SOL_SOCKET, SO_TYPE, &type, &n) == 0 &&
	       type != SOCK_STREAM &&
	       getpeername(ref->fd, (void *)&un, &len) == 0;
}

/*
 * What is sent to a peer is not caught, and the kernel would give a name of the
 * host's then. The value is not looked at: it may be another a moment later.
 */
long unix_setsockopt(struct call *c, const struct sock_ref *ref)
{
	int name = (int)c->args[2];

	if ((int)c->args[1] == SOL_SOCKET &&
	    (name == SO_PASSCRED || name == SO_PASSPIDFD) &&
	    unix_is_ours(c, ref) && is_connected_dgram(ref) && !has_name(ref))
		autobind(c, ref);
	return other_setsockopt(c);
}

uint64_t unix_name_id(const struct call *c, const struct sock_ref *ref,
		      const struct sockaddr_un *un, socklen_t len)
{
	socklen_t n = sizeof(int);
	int type = 0;

	getsockopt(ref->fd, SOL_SOCKET, SO_TYPE, &type, &n);
	return unix_name_find(net_of(c->task)->id, type, un, len);
}

/* From the task's own folder, with its umask, under the very name. */
static long bind_path(struct call *c, const struct sock_ref *ref,
		      struct sockaddr_un *un, socklen_t len)
{
	_cleanup_close_ int cwd = -1;
	char link[64];
	long r = unix_path_to_host(c->task, un, &len, ROOT_NAME);

	if (r < 0)
		return r;
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
			 struct sockaddr_un *un, socklen_t len)
{
	char path[sizeof(un->sun_path) + 1];
	const struct walk walk = { .look = true };
	struct place place;
	long r;

	path_of(un, len, path);
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

	if (!unix_is_ours(c, ref))
		return other_bind(c);
	r = unix_addr_read(c, c->args[1], len, &un);
	if (r < 0)
		return r;
	if (un.sun_family != AF_UNIX)
		return -EINVAL;
	if (len == HEAD)
		return autobind(c, ref);
	return unix_is_abstract(&un, len) ? bind_abstract(c, ref, &un, len)
					  : bind_to_path(c, ref, &un, len);
}

/* ---- connect ---- */

long unix_lend_addr(struct call *c, const struct sockaddr_un *un, socklen_t len,
		    int arg)
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

/*
 * A path is found as the task would find it; but no links of processes are
 * followed, since those of "self" would be the supervisor's own. Nor does it
 * connect itself: a server that looks who it is would trust it, as nsrun's own
 * control sockets do.
 */
static long connect_path(struct call *c, const struct sock_ref *ref,
			 const struct sockaddr_un *un, socklen_t len,
			 pid_t *ret_by)
{
	const struct open_how how = { .flags = O_PATH | O_CLOEXEC,
				      .resolve = RESOLVE_NO_MAGICLINKS };
	char path[sizeof(un->sun_path) + 1] = "";
	_cleanup_close_ int cwd = -1, fd = -1;
	struct sockaddr_un own = { .sun_family = AF_UNIX };
	char link[64];

	snprintf(link, sizeof(link), "/proc/%d/cwd", c->task->tid->host.n);
	cwd = open(link, O_PATH | O_CLOEXEC);
	if (cwd < 0)
		return sys_result(-1);
	memcpy(path, un->sun_path, len - HEAD);
	fd = (int)sys_call(SYS_openat2, (uint64_t)cwd, (uintptr_t)path,
			   (uintptr_t)&how, sizeof(how), 0, 0);
	if (fd < 0)
		return fd;
	snprintf(own.sun_path, sizeof(own.sun_path), "/proc/self/fd/%d", fd);
	return confined_connect(ref->fd, &own, sizeof(own), ret_by);
}

/* ---- for whom the supervisor connected ---- */

#define CONNECTORS_MAX 4096

struct connector {
	uint64_t ino;
	host_pid pid;
	pid_t by; /* who connected in its place */
	UT_hash_handle hh;
};

static struct connector *connectors; /* by ino, the oldest first */

static void note_connector(const struct call *c, int fd, pid_t by)
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
	who->by = by;
	HASH_ADD(hh, connectors, ino, sizeof(who->ino), who);
}

/* Return: whether *@ret_cred connected for another, and is now that one. */
static bool find_connector(const struct sock_ref *ref, struct ucred *ret_cred)
{
	socklen_t len = sizeof(*ret_cred);
	struct alive_sock about;
	struct connector *who;
	struct stat st;

	if (getsockopt(ref->fd, SOL_SOCKET, SO_PEERCRED, ret_cred, &len) < 0 ||
	    (ret_cred->pid != getpid() &&
	     sys_exists((host_pid){ ret_cred->pid })) ||
	    fstat(ref->fd, &st) < 0 || !alive_about(st.st_ino, &about))
		return false;
	HASH_FIND(hh, connectors, &about.peer, sizeof(about.peer), who);
	if (!who || who->by != ret_cred->pid)
		return false;
	ret_cred->pid = who->pid.n;
	return true;
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

/* Without a wall: never waiting. To the name @id, or to a path. */
static long connect_for(struct call *c, const struct sock_ref *ref, uint64_t id,
			const struct sockaddr_un *un, socklen_t len)
{
	int flags = fcntl(ref->fd, F_GETFL);
	pid_t by = getpid();
	long r;

	fcntl(ref->fd, F_SETFL, flags | O_NONBLOCK);
	r = id ? sname_connect(ref->fd, unix_name_path(id))
	       : connect_path(c, ref, un, len, &by);
	fcntl(ref->fd, F_SETFL, flags);
	if (r == 0)
		note_connector(c, ref->fd, by);
	return r;
}

static long connect_abstract(struct call *c, const struct sock_ref *ref,
			     const struct sockaddr_un *un, socklen_t len)
{
	uint64_t id = unix_name_id(c, ref, un, len);

	if (is_walled(c) || !id)
		return unix_reach(c, id, 0, NULL);
	return connect_for(c, ref, id, un, len);
}

long unix_connect(struct call *c, struct sock_ref *ref)
{
	socklen_t len = (socklen_t)c->args[2];
	struct sockaddr_un un;
	long r;

	call_may_wait(c);
	if (!unix_is_ours(c, ref))
		return other_connect(c);
	r = unix_addr_read(c, c->args[1], len, &un);
	if (r < 0)
		return r;
	unix_autobind(c, ref);
	if (unix_is_abstract(&un, len))
		return connect_abstract(c, ref, &un, len);
	if (is_walled(c) || un.sun_family != AF_UNIX)
		return call_pass(c);
	r = unix_path_to_host(c->task, &un, &len, ROOT_FOLLOW);
	return r < 0 ? r : connect_for(c, ref, 0, &un, len);
}

/* ---- names ---- */

long unix_name(struct call *c, struct sock_ref *ref, bool peer,
	       struct sockaddr_storage *ret_addr)
{
	socklen_t len = sizeof(*ret_addr);
	int r = peer ? getpeername(ref->fd, (void *)ret_addr, &len)
		     : getsockname(ref->fd, (void *)ret_addr, &len);

	if (r < 0)
		return sys_result(-1);
	return unix_addr_from_host(c->task, (void *)ret_addr, len);
}
