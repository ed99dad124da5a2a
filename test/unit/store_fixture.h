/* A store with this program's tables, for tests: in memory, or, when MUSTER_TEST_STORE holds
 * the URL of a PostgreSQL database, in a schema of its own there, which goes with the test. */
#pragma once

#include <glib.h>
#include <string.h>
#include <unistd.h>

#include "base/paths.h"
#include "store/migrate.h"

#define NOW G_GINT64_CONSTANT(1790000000) /* 2026-09-21 */

typedef struct {
    Db *db;
    char *schema; /* NULL in memory */
} Fixture;

static inline const char *test_server(void)
{
    return g_getenv("MUSTER_TEST_STORE");
}

static inline void on_server(const char *statement, const char *schema)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(Db) db = NULL;
    g_autofree char *sql = g_strdup_printf("%s %s", statement, schema);
    db_open(test_server(), "/", false, &db, &err);
    g_assert_no_error(err);
    db_run_script(db, sql, &err);
    g_assert_no_error(err);
}

/* The name of a new schema; tests may run beside each other. */
static inline char *schema_make(void)
{
    static unsigned made = 0;
    char *schema = g_strdup_printf("unit_%d_%u", (int) getpid(), made++);
    on_server("CREATE SCHEMA", schema);
    return schema;
}

static inline void schema_drop(char *schema)
{
    g_autofree char *list = g_strconcat(schema, " CASCADE", NULL);
    on_server("DROP SCHEMA", list);
    g_free(schema);
}

static inline char *schema_url(const char *schema)
{
    const char *url = test_server();
    return g_strdup_printf("%s%soptions=-csearch_path%%3D%s", url,
                           strchr(url, '?') != NULL ? "&" : "?", schema);
}

/* A store without tables. */
static inline void fixture_open(Fixture *f)
{
    g_autoptr(GError) err = NULL;
    f->schema = test_server() != NULL ? schema_make() : NULL;
    g_autofree char *url = f->schema != NULL ? schema_url(f->schema)
                                             : g_strdup("sqlite::memory:");
    db_open(url, "/", true, &f->db, &err);
    g_assert_no_error(err);
}

static inline void fixture_set_up(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    g_autofree char *share = paths_share(&err);
    g_assert_no_error(err);
    fixture_open(f);
    migrate_upgrade(f->db, share, NOW, &err);
    g_assert_no_error(err);
}

static inline void fixture_tear_down(Fixture *f, gconstpointer unused)
{
    db_close(f->db);
    if (f->schema != NULL)
        schema_drop(f->schema);
}

/* Bytes and texts with a NUL or broken UTF-8 in them: one of the stores refuses to hold such.
 */
static inline bool takes_broken_text(Db *db)
{
    return g_str_equal(db_kind(db), "sqlite");
}

typedef struct {
    char *text;
    GBytes *data;
} Cell;

static inline void cell_free(Cell *cell)
{
    g_free(cell->text);
    g_clear_pointer(&cell->data, g_bytes_unref);
    g_free(cell);
}

static inline GPtrArray *cells(Db *db, const char *sql, const DbField *field)
{
    g_autoptr(GError) err = NULL;
    const DbRecord record = { sizeof(Cell), (GDestroyNotify) cell_free, field, 1 };
    GPtrArray *found = db_select(db, &record, sql, DB_NO_ARGS, &err);
    g_assert_no_error(err);
    return found;
}

/* All that a SELECT of a column "text" gives, with the separator between. */
static inline char *join_texts(Db *db, const char *sql, const char *separator)
{
    static const DbField FIELD = DB_FIELD(Cell, text);
    g_autoptr(GPtrArray) found = cells(db, sql, &FIELD);
    GString *joined = g_string_new(NULL);
    for (guint i = 0; i < found->len; i++)
        g_string_append_printf(joined, "%s%s", i > 0 ? separator : "",
                               ((const Cell *) found->pdata[i])->text);
    return g_string_free(joined, FALSE);
}

/* The first that a SELECT of a column "data" gives, as text; NULL if there is none. */
static inline char *data_text(Db *db, const char *sql)
{
    static const DbField FIELD = DB_FIELD(Cell, data);
    g_autoptr(GPtrArray) found = cells(db, sql, &FIELD);
    if (found->len == 0)
        return NULL;
    gsize size = 0;
    const char *data = g_bytes_get_data(((const Cell *) found->pdata[0])->data, &size);
    return g_strndup(data, size);
}

#define ADD_TEST(path, function)                                                               \
    g_test_add(path, Fixture, NULL, fixture_set_up, function, fixture_tear_down)
