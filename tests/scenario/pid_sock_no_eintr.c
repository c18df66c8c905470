/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages under a storm of signals: what does not wait is never interrupted,
 * and each message is sent once and comes once.
 */
#include "scenario.h"

#include <sys/socket.h>

#define TURNS 5000

static int ends[2];
static volatile sig_atomic_t beats;

static void beat(int sig)
{
	(void)sig;
	beats++;
}

/* What may wait is restarted, what may not needs none. */
static void without_restart(bool on)
{
	struct sigaction action = { .sa_handler = beat,
				    .sa_flags = on ? 0 : SA_RESTART };

	sigaction(SIGALRM, &action, NULL);
}

static void turns(int flags, int credentials)
{
	struct ucred cred = { getpid(), getuid(), getgid() };
	char control[CMSG_SPACE(sizeof(cred))] __attribute__((aligned(8)));
	int interrupted = 0, wrong = 0, others = 0;

	for (int i = 0; i < TURNS; i++) {
		int number = i, got = -1;
		struct iovec iov = { &number, sizeof(number) };
		struct iovec in = { &got, sizeof(got) };
		struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
		struct cmsghdr *c = (struct cmsghdr *)control;

		c->cmsg_len = CMSG_LEN(sizeof(cred));
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_CREDENTIALS;
		memcpy(CMSG_DATA(c), &cred, sizeof(cred));
		m.msg_control = credentials ? control : NULL;
		m.msg_controllen = credentials ? sizeof(control) : 0;
		if (sendmsg(ends[0], &m, flags) < 0) {
			interrupted += errno == EINTR;
			others += errno != EINTR;
			i--;
			continue;
		}
		m = (struct msghdr){ .msg_iov = &in, .msg_iovlen = 1,
				     .msg_control = control,
				     .msg_controllen = sizeof(control) };
		while (recvmsg(ends[1], &m, flags) < 0) {
			interrupted += errno == EINTR;
			others += errno != EINTR;
		}
		wrong += got != i;
		c = CMSG_FIRSTHDR(&m);
		if (credentials)
			wrong += !c || memcmp(CMSG_DATA(c), &cred,
					      sizeof(cred)) != 0;
	}
	see("flags %x, credentials %d: %d interrupted, %d wrong, %d failed",
	    flags, credentials, interrupted, wrong, others);
}

int main(void)
{
	struct itimerval often = { { 0, 50 }, { 0, 50 } };
	int on = 1;

	MUST(socketpair(AF_UNIX, SOCK_DGRAM, 0, ends));
	see("pid %d", getpid());
	without_restart(false);
	setitimer(ITIMER_REAL, &often, NULL);
	turns(0, 0);
	without_restart(true);
	turns(MSG_DONTWAIT, 0);
	without_restart(false);
	MUST(setsockopt(ends[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)));
	turns(0, 1);
	without_restart(true);
	turns(MSG_DONTWAIT, 1);
	memset(&often, 0, sizeof(often));
	setitimer(ITIMER_REAL, &often, NULL);
	see("signals came: %d", beats > 0);
	return done();
}
