/* The embedded default. One writer at a time, so transactions are short and begin with the
 * write lock: a transaction that began can only fail for want of disk. */
#include "store/db_sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/limits.h"
#include "store/db_driver.h"
#include "store/wake.h"

#define BUSY_TIMEOUT_MS   5000   /* how long a writer waits for another */
#define STATEMENTS_CACHED 256    /* texts are literals, so this is more than the program has */
#define MUCH_MEMORY_KB    131072 /* of pages, for what reads and writes much in no order */

/* Bytes of old pages that a savepoint keeps out of files. SQLite then writes so many at once,
 * of which no more than 131,071 go well. */
#define SAVEPOINT_MEMORY 122880

typedef struct {
    Db base;
    sqlite3 *handle;
    GHashTable *statements; /* text -> Statement, not in use or marked so */
    char *wake_folder;      /* NULL for a store in memory */
    Wake *wake;             /* made at first use */
} SqliteDb;

typedef struct {
    sqlite3_stmt *stmt;
    int *indexes; /* SQLite's index of $1, $2 ..., as $1 is but a name to it */
    bool in_use;
} Statement;

struct DbRows {
    SqliteDb *db;         /* borrowed */
    Statement *statement; /* borrowed from the cache, or NULL */
    sqlite3_stmt *stmt;   /* owned if there is no statement */
};

static ErrKind kind_of(int code, int extended)
{
    switch (code) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_CANTOPEN:
    case SQLITE_IOERR:
    case SQLITE_READONLY:
    case SQLITE_PROTOCOL: /* too many begin at once */
    case SQLITE_INTERRUPT:
        return ERR_TEMPORARY;
    case SQLITE_FULL:
    case SQLITE_TOOBIG:
        return ERR_LIMIT;
    case SQLITE_CONSTRAINT:
        return extended == SQLITE_CONSTRAINT_UNIQUE || extended == SQLITE_CONSTRAINT_PRIMARYKEY
                   ? ERR_EXISTS
                   : ERR_INVALID;
    default:
        return ERR_INTERNAL;
    }
}

/* SQLite's text names tables and columns but no values, so it is safe in a log. */
static bool fail(SqliteDb *db, GError **err)
{
    int extended = sqlite3_extended_errcode(db->handle);
    if ((extended & 0xff) == SQLITE_BUSY)
        return err_set(err, ERR_TEMPORARY,
                       "another process is writing to the store: try again");
    return err_set(err, kind_of(extended & 0xff, extended), "store: %s",
                   sqlite3_errmsg(db->handle));
}

static void statement_free(gpointer data)
{
    Statement *statement = data;
    (void) sqlite3_finalize(statement->stmt);
    g_free(statement->indexes);
    g_free(statement);
}

static bool exec(SqliteDb *db, const char *sql, GError **err)
{
    return sqlite3_exec(db->handle, sql, NULL, NULL, NULL) == SQLITE_OK || fail(db, err);
}

/* Some failures make SQLite roll a whole transaction back by itself. A caller who takes them
 * lightly must not go on as if it were there: each statement would commit on its own. */
static bool check_transaction(const SqliteDb *db, GError **err)
{
    return !db->base.in_transaction || sqlite3_get_autocommit(db->handle) == 0 ||
           err_set(err, ERR_TEMPORARY, "store: the transaction was rolled back before");
}

static bool run_script(Db *base, const char *sql, GError **err)
{
    SqliteDb *db = (SqliteDb *) base;
    return check_transaction(db, err) && exec(db, sql, err);
}

static void close_db(Db *base)
{
    SqliteDb *db = (SqliteDb *) base;
    if (db->statements != NULL)
        g_hash_table_unref(db->statements);
    wake_free(db->wake);
    g_free(db->wake_folder);
    (void) sqlite3_close(db->handle);
    g_free(db);
}

static bool begin(Db *base, DbBegin how, GError **err)
{
    return exec((SqliteDb *) base, how == DB_BEGIN_READ ? "BEGIN" : "BEGIN IMMEDIATE", err);
}

static void rollback(Db *base)
{
    SqliteDb *db = (SqliteDb *) base;
    /* Some failures have rolled back already, which is then an error of no account. */
    if (sqlite3_get_autocommit(db->handle) == 0)
        (void) sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL);
}

static sqlite3_stmt *prepare(SqliteDb *db, const char *sql, GError **err)
{
    sqlite3_stmt *stmt = NULL;
    if (sqlite3_prepare_v3(db->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &stmt, NULL) !=
        SQLITE_OK) {
        fail(db, err);
        return NULL;
    }
    return stmt;
}

static int *parameter_indexes(sqlite3_stmt *stmt)
{
    int n = sqlite3_bind_parameter_count(stmt);
    int *indexes = g_new(int, n);

    for (int i = 0; i < n; i++) {
        char name[16];
        (void) g_snprintf(name, sizeof name, "$%d", i + 1);
        indexes[i] = sqlite3_bind_parameter_index(stmt, name);
        g_assert_cmpint(indexes[i], >, 0);
    }
    return indexes;
}

static Statement *cached_statement(SqliteDb *db, const char *sql, GError **err)
{
    Statement *statement = g_hash_table_lookup(db->statements, sql);
    if (statement != NULL)
        return statement;

    g_assert_cmpuint(g_hash_table_size(db->statements), <, STATEMENTS_CACHED);
    sqlite3_stmt *stmt = prepare(db, sql, err);
    if (stmt == NULL)
        return NULL;

    statement = g_new0(Statement, 1);
    statement->stmt = stmt;
    statement->indexes = parameter_indexes(stmt);
    g_hash_table_insert(db->statements, g_strdup(sql), statement);
    return statement;
}

static int bind_value(sqlite3_stmt *stmt, int index, const DbValue *value)
{
    switch (value->type) {
    case DB_INT:
    case DB_BOOL:
        return sqlite3_bind_int64(stmt, index, value->integer);
    case DB_TEXT:
        return sqlite3_bind_text64(stmt, index, value->data, value->size, SQLITE_STATIC,
                                   SQLITE_UTF8);
    case DB_BYTES:
        return sqlite3_bind_blob64(stmt, index, value->data, value->size, SQLITE_STATIC);
    case DB_NULL:
    default:
        return sqlite3_bind_null(stmt, index);
    }
}

static bool bind_all(SqliteDb *db, sqlite3_stmt *stmt, const int *indexes, DbArgs args,
                     GError **err)
{
    g_assert_cmpint(sqlite3_bind_parameter_count(stmt), ==, (int) args.n_values);
    for (size_t i = 0; i < args.n_values; i++)
        if (bind_value(stmt, indexes[i], &args.values[i]) != SQLITE_OK)
            return fail(db, err);
    return true;
}

static void finish(DbRows *rows)
{
    if (rows->statement != NULL) {
        (void) sqlite3_reset(rows->stmt); /* repeats the error that step reported */
        (void) sqlite3_clear_bindings(rows->stmt);
        rows->statement->in_use = false;
    } else {
        (void) sqlite3_finalize(rows->stmt);
    }
    g_free(rows);
}

static DbRows *start(Db *base, const char *sql, DbArgs args, GError **err)
{
    SqliteDb *db = (SqliteDb *) base;
    Statement *statement = check_transaction(db, err) ? cached_statement(db, sql, err) : NULL;
    if (statement == NULL)
        return NULL;

    /* A statement that runs within itself, as in recursion, gets a second copy. */
    bool is_free = !statement->in_use;
    sqlite3_stmt *stmt = is_free ? statement->stmt : prepare(db, sql, err);
    if (stmt == NULL)
        return NULL;

    DbRows *rows = g_new0(DbRows, 1);
    rows->db = db;
    rows->stmt = stmt;
    rows->statement = is_free ? statement : NULL;
    if (is_free)
        statement->in_use = true;
    if (!bind_all(db, stmt, statement->indexes, args, err)) {
        finish(rows);
        return NULL;
    }
    return rows;
}

static DbRows *start_stream(Db *base, const char *sql, GError **err)
{
    return start(base, sql, DB_NO_ARGS, err);
}

static bool step(DbRows *rows, bool *ret_has_row, GError **err)
{
    int code = sqlite3_step(rows->stmt);
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        return fail(rows->db, err);
    *ret_has_row = code == SQLITE_ROW;
    return true;
}

static bool run_batch(Db *base, const char *sql, const DbValue *values, size_t n_values,
                      size_t n_rows, GError **err)
{
    bool done = true;
    for (size_t i = 0; done && i < n_rows; i++) {
        bool has_row = true;
        DbRows *rows = start(base, sql, (DbArgs){ values + i * n_values, n_values }, err);
        if (rows == NULL)
            return false;
        while (done && has_row)
            done = step(rows, &has_row, err);
        finish(rows);
    }
    return done;
}

static int n_columns(const DbRows *rows)
{
    return sqlite3_column_count(rows->stmt);
}

static const char *column_name(const DbRows *rows, int column)
{
    return sqlite3_column_name(rows->stmt, column);
}

static DbValue column(const DbRows *rows, int i, DbType want)
{
    if (sqlite3_column_type(rows->stmt, i) == SQLITE_NULL)
        return db_null();

    switch (want) {
    case DB_INT:
        return db_int(sqlite3_column_int64(rows->stmt, i));
    case DB_BOOL:
        return db_bool(sqlite3_column_int64(rows->stmt, i) != 0);
    case DB_TEXT: {
        const void *text = sqlite3_column_text(rows->stmt, i);
        size_t size = (size_t) sqlite3_column_bytes(rows->stmt, i);
        return (DbValue){ .type = DB_TEXT, .data = text, .size = size };
    }
    case DB_BYTES: {
        const void *data = sqlite3_column_blob(rows->stmt, i);
        return db_raw(data, (size_t) sqlite3_column_bytes(rows->stmt, i));
    }
    case DB_NULL:
    default:
        return db_null();
    }
}

static int64_t changed(const DbRows *rows)
{
    return sqlite3_changes64(rows->db->handle);
}

static Wake *open_wake(SqliteDb *db, GError **err)
{
    if (db->wake == NULL && db->wake_folder != NULL)
        db->wake = wake_new(db->wake_folder, err);
    return db->wake;
}

static void notify(Db *base, const char *channel)
{
    SqliteDb *db = (SqliteDb *) base;
    g_autoptr(GError) ignored = NULL; /* listeners look by themselves now and then */
    Wake *wake = open_wake(db, &ignored);
    if (wake != NULL)
        wake_notify(wake, channel);
}

static bool commit(Db *base, GError **err)
{
    GHashTableIter iter;
    gpointer channel = NULL;
    if (!run_script(base, "COMMIT", err))
        return false;

    g_hash_table_iter_init(&iter, base->pending);
    while (g_hash_table_iter_next(&iter, &channel, NULL))
        notify(base, channel);
    return true;
}

static bool listen_to(Db *base, const char *channel, int *ret_fd, GError **err)
{
    SqliteDb *db = (SqliteDb *) base;
    if (db->wake_folder == NULL)
        return err_set(err, ERR_INVALID, "a store in memory has no other processes to hear");
    Wake *wake = open_wake(db, err);
    return wake != NULL && wake_listen(wake, channel, ret_fd, err);
}

static void drain(Db *base)
{
    SqliteDb *db = (SqliteDb *) base;
    if (db->wake != NULL)
        wake_drain(db->wake);
}

static bool expect_much(Db *base, GError **err)
{
    g_autofree char *sql = g_strdup_printf("PRAGMA cache_size = -%d", MUCH_MEMORY_KB);
    return exec((SqliteDb *) base, sql, err);
}

static const DbDriver DRIVER = {
    .kind = "sqlite",
    .skip_locked = "", /* one writer: nobody else can hold a row */
    .has_table = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = $1",
    .next_id = "SELECT coalesce(max(seq), 0) + 1 FROM sqlite_sequence WHERE name = $1",
    .close = close_db,
    .begin = begin,
    .commit = commit,
    .rollback = rollback,
    .start = start,
    .start_large = start, /* gives one row at a time anyway */
    .start_stream = start_stream,
    .step = step,
    .n_columns = n_columns,
    .column_name = column_name,
    .column = column,
    .changed = changed,
    .finish = finish,
    .run_batch = run_batch,
    .run_script = run_script,
    .expect_much = expect_much,
    .notify = notify,
    .listen = listen_to,
    .drain = drain,
};

/* The file is made by us first, since SQLite would make it readable by others. */
static bool make_file(const char *path, GError **err)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return err_set(err, err_kind_of_errno(errno), "could not make the store \"%s\": %s",
                       path, g_strerror(errno));
    (void) close(fd);
    return true;
}

/* The settings of a store that others have open too. */
static const char STORE[] = "PRAGMA journal_mode = WAL;"
                            "PRAGMA synchronous = FULL;"
                            "PRAGMA foreign_keys = ON;";

/* There is nothing yet that a crash could damage, and nobody else to see it. */
static const char PART[] = "PRAGMA locking_mode = EXCLUSIVE;"
                           "PRAGMA journal_mode = MEMORY;"
                           "PRAGMA synchronous = OFF;";

static const char ARCHIVE[] = "PRAGMA query_only = ON;"
                              "PRAGMA cell_size_check = ON;"
                              "PRAGMA mmap_size = 0;";

static bool set_up(SqliteDb *db, const char *settings, GError **err)
{
    (void) sqlite3_extended_result_codes(db->handle, 1);
    (void) sqlite3_busy_timeout(db->handle, BUSY_TIMEOUT_MS);
    (void) sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    (void) sqlite3_db_config(db->handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    return exec(db, settings, err);
}

/* name is a path, ":memory:", or a URI if flags say so. There are no threads, so there is
 * nobody to lock out. */
static bool open_handle(const char *name, int flags, const char *settings, char *wake_folder,
                        Db **ret_db, GError **err)
{
    SqliteDb *db = g_new0(SqliteDb, 1);
    db->base.driver = &DRIVER;
    db->base.pending = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    db->statements = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, statement_free);
    db->wake_folder = wake_folder;
    g_autoptr(Db) owner = &db->base;

    /* Takes effect before the first use of SQLite only, and then for all. */
    (void) sqlite3_config(SQLITE_CONFIG_STMTJRNL_SPILL, SAVEPOINT_MEMORY);
    if (sqlite3_open_v2(name, &db->handle, flags | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
        return err_set(err, access(name, F_OK) != 0 ? ERR_NOT_FOUND : ERR_TEMPORARY,
                       "could not open the store \"%s\": %s", name, sqlite3_errmsg(db->handle));
    if (!set_up(db, settings, err))
        return false;

    *ret_db = g_steal_pointer(&owner);
    return true;
}

/* Whom the store's files are read-only to, SQLite tells so late and in other words, or after it
 * has tried for ten seconds to get the lock. */
static bool check_writable(const char *path, GError **err)
{
    static const char *const PARTS[] = { "", "-wal", "-shm" };
    for (size_t i = 0; i < G_N_ELEMENTS(PARTS); i++) {
        g_autofree char *part = g_strconcat(path, PARTS[i], NULL);
        if (access(part, W_OK) != 0 && errno != ENOENT)
            return err_set(err, errno == ENOTDIR ? ERR_NOT_FOUND : ERR_TEMPORARY,
                           "the store \"%s\" cannot be written: %s", part, g_strerror(errno));
    }
    return true;
}

bool db_sqlite_open(const char *path, bool create, Db **ret_db, GError **err)
{
    bool in_memory = g_str_equal(path, ":memory:");
    if (create && !in_memory && !make_file(path, err))
        return false;
    if (!in_memory && !check_writable(path, err))
        return false;
    return open_handle(path, SQLITE_OPEN_READWRITE | (in_memory ? SQLITE_OPEN_MEMORY : 0),
                       STORE, in_memory ? NULL : g_strconcat(path, "-wake", NULL), ret_db, err);
}

bool db_sqlite_open_part(const char *path, Db **ret_db, GError **err)
{
    return open_handle(path, SQLITE_OPEN_READWRITE, PART, NULL, ret_db, err);
}

bool db_sqlite_open_archive(const char *path, Db **ret_db, GError **err)
{
    g_autofree char *absolute = g_canonicalize_filename(path, NULL);
    g_autofree char *plain = g_filename_to_uri(absolute, NULL, err);
    if (plain == NULL)
        return false;
    g_autofree char *uri = g_strconcat(plain, "?immutable=1", NULL);
    g_autoptr(Db) db = NULL;
    if (!open_handle(uri, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, ARCHIVE, NULL, &db, err))
        return false;
    (void) sqlite3_limit(((SqliteDb *) db)->handle, SQLITE_LIMIT_LENGTH, BACKUP_VALUE_MAX);
    *ret_db = g_steal_pointer(&db);
    return true;
}
