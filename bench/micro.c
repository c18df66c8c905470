/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What one operation costs, in nanoseconds.
 *
 * Each line of output is "name unit value".  Every measurement is repeated
 * until it has taken long enough to be trusted, and the whole program is run
 * several times by run.py, which takes the median.  No call here is answered
 * by the vDSO or by libc alone: those that could be are made by syscall(2).
 *
 * Usage: micro [NAME...]
 *        micro --start-up COMMAND [ARGUMENT...]
 *        micro --crowd COMMAND [ARGUMENT...]
 *
 * The second form measures COMMAND, from its start to its end. The third does
 * so while CROWD more processes exist, and takes what COMMAND prints away.
 */
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* A measurement ends when this has passed, and not before TURNS_MIN turns. */
#define BUDGET_NS 100000000ULL
#define TURNS_MIN 10

/* It ends by itself, too, whatever its wrapper does. */
#define CROWD	      200
#define CROWD_SECONDS 120

struct measure {
	const char *name;
	/* Turns between two looks at the clock. */
	unsigned int batch;
	void (*turn)(void);
	void (*begin)(void);
	void (*end)(void);
};

static int zero_fd = -1;
static volatile sig_atomic_t handled;
static int ping[2], pong[2];
static pid_t echo_pid;

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "micro: %s: %s\n", what, strerror(errno));
	exit(1);
}

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ULL + (uint64_t)ts.tv_nsec;
}

/* --- single calls ------------------------------------------------------- */

static void begin_read(void)
{
	zero_fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	if (zero_fd < 0)
		die("/dev/zero");
}

static void end_read(void)
{
	close(zero_fd);
}

/* Never caught: its arguments name nothing but a descriptor and memory. */
static void turn_read(void)
{
	char byte;

	if (read(zero_fd, &byte, 0) != 0)
		die("read");
}

static void turn_getpid(void)
{
	syscall(SYS_getpid);
}

static void turn_getppid(void)
{
	syscall(SYS_getppid);
}

static void turn_gettid(void)
{
	syscall(SYS_gettid);
}

static void turn_getpgid(void)
{
	if (syscall(SYS_getpgid, 0) < 0)
		die("getpgid");
}

static void turn_uname(void)
{
	struct utsname name;

	if (syscall(SYS_uname, &name) != 0)
		die("uname");
}

static void turn_kill(void)
{
	if (kill(getpid(), 0) != 0)
		die("kill");
}

static void turn_tgkill(void)
{
	if (syscall(SYS_tgkill, getpid(), gettid(), 0) != 0)
		die("tgkill");
}

static void turn_getaffinity(void)
{
	cpu_set_t set;

	if (syscall(SYS_sched_getaffinity, getpid(), sizeof(set), &set) <= 0)
		die("sched_getaffinity");
}

static void turn_wait4(void)
{
	if (wait4(-1, NULL, WNOHANG, NULL) != -1 || errno != ECHILD)
		die("wait4");
}

static void turn_waitid(void)
{
	siginfo_t info;

	if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG) != -1 || errno != ECHILD)
		die("waitid");
}

static void turn_pidfd_open(void)
{
	int fd = (int)syscall(SYS_pidfd_open, getpid(), 0);

	if (fd < 0)
		die("pidfd_open");
	close(fd);
}

/* --- processes and threads ---------------------------------------------- */

static void wait_for(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid)
		die("waitpid");
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		errno = ECHILD;
		die("a child failed");
	}
}

static void turn_fork(void)
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (pid == 0)
		_exit(0);
	wait_for(pid);
}

/* The program itself, told to end at once: it is there in every sandbox. */
static char *const exec_args[] = { (char *)"micro", (char *)"--nothing", NULL };
static char *const exec_env[] = { NULL };

static const char *program;
static char *const *program_args = exec_args;
static char *const *program_env = exec_env;
static posix_spawn_file_actions_t *program_files;

static void turn_fork_exec(void)
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (pid == 0) {
		execve(program, exec_args, exec_env);
		_exit(127);
	}
	wait_for(pid);
}

static void turn_vfork_exec(void)
{
	pid_t pid = vfork();

	if (pid < 0)
		die("vfork");
	if (pid == 0) {
		execve(program, exec_args, exec_env);
		_exit(127);
	}
	wait_for(pid);
}

static void turn_spawn(void)
{
	pid_t pid;

	errno = posix_spawnp(&pid, program, program_files, NULL, program_args,
			     program_env);
	if (errno != 0)
		die("posix_spawn");
	wait_for(pid);
}

static void *thread_main(void *unused)
{
	return unused;
}

static void turn_thread(void)
{
	pthread_t thread;

	errno = pthread_create(&thread, NULL, thread_main, NULL);
	if (errno != 0)
		die("pthread_create");
	pthread_join(thread, NULL);
}

/* --- signals and messages ----------------------------------------------- */

static void on_signal(int nr)
{
	(void)nr;
	handled++;
}

static void begin_signal(void)
{
	struct sigaction action = { .sa_handler = on_signal };

	sigemptyset(&action.sa_mask);
	sigaction(SIGUSR1, &action, NULL);
}

static void end_signal(void)
{
	signal(SIGUSR1, SIG_DFL);
}

static void turn_signal(void)
{
	sig_atomic_t before = handled;

	if (kill(getpid(), SIGUSR1) != 0 || handled == before)
		die("kill");
}

static void begin_pipes(void)
{
	char byte;

	if (pipe(ping) != 0 || pipe(pong) != 0)
		die("pipe");
	echo_pid = fork();
	if (echo_pid < 0)
		die("fork");
	if (echo_pid > 0)
		return;
	close(ping[1]);
	while (read(ping[0], &byte, 1) == 1)
		if (write(pong[1], &byte, 1) != 1)
			_exit(1);
	_exit(0);
}

static void turn_pipes(void)
{
	char byte = 'x';

	if (write(ping[1], &byte, 1) != 1 || read(pong[0], &byte, 1) != 1)
		die("pipe");
}

static void end_pipes(void)
{
	close(ping[1]);
	wait_for(echo_pid);
	close(ping[0]);
	close(pong[0]);
	close(pong[1]);
}

/* --- messages ------------------------------------------------------------ */

static int message_ends[2];

static void begin_message(void)
{
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, message_ends) != 0)
		die("socketpair");
}

static void begin_credentials(void)
{
	int on = 1;

	begin_message();
	if (setsockopt(message_ends[1], SOL_SOCKET, SO_PASSCRED, &on,
		       sizeof(on)) != 0)
		die("SO_PASSCRED");
}

static void end_message(void)
{
	close(message_ends[0]);
	close(message_ends[1]);
}

/* One sendmsg() and one recvmsg(), with room for credentials. */
static void turn_message(void)
{
	char byte = 'x', control[64];
	struct iovec iov = { &byte, 1 };
	struct msghdr out = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct msghdr in = { .msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = control,
			     .msg_controllen = sizeof(control) };

	if (sendmsg(message_ends[0], &out, 0) != 1 ||
	    recvmsg(message_ends[1], &in, 0) != 1)
		die("message");
}

/* --- semaphores --------------------------------------------------------- */

static int sems;

static void begin_sems(void)
{
	sems = semget(IPC_PRIVATE, 2, 0600);
	if (sems < 0)
		die("semget");
}

static void end_sems(void)
{
	semctl(sems, 0, IPC_RMID);
}

static void operate(unsigned short num, short by)
{
	struct sembuf op = { num, by, 0 };

	if (semop(sems, &op, 1) != 0)
		die("semop");
}

/* Two calls, of which none waits. */
static void turn_sem_pair(void)
{
	operate(0, 1);
	operate(0, -1);
}

/* A child that answers until the set is gone. */
static void begin_sem_echo(void)
{
	struct sembuf down = { 0, -1, 0 }, up = { 1, 1, 0 };

	begin_sems();
	echo_pid = fork();
	if (echo_pid < 0)
		die("fork");
	if (echo_pid > 0)
		return;
	while (semop(sems, &down, 1) == 0)
		semop(sems, &up, 1);
	_exit(errno != EIDRM && errno != EINVAL);
}

static void turn_sem_echo(void)
{
	operate(0, 1);
	operate(1, -1);
}

static void end_sem_echo(void)
{
	end_sems();
	wait_for(echo_pid);
}

/* --- paths --------------------------------------------------------------- */

static void turn_stat(void)
{
	struct stat st;

	if (stat("/etc/passwd", &st) != 0)
		die("stat");
}

static void open_and_close(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		die(path);
	close(fd);
}

static void turn_open(void)
{
	open_and_close("/etc/passwd");
}

static void turn_open_proc(void)
{
	open_and_close("/proc/self/stat");
}

/* --- shared memory -------------------------------------------------------- */

#define SHARED_SIZE (4 << 20)

static int shared_id;
static char *shared, *shared_from;

static void begin_shared(void)
{
	shared_id = shmget(IPC_PRIVATE, SHARED_SIZE, IPC_CREAT | 0600);
	if (shared_id < 0)
		die("shmget");
}

static void end_shared(void)
{
	if (shmctl(shared_id, IPC_RMID, NULL) != 0)
		die("shmctl");
}

static void turn_attach(void)
{
	void *at = shmat(shared_id, NULL, 0);

	if (at == (void *)-1 || shmdt(at) != 0)
		die("shmat");
}

static void turn_shared_status(void)
{
	struct shmid_ds status;

	if (shmctl(shared_id, IPC_STAT, &status) != 0)
		die("shmctl");
}

static void begin_copy(void)
{
	begin_shared();
	shared = shmat(shared_id, NULL, 0);
	shared_from = malloc(SHARED_SIZE);
	if (shared == (char *)-1 || !shared_from)
		die("shmat");
	memset(shared_from, 1, SHARED_SIZE);
}

/* 4 MiB into a segment and out again. */
static void turn_copy(void)
{
	memcpy(shared, shared_from, SHARED_SIZE);
	memcpy(shared_from, shared, SHARED_SIZE);
}

static void end_copy(void)
{
	free(shared_from);
	if (shmdt(shared) != 0)
		die("shmdt");
	end_shared();
}

/* --- message queues ------------------------------------------------------ */

static int queue_id;
static mqd_t queue_fd;

static void begin_queue(void)
{
	queue_id = msgget(IPC_PRIVATE, IPC_CREAT | 0600);
	if (queue_id < 0)
		die("msgget");
}

static void end_queue(void)
{
	msgctl(queue_id, IPC_RMID, NULL);
}

/* One msgsnd() and one msgrcv(), of 64 bytes. */
static void turn_queue(void)
{
	struct { long type; char text[64]; } m = { .type = 1 };

	if (msgsnd(queue_id, &m, sizeof(m.text), 0) != 0 ||
	    msgrcv(queue_id, &m, sizeof(m.text), 0, 0) != sizeof(m.text))
		die("message queue");
}

static void begin_posix_queue(void)
{
	struct mq_attr attr = { .mq_maxmsg = 4, .mq_msgsize = 64 };
	char name[64];

	snprintf(name, sizeof(name), "/micro-%d", getpid());
	queue_fd = mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, &attr);
	if (queue_fd == -1)
		die("mq_open");
	mq_unlink(name);
}

static void end_posix_queue(void)
{
	mq_close(queue_fd);
}

static void turn_posix_queue(void)
{
	char text[64] = "";

	if (mq_send(queue_fd, text, sizeof(text), 0) != 0 ||
	    mq_receive(queue_fd, text, sizeof(text), NULL) != sizeof(text))
		die("POSIX message queue");
}

/* --- the list ----------------------------------------------------------- */

static const struct measure measures[] = {
	{ "read", 1000, turn_read, begin_read, end_read },
	{ "getpid", 10, turn_getpid, NULL, NULL },
	{ "gettid", 10, turn_gettid, NULL, NULL },
	{ "getppid", 10, turn_getppid, NULL, NULL },
	{ "getpgid", 10, turn_getpgid, NULL, NULL },
	{ "uname", 10, turn_uname, NULL, NULL },
	{ "kill-0", 10, turn_kill, NULL, NULL },
	{ "tgkill-0", 10, turn_tgkill, NULL, NULL },
	{ "sched_getaffinity", 10, turn_getaffinity, NULL, NULL },
	{ "wait4-nohang", 10, turn_wait4, NULL, NULL },
	{ "waitid-nohang", 10, turn_waitid, NULL, NULL },
	{ "pidfd_open", 10, turn_pidfd_open, NULL, NULL },
	{ "stat", 10, turn_stat, NULL, NULL },
	{ "open-close", 10, turn_open, NULL, NULL },
	{ "open-proc-self-stat", 10, turn_open_proc, NULL, NULL },
	{ "fork-exit-wait", 1, turn_fork, NULL, NULL },
	{ "fork-exec-wait", 1, turn_fork_exec, NULL, NULL },
	{ "vfork-exec-wait", 1, turn_vfork_exec, NULL, NULL },
	{ "posix_spawn-wait", 1, turn_spawn, NULL, NULL },
	{ "thread-create-join", 1, turn_thread, NULL, NULL },
	{ "signal-to-handler", 10, turn_signal, begin_signal, end_signal },
	{ "pipe-ping-pong", 10, turn_pipes, begin_pipes, end_pipes },
	{ "semop-pair", 10, turn_sem_pair, begin_sems, end_sems },
	{ "semop-ping-pong", 10, turn_sem_echo, begin_sem_echo, end_sem_echo },
	{ "message", 10, turn_message, begin_message, end_message },
	{ "message-passcred", 10, turn_message, begin_credentials,
	  end_message },
	{ "shmat-shmdt", 10, turn_attach, begin_shared, end_shared },
	{ "shmctl-stat", 10, turn_shared_status, begin_shared, end_shared },
	{ "msgsnd-msgrcv", 10, turn_queue, begin_queue, end_queue },
	{ "mq-send-receive", 10, turn_posix_queue, begin_posix_queue,
	  end_posix_queue },
	{ "shm-copy-8M", 1, turn_copy, begin_copy, end_copy },
};

static void run(const struct measure *m)
{
	uint64_t start, spent;
	uint64_t turns = 0;

	if (m->begin)
		m->begin();
	for (int i = 0; i < 3; i++) /* warm the caches */
		m->turn();
	start = now();
	do {
		for (unsigned int i = 0; i < m->batch; i++)
			m->turn();
		turns += m->batch;
		spent = now() - start;
	} while (spent < BUDGET_NS || turns < TURNS_MIN);
	if (m->end)
		m->end();
	printf("%s ns %.1f\n", m->name, (double)spent / (double)turns);
	fflush(stdout);
}

static const struct measure start_up = { "start-up", 1, turn_spawn, NULL,
					 NULL };

/* Nobody of it outlives this process. */
static void crowd_start(pid_t *crowd)
{
	for (int i = 0; i < CROWD; i++) {
		crowd[i] = fork();
		if (crowd[i] < 0)
			die("fork");
		if (crowd[i] > 0)
			continue;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
}

static void crowd_end(const pid_t *crowd)
{
	for (int i = 0; i < CROWD; i++)
		kill(crowd[i], SIGKILL);
	for (int i = 0; i < CROWD; i++)
		waitpid(crowd[i], NULL, 0);
}

static void run_in_crowd(void)
{
	static const struct measure ps = { "ps-200", 1, turn_spawn, NULL,
					   NULL };
	posix_spawn_file_actions_t files;
	pid_t crowd[CROWD];

	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
	alarm(CROWD_SECONDS);
	program_files = &files;
	crowd_start(crowd);
	run(&ps);
	crowd_end(crowd);
	posix_spawn_file_actions_destroy(&files);
}

static bool is_asked_for(const char *name, int argc, char **argv)
{
	if (argc < 2)
		return true;
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], name) == 0)
			return true;
	return false;
}

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "--nothing") == 0)
		return 0;
	if (argc > 2) {
		program = argv[2];
		program_args = argv + 2;
		program_env = environ;
	}
	if (argc > 2 && strcmp(argv[1], "--start-up") == 0) {
		run(&start_up);
		return 0;
	}
	if (argc > 2 && strcmp(argv[1], "--crowd") == 0) {
		run_in_crowd();
		return 0;
	}
	program_args = exec_args;
	program_env = exec_env;
	program = argv[0];
	for (size_t i = 0; i < sizeof(measures) / sizeof(measures[0]); i++)
		if (is_asked_for(measures[i].name, argc, argv))
			run(&measures[i]);
	return 0;
}
