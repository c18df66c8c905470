/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What exec does to credentials, and what the new program is told of them in
 * its auxiliary vector.
 *
 * scenario: user=all needs=root,userns,kernel:6.16 run-as=root
 */
#include "user_common.h"
#include <sys/auxv.h>

#define ALL    ((UINT64_C(1) << (CAP_LAST_CAP + 1)) - 1)
#define CAP(c) (UINT64_C(1) << (c))

struct arm {
	const char *name;
	int uids[3], gids[3];
	unsigned int securebits;
	bool keep; /* capabilities, over the change of ids */
	uint64_t inheritable, ambient, unbound;
	bool no_new_privs, groups;
};

static const struct arm arms[] = {
	{ .name = "root" },
	{ .name = "nobody", .uids = { 33, 33, 33 }, .gids = { 33, 33, 33 } },
	{ .name = "effective root", .uids = { 33, 0, 33 } },
	{ .name = "real root", .uids = { 0, 33, 33 } },
	{ .name = "saved root", .uids = { 33, 33, 0 } },
	{ .name = "saved root, kept", .uids = { 33, 33, 0 }, .keep = true },
	{ .name = "effective other", .uids = { 33, 44, 33 } },
	{ .name = "effective group", .gids = { 33, 44, 33 } },
	{ .name = "nobody, effective group",
	  .uids = { 33, 33, 33 },
	  .gids = { 33, 44, 33 } },
	{ .name = "nobody, kept", .uids = { 33, 33, 33 }, .keep = true },
	{ .name = "inheritable",
	  .uids = { 33, 33, 33 },
	  .keep = true,
	  .inheritable = CAP(CAP_KILL) },
	{ .name = "ambient",
	  .uids = { 33, 33, 33 },
	  .keep = true,
	  .inheritable = CAP(CAP_KILL),
	  .ambient = CAP(CAP_KILL) },
	{ .name = "ambient, effective other",
	  .uids = { 33, 44, 33 },
	  .keep = true,
	  .inheritable = CAP(CAP_KILL),
	  .ambient = CAP(CAP_KILL) },
	{ .name = "root, ambient",
	  .inheritable = CAP(CAP_KILL),
	  .ambient = CAP(CAP_KILL) },
	{ .name = "noroot", .securebits = 1 << SECURE_NOROOT },
	{ .name = "noroot, ambient",
	  .securebits = 1 << SECURE_NOROOT,
	  .inheritable = CAP(CAP_KILL),
	  .ambient = CAP(CAP_KILL) },
	{ .name = "bound", .unbound = CAP(CAP_KILL) | CAP(CAP_CHOWN) },
	{ .name = "bound, inheritable",
	  .inheritable = CAP(CAP_KILL),
	  .unbound = CAP(CAP_KILL) },
	{ .name = "nnp", .no_new_privs = true },
	{ .name = "nnp, effective root",
	  .uids = { 33, 0, 33 },
	  .no_new_privs = true },
	{ .name = "nnp, real root",
	  .uids = { 0, 33, 33 },
	  .no_new_privs = true },
	{ .name = "groups", .uids = { 33, 33, 33 }, .groups = true },
};

static void become(const struct arm *a)
{
	const gid_t groups[] = { 500, 44, 0 };

	for (int cap = 0; cap <= CAP_LAST_CAP; cap++)
		if (a->unbound & CAP(cap))
			MUST(prctl(PR_CAPBSET_DROP, cap, 0, 0, 0));
	if (a->groups)
		MUST(syscall(SYS_setgroups, 3, groups));
	MUST(syscall(SYS_setresgid, a->gids[0], a->gids[1], a->gids[2]));
	if (a->keep)
		MUST(prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0));
	MUST(syscall(SYS_setresuid, a->uids[0], a->uids[1], a->uids[2]));
	if (a->inheritable) {
		/* CAP_SETPCAP must be effective to raise above the bound. */
		uint64_t inheritable = a->inheritable & ~a->unbound;

		MUST(set_caps(ALL, ALL, inheritable));
	}
	for (int cap = 0; cap <= CAP_LAST_CAP; cap++)
		if (a->ambient & CAP(cap))
			MUST(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0,
				   0));
	if (a->securebits)
		MUST(prctl(PR_SET_SECUREBITS, a->securebits, 0, 0, 0));
	if (a->no_new_privs)
		MUST(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
}

static void report(const char *name)
{
	gid_t groups[8];
	int n = getgroups(8, groups);

	see_all_creds(name);
	see("%s: auxv %lu %lu %lu %lu secure %lu, keepcaps %d, nnp %d, groups "
	    "%d",
	    name, getauxval(AT_UID), getauxval(AT_EUID), getauxval(AT_GID),
	    getauxval(AT_EGID), getauxval(AT_SECURE),
	    prctl(PR_GET_KEEPCAPS, 0, 0, 0, 0),
	    prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), n);
	for (int i = 0; i < n; i++)
		see("%s: group %d", name, (int)groups[i]);
}

int main(int argc, char **argv)
{
	if (argc > 1) {
		report(argv[1]);
		return 0;
	}
	report("at first");
	for (size_t i = 0; i < sizeof(arms) / sizeof(arms[0]); i++) {
		pid_t pid = child();

		if (pid == 0) {
			become(&arms[i]);
			exec_self(arms[i].name);
		}
		reap(pid);
	}
	return done();
}
