/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The SET of `--trace=SET`, as strace(1) takes it.
 *
 * The classes %file and %desc follow from what the rows of the table say of
 * their arguments; what has no such mark is listed by name, as strace has it.
 */
#define _GNU_SOURCE 1
#include "src/trace_set.h"

#include <assert.h>
#include <string.h>
#include "src/signature.h"

/* clang-format off */
static const char *const process[] = {
	"clone", "clone3", "fork", "vfork", "execve", "execveat", "exit",
	"exit_group", "wait4", "waitid", "kill", "tkill", "tgkill",
	"rt_sigqueueinfo", "rt_tgsigqueueinfo", "pidfd_send_signal", NULL,
};

static const char *const ipc[] = {
	"shmget", "shmat", "shmctl", "shmdt", "semget", "semop", "semctl",
	"semtimedop", "msgget", "msgsnd", "msgrcv", "msgctl", NULL,
};

static const char *const network[] = {
	"sendfile", "socket", "connect", "accept", "accept4", "sendto",
	"recvfrom", "sendmsg", "recvmsg", "sendmmsg", "recvmmsg", "shutdown",
	"bind", "listen", "getsockname", "getpeername", "socketpair",
	"setsockopt", "getsockopt", "getpmsg", "putpmsg", NULL,
};

static const char *const memory[] = {
	"mmap", "mprotect", "munmap", "brk", "mremap", "msync", "mincore",
	"madvise", "shmat", "shmdt", "mlock", "mlock2", "munlock", "mlockall",
	"munlockall", "io_setup", "io_destroy", "remap_file_pages", "mbind",
	"set_mempolicy", "get_mempolicy", "migrate_pages", "move_pages",
	"pkey_mprotect", "set_mempolicy_home_node", "process_madvise",
	"process_mrelease", "map_shadow_stack", "mseal", NULL,
};

static const char *const signals[] = {
	"rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "pause", "kill",
	"rt_sigpending", "rt_sigtimedwait", "rt_sigqueueinfo",
	"rt_sigsuspend", "sigaltstack", "tkill", "tgkill", "signalfd",
	"signalfd4", "rt_tgsigqueueinfo", "pidfd_send_signal", NULL,
};

static const char *const creds[] = {
	"getuid", "getgid", "geteuid", "getegid", "setuid", "setgid",
	"setreuid", "setregid", "getgroups", "setgroups", "setresuid",
	"getresuid", "setresgid", "getresgid", "setfsuid", "setfsgid",
	"capget", "capset", "prctl", NULL,
};

static const char *const clocks[] = {
	"gettimeofday", "settimeofday", "time", "adjtimex", "clock_settime",
	"clock_gettime", "clock_getres", "clock_adjtime", NULL,
};

static const char *const file_too[] = { "getcwd", NULL };

static const char *const desc_too[] = {
	"poll", "ppoll", "select", "pselect6", "pipe", "pipe2", NULL,
};
/* clang-format on */

const char *const trace_set_classes[] = {
	"process", "ipc", "network", "net", "memory", "signal",
	"creds", "clock", "file", "desc", NULL,
};

static const char *const *const names[] = {
	process, ipc, network, network, memory, signals, creds, clocks,
	file_too, desc_too,
};
static_assert(sizeof(names) / sizeof(names[0]) + 1 ==
	      sizeof(trace_set_classes) / sizeof(trace_set_classes[0]),
	      "a list for each class");

static bool is_word(const char *text, size_t len, const char *word)
{
	return strlen(word) == len && memcmp(text, word, len) == 0;
}

static bool is_listed(const char *const *list, const char *name)
{
	for (; *list; list++)
		if (strcmp(*list, name) == 0)
			return true;
	return false;
}

static bool is_member(size_t class, const struct syscall *row)
{
	const char *const *list = names[class];

	if (is_listed(list, row->name))
		return true;
	if (list == file_too)
		return signature_has(row->signature, "path");
	if (list == desc_too)
		return !is_listed(network, row->name) &&
		       (signature_has(row->signature, "fd") ||
			signature_has(row->signature, "at"));
	return false;
}

static void add_if(struct trace_set *set, bool (*test)(size_t class,
		   const struct syscall *row), size_t class)
{
	for (long nr = 0; nr < SYSCALL_LIMIT; nr++) {
		const struct syscall *row = syscall_row(nr);

		if (row && (!test || test(class, row)))
			set->nr[nr] = true;
	}
}

static bool add_class(struct trace_set *set, const char *text, size_t len)
{
	for (size_t i = 0; trace_set_classes[i]; i++)
		if (is_word(text, len, trace_set_classes[i])) {
			add_if(set, is_member, i);
			return true;
		}
	return false;
}

static bool add_name(struct trace_set *set, const char *text, size_t len)
{
	for (long nr = 0; nr < SYSCALL_LIMIT; nr++) {
		const struct syscall *row = syscall_row(nr);

		if (row && is_word(text, len, row->name)) {
			set->nr[nr] = true;
			return true;
		}
	}
	return false;
}

/* As in strace, a class may stand without its %, if no call has its name. */
static bool add_word(struct trace_set *set, const char *text, size_t len)
{
	if (is_word(text, len, "all")) {
		set->all = true;
		add_if(set, NULL, 0);
		return true;
	}
	if (is_word(text, len, "none"))
		return true;
	if (len > 1 && text[0] == '?')
		return add_name(set, text + 1, len - 1), true;
	if (len > 1 && text[0] == '%')
		return add_class(set, text + 1, len - 1);
	return add_name(set, text, len) || add_class(set, text, len);
}

int trace_set_parse(const char *text, struct trace_set *set,
		    const char **ret_word, size_t *ret_len)
{
	struct trace_set named = { 0 };
	bool all_but = *text == '!';

	text += all_but;
	for (;;) {
		size_t len = strcspn(text, ",");

		if (!add_word(&named, text, len)) {
			*ret_word = text;
			*ret_len = len;
			return -1;
		}
		text += len;
		if (!*text)
			break;
		text++;
	}
	for (long nr = 0; nr < SYSCALL_LIMIT; nr++)
		if (syscall_row(nr) && named.nr[nr] != all_but)
			set->nr[nr] = true;
	set->all = set->all || (named.all && !all_but);
	return 0;
}
