#include "mail/smtp.h"

static size_t line_size(const char *bytes, size_t size)
{
    size_t line = 0;

    while (line < size && bytes[line] != '\r' && bytes[line] != '\n')
        line++;
    return line;
}

GBytes *smtp_stuff(const char *bytes, size_t size)
{
    GString *text = g_string_sized_new(size + size / 16 + 2);

    for (size_t at = 0; at < size;) {
        size_t line = line_size(bytes + at, size - at);
        if (bytes[at] == '.')
            g_string_append_c(text, '.');
        g_string_append_len(text, bytes + at, (gssize) line);
        g_string_append_len(text, "\r\n", 2);
        at += line + 1;
        if (at < size && bytes[at - 1] == '\r' && bytes[at] == '\n')
            at++;
    }
    return g_string_free_to_bytes(text);
}
