/* SPDX-License-Identifier: Apache-2.0 */
/* The filters that prebuild.c wrote; see prebuilt.h. */
#include "interpose/prebuilt.h"

#include <stddef.h>

struct prebuilt {
	unsigned int active;
	enum filter_mode mode;
	struct sock_fprog caught;
};

#include "prebuilt_programs.h"

const struct sock_fprog *prebuilt_caught(unsigned int active,
					 enum filter_mode mode)
{
	for (const struct prebuilt *p = programs; p->active; p++)
		if (p->active == active && p->mode == mode)
			return &p->caught;
	return NULL;
}
