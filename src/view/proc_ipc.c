/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of /proc that belong to the ipc namespace: the limits in /proc/sys,
 * and the lists in /proc/sysvipc. Parsed as kernel/sysctl.c does, Linux 6.x.
 */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include "src/ns/ipc.h"
#include "src/view/view.h"

#define SEM_WORDS 4	/* semmsl, semmns, semopm, semmni */

struct limit {
	const char *path;
	enum {
		LIMIT_INT,
		LIMIT_ULONG,
		LIMIT_SEM,	/* SEM_WORDS ints; the last has the range */
		LIMIT_NEXT_ID,
		LIMIT_DEAD,	/* 0 for ever; a write is checked */
	} kind;
	size_t offset;		/* in struct ipc_limits; or an ipc_kind */
	long min, max;
};

#define FIELD(name) offsetof(struct ipc_limits, name)

static const struct limit limits[] = {
	{ "sys/kernel/shmmax", LIMIT_ULONG, FIELD(shmmax), 0, 0 },
	{ "sys/kernel/shmall", LIMIT_ULONG, FIELD(shmall), 0, 0 },
	{ "sys/kernel/shmmni", LIMIT_INT, FIELD(shmmni), 0, IPC_IDS_MAX },
	{ "sys/kernel/shm_rmid_forced", LIMIT_INT, FIELD(shm_rmid_forced), 0,
	  1 },
	{ "sys/kernel/sem", LIMIT_SEM, FIELD(semmsl), 0, IPC_IDS_MAX },
	{ "sys/kernel/msgmax", LIMIT_INT, FIELD(msgmax), 0, INT_MAX },
	{ "sys/kernel/msgmnb", LIMIT_INT, FIELD(msgmnb), 0, INT_MAX },
	{ "sys/kernel/msgmni", LIMIT_INT, FIELD(msgmni), 0, IPC_IDS_MAX },
	{ "sys/kernel/auto_msgmni", LIMIT_DEAD, 0, 0, 1 },
	{ "sys/kernel/shm_next_id", LIMIT_NEXT_ID, IPC_SHM, 0, INT_MAX },
	{ "sys/kernel/sem_next_id", LIMIT_NEXT_ID, IPC_SEM, 0, INT_MAX },
	{ "sys/kernel/msg_next_id", LIMIT_NEXT_ID, IPC_MSG, 0, INT_MAX },
	{ "sys/fs/mqueue/queues_max", LIMIT_INT, FIELD(mq_queues_max), INT_MIN,
	  INT_MAX },
	{ "sys/fs/mqueue/msg_max", LIMIT_INT, FIELD(mq_msg_max), 1, 65536 },
	{ "sys/fs/mqueue/msg_default", LIMIT_INT, FIELD(mq_msg_default), 1,
	  65536 },
	{ "sys/fs/mqueue/msgsize_max", LIMIT_INT, FIELD(mq_msgsize_max), 128,
	  16 * 1024 * 1024 },
	{ "sys/fs/mqueue/msgsize_default", LIMIT_INT,
	  FIELD(mq_msgsize_default), 128, 16 * 1024 * 1024 },
};

static const struct limit *limit_find(const char *path)
{
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
		if (strcmp(limits[i].path, path) == 0)
			return &limits[i];
	return NULL;
}

static void *limit_value(struct ipc_namespace *ns, const struct limit *limit)
{
	static int dead;

	switch (limit->kind) {
	case LIMIT_NEXT_ID:
		return &ns->ids[limit->offset].next_id;
	case LIMIT_DEAD:
		return &dead;
	default:
		return (char *)&ns->limits + limit->offset;
	}
}

long proc_ipc_limit(const struct task *viewer, const struct place *place,
		    char *real, size_t len, FILE *out)
{
	const struct limit *limit = limit_find(place->path);
	const void *value = limit_value(viewer->nsproxy->ipc, limit);
	const int *words = value;

	(void)real;
	(void)len;
	if (limit->kind == LIMIT_ULONG)
		fprintf(out, "%lu\n", *(const unsigned long *)value);
	else if (limit->kind == LIMIT_SEM)
		fprintf(out, "%d\t%d\t%d\t%d\n", words[0], words[1], words[2],
			words[3]);
	else
		fprintf(out, "%d\n", words[0]);
	return 0;
}

/* ---- writing ---- */

/* Digits of any base that C has. Return: whether they make a number. */
static bool parse(const char *text, const char **ret_end, unsigned long *number)
{
	static const char digits[] = "0123456789abcdef";
	unsigned long base = 10, sum = 0;

	if (text[0] == '0') {
		bool hex = tolower((unsigned char)text[1]) == 'x' &&
			   isxdigit((unsigned char)text[2]);

		base = hex ? 16 : 8;
		text += hex ? 2 : 0;
	}
	for (;; text++) {
		const char *digit = *text ? strchr(digits, tolower(
						   (unsigned char)*text)) :
					    NULL;

		if (!digit || (unsigned long)(digit - digits) >= base)
			break;
		if (__builtin_mul_overflow(sum, base, &sum) ||
		    __builtin_add_overflow(sum, (unsigned long)(digit - digits),
					   &sum))
			return false;
	}
	*ret_end = text;
	*number = sum;
	return true;
}

/* proc_get_long(). Return: 0 with the number at *@text, past it; -EINVAL. */
static long next_number(const char **text, bool *ret_minus,
			unsigned long *ret_number)
{
	const char *at = *text + strspn(*text, " \t\n\v\f\r");
	bool minus = *at == '-';
	const char *end;

	at += minus;
	if (!isdigit((unsigned char)*at))
		return -EINVAL;
	if (!parse(at, &end, ret_number) ||
	    (*end && !isspace((unsigned char)*end)))
		return -EINVAL;
	*ret_minus = minus;
	*text = end;
	return 0;
}

static long next_int(const char **text, long min, long max, int *value)
{
	unsigned long number;
	bool minus;
	long r = next_number(text, &minus, &number), signed_number;

	if (r < 0)
		return r;
	if (number > (unsigned long)INT_MAX + minus)
		return -EINVAL;
	signed_number = minus ? -(long)number : (long)number;
	if (signed_number < min || signed_number > max)
		return -EINVAL;
	*value = (int)signed_number;
	return 0;
}

/* As many as there are; a bad last word is put back, the others stay. */
static void store_sem(const struct limit *limit, const char *text, int *words)
{
	int last = words[SEM_WORDS - 1];
	long r = 0;

	for (int i = 0; i < SEM_WORDS && r == 0; i++) {
		text += strspn(text, " \t\n\v\f\r");
		if (!*text)
			break;
		r = next_int(&text, INT_MIN, INT_MAX, &words[i]);
	}
	if (r < 0 || words[SEM_WORDS - 1] < limit->min ||
	    words[SEM_WORDS - 1] > limit->max)
		words[SEM_WORDS - 1] = last;
}

void proc_store_ipc_limit(const struct task *writer, const struct view *view,
			  const char *text)
{
	const struct limit *limit = limit_find(view->pattern);
	void *value = limit_value(writer->nsproxy->ipc, limit);
	unsigned long number;
	bool minus;

	switch (limit->kind) {
	case LIMIT_ULONG:
		if (next_number(&text, &minus, &number) == 0 && !minus)
			*(unsigned long *)value = number;
		break;
	case LIMIT_SEM:
		store_sem(limit, text, value);
		break;
	case LIMIT_DEAD:
		return;
	default:
		next_int(&text, limit->min, limit->max, value);
		break;
	}
	ipc_shm_destroy_orphaned(writer->nsproxy->ipc);
}

/* ---- /proc/sysvipc ---- */

long proc_sysvipc(const struct task *viewer, const struct place *place,
		  char *real, size_t len, FILE *out)
{
	const struct ipc_namespace *ns = viewer->nsproxy->ipc;
	const char *kind = strrchr(place->path, '/') + 1;

	(void)real;
	(void)len;
	if (strcmp(kind, "msg") == 0)
		ipc_msg_print(out, ns, viewer);
	else if (strcmp(kind, "sem") == 0)
		ipc_sem_print(out, ns, viewer);
	else
		ipc_shm_print(out, ns, viewer);
	return 0;
}
