/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The calls of proc_often_open in a user namespace.
 *
 * scenario: user=root
 */
#include "proc_often_open.c"
