/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The filters of the usual instances, made while nsrun was built: libseccomp
 * takes longer for one than everything else at a start.
 */
#ifndef NSRUN_PREBUILT_H
#define NSRUN_PREBUILT_H

#include "interpose/filter.h"

/*
 * Return: `caught` of filter_build() for @active and @mode, with an agent and
 * without a trace, before it is settled; NULL when it was not prebuilt.
 */
const struct sock_fprog *prebuilt_caught(unsigned int active,
					 enum filter_mode mode);

#endif
