#include "mail/fields.h"

#include <stdbool.h>
#include <string.h>

#define FIELDS_MAX 100

void field_free(Field *field)
{
    if (field == NULL)
        return;
    g_free(field->name);
    g_free(field->value);
    g_free(field);
}

static const char *next_line(const char *text)
{
    const char *end = strchr(text, '\n');
    return end != NULL ? end + 1 : text + strlen(text);
}

static bool is_blank_line(const char *line)
{
    return line[strspn(line, " \t\r")] == '\n' || line[strspn(line, " \t\r")] == '\0';
}

static bool is_continuation(const char *line)
{
    return (*line == ' ' || *line == '\t') && !is_blank_line(line);
}

/* One field, from its first line to the end of its last. NULL if it is none. */
static Field *parse(const char *begin, const char *end)
{
    g_autofree char *text = g_strndup(begin, (size_t) (end - begin));
    char *colon = strchr(text, ':');
    if (colon == NULL)
        return NULL;

    *colon = '\0';
    Field *field = g_new0(Field, 1);
    field->name = g_strstrip(g_ascii_strdown(text, -1));
    field->value = g_strdup(colon + 1);
    for (char *p = field->value; (p = strpbrk(p, "\r\n\t")) != NULL; p++)
        *p = ' ';
    g_strstrip(field->value);
    return field;
}

GPtrArray *fields_read(const char **text)
{
    GPtrArray *fields = g_ptr_array_new_with_free_func((GDestroyNotify) field_free);
    const char *line = *text;
    while (*line != '\0' && is_blank_line(line))
        line = next_line(line);
    while (*line != '\0' && !is_blank_line(line)) {
        const char *end = next_line(line);
        while (is_continuation(end))
            end = next_line(end);
        Field *field = fields->len < FIELDS_MAX ? parse(line, end) : NULL;
        if (field != NULL)
            g_ptr_array_add(fields, field);
        line = end;
    }
    *text = line;
    return fields;
}

const char *fields_get(const GPtrArray *fields, const char *name)
{
    for (unsigned i = 0; i < fields->len; i++) {
        const Field *field = fields->pdata[i];
        if (strcmp(field->name, name) == 0)
            return field->value;
    }
    return NULL;
}
