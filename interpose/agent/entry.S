/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The agent's entries, in the guest's process.
 *
 * A site's trampoline comes here with the call's number in eax, its arguments
 * where the kernel takes them, and in r11 where to return to. What the kernel
 * keeps is kept: all but rax, rcx, r11; the flags, too. At the end rcx holds
 * the address that is returned to, as after a syscall instruction. What can't
 * be answered goes to the site's own syscall instruction, which is there as
 * ever, and is caught: so nobody sees that the agent was asked before.
 *
 * jrcxz, lea and mov leave the flags alone. The identity calls need no stack.
 */
#include "interpose/agent/page.h"

#define RED_ZONE 128

#define NR_open 2
#define NR_stat 4
#define NR_fstat 5
#define NR_lstat 6
#define NR_lseek 8
#define NR_pread64 17
#define NR_access 21
#define NR_getpid 39
#define NR_clone 56
#define NR_fork 57
#define NR_clone3 435
#define NR_vfork 58
#define NR_kill 62
#define NR_tkill 200
#define NR_tgkill 234
#define NR_sched_getaffinity 204
#define NR_rt_sigaction 13
#define NR_wait4 61
#define NR_uname 63
#define NR_chdir 80
#define NR_fchdir 81
#define NR_rename 82
#define NR_mkdir 83
#define NR_rmdir 84
#define NR_link 86
#define NR_unlink 87
#define NR_symlink 88
#define NR_readlink 89
#define NR_chmod 90
#define NR_fchmod 91
#define NR_chown 92
#define NR_fchown 93
#define NR_lchown 94
#define NR_statfs 137
#define NR_getuid 102
#define NR_getgid 104
#define NR_geteuid 107
#define NR_getegid 108
#define NR_getppid 110
#define NR_getpgrp 111
#define NR_getpgid 121
#define NR_getsid 124
#define NR_gettid 186
#define NR_getdents64 217
#define NR_waitid 247
#define NR_openat 257
#define NR_mkdirat 258
#define NR_fchownat 260
#define NR_newfstatat 262
#define NR_unlinkat 263
#define NR_renameat 264
#define NR_linkat 265
#define NR_symlinkat 266
#define NR_readlinkat 267
#define NR_fchmodat 268
#define NR_faccessat 269
#define NR_utimensat 280
#define NR_getcpu 309
#define NR_renameat2 316
#define NR_statx 332
#define NR_faccessat2 439

	.section .head, "ax"
	.globl agent_head
agent_head:
	.long AGENT_MAGIC
	.long native_ip
	.long user_start
	.long user_end
	.long user_fault
	.long entry_getpid
	.long entry_gettid
	.long entry_uname
	.long entry_path
	.long entry_any
	.long entry_getuid
	.long entry_geteuid
	.long entry_getgid
	.long entry_getegid
	.long entry_clone
	.long entry_cloned
	.long entry_vfork
	.long entry_vforked
	.long entry_fork
	.long entry_clone3
	.long entry_cloned3
	.long ask
	.long entry_arrived
	.long entry_getppid
	.long entry_getpgrp
	.long entry_getpgid
	.long entry_getsid
	.long entry_own
	.long entry_alone
	.long entry_clone_any

/*
 * A handler that is the agent's: rdi is the signal, rsi the siginfo, rdx the
 * context. It goes on as the program's own, whose place agent_signal() tells.
 */
	.org AGENT_SIGNAL - AGENT_TEXT
	.globl entry_signal
entry_signal:
	push %rdi
	push %rsi
	push %rdx
	call agent_signal
	pop %rdx
	pop %rsi
	pop %rdi
	mov %rax, %rcx
	xor %eax, %eax
	jmp *%rcx

	.text

/* ---- identity: from the view, or by asking when it holds 0 ---- */

	.balign 16
entry_getpid:
	mov AGENT_BASE + AGENT_VIEW_PID, %ecx
	jrcxz ask
	mov %ecx, %eax
	mov %r11, %rcx
	jmp *%rcx

	.balign 16
entry_gettid:
	mov AGENT_BASE + AGENT_VIEW_TID, %ecx
	jrcxz 1f
	mov %ecx, %eax
	mov %r11, %rcx
	jmp *%rcx
1:	mov AGENT_BASE + AGENT_VIEW_THREADS, %ecx
	jrcxz ask
	jmp one_of_threads

/* The site's own instruction: nothing but rcx and r11 has changed. */
ask:
	lea -2(%r11), %rcx
	jmp *%rcx

/* 1 more, since 0 is an id, too. */
	.macro entry_id name, field
	.balign 4
entry_\name:
	mov AGENT_BASE + \field, %ecx
	jrcxz ask
	lea -1(%rcx), %eax
	mov %r11, %rcx
	jmp *%rcx
	.endm
	entry_id getuid, AGENT_VIEW_UID
	entry_id geteuid, AGENT_VIEW_EUID
	entry_id getgid, AGENT_VIEW_GID
	entry_id getegid, AGENT_VIEW_EGID

/*
 * What can change behind the supervisor's back, as the parent's number when
 * that dies: the kernel says the host's, and the view what it is inside. Both
 * halves of that are read at once. not and lea leave the flags alone.
 */
	.macro entry_kin name, number, pair
	.balign 16
entry_\name:
	mov AGENT_BASE + \pair, %ecx
	jrcxz 2f
	lea -RED_ZONE(%rsp), %rsp
	push %r11
	push %rdi
	mov $0, %edi
	mov $\number, %eax
	call native
	pushq AGENT_BASE + \pair
	mov (%rsp), %ecx
	not %ecx
	lea 2(%rcx,%rax), %ecx	/* less the host's, and that is 1 more */
	mov 4(%rsp), %eax
	lea 8(%rsp), %rsp
	pop %rdi
	pop %r11
	lea RED_ZONE(%rsp), %rsp
	jrcxz 1f
	mov $\number, %eax
2:	jmp ask
1:	mov %r11, %rcx
	jmp *%rcx
	.endm
	entry_kin getppid, NR_getppid, AGENT_VIEW_PARENT
	entry_kin getpgrp, NR_getpgrp, AGENT_VIEW_PGRP

/* The same of a process that is named: 0 and its own number are itself. */
	.macro entry_kin_of name, number, pair
	entry_kin own_\name, \number, \pair
	.balign 16
entry_\name:
	mov %edi, %ecx
	jrcxz 1f
	mov AGENT_BASE + AGENT_VIEW_PID, %ecx
	not %ecx
	lea 1(%rcx,%rdi), %ecx
	jrcxz 1f
	jmp ask
1:	jmp entry_own_\name
	.endm
	entry_kin_of getpgid, NR_getpgid, AGENT_VIEW_PGRP
	entry_kin_of getsid, NR_getsid, AGENT_VIEW_SESSION

/*
 * One of several threads: the kernel says which, by the host's number. No other
 * has that number as long as this one asks.
 */
one_of_threads:
	lea -RED_ZONE(%rsp), %rsp
	pushfq
	push %r11
	push %rdi
	xor %edi, %edi
	mov $NR_gettid, %eax
	call native
	inc %eax	/* as the pairs have it */
	mov $AGENT_BASE + AGENT_VIEW_THREADS, %edi
1:	mov (%rdi), %rcx
	cmp %eax, %ecx
	je 2f
	add $8, %edi
	cmp $AGENT_BASE + AGENT_VIEW_THREADS + 8 * AGENT_THREADS, %edi
	jb 1b
	pop %rdi
	pop %r11
	popfq
	lea RED_ZONE(%rsp), %rsp
	mov $NR_gettid, %eax
	jmp ask
2:	shr $32, %rcx
	mov %ecx, %eax
	pop %rdi
	pop %r11
	popfq
	lea RED_ZONE(%rsp), %rsp
	mov %r11, %rcx
	jmp *%rcx

/*
 * As entry_any, on a stack of the agent's: a goroutine's may have hardly any
 * room. Its signals have a stack of their own. Who finds none asks. What comes
 * back, does so to r11; what is to be asked, two bytes before that. The flags
 * change, which nobody looks at behind a call.
 */
	.balign 16
entry_own:
	mov $AGENT_STACK_LOCKS, %ecx
1:	lock btsl $0, (%rcx)
	jnc 2f
	add $4, %ecx
	cmp $AGENT_STACK_LOCKS + 4 * AGENT_STACK_COUNT, %ecx
	jb 1b
	jmp ask
2:	add $4 - AGENT_STACK_LOCKS, %ecx
	shl $(AGENT_STACK_BITS - 2), %ecx
	add $AGENT_STACKS + 4096, %ecx
	mov %rsp, -8(%rcx)
	mov %r11, -16(%rcx)
	lea -16(%rcx), %rsp
	mov $own_back, %r11d
	jmp entry_any

	/* To the program's stack, and r11 as it was. */
	.macro leave_own
	mov (%rsp), %r11
	lea 16 - AGENT_STACKS - 4096(%rsp), %ecx
	mov 8(%rsp), %rsp
	shr $(AGENT_STACK_BITS - 2), %ecx
	movl $0, AGENT_STACK_LOCKS - 4(%rcx)
	.endm

own_ask:
	leave_own
	jmp ask
	.byte 0xeb, own_ask - own_back	/* jmp own_ask */
own_back:
	leave_own
	mov %r11, %rcx
	jmp *%rcx

/*
 * As entry_any, where musl looks whether a thread that is cancelled stands at
 * its own instruction: so none that could be is kept elsewhere.
 */
	.balign 16
entry_alone:
	testl $0x80, AGENT_BASE + AGENT_VIEW_FLAGS	/* AGENT_THREADED */
	jz entry_any
	jmp ask

/* From a site that serves any number, as libc's syscall() does. */
	.balign 16
entry_any:
	.macro is number, entry
	lea -\number(%rax), %ecx
	jrcxz to_\entry
	.endm
	is NR_getpid, getpid
	is NR_gettid, gettid
	is NR_getuid, getuid
	is NR_geteuid, geteuid
	is NR_getgid, getgid
	is NR_getegid, getegid
	is NR_uname, uname
	is NR_getppid, getppid
	is NR_getpgrp, getpgrp
	is NR_getpgid, getpgid
	is NR_getsid, getsid
	jmp 1f
	/* A conditional jump does not reach far. */
to_getpid:
	jmp entry_getpid
to_gettid:
	jmp entry_gettid
to_getuid:
	jmp entry_getuid
to_geteuid:
	jmp entry_geteuid
to_getgid:
	jmp entry_getgid
to_getegid:
	jmp entry_getegid
to_uname:
	jmp entry_uname
to_getppid:
	jmp entry_getppid
to_getpgrp:
	jmp entry_getpgrp
to_getpgid:
	jmp entry_getpgid
to_getsid:
	jmp entry_getsid
1:	is NR_openat, path
	is NR_open, path
	is NR_newfstatat, path
	is NR_stat, path
	is NR_fstat, path
	is NR_lstat, path
	is NR_access, path
	is NR_readlink, path
	is NR_statx, path
	is NR_getdents64, path
	is NR_wait4, path
	is NR_waitid, path
	is NR_rt_sigaction, path
	is NR_readlinkat, path
	is NR_faccessat, path
	is NR_faccessat2, path
	jmp 1f
to_path:
	mov %eax, %eax
	jmp entry_path
1:	is NR_fchmod, path_too
	is NR_fchown, path_too
	is NR_fchmodat, path_too
	is NR_fchownat, path_too
	is NR_mkdirat, path_too
	is NR_chmod, path_too
	is NR_chown, path_too
	is NR_lchown, path_too
	is NR_mkdir, path_too
	jmp 1f
to_path_too:
	jmp to_path
1:	is NR_unlink, names
	is NR_unlinkat, names
	is NR_rmdir, names
	is NR_rename, names
	is NR_renameat, names
	is NR_renameat2, names
	is NR_link, names
	is NR_linkat, names
	is NR_lseek, names
	is NR_pread64, names
	is NR_utimensat, names
	is NR_fchdir, names
	is NR_chdir, names
	is NR_statfs, names
	is NR_symlink, names
	is NR_symlinkat, names
	jmp 1f
to_names:
	jmp to_path
1:	is NR_kill, own
	is NR_tkill, own
	is NR_tgkill, own
	is NR_sched_getaffinity, own
	jmp ask
to_own:
	jmp to_path
to_ask:
	jmp ask

	.balign 16
entry_uname:
	mov AGENT_BASE + AGENT_VIEW_SEQ, %rcx
	jrcxz to_ask
	lea -RED_ZONE(%rsp), %rsp
	pushfq
	push %r11
	push %rsi
	push %rdi
	cld
	push %rcx
	/* The kernel says whether the names can be written: getcpu(2) */
	lea AGENT_NAMES_SIZE - 4(%rdi), %rsi
	push %rdx
	xor %edx, %edx
	mov $NR_getcpu, %eax
	syscall
	pop %rdx
	test %eax, %eax
	jnz 2f
	call user_put_names
2:	pop %rcx
	pop %rdi
	pop %rsi
	pop %r11
	/* A fault is told by the kernel; so are names that changed meanwhile. */
	test %eax, %eax
	jnz 1f
	cmp AGENT_BASE + AGENT_VIEW_SEQ, %rcx
	jne 1f
	popfq
	lea RED_ZONE(%rsp), %rsp
	mov %r11, %rcx
	jmp *%rcx
1:	popfq
	lea RED_ZONE(%rsp), %rsp
	mov $NR_uname, %eax
	jmp ask

/*
 * ---- clone and vfork: src/task/born.c ----
 * The child may run on the parent's stack, or on another one: so nothing is on
 * it across the call. What is known there is in the code of the site, whose
 * second half makes the call (site_clone()): r11 holds its address.
 */
	.macro clone_begin tell
	lea -RED_ZONE(%rsp), %rsp
	pushfq
	testl $1, AGENT_BASE + AGENT_VIEW_FLAGS	/* AGENT_ASKS */
	jnz 9f
	push %r11
	mov $\tell, %eax
	syscall
	pop %r11
	test %rax, %rax
	jle 9f
	.endm
	/* To the site's own instruction. */
	.macro clone_asks number
9:	popfq
	lea RED_ZONE(%rsp), %rsp
	mov $\number, %eax
	lea AGENT_CLONE_ASK(%r11), %rcx
	jmp *%rcx
	.endm

	.balign 16
entry_clone:
	clone_begin AGENT_CALL_CLONE
	mov %rax, %rdi
	popfq
	lea RED_ZONE(%rsp), %rsp
	mov $NR_clone, %eax
	jmp *%r11
	clone_asks NR_clone

/* From a site that serves any number: the site's own instruction is beyond. */
	.balign 16
entry_clone_any:
	lea -NR_clone(%rax), %ecx
	jrcxz entry_clone
	lea AGENT_CLONE_ASK(%r11), %rcx
	jmp *%rcx

/* The flags come with the result: they were changed. */
	.balign 16
entry_cloned:
	lea -RED_ZONE(%rsp), %rsp
	pushfq
	push %r11
	mov %rax, %rdi
	mov $AGENT_CALL_CLONED, %eax
	syscall
	pop %r11
	mov %rax, %rdi
	shr $32, %rdi
	cltq
	popfq
	lea RED_ZONE(%rsp), %rsp
	mov %r11, %rcx
	jmp *%rcx

/* A traced task clones instead: rdi and rsi come back with the result. */
	.macro fork_natively tell, number
	clone_begin \tell
	cmp $1, %rax
	je 1f
	mov %rax, %rdi
	xor %esi, %esi
	popfq
	lea RED_ZONE(%rsp), %rsp
	mov $NR_clone, %eax
	jmp *%r11
1:	popfq
	lea RED_ZONE(%rsp), %rsp
	mov $\number, %eax
	jmp *%r11
	clone_asks \number
	.endm

	.balign 16
entry_vfork:
	fork_natively AGENT_CALL_VFORK, NR_vfork

	.balign 16
entry_fork:
	fork_natively AGENT_CALL_FORK, NR_fork

/* What clone takes of struct clone_args, the supervisor puts at r9. */
	.balign 16
entry_clone3:
	lea -RED_ZONE(%rsp), %rsp
	pushfq
	testl $1, AGENT_BASE + AGENT_VIEW_FLAGS	/* AGENT_ASKS */
	jnz 9f
	push %r11
	push %r9
	sub $32, %rsp
	mov %rsp, %r9
	mov $AGENT_CALL_CLONE3, %eax
	syscall
	test %rax, %rax
	jle 8f
	mov %rax, %rdi
	pop %rsi
	pop %rdx
	pop %r10
	pop %r8
	pop %r9
	pop %r11
	popfq
	lea RED_ZONE(%rsp), %rsp
	mov $NR_clone, %eax
	jmp *%r11
8:	add $32, %rsp
	pop %r9
	pop %r11
	clone_asks NR_clone3

	.balign 16
entry_cloned3:
	lea -RED_ZONE(%rsp), %rsp
	pushfq
	push %r11
	push %r9
	sub $40, %rsp
	mov %rsp, %r9
	mov %rax, %rdi
	mov $AGENT_CALL_CLONED, %eax
	syscall
	pop %rdi
	pop %rsi
	pop %rdx
	pop %r10
	pop %r8
	pop %r9
	pop %r11
	popfq
	lea RED_ZONE(%rsp), %rsp
	mov %r11, %rcx
	jmp *%rcx

	.balign 16
entry_vforked:
	lea -RED_ZONE(%rsp), %rsp
	pushfq
	push %r11
	push %rsi
	push %rdi
	mov %rsp, %rsi
	mov %rax, %rdi
	mov $AGENT_CALL_CLONED, %eax
	syscall
	pop %rdi
	pop %rsi
	pop %r11
	popfq
	lea RED_ZONE(%rsp), %rsp
	mov %r11, %rcx
	jmp *%rcx

/*
 * From the code that has mapped the region, with the program's own registers:
 * to the site, which is patched now, or to its syscall instruction.
 */
	.balign 16
entry_arrived:
	lea -RED_ZONE(%rsp), %rsp
	pushfq
	mov $AGENT_CALL_ARRIVED, %eax
	syscall
	mov %rax, %rcx
	shl $(64 - AGENT_ARRIVED_NR), %rcx
	shr $(64 - AGENT_ARRIVED_NR), %rcx
	shr $AGENT_ARRIVED_NR, %rax
	popfq
	lea RED_ZONE(%rsp), %rsp
	jmp *%rcx

/* ---- paths, and what else agent.c decides ---- */

	.balign 16
entry_path:
	lea -RED_ZONE(%rsp), %rsp
	pushfq
	push %r11
	push %r9
	push %r8
	push %r10
	push %rdx
	push %rsi
	push %rdi
	push %rax
	mov %rsp, %rdi
	cld
	call agent_path
	pop %rcx	/* the number */
	pop %rdi
	pop %rsi
	pop %rdx
	pop %r10
	pop %r8
	pop %r9
	pop %r11
	cmp $AGENT_ASK, %rax
	je 1f
	popfq
	lea RED_ZONE(%rsp), %rsp
	mov %r11, %rcx
	jmp *%rcx
1:	mov %rcx, %rax
	popfq
	lea RED_ZONE(%rsp), %rsp
	jmp ask

/*
 * long agent_native(const struct frame *): the instruction is known to the
 * filter, and what the table marks runs there.
 */
	.globl agent_native
	.balign 16
agent_native:
	mov %rdi, %r11
	mov (%r11), %rax
	mov 8(%r11), %rdi
	mov 16(%r11), %rsi
	mov 24(%r11), %rdx
	mov 32(%r11), %r10
	mov 40(%r11), %r8
	mov 48(%r11), %r9
native:
	syscall
native_ip:
	ret

/*
 * ---- guest memory ----
 * A fault between the two labels is turned by the supervisor into a jump to
 * user_fault: so nothing here may push, and each returns an int.
 */
	.balign 16
user_start:

/*
 * int user_scan(const char *path): AGENT_SCAN_ bits of agent.c; is a component
 * of it "proc", does it begin with "/dev/fd/", or as what a net has in /sys, or
 * is it relative?
 */
	.globl user_scan
user_scan:
	xor %eax, %eax
	movzbl (%rdi), %ecx
	cmp $'/', %cl
	je 1f
	mov $2, %eax
1:	mov %rdi, %rsi
	jmp 3f
	.balign 32
2:	inc %rsi
	movzbl (%rsi), %ecx
3:	test %ecx, %ecx
	jz 6f
	cmp $'c', %cl
	jne 2b
	lea -3(%rsi), %rdx
	cmp %rdi, %rdx
	jb 2b
	cmpl $0x636f7270, (%rdx)	/* "proc" */
	jne 2b
	movzbl 1(%rsi), %ecx
	test %ecx, %ecx
	jz 4f
	cmp $'/', %cl
	jne 2b
4:	cmp %rdi, %rdx
	je 5f
	cmpb $'/', -1(%rdx)
	jne 2b
5:	or $1, %eax
	ret
6:	sub %rdi, %rsi
	cmp $8, %rsi
	jb 7f
	movabs $0x2f64662f7665642f, %rcx	/* "/dev/fd/" */
	cmp %rcx, (%rdi)
	je 5b
	movabs $0x616c632f7379732f, %rcx	/* "/sys/cla" */
	cmp %rcx, (%rdi)
	je 5b
	movabs $0x7665642f7379732f, %rcx	/* "/sys/dev" */
	cmp %rcx, (%rdi)
	je 5b
7:	ret

/* int user_load(const uint64_t *from, uint64_t *to): 0 */
	.globl user_load
user_load:
	mov (%rdi), %rcx
	xor %eax, %eax
	mov %rcx, (%rsi)
	ret

/* int user_put(void *to, const void *from, size_t words): 0 */
	.globl user_put
user_put:
	mov -8(%rsi,%rdx,8), %rcx
	mov %rcx, -8(%rdi,%rdx,8)
	dec %rdx
	jnz user_put
	xor %eax, %eax
	ret

/*
 * int user_copy(char *to, const char *from, size_t size): a text's length, or
 * -1 if it is not shorter than @size.
 */
	.globl user_copy
user_copy:
	xor %eax, %eax
1:	movzbl (%rsi,%rax), %ecx
	mov %cl, (%rdi,%rax)
	test %ecx, %ecx
	jz 2f
	inc %rax
	cmp %rdx, %rax
	jb 1b
	mov $-1, %eax
2:	ret

/* Copies the names to rdi. */
user_put_names:
	mov $AGENT_BASE + AGENT_VIEW_NAMES, %esi
	mov $AGENT_NAMES_SIZE, %ecx
	rep movsb
	xor %eax, %eax
	ret

user_end:
user_fault:
	mov $-14, %eax
	ret

	.section .note.GNU-stack, "", @progbits
