/* The law of a gateway's address: what can be used has no more parts once number, text and
 * password are in it than it had before, whatever these hold, and is an address without spaces
 * or line ends. Input: the template, a line feed, the text; the password is the text too. */
#include "fuzz.h"

#include <glib.h>
#include <string.h>

#include "base/err.h"
#include "base/limits.h"
#include "base/sms_url.h"

static void assert_same_parts(const char *template, const char *filled)
{
    for (const char *mark = "&=?/#@;:"; *mark != '\0'; mark++) {
        size_t before = 0;
        size_t after = 0;
        for (const char *at = template; *at != '\0'; at++)
            before += *at == *mark ? 1 : 0;
        for (const char *at = filled; *at != '\0'; at++)
            after += *at == *mark ? 1 : 0;
        g_assert_cmpuint(after, ==, before);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *input = g_strndup((const char *) data, size);
    g_auto(GStrv) parts = g_strsplit(input, "\n", 2);
    const char *template = parts[0] != NULL ? parts[0] : "";
    const char *text = parts[0] != NULL && parts[1] != NULL ? parts[1] : "";
    const SmsUrlValues values = { "+441632960001", text, text };
    g_autoptr(GError) err = NULL;
    g_autofree char *filled = NULL;

    if (!sms_url_check(template, NULL))
        return 0;
    if (!sms_url_fill(template, &values, &filled, &err)) {
        g_assert_true(err_is(err, ERR_LIMIT));
        return 0;
    }
    g_assert_cmpuint(strlen(filled), <=, FETCH_URL_MAX);
    g_assert_null(strpbrk(filled, " \t\r\n{}"));
    assert_same_parts(template, filled);

    g_autofree char *shown = sms_url_shown(template);
    g_assert_true(g_str_has_prefix(template, "http"));
    g_assert_null(strpbrk(shown, "?@{"));
    return 0;
}
