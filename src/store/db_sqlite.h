/* The SQLite driver. */
#pragma once

#include "store/db.h"

/* Opens a file by its absolute path, or ":memory:". Fails with ERR_EXISTS if it is to be
 * created and is there, ERR_NOT_FOUND if it is not there. */
bool db_sqlite_open(const char *path, bool create, Db **ret_db, GError **err);
