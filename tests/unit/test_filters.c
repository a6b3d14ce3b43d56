/* Filters come out in one form, or not at all. */
#include "policy/error.h"
#include "policy/filters.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/json_text.h"

static void both_forms_become_one(void **state)
{
	static const struct {
		const char *given, *canonical;
	} cases[] = {
		{"{}", "{}"},
		{"{'label':['a','b=c']}", "{'label':{'a':true,'b=c':true}}"},
		{"{'label':['a','a']}", "{'label':{'a':true}}"},
		{"{'label':{'a':true,'b':false}}", "{'label':{'a':true,'b':false}}"},
		{"{'label':{},'status':[],'name':null}", "{}"},
		{"{'label':{'a':true},'status':['exited']}",
	     "{'label':{'a':true},'status':{'exited':true}}"},
		{"{'Label':['a'],'label':['b']}", "{'Label':{'a':true},'label':{'b':true}}"},
		{"{'':['']}", "{'':{'':true}}"},
	};
	struct error error;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		json_t *given = tree_of(cases[i].given), *canonical = filters_canonical(given, &error);

		assert_non_null(canonical);
		assert_tree(canonical, cases[i].canonical);
		assert_tree(given, cases[i].given);
		json_decref(given);
		json_decref(canonical);
	}
}

static void anything_else_is_refused(void **state)
{
	static const struct {
		const char *given, *told;
	} cases[] = {
		{"['a']", "not an object"},
		{"{'label':'a'}", "'label' is neither"},
		{"{'label':true}", "'label' is neither"},
		{"{'label':{'a':1}}", "'label' is neither"},
		{"{'label':{'a':null}}", "'label' is neither"},
		{"{'label':{'a':{}}}", "'label' is neither"},
		{"{'label':['a',1]}", "'label' is neither"},
		{"{'label':[null]}", "'label' is neither"},
		{"{'label':[['a']]}", "'label' is neither"},
		{"{'a':['b'],'c':7}", "'c' is neither"},
	};
	struct error error;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		json_t *given = tree_of(cases[i].given);

		assert_null(filters_canonical(given, &error));
		if (strstr(error.text, cases[i].told) == NULL)
			fail_msg("%s: %s", cases[i].given, error.text);
		json_decref(given);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_forms_become_one),
		cmocka_unit_test(anything_else_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
