/* A body as the list of its leaves: what each is called, and which may not be shown. */
#include "policy/arena.h"
#include "policy/leaves.h"
#include "policy/schema.h"
#include "tests/unit/json_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { TEXT_SIZE = 4096 };

/* "path=text" of each leaf, parted by blanks; a secret's text is '?'. */
static void told(const struct schema *schema, const char *json, char text[TEXT_SIZE])
{
	struct arena *arena = arena_new(1 << 20);
	json_t *tree = tree_of(json);
	struct leaves leaves;
	size_t used = 0;

	assert_true(leaves_of(arena, schema, tree, &leaves));
	text[0] = '\0';
	for (size_t i = 0; i < leaves.count; i++) {
		used += (size_t)snprintf(text + used, TEXT_SIZE - used, "%s%s=%s", i > 0 ? " " : "",
		                         leaves.list[i].path,
		                         leaves.list[i].secret ? "?" : leaves.list[i].text);
		assert_true(used < TEXT_SIZE);
	}
	json_decref(tree);
	arena_free(arena);
}

static void leaves_have_paths(void **state)
{
	static const struct {
		const struct schema *schema;
		const char *json, *told;
	} table[] = {
		{&schema_container_create, "{}", ""},
		{&schema_container_create, "{'Image':'a','Tty':true,'StopTimeout':3}",
	     "Image=\"a\" Tty=true StopTimeout=3"},
		{&schema_container_create, "{'Env':['A=1'],'Labels':{'l':'v'},'Cmd':[]}",
	     "Env[0]=? Labels[\"l\"]=? Cmd=?"},
		{&schema_container_create, "{'HostConfig':{'Binds':['a','b'],'Mounts':[{'Type':'x'}]}}",
	     "HostConfig.Binds[0]=\"a\" HostConfig.Binds[1]=\"b\" HostConfig.Mounts[0].Type=\"x\""},
		{&schema_container_create,
	     "{'NetworkingConfig':{'EndpointsConfig':{'n':{'Aliases':['x']}}}}",
	     "NetworkingConfig.EndpointsConfig[\"n\"].Aliases[0]=\"x\""},
		{&schema_container_create, "{'HostConfig':{'PortBindings':{'80/tcp':[{'HostPort':'1'}]}}}",
	     "HostConfig.PortBindings[\"80/tcp\"][0].HostPort=\"1\""},
		/* As dockerd would take them, and what it does not know. */
		{&schema_container_create, "{'env':['A=1'],'IMAGE':'a','Nonsense':{'x':'y'},'Tty':null}",
	     "env[0]=? IMAGE=\"a\" Nonsense.x=? Tty=null"},
		/* Of another type than it should be. */
		{&schema_container_create, "{'Env':{'A':{'B':'c'}},'HostConfig':['x']}",
	     "Env.A.B=? HostConfig[0]=\"x\""},
		{&schema_plugin_privilege, "[{'Name':'mount','Value':['/']}]",
	     "[0].Name=\"mount\" [0].Value[0]=\"/\""},
		{NULL, "['KEY=x']", "[0]=?"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		char text[TEXT_SIZE];

		told(table[i].schema, table[i].json, text);
		assert_string_equal(text, table[i].told);
	}
}

static void without_memory_there_are_none(void **state)
{
	json_t *tree = tree_of("{'HostConfig':{'Binds':['a','b']},'Image':'a'}");
	struct leaves leaves;
	size_t limit = 0;
	bool fine = false;

	(void)state;
	for (; !fine; limit += 16) {
		struct arena *arena = arena_new(limit);

		fine = leaves_of(arena, &schema_container_create, tree, &leaves);
		arena_free(arena);
	}
	assert_true(limit > 100);
	json_decref(tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(leaves_have_paths),
		cmocka_unit_test(without_memory_there_are_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
