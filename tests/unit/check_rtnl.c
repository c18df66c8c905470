/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Unit tests of src/net/rtnl*.c: messages in, messages out. What is expected
 * is what the kernel answers. The last test feeds rubbish.
 */
#include <check.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/veth.h>
#include <stdlib.h>
#include <string.h>
#include "src/net/rtnl.h"

#define OUT_MAX (4 * 1024 * 1024)
#define ROUNDS	50000

static struct net_devices net, other;
static char out[OUT_MAX];
static size_t out_len, datagram_max;
static unsigned int told;

static void emit(struct rtnl_caller *caller, const void *data, size_t len)
{
	(void)caller;
	ck_assert_uint_le(out_len + len, OUT_MAX);
	memcpy(out + out_len, data, len);
	out_len += len;
	if (len > datagram_max)
		datagram_max = len;
}

static int by_fd(struct rtnl_caller *caller, int fd,
		 struct net_devices **ret_net)
{
	(void)caller;
	if (fd != 7)
		return -EINVAL;
	*ret_net = &other;
	return 0;
}

static int by_pid(struct rtnl_caller *caller, int pid,
		  struct net_devices **ret_net)
{
	(void)caller;
	if (pid != 42)
		return -ESRCH;
	*ret_net = &other;
	return 0;
}

static struct rtnl_caller caller = {
	.net = &net,
	.port = 99,
	.admin = true,
	.strict = true,
	.ext_ack = true,
	.emit = emit,
	.net_by_fd = by_fd,
	.net_by_pid = by_pid,
};

static void on_multicast(struct net_devices *at, unsigned int group,
			 const void *data, size_t len)
{
	const struct nlmsghdr *msg = data;

	(void)at;
	ck_assert_uint_eq(msg->nlmsg_len, len);
	ck_assert_uint_gt(group, 0);
	told++;
}

static void setup(void)
{
	ck_assert_int_eq(net_devices_init(&net), 0);
	ck_assert_int_eq(net_devices_init(&other), 0);
	rtnl_multicast = on_multicast;
	net.listener = other.listener = rtnl_notify;
	caller.admin = true;
	out_len = datagram_max = told = 0;
}

static void teardown(void)
{
	net_devices_fini(&net);
	net_devices_fini(&other);
}

static void send_message(const struct nlmsghdr *msg)
{
	out_len = 0;
	rtnl_receive(&caller, msg, msg->nlmsg_len);
}

/* The error of the one answer that there is. */
static int answer(const struct nlmsghdr *msg)
{
	const struct nlmsghdr *head = (void *)out;
	const struct nlmsgerr *body;

	send_message(msg);
	ck_assert_uint_ge(out_len, sizeof(*head) + sizeof(*body));
	ck_assert_int_eq(head->nlmsg_type, NLMSG_ERROR);
	ck_assert_uint_eq(head->nlmsg_pid, 99);
	ck_assert_uint_eq(head->nlmsg_seq, msg->nlmsg_seq);
	body = mnl_nlmsg_get_payload(head);
	return body->error;
}

static struct nlmsghdr *begin(uint16_t type, uint16_t flags, size_t size)
{
	static char buf[8192] __attribute__((aligned(8)));
	struct nlmsghdr *msg = rtnl_begin(buf, type, size);

	msg->nlmsg_flags = NLM_F_REQUEST | flags;
	msg->nlmsg_seq = 5;
	return msg;
}

static struct nlmsghdr *new_veth(const char *name, const char *peer, int pid)
{
	struct nlmsghdr *msg =
		begin(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK,
		      sizeof(struct ifinfomsg));
	struct nlattr *info, *data, *end;

	mnl_attr_put_strz(msg, IFLA_IFNAME, name);
	info = mnl_attr_nest_start(msg, IFLA_LINKINFO);
	mnl_attr_put_str(msg, IFLA_INFO_KIND, "veth");
	data = mnl_attr_nest_start(msg, IFLA_INFO_DATA);
	end = mnl_attr_nest_start(msg, VETH_INFO_PEER);
	mnl_nlmsg_put_extra_header(msg, sizeof(struct ifinfomsg));
	mnl_attr_put_strz(msg, IFLA_IFNAME, peer);
	if (pid)
		mnl_attr_put_u32(msg, IFLA_NET_NS_PID, (uint32_t)pid);
	mnl_attr_nest_end(msg, end);
	mnl_attr_nest_end(msg, data);
	mnl_attr_nest_end(msg, info);
	return msg;
}

static struct nlmsghdr *new_addr(int index, const char *text, uint8_t len)
{
	struct net_ip ip = net_ip_parse(text);
	struct nlmsghdr *msg =
		begin(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK,
		      sizeof(struct ifaddrmsg));
	struct ifaddrmsg *info = mnl_nlmsg_get_payload(msg);

	info->ifa_family = ip.family;
	info->ifa_prefixlen = len;
	info->ifa_index = (uint32_t)index;
	rtnl_put_ip(msg, IFA_LOCAL, &ip);
	rtnl_put_ip(msg, IFA_ADDRESS, &ip);
	return msg;
}

START_TEST(pairs)
{
	struct net_device *dev;

	ck_assert_int_eq(answer(new_veth("a", "b", 0)), 0);
	ck_assert_int_eq(answer(new_veth("a", "c", 0)), -EEXIST);
	ck_assert_ptr_null(net_dev_by_name(&net, "c"));
	ck_assert_int_eq(answer(new_veth("x", "x", 0)), -EEXIST);
	ck_assert_ptr_null(net_dev_by_name(&net, "x"));
	ck_assert_int_eq(answer(new_veth("d", "e", 42)), 0);
	dev = net_dev_by_name(&other, "e");
	ck_assert_ptr_nonnull(dev);
	ck_assert_ptr_eq(dev->peer->net, &net);
	ck_assert_int_eq(net_nsid_of(&net, &other, false), 0);
	ck_assert_int_eq(answer(new_veth("f", "g", 43)), -ESRCH);
	ck_assert_uint_ge(told, 4);
	caller.admin = false;
	ck_assert_int_eq(answer(new_veth("h", "i", 0)), -EPERM);
}
END_TEST

START_TEST(a_dump_comes_in_parts)
{
	struct nlmsghdr *msg;
	const struct nlmsghdr *part = NULL;
	char name[IFNAMSIZ];
	size_t at = 0;
	int links = 0;

	for (int i = 0; i < 50; i++) {
		snprintf(name, sizeof(name), "v%d", i);
		ck_assert_int_eq(answer(new_veth(name, "p%d", 0)), 0);
	}
	datagram_max = 0;
	msg = begin(RTM_GETLINK, NLM_F_DUMP, sizeof(struct ifinfomsg));
	send_message(msg);
	ck_assert_uint_le(datagram_max, RTNL_DATAGRAM_MAX);
	while (at < out_len) {
		part = (const void *)(out + at);
		ck_assert(part->nlmsg_flags & NLM_F_MULTI);
		links += part->nlmsg_type == RTM_NEWLINK;
		at += MNL_ALIGN(part->nlmsg_len);
	}
	ck_assert_int_eq(part->nlmsg_type, NLMSG_DONE);
	ck_assert_int_eq(links, 101);
}
END_TEST

START_TEST(addresses)
{
	struct nlmsghdr *msg;
	const struct nlmsghdr *reply = (void *)out;
	const struct nlattr *attrs[NLMSGERR_ATTR_MAX + 1];
	const struct nlmsgerr *error;

	ck_assert_int_eq(answer(new_veth("a", "b", 0)), 0);
	ck_assert_int_eq(answer(new_addr(2, "10.0.0.1", 24)), 0);
	msg = new_addr(2, "10.0.0.1", 24);
	ck_assert_int_eq(answer(msg), -EEXIST);
	ck_assert(reply->nlmsg_flags & NLM_F_ACK_TLVS);
	error = mnl_nlmsg_get_payload(reply);
	rtnl_parse((const char *)&error->msg + MNL_ALIGN(msg->nlmsg_len),
		   out_len - NLMSG_HDRLEN - 4 - MNL_ALIGN(msg->nlmsg_len),
		   attrs, NLMSGERR_ATTR_MAX + 1);
	ck_assert_str_eq(mnl_attr_get_str(attrs[NLMSGERR_ATTR_MSG]),
			 "ipv4: Address already assigned");
	ck_assert_int_eq(answer(new_addr(77, "10.0.0.1", 24)), -ENODEV);
	ck_assert_int_eq(answer(new_addr(2, "10.0.0.1", 33)), -EINVAL);
	ck_assert_int_eq(answer(new_addr(2, "ff02::1", 64)), -EINVAL);
	ck_assert_int_eq(answer(new_addr(2, "2001:db8::1", 64)), 0);
	ck_assert_int_eq(answer(new_addr(2, "2001:db8::1", 64)), -EEXIST);
}
END_TEST

START_TEST(short_and_strange)
{
	struct nlmsghdr *msg = begin(RTM_NEWLINK, NLM_F_ACK, 1);

	ck_assert_int_eq(answer(msg), -EINVAL);
	msg = begin(RTM_MAX + 1, NLM_F_ACK, 4);
	ck_assert_int_eq(answer(msg), -EOPNOTSUPP);
	msg = begin(RTM_GETADDR, 0, sizeof(struct ifaddrmsg));
	ck_assert_int_eq(answer(msg), -EOPNOTSUPP);
	msg = begin(NLMSG_NOOP, NLM_F_ACK, 0);
	ck_assert_int_eq(answer(msg), 0);
	msg = begin(RTM_NEWLINK, 0, 4);
	msg->nlmsg_flags = 0; /* no request */
	send_message(msg);
	ck_assert_uint_eq(out_len, 0);
	msg->nlmsg_flags = NLM_F_REQUEST;
	msg->nlmsg_len = 4000000;
	rtnl_receive(&caller, msg, 100);
	ck_assert_uint_eq(out_len, 0);
}
END_TEST

/* A message that is right, with some of its bytes changed. */
START_TEST(rubbish)
{
	static const uint16_t types[] = {
		RTM_NEWLINK,	 RTM_DELLINK,  RTM_GETLINK,  RTM_SETLINK,
		RTM_NEWADDR,	 RTM_DELADDR,  RTM_GETADDR,  RTM_NEWROUTE,
		RTM_DELROUTE,	 RTM_GETROUTE, RTM_NEWNEIGH, RTM_DELNEIGH,
		RTM_GETNEIGH,	 RTM_NEWRULE,  RTM_DELRULE,  RTM_GETRULE,
		RTM_GETNETCONF,	 RTM_NEWNSID,  RTM_GETNSID,  RTM_NEWLINKPROP,
		RTM_DELLINKPROP,
	};
	char buf[1024] __attribute__((aligned(8)));

	srand(1);
	ck_assert_int_eq(answer(new_veth("a", "b", 0)), 0);
	for (int i = 0; i < ROUNDS; i++) {
		const struct nlmsghdr *from =
			i % 2 ? new_veth("c%d", "d%d", 42)
			      : new_addr(i % 5, "10.1.2.3", 24);
		struct nlmsghdr *msg = (void *)buf;
		size_t len = from->nlmsg_len;

		memcpy(buf, from, len);
		for (int k = rand() % 12; k > 0; k--)
			buf[16 + (size_t)rand() % (len - 16)] = (char)rand();
		msg->nlmsg_type = types[(size_t)rand() %
					(sizeof(types) / sizeof(types[0]))];
		msg->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | rand());
		msg->nlmsg_len = (uint32_t)(len - (size_t)rand() % 8);
		caller.strict = rand() % 2;
		out_len = 0;
		rtnl_receive(&caller, buf, len);
	}
	ck_assert_ptr_eq(net_dev_by_index(&net, 1), net.lo);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("rtnl");
	TCase *tc = tcase_create("rtnl");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, pairs);
	tcase_add_test(tc, a_dump_comes_in_parts);
	tcase_add_test(tc, addresses);
	tcase_add_test(tc, short_and_strange);
	tcase_add_test(tc, rubbish);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
