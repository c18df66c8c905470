/* SPDX-License-Identifier: Apache-2.0 */
/* Files that are made: what open(2) has to do with it. */
#ifndef NSRUN_OWNER_CREATE_H
#define NSRUN_OWNER_CREATE_H

#include "src/owner/file.h"

/*
 * An open of @path, which is not there, with O_CREAT: the file gets the ids of
 * the task. Return: what the handler is to return.
 */
long owner_open_new(struct call *c, int dirfd, const char *path,
		    unsigned int mode);

/* Likewise with O_TMPFILE, in @folder. */
long owner_open_unnamed(struct call *c, struct file *folder,
			unsigned int mode);

/*
 * bind(2) of a socket to a path, by others: may it be made there (0 or -EACCES),
 * and now it is there.
 */
long owner_bind_allowed(struct call *c);
void owner_bind_note(struct call *c);

/* bind(2): the handler, of what makes no name of a net namespace's. */
long owner_bind(struct call *c);

#endif
