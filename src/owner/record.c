/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records as attributes of files, and where those can't be had, in the store.
 *
 * Theory of operation. Most files have no record, and to find that out is one
 * listxattr(2) on a descriptor. Only plain files and folders can have
 * attributes of users, and not on each file system; the others are looked up
 * in the store, which is asked only when there is one. A record that makes no
 * sense counts as none.
 */
#include "src/owner/record.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include "src/host/log.h"
#include "src/host/sys.h"
#include "src/owner/known.h"
#include "src/owner/store.h"

#define LIST_MAX     4096
#define VALUE_MAX    256
#define DEVICES_KEPT 16

/* Does its file system have attributes of users? Asked once of each. */
static bool system_has(const struct file *file)
{
	static struct {
		dev_t dev;
		bool has;
	} known[DEVICES_KEPT];
	static size_t n;
	char byte;
	long r;

	for (size_t i = 0; i < DEVICES_KEPT && i < n; i++)
		if (known[i].dev == file->st.st_dev)
			return known[i].has;
	r = sys_result(getxattr(file->link, "user.nsrun.none", &byte, 1));
	if (r == -EACCES || r == -EPERM)
		return true; /* this file does not tell */
	known[n % DEVICES_KEPT].dev = file->st.st_dev;
	known[n++ % DEVICES_KEPT].has = r != -EOPNOTSUPP;
	if (r != -EOPNOTSUPP)
		known_device(file->st.st_dev);
	return r != -EOPNOTSUPP;
}

/* Only plain files and folders can. */
static bool has_attributes(const struct file *file)
{
	return (S_ISREG(file->st.st_mode) || S_ISDIR(file->st.st_mode)) &&
	       system_has(file);
}

bool record_hides(const char *name)
{
	return strcmp(name, RECORD_IDS) == 0 ||
	       strncmp(name, "user.nsrun.", strlen("user.nsrun.")) == 0;
}

static void warn_corrupt(const char *name)
{
	static bool warned;

	if (!warned)
		log_message("%s: a record that makes no sense is ignored",
			    name);
	warned = true;
}

static void read_ids(const struct file *file, struct owner_record *record)
{
	unsigned char buf[VALUE_MAX];
	ssize_t n = getxattr(file->link, RECORD_IDS, buf, sizeof(buf));

	if (n >= 0 && owner_decode_ids(buf, (size_t)n, record) < 0)
		warn_corrupt(RECORD_IDS);
}

static void read_mode(const struct file *file, struct owner_record *record)
{
	char buf[VALUE_MAX];
	ssize_t n = getxattr(file->link, RECORD_MODE, buf, sizeof(buf));

	if (n >= 0 && owner_decode_mode(buf, (size_t)n, record) < 0)
		warn_corrupt(RECORD_MODE);
}

static void read_attributes(const struct file *file,
			    struct owner_record *record)
{
	char list[LIST_MAX];
	ssize_t n = listxattr(file->link, list, sizeof(list));
	bool all = n < 0 && sys_result(n) == -ERANGE;

	/* The names stand one after the other, each with its 0. */
	if (all ||
	    (n > 0 && memmem(list, (size_t)n, RECORD_IDS, sizeof(RECORD_IDS))))
		read_ids(file, record);
	if (all || (n > 0 &&
		    memmem(list, (size_t)n, RECORD_MODE, sizeof(RECORD_MODE))))
		read_mode(file, record);
}

bool record_is_empty(const struct owner_record *record)
{
	return record->uid == OWNER_NONE && record->gid == OWNER_NONE &&
	       !record->has_mode;
}

bool record_read(const struct file *file, struct owner_record *ret_record)
{
	struct owner_record record = { .uid = OWNER_NONE, .gid = OWNER_NONE };

	if (has_attributes(file))
		read_attributes(file, &record);
	else
		store_read(file, &record);
	if (record_is_empty(&record)) {
		known_add(file);
		return false;
	}
	*ret_record = record;
	return true;
}

/* Sets the attribute, or removes one that is not wanted. */
static long put(const struct file *file, const char *name, const void *value,
		size_t len, bool wanted)
{
	long r;

	if (wanted)
		return sys_result(setxattr(file->link, name, value, len, 0));
	r = sys_result(removexattr(file->link, name));
	return r == -ENODATA ? 0 : r;
}

long record_write(const struct file *file, const struct owner_record *record)
{
	unsigned char ids[OWNER_IDS_MAX];
	char mode[OWNER_MODE_MAX];
	long r;

	known_remove(file);
	if (!has_attributes(file))
		return store_write(file, record);
	r = put(file, RECORD_IDS, ids, owner_encode_ids(record, ids),
		record->uid != OWNER_NONE || record->gid != OWNER_NONE);
	if (r < 0)
		return r;
	return put(file, RECORD_MODE, mode,
		   record->has_mode ? owner_encode_mode(record, mode) : 0,
		   record->has_mode);
}
