/* The SQLite driver. */
#pragma once

#include "store/db.h"

/* Opens a file by its absolute path, or ":memory:". Fails with ERR_EXISTS if it is to be
 * created and is there, ERR_NOT_FOUND if it is not there. */
bool db_sqlite_open(const char *path, bool create, Db **ret_db, GError **err);

/* An empty file that is filled as a whole: quick, and whole only once its transaction is
 * committed and the file is closed and synced by the caller. */
bool db_sqlite_open_part(const char *path, Db **ret_db, GError **err);

/* A file from anywhere, perhaps made to harm, that nobody writes to now: read only, and without
 * a look at what lies beside it. */
bool db_sqlite_open_archive(const char *path, Db **ret_db, GError **err);
