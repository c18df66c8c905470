/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signals that a process sends to itself, again and again from the same
 * places: each comes before the call returns, says who sent it, waits while
 * it is blocked, and does nothing to an init that has no handler for it.
 */
#include "scenario.h"

#include <sys/signalfd.h>

#define OFTEN 40

static volatile sig_atomic_t plain;

static void on_plain(int sig)
{
	plain += sig;
}

static void handle(int sig, int flags)
{
	struct sigaction action = { .sa_handler = on_plain, .sa_flags = flags };

	MUST(sigaction(sig, &action, NULL));
}

static void by_kill(int sig)
{
	MUST(kill(getpid(), sig));
}

static void by_raise(int sig)
{
	raise(sig);
}

static void by_tkill(int sig)
{
	MUST(sys_tkill(gettid(), sig));
}

static void by_tgkill(int sig)
{
	MUST(sys_tgkill(getpid(), gettid(), sig));
}

static const struct way {
	const char *name;
	void (*send)(int sig);
} ways[] = {
	{ "kill", by_kill },
	{ "raise", by_raise },
	{ "tkill", by_tkill },
	{ "tgkill", by_tgkill },
};

#define EACH_WAY(way) \
	for (const struct way *way = ways; way < ways + 4; way++)

/* What is sent to a process of several threads another one may take. */
#define EACH_SURE_WAY(way) EACH_WAY(way) if (gettid() == getpid() || way != ways)

/* Each has been handled when it returns. */
static void at_once(const char *who, const struct way *way, int sig)
{
	for (int i = 0; i < OFTEN; i++) {
		const sig_atomic_t before = plain;

		way->send(sig);
		if (plain != before + sig)
			die("%s: %s: turn %d", who, way->name, i);
	}
	see("%s: %s %s: at once", who, way->name, sig_text(sig));
}

/* And says who has sent it. */
static void with_info(const char *who, const struct way *way, int sig)
{
	int wrong = 0;

	for (int i = 0; i < OFTEN; i++) {
		memset(&caught_info, 0, sizeof(caught_info));
		way->send(sig);
		wrong += caught_info.si_pid != getpid();
	}
	see("%s: %s: %s, %d from others", who, way->name,
	    info_text(&caught_info), wrong);
}

static void handled(const char *who)
{
	handle(SIGUSR1, 0);
	handle(SIGUSR2, SA_RESTART);
	catch_signal(SIGTERM, 0);
	catch_signal(SIGRTMIN, SA_RESTART);
	EACH_SURE_WAY(way)
	{
		at_once(who, way, SIGUSR1);
		at_once(who, way, SIGUSR2);
		with_info(who, way, SIGTERM);
		with_info(who, way, SIGRTMIN);
	}
}

static sigset_t set_of(int sig)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, sig);
	return set;
}

/* It waits, and is told to who waits for it. */
static void blocked(const char *who)
{
	const sigset_t set = set_of(SIGUSR1), rt = set_of(SIGRTMIN + 1);
	struct signalfd_siginfo read_info;
	siginfo_t info;
	int fd;

	block(SIGUSR1);
	EACH_WAY(way)
	{
		way->send(SIGUSR1);
		way->send(SIGUSR1);
		MUST(sigwaitinfo(&set, &info));
		see("%s: %s, waited for: %s", who, way->name, info_text(&info));
		see("  no second one: %s",
		    res(sigtimedwait(&set, NULL, &(struct timespec){ 0 })));
	}
	fd = MUST(signalfd(-1, &set, 0));
	by_kill(SIGUSR1);
	MUST(read(fd, &read_info, sizeof(read_info)));
	see("%s: read: %d code %d", who, read_info.ssi_pid, read_info.ssi_code);
	close(fd);
	unblock(SIGUSR1);
	block(SIGRTMIN + 1);
	for (int i = 0; i < OFTEN; i++)
		by_kill(SIGRTMIN + 1);
	for (int i = 0; i < OFTEN; i++)
		MUST(sigwaitinfo(&rt, &info));
	see("%s: of many the last: %s", who, info_text(&info));
	unblock(SIGRTMIN + 1);
}

static void odd_numbers(const char *who)
{
	see("%s: kill %s %s %s", who, res(kill(getpid(), 0)),
	    res(kill(getpid(), -1)), res(kill(getpid(), 65)));
	see("%s: tkill %s %s %s", who, res(sys_tkill(gettid(), 0)),
	    res(sys_tkill(gettid(), -1)), res(sys_tkill(gettid(), 65)));
	see("%s: tgkill %s %s", who, res(sys_tgkill(getpid(), NOBODY, 0)),
	    res(sys_tgkill(NOBODY, gettid(), 0)));
}

/* Of an init nothing comes through but what it has a handler for. */
static void unharmed(void)
{
	signal(SIGUSR1, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	for (int i = 0; i < OFTEN; i++) {
		EACH_WAY(way)
		{
			way->send(SIGUSR1);
			way->send(SIGTERM);
		}
		by_kill(SIGKILL);
		by_kill(SIGSTOP);
	}
	see("init: unharmed");
	handle(SIGUSR1, 0);
	block(SIGUSR1);
	by_raise(SIGUSR1);
	by_kill(SIGUSR1);
	signal(SIGUSR1, SIG_DFL);
	unblock(SIGUSR1);
	see("init: unharmed by what was pending");
	handle(SIGUSR1, SA_RESETHAND);
	plain = 0;
	for (int i = 0; i < OFTEN; i++)
		by_raise(SIGUSR1);
	see("init: handled %d", plain == SIGUSR1);
}

static void *in_thread(void *who)
{
	handled(who);
	odd_numbers(who);
	return NULL;
}

/* What it does to a process that is not an init. */
static void ends(int sig)
{
	pid_t pid = child();
	int status;

	if (pid == 0) {
		for (int i = 0; i < OFTEN; i++)
			by_kill(0);
		by_kill(sig);
		see("alive after %s", sig_text(sig));
		_exit(0);
	}
	MUST(waitpid(pid, &status, WUNTRACED));
	see("%s: %s", sig_text(sig), wait_text(status));
	if (WIFSTOPPED(status)) {
		MUST(kill(pid, SIGCONT));
		reap(pid);
	}
}

int main(void)
{
	pthread_t thread;
	pid_t pid;

	handled("init");
	odd_numbers("init");
	blocked("init");
	unharmed();
	pid = child();
	if (pid == 0) {
		handled("child");
		odd_numbers("child");
		blocked("child");
		pid = child();
		if (pid == 0) {
			handled("grandchild");
			_exit(0);
		}
		reap(pid);
		handled("child");
		_exit(0);
	}
	see("child %s", wait_text(reap(pid)));
	ends(SIGTERM);
	ends(SIGKILL);
	ends(SIGSTOP);
	ends(SIGABRT);
	ends(SIGUSR1);
	ends(SIGCHLD);
	MUST(-pthread_create(&thread, NULL, in_thread, (void *)"thread"));
	pthread_join(thread, NULL);
	handled("after it");
	return done();
}
