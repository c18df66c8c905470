/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests to the files of namespaces: every number, for every kind, also in
 * another size, and the numbers of processes from one namespace to another.
 *
 * scenario: run-as=root bare=skip needs=kernel:6.18
 * (without namespaces, the machine's own would be changed)
 */
#include "scenario.h"

#include <linux/nsfs.h>
#include <sys/ioctl.h>

static const char *const kinds[] = { "pid", "uts", "ipc" };

/* Descriptors and numbers that differ from run to run are not shown. */
static const char *answer(int fd, unsigned long request, void *arg)
{
	long r = ioctl(fd, request, arg);

	return r < 0 ? res(r) : "done";
}

static void requests(const char *what, const char *path)
{
	int fd = MUST(open(path, O_RDONLY | O_CLOEXEC));
	uint64_t buf[64];

	for (unsigned int nr = 10; nr <= 20; nr++) {
		memset(buf, 0, sizeof(buf));
		see("%s, %u: %s %s %s %s", what, nr,
		    answer(fd, _IO(0xb7, nr), NULL),
		    answer(fd, _IOR(0xb7, nr, uint64_t), buf),
		    answer(fd, _IOR(0xb7, nr, uint64_t[2]), buf),
		    answer(fd, _IOR(0xb7, nr, int), NULL));
	}
	see("%s: mount id %s, id as int %s, nothing %s", what,
	    answer(fd, _IOR(0xb7, 5, uint64_t), buf),
	    answer(fd, _IOR(0xb7, 5, int), buf), answer(fd, 0, NULL));
	see("%s: type with an argument %#x", what,
	    ioctl(fd, NS_GET_NSTYPE, buf));
	see("%s: other forms %s %s %s", what,
	    answer(fd, _IOR(0xb7, 3, int), buf),
	    answer(fd, _IO(0xb7, 6), buf),
	    answer(fd, _IOW(0xb7, 6, int), (void *)1));
	close(fd);
}

static struct gate ready, end;

/* From pid namespace @fd, or into it. */
static void translate(const char *what, int fd, int nr)
{
	see("%s %d: %s %s %s %s", what, nr,
	    res(ioctl(fd, _IOR(0xb7, 6, int), nr)),
	    res(ioctl(fd, _IOR(0xb7, 7, int), nr)),
	    res(ioctl(fd, _IOR(0xb7, 8, int), nr)),
	    res(ioctl(fd, _IOR(0xb7, 9, int), nr)));
}

static void *thread(void *arg)
{
	(void)arg;
	let(&ready, 1);
	pass(&end);
	return NULL;
}

static void inner(void)
{
	pthread_t id;
	pid_t pid = child();

	if (pid == 0)
		thread(NULL);
	else
		pthread_create(&id, NULL, thread, NULL);
	if (pid)
		pause();
	_exit(0);
}

static void numbers(void)
{
	pid_t pid = (pid_t)MUST(sys_clone(CLONE_NEWPID | SIGCHLD, NULL, NULL));
	int own = MUST(open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC)), fd;
	char path[64];

	if (pid == 0)
		inner();
	pass(&ready);
	pass(&ready);
	snprintf(path, sizeof(path), "/proc/%d/ns/pid", pid);
	fd = MUST(open(path, O_RDONLY | O_CLOEXEC));
	for (int nr = -1; nr <= 4; nr++)
		translate("inner", fd, nr);
	for (int nr = pid - 1; nr <= pid + 3; nr++)
		translate("outer", fd, nr);
	translate("own", own, pid);
	translate("own", own, pid + 2);
	translate("nobody", own, NOBODY);
	kill(pid, SIGKILL);
	reap(pid);
	translate("gone", fd, 1);
	translate("gone", fd, pid);
}

int main(void)
{
	char path[64];

	for (int i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "/proc/self/ns/%s", kinds[i]);
		requests(kinds[i], path);
	}
	gate_init(&ready);
	gate_init(&end);
	numbers();
	return done();
}
