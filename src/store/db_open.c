/* Opening a store: the only place that knows every driver. */
#include <string.h>

#include "base/err.h"
#include "store/db_postgres.h"
#include "store/db_sqlite.h"

bool db_open(const char *url, const char *directory, bool create, Db **ret_db, GError **err)
{
    static const char SQLITE[] = "sqlite:";

    if (g_str_has_prefix(url, "postgresql://") || g_str_has_prefix(url, "postgres://"))
        return db_postgres_open(url, create, ret_db, err);
    if (!g_str_has_prefix(url, SQLITE)) /* not shown: a password may stand in it */
        return err_set(err, ERR_INVALID,
                       "no driver for this store: want sqlite:PATH or postgresql://...");

    const char *path = url + strlen(SQLITE);
    if (g_str_equal(path, ":memory:"))
        return db_sqlite_open(path, create, ret_db, err);

    g_autofree char *absolute = g_canonicalize_filename(path, directory);
    return db_sqlite_open(absolute, create, ret_db, err);
}
