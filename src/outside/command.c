/* SPDX-License-Identifier: Apache-2.0 */
/* nsrun ls, ids, kill, enter: their command lines. */
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "src/host/log.h"
#include "src/host/sys.h"
#include "src/outside/enter.h"
#include "src/outside/name.h"
#include "src/syscall.h"

static _Noreturn void fail_usage(void)
{
	log_hint("`nsrun --help` lists the commands");
	exit(EXIT_NSRUN);
}

/* A decimal number of 1 to 9 digits, or -1. */
static int parse_number(const char *text)
{
	size_t len = strspn(text, "0123456789");

	if (len == 0 || len > 9 || text[len])
		return -1;
	return atoi(text);
}

/* ---- NAME|PID ---- */

struct search {
	int pid;
	int found;
};

static void look_for(int fd, const char *name, void *arg)
{
	struct search *search = arg;
	struct request rq = request_of(OP_FIND, search->pid);
	struct reply reply;
	int with;

	(void)name;
	if (search->found < 0 && ask(fd, &rq, &reply, &with) == 0)
		search->found = dup(fd);
}

/* Return: a connection, or a negative errno which has been told. */
static int find_instance(const char *word, int *ret_pid)
{
	struct search search = { .pid = parse_number(word), .found = -1 };

	*ret_pid = 0;
	if (search.pid < 0)
		return name_check(word) ? name_connect(word) : -EINVAL;
	name_for_each(look_for, &search);
	*ret_pid = search.pid;
	if (search.found >= 0)
		return search.found;
	log_message("%s: no process of an instance", word);
	return -ESRCH;
}

/* ---- the commands ---- */

static const struct option json_option[] = {
	{ "json", no_argument, NULL, 'j' },
	{ NULL, 0, NULL, 0 },
};

/* --json, and from @min to @max words. */
static bool parse_json(int argc, char **argv, int min, int max)
{
	bool json = false;
	int opt;

	opterr = 0;
	while ((opt = getopt_long(argc, argv, "+", json_option, NULL)) != -1) {
		if (opt != 'j') {
			log_message("%s: %s: unknown option", argv[0],
				    argv[optind - 1]);
			fail_usage();
		}
		json = true;
	}
	/* `ids NAME --json`, too. */
	if (argc - optind == max + 1 && strcmp(argv[argc - 1], "--json") == 0) {
		json = true;
		argc--;
	}
	if (argc - optind < min || argc - optind > max) {
		log_message("%s: %s", argv[0], argc - optind < min ?
			    "no instance is named" : "too many words");
		fail_usage();
	}
	return json;
}

static int run_ls(int argc, char **argv)
{
	return list_instances(parse_json(argc, argv, 0, 0));
}

static int run_ids(int argc, char **argv)
{
	bool json = parse_json(argc, argv, 1, 1);
	int pid, fd = find_instance(argv[optind], &pid);

	return fd < 0 ? EXIT_NSRUN : list_ids(fd, json);
}

static int parse_signal(const char *text)
{
	int nr = parse_number(text);

	if (strncmp(text, "SIG", 3) == 0)
		text += 3;
	for (int sig = 1; nr < 0 && sig < NSIG; sig++) {
		const char *name = sigabbrev_np(sig);

		if (name && strcmp(name, text) == 0)
			nr = sig;
	}
	if (nr > 0 && nr < NSIG)
		return nr;
	log_message("kill: %s: no such signal", text);
	fail_usage();
}

/* The connection ends with the supervisor. */
static void wait_end(int fd)
{
	struct pollfd end = { .fd = fd, .events = POLLIN };

	while (poll(&end, 1, -1) < 0)
		;
}

static int run_kill(int argc, char **argv)
{
	int sig, pid, fd, with;
	struct request rq;
	struct reply reply;
	long r;

	if (argc < 2 || argc > 3) {
		log_message("kill: %s", argc < 2 ? "no instance is named" :
			    "too many words");
		fail_usage();
	}
	sig = argc == 3 ? parse_signal(argv[2]) : 0;
	fd = find_instance(argv[1], &pid);
	if (fd < 0)
		return EXIT_NSRUN;
	rq = request_of(OP_KILL, sig);
	r = ask(fd, &rq, &reply, &with);
	if (r < 0) {
		log_message("kill: %s: %s", argv[1],
			    *reply.what ? reply.what : log_errno(r));
		return EXIT_NSRUN;
	}
	if (sig == 0)
		wait_end(fd);
	return 0;
}

static const struct option enter_options[] = {
	{ "pid", optional_argument, NULL, 'P' },
	{ "ipc", no_argument, NULL, 'i' },
	{ "uts", no_argument, NULL, 'u' },
	{ "net", no_argument, NULL, 'n' },
	{ "time", no_argument, NULL, 'T' },
	{ "user", no_argument, NULL, 'U' },
	{ NULL, 0, NULL, 0 },
};

static unsigned int kind_of_letter(int letter)
{
	switch (letter) {
	case 'i':
		return NS_IPC;
	case 'u':
		return NS_UTS;
	case 'U':
		return NS_USER;
	case 'n':
		return NS_NET;
	default:
		return NS_TIME;
	}
}

/* --pid=N chooses a number; -p and --pid are the namespace's letter. */
static void parse_enter(struct config *config, int argc, char **argv,
			int *ret_number)
{
	int opt;

	opterr = 0;
	optind = 0;
	while ((opt = getopt_long(argc, argv, "+piuUnT", enter_options, NULL)) !=
	       -1) {
		if (opt == 'p' || (opt == 'P' && !optarg)) {
			config->kinds |= NS_PID;
		} else if (opt == 'P') {
			*ret_number = parse_number(optarg);
			if (*ret_number > 0)
				continue;
			log_message("--pid: %s: no such number", optarg);
			fail_usage();
		} else if (opt != '?') {
			config->kinds |= kind_of_letter(opt);
		} else {
			log_message("enter: %s: unknown option",
				    argv[optind - 1]);
			fail_usage();
		}
	}
	config->command = argv + optind;
	if (!config->command[0]) {
		log_message("enter: no command: nothing to run");
		fail_usage();
	}
}

static int run_enter(int argc, char **argv)
{
	struct config config = { .name_socket = -1, .name_folder = -1 };
	int pid, fd, number = 0;

	if (argc < 2) {
		log_message("enter: no instance is named");
		fail_usage();
	}
	parse_enter(&config, argc - 1, argv + 1, &number);
	fd = find_instance(argv[1], &pid);
	if (fd < 0)
		return EXIT_NSRUN;
	pid = enter_run(&config, fd, pid, number);
	if (pid != ENTER_GONE)
		return pid;
	log_message("%s: the instance has ended", argv[1]);
	return EXIT_NSRUN;
}

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} commands[] = {
	{ "ls", run_ls },
	{ "ids", run_ids },
	{ "kill", run_kill },
	{ "enter", run_enter },
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

bool outside_is_command(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < COMMANDS; i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return true;
	return false;
}

int outside_command(int argc, char **argv)
{
	for (size_t i = 0; i < COMMANDS; i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return commands[i].run(argc - 1, argv + 1);
	return EXIT_NSRUN;
}
