/* SPDX-License-Identifier: Apache-2.0 */
/* The notify gate; see notify.h. */
#include "interpose/notify.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include "src/host/sys.h"
#include "src/host/watchdog.h"

long notify_open(struct notify *n, int listener, bool sync)
{
	struct seccomp_notif_sizes sizes;
	long r = sys_call(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0,
			  (uintptr_t)&sizes, 0, 0, 0);

	if (r < 0)
		return r;
	n->request_size = sizes.seccomp_notif > sizeof(*n->request) ?
		sizes.seccomp_notif : sizeof(*n->request);
	n->request = calloc(1, n->request_size);
	if (!n->request)
		return -ENOMEM;
	n->listener = listener;
	n->add_and_send = true;
	/* An older kernel says EINVAL: slower, and no less right. */
	if (sync)
		sys_result(ioctl(listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS,
				 SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP));
	return 0;
}

void notify_close(struct notify *n)
{
	sys_close(&n->listener);
	free(n->request);
	n->request = NULL;
}

long notify_receive(struct notify *n, struct call *c, host_pid *ret_tid,
		    uint64_t *ret_id)
{
	struct seccomp_notif *rq = n->request;
	long r;

	memset(rq, 0, n->request_size);
	r = sys_ioctl(n->listener, SECCOMP_IOCTL_NOTIF_RECV, rq);
	if (r < 0)
		return r;
	c->nr = rq->data.nr;
	c->ip = rq->data.instruction_pointer;
	c->sp = 0;
	for (int i = 0; i < CALL_ARGS; i++)
		c->args[i] = rq->data.args[i];
	ret_tid->n = (int)rq->pid;
	*ret_id = rq->id;
	return 0;
}

static long send(struct notify *n, struct seccomp_notif_resp *answer)
{
	return sys_ioctl(n->listener, SECCOMP_IOCTL_NOTIF_SEND, answer);
}

long notify_answer(struct notify *n, uint64_t id, long value)
{
	struct seccomp_notif_resp answer = { .id = id };

	if (value < 0)
		answer.error = (int)value;
	else
		answer.val = value;
	return send(n, &answer);
}

long notify_pass(struct notify *n, uint64_t id)
{
	struct seccomp_notif_resp answer = {
		.id = id,
		.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE,
	};

	return send(n, &answer);
}

/*
 * The kernel waits until the task has taken it. Interrupted then, it would
 * have taken the answer, and no descriptor.
 */
static long add_fd(struct notify *n, struct seccomp_notif_addfd *add)
{
	long r;

	watchdog_hold();
	r = sys_ioctl(n->listener, SECCOMP_IOCTL_NOTIF_ADDFD, add);
	watchdog_release();
	return r;
}

long notify_lend(struct notify *n, uint64_t id, int fd)
{
	struct seccomp_notif_addfd add = {
		.id = id,
		.srcfd = (unsigned int)fd,
		.newfd_flags = O_CLOEXEC,
	};

	return add_fd(n, &add);
}

long notify_install(struct notify *n, uint64_t id, int fd, bool cloexec)
{
	struct seccomp_notif_addfd add = {
		.id = id,
		.srcfd = (unsigned int)fd,
		.newfd_flags = cloexec ? O_CLOEXEC : 0,
	};
	long r, answered = 0;

	add.flags = n->add_and_send ? SECCOMP_ADDFD_FLAG_SEND : 0;
	r = add_fd(n, &add);
	if (r == -EINVAL && n->add_and_send) {
		n->add_and_send = false;
		return notify_install(n, id, fd, cloexec);
	}
	/* Its own limit of descriptors, or what can't be given: its error. */
	if ((r < 0 && r != -ENOENT) || (r >= 0 && !n->add_and_send))
		answered = notify_answer(n, id, r);
	return answered < 0 ? answered : r;
}
