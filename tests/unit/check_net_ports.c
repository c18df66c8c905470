/* SPDX-License-Identifier: Apache-2.0 */
/* Unit tests of tables/net_ports.c: who may share a port, who is reached. */
#include <check.h>
#include <netinet/in.h>
#include <stdlib.h>
#include "tables/net_ports.h"

static struct net_ports ports;
static struct net_port made[8];
static int nr;

static void setup(void)
{
	net_ports_init(&ports);
	nr = 0;
}

static struct net_port port(uint8_t protocol, const char *ip, uint16_t number)
{
	return (struct net_port){ .protocol = protocol,
				  .port = number,
				  .ip = net_ip_parse(ip) };
}

static struct net_port *add(struct net_port p)
{
	made[nr] = p;
	net_ports_add(&ports, &made[nr]);
	return &made[nr++];
}

static bool fits(const char *ip, uint16_t number)
{
	struct net_port p = port(IPPROTO_TCP, ip, number);

	return !net_ports_conflict(&ports, &p, false);
}

static struct net_port *find(uint8_t protocol, const char *ip, uint16_t number)
{
	struct net_ip to = net_ip_parse(ip), from = net_ip_parse("127.0.0.1");

	return net_ports_find(&ports, protocol, &to, number, &from, 9, 1);
}

START_TEST(wildcards_overlap)
{
	add(port(IPPROTO_TCP, "127.0.0.1", 80));
	ck_assert(!fits("127.0.0.1", 80));
	ck_assert(!fits("0.0.0.0", 80));
	ck_assert(!fits("::", 80));
	ck_assert(fits("127.0.0.2", 80));
	ck_assert(fits("::1", 80));
	ck_assert(fits("127.0.0.1", 80 + NET_PORTS_BUCKETS));
}
END_TEST

START_TEST(of_six_alone)
{
	struct net_port six = port(IPPROTO_TCP, "::", 80);

	six.v6only = true;
	add(six);
	ck_assert(fits("0.0.0.0", 80));
	ck_assert(fits("127.0.0.1", 80));
	ck_assert(!fits("::1", 80));
	ck_assert(!fits("::", 80));
}
END_TEST

START_TEST(protocols_apart)
{
	add(port(IPPROTO_UDP, "0.0.0.0", 53));
	ck_assert(fits("0.0.0.0", 53));
}
END_TEST

START_TEST(reuse_until_one_listens)
{
	struct net_port p = port(IPPROTO_TCP, "127.0.0.1", 80);
	struct net_port *first;

	p.reuse = true;
	first = add(p);
	ck_assert_ptr_null(net_ports_conflict(&ports, &p, false));
	/* Not of a port that is given out. */
	ck_assert_ptr_eq(net_ports_conflict(&ports, &p, true), first);
	first->listening = true;
	ck_assert_ptr_eq(net_ports_conflict(&ports, &p, false), first);
	p.reuse = false;
	first->listening = false;
	ck_assert_ptr_eq(net_ports_conflict(&ports, &p, false), first);
}
END_TEST

START_TEST(reuseport_of_one_user)
{
	struct net_port p = port(IPPROTO_TCP, "127.0.0.1", 80);

	p.reuseport = true;
	add(p)->listening = true;
	ck_assert_ptr_null(net_ports_conflict(&ports, &p, false));
	p.uid = 1;
	ck_assert_ptr_nonnull(net_ports_conflict(&ports, &p, false));
}
END_TEST

START_TEST(the_best_is_reached)
{
	struct net_port *any = add(port(IPPROTO_UDP, "0.0.0.0", 53));
	struct net_port *one = add(port(IPPROTO_UDP, "127.0.0.1", 53));
	struct net_port *six = add(port(IPPROTO_UDP, "::", 54));
	struct net_port peer = port(IPPROTO_UDP, "127.0.0.1", 53);
	struct net_port *joined;

	ck_assert_ptr_eq(find(IPPROTO_UDP, "127.0.0.2", 53), any);
	ck_assert_ptr_eq(find(IPPROTO_UDP, "127.0.0.1", 53), one);
	ck_assert_ptr_null(find(IPPROTO_UDP, "::1", 53));
	ck_assert_ptr_eq(find(IPPROTO_UDP, "::1", 54), six);
	ck_assert_ptr_eq(find(IPPROTO_UDP, "127.0.0.1", 54), six);
	peer.peer = net_ip_parse("127.0.0.1");
	peer.peer_port = 9;
	joined = add(peer);
	ck_assert_ptr_eq(find(IPPROTO_UDP, "127.0.0.1", 53), joined);
	joined->peer_port = 10;
	ck_assert_ptr_eq(find(IPPROTO_UDP, "127.0.0.1", 53), one);
	net_ports_del(&ports, one);
	ck_assert_ptr_eq(find(IPPROTO_UDP, "127.0.0.1", 53), any);
}
END_TEST

START_TEST(streams_that_listen)
{
	struct net_port *p = add(port(IPPROTO_TCP, "0.0.0.0", 80));

	ck_assert_ptr_null(find(IPPROTO_TCP, "127.0.0.1", 80));
	p->listening = true;
	ck_assert_ptr_eq(find(IPPROTO_TCP, "127.0.0.1", 80), p);
}
END_TEST

START_TEST(drawn_from_the_range)
{
	ports.low = 40000;
	ports.high = 40002;
	for (unsigned int i = 0; i < 9; i++) {
		uint16_t drawn = net_ports_draw(&ports, 4294967295u, i);

		ck_assert_uint_ge(drawn, 40000);
		ck_assert_uint_le(drawn, 40002);
		ck_assert_uint_ne(drawn, net_ports_draw(&ports, 4294967295u,
							i + 1));
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("net_ports");
	TCase *tc = tcase_create("net_ports");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, wildcards_overlap);
	tcase_add_test(tc, of_six_alone);
	tcase_add_test(tc, protocols_apart);
	tcase_add_test(tc, reuse_until_one_listens);
	tcase_add_test(tc, reuseport_of_one_user);
	tcase_add_test(tc, the_best_is_reached);
	tcase_add_test(tc, streams_that_listen);
	tcase_add_test(tc, drawn_from_the_range);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
