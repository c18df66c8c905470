/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whom a descriptor's SIGIO goes to: F_SETOWN, F_SETOWN_EX, the socket
 * ioctls; and the holder of a lock, by F_GETLK.
 */
#include "scenario.h"

#include <sys/ioctl.h>
#include <sys/socket.h>
#include <linux/sockios.h>

#define SEE(call) see("%s: %s", #call, res(call))

static int ends[2];
static struct gate hold, ready, told;

/* libc asks by F_GETOWN_EX, and takes a small group for an error. */
static long plain_getown(int fd)
{
	long r;

	__asm__ volatile("syscall"
			 : "=a"(r)
			 : "a"(SYS_fcntl), "D"(fd), "S"(F_GETOWN), "d"(0)
			 : "rcx", "r11", "memory");
	return r;
}

static void see_owner(void)
{
	struct f_owner_ex ex = { 77, 77 };
	int r = fcntl(ends[0], F_GETOWN_EX, &ex), number = 77;

	see("  F_GETOWN %ld, F_GETOWN_EX %s type %d pid %d",
	    plain_getown(ends[0]), res(r), ex.type, ex.pid);
	r = ioctl(ends[0], SIOCGPGRP, &number);
	see("  SIOCGPGRP %s %d", res(r), number);
}

static void set_owner_ex(int type, pid_t pid)
{
	struct f_owner_ex ex = { type, pid };

	see("F_SETOWN_EX type %d pid %d: %s", type, pid,
	    res(fcntl(ends[0], F_SETOWN_EX, &ex)));
	see_owner();
}

static void *thread(void *tid)
{
	*(pid_t *)tid = gettid();
	let(&ready, 1);
	pass(&hold);
	return NULL;
}

static void owners(pid_t member)
{
	pthread_t id;
	pid_t tid;
	int number;

	see_owner();
	SEE(fcntl(ends[0], F_SETOWN, getpid()));
	see_owner();
	SEE(fcntl(ends[0], F_SETOWN, member));
	see_owner();
	SEE(fcntl(ends[0], F_SETOWN, -member));
	see_owner();
	SEE(fcntl(ends[0], F_SETOWN, NOBODY));
	SEE(fcntl(ends[0], F_SETOWN, -NOBODY));
	SEE(fcntl(ends[0], F_SETOWN, INT_MIN));
	see_owner();
	number = member;
	SEE(ioctl(ends[0], FIOSETOWN, &number));
	see_owner();
	number = -member;
	SEE(ioctl(ends[0], SIOCSPGRP, &number));
	see_owner();
	number = NOBODY;
	SEE(ioctl(ends[0], SIOCSPGRP, &number));
	SEE(ioctl(ends[0], FIOGETOWN, &number));
	see("  %d", number);
	pthread_create(&id, NULL, thread, &tid);
	pass(&ready);
	set_owner_ex(F_OWNER_TID, tid);
	set_owner_ex(F_OWNER_PID, member);
	set_owner_ex(F_OWNER_PGRP, member);
	set_owner_ex(F_OWNER_PID, tid);
	set_owner_ex(F_OWNER_TID, NOBODY);
	set_owner_ex(F_OWNER_PID, 0);
	set_owner_ex(9, member);
	SEE(fcntl(ends[0], F_GETOWN_EX, BAD_ADDR));
	SEE(fcntl(ends[0], F_SETOWN_EX, BAD_ADDR));
	let(&hold, 1);
	pthread_join(id, NULL);
	SEE(fcntl(ends[0], F_SETOWN, 0));
	see_owner();
}

/* Waits for SIGIO in its number, and says what it read. */
static void io_member(void)
{
	siginfo_t info;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGIO);
	sigaddset(&set, SIGRTMIN);
	sigprocmask(SIG_BLOCK, &set, NULL);
	setpgid(0, 0);
	let(&ready, 1);
	sigwaitinfo(&set, &info);
	see("member: %s code %d", sig_text(info.si_signo), info.si_code);
	let(&told, 1);
	sigwaitinfo(&set, &info);
	see("member: %s code %d band %lx fd is right %d",
	    sig_text(info.si_signo), info.si_code, info.si_band,
	    info.si_fd == ends[0]);
	let(&told, 1);
	pass(&hold);
	_exit(0);
}

static void locks(void)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd = MUST(memfd_create("locks", 0));
	pid_t pid = child();

	if (pid == 0) {
		lock.l_len = 10;
		MUST(fcntl(fd, F_SETLK, &lock));
		let(&ready, 1);
		pass(&hold);
		_exit(0);
	}
	pass(&ready);
	lock.l_pid = 5555;
	SEE(fcntl(fd, F_GETLK, &lock));
	see("  type %d start %ld len %ld pid %d", lock.l_type, lock.l_start,
	    lock.l_len, lock.l_pid);
	lock = (struct flock){ .l_type = F_RDLCK, .l_start = 20 };
	lock.l_pid = 5555;
	SEE(fcntl(fd, F_GETLK, &lock));
	see("  type %d pid %d", lock.l_type, lock.l_pid);
	lock = (struct flock){ .l_type = F_WRLCK };
	SEE(fcntl(fd, F_OFD_GETLK, &lock));
	see("  type %d pid %d", lock.l_type, lock.l_pid);
	let(&hold, 1);
	reap(pid);
	lock = (struct flock){ .l_type = F_WRLCK };
	SEE(fcntl(fd, F_OFD_SETLK, &lock));
	lock.l_pid = 0;
	SEE(fcntl(fd, F_GETLK, &lock));
	see("  type %d pid %d", lock.l_type, lock.l_pid);
}

int main(void)
{
	pid_t member;

	gate_init(&hold);
	gate_init(&ready);
	gate_init(&told);
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
	member = child();
	if (member == 0) {
		io_member();
	}
	pass(&ready);
	see("member %d", member);
	owners(member);
	SEE(fcntl(ends[0], F_SETOWN, member));
	SEE(fcntl(ends[0], F_SETFL, O_ASYNC));
	write(ends[1], "x", 1);
	pass(&told);
	SEE(fcntl(ends[0], F_SETSIG, SIGRTMIN));
	SEE(fcntl(ends[0], F_SETOWN, -member));
	write(ends[1], "x", 1);
	pass(&told);
	let(&hold, 1);
	reap(member);
	see_owner();
	locks();
	return done();
}
