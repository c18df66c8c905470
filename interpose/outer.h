/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The outer filter: a seccomp filter that nsrun itself was started under, as
 * every container has one.
 *
 * Theory of operation. Of what several filters say of a call, the strictest
 * counts: an outer filter's errno comes before a notification, and before a
 * trace stop. So there are calls that never reach nsrun's gates. Which ones
 * is found by trying: a child with a filter that sends every call to its
 * tracer makes each call that nsrun means to catch, and the tracer answers
 * what comes to it. None of them runs. What was answered by somebody else is
 * kept here, with the answer.
 *
 * Those calls get an action that comes before an errno: SECCOMP_RET_TRAP, a
 * SIGSYS, which the tracer is shown before anybody else (STOP_TRAPPED). It has
 * the call answered as by the trace gate, and the signal is dropped.
 *
 * A trap also comes before what a filter of the program's own says. So these
 * calls stay refused to a program that has one.
 *
 * What an outer filter kills for can't be had in any way. What it refuses by
 * other arguments than those that were tried is not found.
 */
#ifndef NSRUN_OUTER_H
#define NSRUN_OUTER_H

#include <stdbool.h>
#include <stdint.h>

#define OUTER_FORMS_MAX 256

/* Calls that an outer filter answers. */
struct outer_form {
	int nr;
	int arg;		/* its low 32 bits, */
	uint32_t mask, value;	/* masked, are @value; no mask: every one */
	int err;		/* the answer, negative; 0: it kills */
};

/* Is there an outer filter at all? Ask before nsrun's own is loaded. */
bool outer_exists(void);

/*
 * Finds them for the namespaces @active (set of enum ns_kind), if there is an
 * outer filter; once. Return: 0, or a negative errno, -EPERM where ptrace is
 * refused.
 */
long outer_find(unsigned int active);

/* What was found. */
unsigned int outer_forms(const struct outer_form **ret_forms);

/* A sum of what was found: two that found the same have the same. */
uint64_t outer_digest(void);

/* The errno, negative, that an outer filter answers this call with, or 0. */
long outer_answer(long nr, const uint64_t *args);

#endif
