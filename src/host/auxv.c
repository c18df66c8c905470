/* SPDX-License-Identifier: Apache-2.0 */
/* The auxiliary vector; see auxv.h. */
#include "src/host/auxv.h"

#include <errno.h>
#include <linux/auxvec.h>
#include <stdio.h>
#include "src/host/sys.h"

/* It lies behind the environment on the new stack. */
long auxv_read(host_pid tid, uint64_t sp, struct auxv *ret_auxv)
{
	uint64_t word, addr = sp;
	long n;

	ret_auxv->n = 0;
	if (sys_vm_read(tid, sp, &word, sizeof(word)) < 0)
		return -EFAULT;
	addr += (word + 2) * sizeof(word); /* argc, argv and its NULL */
	do {
		uint64_t block[512];

		n = sys_vm_read_some(tid, addr, block, sizeof(block)) /
		    (long)sizeof(word);
		word = 1;
		for (long i = 0; i < n && word; i++) {
			word = block[i];
			addr += sizeof(word);
		}
	} while (n > 0 && word);
	ret_auxv->addr = addr;
	n = sys_vm_read_some(tid, addr, ret_auxv->entries,
			     sizeof(ret_auxv->entries)) /
	    (long)sizeof(ret_auxv->entries[0]);
	while (ret_auxv->n < n && ret_auxv->entries[ret_auxv->n][0] != AT_NULL)
		ret_auxv->n++;
	return 0;
}

void auxv_set(host_pid tid, struct auxv *auxv, long i, uint64_t value)
{
	uint64_t addr = auxv->addr + (uint64_t)i * sizeof(auxv->entries[0]);

	auxv->entries[i][1] = value;
	sys_vm_write(tid, addr + sizeof(value), &value, sizeof(value));
}

long auxv_find(const struct auxv *auxv, uint64_t type)
{
	for (long i = 0; i < auxv->n; i++)
		if (auxv->entries[i][0] == type)
			return i;
	return -1;
}

uint64_t auxv_value(host_pid tid, uint64_t type)
{
	struct auxv auxv;
	char path[64];
	long i;

	snprintf(path, sizeof(path), "/proc/%d/auxv", tid.n);
	i = sys_read_file(path, (char *)auxv.entries, sizeof(auxv.entries));
	auxv.n = i < 0 ? 0 : i / (long)sizeof(auxv.entries[0]);
	i = auxv_find(&auxv, type);
	return i < 0 ? 0 : auxv.entries[i][1];
}
