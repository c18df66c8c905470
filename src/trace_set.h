/* SPDX-License-Identifier: Apache-2.0 */
/* The SET of `--trace=SET`: which system calls are meant, in strace's words. */
#ifndef NSRUN_TRACE_SET_H
#define NSRUN_TRACE_SET_H

#include <stdbool.h>
#include <stddef.h>
#include "src/syscall.h"

struct trace_set {
	bool all;	/* every call, those that no row names too */
	bool nr[SYSCALL_LIMIT];
};

/*
 * @text is a comma list of names, of classes (%file, %process, ...), `all` or
 * `none`; a `!` in front means all but these; a `?` before a name, that it
 * may be unknown. Adds to *@set, which begins zeroed.
 * Return: 0, or -1 with the word that means nothing.
 */
int trace_set_parse(const char *text, struct trace_set *set,
		    const char **ret_word, size_t *ret_len);

/* The names of the classes, without the %; NULL ends them. */
extern const char *const trace_set_classes[];

#endif
