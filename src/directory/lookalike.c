#include "directory/lookalike.h"

#include <string.h>

#include "base/address.h"
#include "base/limits.h"
#include "base/text.h"

/* Lower-case letters by what they look like (after text_fold, which takes accents, width and
 * case away). The shapes are of Unicode's table of confusables (UTS #39), as facts. */
/* clang-format off */
static const struct {
    gunichar letter;
    char like[3];
} SHAPES[] = {
    /* Cyrillic */
    { 0x430, "a" }, { 0x432, "b" }, { 0x435, "e" }, { 0x43a, "k" }, { 0x43c, "m" }, { 0x43d, "h" }, { 0x43e, "o" },
    { 0x43f, "n" }, { 0x440, "p" }, { 0x441, "c" }, { 0x442, "t" }, { 0x443, "y" }, { 0x445, "x" }, { 0x44c, "b" },
    { 0x455, "s" }, { 0x456, "i" }, { 0x458, "j" }, { 0x475, "v" }, { 0x4bb, "h" }, { 0x501, "d" }, { 0x51b, "q" },
    { 0x51d, "w" }, { 0x433, "r" }, { 0x4cf, "l" }, { 0x4c0, "l" },
    /* Greek */
    { 0x3b1, "a" }, { 0x3b2, "b" }, { 0x3b3, "y" }, { 0x3b5, "e" }, { 0x3b7, "n" }, { 0x3b9, "i" }, { 0x3ba, "k" },
    { 0x3bd, "v" }, { 0x3bf, "o" }, { 0x3c1, "p" }, { 0x3c3, "o" }, { 0x3c4, "t" }, { 0x3c5, "u" }, { 0x3c7, "x" },
    { 0x3c9, "w" }, { 0x3c2, "c" },
    /* Armenian, Hebrew, and others with Latin shapes */
    { 0x570, "h" }, { 0x578, "n" }, { 0x57d, "u" }, { 0x585, "o" }, { 0x566, "q" }, { 0x563, "q" }, { 0x561, "w" },
    { 0x5d5, "l" }, { 0x5df, "l" }, { 0x5e1, "o" }, { 0x665, "o" }, { 0x6d5, "o" }, { 0x647, "o" }, { 0x661, "l" },
    /* Latin letters of other shapes */
    { 0x131, "i" }, { 0x251, "a" }, { 0x261, "g" }, { 0x269, "i" }, { 0x26a, "i" }, { 0x274, "n" }, { 0x280, "r" },
    { 0x28b, "u" }, { 0x1d04, "c" }, { 0x1d0f, "o" }, { 0x1d1c, "u" }, { 0x1d20, "v" }, { 0x1d21, "w" }, { 0x1d22, "z" },
    { 0x142, "l" }, { 0x111, "d" }, { 0xf8, "o" }, { 0x167, "t" }, { 0x127, "h" },
    /* digits and signs for letters */
    { '0', "o" }, { '1', "l" }, { '|', "l" }, { '3', "e" }, { '5', "s" },
};

/* Letters that together look like another. */
static const char *const PAIRS[][2] = { { "rn", "m" }, { "vv", "w" }, { "cl", "d" } };
/* clang-format on */

static void append_shape(GString *skeleton, gunichar c)
{
    for (size_t i = 0; i < G_N_ELEMENTS(SHAPES); i++) {
        if (SHAPES[i].letter != c)
            continue;
        g_string_append(skeleton, SHAPES[i].like);
        return;
    }
    g_string_append_unichar(skeleton, c);
}

char *lookalike_skeleton(const char *text)
{
    g_autofree char *folded = text_fold(text);
    GString *skeleton = g_string_new(NULL);
    for (const char *at = folded; *at != '\0'; at += g_utf8_skip[*(const guchar *) at]) {
        gunichar c = g_utf8_get_char(at);
        if (strchr("-_'", (int) MIN(c, 0x7f)) == NULL || c >= 0x80)
            append_shape(skeleton, c);
    }
    /* Until nothing changes: what becomes an m may stand beside another letter. */
    for (gsize before = 0; before != skeleton->len;) {
        before = skeleton->len;
        for (size_t i = 0; i < G_N_ELEMENTS(PAIRS); i++)
            g_string_replace(skeleton, PAIRS[i][0], PAIRS[i][1], 0);
    }
    /* What looks like an l looks like an i as well, but "ci" is no "d". */
    g_string_replace(skeleton, "l", "i", 0);
    return g_string_free(skeleton, FALSE);
}

void lookalike_free(Lookalike *lookalike)
{
    g_free(lookalike->address);
    g_free(lookalike);
}

static const DbField FIELDS[] = {
    DB_FIELD(Lookalike, person_id),
    DB_FIELD(Lookalike, address),
};

static const DbRecord RECORD = {
    .size = sizeof(Lookalike),
    .free = (GDestroyNotify) lookalike_free,
    .fields = FIELDS,
    .n_fields = G_N_ELEMENTS(FIELDS),
};

static bool is_like_latin(GUnicodeScript script)
{
    return script == G_UNICODE_SCRIPT_CYRILLIC || script == G_UNICODE_SCRIPT_GREEK ||
           script == G_UNICODE_SCRIPT_ARMENIAN || script == G_UNICODE_SCRIPT_CHEROKEE ||
           script == G_UNICODE_SCRIPT_COPTIC;
}

bool lookalike_mixes_scripts(const char *address)
{
    g_autofree char *shown = address_display(address);
    bool has_latin = false;
    bool has_like = false;
    for (const char *at = shown; *at != '\0'; at += g_utf8_skip[*(const guchar *) at]) {
        GUnicodeScript script = g_unichar_get_script(g_utf8_get_char(at));
        bool is_end = *at == '@' || *at == '.';
        has_latin = !is_end && (has_latin || script == G_UNICODE_SCRIPT_LATIN);
        has_like = !is_end && (has_like || is_like_latin(script));
        if (has_latin && has_like)
            return true;
    }
    return false;
}

char *lookalike_skeleton_of(const char *address)
{
    g_autofree char *shown = address_display(address);
    return lookalike_skeleton(shown);
}

GPtrArray *lookalike_find(Db *db, const char *address, GError **err)
{
    g_autofree char *skeleton = lookalike_skeleton_of(address);
    g_autofree char *key = address_key(address);
    g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func(RECORD.free);
    g_autoptr(DbCursor)
        rows = db_query(db, &RECORD,
                        "SELECT person_id, address FROM address"
                        " WHERE (skeleton = $1 OR skeleton IS NULL) AND key <> $2 ORDER BY id",
                        DB_ARGS(db_text(skeleton), db_text(key)), err);
    const void *row = NULL;
    if (rows == NULL)
        return NULL;
    while (found->len < LOOKALIKES_MAX) {
        if (!db_next(rows, &row, err))
            return NULL;
        if (row == NULL)
            break;
        const Lookalike *one = row;
        g_autofree char *other = lookalike_skeleton_of(one->address);
        if (!g_str_equal(other, skeleton))
            continue;
        Lookalike *copy = g_new0(Lookalike, 1);
        copy->person_id = one->person_id;
        copy->address = g_strdup(one->address);
        g_ptr_array_add(found, copy);
    }
    return g_steal_pointer(&found);
}

/* The characters that are not ASCII, by their numbers: what a reader cannot see. */
static void append_letters(GString *text, const char *shown)
{
    guint n = 0;
    for (const char *at = shown; *at != '\0' && n < LOOKALIKES_MAX;
         at += g_utf8_skip[*(const guchar *) at]) {
        gunichar c = g_utf8_get_char(at);
        if (c < 0x80)
            continue;
        g_string_append_printf(text, "%sU+%04X", n++ > 0 ? ", " : ": ", c);
    }
}

/* Of two ASCII texts, what stands in the one between the first and the last difference, and in
 * the other: what a reader overlooks. */
static void append_difference(GString *text, const char *shown, const char *other)
{
    size_t size = strlen(shown);
    size_t other_size = strlen(other);
    size_t start = 0;
    size_t end = 0;
    while (start < MIN(size, other_size) &&
           g_ascii_tolower(shown[start]) == g_ascii_tolower(other[start]))
        start++;
    while (end < MIN(size, other_size) - start &&
           g_ascii_tolower(shown[size - 1 - end]) ==
               g_ascii_tolower(other[other_size - 1 - end]))
        end++;
    int ours = (int) (size - start - end);
    int theirs = (int) (other_size - start - end);
    g_string_append_printf(text, ": \"%.*s\" where that has \"%.*s\"", ours, shown + start,
                           theirs, other + start);
}

char *lookalike_format(const char *address, const Lookalike *on_file)
{
    g_autofree char *shown = address_display(address);
    g_autofree char *other = address_display(on_file->address);
    GString *text = g_string_new(NULL);
    g_string_append_printf(text, "%s looks like %s", shown, other);
    if (g_str_is_ascii(shown) && g_str_is_ascii(other))
        append_difference(text, shown, other);
    else
        append_letters(text, shown);
    return g_string_free(text, FALSE);
}
