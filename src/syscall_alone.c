/* SPDX-License-Identifier: Apache-2.0 */
/*
 * src/syscall.c for programs that do not link the handlers.
 *
 * Each handler is declared weak before the table names it: one that is not
 * linked is a null pointer in its row, and one that is linked is found.
 */
#define _GNU_SOURCE 1
#include "src/syscall.h"

#define WEAK_PASS(h)
#define WEAK_DENY(e) WEAK_PASS
#define WEAK_NOTIFY(h) long h(struct call *c) __attribute__((weak));
#define WEAK_ONCE(h) WEAK_NOTIFY(h)
#define WEAK_VIEW(h) WEAK_NOTIFY(h)
#define WEAK_KIN(h) WEAK_NOTIFY(h)
#define WEAK_SELF(h) WEAK_NOTIFY(h)
#define WEAK_SENDS(h) WEAK_NOTIFY(h)
#define WEAK_NATIVE(h) WEAK_NOTIFY(h)
#define WEAK_WALLED(h) WEAK_NOTIFY(h)
#define WEAK_STOP(h) WEAK_NOTIFY(h)
#define WEAK_OWN(h) WEAK_NOTIFY(h)
#define WEAK_RUNS(h) WEAK_NOTIFY(h)
#define WEAK_CLONES(h) WEAK_NOTIFY(h)
#define WEAK_INSTEAD(h) WEAK_NOTIFY(h)
#define SYSCALL(nr, name, gate, when, handler, signature, ns, level, note) \
	WEAK_##gate(handler)
#include "src/syscalls.def"
#undef SYSCALL

#include "src/syscall.c"
