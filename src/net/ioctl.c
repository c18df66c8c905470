/* SPDX-License-Identifier: Apache-2.0 */
/* Requests of interfaces, addresses and routes; all others are pid_ioctl()'s.
 */
#include <linux/nsfs.h>
#include "src/ns/net.h"
#include "src/ns/pid.h"
#include "src/task/task.h"

long net_ioctl(struct call *c)
{
	bool of_ns = _IOC_TYPE((unsigned int)c->args[1]) == NSIO;

	return of_ns || task_active(c->task) & (NS_PID | NS_USER)
		       ? pid_ioctl(c)
		       : call_pass(c);
}
