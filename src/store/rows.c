#include "store/rows.h"

#include "store/db_driver.h"

#define PACKED_MAX 1048576 /* bytes of rows that are copied in by one statement */

struct RowReader {
    Db *db;             /* borrowed */
    const Table *table; /* borrowed */
    DbRows *rows;
    DbValue *values;
};

RowReader *row_reader_new(Db *db, const Table *table, GError **err)
{
    g_autofree char *sql = g_strdup_printf("SELECT %s FROM %s", table->columns, table->name);
    DbRows *rows = db->driver->start_stream(db, sql, err);
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
    Db *db;             /* borrowed */
    const Table *table; /* borrowed */
    char *insert;
    GString *packed; /* rows to be copied in together; not used where the driver cannot */
};

static char *insert_text(const Table *table)
{
    GString *sql = g_string_new(NULL);
    g_string_append_printf(sql, "INSERT INTO %s (%s) VALUES (", table->name, table->columns);
    for (size_t i = 0; i < table->n_columns; i++)
        g_string_append_printf(sql, "%s$%zu", i > 0 ? ", " : "", i + 1);
    g_string_append_c(sql, ')');
    return g_string_free(sql, FALSE);
}

RowWriter *row_writer_new(Db *db, const Table *table)
{
    RowWriter *writer = g_new0(RowWriter, 1);
    writer->db = db;
    writer->table = table;
    writer->insert = insert_text(table);
    writer->packed = g_string_new(NULL);
    return writer;
}

bool row_writer_add(RowWriter *writer, const DbValue *values, GError **err)
{
    const DbDriver *driver = writer->db->driver;
    size_t n_values = writer->table->n_columns;
    if (driver->pack_row == NULL)
        return db_run(writer->db, writer->insert, (DbArgs){ values, n_values }, NULL, err);

    driver->pack_row(writer->packed, values, n_values);
    return writer->packed->len < PACKED_MAX || row_writer_finish(writer, err);
}

bool row_writer_finish(RowWriter *writer, GError **err)
{
    const Table *table = writer->table;
    if (writer->packed->len == 0)
        return true;
    bool done = writer->db->driver->copy_in(writer->db, table->name, table->columns,
                                            writer->packed, err);
    /* After one large row, its memory is given back. */
    (void) g_string_free(writer->packed, TRUE);
    writer->packed = g_string_new(NULL);
    return done;
}

void row_writer_free(RowWriter *writer)
{
    if (writer == NULL)
        return;
    (void) g_string_free(writer->packed, TRUE);
    g_free(writer->insert);
    g_free(writer);
}
