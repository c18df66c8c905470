/* SPDX-License-Identifier: Apache-2.0 */
/* Call stacks; see backtrace.h and libunwind-ptrace(3). */
#include "src/host/backtrace.h"

#include <libunwind-ptrace.h>

void backtrace_task(host_pid tid, backtrace_frame frame, void *ctx)
{
	static unw_addr_space_t space;
	unw_cursor_t cursor;
	void *upt = _UPT_create(tid.n);

	if (!space)
		space = unw_create_addr_space(&_UPT_accessors, 0);
	if (!upt || !space)
		return;
	if (unw_init_remote(&cursor, space, upt) == 0) {
		int depth = 0;

		do {
			unw_word_t ip = 0, offset = 0;
			char name[256];

			unw_get_reg(&cursor, UNW_REG_IP, &ip);
			frame(ctx, ip, unw_get_proc_name(&cursor, name,
				sizeof(name), &offset) == 0 ? name : NULL,
			      offset);
		} while (++depth < BACKTRACE_FRAMES_MAX &&
			 unw_step(&cursor) > 0);
	}
	_UPT_destroy(upt);
}
