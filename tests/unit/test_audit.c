/* The audit log: the shape of its lines, and what happens when they cannot be written. */
#include "proxy/audit.h"

#include "policy/error.h"
#include "policy/identity.h"
#include "policy/verdict.h"
#include "proxy/audit_setup.h"

#include <jansson.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char directory[64], path[96];

static int make_directory(void **state)
{
	(void)state;
	snprintf(directory, sizeof directory, "/tmp/test-audit-XXXXXX");
	if (mkdtemp(directory) == NULL)
		return -1;
	snprintf(path, sizeof path, "%s/audit.log", directory);
	return 0;
}

static int remove_directory(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(directory);
}

static struct audit *open_with(const struct audit_setup *setup)
{
	struct error error = {0};
	struct audit *audit = audit_open(setup, &error);

	if (audit == NULL)
		fail_msg("%s", error.text);
	return audit;
}

static struct audit *open_fine(const char *file, bool required)
{
	const struct audit_setup setup = {.file = file, .required = required};

	return open_with(&setup);
}

/* The lines of the log as a list of objects, each checked for what all have. */
static json_t *read_lines(void)
{
	FILE *file = fopen(path, "r");
	json_t *lines = json_array();
	char text[40000];

	assert_non_null(file);
	while (fgets(text, sizeof text, file) != NULL) {
		json_error_t error;
		json_t *line = json_loads(text, JSON_REJECT_DUPLICATES, &error);

		if (line == NULL)
			fail_msg("%s in %s", error.text, text);
		assert_int_equal(strlen(json_string_value(json_object_get(line, "time"))),
		                 strlen("2026-01-02T03:04:05.678Z"));
		assert_int_equal(strlen(json_string_value(json_object_get(line, "id"))), 16);
		json_array_append_new(lines, line);
	}
	fclose(file);
	return lines;
}

static const char *text_of(const json_t *line, const char *name)
{
	return json_string_value(json_object_get(line, name));
}

static const char *const labels[] = {"ci.job=42", "ci.project=9"};

static const struct identity somebody = {
	.listener = "tls",
	.address = "[::1]:5311",
	.peer = {.present = true, .uid = 1000, .gid = 999, .user = "ci", .group = "runners"},
	.certificate = {.present = true,
                    .common_name = "runner\nforged",
                    .organizations = {{"ACME"}, 1},
                    .dns = {{"a.example", "b.example"}, 2},
                    .uri = {{"spiffe://ci.example/team"}, 1},
                    .spki_sha256 = "ab",
                    .issuer = "CN=ca",
                    .serial = "01"},
	.container = {.state = CONTAINER_PRESENT,
                  .id = "0a",
                  .name = "job",
                  .image = "alpine",
                  .labels = labels,
                  .label_count = 2},
	.grant = {.tenant = "team-a"}};

static struct audit_decision decision_of(uint64_t id)
{
	return (struct audit_decision){.id = id,
	                               .identity = &somebody,
	                               .policy = "ci",
	                               .operation = "container.create",
	                               .request = "POST /containers/create",
	                               .verdict = "deny",
	                               .status = 403,
	                               .rule = "container.privileged at ci.conf:7",
	                               .reason = "HostConfig.Privileged is true"};
}

static const struct audit_completion done_with = {.id = 0x1234,
                                                  .status = 200,
                                                  .bytes_in = 3,
                                                  .bytes_out = 1ULL << 40,
                                                  .milliseconds = 17,
                                                  .outcome = "complete"};

static void assert_names(const json_t *names)
{
	static const char *const expected[] = {"o:ACME", "dns:a.example", "dns:b.example",
	                                       "uri:spiffe://ci.example/team"};

	assert_int_equal(json_array_size(names), 4);
	for (size_t i = 0; i < 4; i++)
		assert_string_equal(json_string_value(json_array_get(names, i)), expected[i]);
}

static void assert_pair(const json_t *lines)
{
	const json_t *decision = json_array_get(lines, 0), *completion = json_array_get(lines, 1);
	const json_t *peer = json_object_get(decision, "peer");
	const json_t *certificate = json_object_get(decision, "certificate");
	const json_t *container = json_object_get(decision, "container");
	const json_t *told_labels = json_object_get(decision, "container_labels");

	assert_int_equal(json_array_size(lines), 2);
	assert_string_equal(text_of(decision, "event"), "decision");
	assert_string_equal(text_of(decision, "id"), "0000000000001234");
	assert_string_equal(text_of(decision, "verdict"), "deny");
	assert_int_equal(json_integer_value(json_object_get(decision, "status")), 403);
	assert_string_equal(text_of(decision, "operation"), "container.create");
	assert_string_equal(text_of(decision, "request"), "POST /containers/create");
	assert_string_equal(text_of(decision, "policy"), "ci");
	assert_string_equal(text_of(decision, "tenant"), "team-a");
	assert_string_equal(text_of(decision, "rule"), "container.privileged at ci.conf:7");
	assert_string_equal(text_of(decision, "reason"), "HostConfig.Privileged is true");
	assert_string_equal(text_of(decision, "address"), "[::1]:5311");
	assert_int_equal(json_integer_value(json_object_get(peer, "uid")), 1000);
	assert_null(json_object_get(peer, "pid")); /* unknown is not 0 */
	assert_string_equal(text_of(certificate, "common_name"), "runner\nforged");
	assert_string_equal(text_of(certificate, "spki_sha256"), "ab");
	assert_string_equal(text_of(peer, "group"), "runners");
	assert_names(json_object_get(decision, "certificate_names"));
	assert_string_equal(text_of(container, "id"), "0a");
	assert_string_equal(text_of(container, "name"), "job");
	assert_string_equal(text_of(container, "image"), "alpine");
	assert_null(json_object_get(container, "unknown"));
	assert_int_equal(json_array_size(told_labels), 2);
	assert_string_equal(json_string_value(json_array_get(told_labels, 1)), "ci.project=9");
	assert_string_equal(text_of(completion, "event"), "completion");
	assert_string_equal(text_of(completion, "id"), "0000000000001234");
	assert_string_equal(text_of(completion, "outcome"), "complete");
	assert_int_equal(json_integer_value(json_object_get(completion, "bytes_out")), 1LL << 40);
}

static void test_a_decision_and_a_completion(void **state)
{
	(void)state;
	for (unsigned required = 0; required < 2; required++) {
		struct audit *audit = open_fine(path, required != 0);
		const struct audit_decision decision = decision_of(0x1234);
		struct stat status;
		json_t *lines;

		assert_true(audit_decide(audit, &decision));
		audit_complete(audit, &done_with);
		assert_true(audit_flush(audit));
		lines = read_lines();
		assert_pair(lines);
		json_decref(lines);
		audit_close(audit);
		assert_int_equal(stat(path, &status), 0);
		assert_int_equal(status.st_mode & 0777, 0600);
		assert_int_equal(truncate(path, 0), 0);
	}
}

static void test_nothing_is_known_of_a_refused_request(void **state)
{
	struct audit *audit = open_fine(path, true);
	const struct identity nobody = {.listener = "local", .address = "unix"};
	const struct audit_decision decision = {
		.id = 1, .identity = &nobody, .verdict = "refuse", .status = 400, .reason = "not HTTP"};
	json_t *lines;

	(void)state;
	assert_true(audit_decide(audit, &decision));
	assert_true(audit_flush(audit));
	lines = read_lines();
	assert_int_equal(json_object_size(json_array_get(lines, 0)), 8);
	assert_null(json_object_get(json_array_get(lines, 0), "peer"));
	json_decref(lines);
	audit_close(audit);
	assert_int_equal(truncate(path, 0), 0);
}

/* The weakest word of all would-be denials is the line's: somebody was told. */
static void test_what_would_have_been(void **state)
{
	static const struct remark remarks[] = {
		{MODE_OBSERVE, VERDICT_ALLOW, "a.conf:1 rules", "would allow"},
		{MODE_WARN, VERDICT_DENY, "a.conf:2 rules", "say \"no\""},
	};
	struct verdict judged = {.kind = VERDICT_ALLOW};
	struct audit *audit = open_fine(path, true);
	struct audit_decision decision = decision_of(1);
	const json_t *line;
	json_t *lines;

	(void)state;
	decision.verdict = "allow";
	verdict_remark(&judged, &remarks[0]);
	verdict_remark(&judged, &remarks[1]);
	decision.judged = &judged;
	assert_true(audit_decide(audit, &decision));
	assert_true(audit_flush(audit));
	lines = read_lines();
	line = json_array_get(lines, 0);
	assert_string_equal(text_of(line, "verdict"), "allow");
	assert_string_equal(text_of(line, "mode"), "warn");
	assert_string_equal(text_of(line, "would"), "deny");
	assert_int_equal(json_array_size(json_object_get(line, "would_rules")), 2);
	assert_string_equal(json_string_value(
							json_array_get(json_object_get(line, "would_reasons"), 1)),
	                    "say \"no\"");
	json_decref(lines);
	audit_close(audit);
	assert_int_equal(truncate(path, 0), 0);
}

/* However much a peer may name, the verdict is in the line. */
static void test_a_flood_of_names_leaves_the_verdict(void **state)
{
	struct audit *audit = open_fine(path, true);
	char flood[4096];
	struct identity loud = somebody;
	struct audit_decision decision = decision_of(1);
	json_t *lines;

	(void)state;
	memset(flood, '\x01', sizeof flood - 1);
	flood[sizeof flood - 1] = '\0';
	loud.certificate.common_name = loud.certificate.issuer = loud.certificate.serial = flood;
	decision.identity = &loud;
	decision.request = decision.reason = flood;
	assert_true(audit_decide(audit, &decision));
	assert_true(audit_flush(audit));
	lines = read_lines();
	assert_string_equal(text_of(json_array_get(lines, 0), "verdict"), "deny");
	assert_string_equal(text_of(json_array_get(lines, 0), "operation"), "container.create");
	assert_string_equal(text_of(json_array_get(lines, 0), "rule"), decision.rule);
	json_decref(lines);
	audit_close(audit);
	assert_int_equal(truncate(path, 0), 0);
}

static void test_what_was_asked_for_is_told_whole_or_not(void **state)
{
	struct audit *audit = open_fine(path, true);
	struct audit_decision decision = decision_of(1);
	char large[10000] = "[";
	json_t *lines;

	(void)state;
	decision.api_minor = 41;
	decision.body = "{\"HostConfig\":{\"Privileged\":true}}";
	decision.body_len = strlen(decision.body);
	assert_true(audit_decide(audit, &decision));
	memset(large + 1, ' ', sizeof large - 3);
	large[sizeof large - 2] = ']';
	decision.body = large;
	decision.body_len = strlen(large);
	assert_true(audit_decide(audit, &decision));
	assert_true(audit_flush(audit));
	lines = read_lines();
	assert_string_equal(text_of(json_array_get(lines, 0), "api"), "1.41");
	assert_true(json_is_true(json_object_get(
		json_object_get(json_object_get(json_array_get(lines, 0), "body"), "HostConfig"),
		"Privileged")));
	assert_null(json_object_get(json_array_get(lines, 0), "body_cut"));
	assert_null(json_object_get(json_array_get(lines, 1), "body"));
	assert_int_equal(json_integer_value(json_object_get(json_array_get(lines, 1), "body_cut")),
	                 strlen(large));
	json_decref(lines);
	audit_close(audit);
	assert_int_equal(truncate(path, 0), 0);
}

static void test_without_a_file_everything_passes(void **state)
{
	struct audit *audit = open_fine(NULL, false);
	const struct audit_decision decision = decision_of(1);
	uint64_t first = audit_next_id(audit);

	(void)state;
	assert_false(audit_listens(audit));
	assert_true(audit_decide(audit, &decision));
	audit_complete(audit, &done_with);
	assert_int_equal(audit_next_id(audit), first + 1);
	audit_close(audit);
	audit_close(NULL);
}

static void test_a_file_that_cannot_be(void **state)
{
	static const char *const files[] = {"/nowhere/at/all.log", "/tmp"};
	struct audit_setup setup;
	struct error error = {0};
	char link[128];

	(void)state;
	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
		setup = (struct audit_setup){.file = files[i], .required = i % 2 == 0};
		assert_null(audit_open(&setup, &error));
		assert_non_null(strstr(error.text, files[i]));
	}
	snprintf(link, sizeof link, "%s/link", directory);
	assert_int_equal(symlink("/dev/null", link), 0);
	setup = (struct audit_setup){.file = link};
	assert_null(audit_open(&setup, &error));
	unlink(link);
}

/* A required log on standard output, which is a pipe for that moment; its reading end in *FD. */
static struct audit *open_pipe(int *fd)
{
	const struct audit_setup setup = {.file = "-", .required = true, .queue_bytes = 16 << 20};
	int saved = dup(STDOUT_FILENO), fds[2];
	struct audit *audit;

	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(pipe(fds), 0);
	fflush(stdout);
	assert_true(dup2(fds[1], STDOUT_FILENO) >= 0);
	audit = open_with(&setup);
	assert_true(dup2(saved, STDOUT_FILENO) >= 0);
	close(saved);
	close(fds[1]);
	*fd = fds[0];
	return audit;
}

static void test_standard_output(void **state)
{
	const struct audit_decision decision = decision_of(1);
	char text[10] = {0};
	int fd;
	struct audit *audit = open_pipe(&fd);

	(void)state;
	assert_true(audit_decide(audit, &decision));
	assert_int_equal(read(fd, text, 9), 9);
	assert_string_equal(text, "{\"time\":\"");
	close(fd);                                   /* nobody reads it any more */
	assert_true(audit_decide(audit, &decision)); /* it has come as far as the queue, */
	assert_false(audit_flush(audit));            /* and no further */
	audit_close(audit);
}

/* --- lines of several threads ------------------------------------------------------------------ */

enum { WRITERS = 4, LINES = 200 };

static void *write_lines(void *object)
{
	struct audit *audit = object;

	for (unsigned i = 0; i < LINES; i++) {
		struct audit_decision decision = decision_of(audit_next_id(audit));
		char target[1500]; /* so that a line is longer than a pipe takes at once */

		memset(target, '\x02', sizeof target - 1);
		target[sizeof target - 1] = '\0';
		decision.request = target;
		if (!audit_decide(audit, &decision))
			return audit;
	}
	return NULL;
}

/* Copies a pipe to the log, so that it can be read as one. */
static void *copy_pipe(void *object)
{
	FILE *from = fdopen(*(const int *)object, "r"), *to = fopen(path, "w");
	char bytes[3000];
	size_t len;

	while (from != NULL && to != NULL && (len = fread(bytes, 1, sizeof bytes, from)) > 0)
		if (fwrite(bytes, 1, len, to) != len)
			break;
	if (from != NULL)
		fclose(from);
	return to != NULL && fclose(to) == 0 ? NULL : object;
}

static void write_from_threads(struct audit *audit)
{
	pthread_t writers[WRITERS];
	void *failed;

	for (size_t i = 0; i < WRITERS; i++)
		assert_int_equal(pthread_create(&writers[i], NULL, write_lines, audit), 0);
	for (size_t i = 0; i < WRITERS; i++) {
		assert_int_equal(pthread_join(writers[i], &failed), 0);
		assert_null(failed);
	}
	audit_close(audit);
}

static void test_lines_of_threads_do_not_mix(void **state)
{
	int fd;
	struct audit *audit = open_pipe(&fd);
	pthread_t copier;
	json_t *lines;

	(void)state;
	assert_int_equal(pthread_create(&copier, NULL, copy_pipe, &fd), 0);
	write_from_threads(audit);
	assert_int_equal(pthread_join(copier, NULL), 0);
	lines = read_lines();
	assert_int_equal(json_array_size(lines), WRITERS * LINES);
	json_decref(lines);
}

static void test_ids_differ_between_runs(void **state)
{
	struct audit *a = open_fine(NULL, false), *b = open_fine(NULL, false);

	(void)state;
	assert_int_not_equal(audit_next_id(a), audit_next_id(b));
	audit_close(a);
	audit_close(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_decision_and_a_completion),
		cmocka_unit_test(test_nothing_is_known_of_a_refused_request),
		cmocka_unit_test(test_what_would_have_been),
		cmocka_unit_test(test_a_flood_of_names_leaves_the_verdict),
		cmocka_unit_test(test_what_was_asked_for_is_told_whole_or_not),
		cmocka_unit_test(test_without_a_file_everything_passes),
		cmocka_unit_test(test_a_file_that_cannot_be),
		cmocka_unit_test(test_standard_output),
		cmocka_unit_test(test_lines_of_threads_do_not_mix),
		cmocka_unit_test(test_ids_differ_between_runs),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
