/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mount namespace.
 *
 * Theory of operation. Nothing is ever mounted on the host: a mount is an entry
 * in a tree that nsrun keeps, and the paths of the tasks in the namespace are
 * resolved by it (view/root_walk.c). So an entry is worth nothing to who goes
 * round nsrun, and costs nothing to who is in no such namespace, or in one
 * where nothing was mounted yet (`active`).
 *
 * A new one begins as a copy: of the tree above it, or, in the first, of what
 * the host has mounted, each with an entry of its own. These are locked, as in
 * the kernel's for another user namespace: none can be taken off alone, so
 * what the kernel has mounted is always there to be seen. Who may mount is
 * decided by the user namespace that it was made in; without one nobody may,
 * and it stays what it was made from.
 *
 * Follows fs/namespace.c, Linux 6.x; doc/mounts.md says where it does not.
 */
#include "src/ns/mnt.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <utlist.h>
#include "src/host/sys.h"
#include "src/ns/ns.h"
#include "src/ns/user_cred.h"
#include "src/task/agent.h"
#include "src/task/task.h"
#include "src/view/root.h"
#include "src/view/spot.h"

#define LINE_WORDS 32

static_assert(offsetof(struct mnt_namespace, common) == 0, "by its common");

static struct mnt_namespace *mnt_of_common(struct ns_common *ns)
{
	return (struct mnt_namespace *)ns;
}

struct mnt_namespace *mnt_of_tree(struct mounts *tree)
{
	return (struct mnt_namespace *)((char *)tree -
					offsetof(struct mnt_namespace, mounts));
}

static void mnt_get(struct ns_common *ns)
{
	mnt_of_common(ns)->refs++;
}

static void mnt_put(struct ns_common *common)
{
	struct mnt_namespace *ns = mnt_of_common(common);

	if (--ns->refs > 0)
		return;
	root_put(ns->first_root);
	for (int i = 0; i < MNT_KEPT; i++)
		mount_fs_put(ns->kept[i]);
	mounts_clear(&ns->mounts);
	ns_common_gone(common);
	free(ns);
}

struct mnt_namespace *mnt_own(const struct task *task)
{
	struct mnt_namespace *ns = task->nsproxy->mnt;

	return ns && ns->mounts.top ? ns : NULL;
}

void mnt_keep(struct mnt_namespace *ns, struct mount_fs *fs)
{
	struct mount_fs **slot = &ns->kept[ns->last_kept % MNT_KEPT];

	if (!fs->folder)
		return;
	for (int i = 0; i < MNT_KEPT; i++)
		if (ns->kept[i] == fs)
			return;
	ns->last_kept++;
	mount_fs_put(*slot);
	*slot = mount_fs_get(fs);
}

bool mnt_needs_arm(const struct task *task)
{
	return mnt_own(task) && !task->root_armed;
}

struct mnt_namespace *mnt_active(const struct task *task)
{
	struct mnt_namespace *ns = task->nsproxy->mnt;

	return ns && ns->active ? ns : NULL;
}

void mnt_activate(struct mnt_namespace *ns)
{
	struct group *group;
	struct task *task;

	if (ns->active)
		return;
	ns->active = true;
	DL_FOREACH (instance.groups, group)
		DL_FOREACH2(group->tasks, task, in_group_next)
	if (task->nsproxy->mnt == ns)
		agent_note_root(group);
}

/* ---- what the host has mounted ---- */

/* \040 and its like, in place. */
static void unescape(char *text)
{
	char *to = text;

	for (const char *at = text; *at; at++) {
		unsigned int code;

		if (*at == '\\' && sscanf(at + 1, "%3o", &code) == 1) {
			*to++ = (char)code;
			at += 3;
		} else {
			*to++ = *at;
		}
	}
	*to = 0;
}

static const struct {
	const char *word;
	unsigned int flag;
} flag_words[] = {
	{ "ro", MS_RDONLY },	     { "nosuid", MS_NOSUID },
	{ "nodev", MS_NODEV },	     { "noexec", MS_NOEXEC },
	{ "noatime", MS_NOATIME },   { "nodiratime", MS_NODIRATIME },
	{ "relatime", MS_RELATIME },
};

static unsigned int parse_flags(char *words)
{
	unsigned int flags = 0;
	char *word;

	while ((word = strsep(&words, ",")))
		for (size_t i = 0; i < sizeof(flag_words) / sizeof(*flag_words);
		     i++)
			if (strcmp(word, flag_words[i].word) == 0)
				flags |= flag_words[i].flag;
	return flags;
}

/* One line of mountinfo, cut into its words. */
struct line {
	int id, parent;
	unsigned int major, minor;
	const char *root, *point, *type, *source, *options;
	unsigned int flags, shared, master;
	bool read_only;
};

static bool parse_line(char *text, struct line *ret_line)
{
	char *words[LINE_WORDS];
	int n = 0, dash = 6;

	while (n < LINE_WORDS && (words[n] = strsep(&text, " ")))
		n++;
	*ret_line = (struct line){ 0 };
	while (dash < n && strcmp(words[dash], "-") != 0) {
		sscanf(words[dash], "shared:%u", &ret_line->shared);
		sscanf(words[dash++], "master:%u", &ret_line->master);
	}
	if (dash + 3 >= n ||
	    sscanf(words[2], "%u:%u", &ret_line->major, &ret_line->minor) != 2)
		return false;
	ret_line->id = atoi(words[0]);
	ret_line->parent = atoi(words[1]);
	ret_line->root = words[3];
	ret_line->point = words[4];
	ret_line->flags = parse_flags(words[5]);
	ret_line->type = words[dash + 1];
	ret_line->source = words[dash + 2];
	ret_line->read_only = strncmp(words[dash + 3], "ro", 2) == 0;
	ret_line->options = words[dash + 3] + 2;
	ret_line->options += *ret_line->options == ',';
	unescape(words[4]);
	return true;
}

/* What the host's ids have become, in the order of their lines. */
struct known {
	int id;
	struct mount *mount;
};

static struct mount *find_known(const struct known *known, unsigned int n,
				int id)
{
	while (n-- > 0)
		if (known[n].id == id)
			return known[n].mount;
	return NULL;
}

static struct mount *add_line(struct mounts *tree, const struct line *line,
			      struct mount *parent)
{
	struct mount_fs *fs = mnt_fs_host(line->type, line->options,
					  line->major, line->minor);
	struct mount *mount = NULL;
	struct spot *spot;

	if (!fs)
		return NULL;
	fs->read_only = line->read_only;
	if (spot_open(line->point, &spot) == 0) {
		mount = mount_create(fs, spot, line->source, line->root);
		if (mount) {
			mount->flags = line->flags;
			mount->shared = line->shared;
			mount->master = line->master;
			mount_attach(tree, mount, parent, spot);
		}
		spot_put(spot);
	}
	mount_fs_put(fs);
	return mount;
}

/*
 * The kernel goes through what is mounted by itself, so the point of a mount
 * is seen as where it begins. What can't be looked at is left out.
 */
static int copy_host(struct mounts *tree)
{
	static char text[256 * 1024];
	struct known known[MOUNTS_MAX];
	unsigned int n = 0;
	char *rest = text, *row;

	if (sys_read_file("/proc/self/mountinfo", text, sizeof(text)) < 0)
		return -ENOMEM;
	while (n < MOUNTS_MAX && (row = strsep(&rest, "\n"))) {
		struct mount *parent;
		struct line line;

		if (!parse_line(row, &line))
			continue;
		parent = find_known(known, n, line.parent);
		if (!parent && (tree->top || strcmp(line.point, "/") != 0))
			continue;
		known[n].mount = add_line(tree, &line, parent);
		known[n].id = line.id;
		n += known[n].mount != NULL;
	}
	return tree->top ? 0 : -ENOMEM;
}

/* ---- the kind of namespace ---- */

static struct user_namespace *first_owner; /* of what the host has mounted */

static int mnt_create(struct nsproxy *proxy, const struct ns_config *config)
{
	(void)config;
	if (!first_owner && proxy->user)
		first_owner = user_ns_get(proxy->user);
	return 0;
}

static void mnt_release(struct nsproxy *proxy)
{
	if (proxy->mnt)
		mnt_put(&proxy->mnt->common);
	proxy->mnt = NULL;
}

static void mnt_share(struct nsproxy *to, const struct nsproxy *from)
{
	to->mnt = from->mnt;
	if (to->mnt)
		to->mnt->refs++;
}

static bool all(const struct mount *mount, const void *data)
{
	(void)mount;
	(void)data;
	return true;
}

/* The tree of @old, and where @root lies in it. */
static int copy_tree(struct mnt_namespace *ns, struct mnt_namespace *old,
		     const struct root *root)
{
	struct mount *top = old->mounts.top, *copy;
	int r = mount_copy(top, &ns->mounts, NULL, top->at, top->root, all,
			   NULL, &copy);

	if (r < 0)
		return r;
	ns->first_root = root_moved(root);
	ns->active = old->active;
	memcpy(ns->hints, old->hints, sizeof(ns->hints));
	for (int i = 0; i < MNT_HINTS; i++) {
		const struct mount *one;

		DL_FOREACH (old->mounts.list, one)
			if (one->twin && one->id == ns->hints[i].mount)
				ns->hints[i].mount = one->twin->id;
	}
	mounts_settle(&old->mounts);
	return 0;
}

static int fill(struct mnt_namespace *ns, struct mnt_namespace *old,
		const struct task *task)
{
	int r;

	if (old && old->mounts.top)
		return copy_tree(ns, old, task->root);
	r = copy_host(&ns->mounts);
	if (r == 0)
		ns->first_root = root_in(&ns->mounts, task->root);
	return r;
}

static int mnt_copy(struct nsset *set, struct task *task)
{
	struct mnt_namespace *old = set->proxy->mnt;
	struct mnt_namespace *ns = calloc(1, sizeof(*ns));
	int r = 0;

	if (!ns)
		return -ENOMEM;
	ns->refs = 1;
	ns_common_init(&ns->common, &mnt_ns_ops, set->proxy->user);
	if (set->proxy->user)
		r = fill(ns, old, task);
	if (r == 0 && ns->mounts.top &&
	    (!old || old->common.owner != ns->common.owner))
		mounts_lock(&ns->mounts);
	if (r < 0) {
		mnt_put(&ns->common);
		return r;
	}
	mnt_release(set->proxy);
	set->proxy->mnt = ns;
	return 0;
}

static struct ns_common *mnt_of(const struct task *task)
{
	struct mnt_namespace *ns = task->nsproxy->mnt;

	return ns ? &ns->common : NULL;
}

/* mntns_install() */
static int mnt_install(struct nsset *set, struct task *task,
		       struct ns_common *ns)
{
	if (task->cred &&
	    (!user_cred_capable(task->cred, set->proxy->user, CAP_SYS_CHROOT) ||
	     (!ns && !user_cred_capable(task->cred, first_owner,
					CAP_SYS_ADMIN))))
		return -EPERM;
	if (!set->own_folder && root_is_shared(task))
		return -EINVAL;
	if (ns)
		mnt_get(ns);
	mnt_release(set->proxy);
	set->proxy->mnt = mnt_of_common(ns);
	nsproxy_own_mounts(set->proxy, ns ? ns->owner : first_owner);
	return 0;
}

struct root *mnt_take_root(struct mnt_namespace *ns)
{
	struct root *root = ns->first_root;

	ns->first_root = NULL;
	return root;
}

struct root *mnt_root_for_child(const struct task *task,
				const struct nsproxy *proxy)
{
	if (proxy->mnt == task->nsproxy->mnt)
		return root_get(task->root);
	return proxy->mnt ? mnt_take_root(proxy->mnt) : NULL;
}

/* Its root is that of a new one, or the top of another. */
static void mnt_leave(struct task *task, const struct nsproxy *next)
{
	if (next->mnt == task->nsproxy->mnt)
		return;
	root_put(task->root);
	task->root = next->mnt ? mnt_take_root(next->mnt) : NULL;
	if (next->mnt && next->mnt->active)
		agent_note_root(task->group);
}

const struct ns_ops mnt_ns_ops = {
	.name = "mnt",
	.kind = NS_BASE,
	.flag = CLONE_NEWNS,
	.has_host = true,
	.create = mnt_create,
	.release = mnt_release,
	.share = mnt_share,
	.copy = mnt_copy,
	.of = mnt_of,
	.get = mnt_get,
	.put = mnt_put,
	.install = mnt_install,
	.leave = mnt_leave,
};
