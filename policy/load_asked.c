/* Owns what anybody asks of the container that a client is in: rules of `clients`, and rules of policies. What nobody asks
 * need not be found out. */
#include "policy/load_parts.h"

#include "policy/arena.h"
#include "policy/predicate.h"

#include <stdlib.h>
#include <string.h>

/* Keys being gathered, in two rounds: the first counts them. */
struct gathering {
	struct arena *arena;
	struct asked *asked;
	const char **keys; /* NULL in the first round */
	size_t count;
	bool exhausted;
};

static void add_key(struct gathering *gathering, const char *key, size_t len)
{
	if (gathering->keys != NULL) {
		gathering->keys[gathering->count] = arena_copy(gathering->arena, key, len);
		gathering->exhausted = gathering->exhausted || gathering->keys[gathering->count] == NULL;
	}
	gathering->count++;
}

static void ask_client_rule(struct gathering *gathering, const struct client_rule *rule)
{
	for (size_t i = 0; i < rule->count; i++) {
		const struct client_condition *condition = &rule->conditions[i];

		if (condition->attribute == ATTRIBUTE_CONTAINER_LABEL)
			add_key(gathering, condition->pattern, strcspn(condition->pattern, "="));
	}
}

/* Depth was bounded when it was parsed. */
static void ask_predicate(struct gathering *gathering, const struct predicate *predicate)
{
	const struct path_meaning *meaning = &predicate->path.meaning;

	if (predicate->kind == PREDICATE_COMPARISON && meaning->root == ROOT_IDENTITY &&
	    meaning->field >= IDENTITY_CONTAINER)
		gathering->asked->containers = true;
	if (predicate->kind == PREDICATE_COMPARISON && meaning->root == ROOT_IDENTITY &&
	    meaning->field == IDENTITY_CONTAINER_LABEL) {
		const char *key = predicate->path.steps[OBJECT_NONE]->list[0].name;

		add_key(gathering, key, strlen(key));
	}
	for (const struct predicate *part = predicate->first; part != NULL; part = part->next)
		ask_predicate(gathering, part);
}

static void ask_all(struct gathering *gathering, const struct client_rules *clients,
                    const struct definitions *definitions)
{
	gathering->count = 0;
	for (size_t i = 0; i < clients->count; i++)
		ask_client_rule(gathering, &clients->list[i]);
	for (size_t i = 0; i < definitions->count; i++) {
		const struct user_rules *rules = &definitions->list[i].policy.rules;

		for (size_t k = 0; k < rules->count; k++) {
			if (rules->list[k].when != NULL)
				ask_predicate(gathering, rules->list[k].when);
		}
	}
}

static int compare_texts(const void *a, const void *b)
{
	const char *const *left = a, *const *right = b;

	return strcmp(*left, *right);
}

bool asked_read(struct arena *arena, const struct client_rules *clients,
                const struct definitions *definitions, struct asked *asked)
{
	struct gathering gathering = {.arena = arena, .asked = asked};
	size_t kept = 0;

	*asked = (struct asked){.containers = clients->ask_for_containers};
	ask_all(&gathering, clients, definitions);
	if (gathering.count == 0)
		return true;
	gathering.keys = arena_calloc(arena, gathering.count, sizeof *gathering.keys);
	if (gathering.keys == NULL)
		return false;
	ask_all(&gathering, clients, definitions);
	if (gathering.exhausted)
		return false;
	qsort(gathering.keys, gathering.count, sizeof *gathering.keys, compare_texts);
	for (size_t i = 0; i < gathering.count; i++) {
		if (kept == 0 || strcmp(gathering.keys[kept - 1], gathering.keys[i]) != 0)
			gathering.keys[kept++] = gathering.keys[i];
	}
	asked->labels = (struct label_keys){gathering.keys, kept};
	return true;
}
