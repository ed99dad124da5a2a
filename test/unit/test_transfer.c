#include "store/transfer.h"

#include <string.h>

#include "base/err.h"
#include "directory_fixture.h"

/* A second store beside the fixture's. */
typedef Fixture Other;

static void other_clear(Other *other)
{
    fixture_tear_down(other, NULL);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Other, other_clear)

static Other make_other(void)
{
    Other other = { .db = NULL };
    fixture_set_up(&other, NULL);
    return other;
}

static const char *share(void)
{
    static char *path;
    if (path == NULL)
        path = paths_share(NULL);
    return path;
}

static TransferOptions options(void)
{
    return (TransferOptions){ .share = share() };
}

static GPtrArray *tables(void)
{
    g_autoptr(GError) err = NULL;
    GPtrArray *list = table_list(share(), &err);
    g_assert_no_error(err);
    return list;
}

static GPtrArray *contents_of(Db *db)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(GPtrArray) list = tables();
    GPtrArray *contents = contents_read(db, list, NULL, NULL, &err);
    g_assert_no_error(err);
    return contents;
}

static void assert_same(Db *one, Db *other)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(GPtrArray) want = contents_of(one);
    g_autoptr(GPtrArray) have = contents_of(other);
    contents_check(want, have, &err);
    g_assert_no_error(err);
}

static void transfer(Db *from, Db *to)
{
    g_autoptr(GError) err = NULL;
    g_auto(Transfer) result = { .contents = NULL };
    const TransferOptions o = options();
    transfer_run(from, to, &o, &result, &err);
    g_assert_no_error(err);
}

/* The list */

static void test_table_stands_behind_those_it_refers_to(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(GPtrArray) list = tables();
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(Db) model = NULL;
    table_model(share(), &model, &err);
    g_assert_no_error(err);

    for (guint i = 0; i < list->len; i++) {
        const Table *table = list->pdata[i];
        for (int64_t n = 0;; n++) {
            g_autofree char *parent = NULL;
            db_select_text(model,
                           "SELECT \"table\" FROM pragma_foreign_key_list($1)"
                           " ORDER BY id LIMIT 1 OFFSET $2",
                           DB_ARGS(db_text(table->name), db_int(n)), &parent, &err);
            g_assert_no_error(err);
            if (parent == NULL)
                break;
            g_test_message("%s refers to %s", table->name, parent);
            g_assert_true(g_hash_table_contains(seen, parent));
        }
        g_hash_table_add(seen, table->name);
    }
}

static void test_list_tells_what_gives_ids(Fixture *f, gconstpointer unused)
{
    static const char *const SHOWN[] = { "person", "decision", "request", NULL };
    g_autoptr(GPtrArray) list = tables();
    guint found = 0;
    for (guint i = 0; i < list->len; i++) {
        const Table *table = list->pdata[i];
        bool is_shown = g_strv_contains(SHOWN, table->name); /* to people, by its number */
        g_assert_true(table->never_again == is_shown);
        g_assert_cmpstr(table->name, !=, "node"); /* is about who runs */
        if (is_shown)
            g_assert_true(table->gives_ids);
        if (g_str_equal(table->name, "address")) {
            g_assert_cmpstr(table->columns, ==,
                            "\"id\", \"person_id\", \"address\", \"key\", \"kind\","
                            " \"delivers\", \"created_at\", \"skeleton\"");
            g_assert_cmpint(table->types[0], ==, DB_INT);
            g_assert_cmpint(table->types[2], ==, DB_TEXT);
            found++;
        }
    }
    g_assert_cmpuint(found, ==, 1);
}

/* Digests */

static void assert_rows_differ(const DbValue *one, const DbValue *other, size_t n)
{
    Digest a = { .rows = 0 };
    Digest b = { .rows = 0 };
    digest_add(&a, one, n);
    digest_add(&b, other, n);
    g_autoptr(GBytes) first = digest_bytes(&a);
    g_autoptr(GBytes) second = digest_bytes(&b);
    g_assert_false(g_bytes_equal(first, second));
}

static void test_no_two_rows_look_alike(void)
{
    const DbValue rows[][2] = {
        { db_null(), db_null() },
        { db_text(""), db_null() },
        { db_null(), db_text("") },
        { db_raw("", 0), db_null() },
        { db_int(0), db_null() },
        { db_text("a"), db_text("bc") },
        { db_text("ab"), db_text("c") },
        { db_raw("ab", 2), db_text("c") },
        { db_raw("ab\0", 3), db_text("c") },
        { db_int(1), db_int(256) },
        { db_int(G_MININT64), db_int(G_MAXINT64) },
        { db_int(G_MAXINT64), db_int(G_MININT64) },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        for (size_t j = i + 1; j < G_N_ELEMENTS(rows); j++)
            assert_rows_differ(rows[i], rows[j], 2);
    }
}

static void test_order_of_rows_does_not_count(void)
{
    const DbValue rows[] = { db_text("a"), db_int(7), db_null() };
    Digest forward = { .rows = 0 };
    Digest backward = { .rows = 0 };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        digest_add(&forward, &rows[i], 1);
        digest_add(&backward, &rows[G_N_ELEMENTS(rows) - 1 - i], 1);
    }
    g_autoptr(GBytes) one = digest_bytes(&forward);
    g_autoptr(GBytes) other = digest_bytes(&backward);
    g_assert_true(g_bytes_equal(one, other));
}

/* Copies */

/* Every kind of value that a column may have. */
static void add_values(Db *db)
{
    static const uint8_t NUL[] = { 'a', 0, 0xff, 0 };
    g_autoptr(GError) err = NULL;
    (void) add_contact(db, "ca", "Zoë 'ß' שלום 漢字 \"", "zoe@example.org");
    (void) add_contact(db, "xn--p1ai", "Иван", "ivan@example.net");
    g_assert_true(db_run(db,
                         "INSERT INTO mail (id, received_at, envelope_from, is_utf8, is_8bit,"
                         " size, data) VALUES ($1, $2, '', 1, 0, $3, $4)",
                         DB_ARGS(db_int(G_MAXINT64 - 1), db_int(G_MININT64), db_int(G_MAXINT64),
                                 db_raw(NUL, sizeof NUL)),
                         NULL, &err));
    g_assert_true(db_run(db,
                         "INSERT INTO message (kind, bounces, is_utf8, is_8bit, subject,"
                         " created_at, data) VALUES ('post', 1, 0, 0, $1, 0, $2)",
                         DB_ARGS(db_text("tab\tline\nend\\N"), db_raw("", 0)), NULL, &err));
}

static void test_all_kinds_of_values_travel_both_ways(Fixture *f, gconstpointer unused)
{
    g_auto(Other) other_store = make_other();
    Db *other = other_store.db;
    g_auto(Other) back_store = make_other();
    Db *back = back_store.db;
    add_values(f->db);
    transfer(f->db, other);
    assert_same(f->db, other);
    transfer(other, back);
    assert_same(f->db, back);
    assert_journal(back, 2);
    g_assert_cmpint(count_rows(back, "SELECT count(*) FROM mail WHERE envelope_from = ''"
                                     " AND size = 9223372036854775807"),
                    ==, 1);
    g_assert_cmpint(count_rows(back, "SELECT length(data) FROM mail"), ==, 4);
    g_assert_cmpint(count_rows(back, "SELECT count(*) FROM message WHERE length(data) = 0"), ==,
                    1);
    g_assert_cmpint(count_rows(back, "SELECT count(*) FROM person WHERE ascii_name IS NULL"),
                    ==, 2);
}

static void test_into_the_fixture_and_its_ids_go_on(Fixture *f, gconstpointer unused)
{
    g_auto(Other) other_store = make_other();
    Db *other = other_store.db;
    g_autoptr(GError) err = NULL;
    tld_install(other, share(), &err);
    for (int i = 0; i < 3; i++) {
        g_autofree char *address = g_strdup_printf("a%d@example.org", i);
        (void) add_contact(other, "ca", "Ann", address);
    }
    run_sql(other, "DELETE FROM seat WHERE person_id = 3");
    run_sql(other, "DELETE FROM person WHERE id = 3");

    transfer(other, f->db);
    assert_same(other, f->db);
    g_assert_cmpint(add_contact(f->db, "ca", "Bob", "bob@example.org"), ==, 4);
    g_assert_cmpint(count_rows(f->db, "SELECT max(id) FROM address"), ==, 3);
}

static void test_ids_go_on_where_all_people_have_left(Fixture *f, gconstpointer unused)
{
    g_auto(Other) other_store = make_other();
    Db *other = other_store.db;
    g_autoptr(GError) err = NULL;
    tld_install(other, share(), &err);
    (void) add_contact(other, "ca", "Ann", "ann@example.org");
    run_sql(other, "DELETE FROM seat");
    run_sql(other, "DELETE FROM person");

    transfer(other, f->db);
    assert_same(other, f->db);
    g_assert_cmpint(add_contact(f->db, "ca", "Bob", "bob@example.org"), ==, 2);
}

/* Refusals */

static void assert_refused(Db *from, Db *to, const TransferOptions *o, ErrKind kind,
                           const char *why)
{
    g_autoptr(GError) err = NULL;
    g_auto(Transfer) result = { .contents = NULL };
    g_autoptr(GPtrArray) before = contents_of(to);
    g_assert_false(transfer_run(from, to, o, &result, &err));
    g_test_message("%s", err->message);
    g_assert_error(err, ERR_DOMAIN, (int) kind);
    g_assert_nonnull(strstr(err->message, why));
    g_assert_null(result.contents);

    g_autoptr(GPtrArray) after = contents_of(to);
    g_clear_error(&err);
    contents_check(before, after, &err);
    g_assert_no_error(err);
}

static void test_store_in_use_is_left_alone(Fixture *f, gconstpointer unused)
{
    static const char *const USES[] = {
        "INSERT INTO mail (received_at, envelope_from, is_utf8, is_8bit, size, data)"
        " SELECT 0, '', 0, 0, 0, hash FROM journal_head",
        "INSERT INTO message (kind, bounces, is_utf8, is_8bit, created_at, data)"
        " SELECT 'post', 1, 0, 0, 0, hash FROM journal_head",
        "INSERT INTO journal (seq, at, actor, action, person_id, hash)"
        " SELECT 1, 0, 'cli:tester', 'contact.add', 0, hash FROM journal_head",
        "INSERT INTO person (given_name, family_name, search_name, language, created_at)"
        " VALUES ('Ann', '', 'ann', 'en', 0)",
    };
    g_auto(Other) other_store = make_other();
    Db *other = other_store.db;
    const TransferOptions o = options();
    for (size_t i = 0; i < G_N_ELEMENTS(USES); i++) {
        Fixture used = { .db = NULL };
        fixture_set_up(&used, NULL);
        run_sql(used.db, USES[i]);
        assert_refused(other, used.db, &o, ERR_EXISTS, "in use");
        fixture_tear_down(&used, NULL);
    }
}

static void test_store_in_use_is_replaced_if_asked_for(Fixture *f, gconstpointer unused)
{
    g_auto(Other) other_store = make_other();
    Db *other = other_store.db;
    g_autoptr(GError) err = NULL;
    g_auto(Transfer) result = { .contents = NULL };
    TransferOptions o = options();
    o.may_replace = true;
    (void) add_contact(f->db, "ca", "Ann", "ann@example.org");
    transfer_run(other, f->db, &o, &result, &err);
    g_assert_no_error(err);
    assert_same(other, f->db);
    g_assert_cmpint(count_rows(f->db, "SELECT count(*) FROM person"), ==, 0);
}

/* What is found out only when all rows are written is undone to the last of them. */
static void test_source_that_is_not_as_known_leaves_no_trace(Fixture *f, gconstpointer unused)
{
    g_auto(Other) other_store = make_other();
    Db *other = other_store.db;
    g_autoptr(GPtrArray) known = contents_of(other);
    g_autoptr(GError) err = NULL;
    TransferOptions o = options();
    o.known = known;
    o.may_replace = true;
    tld_install(other, share(), &err);
    (void) add_contact(other, "ca", "Bob", "bob@example.org");
    (void) add_contact(f->db, "ca", "Ann", "ann@example.org");
    assert_refused(other, f->db, &o, ERR_INVALID, "rows and should have");
    g_assert_cmpint(add_contact(f->db, "ca", "Ann", "ann2@example.org"), ==, 2);
}

static void test_broken_journal_is_taken_only_if_asked_for(Fixture *f, gconstpointer unused)
{
    g_auto(Other) other_store = make_other();
    Db *other = other_store.db;
    g_autoptr(GError) err = NULL;
    g_auto(Transfer) result = { .contents = NULL };
    TransferOptions o = options();
    (void) add_contact(f->db, "ca", "Ann", "ann@example.org");
    run_sql(f->db, "UPDATE journal SET actor = 'cli:somebody'");
    assert_refused(f->db, other, &o, ERR_INVALID, "journal is broken at row 1");

    o.may_have_broken_journal = true;
    transfer_run(f->db, other, &o, &result, &err);
    g_assert_no_error(err);
    g_assert_nonnull(result.journal.broken);
    assert_same(f->db, other);
}

typedef struct {
    guint copied;
    guint checked;
} Seen;

static void count_steps(void *data, const char *step, const char *table, int64_t rows,
                        int64_t total)
{
    Seen *seen = data;
    if (g_str_equal(table, "tld") && rows == 309)
        *(g_str_equal(step, "copying") ? &seen->copied : &seen->checked) += 1;
}

static void test_who_looks_on_sees_every_table(Fixture *f, gconstpointer unused)
{
    g_auto(Other) other_store = make_other();
    Db *other = other_store.db;
    g_autoptr(GError) err = NULL;
    g_auto(Transfer) result = { .contents = NULL };
    Seen seen = { 0, 0 };
    const Progress progress = { count_steps, &seen };
    TransferOptions o = options();
    o.progress = &progress;
    transfer_run(f->db, other, &o, &result, &err);
    g_assert_no_error(err);
    g_assert_cmpuint(seen.copied, ==, 1);
    g_assert_cmpuint(seen.checked, ==, 1);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD_TEST("/transfer/order", test_table_stands_behind_those_it_refers_to);
    ADD_TEST("/transfer/list", test_list_tells_what_gives_ids);
    g_test_add_func("/transfer/rows_differ", test_no_two_rows_look_alike);
    g_test_add_func("/transfer/any_order", test_order_of_rows_does_not_count);
    ADD_DIRECTORY_TEST("/transfer/values", test_all_kinds_of_values_travel_both_ways);
    ADD_DIRECTORY_TEST("/transfer/ids", test_into_the_fixture_and_its_ids_go_on);
    ADD_DIRECTORY_TEST("/transfer/ids_of_nobody", test_ids_go_on_where_all_people_have_left);
    ADD_TEST("/transfer/in_use", test_store_in_use_is_left_alone);
    ADD_DIRECTORY_TEST("/transfer/replace", test_store_in_use_is_replaced_if_asked_for);
    ADD_DIRECTORY_TEST("/transfer/not_as_known",
                       test_source_that_is_not_as_known_leaves_no_trace);
    ADD_DIRECTORY_TEST("/transfer/broken_journal",
                       test_broken_journal_is_taken_only_if_asked_for);
    ADD_DIRECTORY_TEST("/transfer/progress", test_who_looks_on_sees_every_table);
    return g_test_run();
}
