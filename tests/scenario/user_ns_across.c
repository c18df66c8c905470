/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tasks in different user namespaces: what each may do to the other, and how
 * they see each other's ids.
 *
 * scenario: user=all needs=root,userns run-as=root bare=skip
 * (without namespaces, the machine's own users would be asked for)
 */
#include <mqueue.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include "user_common.h"

static struct gate ready, go;

static void put(pid_t pid, const char *name, const char *text)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	fd = MUST(open(path, O_WRONLY));
	MUST(write(fd, text, strlen(text)));
	close(fd);
}

/*
 * A child in a namespace that @owner makes; 0, 10 and 11 there are 1000, 2000
 * and 2001 here.
 */
static pid_t below(uid_t owner, void (*run)(void))
{
	struct gate made, mapped;
	pid_t pid;

	gate_init(&made);
	gate_init(&mapped);
	gate_init(&ready);
	gate_init(&go);
	pid = child();
	if (pid == 0) {
		if (owner) {
			MUST(setresgid(owner, owner, owner));
			MUST(setresuid(owner, owner, owner));
		}
		MUST(unshare(CLONE_NEWUSER));
		MUST(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0));
		let(&made, 1);
		pass(&mapped);
		run();
		_exit(0);
	}
	pass(&made);
	put(pid, "uid_map", "0 1000 1\n10 2000 2");
	put(pid, "gid_map", "0 1000 1\n10 2000 2");
	let(&mapped, 1);
	return pid;
}

static void be(uid_t uid)
{
	MUST(setresgid(uid, uid, uid));
	MUST(setresuid(uid, uid, uid));
	MUST(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0));
}

/* A process of user @uid in the outer namespace, which only waits. */
static pid_t outer(uid_t uid)
{
	struct gate set;
	pid_t pid;

	gate_init(&set);
	pid = child();
	if (pid == 0) {
		if (uid)
			be(uid);
		let(&set, 1);
		pause();
		_exit(0);
	}
	pass(&set);
	return pid;
}

/* ---- what one may do to another ---- */

static void look(const char *who, pid_t pid)
{
	char path[64], link[128], word = 0;
	struct iovec mine = { &word, 1 }, its = { (void *)&word, 1 };
	struct rlimit limit;
	int policy = sched_getscheduler(pid);
	struct sched_param param = { 0 };

	see("%s: signal 0: %s", who, res(kill(pid, 0)));
	snprintf(path, sizeof(path), "/proc/%d/cwd", pid);
	see("%s: its folder: %s", who,
	    res(readlink(path, link, sizeof(link)) > 0 ? 0 : -1));
	snprintf(path, sizeof(path), "/proc/%d/environ", pid);
	see("%s: its environment: %s", who,
	    res(open(path, O_RDONLY | O_CLOEXEC) >= 0 ? 0 : -1));
	snprintf(path, sizeof(path), "/proc/%d/ns/user", pid);
	see("%s: its namespace: %s", who,
	    res(open(path, O_RDONLY | O_CLOEXEC) >= 0 ? 0 : -1));
	see("%s: its memory: %s", who,
	    res(process_vm_readv(pid, &mine, 1, &its, 1, 0)));
	see("%s: its limits: %s", who,
	    res(prlimit(pid, RLIMIT_CORE, NULL, &limit)));
	see("%s: its priority: %s", who,
	    res(setpriority(PRIO_PROCESS, pid, 5)));
	see("%s: its policy: %s", who,
	    res(sched_setscheduler(pid, policy, &param)));
}

/* "Uid:" and others of its status */
static void see_status(const char *who, pid_t pid)
{
	char path[64], line[256];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = 0;
		if (strncmp(line, "Uid:", 4) == 0 ||
		    strncmp(line, "Gid:", 4) == 0 ||
		    strncmp(line, "CapEff:", 7) == 0)
			see("%s: %s", who, line);
	}
	fclose(f);
}

static pid_t others[4];
static const uid_t outer_uids[4] = { 0, 1000, 2000, 3000 };

static void look_up(void)
{
	for (int uid = 0; uid <= 10; uid += 10) {
		pid_t pid = child();

		if (pid == 0) {
			if (uid)
				be((uid_t)uid);
			see_creds("below");
			for (int i = 0; i < 4; i++) {
				char who[32];

				snprintf(who, sizeof(who), "%d to %u", uid,
					 outer_uids[i]);
				look(who, others[i]);
				if (uid == 0)
					see_status(who, others[i]);
			}
			_exit(0);
		}
		reap(pid);
	}
}

static void upwards(void)
{
	pid_t pid;

	for (int i = 0; i < 4; i++)
		others[i] = outer(outer_uids[i]);
	pid = below(1000, look_up);
	see("%s", wait_text(reap(pid)));
	for (int i = 0; i < 4; i++) {
		kill(others[i], SIGKILL);
		reap(others[i]);
	}
}

static void wait_below(void)
{
	be(10);
	let(&ready, 1);
	pass(&go);
}

/* The owner, others, and root look at 10 of a namespace of 1000's. */
static void downwards(void)
{
	pid_t pid = below(1000, wait_below), viewer;

	pass(&ready);
	see_status("below", pid);
	for (int i = 0; i < 4; i++) {
		viewer = child();
		if (viewer == 0) {
			char who[32];

			if (outer_uids[i])
				be(outer_uids[i]);
			snprintf(who, sizeof(who), "%u", outer_uids[i]);
			look(who, pid);
			_exit(0);
		}
		reap(viewer);
	}
	let(&go, 1);
	see("%s", wait_text(reap(pid)));
}

/* Neither is above the other. */
static pid_t cousin;

static void look_aside(void)
{
	look("aside", cousin);
	see_status("aside", cousin);
}

static void aside(void)
{
	struct gate first_go, first_ready;
	pid_t pid;

	cousin = below(1000, wait_below);
	first_ready = ready;
	first_go = go;
	pass(&first_ready);
	pid = below(1000, look_aside);
	see("%s", wait_text(reap(pid)));
	let(&first_go, 1);
	see("%s", wait_text(reap(cousin)));
}

/* ---- signals and sockets say who ---- */

static int pair[2];

static void send_up(void)
{
	char byte = 'x';
	struct ucred cred;
	socklen_t len = sizeof(cred);

	be(10);
	MUST(write(pair[1], &byte, 1));
	kill(getppid(), SIGUSR1);
	MUST(getsockopt(pair[1], SOL_SOCKET, SO_PEERCRED, &cred, &len));
	see("below: peer %d %d", (int)cred.uid, (int)cred.gid);
}

static void senders(void)
{
	char byte, control[CMSG_SPACE(sizeof(struct ucred))];
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = control,
			      .msg_controllen = sizeof(control) };
	struct ucred cred;
	int one = 1;
	pid_t pid;

	MUST(setresgid(2000, 2000, 0));
	MUST(setresuid(2000, 2000, 0));
	MUST(setresuid(-1, 0, -1));
	MUST(setresgid(-1, 0, -1));
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	MUST(setsockopt(pair[0], SOL_SOCKET, SO_PASSCRED, &one, sizeof(one)));
	catch_signal(SIGUSR1, 0);
	MUST(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0));
	pid = below(0, send_up);
	see("%s", wait_text(reap(pid)));
	see("signals: %d, from %d", (int)caught_count,
	    caught_count ? (int)caught_info.si_uid : -1);
	MUST(recvmsg(pair[0], &msg, 0));
	memcpy(&cred, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(cred));
	see("message from %d %d", (int)cred.uid, (int)cred.gid);
}

/* ---- System V objects keep kernel ids ---- */

static int shm, sem, msg;

static void see_objects(const char *who)
{
	struct shmid_ds ds;
	struct semid_ds ss;
	struct msqid_ds ms;
	union {
		int val;
		struct semid_ds *buf;
	} arg = { .buf = &ss };

	if (shmctl(shm, IPC_STAT, &ds) == 0)
		see("%s: shm %u %u made by %u %u", who, ds.shm_perm.uid,
		    ds.shm_perm.gid, ds.shm_perm.cuid, ds.shm_perm.cgid);
	else
		see("%s: shm %s", who, res(-1));
	if (semctl(sem, 0, IPC_STAT, arg) == 0)
		see("%s: sem %u %u", who, ss.sem_perm.uid, ss.sem_perm.gid);
	else
		see("%s: sem %s", who, res(-1));
	if (msgctl(msg, IPC_STAT, &ms) == 0)
		see("%s: msg %u %u", who, ms.msg_perm.uid, ms.msg_perm.gid);
	else
		see("%s: msg %s", who, res(-1));
}

static void see_file(const char *who, const char *kind)
{
	char path[64], line[512];
	unsigned int perms, ids[4];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/sysvipc/%s", kind);
	f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f))
		if (strcmp(kind, "sem") == 0 &&
		    sscanf(line, "%*d %*d %o %*d %u %u %u %u", &perms, &ids[0],
			   &ids[1], &ids[2], &ids[3]) == 5)
			see("%s: %s %o %u %u %u %u", who, kind, perms, ids[0],
			    ids[1], ids[2], ids[3]);
	if (f)
		fclose(f);
}

static void objects_below(void)
{
	struct shmid_ds ds;

	see_objects("below");
	see_file("below", "sem");
	see("below: attach %s",
	    res(shmat(shm, NULL, 0) == (void *)-1 ? -1 : 0));
	MUST(shmctl(shm, IPC_STAT, &ds));
	ds.shm_perm.uid = 5;
	see("below: give it to 5: %s", res(shmctl(shm, IPC_SET, &ds)));
	ds.shm_perm.uid = 11;
	see("below: give it to 11: %s", res(shmctl(shm, IPC_SET, &ds)));
	see("below: remove sem: %s", res(semctl(sem, 0, IPC_RMID)));
	see("below: remove msg: %s", res(msgctl(msg, IPC_RMID, NULL)));
	be(10);
	see_objects("10 below");
	see("10 below: msg: %s", res(msgget(0x77, 0600)));
	see("10 below: new: %s",
	    res(msgget(0x78, IPC_CREAT | 0600) < 0 ? -1 : 0));
}

static void objects(void)
{
	struct msqid_ds ms;
	pid_t pid;

	MUST(setresgid(-1, 1000, -1));
	MUST(setresuid(-1, 1000, -1));
	shm = MUST(shmget(0x75, 4096, IPC_CREAT | 0640));
	MUST(setresuid(-1, 0, -1));
	MUST(setresgid(-1, 0, -1));
	sem = MUST(semget(0x76, 1, IPC_CREAT | 0644));
	MUST(setresgid(-1, 2000, -1));
	MUST(setresuid(-1, 2000, -1));
	msg = MUST(msgget(0x77, IPC_CREAT | 0604));
	MUST(setresuid(-1, 0, -1));
	MUST(setresgid(-1, 0, -1));
	MUST(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0));
	pid = below(1000, objects_below);
	see("%s", wait_text(reap(pid)));
	see_objects("above");
	see_file("above", "sem");
	msg = msgget(0x78, 0);
	if (msgctl(msg, IPC_STAT, &ms) == 0)
		see("made below: %u %u", ms.msg_perm.uid, ms.msg_perm.gid);
}

/* ---- POSIX queues ---- */

static const char *const queues[] = { "/root", "/mapped", "/unmapped" };
static const uid_t queue_owners[] = { 0, 2000, 3000 };

static void queues_below(void)
{
	for (int i = 0; i < 3; i++) {
		mqd_t fd = mq_open(queues[i], O_RDWR);

		see("below: %s: open %s", queues[i], res(fd < 0 ? -1 : 0));
		see("below: %s: unlink %s", queues[i],
		    res(mq_unlink(queues[i])));
	}
}

static void posix_queues(void)
{
	for (int i = 0; i < 3; i++) {
		pid_t pid = child();

		if (pid == 0) {
			if (queue_owners[i])
				be(queue_owners[i]);
			MUST(mq_open(queues[i], O_CREAT | O_RDWR, 0600, NULL));
			_exit(0);
		}
		reap(pid);
	}
	see("%s", wait_text(reap(below(1000, queues_below))));
	for (int i = 0; i < 3; i++)
		see("above: %s: unlink %s", queues[i],
		    res(mq_unlink(queues[i])));
}

/* ---- files of /proc/sys ---- */

static void try_sysctl(const char *who, const char *name)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/sys/kernel/%s", name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	see("%s: %s to write: %s", who, name, res(fd < 0 ? -1 : 0));
	close(fd);
}

static void sysctls_below(void)
{
	try_sysctl("below", "shmmni");
	try_sysctl("below", "shm_next_id");
	MUST(unshare(CLONE_NEWIPC));
	try_sysctl("below, own", "shmmni");
	try_sysctl("below, own", "shm_next_id");
	be(10);
	try_sysctl("10 below, own", "shmmni");
}

static void sysctls(void)
{
	pid_t pid = below(1000, sysctls_below);

	see("%s", wait_text(reap(pid)));
	try_sysctl("above", "shmmni");
	try_sysctl("above", "shm_next_id");
}

static void run(const char *name, void (*part)(void))
{
	pid_t pid;

	see("-- %s", name);
	pid = child();
	if (pid == 0) {
		part();
		_exit(0);
	}
	see("%s: %s", name, wait_text(reap(pid)));
}

int main(void)
{
	run("upwards", upwards);
	run("downwards", downwards);
	run("aside", aside);
	run("senders", senders);
	run("objects", objects);
	run("queues", posix_queues);
	run("sysctls", sysctls);
	return done();
}
