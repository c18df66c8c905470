/* SPDX-License-Identifier: Apache-2.0 */
/* Exchanging a program's loader before it runs; see loader.h. */
#include "src/task/loader.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/auxvec.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "src/host/auxv.h"
#include "src/host/sys.h"
#include "src/task/elf.h"
#include "src/task/task.h"
#include "src/view/walk.h"

#define COMM_LEN 16
#define PAGE	 4096UL

struct loader {
	/* What is lent to the task; an empty string: it needs none. */
	struct {
		char comm[COMM_LEN];
		char path[VIEW_GUEST_PATH_MAX];
	} lent;
	char name[VIEW_GUEST_PATH_MAX];
	struct elf_image image; /* of the loader at @path */
	uint64_t old_len;	/* of the one that is dropped; 0: it stays */

	/* While the task maps it. */
	uint64_t addr;	       /* of @lent there */
	uint64_t entry, bytes; /* what was at the entry before */
	uint64_t old_base;
	uint64_t base_at; /* where AT_BASE is told */
	uint64_t base;
	int fd;
	unsigned int segment;
};

static const unsigned char syscall_insn[] = { 0x0f, 0x05 };

/* ---- before exec ---- */

/* The last two files that were found to be alike. */
static struct {
	struct stat a, b;
	bool alike;
} compared;

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino &&
	       a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
	       a->st_ctim.tv_sec == b->st_ctim.tv_sec &&
	       a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

static bool compare(int a, int b)
{
	char block[2][8192];
	ssize_t n, m;
	off_t at = 0;

	do {
		n = pread(a, block[0], sizeof(block[0]), at);
		m = pread(b, block[1], sizeof(block[1]), at);
		at += n;
	} while (n > 0 && n == m && memcmp(block[0], block[1], (size_t)n) == 0);
	return n == 0 && m == 0;
}

/* Is it the same to the program which of both it gets? */
static bool are_alike(int a, int b)
{
	struct stat st[2];

	if (fstat(a, &st[0]) < 0 || fstat(b, &st[1]) < 0)
		return false;
	if (is_same(&st[0], &st[1]))
		return true;
	if (!is_same(&st[0], &compared.a) || !is_same(&st[1], &compared.b)) {
		compared.a = st[0];
		compared.b = st[1];
		compared.alike =
			st[0].st_size == st[1].st_size && compare(a, b);
	}
	return compared.alike;
}

static struct loader *loader_of(struct task *task)
{
	if (!task->loader)
		task->loader = calloc(1, sizeof(*task->loader));
	return task->loader;
}

long loader_plan(struct task *task, const char *name, const char *path)
{
	_cleanup_close_ int host = -1;
	_cleanup_close_ int fd = (int)sys_open_program(path);
	struct elf_image old, image;
	struct loader *loader;

	if (fd < 0)
		return fd;
	host = (int)sys_open_program(name);
	if (host < 0)
		return host;
	if (are_alike(host, fd))
		return 0;
	if (elf_image(host, &old) < 0 || elf_image(fd, &image) < 0)
		return -ENOEXEC;
	loader = loader_of(task);
	if (!loader)
		return -ENOMEM;
	strcpy(loader->lent.path, path);
	loader->image = image;
	loader->old_len = old.end - old.start;
	return 0;
}

long loader_plan_name(struct task *task, const char *name, bool renamed)
{
	struct loader *loader = loader_of(task);
	const char *slash = strrchr(name, '/');

	if (!loader)
		return -ENOMEM;
	snprintf(loader->name, sizeof(loader->name), "%s", name);
	if (renamed)
		memcpy(loader->lent.comm, slash ? slash + 1 : name,
		       strnlen(slash ? slash + 1 : name, COMM_LEN - 1));
	return 0;
}

void loader_forget(struct task *task)
{
	free(task->loader);
	task->loader = NULL;
}

/* ---- after it ---- */

/* In the place of the kernel's, if it is not longer. */
static void tell_name(const struct loader *loader, host_pid tid,
		      const struct auxv *auxv)
{
	long i = auxv_find(auxv, AT_EXECFN);
	size_t n = strlen(loader->name) + 1;
	char old[VIEW_GUEST_PATH_MAX];

	if (i < 0 || n == 1 ||
	    sys_vm_read_some(tid, auxv->entries[i][1], old, sizeof(old)) <
		    (long)n ||
	    strnlen(old, n) < n - 1)
		return;
	sys_vm_write(tid, auxv->entries[i][1], loader->name, n);
}

bool loader_is_due(struct task *task, uint64_t sp)
{
	struct loader *loader = task->loader;
	struct auxv auxv;
	long base;

	if (!loader || auxv_read(task->tid->host, sp, &auxv) < 0)
		return false;
	tell_name(loader, task->tid->host, &auxv);
	base = auxv_find(&auxv, AT_BASE);
	if (base < 0 || (!loader->lent.comm[0] && !loader->lent.path[0])) {
		loader_forget(task);
		return false;
	}
	loader->old_base = auxv.entries[base][1];
	loader->base_at = auxv.addr + (uint64_t)base * 16 + 8;
	return true;
}

static long do_next(struct call *c, long result);

static long make_call(struct call *c, long nr, const uint64_t *args)
{
	memcpy(c->host_args, args, sizeof(c->host_args));
	return call_then_other(c, nr, do_next);
}

#define MAKE(c, nr, ...) \
	make_call(c, nr, (const uint64_t[CALL_ARGS]){ __VA_ARGS__ })

/* The bytes of the last page that are not the file's are 0. */
static void clear_tail(const struct call *c, uint64_t base,
		       const struct elf_segment *s)
{
	static const char zeros[PAGE];
	uint64_t end = base + s->at + s->file_len;

	if (s->len > s->file_len && end % PAGE)
		sys_mem_write(c->task->tid->host, end, zeros,
			      PAGE - end % PAGE);
}

/* Of a segment, the part that is the file's, then what is behind that. */
static long map_segment(struct call *c, struct loader *loader)
{
	const struct elf_segment *s =
		&loader->image.segments[loader->segment / 2];
	uint64_t at = loader->base + s->at - loader->image.start;
	uint64_t file_end = (s->file_len + PAGE - 1) & ~(PAGE - 1);

	if (loader->segment++ % 2 == 0)
		return MAKE(c, SYS_mmap, at, s->file_len, (uint64_t)s->prot,
			    MAP_PRIVATE | MAP_FIXED, (uint64_t)loader->fd,
			    s->offset);
	clear_tail(c, loader->base - loader->image.start, s);
	if (s->len <= file_end)
		return 0;
	return MAKE(c, SYS_mmap, at + file_end, s->len - file_end,
		    (uint64_t)s->prot, MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS,
		    (uint64_t)-1, 0);
}

static long map_segments(struct call *c, struct loader *loader)
{
	long r = 0;

	while (r == 0 && loader->segment < 2 * loader->image.n)
		r = map_segment(c, loader);
	return r;
}

/* All is mapped: it goes on there. */
static long finish(struct call *c, struct loader *loader)
{
	uint64_t bias = loader->base - loader->image.start;

	sys_vm_write(c->task->tid->host, loader->base_at, &bias, sizeof(bias));
	c->go_to = bias + loader->image.entry;
	loader_forget(c->task);
	return 0;
}

/* The program goes on where it was to begin. */
static long leave(struct call *c, struct loader *loader)
{
	sys_mem_write(c->task->tid->host, loader->entry, &loader->bytes,
		      sizeof(loader->bytes));
	c->go_to = loader->entry;
	loader_forget(c->task);
	return 0;
}

/* There is no way back: as the kernel does where it fails at this point. */
static long fail(struct call *c)
{
	sys_kill(c->task->tid->host, SIGKILL);
	loader_forget(c->task);
	return 0;
}

static long do_next(struct call *c, long result)
{
	struct loader *loader = c->task->loader;
	long r;

	if (!loader)
		return 0;
	switch (c->host_nr) {
	case SYS_prctl:
		if (!loader->lent.path[0])
			return leave(c, loader);
		return MAKE(c, SYS_openat, (uint64_t)AT_FDCWD,
			    loader->addr + COMM_LEN, O_RDONLY | O_CLOEXEC);
	case SYS_openat:
		loader->fd = (int)result;
		if (result < 0)
			return fail(c);
		return MAKE(c, SYS_mmap, 0,
			    loader->image.end - loader->image.start, PROT_NONE,
			    MAP_PRIVATE | MAP_ANONYMOUS, (uint64_t)-1, 0);
	case SYS_mmap:
		if (result < 0 && result > -(long)PAGE)
			return fail(c);
		if (!loader->base)
			loader->base = (uint64_t)result;
		r = map_segments(c, loader);
		return r ? r : MAKE(c, SYS_close, (uint64_t)loader->fd);
	case SYS_close:
		return MAKE(c, SYS_munmap, loader->old_base, loader->old_len);
	default:
		return finish(c, loader);
	}
}

/*
 * A call is made by an instruction that is put at the entry, which nobody has
 * come to yet. Without a name to be set, the first one is what follows that.
 */
long loader_begin(struct task *task, struct call *c)
{
	struct loader *loader = task->loader;
	host_pid tid = task->tid->host;

	loader->entry = c->ip;
	c->nr = -1;
	c->scratch_len = 0;
	if (sys_vm_read(tid, c->ip, &loader->bytes, sizeof(loader->bytes)) <
		    0 ||
	    sys_mem_write(tid, c->ip, syscall_insn, sizeof(syscall_insn)) < 0 ||
	    call_lend(c, &loader->lent,
		      COMM_LEN + strlen(loader->lent.path) + 1,
		      &loader->addr) < 0)
		return -EFAULT;
	c->ip += sizeof(syscall_insn);
	c->host_nr = SYS_prctl;
	if (!loader->lent.comm[0])
		return do_next(c, 0);
	return MAKE(c, SYS_prctl, PR_SET_NAME, loader->addr);
}
