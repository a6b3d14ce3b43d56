/* Owns the command line of `quaymaster certs`. What it does is in issue.c and check.c. */
#define _GNU_SOURCE
#include "certs/cmd_certs.h"

#include "certs/check.h"
#include "certs/issue.h"
#include "certs/layout.h"
#include "certs/revoke.h"
#include "policy/error.h"

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EXIT_MISUSED = 2 };

struct options {
	const char *directory, *names, *common_name, *output;
	enum key_kind kind;
	bool publish, help;
	char **words; /* behind the command's own, ended by NULL */
};

static const char help[] =
	"Usage: quaymaster certs init|server|client|show [OPTION]...\n"
	"       quaymaster certs revoke [--directory DIR] CERTIFICATE|SERIAL...\n"
	"Certificates for mutual TLS, in the layout of docker:dind's DOCKER_TLS_CERTDIR.\n"
	"\n"
	"  init     make the authority, the server's and the client's certificate; keys\n"
	"           that exist are kept, certificates are signed afresh\n"
	"  server   sign the server's certificate afresh, for this machine's names\n"
	"  client   sign the client's certificate afresh, or with --common-name and\n"
	"           --output a further client's\n"
	"  revoke   put certificates on server/crl.pem, each by its file or its serial\n"
	"           number; a running quaymaster cuts who has one, by itself\n"
	"  show     tell about every certificate; exit code 1 when one is missing,\n"
	"           expired or does not verify\n"
	"\n"
	"  -d, --directory=DIR     where the layout is (default: $DOCKER_TLS_CERTDIR)\n"
	"  -k, --key=KIND          of new keys: p256 (default), rsa2048 or rsa4096\n"
	"  -s, --san=NAMES         further names, as IP:10.0.0.1,DNS:build: the server's\n"
	"                          (default: $DOCKER_TLS_SAN), or, with --output, the client's,\n"
	"                          where URI:spiffe://ci.example/job is useful too\n"
	"  -n, --common-name=NAME  of a further client\n"
	"  -o, --output=DIR        where a further client's ca.pem, cert.pem and key.pem go;\n"
	"                          point DOCKER_CERT_PATH there\n"
	"  -p, --publish           with init: put client/ca.pem in place too, which\n"
	"                          'quaymaster run' does when its listener is up\n"
	"  -h, --help              show this\n"
	"\n"
	"Where server/{ca,cert,key}.pem are there and ca/key.pem is not, the authority is\n"
	"yours: nothing is written, and the server's certificate is verified.\n";

/* getopt has told what is wrong, or misused() has. */
static int point_to_help(void)
{
	(void)fputs("Try 'quaymaster certs --help'.\n", stderr);
	return EXIT_MISUSED;
}

static int misused(const char *complaint, const char *what)
{
	(void)fprintf(stderr, "quaymaster certs: %s%s\n", complaint, what);
	return point_to_help();
}

static int failed(const struct error *error)
{
	(void)fprintf(stderr, "quaymaster certs: %s\n", error->text);
	return EXIT_FAILURE;
}

/* Environment variables that are set to nothing count as unset, as docker's entry points read them. */
static const char *from_environment(const char *name)
{
	const char *value = getenv(name); /* NOLINT(concurrency-mt-unsafe): one thread */

	return value != NULL && *value != '\0' ? value : NULL;
}

static int publish(const struct options *options)
{
	struct error error = {""};

	if (!layout_publish(options->directory, &error))
		return failed(&error);
	(void)printf("%s/client/ca.pem: in place; clients that start now use TLS\n",
	             options->directory);
	return EXIT_SUCCESS;
}

static int issue(const struct options *options, unsigned parts)
{
	const struct issue_request request = {.directory = options->directory,
	                                      .parts = parts,
	                                      .kind = options->kind,
	                                      .names = options->names != NULL
	                                                   ? options->names
	                                                   : from_environment("DOCKER_TLS_SAN")};
	struct error error = {""};

	switch (issue_layout(&request, &error)) {
	case ISSUE_FAILED:
		return failed(&error);
	case ISSUE_USER_MANAGED:
		(void)printf("%s: the authority is yours; nothing written, server/cert.pem verifies\n",
		             options->directory);
		return EXIT_SUCCESS;
	case ISSUE_DONE:
		break;
	}
	if ((parts & ISSUE_AUTHORITY) != 0)
		(void)printf("%s/ca: ready\n", options->directory);
	if ((parts & ISSUE_SERVER) != 0)
		(void)printf("%s/server/cert.pem: signed\n", options->directory);
	if ((parts & ISSUE_CLIENT) != 0)
		(void)printf("%s/client/cert.pem: signed\n", options->directory);
	return options->publish ? publish(options) : EXIT_SUCCESS;
}

static int command_init(const struct options *options)
{
	return issue(options, ISSUE_AUTHORITY | ISSUE_SERVER | ISSUE_CLIENT);
}

static int command_server(const struct options *options)
{
	return issue(options, ISSUE_SERVER);
}

static int command_client(const struct options *options)
{
	const struct issue_client client = {.directory = options->directory,
	                                    .output = options->output,
	                                    .common_name = options->common_name,
	                                    .names = options->names,
	                                    .kind = options->kind};
	struct error error = {""};

	if ((client.output == NULL) != (client.common_name == NULL))
		return misused("a further client needs both --common-name and --output", "");
	if (client.output == NULL)
		return issue(options, ISSUE_CLIENT);
	if (!issue_client(&client, &error))
		return failed(&error);
	(void)printf("%s/cert.pem: signed for %s\n", client.output, client.common_name);
	return EXIT_SUCCESS;
}

static int command_show(const struct options *options)
{
	struct layout layout;
	struct error error = {""};
	bool good = false;

	if (layout_open(&layout, options->directory, &error))
		good = check_show(&layout, stdout);
	else
		(void)failed(&error);
	layout_close(&layout);
	return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int command_revoke(const struct options *options)
{
	struct error error = {""};
	int status = EXIT_SUCCESS;

	if (options->words[0] == NULL)
		return misused("say which: a certificate's file or a serial number", "");
	for (char *const *word = options->words; *word != NULL; word++) {
		switch (revoke_one(options->directory, *word, &error)) {
		case REVOKE_FAILED:
			status = failed(&error);
			break;
		case REVOKE_DONE:
			(void)printf("%s: revoked\n", *word);
			break;
		case REVOKE_WAS_REVOKED:
			(void)printf("%s: was revoked already\n", *word);
			break;
		}
	}
	return status;
}

static bool read_kind(const char *text, enum key_kind *kind)
{
	if (key_kind_from_text(text, kind))
		return true;
	(void)fprintf(stderr, "quaymaster certs: --key '%s': expected p256, rsa2048 or rsa4096\n",
	              text);
	return false;
}

/* False when the command line is wrong, having said why. */
static bool read_options(int argc, char **argv, struct options *options)
{
	static const struct option known[] = {{"directory", required_argument, NULL, 'd'},
	                                      {"key", required_argument, NULL, 'k'},
	                                      {"san", required_argument, NULL, 's'},
	                                      {"common-name", required_argument, NULL, 'n'},
	                                      {"output", required_argument, NULL, 'o'},
	                                      {"publish", no_argument, NULL, 'p'},
	                                      {"help", no_argument, NULL, 'h'},
	                                      {NULL, 0, NULL, 0}};
	int letter;

	optind = 0; /* glibc: begin anew, whoever called getopt before */
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): one thread */
	while ((letter = getopt_long(argc, argv, "d:k:s:n:o:ph", known, NULL)) != -1) {
		if (letter == 'd')
			options->directory = optarg;
		else if (letter == 's')
			options->names = optarg;
		else if (letter == 'n')
			options->common_name = optarg;
		else if (letter == 'o')
			options->output = optarg;
		else if (letter == 'p')
			options->publish = true;
		else if (letter == 'h')
			options->help = true;
		else if (letter != 'k' || !read_kind(optarg, &options->kind))
			return false;
	}
	return true;
}

typedef int command_fn(const struct options *options);

static command_fn *find_command(const char *name)
{
	static const struct {
		const char *name;
		command_fn *run;
	} commands[] = {{"init", command_init},
	                {"server", command_server},
	                {"client", command_client},
	                {"revoke", command_revoke},
	                {"show", command_show}};

	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
		if (strcmp(name, commands[i].name) == 0)
			return commands[i].run;
	}
	return NULL;
}

int cmd_certs(int argc, char **argv)
{
	command_fn *command;
	struct options options = {.directory = from_environment("DOCKER_TLS_CERTDIR"),
	                          .kind = KEY_P256};

	if (!read_options(argc, argv, &options))
		return point_to_help();
	if (options.help) {
		(void)fputs(help, stdout);
		return EXIT_SUCCESS;
	}
	if (optind >= argc)
		return misused("say init, server, client, revoke or show", "");
	command = find_command(argv[optind]);
	if (command == NULL)
		return misused("expected init, server, client, revoke or show, not ", argv[optind]);
	options.words = argv + optind + 1;
	if (command != command_revoke && optind + 1 < argc)
		return misused("one word too many: ", argv[optind + 1]);
	if (options.directory == NULL)
		return misused("no directory: use --directory or set DOCKER_TLS_CERTDIR", "");
	if (options.publish && strcmp(argv[optind], "init") != 0)
		return misused("--publish belongs to init", "");
	return command(&options);
}
