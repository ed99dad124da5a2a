#include "base/base32.h"

#include <glib.h>
#include <string.h>

static const char DIGITS[] = "abcdefghijklmnopqrstuvwxyz234567";

char *base32_encode(const uint8_t *bytes, size_t size)
{
    GString *text = g_string_sized_new(BASE32_SIZE(size));
    unsigned bits = 0;
    unsigned n_bits = 0;

    for (size_t i = 0; i < size; i++) {
        bits = (bits << 8 | bytes[i]) & 0xfff;
        for (n_bits += 8; n_bits >= 5; n_bits -= 5)
            g_string_append_c(text, DIGITS[(bits >> (n_bits - 5)) & 31]);
    }
    if (n_bits > 0)
        g_string_append_c(text, DIGITS[(bits << (5 - n_bits)) & 31]);
    return g_string_free(text, FALSE);
}

static int digit_value(char c)
{
    const char *digit = c != '\0' ? strchr(DIGITS, g_ascii_tolower(c)) : NULL;
    return digit != NULL ? (int) (digit - DIGITS) : -1;
}

bool base32_decode(const char *text, uint8_t *ret_bytes, size_t size)
{
    g_autofree uint8_t *bytes = g_malloc(size);
    size_t at = 0;
    unsigned bits = 0;
    unsigned n_bits = 0;

    if (strlen(text) != BASE32_SIZE(size))
        return false;
    for (; *text != '\0'; text++) {
        int value = digit_value(*text);
        if (value < 0)
            return false;
        bits = (bits << 5 | (unsigned) value) & 0xfff;
        n_bits += 5;
        if (n_bits >= 8) {
            n_bits -= 8;
            bytes[at++] = (uint8_t) (bits >> n_bits);
        }
    }
    if ((bits & ((1U << n_bits) - 1)) != 0)
        return false;
    if (size > 0) /* C forbids NULL here even for nothing */
        memcpy(ret_bytes, bytes, size);
    return true;
}
