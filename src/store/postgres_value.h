/* Parameters and columns as PostgreSQL's binary format has them. All integers of our tables are
 * bigint, all texts text, all bytes bytea; a SELECT may also give a boolean. */
#pragma once

#include <libpq-fe.h>

#include "store/db.h"

/* Object identifiers of the types (pg_type.dat). */
#define POSTGRES_BOOL  16
#define POSTGRES_BYTEA 17
#define POSTGRES_INT8  20
#define POSTGRES_INT4  23
#define POSTGRES_TEXT  25

/* The type that a statement is prepared with for such a value; 0, to be found out, for NULL. */
Oid postgres_value_type(const DbValue *value);

/* The parameters of a statement in the form that libpq wants; made once and used again. */
typedef struct PostgresParams PostgresParams;

PostgresParams *postgres_params_new(void);
void postgres_params_free(PostgresParams *params);
/* Borrows the values until the next call. */
void postgres_params_set(PostgresParams *params, DbArgs args);
int postgres_params_count(const PostgresParams *params);
const char *const *postgres_params_values(const PostgresParams *params);
const int *postgres_params_lengths(const PostgresParams *params);
const int *postgres_params_formats(const PostgresParams *params);

/* Fails with ERR_INTERNAL if a column has a type that postgres_value_get cannot read. */
bool postgres_value_check(const PGresult *result, GError **err);

/* Borrowed from the result. */
DbValue postgres_value_get(const PGresult *result, int row, int column, DbType want);
