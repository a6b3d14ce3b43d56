/* Media types: the same reading of Content-Type for every spelling a server could accept. */
#include "policy/media_type.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void types_with_parameters(void **state)
{
	static const struct {
		const char *value;
		bool is_json;
	} cases[] = {
		{"application/json", true},
		{"Application/JSON", true},
		{" application/json\t", true},
		{"application/json; charset=utf-8", true},
		{"application/json;charset=utf-8;a=b", true},
		{"application/json ; ;", true},
		{"application/json; a=\"x;\\\" y\"", true},
		{"", false},
		{"application", false},
		{"application/jsonp", false},
		{"application/problem+json", false},
		{"application/json, text/plain", false},
		{"application/json text/plain", false},
		{"application/json; charset", false},
		{"application/json; =x", false},
		{"application/json; a=", false},
		{"application/json; a =b", false},
		{"application/json; a=b c", false},
		{"application/json; a=\"b", false},
		{"application/json; a=\"b\\", false},
		{"application/json; a=\"b\"c", false},
		{"text/json", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		if (media_type_is(cases[i].value, "application/json") != cases[i].is_json)
			fail_msg("%s", cases[i].value);
	}
}

/* However broken what follows, dockerd would read a form. */
static void forms(void **state)
{
	static const struct {
		const char *value;
		bool is_form;
	} cases[] = {
		{"application/x-www-form-urlencoded", true},
		{"Application/X-WWW-Form-URLEncoded", true},
		{"\tapplication/x-www-form-urlencoded ;;;=", true},
		{"application/x-www-form-urlencoded,application/json", true},
		{"multipart/form-data; boundary=x", true},
		{"MULTIPART/form-data", true},
		{"multipart/mixed", true},
		{"multipart/", true},
		{"application/x-www-form-urlencodedx", false},
		{"application/json; a=multipart/form-data", false},
		{"application/x-tar", false},
		{"multipart", false},
		{"", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		if (media_type_is_form(cases[i].value) != cases[i].is_form)
			fail_msg("%s", cases[i].value);
	}
}

static void archives(void **state)
{
	(void)state;
	assert_true(media_type_is_archive("application/x-tar"));
	assert_true(media_type_is_archive("application/tar"));
	assert_true(media_type_is_archive("Application/Octet-Stream; a=b"));
	assert_true(media_type_is_archive("text/plain"));
	assert_true(media_type_is_archive("application/json"));
	assert_false(media_type_is_archive("text/html"));
	assert_false(media_type_is_archive("application/x-www-form-urlencoded"));
	assert_false(media_type_is_archive("application/grpc"));
	assert_false(media_type_is_archive(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(types_with_parameters),
		cmocka_unit_test(forms),
		cmocka_unit_test(archives),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
