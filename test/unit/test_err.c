#include "base/err.h"

#include <sysexits.h>

static void test_set_returns_false_and_keeps_kind_and_text(void)
{
    g_autoptr(GError) err = NULL;

    g_assert_false(err_set(&err, ERR_NOT_FOUND, "no list named \"%s\"", "x"));
    g_assert_error(err, ERR_DOMAIN, ERR_NOT_FOUND);
    g_assert_cmpstr(err->message, ==, "no list named \"x\"");
    g_assert_true(err_is(err, ERR_NOT_FOUND));
    g_assert_false(err_is(err, ERR_INVALID));
}

static void test_foreign_error_is_internal(void)
{
    g_autoptr(GError) err = g_error_new_literal(G_FILE_ERROR, G_FILE_ERROR_NOENT, "gone");

    g_assert_cmpint(err_kind(err), ==, ERR_INTERNAL);
    g_assert_false(err_is(err, ERR_INTERNAL)); /* only errors of our domain are of a kind */
}

static void test_our_own_fault_never_bounces_mail(void)
{
    g_assert_cmpstr(err_face(ERR_INTERNAL)->reply, ==, "451 4.3.0");
    g_assert_cmpstr(err_face(ERR_UNFIT)->reply, ==, "451 4.3.0");
    g_assert_cmpstr(err_face(ERR_TEMPORARY)->reply, ==, "451 4.3.0");
    g_assert_cmpint(err_face(ERR_TEMPORARY)->exit_status, ==, EX_TEMPFAIL);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/err/set", test_set_returns_false_and_keeps_kind_and_text);
    g_test_add_func("/err/foreign", test_foreign_error_is_internal);
    g_test_add_func("/err/internal-is-temporary-for-mail",
                    test_our_own_fault_never_bounces_mail);
    return g_test_run();
}
