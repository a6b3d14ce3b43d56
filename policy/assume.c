/* What is taken for granted about objects of a daemon that nobody asks. Answers go through fact_learn like the
 * daemon's, so that nothing can be assumed that could not be. */
#include "policy/assume.h"

#include "policy/arena.h"
#include "policy/error.h"
#include "policy/facts.h"
#include "policy/policy.h"
#include "policy/reference.h"
#include "policy/text.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { ID_LENGTH = 64, SWARM_ID_LENGTH = 25 };

/* FNV-1a: ids of different names differ, and those of the same name do not. */
static uint64_t hash(const char *text)
{
	uint64_t value = 0xcbf29ce484222325U;

	for (; *text != '\0'; text++)
		value = (value ^ (unsigned char)*text) * 0x100000001b3U;
	return value;
}

/* A full id; a name that could be the beginning of one is. */
static void make_id(const char *name, char id[ID_LENGTH + 1])
{
	if (text_is_lower_hex(name) && strlen(name) <= ID_LENGTH) {
		for (size_t i = 0; i < ID_LENGTH; i++)
			id[i] = '0';
		for (size_t i = 0; name[i] != '\0'; i++)
			id[i] = name[i];
		id[ID_LENGTH] = '\0';
		return;
	}
	for (size_t i = 0; i < ID_LENGTH; i += 16)
		snprintf(id + i, 17, "%016llx", (unsigned long long)hash(name));
}

/* The daemon's answer about an object called NAME, or NULL for a kind that nothing is assumed about. */
static const char *answer_text(struct arena *arena, enum object_kind kind, const char *name,
                               const char *id)
{
	char of[ID_LENGTH + 1];

	make_id("assumed container", of);
	switch (kind) {
	case OBJECT_CONTAINER:
		return arena_format(arena,
		                    "{\"Id\":\"%s\",\"Name\":\"/%s\",\"Image\":\"sha256:%s\",\"Config\":{},"
		                    "\"HostConfig\":{\"NetworkMode\":\"default\",\"LogConfig\":{\"Type\":"
		                    "\"json-file\"}},\"Mounts\":[],\"NetworkSettings\":{\"Networks\":{}}}",
		                    id, name, of);
	case OBJECT_EXEC:
		return arena_format(arena,
		                    "{\"ID\":\"%s\",\"ContainerID\":\"%s\",\"ProcessConfig\":{"
		                    "\"privileged\":false,\"user\":\"\"}}",
		                    id, of);
	case OBJECT_IMAGE:
		return arena_format(arena, "{\"Id\":\"sha256:%s\",\"RepoTags\":[],\"RepoDigests\":[]}", id);
	case OBJECT_VOLUME:
		return arena_format(arena, "{\"Name\":\"%s\",\"Driver\":\"local\",\"Options\":null}", name);
	case OBJECT_NETWORK:
		return arena_format(arena, "{\"Id\":\"%s\",\"Name\":\"%s\",\"Driver\":\"%s\"}", id, name,
		                    strcmp(name, "none") == 0   ? "null"
		                    : strcmp(name, "host") == 0 ? "host"
		                                                : "bridge");
	case OBJECT_SERVICE:
	case OBJECT_SECRET:
	case OBJECT_CONFIG:
		return arena_format(arena, "{\"ID\":\"%.*s\",\"Spec\":{\"Name\":\"%s\"}}", SWARM_ID_LENGTH,
		                    id, name);
	case OBJECT_DAEMON:
		return "{\"ServerVersion\":\"assumed\",\"SecurityOptions\":[\"name=userns\"]}";
	case OBJECT_DISTRIBUTION:
		return arena_format(arena, "{\"Descriptor\":{\"digest\":\"sha256:%s\"}}", id);
	case OBJECT_NONE:
	case OBJECT_PLUGIN:
	case OBJECT_TASK:
	case OBJECT_NODE:
		break;
	}
	return NULL;
}

/* Some image that PATTERNS is about, cut at SIGN: its name, and what stands behind. */
static bool exemplary(struct arena *arena, const struct patterns *patterns, char sign,
                      struct image_origin *origin)
{
	char *name = patterns->count > 0 ? arena_string(arena, patterns->list[0]) : NULL;
	char *cut;

	if (name == NULL)
		return false;
	for (char *star = strchr(name, '*'); star != NULL; star = strchr(star, '*'))
		*star = 'x';
	cut = sign != '\0' ? strrchr(name, sign) : NULL;
	if (cut != NULL)
		*cut = '\0';
	*origin = (struct image_origin){.name = name, .tag = cut != NULL ? cut + 1 : NULL};
	return true;
}

/* Where the image called NAME came from; an id is no name. */
static bool find_origin(struct arena *arena, const struct policy *policy, const char *name,
                        struct image_origin *origin)
{
	struct reference reference;
	struct error error;

	if (!text_starts_with(name, "sha256:") && reference_parse(arena, name, &reference, &error)) {
		*origin = (struct image_origin){.name = reference.name,
		                                .tag = reference.tag != NULL ? reference.tag : "latest"};
		return true;
	}
	return policy != NULL && (exemplary(arena, &policy->images.use.names, '\0', origin) ||
	                          exemplary(arena, &policy->images.use.tagged, ':', origin));
}

/* Pulled by its name, and made by its name: whichever of the two the policy asks for. */
static void add_origins(struct arena *arena, const struct policy *policy, struct fact *fact)
{
	struct image_origin *origins = arena_calloc(arena, 2, sizeof *origins);

	if (origins == NULL || !find_origin(arena, policy, fact->name, &origins[0]))
		return;
	origins[1] = origins[0];
	origins[1].made = true;
	origins[1].policy = policy != NULL ? policy->name : "";
	fact->origins = origins;
	fact->origin_count = 2;
}

static void answer(const struct policy *policy, struct arena *arena, struct fact *fact)
{
	const char *name = fact->name, *text;
	char id[ID_LENGTH + 1];

	if (text_starts_with(name, "sha256:"))
		name += strlen("sha256:");
	make_id(name, id);
	text = answer_text(arena, fact->kind, fact->name, id);
	if (text == NULL) {
		fact->state = FACT_FAILED;
		fact->message = "nothing is assumed about it";
		return;
	}
	fact_learn(arena, fact, 200, text, strlen(text));
	if (fact->kind == OBJECT_IMAGE && fact->state == FACT_FOUND)
		add_origins(arena, policy, fact);
}

void assume_answer(void *context, struct arena *arena, struct facts *facts)
{
	for (size_t i = 0; i < facts->count; i++) {
		if (facts->list[i].state == FACT_WANTED)
			answer(context, arena, &facts->list[i]);
	}
}

const char *assume_text(const struct fact *fact)
{
	switch (fact->kind) {
	case OBJECT_CONTAINER:
		return "an ordinary container: no privileges, no mounts, the default network, an image that "
			   "may be used";
	case OBJECT_EXEC:
		return "an exec without privileges, in an ordinary container";
	case OBJECT_IMAGE:
		return "an image that came from where its name says";
	case OBJECT_VOLUME:
		return "a volume of the local driver, without options";
	case OBJECT_NETWORK:
		return "a network of the bridge driver";
	case OBJECT_SERVICE:
		return "a service without any settings";
	case OBJECT_SECRET:
		return "a secret";
	case OBJECT_CONFIG:
		return "a config";
	case OBJECT_DAEMON:
		return "a daemon that gives each container a user namespace";
	case OBJECT_DISTRIBUTION:
		return "a tag that its registry has";
	case OBJECT_NONE:
	case OBJECT_PLUGIN:
	case OBJECT_TASK:
	case OBJECT_NODE:
		break;
	}
	return "nothing";
}
