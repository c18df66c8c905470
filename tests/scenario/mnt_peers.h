/* SPDX-License-Identifier: Apache-2.0 */
/* What the scenarios of mount propagation share: how mounts hang together. */
#ifndef MNT_PEERS_H
#define MNT_PEERS_H

#include "mnt_common.h"

#define SHOWN_MAX 64

struct shown {
	int id, parent, depth;
	char point[256], root[256], tags[128];
};

static struct shown shown[SHOWN_MAX];
static int n_shown;

static inline const struct shown *shown_by_id(int id)
{
	for (int i = 0; i < n_shown; i++)
		if (shown[i].id == id)
			return &shown[i];
	return NULL;
}

static inline int shown_order(const void *a, const void *b)
{
	const struct shown *x = a, *y = b;
	int r = strcmp(x->point, y->point);

	return r ? r : x->depth - y->depth;
}

/* Groups are letters, in the order in which they are met. */
static inline const char *letters(const char *tags, int *groups, int *n)
{
	static char text[160];
	char *to = text;

	while (*tags && to < text + sizeof(text) - 2) {
		int id, len = 0, i = 0;

		*to++ = *tags;
		if (*tags++ != ':' || sscanf(tags, "%d%n", &id, &len) != 1)
			continue;
		while (i < *n && groups[i] != id)
			i++;
		if (i == *n && *n < SHOWN_MAX)
			groups[(*n)++] = id;
		*to++ = (char)('A' + i);
		tags += len;
	}
	*to = 0;
	return text;
}

static inline void read_shown(void)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	char line[8192], point[PATH_MAX], root[PATH_MAX];

	if (!file)
		die("mountinfo");
	n_shown = 0;
	while (fgets(line, sizeof(line), file) && n_shown < SHOWN_MAX) {
		struct shown *one = &shown[n_shown];
		char *dash = strstr(line, " - ");
		int end = 0;

		if (!dash || sscanf(line, "%d %d %*s %4095s %4095s %*s%n",
				    &one->id, &one->parent, root, point,
				    &end) != 4)
			die("mountinfo: %s", line);
		if (strncmp(point, base, strlen(base)) != 0)
			continue;
		*dash = 0;
		snprintf(one->point, sizeof(one->point), "%.250s",
			 shorten(point));
		snprintf(one->root, sizeof(one->root), "%.250s",
			 strncmp(dash + 3, "tmpfs", 5) == 0 ? root : "-");
		snprintf(one->tags, sizeof(one->tags), "%.120s", line + end);
		n_shown++;
	}
	fclose(file);
	for (int i = 0; i < n_shown; i++) {
		shown[i].depth = 0;
		for (const struct shown *at = shown_by_id(shown[i].parent); at;
		     at = shown_by_id(at->parent))
			shown[i].depth++;
	}
}

/* The mounts below the folder. */
static inline void show_peers(const char *what)
{
	int groups[SHOWN_MAX], n = 0;

	read_shown();
	qsort(shown, (size_t)n_shown, sizeof(shown[0]), shown_order);
	see("%s:", what);
	for (int i = 0; i < n_shown; i++) {
		const struct shown *up = shown_by_id(shown[i].parent);

		see("  %s in %s shows %s%s", shown[i].point,
		    up ? up->point : "-", shown[i].root,
		    letters(shown[i].tags, groups, &n));
	}
}

#endif
