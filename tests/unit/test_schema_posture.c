/* What is denied is found, what is secret is hidden. */
#include "policy/schema.h"

#include "policy/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/json_text.h"

#define CREATE &schema_container_create

static void the_first_denied_property_is_found(void **state)
{
	static const struct {
		const struct schema *schema;
		const char *json;
		const char *path; /* "": nothing */
		const char *value;
	} table[] = {
		{CREATE, "{}", "", NULL},
		{CREATE, "{'Image':'a','HostConfig':{'Privileged':true,'Binds':['/:/h']}}", "", NULL},
		{CREATE, "{'MacAddress':''}", "", NULL},
		{CREATE, "{'MacAddress':'02:00:00:00:00:01'}", "", NULL},
		{CREATE,
	     "{'HostConfig':{'Annotations':{},'BlkioDeviceReadBps':[],'CpuRealtimePeriod':0,"
	     "'Isolation':'','OomKillDisable':false,'Cgroup':''}}",
	     "", NULL},
		{CREATE, "{'HostConfig':{'Annotations':{'a':'b'}}}", "HostConfig.Annotations", "{'a':'b'}"},
		{CREATE, "{'HostConfig':{'Capabilities':['ALL']}}", "HostConfig.Capabilities", "['ALL']"},
		{CREATE, "{'HostConfig':{'InitPath':'/x'}}", "HostConfig.InitPath", "'/x'"},
		{CREATE, "{'HostConfig':{'OomKillDisable':true}}", "HostConfig.OomKillDisable", "true"},
		{CREATE, "{'HostConfig':{'Mounts':[{},{'ClusterOptions':{'x':1}}]}}",
	     "HostConfig.Mounts[1].ClusterOptions", "{'x':1}"},
		{CREATE, "{'NetworkingConfig':{'EndpointsConfig':{'n':{},'m':{'Novelty':'x'}}}}",
	     "NetworkingConfig.EndpointsConfig[\"m\"][\"Novelty\"]", "'x'"},
		{CREATE, "{'Labels':{'MacAddress':'x'}}", "", NULL},
		{CREATE, "{'HostConfig':{'Novelty':1}}", "HostConfig[\"Novelty\"]", "1"},
		{&schema_container_update, "{'Devices':[{'PathOnHost':'/dev/sda'}]}", "Devices",
	     "[{'PathOnHost':'/dev/sda'}]"},
		{&schema_network_create, "{'ConfigFrom':{'Network':''},'ConfigOnly':false}", "", NULL},
		{&schema_network_create, "{'ConfigFrom':{'Network':'n'}}", "", NULL},
		{&schema_network_create, "{'Ingress':true}", "Ingress", "true"},
		{&schema_network_create, "{'IPAM':{'Driver':'x','Options':{'a':'b'}}}", "IPAM.Options",
	     "{'a':'b'}"},
		{&schema_volume_create, "{'ClusterVolumeSpec':{'Group':'g'}}", "ClusterVolumeSpec",
	     "{'Group':'g'}"},
		{&schema_service_spec, "{'TaskTemplate':{'PluginSpec':{'name':'p'}}}",
	     "TaskTemplate.PluginSpec", "{'name':'p'}"},
		{&schema_service_spec, "{'Name':'n','Labels':{'a':'b'}}", "", NULL},
		{&schema_checkpoint_create, "{'CheckpointDir':'/','Exit':false}", "CheckpointDir", "'/'"},
		{&schema_plugin_privilege, "{'Name':'mount','Value':['/']}", "", NULL},
	};
	char path[SCHEMA_PATH_SIZE];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof table / sizeof *table; i++) {
		json_t *tree = tree_of(table[i].json);
		const json_t *denied = schema_first_denied(table[i].schema, tree, path, sizeof path);
		json_t *expected = table[i].value ? tree_of(table[i].value) : NULL;

		assert_string_equal(path, table[i].path);
		assert_int_equal(denied != NULL, expected != NULL);
		if (expected)
			assert_true(json_equal(denied, expected));
		json_decref(expected);
		json_decref(tree);
	}
}

static void a_short_path_is_cut(void **state)
{
	json_t *tree = tree_of("{'HostConfig':{'InitPath':'/x'}}");
	char path[8];

	(void)state;
	assert_non_null(schema_first_denied(CREATE, tree, path, sizeof path));
	assert_string_equal(path, "HostCon");
	json_decref(tree);
}

static void secrets_are_hidden(void **state)
{
	static const struct {
		const struct schema *schema;
		const char *json, *redacted;
	} table[] = {
		{CREATE, "{'Env':['A=1','B',''],'Image':'a'}",
	     "{'Env':['(hidden)','(hidden)',''],'Image':'a'}"},
		{CREATE, "{'Cmd':['a'],'Entrypoint':['b'],'Labels':{'l':'v','e':''},'User':'u'}",
	     "{'Cmd':['(hidden)'],'Entrypoint':['(hidden)'],'Labels':{'l':'(hidden)','e':''},'User':'u'}"},
		{CREATE,
	     "{'Healthcheck':{'Test':['CMD','a'],'Retries':1},'OnBuild':['RUN a'],'Shell':['a']}",
	     "{'Healthcheck':{'Test':['(hidden)','(hidden)'],'Retries':1},'OnBuild':['(hidden)'],"
	     "'Shell':['(hidden)']}"},
		{CREATE, "{'Env':[]}", "{'Env':[]}"},
		{CREATE, "{'NetworkingConfig':{'EndpointsConfig':{'n':{'Aliases':['a']}}}}",
	     "{'NetworkingConfig':{'EndpointsConfig':{'n':{'Aliases':['a']}}}}"},
		{CREATE, "{'HostConfig':{'LogConfig':{'Type':'splunk','Config':{'splunk-token':'x'}}}}",
	     "{'HostConfig':{'LogConfig':{'Type':'splunk','Config':{'splunk-token':'(hidden)'}}}}"},
		{CREATE,
	     "{'HostConfig':{'Mounts':[{'VolumeOptions':{'DriverConfig':{'Options':{'o':'x'}}}}]}}",
	     "{'HostConfig':{'Mounts':[{'VolumeOptions':{'DriverConfig':{'Options':{'o':'(hidden)'}}}}]}}"},
		{&schema_auth, "{'username':'u','password':'p','identitytoken':'t'}",
	     "{'username':'u','password':'(hidden)','identitytoken':'(hidden)'}"},
		{&schema_exec_create, "{'Env':['A=1'],'Cmd':['a']}",
	     "{'Env':['(hidden)'],'Cmd':['(hidden)']}"},
		{&schema_volume_create, "{'DriverOpts':{'o':'password=x'}}",
	     "{'DriverOpts':{'o':'(hidden)'}}"},
		{&schema_swarm_join, "{'JoinToken':'t'}", "{'JoinToken':'(hidden)'}"},
		{&schema_swarm_unlock, "{'UnlockKey':'t'}", "{'UnlockKey':'(hidden)'}"},
		{&schema_swarm_init, "{'Spec':{'CAConfig':{'SigningCAKey':'k','ForceRotate':1}}}",
	     "{'Spec':{'CAConfig':{'SigningCAKey':'(hidden)','ForceRotate':1}}}"},
		{&schema_secret_spec, "{'Data':'eA=='}", "{'Data':'(hidden)'}"},
		{&schema_config_spec, "{'Data':'eA=='}", "{'Data':'(hidden)'}"},
		{&schema_service_spec,
	     "{'TaskTemplate':{'ContainerSpec':{'Env':['A']},'PluginSpec':{'env':['B']}}}",
	     "{'TaskTemplate':{'ContainerSpec':{'Env':['(hidden)']},'PluginSpec':{'env':['(hidden)']}}}"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof table / sizeof *table; i++) {
		json_t *tree = tree_of(table[i].json);
		json_t *redacted = schema_redacted(table[i].schema, tree);

		assert_tree(redacted, table[i].redacted);
		assert_tree(tree, table[i].json);
		json_decref(redacted);
		json_decref(tree);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_denied_property_is_found),
		cmocka_unit_test(a_short_path_is_cut),
		cmocka_unit_test(secrets_are_hidden),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
