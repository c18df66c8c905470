/* SPDX-License-Identifier: Apache-2.0 */
/* Where the sockets of instances are, and which is whose. */
#ifndef NSRUN_OUTSIDE_NAME_H
#define NSRUN_OUTSIDE_NAME_H

#include <stdbool.h>
#include <stddef.h>

#define NAME_LEN 64

/* May an instance be called so? If not, says why, and returns false. */
bool name_check(const char *name);

/*
 * Takes @name: connects to the instance that has it, or makes its socket,
 * listening, if there is none; the folder of it stays open in *@ret_folder.
 * Return: 0 with one of the two, the other is -1; or a negative errno, which
 * has been told, but for -ESRCH: an instance had it that has just ended.
 */
long name_claim(const char *name, int *ret_connected, int *ret_listener,
		int *ret_folder);

/* The socket of an instance without a name. Return: it or -errno. */
int name_listen_unnamed(void);

/* As long as its socket still listens; afterwards it may be another's. */
void name_release(int folder, const char *name);

/*
 * Connects to the instance @name. Return: a descriptor, or a negative errno
 * which has been told: -ENOENT when there is none.
 */
int name_connect(const char *name);

/* Calls @each with a connection to each instance of the user, and closes it. */
void name_for_each(void (*each)(int fd, const char *name, void *arg),
		   void *arg);

#endif
