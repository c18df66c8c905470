/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sockets below a root, in a net: paths are of the root, abstract names of the
 * net, and both come back as they were said.
 *
 * scenario: net=up user=root run-as=root needs=root bare=skip
 * (it would bind names of the host)
 */
#include "net_common.h"
#include "user_chroot.h"

static socklen_t fill(struct sockaddr_un *to, const char *path)
{
	size_t len = strlen(path[0] == '@' ? path + 1 : path) + 1;

	*to = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (path[0] == '@')
		memcpy(to->sun_path + 1, path + 1, len - 1);
	else
		strcpy(to->sun_path, path);
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
}

static const char *text(const struct sockaddr_un *un, socklen_t len)
{
	static char texts[4][120];
	static int next;
	char *out = texts[next++ % 4];
	int n = (int)len - (int)offsetof(struct sockaddr_un, sun_path);

	if (n <= 0)
		return "nothing";
	if (un->sun_path[0])
		snprintf(out, 120, "%.100s len %d", un->sun_path, len);
	else
		snprintf(out, 120, "@%.*s len %d", n - 1, un->sun_path + 1,
			 len);
	return out;
}

static int bound(const char *path, int type)
{
	struct sockaddr_un un, is = { 0 };
	socklen_t len = fill(&un, path), n = sizeof(is);
	int fd = sock(AF_UNIX, type);

	see("bind %s: %s", path, res(bind(fd, (void *)&un, len)));
	MUST(getsockname(fd, (void *)&is, &n));
	see("its name: %s", text(&is, n));
	return fd;
}

static void call(int listener, const char *path, const char *own)
{
	struct sockaddr_un un, from = { 0 };
	socklen_t len = fill(&un, path), n = sizeof(from);
	int c = own ? bound(own, SOCK_STREAM) : sock(AF_UNIX, SOCK_STREAM);

	see("connect %s: %s", path, res(connect(c, (void *)&un, len)));
	MUST(getpeername(c, (void *)&from, &n));
	see("its peer: %s", text(&from, n));
	n = sizeof(from);
	close(MUST(accept(listener, (void *)&from, &n)));
	see("the caller: %s", text(&from, n));
	close(c);
}

/* One message by each call that has an address. */
static void send_all(int to, const char *path, int from)
{
	struct sockaddr_un un, back = { 0 };
	socklen_t len = fill(&un, path), n = sizeof(back);
	struct iovec iov = { (void *)"x", 1 };
	struct mmsghdr m = { .msg_hdr = { .msg_name = &un,
					  .msg_namelen = len,
					  .msg_iov = &iov,
					  .msg_iovlen = 1 } };
	char byte;

	SEE(sendto(from, "x", 1, 0, (void *)&un, len));
	SEE(sendmsg(from, &m.msg_hdr, 0));
	SEE(sendmmsg(from, &m, 1, 0));
	SEE(recvfrom(to, &byte, 1, MSG_DONTWAIT, (void *)&back, &n));
	see("from %s", text(&back, n));
	iov.iov_base = &byte;
	m.msg_hdr.msg_name = &back;
	m.msg_hdr.msg_namelen = sizeof(back);
	SEE(recvmsg(to, &m.msg_hdr, MSG_DONTWAIT));
	see("from %s", text(&back, m.msg_hdr.msg_namelen));
	m.msg_hdr.msg_namelen = sizeof(back);
	SEE(recvmmsg(to, &m, 1, MSG_DONTWAIT, NULL));
	see("from %s", text(&back, m.msg_hdr.msg_namelen));
}

int main(void)
{
	struct stat st;
	int outside;

	make_tree();
	MUST(mkdir("run", 0755));
	outside = bound("run/outside", SOCK_STREAM);
	MUST(listen(outside, 1));
	MUST(mkdir("jail/run", 0755));
	MUST(chroot("jail"));
	MUST(chdir("/"));
	int l = bound("/run/stream", SOCK_STREAM);

	MUST(listen(l, 4));
	MUST(lstat("/run/stream", &st));
	see("type %o", st.st_mode >> 12);
	call(l, "/run/stream", NULL);
	call(l, "/run/stream", "/run/caller");
	call(l, "run/../run/stream", "@caller");
	send_all(bound("/run/datagram", SOCK_DGRAM), "/run/datagram",
		 bound("/run/sender", SOCK_DGRAM));
	send_all(bound("@datagram", SOCK_DGRAM), "@datagram",
		 bound("@sender", SOCK_DGRAM));
	send_all(bound("/run/receiver", SOCK_DGRAM), "/run/receiver",
		 sock(AF_UNIX, SOCK_DGRAM));
	SEE(lstat("/run/outside", &st));
	return done();
}
