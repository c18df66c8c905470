/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which sysctls root of a user namespace may write, with capabilities and
 * without: those of its ipc namespace, not the names of the host.
 *
 * scenario: user=root needs=userns
 */
#include "user_common.h"

static const char *const names[] = { "msgmni", "shmmax", "sem", "msg_next_id",
				     "hostname", "domainname" };

/* The numbers of descriptors differ. */
static void see_sysctls(const char *who)
{
	char path[64];

	for (int i = 0; i < 6; i++) {
		snprintf(path, sizeof(path), "/proc/sys/kernel/%s", names[i]);
		see("%s, %s: read %s, write %s", who, names[i],
		    res(open(path, O_RDONLY) < 0 ? -1 : 0),
		    res(open(path, O_WRONLY) < 0 ? -1 : 0));
	}
}

int main(void)
{
	see_sysctls("root");
	MUST(set_caps(0, 0, 0));
	see_sysctls("root without capabilities");
	return done();
}
