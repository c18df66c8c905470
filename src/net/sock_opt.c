/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Options of sockets.
 *
 * Theory of operation. Those of SOL_SOCKET that have the same meaning for a
 * socket of AF_UNIX are set on the real one, and are the kernel's. Those of
 * the protocols have nothing to act on here: they are checked, kept and told as
 * the kernel would, by a table. Follows net/ipv4/tcp.c, ip_sockglue.c and
 * net/ipv6/ipv6_sockglue.c, Linux 6.x.
 */
#include <errno.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/in6.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include "src/host/sys.h"
#include "src/net/devices.h"
#include "src/net/dgram.h"
#include "src/net/listing.h"
#include "src/net/sock.h"
#include "src/net/stream.h"
#include "src/ns/user_cred.h"

#ifndef IP_MULTICAST_ALL
#define IP_MULTICAST_ALL 49
#endif
#ifndef TCP_INQ
#define TCP_INQ 36
#endif
#define IPV6_MULTICAST_ALL_ 29
#define UDP_CORK_	    1
#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif

/* What becomes of a value. */
enum kind {
	VALUE,	 /* kept if between min and max, else EINVAL */
	FLAG,	 /* 0 or 1 */
	RESET,	 /* likewise; -1 is the first value again */
	TOS,	 /* 8 bits; of a stream without those of ECN */
	TCLASS,	 /* likewise, and as RESET */
	RETRIES, /* seconds, as so many times that a SYN-ACK is sent */
};

struct option {
	int level, name;
	enum kind kind;
	int first, min, max;
	int cap; /* that sets it to other than 0, or 0 */
};

static const struct option options[] = {
	{ SOL_SOCKET, SO_REUSEPORT, FLAG, 0, 0, 0, 0 },
	{ SOL_SOCKET, SO_SNDBUF, FLAG, 0, 0, 0, 0 }, /* was it set? */
	{ SOL_SOCKET, SO_RCVBUF, FLAG, 0, 0, 0, 0 },
	{ IPPROTO_TCP, TCP_NODELAY, FLAG, 0, 0, 0, 0 },
	{ IPPROTO_TCP, TCP_CORK, FLAG, 0, 0, 0, 0 },
	{ IPPROTO_TCP, TCP_MAXSEG, VALUE, 536, 88, 32767, 0 },
	{ IPPROTO_TCP, TCP_KEEPIDLE, VALUE, 7200, 1, 32767, 0 },
	{ IPPROTO_TCP, TCP_KEEPINTVL, VALUE, 75, 1, 32767, 0 },
	{ IPPROTO_TCP, TCP_KEEPCNT, VALUE, 9, 1, 127, 0 },
	{ IPPROTO_TCP, TCP_SYNCNT, VALUE, 6, 1, 127, 0 },
	{ IPPROTO_TCP, TCP_LINGER2, VALUE, 60, INT_MIN, INT_MAX, 0 },
	{ IPPROTO_TCP, TCP_DEFER_ACCEPT, RETRIES, 0, INT_MIN, INT_MAX, 0 },
	{ IPPROTO_TCP, TCP_WINDOW_CLAMP, VALUE, 0, INT_MIN, INT_MAX, 0 },
	{ IPPROTO_TCP, TCP_QUICKACK, FLAG, 1, 0, 0, 0 },
	{ IPPROTO_TCP, TCP_USER_TIMEOUT, VALUE, 0, 0, INT_MAX, 0 },
	{ IPPROTO_TCP, TCP_FASTOPEN, VALUE, 0, 0, INT_MAX, 0 },
	{ IPPROTO_TCP, TCP_NOTSENT_LOWAT, VALUE, -1, INT_MIN, INT_MAX, 0 },
	{ IPPROTO_TCP, TCP_THIN_LINEAR_TIMEOUTS, FLAG, 0, 0, 0, 0 },
	{ IPPROTO_TCP, TCP_SAVE_SYN, VALUE, 0, 0, 2, 0 },
	{ IPPROTO_TCP, TCP_INQ, VALUE, 0, 0, 1, 0 },
	{ IPPROTO_UDP, UDP_CORK_, FLAG, 0, 0, 0, 0 },
	{ IPPROTO_UDPLITE, 10, VALUE, 0, 0, 65535, 0 }, /* SEND_CSCOV */
	{ IPPROTO_UDPLITE, 11, VALUE, 0, 0, 65535, 0 }, /* RECV_CSCOV */
	{ IPPROTO_IP, IP_TOS, TOS, 0, 0, 255, 0 },
	{ IPPROTO_IP, IP_TTL, RESET, 64, 1, 255, 0 },
	{ IPPROTO_IP, IP_RECVOPTS, FLAG, 0, 0, 0, 0 },
	{ IPPROTO_IP, IP_PKTINFO, FLAG, 0, 0, 0, 0 },
	{ IPPROTO_IP, IP_MTU_DISCOVER, VALUE, 1, 0, 5, 0 },
	{ IPPROTO_IP, IP_RECVERR, FLAG, 0, 0, 0, 0 },
	{ IPPROTO_IP, IP_RECVTTL, FLAG, 0, 0, 0, 0 },
	{ IPPROTO_IP, IP_RECVTOS, FLAG, 0, 0, 0, 0 },
	{ IPPROTO_IP, IP_FREEBIND, FLAG, 0, 0, 0, 0 },
	{ IPPROTO_IP, IP_TRANSPARENT, FLAG, 0, 0, 0, CAP_NET_ADMIN },
	{ IPPROTO_IP, IP_ORIGDSTADDR, FLAG, 0, 0, 0, 0 },
	{ IPPROTO_IP, IP_MINTTL, VALUE, 0, 0, 255, 0 },
	{ IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, FLAG, 0, 0, 0, 0 },
	{ IPPROTO_IP, IP_MULTICAST_TTL, RESET, 1, 0, 255, 0 },
	{ IPPROTO_IP, IP_MULTICAST_LOOP, FLAG, 1, 0, 0, 0 },
	{ IPPROTO_IP, IP_MULTICAST_ALL, VALUE, 1, 0, 1, 0 },
	{ IPPROTO_IPV6, IPV6_V6ONLY, FLAG, 0, 0, 0, 0 },
	{ IPPROTO_IPV6, IPV6_UNICAST_HOPS, RESET, 64, 0, 255, 0 },
	{ IPPROTO_IPV6, IPV6_MULTICAST_HOPS, RESET, 1, 0, 255, 0 },
	{ IPPROTO_IPV6, IPV6_MULTICAST_LOOP, VALUE, 1, 0, 1, 0 },
	{ IPPROTO_IPV6, IPV6_MULTICAST_ALL_, VALUE, 1, 0, 1, 0 },
	{ IPPROTO_IPV6, IPV6_MTU_DISCOVER, VALUE, 1, 0, 5, 0 },
	{ IPPROTO_IPV6, IPV6_RECVERR, FLAG, 0, 0, 0, 0 },
	{ IPPROTO_IPV6, IPV6_RECVPKTINFO, FLAG, 0, 0, 0, 0 },
	{ IPPROTO_IPV6, IPV6_RECVHOPLIMIT, FLAG, 0, 0, 0, 0 },
	{ IPPROTO_IPV6, IPV6_RECVTCLASS, FLAG, 0, 0, 0, 0 },
	{ IPPROTO_IPV6, IPV6_RECVPATHMTU, FLAG, 0, 0, 0, 0 },
	{ IPPROTO_IPV6, IPV6_TCLASS, TCLASS, 0, 0, 255, 0 },
	{ IPPROTO_IPV6, IPV6_DONTFRAG, FLAG, 0, 0, 0, 0 },
	{ IPPROTO_IPV6, IPV6_AUTOFLOWLABEL, FLAG, 1, 0, 0, 0 },
	{ IPPROTO_IPV6, IPV6_FREEBIND, FLAG, 0, 0, 0, 0 },
	{ IPPROTO_IPV6, IPV6_TRANSPARENT, FLAG, 0, 0, 0, CAP_NET_ADMIN },
};

#define OPTIONS (sizeof(options) / sizeof(options[0]))

struct sock_options {
	int value[OPTIONS];
	char congestion[16];
};

static int find(int level, int name)
{
	for (size_t i = 0; i < OPTIONS; i++)
		if (options[i].level == level && options[i].name == name)
			return (int)i;
	return -1;
}

void sock_options_free(struct net_sock *sock)
{
	free(sock->options);
	sock->options = NULL;
}

/* An accepted one has what its listener has, if that is there still. */
static const struct sock_options *inherited(const struct net_sock *sock)
{
	const struct net_sock *from;

	if (!sock->passing || !sock->net)
		return sock->options;
	from = port_find(sock->net, IPPROTO_TCP, &sock->local, &sock->remote,
			 NET_ANY_DEVICE);
	return from ? from->options : NULL;
}

int sock_option(const struct net_sock *sock, int level, int name)
{
	const struct sock_options *kept = inherited(sock);
	int i = find(level, name);

	if (i < 0)
		return 0;
	return kept ? kept->value[i] : options[i].first;
}

static struct sock_options *writable(struct sock_ref *ref)
{
	const struct sock_options *from = inherited(ref->sock);
	struct net_sock *sock = sock_keep(ref);

	if (!sock || sock->options)
		return sock ? sock->options : NULL;
	sock->options = calloc(1, sizeof(*sock->options));
	if (!sock->options)
		return NULL;
	if (from) {
		*sock->options = *from;
		return sock->options;
	}
	for (size_t i = 0; i < OPTIONS; i++)
		sock->options->value[i] = options[i].first;
	strcpy(sock->options->congestion, "cubic");
	return sock->options;
}

/* ---- to set ---- */

/* As each level takes what is not an int. */
static long read_int(struct call *c, int level, int len, int *ret_value)
{
	unsigned char byte;

	if (len >= (int)sizeof(int))
		return call_read(c, c->args[3], ret_value, sizeof(int));
	if (level != IPPROTO_IP || len < 1)
		return -EINVAL;
	if (call_read(c, c->args[3], &byte, 1) < 0)
		return -EFAULT;
	*ret_value = byte;
	return 0;
}

/* secs_to_retrans() and back */
static int retries(int seconds)
{
	int timeout = 1, period = 1, n = 1;

	if (seconds <= 0)
		return 0;
	while (seconds > period && n++ < 255) {
		timeout = timeout <= 60 ? 2 * timeout : 120;
		period += timeout;
	}
	return period;
}

/* Return: what is kept of it, or -1: it is no value of this option. */
static long checked(const struct option *o, const struct net_sock *sock,
		    int value)
{
	const int ecn = sock->type == SOCK_STREAM ? 3 : 0;

	switch (o->kind) {
	case FLAG:
		return value != 0;
	case TOS:
		return value & 0xff & ~ecn;
	case RETRIES:
		return retries(value);
	default:
		break;
	}
	/* The kernel's own choice again. */
	if (o->name == TCP_MAXSEG && o->level == IPPROTO_TCP && value == 0)
		return o->first;
	if (o->kind != VALUE && value == -1)
		return o->first;
	if (value < o->min || value > o->max)
		return -1;
	return o->kind == TCLASS ? value & ~ecn : value;
}

/* Of datagrams alone. */
static long refused(const struct net_sock *sock, const struct option *o)
{
	if (sock->type != SOCK_STREAM)
		return 0;
	if (o->level == IPPROTO_IP && o->name == IP_MULTICAST_TTL)
		return -EINVAL;
	return o->level == IPPROTO_IPV6 && o->name == IPV6_MULTICAST_HOPS
		       ? -ENOPROTOOPT
		       : 0;
}

static long set_kept(struct call *c, struct sock_ref *ref, int i, int value)
{
	const struct option *o = &options[i];
	struct sock_options *kept;
	long r = refused(ref->sock, o), keeps = checked(o, ref->sock, value);

	if (r < 0)
		return r;
	/* The few whose values may be negative have no limits. */
	if (keeps == -1 && o->min != INT_MIN)
		return -EINVAL;
	value = (int)keeps;
	if (o->cap && value &&
	    (!c->task->cred || !ref->sock->net ||
	     !net_capable(c->task, ref->sock->net, o->cap)))
		return -EPERM;
	kept = writable(ref);
	if (!kept)
		return -ENOBUFS;
	kept->value[i] = value;
	return 0;
}

static long set_congestion(struct call *c, struct sock_ref *ref, int len)
{
	char name[16] = "";
	struct sock_options *kept;

	if (len < 1)
		return -EINVAL;
	if (len > (int)sizeof(name) - 1)
		len = sizeof(name) - 1;
	if (call_read(c, c->args[3], name, (size_t)len) < 0)
		return -EFAULT;
	if (strcmp(name, "cubic") != 0 && strcmp(name, "reno") != 0)
		return -ENOENT;
	kept = writable(ref);
	if (!kept)
		return -ENOBUFS;
	strcpy(kept->congestion, name);
	return 0;
}

static long set_protocol(struct call *c, struct sock_ref *ref, int level,
			 int name)
{
	struct net_sock *sock = ref->sock;
	int i, value, len = (int)c->args[4];
	long r;

	if (level == IPPROTO_TCP && name == TCP_CONGESTION)
		return set_congestion(c, ref, len);
	if (sock->ops == &dgram_ops) {
		r = dgram_setsockopt(c, ref, level, name);
		if (r != -ENOPROTOOPT)
			return r;
	}
	i = find(level, name);
	if (i < 0)
		return -ENOPROTOOPT;
	r = read_int(c, level, len, &value);
	if (r < 0)
		return r;
	if (level == IPPROTO_TCP && name == TCP_FASTOPEN && value > 4096)
		value = 4096; /* somaxconn */
	if (level == IPPROTO_IPV6 && name == IPV6_V6ONLY) {
		if (sock->port.port || sock->state != SOCK_FRESH)
			return -EINVAL;
		sock->v6only = value != 0;
	}
	return set_kept(c, ref, i, value);
}

/* Those that mean nothing to the real socket. */
static long set_socket(struct call *c, struct sock_ref *ref, int name)
{
	int value = 0;

	switch (name) {
	case SO_PASSCRED:
	case SO_PASSSEC:
		return -EOPNOTSUPP;
	case SO_BINDTODEVICE:
	case SO_BINDTOIFINDEX:
		return port_set_device(c, ref, name);
	case SO_ATTACH_REUSEPORT_CBPF:
		return 0;
	case SO_RCVTIMEO_OLD:
	case SO_SNDTIMEO_OLD:
	case SO_RCVTIMEO_NEW:
	case SO_SNDTIMEO_NEW:
		ref->sock->limited = true;
		return call_pass(c);
	case SO_REUSEADDR:
	case SO_REUSEPORT:
	case SO_SNDBUF:
	case SO_RCVBUF:
		if ((int)c->args[4] < (int)sizeof(int))
			return -EINVAL;
		if (call_read(c, c->args[3], &value, sizeof(value)) < 0)
			return -EFAULT;
		if (name == SO_REUSEADDR) {
			ref->sock->port.reuse = value != 0;
			return call_pass(c);
		}
		if (name == SO_REUSEPORT)
			ref->sock->port.reuseport = value != 0;
		else
			value = 1;
		value = (int)set_kept(c, ref, find(SOL_SOCKET, name), value);
		return value < 0 || name == SO_REUSEPORT ? value : call_pass(c);
	default:
		return call_pass(c);
	}
}

static bool is_of(const struct net_sock *sock, int level)
{
	switch (level) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
		return sock->protocol == level;
	case IPPROTO_IPV6:
		return sock->family == AF_INET6;
	default:
		return level == IPPROTO_IP;
	}
}

long sock_setsockopt(struct call *c, struct sock_ref *ref)
{
	int level = (int)c->args[1], name = (int)c->args[2];

	if ((int)c->args[4] < 0)
		return -EINVAL;
	if (level == SOL_SOCKET)
		return set_socket(c, ref, name);
	if (!is_of(ref->sock, level))
		return -ENOPROTOOPT;
	return set_protocol(c, ref, level, name);
}

/* ---- to get ---- */

static long put(struct call *c, const void *value, size_t size)
{
	int len;

	if (call_read(c, c->args[4], &len, sizeof(len)) < 0)
		return -EFAULT;
	if (len < 0)
		return -EINVAL;
	if (len > (int)size)
		len = (int)size;
	if (call_write(c, c->args[4], &len, sizeof(len)) < 0 ||
	    (len > 0 && call_write(c, c->args[3], value, (size_t)len) < 0))
		return -EFAULT;
	return 0;
}

static long put_int(struct call *c, int level, int value)
{
	unsigned char byte = (unsigned char)value;
	int len;

	if (level == IPPROTO_IP &&
	    call_read(c, c->args[4], &len, sizeof(len)) == 0 && len > 0 &&
	    len < (int)sizeof(int) && value >= 0 && value <= 255)
		return put(c, &byte, 1);
	return put(c, &value, sizeof(value));
}

static long get_info(struct call *c, struct sock_ref *ref)
{
	const struct net_sock *sock = ref->sock;
	struct alive_sock about;
	bool connected = sock->state == SOCK_CONNECTED;
	bool reset = connected && stream_is_reset(ref);
	bool known = connected && alive_about(sock->ino, &about);
	struct tcp_info info = {
		.tcpi_state =
			reset ? TCP_CLOSE
			      : listing_state(sock, known ? &about : NULL),
		.tcpi_rto = 200000,
		.tcpi_snd_mss = 65483,
		.tcpi_rcv_mss = 65483,
		.tcpi_advmss = 65483,
		.tcpi_pmtu = 65535,
		.tcpi_rtt = 10,
		.tcpi_rttvar = 5,
		.tcpi_snd_cwnd = 10,
		.tcpi_snd_ssthresh = INT_MAX,
		.tcpi_rcv_space = 65483,
		.tcpi_reordering = 3,
	};

	return put(c, &info, sizeof(info));
}

static long get_congestion(struct call *c, const struct net_sock *sock)
{
	const struct sock_options *kept = inherited(sock);
	char name[16] = "cubic";

	if (kept)
		memcpy(name, kept->congestion, sizeof(name));
	return put(c, name, sizeof(name));
}

static long get_protocol(struct call *c, struct sock_ref *ref, int level,
			 int name)
{
	const struct net_sock *sock = ref->sock;
	bool connected = sock->state == SOCK_CONNECTED;
	int i;

	if (level == IPPROTO_TCP && name == TCP_INFO)
		return get_info(c, ref);
	if (level == IPPROTO_TCP && name == TCP_CONGESTION)
		return get_congestion(c, sock);
	if (level == IPPROTO_TCP && name == TCP_MAXSEG && connected)
		return put_int(c, level, 65483);
	if ((level == IPPROTO_IP && name == IP_MTU) ||
	    (level == IPPROTO_IPV6 && name == IPV6_MTU))
		return sock->remote.ip.family ? put_int(c, level, 65536)
					      : -ENOTCONN;
	if (level == IPPROTO_IPV6 && name == IPV6_ADDRFORM)
		return put_int(c, level, AF_INET6);
	i = find(level, name);
	return i < 0 ? -ENOPROTOOPT
		     : put_int(c, level, sock_option(sock, level, name));
}

/* A connection that waits for room is tried again, since it is asked for. */
static long get_error(struct call *c, struct sock_ref *ref)
{
	struct net_sock *sock = ref->sock;
	socklen_t len = sizeof(int);
	int error = sock->error;

	if (sock->state == SOCK_CONNECTING && !sock->outward)
		error = stream_connect_again(c, ref) == 0 ? 0 : ETIMEDOUT;

	if (!error)
		getsockopt(ref->fd, SOL_SOCKET, SO_ERROR, &error, &len);
	/* What a datagram that nobody took makes of AF_UNIX: see dgram.c. */
	if (sock->ops == &dgram_ops && error == ECONNRESET)
		error = ECONNREFUSED;
	sock->error = 0;
	return put_int(c, SOL_SOCKET, error);
}

static long get_device(struct call *c, const struct net_sock *sock)
{
	const struct net_device *dev = NULL;
	int len;

	if (sock->port.device && sock->net)
		dev = net_dev_by_index(net_devices(sock->net),
				       sock->port.device);
	if (!dev)
		return put(c, "", 0);
	if (call_read(c, c->args[4], &len, sizeof(len)) < 0)
		return -EFAULT;
	return len < IFNAMSIZ ? -EINVAL
			      : put(c, dev->name, strlen(dev->name) + 1);
}

static const struct {
	int name, tcp;
} buffers[] = { { SO_SNDBUF, 16384 }, { SO_RCVBUF, 131072 } };

static long get_buffer(struct call *c, const struct net_sock *sock, int name)
{
	if (sock->ops == &dgram_ops || sock_option(sock, SOL_SOCKET, name))
		return call_pass(c);
	return put_int(c, SOL_SOCKET, buffers[name == SO_RCVBUF].tcp);
}

static long get_socket(struct call *c, struct sock_ref *ref, int name)
{
	const struct net_sock *sock = ref->sock;
	const struct ucred nobody = { 0, (uid_t)-1, (gid_t)-1 };

	switch (name) {
	case SO_ERROR:
		return get_error(c, ref);
	case SO_DOMAIN:
		return put_int(c, SOL_SOCKET, sock->family);
	case SO_PROTOCOL:
		return put_int(c, SOL_SOCKET, sock->protocol);
	case SO_REUSEPORT:
		return put_int(c, SOL_SOCKET,
			       sock_option(sock, SOL_SOCKET, name));
	case SO_SNDBUF:
	case SO_RCVBUF:
		return get_buffer(c, sock, name);
	case SO_PEERCRED:
		return put(c, &nobody, sizeof(nobody));
	case SO_PEERGROUPS:
	case SO_PEERPIDFD:
		return -ENODATA;
	case SO_PASSCRED:
	case SO_PASSSEC:
		return -EOPNOTSUPP;
	case SO_BINDTODEVICE:
		return get_device(c, sock);
	case SO_BINDTOIFINDEX:
		return put_int(c, SOL_SOCKET, sock->port.device);
	default:
		return call_pass(c);
	}
}

long sock_getsockopt(struct call *c, struct sock_ref *ref)
{
	int level = (int)c->args[1], name = (int)c->args[2];

	if (level == SOL_SOCKET)
		return get_socket(c, ref, name);
	if (!is_of(ref->sock, level))
		return ref->sock->family == AF_INET ? -EOPNOTSUPP
						    : -ENOPROTOOPT;
	return get_protocol(c, ref, level, name);
}
