/* SPDX-License-Identifier: Apache-2.0 */
/* Writes prebuilt_programs.h while nsrun is built; see prebuilt.h. */
#include <seccomp.h>
#include <stdio.h>
#include "interpose/filter.h"
#include "interpose/outer.h"
#include "interpose/prebuilt.h"
#include "src/syscall.h"

#define NOTIFY_API 6	/* libseccomp's word for a kernel that notifies */

static const struct {
	unsigned int active;
	enum filter_mode mode;
} plans[] = {
	{ NS_BASE | NS_DEFAULT | NS_BARE, FILTER_BARE },
	{ NS_BASE | NS_DEFAULT, FILTER_KILLABLE },
	{ NS_BASE | NS_DEFAULT | NS_USER | NS_BARE, FILTER_BARE },
	{ NS_BASE | NS_PID | NS_USER | NS_BARE, FILTER_BARE },
	{ NS_BASE | NS_USER, FILTER_KILLABLE },
};

/* What filter.c asks: there is nothing to begin with. */
const struct sock_fprog *prebuilt_caught(unsigned int active,
					 enum filter_mode mode)
{
	(void)active;
	(void)mode;
	return NULL;
}

unsigned int outer_forms(const struct outer_form **ret_forms)
{
	*ret_forms = NULL;
	return 0;
}

static void print(const struct sock_fprog *program, size_t nr)
{
	printf("static struct sock_filter program_%zu[] = {\n", nr);
	for (unsigned int i = 0; i < program->len; i++) {
		const struct sock_filter *f = &program->filter[i];

		printf("\t{ %#x, %u, %u, %#x },\n", f->code, f->jt, f->jf,
		       f->k);
	}
	printf("};\n\n");
}

int main(void)
{
	const size_t count = sizeof(plans) / sizeof(plans[0]);

	/* That of the machine that builds does not matter. */
	if (seccomp_api_set(NOTIFY_API) < 0)
		return 1;
	for (size_t i = 0; i < count; i++) {
		struct filter f;

		if (filter_build(&f, plans[i].active, plans[i].mode, NULL, 1) <
		    0)
			return 1;
		print(&f.caught, i);
		filter_free(&f);
	}
	printf("static const struct prebuilt programs[] = {\n");
	for (size_t i = 0; i < count; i++)
		printf("\t{ %#x, %d, { sizeof(program_%zu) / "
		       "sizeof(struct sock_filter), program_%zu } },\n",
		       plans[i].active, (int)plans[i].mode, i, i);
	printf("\t{ 0 },\n};\n");
	return 0;
}
