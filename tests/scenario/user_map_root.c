/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Root of a namespace with one id, as unshare -r makes it: which ids exist,
 * that setgroups is denied, what root can do and what it can't.
 *
 * scenario: user=root needs=root,userns
 */
#include "user_common.h"
#include <sys/swap.h>
#include <sys/timex.h>

#define SEE(call) see("%s: %s", #call, res(call))

static void read_file(const char *path)
{
	char text[512];
	int fd = open(path, O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	char *lower;

	if (n < 0) {
		see("%s: %s", path, res(n));
		return;
	}
	text[n] = 0;
	/* Who it stands for outside differs. */
	lower = strchr(text, '0');
	if (lower && strstr(path, "_map"))
		see("%s: %d bytes, first %.11s", path, (int)n, text);
	else
		see("%s: %s", path, text);
	close(fd);
}

static void ids(void)
{
	const gid_t none[] = { 0 }, bad[] = { 33 };
	gid_t groups[8];

	SEE(raw_setuid(33));
	SEE(raw_setuid(0));
	SEE(syscall(SYS_setresuid, 0, -1, 65534));
	SEE(syscall(SYS_setresgid, 0, 0, 0));
	SEE(syscall(SYS_setgid, 33));
	SEE(syscall(SYS_setfsuid, 33));
	SEE(syscall(SYS_setreuid, -1, -1));
	SEE(syscall(SYS_setgroups, 0, NULL));
	SEE(syscall(SYS_setgroups, 1, none));
	SEE(syscall(SYS_setgroups, 1, bad));
	SEE(syscall(SYS_setgroups, 70000, bad));
	SEE(getgroups(0, NULL));
	SEE(syscall(SYS_getgroups, -1, groups));
	SEE(getgroups(8, groups));
}

static void own_things(void)
{
	char name[65];

	SEE(sethostname("inner", 5));
	SEE(gethostname(name, sizeof(name)));
	see("name %s", name);
	SEE(set_caps(0, UINT64_MAX, 0));
	SEE(sethostname("other", 5));
	SEE(setdomainname("other", 5));
	SEE(set_caps(UINT64_MAX, UINT64_MAX, 0));
	SEE(sethostname("inner", 5));
}

static void hosts_things(void)
{
	struct timespec time = { 1, 0 };
	struct timeval tv = { 1, 0 };
	struct timex timex = { .modes = ADJ_FREQUENCY };
	struct rlimit limit = { RLIM_INFINITY, RLIM_INFINITY };

	SEE(clock_settime(CLOCK_REALTIME, &time));
	SEE(settimeofday(&tv, NULL));
	SEE(adjtimex(&timex));
	SEE(swapon("/none", 0));
	SEE(syscall(SYS_acct, NULL));
	SEE(setpriority(PRIO_PROCESS, 0, -5));
	SEE(setrlimit(RLIMIT_MEMLOCK, &limit));
}

int main(void)
{
	struct stat st;

	MUST(lstat("/proc/sys/kernel/hostname", &st));
	see("hostname: %d %d", (int)st.st_uid, (int)st.st_gid);
	MUST(lstat("/proc/1/status", &st));
	see("status: %d %d", (int)st.st_uid, (int)st.st_gid);
	see_all_creds("root");
	ids();
	own_things();
	hosts_things();
	read_file("/proc/self/setgroups");
	read_file("/proc/self/uid_map");
	read_file("/proc/self/gid_map");
	read_file("/proc/self/projid_map");
	read_file("/proc/self/loginuid");
	read_file("/proc/sys/kernel/overflowuid");
	return done();
}
