/* The line of a tenant: who may go at once, who waits for whom, two processes on one state directory, and what is left behind
 * by one that died. */
#include "proxy/quota.h"

#include "policy/error.h"
#include "proxy/loop.h"
#include "proxy/quota_lock.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { ASKERS = 8, PATIENCE_MS = 10000 };

static struct loop *loop;
static struct timer *alarm_timer;
static const struct quota_rules rules = {
	.limits = {[QUOTA_CONTAINERS] = {.given = true, .most = 2},
               [QUOTA_BUILDS] = {.given = true, .most = 1}},
	.per_second = {.given = true, .most = 2},
	.burst = {.given = true, .most = 3},
};
static const struct quota_demand container = {.amounts.of[QUOTA_CONTAINERS] = 1};
static const struct quota_demand build = {.amounts.of[QUOTA_BUILDS] = 1};

struct asker {
	struct quota_ticket *ticket;
	struct quota_outcome outcome;
	unsigned calls;
	enum quota_call last;
};

static struct asker askers[ASKERS];

static void call(enum quota_call what, void *owner)
{
	struct asker *asker = owner;

	asker->calls++;
	asker->last = what;
	loop_stop(loop);
}

static void too_late(void *context)
{
	(void)context;
	loop_stop(loop);
}

/* Runs until somebody is called, or so many milliseconds are over. */
static void run_for(unsigned milliseconds)
{
	timer_start(alarm_timer, milliseconds);
	loop_run(loop);
	timer_stop(alarm_timer);
}

static struct asker *ask(struct quota_table *table, size_t i, const char *tenant,
                         const struct quota_demand *demand, const char *token)
{
	struct asker *asker = &askers[i];
	const struct quota_order order = {
		.loop = loop,
		.tenant = tenant,
		.rules = &rules,
		.demand = demand,
		.token = token,
		.call = call,
		.owner = asker,
	};

	memset(asker, 0, sizeof *asker);
	asker->ticket = quota_enter(table, &order, &asker->outcome);
	assert_non_null(asker->ticket);
	return asker;
}

static void await(const struct asker *asker, unsigned calls)
{
	for (unsigned i = 0; asker->calls < calls && i < 20; i++)
		run_for(PATIENCE_MS);
	assert_int_equal(asker->calls, calls);
	assert_int_equal(asker->last, QUOTA_COUNT);
}

static enum quota_answer decide(struct asker *asker, long long containers)
{
	const struct quota_amounts use = {.of[QUOTA_CONTAINERS] = containers};

	quota_decide(asker->ticket, &use, &asker->outcome);
	return asker->outcome.answer;
}

static void settle(struct asker *asker, bool sure)
{
	quota_settle(asker->ticket, sure);
	asker->ticket = NULL;
}

static struct quota_table *open_table(const char *state)
{
	struct error error = {0};
	struct quota_table *table = quota_table_open(state, &error);

	assert_non_null(table);
	assert_string_equal(error.text, "");
	return table;
}

static void begin(void)
{
	loop = loop_new();
	alarm_timer = timer_new(loop, too_late, NULL);
	assert_non_null(alarm_timer);
}

static void end(struct quota_table *table)
{
	timer_free(alarm_timer);
	loop_free(loop);
	quota_table_close(table);
}

static void below_the_limit_nobody_waits(void **state)
{
	struct quota_table *table;
	struct asker *first, *second, *other;

	(void)state;
	begin();
	table = open_table(NULL);
	first = ask(table, 0, "a", &container, "1");
	second = ask(table, 1, "a", &container, "2");
	other = ask(table, 2, "b", &container, "3");
	assert_int_equal(first->outcome.answer, QUOTA_WAITING);
	await(first, 1);
	await(other, 1); /* another tenant's line is another */
	assert_int_equal(second->calls, 0);
	assert_int_equal(decide(first, 0), QUOTA_GRANTED);
	await(second, 1);                                   /* while the first is under way */
	assert_int_equal(decide(second, 1), QUOTA_WAITING); /* which may be that one */
	settle(first, true);
	await(second, 2);
	assert_int_equal(decide(second, 1), QUOTA_GRANTED);
	assert_int_equal(decide(other, 2), QUOTA_OVER);
	assert_int_equal(other->outcome.over, QUOTA_CONTAINERS);
	assert_int_equal(other->outcome.use.of[QUOTA_CONTAINERS], 2);
	settle(second, true);
	settle(other, true);
	end(table);
}

static void who_leaves_lets_the_next_one_in(void **state)
{
	struct quota_table *table;
	struct asker *first, *second, *third;

	(void)state;
	begin();
	table = open_table(NULL);
	first = ask(table, 0, "a", &container, "1");
	second = ask(table, 1, "a", &container, "2");
	third = ask(table, 2, "a", &container, "3");
	await(first, 1);
	settle(second, true); /* in the middle of the line */
	settle(first, true);  /* while it counts */
	await(third, 1);
	assert_int_equal(decide(third, 2), QUOTA_OVER);
	settle(third, true);
	end(table);
}

/* What nobody saw the end of may be there or not: it is looked for, and for a while only. */
static void what_was_not_seen_to_end_is_waited_for(void **state)
{
	struct quota_table *table;
	struct asker *first, *second;
	uint64_t began;

	(void)state;
	begin();
	table = open_table(NULL);
	for (int shown = 0; shown < 2; shown++) {
		first = ask(table, 0, "a", &container, "1");
		await(first, 1);
		assert_int_equal(quota_left(first->ticket), 0);
		assert_int_equal(decide(first, 0), QUOTA_GRANTED);
		settle(first, false);
		second = ask(table, 1, "a", &container, "2");
		await(second, 1);
		assert_int_equal(quota_left(second->ticket), 1);
		quota_saw(second->ticket, "other");
		if (shown) {
			quota_saw(second->ticket, "1");
			assert_int_equal(decide(second, 1), QUOTA_GRANTED);
			settle(second, true);
			continue;
		}
		began = loop_now_ms(loop);
		while (decide(second, 0) == QUOTA_WAITING)
			await(second, second->calls + 1);
		assert_int_equal(second->outcome.answer, QUOTA_GRANTED);
		assert_in_range(loop_now_ms(loop) - began, QUOTA_LEFT_MS - 1000, QUOTA_LEFT_MS + 2000);
		settle(second, true);
	}
	end(table);
}

/* Together they have what one would: below the limit at once, and else one after the other. */
static void two_processes_share_a_limit(void **state)
{
	char *folder = *state;
	struct quota_table *one, *two;
	struct asker *first, *second, *third;

	begin();
	one = open_table(folder);
	two = open_table(folder);
	first = ask(one, 0, "a", &container, "1");
	await(first, 1);
	second = ask(two, 1, "a", &container, "2");
	run_for(200);
	assert_int_equal(second->calls, 0); /* while the first one counts */
	assert_int_equal(decide(first, 0), QUOTA_GRANTED);
	await(second, 1);
	assert_int_equal(decide(second, 0), QUOTA_GRANTED);
	third = ask(one, 2, "a", &container, "3");
	await(third, 1);
	assert_int_equal(decide(third, 0), QUOTA_WAITING); /* both may come to nothing */
	run_for(300);
	assert_int_equal(third->calls, 1); /* one is of its own process */
	settle(first, true);
	await(third, 2);
	assert_int_equal(decide(third, 1), QUOTA_WAITING); /* the other may */
	settle(second, true);
	await(third, 3);
	assert_int_equal(decide(third, 2), QUOTA_OVER);
	settle(third, true);
	quota_table_close(one);
	end(two);
}

static struct quota_ledger *open_ledger(const char *folder)
{
	struct error error = {0};
	struct quota_ledger *ledger = quota_ledger_open(folder, &error);

	if (ledger == NULL)
		fail_msg("%s", error.text);
	return ledger;
}

static const struct quota_amounts one = {.of[QUOTA_CONTAINERS] = 1};

/* How many files are in FOLDER/quota. */
static size_t count_files(const char *folder)
{
	char path[64];
	size_t count = 0;
	DIR *files;

	snprintf(path, sizeof path, "%s/quota", folder);
	files = opendir(path);
	assert_non_null(files);
	while (readdir(files) != NULL)
		count++;
	closedir(files);
	return count - 2;
}

/* Others see it as long as it lives; it needs the lock to begin, and not to end. */
static void a_record_is_seen_by_others(void **state)
{
	struct quota_ledger *first = open_ledger(*state), *second = open_ledger(*state);
	struct quota_found found;
	int fd = -1, other = -1;

	assert_int_equal(quota_lock_take(first, "a", &fd, &found), QUOTA_LOCK_TAKEN);
	assert_int_equal(found.free_record, 0);
	assert_true(quota_lock_note(first, fd, 0, "t", &one));
	assert_int_equal(quota_lock_take(second, "a", &other, &found), QUOTA_LOCK_BUSY);
	quota_lock_release(fd);
	assert_int_equal(quota_lock_take(second, "a", &other, &found), QUOTA_LOCK_TAKEN);
	assert_int_equal(found.others.of[QUOTA_CONTAINERS], 1);
	assert_int_equal(found.orphan_count, 0);
	assert_int_equal(found.free_record, 1);
	assert_true(quota_lock_wipe(fd, 0));
	quota_lock_close(first, "a", fd);
	assert_int_equal(count_files(*state), 3); /* the second one has it */
	quota_lock_close(second, "a", other);
	assert_int_equal(count_files(*state), 2); /* both processes' own */
	quota_ledger_close(first);
	quota_ledger_close(second);
	assert_int_equal(count_files(*state), 0);
}

/* A file that is removed while somebody waits for it is not what that one gets. */
static void a_removed_file_is_made_anew(void **state)
{
	struct quota_ledger *first = open_ledger(*state), *second = open_ledger(*state);
	struct quota_found found;
	int fd = -1, other = -1, third = -1;

	assert_int_equal(quota_lock_take(first, "a", &fd, &found), QUOTA_LOCK_TAKEN);
	assert_int_equal(quota_lock_take(second, "a", &other, &found), QUOTA_LOCK_BUSY);
	quota_lock_close(first, "a", fd);
	assert_int_equal(quota_lock_take(second, "a", &other, &found), QUOTA_LOCK_TAKEN);
	assert_int_equal(quota_lock_take(first, "a", &third, &found), QUOTA_LOCK_BUSY);
	quota_lock_close(first, "a", third);
	quota_lock_close(second, "a", other);
	quota_ledger_close(first);
	quota_ledger_close(second);
	assert_int_equal(count_files(*state), 0);
}

/* One that dies leaves what it had under way, be it sound or not. */
static void what_a_dead_one_had_under_way_is_known(void **state)
{
	struct quota_ledger *ledger = open_ledger(*state);
	struct quota_found found;
	struct quota_table *table;
	struct asker *asker;
	int fd = -1;

	begin();
	assert_int_equal(quota_lock_take(ledger, "dead", &fd, &found), QUOTA_LOCK_TAKEN);
	assert_true(quota_lock_note(ledger, fd, 0, "first", &one));
	assert_true(quota_lock_note(ledger, fd, 1, "second", &one));
	assert_int_equal(pwrite(fd, "Lcut", 4, 2048), 4);
	close(fd);
	quota_ledger_close(ledger);
	table = open_table(*state);
	asker = ask(table, 0, "dead", &container, "1");
	await(asker, 1);
	assert_int_equal(quota_left(asker->ticket), 3);
	quota_saw(asker->ticket, "first");
	assert_int_equal(decide(asker, 1), QUOTA_WAITING);
	await(asker, 2);
	assert_int_equal(quota_left(asker->ticket), 2);
	settle(asker, true); /* it does not get so far: the next one finds them */
	asker = ask(table, 0, "dead", &container, "1");
	await(asker, 1);
	assert_int_equal(quota_left(asker->ticket), 2);
	quota_saw(asker->ticket, "second");
	quota_saw(asker->ticket, "-");
	assert_int_equal(decide(asker, 1), QUOTA_GRANTED);
	settle(asker, true);
	end(table);
	assert_int_equal(count_files(*state), 0);
}

/* Nor does a process that lives on see the end of everything. */
static void what_nobody_saw_the_end_of_is_told(void **state)
{
	struct quota_table *one_table, *two;
	struct asker *first, *second;

	begin();
	one_table = open_table(*state);
	two = open_table(*state);
	first = ask(one_table, 0, "a", &container, "1");
	await(first, 1);
	assert_int_equal(decide(first, 0), QUOTA_GRANTED);
	settle(first, false);
	second = ask(two, 1, "a", &container, "2");
	await(second, 1);
	assert_int_equal(quota_left(second->ticket), 1);
	assert_int_equal(decide(second, 0), QUOTA_WAITING);
	await(second, 2);
	quota_saw(second->ticket, "1");
	assert_int_equal(decide(second, 1), QUOTA_GRANTED);
	settle(second, true);
	first = ask(one_table, 0, "a", &container, "1");
	await(first, 1);
	assert_int_equal(quota_left(first->ticket), 0);
	settle(first, true);
	quota_table_close(one_table);
	end(two);
	assert_int_equal(count_files(*state), 0);
}

static void a_directory_that_cannot_be_used_grants_nothing(void **state)
{
	struct error error = {0};
	struct quota_table *table;
	struct asker *asker;

	(void)state;
	begin();
	table = quota_table_open("/nowhere", &error);
	assert_non_null(table);
	assert_non_null(strstr(error.text, "/nowhere/quota: cannot be made"));
	asker = ask(table, 0, "a", &container, "1");
	run_for(PATIENCE_MS);
	assert_int_equal(asker->calls, 1);
	assert_int_equal(asker->last, QUOTA_UNLOCKABLE);
	settle(asker, true);
	end(table);
}

static void at_a_time_is_at_once_or_not_at_all(void **state)
{
	struct quota_table *table;
	struct asker *first, *second;

	(void)state;
	begin();
	table = open_table(NULL);
	first = ask(table, 0, "a", &build, NULL);
	second = ask(table, 1, "a", &build, NULL);
	assert_int_equal(first->outcome.answer, QUOTA_GRANTED);
	assert_int_equal(second->outcome.answer, QUOTA_OVER);
	assert_int_equal(second->outcome.over, QUOTA_BUILDS);
	assert_int_equal(ask(table, 2, "b", &build, NULL)->outcome.answer, QUOTA_GRANTED);
	settle(&askers[2], true);
	settle(second, true);
	settle(first, true);
	assert_int_equal(ask(table, 0, "a", &build, NULL)->outcome.answer, QUOTA_GRANTED);
	settle(&askers[0], true);
	end(table);
}

static void requests_come_as_fast_as_they_may(void **state)
{
	struct quota_table *table;
	unsigned passed = 0;

	(void)state;
	begin();
	table = open_table(NULL);
	for (unsigned i = 0; i < 10; i++)
		passed += quota_take_request(table, "a", &rules, 1000);
	assert_int_equal(passed, 3); /* the burst */
	assert_true(quota_take_request(table, "b", &rules, 1000));
	assert_false(quota_take_request(table, "a", &rules, 1400));
	assert_true(quota_take_request(table, "a", &rules, 1500));
	assert_false(quota_take_request(table, "a", &rules, 1200)); /* another loop's clock */
	passed = 0;
	for (unsigned i = 0; i < 10; i++)
		passed += quota_take_request(table, "a", &rules, 100000);
	assert_int_equal(passed, 3); /* and no more, however long it was quiet */
	end(table);
}

static int make_folder(void **state)
{
	static char folder[] = "/tmp/quota-XXXXXX";

	*state = mkdtemp(folder);
	return *state == NULL;
}

static int remove_folder(void **state)
{
	char path[64];

	snprintf(path, sizeof path, "%s/quota", (char *)*state);
	rmdir(path);
	return rmdir(*state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(below_the_limit_nobody_waits),
		cmocka_unit_test(who_leaves_lets_the_next_one_in),
		cmocka_unit_test(what_was_not_seen_to_end_is_waited_for),
		cmocka_unit_test(two_processes_share_a_limit),
		cmocka_unit_test(a_record_is_seen_by_others),
		cmocka_unit_test(a_removed_file_is_made_anew),
		cmocka_unit_test(what_a_dead_one_had_under_way_is_known),
		cmocka_unit_test(what_nobody_saw_the_end_of_is_told),
		cmocka_unit_test(a_directory_that_cannot_be_used_grants_nothing),
		cmocka_unit_test(at_a_time_is_at_once_or_not_at_all),
		cmocka_unit_test(requests_come_as_fast_as_they_may),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
