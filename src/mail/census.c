#include "mail/census.h"

#include <string.h>

#include "base/err.h"
#include "base/limits.h"
#include "mail/span.h"

typedef struct {
    bool is_header;     /* the next line belongs to a header */
    bool is_part;       /* which is not the header of the whole mail */
    bool is_nested;     /* which follows the header of a part that is a message */
    size_t header_size; /* bytes of it so far */
    GString *field;     /* its last field so far, with its line feeds, but no CR */
    bool has_cr;        /* in the middle of that field */

    /* What its fields said. */
    bool is_message;
    bool is_typed;
    bool is_odd;     /* it has a type that GMime cannot read, and takes for none */
    bool is_encoded; /* GMime does not look into such a message */
    bool is_plain;

    bool has_digest; /* in which parts without a type are messages (RFC 2046 5.1.5) */

    GHashTable *boundaries; /* GBytes, declared so far */
    bool is_any_boundary;   /* one is written so that every line "--..." counts as delimiter */
    int declared;
    int parts;
} Census;

/* Boundaries */

/* GMime decodes encoded words and 8-bit letters in a boundary, and unfolds it in its own way:
 * such a one could become anything. */
static bool is_literal(Span boundary)
{
    for (size_t i = 0; i < boundary.size; i++) {
        if (!g_ascii_isprint(boundary.at[i]) && boundary.at[i] != '\t')
            return false;
    }
    return g_strstr_len(boundary.at, (gssize) boundary.size, "=?") == NULL;
}

static void keep_boundary(Census *census, const char *at, size_t size)
{
    Span boundary = span_trim_end((Span){ at, size });
    if (!is_literal(boundary))
        census->is_any_boundary = true;
    g_hash_table_add(census->boundaries, g_bytes_new(boundary.at, boundary.size));
}

static void read_quoted_boundary(Census *census, Span value)
{
    g_autoptr(GString) text = g_string_new(NULL);
    while (value.size > 0 && value.at[0] != '"') {
        value = span_skip(value, value.at[0] == '\\' && value.size > 1 ? 1 : 0);
        g_string_append_c(text, value.at[0]);
        value = span_skip(value, 1);
    }
    keep_boundary(census, text->str, text->len);
}

/* Without quotes all counts up to the next semicolon, as GMime reads it. */
static void read_bare_boundary(Census *census, Span value)
{
    const char *end = memchr(value.at, ';', value.size);
    keep_boundary(census, value.at, end != NULL ? (size_t) (end - value.at) : value.size);
}

/* Reads what follows the word "boundary" in a Content-Type. */
static void read_boundary(Census *census, Span rest)
{
    rest = span_skip_spaces(rest);
    if (rest.size == 0 || strchr("=*(", rest.at[0]) == NULL)
        return; /* not a parameter */

    census->declared++;
    if (census->declared > MESSAGE_DEPTH_MAX)
        return; /* enough to refuse the mail: no need to keep more */
    if (rest.at[0] != '=') {
        census->is_any_boundary = true; /* in pieces or encoded (RFC 2231), or a comment */
        return;
    }
    rest = span_skip_spaces(span_skip(rest, 1));
    if (span_begins(rest, "("))
        census->is_any_boundary = true;
    if (span_begins(rest, "\""))
        read_quoted_boundary(census, span_skip(rest, 1));
    else
        read_bare_boundary(census, rest);
}

static void read_boundaries(Census *census, Span value)
{
    for (Span rest = span_find(value, "boundary"); rest.size > 0;
         rest = span_find(rest, "boundary")) {
        rest = span_skip(rest, strlen("boundary"));
        read_boundary(census, rest);
    }
}

/* Whether a line begins a part. Closing delimiters do not. */
static bool is_delimiter(const Census *census, Span line)
{
    if (!span_begins(line, "--"))
        return false;
    if (census->is_any_boundary)
        return true;
    if (g_hash_table_size(census->boundaries) == 0)
        return false;
    Span name = span_trim_end(span_skip(line, 2));
    g_autoptr(GBytes) key = g_bytes_new_static(name.at, name.size);
    return g_hash_table_contains(census->boundaries, key);
}

/* Headers */

static void read_encoding(Census *census, Span value, bool is_clear)
{
    value = span_trim_end(span_skip_spaces(value));
    if (is_clear && (span_is(value, "base64") || span_is(value, "quoted-printable")))
        census->is_encoded = true;
    else
        census->is_plain = true;
}

static Span skip_token(Span text)
{
    while (text.size > 0 &&
           (g_ascii_isalnum(text.at[0]) || strchr("-+._", text.at[0]) != NULL) &&
           text.at[0] != '\0')
        text = span_skip(text, 1);
    return text;
}

/* "type/subtype" and nothing strange. */
static bool is_readable_type(Span value)
{
    Span slash = skip_token(value);
    if (slash.size == value.size || !span_begins(slash, "/"))
        return false;
    Span subtype = span_skip(slash, 1);
    Span end = skip_token(subtype);
    return end.size < subtype.size &&
           (end.size == 0 || span_is_blank(end.at[0]) || span_begins(end, ";"));
}

static void read_type(Census *census, Span value, bool is_clear)
{
    if (is_clear && is_readable_type(span_skip_spaces(value)))
        census->is_typed = true;
    else
        census->is_odd = true;
    census->is_message |= span_begins(span_skip_blank(value), "message");
    census->has_digest |= span_find(value, "digest").size > 0;
    read_boundaries(census, value);
}

/* Whether every reader finds the same name and value: a name that fills all of what is before
 * the colon, and no control characters. Only such a field may say that there is less to count.
 */
static bool is_clear(const Census *census, Span name)
{
    Span field = { census->field->str, census->field->len };
    for (size_t i = 0; i < field.size; i++) {
        char c = field.at[i];
        if (!g_ascii_isprint(c) && c != '\t' && c != '\n')
            return false;
    }
    return !census->has_cr && name.at == field.at && field.at[name.size] == ':';
}

static void read_field(Census *census)
{
    Span field = { census->field->str, census->field->len };
    const char *colon = memchr(field.at, ':', field.size);
    if (colon == NULL)
        return;

    size_t before = (size_t) (colon - field.at);
    Span name = { field.at, strnlen(field.at, before) };
    name = span_skip_blank(span_trim_end(name));
    Span value = span_skip(field, before + 1);
    if (span_is(name, "content-type"))
        read_type(census, value, is_clear(census, name));
    else if (span_is(name, "content-transfer-encoding"))
        read_encoding(census, value, is_clear(census, name));
}

static bool end_field(Census *census, GError **err)
{
    read_field(census);
    int colons = 0;
    for (size_t i = 0; i < census->field->len; i++)
        colons += census->field->str[i] == ':';
    g_string_truncate(census->field, 0);
    census->has_cr = false;

    if (colons > MESSAGE_COLONS_MAX)
        return err_set(err, ERR_INVALID, "a header field has more than %d colons",
                       MESSAGE_COLONS_MAX);
    if (census->declared > MESSAGE_DEPTH_MAX)
        return err_set(err, ERR_INVALID, "more than %d multiparts are declared",
                       MESSAGE_DEPTH_MAX);
    return true;
}

static bool begin_header(Census *census, bool is_nested, GError **err)
{
    census->is_header = true;
    census->is_part = true;
    census->is_nested = is_nested;
    census->is_message = false;
    census->is_typed = false;
    census->is_odd = false;
    census->is_encoded = false;
    census->is_plain = false;

    census->parts++;
    if (census->parts > MESSAGE_PARTS_MAX)
        return err_set(err, ERR_INVALID, "more than %d parts", MESSAGE_PARTS_MAX);
    return true;
}

static bool end_header(Census *census, GError **err)
{
    if (!end_field(census, err))
        return false;

    census->header_size = 0;
    census->is_header = false;
    bool has_type = census->is_typed && !census->is_odd;
    if (census->has_digest && !has_type && census->is_part && !census->is_nested)
        census->is_message = true;
    if (census->is_message && (census->is_plain || !census->is_encoded))
        return begin_header(census, true, err);
    return true;
}

static bool count_header_bytes(Census *census, size_t size, GError **err)
{
    census->header_size += size;
    if (census->header_size <= MESSAGE_HEADER_MAX)
        return true;
    return err_set(err, ERR_INVALID, "the header of %s is longer than %d bytes",
                   census->is_part ? "a part" : "the mail", MESSAGE_HEADER_MAX);
}

/* Lines */

static void add_to_field(Census *census, Span line)
{
    for (size_t i = 0; i < line.size; i++) {
        if (line.at[i] != '\r')
            g_string_append_c(census->field, line.at[i]);
        else if (i + 2 != line.size)
            census->has_cr = true;
    }
}

static bool count_header_line(Census *census, Span line, GError **err)
{
    if (!count_header_bytes(census, line.size, err))
        return false;
    if (is_delimiter(census, line))
        return end_field(census, err) && begin_header(census, false, err);
    if (span_begins(line, "\n") || span_begins(line, "\r\n"))
        return end_header(census, err);
    if (!span_begins(line, " ") && !span_begins(line, "\t") && !end_field(census, err))
        return false;
    add_to_field(census, line);
    return true;
}

static bool count_line(Census *census, Span line, GError **err)
{
    if (census->is_header)
        return count_header_line(census, line, err);
    if (is_delimiter(census, line))
        return begin_header(census, false, err);
    return true;
}

static bool count_lines(Census *census, Span mail, GError **err)
{
    while (mail.size > 0) {
        const char *end = memchr(mail.at, '\n', mail.size);
        size_t size = end != NULL ? (size_t) (end - mail.at) + 1 : mail.size;
        if (!count_line(census, (Span){ mail.at, size }, err))
            return false;
        mail = span_skip(mail, size);
    }
    return end_field(census, err);
}

bool census_check(GBytes *mail, int64_t *ret_parts, GError **err)
{
    g_autoptr(GHashTable) boundaries = g_hash_table_new_full(
        g_bytes_hash, g_bytes_equal, (GDestroyNotify) g_bytes_unref, NULL);
    g_autoptr(GString) field = g_string_new(NULL);
    Census census = { .is_header = true, .parts = 1, .boundaries = boundaries, .field = field };
    if (!count_lines(&census, span_of(mail), err))
        return false;
    if (ret_parts != NULL)
        *ret_parts = census.parts;
    return true;
}
