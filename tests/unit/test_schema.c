/* Trees come out as dockerd would read them, or not at all. */
#include "policy/schema.h"

#include "policy/arena.h"
#include "policy/error.h"
#include "policy/json_node.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/json_text.h"
#include "tests/unit/schema_bodies.h"

struct canonical_case {
	const struct schema *schema;
	const char *json;
	const char *canonical; /* NULL: refused */
	const char *error;     /* whole text */
	unsigned minor;        /* 0: 56 */
};

static void check_case(const struct canonical_case *c, enum unknown_fields unknown)
{
	json_t *tree = tree_of(c->json);
	struct error error = {""};
	json_t *canonical = canonical_of(c->schema, tree, c->minor ? c->minor : 56, unknown, &error);

	assert_string_equal(error.text, c->error ? c->error : "");
	if (c->canonical)
		assert_tree(canonical, c->canonical);
	else
		assert_null(canonical);
	json_decref(canonical);
	json_decref(tree);
}

#define CREATE &schema_container_create

static void accepted_trees_come_out_canonical(void **state)
{
	static const struct canonical_case table[] = {
		{CREATE, "null", "{}", NULL, 0},
		{CREATE, "{}", "{}", NULL, 0},
		/* keys: the API's spelling, the schema's order; in maps they are data */
		{CREATE, "{'image':'a'}", "{'Image':'a'}", NULL, 0},
		{CREATE, "{'User':'u','IMAGE':'a'}", "{'Image':'a','User':'u'}", NULL, 0},
		{CREATE, "{'Ho\xc5\xbftConfig':{'Networ\xe2\x84\xaaMode':'host'}}",
	     "{'HostConfig':{'NetworkMode':'host'}}", NULL, 0},
		{CREATE, "{'Ho\\u017ftConfig':{'PRIVILEGED':true}}", "{'HostConfig':{'Privileged':true}}",
	     NULL, 0},
		{CREATE, "{'Labels':{'b':'1','B':'2','a':'3'}}", "{'Labels':{'b':'1','B':'2','a':'3'}}",
	     NULL, 0},
		/* nulls: gone, or what dockerd makes of them in a map */
		{CREATE, "{'Image':null,'HostConfig':{'MaskedPaths':null,'Privileged':null}}",
	     "{'HostConfig':{}}", NULL, 0},
		{CREATE, "{'HostConfig':null,'Privileged':null,'Whatever':null}", "{}", NULL, 0},
		{CREATE, "{'Labels':{'a':null},'Volumes':{'/v':null}}",
	     "{'Labels':{'a':''},'Volumes':{'/v':{}}}", NULL, 0},
		{CREATE, "{'HostConfig':{'PortBindings':{'80/tcp':null,'81/tcp':[]}}}",
	     "{'HostConfig':{'PortBindings':{'80/tcp':[],'81/tcp':[]}}}", NULL, 0},
		/* empty is not absent */
		{CREATE, "{'HostConfig':{'MaskedPaths':[],'ReadonlyPaths':[]}}",
	     "{'HostConfig':{'MaskedPaths':[],'ReadonlyPaths':[]}}", NULL, 24},
		{CREATE, "{'Entrypoint':['']}", "{'Entrypoint':['']}", NULL, 0},
		/* kinds */
		{CREATE, "{'Cmd':'echo hi','HostConfig':{'CapAdd':'ALL'}}",
	     "{'Cmd':['echo hi'],'HostConfig':{'CapAdd':['ALL']}}", NULL, 0},
		{CREATE, "{'Volumes':{'/v':{'x':1}}}", "{'Volumes':{'/v':{}}}", NULL, 0},
		{CREATE, "{'HostConfig':{'ConsoleSize':[10,20]}}", "{'HostConfig':{'ConsoleSize':[10,20]}}",
	     NULL, 0},
		{CREATE, "{'HostConfig':{'Memory':9223372036854775807,'MemorySwap':-0}}",
	     "{'HostConfig':{'Memory':9223372036854775807,'MemorySwap':0}}", NULL, 0},
		{CREATE, "{'HostConfig':{'Memory':-9223372036854775808}}",
	     "{'HostConfig':{'Memory':-9223372036854775808}}", NULL, 0},
		{CREATE, "{'HostConfig':{'DeviceRequests':[{'Capabilities':[['gpu','nvidia'],[]]}]}}",
	     "{'HostConfig':{'DeviceRequests':[{'Capabilities':[['gpu','nvidia'],[]]}]}}", NULL, 0},
		{CREATE, "{'HostConfig':{'PortBindings':{'80/tcp':[{'hostport':'1'}]}}}",
	     "{'HostConfig':{'PortBindings':{'80/tcp':[{'HostPort':'1'}]}}}", NULL, 0},
		{&schema_service_spec, "{'UpdateConfig':{'MaxFailureRatio':0.5,'Parallelism':1}}",
	     "{'UpdateConfig':{'MaxFailureRatio':0.5,'Parallelism':1}}", NULL, 0},
		/* dropped: the daemon does not read it, or it has no meaning on Linux */
		{CREATE, "{'HostConfig':{'ContainerIDFile':'/etc/x','CpuCount':2}}", "{'HostConfig':{}}",
	     NULL, 0},
		{&schema_network_connect, "{'EndpointConfig':{'Gateway':'1.2.3.4','NetworkID':'x'}}",
	     "{'EndpointConfig':{}}", NULL, 0},
		{&schema_exec_create, "{'Container':'other','container':['x'],'detachKeys':'a'}", NULL,
	     "Container is given twice, as \"Container\" and \"container\"", 0},
		/* newer than the request: as it is when harmless or empty */
		{CREATE, "{'Healthcheck':{'StartInterval':5}}", "{'Healthcheck':{'StartInterval':5}}", NULL,
	     43},
		{CREATE, "{'Healthcheck':{'StartInterval':5}}", "{'Healthcheck':{'StartInterval':5}}", NULL,
	     44},
		{CREATE, "{'HostConfig':{'DeviceRequests':[],'Annotations':{},'CgroupnsMode':''}}",
	     "{'HostConfig':{'Annotations':{},'CgroupnsMode':'','DeviceRequests':[]}}", NULL, 39},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof table / sizeof *table; i++)
		check_case(&table[i], UNKNOWN_FIELDS_REFUSE);
}

/* A table: what is refused, and in which words. */
static void refusals_name_the_property(void **state)
{
	static const struct canonical_case table[] = {
		{CREATE, "[]", NULL, "the body must be an object, got list", 0},
		{CREATE, "'x'", NULL, "the body must be an object, got string", 0},
		{CREATE, "{'HostConfig':[]}", NULL, "HostConfig must be an object, got list", 0},
		{CREATE, "{'Privileged\\u007f':1}", NULL,
	     "unknown property \"Privileged\\x7f\", read in API version 1.56", 0},
		{CREATE, "{'Pr\xc4\xb1vileged':1}", NULL,
	     "unknown property \"Pr\\xc4\\xb1vileged\", read in API version 1.56", 0},
		{CREATE, "{'HostConfig':{'Resources':{'Memory':1}}}", NULL,
	     "unknown property \"Resources\" in HostConfig, read in API version 1.56", 0},
		{CREATE, "{'HostConfig':{'Mounts':[{},{'Foo':'secret'}]}}", NULL,
	     "unknown property \"Foo\" in HostConfig.Mounts[1], read in API version 1.56", 0},
		/* duplicates, whatever the values */
		{CREATE, "{'HostConfig':{'Privileged':false,'privileged':true}}", NULL,
	     "HostConfig.Privileged is given twice, as \"Privileged\" and \"privileged\"", 0},
		{CREATE, "{'HostConfig':{'Privileged':true},'ho\xc5\xbftconfig':null}", NULL,
	     "HostConfig is given twice, as \"HostConfig\" and \"ho\\xc5\\xbftconfig\"", 0},
		{CREATE, "{'HostConfig':{'Mounts':[{'Type':'bind','TYPE':'volume'}]}}", NULL,
	     "HostConfig.Mounts[0].Type is given twice, as \"Type\" and \"TYPE\"", 0},
		/* HostConfig at the top level */
		{CREATE, "{'Privileged':true}", NULL,
	     "Privileged belongs inside HostConfig, not at the top level", 0},
		{CREATE, "{'HostConfig':{},'memory':1}", NULL,
	     "Memory belongs inside HostConfig, not at the top level", 0},
		/* types */
		{CREATE, "{'Image':5}", NULL, "Image must be a string, got number 5", 0},
		{CREATE, "{'HostConfig':{'Privileged':1}}", NULL,
	     "HostConfig.Privileged must be a boolean, got number 1", 0},
		{CREATE, "{'HostConfig':{'Privileged':'true'}}", NULL,
	     "HostConfig.Privileged must be a boolean, got string \"true\"", 0},
		{CREATE, "{'HostConfig':{'Memory':8388608.0}}", NULL,
	     "HostConfig.Memory must be an integer, got number 8388608.0", 0},
		{CREATE, "{'HostConfig':{'Memory':'1\\n2'}}", NULL,
	     "HostConfig.Memory must be an integer, got string \"1\\x0a2\"", 0},
		{CREATE, "{'HostConfig':{'Binds':'/etc:/h'}}", NULL,
	     "HostConfig.Binds must be a list of strings, got string \"/etc:/h\"", 0},
		{CREATE, "{'HostConfig':{'Binds':['/a:/b',1]}}", NULL,
	     "HostConfig.Binds[1] must be a string, got number 1", 0},
		{CREATE, "{'HostConfig':{'Binds':['a:/a','b:/b',null]}}", NULL,
	     "HostConfig.Binds[2] is null", 0},
		{CREATE, "{'Cmd':{}}", NULL, "Cmd must be a list of strings or string, got object", 0},
		{CREATE, "{'Cmd':['a',true]}", NULL, "Cmd[1] must be a string, got boolean", 0},
		{CREATE, "{'HostConfig':{'ConsoleSize':[1,'2']}}", NULL,
	     "HostConfig.ConsoleSize[1] must be an integer, got string \"2\"", 0},
		{CREATE, "{'HostConfig':{'Mounts':[null]}}", NULL, "HostConfig.Mounts[0] is null", 0},
		{CREATE, "{'HostConfig':{'Mounts':{}}}", NULL,
	     "HostConfig.Mounts must be a list of objects, got object", 0},
		{CREATE, "{'HostConfig':{'DeviceRequests':[{'Capabilities':[['a'],[null]]}]}}", NULL,
	     "HostConfig.DeviceRequests[0].Capabilities[1][0] is null", 0},
		{CREATE, "{'HostConfig':{'DeviceRequests':[{'Capabilities':['a']}]}}", NULL,
	     "HostConfig.DeviceRequests[0].Capabilities[0] must be a list of strings, got string "
	     "\"a\"",
	     0},
		{CREATE, "{'Labels':{'a.b':{}}}", NULL, "Labels[\"a.b\"] must be a string, got object", 0},
		{CREATE, "{'Labels':[]}", NULL, "Labels must be a map of strings, got list", 0},
		{CREATE, "{'Volumes':{'/v':true}}", NULL,
	     "Volumes[\"/v\"] must be an object, got boolean true", 0},
		{CREATE, "{'HostConfig':{'PortBindings':{'80/tcp':{}}}}", NULL,
	     "HostConfig.PortBindings[\"80/tcp\"] must be a list of objects, got object", 0},
		{CREATE, "{'HostConfig':{'PortBindings':{'80/tcp':[null]}}}", NULL,
	     "HostConfig.PortBindings[\"80/tcp\"][0] is null", 0},
		{CREATE, "{'NetworkingConfig':{'EndpointsConfig':{'n':null}}}", NULL,
	     "NetworkingConfig.EndpointsConfig[\"n\"] is null: no EndpointSettings for it", 0},
		{CREATE, "{'HostConfig':{'ContainerIDFile':5}}", NULL,
	     "HostConfig.ContainerIDFile must be a string, got number 5", 0},
		/* secrets are not repeated */
		{CREATE, "{'Env':['A=1',12345]}", NULL, "Env[1] must be a string, got number", 0},
		{CREATE, "{'Env':'TOKEN=x'}", NULL, "Env must be a list of strings, got string", 0},
		{&schema_auth, "{'password':12345}", NULL, "password must be a string, got number", 0},
		{&schema_secret_spec, "{'Data':12345}", NULL, "Data must be a string, got number", 0},
		/* newer than the request, and not to be shrugged off */
		{CREATE, "{'HostConfig':{'DeviceRequests':[{'driver':'cdi'}]}}", NULL,
	     "HostConfig.DeviceRequests needs API version 1.40, the request uses 1.39", 39},
		{CREATE, "{'HostConfig':{'Annotations':{'a':'b'}}}", NULL,
	     "HostConfig.Annotations needs API version 1.43, the request uses 1.41", 41},
		{CREATE, "{'HostConfig':{'Mounts':[{'BindOptions':{'ReadOnlyNonRecursive':true}}]}}", NULL,
	     "HostConfig.Mounts[0].BindOptions.ReadOnlyNonRecursive needs API version 1.44, the request "
	     "uses 1.25",
	     25},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof table / sizeof *table; i++)
		check_case(&table[i], UNKNOWN_FIELDS_REFUSE);
}

static void unknown_properties_are_dropped_on_demand(void **state)
{
	static const struct canonical_case table[] = {
		{CREATE, "{'Image':'a','Foo':{'Privileged':true},'HostConfig':{'Bar':1}}",
	     "{'HostConfig':{},'Image':'a'}", NULL, 0},
		{CREATE, "{'Foo':1,'foo':2}", "{}", NULL, 0},
		{CREATE, "{'Cpuset':'0'}", "{}", NULL, 0},
		/* not these: engines up to 26 obey them */
		{CREATE, "{'privileged':true}", NULL,
	     "Privileged belongs inside HostConfig, not at the top level", 0},
		{CREATE, "{'Image':'a','IMAGE':'b'}", NULL,
	     "Image is given twice, as \"Image\" and \"IMAGE\"", 0},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof table / sizeof *table; i++)
		check_case(&table[i], UNKNOWN_FIELDS_DROP);
}

static void every_host_config_property_is_refused_at_the_top_level(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < schema_host_config.count; i++) {
		json_t *tree = json_pack("{s:b}", schema_host_config.fields[i].name, 1);
		struct error error = {""};

		assert_null(canonical_of(CREATE, tree, 56, UNKNOWN_FIELDS_DROP, &error));
		assert_non_null(strstr(error.text, schema_host_config.fields[i].name));
		json_decref(tree);
	}
}

static void messages_are_cut(void **state)
{
	enum { HUGE = 5000 };
	char name[HUGE + 1];
	struct error error = {""};
	json_t *tree;

	(void)state;
	memset(name, 'n', HUGE);
	name[HUGE] = '\0';
	tree = json_pack("{s:{s:s}}", "HostConfig", "Memory", name);
	assert_null(canonical_of(CREATE, tree, 56, UNKNOWN_FIELDS_REFUSE, &error));
	assert_true(strlen(error.text) < 160);
	json_decref(tree);
	tree = json_pack("{s:{s:{s:{s:b}}}}", "NetworkingConfig", "EndpointsConfig", name, name, 1);
	assert_null(canonical_of(CREATE, tree, 56, UNKNOWN_FIELDS_REFUSE, &error));
	assert_true(strlen(error.text) < 240);
	json_decref(tree);
}

static void what_clients_send_passes(void **state)
{
	char path[SCHEMA_PATH_SIZE];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof schema_bodies / sizeof *schema_bodies; i++) {
		const struct schema *schema = schema_bodies[i].schema;
		unsigned minor = schema_bodies[i].minor;
		json_t *tree = tree_of(schema_bodies[i].json);
		struct error error = {""};
		json_t *once = canonical_of(schema, tree, minor, UNKNOWN_FIELDS_REFUSE, &error);
		json_t *twice;

		if (!once)
			fail_msg("%s: %s", schema_bodies[i].client, error.text);
		twice = canonical_of(schema, once, minor, UNKNOWN_FIELDS_REFUSE, &error);
		assert_true(json_equal(once, twice));
		schema_first_denied(schema, once, path, sizeof path);
		assert_string_equal(path, schema_bodies[i].denied);
		json_decref(twice);
		json_decref(once);
		json_decref(tree);
	}
}

/* --- Memory that runs out ------------------------------------------------------------------------- */

static size_t allocations_left;

static void *meagre_malloc(size_t size)
{
	return allocations_left > 0 && allocations_left-- ? malloc(size) : NULL;
}

static void redacting_needs_memory(void **state)
{
	json_t *tree = tree_of("{'Image':'a','Env':['A=1'],'HostConfig':{'Binds':['a','b'],"
	                       "'PortBindings':{'81':[{'HostPort':'1'}]}}}");
	json_t *redacted = NULL;
	size_t limit;

	(void)state;
	json_set_alloc_funcs(meagre_malloc, free);
	for (limit = 0; !redacted; limit++) {
		allocations_left = limit;
		redacted = schema_redacted(CREATE, tree);
	}
	assert_true(limit > 20);
	json_set_alloc_funcs(malloc, free);
	assert_string_equal(json_string_value(json_array_get(json_object_get(redacted, "Env"), 0)),
	                    "(hidden)");
	json_decref(redacted);
	json_decref(tree);
}

/* A string that becomes a list is the one thing that needs more than there is. */
static void a_list_of_one_needs_memory(void **state)
{
	struct json_node command = {.type = JSON_STRING, .key = "Cmd", .key_len = 3};
	struct json_node tree = {.type = JSON_OBJECT};
	struct arena *arena = arena_new(8);
	struct error error = {""};

	(void)state;
	command.is.string.bytes = "sh";
	command.is.string.len = 2;
	tree.is.inside.first = &command;
	tree.is.inside.count = 1;
	assert_int_equal(schema_canonical(arena, CREATE, &tree, 56, UNKNOWN_FIELDS_REFUSE, &error),
	                 CANONICAL_REFUSED);
	assert_string_equal(error.text, "out of memory");
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accepted_trees_come_out_canonical),
		cmocka_unit_test(refusals_name_the_property),
		cmocka_unit_test(unknown_properties_are_dropped_on_demand),
		cmocka_unit_test(every_host_config_property_is_refused_at_the_top_level),
		cmocka_unit_test(messages_are_cut),
		cmocka_unit_test(what_clients_send_passes),
		cmocka_unit_test(redacting_needs_memory),
		cmocka_unit_test(a_list_of_one_needs_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
