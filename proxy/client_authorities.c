/* Holds client rules against the authorities of the listeners that they are for. */
#include "proxy/client_authorities.h"

#include "policy/error.h"
#include "policy/load.h"
#include "policy/problems.h"
#include "policy/text.h"
#include "proxy/config.h"
#include "proxy/tls_authorities.h"

#include <stdbool.h>

static bool is_known(const struct tls_authorities *authorities, const char *issuer)
{
	const char *name;

	for (size_t i = 0; (name = tls_authorities_name(authorities, i)) != NULL; i++) {
		if (text_matches(issuer, name))
			return true;
	}
	return false;
}

void client_authorities_judge(const struct config *config, const struct listener_config *listener,
                              const struct tls_authorities *authorities, struct problems *problems)
{
	const size_t roots = tls_authorities_roots(authorities);
	const char *listener_name = listener->spec.name;
	struct subject_rule rule;

	if (roots < 2)
		return;
	for (size_t next = 0; policy_set_subject_rule(config->policies, listener_name, &next, &rule);) {
		if (rule.issuer == NULL)
			problems_add(
				problems, rule.place,
				"listener '%s' trusts %zu certificate authorities (%s), and each of them can give "
				"this subject to anybody: add the one that is meant to `certificate`, in full, as "
				"issuer = \"%s\", or the key by spki_sha256; or leave the listener one authority",
				listener_name, roots, listener->tls_files.ca, tls_authorities_name(authorities, 0));
		else if (!is_known(authorities, rule.issuer))
			problems_add(
				problems, rule.place,
				"listener '%s' trusts %zu certificate authorities, and no certificate in %s "
				"is called '%s': any of them could make an intermediate of that name; put "
				"the one that is meant into that file",
				listener_name, roots, listener->tls_files.ca, rule.issuer);
	}
}

void client_authorities_judge_files(const struct config *config, struct problems *problems)
{
	for (size_t i = 0; i < config->listener_count; i++) {
		const struct listener_config *listener = &config->listeners[i];
		struct error error;
		struct tls_authorities *authorities =
			listener->tls ? tls_authorities_read(listener->tls_files.ca, &error) : NULL;

		if (authorities != NULL)
			client_authorities_judge(config, listener, authorities, problems);
		tls_authorities_free(authorities);
	}
}
