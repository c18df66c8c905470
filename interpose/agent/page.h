/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the supervisor and the agent in the program share: where the agent
 * lies, and its view page. See doc/agent.md. Also included by assembler.
 *
 * The region: AGENT_DATA_PAGES pages with the view and the sites, which the
 * supervisor writes through /proc/PID/mem, and the agent's text after them.
 * A site's slot lies at 0x050fXXXX, so that the last two bytes of the jump
 * through it are 0f 05: those of the syscall instruction that it replaces.
 *
 * Where that is taken, as by a program that is linked there and is as large as
 * Node.js, the whole lies AGENT_HIGHER: by an image of its own, which is linked
 * there. Then no slot is at such an address, and each site has a jump to its
 * record, or to a stub (site.h). The names below are of where it usually is.
 *
 * With a user namespace there is a table behind it, which all processes of the
 * instance share and none can write to: of files that have no record.
 *
 * Behind that are stacks, in programs whose own have no room (Go's); and near
 * the code of some programs an area of stubs (site.h).
 */
#ifndef NSRUN_AGENT_PAGE_H
#define NSRUN_AGENT_PAGE_H

#define AGENT_HIGHER 0x7a000000	/* below 2 GB, where a jump and a word reach */
#ifdef AGENT_IS_HIGHER	/* for its own image */
#define AGENT_BASE (0x050f0000 + AGENT_HIGHER)
#else
#define AGENT_BASE 0x050f0000
#endif
#define AGENT_DATA_PAGES 4
#define AGENT_TEXT (AGENT_BASE + 0x4000)
#define AGENT_TEXT_PAGES 6
#define AGENT_SIGNAL (AGENT_TEXT + 128)	/* where its handlers begin */
#define AGENT_ACTIONS (AGENT_BASE + 0xa000)	/* a word for each signal: signals.c */
#define AGENT_BIRTHS (AGENT_ACTIONS + 1024)	/* children that are being made */
#define AGENT_BIRTHS_MAX 38
#define AGENT_END (AGENT_BASE + 0x10000)	/* no slot can lie beyond */
#define AGENT_TABLE AGENT_END
#define AGENT_TABLE_BITS 16
#define AGENT_TABLE_SIZE (8 << AGENT_TABLE_BITS)
#define AGENT_TABLE_DEVICES 7
#define AGENT_STACKS (AGENT_TABLE + AGENT_TABLE_SIZE)	/* entry_own: entry.S */
#define AGENT_STACK_LOCKS (AGENT_STACKS + 64)	/* a word for each */
#define AGENT_STACK_COUNT 32
#define AGENT_STACK_BITS 13	/* bytes of each; they lie a page further */
#define AGENT_STACKS_SIZE (4096 + (AGENT_STACK_COUNT << AGENT_STACK_BITS))
#define AGENT_ASK (-4096)	/* no result: the call is to be made */
#define AGENT_MAGIC 0x6e736167

/* What the agent tells the supervisor, by numbers that Linux has no call for. */
#define AGENT_CALL_ARRIVED 174	/* it is mapped: where does the program go on? */
#define AGENT_CALL_ACTION 177	/* may it be the handler of a signal? */
#define AGENT_CALL_SIGINFO 178	/* a siginfo: make it what is true inside */
#define AGENT_CALL_RESTART 180	/* a call that was interrupted: EINTR? */
#define AGENT_CALL_FORK 134	/* as AGENT_CALL_CLONE */
#define AGENT_CALL_CLONE3 156	/* likewise, with room for what clone takes */
#define AGENT_CALL_CLONE 181	/* may it run natively: with which flags? */
#define AGENT_CALL_VFORK 182	/* likewise */
#define AGENT_CALL_CLONED 183	/* its result, in parent and child */
#define AGENT_CALL_WAIT 184	/* a pid to wait for: what is it to the kernel? */
#define AGENT_CALL_WAITED 185	/* what a wait returned: what is it inside? */

/* The answer to AGENT_CALL_CLONE: make AGENT_BIRTHS writable, and ask again. */
#define AGENT_CLONE_OPEN 1

/* Offsets in struct agent_birth. */
#define AGENT_BIRTH_NUMBER 4
#define AGENT_BIRTH_OWN 8
#define AGENT_BIRTH_STACK 48
#define AGENT_BIRTH_CHILD_TID 56
#define AGENT_BIRTH_TLS 64
#define AGENT_BIRTH_PARENT_DONE 72
#define AGENT_BIRTH_CHILD_DONE 76

/* In child_done: a wait has told of it. */
#define AGENT_BIRTH_WAITED 2

/* Descriptors that stand for the caller alone: fcntl.h of Linux 6.16 */
#define AGENT_SELF_THREAD (-10000)
#define AGENT_SELF_PROCESS (-10001)

/* In AGENT_ACTIONS, with the address of the program's handler. */
#define AGENT_ACTION_INFO (1ULL << 63)	/* with SA_SIGINFO */
#define AGENT_ACTION_EINTR (1ULL << 62)	/* without SA_RESTART */

/* The answer to AGENT_CALL_ARRIVED: an address, and the number for eax. */
#define AGENT_ARRIVED_NR 48

/*
 * Flags of clone(2) that do no harm, whoever calls: CSIGNAL, CLONE_VM, FS,
 * FILES, SIGHAND, PTRACE, VFORK, THREAD, SYSVSEM, SETTLS, PARENT_SETTID,
 * CHILD_CLEARTID, DETACHED, UNTRACED.
 */
#define AGENT_CLONE_FLAGS 0x00fd6fff

/* Offsets in the view, for assembler. */
#define AGENT_VIEW_FLAGS 4
#define AGENT_VIEW_PID 16
#define AGENT_VIEW_TID 20
#define AGENT_VIEW_SEQ 40
#define AGENT_VIEW_NAMES 48
#define AGENT_NAMES_SIZE 390	/* struct new_utsname */
#define AGENT_VIEW_UID 440
#define AGENT_VIEW_EUID 444
#define AGENT_VIEW_GID 448
#define AGENT_VIEW_EGID 452
#define AGENT_VIEW_PARENT 592
#define AGENT_VIEW_PGRP 600
#define AGENT_VIEW_SESSION 608
#define AGENT_VIEW_THREADS 624

#define AGENT_THREADS 8

#define AGENT_SITES 704	/* offset of the first in the region */
#define AGENT_SITE_SIZE 32
#define AGENT_SITES_MAX \
	((AGENT_DATA_PAGES * 4096 - AGENT_SITES) / AGENT_SITE_SIZE)

/* In the second record of a site that clones: to its own instruction. */
#define AGENT_CLONE_ASK 17

#ifndef __ASSEMBLER__
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

enum {
	AGENT_ASKS = 1 << 0,	/* each call is made as a caught one */
	AGENT_FOLDER = 1 << 1,	/* the process may hold a folder of /proc */
	AGENT_OPENS = 1 << 2,	/* WALLED rows run natively */
	AGENT_USERS = 1 << 3,	/* there is a user namespace */
	AGENT_ROOTED = 1 << 4,	/* paths begin at a root that the kernel knows not */
	AGENT_SIGNALS = 1 << 5,	/* it may send a signal to itself */
	AGENT_INIT = 1 << 6,	/* it may be the init of a pid namespace */
	AGENT_THREADED = 1 << 7,	/* others run, or ran, in its memory */
};

struct agent_ids {
	uint32_t pid, tid;	/* 0: ask */
};

/* Of the task, as its namespace sees them, and 1 more; 0: ask. */
struct agent_creds {
	uint32_t uid, euid, gid, egid;
};

/* So many ids from @lower on, which are the host's, show from @first on. */
struct agent_range {
	uint32_t lower, count, first;
};

#define AGENT_RANGES 4
#define AGENT_OVERFLOW 65534	/* how one shows that no range has */

/* What the process is to the kernel, and inside. */
enum {
	AGENT_USER_ROOT = 1 << 0,	/* root, whom no mode binds */
	AGENT_USER_SEARCHES = 1 << 1,	/* no folder keeps it out */
	AGENT_USER_SELF = 1 << 2,	/* the real user itself */
	AGENT_USER_ONE_UID = 1 << 3,	/* its four user ids are one */
	AGENT_USER_ONE_GID = 1 << 4,
};

/* How owners of files show. */
struct agent_users {
	uint64_t seq;		/* 0: ask; changes with the rest */
	uint32_t own;		/* whose files may have records */
	uint16_t uids, gids;	/* ranges in use */
	uint64_t is;		/* AGENT_USER_ */
	struct agent_range uid[AGENT_RANGES], gid[AGENT_RANGES];
	uint32_t suid, sgid;	/* as in agent_creds */
	uint64_t groups;	/* so many others */
};

/*
 * What the host's number is inside, and that 1 more, since a group outside of
 * a container that nsrun is in is 0; 0: ask. One word: written at once.
 */
struct agent_pair {
	uint32_t host, number;
};

/* Of the process: whoever they are to the kernel has the last word. */
struct agent_kin {
	struct agent_pair parent, pgrp, session, self;
};

/* At AGENT_BASE. Written by the supervisor alone. */
struct agent_view {
	uint32_t magic;
	uint32_t flags;		/* AGENT_ASKS, AGENT_FOLDER, AGENT_OPENS */
	uint64_t made_dev;	/* st_dev of made files */
	struct agent_ids ids;	/* one word: written at once */
	uint64_t proc_dev;	/* st_dev of /proc */
	uint64_t proc_statx;	/* the same as statx(2) has it */
	uint64_t seq;		/* 0: ask; changes with the names */
	char names[AGENT_NAMES_SIZE];
	struct agent_creds creds;
	struct agent_users users;
	struct agent_kin kin;
	/* Of several: the one of that the kernel says it is. */
	struct agent_pair threads[AGENT_THREADS];
};

static_assert(offsetof(struct agent_view, ids.pid) == AGENT_VIEW_PID &&
	      offsetof(struct agent_view, ids.tid) == AGENT_VIEW_TID &&
	      offsetof(struct agent_view, seq) == AGENT_VIEW_SEQ &&
	      offsetof(struct agent_view, names) == AGENT_VIEW_NAMES &&
	      offsetof(struct agent_view, creds.uid) == AGENT_VIEW_UID &&
	      offsetof(struct agent_view, creds.euid) == AGENT_VIEW_EUID &&
	      offsetof(struct agent_view, creds.gid) == AGENT_VIEW_GID &&
	      offsetof(struct agent_view, creds.egid) == AGENT_VIEW_EGID &&
	      offsetof(struct agent_view, kin.parent) == AGENT_VIEW_PARENT &&
	      offsetof(struct agent_view, kin.pgrp) == AGENT_VIEW_PGRP &&
	      offsetof(struct agent_view, kin.session) == AGENT_VIEW_SESSION &&
	      offsetof(struct agent_view, threads) == AGENT_VIEW_THREADS &&
	      sizeof(struct agent_view) <= AGENT_SITES, "layout");

/*
 * At AGENT_BIRTHS: one for each child that is being made, filled in by the
 * supervisor. The clone is made with what it says, and its address in rdx,
 * where the kernel writes the child's number to.
 */
struct agent_birth {
	uint32_t host;		/* the kernel's number of the child */
	uint32_t number;	/* what it is to be; 0: the parent has to ask */
	uint64_t own[5];	/* the program's rdi, rsi, rdx, r10, r8 */
	uint64_t stack, child_tid, tls;	/* clone's */
	uint32_t parent_done;	/* it has read all of it */
	uint32_t child_done;	/* likewise, or it has to tell of itself */
};

static_assert(offsetof(struct agent_birth, number) == AGENT_BIRTH_NUMBER &&
	      offsetof(struct agent_birth, own) == AGENT_BIRTH_OWN &&
	      offsetof(struct agent_birth, stack) == AGENT_BIRTH_STACK &&
	      offsetof(struct agent_birth, child_tid) ==
		      AGENT_BIRTH_CHILD_TID &&
	      offsetof(struct agent_birth, tls) == AGENT_BIRTH_TLS &&
	      offsetof(struct agent_birth, parent_done) ==
		      AGENT_BIRTH_PARENT_DONE &&
	      offsetof(struct agent_birth, child_done) ==
		      AGENT_BIRTH_CHILD_DONE &&
	      AGENT_BIRTHS + AGENT_BIRTHS_MAX * sizeof(struct agent_birth) <=
		      AGENT_END, "layout");

/* One patched call site. The jump at the site goes through @slot to @code. */
struct agent_site {
	uint64_t slot;
	unsigned char code[AGENT_SITE_SIZE - 8];
};

/* At AGENT_TEXT: addresses in the agent, by entry.S. */
struct agent_head {
	uint32_t magic;
	uint32_t native;	/* ip after the instruction that runs natively */
	/* A fault in here goes on at user_fault: guest memory is touched. */
	uint32_t user_start, user_end, user_fault;
	uint32_t getpid, gettid, uname, path, any;
	uint32_t getuid, geteuid, getgid, getegid;
	uint32_t clone, cloned, vfork, fork, clone3, ask, arrived;
	uint32_t getppid, getpgrp, getpgid, getsid;
	uint32_t own, alone, clone_any;
};

/*
 * Is it what the agent has set, whose handlers begin at @mine? SA_RESETHAND
 * leaves its flags.
 */
static inline int agent_acted(uint64_t handler, uint64_t flags, uint64_t mine)
{
	return handler == mine || (handler == 0 && flags >> 31 & 1);
}

/*
 * The table: AGENT_MAGIC; devices of file systems where plain files and folders
 * have records as attributes, if at all; and a set of keys of files without a
 * record, each key in one of two places. A file that changes, and be it that it
 * gets a record, has another ctime and so another key.
 */
static inline uint64_t agent_file_key(uint64_t dev, uint64_t ino,
				      uint64_t seconds, uint64_t nanoseconds)
{
	const uint64_t words[] = { dev, ino, seconds, nanoseconds };
	uint64_t key = 0;

	for (int i = 0; i < 4; i++) {
		key = (key ^ words[i]) * 0x9e3779b97f4a7c15;
		key ^= key >> 32;
	}
	return key | 1;
}

/* Where a key may lie; the other place is ^ 1. */
static inline uint32_t agent_file_place(uint64_t key)
{
	uint32_t place = (uint32_t)(key >> (64 - AGENT_TABLE_BITS));

	return place > AGENT_TABLE_DEVICES ? place : AGENT_TABLE_DEVICES + 1;
}

#endif
#endif
