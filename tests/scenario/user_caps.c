/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Capabilities in a user namespace: capset's rules, securebits, keepcaps, the
 * bounding and the ambient set, headers of every version.
 *
 * scenario: user=all needs=root,userns run-as=root
 */
#include "user_common.h"

#define ALL	  ((UINT64_C(1) << (CAP_LAST_CAP + 1)) - 1)
#define CAP(c)	  (UINT64_C(1) << (c))
#define SEE(call) see("%s: %s", #call, res(call))

/* Runs @what in a process of its own. */
static void apart(const char *name, void (*what)(void))
{
	pid_t pid = child();

	if (pid == 0) {
		see("-- %s", name);
		what();
		see_all_creds(name);
		_exit(0);
	}
	reap(pid);
}

static void capset_rules(void)
{
	SEE(set_caps(ALL, ALL, ALL));
	SEE(set_caps(CAP(CAP_KILL), ALL, CAP(CAP_KILL)));
	/* without CAP_SETPCAP */
	SEE(set_caps(CAP(CAP_KILL), ALL, CAP(CAP_CHOWN)));
	SEE(set_caps(ALL, CAP(CAP_KILL), 0));
	SEE(set_caps(CAP(CAP_KILL), CAP(CAP_KILL) | CAP(CAP_CHOWN), 0));
	SEE(set_caps(0, CAP(CAP_KILL), CAP(CAP_KILL)));
	SEE(set_caps(CAP(CAP_CHOWN), CAP(CAP_KILL), 0));
	SEE(set_caps(0, CAP(CAP_CHOWN), 0));
	SEE(set_caps(0, CAP(CAP_KILL), CAP(CAP_CHOWN)));
	SEE(set_caps(CAP(CAP_KILL), CAP(CAP_KILL), 0));
	SEE(set_caps(UINT64_MAX, UINT64_MAX, 0));
	SEE(set_caps(CAP(CAP_KILL) | CAP(60), CAP(CAP_KILL) | CAP(61), 0));
}

static void headers(void)
{
	static const uint32_t versions[] = { _LINUX_CAPABILITY_VERSION_1,
					     _LINUX_CAPABILITY_VERSION_2,
					     _LINUX_CAPABILITY_VERSION_3, 0,
					     12345 };
	struct __user_cap_data_struct data[2];

	for (int i = 0; i < 5; i++) {
		struct __user_cap_header_struct head = { versions[i], 0 };
		long r;

		memset(data, 0x11, sizeof(data));
		r = syscall(SYS_capget, &head, data);
		see("capget version %x: %s, %x, words %x %x", versions[i],
		    res(r), head.version, data[0].effective,
		    data[1].inheritable);
		head.version = versions[i];
		see("capget without data: %s, %x",
		    res(syscall(SYS_capget, &head, NULL)), head.version);
		head.version = versions[i];
		data[0].effective = data[0].permitted = 0;
		data[0].inheritable = 0;
		memset(&data[1], 0, sizeof(data[1]));
		head.pid = 1;
		see("capset of 1: %s, %x",
		    res(syscall(SYS_capset, &head, data)), head.version);
	}
	for (int pid = -1; pid <= NOBODY; pid += NOBODY / 2) {
		struct __user_cap_header_struct head = {
			_LINUX_CAPABILITY_VERSION_3, pid
		};

		see("capget of %d: %s", pid,
		    res(syscall(SYS_capget, &head, data)));
		see("capset of %d: %s", pid,
		    res(syscall(SYS_capset, &head, data)));
	}
	SEE(syscall(SYS_capget, BAD_ADDR, data));
	SEE(syscall(SYS_capset, BAD_ADDR, data));
	{
		struct __user_cap_header_struct head = {
			_LINUX_CAPABILITY_VERSION_3, getpid()
		};

		SEE(syscall(SYS_capget, &head, BAD_ADDR));
		SEE(syscall(SYS_capset, &head, BAD_ADDR));
		SEE(syscall(SYS_capget, &head, data));
		SEE(syscall(SYS_capset, &head, data));
	}
}

static void bounding_set(void)
{
	SEE(prctl(PR_CAPBSET_READ, CAP_KILL, 0, 0, 0));
	SEE(prctl(PR_CAPBSET_READ, 64, 0, 0, 0));
	SEE(prctl(PR_CAPBSET_READ, -1L, 0, 0, 0));
	SEE(prctl(PR_CAPBSET_DROP, CAP_KILL, 0, 0, 0));
	SEE(prctl(PR_CAPBSET_DROP, 64, 0, 0, 0));
	SEE(prctl(PR_CAPBSET_READ, CAP_KILL, 0, 0, 0));
	SEE(set_caps(ALL, ALL, CAP(CAP_KILL)));
	SEE(set_caps(ALL, ALL, CAP(CAP_CHOWN)));
	SEE(raw_setuid(33));
	SEE(prctl(PR_CAPBSET_DROP, CAP_CHOWN, 0, 0, 0));
	SEE(prctl(PR_CAPBSET_DROP, 64, 0, 0, 0));
}

static void securebits(void)
{
	SEE(prctl(PR_GET_SECUREBITS, 0, 0, 0, 0));
	SEE(prctl(PR_SET_SECUREBITS, 1 << SECURE_NOROOT, 0, 0, 0));
	SEE(prctl(PR_SET_SECUREBITS, 0, 0, 0, 0));
	SEE(prctl(PR_SET_SECUREBITS, 1L << 12, 0, 0, 0));
	SEE(prctl(PR_SET_SECUREBITS, 1L << 32, 0, 0, 0));
	SEE(prctl(PR_SET_SECUREBITS, 3 << SECURE_KEEP_CAPS, 0, 0, 0));
	SEE(prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0));
	SEE(prctl(PR_SET_SECUREBITS, 0, 0, 0, 0));
	SEE(prctl(PR_SET_SECUREBITS, 1 << SECURE_KEEP_CAPS, 0, 0, 0));
	SEE(prctl(PR_SET_SECUREBITS, 3 << SECURE_KEEP_CAPS | 3, 0, 0, 0));
	SEE(prctl(PR_GET_KEEPCAPS, 0, 0, 0, 0));
	SEE(raw_setuid(33));
	SEE(set_caps(0, ALL, 0));
	SEE(prctl(PR_SET_SECUREBITS, 3 << SECURE_KEEP_CAPS | 3, 0, 0, 0));
	SEE(prctl(PR_SET_SECUREBITS, 3 << SECURE_KEEP_CAPS | 15, 0, 0, 0));
}

static void keepcaps(void)
{
	SEE(prctl(PR_SET_KEEPCAPS, 2, 0, 0, 0));
	SEE(prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0));
	SEE(prctl(PR_GET_KEEPCAPS, 0, 0, 0, 0));
	SEE(syscall(SYS_setresuid, 33, 33, 33));
	see_creds("kept");
	SEE(set_caps(ALL, ALL, 0));
	SEE(raw_setuid(44));
}

static void no_fixup(void)
{
	SEE(prctl(PR_SET_SECUREBITS, 1 << SECURE_NO_SETUID_FIXUP, 0, 0, 0));
	SEE(syscall(SYS_setresuid, 33, 33, 33));
	SEE(syscall(SYS_setfsuid, 0));
	SEE(syscall(SYS_setfsuid, 33));
}

static void ambient_set(void)
{
	SEE(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_KILL, 0, 0));
	SEE(set_caps(ALL, ALL, CAP(CAP_KILL) | CAP(CAP_CHOWN)));
	SEE(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_KILL, 0, 0));
	SEE(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_CHOWN, 0, 0));
	SEE(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_FOWNER, 0, 0));
	SEE(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_KILL, 0, 0));
	SEE(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, 64, 0, 0));
	SEE(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_KILL, 1, 0));
	SEE(prctl(PR_CAP_AMBIENT, 9, CAP_KILL, 0, 0));
	SEE(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_LOWER, CAP_KILL, 0, 0));
	SEE(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 1, 0, 0));
	see_all_creds("raised");
	SEE(set_caps(ALL, ALL, CAP(CAP_KILL)));
	see_all_creds("inheritable lowered");
	SEE(set_caps(ALL, ALL, CAP(CAP_KILL) | CAP(CAP_CHOWN)));
	SEE(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_CHOWN, 0, 0));
	SEE(prctl(PR_SET_SECUREBITS, 1 << SECURE_NO_CAP_AMBIENT_RAISE, 0, 0,
		  0));
	SEE(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_KILL, 0, 0));
	SEE(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0));
}

static void ambient_and_setuid(void)
{
	MUST(set_caps(ALL, ALL, CAP(CAP_KILL)));
	MUST(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_KILL, 0, 0));
	MUST(prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0));
	SEE(raw_setuid(33));
}

static void fsuid(void)
{
	SEE(syscall(SYS_setfsuid, 33));
	see_creds("fsuid 33");
	SEE(syscall(SYS_setfsuid, 0));
	see_creds("fsuid 0");
	SEE(set_caps(CAP(CAP_SETUID) | CAP(CAP_KILL), ALL & ~CAP(CAP_FOWNER),
		     0));
	SEE(syscall(SYS_setfsuid, 33));
	see_creds("fsuid 33");
	SEE(syscall(SYS_setfsuid, 0));
}

int main(void)
{
	see_all_creds("at first");
	apart("capset", capset_rules);
	apart("headers", headers);
	apart("bounding", bounding_set);
	apart("securebits", securebits);
	apart("keepcaps", keepcaps);
	apart("no fixup", no_fixup);
	apart("ambient", ambient_set);
	apart("ambient and setuid", ambient_and_setuid);
	apart("fsuid", fsuid);
	return done();
}
