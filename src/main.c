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
#include "src/id_maps.h"
#include "src/outside/enter.h"
#include "src/outside/name.h"
#include "src/outside/restore.h"
#include "src/syscall.h"
#include "src/trace.h"

#define UTS_LEN 64	/* __NEW_UTS_LEN */

#define JOIN_TRIES 2000	/* some milliseconds each */

enum {
	OPT_HOSTNAME = 256,
	OPT_MAP_USERS,
	OPT_MAP_GROUPS,
	OPT_MAP_AUTO,
	OPT_DOMAINNAME,
	OPT_INIT,
	OPT_KILL_CHILD,
	OPT_MOUNT_PROC,
	OPT_KEEP_CAPS,
	OPT_TRACE,
	OPT_TRACE_FORMAT,
	OPT_STATS,
	OPT_WITHOUT,
	OPT_NO_AGENT,
	OPT_LIST_SYSCALLS,
	OPT_KEEP,
	OPT_NET,
	OPT_ALLOW,
	OPT_LINK,
	OPT_RESTORE_IDS,
};

static const struct option options[] = {
	{ "pid", no_argument, NULL, 'p' },
	{ "ipc", no_argument, NULL, 'i' },
	{ "uts", no_argument, NULL, 'u' },
	{ "net", optional_argument, NULL, OPT_NET },
	{ "publish", required_argument, NULL, 'P' },
	{ "allow", required_argument, NULL, OPT_ALLOW },
	{ "link", required_argument, NULL, OPT_LINK },
	{ "user", no_argument, NULL, 'U' },
	{ "map-root-user", no_argument, NULL, 'r' },
	{ "map-current-user", no_argument, NULL, 'c' },
	{ "map-users", required_argument, NULL, OPT_MAP_USERS },
	{ "map-groups", required_argument, NULL, OPT_MAP_GROUPS },
	{ "map-auto", no_argument, NULL, OPT_MAP_AUTO },
	{ "hostname", required_argument, NULL, OPT_HOSTNAME },
	{ "domainname", required_argument, NULL, OPT_DOMAINNAME },
	{ "init", no_argument, NULL, OPT_INIT },
	{ "name", required_argument, NULL, 'l' },
	{ "keep", no_argument, NULL, OPT_KEEP },
	{ "restore-ids", required_argument, NULL, OPT_RESTORE_IDS },
	{ "kill-child", optional_argument, NULL, OPT_KILL_CHILD },
	{ "fork", no_argument, NULL, 'f' },
	{ "mount-proc", optional_argument, NULL, OPT_MOUNT_PROC },
	{ "keep-caps", no_argument, NULL, OPT_KEEP_CAPS },
	{ "trace", optional_argument, NULL, OPT_TRACE },
	{ "trace-format", required_argument, NULL, OPT_TRACE_FORMAT },
	{ "stats", optional_argument, NULL, OPT_STATS },
	{ "output", required_argument, NULL, 'o' },
	{ "stack", no_argument, NULL, 'k' },
	{ "without", required_argument, NULL, OPT_WITHOUT },
	{ "no-agent", no_argument, NULL, OPT_NO_AGENT },
	{ "list-syscalls", no_argument, NULL, OPT_LIST_SYSCALLS },
	{ "verbose", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

/* In two: C promises strings of 4095 bytes. */
static const char help[] =
"Usage: nsrun [OPTIONS] [--] COMMAND [ARGUMENT...]\n"
"       nsrun enter NAME|PID [OPTIONS] [--] COMMAND [ARGUMENT...]\n"
"       nsrun ls [--json]\n"
"       nsrun ids NAME|PID [--json]\n"
"       nsrun kill NAME|PID [SIGNAL]\n"
"       nsrun doctor\n"
"\n"
"Runs COMMAND and all it starts in Linux namespaces of its own: without\n"
"privilege, without the kernel's namespaces, without a change to COMMAND.\n"
"\n"
"Namespaces (with none of these letters, nor one of Users: -p, -i and -u)\n"
"  -p, --pid              its own process ids; COMMAND is pid 1\n"
"  -i, --ipc              its own System V shared memory, semaphores and\n"
"                         message queues, and POSIX message queues\n"
"  -u, --uts              its own host name and domain name\n"
"      --hostname=NAME    the host name to begin with\n"
"      --domainname=NAME  the domain name to begin with\n"
"  -n, --net[=KIND]       its own network: addresses, ports, interfaces, with\n"
"                         lo up; none-up: lo is down, as in a new one of the\n"
"                         kernel's; host: the host's, as without it; nat: with\n"
"                         a way out to what --allow says, and to name servers\n"
"  -P, --publish=[HOSTIP:]HOSTPORT:PORT[/udp]\n"
"                         HOSTPORT of the host leads to PORT inside; HOSTIP is\n"
"                         127.0.0.1 if it is not given\n"
"      --allow=HOST[:PORT]\n"
"                         with --net=nat: an address, ADDRESS/LENGTH, a name,\n"
"                         any; localhost: the host's own loopback, which is\n"
"                         10.0.2.2 or host.nsrun.internal inside\n"
"      --link=NAME[=ADDR[,OTHER]]\n"
"                         an interface to the network of the instance NAME:\n"
"                         here it has ADDR, there OTHER\n"
"\n"
"Users (each of them makes a user namespace)\n"
"  -U, --user             its own user and group ids, and capabilities\n"
"  -r, --map-root-user    you are root in it: id 0 stands for yours\n"
"  -c, --map-current-user you keep your ids\n"
"      --map-users=INNER,OUTER,COUNT, --map-groups=INNER,OUTER,COUNT\n"
"                         COUNT ids from INNER on stand for those from OUTER\n"
"                         on; can be given again\n"
"      --map-auto         all ids up to 65535 that are not mapped otherwise\n"
"                         exist, and stand for nobody outside\n";

static const char help_more[] =
"\n"
"Running\n"
"      --init             nsrun's own init is pid 1 and reaps orphans;\n"
"                         COMMAND is pid 2\n"
"  -l, --name=NAME        give the instance a name; if one of that name runs,\n"
"                         run COMMAND in it\n"
"      --keep             with --name: the instance stays when COMMAND has\n"
"                         ended, until `nsrun kill NAME`; as --init\n"
"      --restore-ids=FILE processes and System V objects get the numbers that\n"
"                         FILE tells of, as `nsrun ids NAME --json` wrote it\n"
"      --kill-child[=SIG] when nsrun itself is killed, send SIG to COMMAND\n"
"                         (otherwise, and without SIG: SIGKILL to all)\n"
"      --no-agent         leave COMMAND's memory alone: no call is answered in\n"
"                         its own process\n"
"      --keep-caps        started by root: COMMAND keeps the capabilities,\n"
"                         and can leave\n"
"  -f, --fork, --mount-proc\n"
"                         as for unshare(1); always so\n"
"\n"
"Seeing\n"
"      --trace[=SET]      print each system call that nsrun catches, or each\n"
"                         of SET, as strace has it: names with commas\n"
"                         between, %process, %ipc, %network, %file, %desc,\n"
"                         %memory, %signal, %creds, %clock, all; !SET: all\n"
"                         others\n"
"      --trace-format=FORM\n"
"                         text, or json: an object a line\n"
"      --stats[=SET]      print at the end how often each was made, and how\n"
"                         long nsrun took\n"
"  -o, --output=FILE      print to FILE, not to standard error\n"
"  -k, --stack            print the call stack of each, too\n"
"  -v, --verbose          say what is done\n"
"      --list-syscalls    print how each system call is handled\n"
"      --without=LIST     leave facilities unused: notify, killable, sync,\n"
"                         landlock, agent, bare\n"
"  -h, --help             this text\n"
"  -V, --version          the version\n"
"\n"
"Instances that run\n"
"  enter NAME|PID         run COMMAND in the one so named, or with that process\n"
"                         inside: -p, -i, -u, -U, -n: in these namespaces of it\n"
"                         alone; --pid=N: with that number\n"
"  ls                     list them\n"
"  ids NAME|PID           what has which number inside and outside\n"
"  kill NAME|PID [SIGNAL] send SIGNAL to its command; without: end it\n"
"A COMMAND with one of these names comes after --.\n"
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
					     "landlock", "agent", "bare" };
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

/* --trace=SET and --stats=SET mean the same calls. */
static void parse_set(struct config *config, const char *option,
		      const char *text)
{
	const char *word;
	size_t len;

	if (!text)
		return;
	if (trace_set_parse(text, &config->traced, &word, &len) < 0) {
		log_message("%s: %.*s: no such system call or class", option,
			    (int)len, word);
		fail_usage();
	}
	config->trace.set = &config->traced;
}

static bool parse_format(const char *text)
{
	if (strcmp(text, "json") == 0)
		return true;
	if (strcmp(text, "text") == 0)
		return false;
	log_message("--trace-format: %s: no such format", text);
	fail_usage();
}

/* Return: whether @opt was one of those of the trace. */
static bool parse_trace_option(struct config *config, int opt)
{
	struct trace_config *trace = &config->trace;

	switch (opt) {
	case OPT_TRACE:
		trace->lines = true;
		parse_set(config, "--trace", optarg);
		return true;
	case OPT_STATS:
		trace->stats = true;
		parse_set(config, "--stats", optarg);
		return true;
	case OPT_TRACE_FORMAT:
		trace->json = parse_format(optarg);
		return true;
	case 'o':
		trace->path = optarg;
		return true;
	case 'k':
		trace->stack = true;
		return true;
	}
	return false;
}

/* Options that end the program by themselves. */
static void print_and_exit(int opt)
{
	if (opt == 'h')
		printf("%s%s", help, help_more);
	else if (opt == 'V')
		puts("nsrun " NSRUN_VERSION);
	else if (opt == OPT_LIST_SYSCALLS)
		syscall_list(stdout);
	else
		return;
	if (fflush(stdout) != 0 || ferror(stdout)) {
		log_message("standard output: %s", log_errno(sys_result(-1)));
		exit(EXIT_NSRUN);
	}
	exit(0);
}

/* Return: whether @opt was one of those of the user namespace. */
static bool parse_user_option(struct config *config, int opt)
{
	switch (opt) {
	case 'U':
		break;
	case 'r':
		config->ids.root = true;
		break;
	case 'c':
		config->ids.current = true;
		break;
	case OPT_MAP_USERS:
		id_maps_add(&config->user.uids, "--map-users", optarg);
		break;
	case OPT_MAP_GROUPS:
		id_maps_add(&config->user.gids, "--map-groups", optarg);
		break;
	case OPT_MAP_AUTO:
		config->ids.all = true;
		break;
	default:
		return false;
	}
	config->kinds |= NS_USER;
	return true;
}

/* Of --net=KIND. */
static void parse_net(struct config *config, const char *kind)
{
	config->gateway->nat = kind && strcmp(kind, "nat") == 0;
	if (kind && strcmp(kind, "host") == 0) {
		config->kinds &= ~(unsigned int)NS_NET;
		return;
	}
	config->net_down = kind && strcmp(kind, "none-up") == 0;
	if (kind && !config->net_down && !config->gateway->nat) {
		log_message("--net: %s: no such network", kind);
		fail_usage();
	}
	config->kinds |= NS_NET;
}

static void parse_option(struct config *config, int opt, char **argv)
{
	print_and_exit(opt);
	if (parse_trace_option(config, opt) || parse_user_option(config, opt))
		return;
	switch (opt) {
	case 'p':
		config->kinds |= NS_PID;
		break;
	case 'i':
		config->kinds |= NS_IPC;
		break;
	case 'u':
		config->kinds |= NS_UTS;
		break;
	case 'n':
	case OPT_NET:
		parse_net(config, opt == 'n' ? NULL : optarg);
		break;
	case 'P':
		gateway_publish(config->gateway, optarg);
		config->kinds |= NS_NET;
		break;
	case OPT_ALLOW:
		gateway_allow(config->gateway, optarg);
		break;
	case OPT_LINK:
		gateway_link(config->gateway, optarg);
		config->kinds |= NS_NET;
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
	case 'l':
		if (!name_check(optarg))
			fail_usage();
		config->name = optarg;
		break;
	case OPT_KEEP:
		config->keep = config->init = true;
		break;
	case OPT_RESTORE_IDS:
		if (restore_read(optarg, &config->recorded) < 0)
			exit(EXIT_NSRUN);
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
	case OPT_NO_AGENT:
		config->without |= WITHOUT_AGENT;
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
	while ((opt = getopt_long(argc, argv, "+:piuUnrcfl:o:P:kvhV", options,
				  NULL)) != -1)
		parse_option(config, opt, argv);
	config->command = argv + optind;
	if (!config->command[0] && !config->keep) {
		log_message("no command: nothing to run");
		fail_usage();
	}
}

static void complete_trace(struct config *config)
{
	const struct trace_config *trace = &config->trace;

	if ((trace->stack || trace->json) && !trace->lines) {
		log_message("-k and --trace-format: only with --trace");
		fail_usage();
	}
	if (trace->path && !trace->lines && !trace->stats) {
		log_message("-o: only with --trace or --stats");
		fail_usage();
	}
	config->step = trace->set && trace->set->all;
	/* A stack can be read of a stopped task only. */
	if (trace->stack && !config->step)
		config->without |= WITHOUT_NOTIFY;
}

static void complete_gateway(const struct config *config)
{
	const struct gateway_config *gateway = config->gateway;

	if ((gateway->published_len || gateway->links_len) &&
	    !(config->kinds & NS_NET)) {
		log_message("--publish and --link: only with a network of its "
			    "own");
		exit(EXIT_NSRUN);
	}
	if (gateway->allowed_len && !gateway->nat) {
		log_message("--allow: only with --net=nat");
		exit(EXIT_NSRUN);
	}
}

/* What follows from what was asked, and what contradicts itself. */
static void complete(struct config *config)
{
	if (config->hostname || config->domainname)
		config->kinds |= config->kinds ? NS_UTS : 0;
	if (!config->kinds)
		config->kinds = NS_DEFAULT;
	if (config->init && !(config->kinds & NS_PID)) {
		log_message("--init: only with a pid namespace");
		log_hint("add -p");
		exit(EXIT_NSRUN);
	}
	if (config->recorded && !(config->kinds & NS_PID)) {
		log_message("--restore-ids: only with a pid namespace");
		log_hint("add -p");
		exit(EXIT_NSRUN);
	}
	if (config->keep && !config->name) {
		log_message("--keep: only with a name");
		log_hint("add --name=NAME");
		exit(EXIT_NSRUN);
	}
	complete_gateway(config);
	if (config->kinds & NS_USER)
		id_maps_complete(&config->ids, &config->user);
	complete_trace(config);
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

/* Return: an exit status, ENTER_GONE, or -2: there is none, its name is ours. */
static int join_named(struct config *config, unsigned int letters)
{
	struct config joining = *config;
	int instance;
	long r = name_claim(config->name, &instance, &config->name_socket,
			    &config->name_folder);

	if (r < 0)
		return r == -ESRCH ? ENTER_GONE : EXIT_NSRUN;
	if (instance < 0)
		return -2;
	if (!config->command[0] || config->recorded) {
		log_message("%s: is there already", config->name);
		return EXIT_NSRUN;
	}
	if (config->hostname || config->domainname)
		log_message("%s: is there already; its names stay as they are",
			    config->name);
	if (gateway_wanted(config->gateway) || config->gateway->links_len)
		log_message("%s: is there already; its network stays as it is",
			    config->name);
	joining.kinds = letters;
	return enter_run(&joining, instance, 0, 0);
}

/* Return: an exit status when that is all, or negative: a new instance. */
static int claim_name(struct config *config, unsigned int letters)
{
	int status = config->name ? ENTER_GONE : -2;

	/* One that is about to end can't be joined: its name is free soon. */
	for (int i = 0; status == ENTER_GONE && i < JOIN_TRIES; i++)
		status = join_named(config, letters);
	if (status != ENTER_GONE)
		return status;
	log_message("%s: is ending, and does not come to its end",
		    config->name);
	return EXIT_NSRUN;
}

int main(int argc, char **argv)
{
	static struct gateway_config gateway;
	struct config config = { .name_socket = -1,
				 .name_folder = -1,
				 .gateway = &gateway };
	unsigned int letters;
	unsigned int around;
	int status;

	fill_stdio();
	if (argc == 2 && strcmp(argv[1], "doctor") == 0)
		return doctor_run();
	if (outside_is_command(argc, argv))
		return outside_command(argc, argv);
	parse(&config, argc, argv);
	letters = config.kinds;
	complete(&config);
	around = inside_kinds();
	if (around && config.name) {
		log_message("%s: a name: not inside of another nsrun",
			    config.name);
		return EXIT_NSRUN;
	}
	if (around && (gateway_wanted(&gateway) || gateway.links_len)) {
		log_message("--publish, --link, --net=nat: not inside of another "
			    "nsrun");
		return EXIT_NSRUN;
	}
	if (around && config.recorded) {
		log_message("--restore-ids: not inside of another nsrun");
		return EXIT_NSRUN;
	}
	if (around)
		return inside_run(&config, around);
	if (config.trace.lines || config.trace.stats) {
		long r = trace_open(&config.trace);

		if (r < 0) {
			log_message("%s: %s", config.trace.path, log_errno(r));
			return EXIT_NSRUN;
		}
	}
	status = claim_name(&config, letters);
	if (status >= 0)
		return status;
	status = front_run(&config);
	return status;
}
