/* What requests ask for, what objects count for, and what is said when it is too much. */
#include "policy/quota.h"

#include "judging.h"
#include "policy/arena.h"
#include "policy/facts.h"
#include "policy/hold.h"
#include "policy/json.h"
#include "policy/policy.h"
#include "policy/problems.h"
#include "policy/quota_list.h"
#include "policy/upload.h"
#include "policy/world.h"
#include "tests/unit/settings_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { ARENA_BYTES = 1 << 22 };

#define MEGABYTE (1LL << 20)
#define NONCE    "0123456789abcdef0123456789abcdef"
#define ID       NONCE NONCE

static struct seal_key key;

static void quota_of(const char *quota, struct quota_rules *rules)
{
	char text[1024];
	struct policy_set *set;

	snprintf(text, sizeof text, "policies = { p = { extends = \"ci\"; quota = { %s }; }; };",
	         quota);
	set = settings_text_load_fine(text);
	*rules = policy_set_find(set, "p")->quota;
	for (size_t i = 0; i < QUOTAS; i++)
		rules->limits[i].place.file = "p.conf"; /* the set's is about to go */
	rules->per_second.place.file = "p.conf";
	policy_set_free(set);
}

static void settings_are_read(void **state)
{
	struct quota_rules rules;

	(void)state;
	quota_of(
		"containers = 20; running = 0; memory = \"16G\"; cpus = 1.5; pids = 4096; volumes = 20; "
		"networks = 5; images = 30; execs = 50; ports = 20; builds = 2; pulls = 4; streams = 50; "
		"connections = 100; requests = { per_second = 50; burst = 100; };",
		&rules);
	assert_int_equal(rules.limits[QUOTA_CONTAINERS].most, 20);
	assert_int_equal(rules.limits[QUOTA_MEMORY].most, 16LL << 30);
	assert_int_equal(rules.limits[QUOTA_CPUS].most, 1500000000);
	assert_int_equal(rules.burst.most, 100);
	for (size_t i = 0; i < QUOTAS; i++)
		assert_true(rules.limits[i].given);
	quota_of("containers = \"unlimited\"; cpus = 2;", &rules);
	assert_false(rules.limits[QUOTA_CONTAINERS].given);
	assert_int_equal(rules.limits[QUOTA_CPUS].most, 2000000000);
}

static void mistakes_are_told(void **state)
{
	static const char *const cases[][2] = {
		{"containers = -1;", "quota.containers: must be a number from 0, or \"unlimited\""},
		{"containers = \"many\";", "must be a number from 0"},
		{"memory = 100;", "quota.memory: must be a size like \"512M\" or \"4G\""},
		{"memory = \"0\";", "must be a size"},
		{"cpus = 0;", "quota.cpus: must be a number of CPUs from 0.01 to 65536"},
		{"cpus = \"2\";", "must be a number of CPUs"},
		{"container = 3;", "unknown setting (did you mean 'containers'?)"},
		{"requests = { per_second = 0; };", "must be a number from 1"},
		{"requests = { per_second = 1000001; };", "must be at most 1000000"},
		{"requests = { burst = 5; };", "burst is given and quota.requests.per_second is not"},
		{"requests = { per_second = 9; burst = 5; };", "burst is less than per_second"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct problems *problems = NULL;
		char text[512];

		snprintf(text, sizeof text, "policies = { p = { extends = \"ci\"; quota = { %s }; }; };",
		         cases[i][0]);
		assert_null(settings_text_load(text, &problems));
		assert_int_equal(problems_count(problems), 1);
		if (strstr(problems_text(problems, 0), cases[i][1]) == NULL)
			fail_msg("%s: %s", cases[i][0], problems_text(problems, 0));
		problems_free(problems);
	}
}

static void demand_of(struct arena *arena, const char *method, const char *target, const char *body,
                      struct quota_demand *demand)
{
	struct facts facts = {.count = 0};
	struct request request;
	struct fact *fact = facts_about(arena, &facts, OBJECT_VOLUME, "there");

	fact->state = FACT_FOUND;
	fact->id = fact->name;
	judging_request(arena, method, target, body, &request);
	quota_demand(&request, &facts, demand);
}

static void a_create_asks_for_what_it_says(void **state)
{
	struct arena *arena = arena_new(ARENA_BYTES);
	struct quota_demand demand;

	(void)state;
	demand_of(arena, "POST", "/containers/create",
	          "{\"Image\":\"x\",\"Volumes\":{\"/a\":{}},\"HostConfig\":{\"Memory\":1048576,"
	          "\"NanoCpus\":500000000,\"PidsLimit\":10,\"PortBindings\":{\"80/tcp\":[{},{}],"
	          "\"81/tcp\":[]},\"Binds\":[\"fresh:/b\",\"there:/c\",\"/host:/d\",\"/e\"],"
	          "\"Mounts\":[{\"Type\":\"volume\",\"Target\":\"/f\"},{\"Type\":\"volume\","
	          "\"Source\":\"there\",\"Target\":\"/g\"},{\"Type\":\"tmpfs\",\"Target\":\"/h\"}]}}",
	          &demand);
	assert_int_equal(demand.amounts.of[QUOTA_CONTAINERS], 1);
	assert_int_equal(demand.amounts.of[QUOTA_RUNNING], 0);
	assert_int_equal(demand.amounts.of[QUOTA_MEMORY], MEGABYTE);
	assert_int_equal(demand.amounts.of[QUOTA_CPUS], 500000000);
	assert_int_equal(demand.amounts.of[QUOTA_PIDS], 10);
	assert_int_equal(demand.amounts.of[QUOTA_PORTS], 3);
	assert_int_equal(demand.amounts.of[QUOTA_VOLUMES], 4);
	demand_of(arena, "POST", "/containers/create",
	          "{\"HostConfig\":{\"CpuQuota\":150000,\"PidsLimit\":-1,\"PublishAllPorts\":true}}",
	          &demand);
	assert_int_equal(demand.amounts.of[QUOTA_CPUS], 1500000000);
	assert_true(demand.amounts.of[QUOTA_MEMORY] == QUOTA_UNBOUNDED);
	assert_true(demand.amounts.of[QUOTA_PIDS] == QUOTA_UNBOUNDED);
	assert_true(demand.amounts.of[QUOTA_PORTS] == QUOTA_UNBOUNDED);
	arena_free(arena);
}

static void everything_else_asks_for_one(void **state)
{
	static const struct {
		const char *method, *target, *body;
		enum quota_kind kind, besides; /* QUOTAS: nothing */
	} cases[] = {
		{"POST", "/containers/x/start", "", QUOTA_RUNNING, QUOTAS},
		{"POST", "/containers/x/restart", "", QUOTA_RUNNING, QUOTAS},
		{"POST", "/volumes/create", "{}", QUOTA_VOLUMES, QUOTAS},
		{"POST", "/networks/create", "{\"Name\":\"n\"}", QUOTA_NETWORKS, QUOTAS},
		{"POST", "/containers/x/exec", "{\"Cmd\":[\"a\"]}", QUOTA_EXECS, QUOTAS},
		{"POST", "/build", "", QUOTA_BUILDS, QUOTA_IMAGES},
		{"POST", "/images/create?fromImage=x", "", QUOTA_PULLS, QUOTA_IMAGES},
		{"POST", "/images/create?fromSrc=-&repo=x", "", QUOTA_STREAMS, QUOTA_IMAGES},
		{"POST", "/images/load", "", QUOTA_STREAMS, QUOTAS}, /* what it is of nobody knows yet */
		{"POST", "/images/x/tag?repo=y", "", QUOTA_IMAGES, QUOTAS},
		{"POST", "/commit?container=x&repo=y", "", QUOTA_IMAGES, QUOTA_STREAMS},
		{"DELETE", "/images/x", "", QUOTA_STREAMS, QUOTAS},
		{"GET", "/containers/x/logs?stdout=1", "", QUOTA_STREAMS, QUOTAS},
		{"POST", "/containers/x/attach?stream=1", "", QUOTA_STREAMS, QUOTAS},
		{"GET", "/events", "", QUOTA_STREAMS, QUOTAS},
		{"GET", "/containers/json", "", QUOTAS, QUOTAS},
		{"GET", "/containers/x/json", "", QUOTAS, QUOTAS},
		{"POST", "/containers/x/unpause", "", QUOTAS,
	     QUOTAS}, /* it counted as running all the time */
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct arena *arena = arena_new(ARENA_BYTES);
		struct quota_demand demand;

		demand_of(arena, cases[i].method, cases[i].target, cases[i].body, &demand);
		for (size_t j = 0; j < QUOTAS; j++) {
			if (demand.amounts.of[j] != (j == cases[i].kind || j == cases[i].besides))
				fail_msg("%s asks for %lld %s", cases[i].target, demand.amounts.of[j],
				         quota_name((enum quota_kind)j));
		}
		arena_free(arena);
	}
}

static void refusals_name_limit_use_and_tenant(void **state)
{
	struct arena *arena = arena_new(ARENA_BYTES);
	struct quota_amounts use = {{0}}, more = {{0}};
	struct quota_excess excess = {.tenant = "a", .use = &use, .demand = &more};
	struct quota_rules rules;
	struct quota_refusal refusal;

	(void)state;
	quota_of(
		"containers = 10; memory = \"1G\"; builds = 2; images = 3; requests = { per_second = 3; };",
		&rules);
	use.of[QUOTA_CONTAINERS] = 9;
	more.of[QUOTA_CONTAINERS] = 1;
	assert_int_equal(quota_exceeded(&rules, &use, &more), QUOTAS);
	use.of[QUOTA_CONTAINERS] = 10;
	assert_int_equal(quota_exceeded(&rules, &use, &more), QUOTA_CONTAINERS);
	refusal = quota_refuse(arena, &rules, &excess);
	assert_int_equal(refusal.status, 403);
	assert_string_equal(refusal.rule, "p.conf:1 quota.containers");
	assert_string_equal(refusal.message,
	                    "quota: the tenant 'a' may have 10 containers, has 10 and asks for 1 more "
	                    "(p.conf:1 quota.containers); remove some first");
	more.of[QUOTA_CONTAINERS] = 0; /* what is not asked for is never too much */
	use.of[QUOTA_CONTAINERS] = 11;
	more.of[QUOTA_MEMORY] = QUOTA_UNBOUNDED;
	assert_int_equal(quota_exceeded(&rules, &use, &more), QUOTA_MEMORY);
	excess.kind = QUOTA_MEMORY;
	refusal = quota_refuse(arena, &rules, &excess);
	assert_non_null(strstr(refusal.message, "may have 1G of memory in its containers, has 0 and "
	                                        "asks for no end more"));
	excess.kind = QUOTA_BUILDS;
	refusal = quota_refuse(arena, &rules, &excess);
	assert_int_equal(refusal.status, 429);
	use.of[QUOTA_IMAGES] = 3;
	more.of[QUOTA_IMAGES] = 1;
	excess.kind = QUOTA_IMAGES;
	assert_int_equal(quota_refuse(arena, &rules, &excess).status, 403);
	excess.passes = true;
	refusal = quota_refuse(arena, &rules, &excess);
	assert_int_equal(refusal.status, 429);
	assert_string_equal(refusal.message,
	                    "quota: the tenant 'a' may have 3 images, has 3 with what is under way and "
	                    "asks for 1 more (p.conf:1 quota.images); try again when that has ended");
	refusal = quota_refuse_rate(arena, &rules, "a");
	assert_int_equal(refusal.status, 429);
	assert_non_null(strstr(refusal.message, "may make 3 requests a second, 3 at once"));
	arena_free(arena);
}

/* ---- what there is ---- */

static struct world world_of(struct arena *arena, const char *tenant)
{
	static const struct tenancy_rules rules;
	struct world world = {.arena = arena, .tenant = tenant, .key = &key, .rules = &rules};

	seal_key_make("a secret of a tenant's, long enough to be one", 45, &key);
	strcpy(world.nonce, NONCE);
	return world;
}

/* An element of a list, sealed and labelled as a create of BODY is. */
static json_t *element(const struct world *world, enum object_kind kind, const char *state,
                       const char *body)
{
	json_t *labels = json_object(), *create = json_loads(body, 0, NULL);

	assert_non_null(create);
	assert_true(world_label(world, kind, "", labels));
	assert_true(kind != OBJECT_CONTAINER || quota_label(create, labels));
	json_decref(create);
	return json_pack("{s:s,s:s,s:o}", "Id", ID, "State", state, "Labels", labels);
}

static unsigned tokens;

static void saw(const char *token, void *owner)
{
	(void)owner;
	tokens += strcmp(token, NONCE) == 0 || strcmp(token, ID) == 0;
}

static bool read_list(struct quota_list *list, enum object_kind kind, json_t *tree)
{
	char *text = json_dumps(tree, 0);
	bool fine = quota_list_read(list, kind, text, strlen(text));

	free(text);
	json_decref(tree);
	return fine;
}

static void lists_count_what_is_the_tenants(void **state)
{
	static const char create[] = "{\"HostConfig\":{\"Memory\":1000,\"NanoCpus\":5,\"PidsLimit\":7,"
								 "\"PortBindings\":{\"1/tcp\":[{}]}}}";
	struct arena *arena = arena_new(ARENA_BYTES);
	struct world own = world_of(arena, "a"), other = world_of(arena, "b");
	struct quota_list list = {.world = &own, .arena = arena, .saw = saw};

	(void)state;
	tokens = 0;
	assert_true(
		read_list(&list, OBJECT_CONTAINER,
	              json_pack("[o,o,o,{}]", element(&own, OBJECT_CONTAINER, "running", create),
	                        element(&other, OBJECT_CONTAINER, "running", create),
	                        element(&own, OBJECT_CONTAINER, "exited", create))));
	assert_int_equal(list.use.of[QUOTA_CONTAINERS], 2);
	assert_int_equal(list.use.of[QUOTA_RUNNING], 1);
	assert_int_equal(list.use.of[QUOTA_MEMORY], 2000);
	assert_int_equal(list.use.of[QUOTA_CPUS], 10);
	assert_int_equal(list.use.of[QUOTA_PIDS], 14);
	assert_int_equal(list.use.of[QUOTA_PORTS], 2);
	assert_int_equal(list.running_count, 1);
	assert_int_equal(tokens, 3);
	list.already = ID; /* is not counted against itself */
	assert_true(read_list(&list, OBJECT_CONTAINER,
	                      json_pack("[o]", element(&own, OBJECT_CONTAINER, "running", "{}"))));
	assert_int_equal(list.use.of[QUOTA_RUNNING], 1);
	assert_true(list.use.of[QUOTA_MEMORY] == QUOTA_UNBOUNDED);
	assert_true(
		read_list(&list, OBJECT_VOLUME,
	              json_pack("{s:[o,o],s:[]}", "Volumes", element(&own, OBJECT_VOLUME, "", "{}"),
	                        element(&other, OBJECT_VOLUME, "", "{}"), "Warnings")));
	assert_true(read_list(&list, OBJECT_VOLUME, json_pack("{s:n}", "Volumes")));
	assert_int_equal(list.use.of[QUOTA_VOLUMES], 1);
	assert_true(read_list(&list, OBJECT_NETWORK,
	                      json_pack("[o]", element(&own, OBJECT_NETWORK, "", "{}"))));
	assert_int_equal(list.use.of[QUOTA_NETWORKS], 1);
	arena_free(arena);
}

#define IMAGE "sha256:" ID

/* An element of a list of images, which TENANT holds; NULL: nobody. */
static json_t *image(const char *id, const char *tenant)
{
	char tag[HOLD_SIZE] = "quaymaster.invalid/a/held:nonsense";

	assert_true(tenant == NULL || hold_make(&key, tenant, id, "docker.io/library/x:latest", tag));
	return json_pack("{s:s,s:[s,s]}", "Id", id, "RepoTags", "x:latest", tag);
}

static void images_are_whose_who_holds_them(void **state)
{
	struct arena *arena = arena_new(ARENA_BYTES);
	struct world own = world_of(arena, "a");
	struct quota_list list = {.world = &own};
	json_t *moved = image(IMAGE, "a");

	(void)state;
	json_object_set_new(moved, "Id", json_string("sha256:another"));
	assert_true(read_list(&list, OBJECT_IMAGE,
	                      json_pack("[o,o,o,o]", image(IMAGE, "a"), image(IMAGE, "b"),
	                                image(IMAGE, NULL), moved)));
	assert_int_equal(list.use.of[QUOTA_IMAGES], 1);
	list.already = IMAGE;
	assert_true(read_list(&list, OBJECT_IMAGE, json_pack("[o]", image(IMAGE, "a"))));
	assert_int_equal(list.use.of[QUOTA_IMAGES], 1);
	arena_free(arena);
}

static void an_archive_asks_for_its_images(void **state)
{
	static const struct {
		const char *manifest;
		long long images;
	} cases[] = {
		{"[{\"Config\":\"" ID ".json\",\"RepoTags\":[\"x:1\"],\"Layers\":[]}]", 1},
		{"[{\"Config\":\"" ID ".json\",\"RepoTags\":[\"x:1\",\"y\"],\"Layers\":[]}]", 1},
		{"[{\"Config\":\"a.json\",\"RepoTags\":[\"x:1\"]},"
	     "{\"Config\":\"b.json\",\"RepoTags\":[\"x:2\"]}]",
	     2},
		{"[{\"Config\":\"a.json\",\"RepoTags\":[\"x:latest\"]},"
	     "{\"Config\":\"b.json\",\"RepoTags\":[\"docker.io/library/x\"]}]",
	     1}, /* the later one has the name */
		{"nonsense", QUOTA_UNBOUNDED},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct arena *arena = arena_new(ARENA_BYTES);
		struct upload upload = {
			.files[UPLOAD_MANIFEST] = {cases[i].manifest, strlen(cases[i].manifest)}};
		struct quota_demand demand;

		quota_load_demand(arena, &upload, &demand);
		if (demand.amounts.of[QUOTA_IMAGES] != cases[i].images)
			fail_msg("%s asks for %lld", cases[i].manifest, demand.amounts.of[QUOTA_IMAGES]);
		arena_free(arena);
	}
}

/* A label that does not tell is one of a container without limits; a seal of another kind is none. */
static void what_is_not_told_is_without_end(void **state)
{
	static const char *const uses[] = {"",
	                                   "memory=1",
	                                   "memory=,cpus=1,pids=1,ports=1",
	                                   "memory=-1,cpus=1",
	                                   "xmemory=1",
	                                   "memory=99999999999999999999"};
	struct arena *arena = arena_new(ARENA_BYTES);
	struct world own = world_of(arena, "a");

	(void)state;
	for (size_t i = 0; i < sizeof uses / sizeof *uses; i++) {
		struct quota_list list = {.world = &own};
		json_t *one = element(&own, OBJECT_CONTAINER, "created", "{}");

		json_object_set_new(json_object_get(one, "Labels"), "quaymaster.use", json_string(uses[i]));
		assert_true(read_list(&list, OBJECT_CONTAINER, json_pack("[o]", one)));
		assert_true(list.use.of[i == 1 ? QUOTA_CPUS : QUOTA_MEMORY] == QUOTA_UNBOUNDED);
	}
	arena_free(arena);
}

static void what_is_no_list_counts_for_nothing_less(void **state)
{
	static const struct {
		enum object_kind kind;
		const char *text;
	} cases[] = {
		{OBJECT_CONTAINER, ""},
		{OBJECT_CONTAINER, "{}"},
		{OBJECT_CONTAINER, "null"},
		{OBJECT_CONTAINER, "[{}"},
		{OBJECT_CONTAINER, "[{}] []"},
		{OBJECT_CONTAINER, "[{\"a\":1,\"a\":2}]"},
		{OBJECT_VOLUME, "[]"},
		{OBJECT_VOLUME, "{}"},
		{OBJECT_VOLUME, "{\"Volumes\":{}}"},
		{OBJECT_VOLUME, "{\"Volumes\":[}"},
		{OBJECT_NETWORK, "{\"message\":\"no\"}"},
	};
	struct arena *arena = arena_new(ARENA_BYTES);
	struct world own = world_of(arena, "a");

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct quota_list list = {.world = &own};

		if (quota_list_read(&list, cases[i].kind, cases[i].text, strlen(cases[i].text)))
			fail_msg("'%s' is a list", cases[i].text);
	}
	arena_free(arena);
}

static void an_update_stays_within_what_was_made(void **state)
{
	static const struct {
		const char *update;
		bool fits;
	} cases[] = {
		{"{\"Memory\":1000}", true},    {"{\"Memory\":1001}", false},  {"{\"NanoCpus\":5}", true},
		{"{\"NanoCpus\":6}", false},    {"{\"PidsLimit\":7}", true},   {"{\"PidsLimit\":8}", false},
		{"{\"PidsLimit\":0}", false},   {"{\"PidsLimit\":-1}", false}, {"{\"CpuShares\":5}", true},
		{"{\"PidsLimit\":null}", true}, {"{\"Memory\":-1}", false},
	};
	struct quota_rules rules;

	(void)state;
	quota_of("memory = \"1G\"; cpus = 2; pids = 10;", &rules);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		static const char create[] =
			"{\"HostConfig\":{\"Memory\":1000,\"NanoCpus\":5,\"PidsLimit\":7}}";
		struct arena *arena = arena_new(ARENA_BYTES);
		struct world own = world_of(arena, "a");
		struct facts facts = {.count = 0};
		struct fact *fact = facts_about(arena, &facts, OBJECT_CONTAINER, "x");
		json_t *inspected = json_loads(create, 0, NULL);
		json_t *one = element(&own, OBJECT_CONTAINER, "running", create);
		struct request request;
		const char *excess;

		json_object_set_new(inspected, "Config",
		                    json_pack("{s:O}", "Labels", json_object_get(one, "Labels")));
		fact->state = FACT_FOUND;
		fact->id = ID;
		fact->inspected = inspected;
		judging_request(arena, "POST", "/containers/x/update", cases[i].update, &request);
		excess = quota_update_excess(&rules, &request, &facts);
		if ((excess == NULL) != cases[i].fits)
			fail_msg("%s: %s", cases[i].update, excess != NULL ? excess : "fits");
		json_decref(inspected);
		json_decref(one);
		arena_free(arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(settings_are_read),
		cmocka_unit_test(mistakes_are_told),
		cmocka_unit_test(a_create_asks_for_what_it_says),
		cmocka_unit_test(everything_else_asks_for_one),
		cmocka_unit_test(refusals_name_limit_use_and_tenant),
		cmocka_unit_test(lists_count_what_is_the_tenants),
		cmocka_unit_test(images_are_whose_who_holds_them),
		cmocka_unit_test(an_archive_asks_for_its_images),
		cmocka_unit_test(what_is_not_told_is_without_end),
		cmocka_unit_test(what_is_no_list_counts_for_nothing_less),
		cmocka_unit_test(an_update_stays_within_what_was_made),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
