/* SPDX-License-Identifier: Apache-2.0 */
/* What of an ELF file exec goes by: elf(5). */
#ifndef NSRUN_TASK_ELF_H
#define NSRUN_TASK_ELF_H

#include <stddef.h>
#include <stdint.h>

#define ELF_SEGMENTS_MAX 16

struct elf_segment {
	uint64_t at, offset; /* whole pages */
	uint64_t file_len;   /* from there, of the file */
	uint64_t len;	     /* likewise, in memory */
	int prot;
};

struct elf_image {
	uint64_t entry;
	uint64_t start, end; /* of all segments, whole pages */
	unsigned int n;
	struct elf_segment segments[ELF_SEGMENTS_MAX];
};

/*
 * The interpreter that the program @fd asks for. Return: 1; 0 if it is static,
 * or nothing that is known here; or a negative errno.
 */
long elf_interpreter(int fd, char *buf, size_t size);

/* Return: 0, or -ENOEXEC. */
long elf_image(int fd, struct elf_image *ret_image);

#endif
