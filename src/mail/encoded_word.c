#include "mail/encoded_word.h"

#include <glib.h>
#include <string.h>

static bool is_break(int c)
{
    return c == '\r' || c == '\n' || c == '\0';
}

static bool q_hides_break(const char *text, size_t size)
{
    for (size_t i = 0; i + 2 < size; i++) {
        if (text[i] != '=' || !g_ascii_isxdigit(text[i + 1]) || !g_ascii_isxdigit(text[i + 2]))
            continue;
        if (is_break(g_ascii_xdigit_value(text[i + 1]) * 16 +
                     g_ascii_xdigit_value(text[i + 2])))
            return true;
    }
    return false;
}

static bool b_hides_break(const char *text, size_t size)
{
    g_autofree char *base64 = g_strndup(text, size);
    gsize decoded_size = 0;
    g_autofree guchar *decoded = g_base64_decode(base64, &decoded_size);
    for (size_t i = 0; i < decoded_size; i++) {
        if (is_break(decoded[i]))
            return true;
    }
    return false;
}

bool encoded_word_hides_break(const char *value)
{
    for (const char *word = strstr(value, "=?"); word != NULL; word = strstr(word + 2, "=?")) {
        const char *encoding = strchr(word + 2, '?');
        if (encoding == NULL || encoding[1] == '\0' || encoding[2] != '?')
            continue;
        const char *text = encoding + 3;
        const char *end = strstr(text, "?=");
        size_t size = end != NULL ? (size_t) (end - text) : strlen(text);
        if (encoding[1] == 'q' || encoding[1] == 'Q' ? q_hides_break(text, size)
                                                     : b_hides_break(text, size))
            return true;
    }
    return false;
}
