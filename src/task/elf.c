/* SPDX-License-Identifier: Apache-2.0 */
/* Reading ELF files; follows fs/binfmt_elf.c. */
#include "src/task/elf.h"

#include <elf.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define HEADERS_MAX 64
#define PAGE	    4096UL

struct headers {
	Elf64_Ehdr head;
	Elf64_Phdr parts[HEADERS_MAX];
};

static long read_headers(int fd, struct headers *h)
{
	size_t n;

	if (pread(fd, &h->head, sizeof(h->head), 0) != sizeof(h->head) ||
	    memcmp(h->head.e_ident, ELFMAG, SELFMAG) != 0 ||
	    h->head.e_ident[EI_CLASS] != ELFCLASS64 ||
	    h->head.e_machine != EM_X86_64 ||
	    h->head.e_phentsize != sizeof(h->parts[0]) ||
	    h->head.e_phnum > HEADERS_MAX)
		return -ENOEXEC;
	n = h->head.e_phnum * sizeof(h->parts[0]);
	if (pread(fd, h->parts, n, (off_t)h->head.e_phoff) != (ssize_t)n)
		return -ENOEXEC;
	return 0;
}

long elf_interpreter(int fd, char *buf, size_t size)
{
	struct headers h;

	if (read_headers(fd, &h) < 0)
		return 0;
	for (unsigned int i = 0; i < h.head.e_phnum; i++) {
		const Elf64_Phdr *p = &h.parts[i];

		if (p->p_type != PT_INTERP)
			continue;
		if (p->p_filesz < 2 || p->p_filesz > size ||
		    pread(fd, buf, p->p_filesz, (off_t)p->p_offset) !=
			    (ssize_t)p->p_filesz ||
		    buf[p->p_filesz - 1])
			return -ENOEXEC;
		return 1;
	}
	return 0;
}

static int prot_of(uint32_t flags)
{
	return (flags & PF_R ? PROT_READ : 0) |
	       (flags & PF_W ? PROT_WRITE : 0) | (flags & PF_X ? PROT_EXEC : 0);
}

long elf_image(int fd, struct elf_image *ret_image)
{
	struct headers h;

	if (read_headers(fd, &h) < 0 || h.head.e_type != ET_DYN)
		return -ENOEXEC;
	*ret_image = (struct elf_image){ .entry = h.head.e_entry };
	for (unsigned int i = 0; i < h.head.e_phnum; i++) {
		const Elf64_Phdr *p = &h.parts[i];
		uint64_t head = p->p_vaddr & (PAGE - 1);
		struct elf_segment *s = &ret_image->segments[ret_image->n];

		if (p->p_type != PT_LOAD)
			continue;
		if (ret_image->n == ELF_SEGMENTS_MAX ||
		    p->p_filesz > p->p_memsz || p->p_memsz > 1UL << 30 ||
		    p->p_vaddr > 1UL << 30 || p->p_offset < head)
			return -ENOEXEC;
		s->at = p->p_vaddr - head;
		s->offset = p->p_offset - head;
		s->file_len = p->p_filesz + head;
		s->len = p->p_memsz + head;
		s->prot = prot_of(p->p_flags);
		if (ret_image->n++ == 0)
			ret_image->start = s->at;
		ret_image->end = (s->at + s->len + PAGE - 1) & ~(PAGE - 1);
	}
	return ret_image->end > ret_image->start ? 0 : -ENOEXEC;
}
