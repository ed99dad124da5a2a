#include "mail/encoded_word.h"

#include <glib.h>

static const struct {
    const char *value;
    bool hides;
} CASES[] = {
    { "", false },
    { "plain =0d=0a text", false },
    { "=?utf-8?q?caf=C3=A9?=", false },
    { "=?utf-8?q?a=0D=0ABcc:_eve@example.org?=", true },
    { "=?utf-8?Q?a=0d?=", true },
    { "=?utf-8?q?a=0?=", false },
    { "=?utf-8?b?Y2Fmw6k=?=", false },
    { "=?utf-8?B?YQ0KQmNjOiBldmVAZXhhbXBsZS5vcmc=?=", true },
    { "=?utf-8?b?AA==?=", true },
    { "Jane =?utf-8?q?Doe?= =?us-ascii?q?=0A?= <jane@nic.example>", true },
    { "=?utf-8?q?=0A", true },
    { "=?iso-2022-jp?b?GyRCRnxLXBsoQg==?=", false },
    { "=?", false },
    { "=??", false },
    { "=?utf-8?q", false },
};

static void test_breaks_in_encoded_words_are_found(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
        g_test_message("%s", CASES[i].value);
        g_assert_cmpint(encoded_word_hides_break(CASES[i].value), ==, CASES[i].hides);
    }
}

static const struct {
    const char *value;
    const char *want;
} JOINS[] = {
    { "", "" },
    { "=?UTF-8?B?YWI=?= =?UTF-8?B?Y2Q=?=", "=?UTF-8?B?YWJjZA==?=" },
    { "x =?utf-8?b?YWI=?=\r\n =?UTF-8?B?Y2Q=?=\t=?utf-8?B?ZWY=?= y",
      "x =?utf-8?B?YWJjZGVm?= y" },
    { "=?UTF-8?B?YWJj?= =?UTF-8?B?ZGVm?=", "=?UTF-8?B?YWJjZGVm?=" },
    { "=?UTF-8?B?YWI=?= =?UTF-8?B?Y2Rl?= =?UTF-8?B?Zg==?=", "=?UTF-8?B?YWJjZGVm?=" },
    { "=?UTF-8?B?YWI=?= x =?UTF-8?B?Y2Q=?=", "=?UTF-8?B?YWI=?= x =?UTF-8?B?Y2Q=?=" },
    { "=?UTF-8?B?YWI=?==?UTF-8?B?Y2Q=?=", "=?UTF-8?B?YWI=?==?UTF-8?B?Y2Q=?=" },
    { "=?UTF-8?B?YWI=?= =?KOI8-R?B?Y2Q=?=", "=?UTF-8?B?YWI=?= =?KOI8-R?B?Y2Q=?=" },
    { "=?UTF-8?B?YWI=?= =?UTF-8?Q?cd?=", "=?UTF-8?B?YWI=?= =?UTF-8?Q?cd?=" },
    { "=?UTF-8?B?YWI=", "=?UTF-8?B?YWI=" },
    { "=?UTF-8?B?YWI=?= =?UTF-8?B?Y2Q=", "=?UTF-8?B?YWI=?= =?UTF-8?B?Y2Q=" },
};

static void test_adjacent_base64_words_are_joined(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(JOINS); i++) {
        g_test_message("%s", JOINS[i].value);
        g_autofree char *got = encoded_word_join(JOINS[i].value);
        g_assert_cmpstr(got, ==, JOINS[i].want);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/encoded-word/breaks", test_breaks_in_encoded_words_are_found);
    g_test_add_func("/encoded-word/joined", test_adjacent_base64_words_are_joined);
    return g_test_run();
}
