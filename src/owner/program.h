/* SPDX-License-Identifier: Apache-2.0 */
/* What exec heeds of a program's file: the hook of src/ns/user.h. */
#ifndef NSRUN_OWNER_PROGRAM_H
#define NSRUN_OWNER_PROGRAM_H

struct task;
struct user_program;

/* See user_program_hook. */
long owner_of_program(struct task *task, const char *path,
		      struct user_program *ret_program);

#endif
