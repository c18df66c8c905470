/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exec of tasks with a root of their own.
 *
 * The kernel looks for two more files by itself, from the host's root: the
 * interpreter of a script, and the loader of a program. So the first line of a
 * script is read here, as fs/binfmt_script.c does, and the task is made to run
 * the interpreter, with the arguments that the kernel would give it. The loader
 * is exchanged before it runs: task/loader.h. Where the host has none of that
 * name, the task runs the loader as a program, which is then seen as such.
 */
#include "src/view/root_exec.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "src/host/sys.h"
#include "src/owner/owner.h"
#include "src/task/elf.h"
#include "src/task/loader.h"
#include "src/task/task.h"
#include "src/view/root.h"
#include "src/view/walk.h"

#define LINE_MAX_LEN 256			/* BINPRM_BUF_SIZE */
#define NAME_SIZE    (VIEW_GUEST_PATH_MAX + 32) /* "/dev/fd/N/" ahead */
#define DEPTH_MAX    5 /* of scripts that are each other's interpreter */
#define WORDS_MAX    (3 * DEPTH_MAX + 4)
#define ARGS_MAX     16384 /* of a script, in pointers; what can be lent */

/* What the task runs in place of what it asked for. */
struct plan {
	char path[VIEW_GUEST_PATH_MAX]; /* the host's */
	bool changed; /* argv is: @words, then what follows argv[0] */
	unsigned int n;
	const char *words[WORDS_MAX]; /* in their order from the end */
	size_t used;
	char text[(DEPTH_MAX + 2) * (VIEW_GUEST_PATH_MAX + LINE_MAX_LEN)];
};

static struct plan plan; /* of the call that is being handled */

/* Puts @word ahead of the others. */
static void put_word(const char *word)
{
	size_t n = strlen(word) + 1;

	if (plan.n == WORDS_MAX || plan.used + n > sizeof(plan.text))
		return;
	plan.words[plan.n++] = memcpy(plan.text + plan.used, word, n);
	plan.used += n;
}

/*
 * The interpreter in the first line of @line, and its argument ("" for none).
 * Return: false if it is no script, or one that the kernel would not take.
 */
static bool parse_script(char *line, size_t len, char **ret_name,
			 char **ret_arg)
{
	char *end = memchr(line, '\n', len), *name, *arg;

	if (len < 2 || line[0] != '#' || line[1] != '!')
		return false;
	name = line + 2 + strspn(line + 2, " \t");
	if (!end && len == LINE_MAX_LEN &&
	    name + strcspn(name, " \t") == line + len)
		return false; /* the name itself may be cut off */
	if (!end)
		end = line + len;
	while (end > line + 2 && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	if (name >= end)
		return false;
	*end = 0;
	arg = name + strcspn(name, " \t");
	if (*arg)
		*arg++ = 0;
	*ret_name = name;
	*ret_arg = arg + strspn(arg, " \t");
	return true;
}

/* A path that the kernel resolves alike, by the host's path all the same. */
static long below_cwd(const struct task *task, const char *name, char *ret_path)
{
	char link[64], cwd[VIEW_GUEST_PATH_MAX];
	long r;

	snprintf(link, sizeof(link), "/proc/%d/cwd", task->tid->host.n);
	r = sys_readlink(link, cwd, sizeof(cwd));
	if (r < 0)
		return r;
	if (strlen(cwd) + strlen(name) + 2 > VIEW_GUEST_PATH_MAX)
		return -ENAMETOOLONG;
	strcpy(ret_path, cwd);
	strcat(ret_path, "/");
	strcat(ret_path, name);
	return 0;
}

/* @name, as the task says it, becomes the host's in plan.path. */
static long find_program(const struct task *task, const char *name)
{
	char path[VIEW_GUEST_PATH_MAX];
	long r = root_resolve(task, AT_FDCWD, name, ROOT_FOLLOW, path);

	if (r == 1)
		r = below_cwd(task, name, path);
	if (r == 0)
		strcpy(plan.path, path);
	return r;
}

/* A file that is run by another, of a name that the task says. */
static long take_interpreter(const struct task *task, const char *script,
			     const char *name, const char *arg)
{
	if (plan.changed)
		plan.n--; /* in its place comes the path that led there */
	put_word(script);
	if (*arg)
		put_word(arg);
	put_word(name);
	plan.changed = true;
	return find_program(task, name);
}

/* Runs the loader, of the host's path @path, with the program @name. */
static long run_loader(struct call *c, int arg, const char *path,
		       const char *name)
{
	char first[VIEW_GUEST_PATH_MAX] = "";
	uint64_t argv0 = 0;

	if (plan.changed)
		strcpy(first, plan.words[--plan.n]);
	else if (call_read(c, c->args[arg + 1], &argv0, sizeof(argv0)) == 0 &&
		 argv0)
		sys_vm_read_some(c->task->tid->host, argv0, first,
				 sizeof(first) - 1);
	put_word(name);
	put_word(first);
	put_word("--argv0");
	put_word(name);
	plan.changed = true;
	strcpy(plan.path, path);
	return 0;
}

/* The loader that the program @fd asks for; @name is the program's. */
static long take_loader(struct call *c, int arg, int fd, const char *name)
{
	char wanted[VIEW_GUEST_PATH_MAX], path[VIEW_GUEST_PATH_MAX];
	long r = elf_interpreter(fd, wanted, sizeof(wanted));

	if (r <= 0)
		return r;
	r = root_resolve(c->task, AT_FDCWD, wanted, ROOT_FOLLOW, path);
	if (r == 1)
		strcpy(path, wanted);
	if (r < 0 || access(path, X_OK) < 0)
		return r < 0 ? r : sys_result(-1);
	r = loader_plan(c->task, wanted, path);
	return r == -ENOENT ? run_loader(c, arg, path, name) : r;
}

/*
 * Finds out what is to be run for the file behind @link, which the task calls
 * @name. What can't be read, or is neither, is the kernel's.
 */
static long look(struct call *c, int arg, const char *name, const char *link)
{
	char line[LINE_MAX_LEN + 1], said[NAME_SIZE];
	const char *path = link;
	char *interpreter, *word;

	snprintf(said, sizeof(said), "%s", name);
	for (int depth = 0;; depth++) {
		_cleanup_close_ int fd = (int)sys_open_program(path);
		ssize_t n = fd < 0 ? 0 : pread(fd, line, LINE_MAX_LEN, 0);
		long r;

		if (n <= 0 || access(path, X_OK) < 0)
			return 0;
		line[n] = 0;
		if (!parse_script(line, (size_t)n, &interpreter, &word))
			return take_loader(c, arg, fd, said);
		if (depth == DEPTH_MAX)
			return -ELOOP;
		r = take_interpreter(c->task, said, interpreter, word);
		if (r < 0)
			return r;
		snprintf(said, sizeof(said), "%s", interpreter);
		path = plan.path;
	}
}

/* ---- what is lent ---- */

static uint64_t argv[ARGS_MAX];

/* The guest's argv without the first, behind @n others. Return: how many. */
static long copy_argv(struct call *c, uint64_t from, size_t n)
{
	uint64_t word;

	if (from && call_read(c, from, &word, sizeof(word)) == 0 && word)
		from += sizeof(word);
	do {
		if (n == ARGS_MAX)
			return -E2BIG;
		word = 0;
		if (from && call_read(c, from, &word, sizeof(word)) < 0)
			return -EFAULT;
		argv[n++] = word;
		from += sizeof(word);
	} while (word);
	return (long)n;
}

/* Puts argv, the words and the path into the task's memory, in this order. */
static long lend_plan(struct call *c, int arg)
{
	size_t used = strlen(plan.path) + 1, head, n;
	char *block;
	uint64_t at;
	long r = 0;

	if (plan.changed)
		r = copy_argv(c, c->args[arg + 1], plan.n);
	if (r < 0)
		return r;
	head = (size_t)r * sizeof(argv[0]);
	n = head + used + plan.used;
	block = calloc(1, n);
	if (!block)
		return -ENOMEM;
	r = call_lend(c, block, n, &at); /* where will it lie? */
	for (unsigned int i = 0; i < plan.n && plan.changed; i++)
		argv[i] = at + head + used +
			  (uint64_t)(plan.words[plan.n - 1 - i] - plan.text);
	memcpy(block, argv, head);
	memcpy(block + head, plan.path, used);
	memcpy(block + head + used, plan.text, plan.used);
	if (r == 0)
		r = call_write(c, at, block, n);
	free(block);
	c->host_args[arg] = at + head;
	if (plan.changed)
		c->host_args[arg + 1] = at;
	return r < 0 ? -E2BIG : 0;
}

static const char *base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* What the kernel calls the program: alloc_bprm() */
static void say_name(int dirfd, const char *path, char *name, size_t size)
{
	if (*path && (dirfd == AT_FDCWD || path[0] == '/'))
		snprintf(name, size, "%s", path);
	else
		snprintf(name, size, "/dev/fd/%d%s%s", dirfd, *path ? "/" : "",
			 path);
}

static void begin(struct task *task, const struct file *file)
{
	loader_forget(task);
	plan.changed = false;
	plan.n = 0;
	plan.used = 0;
	if (file->st.st_nlink == 0 ||
	    sys_readlink(file->link, plan.path, sizeof(plan.path)) < 0)
		*plan.path = 0;
}

long root_exec(struct call *c, int dirfd, int arg, int flags)
{
	_cleanup_file_ struct file file = FILE_NONE;
	char text[VIEW_GUEST_PATH_MAX], name[NAME_SIZE];
	long r =
		file_find(c, dirfd, c->args[arg],
			  flags & (AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH), &file);

	if (r)
		return r;
	if (!call_can_change(c))
		return call_stop(c);
	begin(c->task, &file);
	if (root_own_path(c, c->args[arg], text) < 0)
		*text = 0;
	say_name(dirfd, text, name, sizeof(name));
	r = look(c, arg, name, file.link);
	/* One without a name is run by the path that it came by. */
	if (r == 0 && *plan.path)
		r = loader_plan_name(c->task, name,
				     *text && strcmp(base_of(name),
						     base_of(plan.path)) != 0);
	if (r == 0 && *plan.path)
		r = lend_plan(c, arg);
	if (r < 0) {
		loader_forget(c->task);
		return r;
	}
	return task_exec_then(c);
}
