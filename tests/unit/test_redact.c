/* What answers do not tell: to clients with a tenant and without, in every form that hidden things have. */
#include "answer_scene.h"

#include "judging.h"

#include "policy/load.h"
#include "policy/policy.h"
#include "policy/redact.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define A1      "a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1"
#define INSPECT "GET /v1.41/containers/" A1 "/json"

/* Of a client without a tenant. */
static void assert_told(const char *target, const char *redact, const char *answer,
                        const char *expected)
{
	assert_redacted(&(struct answer_try){target, answer, NULL, NULL},
	                &(struct answer_rules){redact, true}, expected);
}

static void values_of_variables_are_hidden_by_name(void **state)
{
	(void)state;
	assert_told(
		INSPECT, "env = [\"*\"];",
		"{'Config':{'Env':['PATH=/bin','EMPTY=','BARE','A=b=c'],'Cmd':['A=b']}}",
		"{'Config':{'Env':['PATH=<redacted>','EMPTY=<redacted>','BARE','A=<redacted>'],'Cmd':['A=b']}}\n");
	assert_told(
		INSPECT, "env = [\"*_TOKEN\", \"PASSWORD\"];",
		"{'Config':{'Env':['PATH=/bin','CI_TOKEN=x','PASSWORD=x','XPASSWORD=x','token=1']}}",
		"{'Config':{'Env':['PATH=/bin','CI_TOKEN=<redacted>','PASSWORD=<redacted>','XPASSWORD=x','token=1']}}\n");
	assert_told(
		"GET /v1.41/plugins/p/json", "env = [\"KEY\"];",
		"{'Settings':{'Env':['KEY=v','DEBUG=1']},'Config':{'Env':[{'Name':'KEY','Value':'v'},{'Name':'DEBUG','Value':'1'},{'Value':'v'}]}}",
		"{'Settings':{'Env':['KEY=<redacted>','DEBUG=1']},'Config':{'Env':[{'Name':'KEY','Value':'<redacted>'},{'Name':'DEBUG','Value':'1'},{'Value':'<redacted>'}]}}\n");
	assert_told(
		"GET /v1.41/services/s", "env = [\"*\"];",
		"{'Spec':{'TaskTemplate':{'ContainerSpec':{'Env':['A=1']}}},'PreviousSpec':{'TaskTemplate':{'ContainerSpec':{'Env':['A=2']}}}}",
		"{'Spec':{'TaskTemplate':{'ContainerSpec':{'Env':['A=<redacted>']}}},'PreviousSpec':{'TaskTemplate':{'ContainerSpec':{'Env':['A=<redacted>']}}}}\n");
}

static void what_is_no_list_of_variables_is_hidden_whole(void **state)
{
	(void)state;
	assert_told(INSPECT, "env = [\"*\"];", "{'Config':{'Env':null}}", "{'Config':{'Env':null}}\n");
	assert_told(INSPECT, "env = [\"*\"];", "{'Config':{'Env':'A=1'}}",
	            "{'Config':{'Env':'A=<redacted>'}}\n");
	assert_told(INSPECT, "env = [\"*\"];", "{'Config':{'Env':{'A':'1','B':[2,'x']}}}",
	            "{'Config':{'Env':{'A':'<redacted>','B':[0,'<redacted>']}}}\n");
	assert_told(INSPECT, "env = [\"X\"];", "{'Config':{'Env':[['A'],7]}}",
	            "{'Config':{'Env':[['<redacted>'],0]}}\n");
}

static void a_name_that_is_longer_than_any_is_hidden(void **state)
{
	static char answer[1024], name[301];

	(void)state;
	memset(name, 'A', sizeof name - 1);
	snprintf(answer, sizeof answer, "{'Config':{'Env':['%s=TELLTALE']}}", name);
	assert_null(strstr(answer_redacted(&(struct answer_try){INSPECT, answer, NULL, NULL},
	                                   &(struct answer_rules){"env = [\"X\"];", true}),
	                   "TELLTALE"));
}

static void steps_of_images_are_told_up_to_what_is_hidden(void **state)
{
	static const struct {
		const char *step, *told;
	} steps[] = {
		{"ENV TOKEN=x y", "ENV TOKEN=<redacted>"},
		{"ENV A=1 TOKEN=x B=2", "ENV A=1 TOKEN=<redacted>"},
		{"/bin/sh -c #(nop)  ENV TOKEN=x", "/bin/sh -c #(nop)  ENV TOKEN=<redacted>"},
		{"RUN |2 A=1 TOKEN=x /bin/sh -c make # buildkit", "RUN |2 A=1 TOKEN=<redacted>"},
		{"ARG TOKEN=x", "ARG TOKEN=<redacted>"},
		{"ENV TOKEN x", "ENV TOKEN <redacted>"},
		{"ENV A TOKEN=x", "ENV A TOKEN=<redacted>"},
		{"ENV TOKEN", "ENV TOKEN"},
		{"ENV A=1", "ENV A=1"},
		{"LABEL com.secret/a=x b=c", "LABEL com.secret/a=<redacted>"},
		{"LABEL \\\"com.secret/a\\\"=x", "LABEL \\\"com.secret/a\\\"=<redacted>"},
		{"RUN /bin/sh -c cc --std=c11 x.c", "RUN /bin/sh -c cc --std=c11 x.c"},
		{"", ""},
	};
	char answer[256], expected[256];

	(void)state;
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
		snprintf(answer, sizeof answer, "[{'CreatedBy':'%s'}]", steps[i].step);
		snprintf(expected, sizeof expected, "[{'CreatedBy':'%s'}]\n", steps[i].told);
		assert_told("GET /v1.41/images/i/history",
		            "env = [\"TOKEN\"]; labels = [\"com.secret/*\"];", answer, expected);
	}
	assert_told(
		"GET /v1.41/images/i/json", "env = [\"TOKEN\"];",
		"{'Config':{'OnBuild':['ENV TOKEN x','RUN y'],'Cmd':['TOKEN=1']},'ContainerConfig':{'Cmd':['|1','TOKEN=1','sh']}}",
		"{'Config':{'OnBuild':['ENV TOKEN <redacted>','RUN y'],'Cmd':['TOKEN=1']},'ContainerConfig':{'Cmd':['|1','TOKEN=<redacted>','sh']}}\n");
	/* What a classic build runs for a moment. */
	assert_told(
		INSPECT, "env = [\"TOKEN\"];",
		"{'Args':['-c','#(nop) ','ENV TOKEN=1'],'Config':{'Cmd':['sh','-c','#(nop) ENV TOKEN=1']}}",
		"{'Args':['-c','#(nop) ','ENV TOKEN=<redacted>'],'Config':{'Cmd':['sh','-c','#(nop) ENV TOKEN=<redacted>']}}\n");
}

static void a_step_of_pairs_without_end_is_cut(void **state)
{
	enum { PAIRS = 3000 };
	static char answer[PAIRS * 4 + 64];
	size_t len = (size_t)snprintf(answer, sizeof answer, "[{'CreatedBy':'");

	(void)state;
	for (int i = 0; i < PAIRS; i++)
		len += (size_t)snprintf(answer + len, sizeof answer - len, "a=b ");
	snprintf(answer + len, sizeof answer - len, "TELLTALE'}]");
	assert_null(strstr(answer_redacted(&(struct answer_try){"GET /v1.41/images/i/history", answer,
	                                                        NULL, NULL},
	                                   &(struct answer_rules){"env = [\"X\"];", true}),
	                   "TELLTALE"));
}

static void labels_are_hidden_by_name(void **state)
{
	const char *rules = "labels = [\"com.secret*\"];";

	(void)state;
	assert_told(
		"GET /v1.41/containers/json", rules,
		"[{'Id':'1','Labels':{'com.secret.a':'x','com.secret':'','open':'y'}},{'Labels':null}]",
		"[{'Id':'1','Labels':{'com.secret.a':'<redacted>','com.secret':'<redacted>','open':'y'}},{'Labels':null}]\n");
	assert_told("GET /v1.41/info", rules, "{'Labels':['com.secret.a=x','open=y'],'Name':'h'}",
	            "{'Labels':['com.secret.a=<redacted>','open=y'],'Name':'h'}\n");
	assert_told(
		"GET /v1.41/volumes", rules,
		"{'Volumes':[{'Name':'v','Labels':{'com.secret.a':'x'}}],'Warnings':['w']}",
		"{'Volumes':[{'Name':'v','Labels':{'com.secret.a':'<redacted>'}}],'Warnings':['w']}\n");
	assert_told(
		"GET /v1.41/system/df", rules,
		"{'LayersSize':7,'Images':[{'Labels':{'com.secret.a':'x'}}],'Containers':[{'Labels':{'com.secret.a':'x'}}],'Volumes':null,'BuildCache':[{'ID':'1'}],'BuilderSize':0}",
		"{'LayersSize':7,'Images':[{'Labels':{'com.secret.a':'<redacted>'}}],'Containers':[{'Labels':{'com.secret.a':'<redacted>'}}],'Volumes':null,'BuildCache':[{'ID':'1'}],'BuilderSize':0}\n");
}

static void events_hide_labels_and_keep_what_is_the_daemons(void **state)
{
	(void)state;
	assert_told(
		"GET /v1.41/events", "labels = [\"*\"];",
		"{'Type':'container','Action':'die','Actor':{'ID':'1','Attributes':{'exitCode':'0','execID':'x y','image':'i','name':'n','com.secret.a':'x'}}}\n"
		"{'Type':'network','Actor':{'ID':'2','Attributes':{'name':'n'}}}\n{'Type':'x','Actor':7}",
		"{'Type':'container','Action':'die','Actor':{'ID':'1','Attributes':{'exitCode':'0','execID':'<redacted>','image':'i','name':'n','com.secret.a':'<redacted>'}}}\n"
		"{'Type':'network','Actor':{'ID':'2','Attributes':{'name':'n'}}}\n{'Type':'x','Actor':7}\n");
	assert_told(
		"GET /v1.41/events", "host = true;",
		"{'Type':'daemon','Action':'reload','id':'D','Actor':{'ID':'D','Attributes':{'name':'h','debug':'true'}}}\n"
		"{'Type':'node','Actor':{'ID':'N','Attributes':{'name':'h','role':'worker'}}}\n"
		"{'Type':'container','Actor':{'ID':'C','Attributes':{'name':'web'}}}\n",
		"{'Type':'daemon','Action':'reload','id':'<redacted>','Actor':{'ID':'<redacted>','Attributes':{'name':'<redacted>','debug':'<redacted>'}}}\n"
		"{'Type':'node','Actor':{'ID':'N','Attributes':{'name':'<redacted>','role':'worker'}}}\n"
		"{'Type':'container','Actor':{'ID':'C','Attributes':{'name':'web'}}}\n");
	assert_told(
		"GET /v1.41/events", "registries = true;",
		"{'Type':'daemon','Actor':{'Attributes':{'registry-mirrors':'[\\\"https://m\\\"]','debug':'true'}}}",
		"{'Type':'daemon','Actor':{'Attributes':{'registry-mirrors':'<redacted>','debug':'true'}}}\n");
}

static void commands_are_hidden_and_what_they_say(void **state)
{
	const char *rules = "commands = true;";

	(void)state;
	assert_told(
		INSPECT, rules,
		"{'Path':'sh','Args':['-c','x'],'Config':{'Cmd':['x'],'Entrypoint':null,'Healthcheck':{'Test':['CMD','x']}},'State':{'Health':{'Log':[{'ExitCode':1,'Output':'x'}]}},'Mounts':[{'Destination':'/x'}]}",
		"{'Path':'<redacted>','Args':['<redacted>','<redacted>'],'Config':{'Cmd':['<redacted>'],'Entrypoint':null,'Healthcheck':{'Test':['<redacted>','<redacted>']}},'State':{'Health':{'Log':[{'ExitCode':1,'Output':'<redacted>'}]}},'Mounts':[{'Destination':'/x'}]}\n");
	assert_told(
		"GET /v1.41/containers/" A1 "/top", rules,
		"{'Titles':['PID','CMD'],'Processes':[['1','sh -c x'],['2','y','z'],['w'],'v']}",
		"{'Titles':['PID','CMD'],'Processes':[['1','<redacted>'],['2','<redacted>','<redacted>'],['w'],'<redacted>']}\n");
	assert_told("GET /v1.41/containers/" A1 "/top", rules, "{'Titles':null,'Processes':[['1']]}",
	            "{'Titles':null,'Processes':[['<redacted>']]}\n");
	assert_told(
		"GET /v1.41/events", rules,
		"{'status':'exec_create: sh','Type':'container','Action':'exec_create: sh -c x'}{'Action':'health_status: healthy'}{'Action':'die'}",
		"{'status':'exec_create: <redacted>','Type':'container','Action':'exec_create: <redacted>'}\n{'Action':'health_status: healthy'}\n{'Action':'die'}\n");
	assert_told(
		"GET /v1.41/exec/" A1 "/json", rules,
		"{'ID':'1','ProcessConfig':{'entrypoint':'sh','arguments':['-c'],'user':'u'}}",
		"{'ID':'1','ProcessConfig':{'entrypoint':'<redacted>','arguments':['<redacted>'],'user':'u'}}\n");
}

static void paths_of_the_host_are_hidden_and_names_are_not(void **state)
{
	(void)state;
	assert_told(
		INSPECT, "mounts = true;",
		"{'LogPath':'/l','HostsPath':'','HostConfig':{'Binds':['/srv/a:/a:ro','data:/b','/srv/c','C:\\\\x:/x',':/y'],"
		"'Mounts':[{'Type':'bind','Source':'/srv','Target':'/t'},{'Type':'bind','Source':'srv'},{'Type':'volume','Source':'data'}],"
		"'Devices':[{'PathOnHost':'/dev/sda','PathInContainer':'/dev/x'}]},"
		"'GraphDriver':{'Name':'overlay2','Data':{'UpperDir':'/var/x'}},"
		"'Mounts':[{'Type':'volume','Name':'data','Source':'/var/lib/docker/volumes/data/_data','Destination':'/b'}],"
		"'State':{'Error':'error mounting \\\"/srv/a\\\" to rootfs'}}",
		"{'LogPath':'<redacted>','HostsPath':'','HostConfig':{'Binds':['<redacted>:/a:ro','data:/b','<redacted>','<redacted>','<redacted>'],"
		"'Mounts':[{'Type':'bind','Source':'<redacted>','Target':'/t'},{'Type':'bind','Source':'<redacted>'},{'Type':'volume','Source':'data'}],"
		"'Devices':[{'PathOnHost':'<redacted>','PathInContainer':'/dev/x'}]},"
		"'GraphDriver':{'Name':'overlay2','Data':{'UpperDir':'<redacted>'}},"
		"'Mounts':[{'Type':'volume','Name':'data','Source':'<redacted>','Destination':'/b'}],"
		"'State':{'Error':'error mounting \\\"<redacted>'}}\n");
	assert_told(
		"GET /v1.41/volumes/v", "mounts = true; options = [\"o\"];",
		"{'Name':'v','Mountpoint':'/m','Options':{'type':'none','device':'/srv','o':'bind'}}",
		"{'Name':'v','Mountpoint':'<redacted>','Options':{'type':'none','device':'<redacted>','o':'<redacted>'}}\n");
}

static void what_the_host_is_is_hidden(void **state)
{
	(void)state;
	assert_told(
		"GET /v1.41/info", "host = true; registries = true;",
		"{'Name':'h','ID':'X','Labels':['a=b'],'Warnings':['w'],'HttpProxy':'http://u:p@proxy','NoProxy':'','ServerVersion':'29',"
		"'ContainerdCommit':{'ID':'c'},'DriverStatus':[['driver-type','io.containerd.snapshotter.v1'],['Root Dir','/var/lib']],"
		"'SecurityOptions':['name=seccomp,profile=/etc/s.json','name=rootless'],'Runtimes':{'runc':{'path':'/usr/bin/runc'}},"
		"'RegistryConfig':{'Mirrors':['https://m'],'InsecureRegistryCIDRs':['10.0.0.0/8'],'IndexConfigs':{'docker.io':{'Name':'docker.io','Mirrors':['https://m'],'Official':true},'r.x':{'Official':false}}},"
		"'Swarm':{'NodeID':'n','NodeAddr':'10.0.0.1','LocalNodeState':'active','RemoteManagers':[{'NodeID':'n','Addr':'10.0.0.1:2377'}]}}",
		"{'Name':'<redacted>','ID':'<redacted>','Labels':[],'Warnings':[],'HttpProxy':'<redacted>','NoProxy':'','ServerVersion':'29',"
		"'ContainerdCommit':{'ID':'c'},'DriverStatus':[['driver-type','io.containerd.snapshotter.v1'],['Root Dir','<redacted>']],"
		"'SecurityOptions':['name=seccomp,profile=<redacted>','name=rootless'],'Runtimes':{'runc':{'path':'<redacted>'}},"
		"'RegistryConfig':{'Mirrors':[],'InsecureRegistryCIDRs':[],'IndexConfigs':{'docker.io':{'Name':'docker.io','Mirrors':[],'Official':true}}},"
		"'Swarm':{'NodeID':'n','NodeAddr':'<redacted>','LocalNodeState':'active','RemoteManagers':[{'NodeID':'n','Addr':'<redacted>'}]}}\n");
	assert_told("GET /v1.41/networks/n", "host = true;", "{'Peers':[{'Name':'h','IP':'10.0.0.1'}]}",
	            "{'Peers':[{'Name':'<redacted>','IP':''}]}\n");
}

static void a_swarms_secrets_are_hidden(void **state)
{
	(void)state;
	assert_told(
		"GET /v1.41/swarm", "secrets = true;",
		"{'ID':'s','JoinTokens':{'Worker':'W','Manager':'M'},'TLSInfo':{'TrustRoot':'PEM','CertIssuerSubject':'MBM='}}",
		"{'ID':'s','JoinTokens':{'Worker':'<redacted>','Manager':'<redacted>'},'TLSInfo':{'TrustRoot':'<redacted>','CertIssuerSubject':'PHJlZGFjdGVkPg=='}}\n");
	assert_told("GET /v1.41/swarm/unlockkey", "secrets = true;", "{'UnlockKey':'SWMKEY'}",
	            "{'UnlockKey':'<redacted>'}\n");
	assert_told("GET /v1.41/configs/c", "secrets = true;", "{'Spec':{'Name':'c','Data':'eA=='}}",
	            "{'Spec':{'Name':'c','Data':'PHJlZGFjdGVkPg=='}}\n");
	assert_told(
		"GET /v1.41/services", "secrets = true;",
		"[{'Spec':{'TaskTemplate':{'ContainerSpec':{'Secrets':[{'File':{'Name':'f','Mode':292},'SecretName':'s'}],'Image':'i'}}}}]",
		"[{'Spec':{'TaskTemplate':{'ContainerSpec':{'Secrets':[{'File':{'Name':'<redacted>','Mode':0},'SecretName':'<redacted>'}],'Image':'i'}}}}]\n");
}

static void what_is_hidden_from_tenants_is_besides_what_is_others(void **state)
{
	const struct answer_rules rules = {"env = [\"*\"]; labels = [\"secret\"]; mounts = true;",
	                                   false};

	(void)state;
	assert_redacted(
		&(struct answer_try){
			"GET /v1.41/containers/json",
			"[{'Id':'1','Labels':{'secret':'x',@a},'Mounts':[{'Source':'/srv'}]},{'Id':'2','Labels':{@b}}]",
			NULL, NULL},
		&rules,
		"[{'Id':'1','Labels':{'secret':'<redacted>'},'Mounts':[{'Source':'<redacted>'}]}]\n");
	assert_redacted(&(struct answer_try){INSPECT, "{'Config':{'Env':['A=1'],'Labels':{@b}}}", NULL,
	                                     NULL},
	                &rules, "missing");
	/* Of nobody's objects, and so not for a tenant's filter to judge. */
	assert_redacted(&(struct answer_try){"GET /v1.41/version", "{'KernelVersion':'6.1'}", NULL,
	                                     NULL},
	                &(struct answer_rules){"host = true;", false},
	                "{'KernelVersion':'<redacted>'}\n");
	/* Owners are told by labels that the client does not see. */
	assert_redacted(&(struct answer_try){"GET /v1.41/volumes/v", "{'Name':'v','Labels':{@a}}", NULL,
	                                     NULL},
	                &(struct answer_rules){"labels = [\"*\"];", false},
	                "{'Name':'v','Labels':{}}\n");
}

static void without_a_tenant_nothing_is_left_out(void **state)
{
	(void)state;
	assert_told(
		"GET /v1.41/containers/json", "env = [\"*\"];",
		"[{'Id':'1','Labels':{'quaymaster.tenant':'x'}},{'Id':'2','Labels':null},{'Id':'3'}]",
		"[{'Id':'1','Labels':{'quaymaster.tenant':'x'}},{'Id':'2','Labels':null},{'Id':'3'}]\n");
}

static void what_cannot_be_read_is_not_told(void **state)
{
	static const char *const answers[] = {
		"", "{", "{'a':1}}", "{'a':1,'a':2}", "{'a':'\\ud800'}", "nonsense"};

	(void)state;
	for (size_t i = 0; i < sizeof answers / sizeof *answers; i++)
		assert_non_null(
			strstr(answer_redacted(&(struct answer_try){INSPECT, answers[i], NULL, NULL},
		                           &(struct answer_rules){"env = [\"*\"];", true}),
		           "broken"));
	assert_told("GET /v1.41/containers/json", "mounts = true;", "{'Id':'1'}", "broken");
	assert_told("GET /v1.41/containers/json", "mounts = true;", "[{'Id':'1','Id':'2'},{'Id':'3'}]",
	            "[{'Id':'3'}]\n");
}

static void answers_pass_untouched_where_nothing_is_hidden(void **state)
{
	const struct redact_rules nothing = {.mounts = {.on = false}}, host = {.host = {.on = true}};

	(void)state;
	assert_false(redact_concerns(NULL, "container.inspect"));
	assert_false(redact_concerns(&nothing, "container.inspect"));
	assert_true(redact_concerns(&host, "system.info"));
	assert_false(redact_concerns(&nothing, "system.info"));
}

static const struct redact_rules *rules_of(const struct policy_set *set, const char *name)
{
	const struct policy *policy = policy_set_find(set, name);

	assert_non_null(policy);
	return &policy->redact;
}

static void rules_are_inherited_and_compared(void **state)
{
	struct policy_set *set = judging_policies(
		"policies = { a = { extends = \"admin\"; redact = { env = [\"*\"]; mounts = true; }; };"
		"b = { extends = \"a\"; }; c = { extends = \"a\"; redact = { env = [\"A\"]; }; };"
		"d = { extends = \"a\"; redact = { mounts = false; env = []; }; }; };");

	(void)state;
	assert_true(redact_is_same(rules_of(set, "a"), rules_of(set, "b")));
	assert_false(redact_is_same(rules_of(set, "a"), rules_of(set, "c")));
	assert_true(rules_of(set, "c")->mounts.on);
	assert_true(redact_is_same(rules_of(set, "d"), rules_of(set, "admin")));
	policy_set_free(set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_of_variables_are_hidden_by_name),
		cmocka_unit_test(what_is_no_list_of_variables_is_hidden_whole),
		cmocka_unit_test(a_name_that_is_longer_than_any_is_hidden),
		cmocka_unit_test(steps_of_images_are_told_up_to_what_is_hidden),
		cmocka_unit_test(a_step_of_pairs_without_end_is_cut),
		cmocka_unit_test(labels_are_hidden_by_name),
		cmocka_unit_test(events_hide_labels_and_keep_what_is_the_daemons),
		cmocka_unit_test(commands_are_hidden_and_what_they_say),
		cmocka_unit_test(paths_of_the_host_are_hidden_and_names_are_not),
		cmocka_unit_test(what_the_host_is_is_hidden),
		cmocka_unit_test(a_swarms_secrets_are_hidden),
		cmocka_unit_test(what_is_hidden_from_tenants_is_besides_what_is_others),
		cmocka_unit_test(without_a_tenant_nothing_is_left_out),
		cmocka_unit_test(what_cannot_be_read_is_not_told),
		cmocka_unit_test(answers_pass_untouched_where_nothing_is_hidden),
		cmocka_unit_test(rules_are_inherited_and_compared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
