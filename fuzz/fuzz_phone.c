/* The law of phone numbers: what people are shown is read back as the same number, and the
 * number is one that can be dialled. */
#include "fuzz.h"

#include <glib.h>
#include <string.h>

#include "base/phone.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = g_strndup((const char *) data, size);
    g_auto(Phone) phone = { 0 };
    g_auto(Phone) again = { 0 };

    if (!phone_parse(text, &phone, NULL))
        return 0;

    g_autofree char *shown = phone_format(&phone);
    g_assert_true(phone_parse(shown, &again, NULL));
    g_assert_cmpstr(again.e164, ==, phone.e164);
    g_assert_cmpstr(again.extension, ==, phone.extension);
    g_assert_cmpint(*phone.e164, ==, '+');
    g_assert_cmpuint(strspn(phone.e164 + 1, "0123456789"), ==, strlen(phone.e164 + 1));
    return 0;
}
