#include "mail/parser.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "base/limits.h"

static char *bad_parser; /* the path of a child that misbehaves */

static GBytes *mail_of(const char *text)
{
    return g_bytes_new(text, strlen(text));
}

static int count_open_files(void)
{
    g_autoptr(GDir) dir = g_dir_open("/proc/self/fd", 0, NULL);
    int count = 0;
    while (g_dir_read_name(dir) != NULL)
        count++;
    return count;
}

static void test_a_mail_is_read(void)
{
    g_autoptr(GBytes)
        mail = mail_of("From: Ann <ann@nic.example>\r\nSubject: =?koi8-r?q?=D7?=\r\n"
                       "Content-Type: text/plain; charset=iso-8859-5\r\n"
                       "Content-Transfer-Encoding: quoted-printable\r\n\r\n=D2\r\n");
    g_autoptr(GError) err = NULL;
    g_autoptr(Message) message = NULL;

    parser_read(mail, &message, &err);
    g_assert_no_error(err);
    g_assert_cmpstr(message->subject, ==, "в");
    g_assert_cmpstr(message->text, ==, "в\n");
    g_assert_cmpstr(((Mailbox *) message->from->pdata[0])->address, ==, "ann@nic.example");
    g_assert_cmpint(message->notices->len, ==, 0);
}

static void test_an_empty_mail_is_read(void)
{
    g_autoptr(GBytes) mail = mail_of("");
    g_autoptr(GError) err = NULL;
    g_autoptr(Message) message = NULL;

    parser_read(mail, &message, &err);
    g_assert_no_error(err);
    g_assert_true(message->is_empty);
}

/* The name of the set cannot be seen before GMime takes the backslash away, so that the child
 * asks for it in its sandbox. */
static void test_a_character_set_that_was_not_loaded_is_no_death(void)
{
    g_autoptr(GBytes)
        mail = mail_of("From: \"=?shift\\_jis?b?jlI=?=\" <ann@nic.example>\r\n\r\nx\r\n");
    g_autoptr(GError) err = NULL;
    g_autoptr(Message) message = NULL;

    parser_read(mail, &message, &err);
    g_assert_no_error(err);
    g_assert_cmpstr(((Mailbox *) message->from->pdata[0])->address, ==, "ann@nic.example");
}

static void test_a_large_mail_is_read(void)
{
    GString *text = g_string_new("From: ann@nic.example\r\n\r\n");
    while (text->len < 40000000)
        g_string_append(text,
                        "0123456789012345678901234567890123456789012345678901234567890\r\n");
    g_autoptr(GBytes) mail = g_string_free_to_bytes(text);
    g_autoptr(GError) err = NULL;
    g_autoptr(Message) message = NULL;

    parser_read(mail, &message, &err);
    g_assert_no_error(err);
    g_assert_cmpint(strlen(message->text), ==, MESSAGE_TEXT_MAX);
}

static void test_what_the_census_refuses_is_invalid(void)
{
    GString *text = g_string_new("To: ");
    for (int i = 0; i < 50000; i++)
        g_string_append(text, "g:");
    g_autoptr(GBytes) mail = g_string_free_to_bytes(text);
    g_autoptr(GError) err = NULL;
    g_autoptr(Message) message = NULL;

    g_assert_false(parser_read(mail, &message, &err));
    g_assert_error(err, ERR_DOMAIN, ERR_INVALID);
    g_assert_cmpstr(err->message, ==, "the header of the mail is longer than 65536 bytes");
    g_assert_null(message);
}

static void test_a_bad_child_is_an_error_of_its_mail(void)
{
    static const struct {
        const char *word;
        ErrKind kind;
        const char *message; /* the beginning */
    } CASES[] = {
        { "crash", ERR_LIMIT, "the parser died of signal 11 (Segmentation fault)" },
        { "spin", ERR_LIMIT, "the parser used more than 5 s of processor time" },
        { "hang", ERR_LIMIT, "the parser took longer than 100 ms" },
        { "close", ERR_LIMIT, "the parser died of signal 9 (Killed)" },
        { "leave", ERR_LIMIT, "the parser ended with status 3 and no full answer" },
        { "quiet", ERR_LIMIT, "the parser ended with status 0 and no full answer" },
        { "half", ERR_LIMIT, "the parser ended with status 0 and no full answer" },
        { "flood", ERR_LIMIT, "the parser answered more than 1048576 bytes" },
        { "json", ERR_LIMIT, "answer of the parser: no object" },
        { "nonsense", ERR_LIMIT, "the parser answered nonsense" },
        { "escapes", ERR_INVALID, "red: \\x1b[31m\\x0d" },
        { "sandbox", ERR_TEMPORARY, "no sandbox for the parser: no filter" },
        { "late", ERR_INVALID, "refused" },
    };
    int open_files = count_open_files();
    for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
        g_test_message("%s", CASES[i].word);
        g_autoptr(GBytes) mail = mail_of(CASES[i].word);
        g_autoptr(GError) err = NULL;
        g_autoptr(Message) message = NULL;
        int wall_ms = strcmp(CASES[i].word, "hang") == 0 ? 100 : PARSER_WALL_MS;

        g_assert_false(parser_read_by(bad_parser, wall_ms, mail, &message, &err));
        g_assert_error(err, ERR_DOMAIN, (int) CASES[i].kind);
        g_test_message("%s", err->message);
        g_assert_true(g_str_has_prefix(err->message, CASES[i].message));
        g_assert_null(message);
    }
    g_assert_cmpint(count_open_files(), ==, open_files);
    g_assert_cmpint(waitpid(-1, NULL, WNOHANG), ==, -1);
    g_assert_cmpint(errno, ==, ECHILD);
}

static void test_a_child_that_does_not_listen_is_no_deadlock(void)
{
    static const char *const WORDS[] = { "crash", "escapes", "quiet" };
    for (size_t i = 0; i < G_N_ELEMENTS(WORDS); i++) {
        g_test_message("%s", WORDS[i]);
        GString *text = g_string_new(WORDS[i]);
        for (int k = 0; k < 1000000; k++)
            g_string_append(text, " 123456789");
        g_autoptr(GBytes) mail = g_string_free_to_bytes(text);
        g_autoptr(GError) err = NULL;
        g_autoptr(Message) message = NULL;

        g_assert_false(parser_read_by(bad_parser, PARSER_WALL_MS, mail, &message, &err));
        g_assert_error(err, ERR_DOMAIN, ERR_LIMIT);
    }
}

static void test_no_program_is_temporary(void)
{
    g_autoptr(GBytes) mail = mail_of("x");
    g_autoptr(GError) err = NULL;
    g_autoptr(Message) message = NULL;

    g_assert_false(parser_read_by("/nonexistent", PARSER_WALL_MS, mail, &message, &err));
    g_assert_error(err, ERR_DOMAIN, ERR_TEMPORARY);
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], PARSER_ARGUMENT) == 0)
        parser_child_main();

    g_test_init(&argc, &argv, NULL);
    g_autofree char *folder = g_path_get_dirname(argv[0]);
    bad_parser = g_build_filename(folder, "bad_parser", NULL);
    g_test_add_func("/parser/mail", test_a_mail_is_read);
    g_test_add_func("/parser/empty", test_an_empty_mail_is_read);
    g_test_add_func("/parser/charset", test_a_character_set_that_was_not_loaded_is_no_death);
    g_test_add_func("/parser/large", test_a_large_mail_is_read);
    g_test_add_func("/parser/refused", test_what_the_census_refuses_is_invalid);
    g_test_add_func("/parser/bad-child", test_a_bad_child_is_an_error_of_its_mail);
    g_test_add_func("/parser/deaf-child", test_a_child_that_does_not_listen_is_no_deadlock);
    g_test_add_func("/parser/no-child", test_no_program_is_temporary);
    int status = g_test_run();
    g_free(bad_parser);
    return status;
}
