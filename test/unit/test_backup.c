#include "store/backup.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "directory_fixture.h"
#include "store/transfer.h"

/* A store with people in it, and a folder for its backups. */
typedef struct {
    Fixture store;
    char *share;
    char *folder;
    char *file; /* in it, not there yet */
} Place;

static void place_set_up(Place *p, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    directory_set_up(&p->store, unused);
    (void) add_contact(p->store.db, "ca", "Zoë", "zoe@example.org");
    (void) add_contact(p->store.db, "gb", "Ann", "ann@example.net");
    p->share = paths_share(&err);
    p->folder = g_dir_make_tmp("muster-backup-XXXXXX", &err);
    g_assert_no_error(err);
    p->file = g_build_filename(p->folder, "a %3f b?.db", NULL); /* a name that is no URI */
}

static guint files_in(const char *folder)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    guint count = 0;
    while (g_dir_read_name(dir) != NULL)
        count++;
    return count;
}

static void place_tear_down(Place *p, gconstpointer unused)
{
    (void) g_unlink(p->file); /* not every test makes it */
    g_assert_cmpuint(files_in(p->folder), ==, 0);
    g_assert_cmpint(g_rmdir(p->folder), ==, 0);
    g_free(p->file);
    g_free(p->folder);
    g_free(p->share);
    fixture_tear_down(&p->store, unused);
}

static void write_backup(const Place *p)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(Backup) backup = backup_write(p->store.db, p->file, p->share, NOW, NULL, &err);
    g_assert_no_error(err);
    g_assert_nonnull(backup);
}

static Backup *open_backup(const Place *p)
{
    g_autoptr(GError) err = NULL;
    Backup *backup = backup_open(p->file, p->share, NULL, &err);
    g_assert_no_error(err);
    return backup;
}

static void assert_refused(const Place *p, ErrKind kind, const char *why)
{
    g_autoptr(GError) err = NULL;
    g_assert_null(backup_open(p->file, p->share, NULL, &err));
    g_test_message("%s", err->message);
    g_assert_error(err, ERR_DOMAIN, (int) kind);
    g_assert_nonnull(strstr(err->message, why));
}

/* As the backup, without waiting for the disk. */
static void put_bytes(const Place *p, const char *bytes, gsize size)
{
    (void) g_unlink(p->file); /* a longer one would keep its end */
    g_assert_true(g_file_set_contents_full(p->file, bytes, (gssize) size,
                                           G_FILE_SET_CONTENTS_NONE, 0600, NULL));
}

/* What somebody does to a backup with SQL. */
static void change(const Place *p, const char *sql)
{
    g_autoptr(GError) err = NULL;
    g_autofree char *url = g_strconcat("sqlite:", p->file, NULL);
    g_autoptr(Db) db = NULL;
    g_assert_true(db_open(url, "/", false, &db, &err));
    run_sql(db, "PRAGMA foreign_keys = OFF; PRAGMA synchronous = OFF");
    run_sql(db, sql);
}

static void restore(const Backup *backup, const char *share, Db *to)
{
    g_autoptr(GError) err = NULL;
    g_auto(Transfer) transfer = { .contents = NULL };
    const TransferOptions options = {
        .share = share,
        .known = backup->contents,
        .may_replace = true,
    };
    transfer_run(backup->db, to, &options, &transfer, &err);
    g_assert_no_error(err);
}

static void test_backup_says_what_it_is(Place *p, gconstpointer unused)
{
    write_backup(p);
    g_autoptr(Backup) backup = open_backup(p);
    struct stat status;
    g_assert_cmpint(backup->origin->created_at, ==, NOW);
    g_assert_cmpstr(backup->origin->program, ==, MUSTER_VERSION);
    g_assert_cmpstr(backup->origin->source, ==, db_kind(p->store.db));
    g_assert_cmpint(backup->origin->version, ==, STORE_VERSION);
    g_assert_cmpint(backup->origin->journal_rows, ==, 2);
    g_assert_cmpint(backup->journal.rows, ==, 2);
    g_assert_null(backup->journal.broken);
    g_assert_cmpint(stat(p->file, &status), ==, 0);
    g_assert_cmpint(status.st_mode & 0777, ==, 0600);
    g_assert_cmpint(backup->size, ==, status.st_size);
    g_assert_cmpuint(files_in(p->folder), ==, 1);
}

static void test_what_is_restored_is_what_was_backed_up(Place *p, gconstpointer unused)
{
    Fixture other = { .db = NULL };
    fixture_set_up(&other, NULL);
    write_backup(p);
    g_autoptr(Backup) backup = open_backup(p);
    restore(backup, p->share, other.db);
    assert_journal(other.db, 2);
    g_assert_cmpint(count_rows(other.db, "SELECT count(*) FROM address"), ==, 2);
    g_assert_cmpint(add_contact(other.db, "ca", "Bob", "bob@example.org"), ==, 3);

    restore(backup, p->share, p->store.db); /* and where it came from */
    g_assert_cmpint(count_rows(p->store.db, "SELECT count(*) FROM tld"), ==, 309);
    fixture_tear_down(&other, NULL);
}

static void test_backup_is_a_store_to_look_into(Place *p, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    g_autofree char *url = g_strconcat("sqlite:", p->file, NULL);
    g_autoptr(Db) db = NULL;
    write_backup(p);
    g_assert_true(db_open(url, "/", false, &db, &err) && migrate_check(db, &err));
    assert_journal(db, 2);
}

static void test_backup_of_a_changed_journal_tells(Place *p, gconstpointer unused)
{
    run_sql(p->store.db, "UPDATE journal SET actor = 'cli:somebody' WHERE seq = 2");
    write_backup(p);
    g_autoptr(Backup) backup = open_backup(p);
    g_assert_nonnull(backup->journal.broken);
    g_assert_cmpint(backup->journal.rows, ==, 1);
}

static void test_nothing_is_overwritten(Place *p, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    write_backup(p);
    g_assert_null(backup_write(p->store.db, p->file, p->share, NOW, NULL, &err));
    g_assert_error(err, ERR_DOMAIN, ERR_EXISTS);
    g_autoptr(Backup) backup = open_backup(p);
    g_assert_nonnull(backup);
}

/* What fails on the way leaves nothing. */
static void test_store_without_tables_makes_no_backup(Place *p, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(Db) empty = NULL;
    g_assert_true(db_open("sqlite::memory:", "/", true, &empty, &err));
    g_assert_null(backup_write(empty, p->file, p->share, NOW, NULL, &err));
    g_assert_nonnull(err);
    g_assert_cmpuint(files_in(p->folder), ==, 0);
}

static const struct {
    const char *sql;
    const char *why;
} CHANGES[] = {
    { "UPDATE person SET mobile = '+16135550199' WHERE id = 1", "table person was changed" },
    { "UPDATE person SET ascii_name = '' WHERE id = 1", "table person was changed" },
    { "UPDATE tld SET note = NULL WHERE note IS NOT NULL", "table tld was changed" },
    { "UPDATE journal SET actor = 'cli:somebody'", "table journal was changed" },
    { "DELETE FROM seat WHERE id = 1", "table seat has 1 rows and should have 2" },
    { "INSERT INTO tld_absent VALUES ('qq', 'Q', 'retired', '')", "table tld_absent has" },
    { "UPDATE sqlite_sequence SET seq = 5", "table person has given ids up to 5" },
    { "UPDATE backup_content SET rows = 3 WHERE name = 'seat'", "was changed" },
    { "UPDATE backup_content SET position = 99 WHERE name = 'seat'", "was changed" },
    { "DELETE FROM backup_content", "was changed" },
    { "UPDATE backup_origin SET created_at = 1", "was changed" },
    { "UPDATE backup_origin SET seal = x''", "was changed" },
    { "DELETE FROM backup_origin", "does not say where it comes from" },
    { "UPDATE backup_origin SET version = 99, program = '9' || char(27)",
      "restore it with muster 9\\x1b" },
    { "UPDATE backup_origin SET version = 0", "then run \"muster store upgrade\"" },
    { "DROP TABLE backup_origin", "it is a store and no backup" },
    { "DROP TABLE backup_origin; CREATE VIEW backup_origin AS SELECT 1 AS version",
      "it is a store and no backup" },
    { "DROP TABLE backup_content", "backup_content" },
    { "DROP TABLE office", "\"office" },
    { "DROP INDEX seat_person", "seat_person" },
    { "CREATE TABLE more (id INTEGER)", "\"more\"" },
    { "CREATE VIEW v AS SELECT 1", "\"v\"" },
    { "CREATE TRIGGER t AFTER INSERT ON person BEGIN SELECT 1; END", "\"t\"" },
    { "CREATE INDEX i ON person (lower(given_name))", "\"i\"" },
    { "CREATE VIRTUAL TABLE aaa USING fts5(x)", "\"aaa" },
    { "ALTER TABLE seat ADD COLUMN more TEXT", "\"seat\"" },
};

static void test_what_was_changed_is_refused(Place *p, gconstpointer unused)
{
    g_autofree char *bytes = NULL;
    gsize size = 0;
    write_backup(p);
    g_assert_true(g_file_get_contents(p->file, &bytes, &size, NULL));
    for (size_t i = 0; i < G_N_ELEMENTS(CHANGES); i++) {
        g_test_message("%s", CHANGES[i].sql);
        put_bytes(p, bytes, size);
        change(p, CHANGES[i].sql);
        assert_refused(p, ERR_INVALID, CHANGES[i].why);
    }
}

/* The comments of a schema may be mended without a new version. */
static void test_comments_of_the_schema_do_not_count(Place *p, gconstpointer unused)
{
    write_backup(p);
    change(p, "DROP TABLE roster_since;"
              "CREATE TABLE roster_since ( -- isn't \"due\"\n"
              "  id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1), -- one\n\n"
              "  at INTEGER NOT NULL\n) STRICT");
    g_autoptr(Backup) backup = open_backup(p);
    g_assert_nonnull(backup);
}

static void test_what_is_no_backup_is_refused(Place *p, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    g_autofree char *garbage = g_strnfill(5000, 'x');
    assert_refused(p, ERR_NOT_FOUND, "No such file");

    g_assert_true(g_file_set_contents(p->file, "", 0, &err));
    assert_refused(p, ERR_INVALID, "it is empty");
    g_assert_true(g_file_set_contents(p->file, "SQLite format 3", -1, &err));
    assert_refused(p, ERR_INVALID, "it is too short");
    g_assert_true(g_file_set_contents(p->file, garbage, -1, &err));
    assert_refused(p, ERR_INVALID, "it is something else");
    memcpy(garbage, "SQLite format 3", 16);
    g_assert_true(g_file_set_contents(p->file, garbage, 5000, &err));
    assert_refused(p, ERR_INVALID, "should have");
    g_assert_cmpint(g_unlink(p->file), ==, 0);

    g_assert_cmpint(g_mkdir(p->file, 0700), ==, 0);
    assert_refused(p, ERR_INVALID, "it is no file");
    g_assert_cmpint(g_rmdir(p->file), ==, 0);
    g_assert_cmpint(mkfifo(p->file, 0600), ==, 0);
    assert_refused(p, ERR_INVALID, "it is no file");
}

static void test_database_of_somebody_else_is_refused(Place *p, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    g_autofree char *url = g_strconcat("sqlite:", p->file, NULL);
    Db *db = NULL;
    g_assert_true(db_open(url, "/", true, &db, &err));
    run_sql(db, "CREATE TABLE song (id INTEGER)");
    db_close(db);
    assert_refused(p, ERR_INVALID, "no backup made by Muster");
}

static void test_cut_off_file_is_refused(Place *p, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    g_autofree char *bytes = NULL;
    gsize size = 0;
    write_backup(p);
    g_assert_true(g_file_get_contents(p->file, &bytes, &size, &err));
    for (gsize cut = 1; cut < size; cut += size / 7) {
        put_bytes(p, bytes, size - cut);
        assert_refused(p, ERR_INVALID, size - cut < 100 ? "too short" : "it was cut off");
    }
    g_autofree char *longer = g_malloc0(size + 1);
    memcpy(longer, bytes, size);
    g_assert_true(g_file_set_contents(p->file, longer, (gssize) size + 1, &err));
    assert_refused(p, ERR_INVALID, "should have");
}

#define HEADER 100 /* bytes of the header of an SQLite file */
#define FLIPS  170
#define PAGE   4096

/* Pages are filled from their end. */
static gsize flip_at(gsize i, gsize size)
{
    gsize n_pages = size / PAGE;
    return (i % n_pages + 1) * PAGE - 1 - i * 7 % 300;
}

/* A flipped bit is found, or it lies where nothing is kept. */
static void test_flipped_bits_are_found(Place *p, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    g_autofree char *bytes = NULL;
    gsize size = 0;
    guint refused = 0;
    write_backup(p);
    g_autoptr(Backup) whole = open_backup(p);
    g_assert_true(g_file_get_contents(p->file, &bytes, &size, &err));

    for (gsize i = 0; i < FLIPS; i++) {
        gsize at = i < HEADER ? i : flip_at(i - HEADER, size);
        bytes[at] ^= (char) (1 << i % 8);
        put_bytes(p, bytes, size);
        bytes[at] ^= (char) (1 << i % 8);
        g_autoptr(GError) why = NULL;
        g_autoptr(Backup) flipped = backup_open(p->file, p->share, NULL, &why);
        if (flipped == NULL) {
            refused++;
            continue;
        }
        g_test_message("byte %" G_GSIZE_FORMAT " does not count", at);
        contents_check(whole->contents, flipped->contents, &err);
        g_assert_no_error(err);
        g_assert_cmpstr(whole->journal.head, ==, flipped->journal.head);
    }
    g_test_message("%u of %u were refused", refused, FLIPS);
    g_assert_cmpuint(refused, >, FLIPS / 4);
}

#define ADD_PLACE_TEST(path, function)                                                         \
    g_test_add(path, Place, NULL, place_set_up, function, place_tear_down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD_PLACE_TEST("/backup/says", test_backup_says_what_it_is);
    ADD_PLACE_TEST("/backup/restore", test_what_is_restored_is_what_was_backed_up);
    ADD_PLACE_TEST("/backup/is_store", test_backup_is_a_store_to_look_into);
    ADD_PLACE_TEST("/backup/broken_journal", test_backup_of_a_changed_journal_tells);
    ADD_PLACE_TEST("/backup/exists", test_nothing_is_overwritten);
    ADD_PLACE_TEST("/backup/no_tables", test_store_without_tables_makes_no_backup);
    ADD_PLACE_TEST("/backup/changed", test_what_was_changed_is_refused);
    ADD_PLACE_TEST("/backup/comments", test_comments_of_the_schema_do_not_count);
    ADD_PLACE_TEST("/backup/no_backup", test_what_is_no_backup_is_refused);
    ADD_PLACE_TEST("/backup/foreign", test_database_of_somebody_else_is_refused);
    ADD_PLACE_TEST("/backup/cut_off", test_cut_off_file_is_refused);
    ADD_PLACE_TEST("/backup/flips", test_flipped_bits_are_found);
    return g_test_run();
}
