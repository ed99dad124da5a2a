/* The laws of text: whatever comes in, what is shown or kept is valid UTF-8 without control
 * characters, cleaning and folding are fixed points, a limit is a limit. */
#include "fuzz.h"

#include <glib.h>
#include <string.h>

#include "base/text.h"

#define CUT_SIZE  40
#define CUT_CHARS 10

static void check_harmless(const char *text)
{
    g_autofree char *again = text_printable(text, strlen(text));

    g_assert_true(text_is_valid(text, strlen(text)));
    g_assert_cmpstr(again, ==, text);
    for (const char *at = text; *at != '\0'; at++)
        g_assert_false(g_ascii_iscntrl(*at));
}

static void check_printable(const char *bytes, size_t size)
{
    g_autofree char *shown = text_printable(bytes, size);
    g_autofree char *cut = text_printable_max(bytes, size, CUT_SIZE);

    check_harmless(shown);
    g_assert_cmpuint(strlen(cut), <=, CUT_SIZE);
}

static void check_clean(const char *text)
{
    unsigned changes = 0;
    g_autofree char *clean = text_clean(text, NULL);
    g_autofree char *again = text_clean(clean, &changes);
    g_autofree char *ascii = text_ascii(clean);
    g_autofree char *cut = text_truncate(clean, CUT_CHARS);

    check_harmless(clean);
    g_assert_cmpstr(again, ==, clean);
    g_assert_cmpuint(changes, ==, 0);
    g_assert_cmpint(g_utf8_strlen(cut, -1), <=, CUT_CHARS);
    g_assert_true(g_str_has_prefix(clean, cut));
    if (ascii != NULL)
        for (const char *at = ascii; *at != '\0'; at++)
            g_assert_true(g_ascii_isprint(*at));
}

static void check_fold(const char *text)
{
    g_autofree char *fold = text_fold(text);
    g_autofree char *again = text_fold(fold);
    g_assert_cmpstr(again, ==, fold);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = g_strndup((const char *) data, size);

    check_printable((const char *) data, size);
    check_clean(text);
    check_fold(text);
    (void) text_width(text);
    return 0;
}
