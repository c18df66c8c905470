/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shm_rmid_forced: what is attached by nobody goes when its creator ends, or
 * with its last attach. shm_next_id, shmmni, shmall and shmmax.
 *
 * scenario: run-as=root needs=root
 */
#include "ipc_shm_common.h"

static void set(const char *name, const char *value)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/sys/kernel/%s", name);
	fd = open(path, O_WRONLY);
	if (fd < 0 || write(fd, value, strlen(value)) < 0)
		see("%s: %s", path, res(-1));
	close(fd);
}

/* Made by a child, which then ends, or attaches it until then. */
static int of_child(bool attach)
{
	int ends[2], id = -1;
	pid_t pid;

	MUST(pipe(ends));
	pid = child();
	if (pid == 0) {
		id = made(PAGE);
		if (attach)
			attached(id);
		MUST(write(ends[1], &id, sizeof(id)));
		_exit(0);
	}
	MUST(read(ends[0], &id, sizeof(id)));
	reap(pid);
	close(ends[0]);
	close(ends[1]);
	return id;
}

static pid_t maker;

static void *make(void *arg)
{
	maker = gettid();
	*(int *)arg = made(PAGE);
	return NULL;
}

static int of_thread(void)
{
	pthread_t thread;
	int id = -1;

	pthread_create(&thread, NULL, make, &id);
	pthread_join(thread, NULL);
	until_gone(maker);
	return id;
}

static void forced(void)
{
	int orphan = of_child(false), used = of_child(true), own = made(PAGE);
	int held = of_child(false);
	char *p = attached(held);

	see_segment("an orphan", orphan);
	see_segment("was attached", used);
	set("shm_rmid_forced", "1");
	see_segment("an orphan", orphan);
	see_segment("was attached", used);
	see_segment("own", own);
	see_segment("attached", held);
	MUST(shmdt(p));
	see_segment("detached", held);
	p = attached(own);
	see_segment("own, attached", own);
	MUST(shmdt(p));
	see_segment("own, detached", own);
	see_segment("of a child", of_child(false));
	see_segment("attached by it", of_child(true));
	own = made(PAGE);
	p = attached(own);
	MUST(munmap(p, PAGE));
	see_segment("unmapped", own);
	own = of_thread();
	see_segment("of a thread", own);
	own = made(PAGE);
	set("shm_rmid_forced", "0");
	see_segment("not forced", own);
	MUST(shmctl(own, IPC_RMID, NULL));
}

static void limits(void)
{
	int id;

	set("shmmax", "8192");
	SEE(shmget(IPC_PRIVATE, 8193, 0600));
	id = made(8192);
	set("shmall", "3");
	SEE(shmget(IPC_PRIVATE, 4097, 0600));
	SEE(shmget(IPC_PRIVATE, 4096, 0600) >= 0);
	SEE(shmget(IPC_PRIVATE, 1, 0600));
	set("shmall", "100");
	set("shmmni", "3");
	SEE(shmget(IPC_PRIVATE, 1, 0600) >= 0);
	SEE(shmget(IPC_PRIVATE, 1, 0600));
	see_segment("the first", id);
	MUST(shmctl(id, IPC_RMID, NULL));
	set("shm_next_id", "32769000");
	id = made(1);
	see("chosen: %d", id);
	see("chosen: %d", shmctl(id, IPC_RMID, NULL));
}

int main(void)
{
	forced();
	limits();
	return done();
}
