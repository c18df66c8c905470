/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The outside's handle on an instance: the supervisor's side.
 *
 * Theory of operation. All that is waited for here is in one epoll descriptor,
 * which the loop has in its poll(): the socket, the connections, the listeners
 * of the processes that joined, and a timer. A process that joined has a
 * filter of its own, so a listener of its own; what comes by that is handled
 * by by_notify_next() as what comes by the first one's.
 *
 * A connection is trusted when it is accepted (peer.c). One by which a process
 * has joined stays until the client, its parent, ends.
 */
#include "src/outside/serve.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>
#include <utlist.h>
#include "src/by_agent.h"
#include "src/by_notify.h"
#include "src/host/log.h"
#include "src/host/sys.h"
#include "src/net/link.h"
#include "src/outside/name.h"
#include "src/task/task.h"

#define CONNECTIONS_MAX 1024
#define SWEEP_NS 50000000	/* 50 ms */

enum source_kind { SOURCE_SOCKET, SOURCE_CLIENT, SOURCE_LISTENER, SOURCE_TIMER };

struct source {
	enum source_kind kind;
	int fd;
	struct peer peer;
	bool joined;
	int listener;		/* of a client's child, -1: none */
	struct source *prev, *next;
};

static int epoll = -1;
static struct source server = { .kind = SOURCE_SOCKET, .fd = -1 };
static struct source timer = { .kind = SOURCE_TIMER, .fd = -1 };
static struct source *sources;	/* clients and listeners */
static unsigned int clients;
static bool timer_runs;
static const char *own_name;
static int own_folder = -1;

static long watch(struct source *s)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = s };

	return sys_result(epoll_ctl(epoll, EPOLL_CTL_ADD, s->fd, &event));
}

/* Takes @fd, whatever comes of it. */
static struct source *source_create(enum source_kind kind, int fd)
{
	struct source *s = calloc(1, sizeof(*s));

	if (s) {
		s->kind = kind;
		s->fd = fd;
		s->listener = -1;
	}
	if (!s || watch(s) < 0) {
		free(s);
		close(fd);
		return NULL;
	}
	DL_APPEND(sources, s);
	clients += kind == SOURCE_CLIENT;
	return s;
}

/* Closing is not enough: a child that has not come to exec has the file, too. */
static void source_free(struct source *s)
{
	epoll_ctl(epoll, EPOLL_CTL_DEL, s->fd, NULL);
	clients -= s->kind == SOURCE_CLIENT;
	DL_DELETE(sources, s);
	sys_close(&s->fd);
	sys_close(&s->listener);
	free(s);
}

/* Without it the instance runs all the same, and can't be reached. */
void serve_start(const struct config *config)
{
	own_name = config->name;
	own_folder = config->name_folder;
	epoll = epoll_create1(EPOLL_CLOEXEC);
	server.fd = config->name ? config->name_socket : name_listen_unnamed();
	timer.fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (epoll < 0 || server.fd < 0 || timer.fd < 0 || watch(&timer) < 0)
		return;
	/* Once more, as the supervisor: peers see who listened last. */
	if (listen(server.fd, 64) < 0 ||
	    fcntl(server.fd, F_SETFL, O_NONBLOCK) < 0)
		return;
	watch(&server);
}

int serve_fd(void)
{
	return epoll;
}

void serve_end(void)
{
	if (own_name)
		name_release(own_folder, own_name);
	own_name = NULL;
	sys_close(&server.fd);
}

void serve_detach(struct loop *loop, int status)
{
	struct control ended = { .kind = CONTROL_ENDED, .value = status };
	_cleanup_close_ int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (loop->control < 0)
		return;
	send(loop->control, &ended, sizeof(ended), MSG_NOSIGNAL);
	loop_leave_front(loop);
	if (null >= 0)
		dup2(null, STDERR_FILENO);
}

/* ---- zombies ---- */

static void run_timer(void)
{
	const struct itimerspec time = { .it_value.tv_nsec = SWEEP_NS };

	timer_runs = timerfd_settime(timer.fd, 0, &time, NULL) == 0;
}

void serve_settle(void)
{
	if (instance.strays && !timer_runs)
		run_timer();
}

static void on_timer(void)
{
	uint64_t expired;

	sys_read(timer.fd, &expired, sizeof(expired));
	timer_runs = false;
	instance.strays = join_sweep();
}

/* ---- requests ---- */

/* What is left unread when it is closed would take the reply's place. */
static void refuse(int fd, const char *why)
{
	struct reply reply = { .error = -EPERM };
	struct request unread;

	snprintf(reply.what, sizeof(reply.what), "%s", why);
	shutdown(fd, SHUT_RD);
	protocol_send(fd, &reply, sizeof(reply), -1);
	recv(fd, &unread, sizeof(unread), MSG_DONTWAIT);
	close(fd);
}

static void on_connection(void)
{
	int fd = accept4(server.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct source *s;
	struct peer peer;
	const char *why;

	if (fd < 0)
		return;
	if (clients >= CONNECTIONS_MAX) {
		refuse(fd, "too many connections");
		return;
	}
	if (peer_check(fd, true, &peer, &why) < 0) {
		refuse(fd, why);
		return;
	}
	s = source_create(SOURCE_CLIENT, fd);
	if (s)
		s->peer = peer;
}

/* To the command; nsrun's own init hands it on. */
static long do_kill(int sig)
{
	const struct group *group;

	if (sig == 0) {
		task_kill_all();
		/* Who asked waits for the end of the connection. */
		return 0;
	}
	if (sig < 0 || sig > 64)
		return -EINVAL;
	if (instance.init)
		return sys_kill(instance.init->tgid->host, sig);
	group = instance.groups;
	return group ? sys_kill(group->tgid->host, sig) : -ESRCH;
}

static void do_prepare(const struct config *config, const struct request *rq,
		       struct reply *reply)
{
	const struct task *target = join_target(rq->target);

	reply->late = target ? late_kinds(target) : 0;
	reply->supervisor = getpid();
	reply->kinds = config->kinds;
	reply->active = instance.active;
	reply->without = config->without;
	reply->agent_ip = config_agent_ip(config);
	reply->keep_caps = config->keep_caps;
	reply->walled = instance.walled;
}

static long do_adopt(struct loop *loop, const struct request *rq,
		     struct source *s, int pidfd, struct reply *reply)
{
	host_pid child;
	int listener = s->listener;
	long r = join_adopt(loop->config, rq, &s->peer, pidfd, listener, reply,
			    &child);

	if (r < 0)
		return r;
	s->listener = -1;
	if (listener >= 0 && !source_create(SOURCE_LISTENER, listener)) {
		sys_kill(child, SIGKILL);
		return -ENOMEM;
	}
	s->joined = true;
	return 0;
}

static int do_request(struct loop *loop, struct source *s,
		      const struct request *rq, int with, struct reply *reply)
{
	int fd = -1;
	long r = 0;

	switch (rq->op) {
	case OP_DESCRIBE:
		fd = report_make(loop->config);
		r = fd < 0 ? fd : 0;
		break;
	case OP_FIND:
		r = task_by_host((host_pid){ rq->value }) ? 0 : -ESRCH;
		break;
	case OP_KILL:
		r = do_kill(rq->value);
		break;
	case OP_PREPARE:
		do_prepare(loop->config, rq, reply);
		break;
	case OP_LISTENER:
		sys_close(&s->listener);
		s->listener = fcntl(with, F_DUPFD_CLOEXEC, 0);
		r = join_check_listener(loop->config, s->listener);
		break;
	case OP_ADOPT:
		r = do_adopt(loop, rq, s, with, reply);
		break;
	case OP_LINK:
		fd = fcntl(with, F_DUPFD_CLOEXEC, 0);
		r = fd < 0 ? -EBADF : link_adopt(fd);
		fd = -1;
		break;
	default:
		r = -EINVAL;
	}
	reply->error = (int)r;
	return fd;
}

static void on_client(struct loop *loop, struct source *s)
{
	struct reply reply = { 0 };
	struct request rq;
	int with, fd = -1;
	long r = protocol_receive(s->fd, &rq, sizeof(rq), &with);

	if (r == -EAGAIN)
		return;
	if (r < 0) {
		if (s->joined)
			instance.strays = join_sweep();
		source_free(s);
		return;
	}
	rq.version[PROTOCOL_WORDS - 1] = 0;
	if (strcmp(rq.version, PROTOCOL_VERSION) != 0) {
		reply.error = -EPROTO;
		snprintf(reply.what, sizeof(reply.what),
			 "another version of nsrun");
	} else {
		fd = do_request(loop, s, &rq, with, &reply);
	}
	protocol_send(s->fd, &reply, sizeof(reply), fd);
	sys_close(&with);
	sys_close(&fd);
}

/* Answers go by the listener that the question came by. POLLERR: see loop.c */
static void on_listener(struct loop *loop, struct source *s)
{
	int first = loop->notify.listener;
	struct pollfd ready = { .fd = s->fd, .events = POLLIN };

	if (poll(&ready, 1, 0) == 1 && (ready.revents & POLLHUP) &&
	    !(ready.revents & POLLIN)) {
		source_free(s);	/* no task is left */
		return;
	}
	/* To receive would wait for one. */
	if (!(ready.revents & POLLIN))
		return;
	loop->notify.listener = s->fd;
	by_notify_next(loop);
	loop->notify.listener = first;
}

void serve_next(struct loop *loop)
{
	struct epoll_event event;
	struct source *s;

	if (epoll_wait(epoll, &event, 1, 0) != 1)
		return;
	s = event.data.ptr;
	switch (s->kind) {
	case SOURCE_SOCKET:
		on_connection();
		break;
	case SOURCE_CLIENT:
		on_client(loop, s);
		break;
	case SOURCE_LISTENER:
		on_listener(loop, s);
		break;
	case SOURCE_TIMER:
		on_timer();
		break;
	}
}
