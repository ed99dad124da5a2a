#include "store/db.h"

#include <string.h>

#include "base/err.h"
#include "store/db_driver.h"

struct DbTransaction {
    Db *db; /* borrowed */
};

struct DbCursor {
    Db *db; /* borrowed */
    const DbRecord *record;
    DbRows *rows;
    void *row; /* the record last given out */
};

DbValue db_null(void)
{
    return (DbValue){ .type = DB_NULL };
}

DbValue db_int(int64_t value)
{
    return (DbValue){ .type = DB_INT, .integer = value };
}

DbValue db_bool(bool value)
{
    return (DbValue){ .type = DB_BOOL, .integer = value };
}

DbValue db_text(const char *text)
{
    if (text == NULL)
        return db_null();
    return (DbValue){ .type = DB_TEXT, .data = text, .size = strlen(text) };
}

DbValue db_bytes(GBytes *bytes)
{
    if (bytes == NULL)
        return db_null();
    gsize size = 0;
    const void *data = g_bytes_get_data(bytes, &size);
    return db_raw(data, size);
}

DbValue db_raw(const void *data, size_t size)
{
    /* An empty value is not NULL, whatever pointer stands for it. */
    return (DbValue){ .type = DB_BYTES, .data = data != NULL ? data : "", .size = size };
}

void db_close(Db *db)
{
    if (db == NULL)
        return;
    g_hash_table_unref(db->pending);
    db->driver->close(db);
}

bool db_is_served(const Db *db)
{
    return db->driver->meanwhile != NULL;
}

const char *db_kind(const Db *db)
{
    return db->driver->kind;
}

bool db_has_table(Db *db, const char *name, bool *ret_has, GError **err)
{
    int64_t count = 0;
    if (!db_select_int(db, db->driver->has_table, DB_ARGS(db_text(name)), &count, err))
        return false;
    *ret_has = count > 0;
    return true;
}

static DbTransaction *begin(Db *db, DbBegin how, GError **err)
{
    g_assert(!db->in_transaction);
    if (!db->driver->begin(db, how, err))
        return NULL;
    db->in_transaction = true;

    DbTransaction *transaction = g_new0(DbTransaction, 1);
    transaction->db = db;
    return transaction;
}

DbTransaction *db_begin(Db *db, GError **err)
{
    return begin(db, DB_BEGIN_ALONE, err);
}

DbTransaction *db_begin_shared(Db *db, GError **err)
{
    return begin(db, DB_BEGIN_SHARED, err);
}

DbTransaction *db_begin_read(Db *db, GError **err)
{
    return begin(db, DB_BEGIN_READ, err);
}

bool db_commit(DbTransaction **transaction, GError **err)
{
    Db *db = (*transaction)->db;
    if (!db->driver->commit(db, err)) {
        db_rollback(g_steal_pointer(transaction));
        return false;
    }

    g_free(g_steal_pointer(transaction));
    db->in_transaction = false;
    g_hash_table_remove_all(db->pending);
    return true;
}

void db_rollback(DbTransaction *transaction)
{
    if (transaction == NULL)
        return;
    Db *db = transaction->db;
    db->driver->rollback(db);
    db->in_transaction = false;
    g_hash_table_remove_all(db->pending);
    g_free(transaction);
}

bool db_run(Db *db, const char *sql, DbArgs args, int64_t *ret_changed, GError **err)
{
    DbRows *rows = db->driver->start(db, sql, args, err);
    if (rows == NULL)
        return false;

    bool has_row = true;
    bool done = true;
    while (done && has_row)
        done = db->driver->step(rows, &has_row, err);
    if (done && ret_changed != NULL)
        *ret_changed = db->driver->changed(rows);
    db->driver->finish(rows);
    return done;
}

bool db_run_batch(Db *db, const char *sql, const DbValue *values, size_t n_values,
                  size_t n_rows, GError **err)
{
    g_assert(db->in_transaction);
    return n_rows == 0 || db->driver->run_batch(db, sql, values, n_values, n_rows, err);
}

bool db_next_id(Db *db, const char *table, int64_t *ret_id, GError **err)
{
    return db_select_int(db, db->driver->next_id, DB_ARGS(db_text(table)), ret_id, err);
}

bool db_skip_ids(Db *db, const char *table, int64_t last_id, GError **err)
{
    int64_t skipped = 0;
    return db->driver->skip_ids == NULL ||
           db_select_int(db, db->driver->skip_ids, DB_ARGS(db_text(table), db_int(last_id)),
                         &skipped, err);
}

/* No text that we write has a NUL in it (see db_text). One that somebody put there would hide
 * what stands behind it from every reader, the journal's check among them. */
static bool set_text(char **at, const DbValue *value, GError **err)
{
    if (value->type == DB_TEXT && memchr(value->data, '\0', value->size) != NULL)
        return err_set(err, ERR_INTERNAL, "store: a text with a NUL in it");
    *at = value->type == DB_NULL ? NULL : g_strdup(value->data);
    return true;
}

static bool set_field(void *row, const DbField *field, const DbValue *value, GError **err)
{
    char *at = (char *) row + field->offset;

    switch (field->type) {
    case DB_INT:
        *(int64_t *) (void *) at = value->integer;
        return true;
    case DB_BOOL:
        *(bool *) (void *) at = value->integer != 0;
        return true;
    case DB_TEXT:
        return set_text((char **) (void *) at, value, err);
    case DB_BYTES:
        *(GBytes **) (void *) at = value->type == DB_NULL
                                       ? NULL
                                       : g_bytes_new(value->data, value->size);
        return true;
    case DB_NULL:
    default:
        g_assert_not_reached();
    }
}

/* A SELECT that does not fit its record is a mistake of ours. */
static void assert_columns_match(const Db *db, const DbRows *rows, const DbRecord *record)
{
    g_assert_cmpint(db->driver->n_columns(rows), ==, (int) record->n_fields);
    for (size_t i = 0; i < record->n_fields; i++)
        g_assert_cmpstr(db->driver->column_name(rows, (int) i), ==, record->fields[i].name);
}

/* NULL if the row cannot be read. */
static void *read_row(const Db *db, const DbRows *rows, const DbRecord *record, GError **err)
{
    void *row = g_malloc0(record->size);
    for (size_t i = 0; i < record->n_fields; i++) {
        const DbField *field = &record->fields[i];
        DbValue value = db->driver->column(rows, (int) i, field->type);
        if (!set_field(row, field, &value, err)) {
            record->free(row);
            return NULL;
        }
    }
    return row;
}

/* Takes rows, which may be NULL. */
static DbCursor *open_cursor(Db *db, const DbRecord *record, DbRows *rows)
{
    if (rows == NULL)
        return NULL;
    assert_columns_match(db, rows, record);

    DbCursor *cursor = g_new0(DbCursor, 1);
    cursor->db = db;
    cursor->record = record;
    cursor->rows = rows;
    return cursor;
}

DbCursor *db_query(Db *db, const DbRecord *record, const char *sql, DbArgs args, GError **err)
{
    return open_cursor(db, record, db->driver->start_large(db, sql, args, err));
}

static bool next_row(DbCursor *cursor, void **ret_row, GError **err)
{
    bool has_row = false;
    if (!cursor->db->driver->step(cursor->rows, &has_row, err))
        return false;
    *ret_row = has_row ? read_row(cursor->db, cursor->rows, cursor->record, err) : NULL;
    return !has_row || *ret_row != NULL;
}

static void drop_row(DbCursor *cursor)
{
    if (cursor->row != NULL)
        cursor->record->free(g_steal_pointer(&cursor->row));
}

bool db_next(DbCursor *cursor, const void **ret_row, GError **err)
{
    drop_row(cursor);
    if (!next_row(cursor, &cursor->row, err))
        return false;
    *ret_row = cursor->row;
    return true;
}

void db_cursor_free(DbCursor *cursor)
{
    if (cursor == NULL)
        return;
    drop_row(cursor);
    cursor->db->driver->finish(cursor->rows);
    g_free(cursor);
}

GPtrArray *db_select(Db *db, const DbRecord *record, const char *sql, DbArgs args, GError **err)
{
    g_autoptr(DbCursor) cursor = open_cursor(db, record, db->driver->start(db, sql, args, err));
    if (cursor == NULL)
        return NULL;

    g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func(record->free);
    for (;;) {
        void *row = NULL;
        if (!next_row(cursor, &row, err))
            return NULL;
        if (row == NULL)
            return g_steal_pointer(&found);
        g_ptr_array_add(found, row);
    }
}

/* The first column of the first row, of a type, into *ret_value. Runs the statement to its end:
 * a statement that gives rows and writes is not on disk before. */
static bool first_value(Db *db, const char *sql, DbArgs args, DbType type, void *ret_value,
                        bool *ret_found, GError **err)
{
    const DbField field = { .type = type, .offset = 0 };
    DbRows *rows = db->driver->start(db, sql, args, err);
    if (rows == NULL)
        return false;

    bool has_row = false;
    bool done = db->driver->step(rows, &has_row, err);
    DbValue value = has_row ? db->driver->column(rows, 0, type) : db_null();
    *ret_found = value.type != DB_NULL;
    if (*ret_found)
        done = set_field(ret_value, &field, &value, err);
    while (done && has_row)
        done = db->driver->step(rows, &has_row, err);
    db->driver->finish(rows);
    return done;
}

bool db_select_int(Db *db, const char *sql, DbArgs args, int64_t *ret_value, GError **err)
{
    int64_t value = 0;
    bool found = false;
    if (!first_value(db, sql, args, DB_INT, &value, &found, err))
        return false;
    if (!found)
        return err_set(err, ERR_NOT_FOUND, "no such row");
    *ret_value = value;
    return true;
}

bool db_select_text(Db *db, const char *sql, DbArgs args, char **ret_text, GError **err)
{
    g_autofree char *text = NULL;
    bool found = false;
    if (!first_value(db, sql, args, DB_TEXT, &text, &found, err))
        return false;
    *ret_text = g_steal_pointer(&text);
    return true;
}

GPtrArray *db_claim(Db *db, const DbRecord *record, const char *update, const char *choose,
                    const char *columns, DbArgs args, GError **err)
{
    /* Chosen once: a database may run a subselect for each row that it looks at, and would
     * take other rows each time. */
    g_autofree char *sql = g_strdup_printf("WITH chosen AS MATERIALIZED (%s%s)"
                                           " %s WHERE id IN (SELECT id FROM chosen)"
                                           " RETURNING %s",
                                           choose, db->driver->skip_locked, update, columns);
    return db_select(db, record, sql, args, err);
}

void db_notify(Db *db, const char *channel)
{
    if (db->in_transaction)
        g_hash_table_add(db->pending, g_strdup(channel));
    else
        db->driver->notify(db, channel);
}

bool db_listen(Db *db, const char *channel, int *ret_fd, GError **err)
{
    return db->driver->listen(db, channel, ret_fd, err);
}

void db_drain(Db *db)
{
    db->driver->drain(db);
}

bool db_run_script(Db *db, const char *sql, GError **err)
{
    return db->driver->run_script(db, sql, err);
}

void db_meanwhile(Db *db, DbMeanwhile meanwhile, void *data)
{
    if (db->driver->meanwhile != NULL)
        db->driver->meanwhile(db, meanwhile, data);
}

void db_limit_wait(Db *db, int64_t ms)
{
    if (db->driver->limit_wait != NULL)
        db->driver->limit_wait(db, ms);
}

bool db_expect_much(Db *db, GError **err)
{
    return db->driver->expect_much == NULL || db->driver->expect_much(db, err);
}

bool db_settle(Db *db, GError **err)
{
    return db->driver->after_much == NULL ||
           db->driver->run_script(db, db->driver->after_much, err);
}
