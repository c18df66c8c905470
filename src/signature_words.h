/* SPDX-License-Identifier: Apache-2.0 */
/* The words that stand for numbers in arguments: flags and enumerations. */
#ifndef NSRUN_SIGNATURE_WORDS_H
#define NSRUN_SIGNATURE_WORDS_H

#include <stddef.h>
#include <stdint.h>

struct word {
	uint32_t value;
	const char *name;	/* NULL ends a list */
};

/*
 * One type of argument. The bits of @field hold one number, which is equal
 * to one of the words; the other bits are flags, each with a word, printed in
 * the order of the list. Words of several bits precede those of their bits.
 */
struct word_set {
	const char *type;	/* as in a signature: flags:open, word:fcntl */
	uint32_t field;
	const struct word *words;
};

/* Return: the set whose type is the @len bytes at @type, or NULL. */
const struct word_set *word_set_find(const char *type, size_t len);

#endif
