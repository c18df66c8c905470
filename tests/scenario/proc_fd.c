/* SPDX-License-Identifier: Apache-2.0 */
/* Opening what /proc/N/fd holds: pipes, files, FIFOs, what has no name. */
#include "proc_common.h"

#include <sys/socket.h>

static void reopen(const char *what, const char *name, int flags)
{
	int fd = open(name, flags | O_NONBLOCK);
	char buf[16] = "";
	ssize_t n;

	if (fd == -1) {
		see("%s: %s", what, res(-1));
		return;
	}
	n = (flags & O_ACCMODE) == O_WRONLY ? 0 : read(fd, buf, 15);
	see("%s: open, read %s '%s', flags %#x", what, res(n), buf,
	    fcntl(fd, F_GETFL) & (O_ACCMODE | O_APPEND));
	close(fd);
}

static const char *kind(const char *name)
{
	const char *text = link_text(name);

	return path("%.*s", (int)strcspn(text, ":["), text);
}

static void all_of(const char *whose, const char *folder)
{
	int fd, fds[2], sock[2];

	see("-- %s", whose);
	fd = MUST(open("file", O_RDWR | O_CREAT | O_TRUNC, 0600));
	MUST(write(fd, "content", 7));
	reopen("file", path("%s/%d", folder, fd), O_RDONLY);
	reopen("file to write", path("%s/%d", folder, fd), O_WRONLY);
	reopen("file to append", path("%s/%d", folder, fd), O_RDWR | O_APPEND);
	reopen("file as folder", path("%s/%d", folder, fd), O_DIRECTORY);
	reopen("below a file", path("%s/%d/x", folder, fd), O_RDONLY);
	MUST(unlink("file"));
	see("deleted: %d", strstr(link_text(path("%s/%d", folder, fd)),
				  "/file (deleted)'") != NULL);
	reopen("deleted", path("%s/%d", folder, fd), O_RDONLY);
	close(fd);
	MUST(pipe(fds));
	see("link %s", kind(path("%s/%d", folder, fds[0])));
	MUST(write(fds[1], "piped", 5));
	reopen("pipe", path("%s/%d", folder, fds[0]), O_RDONLY);
	reopen("pipe's other end", path("%s/%d", folder, fds[1]), O_WRONLY);
	close(fds[0]);
	close(fds[1]);
	fd = MUST(memfd_create("memory", 0));
	MUST(write(fd, "memory", 6));
	see("link %s", link_text(path("%s/%d", folder, fd)));
	reopen("memfd", path("%s/%d", folder, fd), O_RDONLY);
	reopen("memfd to write", path("%s/%d", folder, fd), O_RDWR);
	close(fd);
	MUST(mkfifo("fifo", 0600));
	fd = MUST(open("fifo", O_RDWR | O_NONBLOCK));
	MUST(write(fd, "fifo", 4));
	reopen("FIFO", path("%s/%d", folder, fd), O_RDONLY);
	close(fd);
	unlink("fifo");
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, sock));
	see("link %s", kind(path("%s/%d", folder, sock[0])));
	reopen("socket", path("%s/%d", folder, sock[0]), O_RDWR);
	close(sock[0]);
	close(sock[1]);
	fd = MUST(open(".", O_RDONLY));
	reopen("folder", path("%s/%d", folder, fd), O_RDONLY);
	reopen("below a folder", path("%s/%d/none", folder, fd), O_RDONLY);
	close(fd);
	reopen("closed", path("%s/%d", folder, fd), O_RDONLY);
	fd = MUST(open("/dev/null", O_RDWR));
	see("link %s", link_text(path("%s/%d", folder, fd)));
	reopen("/dev/null", path("%s/%d", folder, fd), O_RDWR);
	close(fd);
	fd = MUST(open("/proc/self/stat", O_RDONLY));
	see("link %s", link_text(path("%s/%d", folder, fd)));
	close(fd);
}

static void of_a_child(void)
{
	int fd = MUST(open("only", O_RDWR | O_CREAT, 0600)), fds[2];
	struct gate gate;
	char buf[8] = "";
	struct stat st;
	pid_t pid;

	gate_init(&gate);
	MUST(write(fd, "only", 4));
	MUST(pipe(fds));
	pid = child();
	if (pid == 0) {
		let(&gate, 1);
		pause();
	}
	pass(&gate);
	close(fd);
	close(fds[0]);
	see("child's: %d", strstr(link_text(path("/proc/%d/fd/%d", pid, fd)),
				  "/only'") != NULL);
	reopen("child's file", path("/proc/%d/fd/%d", pid, fd), O_RDONLY);
	reopen("by its task", path("/proc/%d/task/%d/fd/%d", pid, pid, fd),
	       O_RDONLY);
	SEE(stat(path("/proc/%d/fd/%d", pid, fd), &st));
	see("size %d", (int)st.st_size);
	fd = open(path("/proc/%d/fd/%d", pid, fds[0]), O_RDONLY);
	MUST(write(fds[1], "x", 1));
	SEE(read(fd, buf, 1));
	close(fd);
	reopen("child's stdin", path("/proc/%d/fd/0", pid), O_RDONLY);
	reopen("none of it", path("/proc/%d/fd/99", pid), O_RDONLY);
	end_child(pid);
	reopen("after its end", path("/proc/%d/fd/0", pid), O_RDONLY);
}

/* An open by /proc of a FIFO without a writer waits, and others go on. */
static void *open_fifo(void *name)
{
	int fd = open(name, O_RDONLY);

	see("FIFO opened: %d", fd != -1);
	close(fd);
	return NULL;
}

static void waiting(void)
{
	pthread_t id;
	int fd;

	MUST(mkfifo("slow", 0600));
	pthread_create(&id, NULL, open_fifo,
		       (void *)path("/proc/%d/cwd/slow", getpid()));
	usleep(50000);
	see("meanwhile %d", getpid());
	fd = MUST(open("slow", O_WRONLY));
	pthread_join(id, NULL);
	close(fd);
	fd = MUST(open("slow", O_RDWR));
	close(fd);
	fd = MUST(open("slow", O_PATH));
	pthread_create(&id, NULL, open_fifo,
		       (void *)path("/proc/%d/fd/%d", getpid(), fd));
	usleep(50000);
	see("meanwhile %d", getpid());
	close(MUST(open("slow", O_WRONLY)));
	pthread_join(id, NULL);
}

int main(void)
{
	all_of("self", "/proc/self/fd");
	all_of("thread-self", "/proc/thread-self/fd");
	all_of("own number", path("/proc/%d/fd", getpid()));
	all_of("/dev/fd", "/dev/fd");
	of_a_child();
	see("listing:%s", numbers("/proc/self/fd"));
	see("listing of fdinfo:%s", numbers("/proc/self/fdinfo"));
	waiting();
	return done();
}
