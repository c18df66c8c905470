/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What /proc/N/stat and status say of oneself, children, threads, a zombie, a
 * stopped process, an orphan, and a foreground group.
 *
 * scenario: needs=tty
 */
#include "proc_common.h"

#include <sys/ioctl.h>
#include <termios.h>

static void show(const char *what, pid_t pid)
{
	static const char *const keys[] = {
		"State:", "Tgid:", "Ngid:", "Pid:", "PPid:", "TracerPid:",
		"NStgid:", "NSpid:", "NSpgid:", "NSsid:", "Threads:",
		"Kthread:",
	};
	const char *text;

	see("%s: %s", what, stat_ids(slurp(path("/proc/%d/stat", pid))));
	text = slurp(path("/proc/%d/status", pid));
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		see("  %s", line_of(text, keys[i]));
	}
}

static void show_task(pid_t pid, pid_t tid)
{
	const char *text = slurp(path("/proc/%d/task/%d/status", pid, tid));

	see("task %d: %s", tid,
	    stat_ids(slurp(path("/proc/%d/task/%d/stat", pid, tid))));
	see("  %s %s %s %s %s", line_of(text, "Tgid:"), line_of(text, "Pid:"),
	    line_of(text, "PPid:"), line_of(text, "NStgid:"),
	    line_of(text, "NSpid:"));
}

static void fields_count(void)
{
	const char *text = slurp("/proc/self/stat");
	const char *status = slurp("/proc/self/status");
	int spaces = 0, lines = 0;

	for (const char *c = text; *c; c++) {
		spaces += *c == ' ';
	}
	for (const char *c = status; *c; c++) {
		lines += *c == '\n';
	}
	see("stat: %d spaces, ends with newline %d; status: %d lines, first %s",
	    spaces, text[strlen(text) - 1] == '\n', lines,
	    line_of(status, "Name:"));
}

static void *thread(void *gate)
{
	struct gate *g = gate;

	let(&g[0], 1);
	pass(&g[1]);
	return NULL;
}

static void threads(void)
{
	struct gate g[2];
	pthread_t id;
	pid_t pid;

	gate_init(&g[0]);
	gate_init(&g[1]);
	pid = child();
	if (pid == 0) {
		pthread_create(&id, NULL, thread, g);
		let(&g[0], 1);
		pause();
	}
	/* Each has one thing left to do, which is to sleep. */
	pass(&g[0]);
	pass(&g[0]);
	until_state(pid, 'S');
	until_state(pid + 1, 'S');
	show("process with a thread", pid);
	show_task(pid, pid);
	show_task(pid, pid + 1);
	show("by the thread's number", pid + 1);
	see("task of its number:%s", numbers(path("/proc/%d/task", pid + 1)));
	see("by the thread's number below it: %s",
	    stat_ids(slurp(path("/proc/%d/task/%d/stat", pid + 1, pid))));
	see("another's thread: %s",
	    slurp(path("/proc/%d/task/%d/stat", getpid(), pid + 1)));
	see("another's leader: %s",
	    slurp(path("/proc/%d/task/%d/stat", getpid(), pid)));
	end_child(pid);
}

static void stopped(void)
{
	pid_t pid = idle_child();
	int status;

	kill(pid, SIGSTOP);
	waitpid(pid, &status, WUNTRACED);
	show("stopped", pid);
	kill(pid, SIGCONT);
	waitpid(pid, &status, WCONTINUED);
	until_state(pid, 'S');
	show("continued", pid);
	kill(pid, SIGKILL);
	waitid(P_PID, pid, &(siginfo_t){ 0 }, WEXITED | WNOWAIT);
	until_state(pid, 'Z');
	show("zombie", pid);
	reap(pid);
	show("reaped", pid);
}

static void orphan(void)
{
	struct gate g;
	pid_t pid;
	int fd[2];

	gate_init(&g);
	MUST(pipe(fd));
	pid = child();
	if (pid == 0) {
		pid_t grandchild = child();

		if (grandchild == 0) {
			setpgid(0, 0);
			let(&g, 1);
			pause();
		}
		MUST(write(fd[1], &grandchild, sizeof(grandchild)));
		pass(&g);
		_exit(0);
	}
	reap(pid);
	MUST(read(fd[0], &pid, sizeof(pid)));
	until_state(pid, 'S');
	show("orphan", pid);
	end_child(pid);
}

/* To be born is to wait now and then, too: it says when it is past that. */
static void spinning(void)
{
	struct gate g;
	pid_t pid;

	gate_init(&g);
	pid = child();
	if (pid == 0) {
		let(&g, 1);
		for (;;) {
			;
		}
	}
	pass(&g);
	until_state(pid, 'R');
	show("running", pid);
	end_child(pid);
}

static void terminal(void)
{
	int master = MUST(posix_openpt(O_RDWR | O_NOCTTY));
	pid_t pid, inner;
	int slave;

	MUST(grantpt(master));
	MUST(unlockpt(master));
	slave = MUST(open(ptsname(master), O_RDWR | O_NOCTTY));
	pid = child();
	if (pid == 0) {
		setsid();
		MUST(ioctl(slave, TIOCSCTTY, 0));
		signal(SIGTTOU, SIG_IGN);
		show("session with a terminal", getpid());
		inner = idle_child();
		setpgid(inner, inner);
		see("tcsetpgrp: %s", res(tcsetpgrp(slave, inner)));
		until_state(inner, 'S');
		show("with another in front", getpid());
		show("in front", inner);
		see("/dev/tty opens: %d", open("/dev/tty", O_RDWR) != -1);
		end_child(inner);
		show("nobody in front", getpid());
		_exit(0);
	}
	reap(pid);
	close(slave);
	close(master);
}

static void names(void)
{
	prctl(PR_SET_NAME, "a) R 7 7 (b");
	see("odd name: %s", stat_ids(slurp("/proc/self/stat")));
	see("  %s", line_of(slurp("/proc/self/status"), "Name:"));
	prctl(PR_SET_NAME, "a\nPid:\t9");
	see("newline: %s", stat_ids(slurp("/proc/self/stat")));
	see("  %s %s", line_of(slurp("/proc/self/status"), "Name:"),
	    line_of(slurp("/proc/self/status"), "Pid:"));
	prctl(PR_SET_NAME, "");
	see("empty: %s", stat_ids(slurp("/proc/self/stat")));
	see("  %s", line_of(slurp("/proc/self/status"), "Name:"));
}

int main(void)
{
	pid_t pid;

	show("self", getpid());
	fields_count();
	pid = idle_child();
	until_state(pid, 'S');
	show("child", pid);
	end_child(pid);
	threads();
	stopped();
	orphan();
	spinning();
	terminal();
	names();
	return done();
}
