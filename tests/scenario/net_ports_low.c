/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ports below 1024, and raw sockets: whoever made the namespace may have them.
 *
 * scenario: net=up run-as=root bare=skip
 * (the host's ports are not this program's)
 */
#include "net_common.h"

int main(void)
{
	int fd = sock(AF_INET, SOCK_STREAM), six = sock(AF_INET6, SOCK_DGRAM);

	SEE(bind_at(fd, "0.0.0.0", 80));
	SEE(listen(fd, 1));
	SEE(bind_at(six, "::1", 53));
	see_name("v4", fd, false);
	see_name("v6", six, false);
	return done();
}
