/* SPDX-License-Identifier: Apache-2.0 */
/* The system-call table as an array, and how to look a row up. */
#ifndef NSRUN_SYSCALL_H
#define NSRUN_SYSCALL_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct call;

/* How a call is caught. A row has exactly one. */
enum gate {
	GATE_NONE,	/* a number that no row names: answered ENOSYS */
	GATE_PASS,	/* the kernel runs it, uncaught */
	GATE_DENY,	/* the filter answers with an errno */
	GATE_NOTIFY,	/* the supervisor answers it whole */
	GATE_STOP,	/* ptrace: changed arguments, or a changed result */
};

/* What the agent in the program does of a row. */
enum agent_part {
	AGENT_NO_PART,
	AGENT_VIEW,	/* it answers from its view page */
	AGENT_KIN,	/* the kernel's answer, which its view page turns */
	AGENT_SELF,	/* to the caller itself, it sends by the row of SENDS */
	AGENT_SENDS,	/* from it, to itself: the kernel does it */
	AGENT_OWN,	/* of GATE_STOP: the caller's own number becomes 0 */
	AGENT_NATIVE,	/* it has the kernel run it, and looks at the result */
	AGENT_WALLED,	/* likewise, but only where Landlock closes /proc */
	AGENT_RUNS,	/* AGENT_NATIVE for GATE_STOP, where there are bare tasks */
	AGENT_CLONES,	/* likewise, from the code of the site: born.c */
	AGENT_INSTEAD,	/* of GATE_STOP: likewise, as another call */
};

/* Which forms of a caught call are caught; the rest runs uncaught. */
enum when {
	WHEN_ALWAYS,
	WHEN_NONZERO,	/* argument @when_arg is not 0 */
	WHEN_IS,	/* the low 32 bits of it are one of @when_values */
	WHEN_ANY_BIT,	/* it has one of the bits @when_values[0] */
	WHEN_ZERO,	/* argument @when_arg is 0 */
	WHEN_ZEROS,	/* and so is argument @when_values[0] */
	WHEN_BITS,	/* and @when_values[0]; argument [1] the bits [2] */
	WHEN_NO_BIT,	/* it has none of the bits @when_values[0] */
	WHEN_ISNT,	/* the low 32 bits of it are not @when_values[0] */
	WHEN_ARMED,	/* in tasks alone that nsrun has armed for it */
};

/* The namespaces that make a row interesting: a set of bits. */
enum ns_kind {
	NS_BASE = 1 << 0,	/* every instance: tasks are followed by it */
	NS_PID = 1 << 1,
	NS_UTS = 1 << 2,
	NS_IPC = 1 << 3,
	NS_USER = 1 << 4,
	NS_NET = 1 << 5,
	NS_MNT = 1 << 6,
	NS_TIME = 1 << 7,
	NS_CGROUP = 1 << 8,
	NS_BARE = 1 << 9,	/* no namespace: tasks may go untraced */
};

/* Each namespace that exists, but user and net: what no letter asks for. */
#define NS_DEFAULT (NS_PID | NS_IPC | NS_UTS)

/* How complete the handling of a row is, for doc/coverage.md. */
enum level { LEVEL_FULL, LEVEL_PARTIAL, LEVEL_NONE };

#define WHEN_VALUES_MAX 26

struct syscall {
	int nr;			/* x86_64 number; also the index */
	const char *name;	/* NULL: no such call */
	enum gate gate;
	int err;		/* GATE_DENY: the errno, positive */
	enum when when;
	int when_arg;		/* 0 to 5 */
	uint32_t when_values[WHEN_VALUES_MAX];	/* ends at the first 0 */
	unsigned int always;	/* set of enum ns_kind: all forms, with one */
	unsigned int with;	/* likewise: argument @with_arg is not 0 */
	int with_arg;
	bool once;		/* GATE_NOTIFY: made twice, it would show */
	enum agent_part agent;	/* GATE_NOTIFY, GATE_STOP */
	long (*handler)(struct call *c);
	const char *signature;	/* grammar: signature.h */
	unsigned int ns;	/* set of enum ns_kind */
	enum level level;
	const char *note;	/* "" where level is full */
};

/* The data of the trace actions of nsrun's filters: a guest's has other. */
#define SYSCALL_TRACE_DATA 0x6e73

/* One more than the highest number that the table knows. */
#define SYSCALL_LIMIT 471

/* Return: the row of @nr, or NULL if the table has none. */
const struct syscall *syscall_row(long nr);

/* Return: the row called @name, or NULL. */
const struct syscall *syscall_by_name(const char *name);

/*
 * Is @row caught when the namespaces @active (set of enum ns_kind, with
 * NS_BASE) are on? Rows of gate DENY, NOTIFY or STOP whose namespaces are all
 * off run uncaught.
 */
bool syscall_caught(const struct syscall *row, unsigned int active);

/*
 * Likewise for the one form of it that has @args: is it caught, or refused?
 * Whether a task is armed is not known here: ARMED rows say yes.
 */
bool syscall_takes(const struct syscall *row, const uint64_t args[6],
		   unsigned int active);

/*
 * Which bits of an argument a value of WHEN_IS is compared with: the kernel
 * takes 32. An ioctl request that has a direction but no size stands for
 * those of every size, as the kernel takes some structures; SYSCALL_NET_IOCTLS
 * stands for all requests of sockets, where they are those of a net namespace.
 * Return: 0 if the value does not count when the namespaces @active are on.
 */
#define SYSCALL_NET_IOCTLS 0x8900
uint32_t syscall_value_mask(uint32_t value, unsigned int active);

/* Which forms of it are caught when the namespaces @active are on. */
enum when syscall_when(const struct syscall *row, unsigned int active);
int syscall_when_arg(const struct syscall *row, unsigned int active);

/* Is a call with these arguments one of those forms? */
bool syscall_matches(const struct syscall *row, const uint64_t *args,
		     unsigned int active);

/* Words for messages and for doc/coverage.md; static strings. */
const char *gate_name(enum gate gate);
const char *level_name(enum level level);

/* Writes doc/coverage.md, as `nsrun --list-syscalls` prints it. */
void syscall_list(FILE *out);

#endif
