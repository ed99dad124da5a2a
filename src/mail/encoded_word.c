#include "mail/encoded_word.h"

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

/* A base64 word; borrowed from the value. */
typedef struct {
    const char *charset;
    size_t charset_size;
    const char *text;
    size_t text_size;
    const char *end; /* behind the word */
} Word;

static bool read_base64_word(const char *at, Word *ret_word)
{
    if (!g_str_has_prefix(at, "=?"))
        return false;
    const char *charset = at + 2;
    size_t charset_size = strcspn(charset, "? \t\r\n");
    const char *mark = charset + charset_size;
    if (mark[0] != '?' || (mark[1] != 'B' && mark[1] != 'b') || mark[2] != '?')
        return false;
    const char *text = mark + 3;
    size_t text_size = strcspn(text, "? \t\r\n");
    if (!g_str_has_prefix(text + text_size, "?="))
        return false;
    *ret_word = (Word){ charset, charset_size, text, text_size, text + text_size + 2 };
    return true;
}

/* The word behind this one and the blanks between, if the two belong together. */
static bool read_successor(const Word *word, Word *ret_next)
{
    size_t blanks = strspn(word->end, " \t\r\n");
    return blanks > 0 && read_base64_word(word->end + blanks, ret_next) &&
           ret_next->charset_size == word->charset_size &&
           g_ascii_strncasecmp(ret_next->charset, word->charset, word->charset_size) == 0;
}

static void append_decoded(GByteArray *bytes, const Word *word)
{
    g_autofree char *base64 = g_strndup(word->text, word->text_size);
    gsize size = 0;
    g_autofree guchar *decoded = g_base64_decode(base64, &size);
    g_byte_array_append(bytes, decoded, (guint) size);
}

/* Writes the words from the first on that belong together as one; what is behind them. */
static const char *append_joined(GString *out, const Word *first)
{
    Word word = *first;
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    append_decoded(bytes, &word);
    while (read_successor(&word, &word))
        append_decoded(bytes, &word);

    g_autofree char *base64 = g_base64_encode(bytes->data, bytes->len);
    g_string_append_printf(out, "=?%.*s?B?%s?=", (int) first->charset_size, first->charset,
                           base64);
    return word.end;
}

char *encoded_word_join(const char *value)
{
    GString *out = g_string_new(NULL);
    for (const char *at = value; *at != '\0';) {
        Word word;
        Word next;
        if (read_base64_word(at, &word) && read_successor(&word, &next))
            at = append_joined(out, &word);
        else
            g_string_append_c(out, *at++);
    }
    return g_string_free(out, FALSE);
}
