/* SPDX-License-Identifier: Apache-2.0 */
/* --publish and --allow. See gateway.h. */
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include "src/config.h"
#include "src/gateway/gateway.h"
#include "src/host/log.h"

static _Noreturn void refuse(const char *option, const char *text,
			     const char *why)
{
	log_message("%s: %s: %s", option, text, why);
	log_hint("`nsrun --help` lists the options");
	exit(EXIT_NSRUN);
}

/* Return: 1 to 65535, or 0: it is no port. */
static uint16_t port_of(const char *text)
{
	char *end;
	long port = strtol(text, &end, 10);

	if (*text < '0' || *text > '9' || *end || port > UINT16_MAX)
		return 0;
	return (uint16_t)port;
}

/* An address of IPv6, with or without /LENGTH. */
static bool is_six(const char *text)
{
	char address[64];
	size_t n = strcspn(text, "/");

	if (n >= sizeof(address))
		return false;
	memcpy(address, text, n);
	address[n] = 0;
	return net_ip_parse(address).family == AF_INET6;
}

/*
 * Cuts "[ADDRESS]REST" and "ADDRESS:REST" in two: at the last colon, but of an
 * address of IPv6 without brackets. Return: the rest after the colon, or NULL.
 */
static char *cut_host(char *text, char **ret_host)
{
	char *colon;

	*ret_host = text;
	if (*text == '[') {
		char *end = strchr(text, ']');

		if (end && (!end[1] || end[1] == ':')) {
			*ret_host = text + 1;
			*end = 0;
			return end[1] ? end + 2 : NULL;
		}
	}
	colon = strrchr(text, ':');
	if (!colon || is_six(text))
		return NULL;
	*colon = 0;
	return colon + 1;
}

/* [HOSTIP:]HOSTPORT:PORT[/udp] */
void gateway_publish(struct gateway_config *config, const char *text)
{
	struct gw_published *p = &config->published[config->published_len];
	char *copy = strdup(text), *kind, *inner, *outer, *host;

	if (config->published_len == GW_PUBLISHED_MAX || !copy)
		refuse("--publish", text, "too many");
	kind = strchr(copy, '/');
	if (kind)
		*kind++ = 0;
	if (kind && strcmp(kind, "udp") != 0 && strcmp(kind, "tcp") != 0)
		refuse("--publish", text, "neither tcp nor udp");
	inner = strrchr(copy, ':');
	if (!inner)
		refuse("--publish", text, "not [HOSTIP:]HOSTPORT:PORT[/udp]");
	*inner++ = 0;
	outer = cut_host(copy, &host);
	*p = (struct gw_published){
		.host = { .ip = outer ? net_ip_parse(host)
				      : net_ip4(127, 0, 0, 1),
			  .port = port_of(outer ? outer : host) },
		.port = port_of(inner),
		.udp = kind && *kind == 'u',
		.fd = -1,
		.text = text,
	};
	if (!p->port || !p->host.port || !p->host.ip.family)
		refuse("--publish", text, "not [HOSTIP:]HOSTPORT:PORT[/udp]");
	config->published_len++;
	free(copy);
}

/* An address, with or without /LENGTH. */
static bool parse_prefix(char *text, struct gw_allowed *a)
{
	char *slash = strchr(text, '/');
	unsigned int bits;

	if (slash)
		*slash++ = 0;
	a->ip = net_ip_parse(text);
	if (!a->ip.family)
		return false;
	bits = 8 * (unsigned int)net_ip_size(a->ip.family);
	a->prefix_len = (uint8_t)bits;
	if (!slash)
		return true;
	a->prefix_len = (uint8_t)port_of(slash);
	return port_of(slash) ? port_of(slash) <= bits
			      : strcmp(slash, "0") == 0;
}

/* HOST[:PORT], ADDRESS[/LENGTH][:PORT], any[:PORT] */
void gateway_allow(struct gateway_config *config, const char *text)
{
	struct gw_allowed *a = &config->allowed[config->allowed_len];
	char *copy = strdup(text), *host, *port;

	if (config->allowed_len == GW_ALLOWED_MAX || !copy)
		refuse("--allow", text, "too many");
	*a = (struct gw_allowed){ 0 };
	port = cut_host(copy, &host);
	if (port && !(a->port = port_of(port)))
		refuse("--allow", text, "not HOST[:PORT]");
	if (!*host || strchr(host, ' '))
		refuse("--allow", text, "not HOST[:PORT]");
	a->any = strcmp(host, "any") == 0;
	if (strcmp(host, "localhost") == 0 || strcmp(host, GW_HOST_NAME) == 0)
		host = strcpy(copy, "127.0.0.1");
	if (a->any || parse_prefix(host, a))
		free(copy);
	else if (strchr(text, '/'))
		refuse("--allow", text, "no such prefix");
	else
		a->name = host; /* of the copy, which stays */
	config->allowed_len++;
}

/* Of a range that few use: the first of four is the other one's. */
static void draw_addresses(struct gw_link *l)
{
	uint8_t random[2] = { 0 };

	if (getrandom(random, sizeof(random), 0) < 0)
		refuse("--link", l->name, "no random number");
	l->other = net_ip4(10, 88, random[0], (uint8_t)(random[1] & ~3) | 1);
	l->own = net_ip4(10, 88, random[0], (uint8_t)(random[1] & ~3) | 2);
}

/* NAME[=ADDR[,OTHER]] */
void gateway_link(struct gateway_config *config, const char *text)
{
	struct gw_link *l = &config->links[config->links_len];
	char *name = strdup(text), *own, *other;

	if (config->links_len == GW_LINKS_MAX || !name)
		refuse("--link", text, "too many");
	own = strchr(name, '=');
	if (own)
		*own++ = 0;
	*l = (struct gw_link){ .name = name, .channel = -1 };
	config->links_len++;
	if (!own) {
		draw_addresses(l);
		return;
	}
	other = strchr(own, ',');
	if (other)
		*other++ = 0;
	l->own = l->other = net_ip_parse(own);
	l->other.bytes[3] = l->own.bytes[3] == 1 ? 2 : 1;
	if (other)
		l->other = net_ip_parse(other);
	if (l->own.family != AF_INET || l->other.family != AF_INET ||
	    net_ip_equal(&l->own, &l->other))
		refuse("--link", text, "not NAME[=ADDR[,OTHER]]");
}

bool gateway_wanted(const struct gateway_config *config)
{
	return config->nat || config->published_len;
}
