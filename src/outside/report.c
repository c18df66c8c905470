/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an instance is made of, as JSON: the schema is in doc/instances.md.
 * Namespaces are numbered as they are met; a task names its own by those
 * numbers, and has a number for itself in every level from 1 to its own.
 */
#include <arpa/inet.h>
#include <cjson/cJSON.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <utlist.h>
#include "src/host/sys.h"
#include "src/ns/ipc.h"
#include "src/ns/ipc_shm.h"
#include "src/net/sock.h"
#include "src/ns/net.h"
#include "src/ns/time.h"
#include "src/ns/user.h"
#include "src/ns/uts.h"
#include "src/outside/serve.h"
#include "src/task/task.h"
#include "tables/sems.h"

struct known {
	const void *ns;
	const char *type;
	UT_hash_handle hh;
	int id;
};

struct report {
	struct known *known;
	int ids;
	cJSON *namespaces;
};

static void add_number(cJSON *to, const char *name, double value)
{
	cJSON_AddNumberToObject(to, name, value);
}

/* Names inside are any bytes, JSON is UTF-8: what is not ASCII becomes '?'. */
static void add_text(cJSON *to, const char *name, const char *value)
{
	char text[4096];
	size_t n = 0;

	for (; value[n] && n < sizeof(text) - 1; n++)
		text[n] = value[n] < ' ' || value[n] == 127 ? '?' : value[n];
	text[n] = 0;
	if (name)
		cJSON_AddStringToObject(to, name, text);
	else
		cJSON_AddItemToArray(to, cJSON_CreateString(text));
}

/* ---- namespaces ---- */

/* What shmget(2) or semget(2) made it of. */
static void add_size(cJSON *to, enum ipc_kind kind,
		     const struct ipc_perm_entry *entry)
{
	if (kind == IPC_SHM)
		add_number(to, "size",
			   (double)((const struct shm_segment *)entry)->size);
	else if (kind == IPC_SEM)
		add_number(to, "nsems", ((const struct sem_set *)entry)->len);
}

/* Users as who owns the namespace sees them. */
static void add_object(cJSON *list, enum ipc_kind kind,
		       const struct user_namespace *owner,
		       const struct ipc_perm_entry *e)
{
	cJSON *object = cJSON_CreateObject();

	add_number(object, "key", (uint32_t)e->key);
	add_number(object, "id", e->id);
	add_number(object, "uid", user_from_kuid(owner, e->uid));
	add_number(object, "gid", user_from_kgid(owner, e->gid));
	add_number(object, "cuid", user_from_kuid(owner, e->cuid));
	add_number(object, "cgid", user_from_kgid(owner, e->cgid));
	add_number(object, "mode", e->mode & 0777);
	add_size(object, kind, e);
	cJSON_AddItemToArray(list, object);
}

static int compare_made(const void *one, const void *other)
{
	const struct ipc_perm_entry *const *a = one, *const *b = other;

	return (*a)->made < (*b)->made ? -1 : 1;
}

/* In the order in which they were made: restore.c goes by it. */
static void add_objects(cJSON *to, const char *name, enum ipc_kind kind,
			const struct ipc_namespace *ns)
{
	const struct ipc_ids *ids = &ns->ids[kind];
	cJSON *list = cJSON_AddArrayToObject(to, name);
	const struct ipc_perm_entry **all =
		calloc((size_t)ids->in_use + 1, sizeof(*all));
	size_t n = 0;

	for (int i = 0; all && i <= ids->top; i++) {
		all[n] = ipc_ids_by_index(ids, i);
		n += all[n] != NULL;
	}
	if (n)
		qsort(all, n, sizeof(*all), compare_made);
	for (size_t i = 0; i < n; i++)
		add_object(list, kind, ns->common.owner, all[i]);
	free(all);
}

static void add_ipc(cJSON *to, const struct ipc_namespace *ns)
{
	add_objects(to, "shm", IPC_SHM, ns);
	add_objects(to, "sem", IPC_SEM, ns);
	add_objects(to, "msg", IPC_MSG, ns);
}

static void add_uts(cJSON *to, const struct nsproxy *proxy)
{
	add_text(to, "hostname", uts_name(proxy, false));
	add_text(to, "domainname", uts_name(proxy, true));
}

/* Return: the number of @ns, 0 for the host's; *@ret_new gets a new entry. */
static int note(struct report *rp, const char *type, const void *ns,
		cJSON **ret_new)
{
	struct known *known;

	*ret_new = NULL;
	if (!ns)
		return 0;
	HASH_FIND_PTR(rp->known, &ns, known);
	if (known)
		return known->id;
	known = calloc(1, sizeof(*known));
	if (!known)
		return 0;
	known->ns = ns;
	known->id = ++rp->ids;
	HASH_ADD_PTR(rp->known, ns, known);
	*ret_new = cJSON_CreateObject();
	add_number(*ret_new, "id", known->id);
	cJSON_AddStringToObject(*ret_new, "type", type);
	cJSON_AddItemToArray(rp->namespaces, *ret_new);
	return known->id;
}

static int note_pid(struct report *rp, const struct pid_namespace *ns)
{
	cJSON *entry;
	int id;

	if (ns->level == 0)
		return 0;
	id = note(rp, "pid", ns, &entry);
	if (entry) {
		add_number(entry, "level", ns->level);
		add_number(entry, "parent", note_pid(rp, ns->parent));
		add_number(entry, "last_pid", ns->last);
	}
	return id;
}

static void add_map(cJSON *to, const char *name, const struct idmap *map)
{
	cJSON *list = cJSON_AddArrayToObject(to, name);

	for (size_t i = 0; i < map->n; i++) {
		cJSON *range = cJSON_CreateObject();

		add_number(range, "inside", map->extents[i].first);
		add_number(range, "outside", map->extents[i].lower);
		add_number(range, "count", map->extents[i].count);
		cJSON_AddItemToArray(list, range);
	}
}

static int note_user(struct report *rp, const struct user_namespace *ns)
{
	cJSON *entry;
	int id = note(rp, "user", ns, &entry);

	if (entry) {
		add_number(entry, "level", ns->level);
		add_number(entry, "parent", note_user(rp, ns->parent));
		add_map(entry, "uid_map", &ns->uids);
		add_map(entry, "gid_map", &ns->gids);
	}
	return id;
}

static int note_time(struct report *rp, const struct time_namespace *ns)
{
	static const char *const names[] = { "monotonic", "boottime" };
	struct timespec offsets[TIME_OFFSETS];
	cJSON *entry;
	int id = note(rp, "time", ns, &entry);

	time_get_offsets(ns, offsets);
	for (int i = 0; entry && i < TIME_OFFSETS; i++)
		add_number(entry, names[i],
			   (double)offsets[i].tv_sec +
				   (double)offsets[i].tv_nsec / 1e9);
	return id;
}

static void add_end(cJSON *to, const char *name, const struct net_end *end)
{
	cJSON *list = cJSON_AddArrayToObject(to, name);
	char text[INET6_ADDRSTRLEN] = "";

	if (!end->ip.family)
		return;
	inet_ntop(end->ip.family, end->ip.bytes, text, sizeof(text));
	add_text(list, NULL, text);
	cJSON_AddItemToArray(list, cJSON_CreateNumber(end->port));
}

/* An accepted end is known by its peer alone: it is not here. */
static void add_socket(cJSON *list, const struct net_sock *sock)
{
	static const char *const states[] = { "fresh", "listening",
					      "connecting", "connected" };
	cJSON *entry = cJSON_CreateObject();

	cJSON_AddItemToArray(list, entry);
	add_number(entry, "inode", (double)sock->ino);
	add_number(entry, "family", sock->family);
	add_number(entry, "protocol", sock->protocol);
	cJSON_AddStringToObject(entry, "state", states[sock->state]);
	add_end(entry, "local", &sock->local);
	add_end(entry, "remote", &sock->remote);
}

static int note_net(struct report *rp, const struct net *net)
{
	const struct net_device *dev;
	const struct net_sock *sock;
	cJSON *entry, *list;
	int id = note(rp, "net", net, &entry);

	if (!entry)
		return id;
	list = cJSON_AddArrayToObject(entry, "interfaces");
	LL_FOREACH(net->devices.devs, dev)
		add_text(list, NULL, dev->name);
	list = cJSON_AddArrayToObject(entry, "sockets");
	for (sock = sock_all(); sock; sock = sock->hh.next)
		if (sock->net == net && (sock->family == AF_INET ||
					 sock->family == AF_INET6))
			add_socket(list, sock);
	return id;
}

static void add_namespaces(struct report *rp, cJSON *to,
			   const struct task *task)
{
	const struct nsproxy *proxy = task->nsproxy;
	cJSON *own = cJSON_AddObjectToObject(to, "namespaces"), *entry;

	add_number(own, "pid", note_pid(rp, task_pid_ns(task)));
	add_number(own, "ipc", note(rp, "ipc", proxy->ipc, &entry));
	if (entry)
		add_ipc(entry, proxy->ipc);
	add_number(own, "net", note_net(rp, proxy->net));
	add_number(own, "cgroup", note(rp, "cgroup", proxy->cgroup, &entry));
	add_number(own, "time", note_time(rp, proxy->time));
	add_number(own, "user", note_user(rp, proxy->user));
	add_number(own, "uts", note(rp, "uts", proxy->uts, &entry));
	if (entry)
		add_uts(entry, proxy);
}

/* ---- tasks ---- */

static void add_numbers(cJSON *to, const char *name, const struct pid *pid)
{
	cJSON *list = cJSON_AddArrayToObject(to, name);

	for (unsigned int level = 1; pid && level <= pid->level; level++)
		cJSON_AddItemToArray(list, cJSON_CreateNumber(
			pid->numbers[level - 1].nr));
}

/* Name and start time (field 22) of /proc/PID/stat; see proc(5). */
static void add_stat(cJSON *to, host_pid tid)
{
	char path[64], text[1024], *name, *end;
	unsigned long long start = 0;

	snprintf(path, sizeof(path), "/proc/%d/stat", tid.n);
	if (sys_read_file(path, text, sizeof(text)) < 0)
		return;
	name = strchr(text, '(');
	end = strrchr(text, ')');
	if (!name || !end)
		return;
	*end = 0;
	sscanf(end + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u"
	       " %*d %*d %*d %*d %*d %*d %llu", &start);
	add_text(to, "comm", name + 1);
	add_number(to, "start", (double)start);
}

static void add_host(cJSON *to, const struct task *task)
{
	cJSON *host = cJSON_AddObjectToObject(to, "host");
	host_pid tgid = task->group->tgid->host, parent = { 0 };

	sys_parent(tgid, &parent);
	add_number(host, "tid", task->tid->host.n);
	add_number(host, "tgid", tgid.n);
	add_number(host, "ppid", parent.n);
	add_number(host, "pgid", (double)sys_getpgid(tgid));
	add_number(host, "sid", (double)sys_getsid(tgid));
}

static void add_task(struct report *rp, cJSON *list, struct task *task)
{
	cJSON *entry = cJSON_CreateObject();
	struct group *group = task->group, *parent = group_parent(group);

	cJSON_AddItemToArray(list, entry);
	add_stat(entry, task->tid->host);
	add_host(entry, task);
	add_numbers(entry, "tid", task->tid);
	add_numbers(entry, "tgid", group->tgid);
	add_numbers(entry, "ppid", parent ? parent->tgid : NULL);
	add_numbers(entry, "pgid", group->pgrp);
	add_numbers(entry, "sid", group->session);
	add_namespaces(rp, entry, task);
}

/* ---- the whole ---- */

static cJSON *describe(struct report *rp, const struct config *config)
{
	cJSON *root = cJSON_CreateObject();
	cJSON *command, *tasks;
	struct group *group;
	struct task *task;

	if (config->name)
		cJSON_AddStringToObject(root, "name", config->name);
	else
		cJSON_AddNullToObject(root, "name");
	add_number(root, "supervisor", getpid());
	cJSON_AddBoolToObject(root, "keep", config->keep);
	command = cJSON_AddArrayToObject(root, "command");
	for (char **word = config->command; *word; word++)
		add_text(command, NULL, *word);
	rp->namespaces = cJSON_AddArrayToObject(root, "namespaces");
	tasks = cJSON_AddArrayToObject(root, "tasks");
	if (nets)
		sock_sweep();
	DL_FOREACH(instance.groups, group) {
		group_sync(group);
		DL_FOREACH2(group->tasks, task, in_group_next)
			add_task(rp, tasks, task);
	}
	return root;
}

static int write_text(const char *text)
{
	int fd = (int)sys_result(memfd_create("instance", MFD_CLOEXEC));
	long r = fd;

	if (fd >= 0)
		r = sys_write_all(fd, text, strlen(text));
	if (r < 0)
		sys_close(&fd);
	return r < 0 ? (int)r : fd;
}

int report_make(const struct config *config)
{
	struct report rp = { 0 };
	cJSON *root = describe(&rp, config);
	char *text = cJSON_PrintUnformatted(root);
	struct known *known, *next;
	int fd = text ? write_text(text) : -ENOMEM;

	HASH_ITER(hh, rp.known, known, next) {
		HASH_DEL(rp.known, known);
		free(known);
	}
	cJSON_free(text);
	cJSON_Delete(root);
	return fd;
}
