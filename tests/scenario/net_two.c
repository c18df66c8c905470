/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two net namespaces joined by a pair of interfaces: who is reached, under
 * which address, and which namespace a socket belongs to wherever it goes.
 *
 * scenario: net=up run-as=root bare=skip
 * (it makes interfaces)
 */
#include "net_common.h"

static struct gate ready, go, turn;

static void run(const char *command)
{
	if (system(command) != 0)
		die("%s", command);
}

static int to_child[2];

/* A descriptor through @via. */
static void give(int via, int fd)
{
	char byte = 0, control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec iov = { &byte, 1 };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = control,
			    .msg_controllen = sizeof(control) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	MUST(sendmsg(via, &m, 0));
}

static int take(int via)
{
	char byte, control[CMSG_SPACE(sizeof(int))];
	struct iovec iov = { &byte, 1 };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = control,
			    .msg_controllen = sizeof(control) };
	int fd;

	MUST(recvmsg(via, &m, 0));
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof(fd));
	return fd;
}

static void see_received(const char *what, int fd)
{
	struct sockaddr_storage from = { 0 };
	socklen_t len = sizeof(from);
	char buf[64] = "";
	long n = recvfrom(fd, buf, 63, 0, (void *)&from, &len);

	see("%s: %s \"%s\" from %s", what, res(n), buf, show(&from, len));
}

/* The other namespace: a server of each kind. */
static void other(void)
{
	struct sockaddr_storage from = { 0 };
	socklen_t len = sizeof(from);
	int l, u, a, given;

	MUST(unshare(CLONE_NEWNET));
	let(&ready, 1);
	pass(&go);
	run("ip link set lo up && ip addr add 10.9.0.2/24 dev v1 && "
	    "ip link set v1 up");
	l = server("0.0.0.0", 7500);
	u = sock(AF_INET, SOCK_DGRAM);
	MUST(bind_at(u, "0.0.0.0", 7500));
	let(&ready, 1);
	a = MUST(accept(l, (void *)&from, &len));
	pass(&turn);
	see("there: accepted from %s", show(&from, len));
	see_name("there: accepted", a, false);
	MUST(send(a, "x", 1, 0));
	close(a);
	pass(&turn);
	see_received("there: datagram", u);
	MUST(send_at(u, "answer", 0, "10.9.0.1", 7501));
	/* One of the first namespace stays there. */
	given = take(to_child[1]);
	see_name("there: given", given, false);
	SEE(connect_at(given, "10.9.0.1", 7502));
	SEE(connect_at(sock(AF_INET, SOCK_STREAM), "127.0.0.1", 7502));
	give(to_child[1], l);
	pass(&go);
	_exit(0);
}

static void first(void)
{
	int c = sock(AF_INET, SOCK_STREAM), u = sock(AF_INET, SOCK_DGRAM);
	int here = server("127.0.0.1", 7502), given, l;
	char byte;

	SEE(connect_at(c, "127.0.0.1", 7500));
	close(c);
	c = sock(AF_INET, SOCK_STREAM);
	SEE(connect_at(c, "10.9.0.2", 7500));
	see_name("client", c, false);
	see_name("client", c, true);
	let(&turn, 1);
	MUST(recv(c, &byte, 1, 0));
	close(c);
	MUST(bind_at(u, "0.0.0.0", 7501));
	SEE(send_at(u, "hello", 0, "10.9.0.2", 7500));
	let(&turn, 1);
	see_received("answer", u);
	c = sock(AF_INET, SOCK_STREAM);
	SEE(connect_at(c, "10.9.0.2", 7599));
	close(c);
	c = sock(AF_INET, SOCK_STREAM);
	SEE(connect_at(c, "10.8.0.2", 7500));
	SEE(bind_at(c, "10.9.0.2", 0));
	SEE(bind_at(c, "10.9.0.1", 0));
	close(c);
	given = sock(AF_INET, SOCK_STREAM);
	MUST(bind_at(given, "10.9.0.1", 7503));
	give(to_child[0], given);
	close(given);
	/* A listener of the other is reached from there alone. */
	l = take(to_child[0]);
	see_name("listener of there", l, false);
	c = sock(AF_INET, SOCK_STREAM);
	SEE(connect_at(c, "127.0.0.1", 7500));
	close(c);
	c = sock(AF_INET, SOCK_STREAM);
	SEE(connect_at(c, "10.9.0.2", 7500));
	given = MUST(accept(l, NULL, NULL));
	see_name("accepted here", given, false);
	close(given);
	close(c);
	close(l);
	close(u);
	close(here);
}

/* A namespace lives as long as a socket of it, and its tasks may be gone. */
static void orphaned(void)
{
	int pair[2], l, c;
	pid_t pid;

	MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair));
	pid = child();
	if (pid == 0) {
		MUST(unshare(CLONE_NEWNET));
		run("ip link set lo up");
		give(pair[1], server("127.0.0.1", 7510));
		give(pair[1], sock(AF_INET, SOCK_STREAM));
		_exit(0);
	}
	l = take(pair[0]);
	c = take(pair[0]);
	reap(pid);
	SEE(connect_at(c, "127.0.0.1", 7510));
	see_name("orphan", c, true);
	close(l);
	close(c);
}

int main(void)
{
	char command[100];
	pid_t pid;

	gate_init(&ready);
	gate_init(&go);
	gate_init(&turn);
	MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, to_child));
	pid = child();
	if (pid == 0)
		other();
	pass(&ready);
	run("ip link add name v0 type veth peer name v1 && "
	    "ip addr add 10.9.0.1/24 dev v0 && ip link set v0 up");
	snprintf(command, sizeof(command), "ip link set v1 netns %d", pid);
	run(command);
	let(&go, 1);
	pass(&ready);
	until_up("v0");
	first();
	let(&go, 1);
	reap(pid);
	orphaned();
	return done();
}
