/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Queues and namespaces cost the supervisor descriptors: as many as there are
 * to be had, and then what else needs one must work all the same.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <mqueue.h>
#include <sched.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#define MANY 200

static void hold_queues(void)
{
	struct mq_attr attr = { .mq_maxmsg = 1, .mq_msgsize = 1 };
	char name[16];

	for (int i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "/q%d", i);
		mq_close(mq_open(name, O_CREAT | O_RDWR, 0600, &attr));
	}
}

/* Each of a namespace, which is held by the descriptor. */
static void hold_namespaces(void)
{
	for (int i = 0; i < MANY && unshare(CLONE_NEWUTS) == 0; i++)
		if (open("/proc/self/ns/uts", O_RDONLY) < 0)
			close(open("/proc/self/ns/uts", O_PATH));
}

static void look(const char *what)
{
	char text[64];
	int fd = open("/proc/self/stat", O_RDONLY);

	printf("%s: %d\n", what, fd >= 0 && read(fd, text, sizeof(text)) > 0);
	close(fd);
}

int main(void)
{
	hold_queues();
	look("queues");
	hold_namespaces();
	close(3);
	look("namespaces");
	return 0;
}
