/* SPDX-License-Identifier: Apache-2.0 */
/* Ports: who has one, and who may. */
#include <errno.h>
#include <linux/capability.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <stddef.h>
#include <sys/random.h>
#include <unistd.h>
#include "src/net/alive.h"
#include "src/net/devices.h"
#include "src/net/link.h"
#include "src/net/route.h"
#include "src/net/sock.h"
#include "src/ns/user_cred.h"

#define ASKED_MAX 64 /* connections, to know whether a port is free */

struct net_sock *sock_by_port(struct net_port *port)
{
	return (struct net_sock *)((char *)port -
				   offsetof(struct net_sock, port));
}

static int int_of(int fd, int name)
{
	socklen_t len = sizeof(int);
	int value = 0;

	getsockopt(fd, SOL_SOCKET, name, &value, &len);
	return value;
}

/* What decides who may share, as it is now. */
static void refresh(struct call *c, struct sock_ref *ref)
{
	struct net_sock *sock = ref->sock;

	sock->port.reuse = int_of(ref->fd, SO_REUSEADDR);
	sock->port.reuseport = sock_option(sock, SOL_SOCKET, SO_REUSEPORT);
	sock->port.v6only = sock->v6only;
	sock->port.uid = c->task->cred ? c->task->cred->euid : 0;
}

/* Whose last descriptor was closed keeps nobody from a port. */
static bool is_free(struct net_ports *ports, struct net_port *port, bool chosen)
{
	struct net_port *other;

	while ((other = net_ports_conflict(ports, port, chosen)))
		if (sock_check(sock_by_port(other)))
			return false;
	return true;
}

static bool is_to(const struct net_sock *sock, const struct net_port *port)
{
	return sock->state == SOCK_CONNECTED && sock->type == SOCK_STREAM &&
	       sock->remote.port == port->port &&
	       (net_ip_is_any(&port->ip) ||
		net_ip_equal(&port->ip, &sock->remote.ip));
}

/* Was it accepted in @net, and is open at that end? */
static bool is_accepted(const struct net_sock *sock, const struct net *net)
{
	struct alive_sock about;
	struct net_name name;

	return alive_about(sock->ino, &about) && about.peer &&
	       sname_parse(&about.name, about.name_len, &name) &&
	       name.to_net == net->id;
}

/*
 * inet_csk_get_port(): connections have the port of who listened, after that
 * was closed, too. Who has SO_REUSEADDR may share it.
 */
static bool is_connected(const struct net *net, const struct net_port *port)
{
	const struct net_sock *sock;
	int asked = 0;

	if (port->protocol != IPPROTO_TCP || port->reuse || port->reuseport)
		return false;
	for (sock = sock_all(); sock && asked < ASKED_MAX; sock = sock->hh.next)
		if (is_to(sock, port)) {
			asked++;
			if (is_accepted(sock, net))
				return true;
		}
	return false;
}

static long draw(struct net_ports *ports, struct net_port *port)
{
	unsigned int size = (unsigned int)ports->high - ports->low + 1;
	uint32_t random = 0;

	if (getrandom(&random, sizeof(random), GRND_NONBLOCK) < 0)
		random = 0;
	for (unsigned int i = 0; i < size; i++) {
		port->port = net_ports_draw(ports, random, i);
		if (is_free(ports, port, true))
			return 0;
	}
	return -EADDRINUSE;
}

long port_take(struct call *c, struct sock_ref *ref, const struct net_end *end)
{
	struct net_sock *sock = ref->sock;
	struct net_ports *ports = net_ports(sock->net);
	struct net_port *port = &sock->port;
	long r = 0;

	refresh(c, ref);
	port->protocol = (uint8_t)sock->protocol;
	port->ip = end->ip;
	port->port = end->port;
	if (!port->port)
		r = draw(ports, port);
	else if (!is_free(ports, port, false) || is_connected(sock->net, port))
		r = -EADDRINUSE;
	if (r < 0) {
		port->port = 0;
		return r;
	}
	net_ports_add(ports, port);
	sock->local = *end;
	sock->local.port = port->port;
	return 0;
}

void port_drop(struct net_sock *sock)
{
	if (sock->port.port)
		net_ports_del(net_ports(sock->net), &sock->port);
	sock->port.listening = false;
}

/* Return: an index, 0 for none, or a negative errno. */
static long read_device(struct call *c, const struct net *net, int name)
{
	char text[IFNAMSIZ] = "";
	size_t len = c->args[4];
	const struct net_device *dev;
	int index;

	if (name == SO_BINDTOIFINDEX) {
		if (len < sizeof(index))
			return -EINVAL;
		if (call_read(c, c->args[3], &index, sizeof(index)) < 0)
			return -EFAULT;
		return index < 0 ? -EINVAL : index;
	}
	if (len > sizeof(text) - 1)
		len = sizeof(text) - 1;
	if (call_read(c, c->args[3], text, len) < 0)
		return -EFAULT;
	dev = text[0] ? net_dev_by_name(&net->devices, text) : NULL;
	return dev ? dev->index : text[0] ? -ENODEV : 0;
}

long port_set_device(struct call *c, struct sock_ref *ref, int name)
{
	struct net_sock *sock = ref->sock->net ? sock_keep(ref) : NULL;
	long r = sock ? read_device(c, sock->net, name) : -ENOBUFS;

	if (r < 0)
		return r;
	/* To take it back is more than to choose it. */
	if (sock->port.device && c->task->cred &&
	    !net_capable(c->task, sock->net, CAP_NET_RAW))
		return -EPERM;
	sock->port.device = (int)r;
	link_changed(sock->net);
	return 0;
}

long port_listen(struct call *c, struct sock_ref *ref)
{
	struct net_port *port = &ref->sock->port;

	refresh(c, ref);
	if (!is_free(net_ports(ref->sock->net), port, false))
		return -EADDRINUSE;
	port->listening = true;
	return 0;
}

struct net_sock *port_find(struct net *net, uint8_t protocol,
			   const struct net_end *to, const struct net_end *from,
			   int device)
{
	struct net_port *port;

	port = net_ports_find(net_ports(net), protocol, &to->ip, to->port,
			      &from->ip, from->port, device);
	return port ? sock_by_port(port) : NULL;
}
