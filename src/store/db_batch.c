#include "store/db_batch.h"

#define CHUNK_SIZE 4096 /* bytes of text taken at a time */

struct DbBatch {
    Db *db; /* borrowed */
    const char *sql;
    size_t n_values;
    GArray *values;     /* DbValue, row by row */
    GStringChunk *data; /* what they point to */
};

DbBatch *db_batch_new(Db *db, const char *sql, size_t n_values)
{
    DbBatch *batch = g_new0(DbBatch, 1);
    batch->db = db;
    batch->sql = sql;
    batch->n_values = n_values;
    batch->values = g_array_new(FALSE, FALSE, sizeof(DbValue));
    batch->data = g_string_chunk_new(CHUNK_SIZE);
    return batch;
}

void db_batch_free(DbBatch *batch)
{
    if (batch == NULL)
        return;
    g_array_unref(batch->values);
    g_string_chunk_free(batch->data);
    g_free(batch);
}

void db_batch_add(DbBatch *batch, const DbValue *values)
{
    for (size_t i = 0; i < batch->n_values; i++) {
        DbValue value = values[i];
        if (value.data != NULL)
            value.data = g_string_chunk_insert_len(batch->data, value.data,
                                                   (gssize) value.size);
        g_array_append_val(batch->values, value);
    }
}

size_t db_batch_rows(const DbBatch *batch)
{
    return batch->values->len / batch->n_values;
}

void db_batch_truncate(DbBatch *batch, size_t n_rows)
{
    g_assert(n_rows <= db_batch_rows(batch));
    g_array_set_size(batch->values, (guint) (n_rows * batch->n_values));
}

bool db_batch_write(DbBatch *batch, GError **err)
{
    if (!db_run_batch(batch->db, batch->sql, (const DbValue *) (void *) batch->values->data,
                      batch->n_values, db_batch_rows(batch), err))
        return false;
    g_array_set_size(batch->values, 0);
    g_string_chunk_clear(batch->data);
    return true;
}
