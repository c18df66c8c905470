/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a row of the system-call table says about its arguments: one small
 * grammar, used to print a call as strace would.
 *
 *	signature = [argument {", " argument} " "] "-> " result
 *	argument  = name " " type
 *
 * A type is one of the table in signature.c (fd, pid, signal, path, addr, size,
 * int, hex, ...) or one of the word sets of signature_words.c (flags:open,
 * word:fcntl, ...). A result may also be zero or void, and cannot be a string.
 */
#ifndef NSRUN_SIGNATURE_H
#define NSRUN_SIGNATURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include "src/syscall.h"

#define SIGNATURE_ARGS 6

/*
 * Reads @len bytes of the caller's memory at @addr into @buf.
 * Return: how many were read, 0 or more, or a negative errno.
 */
typedef long (*signature_read)(void *ctx, uint64_t addr, void *buf, size_t len);

/*
 * *@ret_args is how many arguments there are, written on success.
 * Return: 0 if @text parses, -1 if not.
 */
int signature_check(const char *text, int *ret_args);

/* Has it an argument or a result of the type @type? */
bool signature_has(const char *text, const char *type);

/* Is argument @i, or -1 for the result, of the type @type? */
bool signature_arg_is(const char *text, int i, const char *type);

#define SIGNATURE_LINE 4096	/* bytes of a printed call, at most */

/* One call as it is printed: `name(arg, arg`, and where its arguments are. */
struct signature_line {
	char text[SIGNATURE_LINE - 3];	/* "...)" ends one that was cut */
	size_t len;
	bool cut;
	int nr_args;		/* those that are there */
	size_t start[SIGNATURE_ARGS], end[SIGNATURE_ARGS];
};

/*
 * Begins a line: up to the first argument that the call fills, not with it.
 * Never unprintable bytes. What @read does not give in full is printed as its
 * address; @read may be NULL. The signature of @row must parse.
 */
void signature_begin(struct signature_line *line, const struct syscall *row,
		     const uint64_t args[SIGNATURE_ARGS], signature_read read,
		     void *ctx);

/* The other arguments, when the call has returned @result. */
void signature_finish(struct signature_line *line, const struct syscall *row,
		      const uint64_t args[SIGNATURE_ARGS], long result,
		      signature_read read, void *ctx);

/* Likewise, when it never returned: by their addresses. */
void signature_abandon(struct signature_line *line, const struct syscall *row,
		       const uint64_t args[SIGNATURE_ARGS]);

/* Begins and finishes it as a call that returned 0, and writes it. */
void signature_print_call(FILE *out, const struct syscall *row,
			  const uint64_t args[SIGNATURE_ARGS],
			  signature_read read, void *ctx);

/* Writes ` = value`, with the errno's name and words as strace does. */
void signature_print_result(FILE *out, const struct syscall *row, long result);

#endif
