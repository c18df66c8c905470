/* SPDX-License-Identifier: Apache-2.0 */
/* A thousand threads one after the other, then fifty at once. */
#include "scenario.h"

static struct gate ready, hold;

static void *tell(void *tid)
{
	*(pid_t *)tid = gettid();
	return NULL;
}

static void *tell_and_wait(void *tid)
{
	*(pid_t *)tid = gettid();
	let(&ready, 1);
	pass(&hold);
	return NULL;
}

int main(void)
{
	pid_t tid = 0, tids[50], base = getpid();
	pthread_t id, ids[50];
	int i, bad = 0;

	for (i = 0; i < 1000; i++) {
		MUST(-pthread_create(&id, NULL, tell, &tid));
		pthread_join(id, NULL);
		bad += tid != base + 1 + i;
	}
	see("last %d, bad %d", tid, bad);
	gate_init(&ready);
	gate_init(&hold);
	for (i = 0; i < 50; i++) {
		MUST(-pthread_create(&ids[i], NULL, tell_and_wait, &tids[i]));
	}
	for (i = 0; i < 50; i++) {
		pass(&ready);
	}
	for (i = 0; i < 50; i++) {
		bad += tids[i] != tid + 1 + i;
		bad += sys_tgkill(getpid(), tids[i], 0) != 0;
		bad += getpgid(tids[i]) != getpgrp();
	}
	let(&hold, 50);
	for (i = 0; i < 50; i++) {
		pthread_join(ids[i], NULL);
		until_gone(tids[i]);
	}
	see("last %d, bad %d", tids[49], bad);
	return done();
}
