/* The store: one narrow interface, a driver per database (db_driver.h). SQL is text with bound
 * $1 parameters that serves every driver; what differs between databases is a function here.
 *
 * Errors: ERR_TEMPORARY (locked, unreachable: try again), ERR_LIMIT (disk full), ERR_EXISTS (a
 * unique column), ERR_INVALID (another constraint), ERR_INTERNAL (damaged store, wrong SQL). */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Db Db;

typedef enum { DB_NULL, DB_INT, DB_BOOL, DB_TEXT, DB_BYTES } DbType;

/* A bound parameter or a column; text and bytes are borrowed. */
typedef struct {
    DbType type;
    int64_t integer;  /* DB_INT, DB_BOOL */
    const void *data; /* DB_TEXT: ends in NUL; DB_BYTES */
    size_t size;      /* bytes, without the NUL */
} DbValue;

DbValue db_null(void);
DbValue db_int(int64_t value);
DbValue db_bool(bool value);
DbValue db_text(const char *text); /* NULL binds NULL */
DbValue db_bytes(GBytes *bytes);   /* NULL binds NULL */
DbValue db_raw(const void *data, size_t size);

/* The parameters $1, $2 ... of a statement. */
typedef struct {
    const DbValue *values;
    size_t n_values;
} DbArgs;

#define DB_ARGS(...)                                                                           \
    ((DbArgs){ (const DbValue[]){ __VA_ARGS__ },                                               \
               sizeof((const DbValue[]){ __VA_ARGS__ }) / sizeof(DbValue) })
#define DB_NO_ARGS ((DbArgs){ NULL, 0 })

/* How a row becomes a struct: the columns of the SELECT must bear the fields' names, in order.
 * char * and GBytes * fields are owned by the struct and NULL where the column is NULL. */
typedef struct {
    const char *name;
    DbType type;
    size_t offset;
} DbField;

typedef struct {
    size_t size;         /* of the struct, zeroed before it is filled */
    GDestroyNotify free; /* frees one struct with all it owns */
    const DbField *fields;
    size_t n_fields;
} DbRecord;

#define DB_FIELD_TYPE(T, field)                                                                \
    _Generic(((T *) NULL)->field, int64_t: DB_INT, bool: DB_BOOL, char *: DB_TEXT,           \
             GBytes *: DB_BYTES)
#define DB_FIELD(T, field)                                                                     \
    {                                                                                          \
#field, DB_FIELD_TYPE(T, field), offsetof(T, field)                                    \
    }

/* Opens the store that url names: "sqlite:PATH" (relative to directory), "sqlite::memory:" or
 * "postgresql://..." (a URI of libpq). Does not look at its version: see store/migrate.h. To
 * create is to make the file, which must not be there yet; in PostgreSQL the database must be
 * there, and no tables of ours in it (ERR_EXISTS). No error holds a password. */
bool db_open(const char *url, const char *directory, bool create, Db **ret_db, GError **err);
void db_close(Db *db);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Db, db_close)

/* The driver's name, which is also its folder of schema files: "sqlite", "postgres". */
const char *db_kind(const Db *db);

/* Whether a server keeps it: then each statement is a wait for somebody else. */
bool db_is_served(const Db *db);

/* What else to do while a server works: called instead of sleeping, it has to return when fd is
 * readable, or after so many milliseconds at the latest, and must not use this Db. NULL ends
 * that. It is never called where no server keeps the store. */
typedef void (*DbMeanwhile)(int fd, int64_t ms, void *data);
void db_meanwhile(Db *db, DbMeanwhile meanwhile, void *data);

/* Whether there is such a table. */
bool db_has_table(Db *db, const char *name, bool *ret_has, GError **err);

/* A write transaction. It ends with db_commit; one that goes out of scope before is rolled
 * back. There is one at a time per Db. Statements outside of one commit by themselves.
 * After a statement that failed in it, nothing but a rollback is of use.
 *
 * Of those begun with db_begin one runs at a time in the whole store, however many processes
 * and hosts there are: what it read stays true until it commits. */
typedef struct DbTransaction DbTransaction;
DbTransaction *db_begin(Db *db, GError **err);
/* For one that only adds rows of its own, or changes rows it has claimed, and decides nothing
 * by what it read: many may run at a time, where the store can. */
DbTransaction *db_begin_shared(Db *db, GError **err);
/* One view of the store for several reads; ended in the same ways. */
DbTransaction *db_begin_read(Db *db, GError **err);
/* Takes the transaction out of *transaction, also on failure. True means it is on disk; false,
 * that it was rolled back, or, where the message says so, that nobody can tell. */
bool db_commit(DbTransaction **transaction, GError **err);
void db_rollback(DbTransaction *transaction);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(DbTransaction, db_rollback)

/* Runs a statement that gives no rows. ret_changed may be NULL. */
bool db_run(Db *db, const char *sql, DbArgs args, int64_t *ret_changed, GError **err);

/* The same for n_rows rows of parameters, n_values each, one row after the other in values;
 * only inside of a transaction. The first row that fails ends it. */
bool db_run_batch(Db *db, const char *sql, const DbValue *values, size_t n_values,
                  size_t n_rows, GError **err);

/* All rows as an array that owns its records (with record->free). Callers that can grow give a
 * LIMIT. */
GPtrArray *db_select(Db *db, const DbRecord *record, const char *sql, DbArgs args,
                     GError **err);

/* One integer, as of SELECT count(*) or INSERT ... RETURNING id. ERR_NOT_FOUND if there is no
 * row or the value is NULL. */
bool db_select_int(Db *db, const char *sql, DbArgs args, int64_t *ret_value, GError **err);

/* Takes the next id that a table gives, for a row that is written with it. The table has a
 * column id and never gives one again. */
bool db_next_id(Db *db, const char *table, int64_t *ret_id, GError **err);

/* Lets the table go on after last_id, once rows were written with the ids from db_next_id up to
 * it, in one transaction of db_begin. */
bool db_skip_ids(Db *db, const char *table, int64_t last_id, GError **err);

/* One text, NULL if there is no row or the value is NULL. */
bool db_select_text(Db *db, const char *sql, DbArgs args, char **ret_text, GError **err);

/* Rows one by one, for what may be large. Other statements may run meanwhile; a transaction in
 * which it was opened must not end before it is freed. The values of args stay borrowed until
 * then. */
typedef struct DbCursor DbCursor;
DbCursor *db_query(Db *db, const DbRecord *record, const char *sql, DbArgs args, GError **err);
/* *ret_row is borrowed until the next call and NULL after the last row. */
bool db_next(DbCursor *cursor, const void **ret_row, GError **err);
void db_cursor_free(DbCursor *cursor);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(DbCursor, db_cursor_free)

/* Takes rows for one worker so that no other takes them, best in a transaction of
 * db_begin_shared, which looks along the queue and not all over it: update changes the rows
 * whose id the select in choose gives, skipping rows that somebody else holds, and returns
 * their columns: "UPDATE job SET state = 'claimed'", "SELECT id FROM job WHERE ... LIMIT $1",
 * "id, text". The order of the result is the database's. */
GPtrArray *db_claim(Db *db, const DbRecord *record, const char *update, const char *choose,
                    const char *columns, DbArgs args, GError **err);

/* Wakes whoever listens to the channel ("inbox", "outbox"), once the transaction in progress
 * has committed. A wake-up may get lost with a dying process, so listeners also look by
 * themselves now and then. */
void db_notify(Db *db, const char *channel);

/* Listens to a channel from now on. *ret_fd becomes readable when there is news, and now and
 * then without; db_drain empties it. It belongs to the Db and closes with it. */
bool db_listen(Db *db, const char *channel, int *ret_fd, GError **err);
void db_drain(Db *db);

/* Says that somebody waits for each answer, and cannot do so for longer than this: a store that
 * is silent for so long is given up with ERR_TEMPORARY. Until the store is closed. */
void db_limit_wait(Db *db, int64_t ms);

/* Says that what comes reads and writes a large part of the store in no order, so that more
 * memory, of some 130 MB, makes it quicker, and one statement may take minutes. Until the store
 * is closed. */
bool db_expect_much(Db *db, GError **err);

/* Tells the store that tables have grown much, within the transaction in which they have: its
 * planner takes them for small ones otherwise until it looks by itself. */
bool db_settle(Db *db, GError **err);

/* Runs a whole file of statements: schema files only. */
bool db_run_script(Db *db, const char *sql, GError **err);
