/* SPDX-License-Identifier: Apache-2.0 */
/* Capabilities; see caps.h and capabilities(7). */
#include "src/host/caps.h"

#include <cap-ng.h>
#include <errno.h>
#include <sys/prctl.h>

bool caps_any(void)
{
	capng_clear(CAPNG_SELECT_BOTH);
	if (capng_get_caps_process() < 0)
		return false;
	return capng_have_capabilities(CAPNG_SELECT_CAPS) > CAPNG_NONE;
}

/*
 * The bounding set can be dropped with CAP_SETPCAP only, and without any
 * capability it gives nothing back under no_new_privs.
 */
long caps_drop_all(void)
{
	bool privileged = caps_any();

	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	if (!privileged)
		return 0;
	capng_clear(CAPNG_SELECT_BOTH);
	if (capng_apply(CAPNG_SELECT_BOTH) < 0)
		return -EPERM;
	return 0;
}
