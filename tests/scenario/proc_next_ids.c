/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ns_last_pid and the *_next_id files, at three levels and in two ipc
 * namespaces: each is its namespace's own, also through one and the same file
 * of /proc.
 *
 * scenario: run-as=root bare=skip
 * (without namespaces, the machine's own would be changed)
 */
#include "scenario.h"

#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>

static const char *show(const char *name)
{
	static char text[32];
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/sys/kernel/%s", name);
	file = fopen(path, "re");
	if (!file || !fgets(text, sizeof(text), file))
		return res(-1);
	fclose(file);
	text[strcspn(text, "\n")] = 0;
	return text;
}

static void set(const char *name, int value)
{
	char path[64], text[16];
	int fd;

	snprintf(path, sizeof(path), "/proc/sys/kernel/%s", name);
	fd = MUST(open(path, O_WRONLY | O_CLOEXEC));
	snprintf(text, sizeof(text), "%d", value);
	MUST(write(fd, text, strlen(text)));
	close(fd);
}

static void next(const char *where)
{
	pid_t pid = child();

	if (pid == 0)
		_exit(0);
	see("%s: the next is %d, last %s", where, pid, show("ns_last_pid"));
	reap(pid);
}

static void level(int n)
{
	char where[32];
	pid_t pid;

	snprintf(where, sizeof(where), "level %d", n);
	next(where);
	set("ns_last_pid", 100 * n);
	next(where);
	if (n < 3) {
		pid = (pid_t)MUST(sys_clone(CLONE_NEWPID | SIGCHLD, NULL,
					    NULL));
		if (pid == 0) {
			level(n + 1);
			_exit(0);
		}
		reap(pid);
		see("%s: child %d", where, pid);
	}
	next(where);
	set("ns_last_pid", 5);
	next(where);
}

static void ids(const char *where)
{
	see("%s: shm next %s", where, show("shm_next_id"));
	see("%s: sem next %s", where, show("sem_next_id"));
	see("%s: msg next %s", where, show("msg_next_id"));
}

static void make(const char *where)
{
	see("%s: shm %d, sem %d, msg %d", where,
	    shmget(IPC_PRIVATE, 4096, 0600), semget(IPC_PRIVATE, 1, 0600),
	    msgget(IPC_PRIVATE, 0600));
}

static void objects(void)
{
	pid_t pid;

	set("shm_next_id", 70000);
	set("sem_next_id", 7);
	pid = child();
	if (pid == 0) {
		MUST(unshare(CLONE_NEWIPC));
		ids("inner");
		set("sem_next_id", 70007);
		set("msg_next_id", 0x7fffffff);
		ids("inner, set");
		make("inner");
		make("inner");
		ids("inner, used");
		_exit(0);
	}
	reap(pid);
	ids("outer");
	make("outer");
	make("outer");
	ids("outer, used");
	/* Taken: the next free index, with the sequence that was asked for. */
	set("sem_next_id", 7);
	make("outer, taken");
}

int main(void)
{
	level(1);
	objects();
	return done();
}
