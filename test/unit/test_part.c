#include "store/part.h"

#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "file_fixture.h"

static void write_into(const Part *part, const char *text)
{
    g_assert_true(g_file_set_contents_full(part_path(part), text, -1, G_FILE_SET_CONTENTS_NONE,
                                           0600, NULL));
}

static void test_file_appears_when_it_is_finished(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(Part) part = part_new(f->path, &err);
    g_autofree char *text = NULL;
    g_assert_no_error(err);
    write_into(part, "whole");
    g_assert_false(g_file_test(f->path, G_FILE_TEST_EXISTS));

    g_assert_true(part_finish(part, &err));
    g_assert_false(g_file_test(part_path(part), G_FILE_TEST_EXISTS));
    g_assert_true(g_file_get_contents(f->path, &text, NULL, &err));
    g_assert_cmpstr(text, ==, "whole");
}

static void test_only_we_can_read_it(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(Part) part = part_new(f->path, &err);
    GStatBuf status;
    g_assert_true(part_finish(part, &err));
    g_assert_cmpint(g_stat(f->path, &status), ==, 0);
    g_assert_cmpint(status.st_mode & 0777, ==, 0600);
}

static void test_part_that_is_not_finished_is_removed(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    Part *part = part_new(f->path, &err);
    g_autofree char *path = g_strdup(part_path(part));
    write_into(part, "half");
    part_free(part);
    g_assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
}

static void test_file_that_is_there_stays(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    g_assert_true(g_file_set_contents(f->path, "old", -1, &err));
    g_assert_null(part_new(f->path, &err));
    g_assert_error(err, ERR_DOMAIN, ERR_EXISTS);
}

/* It came while the part was written. */
static void test_file_that_came_meanwhile_stays(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    g_autofree char *text = NULL;
    g_autoptr(Part) part = part_new(f->path, &err);
    g_assert_true(g_file_set_contents(f->path, "old", -1, &err));
    g_assert_false(part_finish(part, &err));
    g_assert_error(err, ERR_DOMAIN, ERR_EXISTS);
    g_assert_true(g_file_get_contents(f->path, &text, NULL, NULL));
    g_assert_cmpstr(text, ==, "old");
}

static void test_two_cannot_write_the_same_file(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(GError) taken = NULL;
    g_autoptr(Part) one = part_new(f->path, &err);
    g_assert_no_error(err);
    g_assert_null(part_new(f->path, &taken));
    g_assert_error(taken, ERR_DOMAIN, ERR_EXISTS);
    g_assert_true(g_file_test(part_path(one), G_FILE_TEST_EXISTS));
}

static void test_part_of_a_dead_process_is_taken_over(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    g_autofree char *left = g_strconcat(f->path, ".part", NULL);
    g_assert_true(g_file_set_contents(left, "half", -1, &err));
    g_autoptr(Part) part = part_new(f->path, &err);
    g_autofree char *text = NULL;
    g_assert_no_error(err);
    g_assert_true(part_finish(part, &err));
    g_assert_true(g_file_get_contents(f->path, &text, NULL, &err));
    g_assert_cmpstr(text, ==, "");
}

static void test_folder_that_is_not_there(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    g_autofree char *path = g_build_filename(f->folder, "none", "file", NULL);
    g_assert_null(part_new(path, &err));
    g_assert_error(err, ERR_DOMAIN, ERR_NOT_FOUND);
}

#define ADD_TEST(path, function) g_test_add(path, Fixture, NULL, set_up, function, tear_down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD_TEST("/part/finished", test_file_appears_when_it_is_finished);
    ADD_TEST("/part/mode", test_only_we_can_read_it);
    ADD_TEST("/part/unfinished", test_part_that_is_not_finished_is_removed);
    ADD_TEST("/part/exists", test_file_that_is_there_stays);
    ADD_TEST("/part/came_meanwhile", test_file_that_came_meanwhile_stays);
    ADD_TEST("/part/two", test_two_cannot_write_the_same_file);
    ADD_TEST("/part/dead", test_part_of_a_dead_process_is_taken_over);
    ADD_TEST("/part/no_folder", test_folder_that_is_not_there);
    return g_test_run();
}
