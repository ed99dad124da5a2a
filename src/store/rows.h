/* Rows as plain values, for what goes over all tables alike. Whoever knows what a row is reads
 * it into a struct (db.h). */
#pragma once

#include "store/table.h"

/* Reads all rows of a table, in any order; nothing else can be done with the store meanwhile.
 * The table is borrowed until the reader is freed. */
typedef struct RowReader RowReader;
RowReader *row_reader_new(Db *db, const Table *table, GError **err);
/* *ret_values, one for each column, is borrowed until the next call and NULL after the last
 * row. Texts may hold NUL and what is not UTF-8. */
bool row_reader_next(RowReader *reader, const DbValue **ret_values, GError **err);
void row_reader_free(RowReader *reader);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RowReader, row_reader_free)

/* Writes rows into a table, within a transaction of the caller. The table is borrowed until the
 * writer is freed. */
typedef struct RowWriter RowWriter;
RowWriter *row_writer_new(Db *db, const Table *table);
bool row_writer_add(RowWriter *writer, const DbValue *values, GError **err);
/* Writes what has been added and not been written yet. */
bool row_writer_finish(RowWriter *writer, GError **err);
void row_writer_free(RowWriter *writer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RowWriter, row_writer_free)
