/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `nsrun doctor`: what this machine offers, what it is used for, and what is
 * lost without it. Each probe tries the thing itself, in a process of its own
 * that leaves nothing behind.
 */
#include <errno.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>
#include "interpose/filter.h"
#include "interpose/outer.h"
#include "interpose/stop.h"
#include "src/config.h"
#include "src/host/landlock.h"
#include "src/host/sys.h"
#include "src/syscall.h"

/* What a probing child found: shared memory, since it may not come back. */
struct finding {
	bool filter, notify, killable, sync, addfd, addfd_send, userns;
	int filter_error, notify_error, userns_error;
};

static void print(const char *name, bool there, const char *detail,
		  const char *use, const char *loss)
{
	printf("%-24s %-4s %s\n", name, there ? "yes" : "no", detail);
	printf("%-24s      %s%s\n", "", there ? "used for " : "lost: ",
	       there ? use : loss);
}

/* Runs @probe in a child. */
static void in_child(void (*probe)(struct finding *f), struct finding *f)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		probe(f);
		_exit(0);
	}
	if (pid > 0)
		waitpid(pid, NULL, 0);
}

static void probe_listener(struct finding *f)
{
	struct filter filter;
	int listener = -1;
	long r;

	r = filter_build(&filter, NS_BASE | NS_UTS, FILTER_KILLABLE, NULL,
			 0);
	if (r == 0)
		r = filter_load(&filter, FILTER_INTERRUPTIBLE, false,
				&listener);
	f->notify = r == 0;
	f->notify_error = (int)r;
	/* An outer filter can refuse the listener alone. */
	if (r < 0)
		r = filter_load(&filter, FILTER_STOP, false, &listener);
	f->filter = r == 0;
	f->filter_error = (int)r;
	if (!f->notify)
		return;
	f->sync = ioctl(listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS,
			SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP) == 0;
	/* No such notification: ENOENT where the request is understood. */
	for (int send = 0; send < 2; send++) {
		struct seccomp_notif_addfd add = {
			.flags = send ? SECCOMP_ADDFD_FLAG_SEND : 0,
		};
		bool known = sys_ioctl(listener, SECCOMP_IOCTL_NOTIF_ADDFD,
				       &add) == -ENOENT;

		if (send)
			f->addfd_send = known;
		else
			f->addfd = known;
	}
}

static void probe_killable(struct finding *f)
{
	struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K,
					    SECCOMP_RET_ALLOW);
	struct sock_fprog program = { 1, &allow };

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	f->killable = sys_call(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
		SECCOMP_FILTER_FLAG_NEW_LISTENER |
		SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV,
		(uintptr_t)&program, 0, 0, 0) >= 0;
}

static void probe_userns(struct finding *f)
{
	f->userns_error = (int)sys_result(unshare(CLONE_NEWUSER));
	f->userns = f->userns_error == 0;
}

static bool probe_ptrace(char *detail, size_t size)
{
	char scope[16] = "none";
	long r;
	int status;
	pid_t pid = fork();

	if (pid == 0)
		for (;;)
			pause();
	r = stop_seize((host_pid){ pid }, false);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	if (sys_read_file("/proc/sys/kernel/yama/ptrace_scope", scope,
			  sizeof(scope)) > 0)
		scope[strcspn(scope, "\n")] = 0;
	snprintf(detail, size, "Yama ptrace_scope: %s%s%s", scope,
		 r < 0 ? "; " : "", r < 0 ? strerror((int)-r) : "");
	return r == 0;
}

static void print_notify(const struct finding *f)
{
	print("seccomp filter", f->filter,
	      f->filter ? "" : strerror(-f->filter_error),
	      "catching calls: nothing works without", "everything");
	print("seccomp notify", f->notify,
	      f->notify ? "" : strerror(-f->notify_error),
	      "answering calls",
	      "speed: run with --without=notify, by ptrace alone");
	print("synchronous wake-up", f->sync, "Linux 6.6",
	      "answering on the caller's processor",
	      "speed: tens of microseconds a caught call");
	print("killable wait", f->killable, "Linux 5.19",
	      "calls that no signal interrupts once they are received",
	      "nothing: interrupted calls are mended at the signal");
	print("descriptor injection", f->addfd,
	      f->addfd_send ? "in one step (Linux 5.14)" : "in two steps",
	      "calls that return a descriptor: pidfd_open", "pidfd_open");
}

/* Of its own process, which nobody but a filter refuses. */
static void print_access(void)
{
	const host_pid self = { getpid() };
	char from = 0, to;
	struct iovec local = { &to, 1 }, remote = { &from, 1 };
	long r = sys_borrow(self, STDERR_FILENO);

	print("pidfd_getfd", r >= 0, r < 0 ? strerror((int)-r) : "",
	      "asking the descriptors of a program",
	      "pidfd_getfd, SO_PEERGROUPS and F_SETOWN_EX of threads "
	      "inside, and speed");
	if (r >= 0)
		close((int)r);
	r = sys_result(process_vm_readv(self.n, &local, 1, &remote, 1, 0));
	print("process_vm_readv", r >= 0, r < 0 ? strerror((int)-r) : "",
	      "the memory of a program", "speed: by /proc/PID/mem");
	r = sys_result(memfd_create("nsrun", MFD_CLOEXEC));
	print("memfd_create", r >= 0, r < 0 ? strerror((int)-r) : "",
	      "the files of /proc: nothing works without", "everything");
	if (r >= 0)
		close((int)r);
}

static void print_landlock(void)
{
	int abi = landlock_abi();
	char detail[64];

	snprintf(detail, sizeof(detail), "ABI %d, errata 0x%x", abi,
		 (unsigned int)landlock_errata());
	print("Landlock", abi > 0, abi > 0 ? detail : "",
	      "closing the host's /proc, signals and, from ABI 6 on, abstract sockets to outside",
	      "a path changed in mid-call can reach the host's /proc");
}

/* A line a call, whatever of it is answered. */
static void print_form(const struct outer_form *form)
{
	printf("%-24s      %s: %s%s\n", "",
	       form->err ? "caught ahead of it" : "lost, for it kills",
	       syscall_row(form->nr)->name,
	       form->mask ? " (by an argument)" : "");
}

/* Before nsrun's own filters are loaded anywhere. */
static void print_outer(void)
{
	const struct outer_form *forms;
	unsigned int n;
	char detail[128];
	long r = outer_find(~0U);

	n = outer_forms(&forms);
	if (r < 0)
		snprintf(detail, sizeof(detail), "what it answers: %s",
			 strerror((int)-r));
	else
		snprintf(detail, sizeof(detail),
			 "it answers %s the caught calls",
			 n ? "some of" : "none of");
	printf("%-24s %-4s %s\n", "outer filter",
	       outer_exists() ? "yes" : "no", outer_exists() ? detail : "");
	for (unsigned int i = 0; i < n; i++)
		if (i == 0 || forms[i].nr != forms[i - 1].nr)
			print_form(&forms[i]);
}

int doctor_run(void)
{
	struct finding *f = mmap(NULL, sizeof(*f), PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	char detail[128];
	bool ptrace_works;

	if (f == MAP_FAILED)
		return EXIT_NSRUN;
	in_child(probe_listener, f);
	in_child(probe_killable, f);
	in_child(probe_userns, f);
	print_notify(f);
	ptrace_works = probe_ptrace(detail, sizeof(detail));
	print("ptrace", ptrace_works, detail,
	      "clone, wait, exec, signals: nothing works without",
	      "everything: allow ptrace, and ptrace_scope below 2");
	print_access();
	print_landlock();
	print("user namespaces", f->userns,
	      f->userns ? "" : strerror(-f->userns_error),
	      "nothing: nsrun does not need the kernel's",
	      "nothing: nsrun does not need the kernel's");
	print_outer();
	if (f->filter && ptrace_works) {
		printf("nsrun can run here.\n");
		return 0;
	}
	printf("nsrun can't run here: see what is lost above.\n");
	return EXIT_NSRUN;
}
