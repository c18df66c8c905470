/* SPDX-License-Identifier: Apache-2.0 */
/* ACLs of files (system.posix_acl_*): the ids in them, and the mode they are. */
#ifndef NSRUN_OWNER_ACL_H
#define NSRUN_OWNER_ACL_H

#include <stddef.h>
#include "src/task/task.h"

/*
 * The ids of @value, of @len bytes, as the task has them become what the host
 * keeps, in place. What is no ACL stays as it is. Return: 0, or -EINVAL for an
 * id that the task does not have.
 */
long acl_to_host(const struct task *task, void *value, size_t len);

/* The other way. An id that the task does not have is -1, as in the kernel. */
void acl_from_host(const struct task *task, void *value, size_t len);

/* An access ACL has the bits of the mode in it: those that are seen. */
void acl_show_mode(void *value, size_t len, unsigned int mode);

/* The permissions that it stands for, as chmod(2) has them; -1: it is no ACL. */
int acl_mode(const void *value, size_t len);

/* Is it no more than these? */
bool acl_is_mode(size_t len);

#endif
