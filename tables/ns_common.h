/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What namespaces of every kind have in common: the first member of each of
 * their structures, as the kernel's struct ns_common.
 */
#ifndef NSRUN_NS_COMMON_H
#define NSRUN_NS_COMMON_H

struct ns_ops;
struct ns_file;
struct user_namespace;

struct ns_common {
	const struct ns_ops *ops;	/* its kind; NULL: level 0's, the host's */
	struct ns_file *file;		/* nsfs.c; NULL: nobody looked at it */
	/* Owned: where it was made. NULL: the host's, or a user namespace. */
	struct user_namespace *owner;
	void (*gone)(struct ns_common *ns);	/* called before it is freed */
};

#endif
