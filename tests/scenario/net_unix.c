/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AF_UNIX: abstract names belong to a net namespace, paths to the file system.
 *
 * scenario: net=up run-as=root bare=skip
 * (it would bind names of the host)
 */
#include "net_common.h"

static socklen_t named(const char *text, size_t len, struct sockaddr_un *un)
{
	memset(un, 0, sizeof(*un));
	un->sun_family = AF_UNIX;
	memcpy(un->sun_path, text, len);
	return offsetof(struct sockaddr_un, sun_path) + len;
}

static int bind_un(int fd, const char *text, size_t len)
{
	struct sockaddr_un un;
	socklen_t n = named(text, len, &un);

	return bind(fd, (void *)&un, n);
}

static int connect_un(int fd, const char *text, size_t len)
{
	struct sockaddr_un un;
	socklen_t n = named(text, len, &un);

	return connect(fd, (void *)&un, n);
}

static const char *text_of(const struct sockaddr_un *un, socklen_t len)
{
	static char texts[4][200];
	static int next;
	char *out = texts[next++ % 4];
	size_t n = 0;

	for (size_t i = 0; i + 2 < len && n < 190; i++)
		out[n++] = un->sun_path[i] ? un->sun_path[i] : '@';
	out[n] = 0;
	return out;
}

static void see_un(const char *what, int fd, bool peer)
{
	struct sockaddr_un un = { 0 };
	socklen_t len = sizeof(un);
	int r = peer ? getpeername(fd, (void *)&un, &len) :
		       getsockname(fd, (void *)&un, &len);

	if (r < 0)
		see("%s: %s", what, res(r));
	else
		see("%s: \"%s\" len %d", what, text_of(&un, len), len);
}

static void streams(void)
{
	int l = sock(AF_UNIX, SOCK_STREAM), c = sock(AF_UNIX, SOCK_STREAM), a;
	struct sockaddr_un from = { 0 };
	socklen_t len = sizeof(from);
	struct ucred cred = { 0 };

	SEE(bind_un(l, "\0alpha", 6));
	see_un("bound", l, false);
	SEE(bind_un(l, "\0beta", 5));
	SEE(bind_un(c, "\0alpha", 6));
	SEE(connect_un(c, "\0alpha", 6));
	SEE(listen(l, 3));
	SEE(bind_un(c, "\0client", 7));
	SEE(connect_un(c, "\0alpha", 6));
	SEE(connect_un(c, "\0alpha", 6));
	see_un("client's peer", c, true);
	a = accept(l, (void *)&from, &len);
	see("accepted from \"%s\" len %d", text_of(&from, len), len);
	see_un("its peer", a, true);
	see_un("its name", a, false);
	len = sizeof(cred);
	SEE(getsockopt(a, SOL_SOCKET, SO_PEERCRED, &cred, &len));
	see("peer %d", cred.pid);
	close(a);
	close(c);
	close(l);
	c = sock(AF_UNIX, SOCK_STREAM);
	SEE(connect_un(c, "\0alpha", 6));
	SEE(connect_un(c, "\0", 1));
	SEE(bind_un(c, "", 0));
	len = sizeof(from);
	MUST(getsockname(c, (void *)&from, &len));
	see("autobound: len %d, digits %zu", len,
	    strspn(from.sun_path + 1, "0123456789abcdef"));
	close(c);
}

/* As long as can be, and prefixes of one another. */
static void lengths(void)
{
	char text[108] = "", other[108] = "";
	int l = sock(AF_UNIX, SOCK_STREAM), m = sock(AF_UNIX, SOCK_STREAM);
	int c = sock(AF_UNIX, SOCK_STREAM);

	memset(text + 1, 'x', 107);
	memset(other + 1, 'x', 107);
	other[107] = 'y';
	SEE(bind_un(l, text, 108));
	see_un("long", l, false);
	SEE(bind_un(m, other, 108));
	see_un("other", m, false);
	MUST(listen(l, 1));
	SEE(connect_un(c, other, 108));
	SEE(connect_un(c, text, 107));
	SEE(connect_un(c, text, 108));
	see_un("peer", c, true);
	close(l);
	close(m);
	close(c);
	l = sock(AF_UNIX, SOCK_STREAM);
	SEE(bind_un(l, "\0\0\0", 3));
	see_un("zeros", l, false);
	close(l);
	l = sock(AF_UNIX, SOCK_STREAM);
	SEE(bind_un(l, "\0", 1));
	see_un("empty", l, false);
	close(l);
}

static void datagrams(void)
{
	int a = sock(AF_UNIX, SOCK_DGRAM), b = sock(AF_UNIX, SOCK_DGRAM);
	struct sockaddr_un un, from = { 0 };
	socklen_t n, len = sizeof(from);
	char buf[16] = "";
	struct iovec iov = { buf, sizeof(buf) };
	struct msghdr m = { .msg_name = &from,
			    .msg_namelen = sizeof(from),
			    .msg_iov = &iov,
			    .msg_iovlen = 1 };

	MUST(bind_un(a, "\0a", 2));
	MUST(bind_un(b, "\0b", 2));
	n = named("\0a", 2, &un);
	SEE(sendto(b, "hello", 5, 0, (void *)&un, n));
	SEE(recvfrom(a, buf, 16, 0, (void *)&from, &len));
	see("from \"%s\" len %d", text_of(&from, len), len);
	iov.iov_len = 3;
	m.msg_name = &un;
	m.msg_namelen = n;
	SEE(sendmsg(b, &m, 0));
	m.msg_name = &from;
	m.msg_namelen = sizeof(from);
	SEE(recvmsg(a, &m, 0));
	see("from \"%s\" len %d", text_of(&from, m.msg_namelen),
	    m.msg_namelen);
	n = named("\0nobody", 7, &un);
	SEE(sendto(b, "hello", 5, 0, (void *)&un, n));
	SEE(connect_un(b, "\0a", 2));
	SEE(send(b, "native", 6, 0));
	len = 6;
	SEE(recvfrom(a, buf, 16, 0, (void *)&from, &len));
	see("len %d", len);
	close(a);
	close(b);
}

/* Many messages at once, one of them to a name that nobody has. */
static void many(void)
{
	int a = sock(AF_UNIX, SOCK_DGRAM), b = sock(AF_UNIX, SOCK_DGRAM);
	const char *const to[] = { "\0a", "\0a", "\0x" };
	struct sockaddr_un un[3];
	char text[3][4] = { "one", "two", "3" }, buf[3][8] = { "" };
	struct iovec iov[3];
	struct mmsghdr m[3] = { 0 };

	MUST(bind_un(a, "\0a", 2));
	MUST(bind_un(b, "\0b", 2));
	for (int i = 0; i < 3; i++) {
		iov[i] = (struct iovec){ text[i], strlen(text[i]) };
		m[i].msg_hdr.msg_iov = &iov[i];
		m[i].msg_hdr.msg_iovlen = 1;
		m[i].msg_hdr.msg_name = &un[i];
		m[i].msg_hdr.msg_namelen = named(to[i], 2, &un[i]);
	}
	SEE(sendmmsg(b, m, 3, 0));
	SEE(sendmmsg(b, m + 2, 1, 0));
	for (int i = 0; i < 3; i++) {
		iov[i] = (struct iovec){ buf[i], 8 };
		m[i].msg_hdr.msg_namelen = sizeof(un[i]);
	}
	SEE(recvmmsg(a, m, 3, MSG_WAITFORONE, NULL));
	for (int i = 0; i < 2; i++)
		see("\"%s\" of %u from \"%s\" len %d", buf[i], m[i].msg_len,
		    text_of(&un[i], m[i].msg_hdr.msg_namelen),
		    m[i].msg_hdr.msg_namelen);
	close(a);
	close(b);
}

/* Who has sent it, and by which name. */
static void credentials(void)
{
	int a = sock(AF_UNIX, SOCK_DGRAM), b = sock(AF_UNIX, SOCK_DGRAM);
	char buf[8] = "", control[CMSG_SPACE(sizeof(struct ucred))] = "";
	struct sockaddr_un un;
	struct iovec iov = { buf, sizeof(buf) };
	struct mmsghdr m = { .msg_hdr = { .msg_name = &un,
					  .msg_iov = &iov,
					  .msg_iovlen = 1,
					  .msg_control = control } };
	struct ucred cred;

	MUST(bind_un(a, "\0a", 2));
	MUST(bind_un(b, "\0b", 2));
	MUST(set(a, SOL_SOCKET, SO_PASSCRED, 1));
	MUST(connect_un(b, "\0a", 2));
	for (int many = 0; many < 2; many++) {
		MUST(send(b, "x", 1, 0));
		m.msg_hdr.msg_namelen = sizeof(un);
		m.msg_hdr.msg_controllen = sizeof(control);
		see("received: %s", res(many ? recvmmsg(a, &m, 1, 0, NULL) :
					       recvmsg(a, &m.msg_hdr, 0)));
		memcpy(&cred, CMSG_DATA((struct cmsghdr *)control),
		       sizeof(cred));
		see("from \"%s\" by %d", text_of(&un, m.msg_hdr.msg_namelen),
		    cred.pid);
	}
	close(a);
	close(b);
}

static void paths(void)
{
	int l = sock(AF_UNIX, SOCK_STREAM), c = sock(AF_UNIX, SOCK_STREAM);
	struct stat st;
	int a;

	umask(027);
	SEE(bind_un(l, "here", 4));
	see_un("bound", l, false);
	MUST(stat("here", &st));
	see("mode %o", st.st_mode);
	MUST(listen(l, 1));
	SEE(connect_un(c, "here", 5));
	see_un("peer", c, true);
	a = MUST(accept(l, NULL, NULL));
	close(a);
	close(c);
	c = sock(AF_UNIX, SOCK_STREAM);
	SEE(bind_un(c, "here", 5));
	SEE(bind_un(c, "nowhere/x", 10));
	SEE(connect_un(c, "nowhere", 8));
	close(c);
	close(l);
	MUST(unlink("here"));
}

/* Another net has none of them, and the same files. */
static void elsewhere(void)
{
	int l = sock(AF_UNIX, SOCK_STREAM), p = sock(AF_UNIX, SOCK_STREAM), c;

	MUST(bind_un(l, "\0shared", 7));
	MUST(listen(l, 1));
	MUST(bind_un(p, "path", 5));
	MUST(listen(p, 1));
	SEE(unshare(CLONE_NEWNET));
	c = sock(AF_UNIX, SOCK_STREAM);
	SEE(connect_un(c, "\0shared", 7));
	SEE(connect_un(c, "path", 5));
	see_un("the old one", l, false);
	close(c);
	c = sock(AF_UNIX, SOCK_STREAM);
	SEE(bind_un(c, "\0shared", 7));
	SEE(listen(c, 1));
	close(c);
	close(l);
	close(p);
	unlink("path");
}

int main(void)
{
	streams();
	lengths();
	datagrams();
	many();
	credentials();
	paths();
	elsewhere();
	return done();
}
