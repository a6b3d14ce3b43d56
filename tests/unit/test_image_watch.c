/* What an answer of the daemon puts into the record of where images came from. */
#include "proxy/image_watch.h"

#include "policy/arena.h"
#include "policy/facts.h"
#include "policy/load.h"
#include "policy/request.h"
#include "policy/upload.h"
#include "proxy/provenance.h"
#include "tests/unit/settings_text.h"

#include <event2/buffer.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define HEX  "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcd"
#define ID_A "sha256:" HEX "0a"
#define ID_B "sha256:" HEX "0b"

static struct policy_set *policies;

struct scene {
	struct arena *arena;
	struct provenance *provenance;
	struct request request;
	struct image_watch *watch;
};

static void open_scene(struct scene *scene, const char *target)
{
	const struct request_head head = {"POST", target, {NULL, 0}, false};
	const struct api_range range = {.oldest = {1, 24}, .newest = {1, 51}};
	struct refusal refusal;

	*scene = (struct scene){.arena = arena_new(1 << 20), .provenance = provenance_open(NULL, NULL)};
	assert_non_null(scene->arena);
	assert_non_null(scene->provenance);
	if (!request_read_head(scene->arena, &head, &range, &scene->request, &refusal))
		fail_msg("%s: %s", target, refusal.message);
	scene->watch =
		image_watch_new(&(struct image_watch_setup){.provenance = scene->provenance,
	                                                .policy = policy_set_find(policies, "ci"),
	                                                .request = &scene->request,
	                                                .tells_names = true});
}

static void close_scene(struct scene *scene)
{
	image_watch_free(scene->watch);
	provenance_close(scene->provenance);
	arena_free(scene->arena);
}

static void see(struct scene *scene, unsigned status, const char *text, size_t step)
{
	struct evbuffer *piece = evbuffer_new();
	size_t len = strlen(text);

	assert_non_null(piece);
	for (size_t at = 0; at < len; at += step) {
		evbuffer_add(piece, text + at, len - at < step ? len - at : step);
		image_watch_see(scene->watch, status, piece, false);
		evbuffer_drain(piece, evbuffer_get_length(piece));
	}
	evbuffer_free(piece);
}

static void see_end(struct scene *scene, unsigned status)
{
	struct evbuffer *piece = evbuffer_new();

	assert_non_null(piece);
	image_watch_see(scene->watch, status, piece, true);
	evbuffer_free(piece);
}

/* "pulled docker.io/library/alpine:3 made -" of ID_A, the newest last; and the same of ID_B. */
static const char *recorded(struct scene *scene)
{
	static const char *const ids[] = {ID_A, ID_B};
	const char *text = "";

	for (size_t i = 0; i < 2; i++) {
		const struct image_origin *origins;
		size_t count = provenance_find(scene->provenance, scene->arena, ids[i], &origins);

		while (count-- > 0)
			text = arena_format(scene->arena, "%s%s%s %s%s%s%s", text, *text != '\0' ? ", " : "",
			                    origins[count].made ? "made" : "pulled",
			                    origins[count].name != NULL ? origins[count].name : "-",
			                    origins[count].tag != NULL ? ":" : "",
			                    origins[count].tag != NULL ? origins[count].tag : "",
			                    i == 1 ? " B" : "");
	}
	return text;
}

#define STAGE(id)  "{\"aux\":{\"ID\":\"" id "\"}}\r\n"
#define SAYS(text) "{\"stream\":\"" text "\"}\r\n"
#define DIGEST(id) "{\"status\":\"Digest: " id "\"}\r\n"
#define FROM(tag)  "{\"status\":\"Pulling from library/alpine\",\"id\":\"" tag "\"}\r\n"
#define FAILED     "{\"errorDetail\":{\"message\":\"no\"},\"error\":\"no\"}\r\n"

static const struct {
	const char *target;
	unsigned status;
	const char *answer, *recorded;
} rows[] = {
	/* Pulls. */
	{"/images/create?fromImage=alpine&tag=3", 200, FROM("3") DIGEST(ID_A),
     "pulled docker.io/library/alpine:3"},
	{"/images/create?fromImage=alpine:3", 200, FROM("3") DIGEST(ID_A),
     "pulled docker.io/library/alpine:3"},
	{"/images/create?fromImage=alpine&tag=" ID_A, 200, FROM(ID_A) DIGEST(ID_A),
     "pulled docker.io/library/alpine"},
	{"/images/create?fromImage=alpine@" ID_A, 200,
     FROM("docker.io/library/alpine@" ID_A) DIGEST(ID_A), "pulled docker.io/library/alpine"},
	{"/images/create?fromImage=alpine", 200,
     FROM("1") DIGEST(ID_A) FROM("2") DIGEST(ID_B) FROM("3") DIGEST(ID_B),
     "pulled docker.io/library/alpine:1, pulled docker.io/library/alpine:2 B, "
     "pulled docker.io/library/alpine:3 B"},
	{"/images/create?fromImage=alpine&tag=3", 200,
     "{\"status\":\"Digest: " ID_A "\",\"id\":\"x\"}\n", ""},
	{"/images/create?fromImage=alpine&tag=3", 200, SAYS("Digest: " ID_A), ""},
	{"/images/create?fromImage=alpine&tag=3", 200, DIGEST("sha256:12"), ""},
	{"/images/create?fromImage=alpine&tag=3", 404, DIGEST(ID_A), ""},
	{"/images/create?fromImage=alpine&tag=3", 200, FROM("3") FAILED, ""},
	/* Builds. */
	{"/build?t=ci/x", 200, SAYS("Step 1") STAGE(ID_B) STAGE(ID_A) SAYS("Successfully built"),
     "made docker.io/ci/x:latest"},
	{"/build?t=ci/x:1&t=reg:5000/y", 200, STAGE(ID_A),
     "made docker.io/ci/x:1, made reg:5000/y:latest"},
	{"/build", 200, STAGE(ID_A), "made -"},
	{"/build?t=", 200, STAGE(ID_A), "made -"},
	{"/build?t=ci/x", 200, STAGE(ID_A) FAILED, ""},
	{"/build?t=ci/x", 200, STAGE(ID_A) "{\"error\":\"no\"}\n", ""},
	{"/build?t=ci/x", 500, STAGE(ID_A), ""},
	{"/build?t=ci/x", 200, SAYS("{\\\"aux\\\":{\\\"ID\\\":\\\"" ID_A "\\\"}}\\r\\n"), ""},
	{"/build?t=ci/x", 200, SAYS("Successfully built " ID_A) SAYS(ID_A "\\n"), ""},
	{"/build?t=ci/x", 200, "{\"aux\":\"" ID_A "\"}\n", ""},
	{"/build?t=ci/x", 200, "{\"aux\":{\"ID\":7}}\n", ""},
	{"/build?t=ci/x", 200, "nonsense\n" STAGE(ID_A), "made docker.io/ci/x:latest"},
	{"/build?t=ci/x&version=2", 200, "{\"id\":\"moby.image.id\",\"aux\":{\"ID\":\"" ID_A "\"}}\r\n",
     "made docker.io/ci/x:latest"},
	/* Quiet builds: nothing but the id, at the end. */
	{"/build?q=1&t=ci/x", 200, SAYS(ID_A "\\n"), "made docker.io/ci/x:latest"},
	{"/build?q=1&t=ci/x", 200, SAYS(ID_A), ""},
	{"/build?q=1&t=ci/x", 200, SAYS(ID_A "\\n") FAILED, ""},
	{"/build?q=1&t=ci/x", 200, SAYS(ID_B "\\n") SAYS(ID_A "\\n"), "made docker.io/ci/x:latest"},
	{"/build?q=1&t=ci/x", 200, SAYS(ID_A "\\n") SAYS("more"), ""},
	{"/build?q=1&t=ci/x", 200, SAYS(ID_A "\\nmore\\n"), ""},
	/* Imports and commits. */
	{"/images/create?fromSrc=-&repo=ci/x&tag=1", 200, "{\"status\":\"" ID_A "\"}\r\n",
     "made docker.io/ci/x:1"},
	{"/images/create?fromSrc=-", 200, "{\"status\":\"" ID_A "\"}\r\n", "made -"},
	{"/images/create?fromSrc=-&repo=ci/x", 200, "{\"status\":\"Downloading\"}\r\n", ""},
	{"/commit?container=x&repo=ci/x", 201, "{\"Id\":\"" ID_A "\"}\n", "made docker.io/ci/x:latest"},
	{"/commit?container=x&repo=ci/x:2", 201, "{\"Id\":\"" ID_A "\"}", "made docker.io/ci/x:2"},
	{"/commit?container=x", 201, "{\"Id\":\"" ID_A "\"}\n", "made -"},
	{"/commit?container=x&repo=ci/x", 404, "{\"message\":\"no\",\"Id\":\"" ID_A "\"}\n", ""},
};

static void what_the_daemon_confirms_is_recorded(void **state)
{
	static const size_t steps[] = {1, 7, 4096};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		for (size_t k = 0; k < sizeof steps / sizeof *steps; k++) {
			struct scene scene;

			open_scene(&scene, rows[i].target);
			assert_non_null(scene.watch);
			see(&scene, rows[i].status, rows[i].answer, steps[k]);
			see_end(&scene, rows[i].status);
			if (strcmp(recorded(&scene), rows[i].recorded) != 0)
				fail_msg("%s %s: %s", rows[i].target, rows[i].answer, recorded(&scene));
			close_scene(&scene);
		}
	}
}

/* A pull whose tag became a digest on its way: the record has both, and the tag is missing at the daemon. */
static void a_pinned_pull_is_recorded_under_its_tag(void **state)
{
	static const struct {
		const char *target, *tag, *answer, *recorded;
		unsigned status;
		bool pulled;
	} table[] = {
		{"/images/create?fromImage=alpine&tag=" ID_A, "3", FROM(ID_A) DIGEST(ID_A),
	     "pulled docker.io/library/alpine:3", 200, true},
		{"/images/create?fromImage=alpine&tag=" ID_A, NULL, FROM(ID_A) DIGEST(ID_A),
	     "pulled docker.io/library/alpine", 200, false},
		{"/images/create?fromImage=alpine&tag=" ID_A, "3", FROM(ID_A) DIGEST(ID_B),
	     "pulled docker.io/library/alpine B", 200, true},
		{"/images/create?fromImage=alpine&tag=" ID_A, "3", FROM(ID_A) DIGEST(ID_A) FAILED,
	     "pulled docker.io/library/alpine:3", 200, false},
		{"/images/create?fromImage=alpine&tag=" ID_A, "3", "{\"message\":\"no\"}", "", 404, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct scene scene;

		open_scene(&scene, table[i].target);
		scene.request.pinned_tag = table[i].tag;
		see(&scene, table[i].status, table[i].answer, 7);
		assert_false(image_watch_pulled(scene.watch));
		see_end(&scene, table[i].status);
		if (image_watch_pulled(scene.watch) != table[i].pulled ||
		    strcmp(recorded(&scene), table[i].recorded) != 0)
			fail_msg("row %zu: %s", i, recorded(&scene));
		close_scene(&scene);
	}
}

static void without_a_record_it_is_watched_all_the_same(void **state)
{
	struct scene scene;

	(void)state;
	open_scene(&scene, "/images/create?fromImage=alpine&tag=" ID_A);
	image_watch_free(scene.watch);
	scene.request.pinned_tag = "3";
	scene.watch =
		image_watch_new(&(struct image_watch_setup){.policy = policy_set_find(policies, "ci"),
	                                                .request = &scene.request});
	assert_non_null(scene.watch);
	see(&scene, 200, FROM(ID_A) DIGEST(ID_A), 4096);
	see_end(&scene, 200);
	assert_true(image_watch_pulled(scene.watch));
	assert_string_equal(recorded(&scene), "");
	close_scene(&scene);
}

/* Plays the daemon's answers to the look-ups that the watch asks for. */
static void names_that_were_loaded_are_looked_up(void **state)
{
	static const char found[] = "{\"Id\":\"" ID_A "\"}", missing[] = "{\"message\":\"no\"}";
	static const char list[] =
		"[{\"Config\":\"" HEX "0a.json\",\"RepoTags\":[\"ci/x:1\",\"ci/gone:1\"]}]";
	const struct upload archive = {.files = {[UPLOAD_MANIFEST] = {list, sizeof list - 1}}};
	struct evbuffer *piece = evbuffer_new();
	struct facts *facts;
	struct scene scene;

	(void)state;
	open_scene(&scene, "/images/load");
	see(&scene, 200,
	    SAYS("Loaded image: ci/x:1\\n") SAYS("Loaded image ID: " ID_B "\\n")
	        SAYS("The image ci/x:1 already exists, renaming\\n") SAYS("Loaded image: ci/gone:1\\n"),
	    7);
	facts = image_watch_see(scene.watch, 200, piece, true);
	assert_non_null(facts);
	assert_int_equal(facts->count, 2);
	assert_string_equal(facts->list[0].name, "ci/x:1");
	fact_learn(scene.arena, &facts->list[0], 200, found, strlen(found));
	fact_learn(scene.arena, &facts->list[1], 404, missing, strlen(missing));
	assert_string_equal(recorded(&scene), "");
	image_watch_learn(scene.watch, facts);
	assert_string_equal(recorded(&scene), "");
	scene.request.upload = &archive;
	image_watch_learn(scene.watch, facts);
	assert_string_equal(recorded(&scene), "made docker.io/ci/x:1");
	close_scene(&scene);

	open_scene(&scene, "/images/load");
	see(&scene, 200, SAYS("Loaded image: ci/x:1\\n") FAILED, 4096);
	assert_null(image_watch_see(scene.watch, 200, piece, true));
	close_scene(&scene);
	open_scene(&scene, "/images/load");
	assert_null(image_watch_see(scene.watch, 200, piece, true));
	close_scene(&scene);
	evbuffer_free(piece);
}

#define MANIFEST(config) "[{" config "\"RepoTags\":[\"ci/x:1\"]}]"
#define INDEX(digest)          \
	"{\"manifests\":[{" digest \
	"\"annotations\":{\"org.opencontainers.image.ref.name\":\"ci/x:1\"}}]}"

/* What an archive says about its images, whose name leads to ID_A at the end of the load. */
static const struct {
	const char *manifest, *index;
	bool sure;
} archives[] = {
	{MANIFEST("\"Config\":\"" HEX "0a.json\","), NULL, true},
	{MANIFEST("\"config\":\"" HEX "0a.json\","), NULL, true},
	{MANIFEST("\"Config\":\"blobs/sha256/" HEX "0a\","), NULL, true},
	{MANIFEST("\"Config\":\"" ID_A "\","), NULL, true},
	{NULL, INDEX("\"digest\":\"" ID_A "\","), true},
	{MANIFEST("\"Config\":\"" HEX "0b.json\","), INDEX("\"digest\":\"" ID_A "\","), true},
	/* The name is another's by now. */
	{MANIFEST("\"Config\":\"" HEX "0b.json\","), NULL, false},
	{MANIFEST("\"Config\":\"blobs/sha256/" HEX "0b\","), NULL, false},
	{MANIFEST("\"Config\":\"" HEX "0b.json\","), INDEX("\"digest\":\"" ID_B "\","), false},
	/* Nothing is told. */
	{MANIFEST(""), NULL, false},
	{MANIFEST("\"Config\":7,"), NULL, false},
	{MANIFEST("\"Config\":\"\","), NULL, false},
	{MANIFEST("\"Config\":\"" HEX ".json\","), NULL, false},
	{MANIFEST("\"Config\":\"" HEX "0a0.json\","), NULL, false},
	{MANIFEST("\"Config\":\"" HEX "0a.json/config\","), NULL, false},
	{MANIFEST("\"Config\":\"" HEX "0a.json\",\"config\":\"x\","), NULL, false},
	{NULL, INDEX(""), false},
	{NULL, INDEX("\"digest\":7,"), false},
	{NULL, NULL, false},
};

/* A name is tagged while the rest of the archive is still being loaded: meanwhile another may pull by it. */
static void an_image_that_the_archive_has_not_got_is_not_its_own(void **state)
{
	static const char found[] = "{\"Id\":\"" ID_A "\"}";
	struct evbuffer *piece = evbuffer_new();

	(void)state;
	for (size_t i = 0; i < sizeof archives / sizeof *archives; i++) {
		const char *manifest = archives[i].manifest, *index = archives[i].index;
		const struct upload archive = {
			.files = {[UPLOAD_MANIFEST] = {manifest, manifest != NULL ? strlen(manifest) : 0},
		              [UPLOAD_INDEX] = {index, index != NULL ? strlen(index) : 0}}};
		const struct image_arrival *arrivals;
		struct facts *facts;
		struct scene scene;
		size_t count;

		open_scene(&scene, "/images/load");
		scene.request.upload = &archive;
		see(&scene, 200, SAYS("Loaded image: ci/x:1\\n"), 4096);
		facts = image_watch_see(scene.watch, 200, piece, true);
		assert_non_null(facts);
		fact_learn(scene.arena, &facts->list[0], 200, found, strlen(found));
		arrivals = image_watch_arrivals(scene.watch, &count);
		assert_int_equal(count, 1);
		if (image_watch_is_sure(scene.watch, &arrivals[0]) != archives[i].sure)
			fail_msg("row %zu: %d", i, !archives[i].sure);
		image_watch_learn(scene.watch, facts);
		assert_string_equal(recorded(&scene), archives[i].sure ? "made docker.io/ci/x:1" : "");
		close_scene(&scene);
	}
	evbuffer_free(piece);
}

static void what_is_pulled_needs_no_archive(void **state)
{
	const struct image_arrival *arrivals;
	struct scene scene;
	size_t count;

	(void)state;
	open_scene(&scene, "/images/create?fromImage=alpine&tag=3");
	see(&scene, 200, FROM("3") DIGEST(ID_A), 4096);
	see_end(&scene, 200);
	arrivals = image_watch_arrivals(scene.watch, &count);
	assert_int_equal(count, 1);
	assert_string_equal(arrivals[0].image->name, "alpine@" ID_A); /* and not by its tag */
	assert_true(image_watch_is_sure(scene.watch, &arrivals[0]));
	close_scene(&scene);
}

static void an_answer_that_is_cut_makes_nothing(void **state)
{
	struct scene scene;

	(void)state;
	open_scene(&scene, "/build?t=ci/x");
	see(&scene, 200, STAGE(ID_A), 4096);
	assert_string_equal(recorded(&scene), "");
	close_scene(&scene);
}

static void overlong_messages_are_passed_over(void **state)
{
	struct scene scene;
	char text[20000];

	(void)state;
	open_scene(&scene, "/build?t=ci/x");
	memset(text, 'x', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	see(&scene, 200, text, 1000);
	see(&scene, 200, STAGE(ID_B), 4096);
	see(&scene, 200, STAGE(ID_A), 4096);
	see_end(&scene, 200);
	assert_string_equal(recorded(&scene), "made docker.io/ci/x:latest");
	close_scene(&scene);
}

static void other_requests_are_not_watched(void **state)
{
	static const char *const targets[] = {"/images/prune", "/images/x/push", "/containers/x/start"};

	(void)state;
	for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
		struct scene scene;

		open_scene(&scene, targets[i]);
		assert_null(scene.watch);
		close_scene(&scene);
	}
}

static int load(void **state)
{
	(void)state;
	policies = settings_text_load_fine("");
	return 0;
}

static int unload(void **state)
{
	(void)state;
	policy_set_free(policies);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_daemon_confirms_is_recorded),
		cmocka_unit_test(a_pinned_pull_is_recorded_under_its_tag),
		cmocka_unit_test(without_a_record_it_is_watched_all_the_same),
		cmocka_unit_test(names_that_were_loaded_are_looked_up),
		cmocka_unit_test(an_image_that_the_archive_has_not_got_is_not_its_own),
		cmocka_unit_test(what_is_pulled_needs_no_archive),
		cmocka_unit_test(an_answer_that_is_cut_makes_nothing),
		cmocka_unit_test(overlong_messages_are_passed_over),
		cmocka_unit_test(other_requests_are_not_watched),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
