/* The law of imports: no line of a list is lost without a word, what was read of a table reads
 * back from a table, and trying a plan leaves the store as it was. The first byte names the
 * format: "2", "3", else a table. */
#include "fuzz.h"

#include <glib.h>
#include <string.h>

#include "base/config.h"
#include "base/limits.h"
#include "base/paths.h"
#include "directory/csv.h"
#include "directory/import.h"
#include "directory/mailman.h"
#include "store/migrate.h"

static const char *const COLUMNS[IMPORT_FIELDS] = {
    "tld",     "rank",      "given_name", "family_name",         "mobile",
    "primary", "secondary", "ascii_name", "secondary_gets_mail", "language",
};

static const NamePattern *name_pattern(void)
{
    static NamePattern *pattern;
    size_t n = 0;
    const Setting *settings = config_settings(&n);

    for (size_t i = 0; i < n && pattern == NULL; i++)
        if (g_str_equal(settings[i].key, "name-pattern"))
            pattern = name_pattern_new(settings[i].fallback, NULL);
    g_assert_nonnull(pattern);
    return pattern;
}

/* One store for all runs, since every run leaves it as it was. */
static Db *store(void)
{
    static Db *db;
    if (db != NULL)
        return db;

    g_autoptr(GError) err = NULL;
    g_autofree char *share = paths_share(&err);
    g_assert_no_error(err);
    if (!db_open("sqlite::memory:", "/", true, &db, &err) ||
        !migrate_upgrade(db, share, 1, &err) || !tld_install(db, share, &err))
        g_error("%s", err->message);
    return db;
}

/* How many lines of a list name a member, or should. */
static size_t count_members(const char *bytes, size_t size)
{
    size_t count = 0;
    const char *end = bytes + size;

    for (const char *at = bytes; at < end;) {
        const char *stop = memchr(at, '\n', (size_t) (end - at));
        stop = stop != NULL ? stop : end;
        while (at < stop && g_ascii_isspace(*at))
            at++;
        count += at < stop && *at != '#';
        at = stop + 1;
    }
    return count;
}

static void check_lines(const ImportFile *file)
{
    int64_t before = 0;
    for (guint i = 0; i < file->lines->len; i++) {
        const ImportLine *line = file->lines->pdata[i];
        g_assert_cmpint(line->number, >, before);
        before = line->number;
        for (size_t k = 0; k < IMPORT_FIELDS; k++)
            g_assert_true(line->fields[k] == NULL ||
                          g_utf8_validate(line->fields[k], -1, NULL));
    }
}

static void check_list(const ImportFile *file, const char *bytes, size_t size)
{
    bool has_mark = size >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0;
    size_t members = count_members(bytes + (has_mark ? 3 : 0), size - (has_mark ? 3 : 0));
    static const char NOBODY[] = " has no members";
    bool may_be_nobody = memmem(bytes, size, NOBODY, strlen(NOBODY)) != NULL;

    g_assert_cmpuint(file->lines->len, <=, members);
    g_assert_true(may_be_nobody || file->lines->len == members);
}

static void write_field(GString *table, const char *text)
{
    g_string_append_c(table, '"');
    for (const char *at = text != NULL ? text : ""; *at != '\0'; at++)
        g_string_append(table, *at == '"' ? "\"\"" : (char[]){ *at, '\0' });
    g_string_append_c(table, '"');
}

static bool is_blank(const ImportLine *line)
{
    for (size_t k = 0; k < IMPORT_FIELDS; k++)
        if (line->fields[k] != NULL && *line->fields[k] != '\0')
            return false;
    return true;
}

static void check_table(const ImportFile *file)
{
    g_autoptr(GString) table = g_string_new(NULL);
    g_autoptr(GPtrArray) written = g_ptr_array_new();
    g_auto(ImportFile) again = { 0 };

    for (size_t k = 0; k < IMPORT_FIELDS; k++)
        g_string_append_printf(table, "%s%s", k > 0 ? "," : "", COLUMNS[k]);
    g_string_append_c(table, '\n');
    for (guint i = 0; i < file->lines->len; i++) {
        ImportLine *line = file->lines->pdata[i];
        if (line->fault != NULL || is_blank(line))
            continue;
        for (size_t k = 0; k < IMPORT_FIELDS; k++) {
            if (k > 0)
                g_string_append_c(table, ',');
            write_field(table, line->fields[k]);
        }
        g_string_append_c(table, '\n');
        g_ptr_array_add(written, line);
    }
    if (table->len > IMPORT_SIZE_MAX)
        return;

    g_assert_true(csv_read(table->str, table->len, &again, NULL));
    guint next = 0;
    for (guint i = 0; i < written->len; i++) {
        const ImportLine *line = written->pdata[i];
        const ImportLine *read = next < again.lines->len ? again.lines->pdata[next] : NULL;
        bool is_there = read != NULL;
        for (size_t k = 0; k < IMPORT_FIELDS && is_there; k++)
            is_there = g_strcmp0(line->fields[k] != NULL ? line->fields[k] : "",
                                 read->fields[k]) == 0;
        next += is_there;
    }
    g_assert_cmpuint(next, ==, again.lines->len);
}

static void check_plan(const ImportFile *file)
{
    static const Edit EDIT = { .actor = "fuzz", .now = 1, .contacts_per_tld = 3 };
    g_autoptr(GError) err = NULL;
    g_auto(ImportPlan) plan = { 0 };
    int64_t rows = -1;

    if (!import_run(store(), &EDIT, file, IMPORT_TRY, &plan, &err))
        g_error("%s", err->message);
    g_assert_cmpuint(plan.steps->len, ==, file->lines->len);
    for (guint i = 0; i < plan.steps->len; i++) {
        const ImportStep *step = plan.steps->pdata[i];
        g_assert_true(step->action != IMPORT_REFUSED || step->reason != NULL);
    }
    g_assert_true(db_select_int(store(),
                                "SELECT (SELECT count(*) FROM person) + count(*) FROM journal",
                                DB_NO_ARGS, &rows, NULL));
    g_assert_cmpint(rows, ==, 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_auto(ImportFile) file = { 0 };
    if (size == 0)
        return 0;

    const char *bytes = (const char *) data + 1;
    bool is_list = *data == '2' || *data == '3';
    bool is_read = *data == '2'   ? mailman2_read(bytes, size - 1, name_pattern(), &file, NULL)
                   : *data == '3' ? mailman3_read(bytes, size - 1, name_pattern(), &file, NULL)
                                  : csv_read(bytes, size - 1, &file, NULL);
    if (!is_read)
        return 0;

    check_lines(&file);
    if (is_list)
        check_list(&file, bytes, size - 1);
    else
        check_table(&file);
    check_plan(&file);
    return 0;
}
