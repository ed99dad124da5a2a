#include "directory/csv.h"

#include <string.h>

#include "base/err.h"
#include "base/limits.h"
#include "base/text.h"

#define NOT_OURS IMPORT_FIELDS /* a column that we do not know */

static const struct {
    const char *name;
    bool is_needed;
} COLUMNS[IMPORT_FIELDS] = {
    [IMPORT_TLD] = { "tld", true },
    [IMPORT_RANK] = { "rank", false },
    [IMPORT_GIVEN_NAME] = { "given_name", true },
    [IMPORT_FAMILY_NAME] = { "family_name", true },
    [IMPORT_MOBILE] = { "mobile", true },
    [IMPORT_PRIMARY] = { "primary", true },
    [IMPORT_SECONDARY] = { "secondary", false },
    [IMPORT_ASCII_NAME] = { "ascii_name", false },
    [IMPORT_SECONDARY_GETS_MAIL] = { "secondary_gets_mail", false },
    [IMPORT_LANGUAGE] = { "language", false },
};

typedef struct {
    const char *at;
    const char *end;
    char separator;
    int64_t line;    /* where at is, from 1 */
    GArray *columns; /* ImportField of each column; NULL until the heading was read */
    ImportFile *file;
} Reader;

/* A record: its fields, or what is wrong with it. */
typedef struct {
    GPtrArray *fields; /* char * */
    int64_t line;
    const char *fault; /* NULL if none */
} Record;

static bool is_line_end(const Reader *reader)
{
    return reader->at == reader->end || *reader->at == '\n' || *reader->at == '\r';
}

/* Goes over one line end, be it CR, LF or both. */
static void skip_line_end(Reader *reader)
{
    if (reader->at == reader->end)
        return;
    if (*reader->at == '\r' && reader->at + 1 < reader->end && reader->at[1] == '\n')
        reader->at++;
    reader->at++;
    reader->line++;
}

/* Reads what follows an opening quote. False if it is not closed in time. */
static bool read_quoted(Reader *reader, GString *field)
{
    while (reader->at < reader->end && field->len <= IMPORT_LINE_MAX) {
        char c = *reader->at++;
        if (c == '"') {
            if (reader->at == reader->end || *reader->at != '"')
                return true;
            reader->at++;
        } else if (c == '\n' ||
                   (c == '\r' && (reader->at == reader->end || *reader->at != '\n'))) {
            reader->line++;
        }
        g_string_append_c(field, c);
    }
    return false;
}

static const char *read_field(Reader *reader, GString *field)
{
    if (reader->at < reader->end && *reader->at == '"') {
        reader->at++;
        if (!read_quoted(reader, field))
            return "a quoted field does not end";
        if (!is_line_end(reader) && *reader->at != reader->separator)
            return "text stands after a closing quote";
        return NULL;
    }
    while (!is_line_end(reader) && *reader->at != reader->separator)
        g_string_append_c(field, *reader->at++);
    return NULL;
}

static const char *check_field(const GString *field)
{
    if (field->len > IMPORT_LINE_MAX)
        return "a field is too long";
    if (memchr(field->str, '\0', field->len) != NULL)
        return "a NUL is in it";
    if (!text_is_valid(field->str, field->len))
        return "it is not valid UTF-8";
    return NULL;
}

static void read_fields(Reader *reader, Record *record)
{
    for (;;) {
        g_autoptr(GString) field = g_string_new(NULL);
        record->fault = read_field(reader, field);
        if (record->fault == NULL)
            record->fault = check_field(field);
        if (record->fault == NULL && record->fields->len >= IMPORT_COLUMNS_MAX)
            record->fault = "it has too many fields";
        if (record->fault != NULL)
            return;
        g_ptr_array_add(record->fields, g_strdup(field->str));
        if (is_line_end(reader))
            return;
        reader->at++;
    }
}

/* Reads one record and its line end. After a fault reading goes on with the next line, as
 * nobody can tell where the record was meant to end. */
static void read_record(Reader *reader, Record *record)
{
    const char *start = reader->at;

    *record = (Record){ .fields = g_ptr_array_new_with_free_func(g_free),
                        .line = reader->line };
    read_fields(reader, record);
    if (record->fault != NULL) {
        reader->at = start;
        reader->line = record->line;
        while (!is_line_end(reader))
            reader->at++;
    }
    skip_line_end(reader);
}

static void record_clear(Record *record)
{
    g_clear_pointer(&record->fields, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Record, record_clear)

static bool is_empty(const Record *record)
{
    for (guint i = 0; i < record->fields->len; i++) {
        g_autofree char *text = text_clean(record->fields->pdata[i], NULL);
        if (*text != '\0')
            return false;
    }
    return record->fault == NULL;
}

/* The heading */

static char find_separator(const Reader *reader)
{
    static const char SEPARATORS[] = { ',', ';', '\t' };
    size_t counts[G_N_ELEMENTS(SEPARATORS)] = { 0 };
    size_t best = 0;

    for (const char *at = reader->at; at < reader->end && *at != '\n' && *at != '\r'; at++)
        for (size_t i = 0; i < G_N_ELEMENTS(SEPARATORS); i++)
            counts[i] += *at == SEPARATORS[i];
    for (size_t i = 1; i < G_N_ELEMENTS(SEPARATORS); i++)
        if (counts[i] > counts[best])
            best = i;
    return SEPARATORS[best];
}

static ImportField find_column(const char *heading)
{
    g_autofree char *name = text_clean(heading, NULL);
    for (int i = 0; i < IMPORT_FIELDS; i++)
        if (g_ascii_strcasecmp(name, COLUMNS[i].name) == 0)
            return (ImportField) i;
    return NOT_OURS;
}

static bool add_column(Reader *reader, const char *heading, GError **err)
{
    ImportField column = find_column(heading);
    g_autofree char *shown = text_printable_max(heading, strlen(heading), 40);

    for (guint i = 0; i < reader->columns->len && column != NOT_OURS; i++)
        if (g_array_index(reader->columns, ImportField, i) == column)
            return err_set(err, ERR_INVALID, "the column \"%s\" stands there twice", shown);
    if (column == NOT_OURS && *shown != '\0')
        g_ptr_array_add(reader->file->notices,
                        g_strdup_printf("the column \"%s\" is not read", shown));
    g_array_append_val(reader->columns, column);
    return true;
}

static bool check_columns(const Reader *reader, GError **err)
{
    g_autoptr(GString) missing = g_string_new(NULL);
    bool has[IMPORT_FIELDS + 1] = { false };

    for (guint i = 0; i < reader->columns->len; i++)
        has[g_array_index(reader->columns, ImportField, i)] = true;
    for (size_t i = 0; i < IMPORT_FIELDS; i++)
        if (COLUMNS[i].is_needed && !has[i])
            g_string_append_printf(missing, "%s%s", missing->len > 0 ? ", " : "",
                                   COLUMNS[i].name);
    return missing->len == 0 ||
           err_set(err, ERR_INVALID, "the heading lacks: %s", missing->str);
}

static bool read_heading(Reader *reader, GError **err)
{
    reader->separator = find_separator(reader);
    g_auto(Record) heading = { 0 };
    read_record(reader, &heading);
    if (heading.fault != NULL)
        return err_set(err, ERR_INVALID, "the heading cannot be read: %s", heading.fault);

    for (guint i = 0; i < heading.fields->len; i++)
        if (!add_column(reader, heading.fields->pdata[i], err))
            return false;
    return check_columns(reader, err);
}

/* Lines */

static void add_line(Reader *reader, Record *record)
{
    for (guint i = reader->columns->len; i < record->fields->len; i++)
        if (*(char *) record->fields->pdata[i] != '\0')
            record->fault = "it has more fields than the heading";
    if (record->fault != NULL) {
        import_file_fault(reader->file, record->line, "%s", record->fault);
        return;
    }

    ImportLine *line = import_line_new(record->line);
    for (guint i = 0; i < MIN(reader->columns->len, record->fields->len); i++) {
        ImportField column = g_array_index(reader->columns, ImportField, i);
        if (column != NOT_OURS)
            line->fields[column] = g_steal_pointer(&record->fields->pdata[i]);
    }
    g_ptr_array_add(reader->file->lines, line);
}

static bool read_all(Reader *reader, GError **err)
{
    if (!read_heading(reader, err))
        return false;
    while (reader->at < reader->end) {
        g_auto(Record) record = { 0 };
        read_record(reader, &record);
        if (!is_empty(&record))
            add_line(reader, &record);
        if (reader->file->lines->len > IMPORT_LINES_MAX)
            return err_set(err, ERR_LIMIT, "the file has more than %d lines", IMPORT_LINES_MAX);
    }
    return true;
}

bool csv_read(const char *bytes, size_t size, ImportFile *ret_file, GError **err)
{
    if (!import_text(&bytes, &size, err))
        return false;

    g_auto(ImportFile) file = { 0 };
    import_file_init(&file);
    g_autoptr(GArray) columns = g_array_new(FALSE, FALSE, sizeof(ImportField));
    Reader reader = {
        .at = bytes, .end = bytes + size, .line = 1, .columns = columns, .file = &file
    };
    if (!read_all(&reader, err))
        return false;
    *ret_file = file;
    file = (ImportFile){ 0 };
    return true;
}
