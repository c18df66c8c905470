/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The signals of pid_often_self in a user namespace: who sent them is told by
 * an id of that.
 *
 * scenario: user=root
 */
#include "pid_often_self.c"
