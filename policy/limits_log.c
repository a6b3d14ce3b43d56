/* What a container may leave behind on the host: its log, and its restarts.
 *
 * Without a word from anyone dockerd writes json-file logs that grow without end, and which driver it
 * uses is in its own configuration: where a log is limited, the driver is written out, too. Sizes
 * are read with units of 1024, dockerd's being of 1000: never less than what it reads. */
#include "policy/limits_parts.h"

#include "policy/text.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

struct log_option {
	const char *name; /* of LogConfig.Config */
	struct told told;
	size_t offset;
	bool written; /* where a request says nothing; dockerd keeps the others small */
};

static const struct log_option log_options[] = {
	{"max-size",
     {"container.limits.log.size", "LogConfig.Config max-size", TOLD_SIZE},
     offsetof(struct limit_rules, log_size),
     true},
	{"max-file",
     {"container.limits.log.files", "LogConfig.Config max-file", TOLD_NUMBER},
     offsetof(struct limit_rules, log_files),
     true},
	{"max-buffer-size",
     {"container.limits.log.buffer", "LogConfig.Config max-buffer-size", TOLD_SIZE},
     offsetof(struct limit_rules, log_buffer),
     false},
};

static bool is_limited(const struct limit *limit)
{
	return limit->capped || limit->defaulted;
}

/* A size or a number in digits; dockerd takes floating point as well, which is not worth a second
 * reading. 0 is no limit to some drivers. */
static bool read_value(const char *text, long long *value)
{
	if (strcmp(text, "-1") == 0) {
		*value = -1;
		return true;
	}
	return text_to_size(text, value) && *value > 0;
}

static bool put_option(const struct fitting *f, json_t *config, const char *name, long long value)
{
	char digits[LIMIT_TEXT_SIZE];

	snprintf(digits, sizeof digits, "%lld", value);
	return f->out == NULL || fitting_put(f, config, name, json_string(digits));
}

static bool fit_option(const struct fitting *f, const struct log_option *option, json_t *config)
{
	const struct limit *limit = limit_at(f->rules, option->offset);
	const char *asked = json_string_value(json_object_get(config, option->name));
	long long value;

	if (!is_limited(limit))
		return true;
	if (asked == NULL || *asked == '\0')
		return !option->written || !limit_default(limit, -1, &value) ||
		       put_option(f, config, option->name, value);
	if (!limit->capped)
		return true;
	if (!read_value(asked, &value))
		return fitting_objects(f, limit->place, option->told.rule, NULL,
		                       "HostConfig.%s is not digits with k, m or g behind them",
		                       option->told.property);
	return !limit_exceeded(limit, value) || (fitting_clamps(f, limit, &option->told, value) &&
	                                         put_option(f, config, option->name, limit->max));
}

static bool fit_options(const struct fitting *f, json_t *config)
{
	for (size_t i = 0; i < sizeof log_options / sizeof log_options[0]; i++) {
		if (!fit_option(f, &log_options[i], config))
			return false;
	}
	return true;
}

static bool write_log(const struct fitting *f, const char *driver)
{
	json_t *log = fitting_make_object(f->out, "LogConfig");
	json_t *config = log != NULL ? fitting_make_object(log, "Config") : NULL;

	return config != NULL && fitting_put(f, log, "Type", json_string(driver)) &&
	       fit_options(f, config);
}

bool fit_log(const struct fitting *f)
{
	const struct limit_rules *rules = f->rules;
	json_t *log = json_object_get(f->resources, "LogConfig");
	const char *type = json_string_value(json_object_get(log, "Type"));
	const char *usual = rules->log_driver != NULL ? rules->log_driver : "json-file";
	bool limited = is_limited(&rules->log_size) || is_limited(&rules->log_files) ||
	               is_limited(&rules->log_buffer);
	const char *driver = type != NULL && *type != '\0' ? type : usual;

	if (!limited && rules->log_driver == NULL)
		return true;
	if (strcmp(driver, "json-file") != 0 && strcmp(driver, "local") != 0)
		return type == driver || f->out == NULL ||
		       (fitting_make_object(f->out, "LogConfig") != NULL &&
		        fitting_put(f, json_object_get(f->out, "LogConfig"), "Type", json_string(driver)));
	if (f->out == NULL)
		return fit_options(f, json_object_get(log, "Config"));
	return write_log(f, driver);
}

/* ---- restarts ---- */

static bool may_restart(const struct restart_rules *rules, const char *name, long long retries)
{
	if (*name == '\0' || strcmp(name, "no") == 0)
		return true;
	if (strcmp(name, "always") == 0)
		return rules->always;
	if (strcmp(name, "unless-stopped") == 0)
		return rules->unless_stopped;
	if (strcmp(name, "on-failure") != 0 || !rules->on_failure)
		return false;
	return rules->retries == 0 || (retries > 0 && retries <= rules->retries);
}

/* The nearest that is allowed. */
static json_t *restart_allowed(const struct restart_rules *rules)
{
	return json_pack("{sssI}", "Name", rules->on_failure ? "on-failure" : "no", "MaximumRetryCount",
	                 (json_int_t)rules->retries);
}

/* A swarm knows no difference between these two, and restarts what says nothing. */
static bool swarm_may_restart(const struct fitting *f, const char *name)
{
	const struct restart_rules *rules = &f->rules->restart;

	return f->of == LIMITS_OF_SERVICE && (rules->always || rules->unless_stopped) &&
	       (name == NULL || strcmp(name, "always") == 0);
}

bool fit_restart(const struct fitting *f)
{
	const struct restart_rules *rules = &f->rules->restart;
	const json_t *asked = json_object_get(f->resources, "RestartPolicy");
	const char *name = json_string_value(json_object_get(asked, "Name"));
	long long retries = json_integer_value(json_object_get(asked, "MaximumRetryCount"));
	char told[64];

	if (!rules->set || swarm_may_restart(f, name) ||
	    (name != NULL ? may_restart(rules, name, retries) : f->of != LIMITS_OF_SERVICE))
		return true;
	if (name == NULL || f->rules->over == LIMIT_OVER_CLAMP)
		return f->out == NULL || fitting_put(f, f->out, "RestartPolicy", restart_allowed(rules));
	fitting_name(f, "RestartPolicy", told, sizeof told);
	return fitting_objects(f, rules->place, "container.limits.restart",
	                       "choose another --restart, or leave it out",
	                       "%s is '%.20s' with %lld retries, which is not listed", told,
	                       text_is_token(name, strlen(name)) ? name : "(odd)", retries);
}
