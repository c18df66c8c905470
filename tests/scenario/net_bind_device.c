/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sockets bound to an interface: what comes by it alone, and by which way what
 * is sent goes. Two namespaces, joined by two pairs.
 *
 * scenario: net=up run-as=root bare=skip
 * (it makes interfaces)
 */
#include "net_common.h"
#include <net/if.h>

static struct gate ready, go;

static void run(const char *command)
{
	if (system(command) != 0)
		die("%s", command);
}

static int to_device(int fd, const char *name)
{
	return setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name, strlen(name));
}

static const char *device(int fd)
{
	static char text[IFNAMSIZ];
	socklen_t len = sizeof(text);

	if (getsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, text, &len) < 0)
		return res(-1);
	return len ? text : "none";
}

static int bound(int type, const char *dev, int port)
{
	int fd = sock(AF_INET, type);

	if (dev)
		MUST(to_device(fd, dev));
	see("bind %s of %s: %s", type == SOCK_STREAM ? "TCP" : "UDP",
	    dev ? dev : "all", res(bind_at(fd, "0.0.0.0", port)));
	if (type == SOCK_STREAM)
		see("listen: %s", res(listen(fd, 4)));
	return fd;
}

/* Says its name to whoever calls, or sends. */
static void answer(int l, int u, const char *name)
{
	struct sockaddr_storage from;
	socklen_t len = sizeof(from);
	char text[16];
	int a;

	if (l >= 0) {
		a = MUST(accept(l, NULL, NULL));
		MUST(write(a, name, strlen(name) + 1));
		close(a);
	}
	if (u >= 0) {
		MUST(recvfrom(u, text, 16, 0, (void *)&from, &len));
		MUST(sendto(u, name, strlen(name) + 1, 0, (void *)&from, len));
	}
}

static void other(void)
{
	int v, w, uv, uw;

	MUST(unshare(CLONE_NEWNET));
	let(&ready, 1);
	pass(&go);
	run("ip link set lo up; ip addr add 10.9.0.2/24 dev v1;"
	    "ip addr add 10.8.0.2/24 dev w1; ip link set v1 up;"
	    "ip link set w1 up");
	v = bound(SOCK_STREAM, "v1", 7600);
	w = bound(SOCK_STREAM, "w1", 7600);
	uv = bound(SOCK_DGRAM, "v1", 7600);
	uw = bound(SOCK_DGRAM, "w1", 7600);
	bound(SOCK_STREAM, NULL, 7600);
	SEE(connect_at(sock(AF_INET, SOCK_STREAM), "127.0.0.1", 7600));
	SEE(connect_at(sock(AF_INET, SOCK_STREAM), "10.9.0.2", 7600));
	close(MUST(accept(v, NULL, NULL)));
	let(&ready, 1);
	answer(v, uv, "v1");
	answer(w, uw, "w1");
	answer(w, uw, "w1");
	pass(&go);
	_exit(0);
}

static void call(const char *ip, const char *dev)
{
	int c = sock(AF_INET, SOCK_STREAM), u = sock(AF_INET, SOCK_DGRAM);
	char text[16] = "";

	if (dev) {
		MUST(to_device(c, dev));
		MUST(to_device(u, dev));
	}
	see("connect to %s by %s: %s", ip, dev ? dev : "any",
	    res(connect_at(c, ip, 7600)));
	MUST(read(c, text, sizeof(text)));
	see_name(text, c, false);
	see("send: %s", res(send_at(u, "x", 0, ip, 7600)));
	MUST(recv(u, text, sizeof(text), 0));
	see("answered by %s", text);
	close(c);
	close(u);
}

static void options(void)
{
	int fd = sock(AF_INET, SOCK_STREAM);
	char text[IFNAMSIZ];
	socklen_t len = 3;

	see("at first: %s", device(fd));
	SEE(to_device(fd, "nosuch"));
	SEE(to_device(fd, "v0"));
	see("now: %s", device(fd));
	SEE(getsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, text, &len));
	SEE(to_device(fd, "w0"));
	see("index: %d", atoi(get(fd, SOL_SOCKET, SO_BINDTOIFINDEX)) ==
				 (int)if_nametoindex("w0"));
	SEE(to_device(fd, ""));
	see("now: %s", device(fd));
	SEE(set(fd, SOL_SOCKET, SO_BINDTOIFINDEX, (int)if_nametoindex("v0")));
	see("now: %s", device(fd));
	SEE(set(fd, SOL_SOCKET, SO_BINDTOIFINDEX, -1));
	SEE(connect_at(fd, "10.8.0.2", 7601));
	close(fd);
}

int main(void)
{
	char command[200];
	pid_t pid;

	gate_init(&ready);
	gate_init(&go);
	pid = child();
	if (pid == 0)
		other();
	pass(&ready);
	run("ip link add v0 type veth peer name v1;"
	    "ip link add w0 type veth peer name w1");
	snprintf(command, sizeof(command),
		 "ip link set v1 netns %d; ip link set w1 netns %d", pid, pid);
	run(command);
	run("ip addr add 10.9.0.1/24 dev v0; ip addr add 10.8.0.1/24 dev w0;"
	    "ip link set v0 up; ip link set w0 up");
	let(&go, 1);
	pass(&ready);
	until_up("v0");
	until_up("w0");
	call("10.9.0.2", NULL);
	call("10.8.0.2", NULL);
	call("10.8.0.2", "w0");
	options();
	let(&go, 1);
	reap(pid);
	return done();
}
