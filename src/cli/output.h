/* What a command prints: for people or, with --json, one JSON document. Commands hand over
 * records (jansson) and never print by themselves. Texts for people go through text_printable,
 * so that no name from outside moves the cursor of a terminal. */
#pragma once

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

typedef struct Output Output;

/* A member of a record and how it is called; order is that of the table. */
typedef struct {
    const char *key;
    const char *title;
} OutputColumn;

Output *output_new(FILE *file, bool is_json);
void output_free(Output *output);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Output, output_free)

bool output_is_json(const Output *output);

/* Whether a person sits at the other end. */
bool output_is_terminal(const Output *output);

/* An array of records, as a table with a header or as JSON. Takes rows. */
void output_table(Output *output, json_t *rows, const OutputColumn *columns, size_t n_columns);

/* One record, a line per member, or JSON. Takes record. */
void output_record(Output *output, json_t *record, const OutputColumn *columns,
                   size_t n_columns);

/* For commands whose text is not just a table: the document is printed with --json only, lines,
 * rows and raw text are printed for people only. Takes document; borrows rows. */
void output_document(Output *output, json_t *document);
void output_line(Output *output, const char *format, ...) G_GNUC_PRINTF(2, 3);
void output_rows(Output *output, const json_t *rows, const OutputColumn *columns,
                 size_t n_columns);
/* Text of several lines, each made printable. */
void output_text(Output *output, const char *text);

/* RFC 3339 in UTC, or null for 0. */
json_t *output_time(int64_t at);

/* The text, or null. jansson's json_string refuses NULL and what is not UTF-8. */
json_t *output_string(const char *text);
