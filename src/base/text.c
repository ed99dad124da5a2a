#include "base/text.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <unictype.h>
#include <unigbrk.h>
#include <uninorm.h>
#include <unistr.h>
#include <uniwidth.h>

#define ZWNJ 0x200c
#define ZWJ  0x200d

/* Scripts in which the zero-width joiners change how a word is written, so that removing them
 * would misspell names: Persian and Urdu need ZWNJ, the Indic scripts both. */
static const struct {
    ucs4_t first;
    ucs4_t last;
} JOINING[] = {
    { 0x0600, 0x06ff }, /* Arabic */
    { 0x0700, 0x074f }, /* Syriac */
    { 0x0750, 0x077f }, /* Arabic supplement */
    { 0x07c0, 0x07ff }, /* N'Ko */
    { 0x0900, 0x0dff }, /* Devanagari to Sinhala */
    { 0x1000, 0x109f }, /* Myanmar */
    { 0x1780, 0x17ff }, /* Khmer */
    { 0x1800, 0x18af }, /* Mongolian */
};

/* Typography that word processors put for what people typed. */
static const struct {
    ucs4_t from;
    char to;
} PLAIN[] = {
    { 0x2010, '-' },  { 0x2011, '-' },  { 0x2012, '-' },  { 0x2013, '-' },
    { 0x2014, '-' },  { 0x2015, '-' },  { 0x2018, '\'' }, { 0x2019, '\'' },
    { 0x201a, '\'' }, { 0x201b, '\'' }, { 0x201c, '"' },  { 0x201d, '"' },
    { 0x201e, '"' },  { 0x201f, '"' },  { 0x2032, '\'' }, { 0x2033, '"' },
};

static const struct {
    TextChange change;
    const char *notice;
} NOTICES[] = {
    { TEXT_INVALID, "bytes that are not UTF-8 were removed" },
    { TEXT_CONTROL, "control characters were removed" },
    { TEXT_INVISIBLE, "invisible characters were removed" },
    { TEXT_SPACE, "unusual spaces were made plain" },
    { TEXT_PUNCTUATION, "typographic quotes and dashes were made plain" },
};

/* One step through bytes of any kind. */
typedef struct {
    const uint8_t *at;
    size_t left;
    const uint8_t *start; /* of the character read last */
    size_t size;          /* of the character read last, in bytes */
    ucs4_t previous;      /* the character kept last; 0 if none */
    ucs4_t c;             /* the character read last, if is_valid */
    bool is_valid;
} Walk;

static bool walk_next(Walk *w)
{
    if (w->left == 0)
        return false;

    int size = u8_mbtoucr(&w->c, w->at, w->left);
    w->is_valid = size > 0;
    w->start = w->at;
    w->size = size > 0 ? (size_t) size : 1;
    w->at += w->size;
    w->left -= w->size;
    return true;
}

static ucs4_t walk_peek(const Walk *w)
{
    ucs4_t c = 0;
    return w->left > 0 && u8_mbtoucr(&c, w->at, w->left) > 0 ? c : 0;
}

static int joining_script(ucs4_t c)
{
    for (size_t i = 0; i < G_N_ELEMENTS(JOINING); i++)
        if (c >= JOINING[i].first && c <= JOINING[i].last)
            return (int) i;
    return -1;
}

static bool is_of_word(ucs4_t c)
{
    return uc_is_general_category_withtable(c, UC_CATEGORY_MASK_L | UC_CATEGORY_MASK_M);
}

/* A joiner counts between two letters or marks of one script that needs it, and after a
 * virama (combining class 9) also at the end of a word, as in old Malayalam spelling. */
static bool joiner_fits(ucs4_t previous, ucs4_t next)
{
    int script = joining_script(previous);

    if (script < 0 || !is_of_word(previous))
        return false;
    return uc_combining_class(previous) == UC_CCC_VR ||
           (joining_script(next) == script && is_of_word(next));
}

/* Variation selectors tell apart the forms of one Han or Mongolian letter in a name; anywhere
 * else they are unseen. */
static bool selector_fits(ucs4_t previous, ucs4_t c)
{
    if ((c >= 0xfe00 && c <= 0xfe0f) || (c >= 0xe0100 && c <= 0xe01ef))
        return uc_is_property_ideographic(previous);
    if (c >= 0x180b && c <= 0x180d)
        return previous >= 0x1820 && previous <= 0x18af;
    return false;
}

static bool is_control(ucs4_t c)
{
    return uc_is_general_category(c, UC_CONTROL) || c == 0x2028 || c == 0x2029;
}

/* Bidi controls, zero-width characters, tags, fillers, and what means nothing to a reader.
 * Unassigned characters stay: a newer Unicode may have given them to a script. */
static bool is_invisible(const Walk *w)
{
    ucs4_t c = w->c;

    if (c < 0x80)
        return false;
    if (c == ZWNJ || c == ZWJ)
        return !joiner_fits(w->previous, walk_peek(w));
    if (uc_is_property_default_ignorable_code_point(c))
        return !selector_fits(w->previous, c);
    return uc_is_property_not_a_character(c) ||
           uc_is_general_category_withtable(c, UC_CATEGORY_MASK_Cf | UC_CATEGORY_MASK_Co);
}

bool text_is_valid(const char *bytes, size_t size)
{
    return g_utf8_validate_len(bytes, size, NULL);
}

static void append_printable(GString *out, Walk *w)
{
    if (!w->is_valid) {
        g_string_append_printf(out, "\\x%02x", *w->start);
        w->previous = 0;
    } else if (is_control(w->c) && w->c < 0x100) {
        g_string_append_printf(out, "\\x%02x", w->c);
        w->previous = 0;
    } else if (is_control(w->c) || is_invisible(w)) {
        g_string_append_printf(out, "<U+%04X>", w->c);
        w->previous = 0;
    } else {
        g_string_append_len(out, (const char *) w->start, (gssize) w->size);
        w->previous = w->c;
    }
}

static bool is_printable_ascii(const char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (!g_ascii_isprint(bytes[i]))
            return false;
    return true;
}

char *text_printable_max(const char *bytes, size_t size, size_t max_size)
{
    g_assert(max_size >= 16);
    if (size > 0 && size <= max_size && is_printable_ascii(bytes, size))
        return g_strndup(bytes, size);

    static const char MORE[] = "...";
    GString *out = g_string_new(NULL);
    size_t cut = 0; /* where "..." still fits */
    Walk w = { .at = (const uint8_t *) bytes, .left = size };

    while (walk_next(&w)) {
        append_printable(out, &w);
        if (out->len > max_size) {
            g_string_truncate(out, cut);
            g_string_append(out, MORE);
            break;
        }
        if (out->len <= max_size - strlen(MORE))
            cut = out->len;
    }
    return g_string_free(out, FALSE);
}

char *text_printable(const char *bytes, size_t size)
{
    return text_printable_max(bytes, size, SIZE_MAX);
}

char *text_nfc(const char *text)
{
    if (g_str_is_ascii(text))
        return g_strdup(text);
    if (!text_is_valid(text, strlen(text)))
        return g_strdup(text);

    size_t size = 0;
    uint8_t *nfc = u8_normalize(UNINORM_NFC, (const uint8_t *) text, strlen(text), NULL, &size);
    g_assert(nfc != NULL);

    char *copy = g_strndup((const char *) nfc, size);
    free(nfc);
    return copy;
}

static char plain_punctuation(ucs4_t c)
{
    for (size_t i = 0; i < G_N_ELEMENTS(PLAIN); i++)
        if (PLAIN[i].from == c)
            return PLAIN[i].to;
    return '\0';
}

/* A space is put off until something follows it: so runs fold and the ends are trimmed. */
static unsigned put_off_space(Walk *w, const GString *out, bool *space_due)
{
    bool is_unusual = w->c != ' ' || (*space_due && out->len > 0);
    *space_due = true;
    w->previous = 0;
    return is_unusual ? TEXT_SPACE : 0;
}

/* Appends the cleaned form of one character; answers what that changed. */
static unsigned clean_char(GString *out, Walk *w, bool *space_due)
{
    if (!w->is_valid)
        return TEXT_INVALID;
    if (uc_is_general_category(w->c, UC_SEPARATOR) || (w->c >= '\t' && w->c <= '\r'))
        return put_off_space(w, out, space_due);
    if (is_control(w->c))
        return TEXT_CONTROL;
    if (is_invisible(w))
        return TEXT_INVISIBLE;

    if (*space_due && out->len > 0)
        g_string_append_c(out, ' ');
    *space_due = false;
    w->previous = w->c;

    char plain = plain_punctuation(w->c);
    if (plain != '\0')
        g_string_append_c(out, plain);
    else
        g_string_append_len(out, (const char *) w->start, (gssize) w->size);
    return plain != '\0' ? TEXT_PUNCTUATION : 0;
}

static char *clean_once(const char *text, unsigned *changes)
{
    g_autoptr(GString) out = g_string_new(NULL);
    bool space_due = false;
    Walk w = { .at = (const uint8_t *) text, .left = strlen(text) };

    while (walk_next(&w))
        *changes |= clean_char(out, &w, &space_due);
    return text_nfc(out->str);
}

/* Most text is plain ASCII, and then there is nothing to look up. */
static bool is_plain(const char *text)
{
    char before = ' ';
    for (const char *at = text; *at != '\0'; at++) {
        if (!g_ascii_isprint(*at) || (*at == ' ' && before == ' '))
            return false;
        before = *at;
    }
    return before != ' ' || *text == '\0';
}

char *text_clean(const char *text, unsigned *ret_changes)
{
    unsigned changes = 0;

    if (is_plain(text)) {
        if (ret_changes != NULL)
            *ret_changes = 0;
        return g_strdup(text);
    }

    /* What is taken out can leave a joiner beside a neighbour it does not fit, and NFC has
     * compositions of its own; each turn only takes out more, so it ends, in practice at the
     * second one. */
    char *clean = clean_once(text, &changes);
    for (;;) {
        char *again = clean_once(clean, &changes);
        bool is_stable = g_str_equal(again, clean);
        g_free(clean);
        clean = again;
        if (is_stable)
            break;
    }
    if (ret_changes != NULL)
        *ret_changes = changes;
    return clean;
}

char *text_changes(unsigned changes)
{
    if (changes == 0)
        return NULL;

    GString *out = g_string_new(NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(NOTICES); i++)
        if ((changes & NOTICES[i].change) != 0)
            g_string_append_printf(out, "%s%s", out->len > 0 ? ", " : "", NOTICES[i].notice);
    return g_string_free(out, FALSE);
}

size_t text_width(const char *text)
{
    return (size_t) u8_width((const uint8_t *) text, strlen(text), "UTF-8");
}

char *text_pad(const char *text, size_t columns)
{
    size_t width = text_width(text);
    size_t fill = width < columns ? columns - width : 0;
    return g_strdup_printf("%s%*s", text, (int) fill, "");
}

char *text_truncate(const char *text, size_t max_chars)
{
    const uint8_t *start = (const uint8_t *) text;
    const uint8_t *end = start + strlen(text);
    const uint8_t *cut = start;
    const uint8_t *next = start;
    size_t chars = 0;

    while (next != NULL && next < end && chars <= max_chars) {
        cut = next;
        next = u8_grapheme_next(cut, end);
        chars += u8_mbsnlen(cut, (size_t) (next - cut));
    }
    if (chars <= max_chars)
        return g_strdup(text);
    /* One pile of accents longer than the whole limit has no border: cut it anywhere. */
    if (cut == start)
        return g_utf8_substring(text, 0, (glong) max_chars);
    return g_strndup(text, (gsize) (cut - start));
}

char *text_join(const GPtrArray *lines)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < lines->len; i++)
        g_string_append_printf(text, "%s%s", i > 0 ? "\n" : "", (char *) lines->pdata[i]);
    return g_string_free(text, FALSE);
}
