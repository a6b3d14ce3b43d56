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

static bool read_cidr(struct loader *loader, const config_setting_t *setting, struct cidr *cidr)
{
	const char *text = setting_text(loader, setting);
	struct error error;

	if (text == NULL)
		return false;
	if (cidr_parse(text, cidr, &error))
		return true;
	return setting_problem(loader, setting, "'%s' %s; write it like 10.0.0.0/8 or fd00::1",
	                       text_printable(loader->arena, text, 100), error.text);
}

/* A list that was written replaces what was inherited, even when it is empty. */
void read_cidrs(struct loader *loader, const struct key *key, const config_setting_t *setting,
                void *member)
{
	struct cidrs fresh = {.given = true, .place = setting_place(loader, setting)};
	size_t len = 0;

	(void)key;
	if (!setting_list_length(loader, setting, &len))
		return;
	fresh.list = arena_calloc(loader->arena, len, sizeof *fresh.list);
	if (fresh.list == NULL) {
		setting_exhausted(loader, setting);
		return;
	}
	for (size_t i = 0; i < len; i++) {
		if (read_cidr(loader, config_setting_get_elem(setting, (unsigned)i),
		              &fresh.list[fresh.count]))
			fresh.count++;
	}
	*(struct cidrs *)member = fresh;
}
