/* Each tenant's line. One mutex, never held across a file or a call to an owner. Only the ticket at the head of a line deals
 * with the tenant's lock, or, where nobody is in line, whoever settles the last one. */
#include "proxy/quota_private.h"

#include "proxy/loop.h"

#include <stdlib.h>
#include <string.h>

enum { POLL_MS = 250, RETRY_MS = 20, LOOK_AGAIN_MS = 100 };

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
	tenant->standing += ticket->standing;
	ticket->phase = QUOTA_PHASE_GRANTED;
}

static void take_back(struct quota_ticket *ticket)
{
	struct quota_tenant *tenant = ticket->tenant;

	for (size_t i = 0; i < QUOTAS; i++)
		tenant->granted.of[i] -= bounded(ticket->order.demand->amounts.of[i]);
	tenant->standing -= ticket->standing;
}

static void leave_behind(struct quota_tenant *tenant, const char *token, uint64_t until_ms)
{
	struct quota_left *left;

	if (tenant->left_count == QUOTA_LOCK_TOKENS) {
		tenant->left_count--;
		token = "-";
	}
	left = &tenant->left[tenant->left_count++];
	memset(left, 0, sizeof *left);
	strncpy(left->token, token, sizeof left->token - 1);
	left->until_ms = until_ms;
}

static void forget_late(struct quota_tenant *tenant, uint64_t now_ms)
{
	size_t kept = 0;

	for (size_t i = 0; i < tenant->left_count; i++) {
		if (tenant->left[i].until_ms > now_ms)
			tenant->left[kept++] = tenant->left[i];
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

/* ---- the lock ---- */

/* Under the mutex: what is to be let go of, or -1. TOKENS is what stays in it. */
static int give_up_lock(struct quota_tenant *tenant, struct quota_tokens *tokens)
{
	int fd = tenant->lock;

	tokens->count = 0;
	if (fd < 0)
		return -1;
	for (; tokens->count < tenant->left_count; tokens->count++)
		memcpy(tokens->list[tokens->count], tenant->left[tokens->count].token,
		       sizeof tokens->list[0]);
	tenant->left_count = 0;
	tenant->lock = -1;
	return fd;
}

/* Outside of the mutex, by the head of the line. True: the lock is held, or there is no need of one. */
static bool hold_lock(struct quota_ticket *ticket, enum quota_lock_result *result)
{
	struct quota_table *table = ticket->table;
	struct quota_tenant *tenant = ticket->tenant;
	uint64_t now_ms = loop_now_ms(ticket->order.loop);
	struct quota_tokens tokens;
	int fd = -1;

	*result = QUOTA_LOCK_BROKEN;
	if (!table->shared || tenant->lock >= 0)
		return true;
	if (table->folder < 0)
		return false;
	*result = quota_lock_take(table->folder, tenant->name, &fd, &tokens);
	if (*result != QUOTA_LOCK_TAKEN)
		return false;
	pthread_mutex_lock(&table->mutex);
	tenant->lock = fd;
	tenant->locked_ms = now_ms;
	for (size_t i = 0; i < tokens.count; i++)
		leave_behind(tenant, tokens.list[i], now_ms + QUOTA_LEFT_MS);
	pthread_mutex_unlock(&table->mutex);
	return true;
}

/* Others have waited long enough: the head lets go of the lock when nothing is under way. True: it has to wait. What was left
 * behind is waited for without a break: whoever comes next would begin anew. */
static bool give_way(struct quota_ticket *ticket)
{
	struct quota_table *table = ticket->table;
	struct quota_tenant *tenant = ticket->tenant;
	struct quota_tokens tokens;
	bool late;
	int fd = -1;

	pthread_mutex_lock(&table->mutex);
	late = tenant->lock >= 0 && tenant->left_count == 0 &&
	       loop_now_ms(ticket->order.loop) > tenant->locked_ms + QUOTA_TURN_MS;
	if (late && tenant->standing == 0)
		fd = give_up_lock(tenant, &tokens);
	pthread_mutex_unlock(&table->mutex);
	if (fd >= 0)
		quota_lock_release(fd, &tokens);
	return late;
}

/* ---- the head of the line ---- */

/* Under the mutex. True when TICKET is the first and has something to do. */
static bool is_up(struct quota_ticket *ticket)
{
	struct quota_tenant *tenant = ticket->tenant;
	bool waits = ticket->phase == QUOTA_PHASE_LINE ||
	             (ticket->phase == QUOTA_PHASE_QUIET && tenant->standing == 0);

	if (tenant->first != ticket)
		return false;
	if (ticket->head_ms == 0)
		ticket->head_ms = loop_now_ms(ticket->order.loop);
	return waits;
}

static bool is_tired(const struct quota_ticket *ticket)
{
	return ticket->head_ms != 0 &&
	       loop_now_ms(ticket->order.loop) > ticket->head_ms + QUOTA_PATIENCE_MS;
}

static void begin_count(struct quota_ticket *ticket)
{
	struct quota_tenant *tenant = ticket->tenant;

	pthread_mutex_lock(&ticket->table->mutex);
	ticket->phase = QUOTA_PHASE_COUNTING;
	ticket->before = tenant->granted;
	ticket->under_way = tenant->standing;
	pthread_mutex_unlock(&ticket->table->mutex);
	ticket->order.call(QUOTA_COUNT, ticket->order.owner);
}

/* Sees whether it can go on. It may end in here. */
static void look(struct quota_ticket *ticket)
{
	enum quota_lock_result result;
	bool up, waiting;

	pthread_mutex_lock(&ticket->table->mutex);
	up = is_up(ticket);
	waiting = ticket->phase == QUOTA_PHASE_LINE || ticket->phase == QUOTA_PHASE_QUIET;
	pthread_mutex_unlock(&ticket->table->mutex);
	if (!waiting)
		return;
	timer_start(ticket->timer, up ? RETRY_MS : POLL_MS);
	if (is_tired(ticket)) {
		ticket->order.call(QUOTA_TIRED, ticket->order.owner);
		return;
	}
	if (!up || give_way(ticket))
		return;
	if (hold_lock(ticket, &result))
		begin_count(ticket);
	else if (result == QUOTA_LOCK_BROKEN)
		ticket->order.call(QUOTA_UNLOCKABLE, ticket->order.owner);
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

/* Under the mutex: what USE and what was under way before it was counted come to. */
static void judge(struct quota_ticket *ticket, const struct quota_amounts *use,
                  struct quota_outcome *outcome)
{
	struct quota_tenant *tenant = ticket->tenant;

	forget_late(tenant, loop_now_ms(ticket->order.loop));
	outcome->use = *use;
	outcome->answer = QUOTA_WAITING;
	if (tenant->left_count > 0) {
		ticket->phase = QUOTA_PHASE_LINE;
		return;
	}
	quota_add(&outcome->use, &ticket->before);
	outcome->over =
		quota_exceeded(ticket->order.rules, &outcome->use, &ticket->order.demand->amounts);
	if (outcome->over == QUOTAS) {
		outcome->answer = QUOTA_GRANTED;
		grant(ticket);
	} else if (ticket->under_way > 0) {
		ticket->phase = QUOTA_PHASE_QUIET;
	} else {
		outcome->answer = QUOTA_OVER;
		ticket->phase = QUOTA_PHASE_OVER;
	}
}

void quota_decide(struct quota_ticket *ticket, const struct quota_amounts *use,
                  struct quota_outcome *outcome)
{
	struct quota_table *table = ticket->table;
	struct quota_tenant *tenant = ticket->tenant;
	bool quiet;

	pthread_mutex_lock(&table->mutex);
	judge(ticket, use, outcome);
	quiet = ticket->phase == QUOTA_PHASE_QUIET && tenant->standing == 0;
	pthread_mutex_unlock(&table->mutex);
	/* The head is nobody else's yet, and so is its lock. */
	if (outcome->answer == QUOTA_GRANTED && tenant->lock >= 0 &&
	    !quota_lock_note(tenant->lock, ticket->token)) {
		outcome->answer = QUOTA_WAITING;
		ticket->order.call(QUOTA_UNLOCKABLE, ticket->order.owner);
		return;
	}
	if (outcome->answer == QUOTA_WAITING) {
		timer_start(ticket->timer, quiet ? 0 : LOOK_AGAIN_MS);
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
	struct quota_tokens tokens;
	struct quota_tenant *tenant;
	int fd = -1;

	if (ticket == NULL)
		return;
	table = ticket->table;
	tenant = ticket->tenant;
	timer_free(ticket->timer);
	ticket->timer = NULL;
	pthread_mutex_lock(&table->mutex);
	if (ticket->phase == QUOTA_PHASE_GRANTED)
		take_back(ticket);
	if (ticket->phase == QUOTA_PHASE_GRANTED && ticket->standing && !sure)
		leave_behind(tenant, ticket->token, loop_now_ms(ticket->order.loop) + QUOTA_LEFT_MS);
	if (is_in_line(ticket))
		leave_line(ticket);
	if (tenant->standing == 0 && tenant->first != NULL)
		wake(tenant->first);
	else if (tenant->standing == 0)
		fd = give_up_lock(tenant, &tokens);
	tenant->tickets--;
	ticket->settled = true;
	discard(ticket);
	pthread_mutex_unlock(&table->mutex);
	if (fd >= 0)
		quota_lock_release(fd, &tokens);
}
