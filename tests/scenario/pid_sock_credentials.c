/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Credentials in messages: SCM_CREDENTIALS as a sender says them, as the
 * kernel adds them for SO_PASSCRED, to whom a socket came on which way ever.
 */
#include "scenario.h"

#include <sys/socket.h>

#define CONTROL 1400

static struct gate go, told;
static int ends[2];

static void want(int fd, int on)
{
	MUST(setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)));
}

/* One message with @fds descriptors and the credentials of @pid, unless 0. */
static struct msghdr *message(char *control, pid_t pid, int fds)
{
	static struct iovec iov = { (char *)"x", 1 };
	static struct msghdr ring[8];
	static int next;
	struct msghdr *m = &ring[next++ % 8];
	struct ucred cred = { pid, getuid(), getgid() };
	struct cmsghdr *c;

	*m = (struct msghdr){ .msg_iov = &iov, .msg_iovlen = 1 };
	m->msg_control = control;
	m->msg_controllen = CONTROL;
	memset(control, 0, CONTROL);
	c = CMSG_FIRSTHDR(m);
	m->msg_controllen = 0;
	if (fds) {
		*c = (struct cmsghdr){ CMSG_LEN(4 * (size_t)fds), SOL_SOCKET,
				       SCM_RIGHTS };
		for (int i = 0; i < fds; i++)
			((int *)CMSG_DATA(c))[i] = 2;
		m->msg_controllen += CMSG_SPACE(4 * (size_t)fds);
		c = (struct cmsghdr *)(control + m->msg_controllen);
	}
	if (pid) {
		*c = (struct cmsghdr){ CMSG_LEN(sizeof(cred)), SOL_SOCKET,
				       SCM_CREDENTIALS };
		memcpy(CMSG_DATA(c), &cred, sizeof(cred));
		m->msg_controllen += CMSG_SPACE(sizeof(cred));
	}
	if (!m->msg_controllen)
		m->msg_control = NULL;
	return m;
}

static void see_control(const char *who, const struct msghdr *m)
{
	struct msghdr msg = *m;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(&msg); c;
	     c = CMSG_NXTHDR(&msg, c)) {
		struct ucred cred;

		if (c->cmsg_type == SCM_RIGHTS) {
			int n = (int)(c->cmsg_len - CMSG_LEN(0)) / 4;

			see("  %s: %d descriptors", who, n);
			for (int i = 0; i < n; i++)
				close(((int *)CMSG_DATA(c))[i]);
			continue;
		}
		memcpy(&cred, CMSG_DATA(c), sizeof(cred));
		see("  %s: type %d, %zu bytes, pid %d, user %s", who,
		    c->cmsg_type, (size_t)c->cmsg_len, cred.pid,
		    cred.uid == getuid() ? "own" : "other");
	}
}

static long receive(const char *who, int fd, size_t room, int flags)
{
	char byte, control[CONTROL] = "";
	struct iovec iov = { &byte, 1 };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1,
			    .msg_control = control, .msg_controllen = room };
	long r = recvmsg(fd, &m, flags);

	see("  %s: %s, control %zu, flags %x", who, res(r),
	    (size_t)m.msg_controllen, m.msg_flags);
	if (r >= 0)
		see_control(who, &m);
	return r;
}

static void sends(const char *what, pid_t pid, int fds)
{
	char control[CONTROL], before[CONTROL];
	struct msghdr *m = message(control, pid, fds);
	long r;

	memcpy(before, control, CONTROL);
	r = sendmsg(ends[0], m, 0);
	see("%s: %s%s", what, res(r),
	    memcmp(before, control, CONTROL) ? ", and it was changed" : "");
	if (r >= 0)
		receive("got", ends[1], CONTROL, 0);
}

static void forms(pid_t other)
{
	sends("none, not wanted", 0, 0);
	sends("own, not wanted", getpid(), 0);
	want(ends[1], 1);
	sends("none", 0, 0);
	sends("own", getpid(), 0);
	sends("another's", other, 0);
	sends("nobody's", NOBODY, 0);
	sends("negative", -5, 0);
	sends("descriptors and own", getpid(), 3);
	sends("many and own", getpid(), 250);
	sends("many and another's", other, 250);
	sends("many", 0, 250);
}

static void short_control(void)
{
	static const size_t rooms[] = { 0, 8, 16, 20, 24, 28, 31, 32 };

	for (size_t i = 0; i < sizeof(rooms) / sizeof(rooms[0]); i++) {
		see("room for %zu bytes", rooms[i]);
		MUST(send(ends[0], "x", 1, 0));
		receive("got", ends[1], rooms[i], 0);
	}
	MUST(send(ends[0], "x", 1, 0));
	receive("peeked", ends[1], CONTROL, MSG_PEEK);
	receive("taken", ends[1], CONTROL, 0);
	receive("none", ends[1], CONTROL, MSG_DONTWAIT);
}

static void many(void)
{
	char control[6][CONTROL] = { 0 }, byte[6];
	struct mmsghdr out[4] = { 0 }, in[4] = { 0 };
	struct iovec iov[4];
	int r;

	for (int i = 0; i < 4; i++) {
		out[i].msg_hdr = *message(control[i],
					  i % 2 ? getpid() : 0, 0);
		iov[i] = (struct iovec){ &byte[i], 1 };
	}
	r = sendmmsg(ends[0], out, 4, 0);
	see("sendmmsg: %s, lengths %d %d %d %d", res(r), out[0].msg_len,
	    out[1].msg_len, out[2].msg_len, out[3].msg_len);
	for (int i = 0; i < 4; i++)
		in[i].msg_hdr = (struct msghdr){
			.msg_iov = &iov[i], .msg_iovlen = 1,
			.msg_control = control[i], .msg_controllen = 32 };
	r = recvmmsg(ends[1], in, 4, MSG_DONTWAIT, NULL);
	see("recvmmsg: %s, lengths %d %d %d %d", res(r), in[0].msg_len,
	    in[1].msg_len, in[2].msg_len, in[3].msg_len);
	for (int i = 0; i < r; i++)
		see_control("of many", &in[i].msg_hdr);
	out[2].msg_hdr = *message(control[2], NOBODY, 0);
	see("a bad third: %s", res(sendmmsg(ends[0], out, 4, 0)));
	out[0].msg_hdr = *message(control[0], NOBODY, 0);
	see("a bad first: %s", res(sendmmsg(ends[0], out, 4, 0)));
	see("none: %s", res(sendmmsg(ends[0], out, 0, 0)));
	see("nowhere: %s", res(sendmmsg(ends[0], BAD_ADDR, 2, 0)));
	see("nowhere: %s", res(sendmsg(ends[0], BAD_ADDR, 0)));
	see("nowhere: %s", res(recvmsg(ends[1], BAD_ADDR, 0)));
	while (recv(ends[1], byte, 1, MSG_DONTWAIT) >= 0)
		;
}

/* By two processes: each end, before and after they know of each other. */
static void between(void)
{
	pid_t pid;

	want(ends[1], 0);
	pid = child();
	if (pid == 0) {
		pass(&go);
		receive("older child", ends[1], CONTROL, 0);
		sends("child's own", getpid(), 0);
		sends("child says parent's", getppid(), 0);
		_exit(0);
	}
	want(ends[1], 1);
	MUST(send(ends[0], "x", 1, 0));
	let(&go, 1);
	reap(pid);
	see("child %d", pid);
	pid = child();
	if (pid == 0) {
		char control[CONTROL];

		MUST(sendmsg(ends[0], message(control, getpid(), 0), 0));
		MUST(send(ends[0], "x", 1, 0));
		_exit(0);
	}
	reap(pid);
	see("child %d", pid);
	receive("of the dead", ends[1], CONTROL, 0);
	receive("of the dead", ends[1], CONTROL, 0);
}

/* A socket that wants credentials, given to who never asked for any. */
static void given(void)
{
	char control[CONTROL];
	struct msghdr *m;
	int way[2];
	pid_t pid;

	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, way));
	pid = child();
	if (pid == 0) {
		char byte, buf[64];
		struct iovec iov = { &byte, 1 };
		struct msghdr in = { .msg_iov = &iov, .msg_iovlen = 1,
				     .msg_control = buf,
				     .msg_controllen = sizeof(buf) };

		close(ends[0]);
		close(ends[1]);
		MUST(recvmsg(way[1], &in, 0));
		ends[1] = *(int *)CMSG_DATA(CMSG_FIRSTHDR(&in));
		receive("heir", ends[1], CONTROL, 0);
		_exit(0);
	}
	m = message(control, 0, 1);
	*(int *)CMSG_DATA(CMSG_FIRSTHDR(m)) = ends[1];
	MUST(sendmsg(way[0], m, 0));
	MUST(send(ends[0], "x", 1, 0));
	reap(pid);
}

static volatile bool back;

/*
 * Nothing tells that it sleeps, and a signal that comes before ends no call: so
 * there are signals until it is back. None comes after the gate.
 */
static void *interrupt(void *main_thread)
{
	pass(&go);
	while (!back) {
		pthread_kill(*(pthread_t *)main_thread, SIGUSR1);
		usleep(1000);
	}
	let(&told, 1);
	usleep(30000);	/* so that most often it sleeps */
	MUST(send(ends[0], "x", 1, 0));
	return NULL;
}

static void interrupted(int credentials)
{
	pthread_t id, self = pthread_self();

	want(ends[1], credentials);
	catch_signal(SIGUSR1, 0);
	caught_count = 0;
	back = false;
	pthread_create(&id, NULL, interrupt, &self);
	let(&go, 1);
	receive("interrupted", ends[1], CONTROL, 0);
	back = true;
	pass(&told);
	receive("undisturbed", ends[1], CONTROL, 0);
	pthread_join(id, NULL);
	see("handler ran %d", caught_count > 0);
}

int main(void)
{
	pid_t other;

	gate_init(&go);
	gate_init(&told);
	MUST(socketpair(AF_UNIX, SOCK_DGRAM, 0, ends));
	other = child();
	if (other == 0) {
		pass(&told);
		_exit(0);
	}
	see("other %d", other);
	forms(other);
	short_control();
	many();
	let(&told, 1);
	reap(other);
	between();
	given();
	interrupted(0);
	interrupted(1);
	return done();
}
