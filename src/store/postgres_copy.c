/* The format: PostgreSQL's documentation of COPY, "Binary Format". All numbers have their most
 * significant byte first. */
#include "store/postgres_copy.h"

#include "base/err.h"

#define PIECE_SIZE 1048576 /* bytes that libpq takes at once, for its lengths are ints */

/* Signature, flags, and no extension. */
static const char HEADER[] = "PGCOPY\n\377\r\n\0" /* and then two times 32 bits */
                             "\0\0\0\0\0\0\0\0";
static const char TRAILER[] = "\377\377";

static void append_int16(GString *rows, int16_t value)
{
    int16_t big_endian = GINT16_TO_BE(value);
    g_string_append_len(rows, (const char *) &big_endian, sizeof big_endian);
}

static void append_int32(GString *rows, int32_t value)
{
    int32_t big_endian = GINT32_TO_BE(value);
    g_string_append_len(rows, (const char *) &big_endian, sizeof big_endian);
}

static void append_value(GString *rows, const DbValue *value)
{
    int64_t big_endian = GINT64_TO_BE(value->integer);
    switch (value->type) {
    case DB_INT:
    case DB_BOOL:
        append_int32(rows, sizeof big_endian);
        g_string_append_len(rows, (const char *) &big_endian, sizeof big_endian);
        return;
    case DB_TEXT:
    case DB_BYTES:
        append_int32(rows, (int32_t) value->size);
        g_string_append_len(rows, value->data, (gssize) value->size);
        return;
    case DB_NULL:
    default:
        append_int32(rows, -1);
    }
}

void postgres_copy_row(GString *rows, const DbValue *values, size_t n_values)
{
    append_int16(rows, (int16_t) n_values);
    for (size_t i = 0; i < n_values; i++)
        append_value(rows, &values[i]);
}

static bool put(PostgresLink *link, const char *data, size_t size)
{
    for (size_t at = 0; at < size; at += PIECE_SIZE) {
        if (PQputCopyData(link->conn, data + at, (int) MIN(size - at, PIECE_SIZE)) != 1)
            return false;
    }
    return true;
}

/* The answer that the server gives before any row, or its refusal. */
static bool start(PostgresLink *link, const char *sql, GError **err)
{
    g_autoptr(PGresult) first = NULL;
    if (PQsendQuery(link->conn, sql) == 0)
        return postgres_link_fail(link, NULL, err);
    if (!postgres_link_next(link, &first, err))
        return false;
    if (PQresultStatus(first) == PGRES_COPY_IN)
        return true;
    g_autoptr(PGresult) end = NULL;
    (void) postgres_link_next(link, &end, NULL); /* takes the connection out of the statement */
    return postgres_link_fail(link, first, err);
}

bool postgres_copy_in(PostgresLink *link, const char *sql, const GString *rows, GError **err)
{
    if (!start(link, sql, err))
        return false;
    if (!put(link, HEADER, sizeof HEADER - 1) || !put(link, rows->str, rows->len) ||
        !put(link, TRAILER, sizeof TRAILER - 1) || PQputCopyEnd(link->conn, NULL) != 1)
        return postgres_link_fail(link, NULL, err);
    g_autoptr(PGresult) done = postgres_link_answer(link, 1, err);
    return done != NULL;
}
