/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The questions of pid_often_kin in a user namespace.
 *
 * scenario: user=root
 */
#include "pid_often_kin.c"
