/* SPDX-License-Identifier: Apache-2.0 */
/* Maps of ids on the command line. What is wrong there ends the program. */
#ifndef NSRUN_ID_MAPS_H
#define NSRUN_ID_MAPS_H

#include <stdbool.h>
#include "src/ns/user.h"

struct id_options {
	bool root;    /* --map-root-user */
	bool current; /* --map-current-user */
	bool all;     /* --map-auto */
};

/* One --map-users or --map-groups, whose value is @text. */
void id_maps_add(struct idmap *map, const char *option, const char *text);

/* What the other options add to the maps, when all have been read. */
void id_maps_complete(const struct id_options *options,
		      struct user_config *config);

#endif
