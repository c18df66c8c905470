/* SPDX-License-Identifier: Apache-2.0 */
/* The name servers that the host has. See gateway.h. */
#include <stdio.h>
#include <string.h>
#include "src/gateway/gateway.h"
#include "src/host/sys.h"

#define RESOLVERS_MAX 8
#define PORT_DOMAIN   53

static struct net_ip resolvers[RESOLVERS_MAX];
static unsigned int resolvers_len;

static void read_once(void)
{
	static bool done;
	char text[4096], word[64], *line, *rest = NULL;

	if (done)
		return;
	done = true;
	if (sys_read_file("/etc/resolv.conf", text, sizeof(text)) < 0)
		return;
	for (line = strtok_r(text, "\n", &rest);
	     line && resolvers_len < RESOLVERS_MAX;
	     line = strtok_r(NULL, "\n", &rest)) {
		struct net_ip ip;

		if (sscanf(line, " nameserver %63s", word) != 1)
			continue;
		ip = net_ip_parse(word);
		if (ip.family)
			resolvers[resolvers_len++] = ip;
	}
}

bool gateway_is_resolver(const struct net_end *end)
{
	read_once();
	for (unsigned int i = 0; i < resolvers_len; i++)
		if (end->port == PORT_DOMAIN &&
		    net_ip_equal(&end->ip, &resolvers[i]))
			return true;
	return false;
}
