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

/*
 * Writes `name(arg, arg)`; never more than 4 KiB, never unprintable bytes. What
 * @read does not give in full is printed as its address; @read may be NULL. The
 * signature of @row must parse.
 */
void signature_print_call(FILE *out, const struct syscall *row,
			  const uint64_t args[SIGNATURE_ARGS],
			  signature_read read, void *ctx);

/* Writes ` = value`, with the errno's name and words as strace does. */
void signature_print_result(FILE *out, const struct syscall *row, long result);

#endif
