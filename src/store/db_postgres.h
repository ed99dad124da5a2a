/* The PostgreSQL driver, for many nodes; everything that callers see is in db.h. */
#pragma once

#include "store/db.h"

/* Connects to the database that the URI of libpq names. If to_create, there must be no tables
 * of ours yet. */
bool db_postgres_open(const char *url, bool to_create, Db **ret_db, GError **err);
