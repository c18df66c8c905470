/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program that wants to reach sockets of the host from a net of its own.
 * Arguments: a port, where TCP and UDP are listened to, and an abstract name,
 * of a stream and, with a "d" behind it, of a datagram socket. What works is
 * written.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#define ROUNDS 3000

static struct sockaddr_un host, dgram, own;
static socklen_t host_len, dgram_len, own_len;
static volatile struct sockaddr_un moving;
static volatile int stop;

static socklen_t abstract(struct sockaddr_un *un, const char *name,
			  const char *suffix)
{
	un->sun_family = AF_UNIX;
	return offsetof(struct sockaddr_un, sun_path) + 1 +
	       sprintf(un->sun_path + 1, "%s%s", name, suffix);
}

/* Families by which something could lead out. */
static void families(void)
{
	static const int harmless[] = { AF_UNIX, AF_INET, AF_INET6, AF_NETLINK,
					38 /* AF_ALG */ };

	for (int family = 0; family < 64; family++)
		for (int type = 0; type < 11; type++) {
			int fd, bad = 1;

			for (size_t i = 0; i < sizeof(harmless) / sizeof(int);
			     i++)
				bad = bad && family != harmless[i];
			fd = socket(family, type, 0);
			if (fd >= 0 && bad)
				printf("family %d type %d\n", family, type);
			if (fd >= 0)
				close(fd);
			fd = syscall(SYS_socket, family | 1L << 32, type, 0);
			if (fd >= 0 && bad)
				printf("wide family %d type %d\n", family,
				       type);
			if (fd >= 0)
				close(fd);
			if (socketpair(family, type, 0, (int[2]){ 0 }) == 0 &&
			    family != AF_UNIX)
				printf("pair of family %d\n", family);
		}
	if (syscall(425 /* io_uring_setup */, 1, NULL) >= 0 ||
	    errno != ENOSYS)
		printf("io_uring\n");
	if (socket(AF_INET, SOCK_RAW, IPPROTO_TCP) >= 0)
		printf("raw\n");
}

/* Of the families that there are: other protocols than TCP and UDP. */
static void protocols(void)
{
	static const int private[] = { NETLINK_ROUTE, NETLINK_SOCK_DIAG,
				       NETLINK_KOBJECT_UEVENT };
	int fd;

	for (int type = 1; type < 7; type++)
		for (int protocol = 0; protocol < 300; protocol++) {
			int bad = protocol && protocol != IPPROTO_TCP &&
				  protocol != IPPROTO_UDP &&
				  protocol != IPPROTO_UDPLITE;

			for (int v6 = 0; v6 < 2; v6++) {
				fd = socket(v6 ? AF_INET6 : AF_INET, type,
					    protocol);
				if (fd >= 0 && (bad || type > SOCK_DGRAM))
					printf("type %d protocol %d\n", type,
					       protocol);
				if (fd >= 0)
					close(fd);
			}
		}
	for (int protocol = 0; protocol < 64; protocol++) {
		int bad = 1;

		for (int i = 0; i < 3; i++)
			bad = bad && protocol != private[i];
		fd = socket(AF_NETLINK, SOCK_RAW, protocol);
		if (fd >= 0 && bad)
			printf("netlink protocol %d\n", protocol);
		if (fd >= 0)
			close(fd);
	}
}

/* The same call by the kernel's other doors. */
static void doors(void)
{
	long r = 359; /* socket(2) of i386 */

	if (syscall(SYS_socket | 0x40000000, AF_INET, SOCK_STREAM, 0) >= 0)
		printf("x32\n");
	__asm__ volatile("int $0x80"
			 : "+a"(r)
			 : "b"(AF_INET), "c"(SOCK_STREAM), "d"(0)
			 : "memory", "r8", "r9", "r10", "r11");
	if (r >= 0)
		printf("i386\n");
}

static void addresses(int port)
{
	static const char *const ips[] = { "127.0.0.1", "0.0.0.0" };
	struct sockaddr_in in = { .sin_family = AF_INET,
				  .sin_port = htons(port) };

	for (int i = 0; i < 2; i++) {
		int s = socket(AF_INET, SOCK_STREAM, 0);
		int d = socket(AF_INET, SOCK_DGRAM, 0);

		inet_pton(AF_INET, ips[i], &in.sin_addr);
		if (connect(s, (void *)&in, sizeof(in)) == 0)
			printf("TCP to %s\n", ips[i]);
		sendto(d, "x", 1, 0, (void *)&in, sizeof(in));
		if (connect(d, (void *)&in, sizeof(in)) == 0)
			send(d, "x", 1, 0);
		close(s);
		close(d);
	}
}

/* Connections that begin with data, ways that a packet is to go, devices. */
static void tricks(int port)
{
	static const unsigned char route[] = { 0x83, 7, 4, 127, 0, 0, 1, 0 };
	struct sockaddr_in in = { .sin_family = AF_INET,
				  .sin_port = htons(port) };
	struct iovec iov = { "x", 1 };
	struct mmsghdr m[2] = {
		{ .msg_hdr = { .msg_iov = &iov, .msg_iovlen = 1 } },
		{ .msg_hdr = { .msg_name = &in, .msg_namelen = sizeof(in),
			       .msg_iov = &iov, .msg_iovlen = 1 } },
	};
	static const char *const devices[] = { "", "lo", "eth0" };
	struct ifreq dev = { .ifr_name = "eth0" };
	int tun = open("/dev/net/tun", O_RDWR), one = 1;

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	for (int i = 0; i < 3; i++) {
		int s = socket(AF_INET, SOCK_STREAM, 0);
		int d = socket(AF_INET, SOCK_DGRAM, 0);

		setsockopt(s, SOL_SOCKET, SO_BINDTODEVICE, devices[i], 5);
		setsockopt(d, SOL_SOCKET, SO_BINDTODEVICE, devices[i], 5);
		setsockopt(s, IPPROTO_IP, IP_OPTIONS, route, sizeof(route));
		setsockopt(d, IPPROTO_IP, IP_OPTIONS, route, sizeof(route));
		setsockopt(s, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, &one,
			   sizeof(one));
		if (sendto(s, "x", 1, MSG_FASTOPEN, (void *)&in,
			   sizeof(in)) >= 0 ||
		    sendmsg(s, &m[1].msg_hdr, MSG_FASTOPEN) >= 0 ||
		    sendmmsg(s, m + 1, 1, MSG_FASTOPEN) >= 0 ||
		    connect(s, (void *)&in, sizeof(in)) >= 0)
			printf("connection by \"%s\"\n", devices[i]);
		sendmmsg(d, m, 2, 0);
		sendmmsg(d, m + 1, 1, MSG_ZEROCOPY | MSG_CONFIRM);
		close(s);
		close(d);
	}
	dev.ifr_flags = IFF_TUN;
	if (tun >= 0 && ioctl(tun, TUNSETIFF, &dev) == 0)
		printf("tun\n");
	if (tun >= 0)
		close(tun);
}

/* What AF_UNIX sockets, too, are asked about interfaces. */
static void devices(void)
{
	struct ifreq list[32];
	struct ifconf all = { .ifc_len = sizeof(list), .ifc_req = list };
	int u = socket(AF_UNIX, SOCK_DGRAM, 0);

	if (ioctl(u, SIOCGIFCONF, &all) == 0)
		for (size_t i = 0; i < all.ifc_len / sizeof(*list); i++)
			if (strcmp(list[i].ifr_name, "lo") != 0)
				printf("interface %s\n", list[i].ifr_name);
	close(u);
}

static void names(void)
{
	int s = socket(AF_UNIX, SOCK_STREAM, 0);
	int d = socket(AF_UNIX, SOCK_DGRAM, 0);
	char byte = 0;
	struct iovec iov = { &byte, 1 };
	struct mmsghdr m = { .msg_hdr = { .msg_name = &dgram,
					  .msg_namelen = dgram_len,
					  .msg_iov = &iov,
					  .msg_iovlen = 1 } };

	if (connect(s, (void *)&host, host_len) == 0)
		printf("abstract stream\n");
	if (sendto(d, "x", 1, 0, (void *)&dgram, dgram_len) == 1)
		printf("abstract datagram\n");
	if (sendmsg(d, &m.msg_hdr, 0) == 1)
		printf("abstract message\n");
	if (sendmmsg(d, &m, 1, 0) == 1)
		printf("abstract messages\n");
	if (connect(d, (void *)&dgram, dgram_len) == 0)
		printf("abstract datagram connected\n");
	close(s);
	close(d);
}

static void *mover(void *unused)
{
	while (!stop) {
		*(struct sockaddr_un *)&moving = own;
		*(struct sockaddr_un *)&moving = host;
		*(struct sockaddr_un *)&moving = dgram;
	}
	return unused;
}

/* The address changes while the call is looked at. */
static void races(void)
{
	char byte = 0;
	struct iovec iov = { &byte, 1 };
	struct msghdr m = { .msg_name = (void *)&moving,
			    .msg_namelen = host_len,
			    .msg_iov = &iov,
			    .msg_iovlen = 1 };
	pthread_t thread;

	pthread_create(&thread, NULL, mover, NULL);
	for (int i = 0; i < ROUNDS; i++) {
		int s = socket(AF_UNIX, SOCK_STREAM, 0);
		int d = socket(AF_UNIX, SOCK_DGRAM, 0);
		int b = socket(AF_UNIX, SOCK_STREAM, 0);

		connect(s, (void *)&moving, host_len);
		sendto(d, "x", 1, MSG_DONTWAIT, (void *)&moving, dgram_len);
		m.msg_namelen = i % 2 ? dgram_len : 0;
		sendmsg(d, &m, MSG_DONTWAIT);
		bind(b, (void *)&moving, host_len);
		unlink(own.sun_path);
		close(s);
		close(d);
		close(b);
	}
	stop = 1;
	pthread_join(thread, NULL);
}

/* By a listener's file, and by what is open elsewhere. */
static void files(void)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	int l = socket(AF_INET, SOCK_STREAM, 0);

	bind(l, (void *)&in, sizeof(in));
	listen(l, 1);
	for (int pid = 0; pid < 4; pid++)
		for (int fd = 0; fd < 64; fd++) {
			struct sockaddr_un un = { .sun_family = AF_UNIX };
			int s = socket(AF_UNIX, SOCK_STREAM, 0);

			sprintf(un.sun_path, pid ? "/proc/%d/fd/%d" :
						   "/proc/self/fd/%d",
				pid ? pid : fd, fd);
			if (connect(s, (void *)&un, sizeof(un)) == 0)
				printf("%s\n", un.sun_path);
			close(s);
		}
	close(l);
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	signal(SIGPIPE, SIG_IGN);
	host_len = abstract(&host, argv[2], "");
	dgram_len = abstract(&dgram, argv[2], "d");
	own.sun_family = AF_UNIX;
	strcpy(own.sun_path, "way-out-path");
	own_len = sizeof(own);
	families();
	protocols();
	doors();
	addresses(atoi(argv[1]));
	tricks(atoi(argv[1]));
	devices();
	names();
	races();
	files();
	printf("done\n");
	return 0;
}
