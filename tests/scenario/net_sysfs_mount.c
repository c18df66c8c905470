/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Interfaces in /sys, where the program itself mounts it.
 *
 * scenario: user=root bare=skip
 * (it makes interfaces)
 */
#include "net_sysfs.h"
#include <sys/mount.h>

int main(void)
{
	MUST(unshare(CLONE_NEWNS | CLONE_NEWNET));
	MUST(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	MUST(mount("sysfs", "/sys", "sysfs", 0, NULL));
	SEE_COMMANDS(sysfs_commands);
	return done();
}
