/* SPDX-License-Identifier: Apache-2.0 */
/* What the scenarios of chroot(2) share. */
#ifndef USER_CHROOT_H
#define USER_CHROOT_H

#include <elf.h>
#include "scenario.h"

#define SEE(call) see("%s: %s", #call, res(call))

/* A file whose content is its name, by which it is told from others. */
static inline void make_file(const char *name)
{
	int fd = MUST(open(name, O_CREAT | O_EXCL | O_WRONLY, 0644));

	MUST(write(fd, name, strlen(name)));
	close(fd);
}

/* What is found there. */
static inline const char *content(const char *path)
{
	static char buf[4][64];
	static unsigned int next;
	char *text = buf[next++ % 4];
	int fd = open(path, O_RDONLY);
	ssize_t n;

	if (fd < 0)
		return res(-1);
	n = read(fd, text, sizeof(buf[0]) - 1);
	close(fd);
	if (n < 0)
		return res(-1);
	text[n] = 0;
	return text;
}

static inline const char *link_text(const char *path)
{
	static char text[PATH_MAX];
	ssize_t n = readlink(path, text, sizeof(text) - 1);

	if (n < 0)
		return res(-1);
	text[n] = 0;
	return text;
}

/* getcwd(2) itself: libc's may try other ways. Below @top, that is "TOP". */
static inline const char *where(const char *top)
{
	static char raw_text[PATH_MAX], text[PATH_MAX + 16];
	long n = syscall(SYS_getcwd, raw_text, sizeof(raw_text));
	const char *at;

	if (n < 0)
		return res(-1);
	at = top ? strstr(raw_text, top) : NULL;
	if (!at)
		return raw_text;
	snprintf(text, sizeof(text), "%.*sTOP%s", (int)(at - raw_text),
		 raw_text, at + strlen(top));
	return text;
}

/* Those on the way to @path. */
static inline void make_folders(const char *path)
{
	char part[PATH_MAX];

	for (const char *at = path; (at = strchr(at + 1, '/'));) {
		snprintf(part, sizeof(part), "%.*s", (int)(at - path), path);
		if (mkdir(part, 0755) < 0 && errno != EEXIST)
			die("%s", part);
	}
}

static inline void write_file(const char *path, mode_t mode, const void *text,
		       size_t len)
{
	int fd;

	make_folders(path);
	fd = MUST(open(path, O_CREAT | O_EXCL | O_WRONLY, 0700));
	MUST(write(fd, text, len));
	MUST(fchmod(fd, mode));
	close(fd);
}

/* exit(42), and no more */
static inline void write_static(const char *path)
{
	static const struct {
		Elf64_Ehdr head;
		Elf64_Phdr part;
		unsigned char code[12];
	} program = {
		.head = { .e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64,
				       ELFDATA2LSB, EV_CURRENT },
			  .e_type = ET_EXEC,
			  .e_machine = EM_X86_64,
			  .e_version = EV_CURRENT,
			  .e_entry = 0x400000 +
				     offsetof(__typeof__(program), code),
			  .e_phoff = sizeof(Elf64_Ehdr),
			  .e_ehsize = sizeof(Elf64_Ehdr),
			  .e_phentsize = sizeof(Elf64_Phdr),
			  .e_phnum = 1 },
		.part = { .p_type = PT_LOAD,
			  .p_flags = PF_R | PF_X,
			  .p_vaddr = 0x400000,
			  .p_filesz = sizeof(program),
			  .p_memsz = sizeof(program),
			  .p_align = 0x1000 },
		/* mov $42,%edi; mov $60,%eax; syscall */
		.code = { 0xbf, 42, 0, 0, 0, 0xb8, 60, 0, 0, 0, 0x0f, 0x05 },
	};

	write_file(path, 0755, &program, sizeof(program));
}

/*
 * A tree to be put into: jail with files, folders and links, and files of the
 * same names outside, in tree, which is the working folder then. Return: the
 * absolute path of the folder that tree is in.
 */
static inline const char *make_tree(void)
{
	static char top[PATH_MAX];

	if (!getcwd(top, sizeof(top)))
		die("getcwd");
	MUST(mkdir("tree", 0755));
	MUST(chdir("tree"));
	MUST(mkdir("jail", 0755));
	MUST(mkdir("jail/dir", 0755));
	MUST(mkdir("jail/dir/sub", 0755));
	MUST(mkdir("jail/etc", 0755));
	make_file("file");
	make_file("jail/file");
	make_file("jail/dir/file");
	make_file("jail/dir/sub/file");
	MUST(symlink("/file", "jail/abs"));
	MUST(symlink("/dir/sub", "jail/absdir"));
	MUST(symlink("../../../file", "jail/dir/up"));
	MUST(symlink("sub/../file", "jail/dir/rel"));
	MUST(symlink("/none", "jail/dangling"));
	MUST(symlink("/etc/made", "jail/tomake"));
	MUST(symlink("loop", "jail/loop"));
	MUST(symlink("/absdir", "jail/dir/chain"));
	MUST(symlink("/", "jail/dir/root"));
	return top;
}

#endif
