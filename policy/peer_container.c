/* Owns the judgement of which container a peer is in, and which of that container's traits count. */
#include "policy/peer_container.h"

#include "policy/arena.h"
#include "policy/json.h"
#include "policy/text.h"
#include "policy/world.h"

#include <jansson.h>
#include <stdint.h>
#include <string.h>

enum { LABEL_VALUE_MAX = 1024, WHY_LENGTH_MAX = 200 };

static enum peer_answer unknown(struct peer_finding *finding, const char *why)
{
	finding->container = (struct container_identity){.state = CONTAINER_UNKNOWN, .why = why};
	return PEER_ANSWERED;
}

static enum peer_answer unanswered(struct peer_finding *finding, const char *message)
{
	finding->container = (struct container_identity){.state = CONTAINER_UNKNOWN, .why = message};
	finding->message = message != NULL ? message : "out of memory";
	return PEER_UNANSWERED;
}

/* --- facts ------------------------------------------------------------------------------------- */

/* The fact, once it is known. Otherwise NULL, with ANSWER to give. */
static const struct fact *learn(const struct peer_question *question, enum object_kind kind,
                                const char *name, struct peer_finding *finding,
                                enum peer_answer *answer)
{
	const struct fact *fact = facts_about(question->facts_arena, question->facts, kind, name);

	if (fact == NULL) {
		*answer = unanswered(finding, NULL);
		return NULL;
	}
	switch (fact->state) {
	case FACT_MISSING:
	case FACT_FOUND:
		return fact;
	case FACT_FAILED:
		*answer = unanswered(finding, fact->message);
		return NULL;
	case FACT_WANTED:
		if (*answer == PEER_ANSWERED)
			*answer = PEER_NEEDS_FACTS;
		return NULL;
	}
	return NULL;
}

/* Wants everything at once, so that the daemon is asked in one go. */
static enum peer_answer learn_all(const struct peer_question *question,
                                  const struct cgroup_paths *paths, struct peer_finding *finding)
{
	enum peer_answer answer = PEER_ANSWERED;

	if (question->layout == NULL)
		learn(question, OBJECT_DAEMON, "info", finding, &answer);
	for (size_t i = 0; i < paths->count; i++) {
		for (size_t k = 0; k < paths->list[i].count && answer != PEER_UNANSWERED; k++)
			learn(question, OBJECT_CONTAINER, paths->list[i].candidates[k].id, finding, &answer);
	}
	return answer;
}

static bool has_option(const json_t *info, const char *option)
{
	const json_t *options = json_member(info, "SecurityOptions");

	for (size_t i = 0; i < json_array_size(options); i++) {
		const char *text = json_string_value(json_array_get(options, i));

		if (text != NULL && strcmp(text, option) == 0)
			return true;
	}
	return false;
}

static struct cgroup_layout read_layout(const struct peer_question *question)
{
	const struct fact *fact = facts_find(question->facts, OBJECT_DAEMON, "info");
	const json_t *info = fact != NULL ? fact->inspected : NULL;
	const char *driver = json_member_string(info, "CgroupDriver");
	struct cgroup_layout layout = {.rootless = has_option(info, "name=rootless"),
	                               .uid = question->uid,
	                               .parent = question->cgroup_parent};

	if (question->layout != NULL)
		return *question->layout;
	if (driver != NULL && strcmp(driver, "cgroupfs") == 0)
		layout.driver = CGROUP_DRIVER_CGROUPFS;
	else if (driver != NULL && strcmp(driver, "systemd") == 0)
		layout.driver = CGROUP_DRIVER_SYSTEMD;
	return layout;
}

/* --- which container --------------------------------------------------------------------------- */

/* A container's name may look like an id: only what has the id is meant. */
static const struct fact *container_of(const struct peer_question *question,
                                       const struct cgroup_candidate *candidate)
{
	const struct fact *fact = facts_find(question->facts, OBJECT_CONTAINER, candidate->id);

	return fact != NULL && fact->state == FACT_FOUND && strcmp(fact->id, candidate->id) == 0 ? fact
	                                                                                         : NULL;
}

static const struct cgroup_candidate *deepest_that_fits(const struct peer_question *question,
                                                        const struct cgroup_layout *layout,
                                                        const struct cgroup_path *path)
{
	for (size_t i = path->count; i > 0; i--) {
		const struct cgroup_candidate *candidate = &path->candidates[i - 1];
		const struct fact *fact = container_of(question, candidate);
		const json_t *host = fact != NULL ? json_member(fact->inspected, "HostConfig") : NULL;

		if (json_is_object(host) &&
		    cgroup_candidate_fits(candidate, layout, json_member_string(host, "CgroupParent")))
			return candidate;
	}
	return NULL;
}

/* The one that every hierarchy has it in. */
static const struct cgroup_candidate *find_claim(const struct peer_question *question,
                                                 const struct cgroup_paths *paths,
                                                 const struct cgroup_layout *layout)
{
	const struct cgroup_candidate *claim = NULL;

	for (size_t i = 0; i < paths->count; i++) {
		const struct cgroup_candidate *one = deepest_that_fits(question, layout, &paths->list[i]);

		if (one == NULL || (claim != NULL && strcmp(one->id, claim->id) != 0))
			return NULL;
		claim = one;
	}
	return claim;
}

/* --- what counts of it -------------------------------------------------------------------------- */

static const char *text_or_empty(const char *text)
{
	return text != NULL ? text : "";
}

/* A variant that goes without saying is written by some, and not by others. */
static const char *plain_variant(const char *architecture, const char *variant)
{
	static const char *const plain[][2] = {{"amd64", "v1"}, {"arm", "v7"}, {"arm64", "v8"}};

	variant = text_or_empty(variant);
	for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) {
		if (strcmp(architecture, plain[i][0]) == 0 && strcmp(variant, plain[i][1]) == 0)
			return "";
	}
	return variant;
}

/* One name may have an image for each of several machines, with other labels each, of which the daemon tells one: what it has told
 * must be what the container runs. Only daemons whose images have several forms tell which form a container has. */
static bool same_platform(const json_t *container, const json_t *image)
{
	const json_t *descriptor = json_member(container, "ImageManifestDescriptor");
	const json_t *platform = json_member(descriptor, "platform");
	const char *architecture = text_or_empty(json_member_string(platform, "architecture"));

	if (platform == NULL)
		return true;
	return strcmp(architecture, text_or_empty(json_member_string(image, "Architecture"))) == 0 &&
	       strcmp(text_or_empty(json_member_string(platform, "os")),
	              text_or_empty(json_member_string(image, "Os"))) == 0 &&
	       strcmp(text_or_empty(json_member_string(platform, "os.version")),
	              text_or_empty(json_member_string(image, "OsVersion"))) == 0 &&
	       strcmp(plain_variant(architecture, json_member_string(platform, "variant")),
	              plain_variant(architecture, json_member_string(image, "Variant"))) == 0;
}

/* True for a label that can only come from whoever made the container. */
static bool is_makers_own(const struct fact *image, const json_t *container, const char *key)
{
	const json_t *labels = json_member(json_member(image->inspected, "Config"), "Labels");

	return image->state == FACT_FOUND && same_platform(container, image->inspected) &&
	       strchr(key, '=') == NULL && json_member(labels, key) == NULL;
}

/* Docker tells times in UTC, with as many digits each. */
static bool is_young_enough(const struct peer_question *question, const json_t *container,
                            const char *key)
{
	const struct label_time *since =
		question->since != NULL ? &question->since[label_keys_find(question->keys, key)] : NULL;
	const char *created = json_member_string(container, "Created");
	static const char form[] = "dddd-dd-ddTdd:dd:dd";

	if (since == NULL || since->text[0] == '\0')
		return true;
	if (created == NULL || !text_ends_with(created, "Z"))
		return false;
	for (size_t i = 0; i < LABEL_TIME_LENGTH; i++) {
		if (form[i] == 'd' ? created[i] < '0' || created[i] > '9' : created[i] != form[i])
			return false;
	}
	return strncmp(created, since->text, LABEL_TIME_LENGTH) > 0;
}

static bool is_asked(const struct peer_question *question, const char *key, const json_t *value)
{
	return json_is_string(value) && json_string_length(value) <= LABEL_VALUE_MAX &&
	       label_keys_have(question->keys, key);
}

static size_t count_asked(const struct peer_question *question, json_t *labels)
{
	const char *key;
	json_t *value;
	size_t count = 0;

	json_object_foreach(labels, key, value) count += is_asked(question, key, value) ? 1 : 0;
	return count;
}

static enum peer_answer take_labels(const struct peer_question *question, const struct fact *fact,
                                    json_t *labels, struct peer_finding *finding)
{
	struct container_identity *container = &finding->container;
	size_t room = count_asked(question, labels);
	enum peer_answer answer = PEER_ANSWERED;
	const char *image_id = json_member_string(fact->inspected, "Image");
	const struct fact *image;
	const char **list, *key;
	json_t *value;

	if (room == 0 || image_id == NULL)
		return PEER_ANSWERED;
	image = learn(question, OBJECT_IMAGE, image_id, finding, &answer);
	if (image == NULL)
		return answer;
	list = arena_calloc(question->arena, room, sizeof *list);
	if (list == NULL)
		return unanswered(finding, NULL);
	json_object_foreach(labels, key, value)
	{
		if (!is_asked(question, key, value) || !is_makers_own(image, fact->inspected, key) ||
		    !is_young_enough(question, fact->inspected, key))
			continue;
		list[container->label_count] =
			arena_format(question->arena, "%s=%s", key, json_string_value(value));
		if (list[container->label_count++] == NULL)
			return unanswered(finding, NULL);
	}
	container->labels = list;
	return PEER_ANSWERED;
}

/* What says that quaymaster made the container is not for everybody to write. */
static bool has_own_labels(json_t *labels)
{
	const char *key;
	json_t *value;

	json_object_foreach(labels, key, value)
	{
		if (world_is_own_label(key))
			return true;
	}
	return false;
}

/* What was made through quaymaster has its maker's identity, and no traits that its maker chose. */
static enum peer_answer describe_made(const struct peer_question *question, const json_t *inspected,
                                      struct peer_finding *finding)
{
	struct container_identity *container = &finding->container;
	const char *tenant = question->seal != NULL
	                         ? world_sealed_tenant(question->seal, OBJECT_CONTAINER, inspected)
	                         : NULL;

	if (tenant == NULL)
		return unknown(finding,
		               "its container has labels of quaymaster's, and no seal that holds: nobody "
		               "knows who made it");
	container->tenant = arena_string(question->arena, tenant);
	return container->tenant != NULL ? PEER_ANSWERED : unanswered(finding, NULL);
}

static enum peer_answer describe(const struct peer_question *question, const struct fact *fact,
                                 struct peer_finding *finding)
{
	struct container_identity *container = &finding->container;
	const json_t *config = json_member(fact->inspected, "Config");
	json_t *labels = json_object_get(config, "Labels");
	const char *name = json_member_string(fact->inspected, "Name");
	const char *image = json_member_string(config, "Image");

	container->state = CONTAINER_PRESENT;
	container->id = arena_string(question->arena, fact->id);
	container->name =
		arena_string(question->arena, name == NULL ? "" : name + (name[0] == '/' ? 1 : 0));
	container->image = arena_string(question->arena, image == NULL ? "" : image);
	if (container->id == NULL || container->name == NULL || container->image == NULL)
		return unanswered(finding, NULL);
	return has_own_labels(labels) ? describe_made(question, fact->inspected, finding)
	                              : take_labels(question, fact, labels, finding);
}

static enum peer_answer find_container(const struct peer_question *question,
                                       const struct cgroup_paths *paths,
                                       struct peer_finding *finding)
{
	const struct cgroup_layout layout = read_layout(question);
	const struct cgroup_candidate *claim = find_claim(question, paths, &layout);
	const struct fact *fact = claim != NULL ? container_of(question, claim) : NULL;
	const json_t *state = fact != NULL ? json_member(fact->inspected, "State") : NULL;
	json_int_t pid = json_integer_value(json_member(state, "Pid"));

	finding->layout = layout;
	if (fact == NULL)
		return unknown(finding,
		               "its cgroups name a container, and the daemon has none that would be "
		               "there");
	if (!json_is_true(json_member(state, "Running")) || pid <= 0 || pid > INT32_MAX)
		return unknown(finding, "the container that it should be in does not run");
	finding->pid = (int)pid;
	finding->claim = *claim;
	return describe(question, fact, finding);
}

enum peer_answer peer_container_find(const struct peer_question *question,
                                     struct peer_finding *finding)
{
	const struct peer_process *process = question->process;
	struct cgroup_paths paths;
	enum peer_answer answer;

	memset(finding, 0, sizeof *finding);
	if (process->cgroups == NULL)
		return unknown(finding, process->why);
	if (!cgroup_paths_read(process->cgroups, &paths))
		return unknown(finding,
		               "its cgroups are outside of this process's own cgroup namespace, or "
		               "make no sense");
	if (paths.count == 0 && process->nested)
		return unknown(finding,
		               "it is in a pid namespace of its own, and in no container of Docker's");
	if (paths.count == 0) {
		finding->container.state = CONTAINER_NONE;
		return PEER_ANSWERED;
	}
	answer = learn_all(question, &paths, finding);
	if (answer == PEER_ANSWERED)
		answer = find_container(question, &paths, finding);
	if (answer == PEER_NEEDS_FACTS)
		memset(finding, 0, sizeof *finding); /* half of it may be there */
	return answer;
}
