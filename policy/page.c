/* Owns how a text grows until its limit. What is written is its users' business. */
#include "policy/page.h"

#include "policy/arena.h"

#include <stdarg.h>
#include <stdio.h>

struct page page_new(struct arena *arena, size_t limit)
{
	struct page page = {.text = arena_alloc(arena, limit), .size = limit};

	page.full = page.text == NULL;
	return page;
}

void page_add(struct page *page, const char *format, ...)
{
	va_list arguments;
	int len;

	if (page->full)
		return;
	va_start(arguments, format);
	len = vsnprintf(page->text + page->len, page->size - page->len, format, arguments);
	va_end(arguments);
	if (len < 0 || (size_t)len >= page->size - page->len)
		page->full = true;
	else
		page->len += (size_t)len;
}

void page_add_quoted(struct page *page, const char *value)
{
	page_add(page, "\"");
	for (; *value != '\0'; value++)
		page_add(page, "%s%c", *value == '"' || *value == '\\' ? "\\" : "", *value);
	page_add(page, "\"");
}
