/* IP addresses and ranges: one reading of each text, and which range holds what. */
#include "policy/arena.h"
#include "policy/cidr.h"
#include "policy/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct cidr range(const char *text)
{
	struct error error = {""};
	struct cidr cidr;

	if (!cidr_parse(text, &cidr, &error))
		fail_msg("'%s' %s", text, error.text);
	return cidr;
}

static struct ip_address address(const char *text)
{
	struct ip_address read;

	if (!ip_parse(text, &read))
		fail_msg("'%s' was not read", text);
	return read;
}

static void addresses_have_one_text(void **state)
{
	static const struct {
		const char *text, *printed;
		enum ip_family family;
	} rows[] = {
		{"10.0.0.1", "10.0.0.1", IP_V4},
		{"0.0.0.0", "0.0.0.0", IP_V4},
		{"255.255.255.255", "255.255.255.255", IP_V4},
		{"::", "::", IP_V6},
		{"::1", "::1", IP_V6},
		{"FD00:0:0:0:0:0:0:1", "fd00::1", IP_V6},
		{"2001:db8::0001", "2001:db8::1", IP_V6},
		{"64:ff9b::10.0.0.1", "64:ff9b::a00:1", IP_V6},
		{"::ffff:10.0.0.1", "10.0.0.1", IP_V4},
		{"::ffff:a00:1", "10.0.0.1", IP_V4},
		{"0:0:0:0:0:FFFF:7f00:1", "127.0.0.1", IP_V4},
		{"::fffe:10.0.0.1", "::fffe:a00:1", IP_V6},
	};
	struct arena *arena = arena_new(1 << 16);

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ip_address read = address(rows[i].text);
		struct ip_address again = address(ip_print(arena, &read));

		assert_int_equal(read.family, rows[i].family);
		assert_string_equal(ip_print(arena, &read), rows[i].printed);
		assert_true(ip_equal(&read, &again));
	}
	arena_free(arena);
}

static void what_is_no_address_is_refused(void **state)
{
	static const char *const rows[] = {
		"",          " ",         "10",          "10.0.0",     "10.0.0.0.1", "10.0.0.256",
		"010.0.0.1", "10.0.0.01", "10.0.0.1 ",   " 10.0.0.1",  "0x0a.0.0.1", "10.0.0.1/8",
		"1:2",       ":::",       "1::2::3",     "::1%eth0",   "[::1]",      "12345::",
		"g::",       "::10.0.0",  "::010.0.0.1", "10.0.0.1\n", "localhost",  "1:2:3:4:5:6:7:8:9",
	};
	struct arena *arena = arena_new(1 << 16);

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ip_address read = {.family = IP_V4};

		if (ip_parse(rows[i], &read))
			fail_msg("'%s' was read", rows[i]);
		assert_int_equal(read.family, IP_NONE);
		assert_null(ip_print(arena, &read));
	}
	arena_free(arena);
}

static void ranges_are_printed_as_they_were_read(void **state)
{
	static const struct {
		const char *text, *printed;
	} rows[] = {
		{"10.0.0.0/8", "10.0.0.0/8"},
		{"0.0.0.0/0", "0.0.0.0/0"},
		{"172.16.0.0/12", "172.16.0.0/12"},
		{"192.168.1.128/25", "192.168.1.128/25"},
		{"127.0.0.1", "127.0.0.1/32"},
		{"127.0.0.1/32", "127.0.0.1/32"},
		{"fd00::/8", "fd00::/8"},
		{"FD00:0::/16", "fd00::/16"},
		{"::/0", "::/0"},
		{"::1", "::1/128"},
		{"::ffff:127.0.0.1", "127.0.0.1/32"},
	};
	struct arena *arena = arena_new(1 << 16);

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct cidr read = range(rows[i].text);

		assert_string_equal(cidr_print(arena, &read), rows[i].printed);
		assert_int_equal(cidr_is_single(&read), strstr(rows[i].printed, "/32") != NULL ||
		                                            strstr(rows[i].printed, "/128") != NULL);
	}
	arena_free(arena);
}

static void what_is_no_range_says_why(void **state)
{
	static const struct {
		const char *text, *why;
	} rows[] = {
		{"", "is no IP range"},
		{"/8", "is no IP range"},
		{"10.0.0/8", "is no IP range"},
		{"10.0.0.0//8", "from 0 to 32"},
		{"10.0.0.0/", "from 0 to 32"},
		{"10.0.0.0/33", "from 0 to 32"},
		{"10.0.0.0/08", "from 0 to 32"},
		{"10.0.0.0/-1", "from 0 to 32"},
		{"10.0.0.0/+8", "from 0 to 32"},
		{"10.0.0.0/8 ", "from 0 to 32"},
		{"10.0.0.0/255.0.0.0", "from 0 to 32"},
		{"10.0.0.0/4294967304", "from 0 to 32"},
		{"fd00::/129", "from 0 to 128"},
		{"10.0.0.1/8", "beyond its /8"},
		{"10.0.0.1/31", "beyond its /31"},
		{"fd00::1/64", "beyond its /64"},
		{"::ffff:10.0.0.0/104", "is no IP range"},
		{"::ffff:0:0/96", "is no IP range"},
		{"0000000000000000000000000000000000000000000000000000000000000000000::/8",
	     "is no IP range"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct error error = {""};
		struct cidr read = {.length = 7};

		if (cidr_parse(rows[i].text, &read, &error))
			fail_msg("'%s' was read", rows[i].text);
		if (strstr(error.text, rows[i].why) == NULL)
			fail_msg("'%s': %s", rows[i].text, error.text);
		assert_int_equal(read.first.family, IP_NONE);
		assert_false(cidr_parse(rows[i].text, &read, NULL));
	}
}

static void a_range_holds_what_starts_as_it_does(void **state)
{
	static const struct {
		const char *range, *address;
		bool holds;
	} rows[] = {
		{"10.0.0.0/8", "10.255.255.255", true},
		{"10.0.0.0/8", "11.0.0.0", false},
		{"10.0.0.0/8", "9.255.255.255", false},
		{"172.16.0.0/12", "172.31.255.255", true},
		{"172.16.0.0/12", "172.32.0.0", false},
		{"192.168.1.128/25", "192.168.1.127", false},
		{"192.168.1.128/25", "192.168.1.128", true},
		{"0.0.0.0/0", "203.0.113.1", true},
		{"0.0.0.0/0", "::1", false},
		{"::/0", "10.0.0.1", false},
		{"::/0", "::ffff:10.0.0.1", false},
		{"10.0.0.0/8", "::ffff:10.0.0.1", true},
		{"::/0", "2001:db8::1", true},
		{"fd00::/8", "fdff::1", true},
		{"fd00::/8", "fe00::1", false},
		{"127.0.0.1", "127.0.0.1", true},
		{"127.0.0.1", "127.0.0.2", false},
		{"10.0.0.0/8", "a00::", false}, /* the same bytes, another family */
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct cidr outer = range(rows[i].range);
		struct ip_address inner = address(rows[i].address);

		if (cidr_holds(&outer, &inner) != rows[i].holds)
			fail_msg("%s and %s", rows[i].range, rows[i].address);
	}
}

static void a_range_holds_its_parts_and_nothing_larger(void **state)
{
	static const struct {
		const char *outer, *inner;
		bool holds;
	} rows[] = {
		{"172.30.0.0/16", "172.30.0.0/16", true},  {"172.30.0.0/16", "172.30.255.0/24", true},
		{"172.30.0.0/16", "172.30.0.0/15", false}, {"172.30.0.0/16", "172.31.0.0/24", false},
		{"172.30.0.0/16", "0.0.0.0/0", false},     {"0.0.0.0/0", "172.30.0.0/16", true},
		{"::/0", "172.30.0.0/16", false},          {"0.0.0.0/0", "::/0", false},
		{"fd00::/8", "fd12:3456::/32", true},      {"fd00::/8", "fc00::/7", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct cidr outer = range(rows[i].outer), inner = range(rows[i].inner);

		if (cidr_holds_range(&outer, &inner) != rows[i].holds)
			fail_msg("%s and %s", rows[i].outer, rows[i].inner);
	}
}

static void nothing_zeroed_is_held_or_holds(void **state)
{
	const struct cidr none = {.length = 0};
	const struct cidr all = range("0.0.0.0/0");
	const struct ip_address nowhere = {.family = IP_NONE}, somewhere = address("0.0.0.0");

	(void)state;
	assert_false(cidr_holds(&none, &nowhere));
	assert_false(cidr_holds(&none, &somewhere));
	assert_false(cidr_holds(&all, &nowhere));
	assert_false(cidr_holds_range(&none, &none));
	assert_false(cidr_holds_range(&all, &none));
	assert_false(cidr_is_single(&none));
	assert_false(ip_is_unspecified(&nowhere));
	assert_false(ip_equal(&nowhere, &somewhere));
}

static void every_address_is_written_with_zeros(void **state)
{
	const struct ip_address v4 = address("0.0.0.0"), v6 = address("::"), one = address("::1");

	(void)state;
	assert_true(ip_is_unspecified(&v4));
	assert_true(ip_is_unspecified(&v6));
	assert_false(ip_is_unspecified(&one));
	assert_false(ip_equal(&v4, &v6));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_have_one_text),
		cmocka_unit_test(what_is_no_address_is_refused),
		cmocka_unit_test(ranges_are_printed_as_they_were_read),
		cmocka_unit_test(what_is_no_range_says_why),
		cmocka_unit_test(a_range_holds_what_starts_as_it_does),
		cmocka_unit_test(a_range_holds_its_parts_and_nothing_larger),
		cmocka_unit_test(nothing_zeroed_is_held_or_holds),
		cmocka_unit_test(every_address_is_written_with_zeros),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
