/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ids in keyctl(2): what is told of a key's owner, and giving keys away.
 *
 * scenario: user=all needs=root,userns run-as=root
 */
#include "user_common.h"

#include <linux/keyctl.h>

#define SEE(call) see("%s: %s", #call, res(call))

static long keyctl(int what, long a, long b, long c)
{
	return syscall(SYS_keyctl, what, a, b, c, 0);
}

static void describe(const char *what, long key)
{
	char text[256] = "", small[4] = "xyz";
	long n = keyctl(KEYCTL_DESCRIBE, key, 0, 0);

	if (n < 0) {
		see("%s: %s", what, res(n));
		return;
	}
	if (keyctl(KEYCTL_DESCRIBE, key, (long)text, sizeof(text)) > n)
		die("the length that was told is too short");
	see("%s: %s", what, text);
	if (keyctl(KEYCTL_DESCRIBE, key, (long)small, sizeof(small)) <=
	    (long)sizeof(small))
		die("it fits");
	see("%s: %s left", what, small);
}

int main(void)
{
	long ring, key;
	int status;
	pid_t pid;

	ring = MUST(keyctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_PROCESS_KEYRING, 1,
			   0));
	key = MUST(syscall(SYS_add_key, "user", "a;b", "payload", 7, ring));
	describe("ring", ring);
	describe("key", key);
	SEE(keyctl(KEYCTL_CHOWN, key, 0, 0));
	SEE(keyctl(KEYCTL_CHOWN, key, -1, -1));
	SEE(keyctl(KEYCTL_CHOWN, key, 33, -1));
	SEE(keyctl(KEYCTL_CHOWN, key, 70000, -1));
	SEE(keyctl(KEYCTL_CHOWN, key, -1, 70000));
	describe("key", key);
	SEE(keyctl(KEYCTL_DESCRIBE, 1, 0, 0));
	MUST(keyctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_USER_KEYRING, 1, 0));
	describe("user", KEY_SPEC_USER_KEYRING);
	pid = child();
	if (pid == 0) {
		MUST(setresuid(33, 33, 33));
		SEE(keyctl(KEYCTL_CHOWN, key, 0, 0));
		_exit(0);
	}
	MUST(waitpid(pid, &status, 0));
	return done();
}
