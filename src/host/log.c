/* SPDX-License-Identifier: Apache-2.0 */
/* Messages to the user. */
#include "src/host/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

const char *log_errno(long err)
{
	return strerror((int)(err < 0 ? -err : err));
}

/* One write, so that lines of several processes do not mix. */
static void print(const char *prefix, const char *format, va_list ap)
{
	char line[4096];
	size_t n = (size_t)snprintf(line, sizeof(line), "%s", prefix);
	int more = vsnprintf(line + n, sizeof(line) - n - 1, format, ap);

	if (more < 0)
		return;
	n += (size_t)more;
	if (n > sizeof(line) - 2)
		n = sizeof(line) - 2;
	line[n++] = '\n';
	/* There is nobody to tell if standard error does not take it. */
	if (write(STDERR_FILENO, line, n) < 0)
		return;
}

void log_message(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	print("nsrun: ", format, ap);
	va_end(ap);
}

void log_hint(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	print("  hint: ", format, ap);
	va_end(ap);
}
