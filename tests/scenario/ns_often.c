/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program that opens many files gets, from /proc/self/ns, the files of its
 * own namespaces all the same, and from its links in /proc what they lead to.
 *
 * scenario: run-as=root bare=same
 * (what is shown is that two ways to ask agree)
 */
#include "scenario.h"

#define OFTEN 100

static bool is_same(const char *path)
{
	struct stat by_fd, by_path;
	int fd = MUST(open(path, O_RDONLY));

	MUST(fstat(fd, &by_fd));
	MUST(stat(path, &by_path));
	close(fd);
	return by_fd.st_ino == by_path.st_ino && by_fd.st_dev == by_path.st_dev;
}

int main(void)
{
	static const char *const paths[] = {
		"/proc/self/ns/pid",  "/proc/self/ns/uts", "/proc/self/ns/ipc",
		"/proc/self/ns/user", "/proc/self/cwd",	   "/proc/self/exe",
		"/dev/null",
	};
	char own[64];

	snprintf(own, sizeof(own), "/proc/%d/ns/pid", getpid());
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		int same = 0;

		for (int n = 0; n < OFTEN; n++)
			same += is_same(paths[i]);
		see("%s: the same %d times", paths[i], same);
	}
	see("by number: %s", is_same(own) ? "the same" : "another");
	return done();
}
