/* SPDX-License-Identifier: Apache-2.0 */
/* Unit tests of tables/mounts.c: how mounts hang together, copies, lifetimes. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include "tables/mounts.h"

static struct mounts tree;
static struct spot spots[8];
static struct mount_fs fs;
static struct mount *top;
static int gone;

static void spot_gone(struct spot *spot)
{
	(void)spot;
	gone++;
}

static void fs_gone(struct mount_fs *one)
{
	(void)one;
	gone++;
}

/* A mount of nothing but itself: it begins at spot @root. */
static struct mount *add(struct mount *parent, int at, int root)
{
	struct mount *mount = mount_create(&fs, &spots[root], "source", "/");

	ck_assert_ptr_nonnull(mount);
	mount_attach(&tree, mount, parent, &spots[at]);
	return mount;
}

static void setup(void)
{
	gone = 0;
	tree = (struct mounts){ 0 };
	fs = (struct mount_fs){ .refs = 1, .gone = fs_gone };
	for (int i = 0; i < 8; i++)
		spots[i] = (struct spot){ .refs = 1,
					  .dev = 1,
					  .ino = (uint64_t)i,
					  .gone = spot_gone };
	top = add(NULL, 0, 0);
}

/* Nothing is held by a tree that is gone. */
static void teardown(void)
{
	mounts_clear(&tree);
	ck_assert_uint_eq(tree.n, 0);
	ck_assert_uint_eq(fs.refs, 1);
	for (int i = 0; i < 8; i++)
		ck_assert_uint_eq(spots[i].refs, 1);
	ck_assert_int_eq(gone, 0);
}

START_TEST(a_point_is_a_spot_in_a_mount)
{
	struct mount *a = add(top, 1, 2), *b = add(a, 1, 3);

	ck_assert_ptr_eq(mount_on(top, 1, 1), a);
	ck_assert_ptr_eq(mount_on(a, 1, 1), b);
	ck_assert_ptr_null(mount_on(b, 1, 1));
	ck_assert_ptr_null(mount_on(top, 2, 1));
	ck_assert(mount_is_below(b, top) && mount_is_below(b, b));
	ck_assert(!mount_is_below(a, b));
	ck_assert(mount_has_children(a) && !mount_has_children(b));
}
END_TEST

START_TEST(all_below_goes_too)
{
	struct mount *a = add(top, 1, 2), *b = add(a, 3, 4);
	struct mount *other = add(top, 5, 6);

	add(b, 4, 5);
	/* One that came later can lie above. */
	mount_move(a, other, &spots[6]);
	mount_get(b);
	mount_detach(a);
	ck_assert_uint_eq(tree.n, 2);
	ck_assert_ptr_null(b->tree);
	ck_assert_ptr_null(b->parent);
	ck_assert(!mount_has_children(other));
	mount_put(b);
	mount_detach(other);
	ck_assert_ptr_eq(tree.top, top);
}
END_TEST

static bool not_at_three(const struct mount *child, const void *data)
{
	(void)data;
	return child->at->ino != 3;
}

START_TEST(copies_hang_together_alike)
{
	struct mount *a = add(top, 1, 2), *b = add(a, 4, 5), *copy;

	add(a, 3, 6);
	ck_assert_int_eq(mount_copy(a, &tree, top, &spots[7], &spots[2],
				    not_at_three, NULL, &copy),
			 0);
	ck_assert_ptr_eq(a->twin, copy);
	ck_assert_ptr_eq(mount_on(copy, 1, 4), b->twin);
	ck_assert_ptr_null(mount_on(copy, 1, 3));
	ck_assert_ptr_ne(b->twin, b);
	mounts_settle(&tree);
	ck_assert_ptr_null(a->twin);
	ck_assert_uint_eq(tree.n, 6);
}
END_TEST

START_TEST(a_copy_without_what_is_in_it)
{
	struct mount *a = add(top, 1, 2), *copy;

	add(a, 3, 4);
	ck_assert_int_eq(mount_copy(a, &tree, top, &spots[7], &spots[5], NULL,
				    NULL, &copy),
			 0);
	mounts_settle(&tree);
	ck_assert(!mount_has_children(copy));
	ck_assert_ptr_eq(copy->root, &spots[5]);
}
END_TEST

START_TEST(there_is_an_end_of_it)
{
	struct mount *copy;

	for (unsigned int i = tree.n; i < MOUNTS_MAX; i++)
		add(top, 1, 2);
	ck_assert_int_eq(mount_copy(top, &tree, top, &spots[3], &spots[0],
				    NULL, NULL, &copy),
			 -ENOSPC);
	ck_assert_uint_eq(tree.n, MOUNTS_MAX);
	for (struct mount *one = tree.list; one; one = one->next)
		ck_assert_ptr_null(one->twin);
}
END_TEST

START_TEST(locked_for_others)
{
	struct mount *a = add(top, 1, 2);

	a->flags = 5;
	a->shared = 7;
	mounts_lock(&tree);
	ck_assert(a->locked && top->locked);
	ck_assert_uint_eq(a->kept, 5 | MOUNT_KEEPS_ATIME);
	ck_assert_uint_eq(a->shared, 0);
	ck_assert_uint_eq(a->master, 7);
	/* What is put there later is not. */
	ck_assert(!add(top, 3, 4)->locked);
}
END_TEST

START_TEST(slaves_have_the_next_master)
{
	struct mount *a = add(top, 1, 2), *b = add(top, 3, 2);
	struct mount *c = add(top, 4, 2), *d = add(top, 5, 2);
	static struct mount_groups groups;

	a->shared = mount_group_new();
	b->master = a->shared;
	b->shared = mount_group_new();
	c->master = d->master = b->shared;
	d->shared = mount_group_new();
	ck_assert(!mount_has_peer(b));
	ck_assert_int_eq(mount_groups_find(a->shared, &groups), 0);
	ck_assert_uint_eq(groups.n, 3);
	ck_assert_uint_eq(groups.list[1].id, b->shared);
	ck_assert_ptr_eq(groups.list[2].upper, &groups.list[1]);
	ck_assert_uint_eq(mount_group_master(d->shared), b->shared);
	mount_leave_peers(b);
	ck_assert_uint_eq(c->master, a->shared);
	ck_assert_uint_eq(d->master, a->shared);
	b->master = 0;
	b->shared = a->shared;
	ck_assert(mount_has_peer(a));
	mount_detach(a);
	ck_assert_uint_eq(c->master, b->shared);
	mount_detach(b);
	ck_assert_uint_eq(c->master, 0);
}
END_TEST

START_TEST(groups_have_an_end)
{
	static struct mount_groups groups;
	struct mount *first = add(top, 1, 2), *last = first;

	first->shared = mount_group_new();
	for (int i = 0; i < MOUNT_GROUPS_MAX; i++) {
		struct mount *next = add(top, 1, 2);

		next->master = last->shared;
		next->shared = mount_group_new();
		last = next;
	}
	ck_assert_int_eq(mount_groups_find(first->shared, &groups), -ENOSPC);
	mount_detach(last);
	ck_assert_int_eq(mount_groups_find(first->shared, &groups), 0);
	ck_assert_uint_eq(groups.n, MOUNT_GROUPS_MAX);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("mounts");
	TCase *tests = tcase_create("mounts");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, a_point_is_a_spot_in_a_mount);
	tcase_add_test(tests, all_below_goes_too);
	tcase_add_test(tests, copies_hang_together_alike);
	tcase_add_test(tests, a_copy_without_what_is_in_it);
	tcase_add_test(tests, there_is_an_end_of_it);
	tcase_add_test(tests, locked_for_others);
	tcase_add_test(tests, slaves_have_the_next_master);
	tcase_add_test(tests, groups_have_an_end);
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_set_fork_status(runner, CK_NOFORK);
	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
