/* SPDX-License-Identifier: Apache-2.0 */
/*
 * --restore-ids: what `nsrun ids NAME --json` wrote is read again.
 *
 * Theory of operation. The file is read and checked as a whole before anything
 * is made: it names one instance, in a version that is known, and each number
 * is one that a namespace can give out, and is there once. What is wrong is
 * said with the place in the document. See doc/instances.md for its form.
 */
#include "src/outside/restore.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "src/host/log.h"
#include "src/host/sys.h"
#include "tables/ipc_ids.h"

#define FILE_MAX (64 * 1024 * 1024)

struct reading {
	const char *path;
	const cJSON *instance;
	struct recorded *rec;
	unsigned char *seen;	/* numbers at level 1, a bit each */
};

/* "FILE: tasks[3].tid: WHAT". Return: -EINVAL. */
static long wrong(const struct reading *rd, const char *list, int index,
		  const char *member, const char *what)
{
	log_message("%s: %s[%d]%s%s: %s", rd->path, list, index,
		    *member ? "." : "", member, what);
	return -EINVAL;
}

static bool get_int(const cJSON *item, double min, double max, double *ret)
{
	if (!cJSON_IsNumber(item) || item->valuedouble < min ||
	    item->valuedouble > max ||
	    item->valuedouble != (double)(int64_t)item->valuedouble)
		return false;
	*ret = item->valuedouble;
	return true;
}

/* A list of the numbers of one process, from level 1 on. */
static bool get_numbers(const cJSON *task, const char *member,
			struct recorded_numbers *ret)
{
	const cJSON *list = cJSON_GetObjectItem(task, member), *item;

	ret->n = 0;
	if (!cJSON_IsArray(list) || cJSON_GetArraySize(list) > PIDS_LEVELS_MAX)
		return false;
	cJSON_ArrayForEach(item, list) {
		double nr;

		if (!get_int(item, 1, PIDS_MAX_LIMIT - 1, &nr))
			return false;
		ret->nr[ret->n++] = (int)nr;
	}
	return true;
}

/* The namespace of @task of a kind in the document; NULL: none, the host's. */
static const cJSON *namespace_of(const struct reading *rd, const cJSON *task,
				 const char *kind)
{
	const cJSON *own = cJSON_GetObjectItem(task, "namespaces"), *ns;
	const cJSON *id = cJSON_GetObjectItem(own, kind);

	cJSON_ArrayForEach(ns, cJSON_GetObjectItem(rd->instance, "namespaces")) {
		const cJSON *number = cJSON_GetObjectItem(ns, "id");

		if (cJSON_IsNumber(id) && cJSON_IsNumber(number) &&
		    number->valuedouble == id->valuedouble)
			return ns;
	}
	return NULL;
}

/* The ipc namespace that @task is in; NULL: the host's. */
static struct recorded_ipc *ipc_of(const struct reading *rd, const cJSON *task)
{
	const cJSON *own = cJSON_GetObjectItem(task, "namespaces");
	const cJSON *id = cJSON_GetObjectItem(own, "ipc");

	for (size_t i = 0; cJSON_IsNumber(id) && i < rd->rec->n_ipcs; i++)
		if (rd->rec->ipcs[i].id == id->valuedouble)
			return &rd->rec->ipcs[i];
	return NULL;
}

/* Return: whether the number has not been there before. */
static bool note_number(struct reading *rd, int nr)
{
	unsigned char *byte = &rd->seen[nr / CHAR_BIT];
	unsigned char bit = (unsigned char)(1 << nr % CHAR_BIT);
	bool first = !(*byte & bit);

	*byte |= bit;
	return first;
}

static long read_task(struct reading *rd, const cJSON *task, int index)
{
	struct recorded_pid *entry = &rd->rec->pids[rd->rec->n_pids];
	struct recorded_numbers tgid, ppid;
	double last = 0;

	if (!get_numbers(task, "tid", &entry->own))
		return wrong(rd, "tasks", index, "tid", "no list of numbers");
	if (!get_numbers(task, "tgid", &tgid) || tgid.n != entry->own.n)
		return wrong(rd, "tasks", index, "tgid", "no list of numbers");
	if (!get_numbers(task, "ppid", &ppid))
		return wrong(rd, "tasks", index, "ppid", "no list of numbers");
	if (entry->own.n == 0)
		return 0;	/* it is in no pid namespace */
	if (!note_number(rd, entry->own.nr[0]))
		return wrong(rd, "tasks", index, "tid", "is there twice");
	if (!get_int(cJSON_GetObjectItem(namespace_of(rd, task, "pid"),
					 "last_pid"),
		     0, PIDS_MAX_LIMIT - 1, &last))
		return wrong(rd, "tasks", index, "namespaces.pid",
			     "no namespace with a last_pid");
	entry->ipc = ipc_of(rd, task);
	entry->last = (int)last;
	entry->thread = memcmp(tgid.nr, entry->own.nr,
			       tgid.n * sizeof(tgid.nr[0])) != 0;
	entry->parent = entry->thread ? tgid : ppid;
	rd->rec->n_pids++;
	rd->rec->left++;
	return 0;
}

static long read_tasks(struct reading *rd)
{
	const cJSON *tasks = cJSON_GetObjectItem(rd->instance, "tasks"), *task;
	int index = 0;
	long r = 0;

	if (!cJSON_IsArray(tasks) || !cJSON_GetArraySize(tasks)) {
		log_message("%s: tasks: there are none", rd->path);
		return -EINVAL;
	}
	rd->rec->pids = calloc((size_t)cJSON_GetArraySize(tasks),
			       sizeof(rd->rec->pids[0]));
	rd->seen = calloc(PIDS_MAX_LIMIT / CHAR_BIT, 1);
	if (!rd->rec->pids || !rd->seen)
		r = -ENOMEM;
	cJSON_ArrayForEach(task, tasks)
		if (r == 0)
			r = read_task(rd, task, index++);
	free(rd->seen);
	return r;
}

static long read_objects(struct reading *rd, struct recorded_ipc *ipc,
			 const cJSON *ns, int kind, const char *name)
{
	const cJSON *list = cJSON_GetObjectItem(ns, name), *item;
	struct recorded_object *objects;
	int index = 0;

	if (!cJSON_IsArray(list) || cJSON_GetArraySize(list) > IPC_IDS_MAX)
		return wrong(rd, name, 0, "", "no list of objects");
	objects = calloc((size_t)cJSON_GetArraySize(list) + 1,
			 sizeof(*objects));
	if (!objects)
		return -ENOMEM;
	ipc->objects[kind] = objects;
	cJSON_ArrayForEach(item, list) {
		double key, id;

		if (!get_int(cJSON_GetObjectItem(item, "key"), 0, UINT32_MAX,
			     &key))
			return wrong(rd, name, index, "key", "no key");
		if (!get_int(cJSON_GetObjectItem(item, "id"), 0, INT_MAX, &id))
			return wrong(rd, name, index, "id", "no id");
		objects[index].key = (int32_t)(uint32_t)key;
		objects[index++].id = (int)id;
	}
	ipc->n_objects[kind] = (size_t)index;
	return 0;
}

static long read_ipc(struct reading *rd, const cJSON *ns)
{
	static const char *const names[RECORDED_KINDS] = { "shm", "sem",
							   "msg" };
	struct recorded_ipc *ipc = &rd->rec->ipcs[rd->rec->n_ipcs++];
	long r = 0;

	ipc->id = cJSON_GetNumberValue(cJSON_GetObjectItem(ns, "id"));
	for (int kind = 0; r == 0 && kind < RECORDED_KINDS; kind++)
		r = read_objects(rd, ipc, ns, kind, names[kind]);
	return r;
}

static long read_ipcs(struct reading *rd)
{
	const cJSON *list = cJSON_GetObjectItem(rd->instance, "namespaces"), *ns;
	long r = 0;

	rd->rec->ipcs = calloc((size_t)cJSON_GetArraySize(list) + 1,
			       sizeof(rd->rec->ipcs[0]));
	if (!rd->rec->ipcs)
		return -ENOMEM;
	cJSON_ArrayForEach(ns, list) {
		const char *type = cJSON_GetStringValue(
			cJSON_GetObjectItem(ns, "type"));

		if (r == 0 && type && strcmp(type, "ipc") == 0)
			r = read_ipc(rd, ns);
	}
	return r;
}

/* Is it a document that is known? */
static long check(struct reading *rd, const cJSON *root)
{
	const cJSON *version = cJSON_GetObjectItem(root, "version");
	const cJSON *list = cJSON_GetObjectItem(root, "instances");
	const char *schema =
		cJSON_GetStringValue(cJSON_GetObjectItem(root, "schema"));

	if (!schema || strcmp(schema, SCHEMA_NAME) != 0 ||
	    !cJSON_IsNumber(version) || !cJSON_IsArray(list)) {
		log_message("%s: nothing that `nsrun ids --json` writes",
			    rd->path);
		return -EINVAL;
	}
	if (version->valuedouble != SCHEMA_VERSION) {
		log_message("%s: version %g: this nsrun knows %d", rd->path,
			    version->valuedouble, SCHEMA_VERSION);
		return -EINVAL;
	}
	if (cJSON_GetArraySize(list) != 1) {
		log_message("%s: it tells of %d instances, not of one",
			    rd->path, cJSON_GetArraySize(list));
		return -EINVAL;
	}
	rd->instance = cJSON_GetArrayItem(list, 0);
	return 0;
}

/* All of the file, which ends with a zero byte then. */
static long read_file(const char *path, char **ret_text, size_t *ret_len)
{
	_cleanup_close_ int fd = (int)sys_result(open(path,
						      O_RDONLY | O_CLOEXEC));
	size_t len = 0, size = 65536;
	char *text = NULL;
	long r = fd;

	while (r >= 0 && len < FILE_MAX) {
		char *more = realloc(text, size *= 2);

		if (!more)
			break;
		text = more;
		while ((r = sys_read(fd, text + len, size - 1 - len)) > 0)
			len += (size_t)r;
		if (r == 0 && len < size - 1) {
			text[len] = 0;
			*ret_text = text;
			*ret_len = len;
			return 0;
		}
	}
	free(text);
	return r < 0 ? r : -EFBIG;
}

/* An object that does not end. */
static bool is_cut(const char *text, size_t len)
{
	const char *begin = text + strspn(text, " \t\r\n");

	while (len > 0 && strchr(" \t\r\n", text[len - 1]))
		len--;
	return !*begin || (*begin == '{' && text[len - 1] != '}');
}

static cJSON *parse(const char *path, const char *text, size_t len)
{
	const char *end = text;
	cJSON *root = cJSON_ParseWithLengthOpts(text, len + 1, &end, true);

	if (!root && ((size_t)(end - text) >= len || is_cut(text, len)))
		log_message("%s: it ends in the middle", path);
	else if (!root)
		log_message("%s: no JSON from byte %zu on", path,
			    (size_t)(end - text));
	return root;
}

long restore_read(const char *path, struct recorded **ret_rec)
{
	struct reading rd = { .path = path };
	cJSON *root = NULL;
	char *text;
	size_t len;
	long r = read_file(path, &text, &len);

	if (r < 0) {
		log_message("%s: %s", path, log_errno(r));
		return r;
	}
	root = parse(path, text, len);
	free(text);
	rd.rec = calloc(1, sizeof(*rd.rec));
	r = !root ? -EINVAL : !rd.rec ? -ENOMEM : check(&rd, root);
	if (r == 0)
		r = read_ipcs(&rd);
	if (r == 0)
		r = read_tasks(&rd);
	cJSON_Delete(root);
	if (r == -ENOMEM)
		log_message("%s: %s", path, log_errno(r));
	if (r < 0) {
		recorded_free(rd.rec);
		return r;
	}
	*ret_rec = rd.rec;
	return 0;
}
