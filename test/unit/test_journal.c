#include "store/journal.h"

#include "store_fixture.h"

static void add_one(Db *db, int64_t person_id, const char *mobile)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(DbTransaction) transaction = db_begin(db, &err);
    const JournalValue values[] = { { "given_name", "Zoë" }, { "mobile", mobile } };
    const JournalEntry entry = {
        .actor = "cli:tester",
        .action = "contact.add",
        .tld = "ca",
        .person_id = person_id,
        .values = values,
        .n_values = G_N_ELEMENTS(values),
    };
    g_assert_true(journal_add(db, &entry, NOW, &err));
    g_assert_true(db_commit(&transaction, &err));
    g_assert_no_error(err);
}

static void verify(Db *db, int64_t want_rows, const char *want_broken)
{
    g_autoptr(GError) err = NULL;
    g_auto(JournalVerdict) verdict = { .rows = -1 };
    g_assert_true(journal_verify(db, &verdict, &err));
    g_assert_no_error(err);
    g_assert_cmpint(verdict.rows, ==, want_rows);
    g_assert_true((verdict.head == NULL) == (want_broken != NULL));
    if (want_broken == NULL)
        g_assert_null(verdict.broken);
    else
        g_assert_true(verdict.broken != NULL && g_str_has_prefix(verdict.broken, want_broken));
}

static void damage(Db *db, const char *sql)
{
    g_autoptr(GError) err = NULL;
    g_assert_true(db_run_script(db, sql, &err));
    g_assert_no_error(err);
}

static void test_chain_of_honest_rows_verifies(Fixture *f, gconstpointer unused)
{
    verify(f->db, 0, NULL);
    add_one(f->db, 1, "+16135550100");
    add_one(f->db, 2, NULL);
    add_one(f->db, 1, "+16135550101");
    verify(f->db, 3, NULL);
}

/* The same rows in a table without its constraints. */
#define REBUILD(table)                                                                         \
    "CREATE TABLE loose AS SELECT * FROM " table "; DROP TABLE " table                         \
    "; ALTER TABLE loose RENAME TO " table "; "

#define NUL "/* NUL */ " /* only where a text may hold one */

static void test_first_broken_row_is_named(Fixture *f, gconstpointer unused)
{
    static const struct {
        const char *sql;
        int64_t rows; /* right ones before it */
        const char *broken;
    } CASES[] = {
        { "UPDATE journal SET actor = 'cli:eve' WHERE seq = 2", 1, "row 2:" },
        { "UPDATE journal SET at = at + 1 WHERE seq = 1", 0, "row 1:" },
        { "UPDATE journal SET details = '' WHERE seq = 3", 2, "row 3:" },
        { "DELETE FROM journal WHERE seq = 2", 1, "row 3:" },
        { "DELETE FROM journal WHERE seq = 3", 2, "row 3:" },
        { "DELETE FROM journal_value WHERE seq = 3; DELETE FROM journal WHERE seq = 3", 2,
          "row 3:" },
        { "UPDATE journal_value SET value = '+1999' WHERE seq = 2 AND position = 1", 1,
          "row 2:" },
        { "UPDATE journal_value SET name = 'x' WHERE seq = 2 AND position = 1", 1, "row 2:" },
        { "DELETE FROM journal_value WHERE seq = 1 AND position = 1", 0, "row 1:" },
        { "UPDATE journal_head SET seq = 4", 3, "row 4:" },
        { NUL "UPDATE journal SET tld = tld || char(0) || 'x' WHERE seq = 2", 1, "row 2:" },
        { NUL "UPDATE journal_value SET value = 'a' || char(0) WHERE seq = 3", 1, "row 2:" },
        { REBUILD("journal") "UPDATE journal SET hash = NULL WHERE seq = 2", 1, "row 2:" },
        { REBUILD("journal") "UPDATE journal SET actor = NULL WHERE seq = 2", 1, "row 2:" },
        { REBUILD("journal_value") "UPDATE journal_value SET digest = NULL WHERE seq = 2", 1,
          "row 2:" },
        { REBUILD("journal_value") "UPDATE journal_value SET name = NULL WHERE seq = 2", 1,
          "row 2:" },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
        Fixture fresh = { .schema = NULL };
        g_test_message("%s", CASES[i].sql);
        if (g_str_has_prefix(CASES[i].sql, NUL) && !takes_broken_text(f->db))
            continue;
        fixture_set_up(&fresh, NULL);
        for (int n = 0; n < 3; n++)
            add_one(fresh.db, n, "+16135550100");
        damage(fresh.db, CASES[i].sql);
        verify(fresh.db, CASES[i].rows, CASES[i].broken);
        fixture_tear_down(&fresh, NULL);
    }
}

static void test_erasing_a_person_keeps_the_chain(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    add_one(f->db, 1, "+16135550100");
    add_one(f->db, 2, "+16135550101");
    g_assert_true(journal_erase_person(f->db, 1, &err));

    g_autoptr(GPtrArray) values = journal_values(f->db, 1, &err);
    const JournalRowValue *mobile = values->pdata[1];
    g_assert_true(mobile->is_erased);
    g_assert_null(mobile->value);
    verify(f->db, 2, NULL);
}

static void test_filters(Fixture *f, gconstpointer unused)
{
    static const struct {
        JournalFilter filter;
        int want;
    } CASES[] = {
        { { NULL, 0, 0 }, 2 }, { { "ca", 0, 0 }, 2 },       { { "nl", 0, 0 }, 0 },
        { { NULL, 2, 0 }, 1 }, { { NULL, 0, NOW + 1 }, 0 }, { { "ca", 1, NOW }, 1 },
    };
    add_one(f->db, 1, NULL);
    add_one(f->db, 2, NULL);

    for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
        g_autoptr(GError) err = NULL;
        g_autoptr(DbCursor) cursor = journal_query(f->db, &CASES[i].filter, &err);
        const void *row = NULL;
        int count = 0;
        while (db_next(cursor, &row, &err) && row != NULL)
            count++;
        g_assert_cmpint(count, ==, CASES[i].want);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD_TEST("/journal/verifies", test_chain_of_honest_rows_verifies);
    ADD_TEST("/journal/names-the-first-broken-row", test_first_broken_row_is_named);
    ADD_TEST("/journal/erased-person", test_erasing_a_person_keeps_the_chain);
    ADD_TEST("/journal/filters", test_filters);
    return g_test_run();
}
