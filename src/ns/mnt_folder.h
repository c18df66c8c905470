/* SPDX-License-Identifier: Apache-2.0 */
/* The folder of an instance in which its file systems lie. */
#ifndef NSRUN_NS_MNT_FOLDER_H
#define NSRUN_NS_MNT_FOLDER_H

#include <sys/stat.h>
#include "tables/mounts.h"

/* A new folder there. Return: 0, or a negative errno. */
long mnt_folder_make(mode_t mode, struct spot **ret_spot);

/*
 * The file @path has one more name there, as long as this instance lives.
 * Return: a descriptor of it, O_PATH; or a negative errno, as where it is not
 * in the same file system.
 */
int mnt_folder_link(const char *path);

/* Which is needed no more: what it holds goes, a part perhaps later. */
void mnt_folder_remove(const struct spot *spot);

/* At the end: everything. */
void mnt_folders_end(void);

/* What instances that were killed have left. */
void mnt_folders_clean(void);

#endif
