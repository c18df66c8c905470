/* SPDX-License-Identifier: Apache-2.0 */
/* Call sites of files; see known_sites.h. */
#include "src/known_sites.h"

#include <stdbool.h>

#define KNOWN_MAX 64

static struct known {
	dev_t dev;
	ino_t ino;
	uint64_t offset;	/* in the file */
	int nr;
} known[KNOWN_MAX];
static unsigned int first;	/* the next one goes here: over the oldest */

static bool is_of(const struct known *k, const struct mapping *text)
{
	return k->ino && k->ino == text->ino && k->dev == text->dev &&
	       k->offset > text->offset &&
	       k->offset - text->offset <= text->end - text->start;
}

static uint64_t place_of(const struct known *k, const struct mapping *text)
{
	return text->start + (k->offset - text->offset);
}

void known_site_add(const struct mapping *text, uint64_t ip, int nr)
{
	struct known *k;

	for (unsigned int i = 0; i < KNOWN_MAX; i++)
		if (is_of(&known[i], text) && place_of(&known[i], text) == ip)
			return;
	k = &known[first];
	first = (first + 1) % KNOWN_MAX;
	k->dev = text->dev;
	k->ino = text->ino;
	k->offset = text->offset + (ip - text->start);
	k->nr = nr;
}

uint64_t known_site(const struct mapping *text, unsigned int i, int *ret_nr)
{
	for (unsigned int j = 0; j < KNOWN_MAX; j++)
		if (is_of(&known[j], text) && i-- == 0) {
			*ret_nr = known[j].nr;
			return place_of(&known[j], text);
		}
	return 0;
}
