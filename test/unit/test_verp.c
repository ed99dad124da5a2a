#include "mail/verp.h"

#include <glib.h>
#include <string.h>

static const uint8_t SECRET[SECRET_SIZE] = "these are thirty-two secret bits";
static const uint8_t OTHER_SECRET[SECRET_SIZE] = "those are thirty-two secret bits";

static const int64_t IDS[] = { 0, 1, 31, 255, 40000, G_MAXINT32, G_MAXINT64 };

static void test_tag_goes_round_in_any_case(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(IDS); i++) {
        int64_t id = -1;
        g_autofree char *tag = verp_tag(SECRET, IDS[i]);
        g_autofree char *upper = g_ascii_strup(tag, -1);

        g_assert_cmpuint(strlen(tag), ==, VERP_TAG_SIZE);
        g_assert_cmpuint(strspn(tag, "abcdefghijklmnopqrstuvwxyz234567"), ==, VERP_TAG_SIZE);
        g_assert_true(verp_read(SECRET, tag, &id));
        g_assert_cmpint(id, ==, IDS[i]);
        id = -1;
        g_assert_true(verp_read(SECRET, upper, &id));
        g_assert_cmpint(id, ==, IDS[i]);
    }
}

/* Bounces come back for weeks: a new version must read the tags of the old one. */
static void test_tag_stays_the_same_for_ever(void)
{
    g_autofree char *tag = verp_tag(SECRET, 40000);
    g_assert_cmpstr(tag, ==, "aaaaaaaaacoeay3rka6zd7mon3mmwsbl");
}

static void test_every_changed_character_is_refused(void)
{
    g_autofree char *tag = verp_tag(SECRET, 40000);

    for (size_t i = 0; i < VERP_TAG_SIZE; i++) {
        int64_t id = 77;
        g_autofree char *forged = g_strdup(tag);
        forged[i] = forged[i] == 'a' ? 'b' : 'a';
        g_assert_false(verp_read(SECRET, forged, &id));
        g_assert_cmpint(id, ==, 77);
    }
}

static void test_truncated_or_longer_tag_is_refused(void)
{
    g_autofree char *tag = verp_tag(SECRET, 40000);

    for (size_t size = 0; size < VERP_TAG_SIZE; size++) {
        int64_t id = 77;
        g_autofree char *cut = g_strndup(tag, size);
        g_assert_false(verp_read(SECRET, cut, &id));
    }
    g_autofree char *longer = g_strconcat(tag, "a", NULL);
    g_assert_false(verp_read(SECRET, longer, &(int64_t){ 0 }));
}

static void test_what_is_no_tag_is_refused(void)
{
    static const char *const CASES[] = {
        "",
        "=",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "00000000000000000000000000000000", /* no digit of base32 */
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\xc3",
        "77777777777777777777777777777777",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
        int64_t id = 77;
        g_test_message("%s", CASES[i]);
        g_assert_false(verp_read(SECRET, CASES[i], &id));
        g_assert_cmpint(id, ==, 77);
    }
}

static void test_tag_of_another_secret_is_refused(void)
{
    int64_t id = 77;
    g_autofree char *tag = verp_tag(OTHER_SECRET, 40000);

    g_assert_false(verp_read(SECRET, tag, &id));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/verp/round", test_tag_goes_round_in_any_case);
    g_test_add_func("/verp/stable", test_tag_stays_the_same_for_ever);
    g_test_add_func("/verp/forged", test_every_changed_character_is_refused);
    g_test_add_func("/verp/size", test_truncated_or_longer_tag_is_refused);
    g_test_add_func("/verp/no-tag", test_what_is_no_tag_is_refused);
    g_test_add_func("/verp/other-secret", test_tag_of_another_secret_is_refused);
    return g_test_run();
}
