/* The store's version and the way up: numbered schema files, forward only. */
#pragma once

#include "store/db.h"

/* The version that this program works with. */
#define STORE_VERSION 3

/* 0 for a store without tables. */
bool migrate_version(Db *db, int64_t *ret_version, GError **err);

/* Fails with ERR_UNFIT, saying what to do, unless the store has this program's version. */
bool migrate_check(Db *db, GError **err);

/* Runs what is missing of share/schema/KIND/NNNN-*.sql, each file in a transaction of its own,
 * so that a crash leaves a whole version. Refuses a store that is newer than the program. */
bool migrate_upgrade(Db *db, const char *share, int64_t now, GError **err);
