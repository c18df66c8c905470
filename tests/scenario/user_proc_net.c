/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose the sockets of the host's network are in /proc/net.
 *
 * scenario: user=root
 */
#include <netinet/in.h>
#include <sys/socket.h>
#include "scenario.h"

/* The line of the socket that is bound to @port, but for what varies. */
static void show(const char *file, unsigned int port)
{
	char path[64], line[512], local[128], uid[16], mark[16];
	bool found = false;
	FILE *in;

	snprintf(path, sizeof(path), "/proc/net/%s", file);
	snprintf(mark, sizeof(mark), ":%04X", port);
	in = fopen(path, "r");
	if (!in)
		die("%s", path);
	while (fgets(line, sizeof(line), in)) {
		/* Of the head in names, of others in numbers. */
		if (sscanf(line, " %*s %127s %*s %*s %*s %*s %*s %15s", local,
			   uid) == 2 && strstr(local, mark)) {
			see("%s: uid %s, %zu bytes", file, uid, strlen(line));
			found = true;
		}
	}
	see("%s: found %d", file, found);
	fclose(in);
}

static void bound(const char *file, int family, int type)
{
	struct sockaddr_in6 addr = { .sin6_family = (sa_family_t)family };
	socklen_t len = sizeof(addr);
	int fd = MUST(socket(family, type, 0));

	if (family == AF_INET)
		len = sizeof(struct sockaddr_in);
	MUST(bind(fd, (struct sockaddr *)&addr, len));
	MUST(getsockname(fd, (struct sockaddr *)&addr, &len));
	if (type == SOCK_STREAM)
		MUST(listen(fd, 1));
	show(file, ntohs(addr.sin6_port));
	close(fd);
}

int main(void)
{
	bound("tcp", AF_INET, SOCK_STREAM);
	bound("tcp6", AF_INET6, SOCK_STREAM);
	bound("udp", AF_INET, SOCK_DGRAM);
	bound("udp6", AF_INET6, SOCK_DGRAM);
	return done();
}
