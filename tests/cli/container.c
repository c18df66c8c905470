/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a command as in a container: under a filter that refuses what Docker's
 * default profile refuses of a process without capabilities.
 *
 * usage: container [CALL...] -- COMMAND [ARGUMENT...]
 *
 * Each CALL is refused, too: the name of a system call, which gets EPERM,
 * NAME=trap or NAME=kill; or `listener`, a seccomp() with NEW_LISTENER.
 */
#include <errno.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Of moby's profiles/seccomp/default.json: what a capability would allow. */
static const char *const refused[] = {
	"acct", "add_key", "bpf", "chroot", "clock_adjtime", "clock_settime",
	"delete_module", "fanotify_init", "finit_module", "fsconfig",
	"fsmount", "fsopen", "fspick", "get_mempolicy", "init_module",
	"io_uring_enter", "io_uring_register", "io_uring_setup", "ioperm",
	"iopl", "kcmp", "kexec_file_load", "kexec_load", "keyctl",
	"lookup_dcookie", "mbind", "mount", "mount_setattr", "move_mount",
	"move_pages", "name_to_handle_at", "nfsservctl", "open_by_handle_at",
	"open_tree", "perf_event_open", "pidfd_getfd", "pivot_root",
	"process_madvise", "quotactl", "reboot", "request_key",
	"set_mempolicy", "setdomainname", "sethostname", "setns",
	"settimeofday", "stime", "swapoff", "swapon", "syslog", "umount2",
	"unshare", "userfaultfd", "ustat", "vhangup",
};

static void fail(const char *what, int err)
{
	fprintf(stderr, "container: %s: %s\n", what, strerror(err));
	exit(125);
}

static void refuse(scmp_filter_ctx ctx, const char *name, uint32_t action)
{
	int nr = seccomp_syscall_resolve_name(name);
	int r = nr < 0 ? 0 : seccomp_rule_add(ctx, action, nr, 0);

	if (r < 0)
		fail(name, -r);
}

static void refuse_bit(scmp_filter_ctx ctx, int nr, unsigned int arg,
		       uint64_t bit)
{
	struct scmp_arg_cmp cmp = SCMP_CMP(arg, SCMP_CMP_MASKED_EQ, bit, bit);
	int r = seccomp_rule_add_array(ctx, SCMP_ACT_ERRNO(EPERM), nr, 1,
				       &cmp);

	if (r < 0)
		fail("a flag", -r);
}

static void refuse_word(scmp_filter_ctx ctx, char *word)
{
	char *action = strchr(word, '=');

	if (action)
		*action++ = 0;
	if (strcmp(word, "listener") == 0)
		refuse_bit(ctx, SCMP_SYS(seccomp), 1,
			   SECCOMP_FILTER_FLAG_NEW_LISTENER);
	else if (!action)
		refuse(ctx, word, SCMP_ACT_ERRNO(EPERM));
	else
		refuse(ctx, word, strcmp(action, "trap") == 0 ?
		       SCMP_ACT_TRAP : SCMP_ACT_KILL_PROCESS);
}

int main(int argc, char **argv)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
	const uint64_t namespaces = CLONE_NEWNS | CLONE_NEWCGROUP |
				    CLONE_NEWUTS | CLONE_NEWIPC |
				    CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;
	int r, next = 1;

	if (!ctx)
		fail("filter", ENOMEM);
	/* Docker's profile knows i386 and x32, too. */
	r = seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ALLOW);
	/* Root needs no no_new_privs, as a container's runtime does not. */
	if (r == 0 && geteuid() == 0)
		r = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_NNP, 0);
	if (r < 0)
		fail("filter", -r);
	for (; next < argc && strcmp(argv[next], "--") != 0; next++)
		refuse_word(ctx, argv[next]);
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		refuse(ctx, refused[i], SCMP_ACT_ERRNO(EPERM));
	refuse(ctx, "clone3", SCMP_ACT_ERRNO(ENOSYS));
	for (uint64_t bit = 1; bit <= namespaces; bit <<= 1)
		if (namespaces & bit)
			refuse_bit(ctx, SCMP_SYS(clone), 0, bit);
	r = seccomp_load(ctx);
	if (r < 0)
		fail("filter", -r);
	if (++next >= argc)
		fail("command", EINVAL);
	execvp(argv[next], argv + next);
	fail(argv[next], errno);
}
