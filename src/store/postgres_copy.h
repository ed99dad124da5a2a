/* Rows in the form that PostgreSQL's COPY takes in, which is the quickest way into a table. */
#pragma once

#include "store/db.h"
#include "store/postgres_link.h"

/* Appends one row to what is to be copied. */
void postgres_copy_row(GString *rows, const DbValue *values, size_t n_values);

/* Copies rows by a statement "COPY table (columns) FROM STDIN (FORMAT binary)". The first row
 * that is refused ends the transaction. */
bool postgres_copy_in(PostgresLink *link, const char *sql, const GString *rows, GError **err);
