/* A store in memory with the TLDs installed, for tests of the directory. */
#pragma once

#include <string.h>

#include "directory/contact.h"
#include "directory/tld.h"
#include "store/journal.h"
#include "store_fixture.h"

static void directory_set_up(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    fixture_set_up(f, unused);
    g_autofree char *share = paths_share(&err);
    tld_install(f->db, share, &err);
    g_assert_no_error(err);
}

static inline void run_sql(Db *db, const char *sql)
{
    g_autoptr(GError) err = NULL;
    db_run_script(db, sql, &err);
    g_assert_no_error(err);
}

static const Edit EDIT = { .actor = "cli:tester", .now = NOW, .contacts_per_tld = 3 };

/* Adds a contact whose primary address is inside of example domains; its number. */
static inline int64_t add_contact(Db *db, const char *tld, const char *given,
                                  const char *primary)
{
    g_autoptr(GError) err = NULL;
    const PersonInput input = {
        .given_name = given,
        .family_name = "Doe",
        .mobile = "+1 613 555 0100",
        .primary = primary,
    };
    int64_t id = 0;
    contact_add(db, &EDIT, tld, 0, &input, &id, &err);
    g_assert_no_error(err);
    return id;
}

static inline int64_t count_rows(Db *db, const char *select)
{
    g_autoptr(GError) err = NULL;
    int64_t count = -1;
    db_select_int(db, select, DB_NO_ARGS, &count, &err);
    g_assert_no_error(err);
    return count;
}

/* The journal is whole and has so many rows. */
static inline void assert_journal(Db *db, int64_t want_rows)
{
    g_autoptr(GError) err = NULL;
    g_auto(JournalVerdict) verdict = { .rows = -1 };
    journal_verify(db, &verdict, &err);
    g_assert_no_error(err);
    g_assert_null(verdict.broken);
    g_assert_cmpint(verdict.rows, ==, want_rows);
}

#define ADD_DIRECTORY_TEST(path, function)                                                     \
    g_test_add(path, Fixture, NULL, directory_set_up, function, fixture_tear_down)
