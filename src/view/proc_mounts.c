/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mounts, mountinfo and mountstats of a process with a mount namespace of its
 * own, as fs/proc_namespace.c prints them: what can be reached from its root.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <utlist.h>
#include "src/ns/mnt.h"
#include "src/task/task.h"
#include "src/view/root.h"
#include "src/view/view.h"

/* Of the topmost: one that nobody sees. */
#define HIDDEN_ID 1

static void put_escaped(const char *text, FILE *out)
{
	for (; *text; text++)
		if (strchr(" \t\n\\#", *text))
			fprintf(out, "\\%03o", (unsigned char)*text);
		else
			fputc(*text, out);
}

static const struct {
	unsigned int flag;
	const char *word;
} words[] = {
	{ MS_NOSUID, "nosuid" },	   { MS_NODEV, "nodev" },
	{ MS_NOEXEC, "noexec" },	   { MS_NOATIME, "noatime" },
	{ MS_NODIRATIME, "nodiratime" },   { MS_RELATIME, "relatime" },
	{ MS_NOSYMFOLLOW, "nosymfollow" },
};

static void put_flags(const struct mount *mount, bool read_only, FILE *out)
{
	fputs(read_only ? " ro" : " rw", out);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (mount->flags & words[i].flag)
			fprintf(out, ",%s", words[i].word);
}

static void put_options(const struct mount_fs *fs, FILE *out)
{
	if (*fs->options)
		fprintf(out, ",%s", fs->options);
}

/* The nearest group above @mount that can be seen. get_dominating_id() */
static unsigned int seen_master(const struct mount *mount)
{
	const struct mount *one;
	unsigned int group = mount->master;

	for (; group; group = mount_group_master(group))
		DL_FOREACH (mount->tree->list, one)
			if (one->shared == group && one->point)
				return group;
	return 0;
}

static void put_peers(const struct mount *mount, FILE *out)
{
	unsigned int seen = seen_master(mount);

	if (mount->shared)
		fprintf(out, " shared:%u", mount->shared);
	if (mount->master)
		fprintf(out, " master:%u", mount->master);
	if (seen != 0 && seen != mount->master)
		fprintf(out, " propagate_from:%u", seen);
	if (mount->unbindable)
		fputs(" unbindable", out);
}

static void put_info(const struct mount *mount, const char *point, FILE *out)
{
	const struct mount_fs *fs = mount->fs;

	fprintf(out, "%d %d %u:%u ", mount->id,
		mount->parent ? mount->parent->id : HIDDEN_ID, fs->major,
		fs->minor);
	put_escaped(mount->subtree, out);
	fputc(' ', out);
	put_escaped(point, out);
	put_flags(mount, mount->flags & MS_RDONLY, out);
	put_peers(mount, out);
	fprintf(out, " - %s ", fs->type);
	put_escaped(mount->source, out);
	fputs(fs->read_only ? " ro" : " rw", out);
	put_options(fs, out);
	fputc('\n', out);
}

static void put_line(const struct mount *mount, const char *point, FILE *out)
{
	put_escaped(mount->source, out);
	fputc(' ', out);
	put_escaped(point, out);
	fprintf(out, " %s", mount->fs->type);
	put_flags(mount, mount->flags & MS_RDONLY || mount->fs->read_only, out);
	put_options(mount->fs, out);
	fputs(" 0 0\n", out);
}

static void put_stats(const struct mount *mount, const char *point, FILE *out)
{
	fputs("device ", out);
	put_escaped(mount->source, out);
	fputs(" mounted on ", out);
	put_escaped(point, out);
	fprintf(out, " with fstype %s\n", mount->fs->type);
}

long proc_mounts(const struct task *viewer, const struct place *place,
		 char *real, size_t len, FILE *out)
{
	const struct task *task = view_subject(viewer, place->path);
	const char *name = strrchr(place->path, '/') + 1;
	struct mnt_namespace *ns = task ? mnt_own(task) : NULL;
	const struct mount *mount;

	(void)real;
	(void)len;
	if (!ns)
		return 0;
	root_find_points(task, &ns->mounts);
	DL_FOREACH (ns->mounts.list, mount) {
		if (!mount->point)
			continue;
		if (strcmp(name, "mountinfo") == 0)
			put_info(mount, mount->point, out);
		else if (strcmp(name, "mountstats") == 0)
			put_stats(mount, mount->point, out);
		else
			put_line(mount, mount->point, out);
	}
	root_forget_points(&ns->mounts);
	return 0;
}
