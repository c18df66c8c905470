/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Listing /proc and /proc/self/task: exactly the visible numbers, ascending,
 * at the kernel's positions, whatever the size of the buffer.
 */
#include "proc_common.h"

static void positions(void)
{
	DIR *dir = opendir("/proc");
	long before_first = 0, self = 0, at = telldir(dir);
	struct dirent *d;
	int others = 0;

	while ((d = readdir(dir))) {
		if (strcmp(d->d_name, "self") == 0 ||
		    strcmp(d->d_name, "thread-self") == 0 ||
		    strcmp(d->d_name, "meminfo") == 0) {
			see("%s type %d", d->d_name, d->d_type);
			self = 1;
		}
		if (d->d_name[0] < '0' || d->d_name[0] > '9') {
			others++;
		} else {
			see("%s type %d at %ld next %ld, after others %d",
			    d->d_name, d->d_type, at > 257 ? at : -1,
			    telldir(dir), others > 0 && self);
			if (!before_first) {
				before_first = at;
			}
		}
		at = telldir(dir);
	}
	rewinddir(dir);
	others = 0;
	while ((d = readdir(dir))) {
		others += d->d_name[0] == '1' && !d->d_name[1];
	}
	see("1 is listed %d time after rewinddir", others);
	seekdir(dir, before_first);
	for (int i = 0; i < 3 && (d = readdir(dir)); i++) {
		see("after seekdir: %s", d->d_name);
	}
	for (long to = 257; to < 270; to++) {
		seekdir(dir, to);
		d = readdir(dir);
		see("at %ld: %s", to,
		    d ? d->d_name[0] <= '9' ? d->d_name : "other" : "end");
	}
	closedir(dir);
}

/* Everything by calls with a buffer of @size: the numbers, and how it ends. */
static void by_size(const char *name, unsigned int size, int want_others)
{
	char buf[4096], text[500] = "";
	int fd = MUST(open(name, O_RDONLY | O_DIRECTORY));
	int others = 0;
	size_t len = 0;
	long n;

	while ((n = syscall(SYS_getdents64, fd, buf, size)) > 0) {
		for (long at = 0; at < n;) {
			struct linux_dirent64 *d = (void *)(buf + at);

			if (d->d_name[0] >= '0' && d->d_name[0] <= '9') {
				len += snprintf(text + len,
						sizeof(text) - len, " %s",
						d->d_name);
			} else {
				others++;
			}
			at += d->d_reclen;
		}
	}
	see("%s by %u: %s,%s, others %d", name, size, res(n), text,
	    want_others ? others : others > 0);
	close(fd);
}

static void errors(void)
{
	int fd = MUST(open("/proc", O_RDONLY | O_DIRECTORY));
	char buf[512];

	SEE(syscall(SYS_getdents64, fd, buf, 0));
	SEE(syscall(SYS_getdents64, fd, buf, 8));
	SEE(syscall(SYS_getdents64, fd, NULL, 512));
	SEE(syscall(SYS_getdents64, -1, buf, 512));
	SEE(lseek(fd, 300, SEEK_SET));
	SEE(lseek(fd, 0, SEEK_CUR));
	SEE(lseek(fd, -1, SEEK_SET));
	SEE(read(fd, buf, 1));
	close(fd);
	fd = MUST(open("/proc", O_PATH));
	SEE(syscall(SYS_getdents64, fd, buf, 512));
	close(fd);
	fd = MUST(open("/proc/self/stat", O_RDONLY));
	SEE(syscall(SYS_getdents64, fd, buf, 512));
	close(fd);
	SEE(open("/proc", O_WRONLY));
	SEE(open("/proc/x", O_RDWR | O_CREAT, 0600));
}

static void *sleeper(void *gate)
{
	pass(gate);
	return NULL;
}

static void threads(void)
{
	pthread_t id[3];
	struct gate gate;

	gate_init(&gate);
	see("task:%s", numbers("/proc/self/task"));
	for (int i = 0; i < 3; i++) {
		pthread_create(&id[i], NULL, sleeper, &gate);
	}
	see("task:%s", numbers("/proc/self/task"));
	see("task of 1:%s", numbers("/proc/1/task"));
	by_size("/proc/self/task", 24, 1);
	by_size("/proc/self/task", 48, 1);
	by_size("/proc/self/task", 4096, 1);
	see("/proc itself:%s", numbers("/proc"));
	let(&gate, 3);
	for (int i = 0; i < 3; i++) {
		pthread_join(id[i], NULL);
		until_gone(9 + i);
	}
}

static void links_count(void)
{
	struct stat st;

	MUST(stat("/proc/self/task", &st));
	see("task: %d links", (int)st.st_nlink);
	MUST(stat("/proc/self", &st));
	see("self: %d links, mode %o", (int)st.st_nlink, st.st_mode);
}

int main(void)
{
	pid_t pid[6], zombie;
	struct gate gate;

	see("alone:%s", numbers("/proc"));
	gate_init(&gate);
	for (int i = 0; i < 6; i++) {
		pid[i] = idle_child();
	}
	see("with children:%s", numbers("/proc"));
	see("by other ways:%s", numbers("//proc/../proc/."));
	positions();
	by_size("/proc", 4096, 0);
	by_size("/proc", 100, 0);
	by_size("/proc", 40, 0);
	end_child(pid[2]);
	end_child(pid[4]);
	see("two less:%s", numbers("/proc"));
	zombie = child();
	if (zombie == 0) {
		_exit(0);
	}
	waitid(P_PID, zombie, &(siginfo_t){ 0 }, WEXITED | WNOWAIT);
	see("with a zombie:%s", numbers("/proc"));
	see("task of the zombie:%s",
	    numbers(path("/proc/%d/task", zombie)));
	reap(zombie);
	see("without:%s", numbers("/proc"));
	errors();
	threads();
	links_count();
	for (int i = 0; i < 6; i++) {
		if (i != 2 && i != 4) {
			end_child(pid[i]);
		}
	}
	return done();
}
