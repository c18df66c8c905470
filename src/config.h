/* SPDX-License-Identifier: Apache-2.0 */
/* What the command line asks for. Exit statuses of nsrun's own. */
#ifndef NSRUN_CONFIG_H
#define NSRUN_CONFIG_H

#include <signal.h>
#include <stdbool.h>
#include <sys/signalfd.h>
#include "interpose/filter.h"
#include "src/gateway/gateway.h"
#include "src/id_maps.h"
#include "src/trace.h"

enum {
	EXIT_NSRUN = 125,	/* nsrun itself failed */
	EXIT_NOT_EXECUTABLE = 126,
	EXIT_NOT_FOUND = 127,
	EXIT_SIGNAL = 128,	/* + the signal that ended the command */
};

/* Facilities that can be left unused, to see what is slower without. */
enum {
	WITHOUT_NOTIFY = 1 << 0,
	WITHOUT_KILLABLE = 1 << 1,
	WITHOUT_SYNC = 1 << 2,
	WITHOUT_LANDLOCK = 1 << 3,
	WITHOUT_AGENT = 1 << 4,
	WITHOUT_BARE = 1 << 5,
};

struct config {
	unsigned int kinds;	/* namespaces: set of enum ns_kind */
	const char *hostname, *domainname;
	bool net_down;		/* with NS_NET: lo is down to begin with */
	struct gateway_config *gateway;	/* likewise: what leads out and in */
	struct id_options ids;
	struct user_config user;	/* with NS_USER; of ids, in the end */
	bool init;		/* nsrun's own init is pid 1 */
	const char *name;	/* of the instance, or NULL */
	int name_socket, name_folder;	/* of it, or -1: outside/name.h */
	bool keep;		/* it stays when the command has ended */
	bool join;		/* the child joins an instance: outside/ */
	unsigned int late;	/* likewise: kinds that it began without, caught too */
	int kill_child;		/* when the front process dies; 0: SIGKILL */
	bool keep_caps;
	bool verbose;
	struct trace_config trace;
	struct trace_set traced;	/* where trace.set points */
	bool step;		/* every call is told, not those caught */
	unsigned int without;	/* set of WITHOUT_ */
	struct recorded *recorded;	/* --restore-ids; NULL: nothing is */
	char **command;		/* ends with NULL */
	int front;		/* pid of the front process; front_run() */
};

/* supervisor.c: which way to catch calls this machine and @config allow. */
enum filter_mode config_filter_mode(const struct config *config);

/* supervisor.c: may tasks go untraced (bare.h)? */
bool config_bare(const struct config *config);
/*
 * outside/link.c: the channels of --link. Return: 0, or a negative errno, which
 * has been told.
 */
long link_open_all(struct gateway_config *config);

/* Where the agent's calls come from, 0 without an agent. */
uint32_t config_agent_ip(const struct config *config);

/*
 * May it open files, where the host's /proc is closed to it, or not
 * (@proc_closed)?
 */
bool config_opens(const struct config *config, bool proc_closed);

/* front.c: the process that the user started. Return: the exit status. */
int front_run(struct config *config);

/*
 * supervisor.c: runs the command and holds its tree until it ends. @control
 * is the socket to the front process. Return: 0 when its end was reported.
 */
int supervisor_run(const struct config *config, int control);

/*
 * guard.c: likewise, with a process between that ends the tree if it can't.
 * The terminal's signals are blocked; @mask is the user's.
 */
int guard_run(const struct config *config, int control, const sigset_t *mask);

/*
 * child.c: the first process of the tree, up to exec. @ready takes the
 * listener's number, or a negative errno and what failed; @go lets it exec.
 */
struct child_report {
	int listener;
	bool proc_closed;	/* by Landlock */
	bool scoped;		/* likewise: no abstract sockets of others */
	int error;		/* negative errno, 0 if all is well */
	char what[64];
};
_Noreturn void child_run(const struct config *config, struct filter *filter,
			 int ready, int go);

/* child.c: what the command line asks to be run, with nsrun's init or without. */
_Noreturn void child_run_command(const struct config *config);

/*
 * inside.c: the namespaces that an nsrun around this one has, a set of enum
 * ns_kind; 0 without any around.
 */
unsigned int inside_kinds(void);

/*
 * inside.c: runs the command in namespaces of the nsrun around.
 * Return: the exit status.
 */
int inside_run(const struct config *config, unsigned int kinds);

/*
 * front.c: what is sent to this process alone and is for the command:
 * blocked, and read from the descriptor. Return: it, or a negative errno.
 */
int front_open_signals(void);
/* Was it sent to this process alone? */
bool front_is_for_command(const struct signalfd_siginfo *info);
/* Those signals. */
void front_signals(sigset_t *ret_set);
int front_status(int wait_status);
/* Stops as the command did, by @sig. */
void front_stop_self(int sig);
/* Closes what a reader would wait for; @a and @b stay open. */
void front_let_go(int a, int b);

/* doctor.c: what this machine offers. Return: exit status. */
int doctor_run(void);

/* The front process and the supervisor, by one socket. */
struct control {
	enum {
		CONTROL_SIGNAL,	/* value: one that was sent to the front */
		CONTROL_STOPPED,	/* value: the signal that did it */
		CONTROL_CONTINUED,
		CONTROL_ENDED,	/* value: the command's wait status */
	} kind;
	int value;
};

#endif
