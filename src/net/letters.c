/* SPDX-License-Identifier: Apache-2.0 */
/* See letters.h. The lowest bits come first. */
#include "src/net/letters.h"

#include <stdint.h>
#include <string.h>

static const char alphabet[] = "0123456789abcdefghijklmnopqrstuvwxyz"
			       "ABCDEFGHIJKLMNOPQRSTUVWXYZ-_";

void letters_write(const void *bytes, size_t size, char *ret_letters)
{
	const uint8_t *at = bytes, *end = at + size;
	uint32_t bits = 0;
	int have = 0;

	for (size_t i = 0; i < LETTERS(size); i++) {
		if (have < 6 && at < end) {
			bits |= (uint32_t)*at++ << have;
			have += 8;
		}
		ret_letters[i] = alphabet[bits & 63];
		bits >>= 6;
		have -= 6;
	}
}

bool letters_read(const char *letters, void *ret_bytes, size_t size)
{
	uint8_t *at = ret_bytes;
	uint32_t bits = 0;
	int have = 0;

	for (size_t i = 0; i < LETTERS(size); i++) {
		const char *letter =
			letters[i] ? strchr(alphabet, letters[i]) : NULL;

		if (!letter)
			return false;
		bits |= (uint32_t)(letter - alphabet) << have;
		have += 6;
		if (have >= 8) {
			*at++ = (uint8_t)bits;
			bits >>= 8;
			have -= 8;
		}
	}
	return true;
}
