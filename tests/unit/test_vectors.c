/* Runs the policy tests of tests/vectors (docs/policy-tests.md), as `quaymaster test` does. */
#include "proxy/vector_file.h"

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { VECTORS_MIN = 1500 };

static void every_vector_gets_its_verdict(void **state)
{
	unsigned passed = 0, failed = 0;
	glob_t found;

	(void)state;
	assert_int_equal(glob("tests/vectors/*.txt", 0, NULL, &found), 0);
	assert_int_equal(glob("tests/vectors/profiles/*.txt", GLOB_APPEND, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		struct vector_count count = vector_file_run(found.gl_pathv[i], NULL, stderr);

		passed += count.passed;
		failed += count.failed;
	}
	globfree(&found);
	print_message("%u vectors passed, %u failed\n", passed, failed);
	assert_true(passed + failed >= VECTORS_MIN);
	assert_int_equal(failed, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_vector_gets_its_verdict),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
