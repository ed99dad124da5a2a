#include "daemon/slot.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"

typedef struct {
    char *folder;
} Fixture;

static void set_up(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    f->folder = g_dir_make_tmp("slot-XXXXXX", &err);
    g_assert_no_error(err);
}

static void tear_down(Fixture *f, gconstpointer unused)
{
    g_autofree char *file = g_build_filename(f->folder, "worker.pid", NULL);
    (void) g_unlink(file);
    (void) g_rmdir(f->folder);
    g_free(f->folder);
}

static void test_a_slot_is_taken_once_and_names_who_has_it(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    g_autofree char *pid = g_strdup_printf("process %d", (int) getpid());
    int fd = -1;
    int other = -1;

    g_assert_true(slot_take(f->folder, "worker", &fd, &err));
    g_assert_false(slot_take(f->folder, "worker", &other, &err));
    g_assert_error(err, ERR_DOMAIN, ERR_EXISTS);
    g_assert_nonnull(strstr(err->message, pid));
    g_assert_cmpint(other, ==, -1);
    (void) close(fd);
}

static void test_a_slot_is_free_when_its_holder_is_gone(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    int fd = -1;

    g_assert_true(slot_take(f->folder, "worker", &fd, &err));
    slot_release(fd);
    g_assert_true(slot_take(f->folder, "worker", &fd, &err));
    slot_release(fd);
}

static void test_a_slot_that_was_left_names_nobody(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    g_autofree char *file = g_build_filename(f->folder, "worker.pid", NULL);
    g_autofree char *text = NULL;
    int fd = -1;

    g_assert_true(slot_take(f->folder, "worker", &fd, &err));
    slot_release(fd);
    g_assert_true(g_file_get_contents(file, &text, NULL, &err));
    g_assert_cmpstr(text, ==, "");
    slot_release(-1);
}

static void test_a_slot_needs_its_folder(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    int fd = -1;
    g_assert_false(slot_take("/nowhere/at/all", "worker", &fd, &err));
    g_assert_error(err, ERR_DOMAIN, ERR_TEMPORARY);
}

static void test_owners_tell_folders_and_roles_apart(Fixture *f, gconstpointer unused)
{
    g_autofree char *a = slot_owner("/run/a", "worker");
    g_autofree char *b = slot_owner("/run/b", "worker");
    g_autofree char *c = slot_owner("/run/a", "courier");

    g_assert_true(g_str_has_prefix(a, g_get_host_name()));
    g_assert_cmpstr(a, !=, b);
    g_assert_cmpstr(a, !=, c);
}

#define ADD(path, function) g_test_add(path, Fixture, NULL, set_up, function, tear_down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("/slot/a-slot-is-taken-once-and-names-who-has-it",
        test_a_slot_is_taken_once_and_names_who_has_it);
    ADD("/slot/a-slot-is-free-when-its-holder-is-gone",
        test_a_slot_is_free_when_its_holder_is_gone);
    ADD("/slot/a-slot-that-was-left-names-nobody", test_a_slot_that_was_left_names_nobody);
    ADD("/slot/a-slot-needs-its-folder", test_a_slot_needs_its_folder);
    ADD("/slot/owners-tell-folders-and-roles-apart", test_owners_tell_folders_and_roles_apart);
    return g_test_run();
}
