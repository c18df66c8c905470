/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Paths of sockets below a root: bind, connect, sendto, sendmsg.
 *
 * scenario: user=root run-as=root needs=root bare=same
 * (root may call chroot with and without namespaces)
 */
#include "user_chroot.h"
#include <sys/socket.h>
#include <sys/un.h>

static socklen_t fill(struct sockaddr_un *to, const char *path)
{
	*to = (struct sockaddr_un){ .sun_family = AF_UNIX };
	strncpy(to->sun_path, path, sizeof(to->sun_path) - 1);
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
			   strlen(path) + 1);
}

static int bound(const char *path, int type)
{
	int fd = MUST(socket(AF_UNIX, type, 0));
	struct sockaddr_un to;
	socklen_t len = fill(&to, path);

	see("bind %s: %s", path, res(bind(fd, (struct sockaddr *)&to, len)));
	return fd;
}

static void try_connect(const char *path)
{
	int fd = MUST(socket(AF_UNIX, SOCK_STREAM, 0));
	struct sockaddr_un to;
	socklen_t len = fill(&to, path);

	see("connect %s: %s", path,
	    res(connect(fd, (struct sockaddr *)&to, len)));
	close(fd);
}

static void try_send(const char *path)
{
	int fd = MUST(socket(AF_UNIX, SOCK_DGRAM, 0));
	struct sockaddr_un to;
	socklen_t len = fill(&to, path);
	struct iovec part = { (void *)"b", 1 };
	struct msghdr message = { .msg_name = &to,
				  .msg_namelen = len,
				  .msg_iov = &part,
				  .msg_iovlen = 1 };

	see("sendto %s: %s", path,
	    res(sendto(fd, "a", 1, 0, (struct sockaddr *)&to, len)));
	see("sendmsg %s: %s", path, res(sendmsg(fd, &message, 0)));
	close(fd);
}

/* The root's own path takes more room than an address has. */
static void far_from_the_top(void)
{
	char name[64];
	pid_t pid = child();

	if (pid > 0) {
		reap(pid);
		return;
	}
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = 0;
	for (int i = 0; i < 3; i++) {
		MUST(mkdir(name, 0755));
		MUST(chdir(name));
	}
	MUST(mkdir("run", 0755));
	MUST(mkdir("run/a", 0755));
	MUST(mkdir("var", 0755));
	MUST(chroot("."));
	MUST(chdir("/var"));
	see("far from the top:");
	MUST(listen(bound("/run/a/stream", SOCK_STREAM), 8));
	try_connect("/run/a/stream");
	try_connect("/run/a/../a/stream");
	bound("/var/datagram", SOCK_DGRAM);
	try_send("/var/datagram");
	MUST(chdir("/"));
	try_send("/var/datagram");
	_exit(0);
}

int main(void)
{
	char long_name[108], text[2] = "";
	int stream, datagram;
	struct stat st;

	make_tree();
	MUST(mkdir("jail/run", 0755));
	MUST(symlink("/run/stream", "jail/run/link"));
	MUST(chroot("jail"));
	MUST(chdir("/run"));
	stream = bound("/run/stream", SOCK_STREAM);
	MUST(listen(stream, 8));
	datagram = bound("datagram", SOCK_DGRAM);
	bound("/run/stream", SOCK_STREAM);
	bound("/none/x", SOCK_STREAM);
	bound("/run/../dir/../run/third", SOCK_DGRAM);
	MUST(lstat("/run/third", &st));
	see("type %o", st.st_mode >> 12);
	try_connect("/run/stream");
	try_connect("stream");
	try_connect("/run/link");
	try_connect("../run/stream");
	try_connect("/run/none");
	try_connect("/file");
	memset(long_name, '/', sizeof(long_name));
	strcpy(long_name + 90, "run/stream");
	try_connect(long_name);
	try_send("/run/datagram");
	try_send("datagram");
	try_send("/run/stream");
	see("got %s %s", res(recv(datagram, text, 1, MSG_DONTWAIT)), text);
	far_from_the_top();
	SEE(unlink("/run/stream"));
	try_connect("/run/stream");
	return done();
}
