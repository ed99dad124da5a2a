/* The law of answers: what is quoted says nothing in any language, and a choice is one of the
 * options. */
#include "fuzz.h"

#include <glib.h>

#include "mail/answer.h"

static const char *const LANGUAGES[] = { "en", "ar", "es", "fr", "pt", "ru", "zh", "" };
static const char *const OPTIONS[] = { "keep", "keep, for now", "إزالة" };

static char *quote(const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    g_autofree char *joined = g_strjoinv("\n> ", lines);
    return g_strconcat("> ", joined, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *raw = g_strndup((const char *) data, size);
    g_autofree char *text = g_utf8_make_valid(raw, -1);
    g_autofree char *quoted = quote(text);
    for (size_t i = 0; i < G_N_ELEMENTS(LANGUAGES); i++) {
        const char *language = LANGUAGES[i];
        size_t choice = 1;
        (void) answer_read(text, language);
        (void) answer_choose(text, language, OPTIONS, G_N_ELEMENTS(OPTIONS), &choice);
        g_assert_cmpuint(choice, >=, 1);
        g_assert_cmpuint(choice, <=, G_N_ELEMENTS(OPTIONS));
        g_assert_cmpint(answer_read(quoted, language), ==, ANSWER_NOTHING);
        g_assert_false(
            answer_choose(quoted, language, OPTIONS, G_N_ELEMENTS(OPTIONS), &choice));
    }
    return 0;
}
