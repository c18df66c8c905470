/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sockets that nsrun knows: made, found by what a call names, and freed.
 *
 * Theory of operation. The program's descriptor is a real AF_UNIX socket,
 * which the supervisor has made and given away, so that poll, dup, fork, exec,
 * passing and the end of a stream are the kernel's own, and bytes never pass
 * through here. Nothing tells when the last copy is closed, and no copy is
 * kept: so an entry may outlive its socket. That matters when it keeps others
 * from a port, and then the kernel is asked; and all are asked for when there
 * are twice as many as there were alive.
 */
#include "src/net/sock.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utlist.h>
#include "src/host/sys.h"
#include "src/net/alive.h"
#include "src/net/unix_name.h"
#include "src/park.h"
#include "src/task/task.h"

#define SOCKS_MAX    262144 /* of an instance */
#define SWEEP_FIRST  1024
#define SWEEP_NS     UINT64_C(20000000)
#define SWEEP_NS_MAX UINT64_C(2000000000)

static struct net_sock *by_ino, *by_id;
static unsigned int sweep_at = SWEEP_FIRST;

/* ---- the part of each net ---- */

/* It holds a descriptor for each socket that can be reached. */
static void want_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

/* Without pidfd_getfd(2), as in some containers, there are no sockets. */
static long can_borrow(void)
{
	_cleanup_close_ int fd =
		(int)sys_borrow((host_pid){ getpid() }, STDERR_FILENO);

	return fd == -EPERM ? fd : 0;
}

static int sock_init(struct net *net)
{
	long r = can_borrow();

	want_descriptors();
	if (r == 0)
		r = sname_init();
	if (r < 0)
		return (int)r;
	net->ports = malloc(sizeof(*net->ports));
	if (!net->ports)
		return -ENOMEM;
	net_ports_init(net->ports);
	return 0;
}

static void sock_exit(struct net *net)
{
	free(net->ports);
}

const struct net_subsystem net_sock_subsystem = {
	.name = "sockets",
	.init = sock_init,
	.exit = sock_exit,
};

struct net_ports *net_ports(struct net *net)
{
	return net->ports;
}

/* ---- entries ---- */

static uint64_t inode_of(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 ? st.st_ino : 0;
}

static void add(struct net_sock *sock)
{
	static uint64_t last_id;

	sock->id = ++last_id;
	sock->net->socks++;
	HASH_ADD(hh, by_ino, ino, sizeof(sock->ino), sock);
	HASH_ADD(hh_id, by_id, id, sizeof(sock->id), sock);
	if (HASH_COUNT(by_ino) >= sweep_at)
		sock_sweep();
}

struct net_sock *sock_create(struct net *net, const struct sock_ops *ops,
			     int family, int type, int protocol, int fd)
{
	struct net_sock *sock;

	if (HASH_COUNT(by_ino) >= SOCKS_MAX)
		return NULL;
	sock = calloc(1, sizeof(*sock));
	if (!sock)
		return NULL;
	sock->ino = inode_of(fd);
	sock->net = net_get(net);
	sock->ops = ops;
	sock->family = (uint8_t)family;
	sock->type = type;
	sock->protocol = protocol;
	sock->local.ip.family = (uint8_t)family;
	sock->path = -1;
	add(sock);
	return sock;
}

void sock_free(struct net_sock *sock)
{
	struct net *net = sock->net;

	if (sock->ops->release)
		sock->ops->release(sock);
	port_drop(sock);
	sys_close(&sock->path);
	sock_options_free(sock);
	HASH_DELETE(hh, by_ino, sock);
	HASH_DELETE(hh_id, by_id, sock);
	free(sock);
	net->socks--;
	net_put(net);
}

bool sock_check(struct net_sock *sock)
{
	if (sock->path >= 0 ? sname_is_alive(sock->path) : alive_ask(sock->ino))
		return true;
	sock_free(sock);
	return false;
}

struct net_sock *sock_by_ino(uint64_t ino)
{
	struct net_sock *sock;

	HASH_FIND(hh, by_ino, &ino, sizeof(ino), sock);
	return sock;
}

static void mark_alive(uint64_t ino)
{
	struct net_sock *sock = sock_by_ino(ino);

	if (sock)
		sock->gone = false;
}

void sock_sweep(void)
{
	struct net_sock *sock, *next;

	HASH_ITER (hh, by_ino, sock, next)
		sock->gone = true;
	/* Without a descriptor to read by: those that can be tried. */
	if (!alive_all(mark_alive))
		HASH_ITER (hh, by_ino, sock, next)
			sock->gone =
				sock->path >= 0 && !sname_is_alive(sock->path);
	HASH_ITER (hh, by_ino, sock, next)
		if (sock->gone)
			sock_free(sock);
	sweep_at = 2 * HASH_COUNT(by_ino) + SWEEP_FIRST;
}

bool sock_made_room(long r)
{
	if (r != -EMFILE && r != -ENFILE && r != -ENOBUFS)
		return false;
	sock_sweep();
	unix_name_sweep();
	return true;
}

long sock_expose(struct sock_ref *ref)
{
	struct net_sock *sock = ref->sock;
	long r;

	if (sock->path >= 0)
		return 0;
	r = sname_bind_hidden(ref->fd, sock->id);
	if (sock_made_room(r))
		r = sname_bind_hidden(ref->fd, sock->id);
	if (r < 0)
		return r;
	sock->path = (int)r;
	return 0;
}

/* ---- nets that nobody else holds ---- */

static uint64_t sweep_due, sweep_step;

void sock_sweep_soon(void)
{
	if (sweep_due)
		return;
	sweep_step = SWEEP_NS;
	sweep_due = park_now() + sweep_step;
}

uint64_t sock_sweep_due(void)
{
	return sweep_due;
}

static bool any_held_by_sockets(void)
{
	const struct net *net;

	DL_FOREACH (nets, net)
		if (net->refs == net->socks)
			return true;
	return false;
}

/* Less and less often, where they stay. */
void sock_sweep_expire(void)
{
	if (!sweep_due || park_now() < sweep_due)
		return;
	sock_sweep();
	sweep_step = sweep_step < SWEEP_NS_MAX ? 2 * sweep_step : SWEEP_NS_MAX;
	sweep_due = any_held_by_sockets() ? park_now() + sweep_step : 0;
}

struct net_sock *sock_by_id(uint64_t id)
{
	struct net_sock *sock;

	HASH_FIND(hh_id, by_id, &id, sizeof(id), sock);
	return sock;
}

struct net_sock *sock_all(void)
{
	return by_ino;
}

/* ---- what a descriptor is ---- */

bool sock_may_be(const struct task *task)
{
	return task_active(task) & NS_NET;
}

/* One that accept(2) made: all about it is in its peer's name. */
static bool is_accepted(struct sock_ref *ref, uint64_t ino)
{
	struct net_sock *sock = &ref->passing;
	struct sockaddr_un un;
	socklen_t len = sizeof(un);
	struct net_name name;

	if (getpeername(ref->fd, (void *)&un, &len) < 0 ||
	    !sname_parse(&un, len, &name) || name.protocol != IPPROTO_TCP)
		return false;
	*sock = (struct net_sock){
		.ino = ino,
		.net = net_by_id(name.to_net),
		.ops = &stream_ops,
		.family = name.to_family,
		.type = SOCK_STREAM,
		.protocol = IPPROTO_TCP,
		.state = SOCK_CONNECTED,
		.local = name.to,
		.remote = name.from,
		.path = -1,
		.passing = true,
	};
	return true;
}

long sock_find(struct call *c, int nr, struct sock_ref *ret_ref)
{
	struct stat st;

	ret_ref->sock = NULL;
	ret_ref->file = -1;
	ret_ref->fd = (int)sys_borrow(c->task->tid->host, nr);
	if (sock_made_room(ret_ref->fd))
		ret_ref->fd = (int)sys_borrow(c->task->tid->host, nr);
	/* The supervisor's own limit is no matter of the program's. */
	if (ret_ref->fd == -EMFILE || ret_ref->fd == -ENFILE)
		return -ENOBUFS;
	if (ret_ref->fd < 0)
		return ret_ref->fd;
	if (fstat(ret_ref->fd, &st) < 0 || !S_ISSOCK(st.st_mode))
		return 0;
	ret_ref->sock = sock_by_ino(st.st_ino);
	if (!ret_ref->sock && is_accepted(ret_ref, st.st_ino))
		ret_ref->sock = &ret_ref->passing;
	return 0;
}

void sock_ref_drop(struct sock_ref *ref)
{
	sys_close(&ref->fd);
}

struct net_sock *sock_keep(struct sock_ref *ref)
{
	struct net_sock *sock = ref->sock;

	if (!sock->passing)
		return sock;
	if (!sock->net || HASH_COUNT(by_ino) >= SOCKS_MAX)
		return NULL;
	sock = malloc(sizeof(*sock));
	if (!sock)
		return NULL;
	*sock = ref->passing;
	sock->passing = false;
	net_get(sock->net);
	add(sock);
	ref->sock = sock;
	return sock;
}
