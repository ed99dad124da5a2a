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

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/encoded-word/breaks", test_breaks_in_encoded_words_are_found);
    return g_test_run();
}
