#include "base/secret.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/err.h"
#include "file_fixture.h"

#define HEX16 "0123456789abcdef"
#define HEX64 HEX16 HEX16 HEX16 HEX16

static void put(const Fixture *f, const char *text, int mode)
{
    g_assert_true(g_file_set_contents(f->path, text, -1, NULL));
    g_assert_cmpint(g_chmod(f->path, mode), ==, 0);
}

static void test_created_secret_is_private_and_loads(Fixture *f, const void *unused)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(GBytes) secret = NULL;
    struct stat st;

    g_assert_true(secret_create(f->path, &err));
    g_assert_no_error(err);
    g_assert_cmpint(stat(f->path, &st), ==, 0);
    g_assert_cmpint(st.st_mode & 0777, ==, 0600);
    g_assert_true(secret_load(f->path, &secret, &err));
    g_assert_cmpuint(g_bytes_get_size(secret), ==, SECRET_SIZE);
}

static void test_create_never_overwrites(Fixture *f, const void *unused)
{
    g_autoptr(GError) err = NULL;
    g_autofree char *text = NULL;

    put(f, "kept", 0600);
    g_assert_false(secret_create(f->path, &err));
    g_assert_error(err, ERR_DOMAIN, ERR_EXISTS);
    g_assert_true(g_file_get_contents(f->path, &text, NULL, NULL));
    g_assert_cmpstr(text, ==, "kept");
}

static void test_absent_secret_is_not_found(Fixture *f, const void *unused)
{
    g_autoptr(GError) err = NULL;
    GBytes *secret = NULL;

    g_assert_false(secret_load(f->path, &secret, &err));
    g_assert_error(err, ERR_DOMAIN, ERR_NOT_FOUND);
    g_assert_null(secret);
}

static void test_mode_decides_whether_it_loads(Fixture *f, const void *unused)
{
    static const struct {
        int mode;
        bool is_fine;
    } MODES[] = {
        { 0600, true }, { 0400, true }, { 0640, true }, { 0604, false }, { 0660, false }
    };

    for (size_t i = 0; i < G_N_ELEMENTS(MODES); i++) {
        g_autoptr(GError) err = NULL;
        g_autoptr(GBytes) secret = NULL;

        put(f, HEX64 "\n", MODES[i].mode);
        g_assert_cmpint(secret_load(f->path, &secret, &err), ==, MODES[i].is_fine);
        if (!MODES[i].is_fine)
            g_assert_error(err, ERR_DOMAIN, ERR_DENIED);
    }
}

static void test_anything_but_64_hex_digits_is_invalid(Fixture *f, const void *unused)
{
    static const char *const REFUSED[] = {
        "", "\n", HEX16, HEX64 "0", HEX64 "\n\n", "x" HEX16 HEX16 HEX16 "123456789abcdef"
    };

    for (size_t i = 0; i < G_N_ELEMENTS(REFUSED); i++) {
        g_autoptr(GError) err = NULL;
        GBytes *secret = NULL;

        put(f, REFUSED[i], 0600);
        g_assert_false(secret_load(f->path, &secret, &err));
        g_assert_error(err, ERR_DOMAIN, ERR_INVALID);
    }
}

static void test_line_end_may_be_missing(Fixture *f, const void *unused)
{
    g_autoptr(GBytes) secret = NULL;

    put(f, HEX64, 0600);
    g_assert_true(secret_load(f->path, &secret, NULL));
    g_assert_cmpmem(g_bytes_get_data(secret, NULL), 3, "\x01\x23\x45", 3);
}

static void add(const char *path, void (*test)(Fixture *, const void *))
{
    g_test_add(path, Fixture, NULL, set_up, test, tear_down);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add("/secret/created", test_created_secret_is_private_and_loads);
    add("/secret/exists", test_create_never_overwrites);
    add("/secret/absent", test_absent_secret_is_not_found);
    add("/secret/mode", test_mode_decides_whether_it_loads);
    add("/secret/invalid", test_anything_but_64_hex_digits_is_invalid);
    add("/secret/no-line-end", test_line_end_may_be_missing);
    return g_test_run();
}
