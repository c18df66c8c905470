/* SPDX-License-Identifier: Apache-2.0 */
/* Landlock: the kernel's own wall round the tree, where it has one. */
#ifndef NSRUN_LANDLOCK_H
#define NSRUN_LANDLOCK_H

/* Return: the ABI version of this kernel, 0 if it has none. */
int landlock_abi(void);
int landlock_errata(void);

/*
 * Confines the calling thread and all it starts, for good: nothing below
 * /proc can be opened, and no signal sent outside.
 * Return: 0; -ENOSYS or -EOPNOTSUPP where the kernel has no Landlock; -EPERM
 * where it would be in the way (the user can write to the root folder, where
 * new folders could not be reached); or another negative errno.
 */
long landlock_close_proc(void);

/*
 * Likewise: no abstract socket of others is reached. Linux 6.12.
 * Return: 0; -EOPNOTSUPP; or another negative errno.
 */
long landlock_scope_sockets(void);

#endif
