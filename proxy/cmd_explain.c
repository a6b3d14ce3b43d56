/* quaymaster explain: why a request, or each request of a docker command line, gets its verdict. */
#include "proxy/cmd_explain.h"

#include "policy/arena.h"
#include "policy/assume.h"
#include "policy/error.h"
#include "policy/explain.h"
#include "policy/identity_text.h"
#include "policy/load.h"
#include "policy/problems.h"
#include "policy/text.h"
#include "policy/vector.h"
#include "proxy/cmd_usage.h"
#include "proxy/commands.h"
#include "proxy/config.h"
#include "proxy/config_policies.h"
#include "proxy/file_text.h"
#include "proxy/log.h"

#include <errno.h>
#include <getopt.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SECONDS_MAX = 3600, BODY_MAX = 64 << 20, FACTS_MAX_BYTES = 16 << 20 };
enum { CONTEXT_BYTES = 64 << 20, REQUEST_BYTES = 512 << 20 };

static const char help[] =
	"Usage: quaymaster explain [OPTIONS] --as IDENTITY 'METHOD TARGET' [BODY]\n"
	"       quaymaster explain [OPTIONS] --as IDENTITY -- docker COMMAND...\n"
	"\n"
	"Tells why a request gets its verdict: every rule that it depends on, with its\n"
	"place, what would be asked about the daemon's objects, what would be sent and how\n"
	"that differs from what came, and how to allow what is denied. BODY is a file of\n"
	"JSON, - is standard input.\n"
	"\n"
	"In the second form the real docker command runs against a socket of its own behind\n"
	"which there is no daemon, and each request that it makes is explained. Nothing is\n"
	"run, built, pulled or changed.\n"
	"\n"
	"  -c, --config FILE   the policies and client rules: a whole configuration, or one\n"
	"                      that has only these (default: " QUAYMASTER_CONFIG_DEFAULT "\n"
	"                      where there is one, else the shipped policies)\n"
	"      --as IDENTITY   who asks, one or more of these, parted by commas:\n"
	"                      policy:NAME, or what client rules look at: user:NAME, uid:N,\n"
	"                      group:NAME, gid:N, cn:NAME, o:NAME, ou:NAME, dns:NAME,\n"
	"                      ip:ADDRESS, email:ADDRESS, uri:URI, issuer:NAME, serial:HEX,\n"
	"                      spki_sha256:HEX, address:TEXT, listener:NAME, tenant:NAME;\n"
	"                      of the container that a client is in, label.KEY:VALUE,\n"
	"                      container.name:NAME, container.image:NAME,\n"
	"                      container.tenant:NAME of whoever made it, and container:ID,\n"
	"                      or container:none for a process of the host\n"
	"      --header 'NAME: VALUE'  a header of the request; may be given again\n"
	"      --facts FILE    what the daemon's objects are, as lines of a policy test tell\n"
	"      --live          ask the configured daemon about its objects. Without one of\n"
	"                      these they are assumed to exist and to be ordinary\n"
	"      --engine 1.NN   the newest API version that the daemon speaks (default 1.51)\n"
	"      --timeout SECONDS  for the docker command (default 60)\n"
	"      --json          machine-readable\n"
	"      --verbose       show what the docker command says, too\n"
	"  -h, --help          this text\n"
	"\n"
	"Exit status: 0 when everything is allowed, 1 when something is not or cannot be\n"
	"told, 2 for wrong usage.\n";

bool explain_one(struct explain_context *context, const struct trial_input *input, json_t *list,
                 bool *allowed)
{
	struct arena *arena = arena_new(REQUEST_BYTES);
	json_t *explanation =
		arena != NULL ? explain_request(arena, &context->setup, input, context->assumed) : NULL;
	const char *verdict = json_string_value(json_object_get(explanation, "verdict"));
	bool fine = explanation != NULL;

	*allowed = verdict != NULL && strcmp(verdict, "allow") == 0;
	if (fine && context->options->json)
		fine = json_array_append(list, explanation) == 0;
	else if (fine)
		explain_print(explanation, stdout);
	json_decref(explanation);
	arena_free(arena);
	return fine;
}

/* ---- who asks, and whom ---- */

/* A user's number and groups are the system's to tell, as they are of a client. */
static void complete_peer(struct written_identity *who)
{
	struct peer_identity *peer = &who->identity.peer;
	const struct passwd *user = NULL;
	const struct group *group = NULL;

	if (!peer->present)
		return;
	if (peer->user != NULL) {
		/* cppcheck-suppress getpwnamCalled ; there is no other thread */
		user = getpwnam(peer->user);
	} else if (who->has_uid) {
		/* cppcheck-suppress getpwuidCalled */
		user = getpwuid(peer->uid);
	}
	if (user != NULL && !who->has_uid)
		peer->uid = user->pw_uid;
	if (user != NULL && !who->has_gid && peer->group == NULL) {
		peer->gid = user->pw_gid;
		/* cppcheck-suppress getgrgidCalled */
		group = getgrgid(user->pw_gid);
	}
	if (peer->group != NULL && !who->has_gid) {
		/* cppcheck-suppress getgrnamCalled */
		const struct group *named = getgrnam(peer->group);

		peer->gid = named != NULL ? named->gr_gid : peer->gid;
	}
	/* What the system returns is its own, and changes with the next question. */
	if (user != NULL && peer->user == NULL)
		peer->user = user->pw_name;
	if (group != NULL)
		peer->group = group->gr_name;
}

static bool complain(const struct error *error)
{
	fprintf(stderr, "quaymaster explain: %s\n", error->text);
	return false;
}

static bool load_policies(struct explain_context *context)
{
	struct problems *problems = problems_new();

	if (problems == NULL)
		return complain(&(struct error){.text = "out of memory"});
	context->policies = config_policies_load(context->options->config, problems);
	usage_problems("", problems);
	problems_free(problems);
	return context->policies != NULL;
}

static bool load_daemon(struct explain_context *context)
{
	struct problems *problems = problems_new();
	struct error error = {.text = ""};

	if (problems == NULL)
		return complain(&(struct error){.text = "out of memory"});
	context->daemon =
		context->options->config != NULL ? config_load(context->options->config, problems) : NULL;
	usage_problems("", problems);
	problems_free(problems);
	if (context->options->config == NULL)
		error_set(&error, "--live asks the daemon of a configuration; name one with --config");
	if (context->daemon == NULL)
		return error.text[0] != '\0' && complain(&error);
	context->live = live_open(context->daemon, &context->setup.range, &error);
	context->setup.answer = live_answer;
	context->setup.context = context->live;
	return context->live != NULL || complain(&error);
}

static bool load_facts(struct explain_context *context)
{
	struct vector_daemon daemon = {.fixtures = {.arena = context->arena},
	                               .store = IMAGE_STORE_CLASSIC,
	                               .minor = context->options->api_minor};
	const char *file = context->options->facts;
	struct error error = {.text = ""};
	size_t len = 0;
	char *text = file_text_read(file, FACTS_MAX_BYTES, &len);
	bool fine = text != NULL ? vector_read_daemon(text, len, &daemon, &error)
	                         : error_set(&error, "%s", strerror(errno));

	free(text);
	context->fixtures = daemon.fixtures;
	context->setup.range.newest.minor = daemon.minor;
	context->setup.image_store = daemon.store;
	context->setup.answer = fixtures_answer;
	context->setup.context = &context->fixtures;
	if (!fine) {
		error_prefix(&error, "%s: ", file);
		complain(&error);
	}
	return fine;
}

static bool load_identity(struct explain_context *context)
{
	struct error error = {.text = ""};

	context->who = arena_alloc(context->arena, sizeof *context->who);
	if (context->who == NULL ||
	    !identity_text_read(context->arena, context->options->as, context->who, &error)) {
		error_prefix(&error, "--as: ");
		return complain(&error);
	}
	complete_peer(context->who);
	if (!identity_text_grant(context->policies, context->who, &error))
		return complain(&error);
	context->setup.identity = &context->who->identity;
	context->setup.policy = context->who->identity.grant.policy;
	return true;
}

static void assume(struct explain_context *context)
{
	context->assumed = true;
	context->setup.image_store = IMAGE_STORE_CLASSIC;
	context->setup.answer = assume_answer;
	memcpy(&context->setup.context, &context->setup.policy, sizeof context->setup.context);
}

static bool prepare(struct explain_context *context)
{
	const struct explain_options *options = context->options;

	context->setup.range =
		(struct api_range){.oldest = {1, API_MINOR_OLDEST}, .newest = {1, options->api_minor}};
	context->setup.limits = (struct json_limits){4 << 20, 20000, 64};
	context->arena = arena_new(CONTEXT_BYTES);
	if (context->arena == NULL)
		return complain(&(struct error){.text = "out of memory"});
	if (!load_policies(context) || !load_identity(context))
		return false;
	if (options->live)
		return load_daemon(context);
	if (options->facts != NULL)
		return load_facts(context);
	assume(context);
	return true;
}

static void dispose(struct explain_context *context)
{
	live_close(context->live);
	config_release(context->daemon);
	policy_set_free(context->policies);
	arena_free(context->arena);
}

/* ---- one request ---- */

/* What is written, and what a client would send besides. */
static void add_usual_headers(struct explain_options *options, const struct trial_input *input)
{
	const struct headers given = {options->headers, options->header_count};
	struct header usual[TRIAL_HEADERS_MAX];
	size_t count = trial_usual_headers(input->head.target, input->len > 0, usual);

	for (size_t i = 0; i < count; i++) {
		if (headers_count(&given, usual[i].name) == 0)
			options->headers[options->header_count++] = usual[i];
	}
}

static int print_list(json_t *list, bool single)
{
	const json_t *value = single ? json_array_get(list, 0) : list;
	int status =
		value != NULL && json_dumpf(value, stdout, JSON_INDENT(2)) == 0 ? EXIT_OK : EXIT_TROUBLE;

	putchar('\n');
	return status;
}

static int explain_input(struct explain_context *context, const struct trial_input *input)
{
	json_t *list = json_array();
	bool allowed = false;
	int status = EXIT_TROUBLE;

	if (list != NULL && explain_one(context, input, list, &allowed))
		status = allowed ? EXIT_OK : EXIT_TROUBLE;
	else
		fputs("quaymaster: out of memory\n", stderr);
	if (context->options->json && json_array_size(list) > 0 && print_list(list, true) != EXIT_OK)
		status = EXIT_TROUBLE;
	json_decref(list);
	return status;
}

/* REQUEST is "POST /containers/create"; it is cut up. */
static int explain_request_line(struct explain_context *context, struct explain_options *options,
                                char *request, const char *file)
{
	struct trial_input input = {.head = {.method = text_take_word(&request)}, .body = ""};
	char *body = NULL;
	int status;

	input.head.target = text_take_word(&request);
	if (file != NULL) {
		body = file_text_read(file, BODY_MAX, &input.len);
		if (body == NULL) {
			fprintf(stderr, "quaymaster explain: %s: %s\n", file, strerror(errno));
			return EXIT_TROUBLE;
		}
		input.body = body;
	}
	add_usual_headers(options, &input);
	input.head.headers = (struct headers){options->headers, options->header_count};
	input.head.has_body = input.len > 0;
	status = explain_input(context, &input);
	free(body);
	return status;
}

/* ---- arguments ---- */

static bool add_header(struct explain_options *options, char *text)
{
	char *colon = strchr(text, ':');

	if (colon == NULL || !text_is_token(text, (size_t)(colon - text)))
		return usage_value("explain", "--header", text, "'NAME: VALUE'");
	if (options->header_count + TRIAL_HEADERS_MAX ==
	    sizeof options->headers / sizeof *options->headers)
		return usage_value("explain", "--header", text, "fewer of them");
	*colon++ = '\0';
	colon += strspn(colon, " ");
	options->headers[options->header_count++] = (struct header){text, colon};
	return true;
}

static bool read_seconds(struct explain_options *options, const char *text)
{
	unsigned long long seconds;

	if (!text_to_number(text, SECONDS_MAX, &seconds) || seconds == 0)
		return usage_value("explain", "--timeout", text, "seconds, from 1 to 3600");
	options->seconds = (unsigned)seconds;
	return true;
}

static bool take_option(struct explain_options *options, int option)
{
	switch (option) {
	case 'c':
		options->config = optarg;
		return true;
	case 'a':
		options->as = optarg;
		return true;
	case 'H':
		return add_header(options, optarg);
	case 'f':
		options->facts = optarg;
		return true;
	case 'l':
		options->live = true;
		return true;
	case 'e':
		return usage_engine("explain", optarg, &options->api_minor);
	case 't':
		return read_seconds(options, optarg);
	case 'j':
		options->json = true;
		return true;
	case 'v':
		options->verbose = true;
		return true;
	default:
		return false;
	}
}

static int explain(struct explain_options *options, char **words, bool docker)
{
	struct explain_context context = {.options = options};
	int status = EXIT_TROUBLE;

	if (options->as == NULL)
		return usage_wrong("explain", "who asks? Say --as IDENTITY");
	if (words[0] == NULL)
		return usage_wrong("explain", "which request?");
	if (!docker && (strchr(words[0], ' ') == NULL || (words[1] != NULL && words[2] != NULL)))
		return usage_wrong("explain",
		                   "a request is written 'METHOD TARGET', and may be followed by one file");
	if (options->live && options->facts != NULL)
		return usage_wrong("explain", "--live and --facts are two answers to one question");
	log_set_level(LOG_WARNING);
	if (options->config == NULL && access(QUAYMASTER_CONFIG_DEFAULT, F_OK) == 0)
		options->config = QUAYMASTER_CONFIG_DEFAULT;
	if (prepare(&context))
		status = docker ? explain_docker(&context, words)
		                : explain_request_line(&context, options, words[0], words[1]);
	dispose(&context);
	return status;
}

int cmd_explain(int argc, char **argv)
{
	static const struct option list[] = {
		{"config", required_argument, NULL, 'c'},
		{"as", required_argument, NULL, 'a'},
		{"header", required_argument, NULL, 'H'},
		{"facts", required_argument, NULL, 'f'},
		{"live", no_argument, NULL, 'l'},
		{"engine", required_argument, NULL, 'e'},
		{"json", no_argument, NULL, 'j'},
		{"verbose", no_argument, NULL, 'v'},
		{"help", no_argument, NULL, 'h'},
		{"timeout", required_argument, NULL, 't'},
		{NULL, 0, NULL, 0},
	};
	struct explain_options options = {.api_minor = ENGINE_MINOR_DEFAULT, .seconds = 60};
	int option;

	while ((option = getopt_long(argc, argv, "c:h", list, NULL)) != -1) {
		if (option == 'h') {
			fputs(help, stdout);
			return EXIT_OK;
		}
		if (!take_option(&options, option))
			return usage_hint("explain");
	}
	return explain(&options, argv + optind, optind > 1 && strcmp(argv[optind - 1], "--") == 0);
}
