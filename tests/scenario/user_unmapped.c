/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A user namespace without a map, as unshare -U makes it: nobody exists.
 *
 * scenario: user=none needs=root,userns bare=skip
 * (whoever runs the bare arm is nobody, too)
 */
#include "user_common.h"

#define SEE(call) see("%s: %s", #call, res(call))

int main(void)
{
	struct stat st;
	char text[64];
	int fd;

	see_all_creds("nobody");
	SEE(raw_setuid(65534));
	SEE(raw_setuid(0));
	SEE(syscall(SYS_setgid, 65534));
	SEE(syscall(SYS_setresuid, -1, -1, -1));
	SEE(syscall(SYS_setresuid, 65534, -1, -1));
	SEE(syscall(SYS_setgroups, 0, NULL));
	SEE(prctl(PR_CAPBSET_DROP, 1, 0, 0, 0));
	SEE(sethostname("x", 1));
	MUST(fd = open("/proc/self/uid_map", O_RDONLY));
	SEE(read(fd, text, sizeof(text)));
	MUST(fd = open("/proc/self/setgroups", O_RDONLY));
	SEE(read(fd, text, sizeof(text)));
	see("%.5s", text);
	MUST(stat("/proc/self", &st));
	see("/proc/self of %d %d", (int)st.st_uid, (int)st.st_gid);
	return done();
}
