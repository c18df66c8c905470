/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files and who owns them, as seen from a user namespace and from the one
 * around it.
 *
 * scenario: flags=-r,--map-auto run-as=root needs=root bare=same
 * (root can make a user namespace anywhere)
 */
#include <sys/xattr.h>
#include "user_common.h"
#include "user_files.h"

static void put(pid_t pid, const char *name, const char *text)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	fd = MUST(open(path, O_WRONLY));
	MUST(write(fd, text, strlen(text)));
	close(fd);
}

/* Runs it in a namespace where 0, 10 and 11 are 1000, 2000 and 2001 here. */
static void below(void (*run)(void))
{
	struct gate made, mapped;
	pid_t pid;

	gate_init(&made);
	gate_init(&mapped);
	pid = child();
	if (pid == 0) {
		MUST(unshare(CLONE_NEWUSER));
		let(&made, 1);
		pass(&mapped);
		MUST(setresgid(0, 0, 0));
		MUST(setresuid(0, 0, 0));
		MUST(setgroups(0, NULL));
		run();
		_exit(0);
	}
	pass(&made);
	put(pid, "uid_map", "0 1000 1\n10 2000 2");
	put(pid, "gid_map", "0 1000 1\n10 2000 2");
	let(&mapped, 1);
	see("%s", wait_text(reap(pid)));
}

static void owned(const char *name, uid_t uid, mode_t mode)
{
	make(name, mode, "text");
	MUST(chown(name, uid, uid));
	MUST(chmod(name, mode));
}

static void look(const char *name)
{
	int fd = open(name, O_RDONLY);

	show(name);
	see("  read %s, write %s", res(fd < 0 ? -1 : 0),
	    res(access(name, W_OK)));
	close(fd);
}

static void change(const char *name)
{
	see("-- %s", name);
	look(name);
	SEE(chmod(name, 0640));
	SEE(chown(name, 11, 11));
	SEE(chown(name, 5, 5));
	SEE(chown(name, 65534, 65534));
	SEE(chown(name, 0, -1));
	look(name);
}

static void changes(void)
{
	change("root's");
	change("mapped");
	change("locked");
	change("own");
	change("unmapped");
	SEE(mkdir("folder", 0755));
	make("folder/new", 0600, "new");
	SEE(chown("folder", 10, 11));
	show("folder");
	show("folder/new");
	SEE(mknod("pipe", S_IFIFO | 0644, 0));
	SEE(chown("pipe", 10, 10));
	show("pipe");
	SEE(symlink("x", "link"));
	SEE(lchown("link", 11, 0));
	show("link");
	SEE(open("shut/new", O_CREAT | O_WRONLY, 0600));
}

static void ownership(void)
{
	owned("root's", 0, 0604);
	owned("mapped", 2000, 0600);
	owned("locked", 2001, 0);
	owned("own", 1000, 0400);
	owned("unmapped", 3000, 0606);
	SEE(mkdir("shut", 0755));
	MUST(chmod(".", 0777));
	below(changes);
	show("root's");
	show("mapped");
	show("locked");
	show("own");
	show("unmapped");
	show("folder");
	show("folder/new");
	show("pipe");
	show("link");
}

/* ---- set-id programs ---- */

static void copy_self(const char *name, uid_t uid, gid_t gid, mode_t mode)
{
	static char buf[65536];
	int from = MUST(open(self_path, O_RDONLY));
	int to = MUST(open(name, O_CREAT | O_WRONLY | O_EXCL, 0755));
	ssize_t n;

	while ((n = MUST(read(from, buf, sizeof(buf)))) > 0)
		MUST(write(to, buf, (size_t)n));
	close(from);
	close(to);
	MUST(chown(name, uid, gid));
	MUST(chmod(name, mode));
}

static void run_program(const char *name)
{
	char *argv[] = { (char *)name, (char *)name, NULL }, *none[] = { NULL };
	pid_t pid = child();

	if (pid == 0) {
		execve(name, argv, none);
		see("%s: %s", name, res(-1));
		_exit(0);
	}
	reap(pid);
}

static int told(const char *name)
{
	struct caps caps;
	uid_t uid[3];
	gid_t gid[3];

	get_caps(&caps);
	if (caps.effective && getuid())
		see("%s: e=%s", name, cap_text(caps.effective));

	getresuid(&uid[0], &uid[1], &uid[2]);
	getresgid(&gid[0], &gid[1], &gid[2]);
	see("%s: %u %u %u, %u %u %u", name, uid[0], uid[1], uid[2], gid[0],
	    gid[1], gid[2]);
	return 0;
}

static const char *const programs[] = {
	"p-mapped", "p-root", "p-unmapped", "p-half", "p-group",
};

static void run_programs(void)
{
	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++)
		run_program(programs[i]);
	copy_self("p-below", 10, 11, 06755);
	show("p-below");
	run_program("p-below");
}

static void set_id(void)
{
	MUST(chmod(".", 0777));
	copy_self("p-mapped", 2000, 2001, 06755);
	copy_self("p-root", 0, 0, 06755);
	copy_self("p-unmapped", 3000, 3000, 06755);
	copy_self("p-half", 2000, 3000, 06755);
	copy_self("p-group", 2000, 2000, 02755);
	below(run_programs);
	show("p-below");
	run_program("p-below");
}

/* ---- capabilities of a file hold where they were given, and below ---- */

static void give_caps(const char *name)
{
	const struct vfs_cap_data data = {
		.magic_etc = VFS_CAP_REVISION_2 | VFS_CAP_FLAGS_EFFECTIVE,
		.data = { { 1U << CAP_NET_BIND_SERVICE, 0 } },
	};

	see("give %s: %s", name,
	    res(setxattr(name, "security.capability", &data, sizeof(data), 0)));
}

static void see_caps(const char *name)
{
	uint32_t data[6] = { 0 };
	ssize_t n = getxattr(name, "security.capability", data, sizeof(data));

	see("%s: %s, %x %x root %u", name, res(n), data[0], data[1], data[5]);
}

static void run_as(const char *name, uid_t uid)
{
	pid_t pid = child();

	if (pid == 0) {
		MUST(setresuid(uid, uid, uid));
		run_program(name);
		_exit(0);
	}
	reap(pid);
}

static void caps_below(void)
{
	see_caps("c-above");
	run_as("c-above", 10);
	give_caps("c-above");
	give_caps("c-mapped");
	see_caps("c-mapped");
	run_as("c-mapped", 10);
	copy_self("c-below", 11, 11, 0755);
	give_caps("c-below");
	see_caps("c-below");
	run_as("c-below", 10);
}

static void file_caps(void)
{
	copy_self("c-above", 0, 0, 0755);
	copy_self("c-mapped", 2000, 2000, 0755);
	give_caps("c-above");
	see_caps("c-above");
	run_as("c-above", 2000);
	below(caps_below);
	see_caps("c-mapped");
	see_caps("c-below");
	run_as("c-mapped", 2000);
	run_as("c-below", 3000);
	give_caps("c-below");
	see_caps("c-below");
	run_as("c-below", 3000);
}

int main(int argc, char **argv)
{
	static char folder[] = "/tmp/scenario-XXXXXX", command[64];
	mode_t mask = umask(0);

	(void)mask;
	if (argc > 1)
		return told(argv[1]);
	if (!mkdtemp(folder) || chdir(folder) < 0)
		die("no folder");
	see("---- ownership");
	ownership();
	see("---- set-id programs");
	set_id();
	see("---- capabilities");
	file_caps();
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	if (system(command) != 0)
		see("not removed");
	return done();
}
