/* The record in memory: a ring of records, found by an image's id. What is
 * on disk is provenance_file.c's. */
#include "proxy/provenance_private.h"

#include "policy/arena.h"
#include "policy/error.h"
#include "policy/facts.h"
#include "policy/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	BUCKETS = 2 * PROVENANCE_RECORDS,
	ID_LENGTH = 7 + 64,
	NAME_LENGTH_MAX = 255,
	WORD_MAX = 128
};

/* FNV-1a. Who makes ids collide makes a look-up walk the whole ring, and no more. */
static uint64_t hash_text(const char *text)
{
	uint64_t hash = 0xcbf29ce484222325U;

	for (; *text != '\0'; text++)
		hash = (hash ^ (unsigned char)*text) * 0x100000001b3U;
	return hash;
}

static uint64_t *id_bucket(const struct provenance *provenance, const char *id)
{
	return &provenance->by_id[hash_text(id) % BUCKETS];
}

uint64_t provenance_first(const struct provenance *provenance)
{
	return provenance->next > PROVENANCE_RECORDS ? provenance->next - PROVENANCE_RECORDS : 0;
}

/* The record that LINK (1 + its number) leads to; NULL at the end, and where it is gone. Older ones are
 * gone as well then. */
static struct kept *follow(const struct provenance *provenance, uint64_t link)
{
	if (link == 0 || link - 1 < provenance_first(provenance))
		return NULL;
	return &provenance->ring[(link - 1) % PROVENANCE_RECORDS];
}

/* ---- a record as text ---- */

static bool is_word(const char *text, size_t max)
{
	size_t len = strlen(text);

	if (len == 0 || len > max)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (text[i] <= ' ' || text[i] > '~')
			return false;
	}
	return true;
}

static bool is_id(const char *id)
{
	return strlen(id) == ID_LENGTH && text_starts_with(id, "sha256:") &&
	       text_is_lower_hex(id + strlen("sha256:"));
}

/* Names and tags have no '#', so that one can stand between them. */
static bool is_sound(const struct provenance_record *record)
{
	if (!is_id(record->id) || record->made != (record->policy != NULL))
		return false;
	if (record->policy != NULL && !is_word(record->policy, WORD_MAX))
		return false;
	if (record->name == NULL)
		return record->made && record->tag == NULL;
	return is_word(record->name, NAME_LENGTH_MAX) && strchr(record->name, '#') == NULL &&
	       (record->tag == NULL || is_word(record->tag, WORD_MAX));
}

int provenance_print(const struct provenance_record *record, char *line, size_t size)
{
	return snprintf(line, size, "%s %s %s#%s%s%s\n", record->made ? "made" : "pulled", record->id,
	                record->name != NULL ? record->name : "",
	                record->tag != NULL ? record->tag : "", record->made ? " " : "",
	                record->made ? record->policy : "");
}

bool provenance_parse(char *line, struct provenance_record *record)
{
	const char *how = text_take_word(&line), *id = text_take_word(&line);
	char *name = line, *tag;

	*record = (struct provenance_record){.made = strcmp(how, "made") == 0, .id = id};
	text_take_word(&line);
	if (!record->made && strcmp(how, "pulled") != 0)
		return false;
	tag = strchr(name, '#');
	if (tag == NULL)
		return false;
	*tag++ = '\0';
	record->name = *name != '\0' ? name : NULL;
	record->tag = *tag != '\0' ? tag : NULL;
	record->policy = *line != '\0' ? line : NULL;
	return is_sound(record);
}

/* ---- keeping ---- */

static bool same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool same_record(const struct provenance_record *a, const struct provenance_record *b)
{
	return a->made == b->made && strcmp(a->id, b->id) == 0 && same_text(a->name, b->name) &&
	       same_text(a->tag, b->tag) && same_text(a->policy, b->policy);
}

/* True when RECORD would say nothing new. */
static bool is_known(const struct provenance *provenance, const struct provenance_record *record)
{
	const struct kept *kept = follow(provenance, *id_bucket(provenance, record->id));

	while (kept != NULL && !same_record(&kept->record, record))
		kept = follow(provenance, kept->older_of_id);
	return kept != NULL;
}

/* TEXT's place in the copy that AT goes through; NULL stays NULL. */
static const char *copy_text(char **at, const char *text)
{
	const char *copy = *at;

	if (text == NULL)
		return NULL;
	memcpy(*at, text, strlen(text) + 1);
	*at += strlen(text) + 1;
	return copy;
}

static size_t text_size(const char *text)
{
	return text != NULL ? strlen(text) + 1 : 0;
}

static bool copy_record(const struct provenance_record *record, struct kept *kept)
{
	char *at = malloc(text_size(record->id) + text_size(record->name) + text_size(record->tag) +
	                  text_size(record->policy));

	if (at == NULL)
		return false;
	*kept = (struct kept){.text = at, .record = {.made = record->made}};
	kept->record.id = copy_text(&at, record->id);
	kept->record.name = copy_text(&at, record->name);
	kept->record.tag = copy_text(&at, record->tag);
	kept->record.policy = copy_text(&at, record->policy);
	return true;
}

static void keep(struct provenance *provenance, const struct provenance_record *record)
{
	struct kept *place = &provenance->ring[provenance->next % PROVENANCE_RECORDS];
	struct kept kept;
	uint64_t *bucket;

	if (!copy_record(record, &kept))
		return;
	free(place->text);
	*place = kept;
	bucket = id_bucket(provenance, kept.record.id);
	place->older_of_id = *bucket;
	*bucket = ++provenance->next;
}

void provenance_add(struct provenance *provenance, const struct provenance_record *record)
{
	if (!is_sound(record))
		return;
	pthread_mutex_lock(&provenance->mutex);
	if (!is_known(provenance, record)) {
		keep(provenance, record);
		pthread_cond_signal(&provenance->added);
	}
	pthread_mutex_unlock(&provenance->mutex);
}

/* ---- asking ---- */

static bool tell_origin(struct arena *arena, const struct provenance_record *record,
                        struct image_origin *origin)
{
	*origin = (struct image_origin){.made = record->made};
	if (record->name != NULL)
		origin->name = arena_string(arena, record->name);
	if (record->tag != NULL)
		origin->tag = arena_string(arena, record->tag);
	if (record->policy != NULL)
		origin->policy = arena_string(arena, record->policy);
	return (record->name == NULL || origin->name != NULL) &&
	       (record->tag == NULL || origin->tag != NULL) &&
	       (record->policy == NULL || origin->policy != NULL);
}

static size_t find(const struct provenance *provenance, struct arena *arena, const char *id,
                   struct image_origin *origins)
{
	const struct kept *kept = follow(provenance, *id_bucket(provenance, id));
	size_t count = 0;

	for (; kept != NULL && count < PROVENANCE_ORIGINS_MAX;
	     kept = follow(provenance, kept->older_of_id)) {
		if (strcmp(kept->record.id, id) != 0)
			continue;
		if (!tell_origin(arena, &kept->record, &origins[count]))
			return count;
		count++;
	}
	return count;
}

size_t provenance_find(struct provenance *provenance, struct arena *arena, const char *id,
                       const struct image_origin **origins)
{
	struct image_origin *found = arena_calloc(arena, PROVENANCE_ORIGINS_MAX, sizeof *found);
	size_t count;

	*origins = found;
	if (found == NULL)
		return 0;
	pthread_mutex_lock(&provenance->mutex);
	count = find(provenance, arena, id, found);
	pthread_mutex_unlock(&provenance->mutex);
	return count;
}

/* ---- opening and closing ---- */

struct provenance *provenance_open(const char *directory, struct error *error)
{
	struct provenance *provenance = calloc(1, sizeof *provenance);

	if (provenance == NULL) {
		error_set(error, "out of memory");
		return NULL;
	}
	provenance->fd = -1;
	pthread_mutex_init(&provenance->mutex, NULL);
	pthread_cond_init(&provenance->added, NULL);
	provenance->ring = calloc(PROVENANCE_RECORDS, sizeof *provenance->ring);
	provenance->by_id = calloc(BUCKETS, sizeof *provenance->by_id);
	if (provenance->ring == NULL || provenance->by_id == NULL)
		error_set(error, "out of memory");
	else if (directory == NULL || provenance_file_open(provenance, directory, error))
		return provenance;
	provenance_close(provenance);
	return NULL;
}

void provenance_close(struct provenance *provenance)
{
	if (provenance == NULL)
		return;
	provenance_file_close(provenance);
	for (size_t i = 0; provenance->ring != NULL && i < PROVENANCE_RECORDS; i++)
		free(provenance->ring[i].text);
	pthread_cond_destroy(&provenance->added);
	pthread_mutex_destroy(&provenance->mutex);
	free(provenance->ring);
	free(provenance->by_id);
	free(provenance);
}
