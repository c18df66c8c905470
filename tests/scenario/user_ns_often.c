/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ids that are asked for often, which makes them cheap, are the right ones all
 * the same when the user namespace or its map has changed.
 *
 * scenario: user=root needs=userns bare=skip
 * (without namespaces, the machine's own would be asked for)
 */
#include "user_common.h"

#define OFTEN 200

static const char *file;

static void see_often(const char *who)
{
	uid_t uid = 1, euid = 2;
	gid_t gid = 3;
	struct stat st = { 0 };

	for (int i = 0; i < OFTEN; i++) {
		uid = getuid();
		euid = geteuid();
		gid = getgid();
		MUST(stat(file, &st));
	}
	see("%s: %u %u %u, file %u %u", who, uid, euid, gid, st.st_uid,
	    st.st_gid);
}

static void put(pid_t pid, const char *name, const char *text)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	fd = MUST(open(path, O_WRONLY));
	MUST(write(fd, text, strlen(text)));
	close(fd);
}

static void below(struct gate *made, struct gate *mapped)
{
	pid_t pid;

	see_often("child");
	MUST(unshare(CLONE_NEWUSER));
	see_often("unmapped");
	let(made, 1);
	pass(mapped);
	see_often("mapped");
	pid = child();
	if (pid == 0) {
		see_often("its child");
		MUST(unshare(CLONE_NEWUSER));
		see_often("two below");
		_exit(0);
	}
	reap(pid);
	see_often("again");
}

int main(void)
{
	char name[] = "/tmp/scenario-XXXXXX";
	struct gate made, mapped;
	pid_t pid;

	file = name;
	close(MUST(mkstemp(name)));
	gate_init(&made);
	gate_init(&mapped);
	see_often("before");
	pid = child();
	if (pid == 0) {
		below(&made, &mapped);
		_exit(0);
	}
	pass(&made);
	put(pid, "uid_map", "7 0 1");
	put(pid, "setgroups", "deny");
	put(pid, "gid_map", "8 0 1");
	let(&mapped, 1);
	see("%s", wait_text(reap(pid)));
	see_often("after");
	unlink(name);
	return done();
}
