/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sockets that tell who is at the other end: SO_PEERCRED, SCM_CREDENTIALS.
 *
 * Theory of operation. The kernel accepts of an ordinary sender only the
 * number that itself knows it by, and tells a receiver the number of the host.
 * Which messages hold one is known only from memory, which no filter sees; and
 * nothing announces a sender: GDBus and sd_notify() simply send. So the
 * message calls go through the notify gate, which costs a microsecond or two
 * and not the dozens of a trace stop; there the message (sending) or the
 * socket (receiving) is looked at, and the few calls that matter come again
 * by the trace gate, call_stop(), where they can be changed. Arming tasks
 * with a filter of their own, as pid_fd.c does, would be cheaper still for
 * programs without AF_UNIX sockets and dearer for X11 and D-Bus, and would
 * miss a socket that another process has, or that was given away, before it
 * began to want credentials.
 *
 * A receiver gets them only by a socket with SO_PASSCRED, so no socket is
 * asked before one of the instance has had it set. A socket that the command
 * inherits with the option set counts; one that comes with it from outside by
 * SCM_RIGHTS does not, unless there is another.
 *
 * No decision that protects anything rests on the guest's memory: the kernel
 * checks what is sent against the sender, in the host's numbers. A program
 * that moves its control message while it receives can see the host's number
 * of a process that wrote to it, and do nothing with it.
 */
#include <errno.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include "src/ns/pid.h"
#include "src/ns/user_sock.h"
#include "src/view/walk.h"

#define CONTROL_MAX 4096	/* of a control message: 253 descriptors fit */
#define MESSAGES_MAX 1024	/* UIO_MAXIOV, which the kernel cuts to */

/* ---- SO_PEERCRED ---- */

struct peer {
	struct ucred cred;
	int len;
};

static long peercred_after(struct call *c, long result)
{
	struct peer peer;
	size_t len;

	if (result < 0)
		return result;
	if (call_read(c, c->host_args[3], &peer, sizeof(peer)) < 0)
		return -EFAULT;
	len = c->cookie < sizeof(peer.cred) ? c->cookie : sizeof(peer.cred);
	peer.len = (int)len;
	user_sock_from_host(c->task, &peer.cred, true);
	if (call_write(c, c->args[3], &peer.cred, len) < 0 ||
	    call_write(c, c->args[4], &peer.len, sizeof(peer.len)) < 0)
		return -EFAULT;
	return result;
}

/* By a lent buffer, since the guest's own can be too short for a number. */
long pid_getsockopt(struct call *c)
{
	struct peer peer = { 0 };
	int len;

	if (!call_can_change(c) && (int)c->args[1] == SOL_SOCKET &&
	    (int)c->args[2] == SO_PEERCRED)
		return call_stop(c);
	if ((int)c->args[1] != SOL_SOCKET)
		return call_pass(c);
	if ((int)c->args[2] == SO_PEERGROUPS)
		return c->task->cred ? user_peergroups(c) : call_pass(c);
	if (call_read(c, c->args[4], &len, sizeof(len)) < 0) {
		c->host_args[4] = 0;	/* the descriptor is judged first */
		return call_then(c, NULL);
	}
	c->cookie = (uint64_t)(unsigned int)len;
	peer.len = len < 0 ? len : (int)sizeof(peer.cred);
	if (call_lend(c, &peer, sizeof(peer), &c->host_args[3]) < 0)
		return -EFAULT;
	c->host_args[4] = c->host_args[3] + offsetof(struct peer, len);
	return call_then(c, peercred_after);
}

long pid_setsockopt(struct call *c)
{
	if ((int)c->args[1] == SOL_SOCKET)
		instance.passcred = true;
	return call_pass(c);
}

/* ---- control messages ---- */

/* The next SCM_CREDENTIALS from offset *@at on, with at least @least bytes. */
static struct cmsghdr *next_credentials(char *control, size_t len, size_t *at,
					size_t least)
{
	while (len >= sizeof(struct cmsghdr) &&
	       *at <= len - sizeof(struct cmsghdr)) {
		struct cmsghdr *m = (struct cmsghdr *)(control + *at);

		if (m->cmsg_len < sizeof(*m) || m->cmsg_len > len - *at)
			break;
		*at += CMSG_ALIGN(m->cmsg_len);
		if (m->cmsg_level == SOL_SOCKET &&
		    m->cmsg_type == SCM_CREDENTIALS &&
		    m->cmsg_len >= CMSG_LEN(least))
			return m;
	}
	return NULL;
}

/* A message that is to be sent, as it was when it was read. */
static struct {
	struct msghdr head;
	_Alignas(struct cmsghdr) char control[CONTROL_MAX];
	size_t len;	/* bytes in control[] */
	bool unclaimed;	/* the task has to bind its netlink socket before */
} message;

/* Return: whether there is anything in it that may need translation. */
static bool read_message(struct call *c, uint64_t addr)
{
	size_t at = 0;

	message.unclaimed = false;
	if (call_read(c, addr, &message.head, sizeof(message.head)) < 0)
		return false;
	if (message.head.msg_namelen == sizeof(struct sockaddr_nl))
		message.unclaimed = !pid_netlink_sends(c);
	message.len = message.head.msg_controllen;
	if (message.len < CMSG_LEN(sizeof(struct ucred)))
		return false;
	if (message.len > CONTROL_MAX)
		message.len = CONTROL_MAX;
	if (call_read(c, (uintptr_t)message.head.msg_control, message.control,
		      message.len) < 0)
		return false;
	return next_credentials(message.control, message.len, &at,
				sizeof(struct ucred));
}

/*
 * With the host's numbers; @commit: it will be sent. Return: where the last
 * one lies, or an error of who may not say so.
 */
static long translate_message(struct call *c, bool commit)
{
	struct cmsghdr *m;
	size_t at = 0, last = 0;

	while ((m = next_credentials(message.control, message.len, &at,
				     sizeof(struct ucred)))) {
		struct ucred cred;
		long r;

		memcpy(&cred, CMSG_DATA(m), sizeof(cred));
		r = user_sock_to_host(c->task, &cred, commit);
		if (r < 0)
			return r;
		memcpy(CMSG_DATA(m), &cred, sizeof(cred));
		last = (size_t)((char *)CMSG_DATA(m) - message.control);
	}
	return (long)last;
}

/*
 * For the time of the call, the message at @addr with the host's numbers: a
 * copy, or, too large for the stack, in its own place.
 * Return: 0 with *@ret_addr, or an error.
 */
static long lend_message(struct call *c, uint64_t addr, uint64_t *ret_addr)
{
	struct {
		struct msghdr head;
		char control[CALL_SCRATCH_MAX - sizeof(struct msghdr)];
	} copy;
	uint64_t lent;
	long last;

	*ret_addr = addr;
	if (!read_message(c, addr))
		return 0;
	last = translate_message(c, true);
	if (last < 0)
		return last;
	if (message.head.msg_controllen > sizeof(copy.control)) {
		call_patch(c,
			   (uintptr_t)message.head.msg_control + (uint64_t)last,
			   message.control + last, sizeof(struct ucred));
		return 0;
	}
	copy.head = message.head;
	memcpy(copy.control, message.control, message.len);
	if (call_lend(c, &copy, offsetof(__typeof__(copy), control) +
				message.len, &lent) < 0)
		return 0;	/* the kernel says EPERM */
	copy.head.msg_control =
		(void *)(lent + offsetof(__typeof__(copy), control));
	call_write(c, lent, &copy.head, sizeof(copy.head));
	*ret_addr = lent;
	return 0;
}

/* Without MSG_DONTWAIT it may wait: the descriptor may be a blocking one. */
static void note_flags(struct call *c, uint64_t flags)
{
	if (!(flags & MSG_DONTWAIT))
		call_may_wait(c);
}

/* ---- sending ---- */

long pid_sendmsg(struct call *c)
{
	long r;

	note_flags(c, c->args[2]);
	if (!read_message(c, c->args[1]))
		return message.unclaimed ? pid_netlink_claim(c) : call_pass(c);
	if (!call_can_change(c)) {
		r = translate_message(c, false);
		return r < 0 ? r : call_stop(c);
	}
	r = lend_message(c, c->args[1], &c->host_args[1]);
	return r < 0 ? r : call_then(c, NULL);
}

static uint64_t message_addr(const struct call *c, uint64_t i)
{
	return c->args[1] + i * sizeof(struct mmsghdr);
}

static long send_one(struct call *c);

static long sent_one(struct call *c, long result)
{
	uint64_t i = c->cookie;
	unsigned int len = (unsigned int)result;

	if (result >= 0 &&
	    call_write(c, message_addr(c, i) + offsetof(struct mmsghdr, msg_len),
		       &len, sizeof(len)) < 0)
		result = -EFAULT;
	if (result < 0)
		return i ? (long)i : result;
	c->cookie = ++i;
	if (i == MESSAGES_MAX || i >= (unsigned int)c->args[2])
		return (long)i;
	call_restore(c);
	return send_one(c);
}

/* sendmmsg(2) as what it says it is: sendmsg(2), until one fails. */
static long send_one(struct call *c)
{
	long r = lend_message(c, message_addr(c, c->cookie), &c->host_args[1]);

	if (r < 0)
		return c->cookie ? (long)c->cookie : r;
	c->host_args[0] = c->args[0];
	c->host_args[2] = c->args[3];
	return call_then_other(c, SYS_sendmsg, sent_one);
}

long pid_sendmmsg(struct call *c)
{
	uint64_t n = (unsigned int)c->args[2], i = 0;

	note_flags(c, c->args[3]);
	if (n > MESSAGES_MAX)
		n = MESSAGES_MAX;
	while (i < n && !read_message(c, message_addr(c, i)) &&
	       !message.unclaimed)
		i++;
	if (i == n)
		return call_pass(c);
	if (message.unclaimed)
		return pid_netlink_claim(c);
	if (!call_can_change(c))
		return call_stop(c);
	c->cookie = 0;
	return send_one(c);
}

/* ---- receiving ---- */

static void translate_received(struct call *c, uint64_t addr)
{
	_Alignas(struct cmsghdr) char control[CONTROL_MAX];
	struct msghdr head;
	struct cmsghdr *m;
	size_t at = 0, len;

	if (call_read(c, addr, &head, sizeof(head)) < 0)
		return;
	len = head.msg_controllen < CONTROL_MAX ? head.msg_controllen :
						  CONTROL_MAX;
	if (call_read(c, (uintptr_t)head.msg_control, control, len) < 0)
		return;
	while ((m = next_credentials(control, len, &at, 1))) {
		char *data = (char *)CMSG_DATA(m);
		size_t n = m->cmsg_len - CMSG_LEN(0);
		struct ucred cred = { 0 };

		n = n < sizeof(cred) ? n : sizeof(cred);
		memcpy(&cred, data, n);
		if (n >= sizeof(cred.pid))
			user_sock_from_host(c->task, &cred, false);
		/* A part of a number is of no use to anybody: 0. */
		if (n < offsetof(struct ucred, uid))
			cred.pid = 0;
		if (n < offsetof(struct ucred, gid))
			cred.uid = 0;
		if (n < sizeof(cred))
			cred.gid = 0;
		call_write(c, (uintptr_t)head.msg_control +
				      (uint64_t)(data - control), &cred, n);
	}
}

static long recvmsg_after(struct call *c, long result)
{
	if (result >= 0)
		translate_received(c, c->args[1]);
	return result;
}

static long recvmmsg_after(struct call *c, long result)
{
	for (long i = 0; i < result; i++)
		translate_received(c, message_addr(c, (uint64_t)i));
	return result;
}

/* One that cannot be asked is taken for one that wants credentials. */
static bool wants_credentials(struct call *c)
{
	int on = 0;
	long r;

	if (!instance.passcred)
		return false;
	r = sys_peek_sockopt(c->task->tid->host, (int)c->args[0],
			     SOL_SOCKET, SO_PASSCRED, &on);
	/* No descriptor, no socket: the kernel says so. */
	return r == 0 ? on != 0 : r != -EBADF && r != -ENOTSOCK;
}

void pid_message_received(struct call *c, uint64_t addr)
{
	if (task_active(c->task) & (NS_PID | NS_USER) && wants_credentials(c))
		translate_received(c, addr);
}

static long receive(struct call *c, long (*after)(struct call *, long))
{
	view_note_received(c->task);
	if (!wants_credentials(c))
		return call_pass(c);
	return call_can_change(c) ? call_then(c, after) : call_stop(c);
}

long pid_recvmsg(struct call *c)
{
	note_flags(c, c->args[2]);
	return receive(c, recvmsg_after);
}

long pid_recvmmsg(struct call *c)
{
	note_flags(c, c->args[3]);
	return receive(c, recvmmsg_after);
}
