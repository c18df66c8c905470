/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Peer groups of mounts; see mounts.h. Follows fs/pnode.c, where each mount
 * knows its peers and slaves; here it has the numbers of two groups, and who is
 * in them is looked for in all trees.
 */
#include "tables/mounts.h"

#include <errno.h>
#include <stddef.h>

/* Those of the host's are shown too, and stay below. */
#define GROUP_FIRST 1000000

unsigned int mount_group_new(void)
{
	static unsigned int last = GROUP_FIRST;

	return ++last;
}

static const struct mount *find_other(unsigned int group,
				      const struct mount *but)
{
	const struct mount *one;

	for (one = mounts_next(NULL); one; one = mounts_next(one))
		if (one != but && one->shared == group)
			return one;
	return NULL;
}

bool mount_has_peer(const struct mount *mount)
{
	return mount->shared && find_other(mount->shared, mount);
}

unsigned int mount_group_master(unsigned int id)
{
	const struct mount *one = find_other(id, NULL);

	return one ? one->master : 0;
}

void mount_leave_peers(struct mount *mount)
{
	unsigned int group = mount->shared;
	struct mount *one;

	mount->shared = 0;
	if (!group || find_other(group, mount))
		return;
	for (one = mounts_next(NULL); one; one = mounts_next(one))
		if (one->master == group)
			one->master = mount->master;
}

static bool is_known(const struct mount_groups *groups, unsigned int id)
{
	for (unsigned int i = 0; i < groups->n; i++)
		if (groups->list[i].id == id)
			return true;
	return false;
}

int mount_groups_find(unsigned int first, struct mount_groups *ret_groups)
{
	struct mount_groups *groups = ret_groups;
	const struct mount *one;

	groups->list[0] = (struct mount_group){ .id = first };
	groups->n = 1;
	for (unsigned int i = 0; i < groups->n; i++) {
		const struct mount_group *upper = &groups->list[i];

		for (one = mounts_next(NULL); one; one = mounts_next(one)) {
			if (one->master != upper->id || !one->shared ||
			    is_known(groups, one->shared))
				continue;
			if (groups->n == MOUNT_GROUPS_MAX)
				return -ENOSPC;
			groups->list[groups->n++] = (struct mount_group){
				.id = one->shared,
				.upper = upper,
			};
		}
	}
	return 0;
}
