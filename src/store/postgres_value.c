#include "store/postgres_value.h"

#include <string.h>

#include "base/err.h"

struct PostgresParams {
    GPtrArray *values; /* const char *, borrowed; NULL for NULL */
    GArray *lengths;   /* int */
    GArray *formats;   /* int, 1 for binary */
    GArray *integers;  /* uint64_t, most significant byte first: what values point to */
};

Oid postgres_value_type(const DbValue *value)
{
    switch (value->type) {
    case DB_INT:
    case DB_BOOL:
        return POSTGRES_INT8;
    case DB_TEXT:
        return POSTGRES_TEXT;
    case DB_BYTES:
        return POSTGRES_BYTEA;
    case DB_NULL:
    default:
        return 0;
    }
}

PostgresParams *postgres_params_new(void)
{
    PostgresParams *params = g_new0(PostgresParams, 1);
    params->values = g_ptr_array_new();
    params->lengths = g_array_new(FALSE, FALSE, sizeof(int));
    params->formats = g_array_new(FALSE, FALSE, sizeof(int));
    params->integers = g_array_new(FALSE, FALSE, sizeof(uint64_t));
    return params;
}

void postgres_params_free(PostgresParams *params)
{
    if (params == NULL)
        return;
    g_ptr_array_unref(params->values);
    g_array_unref(params->lengths);
    g_array_unref(params->formats);
    g_array_unref(params->integers);
    g_free(params);
}

static void resize(PostgresParams *params, guint n)
{
    const int binary = 1;
    g_ptr_array_set_size(params->values, (gint) n);
    g_array_set_size(params->lengths, n);
    g_array_set_size(params->integers, n);
    while (params->formats->len < n)
        g_array_append_val(params->formats, binary);
}

static const void *set_integer(PostgresParams *params, guint i, int64_t value)
{
    uint64_t *place = &g_array_index(params->integers, uint64_t, i);
    *place = GUINT64_TO_BE((uint64_t) value);
    return place;
}

void postgres_params_set(PostgresParams *params, DbArgs args)
{
    resize(params, (guint) args.n_values);
    for (guint i = 0; i < args.n_values; i++) {
        const DbValue *value = &args.values[i];
        bool is_integer = value->type == DB_INT || value->type == DB_BOOL;
        const void *data = is_integer ? set_integer(params, i, value->integer) : value->data;
        /* libpq's type for a borrowed value is not const, but nothing writes to it. */
        params->values->pdata[i] = (void *) (uintptr_t) (value->type == DB_NULL ? NULL : data);
        g_array_index(params->lengths, int, i) = is_integer ? (int) sizeof(uint64_t)
                                                            : (int) value->size;
    }
}

int postgres_params_count(const PostgresParams *params)
{
    return (int) params->values->len;
}

const char *const *postgres_params_values(const PostgresParams *params)
{
    return (const char *const *) (void *) params->values->pdata;
}

const int *postgres_params_lengths(const PostgresParams *params)
{
    return (const int *) (void *) params->lengths->data;
}

const int *postgres_params_formats(const PostgresParams *params)
{
    return (const int *) (void *) params->formats->data;
}

bool postgres_value_check(const PGresult *result, GError **err)
{
    static const Oid KNOWN[] = { POSTGRES_BOOL, POSTGRES_BYTEA, POSTGRES_INT8, POSTGRES_INT4,
                                 POSTGRES_TEXT };
    for (int column = 0; column < PQnfields(result); column++) {
        bool is_known = false;
        for (size_t i = 0; i < G_N_ELEMENTS(KNOWN); i++)
            is_known = is_known || PQftype(result, column) == KNOWN[i];
        if (!is_known)
            return err_set(err, ERR_INTERNAL, "store: the column \"%s\" has the type %u",
                           PQfname(result, column), PQftype(result, column));
    }
    return true;
}

static int64_t get_integer(const PGresult *result, int row, int column)
{
    const char *data = PQgetvalue(result, row, column);
    uint64_t wide = 0;
    uint32_t narrow = 0;

    switch (PQftype(result, column)) {
    case POSTGRES_BOOL:
        return data[0] != 0;
    case POSTGRES_INT4:
        memcpy(&narrow, data, sizeof narrow);
        return (int32_t) GUINT32_FROM_BE(narrow);
    case POSTGRES_INT8:
        memcpy(&wide, data, sizeof wide);
        return (int64_t) GUINT64_FROM_BE(wide);
    default: /* a SELECT that does not fit its record */
        g_assert_not_reached();
    }
}

DbValue postgres_value_get(const PGresult *result, int row, int column, DbType want)
{
    if (PQgetisnull(result, row, column) != 0)
        return db_null();

    size_t size = (size_t) PQgetlength(result, row, column);
    switch (want) {
    case DB_INT:
        return db_int(get_integer(result, row, column));
    case DB_BOOL:
        return db_bool(get_integer(result, row, column) != 0);
    case DB_TEXT:
        g_assert_cmpuint(PQftype(result, column), ==, POSTGRES_TEXT);
        return (
            DbValue){ .type = DB_TEXT, .data = PQgetvalue(result, row, column), .size = size };
    case DB_BYTES:
        g_assert_cmpuint(PQftype(result, column), ==, POSTGRES_BYTEA);
        return db_raw(PQgetvalue(result, row, column), size);
    case DB_NULL:
    default:
        return db_null();
    }
}
