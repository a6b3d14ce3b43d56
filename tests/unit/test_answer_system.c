/* What the daemon tells of itself and of what happens, as a tenant sees it. */
#include "answer_scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { PRIMES = 7 };

/* The daemon tells everybody's, whatever is asked: O30 O30b, and 271 278 of bypass.tsv. */
static void usage_is_added_up_anew(void **state)
{
	(void)state;
	assert_answer(
		&(struct answer_try){
			"GET /v1.41/system/df",
			"{'LayersSize':9999,'Images':[{'Id':'sha256:1','Size':100,'SharedSize':10,'Containers':1,'RepoTags':['m:1','@{a sha256:1 m:1}'],'Labels':{@a:image}},"
			"{'Id':'sha256:2','Size':50,'Labels':{@b:image}}],'Containers':[{'Id':'1','SizeRw':5,'State':'exited','Labels':{@a}},"
			"{'Id':'2','SizeRw':6,'State':'running','Labels':{@b}}],'Volumes':[{'Name':'v','UsageData':{'Size':7,'RefCount':1},'Labels':{@a:volume}},"
			"{'Name':'w','UsageData':{'Size':8,'RefCount':0},'Labels':{@b:volume}}],'BuildCache':[{'ID':'x','Size':9}],'BuilderSize':9}\n",
			NULL, NULL},
		"{'Images':[{'Id':'sha256:1','Size':100,'SharedSize':10,'Containers':1,'RepoTags':['m:1'],'Labels':{}}],"
		"'Containers':[{'Id':'1','SizeRw':5,'State':'exited','Labels':{}}],'Volumes':[{'Name':'v','UsageData':{'Size':7,'RefCount':1},'Labels':{}}],"
		"'BuildCache':[],'LayersSize':100}\n");
	assert_answer(
		&(struct answer_try){
			"GET /v1.41/system/df",
			"{'LayersSize':5,'Images':null,'Containers':null,'Volumes':null,'BuildCache':null,'Other':[1]}",
			NULL, NULL},
		"{'Images':null,'Containers':null,'Volumes':null,'BuildCache':null,'LayersSize':0}\n");
	assert_answer(&(struct answer_try){"GET /v1.41/system/df", "null", NULL, NULL}, "null\n");
	assert_answer(&(struct answer_try){"GET /v1.41/system/df", "7", NULL, NULL}, "broken");
}

static void usage_has_totals_since_1_52(void **state)
{
	(void)state;
	assert_answer(
		&(struct answer_try){
			"GET /v1.41/system/df",
			"{'ImageUsage':{'ActiveCount':9,'Items':[{'Id':'sha256:1','Size':100,'SharedSize':10,'Containers':0,'Labels':{@a:image},'RepoTags':['m:1','@{a sha256:1 m:1}']},"
			"{'Id':'sha256:2','Size':70,'Labels':{@b:image}}],'Reclaimable':9,'TotalCount':9,'TotalSize':999},"
			"'ContainerUsage':{'Items':[{'Id':'1','SizeRw':5,'State':'exited','Labels':{@a}},{'Id':'3','SizeRw':2,'State':'running','Labels':{@a}}],'TotalCount':9},"
			"'VolumeUsage':{'Items':[{'Name':'v','UsageData':{'Size':7,'RefCount':0},'Labels':{@a:volume}},{'Name':'w','UsageData':{'Size':-1,'RefCount':-1},"
			"'Labels':{@a:volume}}]},'BuildCacheUsage':{'Items':[{'ID':'x'}],'TotalSize':9}}",
			NULL, NULL},
		"{'ImageUsage':{'Items':[{'Id':'sha256:1','Size':100,'SharedSize':10,'Containers':0,'Labels':{},'RepoTags':['m:1']}],'ActiveCount':0,'Reclaimable':90,"
		"'TotalCount':1,'TotalSize':100},'ContainerUsage':{'Items':[{'Id':'1','SizeRw':5,'State':'exited','Labels':{}},{'Id':'3','SizeRw':2,'State':'running',"
		"'Labels':{}}],'ActiveCount':1,'Reclaimable':5,'TotalCount':2,'TotalSize':7},'VolumeUsage':{'Items':[{'Name':'v','UsageData':{'Size':7,'RefCount':0},"
		"'Labels':{}},{'Name':'w','UsageData':{'Size':-1,'RefCount':-1},'Labels':{}}],'ActiveCount':0,'Reclaimable':7,'TotalCount':2,'TotalSize':7},"
		"'BuildCacheUsage':{'Items':[],'ActiveCount':0,'Reclaimable':0,'TotalCount':0,'TotalSize':0}}\n");
	/* Both forms. */
	assert_answer(
		&(struct answer_try){
			"GET /v1.41/system/df",
			"{'LayersSize':9,'Containers':[{'Id':'1','SizeRw':5,'State':'exited','Labels':{@a}},{'Id':'2','SizeRw':5,'Labels':{@b}}],"
			"'ContainerUsage':{'TotalCount':2,'TotalSize':10}}",
			NULL, NULL},
		"{'Containers':[{'Id':'1','SizeRw':5,'State':'exited','Labels':{}}],'ContainerUsage':{'ActiveCount':0,'Reclaimable':5,'TotalCount':1,'TotalSize':5},"
		"'LayersSize':0}\n");
}

static void info_counts_what_the_tenant_has(void **state)
{
	static const struct answer_reply replies[] = {
		{OBJECT_CONTAINER, NULL, OWNERSHIP_FOREIGN,
	     "[{'Id':'1','State':'running','Labels':{@a}},{'Id':'2','State':'paused','Labels':{@a}},{'Id':'3','State':'exited','Labels':{@a}},"
	     "{'Id':'4','State':'created','Labels':{@a}},{'Id':'5','State':'running','Labels':{@b}}]"},
		{OBJECT_IMAGE, NULL, OWNERSHIP_FOREIGN,
	     "[{'Id':'sha256:1','RepoTags':['@{a sha256:1 m:1}'],'Labels':{@a}},{'Id':'sha256:2','Labels':{@b}},{'Id':'sha256:3','RepoTags':['alpine:3']}]"},
		{OBJECT_NONE, NULL, OWNERSHIP_FOREIGN, NULL}};

	(void)state;
	assert_answer(
		&(struct answer_try){
			"GET /v1.41/info",
			"{'ID':'x','Containers':50,'ContainersRunning':49,'ContainersPaused':1,'ContainersStopped':0,'Images':70,'NFd':9,'NGoroutines':8,'NEventsListener':7,"
			"'Swarm':{'NodeID':'n','NodeAddr':'10.0.0.1','LocalNodeState':'active','ControlAvailable':true,'Error':'','RemoteManagers':[{'NodeID':'n','Addr':"
			"'10.0.0.1:2377'}],'Nodes':3,'Managers':1,'Cluster':{'ID':'c'}},'RegistryConfig':{'InsecureRegistryCIDRs':['127.0.0.0/8'],'IndexConfigs':{'docker.io':"
			"{'Name':'docker.io','Mirrors':['https://mirror/'],'Secure':true}},'Mirrors':['https://mirror/']}}",
			replies, "shared = { images = [\"alpine\"]; };"},
		"{'ID':'x','Containers':4,'ContainersRunning':1,'ContainersPaused':1,'ContainersStopped':2,'Images':2,'NFd':0,'NGoroutines':0,'NEventsListener':0,"
		"'Swarm':{'NodeID':'','NodeAddr':'','LocalNodeState':'active','ControlAvailable':true,'Error':'','RemoteManagers':null},"
		"'RegistryConfig':{'InsecureRegistryCIDRs':['127.0.0.0/8'],'IndexConfigs':{'docker.io':{'Name':'docker.io','Mirrors':[],'Secure':true}},'Mirrors':[]}}\n");
	assert_answer(&(struct answer_try){"GET /v1.41/info",
	                                   "{'Containers':50,'Images':3,'Swarm':null}", NULL, NULL},
	              "{'Containers':0,'Images':0,'Swarm':null}\n");
	assert_answer(&(struct answer_try){"GET /v1.41/info", "[]", NULL, NULL}, "broken");
}

static void events_of_containers_tell_whose_they_are(void **state)
{
	static const struct answer_reply replies[] = {
		{OBJECT_CONTAINER, "1", OWNERSHIP_OWN, NULL},
		{OBJECT_NONE, NULL, OWNERSHIP_FOREIGN, NULL},
	};

	(void)state;
	assert_answer(
		&(struct answer_try){
			"GET /v1.41/events",
			"{'status':'start','id':'1','Type':'container','Action':'start','Actor':{'ID':'1','Attributes':{'image':'i','name':'web',@a}},'time':1}\n"
			"{'Type':'container','Action':'start','Actor':{'ID':'4','Attributes':{'name':'of an image with those labels',@a}}}\n"
			"{'Type':'container','Action':'start','Actor':{'ID':'2','Attributes':{'name':'theirs',@b}}}\n"
			"{'Type':'container','Action':'die','Actor':{'ID':'3','Attributes':{'name':'forged',@x}}}\n"
			"{'Type':'daemon','Action':'reload','Actor':{'ID':'d','Attributes':{'name':'host',@a}}}\n"
			"{'Type':'plugin','Action':'enable','Actor':{'ID':'p','Attributes':{@a}}}\n{'Type':'node','Actor':{'ID':'n','Attributes':{@a}}}\n"
			"{'Type':'builder','Action':'prune','Actor':{'ID':'','Attributes':{@a}}}\n{'Type':'container'}\n{}\n7\n",
			replies, NULL},
		"{'status':'start','id':'1','Type':'container','Action':'start','Actor':{'ID':'1','Attributes':{'image':'i','name':'web'}},'time':1}\n");
	assert_int_equal(answer_questions(),
	                 PRIMES + 3); /* who says to be another's is not asked about */
	assert_answer(&(struct answer_try){"GET /v1.41/events", "", NULL, NULL}, "");
	assert_answer(&(struct answer_try){"GET /v1.41/events", "{'Type':'container'}\n}", NULL, NULL},
	              "broken");
	assert_answer(&(struct answer_try){"GET /v1.41/events", "{'Type':'container'", NULL, NULL},
	              "broken");
}

/* O20 O21 O22 O22b O23 O24 O25: most events carry no labels, and whose they are is known otherwise. */
#define EVENT(type, action, id, more) \
	"{'Type':'" type "','Action':'" action "','Actor':{'ID':'" id "','Attributes':{" more "}}}\n"

static void of_other_objects_it_is_asked(void **state)
{
	static const struct answer_reply replies[] = {
		{OBJECT_CONTAINER, NULL, OWNERSHIP_FOREIGN, "[{'Id':'mine','Labels':{@a}}]"},
		{OBJECT_VOLUME, NULL, OWNERSHIP_FOREIGN,
	     "{'Volumes':[{'Name':'old','Labels':{@a}},{'Name':'no','Labels':{@b}}]}"},
		{OBJECT_NETWORK, "n1", OWNERSHIP_OWN, NULL},
		{OBJECT_NETWORK, "br", OWNERSHIP_SHARED, NULL},
		{OBJECT_VOLUME, "new", OWNERSHIP_OWN, NULL},
		{OBJECT_VOLUME, "shared", OWNERSHIP_SHARED, NULL},
		{OBJECT_SERVICE, "s1", OWNERSHIP_OWN, NULL},
		{OBJECT_NONE, NULL, OWNERSHIP_FOREIGN, NULL}};

	(void)state;
	/* n1 and n2 are asked about once each, and so is the container that is not the tenant's. */
	assert_answer(
		&(struct answer_try){
			"GET /v1.41/events",
			EVENT("network", "create", "n1", "'name':'net'")
				EVENT("network", "create", "n2", "'name':'theirs'")
					EVENT("network", "connect", "n1", "'name':'net','container':'mine'")
						EVENT("network", "connect", "n1", "'name':'net','container':'theirs'")
							EVENT("network", "destroy", "n2", "'name':'theirs'")
								EVENT("network", "destroy", "n1", "'name':'net'"),
			replies, NULL},
		EVENT("network", "create", "n1", "'name':'net'")
			EVENT("network", "connect", "n1", "'name':'net','container':'mine'")
				EVENT("network", "destroy", "n1", "'name':'net'"));
	assert_int_equal(answer_questions(), PRIMES + 3);
	/* On those that everybody has others' containers do not show. */
	assert_answer(&(struct answer_try){"GET /v1.41/events",
	                                   EVENT("network", "connect", "br",
	                                         "'name':'bridge','container':'mine'")
	                                       EVENT("network", "connect", "br",
	                                             "'name':'bridge','container':'theirs'"),
	                                   replies, NULL},
	              EVENT("network", "connect", "br", "'name':'bridge','container':'mine'"));
	assert_int_equal(answer_questions(), PRIMES + 2);
	/* What was there when the stream began is known when it goes. */
	assert_answer(&(struct answer_try){"GET /v1.41/events",
	                                   EVENT("volume", "destroy", "old",
	                                         "") EVENT("volume", "destroy", "no",
	                                                   "") EVENT("volume", "create", "new", "")
	                                       EVENT("volume", "mount", "new", "'container':'theirs'")
	                                           EVENT("volume", "mount", "shared",
	                                                 "'container':'mine'"),
	                                   replies, NULL},
	              EVENT("volume", "destroy", "old", "") EVENT("volume", "create", "new", "")
	                  EVENT("volume", "mount", "shared", "'container':'mine'"));
	assert_answer(&(struct answer_try){"GET /v1.41/events",
	                                   EVENT("service", "create", "s1", "")
	                                       EVENT("service", "create", "s2", "")
	                                           EVENT("secret", "create", "s1", ""),
	                                   replies, NULL},
	              EVENT("service", "create", "s1", ""));
}

/* A volume's name may be another's when it comes again. */
static void names_that_come_again_are_asked_about_again(void **state)
{
	static const struct answer_reply replies[] = {{OBJECT_VOLUME, NULL, OWNERSHIP_FOREIGN,
	                                               "{'Volumes':[{'Name':'v','Labels':{@a}}]}"},
	                                              {OBJECT_NONE, NULL, OWNERSHIP_FOREIGN, NULL}};

	(void)state;
	assert_answer(&(struct answer_try){"GET /v1.41/events",
	                                   EVENT("volume", "destroy", "v", "")
	                                       EVENT("volume", "create", "v", "")
	                                           EVENT("volume", "destroy", "v", ""),
	                                   replies, NULL},
	              EVENT("volume", "destroy", "v", ""));
	/* Its end may have been filtered out. */
	assert_answer(&(struct answer_try){"GET /v1.41/events",
	                                   EVENT("volume", "create", "v", "")
	                                       EVENT("volume", "mount", "v", ""),
	                                   replies, NULL},
	              "");
}

static void events_of_images_tell_visible_names(void **state)
{
	static const struct answer_reply replies[] = {{OBJECT_IMAGE, "sha256:1", OWNERSHIP_OWN, NULL},
	                                              {OBJECT_IMAGE, "sha256:2", OWNERSHIP_SHARED,
	                                               NULL},
	                                              {OBJECT_IMAGE, "alpine:3", OWNERSHIP_SHARED,
	                                               NULL},
	                                              {OBJECT_IMAGE, "m:1", OWNERSHIP_OWN, NULL},
	                                              {OBJECT_NONE, NULL, OWNERSHIP_FOREIGN, NULL}};

	(void)state;
	assert_answer(
		&(struct answer_try){
			"GET /v1.41/events",
			EVENT("image", "tag", "sha256:1", "'name':'m:1',@a:image")
			/* of an image of its own, by another's name */
			EVENT("image", "tag", "sha256:1",
	              "'name':'b/secret:1',@a:image") EVENT("image", "tag", "sha256:8", "'name':'m:1'")
				EVENT("image", "delete", "sha256:1",
	                  "'name':'sha256:1'") EVENT("image", "tag", "sha256:1",
	                                             "'name':'quaymaster.invalid/a/1:held',@a:image")
					EVENT("image", "tag", "sha256:2", "'name':'b/secret:1'")
						EVENT("image", "tag", "sha256:2", "'name':'alpine:3'")
							EVENT("image", "pull", "alpine:3", "'name':'alpine'")
								EVENT("image", "pull", "b/secret:1", "'name':'b/secret'")
									EVENT("image", "delete", "sha256:9", "'name':'sha256:9'")
										EVENT("image", "tag", "sha256:8", "'name':'x',@a:image"),
			replies, "shared = { images = [\"alpine\"]; };"},
		EVENT("image", "tag", "sha256:1", "'name':'m:1'")
			EVENT("image", "delete", "sha256:1", "'name':'sha256:1'")
				EVENT("image", "tag", "sha256:2", "'name':'alpine:3'")
					EVENT("image", "pull", "alpine:3", "'name':'alpine'"));
}

#define DIGITS "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde"
#define HELD_1 "sha256:" DIGITS "1"
#define HELD_2 "sha256:" DIGITS "2"

/* The daemon tells of a name before quaymaster has held the image by it. */
static void events_of_images_wait_for_what_holds_them(void **state)
{
	(void)state;
	assert_answer(
		&(struct answer_try){
			"GET /v1.41/events",
			EVENT("image", "pull", "docker.io/library/m:1", "'name':'m'")
				EVENT("image", "tag", HELD_1, "'name':'m:1','time':1") EVENT("image", "tag", HELD_2,
	                                                                         "'name':'m:1'")
					EVENT("image", "tag", HELD_1, "'name':'m:1'") EVENT("image", "tag", HELD_1,
	                                                                    "'name':'other:1'")
						EVENT("image", "tag", HELD_1, "'name':'@{a " HELD_1 " m:1}'")
							EVENT("image", "tag", HELD_1, "'name':'@{a " HELD_1 " m:1}'")
								EVENT("image", "save", HELD_1, "'name':'" HELD_1 "'")
									EVENT("image", "untag", HELD_1, "'name':'@{a " HELD_1 " m:1}'")
										EVENT("image", "save", HELD_1, "'name':'" HELD_1 "'"),
			NULL, NULL},
		EVENT("image", "tag", HELD_1, "'name':'m:1'")
			EVENT("image", "save", HELD_1, "'name':'" HELD_1 "'"));
	/* Another tenant's tag, and one of another image, hold nothing. */
	assert_answer(
		&(struct answer_try){"GET /v1.41/events",
	                         EVENT("image", "tag", HELD_1, "'name':'m:1'")
	                             EVENT("image", "tag", HELD_1, "'name':'@{b " HELD_1 " m:1}'")
	                                 EVENT("image", "tag", HELD_1, "'name':'@{a " HELD_2 " m:1}'")
	                                     EVENT("image", "tag", "x", "'name':'@{a " HELD_1 " m:1}'"),
	                         NULL, NULL},
		"");
}

/* What was the tenant's when the stream began is told of when it goes. */
static void names_of_images_that_go_are_told(void **state)
{
	static const struct answer_reply replies[] = {{OBJECT_IMAGE, NULL, OWNERSHIP_FOREIGN,
	                                               "[{'Id':'" HELD_1
	                                               "','RepoTags':['m:1','theirs:1','@{a " HELD_1
	                                               " m:1}']}]"},
	                                              {OBJECT_NONE, NULL, OWNERSHIP_FOREIGN, NULL}};

	(void)state;
	assert_answer(&(struct answer_try){"GET /v1.41/events",
	                                   EVENT("image", "untag", HELD_1, "'name':'m:1'")
	                                       EVENT("image", "untag", HELD_1, "'name':'theirs:1'")
	                                           EVENT("image", "untag", HELD_1, "'name':'m:1'"),
	                                   replies, NULL},
	              EVENT("image", "untag", HELD_1, "'name':'m:1'"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(usage_is_added_up_anew),
		cmocka_unit_test(usage_has_totals_since_1_52),
		cmocka_unit_test(info_counts_what_the_tenant_has),
		cmocka_unit_test(events_of_containers_tell_whose_they_are),
		cmocka_unit_test(of_other_objects_it_is_asked),
		cmocka_unit_test(names_that_come_again_are_asked_about_again),
		cmocka_unit_test(events_of_images_tell_visible_names),
		cmocka_unit_test(events_of_images_wait_for_what_holds_them),
		cmocka_unit_test(names_of_images_that_go_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
