/* Words with a blank between two of them. */
#include "policy/quota_record.h"

#include "policy/text.h"

#include <stdio.h>
#include <string.h>

bool quota_record_print(const struct quota_record *record, char text[QUOTA_RECORD_SIZE])
{
	size_t len = strlen(record->process) + 1 + strlen(record->token);

	memset(text, 0, QUOTA_RECORD_SIZE);
	snprintf(text, QUOTA_RECORD_SIZE, "%s %s", record->process, record->token);
	for (size_t i = 0; i < QUOTA_STANDING; i++) {
		int more = 0;

		if (record->amounts.of[i] > 0)
			more = snprintf(text + len, QUOTA_RECORD_SIZE - len, " %s=%lld",
			                quota_name((enum quota_kind)i), record->amounts.of[i]);
		if (more < 0 || (size_t)more >= QUOTA_RECORD_SIZE - len)
			return false;
		len += (size_t)more;
	}
	return true;
}

static bool read_amount(char *word, struct quota_amounts *amounts)
{
	char *equals = strchr(word, '=');
	unsigned long long number;
	size_t i = 0;

	if (equals == NULL || !text_to_number(equals + 1, QUOTA_UNBOUNDED, &number))
		return false;
	*equals = '\0';
	while (i < QUOTA_STANDING && strcmp(quota_name((enum quota_kind)i), word) != 0)
		i++;
	if (i < QUOTA_STANDING)
		amounts->of[i] = (long long)number;
	return true;
}

/* False when WORD has no room in TEXT. */
static bool keep(const char *word, char *text, size_t size)
{
	size_t len = strlen(word);

	if (len == 0 || len >= size)
		return false;
	memcpy(text, word, len + 1);
	return true;
}

bool quota_record_read(char *text, struct quota_record *record)
{
	memset(record, 0, sizeof *record);
	if (!keep(text_take_word(&text), record->process, sizeof record->process) ||
	    !keep(text_take_word(&text), record->token, sizeof record->token) ||
	    strlen(record->process) != QUOTA_PROCESS_SIZE - 1 || !text_is_lower_hex(record->process))
		return false;
	for (char *word = text_take_word(&text); word[0] != '\0'; word = text_take_word(&text)) {
		if (!read_amount(word, &record->amounts))
			return false;
	}
	return true;
}
