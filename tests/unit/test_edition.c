/* Which TLS contexts an edition takes over from the one before, and which it makes anew. */
#include "proxy/edition.h"

#include "policy/error.h"
#include "policy/peer_container.h"
#include "policy/problems.h"
#include "policy/seal.h"
#include "proxy/config.h"
#include "proxy/log.h"
#include "tests/unit/pki.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static struct world {
	char *directory;
	struct pki_entity root, server, client;
	const char *certificate, *key, *ca, *crl;
} world;

static void write_list(const X509 *revoked)
{
	X509_CRL *list = pki_revoke(&world.root, revoked, 3600, "sha256");

	pki_write_lists(world.crl, &list, 1);
	X509_CRL_free(list);
}

static void write_text(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static int make_world(void **state)
{
	struct pki_spec server = {.common_name = "server", .usage = "serverAuth"};

	(void)state;
	log_set_level(LOG_ERROR);
	world.directory = pki_directory();
	world.root = pki_issue(NULL, &pki_authority);
	world.server = pki_issue(&world.root, &server);
	world.client = pki_issue(&world.root, &pki_client);
	world.certificate = pki_path(world.directory, "cert.pem");
	world.key = pki_path(world.directory, "key.pem");
	world.ca = pki_path(world.directory, "ca.pem");
	world.crl = pki_path(world.directory, "list.pem");
	pki_write_certificates(world.certificate, &world.server.certificate, 1);
	pki_write_key(world.key, world.server.key);
	pki_write_certificates(world.ca, &world.root.certificate, 1);
	return 0;
}

static int free_world(void **state)
{
	(void)state;
	pki_free(&world.root);
	pki_free(&world.server);
	pki_free(&world.client);
	pki_directory_free(world.directory);
	return 0;
}

/* Two listeners with TLS, ADDRESS and another, and a plain one; the second has revocation lists. */
static struct config *load(const char *address)
{
	struct problems *problems = problems_new();
	struct config *config;
	char text[4096];

	snprintf(
		text, sizeof text,
		"upstream = { socket = \"/d.sock\"; };\nclients = ( { policy = \"ci\"; } );\n"
		"listeners = ( { name = \"a\"; address = \"%s\"; tls = { certificate = \"%s\"; key = \"%s\";"
		" client_ca = \"%s\"; }; }, { name = \"b\"; address = \"127.0.0.1:2\"; tls = { certificate ="
		" \"%s\"; key = \"%s\"; client_ca = \"%s\"; crl = \"%s\"; }; }, { socket = \"/x.sock\"; } );",
		address, world.certificate, world.key, world.ca, world.certificate, world.key, world.ca,
		world.crl);
	config = config_load_text("settings", text, problems);
	if (config == NULL)
		fail_msg("%s", problems_text(problems, 0));
	problems_free(problems);
	return config;
}

static struct edition *make(const char *address, const struct edition *before, struct error *error)
{
	struct config *config = load(address);
	struct edition *edition = edition_new(config, before, error);

	config_release(config);
	return edition;
}

static void contexts_of_files_that_are_the_same_are_kept(void **state)
{
	struct error error = {0};
	struct edition *first, *second, *third;

	(void)state;
	write_list(NULL);
	first = make("127.0.0.1:1", NULL, &error);
	assert_non_null(first);
	second = make("127.0.0.1:1", first, &error);
	assert_int_not_equal(second->serial, first->serial);
	assert_ptr_equal(second->listeners[0].tls, first->listeners[0].tls);
	assert_ptr_equal(second->listeners[1].tls, first->listeners[1].tls);
	assert_null(second->listeners[2].tls);
	write_list(world.client.certificate);
	third = make("127.0.0.1:3", second,
	             &error); /* the first listener is another, as far as anyone knows */
	assert_ptr_not_equal(third->listeners[0].tls, first->listeners[0].tls);
	assert_ptr_not_equal(third->listeners[1].tls, first->listeners[1].tls);
	edition_release(first);
	edition_release(second);
	edition_release(third);
}

static void files_that_cannot_be_used_are_no_edition(void **state)
{
	struct error error = {0};
	struct edition *first;

	(void)state;
	write_list(NULL);
	first = make("127.0.0.1:1", NULL, &error);
	write_text(world.crl, "nothing\n");
	assert_null(make("127.0.0.1:1", first, &error));
	assert_non_null(strstr(error.text, "listener 'b': "));
	assert_non_null(strstr(error.text, world.crl));
	edition_release(first);
}

static void renewal_takes_what_is_good_and_complains_once(void **state)
{
	unsigned long long refused[3] = {0};
	struct error error = {0};
	struct edition *first, *second;

	(void)state;
	write_list(NULL);
	first = make("127.0.0.1:1", NULL, &error);
	assert_null(edition_renew(first, refused));
	write_text(world.crl, "nothing\n");
	assert_null(edition_renew(first, refused));
	assert_int_not_equal(refused[1], 0);
	assert_null(edition_renew(first, refused));
	assert_null(make("127.0.0.1:1", first, &error)); /* the old one is not taken for these files */
	write_list(world.client.certificate);
	second = edition_renew(first, refused);
	assert_non_null(second);
	assert_int_equal(refused[1], 0);
	assert_ptr_equal(second->config, first->config);
	assert_ptr_equal(second->listeners[0].tls, first->listeners[0].tls);
	assert_ptr_not_equal(second->listeners[1].tls, first->listeners[1].tls);
	edition_release(first);
	assert_null(edition_renew(second, refused));
	edition_release(second);
}

static void listeners_are_found_by_where_they_are(void **state)
{
	struct listener_config address = {.spec = {.name = "b", .address = "127.0.0.1:1"}};
	struct listener_config socket = {.spec = {.socket = "/x.sock"}},
						   gone = {.spec = {.socket = "/y"}};
	struct error error = {0};
	struct edition *edition;

	(void)state;
	write_list(NULL);
	edition = make("127.0.0.1:1", NULL, &error);
	assert_ptr_equal(edition_find(edition, &address), &edition->listeners[0]);
	assert_ptr_equal(edition_find(edition, &socket), &edition->listeners[2]);
	assert_null(edition_find(edition, &gone));
	edition_release(edition);
	edition_release(NULL);
}

static struct edition *make_with_tenants(const char *state, const struct edition *before,
                                         struct error *error)
{
	struct problems *problems = problems_new();
	struct config *config;
	struct edition *edition;
	char text[1024];

	snprintf(text, sizeof text,
	         "upstream = { socket = \"/d.sock\"; }; state = \"%s\";\n"
	         "listeners = ( { socket = \"/x.sock\"; } );\n"
	         "clients = ( { policy = \"ci\"; tenant = \"a\"; } );",
	         state);
	config = config_load_text("settings", text, problems);
	assert_non_null(config);
	edition = edition_new(config, before, error);
	config_release(config);
	problems_free(problems);
	return edition;
}

/* All that tenants have would be lost to them. */
static void no_reload_takes_another_key_of_tenants(void **state)
{
	const char *path = pki_path(world.directory, "tenancy.key");
	struct error error = {0};
	struct edition *first = make_with_tenants(world.directory, NULL, &error), *second;

	(void)state;
	assert_non_null(first);
	second = make_with_tenants(world.directory, first, &error);
	assert_non_null(second);
	edition_release(second);
	write_text(path, "another secret of more than thirty-two bytes");
	assert_null(make_with_tenants(world.directory, first, &error));
	assert_non_null(strstr(error.text, "needs a restart"));
	assert_int_equal(remove(path), 0);
	assert_null(make_with_tenants(world.directory, first, &error));
	assert_int_equal(access(path, F_OK), -1);
	edition_release(first);
}

static void copy_file(const char *from, const char *to)
{
	char bytes[256];
	FILE *file = fopen(from, "r");
	size_t len;

	assert_non_null(file);
	len = fread(bytes, 1, sizeof bytes, file);
	fclose(file);
	file = fopen(to, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, len, file), len);
	fclose(file);
	assert_int_equal(chmod(to, 0600), 0);
}

/* Another directory may have the same key, or is refused; none is made in it. */
static void another_state_has_to_have_the_same_key(void **state)
{
	const char *other = pki_path(world.directory, "other"),
			   *old = pki_path(world.directory, "tenancy.key"),
			   *key = pki_path(world.directory, "other/tenancy.key");
	struct error error = {0};
	struct edition *first = make_with_tenants(world.directory, NULL, &error), *second;

	(void)state;
	assert_non_null(first);
	assert_int_equal(mkdir(other, 0700), 0);
	assert_null(make_with_tenants(other, first, &error));
	assert_non_null(strstr(error.text, key));
	assert_int_equal(access(key, F_OK), -1);
	write_text(key, "another secret of more than thirty-two bytes");
	assert_int_equal(chmod(key, 0600), 0);
	assert_null(make_with_tenants(other, first, &error));
	assert_non_null(strstr(error.text, "needs a restart"));
	copy_file(old, key);
	second = make_with_tenants(other, first, &error);
	assert_non_null(second);
	assert_memory_equal(second->key, first->key, sizeof *first->key);
	edition_release(second);
	edition_release(first);
	assert_int_equal(remove(key) | remove(other) | remove(old), 0);
}

/* Which labels tell who asks, and since when: from the start, or from the reload that first asked. */
static struct edition *ask_for(const char *labels, const struct edition *before)
{
	struct problems *problems = problems_new();
	struct error error = {0};
	struct config *config;
	struct edition *edition;
	char text[512];

	snprintf(text, sizeof text,
	         "upstream = { socket = \"/d.sock\"; }; listeners = ( { socket = \"/x.sock\"; } );\n"
	         "clients = ( { container_label = [ %s ]; policy = \"ci\"; } );",
	         labels);
	config = config_load_text("settings", text, problems);
	if (config == NULL)
		fail_msg("%s", problems_text(problems, 0));
	edition = edition_new(config, before, &error);
	assert_non_null(edition);
	config_release(config);
	problems_free(problems);
	return edition;
}

static void labels_are_known_by_when_they_were_first_asked_for(void **state)
{
	struct edition *first = ask_for("\"b=1\"", NULL), *second = ask_for("\"a=1\", \"b=1\"", first);
	struct edition *third = ask_for("\"a=1\"", second),
				   *fourth = ask_for("\"a=1\", \"b=1\"", third);

	(void)state;
	assert_string_equal(first->since[0].text, "");
	assert_int_equal(strlen(second->since[0].text), LABEL_TIME_LENGTH);
	assert_int_equal(second->since[0].text[10], 'T');
	assert_string_equal(second->since[1].text, "");
	assert_string_equal(third->since[0].text, second->since[0].text);
	assert_string_equal(fourth->since[0].text, second->since[0].text);
	assert_int_equal(strlen(fourth->since[1].text), LABEL_TIME_LENGTH);
	edition_release(first);
	edition_release(second);
	edition_release(third);
	edition_release(fourth);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(labels_are_known_by_when_they_were_first_asked_for),
		cmocka_unit_test(contexts_of_files_that_are_the_same_are_kept),
		cmocka_unit_test(files_that_cannot_be_used_are_no_edition),
		cmocka_unit_test(renewal_takes_what_is_good_and_complains_once),
		cmocka_unit_test(listeners_are_found_by_where_they_are),
		cmocka_unit_test(no_reload_takes_another_key_of_tenants),
		cmocka_unit_test(another_state_has_to_have_the_same_key),
	};

	return cmocka_run_group_tests(tests, make_world, free_world);
}
