/* SPDX-License-Identifier: Apache-2.0 */
/* Devices that are records: which can be opened, and what a stat of one tells. */
#ifndef NSRUN_OWNER_DEVICE_H
#define NSRUN_OWNER_DEVICE_H

#include "src/owner/owner.h"

/*
 * The task opens the host's node in place of the record @file, which is seen as
 * @seen and named by argument @arg. Return: as a handler.
 */
long device_open(struct call *c, int arg, const struct file *file,
		 const struct owner_seen *seen);

/*
 * @file is what the task's descriptor @fd has open. If that was opened by a
 * record it becomes the record.
 */
void device_to_record(const struct task *task, int fd, struct file *file);

#endif
