/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See pump.h.
 *
 * Theory of operation. splice(2) moves pages by way of a pipe, so that nothing
 * is copied through this process. A pump holds a pipe only while something is
 * in it: idle connections cost two sockets. Empty pipes are kept for the next.
 */
#include "src/gateway/pump.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>
#include "src/host/sys.h"

#define POOL_MAX  64
#define PIPE_SIZE (256 * 1024)
#define TURNS	  16 /* of a pump, before it is another one's */

static int pool[POOL_MAX][2];
static unsigned int pooled;

static long pipe_take(struct pump *pump)
{
	long r;

	if (pooled) {
		pooled--;
		pump->pipe[0] = pool[pooled][0];
		pump->pipe[1] = pool[pooled][1];
		return 0;
	}
	r = sys_result(pipe2(pump->pipe, O_CLOEXEC | O_NONBLOCK));
	if (r == 0)
		fcntl(pump->pipe[0], F_SETPIPE_SZ, PIPE_SIZE);
	return r;
}

/* An empty one. */
static void pipe_put(struct pump *pump)
{
	if (pump->pipe[0] < 0)
		return;
	if (pooled < POOL_MAX) {
		pool[pooled][0] = pump->pipe[0];
		pool[pooled][1] = pump->pipe[1];
		pooled++;
	} else {
		close(pump->pipe[0]);
		close(pump->pipe[1]);
	}
	pump->pipe[0] = pump->pipe[1] = -1;
}

void pump_init(struct pump *pump, int from, int to)
{
	*pump = (struct pump){ .from = from, .to = to, .pipe = { -1, -1 } };
}

void pump_end(struct pump *pump)
{
	if (pump->pending) {
		close(pump->pipe[0]);
		close(pump->pipe[1]);
		pump->pipe[0] = pump->pipe[1] = -1;
	}
	pipe_put(pump);
	pump->pending = 0;
	pump->done = true;
}

static long move(int from, int to, size_t len)
{
	return sys_result(splice(from, NULL, to, NULL, len,
				 SPLICE_F_NONBLOCK | SPLICE_F_MOVE));
}

/* Return: more than 0 if something came; 0 at the end. */
static long fill(struct pump *pump)
{
	long n = pump->pipe[0] < 0 ? pipe_take(pump) : 0;

	if (n == 0)
		n = move(pump->from, pump->pipe[1], PIPE_SIZE);
	if (n > 0)
		pump->pending = (size_t)n;
	else
		pipe_put(pump);
	pump->eof = n == 0;
	pump->at_read = n < 0;
	return n;
}

static long drain(struct pump *pump)
{
	long n = move(pump->pipe[0], pump->to, pump->pending);

	if (n > 0)
		pump->pending -= (size_t)n;
	return n;
}

/* Return: more than 0 if something was moved. */
static long turn(struct pump *pump)
{
	long n = 1;

	if (!pump->pending && !pump->eof)
		n = fill(pump);
	if (n > 0 && pump->pending)
		n = drain(pump);
	if (n >= 0 && pump->eof && !pump->pending) {
		shutdown(pump->to, SHUT_WR);
		pump_end(pump);
	}
	return n;
}

bool pump_run(struct pump *pump)
{
	long n = 1;

	for (int i = 0; i < TURNS && n > 0 && !pump->done; i++)
		n = turn(pump);
	if (n < 0 && n != -EAGAIN) {
		pump->error = n;
		pump_end(pump);
	}
	return n > 0 && !pump->done;
}
