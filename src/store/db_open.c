/* Opening a store: the only place that knows every driver. */
#include <dlfcn.h>
#include <string.h>

#include "base/err.h"
#include "base/paths.h"
#include "base/store_url.h"
#include "store/db_postgres.h"
#include "store/db_sqlite.h"

/* Loads the driver, for good: what it opens lives on its code. */
static bool open_postgres(const char *url, bool create, Db **ret_db, GError **err)
{
    g_autofree char *path = paths_module("store_postgres.so", err);
    if (path == NULL)
        return false;
    void *module = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    __typeof__(&db_postgres_open) open_store = NULL;
    if (module != NULL)
        open_store = (__typeof__(open_store)) dlsym(module, "db_postgres_open");
    if (open_store == NULL)
        return err_set(err, ERR_NOT_FOUND, "could not load the driver of PostgreSQL: %s",
                       dlerror());
    return open_store(url, create, ret_db, err);
}

bool db_open(const char *url, const char *directory, bool create, Db **ret_db, GError **err)
{
    static const char SQLITE[] = "sqlite:";

    if (!store_url_check(url, err))
        return false;
    if (store_url_is_postgres(url))
        return open_postgres(url, create, ret_db, err);

    const char *path = url + strlen(SQLITE);
    if (g_str_equal(path, ":memory:"))
        return db_sqlite_open(path, create, ret_db, err);

    g_autofree char *absolute = g_canonicalize_filename(path, directory);
    return db_sqlite_open(absolute, create, ret_db, err);
}
