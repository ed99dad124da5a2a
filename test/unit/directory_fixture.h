/* A store in memory with the TLDs installed, for tests of the directory. */
#pragma once

#include <string.h>

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

/* The journal is whole and has so many rows. */
static inline void assert_journal(Db *db, int64_t want_rows)
{
    g_autoptr(GError) err = NULL;
    g_autofree char *broken = NULL;
    int64_t rows = -1;
    journal_verify(db, &rows, &broken, &err);
    g_assert_no_error(err);
    g_assert_null(broken);
    g_assert_cmpint(rows, ==, want_rows);
}

#define ADD_DIRECTORY_TEST(path, function)                                                     \
    g_test_add(path, Fixture, NULL, directory_set_up, function, fixture_tear_down)
