/* Statements are prepared once for each connection and kept by their text. What a SELECT of few
 * rows gives is read whole; one of many is a cursor of the server, read in pieces, so that
 * other statements can run in between and memory stays flat. */
#include "store/db_postgres.h"

#include <string.h>

#include "base/err.h"
#include "store/db_driver.h"
#include "store/postgres_copy.h"
#include "store/postgres_link.h"
#include "store/postgres_outcome.h"
#include "store/postgres_value.h"
#include "store/postgres_wake.h"

#define STATEMENTS_CACHED 256 /* texts are literals, so this is more than the program has */
#define PIECE_ROWS        256 /* of a cursor, at most */
#define BATCH_ROWS        256 /* sent before their answers are read: those fit a socket */
#define LOCK_CLASS        1299542388 /* of our advisory locks: "Must" */

typedef struct {
    Db base;
    PostgresLink *link;
    PostgresWake *wake;
    PostgresParams *params;
    GHashTable *statements; /* text -> Statement */
    unsigned generation;    /* of the connection that they belong to */
    unsigned named;         /* statements and cursors given a name so far */
    PostgresMark mark;      /* of the transaction, if it may write */
} PostgresDb;

typedef struct {
    char *name;
    Oid *types;
    size_t n_types;
} Statement;

struct DbRows {
    PostgresDb *db; /* borrowed */
    PGresult *result;
    int row;      /* of the result; -1 before the first */
    char *cursor; /* NULL if the result is all there is */
    unsigned generation;
    int64_t asked;     /* rows that the piece could have had */
    bool is_streaming; /* results of one row each are still to come */
};

static void statement_free(gpointer data)
{
    Statement *statement = data;
    g_free(statement->name);
    g_free(statement->types);
    g_free(statement);
}

/* The connection */

/* A new connection knows nothing of what the one before had. */
static bool take_up(PostgresDb *db, GError **err)
{
    if (db->generation == db->link->generation)
        return true;
    g_hash_table_remove_all(db->statements);
    db->generation = db->link->generation;
    if (postgres_wake_resume(db->wake, db->link, err))
        return true;
    postgres_link_drop(db->link);
    return false;
}

/* Outside of transactions a lost connection is made anew; inside, all that was done is gone. */
static bool is_ready(PostgresDb *db, GError **err)
{
    if (!db->base.in_transaction)
        return postgres_link_ensure(db->link, err) && take_up(db, err);
    return (db->link->conn != NULL && db->generation == db->link->generation &&
            PQtransactionStatus(db->link->conn) == PQTRANS_INTRANS) ||
           err_set(err, ERR_TEMPORARY, "store: the transaction was rolled back before");
}

static bool exec(PostgresDb *db, const char *sql, GError **err)
{
    g_autoptr(PGresult) result = postgres_link_exec(db->link, sql, err);
    postgres_wake_collect(db->wake, db->link);
    return result != NULL;
}

static bool run_script(Db *base, const char *sql, GError **err)
{
    PostgresDb *db = (PostgresDb *) base;
    return is_ready(db, err) && exec(db, sql, err);
}

static void close_db(Db *base)
{
    PostgresDb *db = (PostgresDb *) base;
    postgres_wake_free(db->wake);
    postgres_link_free(db->link);
    postgres_params_free(db->params);
    postgres_mark_clear(&db->mark);
    g_hash_table_unref(db->statements);
    g_free(db);
}

/* Transactions */

static char *begin_text(const PostgresDb *db, DbBegin how)
{
    switch (how) {
    case DB_BEGIN_ALONE:
        return g_strdup_printf("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;"
                               "SELECT pg_current_xact_id(), pg_advisory_xact_lock(%d, %d)",
                               LOCK_CLASS, (int) db->link->schema);
    case DB_BEGIN_SHARED:
        /* Statistics are from a time when the queue was empty: by them the server would look at
         * all of it, and sort it, for each claim. It is to walk along the index. */
        return g_strdup("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;"
                        "SET LOCAL enable_bitmapscan = off;"
                        "SELECT pg_current_xact_id()");
    case DB_BEGIN_READ:
    default: /* whoever reads may wait for a terminal: it holds up nobody */
        return g_strdup("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;"
                        "SET LOCAL idle_in_transaction_session_timeout = 0");
    }
}

static void note_mark(PostgresDb *db, const PGresult *began)
{
    postgres_mark_clear(&db->mark);
    if (PQntuples(began) == 0)
        return;
    db->mark.xid = g_strdup(PQgetvalue(began, 0, 0));
    db->mark.cluster = g_strdup(db->link->cluster);
    db->mark.era = g_strdup(db->link->era);
    db->mark.backend = PQbackendPID(db->link->conn);
}

static void rollback(Db *base)
{
    PostgresDb *db = (PostgresDb *) base;
    postgres_mark_clear(&db->mark);
    if (db->link->conn == NULL || PQtransactionStatus(db->link->conn) == PQTRANS_IDLE)
        return;
    if (!exec(db, "ROLLBACK", NULL))
        postgres_link_drop(db->link); /* which has the same effect */
}

static bool begin(Db *base, DbBegin how, GError **err)
{
    PostgresDb *db = (PostgresDb *) base;
    if (!is_ready(db, err))
        return false;

    g_autofree char *sql = begin_text(db, how);
    g_autoptr(PGresult) began = postgres_link_exec(db->link, sql, err);
    postgres_wake_collect(db->wake, db->link);
    if (began == NULL) {
        rollback(base);
        return false;
    }
    note_mark(db, began);
    return true;
}

/* Waking is part of the transaction. */
static char *commit_text(const PostgresDb *db)
{
    GString *sql = g_string_new(NULL);
    GHashTableIter iter;
    gpointer name = NULL;
    g_hash_table_iter_init(&iter, db->base.pending);
    while (g_hash_table_iter_next(&iter, &name, NULL)) {
        g_autofree char *channel = postgres_wake_channel(db->link, name);
        g_string_append_printf(sql, "NOTIFY %s;", channel);
    }
    g_string_append(sql, "COMMIT");
    return g_string_free(sql, FALSE);
}

static bool commit(Db *base, GError **err)
{
    PostgresDb *db = (PostgresDb *) base;
    g_autoptr(GError) failure = NULL;
    postgres_link_read(db->link); /* a server that has said goodbye surely takes no commit */
    if (!is_ready(db, err))
        return false;

    g_autofree char *sql = commit_text(db);
    bool done = exec(db, sql, &failure);
    if (!done && db->link->conn == NULL && db->mark.xid != NULL) {
        g_clear_error(&failure);
        done = postgres_outcome_find(db->link, &db->mark, &failure);
    }
    postgres_mark_clear(&db->mark);
    if (!done)
        g_propagate_error(err, g_steal_pointer(&failure));
    return done;
}

/* Statements */

/* The types of all parameters, those of the ones that were NULL at first included. */
static bool learn_types(PostgresDb *db, Statement *statement, GError **err)
{
    int sent = PQsendDescribePrepared(db->link->conn, statement->name);
    g_autoptr(PGresult) described = postgres_link_answer(db->link, sent, err);
    if (described == NULL)
        return false;
    for (size_t i = 0; i < statement->n_types; i++) {
        Oid type = PQparamtype(described, (int) i);
        if (type != POSTGRES_INT8 && type != POSTGRES_TEXT && type != POSTGRES_BYTEA)
            return err_set(err, ERR_INTERNAL,
                           "store: the parameter $%zu of a statement has the type %u", i + 1,
                           type);
        statement->types[i] = type;
    }
    return true;
}

static Statement *prepare(PostgresDb *db, const char *sql, DbArgs args, GError **err)
{
    Statement *statement = g_new0(Statement, 1);
    bool has_null = false;
    statement->name = g_strdup_printf("s%u", db->named++);
    statement->types = g_new0(Oid, args.n_values);
    statement->n_types = args.n_values;
    for (size_t i = 0; i < args.n_values; i++) {
        statement->types[i] = postgres_value_type(&args.values[i]);
        has_null = has_null || statement->types[i] == 0;
    }

    int sent = PQsendPrepare(db->link->conn, statement->name, sql, (int) args.n_values,
                             statement->types);
    g_autoptr(PGresult) prepared = postgres_link_answer(db->link, sent, err);
    if (prepared != NULL && (!has_null || learn_types(db, statement, err)))
        return statement;
    statement_free(statement);
    return NULL;
}

static Statement *cached_statement(PostgresDb *db, const char *sql, DbArgs args, GError **err)
{
    Statement *statement = g_hash_table_lookup(db->statements, sql);
    if (statement != NULL)
        return statement;

    g_assert_cmpuint(g_hash_table_size(db->statements), <, STATEMENTS_CACHED);
    statement = prepare(db, sql, args, err);
    if (statement != NULL)
        g_hash_table_insert(db->statements, g_strdup(sql), statement);
    return statement;
}

/* The server would read the bytes of one type as those of another. */
static bool check_types(const Statement *statement, DbArgs args, GError **err)
{
    g_assert_cmpuint(statement->n_types, ==, args.n_values);
    for (size_t i = 0; i < args.n_values; i++) {
        Oid type = postgres_value_type(&args.values[i]);
        if (type != 0 && type != statement->types[i])
            return err_set(err, ERR_INTERNAL,
                           "store: the parameter $%zu of a statement changed its type", i + 1);
    }
    return true;
}

static int send_statement(PostgresDb *db, const Statement *statement, DbArgs args)
{
    postgres_params_set(db->params, args);
    return PQsendQueryPrepared(
        db->link->conn, statement->name, postgres_params_count(db->params),
        postgres_params_values(db->params), postgres_params_lengths(db->params),
        postgres_params_formats(db->params), 1);
}

/* Takes result and cursor, which may be NULL. */
static DbRows *new_rows(PostgresDb *db, PGresult *result, char *cursor)
{
    DbRows *rows = g_new0(DbRows, 1);
    rows->db = db;
    rows->result = result;
    rows->row = -1;
    rows->cursor = cursor;
    rows->generation = db->generation;
    return rows;
}

static DbRows *start(Db *base, const char *sql, DbArgs args, GError **err)
{
    PostgresDb *db = (PostgresDb *) base;
    if (!is_ready(db, err))
        return NULL;
    const Statement *statement = cached_statement(db, sql, args, err);
    if (statement == NULL || !check_types(statement, args, err))
        return NULL;

    int sent = send_statement(db, statement, args);
    g_autoptr(PGresult) result = postgres_link_answer(db->link, sent, err);
    postgres_wake_collect(db->wake, db->link);
    if (result == NULL || !postgres_value_check(result, err))
        return NULL;
    return new_rows(db, g_steal_pointer(&result), NULL);
}

/* Batches */

static bool send_batch(PostgresDb *db, const Statement *statement, const DbValue *values,
                       size_t n_values, size_t n_rows, GError **err)
{
    for (size_t i = 0; i < n_rows; i++) {
        DbArgs args = { values + i * n_values, n_values };
        if (!check_types(statement, args, err))
            return false;
        if (send_statement(db, statement, args) == 0)
            return postgres_link_fail(db->link, NULL, err);
    }
    return PQpipelineSync(db->link->conn) != 0 || postgres_link_fail(db->link, NULL, err);
}

/* Reads up to the answer to PQpipelineSync. What follows a failed row was skipped. */
static bool read_batch(PostgresDb *db, GError **err)
{
    bool done = true;
    for (;;) {
        g_autoptr(PGresult) result = NULL;
        if (!postgres_link_next(db->link, &result, done ? err : NULL))
            return false;
        if (PQresultStatus(result) == PGRES_PIPELINE_SYNC)
            return done;
        if (done && result != NULL && PQresultStatus(result) == PGRES_FATAL_ERROR)
            done = postgres_link_fail(db->link, result, err);
    }
}

static bool run_piece(PostgresDb *db, const Statement *statement, const DbValue *values,
                      size_t n_values, size_t n_rows, GError **err)
{
    if (PQenterPipelineMode(db->link->conn) == 0)
        return postgres_link_fail(db->link, NULL, err);
    if (!send_batch(db, statement, values, n_values, n_rows, err)) {
        postgres_link_drop(db->link); /* half of it is on the way */
        return false;
    }
    bool done = read_batch(db, err);
    if (db->link->conn != NULL && PQexitPipelineMode(db->link->conn) == 0)
        postgres_link_drop(db->link);
    return done;
}

static bool run_batch(Db *base, const char *sql, const DbValue *values, size_t n_values,
                      size_t n_rows, GError **err)
{
    PostgresDb *db = (PostgresDb *) base;
    const Statement *statement = NULL;
    if (is_ready(db, err))
        statement = cached_statement(db, sql, (DbArgs){ values, n_values }, err);

    bool done = statement != NULL;
    for (size_t i = 0; done && i < n_rows; i += BATCH_ROWS)
        done = run_piece(db, statement, values + i * n_values, n_values,
                         MIN(n_rows - i, BATCH_ROWS), err);
    postgres_wake_collect(db->wake, db->link);
    return done;
}

static bool copy_in(Db *base, const char *table, const char *columns, const GString *rows,
                    GError **err)
{
    PostgresDb *db = (PostgresDb *) base;
    g_autofree char *sql = g_strdup_printf("COPY %s (%s) FROM STDIN (FORMAT binary)", table,
                                           columns);
    bool done = is_ready(db, err) && postgres_copy_in(db->link, sql, rows, err);
    postgres_wake_collect(db->wake, db->link);
    return done;
}

/* Cursors */

static bool fetch(DbRows *rows, GError **err)
{
    PostgresDb *db = rows->db;
    if (rows->generation != db->link->generation || db->link->conn == NULL)
        return err_set(err, ERR_TEMPORARY, "the connection to the store was lost");

    g_autofree char *sql = g_strdup_printf("FETCH %" G_GINT64_FORMAT " FROM %s", rows->asked,
                                           rows->cursor);
    int sent = PQsendQueryParams(db->link->conn, sql, 0, NULL, NULL, NULL, NULL, 1);
    g_autoptr(PGresult) result = postgres_link_answer(db->link, sent, err);
    postgres_wake_collect(db->wake, db->link);
    if (result == NULL || !postgres_value_check(result, err))
        return false;
    g_clear_pointer(&rows->result, PQclear);
    rows->result = g_steal_pointer(&result);
    rows->row = -1;
    return true;
}

/* A row on its own is a result on its own; the last result has none. */
static bool step_stream(DbRows *rows, bool *ret_has_row, GError **err)
{
    PostgresLink *link = rows->db->link;
    g_autoptr(PGresult) result = NULL;
    g_autoptr(PGresult) end = NULL;
    if (!postgres_link_next(link, &result, err))
        return false;

    *ret_has_row = PQresultStatus(result) == PGRES_SINGLE_TUPLE;
    if (*ret_has_row) {
        g_clear_pointer(&rows->result, PQclear);
        rows->result = g_steal_pointer(&result);
        rows->row = 0;
        return true;
    }
    rows->is_streaming = false;
    if (PQresultStatus(result) != PGRES_TUPLES_OK) {
        (void) postgres_link_next(link, &end, NULL);
        return postgres_link_fail(link, result, err);
    }
    return postgres_link_next(link, &end, err);
}

static DbRows *start_stream(Db *base, const char *sql, GError **err)
{
    PostgresDb *db = (PostgresDb *) base;
    if (!is_ready(db, err))
        return NULL;
    if (PQsendQueryParams(db->link->conn, sql, 0, NULL, NULL, NULL, NULL, 1) == 0 ||
        PQsetSingleRowMode(db->link->conn) == 0) {
        (void) postgres_link_fail(db->link, NULL, err);
        return NULL;
    }
    DbRows *rows = new_rows(db, NULL, NULL);
    rows->is_streaming = true;
    return rows;
}

static void finish(DbRows *rows)
{
    PostgresDb *db = rows->db;
    if (rows->is_streaming && rows->generation == db->link->generation)
        postgres_link_drop(db->link); /* nobody reads the rest */
    if (rows->cursor != NULL && rows->generation == db->link->generation &&
        db->link->conn != NULL && PQtransactionStatus(db->link->conn) != PQTRANS_INERROR) {
        g_autofree char *sql = g_strdup_printf("CLOSE %s", rows->cursor);
        (void) exec(db, sql, NULL); /* it ends with the connection otherwise */
    }
    PQclear(rows->result);
    g_free(rows->cursor);
    g_free(rows);
}

/* Outside of a transaction the server keeps the rows as they are when it is opened. */
static DbRows *start_large(Db *base, const char *sql, DbArgs args, GError **err)
{
    PostgresDb *db = (PostgresDb *) base;
    if (!is_ready(db, err))
        return NULL;

    g_autofree char *cursor = g_strdup_printf("c%u", db->named++);
    g_autofree char *declare = g_strdup_printf(
        "DECLARE %s NO SCROLL CURSOR %s FOR %s", cursor,
        db->base.in_transaction ? "WITHOUT HOLD" : "WITH HOLD", sql);
    g_autofree Oid *types = g_new0(Oid, args.n_values);
    for (size_t i = 0; i < args.n_values; i++)
        types[i] = postgres_value_type(&args.values[i]);

    postgres_params_set(db->params, args);
    int sent = PQsendQueryParams(db->link->conn, declare, postgres_params_count(db->params),
                                 types, postgres_params_values(db->params),
                                 postgres_params_lengths(db->params),
                                 postgres_params_formats(db->params), 1);
    g_autoptr(PGresult) declared = postgres_link_answer(db->link, sent, err);
    if (declared == NULL)
        return NULL;

    DbRows *rows = new_rows(db, NULL, g_steal_pointer(&cursor));
    rows->asked = PIECE_ROWS;
    if (fetch(rows, err))
        return rows;
    finish(rows);
    return NULL;
}

static bool step(DbRows *rows, bool *ret_has_row, GError **err)
{
    if (rows->is_streaming)
        return step_stream(rows, ret_has_row, err);
    rows->row++;
    if (rows->row >= PQntuples(rows->result) && rows->cursor != NULL &&
        PQntuples(rows->result) == rows->asked) {
        if (!fetch(rows, err))
            return false;
        rows->row = 0;
    }
    *ret_has_row = rows->row < PQntuples(rows->result);
    return true;
}

static int n_columns(const DbRows *rows)
{
    return PQnfields(rows->result);
}

static const char *column_name(const DbRows *rows, int column)
{
    return PQfname(rows->result, column);
}

static DbValue column(const DbRows *rows, int i, DbType want)
{
    return postgres_value_get(rows->result, rows->row, i, want);
}

static int64_t changed(const DbRows *rows)
{
    return g_ascii_strtoll(PQcmdTuples(rows->result), NULL, 10);
}

/* Wake-ups */

static void notify(Db *base, const char *name)
{
    PostgresDb *db = (PostgresDb *) base;
    g_autoptr(GError) ignored = NULL; /* listeners look by themselves now and then */
    if (!is_ready(db, &ignored))
        return;
    g_autofree char *channel = postgres_wake_channel(db->link, name);
    g_autofree char *sql = g_strdup_printf("NOTIFY %s", channel);
    (void) exec(db, sql, &ignored);
}

static bool listen_to(Db *base, const char *channel, int *ret_fd, GError **err)
{
    PostgresDb *db = (PostgresDb *) base;
    return is_ready(db, err) && postgres_wake_listen(db->wake, db->link, channel, ret_fd, err);
}

static void drain(Db *base)
{
    PostgresDb *db = (PostgresDb *) base;
    postgres_wake_drain(db->wake, db->link);
}

static void meanwhile(Db *base, DbMeanwhile what, void *data)
{
    PostgresLink *link = ((PostgresDb *) base)->link;
    link->meanwhile = what;
    link->meanwhile_data = data;
}

/* One statement may index a million rows, and one side waits while the other works. */
static bool expect_much(Db *base, GError **err)
{
    PostgresDb *db = (PostgresDb *) base;
    if (!is_ready(db, err) ||
        !run_script(base,
                    "SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0",
                    err))
        return false;
    postgres_link_be_patient(db->link);
    return true;
}

static void limit_wait(Db *base, int64_t ms)
{
    ((PostgresDb *) base)->link->patience_ms = ms;
}

/* A plain ANALYZE would take the tables of every schema, with a lock on each. */
#define ANALYZE_OURS                                                                           \
    "DO $$ DECLARE name text; BEGIN FOR name IN SELECT quote_ident(relname) FROM pg_class"     \
    " WHERE relkind = 'r' AND relnamespace = to_regnamespace(quote_ident(current_schema()))"   \
    " LOOP EXECUTE 'ANALYZE ' || name; END LOOP; END $$"

static const DbDriver DRIVER = {
    .kind = "postgres",
    .after_much = ANALYZE_OURS,
    .skip_locked = " FOR UPDATE SKIP LOCKED",
    .has_table = "SELECT count(*) FROM pg_class WHERE relname = $1"
                 " AND relnamespace = to_regnamespace(quote_ident(current_schema()))"
                 " AND relkind IN ('r', 'p')",
    .next_id = "SELECT nextval(pg_get_serial_sequence($1::text, 'id'))",
    .skip_ids = "SELECT setval(pg_get_serial_sequence($1::text, 'id'), $2)",
    .close = close_db,
    .begin = begin,
    .commit = commit,
    .rollback = rollback,
    .start = start,
    .start_large = start_large,
    .start_stream = start_stream,
    .step = step,
    .n_columns = n_columns,
    .column_name = column_name,
    .column = column,
    .changed = changed,
    .finish = finish,
    .run_batch = run_batch,
    .run_script = run_script,
    .pack_row = postgres_copy_row,
    .copy_in = copy_in,
    .notify = notify,
    .listen = listen_to,
    .drain = drain,
    .meanwhile = meanwhile,
    .limit_wait = limit_wait,
    .expect_much = expect_much,
};

static bool refuse_used(Db *db, GError **err)
{
    bool is_used = false;
    if (!db_has_table(db, "schema_version", &is_used, err))
        return false;
    return !is_used || err_set(err, ERR_EXISTS,
                               "the store has tables of Muster already: name another"
                               " database, or restore the configuration that belongs to it");
}

bool db_postgres_open(const char *url, bool to_create, Db **ret_db, GError **err)
{
    PostgresDb *db = g_new0(PostgresDb, 1);
    db->base.driver = &DRIVER;
    db->base.pending = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    db->statements = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, statement_free);
    db->link = postgres_link_new(url);
    db->wake = postgres_wake_new();
    db->params = postgres_params_new();
    g_autoptr(Db) owner = &db->base;

    if (!postgres_link_connect(db->link, err) || !take_up(db, err) ||
        (to_create && !refuse_used(owner, err)))
        return false;
    *ret_db = g_steal_pointer(&owner);
    return true;
}
