/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What programs inside may reach: --allow.
 *
 * Theory of operation. An address is allowed that a rule says, or that a rule's
 * name has. Names are resolved by a child, since that can take long; what they
 * had is kept for a while, since many names have others each time. When an
 * address is not known, they are resolved again, not more often than every
 * second. Not even a rule makes the host's loopback reachable by its own
 * address: GW_HOST stands for it.
 */
#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "src/gateway/inner.h"
#include "src/host/sys.h"

#define KNOWN_MAX    1024
#define KNOWN_FOR    300 /* seconds */
#define FRESH_FOR    2
#define RESOLVE_TIME 20

struct known {
	struct net_ip ip;
	uint16_t port; /* of the rule */
	uint64_t until;
};

static struct known known[KNOWN_MAX];
static unsigned int known_len;
static uint64_t resolved; /* when that was */
static uint64_t began;
static void answer_ready(struct source *source, uint32_t events);
static struct source answer = { -1, answer_ready };

/* ---- resolving ---- */

static void tell_all(int fd, const struct gw_allowed *rule)
{
	const struct addrinfo hints = { .ai_family = AF_UNSPEC,
					.ai_socktype = SOCK_STREAM };
	struct addrinfo *list = NULL;

	if (getaddrinfo(rule->name, NULL, &hints, &list) != 0)
		return;
	for (const struct addrinfo *a = list; a; a = a->ai_next) {
		struct sockaddr_storage addr = { 0 };
		struct known k = { .port = rule->port };

		memcpy(&addr, a->ai_addr, a->ai_addrlen);
		k.ip = end_of_sockaddr(&addr).ip;
		sys_write_all(fd, &k, sizeof(k));
	}
}

static _Noreturn void be_resolver(int fd)
{
	const struct gateway_config *config = gateway_config();

	/* A connection's end must not wait for this process. */
	dup2(fd, STDIN_FILENO);
	sys_call(SYS_close_range, STDERR_FILENO + 1, ~0U, 0, 0, 0, 0);
	alarm(RESOLVE_TIME);
	for (unsigned int i = 0; i < config->allowed_len; i++)
		if (config->allowed[i].name)
			tell_all(STDIN_FILENO, &config->allowed[i]);
	_exit(0);
}

static bool resolve(void)
{
	int pair[2];
	pid_t child;

	if (answer.fd >= 0)
		return true;
	if (pipe2(pair, O_CLOEXEC) < 0)
		return false;
	child = fork();
	if (child == 0)
		be_resolver(pair[1]);
	close(pair[1]);
	answer.fd = pair[0];
	began = gateway_now();
	if (child < 0 || source_add(&answer, EPOLLIN) < 0) {
		source_close(&answer);
		return false;
	}
	return true;
}

static void remember(const struct known *found)
{
	struct known *at = NULL;

	/* Who answers for a name does not decide about the host's own. */
	if (net_ip_is_loopback(&found->ip) || net_ip_is_any(&found->ip))
		return;
	for (unsigned int i = 0; i < known_len; i++)
		if (net_ip_equal(&known[i].ip, &found->ip) &&
		    known[i].port == found->port)
			at = &known[i];
	if (!at && known_len < KNOWN_MAX)
		at = &known[known_len++];
	if (!at)
		return;
	*at = *found;
	at->until = gateway_now() + KNOWN_FOR;
}

static void answered(void)
{
	source_close(&answer);
	resolved = gateway_now();
	allow_ready();
}

static void answer_ready(struct source *source, uint32_t events)
{
	struct known found;

	(void)events;
	/* Less than a pipe takes in one piece. */
	if (sys_read(source->fd, &found, sizeof(found)) == sizeof(found))
		remember(&found);
	else
		answered();
}

void allow_tick(void)
{
	const uint64_t now = gateway_now();

	for (unsigned int i = 0; i < known_len; i++)
		if (known[i].until < now)
			known[i--] = known[--known_len];
	if (answer.fd >= 0 && now - began > RESOLVE_TIME)
		answered();
}

static bool has_names(void)
{
	const struct gateway_config *config = gateway_config();

	for (unsigned int i = 0; i < config->allowed_len; i++)
		if (config->allowed[i].name)
			return true;
	return false;
}

void allow_start(void)
{
	if (has_names())
		resolve();
}

/* ---- deciding ---- */

/* The host's loopback is meant by nothing that says more than it. */
static bool rule_matches(const struct gw_allowed *rule,
			 const struct net_end *end, bool loopback)
{
	unsigned int all = 8 * (unsigned int)net_ip_size(end->ip.family);

	if (rule->name || (rule->port && rule->port != end->port))
		return false;
	if (loopback && (rule->any || rule->prefix_len != all))
		return false;
	return rule->any || net_ip_in(&end->ip, &rule->ip, rule->prefix_len);
}

static bool is_allowed(const struct net_end *end, bool loopback)
{
	const struct gateway_config *config = gateway_config();

	for (unsigned int i = 0; i < config->allowed_len; i++)
		if (rule_matches(&config->allowed[i], end, loopback))
			return true;
	for (unsigned int i = 0; i < known_len; i++)
		if (net_ip_equal(&known[i].ip, &end->ip) &&
		    (!known[i].port || known[i].port == end->port))
			return true;
	return false;
}

/* What leads to the host itself, to nobody, or to many. */
static bool is_never(const struct net_ip *ip)
{
	const struct net_ip host = GW_HOST, zero = net_ip4(0, 0, 0, 0);

	return net_ip_is_loopback(ip) || net_ip_in(ip, &zero, 8) ||
	       net_ip_in(ip, &host, GW_PREFIX) || net_ip_is_multicast(ip) ||
	       net_ip_is_broadcast(ip);
}

/* Likewise of IPv6, with what holds an address of IPv4. */
static bool is_never6(const struct net_ip *ip)
{
	const struct net_ip host = GW_HOST6, four = net_ip_unmap(ip);
	const struct net_ip zero = net_ip_parse("::");

	return four.family || net_ip_in(ip, &zero, 96) ||
	       net_ip_in(ip, &host, GW_PREFIX6) || net_ip_is_linklocal(ip) ||
	       net_ip_is_multicast(ip);
}

/* Of the host; family 0: it is nowhere that one may go. */
static struct net_end real_of(const struct net_end *to)
{
	const struct net_ip host = GW_HOST;
	struct net_end real = *to;

	real.scope = 0;
	if (net_ip_equal(&to->ip, &host))
		real.ip = net_ip4(127, 0, 0, 1);
	else if (to->ip.family == AF_INET ? is_never(&to->ip)
					  : is_never6(&to->ip))
		real.ip.family = 0;
	return real;
}

long allow_check(const struct net_end *to, struct net_end *ret_real)
{
	bool loopback;

	if (!gateway_config()->nat)
		return -EACCES;
	*ret_real = *to;
	/* Even at an address of loopback: nobody else has it inside. */
	if (gateway_is_resolver(to))
		return 0;
	*ret_real = real_of(to);
	if (!ret_real->ip.family)
		return -EACCES;
	loopback = net_ip_is_loopback(&ret_real->ip);
	if (is_allowed(ret_real, loopback) || is_allowed(to, loopback))
		return 0;
	if (!has_names() ||
	    (answer.fd < 0 && gateway_now() < resolved + FRESH_FOR))
		return -EACCES;
	return resolve() ? -EAGAIN : -EACCES;
}
