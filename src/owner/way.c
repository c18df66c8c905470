/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The folders on the way to a file: may_lookup() of fs/namei.c.
 *
 * Theory of operation. To the kernel all users inside are one. Who may search
 * any folder by a capability, as root inside, needs nothing more, and pays
 * nothing. For all others each path of a call is walked once ahead of its
 * handler, from folder to folder, and each folder is asked as it is seen. What
 * comes after that, the handler asks of the file itself.
 */
#include "src/owner/way.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include "src/ns/user_cred.h"
#include "src/owner/known.h"
#include "src/owner/owner.h"
#include "src/task/task.h"
#include "src/view/root.h"
#include "src/view/walk.h"

static bool has(const struct user_cred *cred, int cap)
{
	return cred->effective & USER_CAP(cap);
}

static bool is_bound(const struct user_cred *cred)
{
	return !has(cred, CAP_DAC_OVERRIDE) && !has(cred, CAP_DAC_READ_SEARCH);
}

long owner_may_search(const struct task *task, int fd)
{
	struct file folder;
	long r = file_borrow(fd, &folder);

	if (r < 0 || !S_ISDIR(folder.st.st_mode))
		return r;
	return owner_may_use(task, &folder, OWNER_EXEC);
}

/* ---- sockets ---- */

/* unix_find_bsd(): who speaks to a socket must be able to write to it. */
static long may_speak(struct call *c, const char *path)
{
	_cleanup_file_ struct file file = FILE_NONE;
	char host[VIEW_GUEST_PATH_MAX];
	long r = 1;

	if (c->task->root)
		r = root_resolve(c->task, AT_FDCWD, path, ROOT_FOLLOW, host);
	if (r < 0 || file_find_text(c, AT_FDCWD, r ? path : host, 0, &file))
		return 0; /* the kernel says what is wrong */
	return owner_may_use(c->task, &file, OWNER_WRITE);
}

static long may_address(struct call *c, const char *path, enum root_how how)
{
	long r = 0;

	if (is_bound(c->task->cred))
		r = root_search(c->task, AT_FDCWD, path, how);
	return r == 0 && how == ROOT_FOLLOW ? may_speak(c, path) : r;
}

/* The message whose struct msghdr is at @addr. */
static long may_send(struct call *c, uint64_t addr)
{
	char path[ROOT_SOCKET_MAX];
	struct msghdr head;

	if (call_read(c, addr, &head, sizeof(head)) < 0 ||
	    !root_socket_path(c, (uintptr_t)head.msg_name, head.msg_namelen,
			      path))
		return 0;
	return may_address(c, path, ROOT_FOLLOW);
}

/* None is sent where one may not; the kernel would send those before it. */
static long may_send_all(struct call *c)
{
	uint64_t n = (unsigned int)c->args[2];
	long r = 0;

	for (uint64_t i = 0; r == 0 && i < n && i < UIO_MAXIOV; i++)
		r = may_send(c, c->args[1] + i * sizeof(struct mmsghdr));
	return r;
}

static long socket_way(struct call *c)
{
	char path[ROOT_SOCKET_MAX];
	enum root_how how;

	if (c->nr == SYS_sendmsg)
		return may_send(c, c->args[1]);
	if (c->nr == SYS_sendmmsg)
		return may_send_all(c);
	return root_socket_call(c, path, &how) ? may_address(c, path, how) : 0;
}

/* ---- paths ---- */

/* Is @path, the host's, a folder that the kernel judges as it is seen? */
static bool is_plain(const struct user_cred *cred, const char *path)
{
	struct stat st;

	if (lstat(path, &st) < 0 || !S_ISDIR(st.st_mode))
		return false;
	if (st.st_uid != file_user())
		return true;
	return known_has(&st) &&
	       (cred->fsuid == file_user() || (st.st_mode & 0111) == 0111);
}

/*
 * Are all folders on the way such ones? Nearly always, and then one look at
 * each will do. Not where there are links.
 */
static bool is_plain_way(const struct task *task, int dirfd, const char *text,
			 enum root_how how)
{
	char path[VIEW_GUEST_PATH_MAX + 64];
	size_t n = 0;
	struct stat st;

	if (task->root)
		return false;
	if (text[0] != '/') {
		view_name_base(task, dirfd, path, sizeof(path));
		n = strlen(strcat(path, "/"));
	}
	if (!is_plain(task->cred, n ? path : "/"))
		return false;
	strcpy(path + n, text);
	for (char *at = path + n; (at = strchr(at + 1, '/')); *at = '/') {
		*at = 0;
		if (!is_plain(task->cred, path))
			return false;
	}
	return how != ROOT_FOLLOW || lstat(path, &st) < 0 ||
	       !S_ISLNK(st.st_mode);
}

static long path_way(struct call *c, int dirfd, const char *path,
		     enum root_how how)
{
	if (!*path || is_plain_way(c->task, dirfd, path, how))
		return 0;
	return root_search(c->task, dirfd, path, how);
}

static long paths_way(struct call *c)
{
	char text[VIEW_GUEST_PATH_MAX];
	struct root_path path;
	long r = 0;

	for (unsigned int i = 0; r == 0 && root_call_path(c, i, &path); i++)
		if (view_read_path(c, c->args[path.arg], text) > 0)
			r = path_way(c, path.dirfd, text, path.how);
	return r;
}

/* access(2) asks for the real ids, the way there too: access_override_creds()
 */
static bool asks_as_real(const struct call *c)
{
	return c->nr == SYS_access || c->nr == SYS_faccessat ||
	       (c->nr == SYS_faccessat2 && !(c->args[3] & AT_EACCESS));
}

void owner_open_way(struct call *c, int dirfd, uint64_t path)
{
	_cleanup_file_ struct file file = FILE_NONE;

	if (!c->rooted && c->task->cred && !is_bound(c->task->cred))
		file_find(c, dirfd, path, AT_SYMLINK_NOFOLLOW, &file);
}

/* ---- entering ---- */

long owner_may_enter(struct call *c, uint64_t path)
{
	_cleanup_file_ struct file file = FILE_NONE;

	if (file_find(c, AT_FDCWD, path, 0, &file) != 0)
		return 0;
	return owner_may_search(c->task, file.fd);
}

long owner_fchdir(struct call *c)
{
	_cleanup_file_ struct file file = FILE_NONE;
	long r = file_of_fd(c, (int)c->args[0], &file);

	if (r == 0)
		r = owner_may_search(c->task, file.fd);
	return r < 0 ? r : call_pass(c);
}

/* ---- every call ---- */

long owner_way(struct call *c)
{
	struct user_cred *cred = c->task->cred;
	struct user_cred real;
	long r;

	if (!cred)
		return 0;
	if (!asks_as_real(c)) {
		r = is_bound(cred) ? paths_way(c) : 0;
		/* connect(2) by root, too: it may be opened up for. */
		if (r == 0 &&
		    (c->nr == SYS_connect || !has(cred, CAP_DAC_OVERRIDE)))
			r = socket_way(c);
		return r;
	}
	owner_real_cred(c->task, &real);
	if (!is_bound(&real))
		return 0;
	c->task->cred = &real;
	r = paths_way(c);
	c->task->cred = cred;
	return r;
}
