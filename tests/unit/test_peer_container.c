/* Which container a peer is in, and what counts of it, as a daemon answers. */
#include "policy/arena.h"
#include "policy/peer_container.h"
#include "policy/seal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define A     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B     "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define IMAGE "sha256:1111111111111111111111111111111111111111111111111111111111111111"

enum { ARENA_LIMIT = 1024 * 1024 };

/* What the daemon has; NULL: it says that there is none. */
struct daemon {
	const char *info, *a, *b, *image;
};

static const char info_cgroupfs[] = "{\"ServerVersion\":\"1\",\"CgroupDriver\":\"cgroupfs\"}";
static const char info_systemd[] = "{\"ServerVersion\":\"1\",\"CgroupDriver\":\"systemd\"}";
static const char info_rootless[] =
	"{\"ServerVersion\":\"1\",\"CgroupDriver\":\"systemd\",\"SecurityOptions\":[\"name=seccomp\","
	"\"name=rootless\"]}";

#define CONTAINER(id, name, parent, state, config)                                      \
	"{\"Id\":\"" id "\",\"Name\":\"" name "\",\"Image\":\"" IMAGE "\",\"HostConfig\":{" \
	"\"CgroupParent\":\"" parent "\"},\"State\":{" state "},\"Config\":{" config "}}"
#define RUNS       "\"Running\":true,\"Pid\":7"
#define PLAIN(id)  CONTAINER(id, "/job", "", RUNS, "\"Image\":\"alpine\"")
#define LABELS(id) CONTAINER(id, "/job", "", RUNS, "\"Labels\":{" LABEL_TEXT "}")
#define LABEL_TEXT \
	"\"ci.job\":\"42\",\"ci.project\":\"9\",\"other\":\"x\",\"ci.job=42\":\"y\",\"maker\":\"z\""

static const char plain_image[] = "{\"Id\":\"" IMAGE "\",\"Config\":{\"Labels\":null}}";

static void answer(struct arena *arena, struct facts *facts, const struct daemon *daemon)
{
	for (size_t i = 0; i < facts->count; i++) {
		struct fact *fact = &facts->list[i];
		const char *text = daemon->info;

		if (fact->state != FACT_WANTED)
			continue;
		if (fact->kind == OBJECT_CONTAINER)
			text = strcmp(fact->name, A) == 0 ? daemon->a : daemon->b;
		else if (fact->kind == OBJECT_IMAGE)
			text = daemon->image;
		if (text == NULL)
			text = "{\"message\":\"No such object\"}";
		fact_learn(arena, fact, strstr(text, "\"message\"") == NULL ? 200 : 404, text,
		           strlen(text));
	}
}

static const struct label_time *since; /* of the questions that are asked */

static enum peer_answer ask_with(struct arena *arena, const struct seal_key *key,
                                 const struct peer_process *process, const struct daemon *daemon,
                                 struct peer_finding *finding)
{
	static const char *const keys[] = {"ci.job", "ci.job=42", "ci.project", "maker"};
	static const struct label_keys asked = {keys, 4};
	struct facts *facts = arena_alloc(arena, sizeof *facts);
	const struct peer_question question = {.arena = arena,
	                                       .facts_arena = arena,
	                                       .process = process,
	                                       .keys = &asked,
	                                       .since = since,
	                                       .seal = key,
	                                       .uid = 7,
	                                       .facts = facts};
	enum peer_answer result = peer_container_find(&question, finding);

	for (int i = 0; i < 4 && result == PEER_NEEDS_FACTS; i++) {
		assert_int_equal(finding->container.state, CONTAINER_UNKNOWN);
		answer(arena, facts, daemon);
		result = peer_container_find(&question, finding);
	}
	return result;
}

static enum peer_answer ask(struct arena *arena, const struct peer_process *process,
                            const struct daemon *daemon, struct peer_finding *finding)
{
	return ask_with(arena, NULL, process, daemon, finding);
}

/* Every row: where the process is, what the daemon has, and who it is: its container's id, "none", or NULL for nobody
 * knows. */
static const struct {
	const char *cgroups;
	bool nested;
	struct daemon daemon;
	const char *who;
} peers[] = {
	{"0::/docker/" A "\n", true, {info_cgroupfs, PLAIN(A), NULL, NULL}, A},
	{"0::/docker/" A "\n", false, {info_cgroupfs, PLAIN(A), NULL, NULL}, A},
	{"1:cpu:/docker/" A "\n0::/\n", true, {info_cgroupfs, PLAIN(A), NULL, NULL}, A},
	{"0::/system.slice/docker-" A ".scope\n", true, {info_systemd, PLAIN(A), NULL, NULL}, A},
	{"0::/user.slice/user-7.slice/user@7.service/user.slice/docker-" A ".scope\n",
     true,
     {info_rootless, PLAIN(A), NULL, NULL},
     A},
	{"0::/user.slice/user-8.slice/user@8.service/user.slice/docker-" A ".scope\n",
     true,
     {info_rootless, PLAIN(A), NULL, NULL},
     NULL},
	/* the host */
	{"0::/user.slice/x.scope\n", false, {NULL, NULL, NULL, NULL}, "none"},
	{"0::/\n", true, {NULL, NULL, NULL, NULL}, NULL},
	/* a forged parent, and a nested daemon */
	{"0::/docker/" A "/" B "\n",
     true,
     {info_cgroupfs, PLAIN(A), CONTAINER(B, "/b", "/docker/" A, RUNS, ""), NULL},
     B},
	{"0::/docker/" A "/docker/" B "\n", true, {info_cgroupfs, PLAIN(A), PLAIN(B), NULL}, A},
	{"0::/docker/" A "/docker/" B "\n", true, {info_cgroupfs, PLAIN(A), NULL, NULL}, A},
	{"0::/docker/" B "/docker/" A "\n", true, {info_cgroupfs, PLAIN(A), NULL, NULL}, NULL},
	/* hierarchies that tell different stories */
	{"1:cpu:/docker/" A "\n0::/docker/" B "\n",
     true,
     {info_cgroupfs, PLAIN(A), PLAIN(B), NULL},
     NULL},
	{"1:cpu:/docker/" A "\n0::/x/" B "\n", true, {info_cgroupfs, PLAIN(A), PLAIN(B), NULL}, NULL},
	/* a container of somebody else's */
	{"0::/docker/" A "\n", true, {info_cgroupfs, NULL, NULL, NULL}, NULL},
	{"0::/docker/" A "\n", true, {info_systemd, PLAIN(A), NULL, NULL}, NULL},
	{"0::/docker/" A "\n", true, {"{\"ServerVersion\":\"1\"}", PLAIN(A), NULL, NULL}, NULL},
	/* one whose name looks like the id */
	{"0::/docker/" A "\n",
     true,
     {info_cgroupfs, CONTAINER(B, "/" A, "", RUNS, ""), NULL, NULL},
     NULL},
	/* what does not run has no processes */
	{"0::/docker/" A "\n",
     true,
     {info_cgroupfs, CONTAINER(A, "/a", "", "\"Running\":false,\"Pid\":0", ""), NULL, NULL},
     NULL},
	{"0::/docker/" A "\n",
     true,
     {info_cgroupfs, CONTAINER(A, "/a", "", "\"Running\":true", ""), NULL, NULL},
     NULL},
	/* labels of ours that nobody vouches for */
	{"0::/docker/" A "\n",
     true,
     {info_cgroupfs, CONTAINER(A, "/a", "", RUNS, "\"Labels\":{\"quaymaster.tenant\":\"a\"}"), NULL,
      NULL},
     NULL},
	{"0::/../" A "\n", true, {info_cgroupfs, PLAIN(A), NULL, NULL}, NULL},
};

static void who_is_where(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof peers / sizeof *peers; i++) {
		const struct peer_process process = {.cgroups = peers[i].cgroups,
		                                     .nested = peers[i].nested};
		struct arena *arena = arena_new(ARENA_LIMIT);
		struct peer_finding finding;
		const struct container_identity *container = &finding.container;

		assert_int_equal(ask(arena, &process, &peers[i].daemon, &finding), PEER_ANSWERED);
		if (peers[i].who == NULL && container->state != CONTAINER_UNKNOWN)
			fail_msg("row %zu is known", i);
		if (peers[i].who == NULL)
			assert_true(container->why != NULL && container->id == NULL);
		else if (strcmp(peers[i].who, "none") == 0)
			assert_int_equal(container->state, CONTAINER_NONE);
		else if (container->state != CONTAINER_PRESENT ||
		         strcmp(container->id, peers[i].who) != 0 || finding.pid != 7)
			fail_msg("row %zu is %s", i, container->why);
		arena_free(arena);
	}
}

static void its_name_and_image(void **state)
{
	const struct peer_process process = {.cgroups = "0::/docker/" A "\n"};
	const struct daemon daemon = {info_cgroupfs, PLAIN(A), NULL, NULL};
	struct arena *arena = arena_new(ARENA_LIMIT);
	struct peer_finding finding;

	(void)state;
	assert_int_equal(ask(arena, &process, &daemon, &finding), PEER_ANSWERED);
	assert_string_equal(finding.container.name, "job");
	assert_string_equal(finding.container.image, "alpine");
	assert_int_equal(finding.container.label_count, 0);
	assert_string_equal(finding.claim.id, A);
	arena_free(arena);
}

static bool has_label(const struct container_identity *container, const char *label)
{
	for (size_t i = 0; i < container->label_count; i++) {
		if (strcmp(container->labels[i], label) == 0)
			return true;
	}
	return false;
}

/* Only those that are asked about, with no '=' in the key, and not from the image. */
static void labels_that_count(void **state)
{
	static const struct {
		const char *container, *image;
		size_t count;
	} rows[] = {
		{LABELS(A), plain_image, 3},
		{LABELS(A), "{\"Id\":\"" IMAGE "\",\"Config\":{\"Labels\":{\"maker\":\"q\"}}}", 2},
		{LABELS(A),
	     "{\"Id\":\"" IMAGE "\",\"Config\":{\"Labels\":{\"ci.job\":\"42\",\"maker\":\"\"}}}", 1},
		{LABELS(A), NULL, 0}, /* the image is gone, and what it carried nobody knows */
		{"{\"Id\":\"" A "\",\"HostConfig\":{},\"State\":{" RUNS
	     "},\"Config\":{\"Labels\":{" LABEL_TEXT "}}}",
	     plain_image, 0},
	};
	const struct peer_process process = {.cgroups = "0::/docker/" A "\n"};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct daemon daemon = {info_cgroupfs, rows[i].container, NULL, rows[i].image};
		struct arena *arena = arena_new(ARENA_LIMIT);
		struct peer_finding finding;

		assert_int_equal(ask(arena, &process, &daemon, &finding), PEER_ANSWERED);
		assert_int_equal(finding.container.state, CONTAINER_PRESENT);
		if (finding.container.label_count != rows[i].count)
			fail_msg("row %zu: %zu labels", i, finding.container.label_count);
		assert_int_equal(has_label(&finding.container, "ci.project=9"), rows[i].count > 0);
		assert_int_equal(has_label(&finding.container, "ci.job=42"), rows[i].count > 1);
		assert_false(has_label(&finding.container, "ci.job=42=y"));
		arena_free(arena);
	}
}

/* An image of several forms is told of in one of them: what a container of another form has from its image nobody knows. */
static void labels_of_an_image_of_another_form(void **state)
{
	static const struct {
		const char *platform, *image; /* of what the container runs, and of what is told */
		bool same;
	} rows[] = {
		{"\"architecture\":\"amd64\",\"os\":\"linux\"",
	     "\"Architecture\":\"amd64\",\"Os\":\"linux\"", true},
		{"\"architecture\":\"arm64\",\"os\":\"linux\"",
	     "\"Architecture\":\"amd64\",\"Os\":\"linux\"", false},
		{"\"architecture\":\"amd64\",\"os\":\"windows\"",
	     "\"Architecture\":\"amd64\",\"Os\":\"linux\"", false},
		{"\"architecture\":\"arm\",\"os\":\"linux\",\"variant\":\"v6\"",
	     "\"Architecture\":\"arm\",\"Os\":\"linux\",\"Variant\":\"v7\"", false},
		{"\"architecture\":\"arm\",\"os\":\"linux\",\"variant\":\"v6\"",
	     "\"Architecture\":\"arm\",\"Os\":\"linux\"", false},
		{"\"architecture\":\"arm\",\"os\":\"linux\"",
	     "\"Architecture\":\"arm\",\"Os\":\"linux\",\"Variant\":\"v7\"", true},
		{"\"architecture\":\"arm64\",\"os\":\"linux\",\"variant\":\"v8\"",
	     "\"Architecture\":\"arm64\",\"Os\":\"linux\"", true},
		{"\"architecture\":\"amd64\",\"os\":\"linux\",\"variant\":\"v3\"",
	     "\"Architecture\":\"amd64\",\"Os\":\"linux\",\"Variant\":\"v1\"", false},
		{"\"architecture\":\"amd64\",\"os\":\"windows\",\"os.version\":\"10.0.1\"",
	     "\"Architecture\":\"amd64\",\"Os\":\"windows\",\"OsVersion\":\"10.0.2\"", false},
		{"\"architecture\":\"amd64\",\"os\":\"linux\"", "\"x\":1", false},
		{"\"x\":1", "\"Architecture\":\"amd64\",\"Os\":\"linux\"", false},
	};
	const struct peer_process process = {.cgroups = "0::/docker/" A "\n"};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char container[1024], image[512];
		const struct daemon daemon = {info_cgroupfs, container, NULL, image};
		struct arena *arena = arena_new(ARENA_LIMIT);
		struct peer_finding finding;

		snprintf(
			container, sizeof container,
			"{\"Id\":\"" A "\",\"Image\":\"" IMAGE "\",\"HostConfig\":{},\"State\":{" RUNS
			"},\"ImageManifestDescriptor\":{\"platform\":{%s}},\"Config\":{\"Labels\":{" LABEL_TEXT
			"}}}",
			rows[i].platform);
		snprintf(image, sizeof image, "{\"Id\":\"" IMAGE "\",%s,\"Config\":{}}", rows[i].image);
		assert_int_equal(ask(arena, &process, &daemon, &finding), PEER_ANSWERED);
		if ((finding.container.label_count == 3) != rows[i].same)
			fail_msg("row %zu: %zu labels", i, finding.container.label_count);
		arena_free(arena);
	}
}

/* A label that clients could still set when the container was made may be theirs: of the key ci.project, the third that is asked. */
static void labels_of_before_they_were_protected(void **state)
{
	static const struct {
		const char *since, *created;
		bool counts;
	} rows[] = {
		{"", "\"2026-01-31T10:00:00.5Z\"", true},
		{"", "7", true},
		{"2026-01-31T10:00:00", "\"2026-01-31T10:00:01.5Z\"", true},
		{"2026-01-31T10:00:00", "\"2026-02-01T00:00:00Z\"", true},
		{"2026-01-31T10:00:00", "\"2026-01-31T10:00:00.999999999Z\"", false},
		{"2026-01-31T10:00:00", "\"2026-01-31T09:59:59.5Z\"", false},
		{"2026-01-31T10:00:00", "\"2025-12-31T23:00:00Z\"", false},
		{"2026-01-31T10:00:00", "\"2026-01-31T11:00:00+02:00\"", false},
		{"2026-01-31T10:00:00", "\"9\"", false},
		{"2026-01-31T10:00:00", "\"9999-Z\"", false},
		{"2026-01-31T10:00:00", "\"\"", false},
		{"2026-01-31T10:00:00", "null", false},
		{"9999", "\"2026-01-31T10:00:00Z\"", false},
	};
	const struct peer_process process = {.cgroups = "0::/docker/" A "\n"};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct label_time times[4] = {{""}, {""}, {""}, {""}};
		char container[1024];
		const struct daemon daemon = {info_cgroupfs, container, NULL, plain_image};
		struct arena *arena = arena_new(ARENA_LIMIT);
		struct peer_finding finding;

		snprintf(times[2].text, sizeof times[2].text, "%s", rows[i].since);
		snprintf(container, sizeof container,
		         "{\"Id\":\"" A "\",\"Created\":%s,\"Image\":\"" IMAGE
		         "\",\"HostConfig\":{},\"State\":{" RUNS "},\"Config\":{\"Labels\":{" LABEL_TEXT
		         "}}}",
		         rows[i].created);
		since = times;
		assert_int_equal(ask(arena, &process, &daemon, &finding), PEER_ANSWERED);
		since = NULL;
		if (has_label(&finding.container, "ci.project=9") != rows[i].counts)
			fail_msg("row %zu", i);
		assert_true(has_label(&finding.container, "ci.job=42"));
		arena_free(arena);
	}
}

static void long_values_do_not_count(void **state)
{
	static char container[4096], value[1026];
	const struct peer_process process = {.cgroups = "0::/docker/" A "\n"};
	const struct daemon daemon = {info_cgroupfs, container, NULL, plain_image};

	(void)state;
	memset(value, 'v', sizeof value - 1);
	for (size_t len = 1025; len >= 1024; len--) {
		struct arena *arena = arena_new(ARENA_LIMIT);
		struct peer_finding finding;

		value[len] = '\0';
		(void)snprintf(container, sizeof container,
		               CONTAINER(A, "/a", "", RUNS, "\"Labels\":{\"ci.job\":\"%s\"}"), value);
		assert_int_equal(ask(arena, &process, &daemon, &finding), PEER_ANSWERED);
		assert_int_equal(finding.container.label_count, len == 1024 ? 1 : 0);
		arena_free(arena);
	}
}

/* No answer is no identity, and is no reason to take the next best. */
static void a_daemon_that_does_not_answer(void **state)
{
	static const struct {
		enum object_kind kind;
		const char *name;
	} failing[] = {{OBJECT_DAEMON, "info"}, {OBJECT_CONTAINER, B}, {OBJECT_IMAGE, IMAGE}};
	static const char *const keys[] = {"ci.job"};
	static const struct label_keys asked = {keys, 1};
	const struct peer_process process = {.cgroups = "0::/docker/" A "/" B "\n"};
	const struct daemon daemon = {info_cgroupfs, LABELS(A), NULL, plain_image};

	(void)state;
	for (size_t i = 0; i < sizeof failing / sizeof *failing; i++) {
		struct arena *arena = arena_new(ARENA_LIMIT);
		struct facts *facts = arena_alloc(arena, sizeof *facts);
		const struct peer_question question = {.arena = arena,
		                                       .facts_arena = arena,
		                                       .process = &process,
		                                       .keys = &asked,
		                                       .facts = facts};
		struct fact *fact = facts_about(arena, facts, failing[i].kind, failing[i].name);
		struct peer_finding finding;

		fact->state = FACT_FAILED;
		fact->message = "it does not answer";
		while (peer_container_find(&question, &finding) == PEER_NEEDS_FACTS)
			answer(arena, facts, &daemon);
		assert_int_equal(peer_container_find(&question, &finding), PEER_UNANSWERED);
		assert_int_equal(finding.container.state, CONTAINER_UNKNOWN);
		assert_string_equal(finding.message, "it does not answer");
		arena_free(arena);
	}
}

/* Made through quaymaster: its maker's, and nothing that its maker chose about it counts. */
static void a_sealed_container_is_its_makers(void **state)
{
	static const struct {
		const char *kind, *tenant, *sealed_for;
		bool holds;
	} rows[] = {{"container " IMAGE, "blue", "blue", true},
	            {"image", "blue", "blue", false},
	            {"container " IMAGE, "blue", "red", false}};
	const struct peer_process process = {.cgroups = "0::/docker/" A "\n"};
	struct seal_key key;

	(void)state;
	seal_key_make("0123456789abcdef0123456789abcdef", 32, &key);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct seal_claim claim = {rows[i].kind, rows[i].tenant,
		                                 "0123456789abcdef0123456789abcdef"};
		struct arena *arena = arena_new(ARENA_LIMIT);
		static char container[2048];
		const struct daemon daemon = {info_cgroupfs, container, NULL, plain_image};
		char seal[SEAL_SIZE];
		struct peer_finding finding;

		assert_true(seal_make(&key, &claim, seal));
		(void)snprintf(container, sizeof container,
		               CONTAINER(A, "/a", "", RUNS,
		                         "\"Labels\":{\"ci.job\":\"7\",\"quaymaster.tenant\":\"%s\","
		                         "\"quaymaster.seal\":\"%s\"}"),
		               rows[i].sealed_for, seal);
		assert_int_equal(ask_with(arena, &key, &process, &daemon, &finding), PEER_ANSWERED);
		assert_int_equal(finding.container.state,
		                 rows[i].holds ? CONTAINER_PRESENT : CONTAINER_UNKNOWN);
		assert_int_equal(finding.container.label_count, 0);
		if (rows[i].holds)
			assert_string_equal(finding.container.tenant, "blue");
		else
			assert_null(finding.container.tenant);
		assert_int_equal(ask(arena, &process, &daemon, &finding), PEER_ANSWERED);
		assert_int_equal(finding.container.state, CONTAINER_UNKNOWN); /* without a key */
		arena_free(arena);
	}
}

static void nothing_known_of_the_process(void **state)
{
	const struct peer_process process = {.why = "it has ended"};
	struct arena *arena = arena_new(ARENA_LIMIT);
	struct peer_finding finding;

	(void)state;
	assert_int_equal(ask(arena, &process, &(struct daemon){.info = NULL}, &finding), PEER_ANSWERED);
	assert_int_equal(finding.container.state, CONTAINER_UNKNOWN);
	assert_string_equal(finding.container.why, "it has ended");
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_is_where),
		cmocka_unit_test(its_name_and_image),
		cmocka_unit_test(labels_that_count),
		cmocka_unit_test(labels_of_before_they_were_protected),
		cmocka_unit_test(labels_of_an_image_of_another_form),
		cmocka_unit_test(long_values_do_not_count),
		cmocka_unit_test(a_daemon_that_does_not_answer),
		cmocka_unit_test(a_sealed_container_is_its_makers),
		cmocka_unit_test(nothing_known_of_the_process),
	};

	return cmocka_run_group_tests_name("peer_container", tests, NULL, NULL);
}
