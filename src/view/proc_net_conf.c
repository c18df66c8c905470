/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /proc/sys/net of a network namespace. A few settings act: the range of
 * ports, who may take low ones, forwarding, what an interface has of IPv6. The
 * others are kept and told, for programs that set them.
 */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>
#include "src/net/devices.h"
#include "src/view/proc_net.h"
#include "tables/net_ports.h"

#define CONF4  "sys/net/ipv4/conf/"
#define CONF6  "sys/net/ipv6/conf/"
#define NEIGH4 "sys/net/ipv4/neigh/"
#define NEIGH6 "sys/net/ipv6/neigh/"
#define MS     1000

/* What a fresh namespace has, where it is not another's matter. */
static const struct {
	const char *path, *value;
} firsts[] = {
	{ "core/somaxconn", "4096" },
	{ "ipv4/ip_default_ttl", "64" },
	{ "ipv4/ip_dynaddr", "0" },
	{ "ipv4/ip_local_reserved_ports", "" },
	{ "ipv4/ip_nonlocal_bind", "0" },
	{ "ipv4/ping_group_range", "1\t0" },
	{ "ipv4/icmp_echo_ignore_all", "0" },
	{ "ipv4/icmp_echo_ignore_broadcasts", "1" },
	{ "ipv4/tcp_syncookies", "1" },
	{ "ipv4/tcp_fin_timeout", "60" },
	{ "ipv4/tcp_keepalive_time", "7200" },
	{ "ipv4/tcp_keepalive_intvl", "75" },
	{ "ipv4/tcp_keepalive_probes", "9" },
	{ "ipv4/tcp_max_syn_backlog", "2048" },
	{ "ipv4/tcp_tw_reuse", "2" },
	{ "ipv4/tcp_syn_retries", "6" },
	{ "ipv4/tcp_synack_retries", "5" },
	{ "ipv4/tcp_timestamps", "1" },
	{ "ipv4/tcp_fastopen", "1" },
	{ "ipv4/tcp_ecn", "2" },
	{ "ipv4/tcp_sack", "1" },
	{ "ipv4/tcp_window_scaling", "1" },
	{ "ipv4/tcp_mtu_probing", "0" },
	{ "ipv4/tcp_slow_start_after_idle", "1" },
	{ "ipv4/tcp_retries1", "3" },
	{ "ipv4/tcp_retries2", "15" },
	{ "ipv6/bindv6only", "0" },
	{ "ipv6/ip_nonlocal_bind", "0" },
	{ "unix/max_dgram_qlen", "10" },
};

#define FIRSTS (sizeof(firsts) / sizeof(firsts[0]))

/* Those that were set: a list of each net. */
struct net_setting {
	struct net_setting *next;
	size_t index; /* of firsts[] */
	char value[64];
};

static const char *below_net(const char *path)
{
	return path + strlen("sys/net/");
}

static struct net_setting *find_set(const struct net *net, size_t index)
{
	struct net_setting *set;

	LL_FOREACH (net->settings, set)
		if (set->index == index)
			return set;
	return NULL;
}

static size_t index_of(const char *name)
{
	size_t i = 0;

	while (i < FIRSTS && strcmp(firsts[i].path, name) != 0)
		i++;
	return i;
}

long proc_net_sysctl(const struct task *viewer, const struct place *place,
		     char *real, size_t len, FILE *out)
{
	const char *name = below_net(place->path);
	struct net *net = net_of(viewer);
	const struct net_setting *set;
	size_t i = index_of(name);

	(void)real;
	(void)len;
	if (strcmp(name, "ipv4/ip_forward") == 0)
		fprintf(out, "%d\n",
			net->devices.conf_all.v4[NET_CONF4_FORWARDING]);
	else if (strcmp(name, "ipv4/ip_local_port_range") == 0)
		fprintf(out, "%u\t%u\n", net->ports->low, net->ports->high);
	else if (strcmp(name, "ipv4/ip_unprivileged_port_start") == 0)
		fprintf(out, "%u\n", net->ports->unprivileged);
	else if (i < FIRSTS && (set = find_set(net, i)))
		fprintf(out, "%s\n", set->value);
	else if (i < FIRSTS)
		fprintf(out, "%s\n", firsts[i].value);
	else
		return VIEW_REAL;
	return 0;
}

/* ---- settings of interfaces ---- */

struct conf_place {
	bool v6;
	int index; /* in net_conf */
	struct net_conf *conf;
	struct net_device *dev; /* NULL: all or default */
	bool all;
};

/* Which setting of which interface of @net the path names. */
static bool parse_conf(struct net *net, const char *path,
		       struct conf_place *ret_place)
{
	char name[IFNAMSIZ];
	const char *slash;
	size_t n;

	*ret_place = (struct conf_place){ .index = -1 };
	if (strncmp(path, CONF4, strlen(CONF4)) != 0 &&
	    strncmp(path, CONF6, strlen(CONF6)) != 0)
		return false;
	ret_place->v6 = path[strlen("sys/net/ipv")] == '6';
	path += strlen(CONF4);
	slash = strchr(path, '/');
	n = slash ? (size_t)(slash - path) : strlen(path);
	if (n >= sizeof(name))
		return true;
	memcpy(name, path, n);
	name[n] = 0;
	ret_place->all = strcmp(name, "all") == 0;
	ret_place->dev = net_dev_by_name(&net->devices, name);
	ret_place->conf = ret_place->all ? &net->devices.conf_all
			  : strcmp(name, "default") == 0
				  ? &net->devices.conf_default
			  : ret_place->dev ? &ret_place->dev->conf
					   : NULL;
	if (slash)
		ret_place->index = net_conf_find(ret_place->v6, slash + 1);
	return true;
}

/* Those that rtnetlink tells in milliseconds, and the files in seconds. */
static bool in_seconds(const char *name)
{
	return strcmp(name, "router_probe_interval") == 0 ||
	       strncmp(name, "router_solicitation_", 20) == 0;
}

static int32_t *value_of(const struct conf_place *p)
{
	return p->v6 ? &p->conf->v6[p->index] : &p->conf->v4[p->index];
}

long proc_net_conf(const struct task *viewer, const struct place *place,
		   char *real, size_t len, FILE *out)
{
	struct conf_place p;
	const char *name;

	if (!parse_conf(net_of(viewer), place->path, &p) || !p.conf)
		return -ENOENT;
	if (p.index < 0) { /* one that rtnetlink does not tell */
		fwrite(real, 1, len, out);
		return 0;
	}
	name = net_conf_name(p.v6, p.index);
	if (strcmp(name, "ioam6_id_wide") == 0)
		fprintf(out, "%u\n", (uint32_t)*value_of(&p));
	else
		fprintf(out, "%d\n",
			in_seconds(name) ? *value_of(&p) / MS : *value_of(&p));
	return 0;
}

/*
 * What the host has of any interface, of a path below NEIGH4 or NEIGH6. Only
 * the first namespace has a "default" there.
 */
static long neigh_host_path(const struct net *net, const char *path, char *buf,
			    size_t size)
{
	const char *name = path + strlen(NEIGH4);
	int len = (int)strcspn(name, "/");
	char dev[IFNAMSIZ];

	snprintf(dev, sizeof(dev), "%.*s", len, name);
	if (len >= IFNAMSIZ || !net_dev_by_name(&net->devices, dev))
		return -ENOENT;
	snprintf(buf, size, "/proc/%.*slo%s", (int)strlen(NEIGH4), path,
		 name + len);
	return 0;
}

static bool is_below(const char *path, const char *folder)
{
	return strncmp(path, folder, strlen(folder)) == 0 &&
	       path[strlen(folder)];
}

long proc_net_host_path(const struct task *from, const char *path, char *buf,
			size_t size)
{
	struct net *net = net_of(from);
	struct conf_place p;
	const char *slash;

	if (!net)
		return 0;
	if (is_below(path, NEIGH4) || is_below(path, NEIGH6))
		return neigh_host_path(net, path, buf, size);
	if (!parse_conf(net, path, &p) || !path[strlen(CONF4)])
		return 0;
	if (!p.conf)
		return -ENOENT;
	slash = strchr(path + strlen(CONF4), '/');
	snprintf(buf, size, "/proc/%.*s%s%s", (int)strlen(CONF4), path,
		 p.all ? "all" : "default", slash ? slash : "");
	return 0;
}

/* ---- listing ---- */

/* Is @path, without a slash behind it, the folder @folder? */
static bool is_folder(const char *path, const char *folder)
{
	size_t n = strlen(folder) - 1;

	return strncmp(path, folder, n) == 0 && !path[n];
}

/* Sysctls are listed by name. */
static int compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

size_t proc_net_list(const struct task *viewer, const char *path,
		     const char ***ret_names)
{
	bool conf = is_folder(path, CONF4) || is_folder(path, CONF6);
	struct net *net = net_of(viewer);
	const struct net_device *dev;
	size_t n;

	*ret_names = NULL;
	if (!net ||
	    (!conf && !is_folder(path, NEIGH4) && !is_folder(path, NEIGH6)))
		return 0;
	LL_COUNT(net->devices.devs, dev, n);
	*ret_names = calloc(n + 2, sizeof(**ret_names));
	if (!*ret_names)
		return 0;
	n = 0;
	if (conf) {
		(*ret_names)[n++] = "all";
		(*ret_names)[n++] = "default";
	}
	LL_FOREACH (net->devices.devs, dev)
		(*ret_names)[n++] = dev->name;
	qsort(*ret_names, n, sizeof(**ret_names), compare);
	return n;
}

/* ---- writing ---- */

/* Return: whether @text is a number, and nothing but space behind it. */
static bool number(const char **text, long min, long max, long *ret_value)
{
	char *end;
	long value;

	value = strtol(*text, &end, 0);
	if (end == *text || value < min || value > max ||
	    (*end && !isspace((unsigned char)*end)))
		return false;
	*ret_value = value;
	*text = end;
	return true;
}

/* What "all" says goes for each: inet_forward_change() and its like. */
static void set_each(struct net *net, bool v6, int index, int32_t value)
{
	struct net_devices *devices = &net->devices;
	struct net_device *dev;

	if (v6)
		devices->conf_all.v6[index] = devices->conf_default.v6[index] =
			value;
	else
		devices->conf_all.v4[index] = devices->conf_default.v4[index] =
			value;
	LL_FOREACH (devices->devs, dev) {
		if (v6)
			dev->conf.v6[index] = value;
		else
			dev->conf.v4[index] = value;
		if (v6 && index == NET_CONF6_DISABLE_IPV6)
			net_auto_disabled6(dev);
	}
}

static bool goes_for_each(const struct conf_place *p)
{
	return p->all && (p->v6 ? p->index == NET_CONF6_FORWARDING ||
					  p->index == NET_CONF6_DISABLE_IPV6
				: p->index == NET_CONF4_FORWARDING);
}

void proc_store_net_conf(const struct task *writer, const struct view *view,
			 const char *text)
{
	struct net *net = net_of(writer);
	struct conf_place p;
	long value;

	(void)view;
	/* The row is a pattern; the place is what was opened. */
	if (!parse_conf(net, view_stored_path(), &p) || !p.conf ||
	    p.index < 0 || !number(&text, INT_MIN, INT_MAX, &value))
		return;
	if (in_seconds(net_conf_name(p.v6, p.index)))
		value *= MS;
	if (goes_for_each(&p)) {
		set_each(net, p.v6, p.index, (int32_t)value);
		return;
	}
	*value_of(&p) = (int32_t)value;
	if (p.dev && p.v6 && p.index == NET_CONF6_DISABLE_IPV6)
		net_auto_disabled6(p.dev);
}

static void store_range(struct net *net, const char *text)
{
	long low, high;

	if (number(&text, 1, UINT16_MAX, &low) &&
	    number(&text, low, UINT16_MAX, &high)) {
		net->ports->low = (uint16_t)low;
		net->ports->high = (uint16_t)high;
	}
}

static void store_text(struct net *net, size_t index, const char *text)
{
	struct net_setting *set = find_set(net, index);
	const char *at = text;
	long value;

	/* Where a number is, a number has to be. */
	if (isdigit((unsigned char)firsts[index].value[0]) &&
	    !number(&at, INT_MIN, INT_MAX, &value))
		return;
	if (!set) {
		set = calloc(1, sizeof(*set));
		if (!set)
			return;
		set->index = index;
		LL_PREPEND(net->settings, set);
	}
	snprintf(set->value, sizeof(set->value), "%s", text);
}

void proc_store_net_sysctl(const struct task *writer, const struct view *view,
			   const char *text)
{
	const char *name = below_net(view->pattern);
	struct net *net = net_of(writer);
	size_t i = index_of(name);
	long value;

	if (strcmp(name, "ipv4/ip_forward") == 0) {
		if (number(&text, INT_MIN, INT_MAX, &value))
			set_each(net, false, NET_CONF4_FORWARDING, value != 0);
	} else if (strcmp(name, "ipv4/ip_local_port_range") == 0) {
		store_range(net, text);
	} else if (strcmp(name, "ipv4/ip_unprivileged_port_start") == 0) {
		if (number(&text, 0, UINT16_MAX, &value))
			net->ports->unprivileged = (uint16_t)value;
	} else if (i < FIRSTS) {
		store_text(net, i, text);
	}
}

static void settings_exit(struct net *net)
{
	struct net_setting *set, *next;

	LL_FOREACH_SAFE (net->settings, set, next)
		free(set);
}

static int settings_init(struct net *net)
{
	net->settings = NULL;
	return 0;
}

const struct net_subsystem net_settings_subsystem = {
	.name = "settings",
	.init = settings_init,
	.exit = settings_exit,
};
