#include "store/migrate.h"

#include "base/err.h"

bool migrate_version(Db *db, int64_t *ret_version, GError **err)
{
    bool has_tables = false;
    if (!db_has_table(db, "schema_version", &has_tables, err))
        return false;
    if (has_tables)
        return db_select_int(db, "SELECT coalesce(max(version), 0) FROM schema_version",
                             DB_NO_ARGS, ret_version, err);
    *ret_version = 0;
    return true;
}

static bool refuse_newer(int64_t version, GError **err)
{
    return err_set(err, ERR_UNFIT,
                   "the store has version %" G_GINT64_FORMAT
                   " and this program knows %d: use a newer muster",
                   version, STORE_VERSION);
}

bool migrate_check(Db *db, GError **err)
{
    int64_t version = 0;
    if (!migrate_version(db, &version, err))
        return false;
    if (version > STORE_VERSION)
        return refuse_newer(version, err);
    if (version < STORE_VERSION)
        return err_set(err, ERR_UNFIT,
                       "the store has version %" G_GINT64_FORMAT
                       " and this program needs %d: run \"muster store upgrade\"",
                       version, STORE_VERSION);
    return true;
}

/* The schema file of one version, by its number. */
static char *read_schema(const Db *db, const char *share, int64_t version, GError **err)
{
    g_autofree char *folder = g_build_filename(share, "schema", db_kind(db), NULL);
    g_autofree char *prefix = g_strdup_printf("%04d-", (int) version);
    g_autoptr(GDir) dir = g_dir_open(folder, 0, err);
    if (dir == NULL)
        return NULL;

    for (const char *name = g_dir_read_name(dir); name != NULL; name = g_dir_read_name(dir)) {
        if (!g_str_has_prefix(name, prefix))
            continue;
        g_autofree char *path = g_build_filename(folder, name, NULL);
        char *sql = NULL;
        return g_file_get_contents(path, &sql, NULL, err) ? sql : NULL;
    }
    err_set(err, ERR_NOT_FOUND, "no schema file %s* in \"%s\"", prefix, folder);
    return NULL;
}

static bool upgrade_to(Db *db, const char *share, int64_t version, int64_t now, GError **err)
{
    g_autofree char *sql = read_schema(db, share, version, err);
    if (sql == NULL)
        return false;

    g_autoptr(DbTransaction) transaction = db_begin(db, err);
    return transaction != NULL && db_run_script(db, sql, err) &&
           db_run(db, "INSERT INTO schema_version (version, applied_at) VALUES ($1, $2)",
                  DB_ARGS(db_int(version), db_int(now)), NULL, err) &&
           db_commit(&transaction, err);
}

bool migrate_upgrade(Db *db, const char *share, int64_t now, GError **err)
{
    int64_t version = 0;
    if (!migrate_version(db, &version, err))
        return false;
    if (version > STORE_VERSION)
        return refuse_newer(version, err);

    while (version < STORE_VERSION) {
        version++;
        if (!upgrade_to(db, share, version, now, err)) {
            g_prefix_error(err, "version %" G_GINT64_FORMAT " of the store: ", version);
            return false;
        }
    }
    return true;
}
