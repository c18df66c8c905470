/* SPDX-License-Identifier: Apache-2.0 */
/* Requests of nsfs that turn a number of one pid namespace into another's. */
#include "scenario.h"

#include <sys/ioctl.h>

static void *thread(void *gate)
{
	pass(gate);
	return NULL;
}

int main(void)
{
	static const int numbers[] = { 1, 2, 3, NOBODY, 0, -1 };
	int fd = MUST(open("/proc/self/ns/pid", O_RDONLY));
	struct gate gate;
	pthread_t id;
	pid_t pid;

	gate_init(&gate);
	pid = child();
	if (pid == 0) {
		pause();
	}
	pthread_create(&id, NULL, thread, &gate);
	for (unsigned int request = 6; request <= 9; request++) {
		for (size_t i = 0; i < sizeof(numbers) / sizeof(int); i++) {
			see("request %u of %d: %s", request, numbers[i],
			    res(ioctl(fd, _IOR(0xb7, request, int),
				      numbers[i])));
		}
	}
	see("of a file: %s", res(ioctl(gate.rd, _IOR(0xb7, 6, int), 1)));
	let(&gate, 1);
	pthread_join(id, NULL);
	kill(pid, SIGKILL);
	reap(pid);
	return done();
}
