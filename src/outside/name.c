/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The names of instances.
 *
 * Theory of operation. A named instance has a socket in a folder of the user's:
 * $XDG_RUNTIME_DIR/nsrun, or /tmp/nsrun-UID. Whoever looks whether a name is
 * taken, and takes it, does so under a lock of the folder; the supervisor
 * removes the socket while it still listens, so that it never removes another
 * one's. One that nobody listens at has been left by a supervisor that was
 * killed, and is removed by the next who comes.
 *
 * One without a name has an abstract socket: nothing to make, to keep or to
 * remove. /proc/net/unix lists those. Their names say the user and are random
 * otherwise, as a host's number must not be seen inside.
 */
#include "src/outside/name.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>
#include "src/host/log.h"
#include "src/host/sys.h"
#include "src/outside/protocol.h"

#define BACKLOG 64
#define PATIENCE 10	/* seconds, for a supervisor that does not answer */

bool name_check(const char *name)
{
	const char *why = NULL;

	if (!*name)
		why = "a name has at least one character";
	else if (strlen(name) > NAME_LEN)
		why = "a name has at most 64 bytes";
	else if (*name == '.')
		why = "a name does not begin with a dot";
	else if (strspn(name, "0123456789") == strlen(name))
		why = "a number is a pid, not a name";
	for (const char *c = name; !why && *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr("._-+@:", *c))
			why = "a name has letters, digits and ._-+@: only";
	if (why)
		log_message("%.80s: %s", name, why);
	return !why;
}

/* ---- the folder ---- */

static void folder_path(char *path, size_t size)
{
	const char *base = getenv("XDG_RUNTIME_DIR");

	if (base && *base == '/')
		snprintf(path, size, "%s/nsrun", base);
	else
		snprintf(path, size, "/tmp/nsrun-%u", geteuid());
}

/* Nobody else may have made it, or may write to it. */
static long check_folder(int fd, const char *path)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return sys_result(-1);
	if (st.st_uid == geteuid() && (st.st_mode & 077) == 0)
		return 0;
	log_message("%s: is not a folder of this user's alone", path);
	log_hint("its owner must be %u and its mode 0700", geteuid());
	return -EPERM;
}

/* Return: a descriptor, or a negative errno which has been told. */
static int open_folder(bool make)
{
	char path[4096];
	int fd;
	long r;

	folder_path(path, sizeof(path));
	if (make && mkdir(path, 0700) < 0 && sys_result(-1) != -EEXIST) {
		r = sys_result(-1);
		log_message("%s: %s", path, log_errno(r));
		return (int)r;
	}
	fd = (int)sys_result(open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
				  O_CLOEXEC));
	if (fd == -ENOENT && !make)
		return fd;
	if (fd < 0) {
		log_message("%s: %s", path, log_errno(fd));
		return fd;
	}
	r = check_folder(fd, path);
	if (r < 0)
		sys_close(&fd);
	return r < 0 ? (int)r : fd;
}

/* By the folder's descriptor, since an address has 107 bytes only. */
static struct sockaddr_un address_of(int folder, const char *name)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };

	snprintf(addr.sun_path, sizeof(addr.sun_path), "/proc/self/fd/%d/%.64s",
		 folder, name);
	return addr;
}

/* ---- sockets ---- */

static int new_socket(int flags)
{
	return (int)sys_result(socket(
		AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | flags, 0));
}

/* @flags: SOCK_NONBLOCK: not if it has to wait to be accepted. */
static int connect_to(const struct sockaddr_un *addr, size_t len, int flags)
{
	const struct timeval patience = { .tv_sec = PATIENCE };
	int fd = new_socket(flags);
	long r;

	if (fd < 0)
		return fd;
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	r = sys_result(connect(fd, (const struct sockaddr *)addr,
			       (socklen_t)len));
	if (r < 0)
		sys_close(&fd);
	else
		fcntl(fd, F_SETFL, 0);
	return r < 0 ? (int)r : fd;
}

static int connect_name(int folder, const char *name)
{
	struct sockaddr_un addr = address_of(folder, name);

	return connect_to(&addr, sizeof(addr), 0);
}

static int listen_at(const struct sockaddr_un *addr, size_t len)
{
	int fd = new_socket(0);
	long r;

	if (fd < 0)
		return fd;
	r = sys_result(bind(fd, (const struct sockaddr *)addr,
			    (socklen_t)len));
	if (r == 0)
		r = sys_result(listen(fd, BACKLOG));
	if (r < 0)
		sys_close(&fd);
	return r < 0 ? (int)r : fd;
}

static int lock_folder(int folder)
{
	int fd = (int)sys_result(openat(folder, ".lock",
					O_RDWR | O_CREAT | O_CLOEXEC |
					O_NOFOLLOW, 0600));

	if (fd >= 0 && flock(fd, LOCK_EX) < 0)
		sys_close(&fd);
	return fd;
}

/* Connects; removes what nobody listens at. The folder is locked. */
static int connect_locked(int folder, const char *name)
{
	int fd = connect_name(folder, name);

	if (fd != -ECONNREFUSED)
		return fd;
	log_message("%s: its supervisor was killed; its socket is removed",
		    name);
	unlinkat(folder, name, 0);
	return -ENOENT;
}

static int connect_clean(int folder, const char *name)
{
	int fd = connect_name(folder, name);

	if (fd == -ECONNREFUSED) {
		_cleanup_close_ int lock = lock_folder(folder);

		fd = lock < 0 ? lock : connect_locked(folder, name);
	}
	return fd;
}

/* Return: 0, or -EPERM which has been told. */
static long check_server(int fd, const char *name)
{
	struct peer peer;
	const char *why;
	long r = peer_check(fd, false, &peer, &why);

	if (r < 0)
		log_message("%s: its supervisor is not trusted: %s", name,
			    why);
	return r;
}

long name_claim(const char *name, int *ret_connected, int *ret_listener,
		int *ret_folder)
{
	_cleanup_close_ int folder = open_folder(true);
	_cleanup_close_ int lock = folder < 0 ? -1 : lock_folder(folder);
	struct sockaddr_un addr;
	int fd;

	if (folder < 0)
		return folder;
	if (lock < 0) {
		log_message("%s: lock: %s", name, log_errno(lock));
		return lock;
	}
	*ret_connected = *ret_listener = *ret_folder = -1;
	fd = connect_locked(folder, name);
	if (fd >= 0) {
		long r = check_server(fd, name);

		if (r < 0)
			close(fd);
		else
			*ret_connected = fd;
		return r;
	}
	addr = address_of(folder, name);
	if (fd == -ENOENT)
		fd = listen_at(&addr, sizeof(addr));
	if (fd < 0) {
		log_message("%s: socket: %s", name, log_errno(fd));
		return fd;
	}
	*ret_listener = fd;
	*ret_folder = folder;
	folder = -1;
	return 0;
}

void name_release(int folder, const char *name)
{
	if (folder >= 0)
		unlinkat(folder, name, 0);
}

int name_connect(const char *name)
{
	_cleanup_close_ int folder = open_folder(false);
	int fd = folder < 0 ? folder : connect_clean(folder, name);

	if (fd == -ENOENT)
		log_message("%s: no such instance", name);
	else if (fd < 0 && folder >= 0)
		log_message("%s: %s", name, log_errno(fd));
	if (fd >= 0 && check_server(fd, name) < 0) {
		close(fd);
		return -EPERM;
	}
	return fd;
}

/* ---- without a name ---- */

static int prefix_of(char *buf, size_t size)
{
	return snprintf(buf, size, "nsrun/%u/", geteuid());
}

static size_t abstract_address(struct sockaddr_un *addr, const char *text)
{
	addr->sun_family = AF_UNIX;
	addr->sun_path[0] = 0;
	snprintf(addr->sun_path + 1, sizeof(addr->sun_path) - 1, "%s", text);
	return offsetof(struct sockaddr_un, sun_path) + 1 + strlen(text);
}

int name_listen_unnamed(void)
{
	struct sockaddr_un addr;
	char text[64];
	uint64_t random;
	size_t len;
	int n = prefix_of(text, sizeof(text));

	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		return -EIO;
	snprintf(text + n, sizeof(text) - (size_t)n, "%016" PRIx64, random);
	len = abstract_address(&addr, text);
	return listen_at(&addr, len);
}

/* ---- all ---- */

static void each_named(void (*each)(int fd, const char *name, void *arg),
		       void *arg)
{
	int folder = open_folder(false);
	DIR *dir = folder < 0 ? NULL : fdopendir(folder);

	for (struct dirent *d; dir && (d = readdir(dir));) {
		struct peer peer;
		const char *why;
		int fd;

		if (d->d_name[0] == '.' || d->d_type != DT_SOCK)
			continue;
		fd = connect_clean(folder, d->d_name);
		if (fd >= 0 && peer_check(fd, false, &peer, &why) == 0)
			each(fd, d->d_name, arg);
		sys_close(&fd);
	}
	if (dir)
		closedir(dir);
}

/* One line of /proc/net/unix; a client's end has the same name as none. */
static void each_line(char *line, void (*each)(int, const char *, void *),
		      void *arg)
{
	char *name = strchr(line, '@'), prefix[64];
	struct sockaddr_un addr;
	struct peer peer;
	const char *why;
	unsigned int flags;
	size_t len;
	int fd;

	prefix_of(prefix, sizeof(prefix));
	/* Num RefCount Protocol Flags: __SO_ACCEPTCON, it listens */
	if (!name || sscanf(line, "%*s %*s %*s %x", &flags) != 1 ||
	    !(flags & 0x10000) ||
	    strncmp(name + 1, prefix, strlen(prefix)) != 0)
		return;
	name[strcspn(name, "\n")] = 0;
	len = abstract_address(&addr, name + 1);
	/* Anybody can bind such a name, and then accept nobody. */
	fd = connect_to(&addr, len, SOCK_NONBLOCK);
	if (fd >= 0 && peer_check(fd, false, &peer, &why) == 0)
		each(fd, NULL, arg);
	sys_close(&fd);
}

void name_for_each(void (*each)(int fd, const char *name, void *arg),
		   void *arg)
{
	FILE *list = fopen("/proc/net/unix", "re");
	char *line = NULL;
	size_t size = 0;

	each_named(each, arg);
	while (list && getline(&line, &size, list) > 0)
		each_line(line, each, arg);
	free(line);
	if (list)
		fclose(list);
}
