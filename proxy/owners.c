/* Owns a cache of owners, whose names are a tenant's with an id behind it. */
#include "proxy/owners.h"

#include "policy/facts.h"
#include "policy/owner_cache.h"
#include "policy/world.h"

#include <stdio.h>
#include <stdlib.h>

struct owners {
	struct owners_scope scope;
	struct owner_cache *cache;
};

struct owners *owners_new(void)
{
	struct owners *owners = calloc(1, sizeof *owners);

	if (owners == NULL)
		return NULL;
	owners->cache = owner_cache_new(OWNERS_MAX);
	if (owners->cache != NULL)
		return owners;
	free(owners);
	return NULL;
}

void owners_free(struct owners *owners)
{
	if (owners == NULL)
		return;
	owner_cache_free(owners->cache);
	free(owners);
}

/* The cache of SCOPE; NULL when there is no memory for another one. */
static struct owner_cache *cache_of(struct owners *owners, const struct owners_scope *scope)
{
	if (owners->cache != NULL && owners->scope.generation == scope->generation &&
	    owners->scope.edition == scope->edition)
		return owners->cache;
	owner_cache_free(owners->cache);
	owners->cache = owner_cache_new(OWNERS_MAX);
	owners->scope = *scope;
	return owners->cache;
}

/* Where FACT's object is kept; false for what is not. */
static bool print_name(const struct fact *fact, const char *id, char name[OWNER_CACHE_NAME_MAX + 1])
{
	if (fact->world == NULL || !fact_id_lasts(fact->kind, id))
		return false;
	int len = snprintf(name, OWNER_CACHE_NAME_MAX + 1, "%s %s", fact->world->tenant, id);
	return len > 0 && len <= OWNER_CACHE_NAME_MAX;
}

void owners_note(struct owners *owners, const struct owners_scope *scope, const struct fact *fact)
{
	char name[OWNER_CACHE_NAME_MAX + 1];
	struct owner_cache *cache;

	if (fact->state != FACT_FOUND || fact->shared || !print_name(fact, fact->id, name))
		return;
	cache = cache_of(owners, scope);
	if (cache != NULL)
		owner_cache_put(cache, fact->kind, name, OWNERSHIP_OWN);
}

bool owners_know(struct owners *owners, const struct owners_scope *scope, const struct fact *fact)
{
	char name[OWNER_CACHE_NAME_MAX + 1];
	struct owner_cache *cache;
	enum ownership owner = OWNERSHIP_FOREIGN;

	if (!fact->owner_only || !print_name(fact, fact->name, name))
		return false;
	cache = cache_of(owners, scope);
	return cache != NULL && owner_cache_find(cache, fact->kind, name, &owner) &&
	       owner == OWNERSHIP_OWN;
}
