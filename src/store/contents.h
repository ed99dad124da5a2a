/* What the tables of a store hold, told in a few bytes for each: two stores with equal contents
 * hold the same rows, whatever database they are in. */
#pragma once

#include "store/table.h"

typedef struct {
    char *name; /* of the table */
    int64_t rows;
    int64_t
        last_id; /* the last id that was given, of a table that never gives one again; or 0 */
    GBytes *digest; /* CONTENTS_DIGEST_SIZE bytes over all rows, in whatever order */
} TableContents;

#define CONTENTS_DIGEST_SIZE 32

void table_contents_free(TableContents *contents);

/* Who looks on while rows go by: called before, now and then, and after each table. step is
 * "copying" or "checking"; total is the number of rows that the table is known to have, or -1.
 */
typedef struct {
    void (*show)(void *data, const char *step, const char *table, int64_t rows, int64_t total);
    void *data;
} Progress;

void progress_show(const Progress *progress, const char *step, const char *table, int64_t rows,
                   int64_t total);

#define PROGRESS_ROWS 256 /* from one call to the next: some rows are whole mails */

/* Adding up a table's digest row by row. */
typedef struct {
    uint64_t sums[CONTENTS_DIGEST_SIZE / sizeof(uint64_t)];
    int64_t rows;
} Digest;

void digest_add(Digest *digest, const DbValue *values, size_t n_values);
GBytes *digest_bytes(const Digest *digest);

/* A digest in hex. */
char *digest_text(GBytes *digest);

/* The contents of one table whose rows have been added up. */
TableContents *table_contents_new(const Table *table, const Digest *digest, int64_t last_id);

/* Reads every row of the tables (Table *) and gives their contents (TableContents *) in the
 * same order. Others may write meanwhile unless the caller holds a view. known (may be NULL) is
 * what they are expected to have, for the progress only. */
GPtrArray *contents_read(Db *db, const GPtrArray *tables, const GPtrArray *known,
                         const Progress *progress, GError **err);

/* Fails with ERR_INVALID, naming the first table that differs, unless both are the same. */
bool contents_check(const GPtrArray *want, const GPtrArray *have, GError **err);

/* Rows of all tables together. */
int64_t contents_rows(const GPtrArray *contents);
