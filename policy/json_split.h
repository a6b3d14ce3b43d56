/* JSON that comes in pieces and is never there whole: lists that may be as long as they like are taken apart, and everything
 * else comes in whole values. How the bytes are cut into pieces makes no difference. Only what holds the parts together is
 * read here; whether a part is JSON is for who reads it. */
#ifndef QUAYMASTER_POLICY_JSON_SPLIT_H
#define QUAYMASTER_POLICY_JSON_SPLIT_H

#include <stdbool.h>
#include <stddef.h>

struct json_split;

/* Of what is opened, where keys are printable ASCII without '\\' and '/', and none is there twice. */
enum { JSON_SPLIT_KEY_MAX = 64, JSON_SPLIT_MEMBERS_MAX = 64, JSON_SPLIT_LEVELS_MAX = 4 };

struct json_split_plan {
	/* Which values are opened, where they are an object or a list, ended by NULL: "" is the whole text, "/Volumes" its member
	 * of that name, "/ImageUsage/Items" a member of that one's. Elements of lists come whole. */
	const char *const *opened;
	bool many;           /* any number of texts, one behind the other, instead of one */
	size_t bytes, depth; /* of a whole value */
};

enum json_part_kind { JSON_PART_OPEN, JSON_PART_VALUE, JSON_PART_CLOSE };

struct json_part {
	enum json_part_kind kind;
	bool is_list; /* of OPEN and CLOSE; else it is an object */
	const char *
		place; /* what OPEN and CLOSE are about, and what a VALUE is in: as in the plan. NULL: in nothing */
	const char *key; /* of an OPEN or VALUE that is a member; NULL elsewhere */
	const char *
		bytes; /* of a VALUE; NULL: it is larger or deeper than the plan allows, and was not kept */
	size_t len;
};

enum json_split_result {
	JSON_SPLIT_MORE = 0, /* all bytes were taken; or, at the end, the text was complete */
	JSON_SPLIT_PART,     /* something came to its end: it lives until the next call */
	JSON_SPLIT_BROKEN    /* it is no JSON, or there is no memory; and so for ever after */
};

/* PLAN's lists outlive the splitter. NULL: no memory. */
struct json_split *json_split_new(const struct json_split_plan *plan);
void json_split_free(struct json_split *split); /* NULL is fine */

/* Reads on in LEN BYTES; *TAKEN of them are done with, the others are to be given again. */
enum json_split_result json_split_next(struct json_split *split, const char *bytes, size_t len,
                                       size_t *taken, struct json_part *part);
/* Bytes of memory that it keeps until the next call, besides itself: of a value that has not come whole. */
size_t json_split_held(const struct json_split *split);
/* No more bytes come: to be called until it gives no part. */
enum json_split_result json_split_end(struct json_split *split, struct json_part *part);

#endif
