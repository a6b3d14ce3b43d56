/* What a ticket has to do with its tenant's file (quota_lock.h). The file is open as long as this process has a record in it or
 * somebody at the head of the tenant's line, and is used outside of the mutex: whoever uses it has said so under it. */
#include "proxy/quota_private.h"

#include "proxy/loop.h"

#include <string.h>

/* ---- what was left behind, under the mutex ---- */

static bool is_same(const struct quota_left *left, const struct quota_orphan *orphan)
{
	return left->record == orphan->record && strcmp(left->token, orphan->token) == 0;
}

static bool is_known(const struct quota_tenant *tenant, const struct quota_orphan *orphan)
{
	size_t i = 0;

	while (i < tenant->left_count && !is_same(&tenant->left[i], orphan))
		i++;
	return i < tenant->left_count;
}

static bool is_found(const struct quota_found *found, const struct quota_left *left)
{
	size_t i = 0;

	while (i < found->orphan_count && !is_same(left, &found->orphans[i]))
		i++;
	return i < found->orphan_count;
}

/* Each orphan is waited for from when it was first seen; what was seen long ago may have been another. */
static void learn_left(struct quota_tenant *tenant, const struct quota_found *found,
                       uint64_t now_ms)
{
	size_t kept = 0;

	if (now_ms > tenant->looked_ms + QUOTA_LEFT_MS)
		tenant->left_count = 0;
	tenant->looked_ms = now_ms;
	for (size_t i = 0; i < tenant->left_count; i++) {
		if (is_found(found, &tenant->left[i]))
			tenant->left[kept++] = tenant->left[i];
	}
	tenant->left_count = kept;
	for (size_t i = 0; i < found->orphan_count; i++) {
		struct quota_left *left = &tenant->left[tenant->left_count];

		if (is_known(tenant, &found->orphans[i]))
			continue;
		left->record = found->orphans[i].record;
		memcpy(left->token, found->orphans[i].token, sizeof left->token);
		left->until_ms = now_ms + QUOTA_LEFT_MS;
		tenant->left_count++;
	}
}

/* ---- using the file ---- */

static int begin_use(struct quota_ticket *ticket)
{
	struct quota_tenant *tenant = ticket->tenant;
	int file;

	pthread_mutex_lock(&ticket->table->mutex);
	tenant->file_users += !ticket->uses_file;
	ticket->uses_file = true;
	file = tenant->file;
	pthread_mutex_unlock(&ticket->table->mutex);
	return file;
}

static void end_use(struct quota_ticket *ticket)
{
	struct quota_tenant *tenant = ticket->tenant;
	int file = -1;

	if (!ticket->uses_file)
		return;
	ticket->uses_file = false;
	pthread_mutex_lock(&ticket->table->mutex);
	tenant->file_users--;
	if (tenant->file_users == 0) {
		file = tenant->file;
		tenant->file = -1;
	}
	pthread_mutex_unlock(&ticket->table->mutex);
	if (file >= 0)
		quota_lock_close(ticket->table->ledger, tenant->name, file);
}

enum quota_share quota_share_take(struct quota_ticket *ticket)
{
	struct quota_table *table = ticket->table;
	struct quota_tenant *tenant = ticket->tenant;
	enum quota_lock_result result;
	struct quota_found found;
	int file;

	if (!table->shared)
		return QUOTA_SHARE_TAKEN;
	if (table->ledger == NULL)
		return QUOTA_SHARE_BROKEN;
	file = begin_use(ticket);
	result = quota_lock_take(table->ledger, tenant->name, &file, &found);
	pthread_mutex_lock(&table->mutex);
	if (tenant->file != file) /* who has a record there may be reading it: nobody has */
		tenant->file = file;
	if (result == QUOTA_LOCK_TAKEN) {
		ticket->locks = true;
		ticket->record = found.free_record;
		ticket->before = found.others;
		learn_left(tenant, &found, loop_now_ms(ticket->order.loop));
	}
	pthread_mutex_unlock(&table->mutex);
	if (result == QUOTA_LOCK_TAKEN)
		return QUOTA_SHARE_TAKEN;
	return result == QUOTA_LOCK_BUSY ? QUOTA_SHARE_BUSY : QUOTA_SHARE_BROKEN;
}

/* One that cannot be wiped is found again. */
void quota_share_resolve(const struct quota_ticket *ticket, const struct quota_resolved *resolved)
{
	for (size_t i = 0; ticket->locks && i < resolved->count; i++)
		(void)quota_lock_wipe(ticket->tenant->file, resolved->records[i]);
}

bool quota_share_note(struct quota_ticket *ticket)
{
	return !ticket->locks ||
	       quota_lock_note(ticket->table->ledger, ticket->tenant->file, ticket->record,
	                       ticket->token, &ticket->order.demand->amounts);
}

void quota_share_release(struct quota_ticket *ticket)
{
	if (!ticket->locks)
		return;
	ticket->locks = false;
	quota_lock_release(ticket->tenant->file);
	if (ticket->phase != QUOTA_PHASE_GRANTED)
		end_use(ticket);
}

void quota_share_end(struct quota_ticket *ticket, bool sure)
{
	bool granted = ticket->phase == QUOTA_PHASE_GRANTED && ticket->uses_file;

	if (ticket->locks)
		quota_lock_release(ticket->tenant->file);
	ticket->locks = false;
	if (granted && sure)
		(void)quota_lock_wipe(ticket->tenant->file, ticket->record);
	else if (granted)
		(void)quota_lock_orphan(ticket->tenant->file, ticket->record);
	end_use(ticket);
}
