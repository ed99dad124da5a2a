/* A community in memory whose secretariat may have texts of its own, and what IANA says of some
 * TLDs, for tests of membership/. */
#pragma once

#include <glib/gstdio.h>

#include "base/config.h"
#include "directory_fixture.h"
#include "queue/work.h"

typedef struct {
    Fixture base;
    Config *config;
    char *share;
    char *folder; /* the secretariat's texts */
} Community;

static inline void community_set_up(Community *c, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    directory_set_up(&c->base, unused);
    c->share = paths_share(&err);
    c->folder = g_dir_make_tmp("muster-XXXXXX", &err);
    g_assert_no_error(err);
    g_autofree char *conf = g_strdup_printf(
        "[community]\nlist = tld-ops@lists.example.org\n"
        "secretariat = Secretariat <secretariat@example.org>\n"
        "[mail]\ntemplates = %s\n",
        c->folder);
    config_parse(conf, strlen(conf), "/community/muster.conf", &c->config, &err);
    g_assert_no_error(err);
}

static inline void remove_tree(const char *path)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    for (const char *name = NULL; dir != NULL && (name = g_dir_read_name(dir)) != NULL;) {
        g_autofree char *inside = g_build_filename(path, name, NULL);
        remove_tree(inside);
    }
    g_assert_cmpint(g_remove(path), ==, 0);
}

static inline void community_tear_down(Community *c, gconstpointer unused)
{
    remove_tree(c->folder);
    config_free(c->config);
    g_free(c->share);
    g_free(c->folder);
    fixture_tear_down(&c->base, unused);
}

/* Puts a text of the secretariat's own in place. */
static inline void override(const Community *c, const char *language, const char *name,
                            const char *text)
{
    g_autoptr(GError) err = NULL;
    g_autofree char *folder = g_build_filename(c->folder, language, NULL);
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_assert_cmpint(g_mkdir_with_parents(folder, 0700), ==, 0);
    g_file_set_contents(path, text, -1, &err);
    g_assert_no_error(err);
}

static inline Work work_at(const Community *c, int64_t now)
{
    return (Work){
        .db = c->base.db, .config = c->config, .share = c->share, .actor = "cli:kim", .now = now
    };
}

/* IANA publishes admin@nic-TLD.example, and it is believed. */
static inline void publish(Db *db, const char *tld)
{
    g_autofree char *sql = g_strdup_printf(
        "INSERT INTO authority (tld, status, ds_count, administrative_email,"
        " administrative_trust, administrative_pending, technical_trust, technical_pending)"
        " VALUES ('%s', 'active', 0, 'admin@nic-%s.example', 'agreed', 0, 'none', 0)",
        tld, tld);
    run_sql(db, sql);
}

#define ADD_COMMUNITY_TEST(path, function)                                                     \
    g_test_add(path, Community, NULL, community_set_up, function, community_tear_down)
