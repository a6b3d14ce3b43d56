/* Reads settings whose absence means something, and lists of IP ranges. */
#include "policy/load_keys.h"

#include "policy/arena.h"
#include "policy/cidr.h"
#include "policy/error.h"
#include "policy/text.h"

void read_choice(struct loader *loader, const struct key *key, const config_setting_t *setting,
                 void *member)
{
	struct choice *choice = member;

	(void)key;
	if (config_setting_type(setting) != CONFIG_TYPE_BOOL) {
		setting_problem(loader, setting, "must be true or false, not %s",
		                setting_type_name(setting));
		return;
	}
	choice->given = true;
	choice->on = config_setting_get_bool(setting) == CONFIG_TRUE;
	choice->place = setting_place(loader, setting);
}

static bool read_cidr(struct loader *loader, const config_setting_t *setting, void *entry)
{
	const char *text = setting_text(loader, setting);
	struct error error;

	if (text == NULL)
		return false;
	if (cidr_parse(text, entry, &error))
		return true;
	return setting_problem(loader, setting, "'%s' %s; write it like 10.0.0.0/8 or fd00::1",
	                       text_printable(loader->arena, text, 100), error.text);
}

/* A list that was written replaces what was inherited, even when it is empty. */
void read_cidrs(struct loader *loader, const struct key *key, const config_setting_t *setting,
                void *member)
{
	struct cidrs fresh = {.given = true, .place = setting_place(loader, setting)};

	(void)key;
	fresh.list = setting_read_list(loader, setting, sizeof *fresh.list, read_cidr, &fresh.count);
	if (fresh.list != NULL)
		*(struct cidrs *)member = fresh;
}
