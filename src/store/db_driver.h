/* What a database driver implements; only the files of src/store include this. Everything that
 * callers see is in db.h. */
#pragma once

#include "store/db.h"

typedef struct DbRows DbRows; /* a running statement, the driver's own */

typedef enum {
    DB_BEGIN_READ,   /* one view */
    DB_BEGIN_SHARED, /* writes, beside others */
    DB_BEGIN_ALONE,  /* writes, and no other of its kind runs */
} DbBegin;

typedef struct {
    const char *kind;
    const char *skip_locked; /* ends the inner SELECT of a claim */
    const char *has_table;   /* counts the tables named $1 in the store */

    const char *next_id;  /* takes the next id of the table $1, or tells it if a row takes it */
    const char *skip_ids; /* makes those up to $2 taken; NULL where rows do that */

    void (*close)(Db *db);
    bool (*begin)(Db *db, DbBegin how, GError **err);
    /* Wakes the channels in db->pending too. */
    bool (*commit)(Db *db, GError **err);
    void (*rollback)(Db *db);

    /* A statement with its parameters bound, before its first row. Values are borrowed until
     * finish. */
    DbRows *(*start)(Db *db, const char *sql, DbArgs args, GError **err);
    /* The same for a SELECT of any number of rows, which may not be held all at once. */
    DbRows *(*start_large)(Db *db, const char *sql, DbArgs args, GError **err);
    /* The same for a SELECT without parameters whose rows may be large too: memory is taken for
     * one at a time. No other statement may run before finish; one that is left before its end
     * may cost the transaction. */
    DbRows *(*start_stream)(Db *db, const char *sql, GError **err);
    bool (*step)(DbRows *rows, bool *ret_has_row, GError **err);
    int (*n_columns)(const DbRows *rows);
    const char *(*column_name)(const DbRows *rows, int column);
    /* Borrowed until the next step; DB_NULL where the column is NULL. */
    DbValue (*column)(const DbRows *rows, int column, DbType want);
    int64_t (*changed)(const DbRows *rows);
    void (*finish)(DbRows *rows);
    bool (*run_batch)(Db *db, const char *sql, const DbValue *values, size_t n_values,
                      size_t n_rows, GError **err);
    bool (*run_script)(Db *db, const char *sql, GError **err);
    /* The quickest way for many rows into a table, inside of a transaction: rows are packed one
     * behind the other and then copied in together. NULL where nothing is quicker than INSERT.
     */
    void (*pack_row)(GString *rows, const DbValue *values, size_t n_values);
    bool (*copy_in)(Db *db, const char *table, const char *columns, const GString *rows,
                    GError **err);

    const char *after_much; /* SQL for db_settle; NULL where it would change nothing */
    /* See db_expect_much; NULL where that is a matter of the server. */
    bool (*expect_much)(Db *db, GError **err);
    /* See db_meanwhile; NULL where there is no server. */
    void (*meanwhile)(Db *db, DbMeanwhile meanwhile, void *data);
    /* See db_limit_wait; NULL where nothing takes long. */
    void (*limit_wait)(Db *db, int64_t ms);

    /* Called outside of transactions. */
    void (*notify)(Db *db, const char *channel);
    bool (*listen)(Db *db, const char *channel, int *ret_fd, GError **err);
    void (*drain)(Db *db);
} DbDriver;

/* Drivers put this first in a struct of their own. */
struct Db {
    const DbDriver *driver;
    GHashTable *pending; /* channels to wake after the commit, see db_notify */
    bool in_transaction;
};
