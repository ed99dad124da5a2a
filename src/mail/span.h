/* Spans: stretches of a mail, looked at without copying. Nothing in them ends with a NUL. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

/* Borrowed from the mail. */
typedef struct {
    const char *at; /* never NULL */
    size_t size;
} Span;

Span span_of(GBytes *mail);

/* Without its first bytes; count is at most its size. */
Span span_skip(Span text, size_t count);

/* Space, tab, CR and LF. */
bool span_is_blank(char c);

/* Without blanks at its beginning; with comments (RFC 5322 3.2.2) or without; at its end. */
Span span_skip_spaces(Span text);
Span span_skip_blank(Span text);
Span span_trim_end(Span text);

/* Words compare without regard to ASCII case. */
bool span_begins(Span text, const char *word);
bool span_ends_with(Span text, const char *word);
bool span_is(Span text, const char *word);

/* From the first place of a word on; of size 0 if it does not occur. */
Span span_find(Span text, const char *word);
