/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files that have no record; see known.h.
 *
 * Theory of operation. Most files have none, and a stat of such a one is the
 * kernel's, with ids mapped: so the agent need not ask, once it is known. A
 * file is known by device, inode and ctime, since who gives it a record (also
 * another instance, or another tool) changes its ctime: setxattr(2) does, and
 * store_write() sees to it. As the clock of that has ticks, a file that has
 * just been changed might be so again in the same tick. It is not noted; what
 * Git calls racily clean. What nsrun itself writes it takes out at once.
 *
 * One store a change: a reader finds the old or the new key.
 */
#include "src/owner/known.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <time.h>
#include "interpose/agent/page.h"

#define NS_PER_S INT64_C(1000000000)
/* The longest tick of a kernel is 10 ms; of a file system, 1 s or 2. */
#define TICK_NS	      (NS_PER_S / 10)
#define TICK_WHOLE_NS (3 * NS_PER_S)

static _Atomic uint64_t *slots;

static_assert(sizeof(slots[0]) == sizeof(uint64_t), "as the agent has it");

void known_use(uint64_t *table)
{
	slots = (_Atomic uint64_t *)table;
}

static uint64_t key_of(const struct stat *st)
{
	return agent_file_key(st->st_dev, st->st_ino,
			      (uint64_t)st->st_ctim.tv_sec,
			      (uint64_t)st->st_ctim.tv_nsec);
}

bool known_has(const struct stat *st)
{
	uint64_t key = key_of(st);
	uint32_t place = agent_file_place(key);

	return slots && (slots[place] == key || slots[place ^ 1] == key);
}

void known_device(uint64_t dev)
{
	if (!slots)
		return;
	for (int i = 1; i <= AGENT_TABLE_DEVICES; i++) {
		if (slots[i] == 0)
			slots[i] = dev;
		if (slots[i] == dev)
			return;
	}
}

/* Would a change from now on show? A clock that was set back says no. */
static bool is_old(const struct timespec *changed)
{
	struct timespec now;
	int64_t age;

	clock_gettime(CLOCK_REALTIME_COARSE, &now);
	age = (now.tv_sec - changed->tv_sec) * NS_PER_S + now.tv_nsec -
	      changed->tv_nsec;
	return age > (changed->tv_nsec ? TICK_NS : TICK_WHOLE_NS);
}

/* What has no name is seldom looked at twice. */
static bool has_name(unsigned int mode)
{
	return S_ISREG(mode) || S_ISDIR(mode) || S_ISLNK(mode);
}

void known_add(const struct file *file)
{
	uint64_t key, first;
	uint32_t place;

	if (!slots || file->proc || !file_is_own(file) ||
	    !has_name(file->st.st_mode) || !is_old(&file->st.st_ctim))
		return;
	key = key_of(&file->st);
	place = agent_file_place(key);
	first = slots[place];
	if (first == key || slots[place ^ 1] == key)
		return;
	slots[place ^ 1] = first;
	slots[place] = key;
}

void known_remove(const struct file *file)
{
	uint64_t key;
	uint32_t place;

	if (!slots)
		return;
	key = key_of(&file->st);
	place = agent_file_place(key);
	for (uint32_t i = place & ~1U; i <= (place | 1); i++)
		if (slots[i] == key)
			slots[i] = 0;
}
