/* SPDX-License-Identifier: Apache-2.0 */
/* What exec heeds of a program's file: the hook of src/ns/user.h. */
#ifndef NSRUN_OWNER_PROGRAM_H
#define NSRUN_OWNER_PROGRAM_H

#include <stdint.h>

struct task;
struct user_program;

/*
 * Capabilities of a file (struct vfs_ns_cap_data) as @task has set them, as
 * they are kept: those that root of a namespace below the outermost gives hold
 * for that one alone. And as the task is to see what is kept. Return: their
 * length, or what cap_convert_nscap() and cap_inode_getsecurity() say.
 */
long program_caps_to_record(const struct task *task, uint32_t *data);
long program_caps_from_record(const struct task *task, uint32_t *data);

/* See user_program_hook. */
long owner_of_program(struct task *task, const char *path,
		      struct user_program *ret_program);

#endif
