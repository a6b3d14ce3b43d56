/* The policies and client rules of a file, and nothing else of it. */
#include "proxy/config_policies.h"

#include "policy/load.h"
#include "policy/problems.h"
#include "proxy/config_file.h"
#include "proxy/config_read.h"

#include <libconfig.h>
#include <stdlib.h>

/* What clients' rules may call a listener: its name, or what it is named after. */
static const char *listener_name(const config_setting_t *listener)
{
	static const char *const keys[] = {"name", "socket", "address", "systemd"};
	const char *name = NULL;

	for (size_t i = 0; name == NULL && i < sizeof keys / sizeof keys[0]; i++)
		config_setting_lookup_string(listener, keys[i], &name);
	return name != NULL ? name : "";
}

/* LISTENERS may be absent or malformed. NULL when there is no memory; else the caller's to free. */
static const char **listener_names(const config_setting_t *listeners, size_t *count)
{
	int length = listeners != NULL && config_setting_is_list(listeners)
	                 ? config_setting_length(listeners)
	                 : 0;
	const char **names = calloc((size_t)length + 1, sizeof *names);

	*count = (size_t)length;
	if (names == NULL)
		return NULL;
	for (int i = 0; i < length; i++)
		names[i] = listener_name(config_setting_get_elem(listeners, (unsigned)i));
	return names;
}

static struct policy_set *read_policies(const char *file, const config_t *tree,
                                        struct problems *problems)
{
	const struct section root = {.setting = config_root_setting(tree),
	                             .name = "the configuration",
	                             .bare = true,
	                             .place = {.file = file},
	                             .problems = problems};
	size_t before = problems_count(problems), count;
	const char **names =
		listener_names(config_setting_get_member(root.setting, "listeners"), &count);
	struct policy_set *set = NULL;

	section_check_keys(&root, config_keys);
	if (names == NULL)
		problems_add(problems, root.place, "out of memory");
	else
		set = policy_set_load(root.setting, names, count, problems);
	free(names);
	if (problems_count(problems) == before)
		return set;
	policy_set_free(set);
	return NULL;
}

struct policy_set *config_policies_load(const char *file, struct problems *problems)
{
	struct policy_set *set = NULL;
	config_t tree;

	config_init(&tree);
	if (file == NULL || config_file_parse(file, &tree, problems))
		set = read_policies(file, &tree, problems);
	config_destroy(&tree);
	return set;
}
