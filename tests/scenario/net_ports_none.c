/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ports below 1024: not for who has no capability in the user namespace that
 * owns the net namespace.
 *
 * scenario: net=up user=none bare=skip
 * (the host's ports are not this program's)
 */
#include "net_common.h"

int main(void)
{
	int fd = sock(AF_INET, SOCK_STREAM), six = sock(AF_INET6, SOCK_DGRAM);

	SEE(bind_at(fd, "127.0.0.1", 80));
	SEE(bind_at(fd, "0.0.0.0", 1023));
	SEE(bind_at(fd, "0.0.0.0", 1024));
	SEE(bind_at(six, "::1", 53));
	SEE(bind_at(six, "::1", 1053));
	SEE(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP));
	SEE(socket(AF_PACKET, SOCK_RAW, 0));
	return done();
}
