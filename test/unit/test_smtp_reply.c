#include "mail/smtp_reply.h"

#include <string.h>

#include "base/err.h"
#include "base/limits.h"

/* Reads all replies, as "CODE STATUS text|"; or the error. */
static char *read_all(const char *bytes, size_t size, size_t chunk)
{
    SmtpReader reader;
    g_autoptr(GString) read = g_string_new(NULL);
    g_autoptr(GError) err = NULL;

    smtp_reader_init(&reader);
    for (size_t at = 0; at < size && err == NULL; at += chunk) {
        const SmtpReply *reply = NULL;
        smtp_reader_feed(&reader, bytes + at, MIN(chunk, size - at));
        while (smtp_reader_next(&reader, &reply, &err) && reply != NULL) {
            char status[SMTP_STATUS_SIZE];
            g_autofree char *text = smtp_reply_text(reply);
            smtp_reply_status(reply, status);
            g_string_append_printf(read, "%d %s %s|", reply->code, status, text);
        }
    }
    if (err != NULL) {
        g_assert_error(err, ERR_DOMAIN, ERR_TEMPORARY);
        g_string_append(read, err->message);
    }
    smtp_reader_clear(&reader);
    return g_string_free(g_steal_pointer(&read), FALSE);
}

/* sizeof, as one holds a NUL. */
#define CASE(bytes, want)                                                                      \
    {                                                                                          \
        bytes, sizeof(bytes) - 1, want                                                         \
    }
#define NO_SMTP(why, line) "the relay does not speak SMTP: " why ": \"" line "\""

static const struct {
    const char *bytes;
    size_t size;
    const char *want;
} CASES[] = {
    CASE("250 ok\r\n", "250  ok|"),
    CASE("250 2.1.5 ok\r\n", "250 2.1.5 ok|"),
    CASE("250\r\n", "250  |"),
    CASE("250 \r\n", "250  |"),
    CASE("250 2.0.0\r\n", "250 2.0.0 |"),
    CASE("250 ok\r\n354 go\r\n55", "250  ok|354  go|"),
    CASE("250-a\r\n250-b\r\n250 c\r\n", "250  a b c|"),
    CASE("250-a\r\n250\r\n", "250  a |"),
    CASE("550-5.1.1 a\r\n550-5.1.1\r\n550 5.1.1 b\r\n", "550 5.1.1 a  b|"),
    CASE("550 5.123.456 a\r\n", "550 5.123.456 a|"),
    CASE("550 5.1.1234 a\r\n", "550  5.1.1234 a|"),
    CASE("550 5.1 a\r\n", "550  5.1 a|"),
    CASE("550 5..1 a\r\n", "550  5..1 a|"),
    CASE("550 5.1.1a\r\n", "550  5.1.1a|"),
    CASE("550 4.1.1 of another class\r\n", "550  4.1.1 of another class|"),
    CASE("250 \x1b[2J \xff \xe2\x80\xae\r\n", "250  \\x1b[2J \\xff <U+202E>|"),
    /* none, or none that is safe to read on behind */
    CASE("SSH-2.0\r\n", NO_SMTP("not a reply", "SSH-2.0")),
    CASE("199 a\r\n", NO_SMTP("not a reply", "199 a")),
    CASE("600 a\r\n", NO_SMTP("not a reply", "600 a")),
    CASE("2x0 a\r\n", NO_SMTP("not a reply", "2x0 a")),
    CASE("25\r\n", NO_SMTP("not a reply", "25")),
    CASE("2500 a\r\n", NO_SMTP("not a reply", "2500 a")),
    CASE("\r\n", NO_SMTP("not a reply", "")),
    CASE("250 ok\r\n\r\n", "250  ok|" NO_SMTP("not a reply", "")),
    CASE("250-a\r\n251 b\r\n", NO_SMTP("two codes in one reply", "251 b")),
    CASE("250 a\n", NO_SMTP("LF without CR", "250 a\\x0a")),
    CASE("\n", NO_SMTP("LF without CR", "\\x0a")),
    CASE("250 a\rb\r\n", NO_SMTP("CR or NUL in a reply", "250 a\\x0db")),
    CASE("250 a\0b\r\n", NO_SMTP("CR or NUL in a reply", "250 a\\x00b")),
};

static void test_replies_are_the_same_however_they_are_cut(void)
{
    static const size_t CHUNKS[] = { 1, 2, 3, 1000 };

    for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
        g_autofree char *name = g_strescape(CASES[i].bytes, NULL);
        g_test_message("%s", name);
        for (size_t j = 0; j < G_N_ELEMENTS(CHUNKS); j++) {
            g_autofree char *read = read_all(CASES[i].bytes, CASES[i].size, CHUNKS[j]);
            g_assert_cmpstr(read, ==, CASES[i].want);
        }
    }
}

static void check_limit(size_t line_size, unsigned lines, bool want)
{
    g_autofree char *text = g_strnfill(line_size - strlen("250-\r\n"), 'x');
    g_autoptr(GString) reply = g_string_new(NULL);

    for (unsigned i = 1; i <= lines; i++)
        g_string_append_printf(reply, "250%c%s\r\n", i < lines ? '-' : ' ', text);
    g_autofree char *read = read_all(reply->str, reply->len, 1000);
    g_assert_cmpint(g_str_has_prefix(read, "250  xxx"), ==, want);
    g_assert_cmpuint(strlen(read), <=, SMTP_TEXT_MAX + strlen("250  |"));
}

static void test_line_and_lines_have_limits(void)
{
    check_limit(SMTP_REPLY_LINE_MAX, SMTP_REPLY_LINES_MAX, true);
    check_limit(SMTP_REPLY_LINE_MAX + 1, 1, false);
    check_limit(100, SMTP_REPLY_LINES_MAX + 1, false);
}

static void test_line_without_end_is_refused(void)
{
    g_autofree char *line = g_strnfill(SMTP_REPLY_LINE_MAX + 1, '2');
    g_autofree char *fits = read_all(line, SMTP_REPLY_LINE_MAX, 100);
    g_autofree char *over = read_all(line, SMTP_REPLY_LINE_MAX + 1, 100);

    g_assert_cmpstr(fits, ==, "");
    g_assert_true(
        g_str_has_prefix(over, "the relay does not speak SMTP: a line that is too long"));
    g_assert_cmpuint(strlen(over), <, 200);
}

/* A relay may cut its replies so that a line is open at each end of what is read. */
static void test_replies_that_were_read_are_not_kept(void)
{
    static const char PIECE[] = "50-one\r\n250-two\r\n250 three\r\n2";
    SmtpReader reader;

    smtp_reader_init(&reader);
    smtp_reader_feed(&reader, "2", 1);
    for (int i = 0; i < 1000; i++) {
        const SmtpReply *reply = NULL;
        smtp_reader_feed(&reader, PIECE, strlen(PIECE));
        g_assert_true(smtp_reader_next(&reader, &reply, NULL));
        g_assert_cmpstr(reply->text->str, ==, "one\ntwo\nthree");
    }
    g_assert_cmpuint(reader.in->len, <, 10 * strlen(PIECE));
    smtp_reader_clear(&reader);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/smtp_reply/cases", test_replies_are_the_same_however_they_are_cut);
    g_test_add_func("/smtp_reply/limits", test_line_and_lines_have_limits);
    g_test_add_func("/smtp_reply/memory", test_replies_that_were_read_are_not_kept);
    g_test_add_func("/smtp_reply/endless", test_line_without_end_is_refused);
    return g_test_run();
}
