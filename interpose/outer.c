/* SPDX-License-Identifier: Apache-2.0 */
/* What an outer filter answers; see outer.h. */
#include "interpose/outer.h"

#include <errno.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "interpose/stop.h"
#include "src/host/sys.h"
#include "src/syscall.h"

#define TRIES_MAX 512
#define SERVED_MAX (16 * TRIES_MAX)
#define REACHED	  0x6e73  /* the tracer's answer; no error */
#define KILLED	  INT_MIN /* nothing came back */

/* Outer filters tell these forms of clone from the others. */
static const uint32_t clone_flags[] = {
	CLONE_NEWTIME, CLONE_NEWNS,   CLONE_NEWCGROUP, CLONE_NEWUTS,
	CLONE_NEWIPC,  CLONE_NEWUSER, CLONE_NEWPID,    CLONE_NEWNET,
};

/* Shared with the child, which may be killed for what it tries. */
struct trial {
	struct outer_form forms[TRIES_MAX]; /* err: what came back */
	unsigned int count;
	volatile unsigned int next;
};

static struct outer_form found[OUTER_FORMS_MAX];
static unsigned int nr_found;

bool outer_exists(void)
{
	return prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == SECCOMP_MODE_FILTER;
}

unsigned int outer_forms(const struct outer_form **ret_forms)
{
	*ret_forms = found;
	return nr_found;
}

static void add_to(uint64_t *digest, uint32_t value)
{
	*digest = (*digest ^ value) * UINT64_C(0x100000001b3); /* FNV-1a */
}

uint64_t outer_digest(void)
{
	uint64_t digest = UINT64_C(0xcbf29ce484222325);

	for (unsigned int i = 0; i < nr_found; i++) {
		add_to(&digest, (uint32_t)found[i].nr);
		add_to(&digest, (uint32_t)found[i].arg);
		add_to(&digest, found[i].mask);
		add_to(&digest, found[i].value);
		add_to(&digest, (uint32_t)found[i].err);
	}
	return digest;
}

long outer_answer(long nr, const uint64_t *args)
{
	for (unsigned int i = 0; i < nr_found; i++)
		if (found[i].nr == nr && ((uint32_t)args[found[i].arg] &
					  found[i].mask) == found[i].value)
			return found[i].err;
	return 0;
}

/* ---- what is tried ---- */

static void add(struct trial *t, const struct syscall *row, int arg,
		uint32_t mask, uint32_t value)
{
	if (t->count < TRIES_MAX)
		t->forms[t->count++] =
			(struct outer_form){ row->nr, arg, mask, value, 0 };
}

static void add_bits(struct trial *t, const struct syscall *row, int arg,
		     uint32_t bits)
{
	for (uint32_t bit = 1; bit; bit <<= 1)
		if (bits & bit)
			add(t, row, arg, bit, bit);
}

static void add_values(struct trial *t, const struct syscall *row,
		       unsigned int active)
{
	for (int i = 0; i < WHEN_VALUES_MAX && row->when_values[i]; i++) {
		uint32_t mask = syscall_value_mask(row->when_values[i], active);

		if (mask)
			add(t, row, row->when_arg, mask, row->when_values[i]);
	}
}

static void add_row(struct trial *t, const struct syscall *row,
		    unsigned int active)
{
	switch (row->when) {
	case WHEN_ARMED:
		return; /* reads and the like: nobody refuses them */
	case WHEN_IS:
		add_values(t, row, active);
		return;
	case WHEN_ANY_BIT:
		add_bits(t, row, row->when_arg, row->when_values[0]);
		return;
	default:
		add(t, row, 0, 0, 0);
	}
	if (row->nr == SYS_clone)
		for (size_t i = 0; i < sizeof(clone_flags) / sizeof(uint32_t);
		     i++)
			add(t, row, 0, clone_flags[i], clone_flags[i]);
}

/*
 * fork and vfork have nothing to be told by; refused, nothing works. Where
 * clone3 is refused it stays so, and every libc falls back to clone.
 */
static void add_rows(struct trial *t, unsigned int active)
{
	for (int nr = 0; nr < SYSCALL_LIMIT; nr++) {
		const struct syscall *row = syscall_row(nr);

		if (row && row->gate != GATE_DENY && nr != SYS_fork &&
		    nr != SYS_vfork && nr != SYS_clone3 &&
		    syscall_caught(row, active))
			add_row(t, row, active);
	}
}

/* ---- trying ---- */

static _Noreturn void try_all(struct trial *t, int go)
{
	struct sock_filter ask = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE);
	struct sock_fprog program = { 1, &ask };
	char c;

	if (sys_read(go, &c, 1) != 1 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    sys_call(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0,
		     (uintptr_t)&program, 0, 0, 0) < 0)
		_exit(1);
	while (t->next < t->count) {
		struct outer_form *form = &t->forms[t->next];
		uint64_t args[REGS_ARGS] = { 0 };

		args[form->arg] = form->value;
		/* If it does run, it must fail: no CLONE_SIGHAND. */
		if (form->nr == SYS_clone)
			args[0] |= CLONE_THREAD;
		form->err = KILLED;
		form->err = (int)sys_call(form->nr, args[0], args[1], args[2],
					  args[3], args[4], args[5]);
		t->next++;
	}
	_exit(0);
}

/* Answers what comes. Return: the wait status with which it ended. */
static int serve(pid_t child)
{
	unsigned int left = SERVED_MAX;
	struct regs regs;
	int status;

	for (;;) {
		long r = sys_result(waitpid(child, &status, __WALL));

		if (r == -EINTR)
			continue;
		if (r < 0)
			return W_EXITCODE(1, 0);
		if (!WIFSTOPPED(status))
			return status;
		/* It runs in circles, on answers that it did not expect. */
		if (left-- == 0) {
			sys_kill((host_pid){ child }, SIGKILL);
			waitpid(child, &status, __WALL);
			return W_EXITCODE(1, 0);
		}
		if (status >> 16 != PTRACE_EVENT_SECCOMP) {
			/* A trap of the outer filter's is no signal here. */
			stop_resume_unseen((host_pid){ child });
			continue;
		}
		if (regs_read((host_pid){ child }, &regs) < 0)
			continue;
		if (regs_nr(&regs) == SYS_exit_group)
			stop_resume_unseen((host_pid){ child });
		else
			stop_answer((host_pid){ child }, &regs, REACHED);
	}
}

/* One child, up to the end or to what it is killed for. */
static long try_from_next(struct trial *t)
{
	_cleanup_close_ int go_out = -1;
	int go[2], status;
	pid_t child;
	long r = sys_result(pipe2(go, O_CLOEXEC));

	if (r < 0)
		return r;
	go_out = go[0];
	child = fork();
	if (child == 0)
		try_all(t, go[0]);
	r = child < 0 ? sys_result(child)
		      : stop_seize((host_pid){ child }, false);
	if (r == 0)
		r = sys_write_all(go[1], "", 1);
	close(go[1]);
	if (child < 0)
		return r;
	if (r < 0) {
		sys_kill((host_pid){ child }, SIGKILL);
		waitpid(child, &status, 0);
		return r;
	}
	status = serve(child);
	if (WIFSIGNALED(status)) {
		t->next++;
		return 0;
	}
	/* No filter can be loaded: nothing to be found. */
	if (WEXITSTATUS(status) != 0)
		t->count = 0;
	return 0;
}

/* ---- what was found ---- */

static void keep(const struct outer_form *form)
{
	const uint64_t args[REGS_ARGS] = { 0 };

	if (form->err == REACHED || nr_found == OUTER_FORMS_MAX)
		return;
	/* Every form of it is there already. */
	if (form->mask && outer_answer(form->nr, args))
		return;
	found[nr_found] = *form;
	if (form->err == KILLED)
		found[nr_found].err = 0;
	else if (form->err >= 0) /* a trap, or an outer listener */
		found[nr_found].err = -ENOSYS;
	nr_found++;
}

long outer_find(unsigned int active)
{
	void (*sigchld)(int sig);
	struct trial *t;
	long r = 0;

	if (nr_found || !outer_exists())
		return 0;
	t = mmap(NULL, sizeof(*t), PROT_READ | PROT_WRITE,
		 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (t == MAP_FAILED)
		return -ENOMEM;
	add_rows(t, active);
	sigchld = signal(SIGCHLD, SIG_DFL);
	while (r == 0 && t->next < t->count)
		r = try_from_next(t);
	signal(SIGCHLD, sigchld);
	for (unsigned int i = 0; r == 0 && i < t->count; i++)
		keep(&t->forms[i]);
	munmap(t, sizeof(*t));
	return r;
}
