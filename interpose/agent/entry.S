/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The agent's entries, in the guest's process.
 *
 * A site's trampoline comes here with the call's number in eax, its arguments
 * where the kernel takes them, and in r11 where to return to. What the kernel
 * keeps is kept: all but rax, rcx, r11. At the end rcx holds the address that
 * is returned to, as after a syscall instruction. The identity calls need no
 * stack and leave the flags alone; so does what is done before flags are saved.
 */
#include "interpose/agent/page.h"

#define RED_ZONE 128

	.section .head, "ax"
	.globl agent_head
agent_head:
	.long AGENT_MAGIC
	.long agent_native_ip
	.long agent_ask_ip
	.long user_start
	.long user_end
	.long user_fault
	.long entry_getpid
	.long entry_gettid
	.long entry_uname
	.long entry_path
	.long entry_path_checked

	.text

/* ---- identity: from the view, or by asking when it holds 0 ---- */

	.balign 16
entry_getpid:
	mov AGENT_BASE + AGENT_VIEW_PID, %ecx
	jrcxz ask_plain
	mov %ecx, %eax
	mov %r11, %rcx
	jmp *%rcx

	.balign 16
entry_gettid:
	mov AGENT_BASE + AGENT_VIEW_TID, %ecx
	jrcxz ask_plain
	mov %ecx, %eax
	mov %r11, %rcx
	jmp *%rcx

/* The call is made as it is, and caught: nothing but rax, rcx, r11 differs. */
ask_plain:
	lea -RED_ZONE(%rsp), %rsp
	push %r11
	call agent_ask_here
	pop %rcx
	lea RED_ZONE(%rsp), %rsp
	jmp *%rcx

	.balign 16
entry_uname:
	mov AGENT_BASE + AGENT_VIEW_SEQ, %rcx
	jrcxz ask_plain
	lea -RED_ZONE(%rsp), %rsp
	pushfq
	push %r11
	push %rsi
	push %rdi
	cld
	push %rcx
	call user_put_names
	pop %rcx
	pop %rdi
	pop %rsi
	/* A fault is told by the kernel; so are names that changed meanwhile. */
	test %eax, %eax
	jnz 1f
	cmp AGENT_BASE + AGENT_VIEW_SEQ, %rcx
	jne 1f
	pop %rcx
	popfq
	lea RED_ZONE(%rsp), %rsp
	jmp *%rcx
1:	pop %r11
	popfq
	lea RED_ZONE(%rsp), %rsp
	mov $63, %eax
	jmp ask_plain

/* ---- paths: agent.c decides ---- */

/* From a site that does not hold the number itself: eax must be openat's. */
	.balign 16
entry_path_checked:
	lea -257(%rax), %ecx
	jrcxz entry_path
	jmp ask_plain

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
	pop %rcx
	pop %rdi
	pop %rsi
	pop %rdx
	pop %r10
	pop %r8
	pop %r9
	pop %rcx
	popfq
	lea RED_ZONE(%rsp), %rsp
	jmp *%rcx

/*
 * long agent_native(const struct frame *), long agent_ask(const struct frame *)
 * The first instruction is known to the filter: what the table marks runs
 * there. The second is as any other.
 */
	.macro load_frame
	mov %rdi, %r11
	mov (%r11), %rax
	mov 8(%r11), %rdi
	mov 16(%r11), %rsi
	mov 24(%r11), %rdx
	mov 32(%r11), %r10
	mov 40(%r11), %r8
	mov 48(%r11), %r9
	.endm

	.globl agent_native
	.balign 16
agent_native:
	load_frame
	syscall
agent_native_ip:
	ret

	.globl agent_ask
	.balign 16
agent_ask:
	load_frame
agent_ask_here:
	syscall
agent_ask_ip:
	ret

/*
 * ---- guest memory ----
 * A fault between the two labels is turned by the supervisor into a jump to
 * user_fault: so nothing here may push, and each returns an int.
 */
	.balign 16
user_start:

/*
 * int user_scan(const char *path): AGENT_SCAN_ bits of agent.c; does it say
 * "proc", or begin with "/dev/fd/", or is it relative?
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
5:	or $1, %eax
	ret
6:	sub %rdi, %rsi
	cmp $8, %rsi
	jb 7f
	movabs $0x2f64662f7665642f, %rcx	/* "/dev/fd/" */
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
