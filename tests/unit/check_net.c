/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Unit tests of tables/net_*.c: interfaces, the routes that come by
 * themselves, and ways between namespaces. What is expected was seen in the
 * kernel's own namespaces.
 */
#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tables/net_fib.h"

static struct net_devices a, b, router;

static void setup(void)
{
	ck_assert_int_eq(net_devices_init(&a), 0);
	ck_assert_int_eq(net_devices_init(&b), 0);
	ck_assert_int_eq(net_devices_init(&router), 0);
}

static void teardown(void)
{
	net_devices_fini(&a);
	net_devices_fini(&b);
	net_devices_fini(&router);
	ck_assert_int_eq(a.routes_len + b.routes_len + router.routes_len, 0);
	ck_assert_uint_eq(net_totals.devs + net_totals.addrs +
				  net_totals.routes + net_totals.rules +
				  net_totals.neighs,
			  0);
	ck_assert_ptr_null(a.devs);
}

static void up(struct net_device *dev)
{
	net_dev_set_flags(dev, IFF_UP, IFF_UP);
}

static void down(struct net_device *dev)
{
	net_dev_set_flags(dev, 0, IFF_UP);
}

static int add_addr(struct net_device *dev, const char *ip, int len)
{
	struct net_addr addr = {
		.local = net_ip_parse(ip),
		.peer = net_ip_parse(ip),
		.prefix_len = (uint8_t)len,
		.flags = IFA_F_PERMANENT,
		.valid = NET_FOREVER,
		.preferred = NET_FOREVER,
	};

	return net_addr_add(dev, &addr, NULL);
}

static void pair(struct net_devices *x, const char *name, struct net_devices *y,
		 const char *peer, struct net_device **ret_x,
		 struct net_device **ret_y)
{
	ck_assert_int_eq(net_dev_create(y, NET_VETH, peer, 0, ret_y), 0);
	ck_assert_int_eq(net_dev_create(x, NET_VETH, name, 0, ret_x), 0);
	net_dev_pair(*ret_x, *ret_y);
	net_dev_register(*ret_y);
	net_dev_register(*ret_x);
}

/* "10.0.0.0/24 unicast main, …", in the order of a dump. */
static const char *routes(const struct net_route *route)
{
	static char text[4096];
	char ip[INET6_ADDRSTRLEN];
	size_t at = 0;

	text[0] = 0;
	for (; route; route = route->next) {
		inet_ntop(route->dst.family, route->dst.bytes, ip, sizeof(ip));
		at += (size_t)snprintf(text + at, sizeof(text) - at,
				       "%s/%d t%d %u; ", ip, route->dst_len,
				       route->type, route->table);
	}
	return text;
}

static int go(struct net_devices *net, const char *ip, struct net_arrival *at)
{
	struct net_flow flow = { .dst = net_ip_parse(ip) };

	return net_deliver(net, &flow, at);
}

START_TEST(prefixes)
{
	struct net_ip ip = net_ip_parse("10.1.2.3"), m;

	m = net_ip_masked(&ip, 20);
	ck_assert_mem_eq(m.bytes, "\x0a\x01\x00\x00", 4);
	m = net_ip_filled(&ip, 20);
	ck_assert_mem_eq(m.bytes, "\x0a\x01\x0f\xff", 4);
	m = net_ip_parse("10.1.0.0");
	ck_assert(net_ip_in(&ip, &m, 16));
	ck_assert(!net_ip_in(&ip, &m, 23));
	ck_assert(net_ip_in(&ip, &m, 22));
	m = net_ip_map(&ip);
	ck_assert(!net_ip_in(&ip, &m, 0));
	m = net_ip_unmap(&m);
	ck_assert(net_ip_equal(&ip, &m));
}
END_TEST

START_TEST(lo_brings_its_own)
{
	struct net_arrival at;

	ck_assert_str_eq(routes(a.routes4), "");
	ck_assert_int_eq(go(&a, "127.0.0.1", &at), -ENETUNREACH);
	ck_assert_int_eq(go(&a, "::1", &at), -EADDRNOTAVAIL);
	up(a.lo);
	ck_assert_str_eq(routes(a.routes4),
			 "127.0.0.0/8 t2 255; 127.0.0.1/32 t2 255; "
			 "127.255.255.255/32 t3 255; ");
	ck_assert_str_eq(routes(a.routes6), "::1/128 t2 255; ");
	ck_assert_int_eq(go(&a, "127.9.9.9", &at), 0);
	ck_assert_ptr_eq(at.net, &a);
	ck_assert_mem_eq(at.way.src.bytes, "\x7f\0\0\1", 4);
	ck_assert_int_eq(go(&a, "::1", &at), 0);
	ck_assert_int_eq(go(&a, "8.8.8.8", &at), -ENETUNREACH);
	ck_assert_int_eq(go(&a, "2001:db8::1", &at), -ENETUNREACH);
	down(a.lo);
	ck_assert_int_eq(go(&a, "127.0.0.1", &at), -ETIMEDOUT);
	ck_assert_int_eq(go(&a, "::1", &at), -EADDRNOTAVAIL);
}
END_TEST

START_TEST(addresses_bring_routes)
{
	struct net_device *x, *y;

	pair(&a, "v0", &a, "v1", &x, &y);
	ck_assert_int_eq(add_addr(x, "10.0.0.1", 24), 0);
	ck_assert_int_eq(add_addr(x, "10.0.0.1", 24), -EEXIST);
	ck_assert_str_eq(routes(a.routes4), "10.0.0.1/32 t2 255; ");
	up(x);
	ck_assert_int_eq(net_dev_operstate(x), 3);
	ck_assert_str_eq(routes(a.routes4),
			 "10.0.0.0/24 t1 254; 10.0.0.1/32 t2 255; "
			 "10.0.0.255/32 t3 255; ");
	ck_assert(net_hop_linkdown(&a, a.routes4->hops));
	ck_assert_str_eq(routes(a.routes6), "");
	up(y);
	ck_assert(!net_hop_linkdown(&a, a.routes4->hops));
	ck_assert_int_eq(add_addr(x, "10.0.0.2", 24), 0);
	ck_assert(x->addrs4->next->flags & IFA_F_SECONDARY);
	down(x);
	ck_assert_str_eq(routes(a.routes4),
			 "10.0.0.1/32 t2 255; 10.0.0.2/32 t2 255; ");
	up(x);
	net_addr_del(x->addrs4); /* the secondary goes with it */
	ck_assert_ptr_null(x->addrs4);
	ck_assert_str_eq(routes(a.routes4), "");
}
END_TEST

START_TEST(link_local_addresses)
{
	struct net_device *x, *y;

	pair(&a, "v0", &a, "v1", &x, &y);
	net_dev_set_address(x, (const uint8_t[]){ 2, 0, 0, 0, 0, 1 });
	net_dev_set_address(y, (const uint8_t[]){ 2, 0, 0, 0, 0, 2 });
	up(x);
	ck_assert_ptr_null(x->addrs6);
	up(y);
	ck_assert_ptr_nonnull(x->addrs6);
	ck_assert_ptr_nonnull(y->addrs6);
	ck_assert_str_eq(routes(a.routes6),
			 "fe80::/64 t1 254; fe80::/64 t1 254; "
			 "fe80::ff:fe00:1/128 t2 255; "
			 "fe80::ff:fe00:2/128 t2 255; "
			 "ff00::/8 t5 255; ff00::/8 t5 255; ");
	down(x);
	ck_assert_ptr_null(x->addrs6);
	ck_assert_ptr_nonnull(y->addrs6);
}
END_TEST

START_TEST(pair_between_nets)
{
	struct net_device *x, *y;
	struct net_arrival at;

	pair(&a, "v0", &b, "v0", &x, &y);
	up(a.lo);
	up(b.lo);
	add_addr(x, "10.0.0.1", 24);
	add_addr(y, "10.0.0.2", 24);
	up(x);
	ck_assert_int_eq(go(&a, "10.0.0.2", &at), -EHOSTDOWN);
	up(y);
	ck_assert_int_eq(go(&a, "10.0.0.2", &at), 0);
	ck_assert_ptr_eq(at.net, &b);
	ck_assert_ptr_eq(at.dev, y);
	ck_assert_mem_eq(at.way.src.bytes, "\x0a\0\0\1", 4);
	ck_assert_int_eq(go(&a, "10.0.0.3", &at), -EHOSTDOWN);
	ck_assert_int_eq(go(&a, "10.0.0.1", &at), 0);
	ck_assert_ptr_eq(at.net, &a);
	ck_assert_int_eq(net_dev_move(y, &router, NULL, 0), 0);
	ck_assert_ptr_eq(y->net, &router);
	ck_assert(!net_dev_is_up(y));
	ck_assert_int_eq(go(&a, "10.0.0.2", &at), -EHOSTDOWN);
	net_dev_delete(y);
	ck_assert_ptr_null(net_dev_by_name(&a, "v0"));
}
END_TEST

START_TEST(bridge_and_router)
{
	struct net_device *bridge, *x, *y, *px, *py;
	struct net_arrival at;

	net_dev_create(&router, NET_BRIDGE, "br0", 0, &bridge);
	pair(&a, "e0", &router, "pa", &x, &px);
	pair(&b, "e0", &router, "pb", &y, &py);
	net_dev_set_master(px, bridge);
	net_dev_set_master(py, bridge);
	add_addr(x, "10.0.0.1", 24);
	add_addr(y, "10.0.0.2", 24);
	add_addr(bridge, "10.0.0.254", 24);
	up(x);
	up(y);
	up(px);
	up(py);
	up(a.lo);
	up(b.lo);
	up(router.lo);
	ck_assert(!bridge->carrier);
	ck_assert_int_eq(go(&a, "10.0.0.2", &at), -EHOSTDOWN);
	up(bridge);
	ck_assert(bridge->carrier);
	ck_assert_int_eq(go(&a, "10.0.0.2", &at), 0);
	ck_assert_ptr_eq(at.net, &b);
	ck_assert_int_eq(go(&a, "10.0.0.254", &at), 0);
	ck_assert_ptr_eq(at.net, &router);
	ck_assert_int_eq(go(&router, "10.0.0.1", &at), 0);
	ck_assert_ptr_eq(at.net, &a);
	net_dev_set_master(py, NULL);
	ck_assert_int_eq(go(&a, "10.0.0.2", &at), -EHOSTDOWN);
	/* Now it is a router between two links. */
	net_addr_flush(y, AF_INET);
	add_addr(y, "10.1.0.2", 24);
	add_addr(py, "10.1.0.254", 24);
	ck_assert_int_eq(go(&a, "10.1.0.2", &at), -ENETUNREACH);
}
END_TEST

START_TEST(forwarding)
{
	struct net_device *x, *y, *px, *py;
	struct net_arrival at;
	struct net_route *route = calloc(1, sizeof(*route));
	struct net_hop hop = { 0 };
	const struct net_route_how how = { .create = true };

	pair(&a, "e0", &router, "pa", &x, &px);
	pair(&b, "e0", &router, "pb", &y, &py);
	add_addr(x, "10.0.0.1", 24);
	add_addr(px, "10.0.0.254", 24);
	add_addr(y, "10.1.0.1", 24);
	add_addr(py, "10.1.0.254", 24);
	up(x);
	up(y);
	up(px);
	up(py);
	route->dst = net_ip4(0, 0, 0, 0);
	route->table = RT_TABLE_MAIN;
	route->type = RTN_UNICAST;
	route->hops_len = 1;
	route->hops = &hop;
	route->hops[0].oif = x->index;
	route->hops[0].gateway = net_ip_parse("10.0.0.254");
	ck_assert_int_eq(net_route_add(&a, route, how), 0);
	ck_assert_int_eq(go(&a, "10.1.0.1", &at), -ETIMEDOUT);
	px->conf.v4[NET_CONF4_FORWARDING] = 1;
	ck_assert_int_eq(go(&a, "10.1.0.1", &at), -ETIMEDOUT); /* no way back */
	route->hops[0].oif = y->index;
	route->hops[0].gateway = net_ip_parse("10.1.0.254");
	ck_assert_int_eq(net_route_add(&b, route, how), 0);
	ck_assert_int_eq(go(&a, "10.1.0.1", &at), 0);
	ck_assert_ptr_eq(at.net, &b);
	ck_assert_uint_eq(at.hops, 1);
	ck_assert_int_eq(go(&a, "99.0.0.1", &at), -ENETUNREACH);
	free(route);
}
END_TEST

START_TEST(limits)
{
	struct net_device *dev;
	char name[IFNAMSIZ];
	int n = 0;

	ck_assert_int_eq(net_dev_create(&a, NET_DUMMY, "lo", 0, &dev), -EEXIST);
	ck_assert_int_eq(net_dev_create(&a, NET_DUMMY, "a/b", 0, &dev),
			 -EINVAL);
	ck_assert_int_eq(net_dev_create(&a, NET_DUMMY, "a%s", 0, &dev),
			 -EINVAL);
	while (net_dev_create(&a, NET_DUMMY, "d%d", 0, &dev) == 0)
		n++;
	ck_assert_int_eq(n, NET_DEVS_MAX - 1);
	snprintf(name, sizeof(name), "d%d", n - 1);
	ck_assert_ptr_eq(net_dev_by_name(&a, name), dev);
	for (n = 0; n < NET_ADDRS_MAX; n++) {
		snprintf(name, sizeof(name), "10.0.%d.%d", n / 250,
			 n % 250 + 1);
		ck_assert_int_eq(add_addr(dev, name, 16), 0);
	}
	ck_assert_int_eq(add_addr(dev, "10.1.1.1", 16), -ENOBUFS);
	net_dev_delete(dev);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("net");
	TCase *tc = tcase_create("net");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 60); /* limits: thousands of routes */
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, prefixes);
	tcase_add_test(tc, lo_brings_its_own);
	tcase_add_test(tc, addresses_bring_routes);
	tcase_add_test(tc, link_local_addresses);
	tcase_add_test(tc, pair_between_nets);
	tcase_add_test(tc, bridge_and_router);
	tcase_add_test(tc, forwarding);
	tcase_add_test(tc, limits);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
