/* A store in memory with this program's tables, for tests. */
#pragma once

#include <glib.h>

#include "base/paths.h"
#include "store/migrate.h"

#define NOW G_GINT64_CONSTANT(1790000000) /* 2026-09-21 */

typedef struct {
    Db *db;
} Fixture;

static void fixture_set_up(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    g_autofree char *share = paths_share(&err);
    g_assert_no_error(err);
    db_open("sqlite::memory:", "/", true, &f->db, &err);
    g_assert_no_error(err);
    migrate_upgrade(f->db, share, NOW, &err);
    g_assert_no_error(err);
}

static void fixture_tear_down(Fixture *f, gconstpointer unused)
{
    db_close(f->db);
}

#define ADD_TEST(path, function)                                                               \
    g_test_add(path, Fixture, NULL, fixture_set_up, function, fixture_tear_down)
