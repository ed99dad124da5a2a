#include "store/rows.h"

#include "store/db_driver.h"

struct RowReader {
    Db *db;             /* borrowed */
    const Table *table; /* borrowed */
    DbRows *rows;
    DbValue *values;
};

RowReader *row_reader_new(Db *db, const Table *table, GError **err)
{
    g_autofree char *sql = g_strdup_printf("SELECT %s FROM %s", table->columns, table->name);
    DbRows *rows = db->driver->start_large(db, sql, DB_NO_ARGS, err);
    if (rows == NULL)
        return NULL;

    RowReader *reader = g_new0(RowReader, 1);
    reader->db = db;
    reader->table = table;
    reader->rows = rows;
    reader->values = g_new0(DbValue, table->n_columns);
    return reader;
}

bool row_reader_next(RowReader *reader, const DbValue **ret_values, GError **err)
{
    const DbDriver *driver = reader->db->driver;
    bool has_row = false;
    if (!driver->step(reader->rows, &has_row, err))
        return false;

    for (size_t i = 0; has_row && i < reader->table->n_columns; i++)
        reader->values[i] = driver->column(reader->rows, (int) i, reader->table->types[i]);
    *ret_values = has_row ? reader->values : NULL;
    return true;
}

void row_reader_free(RowReader *reader)
{
    if (reader == NULL)
        return;
    reader->db->driver->finish(reader->rows);
    g_free(reader->values);
    g_free(reader);
}

struct RowWriter {
    Db *db; /* borrowed */
    size_t n_columns;
    char *sql;
};

RowWriter *row_writer_new(Db *db, const Table *table)
{
    g_autoptr(GString) sql = g_string_new(NULL);
    g_string_append_printf(sql, "INSERT INTO %s (%s) VALUES (", table->name, table->columns);
    for (size_t i = 0; i < table->n_columns; i++)
        g_string_append_printf(sql, "%s$%zu", i > 0 ? ", " : "", i + 1);
    g_string_append_c(sql, ')');

    RowWriter *writer = g_new0(RowWriter, 1);
    writer->db = db;
    writer->n_columns = table->n_columns;
    writer->sql = g_string_free(g_steal_pointer(&sql), FALSE);
    return writer;
}

bool row_writer_add(RowWriter *writer, const DbValue *values, GError **err)
{
    return db_run(writer->db, writer->sql, (DbArgs){ values, writer->n_columns }, NULL, err);
}

bool row_writer_finish(RowWriter *writer, GError **err)
{
    return true;
}

void row_writer_free(RowWriter *writer)
{
    if (writer == NULL)
        return;
    g_free(writer->sql);
    g_free(writer);
}
