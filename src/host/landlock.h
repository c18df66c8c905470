/* SPDX-License-Identifier: Apache-2.0 */
/* Landlock: the kernel's own wall round the tree, where it has one. */
#ifndef NSRUN_LANDLOCK_H
#define NSRUN_LANDLOCK_H

/* Return: the ABI version of this kernel, 0 if it has none. */
int landlock_abi(void);
int landlock_errata(void);

/*
 * Confines the calling thread and all it starts, for good: nothing below
 * /proc can be opened, no signal sent and no abstract socket reached outside.
 * Return: 0; -ENOSYS or -EOPNOTSUPP where the kernel has no Landlock; -EPERM
 * where it would be in the way (the user can write to the root folder, where
 * new folders could not be reached); or another negative errno.
 */
long landlock_close_proc(void);

#endif
