/* SPDX-License-Identifier: Apache-2.0 */
/* The vDSO, which is one and the same in all processes of a machine. */
#ifndef NSRUN_VDSO_H
#define NSRUN_VDSO_H

#include <stdint.h>

/*
 * Where the function @name begins, from the beginning of the vDSO. Return: 0:
 * it has none.
 */
uint64_t vdso_offset(const char *name);

#endif
