/* SPDX-License-Identifier: Apache-2.0 */
/* What nsrun says to its user: `nsrun: what: why`, on standard error. */
#ifndef NSRUN_LOG_H
#define NSRUN_LOG_H

/* Words for @err, an errno or a negated one. */
const char *log_errno(long err);

/* Prints "nsrun: " and the message, in one write. */
void log_message(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* As log_message(), with a second line "  hint: ..." */
void log_hint(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
