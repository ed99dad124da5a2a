#include "cli/output.h"

#include <stdlib.h>
#include <string.h>
#include <unictype.h>
#include <unistd.h>
#include <unistr.h>

#include "base/clock.h"
#include "base/text.h"

struct Output {
    FILE *file; /* borrowed */
    bool is_json;
};

Output *output_new(FILE *file, bool is_json)
{
    Output *output = g_new0(Output, 1);
    output->file = file;
    output->is_json = is_json;
    return output;
}

void output_free(Output *output)
{
    g_free(output);
}

bool output_is_json(const Output *output)
{
    return output->is_json;
}

bool output_is_terminal(const Output *output)
{
    return isatty(fileno(output->file)) == 1;
}

/* Characters that a terminal may obey, or that nobody sees. */
static bool is_hidden(ucs4_t c)
{
    return c >= 0x7f && (uc_is_general_category_withtable(
                             c, (UC_CATEGORY_MASK_C & ~UC_CATEGORY_MASK_Cn) |
                                    UC_CATEGORY_MASK_Zl | UC_CATEGORY_MASK_Zp) ||
                         uc_is_property_default_ignorable_code_point(c));
}

static void print_escaped(FILE *file, ucs4_t c)
{
    if (c >= 0x10000) /* as two surrogates (RFC 8259 7) */
        (void) fprintf(file, "\\u%04x\\u%04x", 0xd7c0 + (c >> 10), 0xdc00 + (c & 0x3ff));
    else
        (void) fprintf(file, "\\u%04x", c);
}

/* Beyond ASCII all is inside of strings, where an escape means the same. */
static void print_json(Output *output, const json_t *document)
{
    char *text = json_dumps(document, JSON_INDENT(2));
    g_assert(text != NULL);
    const uint8_t *plain = (const uint8_t *) text;
    ucs4_t c = 0;

    for (const uint8_t *at = plain, *next; (next = u8_next(&c, at)) != NULL; at = next) {
        if (!is_hidden(c))
            continue;
        (void) fwrite(plain, 1, (size_t) (at - plain), output->file);
        print_escaped(output->file, c);
        plain = next;
    }
    (void) fprintf(output->file, "%s\n", (const char *) plain);
    free(text);
}

/* A member as a person reads it. */
static char *cell_text(const json_t *value)
{
    if (json_is_string(value))
        return text_printable(json_string_value(value), json_string_length(value));
    if (json_is_integer(value))
        return g_strdup_printf("%" JSON_INTEGER_FORMAT, json_integer_value(value));
    if (json_is_real(value))
        return g_strdup_printf("%.1f", json_real_value(value));
    if (json_is_boolean(value))
        return g_strdup(json_is_true(value) ? "yes" : "no");
    if (!json_is_array(value))
        return g_strdup("-");

    g_autoptr(GString) list = g_string_new(NULL);
    for (size_t i = 0; i < json_array_size(value); i++) {
        g_autofree char *item = cell_text(json_array_get(value, i));
        g_string_append_printf(list, "%s%s", i > 0 ? ", " : "", item);
    }
    return list->len > 0 ? g_string_free(g_steal_pointer(&list), FALSE) : g_strdup("-");
}

static bool is_number(const json_t *rows, const char *key)
{
    const json_t *value = json_object_get(json_array_get(rows, 0), key);
    return json_is_number(value);
}

static void print_cell(Output *output, const char *text, size_t width, bool to_right,
                       bool is_last)
{
    size_t columns = text_width(text);
    int gap = columns < width ? (int) (width - columns) : 0;

    if (to_right)
        (void) fprintf(output->file, "%*s%s", gap, "", text);
    else
        (void) fprintf(output->file, "%s%*s", text, is_last ? 0 : gap, "");
    (void) fputs(is_last ? "\n" : "  ", output->file);
}

static size_t column_width(const json_t *rows, const OutputColumn *column)
{
    size_t width = text_width(column->title);
    for (size_t i = 0; i < json_array_size(rows); i++) {
        g_autofree char *text = cell_text(
            json_object_get(json_array_get(rows, i), column->key));
        width = MAX(width, text_width(text));
    }
    return width;
}

void output_rows(Output *output, const json_t *rows, const OutputColumn *columns,
                 size_t n_columns)
{
    if (output->is_json || json_array_size(rows) == 0)
        return;

    g_autofree size_t *widths = g_new(size_t, n_columns);
    for (size_t c = 0; c < n_columns; c++) {
        widths[c] = column_width(rows, &columns[c]);
        print_cell(output, columns[c].title, widths[c], is_number(rows, columns[c].key),
                   c + 1 == n_columns);
    }
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        for (size_t c = 0; c < n_columns; c++) {
            g_autofree char *text = cell_text(json_object_get(row, columns[c].key));
            print_cell(output, text, widths[c], is_number(rows, columns[c].key),
                       c + 1 == n_columns);
        }
    }
}

void output_table(Output *output, json_t *rows, const OutputColumn *columns, size_t n_columns)
{
    output_rows(output, rows, columns, n_columns);
    output_document(output, rows);
}

void output_record(Output *output, json_t *record, const OutputColumn *columns,
                   size_t n_columns)
{
    size_t width = 0;
    for (size_t c = 0; c < n_columns; c++)
        width = MAX(width, text_width(columns[c].title));

    for (size_t c = 0; c < n_columns && !output->is_json; c++) {
        g_autofree char *text = cell_text(json_object_get(record, columns[c].key));
        print_cell(output, columns[c].title, width, false, false);
        (void) fprintf(output->file, "%s\n", text);
    }
    output_document(output, record);
}

void output_document(Output *output, json_t *document)
{
    if (output->is_json)
        print_json(output, document);
    json_decref(document);
}

void output_line(Output *output, const char *format, ...)
{
    if (output->is_json)
        return;
    va_list args;
    va_start(args, format);
    g_autofree char *line = g_strdup_vprintf(format, args);
    va_end(args);

    g_autofree char *printable = text_printable(line, strlen(line));
    (void) fprintf(output->file, "%s\n", printable);
}

void output_text(Output *output, const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line != NULL; line++) {
        if (line[1] == NULL && **line == '\0')
            return; /* what stands after the last line end */
        output_line(output, "%s", *line);
    }
}

json_t *output_time(int64_t at)
{
    if (at == 0)
        return json_null();
    g_autofree char *text = clock_format(at);
    return json_string(text);
}

json_t *output_string(const char *text)
{
    if (text == NULL)
        return json_null();
    json_t *value = json_string(text);
    if (value != NULL)
        return value;
    g_autofree char *printable = text_printable(text, strlen(text));
    return json_string(printable);
}
