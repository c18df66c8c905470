/* SPDX-License-Identifier: Apache-2.0 */
/* Scenarios that run programs, and report each line that they print. */
#ifndef NET_TOOLS_H
#define NET_TOOLS_H

#include "scenario.h"

/* What is after @word in a line differs between runs: a user's number. */
static void hide_number(char *line, const char *word)
{
	char *at = strstr(line, word);

	if (!at)
		return;
	at += strlen(word);
	memmove(at, at + strspn(at, "0123456789"),
		strlen(at + strspn(at, "0123456789")) + 1);
}

static void see_command(const char *command)
{
	char whole[512], line[2048];
	FILE *out;
	int status;

	snprintf(whole, sizeof(whole), "{ %s; } 2>&1", command);
	see("$ %s", command);
	out = popen(whole, "r");
	if (!out)
		die("popen: %s", command);
	while (fgets(line, sizeof(line), out)) {
		line[strcspn(line, "\n")] = 0;
		hide_number(line, " uid ");
		see("  %s", line);
	}
	status = pclose(out);
	if (status)
		see("  status %d", WEXITSTATUS(status));
}

/* The kernel settles links and addresses of IPv6 a little later. */
#define WAIT	     "wait until "
#define WAIT_UP(dev) WAIT "ip link show " dev " | grep -q 'state UP'"
#define WAIT_LOCAL(ip) \
	WAIT "ip -6 route show table local | grep -q 'local " ip " '"
#define WAIT_GONE(ip) \
	WAIT "! ip -6 route show table local | grep -q 'local " ip " '"
#define WAIT_MULTICAST(dev) \
	WAIT "ip -6 route show table local | grep -q 'ff00::/8 dev " dev "'"

static void wait_until(const char *condition)
{
	while (system(condition) != 0)
		sched_yield();
}

static void see_commands(const char *const *commands, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strncmp(commands[i], WAIT, strlen(WAIT)) == 0)
			wait_until(commands[i] + strlen(WAIT));
		else
			see_command(commands[i]);
}

#define SEE_COMMANDS(list) see_commands(list, sizeof(list) / sizeof((list)[0]))

/* A process in a net of its own, known as $@name, until it is killed. */
static inline pid_t make_net(const char *name)
{
	char number[16], byte;
	int ready[2];
	pid_t pid;

	MUST(pipe(ready));
	pid = MUST(fork());
	if (pid == 0) {
		MUST(unshare(CLONE_NEWNET));
		MUST(write(ready[1], "", 1));
		for (;;)
			pause();
	}
	MUST(read(ready[0], &byte, 1));
	close(ready[0]);
	close(ready[1]);
	snprintf(number, sizeof(number), "%d", pid);
	setenv(name, number, 1);
	return pid;
}

/*
 * A pair that has no random address, and none of IPv6 by itself, since that
 * one is tentative for a second in the kernel.
 */
#define MAKE_PAIR                                                              \
	"ip link add v0 address 02:00:00:00:00:01 type veth"                   \
	" peer name v1 address 02:00:00:00:00:02",                             \
		"ip link set v0 addrgenmode none; ip link set v1 addrgenmode " \
		"none"

#endif
