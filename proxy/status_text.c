/* Lays out /status for people. It comes from a socket: nothing in it is taken for granted. */
#include "proxy/status_text.h"

#include "policy/builder.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { ROWS_MAX = 10, MINUTE = 60, HOUR = 60 * MINUTE, DAY = 24 * HOUR };

/* Sums and differences of such numbers are numbers. */
static const json_int_t number_max = (json_int_t)1 << 40;

static json_int_t number(const json_t *object, const char *name)
{
	json_int_t value = json_integer_value(json_member(object, name));

	if (value > number_max)
		return number_max;
	return value < -number_max ? -number_max : value;
}

/* Printable ASCII, and a question mark for all else. */
static void put_text(struct builder *page, const char *text)
{
	for (; text != NULL && *text != '\0'; text++) {
		if (*text >= 0x20 && *text < 0x7f)
			builder_bytes(page, text, 1);
		else
			builder_add(page, "?");
	}
}

static void put_member(struct builder *page, const json_t *object, const char *name)
{
	put_text(page, json_member_string(object, name));
}

/* "3d 4h", "5m 7s". */
static void put_span(struct builder *page, json_int_t seconds)
{
	if (seconds >= DAY)
		builder_format(page, "%lldd %lldh", (long long)(seconds / DAY),
		               (long long)(seconds % DAY / HOUR));
	else if (seconds >= HOUR)
		builder_format(page, "%lldh %lldm", (long long)(seconds / HOUR),
		               (long long)(seconds % HOUR / MINUTE));
	else
		builder_format(page, "%lldm %llds", (long long)(seconds / MINUTE),
		               (long long)(seconds % MINUTE));
}

static void put_date(struct builder *page, json_int_t seconds)
{
	time_t moment = (time_t)seconds;
	struct tm utc = {0};
	char text[16] = "";

	if (gmtime_r(&moment, &utc) != NULL && strftime(text, sizeof text, "%Y-%m-%d", &utc) > 0)
		builder_add(page, text);
}

/* --- sums ------------------------------------------------------------------------------------------------------ */

static json_int_t sum_of(const json_t *status, const char *list, const char *member)
{
	const json_t *rows = json_member(status, list);
	json_int_t sum = 0;

	for (size_t i = 0; i < json_array_size(rows); i++)
		sum += number(json_array_get(rows, i), member);
	return sum;
}

static json_int_t decided(const json_t *status, const char *decision)
{
	const json_t *rows = json_member(status, "requests");
	json_int_t sum = 0;

	for (size_t i = 0; i < json_array_size(rows); i++) {
		const json_t *row = json_array_get(rows, i);
		const char *text = json_member_string(row, "decision");

		if (text != NULL && strcmp(text, decision) == 0)
			sum += number(row, "count");
	}
	return sum;
}

/* ", 12.5/s": how fast it grew. */
static void put_rate(struct builder *page, const json_t *now, const json_t *before, json_int_t more)
{
	json_int_t seconds = number(now, "now") - number(before, "now");

	if (before != NULL && seconds > 0)
		builder_format(page, ", %.1f/s", (double)more / (double)seconds);
}

/* --- the head -------------------------------------------------------------------------------------------------- */

static void put_daemon(const json_t *now, struct builder *page)
{
	const json_t *docker = json_member(now, "daemon");

	builder_add(page, "daemon       ");
	if (json_is_true(json_member(docker, "up")))
		builder_add(page, "answers");
	else
		builder_add(page, "DOES NOT ANSWER: ");
	put_member(page, docker, "reason");
	builder_add(page, "\n");
}

static void put_requests(const json_t *now, const json_t *before, struct builder *page)
{
	json_int_t all = sum_of(now, "requests", "count"), denied = decided(now, "deny");

	builder_format(page, "connections  %lld open, %lld requests under way\n",
	               (long long)number(now, "connections"),
	               (long long)sum_of(now, "routes", "under_way"));
	builder_format(page, "requests     %lld", (long long)all);
	put_rate(page, now, before, all - sum_of(before, "requests", "count"));
	builder_format(page, "\ndenied       %lld", (long long)denied);
	put_rate(page, now, before, denied - decided(before, "deny"));
	builder_format(page, "\nrefused      %lld, which were no requests, or could not be served\n",
	               (long long)decided(now, "refuse"));
}

static void put_audit(const json_t *now, struct builder *page)
{
	const json_t *audit = json_member(now, "audit");

	if (audit == NULL)
		return;
	builder_format(page, "audit log    %lld lines, %lld lost%s\n",
	               (long long)number(audit, "written"), (long long)number(audit, "lost"),
	               json_is_true(json_member(audit, "failing")) ? "; IT CANNOT BE WRITTEN" : "");
}

static void put_certificate(const json_t *now, json_int_t end, struct builder *page)
{
	json_int_t left = end - number(now, "now");

	builder_add(page, ", certificate until ");
	put_date(page, end);
	if (left <= 0) {
		builder_add(page, ": IT HAS ENDED");
		return;
	}
	builder_add(page, ", in ");
	put_span(page, left);
}

static void put_listeners(const json_t *now, struct builder *page)
{
	const json_t *rows = json_member(now, "listeners");

	for (size_t i = 0; i < json_array_size(rows); i++) {
		const json_t *row = json_array_get(rows, i);
		json_int_t end = number(row, "certificate_end");

		builder_add(page, i == 0 ? "listeners    " : "             ");
		put_member(page, row, "name");
		if (end != 0)
			put_certificate(now, end, page);
		builder_add(page, "\n");
	}
}

static void put_head(const json_t *now, const json_t *before, struct builder *page)
{
	builder_add(page, "quaymaster   ");
	put_member(page, now, "version");
	builder_format(page, ", process %lld, up ", (long long)number(now, "pid"));
	put_span(page, number(now, "now") - number(now, "started"));
	if (!json_is_true(json_member(now, "workers_turn")))
		builder_add(page, "; A WORKER IS STUCK");
	builder_add(page, "\n");
	put_daemon(now, page);
	put_requests(now, before, page);
	put_audit(now, page);
	put_listeners(now, page);
}

/* --- tables ---------------------------------------------------------------------------------------------------- */

/* The rows with most of MEMBER, at most ROWS_MAX; returns how many. */
static size_t pick(const json_t *rows, const char *member, const json_t *picked[ROWS_MAX])
{
	size_t count = 0;

	for (size_t i = 0; i < json_array_size(rows); i++) {
		const json_t *row = json_array_get(rows, i);
		size_t at = count;

		if (number(row, member) <= 0)
			continue;
		while (at > 0 && number(picked[at - 1], member) < number(row, member)) {
			if (at < ROWS_MAX)
				picked[at] = picked[at - 1];
			at--;
		}
		if (at < ROWS_MAX)
			picked[at] = row;
		if (count < ROWS_MAX)
			count++;
	}
	return count;
}

static void put_table(const json_t *now, struct builder *page, const char *list, const char *member,
                      const char *const *columns)
{
	const json_t *picked[ROWS_MAX];
	size_t count = pick(json_member(now, list), member, picked);

	for (size_t i = 0; i < count; i++) {
		builder_format(page, "%10lld ", (long long)number(picked[i], member));
		for (size_t j = 0; columns[j] != NULL; j++) {
			builder_add(page, " ");
			put_member(page, picked[i], columns[j]);
		}
		builder_add(page, "\n");
	}
}

void status_text_print(const json_t *now, const json_t *before, struct builder *page)
{
	static const char *const routes[] = {"method", "route", NULL};
	static const char *const denied[] = {"reason", "policy", "route", "listener", NULL};
	static const char *const tenants[] = {"tenant", "decision", NULL};

	put_head(now, before, page);
	if (sum_of(now, "routes", "under_way") > 0)
		builder_add(page, "\nUNDER WAY   WHAT\n");
	put_table(now, page, "routes", "under_way", routes);
	if (sum_of(now, "denied", "count") > 0)
		builder_add(page, "\n   DENIED   WHY, BY WHICH POLICY, WHAT, WHERE\n");
	put_table(now, page, "denied", "count", denied);
	if (sum_of(now, "tenants", "count") > 0)
		builder_add(page, "\n REQUESTS   TENANT\n");
	put_table(now, page, "tenants", "count", tenants);
}
