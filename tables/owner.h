/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who owns a file, and what it is, as programs of a user namespace see it: how
 * it is written down, and the kernel's rules for it. See doc/ownership.md.
 */
#ifndef NSRUN_OWNER_H
#define NSRUN_OWNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of an id: nothing is written down of it; -1 of chown(2), too. */
#define OWNER_NONE UINT32_MAX

/* What is written down with a file. */
struct owner_record {
	uint32_t uid, gid;     /* OWNER_NONE: as the file really has it */
	bool has_mode;	       /* the rest is there */
	uint32_t mode;	       /* st_mode, with the type: maybe a device's */
	uint32_t over;	       /* the real permissions when it was written */
	uint32_t major, minor; /* of a device */
};

#define OWNER_IDS_MAX  12 /* bytes: two varints with their tags */
#define OWNER_MODE_MAX 64

/*
 * The ids as message Resource of rootlesscontainers.proto.
 * Return: how many bytes of @buf, of OWNER_IDS_MAX, are in use; maybe 0.
 */
size_t owner_encode_ids(const struct owner_record *record, unsigned char *buf);

/* Return: 0, or -EINVAL for what is no such message; @record is unchanged. */
int owner_decode_ids(const unsigned char *buf, size_t len,
		     struct owner_record *record);

/* The rest as text: "MODE OVER" or "MODE OVER MAJOR:MINOR". Likewise. */
size_t owner_encode_mode(const struct owner_record *record, char *buf);
int owner_decode_mode(const char *buf, size_t len, struct owner_record *record);

/* A file as it is seen. */
struct owner_seen {
	uint32_t uid, gid;
	uint32_t mode;	       /* with the type */
	uint32_t major, minor; /* of a device */
};

/* What @record makes of @seen, which is the real file's. */
void owner_apply(const struct owner_record *record, struct owner_seen *seen);

/* Who asks: the ids that count for files. */
struct owner_who {
	uint32_t uid, gid;
	uint64_t caps; /* effective; bit N is capability N */
	size_t groups_len;
	const uint32_t *groups; /* supplementary; borrowed */
};

bool owner_capable(const struct owner_who *who, int cap);
bool owner_in_group(const struct owner_who *who, uint32_t gid);

/* inode_owner_or_capable() of the kernel. */
bool owner_is(const struct owner_who *who, const struct owner_seen *seen);

#define OWNER_EXEC  1 /* as MAY_EXEC and X_OK */
#define OWNER_WRITE 2
#define OWNER_READ  4

/* generic_permission(). Return: 0 or -EACCES. */
int owner_permission(const struct owner_who *who, const struct owner_seen *seen,
		     unsigned int mask);

/*
 * chown(2) by @who, OWNER_NONE for what stays. Return: 0 and @seen is changed,
 * or -EPERM.
 */
int owner_chown(const struct owner_who *who, struct owner_seen *seen,
		uint32_t uid, uint32_t gid);

/* chmod(2) likewise, to the permissions @mode. */
int owner_chmod(const struct owner_who *who, struct owner_seen *seen,
		uint32_t mode);

/*
 * utimensat(2): to now, or, with @set, to times that are given. Return: 0,
 * -EACCES or -EPERM.
 */
int owner_touch(const struct owner_who *who, const struct owner_seen *seen,
		bool set);

/* The owner of what @who makes in @folder, and its mode (vfs_prepare_mode). */
void owner_create(const struct owner_who *who, const struct owner_seen *folder,
		  struct owner_seen *seen);

#endif
