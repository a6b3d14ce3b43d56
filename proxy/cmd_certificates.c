/* Owns which of the configured certificate directories quaymaster writes to, and when. */
#include "proxy/cmd_certificates.h"

#include "certs/issue.h"
#include "certs/layout.h"
#include "certs/renew.h"
#include "policy/error.h"
#include "proxy/config.h"
#include "proxy/log.h"

#include <stdlib.h>
#include <unistd.h>

static const char *further_names(void)
{
	const char *names = getenv("DOCKER_TLS_SAN"); /* NOLINT(concurrency-mt-unsafe): one thread */

	return names != NULL && *names != '\0' ? names : NULL;
}

bool certificates_make(const struct config *config, bool afresh)
{
	struct error error = {0};

	for (size_t i = 0; i < config->listener_count; i++) {
		const struct listener_config *listener = &config->listeners[i];
		const struct issue_request request = {
			.directory = listener->tls_directory,
			.parts = ISSUE_AUTHORITY | ISSUE_SERVER | ISSUE_CLIENT,
			.kind = KEY_P256,
			.names = further_names(),
		};

		if (listener->tls_init && (afresh || access(listener->tls_files.certificate, F_OK) != 0) &&
		    issue_layout(&request, &error) == ISSUE_FAILED) {
			log_line(LOG_ERROR, "listener '%s': %s", listener->spec.name, error.text);
			return false;
		}
	}
	return true;
}

void certificates_renew(const struct config *config)
{
	struct error error = {0};

	for (size_t i = 0; i < config->listener_count; i++) {
		const char *directory = config->listeners[i].tls_directory;
		enum renew_result result =
			directory != NULL ? renew_when_due(directory, further_names(), &error) : RENEW_NOT_DUE;

		if (result == RENEW_FAILED)
			log_line(LOG_WARNING, "certificates in %s end soon, and cannot be renewed: %s",
			         directory, error.text);
		else if (result == RENEW_DONE)
			log_line(LOG_INFO, "certificates in %s would have ended soon: signed afresh",
			         directory);
	}
}

void certificates_publish(const struct config *config)
{
	struct error error = {0};

	for (size_t i = 0; i < config->listener_count; i++) {
		const char *directory = config->listeners[i].tls_directory;

		if (directory != NULL && !layout_publish(directory, &error))
			log_line(LOG_WARNING, "listener '%s': %s", config->listeners[i].spec.name, error.text);
	}
}
