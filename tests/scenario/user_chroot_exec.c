/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exec below a root: what is found there, and what the new program sees of
 * itself. Dynamic programs with a loader that is not the host's (a byte
 * longer), static ones, scripts.
 *
 * scenario: user=root run-as=root needs=root bare=same
 * (root may call chroot with and without namespaces)
 */
#include "user_chroot.h"
#include <link.h>
#include <sys/auxv.h>
#include <sys/sendfile.h>

static const char *loader;

/* ---- making the root ---- */

static void copy(const char *from, const char *to, const char *more)
{
	int in = MUST(open(from, O_RDONLY)), out;
	char buf[65536];
	ssize_t n;

	make_folders(to);
	out = MUST(open(to, O_CREAT | O_WRONLY | O_TRUNC, 0755));
	while ((n = MUST(read(in, buf, sizeof(buf)))) > 0)
		MUST(write(out, buf, (size_t)n));
	MUST(write(out, more, strlen(more)));
	close(in);
	close(out);
}

static int copy_library(struct dl_phdr_info *info, size_t size, void *arg)
{
	char to[PATH_MAX];

	(void)size;
	(void)arg;
	if (info->dlpi_name[0] != '/')
		return 0;
	snprintf(to, sizeof(to), "jail%s", info->dlpi_name);
	if (strcmp(info->dlpi_name, loader) != 0)
		copy(info->dlpi_name, to, "");
	return 0;
}

static int find_loader(struct dl_phdr_info *info, size_t size, void *arg)
{
	(void)size;
	(void)arg;
	for (int i = 0; i < info->dlpi_phnum && !info->dlpi_name[0]; i++)
		if (info->dlpi_phdr[i].p_type == PT_INTERP)
			loader = (const char *)(info->dlpi_addr +
						info->dlpi_phdr[i].p_vaddr);
	return 0;
}

static void write_script(const char *path, const char *text)
{
	write_file(path, 0755, text, strlen(text));
}

/* The program, with another name of a loader in it. */
static void copy_with_loader(const char *to, const char *name)
{
	char page[4096], *at;
	int fd;

	copy(self_path, to, "");
	fd = MUST(open(to, O_RDWR));
	MUST(pread(fd, page, sizeof(page), 0));
	at = memmem(page, sizeof(page), loader, strlen(loader));
	if (!at)
		die("no loader in the first page");
	memset(at, 0, strlen(loader));
	memset(at, '/', strlen(loader) - strlen(name));
	strcpy(at + strlen(loader) - strlen(name), name);
	MUST(pwrite(fd, page, sizeof(page), 0));
	close(fd);
}

static void make_root(void)
{
	char to[PATH_MAX], missing[301] = "";

	dl_iterate_phdr(find_loader, NULL);
	dl_iterate_phdr(copy_library, NULL);
	snprintf(to, sizeof(to), "jail%s", loader);
	copy(loader, to, "x");
	copy(self_path, "jail/bin/self", "");
	write_static("jail/bin/static");
	MUST(symlink("/bin/self", "jail/bin/link"));
	MUST(symlink("self", "jail/bin/rel"));
	MUST(symlink("/bin/none", "jail/bin/dangling"));
	write_script("jail/bin/script", "#!/bin/self  by script \n");
	write_script("jail/bin/bylink", "#!/bin/link\n");
	write_script("jail/bin/nested", "#! /bin/script\nx");
	write_script("jail/bin/relative", "#!bin/self");
	write_script("jail/bin/lost", "#!/bin/none\n");
	write_script("jail/bin/host", "#!/bin/sh\n");
	write_script("jail/bin/empty", "#!\n");
	write_script("jail/bin/spaces", "#!   \t \n");
	write_script("jail/bin/loop", "#!/bin/loop\n");
	write_script("jail/bin/text", "no program\n");
	write_script("jail/bin/nothing", "");
	write_file("jail/bin/locked", 0644, "#!/bin/self\n", 12);
	memset(missing, 'x', 300);
	memcpy(missing, "#!/bin/", 7);
	write_script("jail/bin/long", missing);

	copy_with_loader("jail/bin/noloader", "/nowhere");
	copy_with_loader("jail/bin/other", "/other.so");
	copy(loader, "jail/other.so", "");
}

/* ---- the new program ---- */

static const char *comm(void)
{
	static char name[16];

	prctl(PR_GET_NAME, name);
	return name;
}

static int tell(int argc, char **argv)
{
	static char line[512];
	size_t n = 0;

	for (int i = 0; i < argc; i++)
		n += (size_t)snprintf(line + n, sizeof(line) - n, " '%s'",
				      argv[i]);
	see("runs as %s, with%s; execfn '%s'; in %s, /file '%s', environment "
	    "%s",
	    /* Before Linux 6.14, the number of the descriptor. */
	    strcmp(argv[0], "memory") == 0 ? "itself" : comm(), line,
	    (const char *)getauxval(AT_EXECFN), where(NULL), content("/file"),
	    getenv("MARK"));
	see("secure %lu, brk %s", getauxval(AT_SECURE),
	    sbrk(4096) == (void *)-1 ? "no" : "yes");
	return 7;
}

static void run_at(const char *path, int dirfd, int flags, char **argv)
{
	static char *envp[] = { (char *)"MARK=yes", NULL };
	pid_t pid = child();

	if (pid == 0) {
		if (dirfd == AT_FDCWD)
			execve(path, argv, envp);
		else
			syscall(SYS_execveat, dirfd, path, argv, envp, flags);
		see("%s: %s", path, res(-1));
		_exit(1);
	}
	see("%s: %s", path, wait_text(reap(pid)));
}

static void run(const char *path)
{
	run_at(path, AT_FDCWD, 0,
	       (char *[]){ (char *)"zero", (char *)"one", (char *)"", NULL });
}

static void *in_thread(void *arg)
{
	(void)arg;
	execl("/bin/script", "zero", "from a thread", NULL);
	return NULL;
}

static void from_thread(void)
{
	pid_t pid = child();
	pthread_t thread;

	if (pid == 0) {
		if (pthread_create(&thread, NULL, in_thread, NULL))
			die("pthread_create");
		pthread_join(thread, NULL);
		_exit(1);
	}
	see("from a thread: %s", wait_text(reap(pid)));
}

static void vforked(void)
{
	pid_t pid = vfork();

	if (pid == 0) {
		execl("/bin/nested", "zero", "vforked", NULL);
		_exit(1);
	}
	see("vforked: %s", wait_text(reap(MUST(pid))));
}

/* A program in memory, and one by its descriptor. */
static void without_name(void)
{
	int fd = MUST(memfd_create("program", 0));
	int from = MUST(open("/bin/self", O_RDONLY));
	char *argv[] = { (char *)"memory", NULL };
	ssize_t n;

	while ((n = MUST(sendfile(fd, from, NULL, 1 << 20))) > 0)
		;
	see("in memory:");
	run_at("", fd, AT_EMPTY_PATH, argv);
	see("by descriptor:");
	run_at("", from, AT_EMPTY_PATH, argv);
	close(fd);
	close(from);
}

static void many(void)
{
	static char *argv[3000];

	for (int i = 0; i < 2999; i++)
		argv[i] = (char *)"an argument";
	argv[0] = (char *)"many";
	run_at("/bin/script", AT_FDCWD, 0, argv);
}

static char *long_argv[1002];

static int exec_script(void *arg)
{
	(void)arg;
	syscall(SYS_execve, "/bin/script", long_argv, environ);
	_exit(1);
}

/* The memory is the parent's again, as it was. */
static void vforked_beside(void)
{
	static char stack[65536] __attribute__((aligned(16)));
	int changed = 0, pid;

	for (int i = 0; i < 1001; i++)
		long_argv[i] = (char *)"x";
	memset(stack, 'p', sizeof(stack));
	pid = MUST(clone(exec_script, stack + sizeof(stack),
			 CLONE_VM | CLONE_VFORK | SIGCHLD, NULL));
	see("vforked beside: %s", wait_text(reap(pid)));
	for (size_t i = 0; i < sizeof(stack) - 4096; i++)
		changed += stack[i] != 'p';
	see("changed: %d", changed);
}

int main(int argc, char **argv)
{
	static const char *const programs[] = {
		"/bin/self",	 "bin/self",	"/bin/link",	"/bin/rel",
		"/bin/static",	 "/bin/script", "/bin/bylink",	"/bin/nested",
		"/bin/relative", "/bin/lost",	"/bin/host",	"/bin/empty",
		"/bin/spaces",	 "/bin/loop",	"/bin/text",	"/bin/nothing",
		"/bin/locked",	 "/bin/long",	"/bin/none",	"/bin/dangling",
		"/bin",		 "/bin/self/",	"/../bin/self", "",
		"/bin/noloader", "/bin/other",	"/bin/sh",
	};
	int fd;

	if (getenv("MARK") || argc > 2) {
		if (argc > 1000) {
			see("%d arguments", argc);
			return 9;
		}
		return tell(argc, argv);
	}
	make_tree();
	make_root();
	MUST(chroot("jail"));
	MUST(chdir("/"));
	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++)
		run(programs[i]);
	MUST(chdir("/dir"));
	run("/bin/relative");
	run("../bin/self");
	fd = MUST(open("/bin", O_PATH));
	run_at("self", fd, 0, (char *[]){ (char *)"at", NULL });
	run_at("link", fd, AT_SYMLINK_NOFOLLOW, (char *[]){ NULL });
	run_at("/bin/static", fd, 0, (char *[]){ NULL });
	without_name();
	from_thread();
	vforked();
	vforked_beside();
	many();
	return done();
}
