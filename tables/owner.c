/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records of ownership, and the kernel's rules of it.
 *
 * Theory of operation. There are two records. The ids are a message of
 * Protocol Buffers that other tools write and read, too: fields 1 and 2, both
 * varints. proto3 leaves out a field that is 0, so that an empty value means
 * root; 0xffffffff means that nothing is known. Fields that are not known are
 * skipped, as the format demands. The rest is a text of nsrun's own.
 *
 * The rules follow fs/attr.c, fs/namei.c and fs/inode.c, Linux 6.x, where
 * every owner is mapped.
 */
#include "tables/owner.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* ---- the ids ---- */

/* Types of fields that Protocol Buffers has. */
enum wire {
	WIRE_VARINT,
	WIRE_64,
	WIRE_BYTES,
	WIRE_32 = 5
};

static size_t put_field(unsigned char *buf, unsigned int field, uint32_t value)
{
	size_t n = 0;

	if (value == 0)
		return 0;
	buf[n++] = (unsigned char)(field << 3 | WIRE_VARINT);
	for (; value > 0x7f; value >>= 7)
		buf[n++] = (unsigned char)(value | 0x80);
	buf[n++] = (unsigned char)value;
	return n;
}

size_t owner_encode_ids(const struct owner_record *record, unsigned char *buf)
{
	size_t n = put_field(buf, 1, record->uid);

	return n + put_field(buf + n, 2, record->gid);
}

/* Return: how many bytes it has, 0 if it is none. */
static size_t get_varint(const unsigned char *buf, size_t len,
			 uint64_t *ret_value)
{
	uint64_t value = 0;

	for (size_t n = 0; n < len && n < 10; n++) {
		value |= (uint64_t)(buf[n] & 0x7f) << (7 * n);
		if (!(buf[n] & 0x80)) {
			*ret_value = value;
			return n + 1;
		}
	}
	return 0;
}

/* Return: how many bytes the value of a field has, 0 if that is wrong. */
static size_t get_value(const unsigned char *buf, size_t len, unsigned int wire,
			uint64_t *ret_value)
{
	size_t n = 0;

	switch (wire) {
	case WIRE_VARINT:
		return get_varint(buf, len, ret_value);
	case WIRE_64:
		n = 8;
		break;
	case WIRE_32:
		n = 4;
		break;
	case WIRE_BYTES: {
		uint64_t size;
		size_t head = get_varint(buf, len, &size);

		if (head == 0 || size > len - head)
			return 0;
		return head + (size_t)size;
	}
	default:
		return 0;
	}
	return n <= len ? n : 0;
}

int owner_decode_ids(const unsigned char *buf, size_t len,
		     struct owner_record *record)
{
	uint32_t ids[2] = { 0, 0 };

	for (size_t at = 0; at < len;) {
		uint64_t tag = 0, value = 0;
		size_t n = get_varint(buf + at, len - at, &tag);

		at += n;
		if (n == 0 || tag >> 3 == 0)
			return -EINVAL;
		n = get_value(buf + at, len - at, tag & 7, &value);
		/* Only a field of bytes may have none, and has a length. */
		if (n == 0)
			return -EINVAL;
		at += n;
		if ((tag >> 3 == 1 || tag >> 3 == 2) && (tag & 7) == 0)
			ids[(tag >> 3) - 1] = (uint32_t)value;
	}
	record->uid = ids[0];
	record->gid = ids[1];
	return 0;
}

/* ---- the mode ---- */

static bool is_device(uint32_t mode)
{
	return S_ISCHR(mode) || S_ISBLK(mode);
}

size_t owner_encode_mode(const struct owner_record *record, char *buf)
{
	int n = snprintf(buf, OWNER_MODE_MAX, "%o %o", record->mode,
			 record->over);

	if (is_device(record->mode))
		n += snprintf(buf + n, OWNER_MODE_MAX - (size_t)n, " %u:%u",
			      record->major, record->minor);
	return (size_t)n;
}

int owner_decode_mode(const char *buf, size_t len, struct owner_record *record)
{
	char text[OWNER_MODE_MAX];
	unsigned int mode, over, major = 0, minor = 0;
	int end = 0, more = 0;

	if (len >= sizeof(text) || memchr(buf, 0, len))
		return -EINVAL;
	memcpy(text, buf, len);
	text[len] = 0;
	if (sscanf(text, "%7o %7o%n", &mode, &over, &end) != 2 || !end ||
	    over & ~07777U)
		return -EINVAL;
	if (is_device(mode) &&
	    sscanf(text + end, " %9u:%9u%n", &major, &minor, &more) != 2)
		return -EINVAL;
	if (text[end + more])
		return -EINVAL;
	record->has_mode = true;
	record->mode = mode;
	record->over = over;
	record->major = major;
	record->minor = minor;
	return 0;
}

/*
 * A mode counts as long as the real one is what it was: somebody outside may
 * have changed that since. A file can only be a device if it is a plain one.
 */
void owner_apply(const struct owner_record *record, struct owner_seen *seen)
{
	uint32_t real = seen->mode;

	if (record->uid != OWNER_NONE)
		seen->uid = record->uid;
	if (record->gid != OWNER_NONE)
		seen->gid = record->gid;
	if (!record->has_mode)
		return;
	if (is_device(record->mode) && S_ISREG(real)) {
		seen->mode = (record->mode & S_IFMT) | (real & 07777);
		seen->major = record->major;
		seen->minor = record->minor;
	} else if ((record->mode & S_IFMT) != (real & S_IFMT)) {
		return;
	}
	if (record->over == (real & 07777))
		seen->mode = (seen->mode & S_IFMT) | (record->mode & 07777);
}

/* ---- the kernel's rules ---- */

bool owner_capable(const struct owner_who *who, int cap)
{
	return who->caps & (UINT64_C(1) << cap);
}

bool owner_in_group(const struct owner_who *who, uint32_t gid)
{
	if (who->gid == gid)
		return true;
	for (size_t i = 0; i < who->groups_len; i++)
		if (who->groups[i] == gid)
			return true;
	return false;
}

bool owner_is(const struct owner_who *who, const struct owner_seen *seen)
{
	return who->uid == seen->uid || owner_capable(who, CAP_FOWNER);
}

static bool overrides(const struct owner_who *who,
		      const struct owner_seen *seen, unsigned int mask)
{
	bool search = !(mask & OWNER_WRITE) &&
		      (S_ISDIR(seen->mode) || mask == OWNER_READ);

	if (search && owner_capable(who, CAP_DAC_READ_SEARCH))
		return true;
	if (!owner_capable(who, CAP_DAC_OVERRIDE))
		return false;
	return S_ISDIR(seen->mode) || !(mask & OWNER_EXEC) ||
	       (seen->mode & 0111);
}

int owner_permission(const struct owner_who *who, const struct owner_seen *seen,
		     unsigned int mask)
{
	uint32_t granted = seen->mode;

	if (who->uid == seen->uid)
		granted >>= 6;
	else if (owner_in_group(who, seen->gid))
		granted >>= 3;
	if (!(mask & ~granted & 7) || overrides(who, seen, mask))
		return 0;
	return -EACCES;
}

static bool group_or_capable(const struct owner_who *who, uint32_t gid)
{
	return owner_in_group(who, gid) || owner_capable(who, CAP_FSETID);
}

/* chown_ok() and chgrp_ok() */
static bool may_chown(const struct owner_who *who,
		      const struct owner_seen *seen, uint32_t uid, uint32_t gid)
{
	bool own = who->uid == seen->uid;

	if (owner_capable(who, CAP_CHOWN))
		return true;
	if (uid != OWNER_NONE && !(own && uid == seen->uid))
		return false;
	return gid == OWNER_NONE ||
	       (own && (gid == seen->gid || owner_in_group(who, gid)));
}

int owner_chown(const struct owner_who *who, struct owner_seen *seen,
		uint32_t uid, uint32_t gid)
{
	uint32_t kill = 0;

	if (!may_chown(who, seen, uid, gid))
		return -EPERM;
	if (!S_ISDIR(seen->mode)) {
		kill = seen->mode & S_ISUID;
		/* setattr_should_drop_sgid() */
		if (seen->mode & S_ISGID &&
		    (seen->mode & S_IXGRP || !group_or_capable(who, seen->gid)))
			kill |= S_ISGID;
	}
	if (kill && uid == OWNER_NONE && gid == OWNER_NONE &&
	    !owner_is(who, seen))
		return -EPERM;
	seen->mode &= ~kill;
	if (uid != OWNER_NONE)
		seen->uid = uid;
	if (gid != OWNER_NONE)
		seen->gid = gid;
	return 0;
}

int owner_chmod(const struct owner_who *who, struct owner_seen *seen,
		uint32_t mode)
{
	if (!owner_is(who, seen))
		return -EPERM;
	if (!group_or_capable(who, seen->gid))
		mode &= ~(uint32_t)S_ISGID;
	seen->mode = (seen->mode & S_IFMT) | (mode & 07777);
	return 0;
}

int owner_touch(const struct owner_who *who, const struct owner_seen *seen,
		bool set)
{
	if (owner_is(who, seen))
		return 0;
	return set ? -EPERM : owner_permission(who, seen, OWNER_WRITE);
}

void owner_create(const struct owner_who *who, const struct owner_seen *folder,
		  struct owner_seen *seen)
{
	const uint32_t shared = S_ISGID | S_IXGRP;

	seen->uid = who->uid;
	seen->gid = who->gid;
	if (!(folder->mode & S_ISGID))
		return;
	seen->gid = folder->gid;
	if (S_ISDIR(seen->mode))
		seen->mode |= S_ISGID;
	else if ((seen->mode & shared) == shared &&
		 !group_or_capable(who, folder->gid))
		seen->mode &= ~(uint32_t)S_ISGID;
}
