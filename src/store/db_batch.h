/* Rows that are held back and written many at once (db_run_batch), which spares a database on
 * another host a round trip for each. */
#pragma once

#include "store/db.h"

typedef struct DbBatch DbBatch;

/* For rows of n_values parameters each of one statement, a literal. */
DbBatch *db_batch_new(Db *db, const char *sql, size_t n_values);
void db_batch_free(DbBatch *batch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(DbBatch, db_batch_free)

/* Copies one row of values. */
void db_batch_add(DbBatch *batch, const DbValue *values);

/* How many rows are held back. */
size_t db_batch_rows(const DbBatch *batch);

/* Forgets all rows but the first n_rows. */
void db_batch_truncate(DbBatch *batch, size_t n_rows);

/* Writes what is held back, within the caller's transaction. */
bool db_batch_write(DbBatch *batch, GError **err);
