/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sockets of a network namespace in /proc/net: tcp4_seq_show() and its like.
 * One that accept(2) has made is known by its peer alone: it is shown without
 * a number.
 */
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include "src/net/route.h"
#include "src/net/sock.h"
#include "src/view/proc_net.h"

#define UNCONNECTED 7 /* TCP_CLOSE, as of a datagram socket */

static const char tcp4_head[] =
	"  sl  local_address rem_address   st tx_queue rx_queue tr tm->when "
	"retrnsmt   uid  timeout inode";
static const char udp4_head[] =
	"   sl  local_address rem_address   st tx_queue rx_queue tr tm->when "
	"retrnsmt   uid  timeout inode ref pointer drops";
static const char tcp6_head[] = "  sl  local_address                         "
				"remote_address                        "
				"st tx_queue rx_queue tr tm->when retrnsmt"
				"   uid  timeout inode";
static const char udp6_head[] = "  sl  local_address                         "
				"remote_address                        "
				"st tx_queue rx_queue tr tm->when retrnsmt"
				"   uid  timeout inode ref pointer drops";

/* One line's worth. */
struct shown {
	const struct net_end *local, *remote;
	unsigned int state, uid;
	unsigned long inode;
};

struct table {
	FILE *out;
	bool tcp, v6;
	unsigned int lines;
};

static void print_end(const struct table *table, const struct net_end *end)
{
	struct net_ip ip = end->ip;
	uint32_t words[NET_IP_BYTES / 4];

	if (table->v6 && ip.family == AF_INET)
		ip = net_ip_map(&ip);
	memcpy(words, ip.bytes, sizeof(words));
	for (int i = 0; i < (table->v6 ? 4 : 1); i++)
		fprintf(table->out, "%08X", words[i]);
	fprintf(table->out, ":%04X ", end->port);
}

static void print_line(struct table *table, const struct shown *s)
{
	char line[128];

	fprintf(table->out,
		table->tcp || table->v6 ? "%4u: " : "%5u: ", table->lines++);
	print_end(table, s->local);
	print_end(table, s->remote);
	snprintf(line, sizeof(line),
		 "%02X 00000000:00000000 00:00000000 00000000 %5u        0 %lu "
		 "1 0000000000000000%s",
		 s->state, s->uid, s->inode,
		 !table->tcp ? " 0" : " 100 0 0 10 0");
	fprintf(table->out, table->v6 ? "%s\n" : "%-104s\n", line);
}

static unsigned int state_of(const struct net_sock *sock)
{
	if (sock->state == SOCK_CONNECTED)
		return TCP_ESTABLISHED;
	if (sock->type != SOCK_STREAM)
		return UNCONNECTED;
	return sock->state == SOCK_LISTENING	? TCP_LISTEN
	       : sock->state == SOCK_CONNECTING ? TCP_SYN_SENT
						: UNCONNECTED;
}

/* As the protocol's own table has it: one that is bound, or connected. */
static bool is_listed(const struct net_sock *sock, const struct table *table)
{
	int protocol = table->tcp ? IPPROTO_TCP : IPPROTO_UDP;

	return sock->protocol == protocol && sock->local.port &&
	       sock->family == (table->v6 ? AF_INET6 : AF_INET) &&
	       (!table->tcp || state_of(sock) != UNCONNECTED);
}

static bool is_in(const struct net_sock *sock, struct net *net)
{
	return sock->net == net;
}

static void print_sock(struct table *table, const struct net_sock *sock)
{
	const struct net_end none = { .ip.family = sock->family };
	const struct shown s = {
		.local = &sock->local,
		.remote = sock->remote.ip.family ? &sock->remote : &none,
		.state = state_of(sock),
		.inode = sock->ino,
	};
	const struct shown other = {
		.local = &sock->remote,
		.remote = &sock->local,
		.state = TCP_ESTABLISHED,
	};

	print_line(table, &s);
	if (table->tcp && s.state == TCP_ESTABLISHED &&
	    route_type(sock->net, &sock->remote.ip) == RTN_LOCAL)
		print_line(table, &other);
}

long proc_net_socks(const struct task *viewer, const struct place *place,
		    char *real, size_t len, FILE *out)
{
	const char *name = strrchr(place->path, '/') + 1;
	struct net *net = proc_net_of(viewer, place);
	struct table table = {
		.out = out,
		.tcp = name[0] == 't',
		.v6 = name[3] == '6',
	};
	const struct net_sock *sock;

	(void)real;
	(void)len;
	if (!net)
		return VIEW_REAL;
	sock_sweep();
	if (table.v6)
		fprintf(out, "%s\n", table.tcp ? tcp6_head : udp6_head);
	else
		fprintf(out, table.tcp ? "%-149s\n" : "%-127s\n",
			table.tcp ? tcp4_head : udp4_head);
	for (sock = sock_all(); sock; sock = sock->hh.next)
		if (is_in(sock, net) && is_listed(sock, &table))
			print_sock(&table, sock);
	return 0;
}

static unsigned int count(struct net *net, int protocol, int family)
{
	const struct net_sock *sock;
	unsigned int n = 0;

	for (sock = sock_all(); sock; sock = sock->hh.next)
		n += is_in(sock, net) && sock->protocol == protocol &&
		     sock->family == family;
	return n;
}

long proc_net_sockstat(const struct task *viewer, const struct place *place,
		       char *real, size_t len, FILE *out)
{
	struct net *net = proc_net_of(viewer, place);
	bool v6 = place->path[strlen(place->path) - 1] == '6';
	unsigned int tcp, udp;

	(void)real;
	(void)len;
	if (!net)
		return VIEW_REAL;
	sock_sweep();
	tcp = count(net, IPPROTO_TCP, v6 ? AF_INET6 : AF_INET);
	udp = count(net, IPPROTO_UDP, v6 ? AF_INET6 : AF_INET);
	if (v6)
		fprintf(out,
			"TCP6: inuse %u\nUDP6: inuse %u\nUDPLITE6: inuse 0\n"
			"RAW6: inuse 0\nFRAG6: inuse 0 memory 0\n",
			tcp, udp);
	else
		fprintf(out,
			"sockets: used %u\n"
			"TCP: inuse %u orphan 0 tw 0 alloc %u mem 0\n"
			"UDP: inuse %u mem 0\nUDPLITE: inuse 0\n"
			"RAW: inuse 0\nFRAG: inuse 0 memory 0\n",
			net->socks, tcp, tcp, udp);
	return 0;
}

/* Which of the machine's are this net's is not known: none is told of. */
long proc_net_unix(const struct task *viewer, const struct place *place,
		   char *real, size_t len, FILE *out)
{
	return proc_net_head(viewer, place, real, len, out);
}
