/* SPDX-License-Identifier: Apache-2.0 */
/* Links on disk that lead to processes, by paths that do not say so. */
#include "proc_common.h"

static void show(const char *name)
{
	const char *text;
	struct statx sx;
	struct stat st;

	see("%s", name);
	see("  stat %s", stat(name, &st)
				 ? res(-1)
				 : path("%o %ld links %ld", st.st_mode,
					(long)st.st_size, (long)st.st_nlink));
	see("  lstat %s", lstat(name, &st) ? res(-1) : path("%o", st.st_mode));
	see("  fstatat %s",
	    fstatat(AT_FDCWD, name, &st, 0)
		    ? res(-1)
		    : path("%o %s", st.st_mode,
			   st.st_uid == getuid() ? "own" : "other"));
	see("  statx %s", statx(AT_FDCWD, name, 0, STATX_BASIC_STATS, &sx)
				  ? res(-1)
				  : path("%o %u", sx.stx_mode, sx.stx_nlink));
	see("  access %s", res(access(name, R_OK)));
	see("  faccessat2 %s", res(syscall(SYS_faccessat2, AT_FDCWD, name, F_OK,
					   AT_SYMLINK_NOFOLLOW)));
	text = link_text(name);
	see("  readlink %s", strstr(text, "/cwd/sub") ?: text);
	see("  chmod %s", res(chmod(name, 0600)));
	see("  text %s", first_line(slurp(name)));
}

static void make_links(void)
{
	MUST(symlink("/proc/2", "two"));
	MUST(symlink("two", "again"));
	MUST(symlink("/proc/3", "three"));
	MUST(symlink("/proc/3/comm", "name"));
	MUST(symlink("/proc/self", "me"));
	MUST(symlink("/proc/31999", "nobody"));
	MUST(symlink("/proc/2/cwd/file", "beyond"));
	MUST(symlink("nothing", "dangling"));
	MUST(symlink("/proc/2/exe", "program"));
	MUST(symlink("nobody/exe", "program-of-nobody"));
	MUST(symlink("loop", "loop"));
	MUST(mkdir("sub", 0755));
	close(MUST(open("sub/file", O_RDWR | O_CREAT, 0644)));
	MUST(symlink("../two", "sub/up"));
}

static void run(const char *name)
{
	pid_t pid = child();

	if (pid == 0) {
		execl(name, name, "run", NULL);
		see("exec of %s: %s", name, res(-1));
		_exit(1);
	}
	see("%s: %s", name, wait_text(reap(pid)));
}

int main(int argc, char **argv)
{
	static const char *const names[] = {
		"two",		 "two/",
		"again",	 "again/comm",
		"three",	 "three/comm",
		"name",		 "me",
		"me/comm",	 "nobody",
		"nobody/comm",	 "beyond",
		"dangling",	 "loop",
		"loop/comm",	 "sub/up/comm",
		"two/x",	 "two/fd/100",
		"two/../3/comm", "sub/../three/task/3/comm",
		"missing/x",
	};
	char *folder = getcwd(NULL, 0);
	struct gate ready;
	pid_t two, three;

	if (argc > 1) {
		see("%s runs as %d", argv[0], getpid());
		return 0;
	}
	make_links();
	gate_init(&ready);
	two = child();
	if (two == 0) {
		MUST(chdir("sub"));
		MUST(dup2(MUST(open("file", O_RDWR)), 100));
		MUST(prctl(PR_SET_NAME, "number-two"));
		let(&ready, 1);
		for (;;) {
			pause();
		}
	}
	pass(&ready);
	three = child();
	if (three == 0) {
		MUST(prctl(PR_SET_NAME, "number-three"));
		let(&ready, 1);
		for (;;) {
			pause();
		}
	}
	pass(&ready);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		show(names[i]);
	}
	run("./program");
	run("again/exe");
	run("./program-of-nobody");
	end_child(two);
	show("two/comm");
	MUST(chdir("sub"));
	show("../name");
	show("up");
	MUST(chdir("/"));
	see("%s", first_line(slurp(path("%s/name", folder))));
	end_child(three);
	return done();
}
