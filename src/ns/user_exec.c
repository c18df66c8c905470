/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What exec does to credentials in a user namespace, and what the new program
 * is told of them. Follows bprm_creds_from_file() of fs/exec.c and
 * cap_bprm_creds_from_file() of security/commoncap.c, Linux 6.18. It is done
 * at the exec event, when the kernel can't refuse any more: a file whose
 * capabilities the bounding set cuts is run, with those that are left.
 */
#include <linux/auxvec.h>
#include <linux/securebits.h>
#include <stdio.h>
#include "src/host/auxv.h"
#include "src/host/sys.h"
#include "src/ns/user_cred.h"
#include "src/task/creds.h"

long (*user_program_hook)(struct task *task, const char *path,
			  struct user_program *ret_program);

static bool is_root_now(const struct user_cred *cred, uint32_t root)
{
	return cred->euid == root;
}

/* What the file itself gives: bprm_fill_uid(), bprm_caps_from_vfs_caps() */
static void take_from_file(struct user_cred *cred, const struct task *task,
			   const struct user_program *program)
{
	uint32_t kuid = user_make_kuid(cred->ns, program->uid);
	uint32_t kgid = user_make_kgid(cred->ns, program->gid);

	if (program->set_uid && !task->no_new_privs && kuid != USER_NONE)
		cred->euid = kuid;
	if (program->set_gid && !task->no_new_privs && kgid != USER_NONE)
		cred->egid = kgid;
	cred->permitted =
		program->has_caps
			? ((cred->bounding & program->permitted) |
			   (cred->inheritable & program->inheritable)) &
				  user_caps_all
			: 0;
}

/* Root has all that is not bounded: handle_privileged_root() */
static void take_as_root(struct user_cred *cred,
			 const struct user_program *program, bool *effective)
{
	uint32_t root = user_make_kuid(cred->ns, 0);
	bool real = cred->uid == root;

	if (root == USER_NONE ||
	    (cred->securebits & USER_SECURE(SECURE_NOROOT)))
		return;
	if (program->has_caps && !real && is_root_now(cred, root))
		return;
	if (real || is_root_now(cred, root))
		cred->permitted = cred->bounding | cred->inheritable;
	if (is_root_now(cred, root))
		*effective = true;
}

static bool id_changed(const struct user_cred *cred,
		       const struct user_cred *old)
{
	return cred->euid != old->euid ||
	       (cred->egid != old->fsgid &&
		!user_cred_in_group(old, cred->egid));
}

/* no_new_privs: nothing more than before. */
static void downgrade(struct user_cred *cred, const struct user_cred *old)
{
	cred->euid = cred->uid;
	cred->egid = cred->gid;
	cred->permitted &= old->permitted;
}

/* Return: whether the program is to be careful, AT_SECURE. */
static bool change(struct user_cred *cred, const struct task *task,
		   const struct user_program *program)
{
	const struct user_cred *old = task->cred;
	uint32_t root = user_make_kuid(cred->ns, 0);
	bool effective = program->effective, changed;

	take_from_file(cred, task, program);
	take_as_root(cred, program, &effective);
	changed = id_changed(cred, old);
	if (task->no_new_privs &&
	    (changed || (cred->permitted & ~old->permitted)))
		downgrade(cred, old);
	cred->suid = cred->fsuid = cred->euid;
	cred->sgid = cred->fsgid = cred->egid;
	if (program->has_caps || changed)
		cred->ambient = 0;
	cred->permitted |= cred->ambient;
	cred->effective = effective ? cred->permitted : cred->ambient;
	cred->securebits &= ~USER_SECURE(SECURE_KEEP_CAPS);
	return changed || cred->euid != old->uid || cred->egid != old->gid ||
	       (cred->uid != root &&
		(effective || (cred->permitted & ~cred->ambient)));
}

/* ---- the auxiliary vector ---- */

uint64_t user_auxv_value(struct task *task, uint64_t type, uint64_t value)
{
	const struct creds *creds = task_creds(task);

	if (!task->cred || !creds)
		return value;
	switch (type) {
	case AT_UID:
		return creds->uid;
	case AT_EUID:
		return creds->euid;
	case AT_GID:
		return creds->gid;
	case AT_EGID:
		return creds->egid;
	case AT_SECURE:
		return task->secure;
	default:
		return value;
	}
}

void user_exec_auxv(struct task *task, uint64_t sp)
{
	host_pid tid = task->tid->host;
	struct auxv auxv;

	if (!task->cred || auxv_read(tid, sp, &auxv) < 0)
		return;
	for (long i = 0; i < auxv.n; i++) {
		uint64_t value = user_auxv_value(task, auxv.entries[i][0],
						 auxv.entries[i][1]);

		if (value != auxv.entries[i][1])
			auxv_set(tid, &auxv, i, value);
	}
}

void user_exec(struct task *task)
{
	struct user_program program = { 0 };
	struct user_cred *cred;
	char path[64];

	if (!task->cred)
		return;
	cred = user_cred_prepare(task);
	if (!cred) { /* rather no program than one with another's rights */
		sys_kill(task->tid->host, SIGKILL);
		return;
	}
	snprintf(path, sizeof(path), "/proc/%d/exe", task->tid->host.n);
	if (user_program_hook && user_program_hook(task, path, &program) < 0)
		program = (struct user_program){ 0 };
	task->secure = change(cred, task, &program);
	if (cred->euid != cred->uid || cred->egid != cred->gid)
		task->group->dumpable = 0;
	user_cred_commit(task, cred);
}
