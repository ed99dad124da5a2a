#include "store/contents.h"

#include <sodium.h>
#include <string.h>

#include "base/err.h"
#include "store/dialect.h"
#include "store/rows.h"

void table_contents_free(TableContents *contents)
{
    if (contents == NULL)
        return;
    g_free(contents->name);
    g_clear_pointer(&contents->digest, g_bytes_unref);
    g_free(contents);
}

void progress_show(const Progress *progress, const char *step, const char *table, int64_t rows,
                   int64_t total)
{
    if (progress != NULL)
        progress->show(progress->data, step, table, rows, total);
}

/* A value enters the hash with its type and size, so that no two rows look alike. */
static void hash_value(crypto_generichash_state *state, const DbValue *value)
{
    bool is_int = value->type == DB_INT || value->type == DB_BOOL;
    bool is_null = value->type == DB_NULL;
    uint8_t type = (uint8_t) (value->type == DB_BOOL ? DB_INT : value->type);
    uint64_t number = is_null ? 0 : is_int ? (uint64_t) value->integer : value->size;
    number = GUINT64_TO_BE(number);

    (void) crypto_generichash_update(state, &type, sizeof type);
    (void) crypto_generichash_update(state, (const uint8_t *) &number, sizeof number);
    if (!is_int && !is_null)
        (void) crypto_generichash_update(state, value->data, value->size);
}

/* The digest of a table is the sum of its rows' hashes, four numbers that wrap around: it is
 * the same whatever order they come in, since databases do not sort texts alike. It finds
 * damage; it does not prove who wrote a row. */
void digest_add(Digest *digest, const DbValue *values, size_t n_values)
{
    uint64_t hash[CONTENTS_DIGEST_SIZE / sizeof(uint64_t)];
    crypto_generichash_state state;
    (void) crypto_generichash_init(&state, NULL, 0, sizeof hash);
    for (size_t i = 0; i < n_values; i++)
        hash_value(&state, &values[i]);
    (void) crypto_generichash_final(&state, (uint8_t *) hash, sizeof hash);

    for (size_t i = 0; i < G_N_ELEMENTS(hash); i++)
        digest->sums[i] += GUINT64_FROM_BE(hash[i]);
    digest->rows++;
}

GBytes *digest_bytes(const Digest *digest)
{
    uint64_t bytes[G_N_ELEMENTS(digest->sums)];
    for (size_t i = 0; i < G_N_ELEMENTS(bytes); i++)
        bytes[i] = GUINT64_TO_BE(digest->sums[i]);
    return g_bytes_new(bytes, sizeof bytes);
}

char *digest_text(GBytes *digest)
{
    size_t size = g_bytes_get_size(digest);
    char *text = g_malloc(2 * size + 1);
    return sodium_bin2hex(text, 2 * size + 1, g_bytes_get_data(digest, NULL), size);
}

TableContents *table_contents_new(const Table *table, const Digest *digest, int64_t last_id)
{
    TableContents *contents = g_new0(TableContents, 1);
    contents->name = g_strdup(table->name);
    contents->rows = digest->rows;
    contents->last_id = last_id;
    contents->digest = digest_bytes(digest);
    return contents;
}

static TableContents *read_table(Db *db, const Table *table, int64_t total,
                                 const Progress *progress, GError **err)
{
    Digest digest = { .rows = 0 };
    g_autoptr(RowReader) reader = row_reader_new(db, table, err);
    if (reader == NULL)
        return NULL;

    for (;;) {
        const DbValue *values = NULL;
        if (digest.rows % PROGRESS_ROWS == 0)
            progress_show(progress, "checking", table->name, digest.rows, total);
        if (!row_reader_next(reader, &values, err))
            return NULL;
        if (values == NULL)
            break;
        digest_add(&digest, values, table->n_columns);
    }
    g_clear_pointer(&reader, row_reader_free);

    int64_t last_id = 0;
    if (!dialect_last_id(db, table, &last_id, err))
        return NULL;
    progress_show(progress, "checking", table->name, digest.rows, total);
    return table_contents_new(table, &digest, last_id);
}

GPtrArray *contents_read(Db *db, const GPtrArray *tables, const GPtrArray *known,
                         const Progress *progress, GError **err)
{
    g_autoptr(GPtrArray)
        all = g_ptr_array_new_with_free_func((GDestroyNotify) table_contents_free);
    for (guint i = 0; i < tables->len; i++) {
        const TableContents *expected = known != NULL ? known->pdata[i] : NULL;
        TableContents *contents = read_table(
            db, tables->pdata[i], expected != NULL ? expected->rows : -1, progress, err);
        if (contents == NULL)
            return NULL;
        g_ptr_array_add(all, contents);
    }
    return g_steal_pointer(&all);
}

static bool check_table(const TableContents *want, const TableContents *have, GError **err)
{
    if (!g_str_equal(want->name, have->name))
        return err_set(err, ERR_INVALID, "table %s stands where %s should", have->name,
                       want->name);
    if (want->rows != have->rows)
        return err_set(err, ERR_INVALID,
                       "table %s has %" G_GINT64_FORMAT " rows and should have "
                       "%" G_GINT64_FORMAT,
                       want->name, have->rows, want->rows);
    if (want->digest == NULL || !g_bytes_equal(want->digest, have->digest))
        return err_set(err, ERR_INVALID, "a row of table %s was changed", want->name);
    if (want->last_id != have->last_id)
        return err_set(err, ERR_INVALID,
                       "table %s has given ids up to %" G_GINT64_FORMAT
                       " and should have given %" G_GINT64_FORMAT,
                       want->name, have->last_id, want->last_id);
    return true;
}

bool contents_check(const GPtrArray *want, const GPtrArray *have, GError **err)
{
    if (want->len != have->len)
        return err_set(err, ERR_INVALID, "there are %u tables and should be %u", have->len,
                       want->len);
    for (guint i = 0; i < want->len; i++) {
        if (!check_table(want->pdata[i], have->pdata[i], err))
            return false;
    }
    return true;
}

int64_t contents_rows(const GPtrArray *contents)
{
    int64_t rows = 0;
    for (guint i = 0; i < contents->len; i++)
        rows += ((const TableContents *) contents->pdata[i])->rows;
    return rows;
}
