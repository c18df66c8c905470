/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Interfaces in /sys, as sysfs shows them that was mounted in the net.
 *
 * scenario: net=down sys=own run-as=root bare=skip
 * (it makes interfaces)
 */
#include "net_sysfs.h"

int main(void)
{
	SEE_COMMANDS(sysfs_commands);
	return done();
}
