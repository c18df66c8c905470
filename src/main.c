/* SPDX-License-Identifier: Apache-2.0 */
/* The command line. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "src/config.h"
#include "src/host/caps.h"
#include "src/host/log.h"
#include "src/host/sys.h"
#include "src/syscall.h"
#include "src/trace.h"

#define UTS_LEN 64	/* __NEW_UTS_LEN */

/* Of each namespace that exists, but user and net: what a letter less asks. */
#define KINDS_DEFAULT (NS_PID | NS_UTS)

enum {
	OPT_HOSTNAME = 256,
	OPT_DOMAINNAME,
	OPT_INIT,
	OPT_KILL_CHILD,
	OPT_MOUNT_PROC,
	OPT_KEEP_CAPS,
	OPT_TRACE,
	OPT_WITHOUT,
	OPT_LIST_SYSCALLS,
};

static const struct option options[] = {
	{ "pid", no_argument, NULL, 'p' },
	{ "uts", no_argument, NULL, 'u' },
	{ "hostname", required_argument, NULL, OPT_HOSTNAME },
	{ "domainname", required_argument, NULL, OPT_DOMAINNAME },
	{ "init", no_argument, NULL, OPT_INIT },
	{ "kill-child", optional_argument, NULL, OPT_KILL_CHILD },
	{ "fork", no_argument, NULL, 'f' },
	{ "mount-proc", optional_argument, NULL, OPT_MOUNT_PROC },
	{ "keep-caps", no_argument, NULL, OPT_KEEP_CAPS },
	{ "trace", no_argument, NULL, OPT_TRACE },
	{ "output", required_argument, NULL, 'o' },
	{ "stack", no_argument, NULL, 'k' },
	{ "without", required_argument, NULL, OPT_WITHOUT },
	{ "list-syscalls", no_argument, NULL, OPT_LIST_SYSCALLS },
	{ "verbose", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

static const char help[] =
"Usage: nsrun [OPTIONS] [--] COMMAND [ARGUMENT...]\n"
"       nsrun doctor\n"
"\n"
"Runs COMMAND and all it starts in Linux namespaces of its own: without\n"
"privilege, without the kernel's namespaces, without a change to COMMAND.\n"
"\n"
"Namespaces (with none of these letters: all of them)\n"
"  -p, --pid              its own process ids; COMMAND is pid 1\n"
"  -u, --uts              its own host name and domain name\n"
"      --hostname=NAME    the host name to begin with\n"
"      --domainname=NAME  the domain name to begin with\n"
"\n"
"Running\n"
"      --init             nsrun's own init is pid 1 and reaps orphans;\n"
"                         COMMAND is pid 2\n"
"      --kill-child[=SIG] when nsrun itself is killed, send SIG to COMMAND\n"
"                         (otherwise, and without SIG: SIGKILL to all)\n"
"      --keep-caps        started by root: COMMAND keeps the capabilities,\n"
"                         and can leave\n"
"  -f, --fork, --mount-proc\n"
"                         as for unshare(1); always so\n"
"\n"
"Seeing\n"
"      --trace            print each caught system call\n"
"  -o, --output=FILE      print it to FILE\n"
"  -k, --stack            print the call stack of each, too\n"
"  -v, --verbose          say what is done\n"
"      --list-syscalls    print how each system call is handled\n"
"      --without=LIST     leave facilities unused: notify, killable, sync,\n"
"                         landlock\n"
"  -h, --help             this text\n"
"  -V, --version          the version\n"
"\n"
"Exit status: COMMAND's; 128+N if signal N ended it; 127 COMMAND not found,\n"
"126 not executable, 125 nsrun itself failed.\n";

static _Noreturn void fail_usage(void)
{
	log_hint("`nsrun --help` lists the options");
	exit(EXIT_NSRUN);
}

/* What getopt_long() found wrong with the option before optind. */
static _Noreturn void refuse_option(int opt, char **argv)
{
	const char *word = argv[optind - 1];
	size_t len = strcspn(word, "=");
	char letter[3] = { '-', (char)optopt, 0 };
	bool is_long = strncmp(word, "--", 2) == 0;

	if (!is_long) {
		word = letter;
		len = 2;
	}
	if (opt == ':')
		log_message("%.*s: a value is missing", (int)len, word);
	else if (is_long && optopt)
		log_message("%.*s: takes no value", (int)len, word);
	else
		log_message("%.*s: unknown option", (int)len, word);
	fail_usage();
}

static const char *parse_name(const char *option, const char *name)
{
	if (strlen(name) <= UTS_LEN)
		return name;
	/* What sethostname(2) says. */
	log_message("%s: %s", option, log_errno(EINVAL));
	log_hint("a name has at most %d bytes", UTS_LEN);
	exit(EXIT_NSRUN);
}

static int parse_signal(const char *text)
{
	char *end;
	long nr;

	if (!text)
		return SIGKILL;
	if (strncmp(text, "SIG", 3) == 0)
		text += 3;
	for (int sig = 1; sig < NSIG; sig++) {
		const char *name = sigabbrev_np(sig);

		if (name && strcmp(name, text) == 0)
			return sig;
	}
	nr = strtol(text, &end, 10);
	if (*text && !*end && nr > 0 && nr < NSIG)
		return (int)nr;
	log_message("--kill-child: %s: no such signal", text);
	fail_usage();
}

static unsigned int parse_without(const char *list)
{
	static const char *const names[] = { "notify", "killable", "sync",
					     "landlock" };
	const unsigned int n = sizeof(names) / sizeof(names[0]);
	unsigned int set = 0;

	while (*list) {
		size_t len = strcspn(list, ",");
		unsigned int bit = 0;

		for (unsigned int i = 0; i < n; i++)
			if (strlen(names[i]) == len &&
			    strncmp(names[i], list, len) == 0)
				bit = 1U << i;
		if (!bit) {
			log_message("--without: %.*s: no such facility",
				    (int)len, list);
			fail_usage();
		}
		set |= bit;
		list += len + (list[len] == ',');
	}
	return set;
}

/* Options that end the program by themselves. */
static void print_and_exit(int opt)
{
	if (opt == 'h')
		fputs(help, stdout);
	else if (opt == 'V')
		puts("nsrun " NSRUN_VERSION);
	else if (opt == OPT_LIST_SYSCALLS)
		syscall_list(stdout);
	else
		return;
	if (fflush(stdout) != 0) {
		log_message("standard output: %s", log_errno(sys_result(-1)));
		exit(EXIT_NSRUN);
	}
	exit(0);
}

static void parse_option(struct config *config, int opt, char **argv)
{
	print_and_exit(opt);
	switch (opt) {
	case 'p':
		config->kinds |= NS_PID;
		break;
	case 'u':
		config->kinds |= NS_UTS;
		break;
	case OPT_HOSTNAME:
		config->hostname = parse_name("--hostname", optarg);
		break;
	case OPT_DOMAINNAME:
		config->domainname = parse_name("--domainname", optarg);
		break;
	case OPT_INIT:
		config->init = true;
		break;
	case OPT_KILL_CHILD:
		config->kill_child = parse_signal(optarg);
		break;
	case 'f':
	case OPT_MOUNT_PROC:
		break;
	case OPT_KEEP_CAPS:
		config->keep_caps = true;
		break;
	case OPT_TRACE:
		config->trace = true;
		break;
	case 'o':
		config->trace_file = optarg;
		break;
	case 'k':
		config->trace_stack = true;
		break;
	case OPT_WITHOUT:
		config->without |= parse_without(optarg);
		break;
	case 'v':
		config->verbose = true;
		break;
	default:
		refuse_option(opt, argv);
	}
}

static void parse(struct config *config, int argc, char **argv)
{
	int opt;

	opterr = 0;
	while ((opt = getopt_long(argc, argv, "+:pufo:kvhV", options, NULL)) !=
	       -1)
		parse_option(config, opt, argv);
	config->command = argv + optind;
	if (!config->command[0]) {
		log_message("no command: nothing to run");
		fail_usage();
	}
}

/* What follows from what was asked, and what contradicts itself. */
static void complete(struct config *config)
{
	if (config->hostname || config->domainname)
		config->kinds |= config->kinds ? NS_UTS : 0;
	if (!config->kinds)
		config->kinds = KINDS_DEFAULT;
	if (config->init && !(config->kinds & NS_PID)) {
		log_message("--init: only with a pid namespace");
		log_hint("add -p");
		exit(EXIT_NSRUN);
	}
	if ((config->trace_file || config->trace_stack) && !config->trace) {
		log_message("-o and -k: only with --trace");
		fail_usage();
	}
	/* A stack can be read of a stopped task only. */
	if (config->trace_stack)
		config->without |= WITHOUT_NOTIFY;
	if (config->keep_caps && caps_any())
		log_message("--keep-caps: the command is privileged and can "
			    "leave its namespaces");
}

/* Descriptors 0 to 2 are taken, so that no other lands there. */
static void fill_stdio(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	} while (fd >= 0 && fd <= 2);
	if (fd > 2)
		close(fd);
}

int main(int argc, char **argv)
{
	struct config config = { 0 };
	int status;

	fill_stdio();
	if (argc == 2 && strcmp(argv[1], "doctor") == 0)
		return doctor_run();
	parse(&config, argc, argv);
	complete(&config);
	if (config.trace) {
		long r = trace_open(config.trace_file, config.trace_stack);

		if (r < 0) {
			log_message("%s: %s", config.trace_file, log_errno(r));
			return EXIT_NSRUN;
		}
	}
	status = front_run(&config);
	return status;
}
