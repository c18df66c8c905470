/* SPDX-License-Identifier: Apache-2.0 */
/* children, fdinfo of pidfds, locks, loadavg, pid_max, sched, timers. */
#include "proc_common.h"

#include <sys/file.h>

static void pidfds(void)
{
	pid_t pid = idle_child();
	int fd = MUST(sys_pidfd_open(pid, 0));
	int own = MUST(sys_pidfd_open(getpid(), 0));
	const char *text = slurp(path("/proc/self/fdinfo/%d", fd));

	see("pidfd %s %s", line_of(text, "Pid:"), line_of(text, "NSpid:"));
	text = slurp(path("/proc/self/fdinfo/%d", own));
	see("own %s %s", line_of(text, "Pid:"), line_of(text, "NSpid:"));
	text = slurp(path("/proc/thread-self/fdinfo/%d", fd));
	see("thread-self %s", line_of(text, "Pid:"));
	text = slurp(path("/proc/%d/fdinfo/%d", getpid(), fd));
	see("by number %s", line_of(text, "Pid:"));
	see("link %s", link_text(path("/proc/self/fd/%d", fd)));
	end_child(pid);
	text = slurp(path("/proc/self/fdinfo/%d", fd));
	see("ended %s %s", line_of(text, "Pid:"), line_of(text, "NSpid:"));
	close(fd);
	close(own);
	fd = MUST(open("/dev/null", O_RDONLY));
	text = slurp(path("/proc/self/fdinfo/%d", fd));
	see("plain file %s %s", line_of(text, "pos:"), line_of(text, "Pid:"));
	close(fd);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* What /proc/locks shows, sorted: the kernel's order is by processor. */
static void show_locks(const char *when)
{
	char *save = NULL, *text = (char *)slurp("/proc/locks");

	char lines[20][64];
	int n = 0;

	see("%s:", when);
	for (char *line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		char kind[16], how[16], mode[16];
		int pid, at = 0;

		if (sscanf(line, "%*d: -> %15s %15s %15s %d", kind, how, mode,
			   &pid) == 4) {
			at = 1;
		} else if (sscanf(line, "%*d: %15s %15s %15s %d", kind, how,
				  mode, &pid) != 4) {
			continue;
		}
		if (n < 20) {
			snprintf(lines[n++], 64, "  %s %s %d%s", kind, mode,
				 pid, at ? ", waiting" : "");
		}
	}
	qsort(lines, n, 64, by_text);
	for (int i = 0; i < n; i++) {
		see("%s", lines[i]);
	}
}

/* That it sleeps does not say that it does so for the lock. */
static void until_waiting(void)
{
	while (!strstr(slurp("/proc/locks"), "-> ")) {
		usleep(1000);
	}
}

static void locks(void)
{
	int fd = MUST(open("file", O_RDWR | O_CREAT, 0600));
	struct flock lock = { .l_type = F_WRLCK, .l_len = 1 };
	struct gate gate;
	pid_t pid, waiter;

	gate_init(&gate);
	show_locks("none");
	MUST(fcntl(fd, F_SETLK, &lock));
	see("fdinfo: %d", strstr(slurp(path("/proc/self/fdinfo/%d", fd)),
				 " WRITE 1 ") != NULL);
	show_locks("own");
	pid = child();
	if (pid == 0) {
		lock.l_start = 10;
		MUST(fcntl(fd, F_SETLK, &lock));
		let(&gate, 1);
		pause();
	}
	pass(&gate);
	waiter = child();
	if (waiter == 0) {
		fcntl(fd, F_SETLKW, &lock);
		pause();
	}
	until_waiting();
	show_locks("and two more");
	end_child(waiter);
	end_child(pid);
	MUST(flock(fd, LOCK_EX));
	show_locks("by flock");
	lock.l_pid = 0;
	fcntl(fd, F_UNLCK);
	MUST(flock(fd, LOCK_UN));
	lock.l_type = F_UNLCK;
	fcntl(fd, F_SETLK, &lock);
	lock.l_type = F_WRLCK;
	MUST(fcntl(fd, F_OFD_SETLK, &lock));
	show_locks("of a description");
	close(fd);
}

static void children(void)
{
	pid_t a = idle_child(), b = idle_child();

	see("children '%s'", slurp(path("/proc/1/task/1/children")));
	see("of a child '%s'", slurp(path("/proc/%d/task/%d/children", a, a)));
	see("there is none of N itself: %s", slurp("/proc/1/children"));
	end_child(b);
	end_child(a);
	see("children '%s'", slurp(path("/proc/1/task/1/children")));
}

static void timers(void)
{
	struct sigevent how = { .sigev_notify = SIGEV_SIGNAL,
				.sigev_signo = SIGUSR2 };
	timer_t id;

	MUST(timer_create(CLOCK_MONOTONIC, &how, &id));
	see("%s", line_of(slurp("/proc/self/timers"), "notify:"));
	how.sigev_notify = SIGEV_THREAD_ID;
	how._sigev_un._tid = gettid();
	timer_delete(id);
	MUST(timer_create(CLOCK_MONOTONIC, &how, &id));
	see("%s", line_of(slurp("/proc/self/timers"), "notify:"));
	timer_delete(id);
}

int main(void)
{
	const char *text;
	pid_t pid;

	pidfds();
	locks();
	children();
	timers();
	text = slurp("/proc/self/sched");
	see("sched %s", strncmp(text, "proc_misc (1, #threads: 1)", 26) == 0 ?
		"of 1" : first_line(text));
	pid = idle_child();
	end_child(pid);
	text = slurp("/proc/loadavg");
	see("last %d: %s", pid, strrchr(text, ' ') + 1);
	see("cgroup lines %d, uid_map %d", slurp("/proc/self/cgroup")[0] != 0,
	    strlen(slurp("/proc/self/uid_map")) > 8);
	see("mounts %d, mountinfo %d",
	    strstr(slurp("/proc/mounts"), "proc") != NULL,
	    strstr(slurp("/proc/self/mountinfo"), "proc") != NULL);
	see("ns pid link: %d", strncmp(link_text("/proc/self/ns/pid"),
				       "'pid:[", 6) == 0);
	return done();
}
