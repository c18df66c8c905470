/* SPDX-License-Identifier: Apache-2.0 */
/*
 * User namespaces: which ids there are inside, and what they stand for.
 *
 * Three kinds of numbers. A *host* id is one that the host's kernel knows. An
 * id of a namespace is what the tasks in it see. Between them credentials are
 * kept as *kernel* ids, as in the kernel: a host id, or one that nsrun has
 * made up (from USER_MADE_UP on) for an id that exists inside and stands for
 * nobody outside. Ids of a namespace are unmapped or overflow (65534) where
 * they stand for nothing.
 */
#ifndef NSRUN_NS_USER_H
#define NSRUN_NS_USER_H

#include <stdbool.h>
#include <stdint.h>
#include "tables/idmap.h"
#include "tables/ns_common.h"

struct call;
struct task;
struct group;

#define USER_OVERFLOW 65534U	 /* overflowuid, overflowgid */
#define USER_NONE     IDMAP_NONE /* (uid_t)-1 */

/*
 * Where made up ids begin: a range that systemd's list of uids on Linux calls
 * unused. Nothing on the host is owned by them.
 */
#define USER_MADE_UP	   0x70000000U
#define USER_MADE_UP_COUNT 65536U

/* What a user namespace is to be made with. */
struct user_config {
	struct idmap uids, gids;
	bool setgroups_denied;
};

struct user_namespace {
	struct ns_common common;
	unsigned int refs;
	struct user_namespace *parent; /* owned reference; NULL: the host's */
	unsigned int level;	       /* the host's is 0 */
	uint32_t owner, group;	       /* kernel ids of who made it */
	struct idmap uids, gids;       /* to kernel ids */
	struct idmap projids;	       /* of quotas, which nobody has */
	bool setgroups_denied;
	bool could_setfcap; /* who made it had CAP_SETFCAP above */
};

/* As the kernel: one more is ENOSPC. */
#define USER_LEVELS_MAX 33

struct user_namespace *user_ns_get(struct user_namespace *ns);
void user_ns_put(struct user_namespace *ns); /* takes NULL */

/*
 * The first task of an instance comes into its user namespace with every
 * capability in it. Return: 0 or a negative errno.
 */
long user_enter(struct task *task);

/* Is @ns @ancestor or below it? NULL: the host's. in_userns() */
bool user_ns_contains(const struct user_namespace *ancestor,
		      const struct user_namespace *ns);

/* The task's user namespace, borrowed; NULL: the host's. */
struct user_namespace *user_ns(const struct task *task);

/*
 * A host id as it is seen in @ns: 65534 where it is not mapped. The other way
 * it is -1 where the id stands for nobody on the host. @ns NULL: unchanged.
 */
uint32_t user_uid_from_host(const struct user_namespace *ns, uint32_t uid);
uint32_t user_gid_from_host(const struct user_namespace *ns, uint32_t gid);
uint32_t user_uid_to_host(const struct user_namespace *ns, uint32_t uid);
uint32_t user_gid_to_host(const struct user_namespace *ns, uint32_t gid);

/*
 * The same for kernel ids, which know made up ones too: make_kuid(),
 * from_kuid_munged() of the kernel. USER_NONE: there is no such id in @ns.
 */
uint32_t user_make_kuid(const struct user_namespace *ns, uint32_t uid);
uint32_t user_make_kgid(const struct user_namespace *ns, uint32_t gid);
uint32_t user_from_kuid(const struct user_namespace *ns, uint32_t kuid);
uint32_t user_from_kgid(const struct user_namespace *ns, uint32_t kgid);

/* ---- user_map.c: files of /proc/PID that set up a user namespace ---- */

enum user_map {
	USER_MAP_UID,
	USER_MAP_GID,
	USER_MAP_PROJID,
	USER_MAP_SETGROUPS,
};

/* One that was opened to write. */
struct user_map_file {
	enum user_map map;
	struct user_namespace *ns; /* owned reference */
	struct user_cred *opener;  /* likewise */
	bool written;		   /* the position is not 0 any more */
};

/*
 * @opener opens @map of @ns. Return: 0, with what user_map_close() is for in
 * *@ret_file; -EACCES; -EPERM: there is none, that of the host; -ENOMEM.
 */
long user_map_open(struct task *opener, struct user_namespace *ns,
		   enum user_map map, struct user_map_file *ret_file);
void user_map_close(struct user_map_file *file);

/* More than that at once is not read: -EINVAL. */
#define USER_MAP_TEXT_MAX 4096

/*
 * A write(2) of @len bytes of @text, which ends with a 0, by @writer (NULL: the
 * opener). Return: @len or a negative errno.
 */
long user_map_write(struct user_map_file *file, struct task *writer,
		    const char *text, size_t len);

/* ---- what exec heeds of a program's file ---- */

struct user_program {
	bool set_uid, set_gid; /* S_ISUID; S_ISGID and S_IXGRP */
	uint32_t uid, gid;     /* owner, kernel ids */
	bool has_caps;	       /* security.capability */
	bool effective;
	uint64_t permitted, inheritable;
};

/*
 * Who owns the program at @path (a link of the host's /proc) for @task, and
 * what it gives. Unset, no program gives anything. Return: 0 or a negative
 * errno, which is taken for "nothing".
 */
extern long (*user_program_hook)(struct task *task, const char *path,
				 struct user_program *ret_program);

#endif
