#include "mail/smtp.h"

#include <string.h>

static const struct {
    const char *text;
    const char *want;
} CASES[] = {
    { "", "" },
    { "a", "a\r\n" },
    { "a\r\n", "a\r\n" },
    { ".", "..\r\n" },
    { "..a\r\n.b\r\n", "...a\r\n..b\r\n" },
    { "a.\r\n\r\n", "a.\r\n\r\n" },
    { "a\n\nb", "a\r\n\r\nb\r\n" },
    /* Servers disagree on these: none may end a message. */
    { "a\n.\nb", "a\r\n..\r\nb\r\n" },
    { "a\r.\rb", "a\r\n..\r\nb\r\n" },
    { "a\n.\r\nb", "a\r\n..\r\nb\r\n" },
    { "a\r\n.\nb", "a\r\n..\r\nb\r\n" },
    { "\r\r\n\n\r.", "\r\n\r\n\r\n\r\n..\r\n" },
};

static void test_lines_end_in_crlf_and_dots_are_doubled(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
        g_autoptr(GBytes) stuffed = smtp_stuff(CASES[i].text, strlen(CASES[i].text));
        g_autofree char *text = g_strndup(g_bytes_get_data(stuffed, NULL),
                                          g_bytes_get_size(stuffed));
        g_autofree char *name = g_strescape(CASES[i].text, NULL);
        g_test_message("%s", name);
        g_assert_cmpstr(text, ==, CASES[i].want);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/smtp_stuff/cases", test_lines_end_in_crlf_and_dots_are_doubled);
    return g_test_run();
}
