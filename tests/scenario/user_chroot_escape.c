/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a task comes to that is outside of its root, or tries to get there; and
 * roots in roots.
 *
 * scenario: user=root run-as=root needs=root bare=same
 * (root may call chroot with and without namespaces)
 */
#include "user_chroot.h"

static const char *top;

static void look(const char *when)
{
	see("%s: in %s; file '%s', /file '%s', ../file '%s', /abs '%s'", when,
	    where(top), content("file"), content("/file"), content("../file"),
	    content("/abs"));
}

/* Each in a child: a root is for good. */
static void attempt(const char *name, void (*what)(void))
{
	pid_t pid = child();

	if (pid == 0) {
		what();
		_exit(0);
	}
	see("%s: %s", name, wait_text(reap(pid)));
	look("after it");
}

static void without_chdir(void)
{
	SEE(chroot("jail"));
	look("not moved");
	SEE(chdir(".."));
	look("up");
	SEE(mkdir("made outside", 0700));
	SEE(rmdir("made outside"));
	SEE(chdir("/"));
	look("root");
	SEE(chdir(".."));
	look("up");
}

static void by_descriptor(void)
{
	int out = MUST(open(".", O_RDONLY | O_DIRECTORY));
	int path = MUST(open(".", O_PATH));
	struct stat st;

	SEE(chroot("jail"));
	SEE(chdir("/dir"));
	SEE(fstatat(out, "jail", &st, 0));
	SEE(fstatat(out, "jail/abs", &st, 0));
	SEE(fstatat(path, "jail/../file", &st, 0));
	SEE(openat(out, "/none", O_RDONLY));
	SEE(renameat(out, "file", out, "file2"));
	SEE(renameat(out, "file2", AT_FDCWD, "/dir/stolen"));
	SEE(renameat(AT_FDCWD, "/dir/stolen", path, "file"));
	SEE(fchdir(out));
	look("by descriptor");
	SEE(chroot("."));
	look("root again");
	SEE(chdir("jail"));
	look("in jail");
	SEE(chdir("/"));
	look("root");
}

static void nested(void)
{
	SEE(chroot("jail"));
	SEE(chdir("/"));
	SEE(chroot("/absdir"));
	look("second");
	SEE(chdir("../.."));
	look("up");
	SEE(chdir("/"));
	look("root");
	SEE(chroot("/.."));
	SEE(chdir("/.."));
	look("same");
}

/* The classic one: out of a root by another one below it. */
static void classic(void)
{
	SEE(chroot("jail"));
	SEE(chdir("/"));
	SEE(chroot("dir"));
	for (int i = 0; i < 64; i++)
		if (chdir("..") < 0)
			see("chdir: %s", res(-1));
	see("at the top: %s", access("jail/dir", F_OK) ? "below" : "there");
	SEE(chroot("."));
	SEE(chdir(top));
	SEE(chdir("tree"));
	look("out");
}

static void errors(void)
{
	SEE(chroot("none"));
	SEE(chroot("file"));
	SEE(chroot("jail/dangling"));
	SEE(chroot("jail/loop"));
	SEE(chroot(""));
	SEE(chroot(BAD_ADDR));
	SEE(chroot("jail/.."));
	look("here");
	SEE(chroot("/"));
	look("nothing");
}

static void removed(void)
{
	MUST(mkdir("gone", 0700));
	SEE(chroot("gone"));
	SEE(chdir("/"));
	SEE(rmdir("/"));
	SEE(access("/", F_OK));
	SEE(mkdir("/x", 0700));
	see("in %s", where(top));
	SEE(rmdir("x"));
}

int main(void)
{
	top = make_tree();
	look("at first");
	attempt("without chdir", without_chdir);
	attempt("by descriptor", by_descriptor);
	attempt("nested", nested);
	attempt("classic", classic);
	attempt("errors", errors);
	attempt("removed", removed);
	return done();
}
