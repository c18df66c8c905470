/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is in ipc and uts namespaces: a new one has the names of the old one and
 * none of its objects; what was attached stays attached; threads can differ.
 *
 * scenario: run-as=root bare=skip
 * (without namespaces, the machine's own would be changed)
 */
#include "scenario.h"

#include <sys/ipc.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/utsname.h>

#define SEE(call) see("%s: %s", #call, res(call))
#define KEY 0x6e73

static struct gate up, down;

static const char *host_name(void)
{
	static __thread struct utsname name;

	/* More than once: who answers may remember. */
	for (int i = 0; i < 30; i++)
		uname(&name);
	return name.nodename;
}

static void *thread(void *unused)
{
	see("thread: %s", host_name());
	SEE(unshare(CLONE_NEWUTS));
	see("thread: %s", host_name());
	SEE(sethostname("thread", 6));
	see("thread: %s", host_name());
	let(&up, 1);
	pass(&down);
	see("thread, again: %s", host_name());
	return unused;
}

static void names(void)
{
	pthread_t id;
	pid_t pid;

	SEE(sethostname("first", 5));
	see("%s", host_name());
	pthread_create(&id, NULL, thread, NULL);
	pass(&up);
	see("main: %s", host_name());
	SEE(sethostname("second", 6));
	see("main: %s", host_name());
	let(&down, 1);
	pthread_join(id, NULL);
	pid = (pid_t)MUST(sys_clone(CLONE_NEWUTS | SIGCHLD, NULL, NULL));
	if (pid == 0) {
		see("child: %s", host_name());
		SEE(sethostname("child", 5));
		see("child: %s", host_name());
		SEE(setdomainname("domain", 6));
		let(&up, 1);
		pass(&down);
		see("child: %s", host_name());
		_exit(0);
	}
	pass(&up);
	see("main: %s", host_name());
	SEE(sethostname("third", 5));
	let(&down, 1);
	reap(pid);
	see("main: %s", host_name());
	/* In the memory of the parent, with other names. */
	pid = (pid_t)MUST(sys_clone(CLONE_NEWUTS | CLONE_VFORK | SIGCHLD, NULL,
				    NULL));
	if (pid == 0) {
		sethostname("vfork", 5);
		see("vfork: %s", host_name());
		_exit(0);
	}
	reap(pid);
	see("main: %s", host_name());
}

static void shared_memory(void)
{
	int id = MUST(shmget(KEY, 4096, IPC_CREAT | 0600));
	char *at = MUST((char *)shmat(id, NULL, 0));
	struct shmid_ds ds;

	strcpy(at, "kept");
	SEE(unshare(CLONE_NEWIPC));
	SEE(shmget(KEY, 4096, 0600));
	SEE(shmctl(id, IPC_STAT, &ds));
	see("attached: %s", at);
	see("new: %s", shmget(KEY, 4096, IPC_CREAT | IPC_EXCL | 0600) < 0 ?
		       res(-1) : "made");
	SEE(shmdt(at));
}

/* What a semaphore is to be given back, is given back at the way out. */
static void semaphores(void)
{
	int id = MUST(semget(KEY, 1, IPC_CREAT | 0600));
	struct sembuf add = { 0, 5, SEM_UNDO };
	pid_t pid;

	pid = child();
	if (pid == 0) {
		MUST(semop(id, &add, 1));
		let(&up, 1);
		pass(&down);
		SEE(unshare(CLONE_NEWIPC));
		SEE(semctl(id, 0, GETVAL));
		let(&up, 1);
		pass(&down);
		_exit(0);
	}
	pass(&up);
	SEE(semctl(id, 0, GETVAL));
	let(&down, 1);
	pass(&up);
	SEE(semctl(id, 0, GETVAL));
	let(&down, 1);
	reap(pid);
	SEE(semctl(id, 0, IPC_RMID));
}

static void in_child(void (*run)(void))
{
	pid_t pid = child();

	if (pid == 0) {
		run();
		_exit(0);
	}
	see("%s", wait_text(reap(pid)));
}

int main(void)
{
	gate_init(&up);
	gate_init(&down);
	in_child(names);
	in_child(shared_memory);
	in_child(semaphores);
	see("key: %s", shmget(KEY, 4096, 0600) < 0 ? res(-1) : "there");
	return done();
}
