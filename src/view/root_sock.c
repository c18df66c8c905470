/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Paths of sockets, for tasks with a root of their own: the task makes its call
 * with the host's path, as far as an address has room for that.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include "src/host/sys.h"
#include "src/task/task.h"
#include "src/view/root.h"
#include "src/view/walk.h"

#define HEAD offsetof(struct sockaddr_un, sun_path)

static const struct form {
	int nr, addr, len;
	enum root_how how;
} forms[] = {
	{ SYS_bind, 1, 2, ROOT_NAME },
	{ SYS_connect, 1, 2, ROOT_FOLLOW },
	{ SYS_sendto, 4, 5, ROOT_FOLLOW },
};

bool root_socket_path(struct call *c, uint64_t addr, size_t len, char *ret_path)
{
	struct sockaddr_un to = { 0 };

	if (len <= HEAD || len > sizeof(to) ||
	    call_read(c, addr, &to, len) < 0 || to.sun_family != AF_UNIX ||
	    !to.sun_path[0])
		return false;
	static_assert(ROOT_SOCKET_MAX == sizeof(to.sun_path) + 1, "ended");
	memcpy(ret_path, to.sun_path, sizeof(to.sun_path));
	ret_path[sizeof(to.sun_path)] = 0;
	return true;
}

bool root_socket_call(struct call *c, char *ret_path, enum root_how *ret_how)
{
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (forms[i].nr != c->nr)
			continue;
		*ret_how = forms[i].how;
		return root_socket_path(c, c->args[forms[i].addr],
					(unsigned int)c->args[forms[i].len],
					ret_path);
	}
	return false;
}

/*
 * The path @host from the task's working folder, where that is shorter: an
 * address has little room. Both are without links. Return: 0, or -ENAMETOOLONG.
 */
static long make_relative(const struct task *task, const char *host,
			  char *ret_path, size_t size)
{
	char link[64], cwd[VIEW_GUEST_PATH_MAX];
	size_t same = 0, n = 0;

	snprintf(link, sizeof(link), "/proc/%d/cwd", task->tid->host.n);
	if (sys_readlink(link, cwd, sizeof(cwd) - 1) < 0)
		return -ENAMETOOLONG;
	strcat(cwd, "/");
	for (size_t i = 0; cwd[i] && cwd[i] == host[i]; i++)
		if (cwd[i] == '/')
			same = i + 1;
	for (const char *up = cwd + same; (up = strchr(up, '/')); up++) {
		if (n + 3 >= size)
			return -ENAMETOOLONG;
		memcpy(ret_path + n, "../", 3);
		n += 3;
	}
	if (n + strlen(host + same) >= size)
		return -ENAMETOOLONG;
	strcpy(ret_path + n, host + same);
	return 0;
}

/*
 * Return: 1 with the address that the task is to say, 0 where its own will do,
 * or a negative errno.
 */
static long make_address(struct call *c, uint64_t addr, size_t len,
			 enum root_how how, struct sockaddr_un *ret_to)
{
	char path[ROOT_SOCKET_MAX], host[VIEW_GUEST_PATH_MAX];
	long r;

	if (!root_socket_path(c, addr, len, path))
		return 0;
	r = root_resolve(c->task, AT_FDCWD, path, how, host);
	if (r != 0)
		return r < 0 ? r : 0;
	*ret_to = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (strlen(host) < sizeof(ret_to->sun_path))
		strcpy(ret_to->sun_path, host);
	else
		r = make_relative(c->task, host, ret_to->sun_path,
				  sizeof(ret_to->sun_path));
	return r < 0 ? r : 1;
}

static long run_with(struct call *c, long answer, const void *lent, size_t len,
		     uint64_t *ret_addr)
{
	if (!call_can_change(c))
		return call_stop(c);
	if (call_lend(c, lent, len, ret_addr) < 0)
		return -ENOMEM;
	return answer == CALL_PASS ? call_then(c, NULL) : answer;
}

/* The name of a message is behind two pointers: both are lent. */
static long run_sendmsg(struct call *c)
{
	struct {
		struct msghdr head;
		struct sockaddr_un to;
	} lent;
	uint64_t at;
	long r;

	if (call_read(c, c->args[1], &lent.head, sizeof(lent.head)) < 0)
		return CALL_PASS;
	r = make_address(c, (uintptr_t)lent.head.msg_name,
			 lent.head.msg_namelen, ROOT_FOLLOW, &lent.to);
	if (r <= 0)
		return r < 0 ? r : CALL_PASS;
	r = run_with(c, CALL_PASS, &lent, sizeof(lent), &at);
	if (r != CALL_THEN)
		return r;
	lent.head.msg_name = (void *)(at + offsetof(__typeof__(lent), to));
	lent.head.msg_namelen = sizeof(lent.to);
	c->host_args[1] = at;
	return call_write(c, at, &lent, sizeof(lent)) < 0 ? -EFAULT : r;
}

bool root_connects(struct call *c)
{
	char path[ROOT_SOCKET_MAX];
	enum root_how how;

	if (c->nr == SYS_bind || !root_socket_call(c, path, &how))
		return false;
	call_may_wait(c);
	return true;
}

long root_address(struct call *c, long answer)
{
	struct sockaddr_un to;
	long r;

	if (c->nr == SYS_sendmsg && answer == CALL_PASS)
		return run_sendmsg(c);
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		const struct form *form = &forms[i];

		if (form->nr != c->nr)
			continue;
		r = make_address(c, c->args[form->addr],
				 (unsigned int)c->args[form->len], form->how,
				 &to);
		if (r <= 0)
			return r < 0 ? r : answer;
		c->host_args[form->len] = HEAD + strlen(to.sun_path) + 1;
		return run_with(c, answer, &to, sizeof(to),
				&c->host_args[form->addr]);
	}
	return answer;
}
