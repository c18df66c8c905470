/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading /proc in a loop while processes come and go: every error is one
 * that the kernel gives, too.
 */
#include "proc_common.h"

#define ROUNDS 60
#define FORKERS 3

static int unexpected;

static void check(const char *what, long r)
{
	/* Of a link whose process went meanwhile older kernels say EACCES. */
	if (r == -1 && errno != ENOENT && errno != ESRCH &&
	    !(errno == EACCES && strcmp(what, "readlink") == 0)) {
		see("%s: %s", what, res(-1));
		unexpected++;
	}
}

static void look(int proc, const char *name)
{
	static const char *const files[] = { "stat", "status", "cmdline",
					     "comm" };
	char buf[4096];
	struct stat st;
	int fd;

	check("fstatat", fstatat(proc, name, &st, 0));
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		fd = openat(proc, path("%s/%s", name, files[i]), O_RDONLY);
		check(files[i], fd);
		if (fd != -1) {
			ssize_t n = read(fd, buf, sizeof(buf));

			check("read", n);
			if (i == 0 && n > 0 && atoi(buf) != atoi(name)) {
				see("%s says %d", name, atoi(buf));
				unexpected++;
			}
			close(fd);
		}
	}
	check("readlink", readlinkat(proc, path("%s/exe", name), buf, 64));
	fd = openat(proc, path("%s/task", name), O_RDONLY | O_DIRECTORY);
	check("task", fd);
	if (fd != -1) {
		check("getdents", syscall(SYS_getdents64, fd, buf, 4096));
		close(fd);
	}
}

static void forker(void)
{
	for (;;) {
		pid_t pid = fork();

		if (pid == 0) {
			_exit(0);
		}
		if (pid > 0) {
			waitpid(pid, NULL, 0);
		}
	}
}

static int is_one_of(const pid_t *pids, int nr)
{
	int found = 0;

	for (int i = 0; i < FORKERS; i++) {
		found |= pids[i] == nr;
	}
	return found;
}

int main(void)
{
	int seen = 0, disorder = 0, missing = 0;
	pid_t forkers[FORKERS];

	for (int i = 0; i < FORKERS; i++) {
		forkers[i] = child();
		if (forkers[i] == 0) {
			forker();
		}
	}
	for (int round = 0; round < ROUNDS; round++) {
		DIR *dir = opendir("/proc");
		struct dirent *d;
		int last = 0, stable = 0;

		while ((errno = 0, d = readdir(dir))) {
			int nr = atoi(d->d_name);

			if (nr <= 0) {
				continue;
			}
			disorder += nr <= last;
			last = nr;
			stable += nr == 1 || is_one_of(forkers, nr);
			seen++;
			look(dirfd(dir), d->d_name);
		}
		check("readdir", errno ? -1 : 0);
		missing += stable != 1 + FORKERS;
		closedir(dir);
	}
	for (int i = 0; i < FORKERS; i++) {
		end_child(forkers[i]);
	}
	see("many seen %d, disorder %d, missing %d, unexpected %d",
	    seen > ROUNDS * 3, disorder, missing, unexpected);
	while (waitpid(-1, NULL, 0) != -1) {
		;	/* what the forkers had not waited for */
	}
	see("at the end:%s", numbers("/proc"));
	return done();
}
