/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words that stand for numbers in arguments.
 *
 * Data, and one search. A word of the kernel that older headers lack is
 * written with its number; these are part of the kernel's interface and
 * cannot change. Only words that programs do use are here: a number without
 * a word prints as a number.
 */
#define _GNU_SOURCE 1
#include <fcntl.h>
#include <linux/futex.h>
#include <sched.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <asm/sockios.h>
#include "src/signature_words.h"

/* The name is taken before the preprocessor replaces it by its number. */
#define WORD(w) { (uint32_t)(w), #w }
#define END { 0, NULL }

#define WHOLE 0xffffffffu	/* an enumeration: the field is all there is */

/* clang-format off: these lists are filled, not one word a line */
static const struct word open_flags[] = {
	WORD(O_RDONLY), WORD(O_WRONLY), WORD(O_RDWR), WORD(O_CREAT),
	WORD(O_EXCL), WORD(O_NOCTTY), WORD(O_TRUNC), WORD(O_APPEND),
	WORD(O_NONBLOCK), WORD(O_SYNC), WORD(O_DSYNC), WORD(O_ASYNC),
	WORD(O_DIRECT), { 0100000, "O_LARGEFILE" }, WORD(O_TMPFILE),
	WORD(O_DIRECTORY), WORD(O_NOFOLLOW), WORD(O_NOATIME),
	WORD(O_CLOEXEC), WORD(O_PATH),
	END
};

static const struct word pipe_flags[] = {
	WORD(O_NONBLOCK), WORD(O_DIRECT), WORD(O_CLOEXEC),
	END
};

static const struct word at_flags[] = {
	WORD(AT_SYMLINK_NOFOLLOW), WORD(AT_SYMLINK_FOLLOW),
	WORD(AT_NO_AUTOMOUNT), WORD(AT_EMPTY_PATH),
	{ 0x2000, "AT_STATX_FORCE_SYNC" }, { 0x4000, "AT_STATX_DONT_SYNC" },
	END
};

static const struct word unlink_flags[] = {
	WORD(AT_REMOVEDIR),
	END
};

static const struct word eaccess_flags[] = {
	WORD(AT_EACCESS), WORD(AT_SYMLINK_NOFOLLOW), WORD(AT_EMPTY_PATH),
	END
};

static const struct word access_flags[] = {
	WORD(F_OK), WORD(R_OK), WORD(W_OK), WORD(X_OK),
	END
};

static const struct word rename_flags[] = {
	WORD(RENAME_NOREPLACE), WORD(RENAME_EXCHANGE), WORD(RENAME_WHITEOUT),
	END
};

static const struct word flock_flags[] = {
	WORD(LOCK_SH), WORD(LOCK_EX), WORD(LOCK_UN), WORD(LOCK_NB),
	END
};

static const struct word whence_word[] = {
	WORD(SEEK_SET), WORD(SEEK_CUR), WORD(SEEK_END), WORD(SEEK_DATA),
	WORD(SEEK_HOLE),
	END
};

static const struct word fcntl_word[] = {
	WORD(F_DUPFD), WORD(F_GETFD), WORD(F_SETFD), WORD(F_GETFL),
	WORD(F_SETFL), WORD(F_GETLK), WORD(F_SETLK), WORD(F_SETLKW),
	WORD(F_SETOWN), WORD(F_GETOWN), WORD(F_SETSIG), WORD(F_GETSIG),
	WORD(F_SETOWN_EX), WORD(F_GETOWN_EX), { 17, "F_GETOWNER_UIDS" },
	WORD(F_OFD_GETLK), WORD(F_OFD_SETLK), WORD(F_OFD_SETLKW),
	WORD(F_SETLEASE), WORD(F_GETLEASE), WORD(F_NOTIFY),
	WORD(F_DUPFD_CLOEXEC), WORD(F_SETPIPE_SZ), WORD(F_GETPIPE_SZ),
	WORD(F_ADD_SEALS), WORD(F_GET_SEALS),
	END
};

static const struct word ioctl_word[] = {
	WORD(TCGETS), WORD(TCSETS), WORD(TCSETSW), WORD(TCSETSF),
	WORD(TIOCSCTTY), WORD(TIOCNOTTY), WORD(TIOCGPGRP), WORD(TIOCSPGRP),
	WORD(TIOCGSID), WORD(TIOCGWINSZ), WORD(TIOCSWINSZ), WORD(TIOCGPTN),
	WORD(TIOCSPTLCK), WORD(TIOCGPTPEER), WORD(FIONREAD), WORD(FIONBIO),
	WORD(FIOCLEX), WORD(FIONCLEX), WORD(FIOSETOWN), WORD(SIOCSPGRP),
	WORD(FIOGETOWN), WORD(SIOCGPGRP),
	END
};

static const struct word prot_flags[] = {
	WORD(PROT_NONE), WORD(PROT_READ), WORD(PROT_WRITE), WORD(PROT_EXEC),
	WORD(PROT_GROWSDOWN), WORD(PROT_GROWSUP),
	END
};

static const struct word map_flags[] = {
	WORD(MAP_SHARED), WORD(MAP_PRIVATE), WORD(MAP_SHARED_VALIDATE),
	WORD(MAP_FIXED), WORD(MAP_ANONYMOUS), WORD(MAP_32BIT),
	WORD(MAP_GROWSDOWN), WORD(MAP_DENYWRITE), WORD(MAP_LOCKED),
	WORD(MAP_NORESERVE), WORD(MAP_POPULATE), WORD(MAP_NONBLOCK),
	WORD(MAP_STACK), WORD(MAP_HUGETLB), WORD(MAP_SYNC),
	WORD(MAP_FIXED_NOREPLACE),
	END
};

static const struct word mremap_flags[] = {
	WORD(MREMAP_MAYMOVE), WORD(MREMAP_FIXED), WORD(MREMAP_DONTUNMAP),
	END
};

static const struct word msync_flags[] = {
	WORD(MS_ASYNC), WORD(MS_INVALIDATE), WORD(MS_SYNC),
	END
};

static const struct word mlockall_flags[] = {
	WORD(MCL_CURRENT), WORD(MCL_FUTURE), WORD(MCL_ONFAULT),
	END
};

static const struct word memfd_flags[] = {
	WORD(MFD_CLOEXEC), WORD(MFD_ALLOW_SEALING), WORD(MFD_HUGETLB),
	{ 8, "MFD_NOEXEC_SEAL" }, { 16, "MFD_EXEC" },
	END
};

static const struct word advice_word[] = {
	WORD(MADV_NORMAL), WORD(MADV_RANDOM), WORD(MADV_SEQUENTIAL),
	WORD(MADV_WILLNEED), WORD(MADV_DONTNEED), WORD(MADV_FREE),
	WORD(MADV_REMOVE), WORD(MADV_DONTFORK), WORD(MADV_DOFORK),
	WORD(MADV_HWPOISON), WORD(MADV_MERGEABLE), WORD(MADV_UNMERGEABLE),
	WORD(MADV_HUGEPAGE), WORD(MADV_NOHUGEPAGE), WORD(MADV_DONTDUMP),
	WORD(MADV_DODUMP), WORD(MADV_WIPEONFORK), WORD(MADV_KEEPONFORK),
	WORD(MADV_COLD), WORD(MADV_PAGEOUT), WORD(MADV_POPULATE_READ),
	WORD(MADV_POPULATE_WRITE),
	END
};

static const struct word clone_flags[] = {
	WORD(CLONE_VM), WORD(CLONE_FS), WORD(CLONE_FILES),
	WORD(CLONE_SIGHAND), WORD(CLONE_PIDFD), WORD(CLONE_PTRACE),
	WORD(CLONE_VFORK), WORD(CLONE_PARENT), WORD(CLONE_THREAD),
	WORD(CLONE_NEWNS), WORD(CLONE_SYSVSEM), WORD(CLONE_SETTLS),
	WORD(CLONE_PARENT_SETTID), WORD(CLONE_CHILD_CLEARTID),
	WORD(CLONE_DETACHED), WORD(CLONE_UNTRACED), WORD(CLONE_CHILD_SETTID),
	WORD(CLONE_NEWCGROUP), WORD(CLONE_NEWUTS), WORD(CLONE_NEWIPC),
	WORD(CLONE_NEWUSER), WORD(CLONE_NEWPID), WORD(CLONE_NEWNET),
	WORD(CLONE_IO), WORD(SIGCHLD),
	END
};

static const struct word unshare_flags[] = {
	WORD(CLONE_FS), WORD(CLONE_FILES), WORD(CLONE_SIGHAND),
	WORD(CLONE_THREAD), WORD(CLONE_VM), WORD(CLONE_SYSVSEM),
	WORD(CLONE_NEWTIME), WORD(CLONE_NEWNS), WORD(CLONE_NEWCGROUP),
	WORD(CLONE_NEWUTS), WORD(CLONE_NEWIPC), WORD(CLONE_NEWUSER),
	WORD(CLONE_NEWPID), WORD(CLONE_NEWNET),
	END
};

static const struct word wait_flags[] = {
	WORD(WNOHANG), WORD(WUNTRACED), WORD(WEXITED), WORD(WCONTINUED),
	WORD(WNOWAIT), { 0x20000000, "__WNOTHREAD" },
	{ 0x40000000, "__WALL" }, { 0x80000000, "__WCLONE" },
	END
};

static const struct word idtype_word[] = {
	WORD(P_ALL), WORD(P_PID), WORD(P_PGID), WORD(P_PIDFD),
	END
};

static const struct word pidfd_flags[] = {
	{ O_NONBLOCK, "PIDFD_NONBLOCK" }, { O_EXCL, "PIDFD_THREAD" },
	END
};

static const struct word sighow_word[] = {
	WORD(SIG_BLOCK), WORD(SIG_UNBLOCK), WORD(SIG_SETMASK),
	END
};

static const struct word signalfd_flags[] = {
	WORD(SFD_NONBLOCK), WORD(SFD_CLOEXEC),
	END
};

static const struct word eventfd_flags[] = {
	WORD(EFD_SEMAPHORE), WORD(EFD_NONBLOCK), WORD(EFD_CLOEXEC),
	END
};

static const struct word timerfd_flags[] = {
	WORD(TFD_NONBLOCK), WORD(TFD_CLOEXEC),
	END
};

static const struct word epoll_flags[] = {
	WORD(EPOLL_CLOEXEC),
	END
};

static const struct word inotify_flags[] = {
	WORD(IN_NONBLOCK), WORD(IN_CLOEXEC),
	END
};

static const struct word epoll_ctl_word[] = {
	WORD(EPOLL_CTL_ADD), WORD(EPOLL_CTL_DEL), WORD(EPOLL_CTL_MOD),
	END
};

static const struct word clock_word[] = {
	WORD(CLOCK_REALTIME), WORD(CLOCK_MONOTONIC),
	WORD(CLOCK_PROCESS_CPUTIME_ID), WORD(CLOCK_THREAD_CPUTIME_ID),
	WORD(CLOCK_MONOTONIC_RAW), WORD(CLOCK_REALTIME_COARSE),
	WORD(CLOCK_MONOTONIC_COARSE), WORD(CLOCK_BOOTTIME),
	WORD(CLOCK_REALTIME_ALARM), WORD(CLOCK_BOOTTIME_ALARM),
	WORD(CLOCK_TAI),
	END
};

static const struct word itimer_word[] = {
	WORD(ITIMER_REAL), WORD(ITIMER_VIRTUAL), WORD(ITIMER_PROF),
	END
};

static const struct word policy_flags[] = {
	{ 0, "SCHED_OTHER" }, WORD(SCHED_FIFO), WORD(SCHED_RR),
	WORD(SCHED_BATCH), WORD(SCHED_IDLE), { 6, "SCHED_DEADLINE" },
	{ 7, "SCHED_EXT" }, WORD(SCHED_RESET_ON_FORK),
	END
};

static const struct word priority_word[] = {
	WORD(PRIO_PROCESS), WORD(PRIO_PGRP), WORD(PRIO_USER),
	END
};

static const struct word ioprio_word[] = {
	{ 1, "IOPRIO_WHO_PROCESS" }, { 2, "IOPRIO_WHO_PGRP" },
	{ 3, "IOPRIO_WHO_USER" },
	END
};

static const struct word rlimit_word[] = {
	WORD(RLIMIT_CPU), WORD(RLIMIT_FSIZE), WORD(RLIMIT_DATA),
	WORD(RLIMIT_STACK), WORD(RLIMIT_CORE), WORD(RLIMIT_RSS),
	WORD(RLIMIT_NPROC), WORD(RLIMIT_NOFILE), WORD(RLIMIT_MEMLOCK),
	WORD(RLIMIT_AS), WORD(RLIMIT_LOCKS), WORD(RLIMIT_SIGPENDING),
	WORD(RLIMIT_MSGQUEUE), WORD(RLIMIT_NICE), WORD(RLIMIT_RTPRIO),
	WORD(RLIMIT_RTTIME),
	END
};

static const struct word prctl_word[] = {
	WORD(PR_SET_PDEATHSIG), WORD(PR_GET_PDEATHSIG),
	WORD(PR_GET_DUMPABLE), WORD(PR_SET_DUMPABLE), WORD(PR_GET_KEEPCAPS),
	WORD(PR_SET_KEEPCAPS), WORD(PR_SET_NAME), WORD(PR_GET_NAME),
	WORD(PR_GET_SECCOMP), WORD(PR_SET_SECCOMP), WORD(PR_CAPBSET_READ),
	WORD(PR_CAPBSET_DROP), WORD(PR_GET_SECUREBITS),
	WORD(PR_SET_SECUREBITS), WORD(PR_SET_TIMERSLACK),
	WORD(PR_GET_TIMERSLACK), WORD(PR_SET_MM),
	WORD(PR_SET_CHILD_SUBREAPER), WORD(PR_GET_CHILD_SUBREAPER),
	WORD(PR_SET_NO_NEW_PRIVS), WORD(PR_GET_NO_NEW_PRIVS),
	WORD(PR_GET_TID_ADDRESS), WORD(PR_SET_THP_DISABLE),
	WORD(PR_GET_THP_DISABLE), WORD(PR_CAP_AMBIENT), WORD(PR_SCHED_CORE),
	WORD(PR_SET_VMA), WORD(PR_SET_PTRACER),
	END
};

static const struct word arch_prctl_word[] = {
	{ 0x1001, "ARCH_SET_GS" }, { 0x1002, "ARCH_SET_FS" },
	{ 0x1003, "ARCH_GET_FS" }, { 0x1004, "ARCH_GET_GS" },
	{ 0x1011, "ARCH_GET_CPUID" }, { 0x1012, "ARCH_SET_CPUID" },
	{ 0x5001, "ARCH_SHSTK_ENABLE" }, { 0x5002, "ARCH_SHSTK_DISABLE" },
	{ 0x5005, "ARCH_SHSTK_STATUS" },
	END
};

static const struct word ptrace_word[] = {
	WORD(PTRACE_TRACEME), WORD(PTRACE_PEEKTEXT), WORD(PTRACE_PEEKDATA),
	WORD(PTRACE_PEEKUSER), WORD(PTRACE_POKETEXT), WORD(PTRACE_POKEDATA),
	WORD(PTRACE_POKEUSER), WORD(PTRACE_CONT), WORD(PTRACE_KILL),
	WORD(PTRACE_SINGLESTEP), WORD(PTRACE_GETREGS), WORD(PTRACE_SETREGS),
	WORD(PTRACE_ATTACH), WORD(PTRACE_DETACH), WORD(PTRACE_SYSCALL),
	WORD(PTRACE_SETOPTIONS), WORD(PTRACE_GETEVENTMSG),
	WORD(PTRACE_GETSIGINFO), WORD(PTRACE_SETSIGINFO),
	WORD(PTRACE_GETREGSET), WORD(PTRACE_SETREGSET), WORD(PTRACE_SEIZE),
	WORD(PTRACE_INTERRUPT), WORD(PTRACE_LISTEN),
	END
};

static const struct word kcmp_word[] = {
	{ 0, "KCMP_FILE" }, { 1, "KCMP_VM" }, { 2, "KCMP_FILES" },
	{ 3, "KCMP_FS" }, { 4, "KCMP_SIGHAND" }, { 5, "KCMP_IO" },
	{ 6, "KCMP_SYSVSEM" }, { 7, "KCMP_EPOLL_TFD" },
	END
};

static const struct word seccomp_word[] = {
	{ 0, "SECCOMP_SET_MODE_STRICT" }, { 1, "SECCOMP_SET_MODE_FILTER" },
	{ 2, "SECCOMP_GET_ACTION_AVAIL" }, { 3, "SECCOMP_GET_NOTIF_SIZES" },
	END
};

static const struct word futex_flags[] = {
	WORD(FUTEX_WAIT), WORD(FUTEX_WAKE), WORD(FUTEX_FD),
	WORD(FUTEX_REQUEUE), WORD(FUTEX_CMP_REQUEUE), WORD(FUTEX_WAKE_OP),
	WORD(FUTEX_LOCK_PI), WORD(FUTEX_UNLOCK_PI), WORD(FUTEX_TRYLOCK_PI),
	WORD(FUTEX_WAIT_BITSET), WORD(FUTEX_WAKE_BITSET),
	WORD(FUTEX_WAIT_REQUEUE_PI), WORD(FUTEX_CMP_REQUEUE_PI),
	{ 13, "FUTEX_LOCK_PI2" }, WORD(FUTEX_PRIVATE_FLAG),
	WORD(FUTEX_CLOCK_REALTIME),
	END
};

static const struct word random_flags[] = {
	WORD(GRND_NONBLOCK), WORD(GRND_RANDOM), WORD(GRND_INSECURE),
	END
};

static const struct word close_range_flags[] = {
	{ 2, "CLOSE_RANGE_UNSHARE" }, { 4, "CLOSE_RANGE_CLOEXEC" },
	END
};

static const struct word domain_word[] = {
	WORD(AF_UNSPEC), WORD(AF_UNIX), WORD(AF_INET), WORD(AF_INET6),
	WORD(AF_NETLINK), WORD(AF_PACKET), WORD(AF_ALG), WORD(AF_VSOCK),
	WORD(AF_XDP),
	END
};

static const struct word socket_flags[] = {
	WORD(SOCK_STREAM), WORD(SOCK_DGRAM), WORD(SOCK_RAW), WORD(SOCK_RDM),
	WORD(SOCK_SEQPACKET), WORD(SOCK_DCCP), WORD(SOCK_PACKET),
	WORD(SOCK_NONBLOCK), WORD(SOCK_CLOEXEC),
	END
};

static const struct word accept_flags[] = {
	WORD(SOCK_NONBLOCK), WORD(SOCK_CLOEXEC),
	END
};

static const struct word msg_flags[] = {
	WORD(MSG_OOB), WORD(MSG_PEEK), WORD(MSG_DONTROUTE), WORD(MSG_CTRUNC),
	WORD(MSG_TRUNC), WORD(MSG_DONTWAIT), WORD(MSG_EOR),
	WORD(MSG_WAITALL), WORD(MSG_CONFIRM), WORD(MSG_ERRQUEUE),
	WORD(MSG_NOSIGNAL), WORD(MSG_MORE), WORD(MSG_WAITFORONE),
	WORD(MSG_ZEROCOPY), WORD(MSG_FASTOPEN), WORD(MSG_CMSG_CLOEXEC),
	END
};

static const struct word shutdown_word[] = {
	WORD(SHUT_RD), WORD(SHUT_WR), WORD(SHUT_RDWR),
	END
};

static const struct word ipc_word[] = {
	WORD(IPC_RMID), WORD(IPC_SET), WORD(IPC_STAT), WORD(IPC_INFO),
	END
};

static const struct word semctl_word[] = {
	WORD(IPC_RMID), WORD(IPC_SET), WORD(IPC_STAT), WORD(IPC_INFO),
	WORD(GETPID), WORD(GETVAL), WORD(GETALL), WORD(GETNCNT),
	WORD(GETZCNT), WORD(SETVAL), WORD(SETALL), WORD(SEM_STAT),
	WORD(SEM_INFO),
	END
};

static const struct word sa_flags[] = {
	{ 0x04000000, "SA_RESTORER" }, WORD(SA_ONSTACK), WORD(SA_RESTART),
	WORD(SA_NODEFER), { SA_RESETHAND, "SA_RESETHAND" }, WORD(SA_SIGINFO),
	WORD(SA_NOCLDSTOP), WORD(SA_NOCLDWAIT),
	END
};

static const struct word filetype_word[] = {
	WORD(S_IFREG), WORD(S_IFDIR), WORD(S_IFCHR), WORD(S_IFBLK),
	WORD(S_IFIFO), WORD(S_IFLNK), WORD(S_IFSOCK),
	END
};

static const struct word poll_flags[] = {
	WORD(POLLIN), WORD(POLLPRI), WORD(POLLOUT), WORD(POLLERR),
	WORD(POLLHUP), WORD(POLLNVAL), WORD(POLLRDNORM), WORD(POLLRDBAND),
	WORD(POLLWRNORM), WORD(POLLWRBAND), WORD(POLLRDHUP),
	END
};

static const struct word epollev_flags[] = {
	WORD(EPOLLIN), WORD(EPOLLPRI), WORD(EPOLLOUT), WORD(EPOLLERR),
	WORD(EPOLLHUP), WORD(EPOLLRDNORM), WORD(EPOLLRDBAND),
	WORD(EPOLLWRNORM), WORD(EPOLLWRBAND), WORD(EPOLLRDHUP),
	WORD(EPOLLEXCLUSIVE), WORD(EPOLLWAKEUP), WORD(EPOLLONESHOT),
	{ 1u << 31, "EPOLLET" },
	END
};

static const struct word_set word_sets[] = {
	{ "flags:sa", 0, sa_flags },
	{ "word:filetype", WHOLE, filetype_word },
	{ "flags:poll", 0, poll_flags },
	{ "flags:epollev", 0, epollev_flags },
	{ "flags:open", O_ACCMODE, open_flags },
	{ "flags:pipe", 0, pipe_flags },
	{ "flags:at", 0, at_flags },
	{ "flags:unlink", 0, unlink_flags },
	{ "flags:eaccess", 0, eaccess_flags },
	{ "flags:access", 0, access_flags },
	{ "flags:rename", 0, rename_flags },
	{ "flags:flock", 0, flock_flags },
	{ "word:whence", WHOLE, whence_word },
	{ "word:fcntl", WHOLE, fcntl_word },
	{ "word:ioctl", WHOLE, ioctl_word },
	{ "flags:prot", 0, prot_flags },
	{ "flags:map", MAP_TYPE, map_flags },
	{ "flags:mremap", 0, mremap_flags },
	{ "flags:msync", 0, msync_flags },
	{ "flags:mlockall", 0, mlockall_flags },
	{ "flags:memfd", 0, memfd_flags },
	{ "word:advice", WHOLE, advice_word },
	{ "flags:clone", 0xff, clone_flags },
	{ "flags:unshare", 0, unshare_flags },
	{ "flags:wait", 0, wait_flags },
	{ "word:idtype", WHOLE, idtype_word },
	{ "flags:pidfd", 0, pidfd_flags },
	{ "word:sighow", WHOLE, sighow_word },
	{ "flags:signalfd", 0, signalfd_flags },
	{ "flags:eventfd", 0, eventfd_flags },
	{ "flags:timerfd", 0, timerfd_flags },
	{ "flags:epoll", 0, epoll_flags },
	{ "flags:inotify", 0, inotify_flags },
	{ "word:epoll_ctl", WHOLE, epoll_ctl_word },
	{ "word:clock", WHOLE, clock_word },
	{ "word:itimer", WHOLE, itimer_word },
	{ "flags:policy", 0x3fffffff, policy_flags },
	{ "word:priority", WHOLE, priority_word },
	{ "word:ioprio", WHOLE, ioprio_word },
	{ "word:rlimit", WHOLE, rlimit_word },
	{ "word:prctl", WHOLE, prctl_word },
	{ "word:arch_prctl", WHOLE, arch_prctl_word },
	{ "word:ptrace", WHOLE, ptrace_word },
	{ "word:kcmp", WHOLE, kcmp_word },
	{ "word:seccomp", WHOLE, seccomp_word },
	{ "flags:futex", 0x7f, futex_flags },
	{ "flags:random", 0, random_flags },
	{ "flags:close_range", 0, close_range_flags },
	{ "word:domain", WHOLE, domain_word },
	{ "flags:socket", 0xf, socket_flags },
	{ "flags:accept", 0, accept_flags },
	{ "flags:msg", 0, msg_flags },
	{ "word:shutdown", WHOLE, shutdown_word },
	{ "word:ipc", WHOLE, ipc_word },
	{ "word:semctl", WHOLE, semctl_word },
};
/* clang-format on */

const struct word_set *word_set_find(const char *type, size_t len)
{
	const size_t n = sizeof(word_sets) / sizeof(word_sets[0]);

	for (size_t i = 0; i < n; i++) {
		const char *name = word_sets[i].type;

		if (strlen(name) == len && memcmp(name, type, len) == 0)
			return &word_sets[i];
	}
	return NULL;
}
