/* What databases want said in a different way when a store is filled as a whole. */
#pragma once

#include "store/table.h"

/* Makes a connection fit for reading all of a store, or for filling it as a whole: either takes
 * longer than everyday work, and filling takes more memory, but a fixed size of it. Outside of
 * transactions. */
bool dialect_prepare_to_read(Db *db, GError **err);
bool dialect_prepare_to_fill(Db *db, GError **err);

/* Deletes all rows of a table. Rows that refer to them must be gone before; nobody else can
 * write to the table before the transaction ends. */
bool dialect_empty(Db *db, const Table *table, GError **err);

/* The last id that the table had in a row, whether or not the row is still there; 0 if none, or
 * if the table may give an id again. */
bool dialect_last_id(Db *db, const Table *table, int64_t *ret_last_id, GError **err);

/* Sees to it that a table that was filled gives ids behind all that it holds, and behind
 * last_id, and that the database knows how large it is. Part of the transaction. */
bool dialect_finish(Db *db, const Table *table, int64_t last_id, GError **err);
