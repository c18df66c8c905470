/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of /proc that tell paths, for who has a root of its own: what lies
 * below it by the path from there. Other files keep the host's path, as
 * d_path() of the kernel has them; of mounts, those that can't be reached are
 * not told (seq_path_root()).
 */
#include <stdlib.h>
#include <string.h>
#include "src/view/root.h"
#include "src/view/view.h"

/* maps, smaps, numa_maps: a path is the rest of its line. */
static const char *path_in(const char *line)
{
	const char *file = strstr(line, " file=");

	return file ? file + 6 : strchr(line, '/');
}

static void put_line(const struct task *viewer, const char *line, FILE *out)
{
	char path[VIEW_GUEST_PATH_MAX];
	const char *at = path_in(line);

	if (!at || strlen(at) >= sizeof(path)) {
		fprintf(out, "%s\n", line);
		return;
	}
	strcpy(path, at);
	root_show(viewer, path);
	fprintf(out, "%.*s%s\n", (int)(at - line), line, path);
}

long proc_rooted_maps(const struct task *viewer, const struct place *place,
		      char *real, size_t len, FILE *out)
{
	char *line;

	(void)place;
	real[len] = 0;
	while ((line = strsep(&real, "\n")))
		if (*line || real)
			put_line(viewer, line, out);
	return 0;
}

/* The word that is the mount point: the second, or of mountinfo the fifth. */
static char *point_of(char *line, bool info)
{
	for (int i = info ? 4 : 1; line && i > 0; i--) {
		line = strchr(line, ' ');
		line = line ? line + 1 : NULL;
	}
	return line;
}

static void put_mount(const struct task *viewer, char *line, bool info,
		      FILE *out)
{
	char path[VIEW_GUEST_PATH_MAX];
	char *at = point_of(line, info);
	size_t n = at ? strcspn(at, " ") : 0;

	if (!at || n >= sizeof(path))
		return;
	memcpy(path, at, n);
	path[n] = 0;
	if (root_show(viewer, path))
		fprintf(out, "%.*s%s%s\n", (int)(at - line), line, path,
			at + n);
}

static void put_procs(const struct task *viewer, bool info, FILE *out)
{
	const char *flags = "rw,nosuid,nodev,noexec,relatime";
	char path[VIEW_GUEST_PATH_MAX];

	for (unsigned int i = 0; root_proc_at(i, path); i++) {
		if (!*path || !root_show(viewer, path))
			continue;
		if (info)
			fprintf(out, "%u 1 0:%u / %s %s - proc proc rw\n",
				100000 + i, 1000 + i, path, flags);
		else
			fprintf(out, "proc %s proc %s 0 0\n", path, flags);
	}
}

long proc_rooted_mounts(const struct task *viewer, const struct place *place,
			char *real, size_t len, FILE *out)
{
	bool info = strstr(place->path, "mountinfo");
	char *line;

	real[len] = 0;
	while ((line = strsep(&real, "\n")))
		put_mount(viewer, line, info, out);
	put_procs(viewer, info, out);
	return 0;
}
