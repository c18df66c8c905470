/* SPDX-License-Identifier: Apache-2.0 */
/* nsrun ls and nsrun ids: what the supervisors tell, as JSON or as a table. */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "src/host/log.h"
#include "src/host/sys.h"
#include "src/outside/enter.h"
#include "src/outside/name.h"
#include "src/outside/restore.h"


/* Return: what the supervisor tells, or NULL, with *@ret_why. */
static cJSON *fetch(int instance, long *ret_why)
{
	struct request rq = request_of(OP_DESCRIBE, 0);
	struct reply reply;
	struct stat st;
	int fd;
	cJSON *tree = NULL;
	char *text;

	*ret_why = ask(instance, &rq, &reply, &fd);
	if (*ret_why < 0 || fd < 0 || fstat(fd, &st) < 0) {
		sys_close(&fd);
		return NULL;
	}
	text = mmap(NULL, (size_t)st.st_size + 1, PROT_READ, MAP_PRIVATE, fd,
		    0);
	if (text != MAP_FAILED) {
		tree = cJSON_ParseWithLength(text, (size_t)st.st_size);
		munmap(text, (size_t)st.st_size + 1);
	}
	close(fd);
	return tree;
}

static cJSON *document(void)
{
	cJSON *root = cJSON_CreateObject();

	cJSON_AddStringToObject(root, "schema", SCHEMA_NAME);
	cJSON_AddNumberToObject(root, "version", SCHEMA_VERSION);
	cJSON_AddArrayToObject(root, "instances");
	return root;
}

static cJSON *instances_of(cJSON *root)
{
	return cJSON_GetObjectItem(root, "instances");
}

/* Return: the exit status. */
static int print_json(cJSON *root)
{
	char *text = cJSON_Print(root);
	bool ok = text && puts(text) >= 0 && fflush(stdout) == 0;

	cJSON_free(text);
	cJSON_Delete(root);
	return ok ? 0 : EXIT_NSRUN;
}

/* ---- as tables ---- */

static int number_of(const cJSON *object, const char *name)
{
	const cJSON *item = cJSON_GetObjectItem(object, name);

	return cJSON_IsNumber(item) ? item->valueint : 0;
}

static const char *text_of(const cJSON *object, const char *name)
{
	const cJSON *item = cJSON_GetObjectItem(object, name);

	return cJSON_IsString(item) ? item->valuestring : "-";
}

/* Numbers from the outermost level on: 5/1 */
static const char *levels_of(const cJSON *task, const char *name)
{
	static char text[4][256];
	static unsigned int turn;
	char *buf = text[turn++ % 4];
	const cJSON *nr;
	size_t n = 0;

	strcpy(buf, "-");
	cJSON_ArrayForEach(nr, cJSON_GetObjectItem(task, name)) {
		n += (size_t)snprintf(buf + n, sizeof(text[0]) - n, "%s%d",
				      n ? "/" : "", nr->valueint);
		if (n >= sizeof(text[0]) - 1)
			break;
	}
	return buf;
}

static void print_command(const cJSON *instance)
{
	const cJSON *word;

	cJSON_ArrayForEach(word, cJSON_GetObjectItem(instance, "command"))
		printf(" %s", word->valuestring);
	putchar('\n');
}

static void print_kinds(const cJSON *instance)
{
	static const char *const types[] = { "user", "pid", "ipc", "uts",
					    "net",  "cgroup", "time" };
	char text[64] = "";

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		const cJSON *ns;

		cJSON_ArrayForEach(ns, cJSON_GetObjectItem(instance,
							   "namespaces")) {
			if (strcmp(text_of(ns, "type"), types[i]) != 0)
				continue;
			strcat(text, *text ? "," : "");
			strcat(text, types[i]);
			break;
		}
	}
	printf(" %-16s", text);
}

static void print_instance(const cJSON *instance)
{
	const cJSON *tasks = cJSON_GetObjectItem(instance, "tasks");

	printf("%-16s %10d %6d", text_of(instance, "name"),
	       number_of(instance, "supervisor"), cJSON_GetArraySize(tasks));
	print_kinds(instance);
	print_command(instance);
}

static void print_tasks(const cJSON *instance)
{
	const cJSON *task;

	printf("%10s %12s %12s %12s %12s  %s\n", "HOST", "PID", "PPID", "PGID",
	       "SID", "NAME");
	cJSON_ArrayForEach(task, cJSON_GetObjectItem(instance, "tasks"))
		printf("%10d %12s %12s %12s %12s  %s\n",
		       number_of(cJSON_GetObjectItem(task, "host"), "tid"),
		       levels_of(task, "tid"), levels_of(task, "ppid"),
		       levels_of(task, "pgid"), levels_of(task, "sid"),
		       text_of(task, "comm"));
}

static void print_objects(const cJSON *ns, const char *kind)
{
	const cJSON *object;

	cJSON_ArrayForEach(object, cJSON_GetObjectItem(ns, kind))
		printf("%s key 0x%08x id %d owner %d mode %03o\n", kind,
		       (unsigned int)cJSON_GetNumberValue(
			       cJSON_GetObjectItem(object, "key")),
		       number_of(object, "id"), number_of(object, "uid"),
		       (unsigned int)number_of(object, "mode"));
}

static void print_maps(const cJSON *ns, const char *name)
{
	const cJSON *range;

	cJSON_ArrayForEach(range, cJSON_GetObjectItem(ns, name))
		printf("%s %.0f %.0f %.0f\n", name,
		       cJSON_GetNumberValue(cJSON_GetObjectItem(range, "inside")),
		       cJSON_GetNumberValue(cJSON_GetObjectItem(range, "outside")),
		       cJSON_GetNumberValue(cJSON_GetObjectItem(range, "count")));
}

/* "address port", or "-" */
static void print_end(const cJSON *socket, const char *name)
{
	const cJSON *end = cJSON_GetObjectItem(socket, name);

	if (cJSON_GetArraySize(end) == 2)
		printf(" %s %d", cJSON_GetArrayItem(end, 0)->valuestring,
		       cJSON_GetArrayItem(end, 1)->valueint);
	else
		printf(" -");
}

static void print_net(const cJSON *ns)
{
	const cJSON *each;

	cJSON_ArrayForEach(each, cJSON_GetObjectItem(ns, "sockets")) {
		printf("socket %s", text_of(each, "state"));
		print_end(each, "local");
		print_end(each, "remote");
		putchar('\n');
	}
}

static void print_namespaces(const cJSON *instance)
{
	const cJSON *ns;

	cJSON_ArrayForEach(ns, cJSON_GetObjectItem(instance, "namespaces")) {
		const char *type = text_of(ns, "type");

		printf("namespace %d: %s", number_of(ns, "id"), type);
		if (strcmp(type, "pid") == 0)
			printf(", level %d, last number %d",
			       number_of(ns, "level"),
			       number_of(ns, "last_pid"));
		else if (strcmp(type, "uts") == 0)
			printf(", host name %s, domain name %s",
			       text_of(ns, "hostname"),
			       text_of(ns, "domainname"));
		else if (strcmp(type, "user") == 0)
			printf(", level %d", number_of(ns, "level"));
		else if (strcmp(type, "time") == 0)
			printf(", monotonic %d, boottime %d",
			       number_of(ns, "monotonic"),
			       number_of(ns, "boottime"));
		putchar('\n');
		print_objects(ns, "shm");
		print_objects(ns, "sem");
		print_objects(ns, "msg");
		print_maps(ns, "uid_map");
		print_maps(ns, "gid_map");
		print_net(ns);
	}
}

/* ---- the commands ---- */

static void add_instance(int fd, const char *name, void *arg)
{
	cJSON *root = arg;
	long why;
	cJSON *tree = fetch(fd, &why);

	if (tree)
		cJSON_AddItemToArray(instances_of(root), tree);
	else
		log_message("%s: does not answer: %s",
			    name ? name : "an instance", log_errno(why));
}

int list_instances(bool json)
{
	cJSON *root = document();
	const cJSON *instance;

	name_for_each(add_instance, root);
	if (json)
		return print_json(root);
	printf("%-16s %10s %6s %-16s %s\n", "NAME", "SUPERVISOR", "TASKS",
	       "NAMESPACES", "COMMAND");
	cJSON_ArrayForEach(instance, instances_of(root))
		print_instance(instance);
	cJSON_Delete(root);
	return fflush(stdout) == 0 ? 0 : EXIT_NSRUN;
}

int list_ids(int instance, bool json)
{
	cJSON *root = document(), *tree;
	long why;

	tree = fetch(instance, &why);
	if (!tree) {
		log_message("ids: %s", log_errno(why));
		return EXIT_NSRUN;
	}
	cJSON_AddItemToArray(instances_of(root), tree);
	if (json)
		return print_json(root);
	print_namespaces(tree);
	print_tasks(tree);
	cJSON_Delete(root);
	return fflush(stdout) == 0 ? 0 : EXIT_NSRUN;
}
