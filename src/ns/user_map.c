/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is written to uid_map, gid_map, projid_map and setgroups of /proc/PID.
 * Follows map_write(), new_idmap_permitted() and proc_setgroups_write() of
 * kernel/user_namespace.c, Linux 6.18.
 */
#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <utlist.h>
#include "src/ns/user_cred.h"
#include "src/task/agent.h"

#define SETGROUPS_TEXT_MAX 8

long user_map_open(struct task *opener, struct user_namespace *ns,
		   enum user_map map, struct user_map_file *ret_file)
{
	struct user_cred *cred;

	if (!ns)
		return -EPERM;
	cred = opener->cred ? user_cred_get(opener->cred)
			    : user_cred_prepare(opener);
	if (!cred)
		return -ENOMEM;
	if (map == USER_MAP_SETGROUPS &&
	    !user_cred_capable(cred, ns, CAP_SYS_ADMIN)) {
		user_cred_put(cred);
		return -EACCES;
	}
	*ret_file = (struct user_map_file){
		.map = map,
		.ns = user_ns_get(ns),
		.opener = cred,
	};
	return 0;
}

void user_map_close(struct user_map_file *file)
{
	user_ns_put(file->ns);
	user_cred_put(file->opener);
	*file = (struct user_map_file){ 0 };
}

static struct idmap *map_of(struct user_namespace *ns, enum user_map map)
{
	return map == USER_MAP_UID   ? &ns->uids
	       : map == USER_MAP_GID ? &ns->gids
				     : &ns->projids;
}

/*
 * A file of root's above could be given capabilities that count there. So who
 * would be root above must have the right to give such: verify_root_map()
 */
static bool may_map_root(const struct user_map_file *file,
			 const struct idmap *new_map)
{
	bool root = false;

	for (size_t i = 0; i < new_map->n; i++)
		if (new_map->extents[i].lower == 0)
			root = true;
	if (!root)
		return true;
	if (file->opener->ns == file->ns)
		return file->ns->could_setfcap;
	return user_cred_capable(file->opener, file->ns->parent, CAP_SETFCAP);
}

/* One id, one's own, which needs no right above. */
static bool is_own_id(const struct user_map_file *file,
		      const struct idmap *new_map)
{
	const struct user_namespace *ns = file->ns;
	const struct user_cred *cred = file->opener;
	const struct idmap_extent *e = &new_map->extents[0];

	if (new_map->n != 1 || e->count != 1 || ns->owner != cred->euid)
		return false;
	if (file->map == USER_MAP_UID)
		return user_make_kuid(ns->parent, e->lower) == cred->euid;
	return ns->setgroups_denied &&
	       user_make_kgid(ns->parent, e->lower) == cred->egid;
}

/* new_idmap_permitted() */
static bool is_permitted(const struct user_map_file *file,
			 const struct user_cred *writer,
			 const struct idmap *new_map)
{
	const struct user_namespace *parent = file->ns->parent;
	int cap = file->map == USER_MAP_UID ? CAP_SETUID : CAP_SETGID;

	if (file->map == USER_MAP_PROJID)
		return true;
	if (file->map == USER_MAP_UID && !may_map_root(file, new_map))
		return false;
	if (is_own_id(file, new_map))
		return true;
	return user_cred_capable(writer, parent, cap) &&
	       user_cred_capable(file->opener, parent, cap);
}

/* From ids of the parent to kernel ids. Return: false: some do not exist. */
static bool lower(const struct user_map_file *file, struct idmap *new_map)
{
	struct user_namespace *parent = file->ns->parent;

	for (size_t i = 0; parent && i < new_map->n; i++) {
		struct idmap_extent *e = &new_map->extents[i];

		e->lower = idmap_lower_range(map_of(parent, file->map),
					     e->lower, e->count);
		if (e->lower == IDMAP_NONE)
			return false;
	}
	return true;
}

/* What they tell of users may have changed. */
static void tell_agents(const struct user_namespace *ns)
{
	const struct group *group;

	DL_FOREACH(instance.groups, group)
		if (group->tasks && user_ns(group->tasks) == ns)
			agent_users_changed(group);
}

static long write_map(struct user_map_file *file,
		      const struct user_cred *writer, const char *text)
{
	struct idmap *map = map_of(file->ns, file->map), new_map = { 0 };

	if (file->opener->ns != file->ns &&
	    file->opener->ns != file->ns->parent)
		return -EPERM;
	if (!text)
		return -EINVAL;
	/* Once and for all. */
	if (map->n > 0 ||
	    (file->map != USER_MAP_PROJID &&
	     !user_cred_capable(file->opener, file->ns, CAP_SYS_ADMIN)))
		return -EPERM;
	if (idmap_parse(&new_map, text) < 0)
		return -EINVAL;
	if (!is_permitted(file, writer, &new_map) || !lower(file, &new_map))
		return -EPERM;
	*map = new_map;
	tell_agents(file->ns);
	return 0;
}

static long write_setgroups(struct user_namespace *ns, const char *text)
{
	bool allow;

	if (!text || strlen(text) >= SETGROUPS_TEXT_MAX)
		return -EINVAL;
	allow = strncmp(text, "allow", 5) == 0;
	if (!allow && strncmp(text, "deny", 4) != 0)
		return -EINVAL;
	text += allow ? 5 : 4;
	if (text[strspn(text, " \t\n\v\f\r")])
		return -EINVAL;
	if (allow ? ns->setgroups_denied : ns->gids.n > 0)
		return -EPERM;
	ns->setgroups_denied = !allow;
	return 0;
}

long user_map_write(struct user_map_file *file, struct task *writer,
		    const char *text, size_t len)
{
	const struct user_cred *cred =
		writer && writer->cred ? writer->cred : file->opener;
	long r;

	if (file->written || len >= USER_MAP_TEXT_MAX)
		text = NULL;
	r = file->map == USER_MAP_SETGROUPS ? write_setgroups(file->ns, text)
					    : write_map(file, cred, text);
	if (r < 0)
		return r;
	file->written = true;
	return (long)len;
}
