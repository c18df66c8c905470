/* SPDX-License-Identifier: Apache-2.0 */
/* /proc/sysvipc/msg: its columns, and whose queues it shows. */
#include "proc_common.h"

#include <sys/msg.h>

/* Times become words. */
static void list(const char *what)
{
	char line[512];
	FILE *file = fopen("/proc/sysvipc/msg", "r");

	see("-- %s", what);
	while (fgets(line, sizeof(line), file)) {
		int n = 0;
		long s = 0, r = 0, c = 0;

		line[strcspn(line, "\n")] = 0;
		sscanf(line, "%*d %*d %*o %*u %*u %*u %*u %*u %*u %*u %*u%n",
		       &n);
		sscanf(line + n, " %ld %ld %ld", &s, &r, &c);
		see("%.*s%s", n ? n : 200, line,
		    !n ? "" : s && r ? " sent, received" : s ? " sent" : "");
		if (n)
			see("%d more, ctime %d", (int)strlen(line + n), c > 0);
	}
	fclose(file);
}

int main(void)
{
	struct { long type; char text[100]; } m = { .type = 1 };
	int q, secret;
	pid_t pid;

	list("none");
	q = MUST(msgget(0x7fffffff, IPC_CREAT | 0640));
	secret = MUST(msgget(IPC_PRIVATE, 0));
	MUST(msgget(-5, IPC_CREAT | 0777));
	list("three");
	MUST(msgsnd(q, &m, 100, 0));
	MUST(msgsnd(q, &m, 1, 0));
	list("sent");
	pid = child();
	if (pid == 0) {
		MUST(msgrcv(q, &m, 100, 0, 0));
		_exit(0);
	}
	reap(pid);
	list("received by a child");
	MUST(msgctl(secret, IPC_RMID, NULL));
	list("two");
	return done();
}
