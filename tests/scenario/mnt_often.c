/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many tasks mount, move, take off and rename at the same time, in one
 * namespace and in copies of it: each call does what it says or fails, and
 * nothing is left in the end.
 *
 * scenario: user=root needs=userns bare=skip
 * (without namespaces, the machine's own mounts would be asked for)
 */
#include "mnt_common.h"

#define TASKS  8
#define ROUNDS 60

static unsigned int seed;

static unsigned int random_below(unsigned int n)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 16) % n;
}

static const char *some(void)
{
	static const char *const names[] = {
		"a", "b", "c", "a/x", "b/x", "c/y", "a/x/z", "d", "../t/a",
	};

	return names[random_below(sizeof(names) / sizeof(names[0]))];
}

static void one(void)
{
	switch (random_below(10)) {
	case 0:
	case 1:
		mount("x", some(), "tmpfs", 0, NULL);
		break;
	case 2:
	case 3:
		mount(some(), some(), NULL, MS_BIND | MS_REC, NULL);
		break;
	case 4:
		mount(some(), some(), NULL, MS_MOVE, NULL);
		break;
	case 5:
		umount2(some(), random_below(2) ? MNT_DETACH : 0);
		break;
	case 6:
		rename(some(), some());
		break;
	case 7:
		mount(NULL, some(), NULL,
		      MS_REMOUNT | MS_BIND | random_below(2), NULL);
		break;
	case 8:
		mkdir(some(), 0755);
		break;
	default:
		if (chdir(some()) == 0)
			if (chdir(base) < 0)
				die("chdir");
	}
}

/* Who can't go back does not go on: his folder was covered or taken off. */
static void worker(unsigned int number)
{
	seed = number * 7919;
	for (int i = 0; i < ROUNDS; i++) {
		one();
		if (i == ROUNDS / 2 && number % 2)
			MUST(unshare(CLONE_NEWNS));
		if (number == 3 && i % 8 == 0)
			for (int n = 0; n < 20; n++)
				umount2(some(), MNT_DETACH);
	}
	_exit(0);
}

static unsigned int count(void)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	char line[8192];
	unsigned int n = 0;

	if (!file)
		die("mountinfo");
	while (fgets(line, sizeof(line), file))
		n += strstr(line, base) != NULL;
	fclose(file);
	return n;
}

int main(void)
{
	pid_t pids[TASKS];
	int bad = 0;

	folder("t");
	MUST(chdir("t"));
	begin();
	MUST(mount("all", base, "tmpfs", 0, NULL));
	MUST(chdir(base));
	folder("a");
	folder("b");
	folder("c");
	make_file("d");
	for (unsigned int i = 0; i < TASKS; i++) {
		pids[i] = child();
		if (pids[i] == 0)
			worker(i + 1);
	}
	for (int i = 0; i < TASKS; i++)
		bad += reap(pids[i]) != 0;
	see("bad ends: %d", bad);
	MUST(chdir("/"));
	see("all of it: %s", res(umount2(base, MNT_DETACH)));
	see("left: %u", count());
	return done();
}
