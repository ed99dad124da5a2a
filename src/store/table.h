/* The tables of a store, as its schema has them: by this list everything is copied. It is read
 * from the schema files and not kept by hand, so no table can be forgotten. */
#pragma once

#include "store/db.h"

typedef struct {
    char *name;
    char *columns; /* for a SELECT or INSERT: quoted, with commas, in the order of the schema */
    DbType *types; /* of each column: DB_INT, DB_TEXT or DB_BYTES */
    size_t n_columns;
    bool gives_ids;   /* has a column id that the database fills in by itself */
    bool never_again; /* and never fills in an id for a second time */
} Table;

void table_free(Table *table);

/* The tables (Table *) of this program's version of a store, each behind those that it refers
 * to; but for the table of the nodes that run, which is about a store and not in it. The schema
 * files of the other databases have the same tables. */
GPtrArray *table_list(const char *share, GError **err);

/* A store in memory with this program's tables and nothing else, to compare others with; and
 * the same list from one that is at hand. */
bool table_model(const char *share, Db **ret_db, GError **err);
GPtrArray *table_list_of(Db *model, GError **err);
