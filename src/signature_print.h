/* SPDX-License-Identifier: Apache-2.0 */
/* What the printers of arguments share; for the signature_*.c files alone. */
#ifndef NSRUN_SIGNATURE_PRINT_H
#define NSRUN_SIGNATURE_PRINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "src/signature.h"
#include "src/signature_words.h"

#define STRING_SHOWN 32	/* as strace does without -s */
#define ERRNO_MAX 4095	/* the kernel's MAX_ERRNO */

struct printer {
	struct signature_line *line;
	const uint64_t *args;
	long result;		/* of the call, when it is over; else 0 */
	signature_read read;
	void *ctx;
};

struct type {
	const char *name;
	void (*print)(struct printer *p, int i);	/* argument @i */
	enum { ARGUMENT = 1, RESULT = 2, BOTH = 3 } use;
	bool out;		/* the call fills it: printed after it */
	bool next;		/* the argument after it is its length */
};

/* signature_structs.c: what stands behind a pointer */
extern const struct type struct_types[];
extern const size_t struct_types_count;

/* Adds to the line all of it, or nothing ever more. */
__attribute__((format(printf, 2, 3)))
void print_text(struct printer *p, const char *format, ...);

void print_addr(struct printer *p, int i);
void print_signal_number(struct printer *p, int nr);
void print_words(struct printer *p, const struct word_set *set, uint32_t value);

/* @more: there would be more of it. */
void print_quoted(struct printer *p, const char *bytes, size_t len, bool more);

/*
 * Reads @size bytes at @addr, or as many as there are up to a zero byte if
 * @string. Return: how many, without the zero; -1 if some cannot be read.
 */
long print_fetch(struct printer *p, uint64_t addr, void *buf, size_t size,
		 bool string);

#endif
