/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The host's own name, for programs inside: the gateway answers itself what a
 * query for it asks. RFC 1035, section 4.
 */
#include <string.h>
#include <strings.h>
#include "src/gateway/inner.h"

#define HEAD	 12
#define TYPE_A	 1
#define CLASS_IN 1
#define ANSWER	 16 /* of a record with a pointer to the name */

/* The labels at @from as text with dots. Return: their length, or 0. */
static size_t name_at(const unsigned char *from, size_t len, char *ret_text,
		      size_t size)
{
	size_t at = 0, text = 0;

	while (at < len && from[at]) {
		size_t label = from[at++];

		if (label > 63 || at + label > len || text + label + 2 > size)
			return 0;
		if (text)
			ret_text[text++] = '.';
		memcpy(ret_text + text, from + at, label);
		text += label;
		at += label;
	}
	ret_text[text] = 0;
	return at < len ? at + 1 : 0;
}

size_t host_name_answer(unsigned char *query, size_t len, size_t size)
{
	static const unsigned char record[ANSWER] = {
		0xc0, HEAD, 0, TYPE_A, 0, CLASS_IN, 0, 0, 0, 60, 0, 4,
	};
	const struct net_ip host = GW_HOST;
	char name[256];
	size_t n;

	/* A query, of one question. */
	if (len < HEAD || query[2] & 0xf8 || query[4] || query[5] != 1)
		return 0;
	n = name_at(query + HEAD, len - HEAD, name, sizeof(name));
	if (!n || HEAD + n + 4 > len || HEAD + n + 4 + ANSWER > size ||
	    strcasecmp(name, GW_HOST_NAME) != 0)
		return 0;
	n += HEAD + 4;
	query[2] = (unsigned char)(0x84 | (query[2] & 1)); /* an answer */
	query[3] = 0x80;
	memset(query + 6, 0, 6);
	if (query[n - 4] || query[n - 3] != TYPE_A)
		return n;
	query[7] = 1;
	memcpy(query + n, record, sizeof(record));
	memcpy(query + n + ANSWER - 4, host.bytes, 4);
	return n + ANSWER;
}
