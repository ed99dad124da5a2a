#include "store/db.h"

#include <glib/gstdio.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>

#include "base/err.h"
#include "store_fixture.h"

typedef struct {
    int64_t id;
    bool is_set;
    char *text;
    GBytes *bytes;
} Thing;

static void thing_free(Thing *thing)
{
    g_free(thing->text);
    g_clear_pointer(&thing->bytes, g_bytes_unref);
    g_free(thing);
}

static const DbField FIELDS[] = {
    DB_FIELD(Thing, id),
    DB_FIELD(Thing, is_set),
    DB_FIELD(Thing, text),
    DB_FIELD(Thing, bytes),
};

static const DbRecord RECORD = {
    .size = sizeof(Thing),
    .free = (GDestroyNotify) thing_free,
    .fields = FIELDS,
    .n_fields = G_N_ELEMENTS(FIELDS),
};

#define INSERT "INSERT INTO thing (id, is_set, text, bytes) VALUES ($1, $2, $3, $4)"
#define SELECT "SELECT id, is_set, text, bytes FROM thing ORDER BY id LIMIT 10"

static void make_table(Db *db)
{
    g_autoptr(GError) err = NULL;
    const char *sql = g_str_equal(db_kind(db), "sqlite")
                          ? "CREATE TABLE thing (id INTEGER PRIMARY KEY,"
                            " is_set INTEGER NOT NULL, text TEXT UNIQUE, bytes BLOB) STRICT"
                          : "CREATE TABLE thing (id bigint PRIMARY KEY,"
                            " is_set bigint NOT NULL, text text UNIQUE, bytes bytea)";
    db_run_script(db, sql, &err);
    g_assert_no_error(err);
}

static bool insert(Db *db, int64_t id, const char *text, GError **err)
{
    return db_run(db, INSERT, DB_ARGS(db_int(id), db_bool(true), db_text(text), db_null()),
                  NULL, err);
}

static int64_t count(Db *db)
{
    g_autoptr(GError) err = NULL;
    int64_t value = -1;
    db_select_int(db, "SELECT count(*) FROM thing", DB_NO_ARGS, &value, &err);
    g_assert_no_error(err);
    return value;
}

static void test_values_come_back_as_they_went_in(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(GBytes) bytes = g_bytes_new_static("a\0b", 3);
    make_table(f->db);
    db_run(f->db, INSERT,
           DB_ARGS(db_int(G_MAXINT64), db_bool(true), db_text("שלום"), db_bytes(bytes)), NULL,
           &err);
    db_run(f->db, INSERT, DB_ARGS(db_int(1), db_bool(false), db_text(NULL), db_raw(NULL, 0)),
           NULL, &err);
    g_assert_no_error(err);

    g_autoptr(GPtrArray) rows = db_select(f->db, &RECORD, SELECT, DB_NO_ARGS, &err);
    g_assert_no_error(err);
    g_assert_cmpuint(rows->len, ==, 2);
    const Thing *first = rows->pdata[0];
    const Thing *second = rows->pdata[1];
    g_assert_null(first->text);
    g_assert_cmpuint(g_bytes_get_size(first->bytes), ==, 0); /* empty is not NULL */
    g_assert_false(first->is_set);
    g_assert_cmpint(second->id, ==, G_MAXINT64);
    g_assert_cmpstr(second->text, ==, "שלום");
    g_assert_true(second->is_set && g_bytes_equal(second->bytes, bytes));
}

static void test_parameters_bind_by_number_in_any_order(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    int64_t value = 0;
    db_select_int(f->db, "SELECT $2 - $1 + $2", DB_ARGS(db_int(1), db_int(10)), &value, &err);
    g_assert_no_error(err);
    g_assert_cmpint(value, ==, 19);
}

static void test_kinds_of_failure(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) exists = NULL;
    g_autoptr(GError) invalid = NULL;
    g_autoptr(GError) none = NULL;
    int64_t value = 7;
    make_table(f->db);
    g_assert_true(insert(f->db, 1, "a", NULL));

    g_assert_false(insert(f->db, 2, "a", &exists));
    g_assert_error(exists, ERR_DOMAIN, ERR_EXISTS);
    g_assert_false(db_run(f->db, INSERT, DB_ARGS(db_int(3), db_null(), db_null(), db_null()),
                          NULL, &invalid));
    g_assert_error(invalid, ERR_DOMAIN, ERR_INVALID);
    g_assert_false(db_select_int(f->db, "SELECT id FROM thing WHERE id = $1",
                                 DB_ARGS(db_int(99)), &value, &none));
    g_assert_error(none, ERR_DOMAIN, ERR_NOT_FOUND);
    g_assert_cmpint(value, ==, 7); /* untouched */
}

static void test_transaction_out_of_scope_is_rolled_back(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    make_table(f->db);
    {
        g_autoptr(DbTransaction) unfinished = db_begin(f->db, &err);
        g_assert_nonnull(unfinished);
        g_assert_true(insert(f->db, 1, "a", &err));
    }
    g_assert_cmpint(count(f->db), ==, 0);

    g_autoptr(DbTransaction) transaction = db_begin(f->db, &err);
    g_assert_true(insert(f->db, 1, "a", &err));
    g_assert_true(db_commit(&transaction, &err));
    g_assert_cmpint(count(f->db), ==, 1);
}

/* SQLite ends a whole transaction by itself for some failures, PostgreSQL for any; what follows
 * in it must not be written one by one. */
static void test_what_follows_a_rollback_is_not_written(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(GError) after = NULL;
    make_table(f->db);
    g_autoptr(DbTransaction) transaction = db_begin(f->db, &err);
    g_assert_true(insert(f->db, 1, "a", &err));
    g_assert_false(db_run(f->db,
                          g_str_equal(db_kind(f->db), "sqlite")
                              ? "INSERT OR ROLLBACK INTO thing (id, is_set) VALUES (1, 0)"
                              : "INSERT INTO thing (id, is_set) VALUES (1, 0)",
                          DB_NO_ARGS, NULL, NULL));

    g_assert_false(insert(f->db, 2, "b", &after));
    g_assert_error(after, ERR_DOMAIN, ERR_TEMPORARY);
    g_assert_false(db_commit(&transaction, NULL));
    g_assert_cmpint(count(f->db), ==, 0);
}

static void test_text_with_a_nul_is_damage(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(GError) fault = NULL;
    g_autofree char *text = NULL;
    make_table(f->db);
    g_assert_true(db_run_script(f->db,
                                "INSERT INTO thing (id, is_set, text)"
                                " VALUES (1, 0, 'a' || char(0) || 'b')",
                                &err));

    g_assert_null(db_select(f->db, &RECORD, SELECT, DB_NO_ARGS, &fault));
    g_assert_error(fault, ERR_DOMAIN, ERR_INTERNAL);
    g_clear_error(&fault);
    g_assert_false(db_select_text(f->db, "SELECT text FROM thing", DB_NO_ARGS, &text, &fault));
    g_assert_error(fault, ERR_DOMAIN, ERR_INTERNAL);
}

static void test_claim_takes_a_row_once(Fixture *f, gconstpointer unused)
{
    static const char UPDATE[] = "UPDATE thing SET is_set = $2";
    static const char CHOOSE[] = "SELECT id FROM thing WHERE is_set = $3 ORDER BY id LIMIT $1";
    g_autoptr(GError) err = NULL;
    guint taken = 0;
    make_table(f->db);
    for (int64_t id = 1; id <= 5; id++)
        g_assert_true(insert(f->db, id, NULL, &err));

    for (int round = 0; round < 4; round++) {
        g_autoptr(GPtrArray)
            rows = db_claim(f->db, &RECORD, UPDATE, CHOOSE, "id, is_set, text, bytes",
                            DB_ARGS(db_int(2), db_bool(false), db_bool(true)), &err);
        g_assert_no_error(err);
        taken += rows->len;
    }
    g_assert_cmpuint(taken, ==, 5);
}

static void test_a_batch_is_many_rows(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    const DbValue values[] = { db_int(1), db_bool(true), db_text("a"), db_null(),
                               db_int(2), db_bool(true), db_null(),    db_raw("b", 1),
                               db_int(2), db_bool(true), db_text("c"), db_null() };
    make_table(f->db);
    DbTransaction *failing = db_begin_shared(f->db, &err);
    g_assert_false(db_run_batch(f->db, INSERT, values, 4, 3, &err));
    g_assert_error(err, ERR_DOMAIN, ERR_EXISTS);
    db_rollback(failing);
    g_assert_cmpint(count(f->db), ==, 0);

    g_autoptr(DbTransaction) transaction = db_begin_shared(f->db, NULL);
    g_assert_true(db_run_batch(f->db, INSERT, values, 4, 0, NULL));
    g_assert_true(db_run_batch(f->db, INSERT, values, 4, 2, NULL));
    g_assert_true(db_commit(&transaction, NULL));
    g_assert_cmpint(count(f->db), ==, 2);
}

static void test_tables_are_found_by_name(Fixture *f, gconstpointer unused)
{
    bool has = false;
    g_assert_true(db_has_table(f->db, "person", &has, NULL) && has);
    g_assert_true(db_has_table(f->db, "person_search", &has, NULL) && !has); /* an index */
    g_assert_true(db_has_table(f->db, "thing", &has, NULL) && !has);
}

static void test_statement_may_run_within_itself(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    const void *row = NULL;
    int64_t seen = 0;
    make_table(f->db);
    g_assert_true(insert(f->db, 1, "a", &err) && insert(f->db, 2, "b", &err));

    g_autoptr(DbCursor) outer = db_query(f->db, &RECORD, SELECT, DB_NO_ARGS, &err);
    while (db_next(outer, &row, &err) && row != NULL) {
        g_autoptr(GPtrArray) inner = db_select(f->db, &RECORD, SELECT, DB_NO_ARGS, &err);
        seen += inner->len;
    }
    g_assert_cmpint(seen, ==, 4);
}

/* Two connections to one store: a file in a folder whose path is longer than a socket address,
 * or a schema. */
typedef struct {
    char *folder; /* NULL on a server */
    char *schema; /* NULL for a file */
    Db *one;
    Db *two;
} Pair;

static void file_set_up(Pair *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    g_autofree char *top = g_dir_make_tmp("muster db XXXXXX", &err);
    g_autofree char *name = g_strnfill(150, 'x');
    f->folder = g_build_filename(top, name, NULL);
    g_assert_cmpint(g_mkdir(f->folder, 0700), ==, 0);
    g_assert_true(db_open("sqlite:a.db", f->folder, true, &f->one, &err));
    g_assert_true(db_open("sqlite:a.db", f->folder, false, &f->two, &err));
    make_table(f->one);
}

static void server_set_up(Pair *f)
{
    g_autoptr(GError) err = NULL;
    f->schema = schema_make();
    g_autofree char *url = schema_url(f->schema);
    g_assert_true(db_open(url, "/", true, &f->one, &err));
    g_assert_true(db_open(url, "/", false, &f->two, &err));
    make_table(f->one);
}

static void pair_set_up(Pair *f, gconstpointer unused)
{
    if (test_server() != NULL)
        server_set_up(f);
    else
        file_set_up(f, unused);
}

static void pair_tear_down(Pair *f, gconstpointer unused)
{
    db_close(f->two);
    db_close(f->one);
    if (f->schema != NULL) {
        schema_drop(f->schema);
        return;
    }
    g_autofree char *top = g_path_get_dirname(f->folder);
    const char *argv[] = { "rm", "-rf", top, NULL };
    g_assert_true(g_spawn_sync(NULL, (char **) (uintptr_t) argv, NULL, G_SPAWN_SEARCH_PATH,
                               NULL, NULL, NULL, NULL, NULL, NULL));
    g_free(f->folder);
}

static bool is_readable(int fd)
{
    struct pollfd p = { .fd = fd, .events = POLLIN };
    return poll(&p, 1, 0) == 1;
}

/* A server takes a moment. */
static bool is_woken(int fd)
{
    struct pollfd p = { .fd = fd, .events = POLLIN };
    return poll(&p, 1, 10000) == 1;
}

static void test_wake_up_comes_with_the_commit(Pair *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    int inbox = -1;
    int outbox = -1;
    g_assert_true(db_listen(f->two, "inbox", &inbox, &err));
    g_assert_true(db_listen(f->two, "outbox", &outbox, &err));

    g_autoptr(DbTransaction) transaction = db_begin(f->one, &err);
    g_assert_true(insert(f->one, 1, "a", &err));
    db_notify(f->one, "inbox");
    g_assert_cmpint(count(f->two), ==, 0);
    g_assert_false(is_readable(inbox));
    g_assert_true(db_commit(&transaction, &err));
    g_assert_true(is_woken(inbox));
    g_assert_cmpint(count(f->two), ==, 1); /* reads what came, which is still told of */
    g_assert_true(is_woken(inbox));
    g_assert_false(is_readable(outbox));

    db_drain(f->two);
    g_assert_false(is_readable(inbox));
}

static void test_all_who_listen_are_woken(Pair *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    int one = -1;
    int two = -1;
    g_assert_true(db_listen(f->one, "inbox", &one, &err));
    g_assert_true(db_listen(f->two, "inbox", &two, &err));
    db_notify(f->one, "inbox");
    g_assert_true(is_woken(one));
    g_assert_true(is_woken(two));
}

static void test_rolled_back_change_wakes_nobody(Pair *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    int fd = -1;
    g_assert_true(db_listen(f->two, "inbox", &fd, &err));

    DbTransaction *transaction = db_begin(f->one, &err);
    db_notify(f->one, "inbox");
    db_rollback(transaction);
    g_assert_cmpint(count(f->two), ==, 0);
    g_assert_false(is_readable(fd));
}

/* No file can grow beyond so many bytes: what a full disk looks like to SQLite. */
static void limit_files(rlim_t size)
{
    struct rlimit limit;
    g_assert_cmpint(getrlimit(RLIMIT_FSIZE, &limit), ==, 0);
    limit.rlim_cur = MIN(size, limit.rlim_max);
    g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &limit), ==, 0);
}

static void test_full_disk_is_never_success(Pair *f, gconstpointer unused)
{
    static const char RETURNING[] =
        "INSERT INTO thing (id, is_set) VALUES ($1, 0) RETURNING id";
    g_autoptr(GError) err = NULL;
    g_autofree char *wal = g_build_filename(f->folder, "a.db-wal", NULL);
    GStatBuf status;
    int64_t id = 0;
    g_assert_true(insert(f->one, 1, "a", &err));
    g_assert_cmpint(g_stat(wal, &status), ==, 0);

    void (*before)(int) = signal(SIGXFSZ, SIG_IGN);
    limit_files((rlim_t) status.st_size);
    bool is_run = db_run(f->one, INSERT,
                         DB_ARGS(db_int(2), db_bool(true), db_null(), db_null()), NULL, NULL);
    bool is_returned = db_select_int(f->one, RETURNING, DB_ARGS(db_int(3)), &id, NULL);
    g_autoptr(DbTransaction) transaction = db_begin(f->one, NULL);
    bool is_inserted = insert(f->one, 4, "d", NULL);
    bool is_committed = db_commit(&transaction, NULL);
    limit_files(RLIM_INFINITY);
    signal(SIGXFSZ, before);

    g_assert_false(is_run);
    g_assert_false(is_returned);
    g_assert_true(is_inserted);
    g_assert_false(is_committed);
    g_assert_cmpint(count(f->two), ==, 1);
    g_assert_true(insert(f->one, 2, "b", &err)); /* and goes on when there is room again */
}

static void test_store_file_is_private_and_made_once(Pair *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    g_autofree char *path = g_build_filename(f->folder, "a.db", NULL);
    Db *again = NULL;
    GStatBuf status;
    g_assert_cmpint(g_stat(path, &status), ==, 0);
    g_assert_cmpint(status.st_mode & 0777, ==, 0600);

    g_assert_false(db_open("sqlite:a.db", f->folder, true, &again, &err));
    g_assert_error(err, ERR_DOMAIN, ERR_EXISTS);
}

static void test_missing_store_and_foreign_scheme_are_told_apart(Pair *f, gconstpointer unused)
{
    g_autoptr(GError) missing = NULL;
    g_autoptr(GError) foreign = NULL;
    Db *db = NULL;
    g_assert_false(db_open("sqlite:none.db", f->folder, false, &db, &missing));
    g_assert_error(missing, ERR_DOMAIN, ERR_NOT_FOUND);
    g_assert_false(db_open("mysql://x", f->folder, false, &db, &foreign));
    g_assert_error(foreign, ERR_DOMAIN, ERR_INVALID);
}

static void test_version_is_checked(Pair *f, gconstpointer unused)
{
    g_autoptr(GError) old = NULL;
    g_autoptr(GError) newer = NULL;
    g_autoptr(GError) err = NULL;
    g_autofree char *share = paths_share(&err);
    g_assert_false(migrate_check(f->one, &old));
    g_assert_error(old, ERR_DOMAIN, ERR_UNFIT);
    g_assert_nonnull(strstr(old->message, "muster store upgrade"));

    g_assert_true(migrate_upgrade(f->one, share, NOW, &err));
    g_assert_true(migrate_check(f->one, &err));
    g_assert_true(migrate_upgrade(f->one, share, NOW, &err)); /* nothing left to do */

    g_assert_true(db_run(f->one,
                         "INSERT INTO schema_version (version, applied_at) VALUES ($1, 0)",
                         DB_ARGS(db_int(STORE_VERSION + 1)), NULL, &err));
    g_assert_false(migrate_upgrade(f->one, share, NOW, &newer));
    g_assert_error(newer, ERR_DOMAIN, ERR_UNFIT);
}

static void test_first_version_is_upgraded_with_what_it_holds(Pair *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    g_autofree char *sql = NULL;
    g_autofree char *share = paths_share(&err);
    g_autofree char *file = g_build_filename(share, "schema", db_kind(f->one),
                                             "0001-foundation.sql", NULL);
    g_assert_true(g_file_get_contents(file, &sql, NULL, &err));
    db_run_script(f->one, sql, &err);
    db_run_script(f->one,
                  "INSERT INTO schema_version (version, applied_at) VALUES (1, 0);"
                  "INSERT INTO roster_since (id, at) VALUES (1, 7)",
                  &err);
    g_assert_no_error(err);
    migrate_upgrade(f->one, share, NOW, &err);
    g_assert_no_error(err);
    g_assert_true(migrate_check(f->one, &err));
    int64_t since = 0;
    int64_t count = -1;
    g_assert_true(
        db_select_int(f->one, "SELECT at FROM roster_since", DB_NO_ARGS, &since, &err));
    g_assert_true(
        db_select_int(f->one, "SELECT count(*) FROM tld_note", DB_NO_ARGS, &count, &err));
    g_assert_cmpint(since, ==, 7);
    g_assert_cmpint(count, ==, 0);
}

/* What such a statement would take back, were it to fail halfway, goes into a file. */
static void test_one_statement_may_change_megabytes(Pair *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    g_autofree char *text = g_strnfill(1000, 'x');
    g_autoptr(DbTransaction) transaction = db_begin(f->one, &err);
    int64_t changed = 0;
    for (int64_t id = 1; id <= 4000; id++) {
        g_autofree char *numbered = g_strdup_printf("%s%" G_GINT64_FORMAT, text, id);
        g_assert_true(insert(f->one, id, numbered, &err));
    }
    g_assert_true(db_commit(&transaction, &err));

    g_autoptr(DbTransaction) second = db_begin(f->one, &err);
    db_run(f->one, "UPDATE thing SET text = text || 'y'", DB_NO_ARGS, &changed, &err);
    g_assert_no_error(err);
    g_assert_cmpint(changed, ==, 4000);
    g_assert_true(db_commit(&second, &err));
}

#define ADD_PAIR_TEST(path, function)                                                          \
    g_test_add(path, Pair, NULL, pair_set_up, function, pair_tear_down)
#define ADD_FILE_TEST(path, function)                                                          \
    g_test_add(path, Pair, NULL, file_set_up, function, pair_tear_down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD_TEST("/db/values", test_values_come_back_as_they_went_in);
    ADD_TEST("/db/parameters", test_parameters_bind_by_number_in_any_order);
    ADD_TEST("/db/failures", test_kinds_of_failure);
    ADD_TEST("/db/rollback", test_transaction_out_of_scope_is_rolled_back);
    ADD_TEST("/db/rolled-back", test_what_follows_a_rollback_is_not_written);
    if (test_server() == NULL) /* PostgreSQL takes no such text */
        ADD_TEST("/db/nul", test_text_with_a_nul_is_damage);
    ADD_TEST("/db/claim", test_claim_takes_a_row_once);
    ADD_TEST("/db/batch", test_a_batch_is_many_rows);
    ADD_TEST("/db/tables", test_tables_are_found_by_name);
    ADD_TEST("/db/recursion", test_statement_may_run_within_itself);
    ADD_PAIR_TEST("/db/wake", test_wake_up_comes_with_the_commit);
    ADD_PAIR_TEST("/db/wake-all", test_all_who_listen_are_woken);
    ADD_PAIR_TEST("/db/wake-rollback", test_rolled_back_change_wakes_nobody);
    ADD_FILE_TEST("/db/full-disk", test_full_disk_is_never_success);
    ADD_FILE_TEST("/db/private", test_store_file_is_private_and_made_once);
    ADD_FILE_TEST("/db/missing", test_missing_store_and_foreign_scheme_are_told_apart);
    ADD_PAIR_TEST("/db/large-statement", test_one_statement_may_change_megabytes);
    ADD_PAIR_TEST("/db/version", test_version_is_checked);
    ADD_PAIR_TEST("/db/version/first", test_first_version_is_upgraded_with_what_it_holds);
    return g_test_run();
}
