/* SPDX-License-Identifier: Apache-2.0 */
/* The vDSO: elf(5), vdso(7). The supervisor's own is looked at. */
#include "src/host/vdso.h"

#include <elf.h>
#include <string.h>
#include <sys/auxv.h>

struct tables {
	const Elf64_Sym *symbols;
	const char *names;
	uint32_t n;
};

/* The image begins at address 0, as it is linked. */
static void read_dynamic(const char *image, const Elf64_Dyn *at,
			 struct tables *tables)
{
	for (; at->d_tag != DT_NULL; at++) {
		const void *table = image + at->d_un.d_ptr;

		if (at->d_tag == DT_SYMTAB)
			tables->symbols = table;
		else if (at->d_tag == DT_STRTAB)
			tables->names = table;
		else if (at->d_tag == DT_HASH)
			tables->n = ((const uint32_t *)table)[1];
	}
}

/* Without a hash table of the old kind: the names are behind the symbols. */
static void guess_count(struct tables *tables)
{
	if (!tables->n && (const char *)tables->symbols < tables->names)
		tables->n = (uint32_t)((tables->names -
					(const char *)tables->symbols) /
				       (long)sizeof(Elf64_Sym));
}

uint64_t vdso_offset(const char *name)
{
	const char *image = (const char *)getauxval(AT_SYSINFO_EHDR);
	const Elf64_Ehdr *head = (const void *)image;
	struct tables tables = { 0 };
	const Elf64_Phdr *part;

	if (!image)
		return 0;
	part = (const void *)(image + head->e_phoff);
	for (int i = 0; i < head->e_phnum; i++)
		if (part[i].p_type == PT_DYNAMIC)
			read_dynamic(image,
				     (const void *)(image + part[i].p_offset),
				     &tables);
	if (!tables.symbols || !tables.names)
		return 0;
	guess_count(&tables);
	for (uint32_t i = 0; i < tables.n; i++)
		if (strcmp(tables.names + tables.symbols[i].st_name, name) == 0)
			return tables.symbols[i].st_value;
	return 0;
}
