/* SPDX-License-Identifier: Apache-2.0 */
/* pidfd_open, pidfd_send_signal, pidfd_getfd, poll and waitid on a pidfd. */
#include "scenario.h"

#define SEE(call) see("%s: %s", #call, res(call))
#define OPENS(call)                                                 \
	({                                                          \
		int fd_ = call;                                     \
		see("%s: %s", #call, fd_ == -1 ? res(-1) : "open"); \
		fd_ == -1 ? 0 : close(fd_);                         \
	})
#define NONBLOCK O_NONBLOCK
#define THREAD	 O_EXCL

static int readable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	MUST(poll(&p, 1, 0));
	return p.revents;
}

static void *thread(void *tid)
{
	*(pid_t *)tid = gettid();
	OPENS(sys_pidfd_open(gettid(), 0));
	OPENS(sys_pidfd_open(gettid(), THREAD));
	return NULL;
}

static void opening(void)
{
	pthread_t id;
	pid_t tid;

	OPENS(sys_pidfd_open(1, 0));
	OPENS(sys_pidfd_open(getpid(), 0));
	OPENS(sys_pidfd_open(getppid(), 0));
	OPENS(sys_pidfd_open(-1, 0));
	OPENS(sys_pidfd_open(0, 0));
	OPENS(sys_pidfd_open(NOBODY, 0));
	OPENS(sys_pidfd_open(getpid(), 1));
	OPENS(sys_pidfd_open(NOBODY, 1));
	OPENS(sys_pidfd_open(getpid(), NONBLOCK));
	pthread_create(&id, NULL, thread, &tid);
	pthread_join(id, NULL);
	until_gone(tid);
	OPENS(sys_pidfd_open(tid, 0));
}

static void sending(pid_t pid, int fd)
{
	siginfo_t info = { .si_signo = SIGUSR1, .si_code = SI_QUEUE };
	int self = MUST(sys_pidfd_open(getpid(), 0));

	SEE(sys_pidfd_send(fd, 0, NULL, 0));
	SEE(sys_pidfd_send(fd, 65, NULL, 0));
	SEE(sys_pidfd_send(fd, SIGUSR1, NULL, 0x80));
	SEE(sys_pidfd_send(-1, 0, NULL, 0));
	SEE(sys_pidfd_send(STDIN_FILENO, 0, NULL, 0));
	SEE(sys_pidfd_send(249, 0, NULL, 0));
	SEE(sys_pidfd_send(fd, SIGUSR1, BAD_ADDR, 0));
	SEE(sys_pidfd_send(fd, SIGUSR2, &info, 0));
	info.si_code = SI_USER;
	SEE(sys_pidfd_send(fd, SIGUSR1, &info, 0));
	info.si_code = SI_TKILL;
	SEE(sys_pidfd_send(fd, SIGUSR1, &info, 0));
	info.si_pid = 321;
	info.si_uid = getuid();
	SEE(sys_pidfd_send(self, SIGUSR1, &info, 0));
	see("  %s", info_text(&caught_info));
	info.si_code = SI_USER;
	SEE(sys_pidfd_send(self, SIGUSR1, &info, 0));
	see("  %s", info_text(&caught_info));
	info.si_code = SI_QUEUE;
	info.si_value.sival_int = 3;
	SEE(sys_pidfd_send(self, SIGUSR1, &info, 0));
	see("  %s", info_text(&caught_info));
	SEE(sys_pidfd_send(self, SIGUSR1, NULL, 0));
	see("  %s", info_text(&caught_info));
	info.si_signo = SIGUSR2;
	SEE(sys_pidfd_send(fd, SIGUSR2, &info, 0));
	(void)pid;
}

static void getting(int fd, int number)
{
	char byte = 0;
	int got;

	SEE(syscall(SYS_pidfd_getfd, fd, 240, 0));
	SEE(syscall(SYS_pidfd_getfd, fd, -1, 0));
	SEE(syscall(SYS_pidfd_getfd, fd, number, 1));
	SEE(syscall(SYS_pidfd_getfd, STDIN_FILENO, number, 0));
	SEE(syscall(SYS_pidfd_getfd, -1, number, 0));
	got = syscall(SYS_pidfd_getfd, fd, number, 0);
	if (got == -1) {
		see("pidfd_getfd: %s", res(got));
		return;
	}
	see("pidfd_getfd: close-on-exec %d", fcntl(got, F_GETFD));
	read(got, &byte, 1);
	see("read from it: %c", byte);
	close(got);
}

int main(void)
{
	int fd, copy, pipe_fd[2];
	struct gate hold, ready;
	siginfo_t info;
	pid_t pid;

	catch_signal(SIGUSR1, 0);
	gate_init(&hold);
	gate_init(&ready);
	opening();
	pid = child();
	if (pid == 0) {
		catch_signal(SIGUSR2, SA_RESTART);
		MUST(pipe(pipe_fd));
		MUST(write(pipe_fd[1], "z", 1));
		dup2(pipe_fd[0], 200);
		let(&ready, 1);
		pass(&hold);
		see("child: %d signal, %s", caught_count,
		    info_text(&caught_info));
		_exit(19);
	}
	pass(&ready);
	see("child %d", pid);
	fd = MUST(sys_pidfd_open(pid, NONBLOCK));
	see("close-on-exec %d", fcntl(fd, F_GETFD));
	sending(pid, fd);
	getting(fd, 200);
	see("ready: %d", readable(fd));
	SEE(waitid(P_PIDFD, fd, &info, WEXITED));
	copy = MUST(dup(fd));
	let(&hold, 1);
	waitid(P_PID, pid, &info, WEXITED | WNOWAIT);
	see("ready: %d", readable(copy));
	SEE(sys_pidfd_send(fd, 0, NULL, 0));
	OPENS(sys_pidfd_open(pid, 0));
	SEE(syscall(SYS_pidfd_getfd, fd, 200, 0));
	MUST(waitid(P_PIDFD, copy, &info, WEXITED));
	see("  %s", info_text(&info));
	see("ready: %d", readable(fd));
	SEE(sys_pidfd_send(fd, 0, NULL, 0));
	SEE(waitid(P_PIDFD, fd, &info, WEXITED));
	OPENS(sys_pidfd_open(pid, 0));
	SEE(syscall(SYS_pidfd_getfd, fd, 200, 0));
	return done();
}
