/* Opening a store: the only place that knows every driver. */
#include <string.h>

#include "base/store_url.h"
#include "store/db_postgres.h"
#include "store/db_sqlite.h"

bool db_open(const char *url, const char *directory, bool create, Db **ret_db, GError **err)
{
    static const char SQLITE[] = "sqlite:";

    if (!store_url_check(url, err))
        return false;
    if (store_url_is_postgres(url))
        return db_postgres_open(url, create, ret_db, err);

    const char *path = url + strlen(SQLITE);
    if (g_str_equal(path, ":memory:"))
        return db_sqlite_open(path, create, ret_db, err);

    g_autofree char *absolute = g_canonicalize_filename(path, directory);
    return db_sqlite_open(absolute, create, ret_db, err);
}
