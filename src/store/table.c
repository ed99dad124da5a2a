#include "store/table.h"

#include "base/err.h"
#include "store/migrate.h"

/* Who runs on a store right now: this stays where it is. */
#define NOT_CONTENTS "node"

void table_free(Table *table)
{
    if (table == NULL)
        return;
    g_free(table->name);
    g_free(table->columns);
    g_free(table->types);
    g_free(table);
}

/* A table as SQLite describes it. */
typedef struct {
    char *name;
    bool never_again;
} Listed;

static void listed_free(Listed *listed)
{
    g_free(listed->name);
    g_free(listed);
}

static const DbField LISTED_FIELDS[] = {
    DB_FIELD(Listed, name),
    DB_FIELD(Listed, never_again),
};

static const DbRecord LISTED_RECORD = {
    .size = sizeof(Listed),
    .free = (GDestroyNotify) listed_free,
    .fields = LISTED_FIELDS,
    .n_fields = G_N_ELEMENTS(LISTED_FIELDS),
};

typedef struct {
    char *name;
    char *type;
    bool is_key;
} Column;

static void column_free(Column *column)
{
    g_free(column->name);
    g_free(column->type);
    g_free(column);
}

static const DbField COLUMN_FIELDS[] = {
    DB_FIELD(Column, name),
    DB_FIELD(Column, type),
    DB_FIELD(Column, is_key),
};

static const DbRecord COLUMN_RECORD = {
    .size = sizeof(Column),
    .free = (GDestroyNotify) column_free,
    .fields = COLUMN_FIELDS,
    .n_fields = G_N_ELEMENTS(COLUMN_FIELDS),
};

static DbType type_of(const char *name)
{
    if (g_str_equal(name, "INTEGER"))
        return DB_INT;
    return g_str_equal(name, "BLOB") ? DB_BYTES : DB_TEXT;
}

static Table *table_new(const Listed *listed, const GPtrArray *columns)
{
    g_autoptr(GString) names = g_string_new(NULL);
    Table *table = g_new0(Table, 1);
    table->name = g_strdup(listed->name);
    table->n_columns = columns->len;
    table->types = g_new(DbType, columns->len);
    table->never_again = listed->never_again;

    for (guint i = 0; i < columns->len; i++) {
        const Column *column = columns->pdata[i];
        g_string_append_printf(names, "%s\"%s\"", i > 0 ? ", " : "", column->name);
        table->types[i] = type_of(column->type);
        if (column->is_key && g_str_equal(column->name, "id"))
            table->gives_ids = true;
    }
    table->columns = g_string_free(g_steal_pointer(&names), FALSE);
    return table;
}

static Table *read_table(Db *model, const Listed *listed, GError **err)
{
    g_autoptr(GPtrArray)
        columns = db_select(model, &COLUMN_RECORD,
                            "SELECT name, type, pk != 0 AS is_key FROM pragma_table_info($1)"
                            " ORDER BY cid",
                            DB_ARGS(db_text(listed->name)), err);
    return columns != NULL ? table_new(listed, columns) : NULL;
}

bool table_model(const char *share, Db **ret_db, GError **err)
{
    g_autoptr(Db) db = NULL;
    if (!db_open("sqlite::memory:", "/", true, &db, err) || !migrate_upgrade(db, share, 0, err))
        return false;
    *ret_db = g_steal_pointer(&db);
    return true;
}

/* Schema files make a table after those that it refers to, as PostgreSQL asks, and SQLite lists
 * them as they were made. */
GPtrArray *table_list_of(Db *model, GError **err)
{
    g_autoptr(GPtrArray)
        listed = db_select(model, &LISTED_RECORD,
                           "SELECT name, sql LIKE '% AUTOINCREMENT%' AS never_again"
                           " FROM sqlite_schema WHERE type = 'table' AND name != $1"
                           " AND name NOT LIKE 'sqlite~_%' ESCAPE '~' ORDER BY rowid",
                           DB_ARGS(db_text(NOT_CONTENTS)), err);
    if (listed == NULL)
        return NULL;

    g_autoptr(GPtrArray) tables = g_ptr_array_new_with_free_func((GDestroyNotify) table_free);
    for (guint i = 0; i < listed->len; i++) {
        Table *table = read_table(model, listed->pdata[i], err);
        if (table == NULL)
            return NULL;
        g_ptr_array_add(tables, table);
    }
    return g_steal_pointer(&tables);
}

GPtrArray *table_list(const char *share, GError **err)
{
    g_autoptr(Db) model = NULL;
    return table_model(share, &model, err) ? table_list_of(model, err) : NULL;
}
