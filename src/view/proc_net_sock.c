/* SPDX-License-Identifier: Apache-2.0 */
/* Sockets of a network namespace in /proc/net: tcp4_seq_show() and its like. */
#include <linux/net.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <string.h>
#include "src/net/listing.h"
#include "src/view/proc_net.h"

#define HEAD offsetof(struct sockaddr_un, sun_path)

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

static void print_line(struct table *table, const struct listed *s)
{
	const struct net_end none = { .ip.family = s->family };
	char line[128];

	fprintf(table->out,
		table->tcp || table->v6 ? "%4u: " : "%5u: ", table->lines++);
	print_end(table, s->local);
	print_end(table, s->remote->ip.family ? s->remote : &none);
	snprintf(line, sizeof(line),
		 "%02X 00000000:%08X 00:00000000 00000000 %5u        0 %lu "
		 "1 0000000000000000%s",
		 s->state, s->reads, 0, s->ino,
		 !table->tcp ? " 0" : " 100 0 0 10 0");
	fprintf(table->out, table->v6 ? "%s\n" : "%-104s\n", line);
}

/* As the protocol's own table has it. */
static void print_sock(void *data, const struct listed *sock)
{
	struct table *table = data;

	if (sock->protocol == (table->tcp ? IPPROTO_TCP : IPPROTO_UDP) &&
	    sock->family == (table->v6 ? AF_INET6 : AF_INET))
		print_line(table, sock);
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

	if (!net)
		return proc_user_sockets(viewer, place, real, len, out);
	if (table.v6)
		fprintf(out, "%s\n", table.tcp ? tcp6_head : udp6_head);
	else
		fprintf(out, table.tcp ? "%-149s\n" : "%-127s\n",
			table.tcp ? tcp4_head : udp4_head);
	listing_inet(net, print_sock, &table);
	return 0;
}

struct counter {
	int protocol, family;
	unsigned int n;
};

static void count_one(void *data, const struct listed *sock)
{
	struct counter *counter = data;

	counter->n += sock->protocol == counter->protocol &&
		      sock->family == counter->family &&
		      (sock->ino || sock->state == TCP_ESTABLISHED);
}

/* Those that are in a table of the protocol's. */
static unsigned int count(struct net *net, int protocol, int family)
{
	struct counter counter = { protocol, family, 0 };

	listing_inet(net, count_one, &counter);
	return counter.n;
}

/* The protocols of /proc/net/protocols whose sockets a net has. */
static const struct {
	const char *name;
	int protocol, family;
} protocols[] = {
	{ "TCP", IPPROTO_TCP, AF_INET },
	{ "TCPv6", IPPROTO_TCP, AF_INET6 },
	{ "UDP", IPPROTO_UDP, AF_INET },
	{ "UDPv6", IPPROTO_UDP, AF_INET6 },
	{ "UDP-Lite", IPPROTO_UDPLITE, AF_INET },
	{ "UDPLITEv6", IPPROTO_UDPLITE, AF_INET6 },
};

static unsigned int in_use(struct net *net, const char *name)
{
	for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++)
		if (strcmp(protocols[i].name, name) == 0)
			return count(net, protocols[i].protocol,
				     protocols[i].family);
	return 0;
}

/* The real one's lines, with how many sockets this net has. */
long proc_net_protocols(const struct task *viewer, const struct place *place,
			char *real, size_t len, FILE *out)
{
	struct net *net = proc_net_of(viewer, place);
	char name[32];
	unsigned int size;
	int end, n;

	(void)len;
	if (!net)
		return VIEW_REAL;
	for (char *line = real; *line; line += n) {
		n = (int)strcspn(line, "\n");
		n += line[n] == '\n';
		if (sscanf(line, "%31s %u %*d%n", name, &size, &end) == 2)
			fprintf(out, "%-9s %4u %6u%.*s", name, size,
				in_use(net, name), n - end, line + end);
		else
			fprintf(out, "%.*s", n, line);
	}
	return 0;
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

/* unix_seq_show() */
static void print_unix_line(FILE *out, const struct alive_sock *sock,
			    unsigned int flags, int state, uint64_t ino)
{
	const char *name = sock->name.sun_path;
	size_t len = sock->name_len ? sock->name_len - HEAD : 0;

	fprintf(out, "0000000000000000: %08X %08X %08X %04X %02X %5lu",
		state == SS_CONNECTED ? 3 : 2, 0, flags, sock->type, state,
		ino);
	/* A path ends with a NUL. */
	if (len > 0 && name[0] && !name[len - 1])
		len--;
	if (len > 0)
		fputc(' ', out);
	for (size_t i = 0; i < len; i++)
		fputc(name[i] ? name[i] : '@', out);
	fputc('\n', out);
}

/* Those that are not accepted yet have a line of their own, too. */
static void print_unix(void *data, const struct alive_sock *sock)
{
	bool connected = sock->state == TCP_ESTABLISHED;
	FILE *out = data;

	if (sock->state != TCP_LISTEN) {
		print_unix_line(out, sock, 0,
				connected ? SS_CONNECTED : SS_UNCONNECTED,
				sock->ino);
		return;
	}
	print_unix_line(out, sock, __SO_ACCEPTCON, SS_UNCONNECTED, sock->ino);
	for (uint32_t i = 0; i < sock->reads; i++)
		print_unix_line(out, sock, 0, SS_CONNECTING, 0);
}

long proc_net_unix(const struct task *viewer, const struct place *place,
		   char *real, size_t len, FILE *out)
{
	struct net *net = proc_net_of(viewer, place);
	long r = proc_net_head(viewer, place, real, len, out);

	if (net)
		listing_unix(net, print_unix, out);
	return r;
}
