/* The chain of an audit log: what it holds together, and that nothing can be done to it unseen. */
#include "policy/audit_chain.h"

#include "policy/seal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { LINES = 5, SIZE = 256 };

static char lines[LINES][SIZE];
static size_t lengths[LINES];

static void make_lines(const struct seal_key *key)
{
	struct audit_chain chain;

	audit_chain_begin(&chain, key);
	for (size_t i = 0; i < LINES; i++) {
		char line[100];
		int len = snprintf(line, sizeof line, "{\"event\":\"decision\",\"n\":%zu}", i);

		lengths[i] = audit_chain_add(&chain, line, (size_t)len, lines[i]);
		assert_true(lengths[i] > 0 && lengths[i] <= (size_t)len + AUDIT_CHAIN_GROWTH);
		lines[i][lengths[i]] = '\0';
	}
}

static enum audit_link check(struct audit_chain *chain, size_t line)
{
	return audit_chain_check(chain, lines[line], lengths[line]);
}

static void test_a_chain_holds(void **state)
{
	struct seal_key key, other;
	const struct seal_key *keys[] = {NULL, &key};

	(void)state;
	seal_key_make("secret", 6, &key);
	seal_key_make("secreT", 6, &other);
	for (size_t k = 0; k < 2; k++) {
		struct audit_chain chain;

		make_lines(keys[k]);
		audit_chain_begin(&chain, keys[k]);
		for (size_t i = 0; i < LINES; i++)
			assert_int_equal(check(&chain, i), AUDIT_LINK_HOLDS);
		audit_chain_begin(&chain, &other);
		assert_int_equal(check(&chain, 0), AUDIT_LINK_CHANGED);
		audit_chain_begin(&chain, keys[1 - k]);
		assert_int_equal(check(&chain, 0), AUDIT_LINK_CHANGED);
	}
}

/* By sha256sum: (printf '0%.0s' $(seq 64); printf '{"a":1,"number":1') | sha256sum */
static void test_the_form_is_what_is_documented(void **state)
{
	struct audit_chain chain;
	char out[SIZE];
	size_t len;

	(void)state;
	audit_chain_begin(&chain, NULL);
	len = audit_chain_add(&chain, "{\"a\":1}", 7, out);
	out[len] = '\0';
	assert_string_equal(
		out,
		"{\"a\":1,\"number\":1,\"chain\":\"c196dfc97dbdd9684e0a42781e067cb6c7c7b13bfb56fbf4174e7bb04f78b5a4\"}");
}

static void test_no_byte_can_be_changed(void **state)
{
	struct audit_chain chain;

	(void)state;
	make_lines(NULL);
	for (size_t at = 0; at < lengths[1]; at++) {
		for (unsigned bit = 1; bit < 256; bit <<= 1) {
			audit_chain_begin(&chain, NULL);
			assert_int_equal(check(&chain, 0), AUDIT_LINK_HOLDS);
			lines[1][at] = (char)((unsigned char)lines[1][at] ^ bit);
			assert_int_not_equal(check(&chain, 1), AUDIT_LINK_HOLDS);
			lines[1][at] = (char)((unsigned char)lines[1][at] ^ bit);
		}
	}
	for (size_t len = 0; len < lengths[1]; len++) {
		audit_chain_begin(&chain, NULL);
		assert_int_equal(check(&chain, 0), AUDIT_LINK_HOLDS);
		assert_int_equal(audit_chain_check(&chain, lines[1], len), AUDIT_LINK_NONE);
	}
}

static void test_what_is_out_of_place_is_told_as_what_it_is(void **state)
{
	static const struct {
		size_t first, second;
		enum audit_link link;
	} rows[] = {
		{1, 2, AUDIT_LINK_HOLDS}, {1, 3, AUDIT_LINK_MISSING}, {1, 1, AUDIT_LINK_MOVED},
		{3, 2, AUDIT_LINK_MOVED}, {3, 0, AUDIT_LINK_ANEW},
	};
	struct audit_chain chain;

	(void)state;
	make_lines(NULL);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		audit_chain_begin(&chain, NULL);
		assert_int_equal(check(&chain, rows[i].first), AUDIT_LINK_ENTRY);
		assert_int_equal(check(&chain, rows[i].second), rows[i].link);
	}
}

static void test_what_is_none_of_a_chain(void **state)
{
#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"
	static const char *const texts[] = {
		"",
		"{}",
		"{\"event\":\"decision\"}",
		"{\"a\":1,\"number\":0,\"chain\":\"" ZEROS "\"}",
		"{\"a\":1,\"number\":01,\"chain\":\"" ZEROS "\"}",
		"{\"a\":1,\"number\":18446744073709551616,\"chain\":\"" ZEROS "\"}",
		"{\"a\":1,\"number\":999999999999999999999,\"chain\":\"" ZEROS "\"}",
		"{\"a\":1,\"number\":,\"chain\":\"" ZEROS "\"}",
		"{\"a\":1,\"numbeR\":1,\"chain\":\"" ZEROS "\"}",
		"{\"a\":1,\"chain\":\"" ZEROS "\"}",
		"\"a\":1,\"number\":1,\"chain\":\"" ZEROS "\"}",
		",\"chain\":\"" ZEROS "\"}",
		"{\"a\":1,\"number\":1,\"chain\":\"" ZEROS "\"} ",
	};
	struct audit_chain chain;
	char out[SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		audit_chain_begin(&chain, NULL);
		assert_int_equal(audit_chain_check(&chain, texts[i], strlen(texts[i])), AUDIT_LINK_NONE);
		assert_false(audit_chain_resume(&chain, texts[i], strlen(texts[i])));
	}
	assert_int_equal(audit_chain_add(&chain, "{}", 2, out), 0);
	assert_int_equal(audit_chain_add(&chain, "[1,2]", 5, out), 0);
	assert_int_equal(audit_chain_add(&chain, "{\"a\":1", 6, out), 0);
}

static void test_a_chain_is_taken_up_where_it_ends(void **state)
{
	struct audit_chain chain;
	char out[SIZE];
	size_t len;

	(void)state;
	make_lines(NULL);
	audit_chain_begin(&chain, NULL);
	assert_true(audit_chain_resume(&chain, lines[2], lengths[2]));
	len = audit_chain_add(&chain, "{\"event\":\"decision\",\"n\":3}", 26, out);
	assert_int_equal(len, lengths[3]);
	assert_memory_equal(out, lines[3], len);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_chain_holds),
		cmocka_unit_test(test_the_form_is_what_is_documented),
		cmocka_unit_test(test_no_byte_can_be_changed),
		cmocka_unit_test(test_what_is_out_of_place_is_told_as_what_it_is),
		cmocka_unit_test(test_what_is_none_of_a_chain),
		cmocka_unit_test(test_a_chain_is_taken_up_where_it_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
