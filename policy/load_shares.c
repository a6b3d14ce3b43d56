/* Owns the settings of volumes that are mounts: `volume.nfs`, `volume.cifs` and `volume.tmpfs_size`. */
#include "policy/load_keys.h"

#include "policy/arena.h"
#include "policy/cidr.h"
#include "policy/error.h"
#include "policy/text.h"
#include "policy/variables.h"

#include <string.h>

struct share_setting {
	const char *server, *path;
	struct flag write;
};

/* An address, a range, or a name: no port, no path, nothing that an option string is split at. */
static const char *keep_server(struct loader *loader, const struct key *key,
                               const config_setting_t *setting, const char *value)
{
	const char *shown = text_printable(loader->arena, value, 100);
	const char *kept;
	struct cidr range;

	(void)key;
	if (!cidr_parse(value, &range, NULL) && !spec_is_name(value)) {
		setting_problem(loader, setting, "'%s' is no address, no range of them, and no name",
		                shown);
		return NULL;
	}
	kept = arena_string(loader->arena, value);
	if (kept == NULL)
		setting_exhausted(loader, setting);
	return kept;
}

static const char *keep_path(struct loader *loader, const struct key *key,
                             const config_setting_t *setting, const char *value)
{
	const char *shown = text_printable(loader->arena, value, 100);
	struct error error;
	const char *kept;

	(void)key;
	if (!is_clean_path(value) || strchr(value, '*') != NULL) {
		setting_problem(loader, setting,
		                "'%s' is not an absolute path in its shortest form, without stars", shown);
		return NULL;
	}
	if (!variables_check(value, &error)) {
		setting_problem(loader, setting, "'%s' %s", shown, error.text);
		return NULL;
	}
	kept = arena_string(loader->arena, value);
	if (kept == NULL)
		setting_exhausted(loader, setting);
	return kept;
}

static const struct key share_list[] = {
	{.name = "server",
     .kind = KEY_TEXT,
     .offset = offsetof(struct share_setting, server),
     .keep = keep_server},
	{.name = "path",
     .kind = KEY_TEXT,
     .offset = offsetof(struct share_setting, path),
     .keep = keep_path},
	{.name = "write", .kind = KEY_FLAG, .offset = offsetof(struct share_setting, write)},
};
static const struct keys share_keys = KEYS(share_list);

static bool read_share(struct loader *loader, const config_setting_t *setting, void *entry)
{
	struct share_setting read = {.path = NULL};
	struct share_rule *rule = entry;

	setting_read_group(loader, setting, &share_keys, &read);
	if (config_setting_is_group(setting) && (config_setting_get_member(setting, "server") == NULL ||
	                                         config_setting_get_member(setting, "path") == NULL))
		setting_problem(loader, setting, "a share needs a server and a path");
	if (read.server == NULL || read.path == NULL)
		return false;
	if (!keep_listed_path(loader, read.path, read.write.on, &rule->path))
		return setting_exhausted(loader, setting);
	rule->server = read.server;
	cidr_parse(read.server, &rule->range, NULL); /* a name stays without a family */
	rule->place = setting_place(loader, setting);
	return true;
}

void read_shares(struct loader *loader, const struct key *key, const config_setting_t *setting,
                 void *member)
{
	struct share_rules fresh = {.given = true, .place = setting_place(loader, setting)};

	(void)key;
	fresh.list = setting_read_list(loader, setting, sizeof *fresh.list, read_share, &fresh.count);
	if (fresh.list != NULL)
		*(struct share_rules *)member = fresh;
}

void read_tmpfs_size(struct loader *loader, const struct key *key, const config_setting_t *setting,
                     void *member)
{
	struct size_setting *size = member;
	const char *text = setting_text(loader, setting);
	long long bytes;

	(void)key;
	if (text == NULL)
		return;
	if (!text_to_size(text, &bytes) || bytes <= 0) {
		setting_problem(loader, setting, "must be a size like \"512M\" or \"4G\"");
		return;
	}
	size->bytes = bytes;
	size->place = setting_place(loader, setting);
}
