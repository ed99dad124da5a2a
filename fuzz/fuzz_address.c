/* The law of addresses: the canonical form is a fixed point, is what people are shown read
 * back, keeps to its limits and has no octet that could end a line or a command. */
#include "fuzz.h"

#include <glib.h>
#include <string.h>

#include "base/address.h"
#include "base/limits.h"
#include "base/text.h"

static void check_same(const char *text, const char *canonical)
{
    g_autofree char *again = NULL;
    g_autoptr(GError) err = NULL;

    if (!address_parse(text, &again, &err))
        g_error("\"%s\" is refused: %s", text, err->message);
    g_assert_cmpstr(again, ==, canonical);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = g_strndup((const char *) data, size);
    g_autofree char *canonical = NULL;

    if (!address_parse(text, &canonical, NULL))
        return 0;

    g_autofree char *shown = address_display(canonical);
    g_autofree char *key = address_key(canonical);
    g_autofree char *again = address_key(key);
    g_autofree char *printable = text_printable(canonical, strlen(canonical));
    check_same(canonical, canonical);
    check_same(shown, canonical);
    g_assert_cmpstr(again, ==, key);
    g_assert_cmpstr(printable, ==, canonical);
    g_assert_cmpuint(strlen(canonical), <=, ADDRESS_MAX);
    g_assert_null(strpbrk(canonical, " \t\r\n"));
    g_assert_true(g_str_is_ascii(address_domain(canonical)));
    return 0;
}
