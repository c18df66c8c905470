/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sethostname, setdomainname and uname: lengths, contents, and which error
 * comes first.
 *
 * scenario: run-as=root bare=same
 * (the runner's outer namespace gives every arm names of its own)
 */
#include "scenario.h"

#include <sys/utsname.h>

#define SEE(call) see("%s: %s", #call, res(call))

static const char long_name[] =
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdefX";

static void show(void)
{
	struct utsname *u = guard_alloc(sizeof(*u));
	int i, dirty = 0;

	memset(u, 0x77, sizeof(*u));
	see("uname: %s", res(uname(u)));
	guard_check(u);
	for (i = strlen(u->nodename); i < (int)sizeof(u->nodename); i++) {
		dirty += u->nodename[i] != 0;
	}
	see("  host '%s', %d bytes after its end", u->nodename, dirty);
	see("  domain '%s'", u->domainname);
	see("  sysname '%s' machine '%s'", u->sysname, u->machine);
}

int main(void)
{
	char name[80];

	show();
	SEE(sethostname("alpha", 5));
	SEE(setdomainname("beta.example", 12));
	show();
	SEE(sethostname("alpha", 3));
	show();
	SEE(sethostname("", 0));
	SEE(setdomainname("", 0));
	show();
	SEE(sethostname(long_name, 64));
	SEE(setdomainname(long_name, 64));
	show();
	SEE(sethostname(long_name, 65));
	SEE(setdomainname(long_name, 65));
	SEE(syscall(SYS_sethostname, "x", -1));
	SEE(syscall(SYS_setdomainname, "x", -1));
	SEE(syscall(SYS_sethostname, BAD_ADDR, 65));
	SEE(syscall(SYS_sethostname, BAD_ADDR, -1));
	SEE(syscall(SYS_sethostname, BAD_ADDR, 5));
	SEE(syscall(SYS_setdomainname, BAD_ADDR, 5));
	SEE(syscall(SYS_sethostname, BAD_ADDR, 0));
	SEE(syscall(SYS_uname, BAD_ADDR));
	SEE(syscall(SYS_sethostname, "low word", 0x100000000L + 3));
	show();
	SEE(sethostname("a\0b", 3));
	show();
	SEE(sethostname("short\n", 6));
	show();
	SEE(sethostname("a", 1));
	SEE(gethostname(name, 1));
	SEE(gethostname(name, 2));
	SEE(getdomainname(name, 65));
	return done();
}
