/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The agent with a user namespace: owners of files.
 *
 * Theory of operation. Of a call that shows an owner the ids are mapped where
 * the kernel has written them, before anything else is looked at; among threads,
 * who may read there meanwhile, on the agent's stack, of which the program gets a
 * copy. Only a file of the real user may have a record that says something else. Whether it has
 * one the table tells, or, if it is a plain file or folder where such have
 * attributes, that it has none at all. Otherwise the supervisor is asked.
 *
 * The user himself, be he root inside or not, opens, makes and changes such
 * files natively, where that leads to no record either: the kernel knows him.
 * For who is bound by modes there must be no record on the way, either.
 *
 * A file that is named by a path is looked at a second time after its
 * attributes: it is the same then, unless who swapped it swapped it back.
 */
#include "interpose/agent/agent.h"

#define PATH_SIZE 256	/* longer ones are asked */
#define ASKED 8

int with_users(void)
{
	return VIEW->flags & AGENT_USERS;
}

int is_root(void)
{
	return VIEW->users.seq && (VIEW->users.is & AGENT_USER_ROOT);
}

int is_self(void)
{
	return VIEW->users.seq && (VIEW->users.is & AGENT_USER_SELF);
}

int searches_all(void)
{
	return VIEW->users.seq && (VIEW->users.is & AGENT_USER_SEARCHES);
}

/* ---- looking ---- */

static void look(const struct stat *st, struct looks *looks)
{
	*looks = (struct looks){
		.dev = st->st_dev, .ino = st->st_ino,
		.seconds = (uint64_t)st->st_ctim.tv_sec,
		.nanoseconds = (uint64_t)st->st_ctim.tv_nsec,
		.uid = st->st_uid, .gid = st->st_gid, .mode = st->st_mode,
		.size = (uint64_t)st->st_size,
	};
}

static long look_from(uint64_t dirfd, uint64_t path, uint64_t flags,
		      struct looks *looks)
{
	struct stat st;
	const struct frame f = {
		.nr = __NR_newfstatat,
		.args = { dirfd, path, (uint64_t)(uintptr_t)&st, flags },
	};
	long r = agent_native(&f);

	if (r == 0)
		look(&st, looks);
	return r;
}

long look_at(const struct frame *f, int arg, uint64_t flags,
	     struct looks *looks)
{
	if (arg < 0)
		return look_from(f->args[0], (uint64_t)(uintptr_t)"",
				 AT_EMPTY_PATH, looks);
	return look_from(base_of(f, arg), f->args[arg], flags, looks);
}

/* How long the list of a file's attributes is, or an error. */
static long attributes_from(uint64_t dirfd, uint64_t path, uint64_t flags)
{
	struct frame f = { .args = { path } };

	if ((int)dirfd != AT_FDCWD) {
		f.nr = __NR_listxattrat;
		f.args[0] = dirfd;
		f.args[1] = path;
		f.args[2] = flags & AT_SYMLINK_NOFOLLOW;
	} else {
		f.nr = flags & AT_SYMLINK_NOFOLLOW ? __NR_llistxattr :
						     __NR_listxattr;
	}
	return agent_native(&f);
}

/* The kernel need not have touched it yet. */
static int copy_path(const struct frame *f, int arg, char *path, uint64_t size)
{
	const char *from = (const char *)f->args[arg];

	return is_text(from) ? user_copy(path, from, size) : -1;
}

/* ---- descriptors by their links: "/proc/self/fd/N" ---- */

#define OWN_LINKS "/proc/self/fd/"
#define OWN_LINKS_LEN (sizeof(OWN_LINKS) - 1)
#define OWN_LINK_SIZE (OWN_LINKS_LEN + 11)

static void name_descriptor(int fd, char *link)
{
	char digits[10];
	unsigned int n = 0;

	for (unsigned int i = 0; i < OWN_LINKS_LEN; i++)
		link[i] = OWN_LINKS[i];
	link += OWN_LINKS_LEN;
	do
		digits[n++] = (char)('0' + fd % 10);
	while ((fd /= 10) > 0);
	while (n > 0)
		*link++ = digits[--n];
	*link = 0;
}

int own_descriptor(const struct frame *f, int arg)
{
	char path[OWN_LINK_SIZE];
	int n = copy_path(f, arg, path, sizeof(path));
	int fd = 0;

	if (n <= (int)OWN_LINKS_LEN || n > (int)OWN_LINKS_LEN + 9)
		return -1;
	for (int i = 0; i < n; i++) {
		if (i < (int)OWN_LINKS_LEN ? path[i] != OWN_LINKS[i] :
					     path[i] < '0' || path[i] > '9')
			return -1;
		if (i >= (int)OWN_LINKS_LEN)
			fd = fd * 10 + path[i] - '0';
	}
	return fd;
}

/* One that opens nothing (O_PATH) tells by its link alone. */
static long attributes_of(int fd)
{
	const struct frame f = { __NR_flistxattr, { (uint64_t)fd } };
	char link[OWN_LINK_SIZE];
	long r = agent_native(&f);

	if (r != -EBADF || fd < 0)
		return r;
	name_descriptor(fd, link);
	return attributes_from((uint64_t)AT_FDCWD, (uint64_t)(uintptr_t)link,
			       0);
}

static long attributes(const struct frame *f, int arg, uint64_t flags)
{
	if (arg < 0)
		return attributes_of((int)f->args[0]);
	return attributes_from(base_of(f, arg), f->args[arg], flags);
}

/* ---- records ---- */

static int is_in_table(const struct looks *looks)
{
	const volatile uint64_t *table = (const uint64_t *)AGENT_TABLE;
	uint64_t key = agent_file_key(looks->dev, looks->ino, looks->seconds,
				      looks->nanoseconds);
	uint32_t place = agent_file_place(key);

	return table[place] == key || table[place ^ 1] == key;
}

/* Would its record be an attribute? */
static int has_attributes(const struct looks *looks)
{
	const volatile uint64_t *table = (const uint64_t *)AGENT_TABLE;

	if (!S_ISREG(looks->mode) && !S_ISDIR(looks->mode))
		return 0;
	for (int i = 1; i <= AGENT_TABLE_DEVICES; i++)
		if (table[i] == looks->dev)
			return 1;
	return 0;
}

static int is_same(const struct looks *a, const struct looks *b)
{
	return a->dev == b->dev && a->ino == b->ino &&
	       a->seconds == b->seconds && a->nanoseconds == b->nanoseconds;
}

/*
 * To be in the table the supervisor must have been asked. So one look in ASKED
 * goes there; what is looked at often is soon known. A file that has changed in
 * this second is not: it is often too young for the table.
 */
static int is_to_be_asked(const struct looks *looks)
{
	struct timespec now;
	const struct frame f = {
		.nr = __NR_clock_gettime,
		.args = { CLOCK_REALTIME, (uint64_t)(uintptr_t)&now },
	};

	return agent_native(&f) == 0 &&
	       (uint64_t)now.tv_sec != looks->seconds &&
	       now.tv_nsec / 16 % ASKED == 0;
}

/* Likewise of a file that is about to change: none is asked for the table. */
static int may_differ_now(const struct looks *looks, const struct frame *f,
			  int arg, uint64_t flags)
{
	struct looks again;

	if (looks->dev == VIEW->proc_dev)
		return 1;
	/* What is open may be a record, of which the host's node knows none. */
	if (S_ISCHR(looks->mode) && (arg < 0 || flags & AT_EMPTY_PATH))
		return 1;
	if (looks->uid != VIEW->users.own || is_in_table(looks))
		return 0;
	if (!has_attributes(looks) || attributes(f, arg, flags) != 0)
		return 1;
	return arg >= 0 && (look_at(f, arg, flags, &again) != 0 ||
			    !is_same(looks, &again));
}

int may_differ(const struct looks *looks, const struct frame *f, int arg,
	       uint64_t flags)
{
	return may_differ_now(looks, f, arg, flags) ||
	       (looks->uid == VIEW->users.own && !is_in_table(looks) &&
		is_to_be_asked(looks));
}

/* ---- the way ---- */

/* Does the kernel say of the folder what it is seen to allow? */
static int may_search(uint64_t dirfd, const char *path)
{
	const struct frame f = {
		.args = { dirfd, (uint64_t)(uintptr_t)path },
	};
	struct looks looks;

	if (look_at(&f, 1, AT_SYMLINK_NOFOLLOW, &looks) != 0 ||
	    !S_ISDIR(looks.mode))
		return 0;
	if (looks.uid != VIEW->users.own)
		return 1;
	return ((VIEW->users.is & AGENT_USER_SELF) ||
		(looks.mode & 0111) == 0111) &&
	       !may_differ(&looks, &f, 1, AT_SYMLINK_NOFOLLOW);
}

int may_go(const struct frame *f, int arg, uint64_t flags)
{
	uint64_t dirfd = base_of(f, arg);
	char path[PATH_SIZE];
	struct looks looks;
	int n;

	if (searches_all())
		return 1;
	n = copy_path(f, arg, path, sizeof(path));
	if (n < 0 || !VIEW->users.seq ||
	    (n > 0 && !may_search(dirfd, path[0] == '/' ? "/" : ".")))
		return 0;
	for (int i = 1; i < n; i++) {
		if (path[i] != '/')
			continue;
		path[i] = 0;
		if (!may_search(dirfd, path))
			return 0;
		path[i] = '/';
	}
	return (flags & AT_SYMLINK_NOFOLLOW) ||
	       look_at(f, arg, AT_SYMLINK_NOFOLLOW, &looks) != 0 ||
	       !S_ISLNK(looks.mode);
}

/* ---- showing ---- */

static uint32_t shown(const volatile struct agent_range *ranges,
		      unsigned int n, uint32_t id)
{
	for (unsigned int i = 0; i < n && i < AGENT_RANGES; i++)
		if (id - ranges[i].lower < ranges[i].count)
			return ranges[i].first + (id - ranges[i].lower);
	return AGENT_OVERFLOW;
}

/* Return: whether *@uid and *@gid are the ids as the program is to see them. */
static int map_ids(const struct looks *looks, uint32_t *uid, uint32_t *gid)
{
	const volatile struct agent_users *users = &VIEW->users;
	uint64_t seq = users->seq;

	if (!seq)
		return 0;
	*uid = shown(users->uid, users->uids, looks->uid);
	*gid = shown(users->gid, users->gids, looks->gid);
	return users->seq == seq;
}

/* Does nobody read what a call of the program's has not yet told? */
static int is_alone(void)
{
	return !(VIEW->flags & AGENT_THREADED);
}

/*
 * The page of the stack that is in use is. Others are asked about by a call
 * that does no harm: getcpu(2). It is two pages at most.
 */
static int is_writable(const struct frame *f, uint64_t to, uint64_t len)
{
	const uint64_t page = (uint64_t)(uintptr_t)f & ~(uint64_t)4095;
	const struct frame probe = {
		.nr = __NR_getcpu,
		.args = { to, to + len - sizeof(uint32_t) },
	};

	return to - page <= 4096 - len || agent_native(&probe) == 0;
}

static long give(const struct frame *f, const void *from, uint64_t to,
		 uint64_t len)
{
	if (!is_writable(f, to, len) || user_put((void *)to, from, len / 8) < 0)
		return AGENT_ASK;
	return 0;
}

/* An empty path with AT_EMPTY_PATH stands for the descriptor itself. */
static int what_is_named(const struct frame *f, int arg, uint64_t flags)
{
	char first;

	if (!(flags & AT_EMPTY_PATH))
		return arg;
	return user_copy(&first, (const char *)f->args[arg], 1) == 0 ? -1 : arg;
}

long show_stat(const struct frame *f, int arg)
{
	uint64_t flags = f->nr == __NR_newfstatat ? f->args[3] :
			 f->nr == __NR_lstat	  ? AT_SYMLINK_NOFOLLOW : 0;
	int to = arg < 0 ? 1 : arg + 1;
	struct stat copy, *st = is_alone() ? (struct stat *)f->args[to] : &copy;
	struct frame other = *f;
	struct looks looks;
	long r;

	if (!VIEW->users.seq)
		return AGENT_ASK;
	other.args[to] = (uint64_t)(uintptr_t)st;
	r = agent_native(&other);
	if (r != 0)
		return r;
	look(st, &looks);
	if (!map_ids(&looks, &st->st_uid, &st->st_gid) ||
	    (arg >= 0 && is_suspect_text(f, arg)) ||
	    may_differ(&looks, f, what_is_named(f, arg, flags), flags))
		return AGENT_ASK;
	return st == &copy ? give(f, st, f->args[to], sizeof(copy)) : 0;
}

#define STATX_NEEDED \
	(STATX_TYPE | STATX_UID | STATX_GID | STATX_INO | STATX_CTIME)

/* As stat(2) has it: new_encode_dev() */
static uint64_t device(uint32_t major, uint32_t minor)
{
	return (minor & 0xff) | major << 8 | (minor & ~UINT32_C(0xff)) << 12;
}

long show_statx(const struct frame *f)
{
	struct statx copy, *st = is_alone() ? (struct statx *)f->args[4] : &copy;
	struct frame other = *f;
	struct looks looks;
	long r;

	if (!VIEW->users.seq)
		return AGENT_ASK;
	other.args[4] = (uint64_t)(uintptr_t)st;
	r = agent_native(&other);
	if (r != 0)
		return r;
	looks = (struct looks){
		.dev = device(st->stx_dev_major, st->stx_dev_minor),
		.ino = st->stx_ino,
		.seconds = (uint64_t)st->stx_ctime.tv_sec,
		.nanoseconds = st->stx_ctime.tv_nsec,
		.uid = st->stx_uid, .gid = st->stx_gid, .mode = st->stx_mode,
	};
	if (!map_ids(&looks, &st->stx_uid, &st->stx_gid) ||
	    (st->stx_mask & STATX_NEEDED) != STATX_NEEDED ||
	    is_suspect_text(f, 1) ||
	    may_differ(&looks, f, what_is_named(f, 1, f->args[2]), f->args[2]))
		return AGENT_ASK;
	return st == &copy ? give(f, st, f->args[4], sizeof(copy)) : 0;
}

/* ---- who the process is ---- */

/* Where each can be written: the kernel would not mind NULL. */
static int are_writable(const struct frame *f, uint64_t len)
{
	for (int i = 0; i < 3; i++)
		if (!f->args[i] || !is_writable(f, f->args[i], len))
			return 0;
	return 1;
}

/* getresuid and getresgid */
long agent_three_ids(const struct frame *f)
{
	const volatile struct agent_creds *creds = &VIEW->creds;
	const volatile struct agent_users *users = &VIEW->users;
	const int gids = f->nr == __NR_getresgid;
	const uint64_t seq = users->seq;
	const uint32_t ids[3] = {
		gids ? creds->gid : creds->uid,
		gids ? creds->egid : creds->euid,
		gids ? users->sgid : users->suid,
	};

	if (!seq || !ids[0] || !ids[1] || !are_writable(f, sizeof(*ids)) ||
	    users->seq != seq)
		return AGENT_ASK;
	for (int i = 0; i < 3; i++)
		*(uint32_t *)f->args[i] = ids[i] - 1;
	return 0;
}

/* Of none there is nothing to be written. */
long agent_groups(const struct frame *f)
{
	const uint64_t seq = VIEW->users.seq, n = VIEW->users.groups;

	return seq && n == 0 && (int)f->args[0] >= 0 && VIEW->users.seq == seq ?
		       0 : AGENT_ASK;
}

/* setuid and setgid to what all ids are already. */
long agent_stay(const struct frame *f)
{
	const int gid = f->nr == __NR_setgid;
	const uint64_t seq = VIEW->users.seq, is = VIEW->users.is;
	const uint32_t id = gid ? VIEW->creds.gid : VIEW->creds.uid;

	return seq && id == (uint32_t)f->args[0] + 1 && id &&
	       (is & (gid ? AGENT_USER_ONE_GID : AGENT_USER_ONE_UID)) &&
	       VIEW->users.seq == seq ? 0 : AGENT_ASK;
}

/* ---- making and changing ---- */

/*
 * May the kernel make a file at the path in @arg? Not where the folder hands a
 * group down, or has a record.
 */
static int may_create(const struct frame *f, int arg)
{
	uint64_t dirfd = base_of(f, arg);
	char path[PATH_SIZE];
	struct looks looks;
	int n = copy_path(f, arg, path, sizeof(path));

	while (n > 1 && path[n - 1] == '/')
		n--;
	if (n <= 0)
		return 0;
	while (n > 0 && path[n - 1] != '/')
		n--;
	if (n == 0)
		path[n++] = '.';
	path[n] = 0;
	return look_from(dirfd, (uint64_t)(uintptr_t)path, 0, &looks) == 0 &&
	       !(looks.mode & S_ISGID) && looks.dev != VIEW->proc_dev &&
	       (looks.uid != VIEW->users.own ||
		(has_attributes(&looks) &&
		 attributes_from(dirfd, (uint64_t)(uintptr_t)path, 0) == 0));
}

int may_open_first(const struct frame *f, int arg)
{
	return is_root() && !(f->args[arg + 1] & (O_CREAT | __O_TMPFILE));
}

/* A device is a record of an empty file. */
int is_no_device(const struct looks *looks, long fd)
{
	const struct frame by_fd = { .args = { (uint64_t)fd } };

	if (looks->dev == VIEW->proc_dev)
		return 0;
	return looks->size > 0 || !S_ISREG(looks->mode) ||
	       !may_differ(looks, &by_fd, -1, 0);
}

int may_open(const struct frame *f, int arg)
{
	uint64_t how = f->args[arg + 1], flags = 0;
	struct looks looks;
	long r;

	if ((how & __O_TMPFILE) || !is_self())
		return 0;
	if (may_open_first(f, arg))
		return 1;
	if ((how & O_NOFOLLOW) || (how & (O_CREAT | O_EXCL)) ==
				  (O_CREAT | O_EXCL))
		flags = AT_SYMLINK_NOFOLLOW;
	if (!may_go(f, arg, flags))
		return 0;
	/* What is to be new the kernel makes, or says that it is there. */
	r = (how & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL) ?
		    -ENOENT : look_at(f, arg, flags, &looks);
	if (r == 0)
		return !may_differ(&looks, f, arg, flags);
	if (r == -EFAULT)
		return 0;
	return !(how & O_CREAT) ||
	       (r == -ENOENT && !(f->args[arg + 2] & (S_ISUID | S_ISGID)) &&
		may_create(f, arg));
}

/* One that is locked is opened up by who goes into it: owner_lift() */
long agent_mkdir(const struct frame *f, int arg)
{
	long r;

	if ((f->args[arg + 1] & (S_ISUID | S_ISGID)) || !is_self() ||
	    !may_go(f, arg, AT_SYMLINK_NOFOLLOW) || !may_create(f, arg))
		return AGENT_ASK;
	r = agent_native(f);
	return r == -EACCES ? AGENT_ASK : r;
}

/* symlink(@target, path), and symlinkat(@target, dirfd, path) */
long agent_symlink(const struct frame *f, const struct frame *named)
{
	long r;

	if (!is_self() || !may_go(named, 1, AT_SYMLINK_NOFOLLOW) ||
	    !may_create(named, 1))
		return AGENT_ASK;
	r = agent_native(f);
	return r == -EACCES ? AGENT_ASK : r;
}

/* What the user himself may do to a file that has no record. */
static int may_change(const struct frame *f, int arg, uint64_t flags,
		      struct looks *looks)
{
	return is_self() && (arg < 0 || may_go(f, arg, flags)) && look_at(f, arg, flags, looks) == 0 &&
	       looks->uid == VIEW->users.own &&
	       !may_differ_now(looks, f, arg, flags);
}

/* May the kernel be asked to enter the folder? */
int may_enter(const struct frame *f, int arg)
{
	struct looks looks;

	if (searches_all())
		return 1;
	return is_self() && (arg < 0 || may_go(f, arg, 0)) &&
	       look_at(f, arg, 0, &looks) == 0 &&
	       !may_differ(&looks, f, arg, 0);
}

/* And to set the times of the file? Root has the right to all. */
int may_touch(const struct frame *f, int arg, uint64_t flags)
{
	struct looks looks;

	return is_root() || may_change(f, arg, flags, &looks);
}

/* To the owner that it has already, with all else that a chown does. */
long agent_chown(const struct frame *f, int arg)
{
	uint64_t flags = f->nr == __NR_fchownat ? f->args[4] :
			 f->nr == __NR_lchown	? AT_SYMLINK_NOFOLLOW : 0;
	int at = arg < 0 ? 1 : arg + 1;
	uint32_t uid = (uint32_t)f->args[at], gid = (uint32_t)f->args[at + 1];
	struct frame none = *f;
	struct looks looks;
	uint32_t now[2];

	none.args[at] = none.args[at + 1] = UINT32_MAX;
	if ((flags & ~(uint64_t)AT_SYMLINK_NOFOLLOW) ||
	    !may_change(f, arg, flags, &looks) ||
	    !map_ids(&looks, &now[0], &now[1]) ||
	    (uid != UINT32_MAX && uid != now[0]) ||
	    (gid != UINT32_MAX && (gid != now[1] || gid == AGENT_OVERFLOW)))
		return AGENT_ASK;
	return agent_native(&none);
}

/* To a mode that its user can have, too: real_mode() of src/owner/owner.c */
static int may_chmod(const struct frame *f, int arg, uint32_t mode)
{
	struct looks looks;

	return !(mode & ~UINT32_C(0777)) && (mode & 0600) == 0600 &&
	       (!(mode & 0111) || (mode & 0100)) &&
	       may_change(f, arg, 0, &looks) &&
	       (S_ISDIR(looks.mode) ? mode & 0100 : S_ISREG(looks.mode));
}

long agent_chmod(const struct frame *f, int arg)
{
	uint32_t mode = (uint32_t)f->args[arg < 0 ? 1 : arg + 1];

	return may_chmod(f, arg, mode) ? agent_native(f) : AGENT_ASK;
}

long agent_chmod_own(const struct frame *f, int fd)
{
	const struct frame by_fd = { .args = { (uint64_t)fd } };
	char link[OWN_LINK_SIZE];
	struct frame own = *f;

	if (!may_chmod(&by_fd, -1, (uint32_t)f->args[1]))
		return AGENT_ASK;
	name_descriptor(fd, link);
	own.args[0] = (uint64_t)(uintptr_t)link;
	return agent_native(&own);
}
