#include "base/token.h"

#include <glib.h>
#include <string.h>

static void test_new_tokens_are_wellformed_and_differ(void)
{
    g_autofree char *one = token_new();
    g_autofree char *two = token_new();

    g_assert_cmpuint(strlen(one), ==, TOKEN_SIZE);
    g_assert_true(token_is_wellformed(one));
    g_assert_cmpstr(one, !=, two);
    g_assert_cmpuint(strspn(one, "abcdefghijklmnopqrstuvwxyz234567"), ==, TOKEN_SIZE);
}

static void test_wellformed_is_26_base32_digits(void)
{
    g_assert_true(token_is_wellformed("aaaaaaaaaaaaaaaaaaaaaaaaaa"));
    g_assert_true(token_is_wellformed("AAAAAAAAAAAAAAAAAAAAAAAAAA"));
    g_assert_false(token_is_wellformed("aaaaaaaaaaaaaaaaaaaaaaaaa"));
    g_assert_false(token_is_wellformed("aaaaaaaaaaaaaaaaaaaaaaaaaaa"));
    g_assert_false(token_is_wellformed("aaaaaaaaaaaaaaaaaaaaaaaa=="));
    g_assert_false(token_is_wellformed(""));
}

static void test_hash_is_sha256_and_ignores_case(void)
{
    g_autofree char *lower = token_hash("abc");
    g_autofree char *upper = token_hash("ABC");

    g_assert_cmpstr(lower, ==,
                    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    g_assert_cmpstr(upper, ==, lower);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/token/new", test_new_tokens_are_wellformed_and_differ);
    g_test_add_func("/token/wellformed", test_wellformed_is_26_base32_digits);
    g_test_add_func("/token/hash", test_hash_is_sha256_and_ignores_case);
    return g_test_run();
}
