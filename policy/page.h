/* A text that is written piece by piece, such as a configuration. */
#ifndef QUAYMASTER_POLICY_PAGE_H
#define QUAYMASTER_POLICY_PAGE_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

struct page {
	char *text; /* terminated */
	size_t size, len;
	bool full; /* something did not fit: the text is of no use */
};

/* LIMIT bytes at most, in ARENA; without memory it is full from the start. */
struct page page_new(struct arena *arena, size_t limit);
void page_add(struct page *page, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* VALUE as a string of libconfig's, with the quotes. It must not contain control bytes. */
void page_add_quoted(struct page *page, const char *value);

#endif
