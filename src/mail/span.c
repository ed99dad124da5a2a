#include "mail/span.h"

#include <string.h>

Span span_skip(Span text, size_t count)
{
    return (Span){ text.at + count, text.size - count };
}

bool span_is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

Span span_trim_end(Span text)
{
    while (text.size > 0 && span_is_blank(text.at[text.size - 1]))
        text.size--;
    return text;
}

bool span_begins(Span text, const char *word)
{
    size_t size = strlen(word);
    return text.size >= size && g_ascii_strncasecmp(text.at, word, size) == 0;
}

Span span_find(Span text, const char *word)
{
    while (text.size > 0 && !span_begins(text, word))
        text = span_skip(text, 1);
    return text;
}

Span span_skip_spaces(Span text)
{
    while (text.size > 0 && span_is_blank(text.at[0]))
        text = span_skip(text, 1);
    return text;
}

/* Skips one comment, which may hold others (RFC 5322 3.2.2). */
static Span skip_comment(Span text)
{
    int depth = 0;
    while (text.size > 0) {
        char c = text.at[0];
        text = span_skip(text, c == '\\' && text.size > 1 ? 2 : 1);
        depth += c == '(' ? 1 : c == ')' ? -1 : 0;
        if (depth == 0)
            break;
    }
    return text;
}

Span span_skip_blank(Span text)
{
    text = span_skip_spaces(text);
    while (span_begins(text, "("))
        text = span_skip_spaces(skip_comment(text));
    return text;
}

bool span_is(Span name, const char *word)
{
    return name.size == strlen(word) && span_begins(name, word);
}

bool span_ends_with(Span text, const char *word)
{
    size_t size = strlen(word);
    return text.size >= size && span_begins(span_skip(text, text.size - size), word);
}

Span span_of(GBytes *mail)
{
    Span text = { "", 0 };
    const char *bytes = g_bytes_get_data(mail, &text.size);
    if (bytes != NULL)
        text.at = bytes;
    return text;
}
