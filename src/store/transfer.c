#include "store/transfer.h"

#include "base/err.h"
#include "store/dialect.h"
#include "store/rows.h"

static const char *const SIGNS_OF_USE[] = { "person", "mail", "message", "journal" };

void transfer_clear(Transfer *transfer)
{
    g_clear_pointer(&transfer->contents, g_ptr_array_unref);
    journal_verdict_clear(&transfer->journal);
}

static bool check_unused(Db *db, GError **err)
{
    for (size_t i = 0; i < G_N_ELEMENTS(SIGNS_OF_USE); i++) {
        g_autofree char *sql = g_strdup_printf("SELECT count(*) FROM (SELECT 1 FROM %s LIMIT 1)"
                                               " AS first",
                                               SIGNS_OF_USE[i]);
        int64_t count = 0;
        if (!db_select_int(db, sql, DB_NO_ARGS, &count, err))
            return false;
        if (count > 0)
            return err_set(err, ERR_EXISTS, "the store is in use: table %s has rows",
                           SIGNS_OF_USE[i]);
    }
    return true;
}

/* Those that refer to others come last, so they go first. */
static bool empty_tables(Db *db, const GPtrArray *tables, GError **err)
{
    for (guint i = tables->len; i > 0; i--) {
        if (!dialect_empty(db, tables->pdata[i - 1], err))
            return false;
    }
    return true;
}

static bool copy_rows(RowReader *reader, RowWriter *writer, const Table *table, int64_t total,
                      const Progress *progress, Digest *digest, GError **err)
{
    for (;;) {
        const DbValue *values = NULL;
        if (digest->rows % PROGRESS_ROWS == 0)
            progress_show(progress, "copying", table->name, digest->rows, total);
        if (!row_reader_next(reader, &values, err))
            return false;
        if (values == NULL)
            break;
        digest_add(digest, values, table->n_columns);
        if (!row_writer_add(writer, values, err))
            return false;
    }
    progress_show(progress, "copying", table->name, digest->rows, total);
    return row_writer_finish(writer, err);
}

static TableContents *copy_table(Db *from, Db *to, const Table *table, int64_t total,
                                 const Progress *progress, GError **err)
{
    Digest digest = { .rows = 0 };
    int64_t last_id = 0;
    g_autoptr(RowReader) reader = row_reader_new(from, table, err);
    if (reader == NULL)
        return NULL;
    g_autoptr(RowWriter) writer = row_writer_new(to, table);
    if (!copy_rows(reader, writer, table, total, progress, &digest, err))
        return NULL;
    g_clear_pointer(&reader, row_reader_free);

    if (!dialect_last_id(from, table, &last_id, err) ||
        !dialect_finish(to, table, last_id, err))
        return NULL;
    return table_contents_new(table, &digest, last_id);
}

GPtrArray *transfer_rows(Db *from, Db *to, const GPtrArray *tables, const GPtrArray *known,
                         const Progress *progress, GError **err)
{
    g_autoptr(GPtrArray)
        all = g_ptr_array_new_with_free_func((GDestroyNotify) table_contents_free);
    if (!empty_tables(to, tables, err))
        return NULL;
    for (guint i = 0; i < tables->len; i++) {
        const TableContents *expected = known != NULL ? known->pdata[i] : NULL;
        int64_t total = expected != NULL ? expected->rows : -1;
        TableContents *contents = copy_table(from, to, tables->pdata[i], total, progress, err);
        if (contents == NULL)
            return NULL;
        g_ptr_array_add(all, contents);
    }
    return g_steal_pointer(&all);
}

/* Reads back what was written; the rows that have just been read are what must be there. */
static bool check_target(Db *to, const GPtrArray *tables, const TransferOptions *options,
                         Transfer *transfer, GError **err)
{
    g_autoptr(GPtrArray)
        have = contents_read(to, tables, transfer->contents, options->progress, err);
    if (have == NULL || !contents_check(transfer->contents, have, err)) {
        g_prefix_error(err, "what was written is not what was read: ");
        return false;
    }
    if (!journal_verify_within(to, &transfer->journal, err))
        return false;
    return transfer->journal.broken == NULL || options->may_have_broken_journal ||
           err_set(err, ERR_INVALID,
                   "the journal is broken at %s; --broken-journal takes it as it is",
                   transfer->journal.broken);
}

static bool run(Db *from, Db *to, const GPtrArray *tables, const TransferOptions *options,
                Transfer *transfer, GError **err)
{
    if (!options->may_replace && !check_unused(to, err))
        return false;
    transfer->contents = transfer_rows(from, to, tables, options->known, options->progress,
                                       err);
    if (transfer->contents == NULL)
        return false;
    if (options->known != NULL && !contents_check(options->known, transfer->contents, err))
        return false;
    return check_target(to, tables, options, transfer, err);
}

bool transfer_run(Db *from, Db *to, const TransferOptions *options, Transfer *ret_transfer,
                  GError **err)
{
    g_auto(Transfer) transfer = { .contents = NULL };
    g_autoptr(GPtrArray) tables = table_list(options->share, err);
    if (tables == NULL || !dialect_prepare_to_read(from, err) ||
        !dialect_prepare_to_fill(to, err))
        return false;
    g_autoptr(DbTransaction) view = db_begin_read(from, err);
    if (view == NULL)
        return false;
    g_autoptr(DbTransaction) change = db_begin(to, err);
    if (change == NULL || !run(from, to, tables, options, &transfer, err) ||
        !db_commit(&change, err))
        return false;

    *ret_transfer = transfer;
    transfer = (Transfer){ .contents = NULL };
    return true;
}
