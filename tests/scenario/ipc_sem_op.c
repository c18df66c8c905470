/* SPDX-License-Identifier: Apache-2.0 */
/*
 * semop(2) and semtimedop(2) without a wait: all or nothing, and which error
 * comes first.
 *
 * scenario: bare=same
 * (a set of one's own looks the same in every namespace)
 */
#include "ipc_sem.h"

#define SEE(call) see("%s: %s", #call, res(call))
#define GONE 0x7fff8000
#define NOW IPC_NOWAIT

static void see_values(void)
{
	unsigned short v[SEMS];

	MUST(semctl(set, 0, GETALL, v));
	see("  %d %d %d", v[0], v[1], v[2]);
}

static void see_op(const char *what, struct sembuf *ops, size_t n)
{
	see("%s: %s", what, res(semop(set, ops, n)));
	see_values();
}

static void all_or_nothing(void)
{
	see_op("up", OPS({ 0, 2, 0 }, { 1, 3, 0 }));
	see_op("too much of one", OPS({ 0, -1, 0 }, { 1, -4, NOW }));
	see_op("down", OPS({ 0, -1, 0 }, { 1, -3, 0 }));
	see_op("zero and up", OPS({ 1, 0, 0 }, { 1, 1, 0 }));
	see_op("not zero", OPS({ 1, 0, NOW }, { 1, 1, 0 }));
	see_op("NOWAIT is looked at where it waits",
	       OPS({ 0, -1, 0 }, { 1, 0, NOW }));
	see_op("zero of zero", OPS({ 2, 0, 0 }));
	see_op("the same one up and down", OPS({ 2, 1, 0 }, { 2, -1, 0 }));
	see_op("down before up", OPS({ 2, -1, NOW }, { 2, 1, 0 }));
	see_op("up, zero", OPS({ 2, 1, 0 }, { 2, 0, NOW }));
	see_op("up, down, zero", OPS({ 2, 1, 0 }, { 2, -1, 0 }, { 2, 0, NOW }));
	see_op("twice", OPS({ 2, 2, 0 }, { 2, 3, 0 }));
	see_op("twice, too much", OPS({ 2, -3, NOW }, { 2, -3, NOW }));
	see_op("the largest", OPS({ 2, 32762, 0 }));
	see_op("one more", OPS({ 2, 1, 0 }));
	see_op("one more, later", OPS({ 0, 1, 0 }, { 2, 1, 0 }));
	see_op("a range is no wait", OPS({ 2, 32767, NOW }));
	see_op("down, up", OPS({ 2, -5, 0 }, { 2, 5, 0 }));
	see_op("all", OPS({ 2, -32767, 0 }));
	see_op("the least", OPS({ 2, -32768, NOW }));
}

static void errors(void)
{
	struct sembuf *ops = guard_alloc(sizeof(*ops));
	struct sembuf many[501];

	memset(many, 0, sizeof(many));
	*ops = (struct sembuf){ 1, 0, NOW };
	SEE(semctl(set, 1, SETVAL, 0));
	SEE(semctl(set, 0, SETVAL, 0));
	SEE(semop(set, ops, 0));
	SEE(semop(set, ops, 1));
	SEE(semop(set, ops, 2));
	SEE(semop(set, many, 500));
	SEE(semop(set, many, 501));
	SEE(semop(set, BAD_ADDR, 501));
	SEE(semop(set, BAD_ADDR, 500));
	SEE(semop(-1, BAD_ADDR, 1));
	SEE(semop(-1, many, 1));
	SEE(semop(-1, many, 0));
	SEE(semop(GONE, many, 1));
	SEE(semop(set, NULL, 1));
	SEE(syscall(SYS_semop, 0xf00000000L + set, many, 0xf00000001L));
	SEE(syscall(SYS_semop, set, many, -1L));
	ops->sem_num = 3;
	SEE(semop(set, ops, 1));
	SEE(semop(GONE, ops, 1));
	ops->sem_num = 65535;
	SEE(semop(set, ops, 1));
	ops->sem_flg = SEM_UNDO;
	SEE(semop(set, ops, 1));
	guard_check(ops);
}

/* Flags that mean nothing are not looked at. */
static void flags(void)
{
	see_op("odd flags", OPS({ 0, 1, (short)0xefff & ~SEM_UNDO & ~NOW }));
	see_op("IPC_CREAT", OPS({ 0, -1, IPC_CREAT }));
}

static void timeouts(void)
{
	struct timespec *t = guard_alloc(sizeof(*t));
	char *cut = guard_alloc(sizeof(*t) - 1);
	struct sembuf down = { 0, -1, 0 }, up = { 0, 1, 0 },
		      far = { 9, 1, 0 };

	*t = (struct timespec){ 0, 0 };
	SEE(semtimedop(set, &down, 1, t));
	SEE(semtimedop(set, &up, 1, t));
	SEE(semtimedop(set, &down, 1, t));
	*t = (struct timespec){ 0, 1 };
	SEE(semtimedop(set, &down, 1, t));
	*t = (struct timespec){ 0, 1000000 };
	SEE(semtimedop(set, &down, 1, t));
	*t = (struct timespec){ 0, 20000000 };
	SEE(semtimedop(set, &down, 1, t));
	*t = (struct timespec){ 0, 1000000000 };
	SEE(semtimedop(set, &down, 1, t));
	*t = (struct timespec){ 0, -1 };
	SEE(semtimedop(set, &up, 1, t));
	*t = (struct timespec){ -1, 0 };
	SEE(semtimedop(set, &up, 1, t));
	SEE(semtimedop(-1, &up, 1, t));
	SEE(semtimedop(GONE, &up, 1, t));
	SEE(semtimedop(set, &far, 1, t));
	SEE(semtimedop(set, BAD_ADDR, 1, t));
	SEE(semtimedop(set, &up, 0, t));
	SEE(semtimedop(set, &up, 501, t));
	SEE(semtimedop(set, &up, 501, (void *)cut));
	SEE(semtimedop(set, &up, 0, BAD_ADDR));
	SEE(semtimedop(-1, &up, 1, BAD_ADDR));
	*t = (struct timespec){ LONG_MAX, 999999999 };
	SEE(semtimedop(set, &up, 1, t));
	SEE(semtimedop(set, &down, 1, NULL));
	guard_check(t);
	guard_check(cut);
}

int main(void)
{
	new_set();
	all_or_nothing();
	errors();
	flags();
	timeouts();
	MUST(semctl(set, 0, IPC_RMID));
	return done();
}
