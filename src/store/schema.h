/* Whether an SQLite file has the tables that it should, and nothing else that SQLite would run:
 * no view, no trigger, no virtual table. */
#pragma once

#include "store/db.h"

/* Fails with ERR_INVALID, naming the first table or index that differs from that of the model,
 * but for comments and blanks. only (NULL: all) is the one name to look at. */
bool schema_check(Db *db, Db *model, const char *only, GError **err);
