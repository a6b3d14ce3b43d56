/* Answers cut down to a tenant's world: what stays of lists and inspections, and that nothing of others' does. */
#include "answer_scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define A1 "a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1"

static void lists_hold_what_is_the_tenants(void **state)
{
	(void)state;
	assert_answer(
		&(struct answer_try){
			"GET /v1.41/containers/json",
			"[{'Id':'1','Names':['/web'],'Labels':{'x':'y',@a}},{'Id':'2','Labels':{@b}},"
			"{'Id':'3','Labels':{@x}},{'Id':'4','Labels':null},{'Id':'5','Labels':{@a}}]\n",
			NULL, NULL},
		"[{'Id':'1','Names':['/web'],'Labels':{'x':'y'}},{'Id':'5','Labels':{}}]\n");
	assert_answer(&(struct answer_try){"GET /v1.41/containers/json", "[{'Id':'2','Labels':{@b}}]",
	                                   NULL, NULL},
	              "[]\n");
	assert_answer(&(struct answer_try){"GET /v1.41/containers/json", "null", NULL, NULL}, "null\n");
	/* Made by a container's commit. */
	assert_answer(&(struct answer_try){"GET /v1.41/images/json",
	                                   "[{'Id':'sha256:1','Labels':{@a:container}}]", NULL, NULL},
	              "[]\n");
}

static void labels_are_stripped_wherever_they_are(void **state)
{
	(void)state;
	assert_answer(
		&(struct answer_try){
			"GET /v1.41/containers/" A1 "/json",
			"{'Id':'1','Config':{'Labels':{@a,'mine':'1'}},'HostConfig':{'Mounts':[{'Type':'volume','VolumeOptions':{'Labels':{@a:volume}}}]}}",
			NULL, NULL},
		"{'Id':'1','Config':{'Labels':{'mine':'1'}},'HostConfig':{'Mounts':[{'Type':'volume','VolumeOptions':{'Labels':{}}}]}}\n");
	assert_answer(&(struct answer_try){"GET /v1.41/volumes/v", "{'Name':'v','Labels':{@a}}", NULL,
	                                   NULL},
	              "{'Name':'v','Labels':{}}\n");
	assert_answer(&(struct answer_try){"POST /v1.41/volumes/create", "{'Name':'v','Labels':{@a}}",
	                                   NULL, NULL},
	              "{'Name':'v','Labels':{}}\n");
	assert_answer(
		&(struct answer_try){
			"GET /v1.41/services/s",
			"{'ID':'s','Spec':{'Labels':{@a},'TaskTemplate':{'ContainerSpec':{'Labels':{@a:container}}}},"
			"'PreviousSpec':{'Labels':{@a}}}",
			NULL, NULL},
		"{'ID':'s','Spec':{'Labels':{},'TaskTemplate':{'ContainerSpec':{'Labels':{}}}},'PreviousSpec':{'Labels':{}}}\n");
}

static void what_is_foreign_is_missing(void **state)
{
	static const char *const targets[] = {"GET /v1.41/containers/" A1 "/json",
	                                      "GET /v1.41/images/i/json",
	                                      "GET /v1.41/networks/n",
	                                      "GET /v1.41/volumes/v",
	                                      "GET /v1.41/services/s",
	                                      "GET /v1.41/secrets/s",
	                                      "GET /v1.41/configs/c",
	                                      "GET /v1.41/tasks/t"};

	(void)state;
	for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
		assert_answer(
			&(struct answer_try){
				targets[i],
				"{'Id':'1','Labels':{@b},'Config':{'Labels':{@b}},'Spec':{'Labels':{@b}}}", NULL,
				NULL},
			"missing");
		assert_answer(&(struct answer_try){targets[i], "{'Id':'1'}", NULL, NULL}, "missing");
	}
}

static void elements_that_cannot_be_read_are_nobodys(void **state)
{
	(void)state;
	assert_answer(
		&(struct answer_try){
			"GET /v1.41/containers/json",
			"[{'Id':'\\u0000','Labels':{@a}},{'Id':'1','Id':'2','Labels':{@a}},{'Id':},7,{'Id':'5','Labels':{@a}}]",
			NULL, NULL},
		"[{'Id':'5','Labels':{}}]\n");
}

static void broken_answers_are_cut(void **state)
{
	static const char *const answers[] = {
		"",         "[",    "[{'Id':'1','Labels':{@a}}",      "[]]", "{}",
		"{'a':[]}", "[] x", "{'x':{'Id':'1','Labels':{@a}}}", "7",   "'x'"};

	(void)state;
	for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
		const char *given = answer_filtered(
			&(struct answer_try){"GET /v1.41/containers/json", answers[i], NULL, NULL});

		assert_non_null(strstr(given, "broken"));
	}
	assert_answer(&(struct answer_try){"GET /v1.41/containers/" A1 "/json",
	                                   "{'Config':{'Labels':{@a}}", NULL, NULL},
	              "broken");
	assert_answer(&(struct answer_try){"GET /v1.41/containers/" A1 "/json",
	                                   "{'Config':{'Labels':{@a}},}", NULL, NULL},
	              "broken");
}

static void shared_things_are_listed(void **state)
{
	(void)state;
	assert_answer(
		&(struct answer_try){
			"GET /v1.41/volumes",
			"{'Volumes':[{'Name':'cache-1','Labels':{'k':''}},{'Name':'cache-2','Labels':{@b}},{'Name':'v','Labels':{@a}},{'Name':'w','Labels':null}],"
			"'Warnings':['about a driver']}",
			NULL, "shared = { volumes = [\"cache-*\"]; };"},
		"{'Volumes':[{'Name':'cache-1','Labels':{'k':''}},{'Name':'v','Labels':{}}]}\n");
	assert_answer(&(struct answer_try){"GET /v1.41/volumes", "{'Volumes':null,'Warnings':null}",
	                                   NULL, NULL},
	              "{'Volumes':null}\n");
	assert_answer(
		&(struct answer_try){
			"GET /v1.41/networks",
			"[{'Name':'bridge','Id':'1','Containers':{},'Labels':{}},{'Name':'b','Id':'2','Labels':{@b}},"
			"{'Name':'a','Id':'3','Labels':{@a}}]",
			NULL, NULL},
		"[{'Name':'bridge','Id':'1','Containers':{},'Labels':{}},{'Name':'a','Id':'3','Labels':{}}]\n");
}

static void others_on_a_network_are_not_told(void **state)
{
	static const struct answer_reply replies[] = {
		{OBJECT_CONTAINER, NULL, OWNERSHIP_FOREIGN,
	     "[{'Id':'1','Labels':{@a}},{'Id':'2','Labels':{@b}},{'Id':'3','Labels':{@x}}]"},
		{OBJECT_NONE, NULL, OWNERSHIP_FOREIGN, NULL}};

	(void)state;
	assert_answer(
		&(struct answer_try){
			"GET /v1.41/networks/bridge?verbose=1",
			"{'Name':'bridge','Containers':{'1':{'Name':'mine'},'2':{'Name':'theirs'},'3':{},'ep-9':{'Name':'gateway'}},"
			"'Services':{'s':{}},'Peers':[{'Name':'node','IP':'10.0.0.1'}],'Status':{'IPAM':{}}}",
			replies, NULL},
		"{'Name':'bridge','Containers':{'1':{'Name':'mine'}}}\n");
	assert_int_equal(answer_questions(), 1);
	assert_answer(
		&(struct answer_try){
			"GET /v1.41/networks/n",
			"{'Name':'n','Containers':{},'Services':{'s':{}},'Peers':[],'Labels':{@a}}", NULL,
			NULL},
		"{'Name':'n','Containers':{},'Services':{'s':{}},'Labels':{}}\n");
	assert_int_equal(answer_questions(), 0);
	/* Before API 1.28 lists tell of them, too; they are asked for once. */
	assert_answer(
		&(struct answer_try){
			"GET /v1.24/networks",
			"[{'Name':'bridge','Containers':{'1':{},'2':{}}},{'Name':'host','Containers':{'2':{},'1':{}}}]",
			replies, NULL},
		"[{'Name':'bridge','Containers':{'1':{}}},{'Name':'host','Containers':{'1':{}}}]\n");
	assert_int_equal(answer_questions(), 1);
	assert_answer(&(struct answer_try){"GET /v1.41/networks/n",
	                                   "{'Name':'n','Containers':['1'],'Labels':{@a}}", replies,
	                                   NULL},
	              "broken");
}

static void names_of_images_are_told_to_whom_they_belong(void **state)
{
	const char *shared = "shared = { images = [\"alpine\"]; };";

	(void)state;
	assert_answer(
		&(struct answer_try){
			"GET /v1.41/images/json",
			"[{'Id':'sha256:1','RepoTags':['mine:1','@{a sha256:1 mine:1}'],'RepoDigests':null,'Containers':2,'Labels':{@a}},"
			"{'Id':'sha256:2','RepoTags':['alpine:latest','b/secret:1'],'RepoDigests':['alpine@sha256:" A1
			"','b/secret@sha256:" A1 "'],'Containers':3,'Labels':null},"
			"{'Id':'sha256:3','RepoTags':['b/secret:2'],'Labels':{@b}},"
			"{'Id':'sha256:4','RepoTags':['m:1','@{a sha256:4 m:1}','@{b sha256:4 n:1}'],'Containers':3},"
			"{'Id':'sha256:5','RepoTags':['m:2','@{a sha256:5 m:2}','nobodys:1'],'Containers':3}]",
			NULL, shared},
		"[{'Id':'sha256:1','RepoTags':['mine:1'],'RepoDigests':null,'Containers':2,'Labels':{}},"
		"{'Id':'sha256:2','RepoTags':['alpine:latest'],'RepoDigests':['alpine@sha256:" A1
		"'],'Containers':-1,'Labels':null},"
		"{'Id':'sha256:4','RepoTags':['m:1'],'Containers':-1},"
		"{'Id':'sha256:5','RepoTags':['m:2'],'Containers':-1}]\n");
	assert_answer(
		&(struct answer_try){"GET /v1.41/images/json",
	                         "[{'Id':'sha256:1','RepoTags':['@{a sha256:1 m:1}'],'Labels':{@a}}]",
	                         NULL, NULL},
		"[{'Id':'sha256:1','RepoTags':['<none>:<none>'],'Labels':{},'RepoDigests':['<none>@<none>']}]\n");
	assert_answer(
		&(struct answer_try){
			"GET /v1.41/images/alpine/json",
			"{'Id':'sha256:2','RepoTags':['b/secret:1','alpine:3'],'RepoDigests':[]}", NULL,
			shared},
		"{'Id':'sha256:2','RepoTags':['alpine:3'],'RepoDigests':[]}\n");
	assert_answer(
		&(struct answer_try){
			"GET /v1.41/images/json",
			"[{'Id':'sha256:1','RepoTags':['m:1','@{a sha256:1 m:1}'],'Labels':{@a},'Manifests':[{'ID':'x','ImageData':{'Containers':['9']}}]}]",
			NULL, NULL},
		"[{'Id':'sha256:1','RepoTags':['m:1'],'Labels':{},'Manifests':[{'ID':'x','ImageData':{'Containers':[]}}]}]\n");
}

static void histories_and_removals_tell_no_others_names(void **state)
{
	(void)state;
	assert_answer(
		&(struct answer_try){
			"GET /v1.41/images/i/history",
			"[{'Id':'1','Tags':['b/secret:1','alpine:3'],'CreatedBy':'#(nop)  LABEL x=y quaymaster.seal=1:2 quaymaster.tenant=a'},"
			"{'Id':'2','Tags':null,'CreatedBy':'sh'}]",
			NULL, "shared = { images = [\"alpine\"]; };"},
		"[{'Id':'1','Tags':['alpine:3'],'CreatedBy':'#(nop)  LABEL x=y'},{'Id':'2','Tags':null,'CreatedBy':'sh'}]\n");
	assert_answer(
		&(struct answer_try){
			"DELETE /v1.41/images/i",
			"[{'Untagged':'mine:1'},{'Untagged':'quaymaster.invalid/a/1:held'},{'Deleted':'sha256:1'}]",
			NULL, NULL},
		"[{'Untagged':'mine:1'},{'Deleted':'sha256:1'}]\n");
	assert_answer(
		&(struct answer_try){
			"POST /v1.41/images/prune",
			"{'ImagesDeleted':[{'Untagged':'quaymaster.invalid/a/1:held'},{'Deleted':'sha256:1'}],'SpaceReclaimed':7}",
			NULL, NULL},
		"{'ImagesDeleted':[{'Deleted':'sha256:1'}],'SpaceReclaimed':7}\n");
	assert_answer(&(struct answer_try){"POST /v1.41/images/prune",
	                                   "{'ImagesDeleted':null,'SpaceReclaimed':0}", NULL, NULL},
	              "{'ImagesDeleted':null,'SpaceReclaimed':0}\n");
}

static void swarm_lists_hold_what_is_the_tenants(void **state)
{
	static const char *const targets[] = {"GET /v1.41/services", "GET /v1.41/secrets",
	                                      "GET /v1.41/configs"};

	(void)state;
	for (size_t i = 0; i < sizeof targets / sizeof *targets; i++)
		assert_answer(
			&(struct answer_try){
				targets[i],
				"[{'ID':'1','Spec':{'Labels':{@a}}},{'ID':'2','Spec':{'Labels':{@b}}},{'ID':'3'}]",
				NULL, NULL},
			"[{'ID':'1','Spec':{'Labels':{}}}]\n");
	/* A task is whose its containers are; a container on an overlay network has one, too, and no service. */
	assert_answer(
		&(struct answer_try){
			"GET /v1.41/tasks",
			"[{'ID':'1','Spec':{'ContainerSpec':{'Labels':{@a}}},'NetworksAttachments':[{'Network':{'Spec':{'Labels':{@a:network}}}}]},"
			"{'ID':'2','Spec':{'ContainerSpec':{'Labels':{@b}}}},"
			"{'ID':'4','Spec':{'ContainerSpec':{'Labels':{@a:container}}}},"
			"{'ID':'3','Spec':{'NetworkAttachmentSpec':{'ContainerID':'x'}}}]",
			NULL, NULL},
		"[{'ID':'1','Spec':{'ContainerSpec':{'Labels':{}}},'NetworksAttachments':[{'Network':{'Spec':{'Labels':{}}}}]}]\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_hold_what_is_the_tenants),
		cmocka_unit_test(labels_are_stripped_wherever_they_are),
		cmocka_unit_test(what_is_foreign_is_missing),
		cmocka_unit_test(elements_that_cannot_be_read_are_nobodys),
		cmocka_unit_test(broken_answers_are_cut),
		cmocka_unit_test(shared_things_are_listed),
		cmocka_unit_test(others_on_a_network_are_not_told),
		cmocka_unit_test(names_of_images_are_told_to_whom_they_belong),
		cmocka_unit_test(histories_and_removals_tell_no_others_names),
		cmocka_unit_test(swarm_lists_hold_what_is_the_tenants),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
