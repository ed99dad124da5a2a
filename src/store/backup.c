#include "store/backup.h"

#include "store/db_sqlite.h"
#include "store/dialect.h"
#include "store/migrate.h"
#include "store/part.h"
#include "store/transfer.h"

static bool fill(Db *store, Db *part, const GPtrArray *tables, int64_t now,
                 const Progress *progress, GError **err)
{
    g_autoptr(DbTransaction) view = db_begin_read(store, err);
    g_autoptr(GPtrArray)
        contents = view != NULL ? transfer_rows(store, part, tables, NULL, progress, err)
                                : NULL;
    return contents != NULL && manifest_write(part, db_kind(store), contents, now, err);
}

static bool make(Db *store, const char *path, const char *share, int64_t now,
                 const Progress *progress, GError **err)
{
    g_autoptr(GPtrArray) tables = table_list(share, err);
    g_autoptr(Db) part = NULL;
    if (tables == NULL || !dialect_prepare_to_read(store, err) ||
        !db_sqlite_open_part(path, &part, err) || !dialect_prepare_to_fill(part, err) ||
        !migrate_upgrade(part, share, now, err))
        return false;
    g_autoptr(DbTransaction) change = db_begin(part, err);
    return change != NULL && manifest_create(part, err) &&
           fill(store, part, tables, now, progress, err) && db_commit(&change, err);
}

Backup *backup_write(Db *store, const char *file, const char *share, int64_t now,
                     const Progress *progress, GError **err)
{
    g_autoptr(Part) part = part_new(file, err);
    if (part == NULL || !make(store, part_path(part), share, now, progress, err))
        return NULL;
    g_autoptr(Backup) backup = backup_open(part_path(part), share, progress, err);
    if (backup == NULL)
        g_prefix_error(err, "what was written is not what was read, and is removed: ");
    if (backup == NULL || !part_finish(part, err))
        return NULL;
    return g_steal_pointer(&backup);
}
