#include "mail/tlp.h"

#include <glib.h>
#include <stdbool.h>
#include <string.h>

static const char *const NAMES[] = {
    [TLP_CLEAR] = "TLP:CLEAR", [TLP_GREEN] = "TLP:GREEN",
    [TLP_AMBER] = "TLP:AMBER", [TLP_AMBER_STRICT] = "TLP:AMBER+STRICT",
    [TLP_RED] = "TLP:RED",
};

static const char PREFIX[] = "TLP:";

enum {
    PREFIX_SIZE = sizeof PREFIX - 1,
};

const char *tlp_name(TlpLabel label)
{
    g_assert(label < G_N_ELEMENTS(NAMES));
    return NAMES[label];
}

/* Whether a character goes on with a word, so that a label next to it is part of that word. */
static bool is_word(gunichar c)
{
    return g_unichar_isalnum(c) || g_unichar_ismark(c) || c == '_' || c == '-' || c == '+';
}

static size_t word_size(const char *text)
{
    const char *end = text;
    while (*end != '\0' && is_word(g_utf8_get_char(end)))
        end = g_utf8_find_next_char(end, NULL);
    return (size_t) (end - text);
}

/* TLP_NONE if it is not a label of TLP 2.0. */
static TlpLabel label_named(const char *word, size_t size)
{
    for (TlpLabel label = TLP_CLEAR; label < G_N_ELEMENTS(NAMES); label++) {
        const char *name = NAMES[label] + PREFIX_SIZE;
        if (strlen(name) == size && g_ascii_strncasecmp(word, name, size) == 0)
            return label;
    }
    return TLP_NONE;
}

/* Whether " STRICT" or " + STRICT" follows. */
static bool is_followed_by_strict(const char *text)
{
    static const char STRICT[] = "STRICT";
    size_t size = strlen(STRICT);

    text += strspn(text, " +");
    return word_size(text) == size && g_ascii_strncasecmp(text, STRICT, size) == 0;
}

typedef struct {
    TlpLabel label;
    TlpNotice notice;
} Reading;

static void reading_add(Reading *reading, TlpLabel label)
{
    if (reading->label != TLP_NONE && label != reading->label)
        reading->notice = MAX(reading->notice, TLP_SEVERAL);
    reading->label = MAX(reading->label, label);
}

/* Reads what stands behind "TLP:" and says where to go on. */
static const char *read_label(const char *text, Reading *reading)
{
    size_t size = word_size(text);
    TlpLabel label = label_named(text, size);
    bool is_loose = label == TLP_AMBER && is_followed_by_strict(text + size);

    if (label == TLP_NONE || is_loose)
        reading->notice = TLP_INVALID;
    if (label != TLP_NONE)
        reading_add(reading, is_loose ? TLP_AMBER_STRICT : label);
    return text + size;
}

TlpNotice tlp_read(const char *subject, TlpLabel *ret_label)
{
    g_autofree char *valid = g_utf8_make_valid(subject, -1);
    Reading reading = { TLP_NONE, TLP_FINE };
    bool in_word = false;

    for (const char *p = valid; *p != '\0';) {
        if (!in_word && g_ascii_strncasecmp(p, PREFIX, PREFIX_SIZE) == 0) {
            p = read_label(p + PREFIX_SIZE, &reading);
        } else {
            in_word = is_word(g_utf8_get_char(p));
            p = g_utf8_find_next_char(p, NULL);
        }
    }

    *ret_label = reading.label;
    return reading.notice;
}
