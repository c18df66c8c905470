/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a process asks often it is told as truly as the first time: each call
 * is made OFTEN times, and must say the same each time.
 */
#include "scenario.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/personality.h>
#include <sys/utsname.h>

#define OFTEN 40

static const char *who(void)
{
	static __thread char text[8][64];
	static __thread unsigned int at;
	char *now = text[at++ % 8];
	int pid = getpid(), tid = gettid();

	for (int i = 0; i < OFTEN; i++)
		if (getpid() != pid || gettid() != tid ||
		    syscall(SYS_getpid) != pid || syscall(SYS_gettid) != tid)
			die("it changes");
	snprintf(now, sizeof(text[0]), "%d %d", pid, tid);
	return now;
}

static const char *name(void)
{
	static struct utsname names;

	for (int i = 0; i < OFTEN; i++) {
		memset(&names, 'x', sizeof(names));
		MUST(uname(&names));
	}
	return strcmp(names.machine, "i686") == 0 ? "of i686" : "as ever";
}

static void *thread(void *arg)
{
	see("%s: %s", (const char *)arg, who());
	return NULL;
}

static void in_thread(const char *what)
{
	pthread_t id;

	pthread_create(&id, NULL, thread, (void *)what);
	pthread_join(id, NULL);
}

static void in_child(const char *what)
{
	pid_t pid = child();

	if (pid == 0) {
		see("%s: %s", what, who());
		in_thread("its thread");
		_exit(0);
	}
	reap(pid);
}

/* The child has the memory of its parent, and other numbers. */
static void in_vfork(void)
{
	volatile int pid, tid;
	pid_t made = vfork();

	if (made == 0) {
		for (int i = 0; i < OFTEN; i++) {
			pid = getpid();
			tid = gettid();
		}
		_exit(0);
	}
	reap(made);
	see("vfork: %d %d, is the child %d", pid, tid, pid == made);
	see("after it: %s", who());
}

static int with_vm(void *arg)
{
	(void)arg;
	for (int i = 0; i < OFTEN; i++)
		if (getpid() == 1)
			_exit(1);
	_exit(getpid() == gettid() ? 0 : 2);
}

static void in_clone_vm(void)
{
	static char stack[65536] __attribute__((aligned(16)));
	int status;
	pid_t pid = MUST(clone(with_vm, stack + sizeof(stack),
			       CLONE_VM | SIGCHLD, NULL));

	see("beside it: %s", who());
	MUST(waitpid(pid, &status, 0));
	see("CLONE_VM: %s", wait_text(status));
}

static void in_filter(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getpid, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EXDEV),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_newfstatat, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EXFULL),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_uname, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EBADMSG),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(*code), code };
	struct utsname names;
	struct stat st;
	pid_t pid = child();

	if (pid == 0) {
		for (int i = 0; i < OFTEN; i++)
			fstatat(AT_FDCWD, "/", &st, 0);
		MUST(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
		MUST(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0,
			     &program));
		see("filter: %s %s %s", res(syscall(SYS_getpid)),
		    res(fstatat(AT_FDCWD, "/", &st, 0)), res(uname(&names)));
		_exit(0);
	}
	reap(pid);
}

static volatile int during;

static void handler(int sig)
{
	(void)sig;
	during = getpid();
}

static void in_handler(void)
{
	struct itimerval each = { { 0, 100 }, { 0, 100 } };
	struct itimerval none = { { 0, 0 }, { 0, 0 } };

	signal(SIGALRM, handler);
	setitimer(ITIMER_REAL, &each, NULL);
	for (int i = 0; i < 200; i++)
		who();
	while (!during)
		;
	setitimer(ITIMER_REAL, &none, NULL);
	see("handler: %d", during);
}

int main(int argc, char **argv)
{
	if (argc > 1) {
		see("%s: %s", argv[1], who());
		return done();
	}
	see("first: %s", who());
	see("name %s", name());
	see("bad %s", res(uname(BAD_ADDR)));
	in_child("child");
	in_vfork();
	in_clone_vm();
	in_thread("thread");
	see("after it: %s", who());
	in_child("child of a threaded one");
	in_handler();
	MUST(personality(PER_LINUX32));
	see("name %s", name());
	MUST(personality(PER_LINUX));
	see("name %s", name());
	in_filter();
	exec_self("exec");
}
