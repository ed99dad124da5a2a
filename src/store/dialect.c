#include "store/dialect.h"

#include "base/err.h"

typedef struct {
    const char *kind;    /* see db_kind */
    const char *to_read; /* settings */
    const char *to_fill;
    bool takes_time;       /* a server gives up what takes long, unless it is told */
    const char *empty;     /* before the table's name */
    const char *empty_end; /* and behind it */
    bool (*given)(Db *db, const Table *table, int64_t *ret_id, GError **err);
    bool (*finish)(Db *db, const Table *table, int64_t last_id, GError **err);
} Dialect;

/* SQLite notes the last id of a table in one of its own, sqlite_sequence. Tables that may give
 * an id again go by the highest that they hold. */
static bool sqlite_given(Db *db, const Table *table, int64_t *ret_id, GError **err)
{
    return db_select_int(db,
                         "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = $1",
                         DB_ARGS(db_text(table->name)), ret_id, err);
}

static bool sqlite_finish(Db *db, const Table *table, int64_t last_id, GError **err)
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

static bool postgres_given(Db *db, const Table *table, int64_t *ret_id, GError **err)
{
    g_autofree char *sequence = NULL;
    if (!postgres_sequence(db, table, &sequence, err))
        return false;
    if (sequence == NULL)
        return err_set(err, ERR_INTERNAL, "table %s gives no ids", table->name);
    g_autofree char *sql = g_strdup_printf(
        "SELECT CASE WHEN is_called THEN last_value ELSE last_value - 1 END FROM %s", sequence);
    return db_select_int(db, sql, DB_NO_ARGS, ret_id, err);
}

/* By ALTER TABLE and not by setval, which would stay when the transaction is rolled back: the
 * store that was there before would then give ids that it has given already. */
static bool restart_ids(Db *db, const Table *table, int64_t last_id, GError **err)
{
    g_autofree char *sequence = NULL;
    if (!postgres_sequence(db, table, &sequence, err))
        return false;
    if (sequence == NULL)
        return true;
    g_autofree char *sql = g_strdup_printf(
        "ALTER TABLE %s ALTER COLUMN id RESTART WITH %" G_GINT64_FORMAT, table->name,
        MIN(last_id, G_MAXINT64 - 1) + 1);
    return db_run_script(db, sql, err);
}

/* The planner would take a table that was just filled for an empty one. */
static bool postgres_finish(Db *db, const Table *table, int64_t last_id, GError **err)
{
    g_autofree char *analyze = g_strconcat("ANALYZE ", table->name, NULL);
    return (!table->gives_ids || restart_ids(db, table, last_id, err)) &&
           db_run_script(db, analyze, err);
}

static const Dialect DIALECTS[] = {
    {
        .kind = "sqlite",
        .to_read = "",
        .to_fill = "PRAGMA cache_size = -65536", /* 64 MB: indexes are filled in any order */
        .empty = "DELETE FROM ",
        .empty_end = "",
        .given = sqlite_given,
        .finish = sqlite_finish,
    },
    {
        .kind = "postgres",
        .to_read = "",
        .to_fill = "",
        .takes_time = true,
        .empty = "TRUNCATE ", /* locks everybody out */
        .empty_end = " CASCADE",
        .given = postgres_given,
        .finish = postgres_finish,
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

/* All rows of a table are one statement, and one store waits while the other works. */
static bool prepare(Db *db, const char *settings, GError **err)
{
    return (*settings == '\0' || db_run_script(db, settings, err)) &&
           (!dialect_of(db)->takes_time || db_expect_much(db, err));
}

bool dialect_prepare_to_read(Db *db, GError **err)
{
    return prepare(db, dialect_of(db)->to_read, err);
}

bool dialect_prepare_to_fill(Db *db, GError **err)
{
    return prepare(db, dialect_of(db)->to_fill, err);
}

bool dialect_empty(Db *db, const Table *table, GError **err)
{
    g_autofree char *sql = g_strconcat(dialect_of(db)->empty, table->name,
                                       dialect_of(db)->empty_end, NULL);
    return db_run_script(db, sql, err);
}

static bool highest_id(Db *db, const Table *table, int64_t *ret_id, GError **err)
{
    g_autofree char *sql = g_strdup_printf("SELECT coalesce(max(id), 0) FROM %s", table->name);
    return db_select_int(db, sql, DB_NO_ARGS, ret_id, err);
}

bool dialect_last_id(Db *db, const Table *table, int64_t *ret_last_id, GError **err)
{
    int64_t given = 0;
    int64_t highest = 0;
    if (table->never_again && (!dialect_of(db)->given(db, table, &given, err) ||
                               !highest_id(db, table, &highest, err)))
        return false;
    *ret_last_id = MAX(given, highest);
    return true;
}

bool dialect_finish(Db *db, const Table *table, int64_t last_id, GError **err)
{
    int64_t highest = 0;
    return (!table->gives_ids || highest_id(db, table, &highest, err)) &&
           dialect_of(db)->finish(db, table, MAX(highest, last_id), err);
}
