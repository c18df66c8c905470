/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Made files: which there are, and how a guest gets one.
 *
 * Theory of operation. A made file is a memfd with the content at the time of
 * the open, reopened for reading only. It keeps its path in its name, so a
 * program that reads it again from the start (lseek to 0, pread at 0) gets
 * fresh content: view_refresh(). What is written goes through a pipe, which
 * is emptied before the next call of any task is answered, so a write is
 * seen by whoever knows of it.
 */
#include "src/view/view.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "src/host/sys.h"
#include "src/ns/ipc.h"
#include "src/ns/mnt.h"
#include "src/ns/net.h"
#include "src/ns/user_cred.h"
#include "src/task/agent.h"
#include "src/view/proc_map.h"
#include "src/view/proc_net.h"
#include "src/view/proc_time.h"
#include "src/view/root.h"

#define NAME_PREFIX    "nsrun:"
#define LINK_PREFIX    "/memfd:" NAME_PREFIX
#define LINK_SUFFIX    " (deleted)"
#define REAL_MAX       (1024 * 1024)
#define STORES_MAX     64
#define STORE_TEXT_MAX 256

#define IPC_LIMIT(name) \
	{ "sys/" name, NS_IPC, proc_ipc_limit, proc_store_ipc_limit, NULL }

#define MAP(path, make) { path, NS_USER, make, NULL, proc_map_open }

#define NET_FILE(name, make)                                              \
	{ "N/net/" name, NS_NET, make, NULL, NULL },                      \
	{ "N/task/N/net/" name, NS_NET, make, NULL, NULL }
/* Those of the host's network; after NET_FILE(). */
#define HOST_SOCKETS(name)                                                   \
	{ "N/net/" name, NS_USER, proc_user_sockets, NULL, NULL },           \
	{ "N/task/N/net/" name, NS_USER, proc_user_sockets, NULL, NULL }
#define NET_SYSCTL(name) \
	{ "sys/net/" name, NS_NET, proc_net_sysctl, proc_store_net_sysctl, \
	  NULL }

static const struct view views[] = {
	{ "N/stat", NS_PID, proc_stat, NULL, NULL },
	{ "N/task/N/stat", NS_PID, proc_stat, NULL, NULL },
	{ "N/status", NS_PID | NS_USER, proc_status, NULL, NULL },
	{ "N/task/N/status", NS_PID | NS_USER, proc_status, NULL, NULL },
	{ "N/task/N/children", NS_PID, proc_children, NULL, NULL },
	{ "N/fdinfo/N", NS_PID, proc_fdinfo, NULL, NULL },
	{ "N/task/N/fdinfo/N", NS_PID, proc_fdinfo, NULL, NULL },
	{ "N/sched", NS_PID, proc_sched, NULL, NULL },
	{ "N/task/N/sched", NS_PID, proc_sched, NULL, NULL },
	{ "N/cgroup", NS_PID, proc_cgroup, NULL, NULL },
	{ "N/task/N/cgroup", NS_PID, proc_cgroup, NULL, NULL },
	{ "N/timers", NS_PID, proc_timers, NULL, NULL },
	MAP("N/uid_map", proc_uid_map),
	MAP("N/task/N/uid_map", proc_uid_map),
	MAP("N/gid_map", proc_gid_map),
	MAP("N/task/N/gid_map", proc_gid_map),
	MAP("N/projid_map", proc_projid_map),
	MAP("N/task/N/projid_map", proc_projid_map),
	MAP("N/setgroups", proc_setgroups),
	MAP("N/task/N/setgroups", proc_setgroups),
	{ "N/timens_offsets", NS_PID, proc_timens_offsets, NULL, proc_map_open },
	{ "uptime", NS_TIME, proc_uptime, NULL, NULL },
	{ "stat", NS_TIME, proc_btime, NULL, NULL },
	{ "N/loginuid", NS_USER, proc_loginuid, NULL, NULL },
	{ "N/task/N/loginuid", NS_USER, proc_loginuid, NULL, NULL },
	{ "N/auxv", NS_USER, proc_auxv, NULL, NULL },
	{ "N/task/N/auxv", NS_USER, proc_auxv, NULL, NULL },
	{ "locks", NS_PID, proc_locks, NULL, NULL },
	{ "loadavg", NS_PID, proc_loadavg, NULL, NULL },
	{ "sys/kernel/hostname", NS_UTS, proc_hostname, proc_store_hostname, NULL },
	{ "sys/kernel/domainname", NS_UTS, proc_domainname,
	  proc_store_domainname, NULL },
	{ "sys/kernel/pid_max", NS_PID, proc_pid_max, NULL, NULL },
	{ "sys/kernel/ns_last_pid", NS_PID, proc_last_pid,
	  proc_store_last_pid, NULL },
	IPC_LIMIT("kernel/shmmax"),
	IPC_LIMIT("kernel/shmall"),
	IPC_LIMIT("kernel/shmmni"),
	IPC_LIMIT("kernel/shm_rmid_forced"),
	IPC_LIMIT("kernel/sem"),
	IPC_LIMIT("kernel/msgmax"),
	IPC_LIMIT("kernel/msgmnb"),
	IPC_LIMIT("kernel/msgmni"),
	IPC_LIMIT("kernel/auto_msgmni"),
	IPC_LIMIT("kernel/shm_next_id"),
	IPC_LIMIT("kernel/sem_next_id"),
	IPC_LIMIT("kernel/msg_next_id"),
	IPC_LIMIT("fs/mqueue/queues_max"),
	IPC_LIMIT("fs/mqueue/msg_max"),
	IPC_LIMIT("fs/mqueue/msg_default"),
	IPC_LIMIT("fs/mqueue/msgsize_max"),
	IPC_LIMIT("fs/mqueue/msgsize_default"),
	{ "sysvipc/msg", NS_IPC, proc_sysvipc, NULL, NULL },
	{ "sysvipc/sem", NS_IPC, proc_sysvipc, NULL, NULL },
	{ "sysvipc/shm", NS_IPC, proc_sysvipc, NULL, NULL },
	NET_FILE("dev", proc_net_file),
	NET_FILE("if_inet6", proc_net_file),
	NET_FILE("route", proc_net_file),
	NET_FILE("ipv6_route", proc_net_file),
	NET_FILE("arp", proc_net_file),
	NET_FILE("igmp", proc_net_groups),
	NET_FILE("igmp6", proc_net_groups),
	NET_FILE("dev_mcast", proc_net_groups),
	NET_FILE("tcp", proc_net_socks),
	NET_FILE("tcp6", proc_net_socks),
	NET_FILE("udp", proc_net_socks),
	NET_FILE("udp6", proc_net_socks),
	NET_FILE("sockstat", proc_net_sockstat),
	NET_FILE("sockstat6", proc_net_sockstat),
	NET_FILE("snmp", proc_net_zeros),
	NET_FILE("snmp6", proc_net_zeros),
	NET_FILE("netstat", proc_net_zeros),
	NET_FILE("softnet_stat", proc_net_zeros),
	NET_FILE("rt6_stats", proc_net_zeros),
	NET_FILE("icmp", proc_net_zeros),
	NET_FILE("icmp6", proc_net_zeros),
	NET_FILE("xfrm_stat", proc_net_zeros),
	NET_FILE("protocols", proc_net_protocols),
	NET_FILE("unix", proc_net_unix),
	HOST_SOCKETS("tcp"),
	HOST_SOCKETS("tcp6"),
	HOST_SOCKETS("udp"),
	HOST_SOCKETS("udp6"),
	NET_FILE("udplite", proc_net_head),
	NET_FILE("udplite6", proc_net_head),
	NET_FILE("raw", proc_net_head),
	NET_FILE("raw6", proc_net_head),
	NET_FILE("packet", proc_net_head),
	NET_FILE("netlink", proc_net_head),
	NET_FILE("mcfilter", proc_net_head),
	NET_FILE("mcfilter6", proc_net_head),
	NET_FILE("rt_cache", proc_net_head),
	NET_FILE("ip6_flowlabel", proc_net_head),
	NET_FILE("fib_triestat", proc_net_head),
	NET_FILE("anycast6", proc_net_empty),
	NET_FILE("fib_trie", proc_net_empty),
	NET_FILE("rt_acct", proc_net_empty),
	NET_FILE("nf_conntrack", proc_net_empty),
	NET_FILE("nf_conntrack_expect", proc_net_empty),
	NET_FILE("ip_tables_names", proc_net_empty),
	NET_FILE("ip6_tables_names", proc_net_empty),
	NET_FILE("arp_tables_names", proc_net_empty),
	NET_FILE("wireless", proc_net_empty),
	NET_SYSCTL("core/somaxconn"),
	NET_SYSCTL("ipv4/ip_forward"),
	NET_SYSCTL("ipv4/ip_local_port_range"),
	NET_SYSCTL("ipv4/ip_unprivileged_port_start"),
	NET_SYSCTL("ipv4/ip_default_ttl"),
	NET_SYSCTL("ipv4/ip_dynaddr"),
	NET_SYSCTL("ipv4/ip_local_reserved_ports"),
	NET_SYSCTL("ipv4/ip_nonlocal_bind"),
	NET_SYSCTL("ipv4/ping_group_range"),
	NET_SYSCTL("ipv4/icmp_echo_ignore_all"),
	NET_SYSCTL("ipv4/icmp_echo_ignore_broadcasts"),
	NET_SYSCTL("ipv4/tcp_syncookies"),
	NET_SYSCTL("ipv4/tcp_fin_timeout"),
	NET_SYSCTL("ipv4/tcp_keepalive_time"),
	NET_SYSCTL("ipv4/tcp_keepalive_intvl"),
	NET_SYSCTL("ipv4/tcp_keepalive_probes"),
	NET_SYSCTL("ipv4/tcp_max_syn_backlog"),
	NET_SYSCTL("ipv4/tcp_tw_reuse"),
	NET_SYSCTL("ipv4/tcp_syn_retries"),
	NET_SYSCTL("ipv4/tcp_synack_retries"),
	NET_SYSCTL("ipv4/tcp_timestamps"),
	NET_SYSCTL("ipv4/tcp_fastopen"),
	NET_SYSCTL("ipv4/tcp_ecn"),
	NET_SYSCTL("ipv4/tcp_sack"),
	NET_SYSCTL("ipv4/tcp_window_scaling"),
	NET_SYSCTL("ipv4/tcp_mtu_probing"),
	NET_SYSCTL("ipv4/tcp_slow_start_after_idle"),
	NET_SYSCTL("ipv4/tcp_retries1"),
	NET_SYSCTL("ipv4/tcp_retries2"),
	NET_SYSCTL("ipv6/bindv6only"),
	NET_SYSCTL("ipv6/ip_nonlocal_bind"),
	NET_SYSCTL("unix/max_dgram_qlen"),
	{ "sys/net/ipv4/conf/*/*", NS_NET, proc_net_conf, proc_store_net_conf,
	  NULL },
	{ "sys/net/ipv6/conf/*/*", NS_NET, proc_net_conf, proc_store_net_conf,
	  NULL },
};

/* For who has a root of its own. */
static const struct view rooted_views[] = {
	{ "N/maps", NS_USER, proc_rooted_maps, NULL, NULL },
	{ "N/task/N/maps", NS_USER, proc_rooted_maps, NULL, NULL },
	{ "N/smaps", NS_USER, proc_rooted_maps, NULL, NULL },
	{ "N/task/N/smaps", NS_USER, proc_rooted_maps, NULL, NULL },
	{ "N/numa_maps", NS_USER, proc_rooted_maps, NULL, NULL },
	{ "N/task/N/numa_maps", NS_USER, proc_rooted_maps, NULL, NULL },
	{ "N/mounts", NS_USER, proc_rooted_mounts, NULL, NULL },
	{ "N/task/N/mounts", NS_USER, proc_rooted_mounts, NULL, NULL },
	{ "N/mountinfo", NS_USER, proc_rooted_mounts, NULL, NULL },
	{ "N/task/N/mountinfo", NS_USER, proc_rooted_mounts, NULL, NULL },
};

/* Of who has a mount namespace of its own. */
static const struct view mount_views[] = {
	{ "N/mounts", NS_BASE, proc_mounts, NULL, NULL },
	{ "N/task/N/mounts", NS_BASE, proc_mounts, NULL, NULL },
	{ "N/mountinfo", NS_BASE, proc_mounts, NULL, NULL },
	{ "N/task/N/mountinfo", NS_BASE, proc_mounts, NULL, NULL },
	{ "N/mountstats", NS_BASE, proc_mounts, NULL, NULL },
	{ "N/task/N/mountstats", NS_BASE, proc_mounts, NULL, NULL },
};

static bool matches(const char *pattern, const char *path)
{
	while (*pattern && *path) {
		if (*pattern == 'N') {
			size_t n = strspn(path, "0123456789");

			if (n == 0)
				return false;
			path += n;
			pattern++;
		} else if (*pattern == '*') {
			path += strcspn(path, "/");
			pattern++;
		} else if (*pattern++ != *path++) {
			return false;
		}
	}
	return *pattern == *path;
}

static const struct view *find(const struct view *rows, size_t n,
			       unsigned int active, const char *path)
{
	for (size_t i = 0; i < n; i++)
		if (active & rows[i].ns && matches(rows[i].pattern, path))
			return &rows[i];
	return NULL;
}

#define FIND(rows, active, path) \
	find(rows, sizeof(rows) / sizeof(rows[0]), active, path)

/* Has the process that it is about a mount namespace of its own? */
static bool has_mounts(const struct task *viewer, const struct place *place)
{
	const struct task *task = view_subject(viewer, place->path);

	return task && mnt_own(task);
}

const struct view *view_find(const struct task *viewer,
			     const struct place *place)
{
	/* Others may be in a user or net namespace. */
	unsigned int active =
		NS_USER | (nets ? NS_NET : 0) |
		(viewer ? task_active(viewer) : instance.active);
	const struct view *view = FIND(views, active, place->path);

	/* Settings are the viewer's own; the host's network has its own. */
	if (view && view->ns == NS_NET && viewer && !net_of(viewer) &&
	    strncmp(place->path, "sys/", 4) == 0)
		return NULL;

	if (!view && viewer)
		view = FIND(mount_views, NS_BASE, place->path);
	if (view && view->make == proc_mounts && !has_mounts(viewer, place))
		view = NULL;
	if (!view && viewer && root_resolves(viewer))
		view = FIND(rooted_views, NS_USER, place->path);
	return view;
}

/*
 * For the names the kernel asks for its own root (uts_kern_table has no
 * set_ownership), for the limits of ipc for that of the namespace, for what
 * checkpoint tools set for a capability: ipc_permissions() of
 * ipc/ipc_sysctl.c, pid_ns_ctl_handler() of kernel/pid_namespace.c
 */
bool view_may_store(const struct task *writer, const struct view *view)
{
	const struct user_cred *cred = writer->cred;
	const struct ns_common *ns =
		view->store == proc_store_last_pid
			? &task_pid_ns(writer)->common
			: &writer->nsproxy->ipc->common;

	if (!cred)
		return true;
	if (view->store == proc_store_hostname ||
	    view->store == proc_store_domainname)
		return cred->euid == 0;
	if (view->store == proc_store_last_pid ||
	    strstr(view->pattern, "_next_id"))
		return user_capable_over(writer, ns, CAP_CHECKPOINT_RESTORE) ||
		       user_capable_over(writer, ns, CAP_SYS_ADMIN);
	return cred->euid == user_make_kuid(ns->owner, 0);
}

/* Makes the content, from the real file. Return: 0, with *@ret_text to free. */
static long make(const struct task *viewer, const struct view *view,
		 const struct place *place, char **ret_text, size_t *ret_len)
{
	static char real[REAL_MAX]; /* too large to be had anew each time */
	char path[VIEW_PATH_MAX];
	FILE *out;
	long r = view_host_path(viewer, place, path);

	if (r < 0)
		return r;
	r = sys_read_file(path, real, REAL_MAX);
	out = r < 0 ? NULL : open_memstream(ret_text, ret_len);
	if (r >= 0 && !out)
		r = -ENOMEM;
	if (out) {
		r = view->make(viewer, place, real, (size_t)r, out);
		if (fclose(out) != 0 && r == 0)
			r = -ENOMEM;
		if (r != 0)
			free(*ret_text);
	}
	return r;
}

static long fill(int fd, const char *text, size_t len)
{
	if (ftruncate(fd, 0) < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return sys_result(-1);
	return sys_write_all(fd, text, len);
}

static int new_made(const struct place *place)
{
	char name[VIEW_PATH_MAX];

	snprintf(name, sizeof(name), NAME_PREFIX "%.240s", place->path);
	return memfd_create(name, MFD_CLOEXEC);
}

/*
 * Programs that copy (cp) ask stat what they will open, and fstat whether
 * they have got it: the one that was asked for last is kept for its open.
 */
static struct {
	int fd; /* 0: none */
	char path[VIEW_PATH_MAX];
} reserved;

long view_reserve(const struct task *viewer, const struct place *place,
		  struct stat *ret_st)
{
	int fd;

	if (!view_find(viewer, place))
		return -ENOENT;
	if (!reserved.fd || strcmp(reserved.path, place->path) != 0) {
		fd = new_made(place);
		if (fd < 0)
			return sys_result(-1);
		if (reserved.fd)
			close(reserved.fd);
		reserved.fd = fd;
		memcpy(reserved.path, place->path, sizeof(reserved.path));
	}
	return sys_result(fstat(reserved.fd, ret_st));
}

static int take_reserved(const struct place *place)
{
	int fd = reserved.fd;

	if (!fd || strcmp(reserved.path, place->path) != 0)
		return new_made(place);
	reserved.fd = 0;
	return fd;
}

long view_open_made(const struct task *viewer, const struct view *view,
		    const struct place *place)
{
	char self[64], *text;
	_cleanup_close_ int fd = -1;
	size_t len;
	long r = make(viewer, view, place, &text, &len);

	if (r != 0)
		return r == VIEW_REAL ? -VIEW_REAL : r;
	fd = take_reserved(place);
	r = sys_result(fd);
	if (r >= 0)
		r = sys_result(fchmod(fd, 0444));
	if (r >= 0)
		r = fill(fd, text, len);
	free(text);
	if (r < 0)
		return r;
	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	return sys_result(open(self, O_RDONLY | O_CLOEXEC));
}

/* Return: whether @link names a made file; its place then. */
static bool parse_made(const char *link, struct place *ret_place)
{
	size_t n = strlen(link), suffix = strlen(LINK_SUFFIX);

	if (strncmp(link, LINK_PREFIX, strlen(LINK_PREFIX)) != 0 ||
	    n < strlen(LINK_PREFIX) + suffix ||
	    strcmp(link + n - suffix, LINK_SUFFIX) != 0)
		return false;
	n -= strlen(LINK_PREFIX) + suffix;
	if (n >= sizeof(ret_place->path))
		return false;
	ret_place->where = WHERE_PROC;
	memcpy(ret_place->path, link + strlen(LINK_PREFIX), n);
	ret_place->path[n] = 0;
	return true;
}

bool view_rename_made(char *link, size_t size)
{
	struct place place;

	if (!parse_made(link, &place))
		return false;
	snprintf(link, size, "/proc/%s", place.path);
	return true;
}

long view_refresh(struct call *c, int fd)
{
	char link[64], target[VIEW_PATH_MAX + 64], *text;
	_cleanup_close_ int made = -1;
	const struct view *view;
	struct place place;
	size_t len;
	long r;

	snprintf(link, sizeof(link), "/proc/%d/fd/%d", c->task->tid->host.n,
		 fd);
	if (sys_readlink(link, target, sizeof(target)) < 0 ||
	    !parse_made(target, &place))
		return 0;
	view = view_find(c->task, &place);
	if (!view)
		return 0;
	/* Its mode is what the guest is to see, and not to write to. */
	chmod(link, 0644);
	/* A guest may have leased it, or given its own file such a name. */
	made = open(link, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	chmod(link, 0444);
	if (made < 0)
		return 0;
	/* A process that is gone leaves what it said last. */
	r = make(c->task, view, &place, &text, &len);
	if (r != 0)
		return r == -ENOENT || r == -ESRCH ? -ENOENT : 0;
	fill(made, text, len);
	free(text);
	return 0;
}

/* ---- writing ---- */

static struct store {
	int fd; /* the end to read; 0: free */
	const struct view *view;
	struct nsproxy *nsproxy;
	struct pid *tid;
	char path[VIEW_PATH_MAX];
} stores[STORES_MAX];
static unsigned int stores_open;

long view_open_store(const struct task *writer, const struct view *view,
		     const struct place *place)
{
	struct store *store = NULL;
	int ends[2];
	long r;

	for (size_t i = 0; i < STORES_MAX && !store; i++)
		if (!stores[i].view)
			store = &stores[i];
	if (!store)
		return -ENFILE;
	r = sys_result(pipe2(ends, O_CLOEXEC | O_NONBLOCK));
	if (r < 0)
		return r;
	store->fd = ends[0];
	store->view = view;
	store->nsproxy = nsproxy_get(writer->nsproxy);
	store->tid = pid_get(writer->tid);
	memcpy(store->path, place->path, sizeof(store->path));
	stores_open++;
	agent_names_changed();
	return ends[1];
}

bool view_store_open(void)
{
	return stores_open > 0;
}

static void store_close(struct store *store)
{
	sys_close(&store->fd);
	nsproxy_put(store->nsproxy);
	pid_put(&instance.pids, store->tid);
	*store = (struct store){ 0 };
	stores_open--;
}

static const char *storing;

const char *view_stored_path(void)
{
	return storing;
}

static void store_collect(struct store *store)
{
	/* Only its namespaces matter: the writer may be gone by now. */
	const struct task writer = {
		.tid = store->tid,
		.nsproxy = store->nsproxy,
	};
	char text[STORE_TEXT_MAX];
	long n = sys_read(store->fd, text, sizeof(text) - 1);

	if (n > 0) {
		text[n] = 0;
		text[strcspn(text, "\n")] = 0;
		storing = store->path;
		store->view->store(&writer, store->view, text);
	} else if (n == 0) {
		store_close(store);
	}
}

void view_collect(void)
{
	proc_map_collect();
	for (size_t i = 0; stores_open > 0 && i < STORES_MAX; i++)
		if (stores[i].view)
			store_collect(&stores[i]);
}
