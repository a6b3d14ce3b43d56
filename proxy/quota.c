/* Each tenant's line. One mutex, never held across a file or a call to an owner. Only the ticket at the head of a line deals
 * with the tenant's lock, and only while it counts. */
#include "proxy/quota_private.h"

#include "proxy/loop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { POLL_MS = 250, RETRY_MS = 20, LOOK_AGAIN_MS = 100, PAUSE_MS = 50 };

/* Amounts under way are taken off again: none is so large that a sum of them is cut. */
#define AMOUNT_MAX (QUOTA_UNBOUNDED >> 20)

/* ---- amounts, under the mutex ---- */

static long long bounded(long long amount)
{
	return amount < AMOUNT_MAX ? amount : AMOUNT_MAX;
}

static void grant(struct quota_ticket *ticket)
{
	struct quota_tenant *tenant = ticket->tenant;

	for (size_t i = 0; i < QUOTAS; i++)
		tenant->granted.of[i] += bounded(ticket->order.demand->amounts.of[i]);
	ticket->phase = QUOTA_PHASE_GRANTED;
}

static void take_back(struct quota_ticket *ticket)
{
	struct quota_tenant *tenant = ticket->tenant;

	for (size_t i = 0; i < QUOTAS; i++)
		tenant->granted.of[i] -= bounded(ticket->order.demand->amounts.of[i]);
}

/* Where nothing is shared. */
static void leave_behind(struct quota_tenant *tenant, const char *token, uint64_t until_ms)
{
	struct quota_left *left;

	if (tenant->left_count == QUOTA_RECORDS) {
		tenant->left_count--;
		token = "-";
	}
	left = &tenant->left[tenant->left_count++];
	*left = (struct quota_left){.record = QUOTA_UNRECORDED, .until_ms = until_ms};
	snprintf(left->token, sizeof left->token, "%s", token);
}

/* What was seen, and what should have been by now. */
static void forget_left(struct quota_tenant *tenant, uint64_t now_ms,
                        struct quota_resolved *resolved)
{
	size_t kept = 0;

	resolved->count = 0;
	for (size_t i = 0; i < tenant->left_count; i++) {
		if (tenant->left[i].until_ms > now_ms)
			tenant->left[kept++] = tenant->left[i];
		else if (tenant->left[i].record != QUOTA_UNRECORDED)
			resolved->records[resolved->count++] = tenant->left[i].record;
	}
	tenant->left_count = kept;
}

/* ---- the line, under the mutex ---- */

static void arrive(void *context);

/* Without memory its own timer finds out, a little later. */
static void wake(struct quota_ticket *ticket)
{
	if (ticket != NULL && loop_post(ticket->order.loop, arrive, ticket))
		ticket->posted++;
}

static void line_up(struct quota_ticket *ticket)
{
	struct quota_tenant *tenant = ticket->tenant;

	ticket->previous = tenant->last;
	if (tenant->last != NULL)
		tenant->last->next = ticket;
	else
		tenant->first = ticket;
	tenant->last = ticket;
}

static void leave_line(struct quota_ticket *ticket)
{
	struct quota_tenant *tenant = ticket->tenant;

	if (ticket->previous != NULL)
		ticket->previous->next = ticket->next;
	else
		tenant->first = ticket->next;
	if (ticket->next != NULL)
		ticket->next->previous = ticket->previous;
	else
		tenant->last = ticket->previous;
	if (ticket->previous == NULL)
		wake(tenant->first);
	ticket->previous = ticket->next = NULL;
}

/* ---- the head of the line ---- */

/* Under the mutex. True when TICKET is the first and has something to do. */
static bool is_up(struct quota_ticket *ticket)
{
	struct quota_tenant *tenant = ticket->tenant;
	bool waits = ticket->phase == QUOTA_PHASE_LINE ||
	             (ticket->phase == QUOTA_PHASE_QUIET && tenant->granted.of[ticket->over] == 0);

	if (tenant->first != ticket)
		return false;
	if (ticket->head_ms == 0)
		ticket->head_ms = loop_now_ms(ticket->order.loop);
	return waits;
}

/* Under the mutex. Whoever has had the lock again and again lets other processes have it. */
static bool gives_way(struct quota_tenant *tenant, uint64_t now_ms)
{
	if (now_ms > tenant->turn_last_ms + PAUSE_MS)
		tenant->turn_ms = now_ms;
	tenant->turn_last_ms = now_ms;
	if (now_ms > tenant->turn_ms + QUOTA_TURN_MS) {
		tenant->turn_ms = now_ms + PAUSE_MS;
		tenant->pause_ms = now_ms + PAUSE_MS;
	}
	return now_ms < tenant->pause_ms;
}

static bool is_tired(const struct quota_ticket *ticket)
{
	return ticket->head_ms != 0 &&
	       loop_now_ms(ticket->order.loop) > ticket->head_ms + QUOTA_PATIENCE_MS;
}

static void begin_count(struct quota_ticket *ticket)
{
	pthread_mutex_lock(&ticket->table->mutex);
	ticket->phase = QUOTA_PHASE_COUNTING;
	quota_add(&ticket->before, &ticket->tenant->granted);
	pthread_mutex_unlock(&ticket->table->mutex);
	ticket->order.call(QUOTA_COUNT, ticket->order.owner);
}

/* Sees whether it can go on. It may end in here. */
static void look(struct quota_ticket *ticket)
{
	uint64_t now_ms = loop_now_ms(ticket->order.loop);
	bool first, up, waiting;

	pthread_mutex_lock(&ticket->table->mutex);
	first = ticket->tenant->first == ticket;
	waiting = ticket->phase == QUOTA_PHASE_LINE || ticket->phase == QUOTA_PHASE_QUIET;
	up = is_up(ticket) && !(ticket->table->shared && gives_way(ticket->tenant, now_ms));
	pthread_mutex_unlock(&ticket->table->mutex);
	if (!waiting)
		return;
	timer_start(ticket->timer, first ? RETRY_MS : POLL_MS);
	if (is_tired(ticket)) {
		ticket->order.call(QUOTA_TIRED, ticket->order.owner);
		return;
	}
	if (!up)
		return;
	ticket->before = (struct quota_amounts){{0}};
	switch (quota_share_take(ticket)) {
	case QUOTA_SHARE_TAKEN:
		begin_count(ticket);
		break;
	case QUOTA_SHARE_BUSY:
		break;
	case QUOTA_SHARE_BROKEN:
		ticket->order.call(QUOTA_UNLOCKABLE, ticket->order.owner);
		break;
	}
}

static void timed_look(void *context)
{
	look(context);
}

/* Under the mutex. */
static void discard(struct quota_ticket *ticket)
{
	if (ticket->posted > 0 || !ticket->settled)
		return;
	if (ticket->earlier != NULL)
		ticket->earlier->younger = ticket->younger;
	if (ticket->younger != NULL)
		ticket->younger->earlier = ticket->earlier;
	else
		ticket->table->tickets = ticket->earlier;
	free(ticket);
}

static void arrive(void *context)
{
	struct quota_ticket *ticket = context;
	struct quota_table *table = ticket->table;
	bool settled;

	pthread_mutex_lock(&table->mutex);
	ticket->posted--;
	settled = ticket->settled;
	if (settled)
		discard(ticket);
	pthread_mutex_unlock(&table->mutex);
	if (!settled)
		look(ticket);
}

/* ---- tickets ---- */

static struct quota_ticket *new_ticket(struct quota_table *table, const struct quota_order *order)
{
	struct quota_ticket *ticket = calloc(1, sizeof *ticket);

	if (ticket == NULL)
		return NULL;
	ticket->table = table;
	ticket->order = *order;
	ticket->standing = quota_is_standing(order->rules, order->demand);
	strncpy(ticket->token, order->token != NULL ? order->token : "-", sizeof ticket->token - 1);
	ticket->timer = ticket->standing ? timer_new(order->loop, timed_look, ticket) : NULL;
	if (ticket->timer == NULL && ticket->standing) {
		free(ticket);
		return NULL;
	}
	return ticket;
}

static void keep(struct quota_ticket *ticket)
{
	struct quota_table *table = ticket->table;

	ticket->earlier = table->tickets;
	if (table->tickets != NULL)
		table->tickets->younger = ticket;
	table->tickets = ticket;
	ticket->tenant->tickets++;
}

/* Under the mutex: what is wanted at a time is had or not; what stays has to be counted. */
static void begin(struct quota_ticket *ticket, struct quota_outcome *outcome)
{
	struct quota_tenant *tenant = ticket->tenant;

	keep(ticket);
	outcome->use = tenant->granted;
	if (ticket->standing) {
		outcome->answer = QUOTA_WAITING;
		line_up(ticket);
		return;
	}
	outcome->over =
		quota_exceeded(ticket->order.rules, &outcome->use, &ticket->order.demand->amounts);
	outcome->answer = outcome->over == QUOTAS ? QUOTA_GRANTED : QUOTA_OVER;
	ticket->phase = QUOTA_PHASE_OVER;
	if (outcome->answer == QUOTA_GRANTED)
		grant(ticket);
}

struct quota_ticket *quota_enter(struct quota_table *table, const struct quota_order *order,
                                 struct quota_outcome *outcome)
{
	struct quota_ticket *ticket = new_ticket(table, order);

	*outcome = (struct quota_outcome){.answer = QUOTA_OVER};
	if (ticket == NULL)
		return NULL;
	pthread_mutex_lock(&table->mutex);
	ticket->tenant = quota_find_tenant(table, order->tenant, loop_now_ms(order->loop));
	if (ticket->tenant != NULL)
		begin(ticket, outcome);
	pthread_mutex_unlock(&table->mutex);
	if (ticket->tenant == NULL) {
		timer_free(ticket->timer);
		free(ticket);
		return NULL;
	}
	if (outcome->answer == QUOTA_WAITING)
		timer_start(ticket->timer, 0);
	return ticket;
}

size_t quota_left(const struct quota_ticket *ticket)
{
	size_t count;

	pthread_mutex_lock(&ticket->table->mutex);
	count = ticket->tenant->left_count;
	pthread_mutex_unlock(&ticket->table->mutex);
	return count;
}

bool quota_is_left(const struct quota_ticket *ticket, const char *token)
{
	const struct quota_tenant *tenant = ticket->tenant;
	bool left = false;

	pthread_mutex_lock(&ticket->table->mutex);
	for (size_t i = 0; i < tenant->left_count; i++)
		left = left || strcmp(tenant->left[i].token, token) == 0;
	pthread_mutex_unlock(&ticket->table->mutex);
	return left;
}

void quota_saw(struct quota_ticket *ticket, const char *token)
{
	struct quota_tenant *tenant = ticket->tenant;

	pthread_mutex_lock(&ticket->table->mutex);
	for (size_t i = 0; i < tenant->left_count; i++) {
		if (strcmp(tenant->left[i].token, token) == 0)
			tenant->left[i].until_ms = 0;
	}
	pthread_mutex_unlock(&ticket->table->mutex);
}

/* Under the mutex: what USE, and what was under way before it was counted, come to. */
static void judge(struct quota_ticket *ticket, const struct quota_amounts *use,
                  struct quota_outcome *outcome)
{
	const struct quota_amounts *demand = &ticket->order.demand->amounts;

	outcome->use = *use;
	quota_add(&outcome->use, &ticket->before);
	outcome->over = quota_exceeded(ticket->order.rules, &outcome->use, demand);
	if (outcome->over == QUOTAS) {
		outcome->answer = QUOTA_GRANTED;
		grant(ticket);
		return;
	}
	/* Without what is under way, which may come to nothing or be counted already, it could be enough. */
	outcome->passes = ticket->before.of[outcome->over] > 0;
	if (outcome->passes && quota_passes_soon(outcome->over)) {
		outcome->answer = QUOTA_WAITING;
		ticket->over = outcome->over;
		ticket->phase = QUOTA_PHASE_QUIET;
		return;
	}
	outcome->answer = QUOTA_OVER;
	ticket->phase = QUOTA_PHASE_OVER;
}

/* Under the mutex. */
static void wait_for_left(struct quota_ticket *ticket, struct quota_outcome *outcome)
{
	outcome->answer = QUOTA_WAITING;
	ticket->phase = QUOTA_PHASE_LINE;
}

void quota_decide(struct quota_ticket *ticket, const struct quota_amounts *use,
                  struct quota_outcome *outcome)
{
	struct quota_table *table = ticket->table;
	struct quota_tenant *tenant = ticket->tenant;
	struct quota_resolved resolved;

	*outcome = (struct quota_outcome){.answer = QUOTA_OVER};
	pthread_mutex_lock(&table->mutex);
	forget_left(tenant, loop_now_ms(ticket->order.loop), &resolved);
	if (tenant->left_count > 0 || (ticket->locks && ticket->record == QUOTA_RECORDS))
		wait_for_left(ticket, outcome);
	else
		judge(ticket, use, outcome);
	pthread_mutex_unlock(&table->mutex);
	/* The head is nobody else's yet, and so is its lock. */
	quota_share_resolve(ticket, &resolved);
	if (outcome->answer == QUOTA_GRANTED && !quota_share_note(ticket)) {
		outcome->answer = QUOTA_WAITING;
		ticket->order.call(QUOTA_UNLOCKABLE, ticket->order.owner);
		return;
	}
	quota_share_release(ticket);
	if (outcome->answer == QUOTA_WAITING) {
		timer_start(ticket->timer, LOOK_AGAIN_MS);
		return;
	}
	pthread_mutex_lock(&table->mutex);
	leave_line(ticket);
	pthread_mutex_unlock(&table->mutex);
}

static bool is_in_line(const struct quota_ticket *ticket)
{
	return ticket->tenant->first == ticket || ticket->previous != NULL;
}

void quota_settle(struct quota_ticket *ticket, bool sure)
{
	struct quota_table *table;
	struct quota_tenant *tenant;
	bool unsure;

	if (ticket == NULL)
		return;
	table = ticket->table;
	tenant = ticket->tenant;
	timer_free(ticket->timer);
	ticket->timer = NULL;
	unsure = ticket->phase == QUOTA_PHASE_GRANTED && ticket->standing && !sure;
	quota_share_end(ticket, !unsure);
	pthread_mutex_lock(&table->mutex);
	if (ticket->phase == QUOTA_PHASE_GRANTED)
		take_back(ticket);
	if (unsure && !table->shared)
		leave_behind(tenant, ticket->token, loop_now_ms(ticket->order.loop) + QUOTA_LEFT_MS);
	if (is_in_line(ticket))
		leave_line(ticket);
	wake(tenant->first);
	tenant->tickets--;
	ticket->settled = true;
	discard(ticket);
	pthread_mutex_unlock(&table->mutex);
}
