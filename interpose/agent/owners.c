/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The agent with a user namespace: owners of files.
 *
 * Theory of operation. A call that shows an owner writes into the agent's
 * stack, and the program gets that when the ids have been mapped. Only a file
 * of the real user may have a record that says something else. Whether it has
 * one the table tells, or, if it is a plain file or folder where such have
 * attributes, that it has none at all. Otherwise the supervisor is asked.
 *
 * Root inside, whom no mode binds, opens, makes and changes such files
 * natively, where that leads to no record either.
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
	return VIEW->users.seq && VIEW->users.root;
}

/* ---- looking ---- */

static void look(const struct stat *st, struct looks *looks)
{
	*looks = (struct looks){
		.dev = st->st_dev, .ino = st->st_ino,
		.seconds = (uint64_t)st->st_ctim.tv_sec,
		.nanoseconds = (uint64_t)st->st_ctim.tv_nsec,
		.uid = st->st_uid, .gid = st->st_gid, .mode = st->st_mode,
	};
}

/* Where the path in @arg begins. */
static uint64_t base_of(const struct frame *f, int arg)
{
	return arg ? f->args[0] : (uint64_t)AT_FDCWD;
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

static long attributes(const struct frame *f, int arg, uint64_t flags)
{
	const struct frame by_fd = { __NR_flistxattr, { f->args[0] } };

	if (arg < 0)
		return agent_native(&by_fd);
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

int may_differ(const struct looks *looks, const struct frame *f, int arg,
	       uint64_t flags)
{
	struct looks again;

	if (looks->dev == VIEW->proc_dev)
		return 1;
	if (looks->uid != VIEW->users.own || is_in_table(looks))
		return 0;
	if (!has_attributes(looks) || is_to_be_asked(looks) ||
	    attributes(f, arg, flags) != 0)
		return 1;
	return arg >= 0 && (look_at(f, arg, flags, &again) != 0 ||
			    !is_same(looks, &again));
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

static int show(const struct looks *looks, const struct frame *f, int arg,
		uint64_t flags, uint32_t *uid, uint32_t *gid)
{
	return map_ids(looks, uid, gid) && !may_differ(looks, f, arg, flags);
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
	struct frame other = *f;
	struct looks looks;
	struct stat st;
	long r;

	other.args[to] = (uint64_t)(uintptr_t)&st;
	r = agent_native(&other);
	if (r != 0)
		return r;
	look(&st, &looks);
	if (!show(&looks, f, what_is_named(f, arg, flags), flags, &st.st_uid,
		  &st.st_gid))
		return AGENT_ASK;
	return give(f, &st, f->args[to], sizeof(st));
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
	struct frame other = *f;
	struct looks looks;
	struct statx st;
	long r;

	other.args[4] = (uint64_t)(uintptr_t)&st;
	r = agent_native(&other);
	if (r != 0)
		return r;
	if ((st.stx_mask & STATX_NEEDED) != STATX_NEEDED)
		return AGENT_ASK;
	looks = (struct looks){
		.dev = device(st.stx_dev_major, st.stx_dev_minor),
		.ino = st.stx_ino,
		.seconds = (uint64_t)st.stx_ctime.tv_sec,
		.nanoseconds = st.stx_ctime.tv_nsec,
		.uid = st.stx_uid, .gid = st.stx_gid, .mode = st.stx_mode,
	};
	if (!show(&looks, f, what_is_named(f, 1, f->args[2]), f->args[2],
		  &st.stx_uid, &st.stx_gid))
		return AGENT_ASK;
	return give(f, &st, f->args[4], sizeof(st));
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
	int n = user_copy(path, (const char *)f->args[arg], sizeof(path));

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

int may_open(const struct frame *f, int arg)
{
	uint64_t how = f->args[arg + 1], flags = 0;
	struct looks looks;
	long r;

	if ((how & __O_TMPFILE) || !is_root())
		return 0;
	if ((how & O_NOFOLLOW) || (how & (O_CREAT | O_EXCL)) ==
				  (O_CREAT | O_EXCL))
		flags = AT_SYMLINK_NOFOLLOW;
	r = look_at(f, arg, flags, &looks);
	if (r == 0)
		return !may_differ(&looks, f, arg, flags);
	if (r == -EFAULT)
		return 0;
	return !(how & O_CREAT) ||
	       (r == -ENOENT && !(f->args[arg + 2] & (S_ISUID | S_ISGID)) &&
		may_create(f, arg));
}

/* A folder that the umask locks is opened up by who goes into it: open.c */
long agent_mkdir(const struct frame *f, int arg)
{
	uint32_t mode = (uint32_t)f->args[arg + 1];
	long r;

	if ((mode & 07700) != 0700 || !is_root() || !may_create(f, arg))
		return AGENT_ASK;
	r = agent_native(f);
	return r == -EACCES ? AGENT_ASK : r;
}

/* What root inside may do to a file that has no record. */
static int may_change(const struct frame *f, int arg, uint64_t flags,
		      struct looks *looks)
{
	return is_root() && look_at(f, arg, flags, looks) == 0 &&
	       looks->uid == VIEW->users.own &&
	       !may_differ(looks, f, arg, flags);
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
long agent_chmod(const struct frame *f, int arg)
{
	uint32_t mode = (uint32_t)f->args[arg < 0 ? 1 : arg + 1];
	struct looks looks;

	if ((mode & ~UINT32_C(0777)) || (mode & 0600) != 0600 ||
	    ((mode & 0111) && !(mode & 0100)) ||
	    !may_change(f, arg, 0, &looks) ||
	    (S_ISDIR(looks.mode) ? !(mode & 0100) : !S_ISREG(looks.mode)))
		return AGENT_ASK;
	return agent_native(f);
}
