#include "mail/census.h"

#include <string.h>

#include "base/err.h"
#include "base/limits.h"

/* A mail made of a beginning, a unit that is repeated, and an end. */
typedef struct {
    const char *name;
    const char *begin;
    const char *unit;
    int count;
    const char *end;
    const char *refused; /* part of the reason; NULL: it passes */
} Case;

#define MIXED(boundary)                                                                        \
    "From: a@example.org\r\nContent-Type: multipart/mixed; boundary=" boundary

/* clang-format off */
static const Case CASES[] = {
    { "a plain mail passes", "From: a@example.org\r\n\r\nhello\r\n", "", 0, "", NULL },
    { "nothing passes", "", "", 0, "", NULL },
    { "a line of 1 MB in the header is refused", "Subject: ", "x", 1 << 20, "\r\n\r\n",
      "the header of the mail is longer" },
    { "a header of many short fields is refused", "", "A: b\r\n", 11000, "\r\n",
      "the header of the mail is longer" },
    { "a long body of one block passes", "A: b\r\n\r\n", "xxxxxxx\r\n", 20000, "", NULL },
    { "groups in groups are refused", "To: ", "g:", 30000, "\r\n\r\n", "1000 colons" },
    { "folded groups are refused", "To: ", "g:\r\n ", 3000, "x\r\n\r\n", "1000 colons" },
    { "a list of 900 addresses passes", "To: ", "a@[IPv6:1],\r\n ", 900, "b@example.org\r\n\r\n", NULL },
    { "a patch with thousands of --- lines passes", "Subject: patch\r\n\r\n",
      "--- a/file\r\n---\r\n--\r\n", 5000, "", NULL },
    { "so does one in a multipart", MIXED("=-=") "\r\n\r\n--=-=\r\n\r\n",
      "--- a/file\r\n---\r\n--\r\n", 5000, "--=-=--\r\n", NULL },
    { "too many parts are refused", MIXED("b") "\r\n\r\n", "--b\r\n\r\nx\r\n", 1001, "--b--\r\n",
      "1000 parts" },
    { "so are they with LF", MIXED("b") "\n\n", "--b\n\nx\n", 1001, "--b--\n", "1000 parts" },
    { "and with blanks after the delimiter", MIXED("b") "\r\n\r\n", "--b \t\r\n\r\nx\r\n", 1001,
      "", "1000 parts" },
    { "and with no content", MIXED("b") "\r\n\r\n", "--b\r\n", 1001, "", "1000 parts" },
    { "and with a quoted boundary", MIXED("\"a \\b\"") "\r\n\r\n", "--a b\r\n\r\n", 1001, "", "1000 parts" },
    { "and with an empty one", MIXED("\"\"") "\r\n\r\n", "--\r\n\r\n", 1001, "", "1000 parts" },
    { "and with one in pieces", MIXED("; boundary*0=a; boundary*1=b") "\r\n\r\n", "--ab\r\n\r\n",
      1001, "", "1000 parts" },
    { "and with an encoded one", MIXED("\"=?utf-8?q?b?=\"") "\r\n\r\n", "--b\r\n\r\n", 1001, "",
      "1000 parts" },
    { "and behind a comment", MIXED("x; boundary(c)=b") "\r\n\r\n", "--b\r\n\r\n", 1001, "",
      "1000 parts" },
    { "and behind a folded field", MIXED("\r\n  b") "\r\n\r\n", "--b\r\n\r\n", 1001, "", "1000 parts" },
    { "10,000 nested multiparts are refused", MIXED("b") "\r\n\r\n",
      "--b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n", 10000, "",
      "100 multiparts" },
    { "100 nested multiparts pass", MIXED("b") "\r\n\r\n",
      "--b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n", 99, "", NULL },
    { "10,000 nested messages are refused", "", "Content-Type: message/rfc822\r\n\r\n", 10000, "",
      "1000 parts" },
    { "a long header of a part is refused", MIXED("b") "\r\n\r\n--b\r\nX: ", "x", 70000, "\r\n",
      "the header of a part is longer" },
    { "so is that of an attached message",
      MIXED("b") "\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nX: ", "x", 70000, "\r\n",
      "the header of a part is longer" },
    { "and of a message in a digest",
      "Content-Type: multipart/digest; boundary=b\r\n\r\n--b\r\n\r\nX: ", "x", 70000, "\r\n",
      "the header of a part is longer" },
    { "an attached message in base64 passes",
      MIXED("b") "\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n"
      "Content-Transfer-Encoding: base64\r\n\r\n", "QUJDREVGR0hJSktM\r\n", 7000, "--b--\r\n", NULL },
    { "groups in an attached message are refused",
      MIXED("b") "\r\n\r\n--b\r\nContent-Type: (c) message/rfc822\r\n\r\nTo: ", "g:", 30000,
      "\r\n", "1000 colons" },
    { "a line of blanks does not end a header", "A: b\r\n \r\n", "X: yyyyyyyy\r\n", 7000,
      "\r\n", "the header of the mail is longer" },
    { "neither does a CR too many", "A: b\r\n\r\r\n", "X: yyyyyyyy\r\n", 7000, "\r\n",
      "the header of the mail is longer" },
};
/* clang-format on */

static void test_limits(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
        const Case *c = &CASES[i];
        g_test_message("%s", c->name);
        GString *text = g_string_new(c->begin);
        for (int k = 0; k < c->count; k++)
            g_string_append(text, c->unit);
        g_string_append(text, c->end);
        g_autoptr(GBytes) mail = g_string_free_to_bytes(text);
        g_autoptr(GError) err = NULL;

        bool is_fine = census_check(mail, NULL, &err);
        if (c->refused == NULL) {
            g_assert_no_error(err);
            g_assert_true(is_fine);
        } else {
            g_assert_false(is_fine);
            g_assert_error(err, ERR_DOMAIN, ERR_INVALID);
            g_assert_nonnull(strstr(err->message, c->refused));
        }
    }
}

/* What the fuzzer found that GMime reads where a plain reader would not. */
static void test_parts_are_counted_as_gmime_meets_them(void)
{
    static const struct {
        const char *mail;
        int64_t parts;
    } MAILS[] = {
        { "", 1 },
        { "Content-Type: multipart/mixed; bound\rary=b\r\n\r\n--b\r\n\r\n--b\r\n", 3 },
        { "Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\v\n\nA: b\n", 2 },
        { "Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nA: b\n", 1 },
        { "Content-Type: message/rfc822\nContent-Transfer-Encoding : base64\n\nA: b\n", 2 },
        { "Content-Type: message/rfc822\nContent-\rTransfer-Encoding: base64\n\nA: b\n", 2 },
        { "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\nA: b\n",
          1 },
        { "Content-Type: multipart/digest; boundary=b\n\n--b\nContent-Type: what\n\n", 3 },
        { "Content-Type: multipart/digest; boundary=b\n\n--b\nContent-Type: a/b\n\n", 2 },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(MAILS); i++) {
        g_autofree char *shown = g_strescape(MAILS[i].mail, NULL);
        g_test_message("%s", shown);
        g_autoptr(GBytes) mail = g_bytes_new_static(MAILS[i].mail, strlen(MAILS[i].mail));
        int64_t parts = 0;
        g_assert_true(census_check(mail, &parts, NULL));
        g_assert_cmpint(parts, ==, MAILS[i].parts);
    }
}

static void test_names_of_character_sets_are_found(void)
{
    static const struct {
        const char *mail;
        const char *names; /* joined by blanks */
    } SETS[] = {
        { "Subject: =?ISO-8859-2?q?x?= =?koi8-r*ru?b?x?=\r\n\r\n", "iso-8859-2 koi8-r" },
        { "Content-Type: text/plain; charset=Big5\r\n", "big5" },
        { "Content-Type: text/plain; charset = \"EUC-JP\"; x=y\r\n", "euc-jp" },
        { "Content-Disposition: attachment; filename*=gb18030'zh'%00\r\n", "gb18030" },
        { "Content-Disposition: attachment; filename*0*=big5''%00\r\n", "big5" },
        { "=?utf-8?q?x?= =?UTF-8?q?y?=", "utf-8" },
        { "a = b; x *= y; f(\"=?\"); <meta charset=", "" },
        { "=?../../etc/x?q?y?= charset=\"a/b\"", "" },
        { "=?utf-8", "" },
        { "", "" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(SETS); i++) {
        g_autofree char *shown = g_strescape(SETS[i].mail, NULL);
        g_test_message("%s", shown);
        g_autoptr(GBytes) mail = g_bytes_new_static(SETS[i].mail, strlen(SETS[i].mail));
        g_autoptr(GPtrArray) names = census_charsets(mail);
        g_ptr_array_add(names, NULL);
        g_autofree char *joined = g_strjoinv(" ", (char **) names->pdata);
        g_assert_cmpstr(joined, ==, SETS[i].names);
    }
}

static void test_so_many_character_sets_and_no_more(void)
{
    GString *text = g_string_new(NULL);
    for (int i = 0; i < 1000; i++)
        g_string_append_printf(text, "=?x-%d?q?x?=", i);
    g_autoptr(GBytes) mail = g_string_free_to_bytes(text);
    g_autoptr(GPtrArray) names = census_charsets(mail);
    g_assert_cmpint(names->len, ==, MESSAGE_CHARSETS_MAX);
}

/* Comments that do not end, again and again: looked through to the end of the mail each time,
 * they would take minutes. */
static void test_looking_for_character_sets_takes_no_time(void)
{
    GString *text = g_string_new(NULL);
    while (text->len < 10000000)
        g_string_append(text, "charset=(");
    g_autoptr(GBytes) mail = g_string_free_to_bytes(text);
    g_autoptr(GPtrArray) names = census_charsets(mail);
    g_assert_cmpint(names->len, ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/census/limits", test_limits);
    g_test_add_func("/census/parts", test_parts_are_counted_as_gmime_meets_them);
    g_test_add_func("/census/charsets", test_names_of_character_sets_are_found);
    g_test_add_func("/census/charsets/time", test_looking_for_character_sets_takes_no_time);
    g_test_add_func("/census/charsets/max", test_so_many_character_sets_and_no_more);
    return g_test_run();
}
