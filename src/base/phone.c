#include "base/phone.h"

#include <string.h>
#include <unictype.h>
#include <unistr.h>

#include "base/err.h"
#include "base/limits.h"
#include "base/text.h"

#define DIGITS_MIN 7
#define DIGITS_MAX 15 /* E.164 6.1 */

/* What people write before an extension; of two that match, the longer stands first. */
static const char *const EXTENSION_MARKS[] = { "extension", "ext", "x", "#" };

/* Countries whose numbers keep their leading 0 when dialled from abroad. */
static const char *const KEEPS_ZERO[] = { "39", "378" }; /* Italy, San Marino */

void phone_clear(Phone *phone)
{
    g_clear_pointer(&phone->e164, g_free);
    g_clear_pointer(&phone->extension, g_free);
    g_clear_pointer(&phone->typed, g_free);
}

/* The same in lower-case ASCII: digits of every script, full-width forms. NULL if there is
 * anything else in it. */
static char *to_ascii(const char *text)
{
    g_autoptr(GString) out = g_string_new(NULL);
    ucs4_t c = 0;

    for (const uint8_t *at = (const uint8_t *) text; (at = u8_next(&c, at)) != NULL;) {
        int digit = uc_decimal_value(c);
        if (digit >= 0)
            c = (ucs4_t) ('0' + digit);
        else if (c >= 0xff01 && c <= 0xff5e)
            c -= 0xff01 - '!';
        if (c >= 0x80)
            return NULL;
        g_string_append_c(out, g_ascii_tolower((char) c));
    }
    return g_strdup(out->str);
}

/* Reads what follows the number: a mark and digits, or nothing. */
static bool read_extension(const char *at, char **ret_extension)
{
    at += strspn(at, " ,;");
    if (*at == '\0')
        return true;

    for (size_t i = 0; i < G_N_ELEMENTS(EXTENSION_MARKS); i++) {
        if (!g_str_has_prefix(at, EXTENSION_MARKS[i]))
            continue;
        at += strlen(EXTENSION_MARKS[i]);
        at += strspn(at, " .:=");
        size_t digits = strspn(at, "0123456789");
        if (digits == 0 || digits > PHONE_EXTENSION_MAX || at[digits] != '\0')
            return false;
        *ret_extension = g_strdup(at);
        return true;
    }
    return false;
}

/* What stands before the number proper; NULL if there is no country code. */
static const char *skip_prefix(const char *at)
{
    if (g_str_has_prefix(at, "tel:"))
        at += strlen("tel:");
    at += strspn(at, " (");
    if (*at == '+')
        return at + 1;
    return g_str_has_prefix(at, "00") ? at + 2 : NULL;
}

static bool keeps_zero(const char *digits)
{
    for (size_t i = 0; i < G_N_ELEMENTS(KEEPS_ZERO); i++)
        if (g_str_equal(digits, KEEPS_ZERO[i]))
            return true;
    return false;
}

/* Reads digits and what parts them; *ret_end is what follows. "+44 (0)1632": the 0 is dialled
 * only without the country code, so it goes. */
static char *read_digits(const char *at, const char **ret_end)
{
    GString *digits = g_string_new(NULL);

    for (; *at != '\0' && strchr("0123456789 .-/()", *at) != NULL; at++) {
        if (g_str_has_prefix(at, "(0)") && !keeps_zero(digits->str))
            at += strlen("(0)") - 1;
        else if (g_ascii_isdigit(*at))
            g_string_append_c(digits, *at);
    }
    *ret_end = at;
    return g_string_free(digits, FALSE);
}

static bool check_number(const char *digits, GError **err)
{
    size_t count = strlen(digits);

    if (digits[0] == '0')
        return err_set(err, ERR_INVALID, "no country code begins with 0");
    if (count < DIGITS_MIN || count > DIGITS_MAX)
        return err_set(err, ERR_INVALID, "a phone number has %d to %d digits, this one %zu",
                       DIGITS_MIN, DIGITS_MAX, count);
    return true;
}

static bool read_number(const char *text, Phone *phone, GError **err)
{
    const char *end = NULL;
    const char *number = skip_prefix(text);

    if (number == NULL)
        return err_set(err, ERR_INVALID,
                       "a phone number starts with + and the country code, as in "
                       "+1 613 555 0100");

    g_autofree char *digits = read_digits(number, &end);
    if (!read_extension(end, &phone->extension))
        return err_set(err, ERR_INVALID,
                       "not a phone number, with or without an extension, as in "
                       "+1 613 555 0100 ext 7");
    if (!check_number(digits, err))
        return false;
    phone->e164 = g_strconcat("+", digits, NULL);
    return true;
}

bool phone_parse(const char *typed, Phone *ret, GError **err)
{
    g_auto(Phone) phone = { .typed = text_clean(typed, NULL) };

    if (*phone.typed == '\0')
        return err_set(err, ERR_INVALID, "the phone number is empty");
    if (strlen(phone.typed) > PHONE_MAX)
        return err_set(err, ERR_INVALID, "the phone number is longer than %d bytes", PHONE_MAX);

    g_autofree char *text = to_ascii(phone.typed);
    if (text == NULL)
        return err_set(err, ERR_INVALID, "the phone number has letters or signs in it");
    if (!read_number(text, &phone, err))
        return false;

    *ret = phone;
    phone = (Phone){ 0 };
    return true;
}

char *phone_format(const Phone *phone)
{
    if (*phone->typed == '+' && g_str_is_ascii(phone->typed))
        return g_strdup(phone->typed);
    if (phone->extension == NULL)
        return g_strdup(phone->e164);
    return g_strdup_printf("%s ext %s", phone->e164, phone->extension);
}
