/* SPDX-License-Identifier: Apache-2.0 */
/* The maps of a user namespace, from the options of the command line. */
#include "src/id_maps.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "src/config.h"
#include "src/host/log.h"

static _Noreturn void refuse(const char *option, const char *text,
			     const char *why)
{
	log_message("%s: %s: %s", option, text, why);
	log_hint("INNER,OUTER,COUNT: %s=1000,1000,1 maps one id to itself",
		 option);
	exit(EXIT_NSRUN);
}

static void add(struct idmap *map, const char *option, const char *text,
		const uint32_t ids[3])
{
	int r = idmap_add(map, ids[0], ids[1], ids[2]);

	if (r == -E2BIG)
		refuse(option, text, "more than 340 ranges");
	if (r < 0)
		refuse(option, text,
		       "empty, beyond the last id, or one that "
		       "overlaps with another");
}

void id_maps_add(struct idmap *map, const char *option, const char *text)
{
	const char *next = text, between = strchr(text, ':') ? ':' : ',';
	uint32_t ids[3];

	for (int i = 0; i < 3; i++) {
		char *end;
		unsigned long long n = strtoull(next, &end, 10);

		if (*next < '0' || *next > '9' || *end != (i < 2 ? between : 0))
			refuse(option, text, "not three numbers");
		if (n > IDMAP_NONE)
			refuse(option, text, "no such id");
		ids[i] = (uint32_t)n;
		next = end + 1;
	}
	add(map, option, text, ids);
}

static void add_one(struct idmap *map, const char *option, uint32_t inner,
		    uint32_t outer)
{
	const uint32_t ids[3] = { inner, outer, 1 };
	char text[64];

	snprintf(text, sizeof(text), "%u,%u,1", inner, outer);
	add(map, option, text, ids);
}

static void fill(struct idmap *map)
{
	if (idmap_fill(map, USER_MADE_UP_COUNT, USER_MADE_UP) == 0)
		return;
	log_message("--map-auto: does not fit with the other maps");
	exit(EXIT_NSRUN);
}

void id_maps_complete(const struct id_options *options,
		      struct user_config *config)
{
	const char *option =
		options->root ? "--map-root-user" : "--map-current-user";
	bool one = options->root || options->current;
	uint32_t uid = geteuid(), gid = getegid();

	if (options->root && options->current) {
		log_message("--map-root-user and --map-current-user: "
			    "only one of them");
		exit(EXIT_NSRUN);
	}
	/* As the kernel asks of whoever maps his own group alone. */
	config->setgroups_denied = one && !options->all && !config->gids.n;
	if (one) {
		add_one(&config->uids, option, options->root ? 0 : uid, uid);
		add_one(&config->gids, option, options->root ? 0 : gid, gid);
	}
	if (options->all) {
		fill(&config->uids);
		fill(&config->gids);
	}
}
