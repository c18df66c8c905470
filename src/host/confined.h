/* SPDX-License-Identifier: Apache-2.0 */
/* What nsrun does for a program of a tree, as somebody with no more rights. */
#ifndef NSRUN_CONFINED_H
#define NSRUN_CONFINED_H

#include <sys/socket.h>
#include <sys/types.h>

/*
 * connect(2) by a process that cannot gain privileges and has ended when this
 * returns: whoever looks who connected finds neither the supervisor nor its
 * rights. Return: 0 with its pid in *@ret_pid, or a negative errno.
 */
long confined_connect(int fd, const void *addr, socklen_t len, pid_t *ret_pid);

#endif
