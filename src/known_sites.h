/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Call sites of files, known from processes that have called there.
 *
 * Theory of operation. A program that has a handler can't be led to its agent
 * without a stop (by_agent.c). So the sites whose calls would be stops are
 * patched when its agent comes, before it has called there, if another process
 * with the same file did: that the place is the end of such a call is known
 * then.
 */
#ifndef NSRUN_KNOWN_SITES_H
#define NSRUN_KNOWN_SITES_H

#include <stdint.h>
#include "src/host/maps.h"

/* A place of a mapping @text was the end of a call @nr. */
void known_site_add(const struct mapping *text, uint64_t ip, int nr);

/*
 * The @i-th one of the file behind @text, from 0 on.
 * Return: its place in @text, and its number; 0: there are no more.
 */
uint64_t known_site(const struct mapping *text, unsigned int i, int *ret_nr);

#endif
