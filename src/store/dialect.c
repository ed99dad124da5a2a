#include "store/dialect.h"

typedef struct {
    const char *kind;    /* see db_kind */
    const char *to_read; /* settings */
    const char *to_fill;
    const char *empty;     /* before the table's name */
    const char *empty_end; /* and behind it */
    bool (*last_id)(Db *db, const Table *table, int64_t *ret_last_id, GError **err);
    bool (*set_last_id)(Db *db, const Table *table, int64_t last_id, GError **err);
} Dialect;

/* SQLite notes the last id of a table in one of its own, sqlite_sequence. Tables that may give
 * an id again go by the highest that they hold. */
static bool sqlite_last_id(Db *db, const Table *table, int64_t *ret_last_id, GError **err)
{
    return db_select_int(db,
                         "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = $1",
                         DB_ARGS(db_text(table->name)), ret_last_id, err);
}

static bool sqlite_set_last_id(Db *db, const Table *table, int64_t last_id, GError **err)
{
    if (!table->never_again)
        return true;
    return db_run(db, "DELETE FROM sqlite_sequence WHERE name = $1",
                  DB_ARGS(db_text(table->name)), NULL, err) &&
           db_run(db, "INSERT INTO sqlite_sequence (name, seq) VALUES ($1, $2)",
                  DB_ARGS(db_text(table->name), db_int(last_id)), NULL, err);
}

/* The sequence behind the column id, as text for SQL; NULL if there is none. */
static bool postgres_sequence(Db *db, const Table *table, char **ret_name, GError **err)
{
    return db_select_text(db, "SELECT pg_get_serial_sequence($1::text, 'id')",
                          DB_ARGS(db_text(table->name)), ret_name, err);
}

static bool postgres_last_id(Db *db, const Table *table, int64_t *ret_last_id, GError **err)
{
    g_autofree char *sequence = NULL;
    if (!postgres_sequence(db, table, &sequence, err))
        return false;
    if (sequence == NULL) {
        *ret_last_id = 0;
        return true;
    }
    g_autofree char *sql = g_strdup_printf(
        "SELECT CASE WHEN is_called THEN last_value ELSE last_value - 1 END FROM %s", sequence);
    return db_select_int(db, sql, DB_NO_ARGS, ret_last_id, err);
}

/* By ALTER TABLE and not by setval, which would stay when the transaction is rolled back: the
 * store that was there before would then give ids that it has given already. */
static bool postgres_set_last_id(Db *db, const Table *table, int64_t last_id, GError **err)
{
    g_autofree char *sequence = NULL;
    int64_t highest = 0;
    if (!table->gives_ids)
        return true;
    if (!postgres_sequence(db, table, &sequence, err))
        return false;
    if (sequence == NULL)
        return true;

    g_autofree char *find = g_strdup_printf("SELECT coalesce(max(id), 0) FROM %s", table->name);
    if (!db_select_int(db, find, DB_NO_ARGS, &highest, err))
        return false;
    g_autofree char *restart = g_strdup_printf(
        "ALTER TABLE %s ALTER COLUMN id RESTART WITH %" G_GINT64_FORMAT, table->name,
        MIN(MAX(highest, last_id), G_MAXINT64 - 1) + 1);
    return db_run_script(db, restart, err);
}

/* All rows of a table are one statement, and one store waits while the other works. */
#define PATIENCE "SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0"

static const Dialect DIALECTS[] = {
    {
        .kind = "sqlite",
        .to_read = "",
        .to_fill = "PRAGMA cache_size = -65536", /* 64 MB: indexes are filled in any order */
        .empty = "DELETE FROM ",
        .empty_end = "",
        .last_id = sqlite_last_id,
        .set_last_id = sqlite_set_last_id,
    },
    {
        .kind = "postgres",
        .to_read = PATIENCE,
        .to_fill = PATIENCE,
        .empty = "TRUNCATE ", /* locks everybody out */
        .empty_end = " CASCADE",
        .last_id = postgres_last_id,
        .set_last_id = postgres_set_last_id,
    },
};

static const Dialect *dialect_of(const Db *db)
{
    for (size_t i = 0; i < G_N_ELEMENTS(DIALECTS); i++) {
        if (g_str_equal(DIALECTS[i].kind, db_kind(db)))
            return &DIALECTS[i];
    }
    g_assert_not_reached();
}

bool dialect_prepare_to_read(Db *db, GError **err)
{
    return db_run_script(db, dialect_of(db)->to_read, err);
}

bool dialect_prepare_to_fill(Db *db, GError **err)
{
    return db_run_script(db, dialect_of(db)->to_fill, err);
}

bool dialect_empty(Db *db, const Table *table, GError **err)
{
    g_autofree char *sql = g_strconcat(dialect_of(db)->empty, table->name,
                                       dialect_of(db)->empty_end, NULL);
    return db_run_script(db, sql, err);
}

bool dialect_last_id(Db *db, const Table *table, int64_t *ret_last_id, GError **err)
{
    *ret_last_id = 0;
    return !table->never_again || dialect_of(db)->last_id(db, table, ret_last_id, err);
}

bool dialect_set_last_id(Db *db, const Table *table, int64_t last_id, GError **err)
{
    return dialect_of(db)->set_last_id(db, table, last_id, err);
}
