/* SPDX-License-Identifier: Apache-2.0 */
/* Capabilities of nsrun's own processes, by libcap-ng. */
#ifndef NSRUN_CAPS_H
#define NSRUN_CAPS_H

#include <stdbool.h>

/* Does the calling process have any? */
bool caps_any(void);

/*
 * Gives up every capability and the bounding set, for good.
 * Return: 0 or a negative errno.
 */
long caps_drop_all(void);

#endif
