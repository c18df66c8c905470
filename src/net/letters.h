/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes as letters, six bits each: names of sockets are seen by everybody, in
 * /proc/net/unix, and whoever reads that expects text.
 */
#ifndef NSRUN_NET_LETTERS_H
#define NSRUN_NET_LETTERS_H

#include <stdbool.h>
#include <stddef.h>

#define LETTERS(bytes) (((bytes)*8 + 5) / 6)

/* Writes LETTERS(@size) letters, without a NUL. */
void letters_write(const void *bytes, size_t size, char *ret_letters);

/* Return: whether they are letters, with @ret_bytes of @size. */
bool letters_read(const char *letters, void *ret_bytes, size_t size);

#endif
