/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Set-user-ID and set-group-ID programs on a mount with and without nosuid.
 *
 * scenario: user=all needs=root,userns run-as=root bare=skip
 * (without namespaces, the machine's own mounts would be asked for)
 */
#include "mnt_common.h"
#include "user_files.h"

static void copy(const char *from, const char *to)
{
	char buf[65536];
	int in = MUST(open(from, O_RDONLY));
	int out = MUST(open(to, O_CREAT | O_WRONLY, 0755));
	ssize_t n;

	while ((n = read(in, buf, sizeof(buf))) > 0)
		MUST(write(out, buf, (size_t)n));
	close(in);
	close(out);
}

static void run(const char *what)
{
	pid_t pid = child_as(33, 33);

	if (pid == 0) {
		execl("d/program", "program", what, NULL);
		see("exec: %s", res(-1));
		_exit(1);
	}
	see("%s", wait_text(reap(pid)));
}

int main(int argc, char **argv)
{
	if (argc > 1) {
		see("%s: %u %u", argv[1], geteuid(), getegid());
		return 0;
	}
	begin();
	folder("d");
	MUST(mount("x", "d", "tmpfs", 0, "mode=0755"));
	copy("/proc/self/exe", "d/program");
	MUST(chown("d/program", 5, 8));
	MUST(chmod("d/program", 06755));
	run("as it is");
	SEE(mount(NULL, "d", NULL, MS_REMOUNT | MS_BIND | MS_NOSUID, NULL));
	run("nosuid");
	SEE(mount(NULL, "d", NULL, MS_REMOUNT | MS_BIND, NULL));
	run("again");
	SEE(umount("d"));
	return done();
}
