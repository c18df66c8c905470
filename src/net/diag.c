/* SPDX-License-Identifier: Apache-2.0 */
/* sock_diag(7): which sockets there are. */
#include <linux/netlink.h>
#include "src/net/netlink.h"

const struct netlink_protocol netlink_sock_diag = {
	.number = NETLINK_SOCK_DIAG,
	.groups = 4,
};
