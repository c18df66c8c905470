/* SPDX-License-Identifier: Apache-2.0 */
/* --link: the client's side. Asks an instance to be joined to this one's net.
 */
#include <errno.h>
#include <sys/socket.h>
#include "src/gateway/protocol.h"
#include "src/host/log.h"
#include "src/host/sys.h"
#include "src/outside/enter.h"
#include "src/outside/name.h"

static void explain(const char *name, long err)
{
	log_message("--link: %s: %s", name, log_errno(err));
	if (err == -EOPNOTSUPP)
		log_hint("it has no network of its own: start it with -n");
	else if (err == -EEXIST)
		log_hint("it has that address already: --link=NAME=ADDR");
}

/* By @instance. Return: 0 with the channel, or a negative errno. */
static long offer(int instance, struct gw_link *link)
{
	const struct gw_message message = {
		.kind = GW_LINK,
		.from.ip = link->own,
		.to.ip = link->other,
	};
	const struct request rq = request_of(OP_LINK, 0);
	struct reply reply = { 0 };
	int pair[2], fd = -1;
	long r = sys_result(
		socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair));

	if (r < 0)
		return r;
	r = gw_send(pair[0], &message, NULL, 0, -1, 0);
	if (r == 0)
		r = protocol_send(instance, &rq, sizeof(rq), pair[1]);
	if (r == 0)
		r = protocol_receive(instance, &reply, sizeof(reply), &fd);
	sys_close(&fd);
	sys_close(&pair[1]);
	if (r == 0)
		r = reply.error;
	if (r < 0)
		sys_close(&pair[0]);
	else
		link->channel = pair[0];
	return r;
}

long link_open_all(struct gateway_config *config)
{
	for (unsigned int i = 0; i < config->links_len; i++) {
		struct gw_link *link = &config->links[i];
		_cleanup_close_ int instance = name_connect(link->name);
		long r = instance;

		if (r < 0)
			return r; /* it was told */
		r = offer(instance, link);
		if (r < 0) {
			explain(link->name, r);
			return r;
		}
	}
	return 0;
}
