/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vfork in a process of several threads: the thread that made it sleeps until
 * the child's exec or end, and all others go on meanwhile: they call, make
 * threads and processes, and are signalled; also while two sleep so.
 */
#include "scenario.h"

#include <pthread.h>
#include <stdatomic.h>

#define CALLERS 2
#define ROUNDS 40

struct caller {
	pthread_t thread;
	int go[2], there[2];	/* to the child, and from it */
	bool execs;
	_Atomic pid_t child, returned;
	int status;
};

static volatile sig_atomic_t signalled;

static void note(int sig)
{
	(void)sig;
	signalled++;
}

/* In the parent's memory: no more than calls, and nothing is put on its stack. */
static void be_child(struct caller *caller)
{
	char *argv[] = { (char *)self_path, "leave", NULL };
	char *none[] = { NULL };
	char c = 0;

	caller->child = getpid();
	if (write(caller->there[1], &c, 1) != 1 ||
	    read(caller->go[0], &c, 1) != 1)
		_exit(99);
	if (caller->execs)
		execve(self_path, argv, none);
	_exit(17);
}

static void *call(void *arg)
{
	struct caller *caller = arg;
	pid_t pid = vfork();

	if (pid == 0)
		be_child(caller);
	caller->returned = pid;
	MUST(waitpid(pid, &caller->status, 0));
	return NULL;
}

static void *say(void *arg)
{
	*(pid_t *)arg = gettid();
	return NULL;
}

/* What the other threads do. */
static void go_on(void)
{
	int bad = 0, status = 0;
	pthread_t thread;
	struct stat st;
	pid_t tid;

	for (int i = 0; i < ROUNDS; i++) {
		pid_t pid = MUST(fork());

		if (pid == 0)
			_exit(getppid() == 1 ? 3 : 4);
		bad += waitpid(pid, &status, 0) != pid ||
		       status != W_EXITCODE(3, 0);
		bad += pthread_create(&thread, NULL, say, &tid) != 0 ||
		       pthread_join(thread, NULL) != 0 || tid != pid + 1;
		bad += stat("/", &st) != 0 || getpid() != 1;
		bad += kill(getpid(), SIGUSR1) != 0;
	}
	pthread_sigmask(SIG_SETMASK, &(sigset_t){ 0 }, NULL);
	see("went on: bad %d, signals came: %d", bad, signalled > 0);
}

static void begin(struct caller *caller, bool execs)
{
	char c;

	*caller = (struct caller){ .execs = execs };
	MUST(pipe(caller->go));
	MUST(pipe(caller->there));
	if (pthread_create(&caller->thread, NULL, call, caller) != 0)
		die("pthread_create");
	MUST(read(caller->there[0], &c, 1));
}

static void end(struct caller *caller)
{
	see("child %d lives, vfork has returned: %d", caller->child,
	    caller->returned);
	MUST(write(caller->go[1], "", 1));
	pthread_join(caller->thread, NULL);
	see("vfork %d: %s", caller->returned, wait_text(caller->status));
}

int main(int argc, char **argv)
{
	struct caller callers[CALLERS];

	(void)argv;
	if (argc > 1)
		return getpid() == gettid() && getppid() == 1 ? 33 : 34;
	signal(SIGUSR1, note);
	for (int execs = 0; execs < 2; execs++) {
		begin(&callers[0], execs);
		go_on();
		end(&callers[0]);
	}
	for (int i = 0; i < CALLERS; i++)
		begin(&callers[i], i);
	go_on();
	for (int i = CALLERS - 1; i >= 0; i--)
		end(&callers[i]);
	return done();
}
