/* One message on its way to a person. Whoever detects a mistake writes it; every caller on the
 * way up may put its own context in front, so that it ends as "ci.conf:12: policy 'ci': unknown
 * operation 'foo'". */
#ifndef QUAYMASTER_POLICY_ERROR_H
#define QUAYMASTER_POLICY_ERROR_H

#include <stdbool.h>

enum { ERROR_TEXT_SIZE = 1024 };

struct error {
	char text[ERROR_TEXT_SIZE]; /* always terminated; empty means no error */
};

/* Replaces the text. Longer messages are cut. ERROR may be NULL. Returns false always, so that a
 * caller can write `return error_set(error, ...)`. */
bool error_set(struct error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Puts context in front of the text, with no separator of its own. Returns false always. */
bool error_prefix(struct error *error, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
