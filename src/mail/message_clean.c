#include "mail/message_reader.h"

#include <string.h>

#include "base/limits.h"
#include "base/text.h"

void message_note(Message *message, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *made = g_strdup_vprintf(format, args);
    va_end(args);

    char *notice = text_printable_max(made, strlen(made), MESSAGE_VALUE_MAX);
    if (message->notices->len >= MESSAGE_VALUES_MAX ||
        g_ptr_array_find_with_equal_func(message->notices, notice, g_str_equal, NULL))
        g_free(notice);
    else
        g_ptr_array_add(message->notices, notice);
}

bool message_has_room(Message *message, const GPtrArray *array, const char *what)
{
    if (array->len < MESSAGE_VALUES_MAX)
        return true;
    message_note(message, "only the first %d of %s were read", MESSAGE_VALUES_MAX, what);
    return false;
}

/* The length of valid UTF-8 that fits into max bytes. */
static size_t fitting(const char *text, size_t max)
{
    size_t size = strlen(text);
    if (size <= max)
        return size;
    while (max > 0 && ((unsigned char) text[max] & 0xc0) == 0x80)
        max--;
    return max;
}

static void cut(Message *message, GString *text, size_t max, const char *what)
{
    size_t size = fitting(text->str, max);
    if (size == text->len)
        return;
    g_string_truncate(text, size);
    message_note(message, "%s is longer than %zu bytes: the rest was cut off", what, max);
}

static bool is_space(gunichar c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == 0x2028 || c == 0x2029;
}

char *message_line(Message *message, const char *text, const char *what)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    GString *line = g_string_new(NULL);
    bool is_waiting = false;
    for (const char *p = valid; *p != '\0'; p += g_utf8_skip[(unsigned char) *p]) {
        gunichar c = g_utf8_get_char(p);
        if (is_space(c)) {
            is_waiting = line->len > 0;
        } else if (message_is_clean(c)) {
            if (is_waiting)
                g_string_append_c(line, ' ');
            is_waiting = false;
            g_string_append_unichar(line, c);
        } else {
            message_note(message, "%s has control or direction characters", what);
        }
    }
    cut(message, line, MESSAGE_VALUE_MAX, what);
    return g_string_free(line, line->len == 0);
}

char *message_lines(Message *message, const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    GString *lines = g_string_new(NULL);
    for (const char *p = valid; *p != '\0'; p += g_utf8_skip[(unsigned char) *p]) {
        gunichar c = g_utf8_get_char(p);
        if (c == '\r' && p[1] == '\n')
            continue;
        if (c == '\r' || c == 0x2028 || c == 0x2029)
            c = '\n';
        if (c == '\n' || c == '\t' || message_is_clean(c))
            g_string_append_unichar(lines, c);
    }
    cut(message, lines, MESSAGE_TEXT_MAX, "the text");
    return g_string_free(lines, false);
}
