/* Owns the settings of `build` and `images`: what images are made from, which are used, and what they
 * may be called. */
#include "policy/load_keys.h"

#include "policy/arena.h"
#include "policy/error.h"
#include "policy/image_list.h"
#include "policy/text.h"

#include <string.h>

static const char *const build_network_modes[] = {"none", "bridge", "host", "container", NULL};

static const struct key build_list[] = {
	WORDS("network_modes", build.network_modes, build_network_modes),
	PATTERNS("remotes", build.remotes, NULL),
	FLAG("buildkit", build.buildkit),
	FLAG("daemon_defaults", build.daemon_defaults),
	FLAG("other_parameters", build.other_parameters),
};

/* Puts PATTERN at the end of PATTERNS, which have room. */
static void add_pattern(struct patterns *patterns, const char *pattern, struct place place)
{
	patterns->list[patterns->count] = pattern;
	patterns->places[patterns->count] = place;
	patterns->count++;
}

static bool make_room(struct loader *loader, const config_setting_t *setting, size_t room,
                      struct patterns *patterns)
{
	patterns->place = setting_place(loader, setting);
	patterns->list = arena_calloc(loader->arena, room, sizeof *patterns->list);
	patterns->places = arena_calloc(loader->arena, room, sizeof *patterns->places);
	return (patterns->list != NULL && patterns->places != NULL) ||
	       setting_exhausted(loader, setting);
}

/* Of a PATTERN with $tenant in it, both forms. */
static void add_own(struct loader *loader, const config_setting_t *setting, const char *pattern,
                    const char *star, struct own_patterns *own)
{
	if (star == NULL || own->texts == NULL) {
		setting_exhausted(loader, setting);
		return;
	}
	own->texts[own->stars.count] = pattern;
	add_pattern(&own->stars, star, setting_place(loader, setting));
}

static void read_image(struct loader *loader, const config_setting_t *setting,
                       struct image_list *list)
{
	struct patterns *const kinds[] = {
		[IMAGE_PATTERN_NAME] = &list->names,
		[IMAGE_PATTERN_TAG] = &list->tagged,
		[IMAGE_PATTERN_DIGEST] = &list->digests,
	};
	const char *text = setting_text(loader, setting);
	enum image_pattern_kind kind;
	struct error error;

	if (text == NULL)
		return;
	const char *pattern = image_pattern_read_own(loader->arena, text, &kind, &error), *star;
	if (pattern != NULL && image_pattern_is_own(loader->arena, pattern, &star))
		add_own(loader, setting, pattern, star, &list->own[kind]);
	else if (pattern != NULL)
		add_pattern(kinds[kind], pattern, setting_place(loader, setting));
	else
		setting_problem(loader, setting, "'%s' %s", text_printable(loader->arena, text, 100),
		                error.text);
}

static bool make_list(struct loader *loader, const config_setting_t *setting, size_t room,
                      struct image_list *list)
{
	for (size_t i = 0; i < IMAGE_PATTERN_KINDS; i++) {
		struct own_patterns *own = &list->own[i];

		own->texts = arena_calloc(loader->arena, room, sizeof *own->texts);
		if (own->texts == NULL) {
			setting_exhausted(loader, setting);
			return false;
		}
		if (!make_room(loader, setting, room, &own->stars))
			return false;
	}
	return make_room(loader, setting, room, &list->names) &&
	       make_room(loader, setting, room, &list->tagged) &&
	       make_room(loader, setting, room, &list->digests);
}

static bool compile(struct arena *arena, struct image_list *list)
{
	for (size_t i = 0; i < IMAGE_PATTERN_KINDS; i++) {
		if (!patterns_compile(arena, &list->own[i].stars))
			return false;
	}
	return patterns_compile(arena, &list->names) && patterns_compile(arena, &list->tagged) &&
	       patterns_compile(arena, &list->digests);
}

/* A list that was written replaces what was inherited, even when it is empty. */
void read_images(struct loader *loader, const struct key *key, const config_setting_t *setting,
                 void *member)
{
	struct image_list fresh = {.set = true, .place = setting_place(loader, setting)};
	size_t count;

	(void)key;
	if (!setting_list_length(loader, setting, &count) || !make_list(loader, setting, count, &fresh))
		return;
	for (size_t i = 0; i < count; i++)
		read_image(loader, config_setting_get_elem(setting, (unsigned)i), &fresh);
	if (compile(loader->arena, &fresh))
		*(struct image_list *)member = fresh;
	else
		setting_exhausted(loader, setting);
}

static void read_pin(struct loader *loader, const struct key *key, const config_setting_t *setting,
                     void *member)
{
	struct image_rules *rules = member;
	const char *text = setting_text(loader, setting);

	(void)key;
	rules->pin_place = setting_place(loader, setting);
	if (text == NULL)
		return;
	if (strcmp(text, "none") == 0)
		rules->pin = IMAGE_PIN_NONE;
	else if (strcmp(text, "tag") == 0)
		rules->pin = IMAGE_PIN_TAG;
	else if (strcmp(text, "digest") == 0)
		rules->pin = IMAGE_PIN_DIGEST;
	else
		setting_problem(loader, setting, "must be \"none\", \"tag\" or \"digest\"");
}

#define IMAGES(key, member)                                                         \
	{                                                                               \
		.name = (key), .kind = KEY_READ, .offset = offsetof(struct policy, member), \
		.read = read_images                                                         \
	}

static const struct key image_list[] = {
	IMAGES("use", images.use),
	IMAGES("produce", images.produce),
	{.name = "pin", .kind = KEY_READ, .offset = offsetof(struct policy, images), .read = read_pin},
	FLAG("import_sources", images.import_sources),
	PATTERNS("registries", images.registries, NULL),
};

const struct keys build_keys = KEYS(build_list);
const struct keys image_keys = KEYS(image_list);
