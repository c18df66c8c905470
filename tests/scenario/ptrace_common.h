/* SPDX-License-Identifier: Apache-2.0 */
/* What the scenarios of tracers share. */
#ifndef PTRACE_COMMON_H
#define PTRACE_COMMON_H

#include <sys/ptrace.h>
#include "scenario.h"

/* A child that does nothing but wait for signals. */
static inline pid_t sleeper(struct gate *ready)
{
	pid_t pid = child();

	if (pid == 0) {
		let(ready, 1);
		for (;;)
			pause();
	}
	pass(ready);
	return pid;
}

static inline bool sleeps(pid_t pid)
{
	char path[64], line[256], state = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "r");
	if (file && fgets(line, sizeof(line), file))
		sscanf(strrchr(line, ')'), ") %c", &state);
	if (file)
		fclose(file);
	return state == 'S';
}

#endif
