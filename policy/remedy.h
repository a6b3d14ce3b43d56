/* What a policy would have to say to let requests pass that it objects to, as settings that can be loaded. */
#ifndef QUAYMASTER_POLICY_REMEDY_H
#define QUAYMASTER_POLICY_REMEDY_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct builder;
struct objection;
struct policy;

struct remedy_entry;

/* Zeroed but for ARENA, where everything lives, it says nothing. */
struct remedy {
	struct arena *arena;
	struct remedy_entry *first; /* sorted by setting, then by value */
	size_t count;
};

/* True when a setting, with one more entry or true, would lift OBJECTION. */
bool remedy_exists(const struct objection *objection);

/* Adds what lifts OBJECTION for COUNT requests; what is there already is counted. False when nothing would, or there is no
 * memory. */
bool remedy_add(struct remedy *remedy, const struct objection *objection, size_t count);

/* True when what would lift OBJECTION is there already. */
bool remedy_has(const struct remedy *remedy, const struct objection *objection);

/* Makes sure that the list SETTING is printed, be it empty: some lists restrict nothing until they are written. */
bool remedy_add_list(struct remedy *remedy, const char *setting);

/* Puts patterns in the place of values that differ in ids, numbers or, for images, their last part, and of sources that may
 * be read the directory above. False when there is no memory. */
bool remedy_generalise(struct remedy *remedy);

/* Prints the settings as the inside of a policy, each line with DEPTH tabs before it. With POLICY a list begins with what
 * that lists already, since a written list takes the place of an inherited one; without one the counts are told, and of a
 * pattern an example. */
void remedy_print(const struct remedy *remedy, const struct policy *policy, size_t depth,
                  struct builder *builder);

#endif
