/* SPDX-License-Identifier: Apache-2.0 */
/* A fault with the default action does kill the first process. */
#include "scenario.h"

int main(void)
{
	struct rlimit none = { 0, 0 };
	int *volatile nowhere = BAD_ADDR;

	setrlimit(RLIMIT_CORE, &none);
	see("init is %d", getpid());
	done();
	*nowhere = 1;
	see("init has survived a fault");
	return 0;
}
