#include "mail/encode.h"

#include <string.h>

enum {
    /* RFC 2047 section 2 allows 75 on a line of 76. With 56 the first one still fits behind a
     * field name of 18 characters, so that no field starts with an empty line. */
    ENCODED_WORD_MAX = 56,
    ENCODED_WORD_FRAME = 12, /* "=?UTF-8?Q?" and "?=" */
    PLAIN_WORD_MAX = 200,    /* bytes of an ASCII word that need no break; a line has 998 */
    QP_LINE_MAX = 76,        /* RFC 2045 section 6.7, rule 5, with the "=" of a soft break */
    PLAIN_LINE_MAX = 200,    /* bytes of a body line that stays as it is; RFC 5322 has 998 */
};

static const char HEX[] = "0123456789ABCDEF";

/* Which bytes stand for themselves in a Q-encoded word: in a phrase RFC 2047 section 5 (3)
 * allows no others, and elsewhere they do no harm. */
static bool is_q_safe(unsigned char c)
{
    return g_ascii_isalnum(c) || (c != '\0' && strchr("!*+-/", c) != NULL);
}

/* RFC 5322 section 3.2.3 */
static bool is_atext(unsigned char c)
{
    return g_ascii_isalnum(c) || (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

static bool is_ascii(const char *text)
{
    for (; *text != '\0'; text++) {
        if ((unsigned char) *text > 126)
            return false;
    }
    return true;
}

/* UTF-8 without control characters, but for those in keep. */
static char *clean(const char *text, const char *keep)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    GString *out = g_string_sized_new(strlen(valid));

    for (const char *p = valid; *p != '\0'; p = g_utf8_find_next_char(p, NULL)) {
        gunichar c = g_utf8_get_char(p);
        bool is_kept = !g_unichar_iscntrl(c) || (c < 128 && strchr(keep, (char) c) != NULL);
        g_string_append_unichar(out, is_kept ? c : ' ');
    }
    return g_string_free(out, FALSE);
}

static char *one_line(const char *text)
{
    return g_strstrip(clean(text, ""));
}

static size_t q_size(const char *text, size_t size)
{
    size_t encoded = 0;
    for (size_t i = 0; i < size; i++)
        encoded += is_q_safe((unsigned char) text[i]) || text[i] == ' ' ? 1 : 3;
    return encoded;
}

static size_t b_size(size_t size)
{
    return (size + 2) / 3 * 4;
}

static void append_q(GString *out, const char *text, size_t size)
{
    g_string_append(out, "=?UTF-8?Q?");
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char) text[i];
        if (is_q_safe(c))
            g_string_append_c(out, (char) c);
        else if (c == ' ')
            g_string_append_c(out, '_');
        else
            g_string_append_printf(out, "=%c%c", HEX[c >> 4], HEX[c & 15]);
    }
    g_string_append(out, "?=");
}

static void append_b(GString *out, const char *text, size_t size)
{
    g_autofree char *encoded = g_base64_encode((const guchar *) text, size);
    g_string_append_printf(out, "=?UTF-8?B?%s?=", encoded);
}

/* How many bytes from the start go into one word: whole characters. One always fits. */
static size_t word_reach(const char *text, size_t size, bool use_q)
{
    size_t reach = 0;

    while (reach < size) {
        size_t next = (size_t) (g_utf8_find_next_char(text + reach, NULL) - text);
        size_t encoded = use_q ? q_size(text, next) : b_size(next);
        if (encoded > ENCODED_WORD_MAX - ENCODED_WORD_FRAME)
            break;
        reach = next;
    }
    return reach;
}

/* Q stays legible in logs and old readers, so it may be half as long again as B. Readers join
 * adjacent encoded words without the space between them (RFC 2047 section 6.2). */
static void append_encoded(GString *out, const char *text, size_t size)
{
    bool use_q = q_size(text, size) <= b_size(size) + b_size(size) / 2;

    for (size_t at = 0; at < size;) {
        size_t reach = word_reach(text + at, size - at, use_q);
        if (at > 0)
            g_string_append_c(out, ' ');
        if (use_q)
            append_q(out, text + at, reach);
        else
            append_b(out, text + at, reach);
        at += reach;
    }
}

static bool word_needs_encoding(const char *word, size_t size)
{
    if (size > PLAIN_WORD_MAX || g_strstr_len(word, (gssize) size, "=?") != NULL)
        return true;
    for (size_t i = 0; i < size; i++) {
        if ((unsigned char) word[i] > 126)
            return true;
    }
    return false;
}

/* Finds the bytes from the first word to the last that needs encoding. */
static bool find_span(const char *text, size_t *ret_start, size_t *ret_end)
{
    bool found = false;

    for (size_t at = 0; text[at] != '\0';) {
        size_t size = strcspn(text + at, " ");
        if (word_needs_encoding(text + at, size)) {
            if (!found)
                *ret_start = at;
            *ret_end = at + size;
            found = true;
        }
        at += size;
        at += strspn(text + at, " ");
    }
    return found;
}

char *encode_text(const char *text)
{
    g_autofree char *line = one_line(text);
    size_t start = 0;
    size_t end = 0;

    if (!find_span(line, &start, &end))
        return g_steal_pointer(&line);

    GString *out = g_string_new_len(line, (gssize) start);
    append_encoded(out, line + start, end - start);
    g_string_append(out, line + end);
    return g_string_free(out, FALSE);
}

static bool is_plain_phrase(const char *text)
{
    for (; *text != '\0'; text++) {
        if (!is_atext((unsigned char) *text) && *text != ' ')
            return false;
    }
    return true;
}

static char *quote(const char *text)
{
    GString *out = g_string_new("\"");
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            g_string_append_c(out, '\\');
        g_string_append_c(out, *text);
    }
    g_string_append_c(out, '"');
    return g_string_free(out, FALSE);
}

/* Encoded words must not stand in quotes, but many readers decode them there. */
char *encode_phrase(const char *text)
{
    g_autofree char *line = one_line(text);

    if (!is_ascii(line) || strstr(line, "=?") != NULL || strlen(line) > PLAIN_WORD_MAX) {
        GString *out = g_string_new(NULL);
        append_encoded(out, line, strlen(line));
        return g_string_free(out, FALSE);
    }
    return is_plain_phrase(line) ? g_steal_pointer(&line) : quote(line);
}

char *encode_mailbox(const char *name, const char *address)
{
    g_autofree char *phrase = encode_phrase(name != NULL ? name : "");

    if (*phrase == '\0')
        return g_strdup(address);
    return g_strdup_printf("%s <%s>", phrase, address);
}

/* Takes the next line from *text, without its end; false at the end of the text. */
static bool next_line(const char **text, const char **ret_line, size_t *ret_size)
{
    const char *line = *text;
    if (*line == '\0')
        return false;

    size_t size = strcspn(line, "\r\n");
    *text = line + size;
    if (**text != '\0')
        *text += g_str_has_prefix(*text, "\r\n") ? 2 : 1;
    *ret_line = line;
    *ret_size = size;
    return true;
}

/* Whether a line may travel as it is. "From " at its start is changed by mbox writers, white
 * space at its end is lost on the way. */
static bool is_plain_line(const char *line, size_t size)
{
    if (size > PLAIN_LINE_MAX || g_str_has_prefix(line, "From "))
        return false;
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char) line[i];
        if (c > 126)
            return false;
    }
    /* The space that ends the "-- " of a signature may stay: losing it hurts nobody. */
    return size == 0 || (line[size - 1] != ' ' && line[size - 1] != '\t') ||
           (size == 3 && memcmp(line, "-- ", 3) == 0);
}

static bool is_plain_body(const char *text)
{
    const char *line;
    size_t size;

    while (next_line(&text, &line, &size)) {
        if (!is_plain_line(line, size))
            return false;
    }
    return true;
}

/* A dot and "From " at the start of a line are changed by careless software on the way, white
 * space at its end is lost. */
static bool qp_is_literal(const char *line, size_t size, size_t i, bool at_start)
{
    unsigned char c = (unsigned char) line[i];

    if (c == ' ' || c == '\t')
        return i + 1 < size;
    if (at_start && (c == '.' || g_str_has_prefix(line + i, "From ")))
        return false;
    return c > ' ' && c < 127 && c != '=';
}

static void append_qp_line(GString *out, const char *line, size_t size)
{
    size_t column = 0;

    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char) line[i];
        size_t room = i + 1 < size ? QP_LINE_MAX - 1 : QP_LINE_MAX;
        bool is_literal = qp_is_literal(line, size, i, column == 0);
        if (column + (is_literal ? 1 : 3) > room) {
            g_string_append(out, "=\r\n");
            column = 0;
            is_literal = qp_is_literal(line, size, i, true);
        }
        if (is_literal)
            g_string_append_c(out, (char) c);
        else
            g_string_append_printf(out, "=%c%c", HEX[c >> 4], HEX[c & 15]);
        column += is_literal ? 1 : 3;
    }
    g_string_append(out, "\r\n");
}

void encode_body(const char *text, EncodedBody *ret_body)
{
    g_autofree char *cleaned = clean(text, "\t\r\n");
    bool is_plain = is_plain_body(cleaned);
    GString *out = g_string_sized_new(strlen(cleaned) + 64);
    const char *rest = cleaned;
    const char *line;
    size_t size;

    while (next_line(&rest, &line, &size)) {
        if (is_plain)
            g_string_append_len(g_string_append_len(out, line, (gssize) size), "\r\n", 2);
        else
            append_qp_line(out, line, size);
    }
    ret_body->encoding = is_plain ? "7bit" : "quoted-printable";
    ret_body->text = out;
}

void encoded_body_clear(EncodedBody *body)
{
    if (body->text != NULL)
        g_string_free(g_steal_pointer(&body->text), TRUE);
}
