/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The agent: how it gets into tasks, and at which call sites it takes over.
 * See doc/agent.md.
 */
#ifndef NSRUN_BY_AGENT_H
#define NSRUN_BY_AGENT_H

#include "interpose/stop.h"
#include "src/loop.h"
#include "src/task/task.h"

/* Makes the agent's image. Without it there is none, and nothing is lost. */
void by_agent_start(void);

/* At a notification: what its coming means for an agent under way. */
void by_agent_settle(struct task *task);

/*
 * The call of @task waits in notification @id: shall the task map the agent
 * first, or the site be patched? Return: whether it was answered; then it is
 * made again.
 */
bool by_agent_takes(struct loop *loop, struct task *task, uint64_t id);

/*
 * The agent is there, and makes the call that led to it: handler of its own row.
 */
long by_agent_arrived(struct call *c);

/* The agent has asked, and gets to know what it may tell the next time. */
void by_agent_fill(struct task *task, const struct call *c);

/*
 * At a signal-delivery stop. Return: whether it is the agent's business; then
 * the task goes on.
 */
bool by_agent_signal(struct task *task, const struct stop *stop);

/* At a stop: what was held back while it mapped the agent, comes now. */
void by_agent_release(struct task *task);

/*
 * The address after the agent's instruction that runs natively, where it lies as
 * usual.
 */
uint32_t by_agent_native(void);

/* Is this it in @task? */
bool by_agent_is_native(const struct task *task, uint64_t ip);

/* Is it in the agent of @group, or on the way there? */
bool by_agent_is_inside(const struct group *group, uint64_t ip);

/* @task stands still: the sites of its process get their own bytes back. */
void by_agent_undo(struct task *task);

/* For --verbose: in how many processes it was, at how many sites. */
void by_agent_describe(void);

#endif
