#include "mail/census.h"

#include <string.h>

#include "base/limits.h"
#include "mail/span.h"

#define NAME_REACH 100 /* bytes behind a "=" in which the name is looked for */

static bool is_name_char(char c)
{
    return g_ascii_isalnum(c) || c == '-' || c == '_' || c == '.' || c == ':' || c == '+';
}

/* Keeps the name that text begins with, if one of the characters of ends follows it. */
static void keep_charset(GPtrArray *names, Span text, const char *ends)
{
    size_t size = 0;
    while (size < text.size && is_name_char(text.at[size]))
        size++;
    if (size == 0 || size > 40 || size == text.size || strchr(ends, text.at[size]) == NULL)
        return;

    g_autofree char *name = g_ascii_strdown(text.at, (gssize) size);
    if (!g_ptr_array_find_with_equal_func(names, name, g_str_equal, NULL))
        g_ptr_array_add(names, g_steal_pointer(&name));
}

/* Looks around one "=" of the mail. */
static void keep_charset_at(GPtrArray *names, Span before, Span after)
{
    before = span_trim_end(before);
    after.size = MIN(after.size, NAME_REACH); /* comments need not end */
    if (span_begins(after, "?")) {
        keep_charset(names, span_skip(after, 1), "?*");
    } else if (span_ends_with(before, "*")) {
        keep_charset(names, span_skip_blank(after), "'");
    } else if (span_ends_with(before, "charset")) {
        after = span_skip_blank(after);
        keep_charset(names, span_begins(after, "\"") ? span_skip(after, 1) : after,
                     "\"; \t\r\n");
    }
}

GPtrArray *census_charsets(GBytes *mail)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    Span all = span_of(mail);
    Span rest = all;
    while (names->len < MESSAGE_CHARSETS_MAX) {
        const char *equals = memchr(rest.at, '=', rest.size);
        if (equals == NULL)
            break;
        rest = span_skip(rest, (size_t) (equals - rest.at) + 1);
        keep_charset_at(names, (Span){ all.at, (size_t) (equals - all.at) }, rest);
    }
    return names;
}
