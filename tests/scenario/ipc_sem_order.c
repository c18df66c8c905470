/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Several wait for semaphores: who is let go, and in which order.
 *
 * scenario: bare=same
 * (a set of one's own looks the same in every namespace)
 */
#include "ipc_sem.h"

static void first_come(void)
{
	new_set();
	wait_in('a', OPS({ 0, -1, 0 }));
	wait_in('b', OPS({ 0, -1, 0 }));
	wait_in('c', OPS({ 0, -2, 0 }));
	wait_in('d', OPS({ 0, -1, 0 }));
	op(OPS({ 0, 1, 0 }));
	see_ended("one for the first");
	op(OPS({ 0, 2, 0 }));
	see_ended("two for b, then d: c needs more");
	op(OPS({ 0, 1, 0 }));
	see_ended("one is too few for c");
	op(OPS({ 0, 1, 0 }));
	see_ended("two for c");
	end_set();
}

static void sizes(void)
{
	new_set();
	wait_in('a', OPS({ 0, -3, 0 }));
	wait_in('b', OPS({ 0, -2, 0 }));
	wait_in('c', OPS({ 0, -1, 0 }));
	op(OPS({ 0, 2, 0 }));
	see_ended("2: b is older than c");
	op(OPS({ 0, 4, 0 }));
	see_ended("4: a, c");
	wait_in('a', OPS({ 0, -3, 0 }));
	wait_in('b', OPS({ 0, -3, 0 }));
	op(OPS({ 0, 5, 0 }));
	see_ended("5: a alone");
	end_set();
}

static void zero_first(void)
{
	new_set();
	op(OPS({ 0, 1, 0 }, { 1, 1, 0 }));
	wait_in('a', OPS({ 0, -2, 0 }));
	wait_in('b', OPS({ 0, 0, 0 }));
	wait_in('c', OPS({ 0, 0, 0 }));
	wait_in('d', OPS({ 1, 0, 0 }));
	op(OPS({ 0, -1, 0 }));
	see_ended("0 is zero");
	op(OPS({ 1, -1, 0 }));
	see_ended("1 is zero");
	op(OPS({ 0, 3, 0 }));
	see_ended("3 for a");
	op(OPS({ 0, -1, 0 }));
	wait_in('e', OPS({ 0, -1, 0 }));
	wait_in('f', OPS({ 0, -1, 0 }));
	op(OPS({ 1, 1, 0 }));
	wait_in('g', OPS({ 1, 0, 0 }));
	/* Up and to zero again by one who waited: those for zero see it. */
	wait_in('h', OPS({ 1, -2, 0 }));
	op(OPS({ 1, 1, 0 }));
	see_ended("h makes the zero of g");
	end_set();
}

static void several(void)
{
	new_set();
	wait_in('a', OPS({ 0, -1, 0 }, { 1, -1, 0 }));
	wait_in('b', OPS({ 0, -1, 0 }));
	wait_in('c', OPS({ 1, -1, 0 }));
	op(OPS({ 0, 1, 0 }));
	see_ended("b, though a is older");
	op(OPS({ 0, 1, 0 }));
	see_ended("nobody but a needs it");
	op(OPS({ 1, 1, 0 }));
	see_ended("a is older than c");
	op(OPS({ 1, 1, 0 }));
	see_ended("c");
	end_set();
}

/* When several wait, single ones queue up with them: the queues merge. */
static void merged(void)
{
	new_set();
	wait_in('a', OPS({ 0, -1, 0 }));
	wait_in('b', OPS({ 1, -1, 0 }));
	wait_in('c', OPS({ 2, -1, 0 }));
	wait_in('d', OPS({ 0, -1, 0 }));
	wait_in('e', OPS({ 0, -1, 0 }, { 1, -1, 0 }, { 2, -1, 0 }));
	wait_in('f', OPS({ 0, -1, 0 }));
	op(OPS({ 0, 1, 0 }, { 1, 1, 0 }, { 2, 1, 0 }));
	see_ended("each of the older ones");
	op(OPS({ 0, 1, 0 }, { 1, 1, 0 }, { 2, 1, 0 }));
	see_ended("d before e");
	op(OPS({ 0, 1, 0 }));
	see_ended("e before f");
	op(OPS({ 0, 1, 0 }));
	see_ended("f");
	wait_in('a', OPS({ 2, -1, 0 }));
	wait_in('b', OPS({ 0, 0, 0 }, { 1, -1, 0 }));
	op(OPS({ 1, 1, 0 }));
	see_ended("b");
	wait_in('c', OPS({ 2, -1, 0 }));
	op(OPS({ 2, 1, 0 }));
	see_ended("a, in the queue of its own again");
	end_set();
}

/* One who goes on lets another go on that is older. */
static void chains(void)
{
	new_set();
	wait_in('a', OPS({ 0, -1, 0 }));
	wait_in('b', OPS({ 1, -1, 0 }, { 0, 1, 0 }));
	wait_in('c', OPS({ 2, -1, 0 }, { 1, 1, 0 }));
	op(OPS({ 2, 1, 0 }));
	see_ended("c lets b, b lets a go");
	op(OPS({ 0, 1, 0 }));
	wait_in('a', OPS({ 0, 0, 0 }, { 1, 2, 0 }));
	wait_in('b', OPS({ 1, 0, 0 }, { 0, 0, 0 }, { 2, -1, 0 }));
	wait_in('c', OPS({ 1, -1, 0 }));
	wait_in('d', OPS({ 1, -1, 0 }));
	op(OPS({ 0, -1, 0 }));
	see_ended("a, c, d");
	op(OPS({ 2, 1, 0 }));
	see_ended("b");
	end_set();
}

static void assigned(void)
{
	unsigned short values[SEMS] = { 1, 2, 0 };

	new_set();
	wait_in('a', OPS({ 0, -2, 0 }));
	wait_in('b', OPS({ 0, -1, 0 }));
	wait_in('c', OPS({ 1, -1, 0 }));
	MUST(semctl(set, 0, SETVAL, 1));
	see_ended("SETVAL");
	wait_in('b', OPS({ 2, -1, 0 }));
	MUST(semctl(set, 0, SETALL, values));
	see_ended("SETALL");
	wait_in('c', OPS({ 1, 0, 0 }));
	MUST(semctl(set, 1, SETVAL, 0));
	see_ended("SETVAL 0");
	end_set();
}

/* What can't be is found when it is tried, not when it is asked for. */
static void impossible(void)
{
	new_set();
	op(OPS({ 0, 30000, 0 }, { 1, 1, 0 }));
	wait_in('a', OPS({ 1, -2, 0 }, { 0, 10000, 0 }));
	wait_in('b', OPS({ 1, 0, 0 }, { 0, 10000, 0 }));
	wait_in('c', OPS({ 2, -1, 0 }, { 1, 0, IPC_NOWAIT }));
	op(OPS({ 1, 1, 0 }));
	see_ended("a is out of range");
	op(OPS({ 2, 1, 0 }));
	see_ended("c would have to wait again");
	op(OPS({ 1, -2, 0 }));
	see_ended("b is out of range");
	end_set();
}

/* In which queue one waits shows in what it is counted for. */
static void counted(void)
{
	new_set();
	op(OPS({ 2, 1, 0 }));
	wait_in('a', OPS({ 0, 1, 0 }, { 1, -1, 0 }, { 2, 0, 0 }));
	see_ended("a waits for 1");
	wait_in('b', OPS({ 2, 0, 0 }, { 1, -1, 0 }));
	see_ended("b waits for 2 to be zero");
	op(OPS({ 1, 1, 0 }));
	see_ended("a waits for 2 now");
	op(OPS({ 2, -1, 0 }));
	see_ended("a is older");
	end_set();
}

int main(void)
{
	first_come();
	sizes();
	zero_first();
	several();
	merged();
	chains();
	assigned();
	impossible();
	counted();
	return done();
}
