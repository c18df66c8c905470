/* SPDX-License-Identifier: Apache-2.0 */
/* Spots: each file is held once, whoever begins there. */
#include "src/view/spot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <utlist.h>
#include "src/host/sys.h"
#include "src/ns/mnt_folder.h"
#include "src/view/root.h"

#define SPOTS_MAX 2048 /* each has a descriptor of the supervisor's */

static struct spot *spots;
static unsigned int spots_len;

static void let_go(struct spot *spot)
{
	DL_DELETE(spots, spot);
	spots_len--;
	close(spot->fd);
	free(spot);
}

bool spot_is(const struct spot *spot, const struct stat *st)
{
	return spot->ino == st->st_ino && spot->dev == st->st_dev;
}

static struct spot *find(const struct stat *st)
{
	struct spot *spot;

	DL_FOREACH (spots, spot)
		if (spot_is(spot, st))
			return spot_get(spot);
	return NULL;
}

static struct spot *create(int fd, const struct stat *st)
{
	struct spot *spot;

	if (spots_len == SPOTS_MAX || sys_is_reserved(fd))
		return NULL;
	spot = calloc(1, sizeof(*spot));
	if (!spot)
		return NULL;
	spot->refs = 1;
	spot->fd = fd;
	spot->dev = st->st_dev;
	spot->ino = st->st_ino;
	spot->folder = S_ISDIR(st->st_mode);
	spot->gone = let_go;
	DL_APPEND(spots, spot);
	spots_len++;
	return spot;
}

long spot_hold(int fd, struct spot **ret_spot)
{
	struct stat st;
	struct spot *spot;
	long r = fd < 0 ? fd : sys_result(fstat(fd, &st));

	if (r < 0) {
		sys_close(&fd);
		return r;
	}
	spot = find(&st);
	if (spot) {
		close(fd);
		*ret_spot = spot;
		return 0;
	}
	spot = create(fd, &st);
	if (!spot) {
		close(fd);
		return -ENOMEM;
	}
	*ret_spot = spot;
	return 0;
}

long spot_open(const char *path, struct spot **ret_spot)
{
	return spot_hold(
		(int)sys_result(open(path, O_PATH | O_CLOEXEC | O_NOFOLLOW)),
		ret_spot);
}

bool spot_is_below(const struct spot *spot, const struct spot *folder)
{
	char path[VIEW_GUEST_PATH_MAX], above[VIEW_GUEST_PATH_MAX];
	size_t n;

	if (root_name_of(spot->fd, path) < 0 ||
	    root_name_of(folder->fd, above) < 0)
		return false;
	n = strcmp(above, "/") == 0 ? 0 : strlen(above);
	return strncmp(path, above, n) == 0 && (path[n] == '/' || !path[n]);
}

void spot_before_unlink(const char *path, const struct stat *st)
{
	_cleanup_close_ int fd = -1;
	struct spot *spot = S_ISREG(st->st_mode) ? find(st) : NULL;

	if (!spot)
		return;
	if (spot->refs > 1)
		fd = mnt_folder_link(path);
	if (fd >= 0)
		dup3(fd, spot->fd, O_CLOEXEC);
	spot_put(spot);
}

int spot_dup(const struct spot *spot)
{
	return fcntl(spot->fd, F_DUPFD_CLOEXEC, 0);
}
