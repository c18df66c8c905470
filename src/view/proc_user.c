/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of /proc that speak of users, groups and capabilities. Follows
 * fs/proc/array.c and kernel/user_namespace.c.
 */
#include "src/view/proc_user.h"

#include <fcntl.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "src/ns/user_access.h"
#include "src/ns/user_cred.h"
#include "src/task/creds.h"

/* ---- whose file it is ---- */

/* "N/…" or "N/task/T/…": *@ret_task is NULL for a zombie. */
static struct group *subject(const struct task *viewer,
			     const struct place *place, struct task **ret_task)
{
	int tgid, tid, n = sscanf(place->path, "%d/task/%d", &tgid, &tid);

	*ret_task = NULL;
	if (n < 1)
		return NULL;
	if (n == 1)
		tid = tgid;
	*ret_task = task_by_number(viewer, (ns_pid){ tid });
	return *ret_task ? (*ret_task)->group
			 : group_by_number(viewer, (ns_pid){ tid });
}

const struct pid *proc_user_subject(const struct task *viewer,
				    const struct place *place)
{
	struct task *task;
	const struct group *group = subject(viewer, place, &task);

	return task ? task->tid : group ? group->tgid : NULL;
}

static const struct user_cred *subject_cred(const struct task *viewer,
					    const struct place *place)
{
	struct task *task;
	struct group *group = subject(viewer, place, &task);

	if (task)
		return task->cred;
	return group ? user_group_cred(group) : NULL;
}

/* ---- status ---- */

static void print_uids(const struct user_namespace *ns,
		       const struct user_cred *cred, FILE *out)
{
	fprintf(out, "Uid:\t%u\t%u\t%u\t%u\n", user_from_kuid(ns, cred->uid),
		user_from_kuid(ns, cred->euid), user_from_kuid(ns, cred->suid),
		user_from_kuid(ns, cred->fsuid));
}

static void print_gids(const struct user_namespace *ns,
		       const struct user_cred *cred, FILE *out)
{
	fprintf(out, "Gid:\t%u\t%u\t%u\t%u\n", user_from_kgid(ns, cred->gid),
		user_from_kgid(ns, cred->egid), user_from_kgid(ns, cred->sgid),
		user_from_kgid(ns, cred->fsgid));
}

static void print_groups(const struct user_namespace *ns,
			 const struct user_cred *cred, FILE *out)
{
	fputs("Groups:\t", out);
	for (size_t i = 0; cred->groups && i < cred->groups->n; i++)
		fprintf(out, "%s%u", i ? " " : "",
			user_from_kgid(ns, cred->groups->gids[i]));
	fputs(" \n", out);
}

/* A process outside: the host's numbers, each as it is seen here. */
static void print_host_ids(const struct user_namespace *ns, const char *line,
			   bool users, FILE *out)
{
	size_t key = strcspn(line, "\t");
	const char *next = line + key;
	char *end;

	fprintf(out, "%.*s", (int)key, line);
	for (;; next = end) {
		unsigned long id = strtoul(next, &end, 10);

		if (end == next)
			break;
		fprintf(out, "%c%u", *next,
			users ? user_uid_from_host(ns, (uint32_t)id)
			      : user_gid_from_host(ns, (uint32_t)id));
	}
	fprintf(out, "%s\n", next);
}

static bool is_key(const char *line, const char *key)
{
	return strncmp(line, key, strlen(key)) == 0;
}

static void print_caps(const char *key, uint64_t caps, FILE *out)
{
	fprintf(out, "%s\t%016" PRIx64 "\n", key, caps);
}

static bool print_caps_line(const struct user_cred *cred, const char *line,
			    FILE *out)
{
	if (is_key(line, "CapInh:"))
		print_caps("CapInh:", cred->inheritable, out);
	else if (is_key(line, "CapPrm:"))
		print_caps("CapPrm:", cred->permitted, out);
	else if (is_key(line, "CapEff:"))
		print_caps("CapEff:", cred->effective, out);
	else if (is_key(line, "CapBnd:"))
		print_caps("CapBnd:", cred->bounding, out);
	else if (is_key(line, "CapAmb:"))
		print_caps("CapAmb:", cred->ambient, out);
	else
		return false;
	return true;
}

bool proc_user_status_line(const struct task *viewer, const struct place *place,
			   const char *line, FILE *out)
{
	const struct user_namespace *ns = user_ns(viewer);
	const struct user_cred *cred = subject_cred(viewer, place);
	bool users = is_key(line, "Uid:");
	struct task *task;
	const struct group *group = subject(viewer, place, &task);

	if (is_key(line, "NoNewPrivs:") && group) {
		fprintf(out, "NoNewPrivs:\t%d\n",
			task ? task->no_new_privs : group->no_new_privs);
		return true;
	}
	if (!ns && !cred)
		return false;
	if (!users && !is_key(line, "Gid:") && !is_key(line, "Groups:"))
		return cred && print_caps_line(cred, line, out);
	if (!cred)
		print_host_ids(ns, line, users, out);
	else if (users)
		print_uids(ns, cred, out);
	else if (is_key(line, "Gid:"))
		print_gids(ns, cred, out);
	else
		print_groups(ns, cred, out);
	return true;
}

/* ---- the maps ---- */

/* In the ids of the viewer, or of the namespace above it if it is the same. */
static long print_map(const struct task *task, const struct place *place,
		      bool users, FILE *out)
{
	const struct user_cred *cred = subject_cred(task, place);
	const struct user_namespace *viewer = user_ns(task);
	const struct idmap *map;

	if (!cred)
		return VIEW_REAL;
	map = users ? &cred->ns->uids : &cred->ns->gids;
	if (viewer == cred->ns)
		viewer = viewer->parent;
	for (size_t i = 0; i < map->n; i++) {
		const struct idmap_extent *e = &map->extents[i];
		uint32_t lower = e->lower;

		if (viewer)
			lower = idmap_upper(
				users ? &viewer->uids : &viewer->gids, lower);
		fprintf(out, "%10u %10u %10u\n", e->first, lower, e->count);
	}
	return 0;
}

long proc_uid_map(const struct task *viewer, const struct place *place,
		  char *real, size_t len, FILE *out)
{
	(void)real;
	(void)len;
	return print_map(viewer, place, true, out);
}

long proc_gid_map(const struct task *viewer, const struct place *place,
		  char *real, size_t len, FILE *out)
{
	(void)real;
	(void)len;
	return print_map(viewer, place, false, out);
}

/* Projects of quotas: quotas are refused, so none is mapped. */
long proc_projid_map(const struct task *viewer, const struct place *place,
		     char *real, size_t len, FILE *out)
{
	(void)real;
	(void)len;
	(void)out;
	return subject_cred(viewer, place) ? 0 : VIEW_REAL;
}

long proc_setgroups(const struct task *viewer, const struct place *place,
		    char *real, size_t len, FILE *out)
{
	const struct user_cred *cred = subject_cred(viewer, place);

	(void)real;
	(void)len;
	if (!cred)
		return VIEW_REAL;
	fputs(cred->ns->setgroups_denied ? "deny\n" : "allow\n", out);
	return 0;
}

/* ---- others ---- */

/* Who logged in, which nothing inside changes; -1 is nobody. */
long proc_loginuid(const struct task *viewer, const struct place *place,
		   char *real, size_t len, FILE *out)
{
	const struct user_namespace *ns = user_ns(viewer);

	(void)place;
	(void)len;
	if (!ns)
		return VIEW_REAL;
	fprintf(out, "%u",
		idmap_upper(&ns->uids, (uint32_t)strtoul(real, NULL, 10)));
	return 0;
}

#define UID_COLUMN 7 /* of inet sockets */

/* As wide as it was. */
static void print_socket(const struct user_namespace *ns, const char *line,
			 FILE *out)
{
	const char *at = line;
	size_t width, digits;

	for (int i = 0; i < UID_COLUMN; i++) {
		at += strspn(at, " ");
		at += strcspn(at, " ");
	}
	width = strspn(at, " ");
	digits = strspn(at + width, "0123456789");
	if (!width || !digits) {
		fprintf(out, "%s\n", line); /* the head */
		return;
	}
	fprintf(out, "%.*s %*u%s\n", (int)(at - line), line,
		(int)(width + digits - 1),
		user_uid_from_host(ns,
				   (uint32_t)strtoul(at + width, NULL, 10)),
		at + width + digits);
}

/* The host's sockets, each of which has its real user. */
long proc_user_sockets(const struct task *viewer, const struct place *place,
		       char *real, size_t len, FILE *out)
{
	const struct user_namespace *ns = user_ns(viewer);
	char *line;

	(void)place;
	/* More of them than are read here: the last line is cut. */
	if (!ns || !len || real[len - 1] != '\n')
		return VIEW_REAL;
	while ((line = strsep(&real, "\n")))
		if (*line)
			print_socket(ns, line, out);
	return 0;
}

/* What the program was told at its exec. */
long proc_auxv(const struct task *viewer, const struct place *place, char *real,
	       size_t len, FILE *out)
{
	struct task *task;
	uint64_t entry[2];

	if (!subject(viewer, place, &task) || !task || !task->cred)
		return VIEW_REAL;
	for (size_t at = 0; at + sizeof(entry) <= len; at += sizeof(entry)) {
		memcpy(entry, real + at, sizeof(entry));
		entry[1] = user_auxv_value(task, entry[0], entry[1]);
		fwrite(entry, sizeof(entry), 1, out);
	}
	return 0;
}

/* ---- who may ---- */

/* Names of files and folders that ptrace_may_access() guards. */
static const char *const guarded[] = {
	"auxv",	  "cwd",	  "environ",   "exe",	      "fd",
	"fdinfo", "io",		  "map_files", "maps",	      "mem",
	"ns",	  "numa_maps",	  "pagemap",   "personality", "root",
	"smaps",  "smaps_rollup", "stack",     "syscall",     "timers",
};

static bool is_guarded(const char *path)
{
	size_t len;

	path += strspn(path, "0123456789");
	if (strncmp(path, "/task/", 6) == 0)
		path += 6 + strspn(path + 6, "0123456789");
	if (*path++ != '/')
		return false;
	len = strcspn(path, "/");
	for (size_t i = 0; i < sizeof(guarded) / sizeof(guarded[0]); i++)
		if (strlen(guarded[i]) == len &&
		    strncmp(guarded[i], path, len) == 0)
			return true;
	return false;
}

bool proc_user_may_follow(const struct task *viewer, const struct place *place)
{
	struct task *task;
	struct group *group;

	if (!viewer->cred || !is_guarded(place->path))
		return true;
	group = subject(viewer, place, &task);
	/* What is outside is of another user namespace; or it is not there. */
	if (!group)
		return task_pid_ns(viewer)->level > 0;
	return user_may_access(viewer, group, task, USER_ACCESS_FS);
}

/* Who owns a file of a process, in kernel ids: task_dump_owner() */
static bool find_owner(const struct task *viewer, const struct place *place,
		       mode_t mode, uint32_t *ret_kuid, uint32_t *ret_kgid)
{
	const struct user_cred *cred = subject_cred(viewer, place);
	bool whole = S_ISDIR(mode) && (mode & 0777) == 0555;
	struct task *task;
	const struct group *group = subject(viewer, place, &task);

	if (!viewer->cred || !cred)
		return false;
	if (whole || group->dumpable == 1) {
		*ret_kuid = cred->euid;
		*ret_kgid = cred->egid;
	} else { /* root of the namespace of its memory */
		*ret_kuid = user_make_kuid(cred->ns, 0);
		*ret_kgid = user_make_kgid(cred->ns, 0);
	}
	return true;
}

void proc_user_owner(const struct task *viewer, const struct place *place,
		     mode_t mode, uint32_t *uid, uint32_t *gid)
{
	const struct user_namespace *ns = user_ns(viewer);
	uint32_t kuid, kgid;

	if (find_owner(viewer, place, mode, &kuid, &kgid)) {
		*uid = user_from_kuid(ns, kuid);
		*gid = user_from_kgid(ns, kgid);
	} else {
		*uid = user_uid_from_host(ns, *uid);
		*gid = user_gid_from_host(ns, *gid);
	}
}

/* generic_permission() of fs/namei.c; @mask of R_OK and W_OK */
static bool has_permission(const struct user_cred *cred, mode_t mode,
			   uint32_t kuid, uint32_t kgid, unsigned int mask)
{
	mode_t bits = mode;

	if (cred->fsuid == kuid)
		bits >>= 6;
	else if (cred->fsgid == kgid || user_cred_in_group(cred, kgid))
		bits >>= 3;
	if (!(mask & ~bits & 07))
		return true;
	/* capable_wrt_inode_uidgid() */
	if (idmap_upper(&cred->ns->uids, kuid) == IDMAP_NONE ||
	    idmap_upper(&cred->ns->gids, kgid) == IDMAP_NONE)
		return false;
	return user_cred_capable(cred, cred->ns, CAP_DAC_OVERRIDE) ||
	       (mask == R_OK &&
		user_cred_capable(cred, cred->ns, CAP_DAC_READ_SEARCH));
}

bool proc_user_may_open(const struct task *viewer, const struct place *place,
			int flags)
{
	unsigned int mask = (flags & O_ACCMODE) == O_WRONLY   ? W_OK
			    : (flags & O_ACCMODE) == O_RDONLY ? R_OK
							      : R_OK | W_OK;
	char path[VIEW_PATH_MAX];
	uint32_t kuid, kgid;
	struct task *task;
	struct stat st;

	if (!viewer->cred || (flags & O_PATH) ||
	    view_host_path(viewer, place, path) < 0 || lstat(path, &st) < 0 ||
	    S_ISLNK(st.st_mode))
		return true;
	if (!find_owner(viewer, place, st.st_mode, &kuid, &kgid))
		return proc_user_may_follow(viewer, place);
	/* One's own folder of descriptors: proc_fd_permission() */
	if (S_ISDIR(st.st_mode) && is_guarded(place->path) &&
	    subject(viewer, place, &task) == viewer->group)
		return true;
	return has_permission(viewer->cred, st.st_mode, kuid, kgid, mask) &&
	       proc_user_may_follow(viewer, place);
}
