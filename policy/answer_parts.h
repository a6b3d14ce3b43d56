/* What answer_filter.c (how an answer is read and put out) and answer_*.c (what is in it) share. */
#ifndef QUAYMASTER_POLICY_ANSWER_PARTS_H
#define QUAYMASTER_POLICY_ANSWER_PARTS_H

#include "policy/answer_filter.h"

#include <jansson.h>

struct arena;
struct owner_cache;

/* What becomes of a value. */
enum answer_fate {
	ANSWER_LEAVE_OUT = 0,
	ANSWER_KEEP, /* as it is now */
	ANSWER_WAIT, /* for the question that was put: it is judged once more then */
	ANSWER_BREAK /* it makes no sense, or there is no memory */
};

/* The tenant's, as lists tell. */
struct answer_counts {
	json_int_t containers, running, paused, stopped, images;
};

enum answer_usage { USAGE_IMAGES, USAGE_CONTAINERS, USAGE_VOLUMES, USAGE_BUILD_CACHE, USAGES };

struct answer_totals {
	json_int_t count, active, size, reclaimable;
};

enum { ANSWER_UNHELD_MAX = 8 };

struct answer {
	const struct request *request;
	struct world world; /* its arena is for the value at hand, and ends with it */
	const char *
		place; /* that the value at hand is in, as json_split tells it; NULL: it is the whole answer */
	const char *key; /* of the value at hand where it is a member; NULL elsewhere */
	struct owner_cache *owners;
	struct answer_question question;
	unsigned listed; /* a bit of each kind whose objects have been asked for */
	struct answer_counts counts;
	struct answer_totals totals[USAGES];
	unsigned waits;                    /* for an answer, of the value at hand */
	json_t *unheld[ANSWER_UNHELD_MAX]; /* events of images that may be held soon; NULL: none */
	size_t unheld_next;
	bool told_layers; /* of a disk usage: it is in the older form, or in both */
};

/* What comes whole, and what is taken apart. */
enum answer_form {
	ANSWER_WHOLE,
	ANSWER_MANY, /* values without end; whose objects are is asked before the first */
	ANSWER_LIST,
	ANSWER_VOLUMES, /* {"Volumes": [...]} */
	ANSWER_USAGE    /* of disk space */
};

/* How the answer to an operation is read. */
struct answer_plan {
	const char *operation;
	enum answer_form form;
	/* For a tenant; NULL: it tells of nobody's objects. */
	enum answer_fate (*judge)(struct answer *answer, json_t *value);
	/* What a tenant is told besides at the end of an object; NULL: nothing. */
	json_t *(*close)(const struct answer *answer);
};

/* answer_plans.c. NULL: the answer tells of nothing that concerns a filter. */
const struct answer_plan *answer_plan_find(const struct request *request);
/* Which of its parts are taken apart (json_split.h). */
const char *const *answer_plan_opened(const struct answer_plan *plan);

/* answer_owners.c */
/* Whose the object NAME is, as far as is known. False when it has to be asked about: the question is put. */
bool answer_knows(struct answer *answer, enum object_kind kind, const char *name,
                  enum ownership *owner);
/* True when all objects of KIND have been asked for; else the question is put. */
bool answer_listed(struct answer *answer, enum object_kind kind);
/* Learns from the daemon's list of LEN BYTES, which answers the question about all objects of a kind. */
void answer_learn_list(struct answer *answer, const char *bytes, size_t len);
/* Whose an object is that a list tells of, in the form that lists have. */
enum ownership answer_list_owner(const struct answer *answer, enum object_kind kind,
                                 const json_t *element);
/* KEEP for what is the tenant's own or shared with it. */
enum answer_fate answer_keep(enum ownership owner);
/* Puts VALUE, which is given away and may be NULL, at NAME. */
bool answer_set(json_t *object, const char *name, json_t *value);

/* Judge a value, and change it in place. Each is for one kind of answer. */
enum answer_fate answer_judge_container_list(struct answer *answer, json_t *value);
enum answer_fate answer_judge_container(struct answer *answer, json_t *value);
enum answer_fate answer_judge_image_list(struct answer *answer, json_t *value);
enum answer_fate answer_judge_image(struct answer *answer, json_t *value);
enum answer_fate answer_judge_image_history(struct answer *answer, json_t *value);
enum answer_fate answer_judge_image_removal(struct answer *answer, json_t *value);
enum answer_fate answer_judge_image_prune(struct answer *answer, json_t *value);
enum answer_fate answer_judge_network(struct answer *answer, json_t *value);
enum answer_fate answer_judge_volume(struct answer *answer, json_t *value);
enum answer_fate answer_judge_volume_list(struct answer *answer, json_t *value);
enum answer_fate answer_judge_pruned(struct answer *answer, json_t *value);
enum answer_fate answer_judge_service(struct answer *answer, json_t *value);
enum answer_fate answer_judge_secret(struct answer *answer, json_t *value);
enum answer_fate answer_judge_config(struct answer *answer, json_t *value);
enum answer_fate answer_judge_task(struct answer *answer, json_t *value);
enum answer_fate answer_judge_info(struct answer *answer, json_t *value);
enum answer_fate answer_judge_usage(struct answer *answer, json_t *value);
enum answer_fate answer_judge_event(struct answer *answer, json_t *value);

/* answer_event_image.c: an event of an image; and the end of what waits for another one. */
enum answer_fate answer_judge_image_event(struct answer *answer, json_t *value);
void answer_forget_unheld(struct answer *answer);

/* answer_usage.c: what the object at ANSWER's place has besides, at its end; a new object, or NULL without memory. */
json_t *answer_usage_totals(const struct answer *answer);

#endif
