/* SPDX-License-Identifier: Apache-2.0 */
/* Files of /proc that tell of clocks, for who is in a time namespace. */
#include "src/view/proc_time.h"

#include <stdlib.h>
#include <string.h>
#include "src/ns/time.h"
#include "src/task/task.h"
#include "src/view/proc_user.h"

#define NS_IN_SEC INT64_C(1000000000)

static int64_t boot_offset(const struct task *viewer)
{
	return viewer ? time_offset(viewer, CLOCK_BOOTTIME) : 0;
}

/* "uptime idle" */
long proc_uptime(const struct task *viewer, const struct place *place,
		 char *real, size_t len, FILE *out)
{
	int64_t offset = boot_offset(viewer), now;
	char *idle = strchr(real, ' ');

	(void)place;
	(void)len;
	if (!offset || !idle)
		return VIEW_REAL;
	now = (int64_t)(strtod(real, NULL) * 100) + offset / (NS_IN_SEC / 100);
	fprintf(out, "%lld.%02lld%s", (long long)(now / 100),
		(long long)(now % 100), idle);
	return 0;
}

/* When the machine began is earlier, the longer it is said to run. */
long proc_btime(const struct task *viewer, const struct place *place,
		char *real, size_t len, FILE *out)
{
	static const char key[] = "\nbtime ";
	int64_t offset = boot_offset(viewer);
	char *at = strstr(real, key), *end;
	long long began;

	(void)place;
	if (!offset || !at)
		return VIEW_REAL;
	at += strlen(key);
	began = strtoll(at, &end, 10);
	fwrite(real, 1, (size_t)(at - real), out);
	fprintf(out, "%lld", began - offset / NS_IN_SEC);
	fwrite(end, 1, len - (size_t)(end - real), out);
	return 0;
}

/* timens_offsets of who has one for its children. */
long proc_timens_offsets(const struct task *viewer, const struct place *place,
			 char *real, size_t len, FILE *out)
{
	static const char *const names[] = { "monotonic", "boottime" };
	struct timespec offsets[TIME_OFFSETS];
	const struct pid *subject = proc_user_subject(viewer, place);

	(void)real;
	(void)len;
	if (!subject || !subject->task)
		return VIEW_REAL;
	time_get_offsets(subject->task->nsproxy->time_for_children, offsets);
	for (int i = 0; i < TIME_OFFSETS; i++)
		fprintf(out, "%-10s %10lld %9ld\n", names[i],
			(long long)offsets[i].tv_sec, offsets[i].tv_nsec);
	return 0;
}
