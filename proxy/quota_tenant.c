/* Tenants by name, as long as anything of theirs is under way, and how fast their requests come. */
#include "proxy/quota_private.h"

#include "policy/error.h"

#include <stdlib.h>
#include <string.h>

struct quota_table *quota_table_open(const char *state, struct error *error)
{
	struct quota_table *table = calloc(1, sizeof *table);

	if (table == NULL) {
		error_set(error, "out of memory");
		return NULL;
	}
	table->shared = state != NULL;
	table->ledger = state != NULL ? quota_ledger_open(state, error) : NULL;
	pthread_mutex_init(&table->mutex, NULL);
	return table;
}

void quota_table_close(struct quota_table *table)
{
	if (table == NULL)
		return;
	while (table->tickets != NULL) {
		struct quota_ticket *ticket = table->tickets;

		table->tickets = ticket->earlier;
		free(ticket);
	}
	for (size_t i = 0; i < QUOTA_BUCKETS; i++) {
		while (table->buckets[i] != NULL) {
			struct quota_tenant *tenant = table->buckets[i];

			table->buckets[i] = tenant->next;
			if (tenant->file >= 0)
				quota_lock_close(table->ledger, tenant->name, tenant->file);
			free(tenant);
		}
	}
	quota_ledger_close(table->ledger);
	pthread_mutex_destroy(&table->mutex);
	free(table);
}

/* ---- tenants, under the mutex ---- */

/* Nothing is lost with it. */
static bool is_idle(const struct quota_tenant *tenant, uint64_t now_ms)
{
	return tenant->tickets == 0 && tenant->left_count == 0 && tenant->file_users == 0 &&
	       now_ms > tenant->full_ms;
}

static struct quota_tenant *new_tenant(struct quota_tenant **bucket, const char *name,
                                       uint64_t now_ms)
{
	struct quota_tenant *tenant;

	for (struct quota_tenant **at = bucket; *at != NULL;) {
		tenant = *at;
		if (!is_idle(tenant, now_ms)) {
			at = &tenant->next;
			continue;
		}
		*at = tenant->next;
		free(tenant);
	}
	tenant = calloc(1, sizeof *tenant);
	if (tenant == NULL)
		return NULL;
	strncpy(tenant->name, name, sizeof tenant->name - 1);
	tenant->file = -1;
	tenant->next = *bucket;
	*bucket = tenant;
	return tenant;
}

struct quota_tenant *quota_find_tenant(struct quota_table *table, const char *name, uint64_t now_ms)
{
	unsigned hash = 0;
	struct quota_tenant *tenant;

	for (const char *at = name; *at != '\0'; at++)
		hash = hash * 31 + (unsigned char)*at;
	tenant = table->buckets[hash % QUOTA_BUCKETS];
	while (tenant != NULL && strcmp(tenant->name, name) != 0)
		tenant = tenant->next;
	return tenant != NULL ? tenant
	                      : new_tenant(&table->buckets[hash % QUOTA_BUCKETS], name, now_ms);
}

/* ---- requests a second ---- */

/* Under the mutex. */
static bool take_request(struct quota_tenant *tenant, double rate, double burst, uint64_t now_ms)
{
	bool passes;

	if (tenant->refilled_ms == 0)
		tenant->requests = burst;
	if (now_ms > tenant->refilled_ms) { /* loops read their clocks at different times */
		tenant->requests += rate * (double)(now_ms - tenant->refilled_ms) / QUOTA_SECOND_MS;
		tenant->refilled_ms = now_ms;
	}
	if (tenant->requests > burst)
		tenant->requests = burst;
	passes = tenant->requests >= 1;
	tenant->requests -= passes;
	tenant->full_ms = now_ms + (uint64_t)((burst - tenant->requests) / rate * QUOTA_SECOND_MS) + 1;
	return passes;
}

bool quota_take_request(struct quota_table *table, const char *tenant_name,
                        const struct quota_rules *rules, uint64_t now_ms)
{
	double rate = (double)rules->per_second.most;
	double burst = rules->burst.given ? (double)rules->burst.most : rate;
	struct quota_tenant *tenant;
	bool passes;

	if (!rules->per_second.given)
		return true;
	pthread_mutex_lock(&table->mutex);
	tenant = quota_find_tenant(table, tenant_name, now_ms);
	passes = tenant != NULL && take_request(tenant, rate, burst, now_ms);
	pthread_mutex_unlock(&table->mutex);
	return passes;
}
