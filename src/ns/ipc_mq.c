/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of POSIX message queues: mq_open(2), mq_unlink(2).
 *
 * Theory of operation. A queue is a real one of the kernel's, so a descriptor
 * of it sends, receives, polls and notifies without nsrun. It is made under a
 * random name which is removed at once, so nothing is left on the host; the
 * program's name is part of it, since the link in /proc/PID/fd shows it. The
 * namespace keeps a descriptor of it by the name that the program gave; who
 * opens that name gets a new description by way of /proc/self/fd, with flags
 * of its own. Owner and mode are the real file's. Follows ipc/mqueue.c, 6.x.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <mqueue.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "src/host/sys.h"
#include "src/ns/ipc.h"
#include "src/ns/user.h"
#include "src/view/view.h"

#define MQUEUE_MAGIC 0x19800202
#define HARD_MSG_MAX 65536	/* HARD_MSGMAX, HARD_MSGSIZEMAX */
#define HARD_MSGSIZE_MAX (16 * 1024 * 1024)

struct mq_name {
	UT_hash_handle hh;
	int fd;			/* read and write */
	uint64_t random;	/* of its real name */
	uid_t uid;		/* who made it, if in a user namespace */
	gid_t gid;
	char name[];
};

#define REAL_PREFIX "nsrun-"
#define REAL_HEAD (sizeof(REAL_PREFIX) - 1 + 16 + 1)
#define DELETED " (deleted)"

static void mq_forget(struct ipc_namespace *ns, struct mq_name *q)
{
	HASH_DEL(ns->queues, q);
	ns->queues_len--;
	close(q->fd);
	free(q);
}

void ipc_mq_free_all(struct ipc_namespace *ns)
{
	struct mq_name *q, *next;

	HASH_ITER(hh, ns->queues, q, next)
		mq_forget(ns, q);
}

static struct mq_name *mq_find(struct ipc_namespace *ns, const char *name)
{
	struct mq_name *q;

	HASH_FIND_STR(ns->queues, name, q);
	return q;
}

/* @fd is the table's then, or still the caller's. Return: 0 or -ENOMEM. */
static long mq_add(struct ipc_namespace *ns, const char *name, uint64_t random,
		   int fd, const struct creds *creds)
{
	size_t len = strlen(name);
	struct mq_name *q = malloc(sizeof(*q) + len + 1);

	if (!q)
		return -ENOMEM;
	memcpy(q->name, name, len + 1);
	q->fd = fd;
	q->random = random;
	q->uid = creds->fsuid;
	q->gid = creds->fsgid;
	HASH_ADD_STR(ns->queues, name, q);
	ns->queues_len++;
	return 0;
}

/* getname() and lookup_one_len(): in their order. */
static long read_name(struct call *c, char name[PATH_MAX])
{
	long n = sys_vm_read_some(c->task->tid->host, c->args[0], name,
				  PATH_MAX);
	size_t len;

	if (n <= 0)
		return -EFAULT;
	len = strnlen(name, (size_t)n);
	if (len == (size_t)n)
		return n == PATH_MAX ? -ENAMETOOLONG : -EFAULT;
	if (len == 0)
		return -ENOENT;
	if (strchr(name, '/') || strcmp(name, ".") == 0 ||
	    strcmp(name, "..") == 0)
		return -EACCES;
	return len > NAME_MAX ? -ENAMETOOLONG : 0;
}

/* ---- opening what is there ---- */

/* On the host it is the real user's, whoever made it inside. */
static int stat_queue(const struct creds *creds, const struct mq_name *q,
		      struct stat *ret_st)
{
	if (fstat(q->fd, ret_st) < 0)
		return -1;
	if (creds->inside) {
		ret_st->st_uid = q->uid;
		ret_st->st_gid = q->gid;
	}
	return 0;
}

/* capable_wrt_inode_uidgid(): not over ids that do not exist inside */
static bool is_capable_over(const struct call *c, const struct creds *creds,
			    const struct stat *st, int cap)
{
	const struct user_namespace *ns = user_ns(c->task);

	return creds_capable(creds, cap) &&
	       (!ns || (idmap_upper(&ns->uids, st->st_uid) != IDMAP_NONE &&
			idmap_upper(&ns->gids, st->st_gid) != IDMAP_NONE));
}

/* inode_permission() */
static long check_access(struct call *c, const struct mq_name *q, int flags)
{
	const struct creds *creds = task_creds(c->task);
	static const unsigned int wanted[] = { 04, 02, 06 };
	unsigned int granted;
	struct stat st;

	if ((flags & O_ACCMODE) == O_ACCMODE)
		return -EINVAL;
	if (!creds || stat_queue(creds, q, &st) < 0)
		return -EACCES;
	granted = st.st_mode;
	if (creds->fsuid == st.st_uid)
		granted >>= 6;
	else if (creds_in_group(creds, st.st_gid))
		granted >>= 3;
	return !(wanted[flags & O_ACCMODE] & ~granted) ||
	       is_capable_over(c, creds, &st, CAP_DAC_OVERRIDE) ? 0 : -EACCES;
}

static long open_again(const struct mq_name *q, int flags)
{
	char path[64];
	struct stat st;
	long r;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", q->fd);
	flags = (flags & (O_ACCMODE | O_NONBLOCK)) | O_CLOEXEC;
	r = sys_result(open(path, flags));
	/* Allowed by a capability inside, which the mode does not know. */
	if (r == -EACCES && fstat(q->fd, &st) == 0) {
		fchmod(q->fd, 0600);
		r = sys_result(open(path, flags));
		fchmod(q->fd, st.st_mode & 07777);
	}
	return r;
}

static long open_old(struct call *c, const struct mq_name *q, int flags)
{
	long r;

	if ((flags & O_CREAT) && (flags & O_EXCL))
		return -EEXIST;
	r = check_access(c, q, flags);
	return r < 0 ? r : open_again(q, flags);
}

/* ---- making one ---- */

/* mq_attr_ok(), and what mqueue_get_inode() says where there are none. */
static long check_attr(const struct ipc_limits *limits, bool privileged,
		       struct mq_attr *attr, bool given)
{
	const int count = privileged ? HARD_MSG_MAX : limits->mq_msg_max;
	const int size = privileged ? HARD_MSGSIZE_MAX : limits->mq_msgsize_max;

	if (!given) {
		attr->mq_maxmsg = limits->mq_msg_default < limits->mq_msg_max ?
			limits->mq_msg_default : limits->mq_msg_max;
		attr->mq_msgsize =
			limits->mq_msgsize_default < limits->mq_msgsize_max ?
			limits->mq_msgsize_default : limits->mq_msgsize_max;
		return 0;
	}
	if (attr->mq_maxmsg <= 0 || attr->mq_msgsize <= 0 ||
	    attr->mq_maxmsg > count || attr->mq_msgsize > size)
		return -EINVAL;
	return 0;
}

/* RLIMIT_MSGQUEUE of the task holds, as far as the supervisor has as much. */
static void borrow_limit(const struct task *task, struct rlimit *ret_own)
{
	struct rlimit theirs, now;

	if (prlimit(0, RLIMIT_MSGQUEUE, NULL, ret_own) < 0 ||
	    prlimit(task->tid->host.n, RLIMIT_MSGQUEUE, NULL, &theirs) < 0)
		return;
	now = *ret_own;
	now.rlim_cur = theirs.rlim_cur < now.rlim_max ? theirs.rlim_cur :
							now.rlim_max;
	prlimit(0, RLIMIT_MSGQUEUE, &now, NULL);
}

/*
 * A queue of the host's that has a name for as long as it is being made. As in
 * do_mq_open() it can be there though it could not be opened as asked (O_DIRECT).
 * Return: the descriptor or an error; *@ret_held is the table's, or -1.
 */
static long make_real(const char *guest, uint64_t random, int flags,
		      const struct mq_attr *attr, int *ret_held)
{
	char name[NAME_MAX + 1];
	long fd, held;

	snprintf(name, sizeof(name), REAL_PREFIX "%016lx-%.*s", random,
		 (int)(NAME_MAX - REAL_HEAD), guest);
	fd = sys_call(SYS_mq_open, (uintptr_t)name,
		      (unsigned int)((flags & ~O_PATH) | O_CREAT | O_EXCL),
		      0600, (uintptr_t)attr, 0, 0);
	held = sys_call(SYS_mq_open, (uintptr_t)name, O_RDWR, 0, 0, 0, 0);
	sys_call(SYS_mq_unlink, (uintptr_t)name, 0, 0, 0, 0, 0);
	*ret_held = held < 0 ? -1 : (int)held;
	if (fd < 0 || held >= 0)
		return fd;
	close((int)fd);
	return held;
}

/* The real file gets the owner and the mode that the program expects. */
static void set_owner(const struct task *task, const struct creds *creds,
		      int fd, unsigned int mode)
{
	struct stat st;

	if (!creds->inside && fstat(fd, &st) == 0 &&
	    (st.st_uid != creds->fsuid || st.st_gid != creds->fsgid))
		sys_result(fchown(fd, creds->fsuid, creds->fsgid));
	fchmod(fd, mode & ~sys_umask(task->tid->host) & 07777);
}

static long open_new(struct call *c, const char *name, int flags,
		     struct mq_attr *attr, bool given)
{
	const struct creds *creds = task_creds(c->task);
	struct ipc_namespace *ns = ipc_ns(c);
	struct rlimit own = { 0 };
	uint64_t random;
	bool privileged;
	int held;
	long fd, r;

	if (!creds || getrandom(&random, sizeof(random), 0) != sizeof(random))
		return -ENOMEM;
	privileged = creds_capable_host(creds, CAP_SYS_RESOURCE);
	if ((unsigned int)ns->queues_len >=
		    (unsigned int)ns->limits.mq_queues_max &&
	    !privileged)
		return -ENOSPC;
	r = check_attr(&ns->limits, privileged, attr, given);
	if (r < 0)
		return r;
	borrow_limit(c->task, &own);
	fd = make_real(name, random, flags, attr, &held);
	prlimit(0, RLIMIT_MSGQUEUE, &own, NULL);
	if (held < 0)
		return fd;
	set_owner(c->task, creds, held, (unsigned int)c->args[2]);
	r = sys_is_reserved(held) ? -ENOSPC :
				    mq_add(ns, name, random, held, creds);
	if (r == 0)
		return fd;
	close(held);
	if (fd >= 0)
		close((int)fd);
	return r;
}

long ipc_mq_open(struct call *c)
{
	const int flags = (int)c->args[1];
	char name[PATH_MAX];
	struct mq_attr attr = { 0 };
	struct mq_name *q;
	long r;

	if (!ipc_ns(c))
		return view_mq_open(c);
	if (c->args[3] && call_read(c, c->args[3], &attr, sizeof(attr)) < 0)
		return -EFAULT;
	r = read_name(c, name);
	if (r < 0)
		return r;
	q = mq_find(ipc_ns(c), name);
	if (q)
		r = open_old(c, q, flags);
	else if (flags & O_CREAT)
		r = open_new(c, name, flags, &attr, c->args[3] != 0);
	else
		r = -ENOENT;
	/* Close-on-exec whatever the flags say. */
	return r < 0 ? r : call_give_fd(c, (int)r, true);
}

/* The folder of all names is sticky, and root's. */
long ipc_mq_unlink(struct call *c)
{
	const struct creds *creds;
	char name[PATH_MAX];
	struct mq_name *q;
	struct stat st;
	long r = read_name(c, name);

	if (r < 0)
		return r;
	q = mq_find(ipc_ns(c), name);
	if (!q)
		return -ENOENT;
	creds = task_creds(c->task);
	if (!creds || stat_queue(creds, q, &st) < 0 ||
	    (creds->fsuid != st.st_uid &&
	     !is_capable_over(c, creds, &st, CAP_FOWNER)))
		return -EPERM;
	mq_forget(ipc_ns(c), q);
	return 0;
}

/* ---- the link in /proc/PID/fd ---- */

bool ipc_mq_rename(struct ipc_namespace *ns, const char *path, char *link,
		   size_t size)
{
	size_t len = strlen(link), end = strlen(DELETED);
	char name[NAME_MAX + 1], head[32];
	const struct mq_name *q;
	struct statfs st;

	if (!ns || strncmp(link, "/" REAL_PREFIX, strlen("/" REAL_PREFIX)) ||
	    len < 1 + REAL_HEAD + end || len > NAME_MAX + end ||
	    strcmp(link + len - end, DELETED) != 0 || statfs(path, &st) < 0 ||
	    st.f_type != MQUEUE_MAGIC)
		return false;
	snprintf(name, sizeof(name), "%.*s", (int)(len - end - 1 - REAL_HEAD),
		 link + 1 + REAL_HEAD);
	q = mq_find(ns, name);
	snprintf(head, sizeof(head), REAL_PREFIX "%016lx", q ? q->random : 0);
	snprintf(link, size, "/%s%s", name,
		 q && strncmp(link + 1, head, strlen(head)) == 0 ? "" : DELETED);
	return true;
}
