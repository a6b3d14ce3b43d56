/* A table file: every key of the configuration, its default and its mistakes, each told with its
 * place. */
#include "proxy/config.h"

#include "policy/load.h"
#include "policy/problems.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

static char directory[64], path[96], included[96], daemon_socket[96];

static int make_directory(void **state)
{
	(void)state;
	snprintf(directory, sizeof directory, "/tmp/test-config-XXXXXX");
	if (mkdtemp(directory) == NULL)
		return -1;
	snprintf(path, sizeof path, "%s/quaymaster.conf", directory);
	snprintf(included, sizeof included, "%s/more.conf", directory);
	snprintf(daemon_socket, sizeof daemon_socket, "%s/docker.sock", directory);
	return 0;
}

static int remove_directory(void **state)
{
	(void)state;
	unlink(path);
	unlink(included);
	unlink(daemon_socket);
	return rmdir(directory);
}

static void write_file(const char *file, const char *text)
{
	FILE *stream = fopen(file, "w");

	assert_non_null(stream);
	assert_true(fputs(text, stream) >= 0);
	assert_int_equal(fclose(stream), 0);
}

static struct config *load_fine(const char *text)
{
	struct problems *problems = problems_new();
	struct config *config;

	write_file(path, text);
	config = config_load(path, problems);
	if (config == NULL)
		fail_msg("%s", problems_text(problems, 0));
	assert_int_equal(problems_count(problems), 0);
	problems_free(problems);
	return config;
}

/* The mistakes in TEXT, whose configuration must not come about. */
static struct problems *load_badly(const char *text)
{
	struct problems *problems = problems_new();
	struct config *config;

	write_file(path, text);
	config = config_load(path, problems);
	if (config != NULL)
		fail_msg("no mistake was found in %s", text);
	assert_true(problems_count(problems) > 0);
	return problems;
}

/* --- what is right ----------------------------------------------------------------------------- */

#define UPSTREAM  "upstream = { socket = \"/run/docker.sock\"; };\n"
#define LISTENERS "listeners = ( { socket = \"/run/quaymaster.sock\"; } );\n"

static void test_defaults(void **state)
{
	struct config *config = load_fine(UPSTREAM LISTENERS);
	const struct limits_config *limits = &config->limits;

	(void)state;
	assert_string_equal(config->file, path);
	assert_string_equal(config->upstream.socket, "/run/docker.sock");
	assert_null(config->upstream.host);
	assert_false(config->upstream.tls);
	assert_false(config->upstream.any_engine);
	assert_int_equal(config->upstream.assumed.major, 0);
	assert_int_equal(config->upstream.api.floor.major, 0);
	assert_false(config->upstream.api.floor_auto);
	assert_int_equal(config->upstream.api.ceiling.major, 0);
	assert_int_equal(config->upstream.connect_timeout_ms, 10000);
	assert_int_equal(config->upstream.idle_connections, 32);
	assert_int_equal(config->listener_count, 1);
	assert_string_equal(config->listeners[0].spec.name, "/run/quaymaster.sock");
	assert_int_equal(config->listeners[0].spec.mode, 0660);
	assert_int_equal(config->listeners[0].spec.owner, (uid_t)-1);
	assert_int_equal(config->listeners[0].spec.group, (gid_t)-1);
	assert_int_equal(limits->head.head_bytes, 64 * 1024);
	assert_int_equal(limits->head.headers, 100);
	assert_int_equal(limits->json.bytes, 4 * 1024 * 1024);
	assert_int_equal(limits->json.nodes, 20000);
	assert_int_equal(limits->json.depth, 64);
	assert_int_equal(limits->body_budget, 256 * 1024 * 1024);
	assert_int_equal(limits->connections, 4096);
	assert_int_equal(limits->handshake_ms, 10000);
	assert_int_equal(limits->head_ms, 10000);
	assert_int_equal(limits->body_ms, 60000);
	assert_int_equal(limits->linger_ms, 5000);
	assert_true(config->workers >= 1);
	assert_null(config->audit.file);
	assert_false(config->audit.required);
	assert_non_null(policy_set_find(config->policies, "ci"));
	config_release(config);
}

static const char everything[] =
	"upstream = { address = \"[fd00::1]:2376\"; engine = \"any\"; api_version = \"1.40\";\n"
	"  connect_timeout_ms = 7; idle_connections = 0;\n"
	"  tls = { certificate = \"/c\"; key = \"/k\"; ca = \"/a\"; crl = \"/r\"; }; };\n"
	"api = { floor = \"1.30\"; ceiling = \"1.38\"; };\n"
	"listeners = (\n"
	"  { name = \"local\"; socket = \"/s\"; mode = \"0600\"; owner = \"0\"; group = \"12345\"; },\n"
	"  { address = \"[::]:2376\"; tls = { directory = \"/certs\"; crl = \"/l\"; }; },\n"
	"  { address = \"*:2377\"; tls = { certificate = \"/c\"; key = \"/k\"; client_ca = \"/a\"; }; },\n"
	"  { address = \"127.0.0.1:2375\"; }, { address = \"[::1]:2375\"; }, { address = \"localhost:1\"; },\n"
	"  { address = \"0.0.0.0:2378\"; insecure = true; },\n"
	"  { systemd = \"quaymaster\"; insecure = true; } );\n"
	"limits = { head_bytes = \"32K\"; headers = 50; body_bytes = 1000; body_nodes = 10; body_depth = 5;\n"
	"  body_budget = \"1G\"; connections = 10; handshake_ms = 1; head_ms = 2; body_ms = 3;\n"
	"  idle_ms = 0; linger_ms = 4; };\n"
	"workers = 3;\n"
	"audit = { file = \"/var/log/audit\"; required = true; };\n"
	"clients = ( { listener = \"local\"; policy = \"mine\"; } );\n"
	"policies = { mine = { extends = \"ci\"; }; };\n";

static void assert_listeners(const struct config *config)
{
	const struct listener_config *local = &config->listeners[0], *tls = &config->listeners[1];

	assert_int_equal(config->listener_count, 8);
	assert_string_equal(local->spec.name, "local");
	assert_int_equal(local->spec.mode, 0600);
	assert_int_equal(local->spec.owner, 0);
	assert_int_equal(local->spec.group, 12345);
	assert_true(tls->tls);
	assert_string_equal(tls->spec.name, "[::]:2376");
	assert_string_equal(tls->tls_directory, "/certs");
	assert_string_equal(tls->tls_files.certificate, "/certs/server/cert.pem");
	assert_string_equal(tls->tls_files.key, "/certs/server/key.pem");
	assert_string_equal(tls->tls_files.ca, "/certs/server/ca.pem");
	assert_string_equal(tls->tls_files.crl, "/l");
	assert_string_equal(config->listeners[2].tls_files.ca, "/a");
	assert_null(config->listeners[2].tls_files.crl);
	assert_false(config->listeners[3].tls);
	assert_true(config->listeners[6].insecure);
	assert_string_equal(config->listeners[7].spec.name, "quaymaster");
}

static void test_every_key(void **state)
{
	struct config *config = load_fine(everything);

	(void)state;
	assert_string_equal(config->upstream.host, "fd00::1");
	assert_string_equal(config->upstream.port, "2376");
	assert_true(config->upstream.any_engine);
	assert_int_equal(config->upstream.assumed.minor, 40);
	assert_int_equal(config->upstream.api.floor.minor, 30);
	assert_int_equal(config->upstream.api.ceiling.minor, 38);
	assert_int_equal(config->upstream.connect_timeout_ms, 7);
	assert_int_equal(config->upstream.idle_connections, 0);
	assert_true(config->upstream.tls);
	assert_string_equal(config->upstream.tls_files.crl, "/r");
	assert_listeners(config);
	assert_int_equal(config->limits.head.head_bytes, 32 * 1024);
	assert_int_equal(config->limits.head.headers, 50);
	assert_int_equal(config->limits.json.bytes, 1000);
	assert_int_equal(config->limits.json.nodes, 10);
	assert_int_equal(config->limits.json.depth, 5);
	assert_int_equal(config->limits.body_budget, 1 << 30);
	assert_int_equal(config->limits.connections, 10);
	assert_int_equal(config->limits.handshake_ms, 1);
	assert_int_equal(config->limits.head_ms, 2);
	assert_int_equal(config->limits.body_ms, 3);
	assert_int_equal(config->limits.idle_ms, 0);
	assert_int_equal(config->limits.linger_ms, 4);
	assert_int_equal(config->workers, 3);
	assert_string_equal(config->audit.file, "/var/log/audit");
	assert_true(config->audit.required);
	assert_non_null(policy_set_find(config->policies, "mine"));
	config_release(config);
}

static void test_a_floor_may_follow_the_daemon(void **state)
{
	struct config *config = load_fine(UPSTREAM LISTENERS "api = { floor = \"auto\"; };\n");

	(void)state;
	assert_true(config->upstream.api.floor_auto);
	assert_int_equal(config->upstream.api.floor.major, 0);
	config_release(config);
}

static void test_a_snapshot_lives_while_it_is_held(void **state)
{
	struct config *config = load_fine(UPSTREAM LISTENERS);

	(void)state;
	assert_ptr_equal(config_retain(config), config);
	config_release(config);
	assert_string_equal(config->upstream.socket, "/run/docker.sock");
	config_release(config);
	config_release(NULL);
}

/* --- what is wrong ----------------------------------------------------------------------------- */

/* Each stands below two lines that are right, and is on line 3. */
static const struct mistake {
	const char *text, *told;
} mistakes[] = {
	{"limit = { };", "unknown key 'limit' in the configuration; did you mean 'limits'?"},
	{"xyz = 1;", "unknown key 'xyz' in the configuration"},
	{"limits = 5;", "limits must be a group"},
	{"limits = { heads = 1; };", "unknown key 'heads' in limits; did you mean 'head"},
	{"limits = { head_bytes = \"65K\"; };", "limits.head_bytes must be a size"},
	{"limits = { head_bytes = 0; };", "limits.head_bytes must be a size"},
	{"limits = { head_bytes = -1; };", "limits.head_bytes must be a size"},
	{"limits = { head_bytes = \"many\"; };", "limits.head_bytes must be a size"},
	{"limits = { head_bytes = 1.5; };", "limits.head_bytes must be a size"},
	{"limits = { body_bytes = \"2G\"; };", "limits.body_bytes must be a size"},
	{"limits = { body_budget = \"2T\"; };", "limits.body_budget must be a size"},
	{"limits = { headers = 0; };", "limits.headers must be a whole number from 1 to 10000"},
	{"limits = { headers = \"100\"; };", "limits.headers must be a whole number"},
	{"limits = { body_depth = 1001; };", "limits.body_depth must be a whole number"},
	{"limits = { body_nodes = 0; };", "limits.body_nodes must be a whole number"},
	{"limits = { connections = 0; };", "limits.connections must be a whole number"},
	{"limits = { head_ms = 0; };", "limits.head_ms must be a whole number"},
	{"limits = { handshake_ms = 3600001; };", "limits.handshake_ms must be a whole number"},
	{"limits = { body_ms = true; };", "limits.body_ms must be a whole number"},
	{"limits = { idle_ms = -1; };", "limits.idle_ms must be a whole number from 0"},
	{"limits = { linger_ms = 0; };", "limits.linger_ms must be a whole number"},
	{"limits = { headers = 99999999999; };", "99999999999"}, /* which libconfig would truncate */
	{"workers = 0;", "workers must be a whole number from 1 to 256"},
	{"workers = 257;", "workers must be a whole number from 1 to 256"},
	{"audit = { required = true; };", "audit.required needs audit.file"},
	{"audit = { file = 1; };", "audit.file must be a string that is not empty"},
	{"audit = { file = \"\"; };", "audit.file must be a string that is not empty"},
	{"audit = { file = \"x\"; required = 1; };", "audit.required must be true or false"},
	{"audit = { file = \"x\" \"y\"; };", ""}, /* a missing comma */
	{"policies = { x = { extends = \"nothing\"; }; };", "nothing"},
	{"policies = { x = { operations = { allow = [\"contianer.*\"]; }; }; };", "contianer"},
	{"clients = ( { listener = \"elsewhere\"; policy = \"ci\"; } );", "elsewhere"},
	{"clients = ( { policy = \"ci\"; tenant = \"Team A\"; } );", "'Team A' is no tenant's name"},
	{"clients = ( { policy = \"ci\"; tenant = \"-a\"; } );", "'-a' is no tenant's name"},
	{"workers = 1", NULL}, /* fine: libconfig does not insist */
	{"workers = { ;", "syntax"},
	{"workers = 1; workers = 2;", "duplicate"},
};

static void test_mistakes_with_their_line(void **state)
{
	char text[1024], place[128];

	(void)state;
	snprintf(place, sizeof place, "%s:3: ", path);
	for (size_t i = 0; i < sizeof mistakes / sizeof mistakes[0]; i++) {
		struct problems *problems;

		snprintf(text, sizeof text, UPSTREAM LISTENERS "%s\n", mistakes[i].text);
		if (mistakes[i].told == NULL) {
			config_release(load_fine(text));
			continue;
		}
		problems = load_badly(text);
		if (strncmp(problems_text(problems, 0), place, strlen(place)) != 0 ||
		    strstr(problems_text(problems, 0), mistakes[i].told) == NULL)
			fail_msg("%s told %s", mistakes[i].text, problems_text(problems, 0));
		problems_free(problems);
	}
}

#define FIFTY "01234567890123456789012345678901234567890123456789"

static const struct mistake upstream_mistakes[] = {
	{"", "upstream needs a socket or an address"},
	{"socket = \"/s\"; address = \"a:1\";", "upstream needs a socket or an address"},
	{"socket = 5;", "upstream.socket must be a string"},
	{"socket = \"d.sock\";", "upstream.socket must be an absolute path"},
	{"socket = \"/" FIFTY FIFTY "1234567\";", "upstream.socket must be at most 107 bytes"},
	{"sokcet = \"/s\";", "unknown key 'sokcet' in upstream; did you mean 'socket'?"},
	{"address = \"dind\";", "must be \"host:port\", not \"dind\""},
	{"address = \":2376\";", "must be \"host:port\""},
	{"address = \"dind:\";", "must be \"host:port\""},
	{"address = \"dind:0\";", "must be \"host:port\""},
	{"address = \"dind:65536\";", "must be \"host:port\""},
	{"address = \"dind:http\";", "must be \"host:port\""},
	{"address = \"[]:2376\";", "must be \"host:port\""},
	{"address = \"fd00::1:2376\";", "must be \"host:port\""},
	{"socket = \"/s\"; engine = \"podman\";", "upstream.engine must be \"docker\" or \"any\""},
	{"socket = \"/s\"; api_version = \"1.41\";", "needs engine = \"any\""},
	{"socket = \"/s\"; engine = \"any\"; api_version = \"1.23\";", "must be from \"1.24\""},
	{"socket = \"/s\"; engine = \"any\"; api_version = \"1.57\";", "to \"1.56\""},
	{"socket = \"/s\"; engine = \"any\"; api_version = \"v1.41\";", "must be from"},
	{"socket = \"/s\"; engine = \"any\"; api_version = 1.41;", "must be a string"},
	{"socket = \"/s\"; connect_timeout_ms = 0;", "upstream.connect_timeout_ms"},
	{"socket = \"/s\"; idle_connections = 65;", "upstream.idle_connections"},
	{"socket = \"/s\"; tls = { ca = \"/a\"; };", "a socket has none"},
	{"address = \"a:1\"; tls = true;", "tls must be a group"},
	{"address = \"a:1\"; tls = { };", "upstream.tls needs ca"},
	{"address = \"a:1\"; tls = { ca = \"/a\"; key = \"/k\"; };", "certificate and key together"},
	{"address = \"a:1\"; tls = { ca = \"/a\"; client_ca = \"/k\"; };", "unknown key 'client_ca'"},
};

static const struct mistake api_mistakes[] = {
	{"ceilings = \"auto\";", "unknown key 'ceilings' in api; did you mean 'ceiling'?"},
	{"floor = 1.40;", "api.floor must be a string"},
	{"floor = \"1.23\";", "api.floor must be from \"1.24\" to \"1.56\", or \"auto\""},
	{"floor = \"Auto\";", "api.floor must be from \"1.24\""},
	{"ceiling = \"1.57\";", "api.ceiling must be from \"1.24\" to \"1.56\""},
	{"ceiling = \"auto\";", "api.ceiling must be from"},
	{"floor = \"1.44\"; ceiling = \"1.43\";", "api.floor is above api.ceiling"},
};

static const struct mistake listener_mistakes[] = {
	{"", "one of socket, address and systemd"},
	{"socket = \"/s\"; address = \"127.0.0.1:1\";", "one of socket, address and systemd"},
	{"socket = \"s\";", "socket must be an absolute path"},
	{"socket = \"/s\"; mode = 0660;", "must be a string"},
	{"socket = \"/s\"; mode = \"660\";", "mode must be octal"},
	{"socket = \"/s\"; mode = \"0680\";", "mode must be octal"},
	{"socket = \"/s\"; mode = \"01777\";", "mode must be octal"},
	{"socket = \"/s\"; mode = \"0660 \";", "mode must be octal"},
	{"socket = \"/s\"; owner = \"no-such-user\";", "there is no user 'no-such-user'"},
	{"socket = \"/s\"; group = \"no-such-group\";", "there is no group 'no-such-group'"},
	{"socket = \"/s\"; group = \"4294967295\";", "there is no group"},
	{"socket = \"/run/docker.sock\";", "is the daemon's own socket"},
	{"socket = \"/s\"; insecure = true;", "insecure is for an address"},
	{"socket = \"/s\"; insecure = 1;", "must be true or false"},
	{"socket = \"/s\"; tsl = { };", "unknown key 'tsl' in a listener"},
	{"address = \"127.0.0.1:1\"; mode = \"0600\";", "mode is for a socket"},
	{"address = \"127.0.0.1:1\"; group = \"0\";", "group is for a socket"},
	{"systemd = \"x\"; owner = \"0\";", "owner is for a socket"},
	{"address = \"0.0.0.0:2375\";", "open to the network without TLS"},
	{"address = \"[::]:2375\";", "open to the network without TLS"},
	{"address = \"*:2375\";", "open to the network without TLS"},
	{"address = \"192.0.2.1:2375\";", "open to the network without TLS"},
	{"address = \"1127.0.0.1:2375\";", "open to the network without TLS"},
	{"address = \"localhost.example:2375\";", "open to the network without TLS"},
	{"address = \"0.0.0.0:2375\"; insecure = false;", "open to the network without TLS"},
	{"address = \"*:2376\"; tls = { };", "tls needs a directory"},
	{"address = \"*:2376\"; tls = { certificate = \"/c\"; key = \"/k\"; };",
     "tls needs a directory"},
	{"address = \"*:2376\"; tls = true;", "tls must be a group"},
	{"name = \"first\"; socket = \"/s\";", "another listener is called 'first' already"},
	{"socket = \"/f\";", "the listener 'first' of line 2 has /f already"},
	{"socket = \"/" FIFTY FIFTY "1234567\";", "socket must be at most 107 bytes"},
	{"address = \"127.0.0.1\";", "127.0.0.1: not an address and port, such as"},
	{"address = \"127.0.0.1:65536\";", "127.0.0.1:65536: not an address and port"},
	{"address = \"127.0.0.300:1\";", "127.0.0.300:1: the host must be a numeric address"},
};

static void assert_mistake(const char *text, const char *line, const char *told)
{
	struct problems *problems = load_badly(text);
	char place[128];

	snprintf(place, sizeof place, "%s:%s: ", path, line);
	if (strncmp(problems_text(problems, 0), place, strlen(place)) != 0 ||
	    strstr(problems_text(problems, 0), told) == NULL)
		fail_msg("%s\ntold %s", text, problems_text(problems, 0));
	problems_free(problems);
}

static void test_mistakes_about_the_daemon_and_listeners(void **state)
{
	char text[1024];

	(void)state;
	for (size_t i = 0; i < sizeof upstream_mistakes / sizeof upstream_mistakes[0]; i++) {
		snprintf(text, sizeof text, LISTENERS "upstream = {\n\n%s\n\n};\n",
		         upstream_mistakes[i].text);
		/* What is about the whole group is told with the group's line. */
		assert_mistake(text,
		               strstr(upstream_mistakes[i].told, "needs a socket") != NULL ? "2" : "4",
		               upstream_mistakes[i].told);
	}
	for (size_t i = 0; i < sizeof api_mistakes / sizeof api_mistakes[0]; i++) {
		snprintf(text, sizeof text, UPSTREAM LISTENERS "api = { %s };\n", api_mistakes[i].text);
		assert_mistake(text, "3", api_mistakes[i].told);
	}
	for (size_t i = 0; i < sizeof listener_mistakes / sizeof listener_mistakes[0]; i++) {
		snprintf(text, sizeof text,
		         UPSTREAM "listeners = ( { name = \"first\"; socket = \"/f\"; },\n{ %s } );\n",
		         listener_mistakes[i].text);
		assert_mistake(text, "3", listener_mistakes[i].told);
	}
}

/* Where there is no line to name, the file is. */
static void test_what_is_missing(void **state)
{
	static const struct mistake rows[] = {
		{UPSTREAM, "listeners must be a list"},
		{UPSTREAM "listeners = ();\n", "listeners must be a list"},
		{UPSTREAM "listeners = { socket = \"/s\"; };\n", "listeners must be a list"},
		{UPSTREAM "listeners = ( \"/s\" );\n", "a listener must be a group"},
		{LISTENERS, "upstream needs a socket or an address"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct problems *problems = load_badly(rows[i].text);

		if (strncmp(problems_text(problems, 0), path, strlen(path)) != 0 ||
		    strstr(problems_text(problems, 0), rows[i].told) == NULL)
			fail_msg("%s told %s", rows[i].text, problems_text(problems, 0));
		problems_free(problems);
	}
}

static void test_all_mistakes_at_once(void **state)
{
	struct problems *problems =
		load_badly("upstream = { };\nlisteners = ( { }, { socket = \"s\"; mode = \"9\"; } );\n"
	               "workers = 0;\nlimits = { headers = 0; };\naudit = { x = 1; };\n"
	               "policies = { p = { extends = \"q\"; }; };\n");

	(void)state;
	assert_true(problems_count(problems) >= 8);
	problems_free(problems);
}

/* Two listeners of one configuration, and whether both can be open. */
static void test_listeners_that_clash(void **state)
{
	static const struct {
		const char *one, *other;
		bool clash;
	} rows[] = {
		{"127.0.0.1:1", "127.0.0.1:1", true},  {"127.0.0.1:1", "127.0.0.1:2", false},
		{"0.0.0.0:1", "127.0.0.1:1", true},    {"127.0.0.1:1", "*:1", true},
		{"[::1]:1", "[::]:1", true},           {":1", "192.0.2.1:1", true},
		{"0.0.0.0:1", "[::1]:1", false},       {"0.0.0.0:1", "[::]:1", true},
		{"localhost:1", "127.0.0.1:1", true},  {"[::1]:1", "localhost:1", true},
		{"127.0.0.2:1", "localhost:1", false}, {"127.0.0.1:0", "127.0.0.1:0", false},
		{"0.0.0.0:1", "localhost:1", true},    {"127.0.0.1:1", "[::1]:1", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char text[512];

		snprintf(text, sizeof text,
		         UPSTREAM "listeners = ( { name = \"a\"; address = \"%s\"; insecure = true; },\n"
		                  "{ name = \"b\"; address = \"%s\"; insecure = true; } );\n",
		         rows[i].one, rows[i].other);
		if (rows[i].clash)
			assert_mistake(text, "3", "the listener 'a' of line 2 has ");
		else
			config_release(load_fine(text));
	}
}

static void assert_remarks(const char *text, size_t count, const char *first)
{
	struct config *config = load_fine(text);
	struct problems *remarks = problems_new();

	config_remarks(config, remarks);
	assert_int_equal(problems_count(remarks), count);
	if (count > 0 && strstr(problems_text(remarks, 0), first) == NULL)
		fail_msg("%s\nis remarked on by %s", text, problems_text(remarks, 0));
	problems_free(remarks);
	config_release(config);
}

/* What is no mistake, and yet told. */
static void test_remarks(void **state)
{
	static const char clients[] = "clients = ( { policy = \"ci\"; } );\n";
	char text[512];

	(void)state;
	assert_remarks(UPSTREAM LISTENERS, 1, "quaymaster.conf: there are no client rules");
	assert_remarks(UPSTREAM LISTENERS "clients = ( );\n", 1, "no client rules");
	snprintf(text, sizeof text,
	         UPSTREAM "listeners = ( { socket = \"/s\"; },\n"
	                  "{ address = \"*:1\"; insecure = true; } );\n%s",
	         clients);
	assert_remarks(text, 1, "quaymaster.conf:3: INSECURE: *:1 is plain TCP");
	snprintf(text, sizeof text,
	         UPSTREAM "listeners = ( { address = \"127.0.0.1:1\"; }, { systemd = \"x\"; }, "
	                  "{ address = \"*:2\"; tls = { directory = \"/certs\"; }; } );\n%s",
	         clients);
	assert_remarks(text, 0, NULL);
}

/* --- who could pass by ------------------------------------------------------------------------- */

static void bind_daemon_socket(gid_t group, mode_t mode)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	unlink(daemon_socket);
	memcpy(address.sun_path, daemon_socket, strlen(daemon_socket) + 1);
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
	assert_int_equal(chown(daemon_socket, (uid_t)-1, group), 0);
	assert_int_equal(chmod(daemon_socket, mode), 0);
	close(fd);
}

static void test_a_group_that_could_open_the_daemons_socket(void **state)
{
	gid_t group = getuid() == 0 ? 4321 : getgid();
	struct problems *problems;
	char text[512];

	(void)state;
	snprintf(text, sizeof text,
	         "upstream = { socket = \"%s\"; };\nlisteners = (\n"
	         "{ socket = \"/s\"; group = \"%u\"; } );\n",
	         daemon_socket, (unsigned)group);
	bind_daemon_socket(group, 0660);
	problems = load_badly(text);
	assert_non_null(strstr(problems_text(problems, 0), ":3: "));
	assert_non_null(strstr(problems_text(problems, 0), "can open"));
	problems_free(problems);
	bind_daemon_socket(group, 0600); /* which its group cannot */
	config_release(load_fine(text));
	unlink(daemon_socket); /* nobody knows yet */
	config_release(load_fine(text));
}

/* --- files ------------------------------------------------------------------------------------- */

static void test_included_files(void **state)
{
	struct problems *problems;
	struct config *config;

	(void)state;
	write_file(included, "workers = 7;\n");
	config = load_fine(UPSTREAM LISTENERS "@include \"more.conf\"\n");
	assert_int_equal(config->workers, 7);
	config_release(config);

	write_file(included, "\nworkers = 0;\n");
	problems = load_badly(UPSTREAM LISTENERS "@include \"more.conf\"\n");
	assert_non_null(strstr(problems_text(problems, 0), "more.conf:2: workers"));
	problems_free(problems);

	write_file(included, "\nworkers = 99999999999;\n"); /* scanned as the first file is */
	problems = load_badly(UPSTREAM LISTENERS "@include \"more.conf\"\n");
	assert_non_null(strstr(problems_text(problems, 0), "more.conf:2: "));
	problems_free(problems);

	write_file(included, "\nworkers = = 1;\n");
	problems = load_badly(UPSTREAM LISTENERS "@include \"more.conf\"\n");
	assert_non_null(strstr(problems_text(problems, 0), "more.conf:2: syntax error"));
	problems_free(problems);

	write_file(included, "@include \"more.conf\"\n"); /* itself */
	problems = load_badly(UPSTREAM LISTENERS "@include \"more.conf\"\n");
	assert_non_null(strstr(problems_text(problems, 0), "too deep"));
	problems_free(problems);

	problems = load_badly(UPSTREAM LISTENERS "\n @include \"less.conf\"\n");
	assert_non_null(strstr(problems_text(problems, 0), "quaymaster.conf:4: cannot read"));
	problems_free(problems);
}

static void test_files_that_cannot_be_read(void **state)
{
	struct problems *problems = problems_new();
	FILE *stream;

	(void)state;
	assert_null(config_load("/nowhere/quaymaster.conf", problems));
	assert_non_null(strstr(problems_text(problems, 0), "/nowhere/quaymaster.conf"));
	problems_free(problems);

	problems = problems_new();
	assert_null(config_load(directory, problems));
	problems_free(problems);

	stream = fopen(path, "w");
	assert_int_equal(fwrite("workers = 1;\0\n", 1, 14, stream), 14);
	fclose(stream);
	problems = problems_new();
	assert_null(config_load(path, problems));
	assert_non_null(strstr(problems_text(problems, 0), "NUL byte"));
	problems_free(problems);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_every_key),
		cmocka_unit_test(test_a_floor_may_follow_the_daemon),
		cmocka_unit_test(test_a_snapshot_lives_while_it_is_held),
		cmocka_unit_test(test_mistakes_with_their_line),
		cmocka_unit_test(test_mistakes_about_the_daemon_and_listeners),
		cmocka_unit_test(test_what_is_missing),
		cmocka_unit_test(test_all_mistakes_at_once),
		cmocka_unit_test(test_listeners_that_clash),
		cmocka_unit_test(test_remarks),
		cmocka_unit_test(test_a_group_that_could_open_the_daemons_socket),
		cmocka_unit_test(test_included_files),
		cmocka_unit_test(test_files_that_cannot_be_read),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
