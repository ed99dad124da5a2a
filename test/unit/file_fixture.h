/* A folder of its own for each test, and the path of a file in it that is not there yet. */
#pragma once

#include <glib/gstdio.h>

typedef struct {
    char *folder;
    char *path;
} Fixture;

static inline void set_up(Fixture *f, const void *unused)
{
    f->folder = g_dir_make_tmp("muster-XXXXXX", NULL);
    f->path = g_build_filename(f->folder, "file", NULL);
}

static inline void tear_down(Fixture *f, const void *unused)
{
    (void) g_unlink(f->path); /* not every test makes it */
    g_assert_cmpint(g_rmdir(f->folder), ==, 0);
    g_free(f->path);
    g_free(f->folder);
}
