#include "mail/compose.h"

#include <string.h>

#include "base/err.h"
#include "mail/head.h"

static const ComposeMailbox MEMBERS = { "TLD-OPS", "tld-ops@lists.example.org" };

/* A mail that is fine; each test changes what it is about. */
static ComposeMail sample(void)
{
    return (ComposeMail){
        .from = { "Secretariat", "secretariat@example.org" },
        .to = &MEMBERS,
        .n_to = 1,
        .subject = "The roster",
        .date = 1704099900,
        .message_token = "roster.2024-01-01",
        .message_domain = "lists.example.org",
        .auto_submitted = "auto-generated",
        .text = "Hello\n",
    };
}

static char *compose(const ComposeMail *mail)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(GBytes) bytes = compose_mail(mail, &err);
    g_assert_no_error(err);
    size_t size;
    const char *text = g_bytes_get_data(bytes, &size);
    return g_strndup(text, size);
}

static void assert_refused(const ComposeMail *mail)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(GBytes) bytes = compose_mail(mail, &err);
    g_assert_null(bytes);
    g_assert_error(err, ERR_DOMAIN, ERR_INVALID);
}

static void test_plain_mail_reads_as_written(void)
{
    ComposeMail mail = sample();
    g_autofree char *got = compose(&mail);

    g_assert_cmpstr(got, ==,
                    "From: Secretariat <secretariat@example.org>\r\n"
                    "To: TLD-OPS <tld-ops@lists.example.org>\r\n"
                    "Subject: The roster\r\n"
                    "Date: Mon, 01 Jan 2024 09:05:00 +0000\r\n"
                    "Message-ID: <roster.2024-01-01@lists.example.org>\r\n"
                    "Auto-Submitted: auto-generated\r\n"
                    "MIME-Version: 1.0\r\n"
                    "Content-Type: text/plain; charset=utf-8\r\n"
                    "Content-Transfer-Encoding: 7bit\r\n"
                    "\r\n"
                    "Hello\r\n");
}

static void test_answer_names_what_it_answers(void)
{
    static const ComposeMailbox BOTH[] = {
        { "Doe, Jane", "jane@nic.example" },
        { NULL, "tld-ops@lists.example.org" },
    };
    static const ComposeField LIST[] = { { "List-Id", "<tld-ops.lists.example.org>" } };
    ComposeMail mail = sample();
    mail.reply_to = BOTH;
    mail.n_reply_to = G_N_ELEMENTS(BOTH);
    mail.in_reply_to = "1@nic.example";
    mail.fields = LIST;
    mail.n_fields = 1;

    g_autofree char *got = compose(&mail);
    g_assert_nonnull(strstr(got, "\r\nReply-To: \"Doe, Jane\" <jane@nic.example>,"
                                 " tld-ops@lists.example.org\r\n"));
    g_assert_nonnull(strstr(got, "\r\nIn-Reply-To: <1@nic.example>\r\n"));
    g_assert_nonnull(strstr(got, "\r\nReferences: <1@nic.example>\r\n"));
    g_assert_nonnull(strstr(got, "\r\nList-Id: <tld-ops.lists.example.org>\r\n"));
}

static void test_wire_form_is_seven_bit(void)
{
    ComposeMail mail = sample();
    mail.from.name = "J\xc3\xbcrgen";
    mail.subject = "St\xc3\xb6rung \xf0\x9f\x94\xa5";
    mail.text = "caf\xc3\xa9\n";
    mail.message_domain = "b\xc3\xbc"
                          "cher.example";

    g_autofree char *got = compose(&mail);
    for (const char *c = got; *c != '\0'; c++)
        g_assert_cmpint((unsigned char) *c, <, 128);
    g_assert_nonnull(strstr(got, "@xn--bcher-kva.example>\r\n"));
    g_assert_nonnull(strstr(got, "Encoding: quoted-printable\r\n"));
    g_assert_nonnull(strstr(got, "\r\n\r\ncaf=C3=A9\r\n"));
}

static void test_address_outside_ascii_stays_utf8(void)
{
    static const ComposeMailbox TO = { NULL, "ren\xc3\xa9@nic.example" };
    ComposeMail mail = sample();
    mail.to = &TO;

    g_autofree char *got = compose(&mail);
    g_assert_nonnull(strstr(got, "\r\nTo: ren\xc3\xa9@nic.example\r\n"));
}

static void test_odd_id_of_a_stranger_does_not_stop_the_answer(void)
{
    static const char *const ODD[] = {
        "", "a b@c", "a>\r\nBcc: x", "\xc3\xa9@x", "<a@b>", "a<b"
    };

    for (size_t i = 0; i < G_N_ELEMENTS(ODD); i++) {
        ComposeMail mail = sample();
        mail.in_reply_to = ODD[i];
        g_autofree char *got = compose(&mail);
        g_assert_null(strstr(got, "In-Reply-To"));
        g_assert_null(strstr(got, "References"));
    }
    g_autofree char *too_long = g_strnfill(901, 'x');
    ComposeMail mail = sample();
    mail.in_reply_to = too_long;
    g_autofree char *got = compose(&mail);
    g_assert_null(strstr(got, "In-Reply-To"));
}

/* Whatever a stranger puts into a name, a subject or a text: the fields are the same. */
static void test_no_value_injects_a_field(void)
{
    static const char *const HOSTILE[] = {
        "x\r\nBcc: eve@example.org",
        "x\nBcc: eve@example.org",
        "x\r\n\r\nbody",
        "\xc3\xa9\r\nBcc: eve@example.org",
        "x\xe2\x80\xa8 Bcc: eve@example.org",
        "\" <eve@example.org>,",
        "=?utf-8?q?=0D=0ABcc:_eve?=",
        "x\x0b\x0c\x1b\xff\xc0",
    };

    for (size_t i = 0; i < G_N_ELEMENTS(HOSTILE); i++) {
        g_test_message("case %zu", i);
        ComposeMail mail = sample();
        mail.from.name = HOSTILE[i];
        mail.subject = HOSTILE[i];
        mail.text = HOSTILE[i];
        g_autoptr(GError) err = NULL;
        g_autoptr(GBytes) bytes = compose_mail(&mail, &err);
        g_assert_no_error(err);

        g_autoptr(Head) head = head_parse(bytes, &err);
        g_assert_no_error(err);
        g_assert_cmpuint(head_malformed(head), ==, 0);
        g_assert_cmpuint(head_count(head, "Bcc"), ==, 0);
        g_assert_cmpuint(head_count(head, "From"), ==, 1);
        g_autofree char *from = head_get(head, "From", 0);
        g_assert_true(g_str_has_suffix(from, " <secretariat@example.org>"));
        g_autofree char *encoding = head_get(head, "Content-Transfer-Encoding", 0);
        g_assert_nonnull(encoding);
    }
}

static void test_what_may_not_stand_in_a_mail_is_refused(void)
{
    static const ComposeMailbox EVE = { NULL, "eve@example.org>, <mallory@example.org" };
    static const ComposeField FIELDS[] = {
        { "From", "eve@example.org" }, { "subject", "x" }, { "REPLY-TO", "x@example.org" },
        { "X-A", "b\r\nBcc: x" },      { "X A", "b" },     { "X-A", "\xc3\xa9" },
    };
    ComposeMail mail;

    for (size_t i = 0; i < G_N_ELEMENTS(FIELDS); i++) {
        g_test_message("field %zu", i);
        mail = sample();
        mail.fields = &FIELDS[i];
        mail.n_fields = 1;
        assert_refused(&mail);
    }
    mail = sample();
    mail.n_to = 0;
    assert_refused(&mail);
    mail = sample();
    mail.to = &EVE;
    assert_refused(&mail);
    mail = sample();
    mail.message_token = "a b";
    assert_refused(&mail);
    mail = sample();
    mail.message_token = "";
    assert_refused(&mail);
    mail = sample();
    mail.message_domain = "exa mple";
    assert_refused(&mail);
    mail = sample();
    mail.auto_submitted = "auto\r\nBcc: x";
    assert_refused(&mail);
}

static const struct {
    int64_t seconds;
    const char *want;
} DATES[] = {
    { 0, "Thu, 01 Jan 1970 00:00:00 +0000" },
    { -1, "Wed, 31 Dec 1969 23:59:59 +0000" },
    { 951782399, "Mon, 28 Feb 2000 23:59:59 +0000" },
    { 951868800, "Wed, 01 Mar 2000 00:00:00 +0000" },
    { 1734825600, "Sun, 22 Dec 2024 00:00:00 +0000" },
    { 4102444800, "Fri, 01 Jan 2100 00:00:00 +0000" },
};

static void test_dates_are_english_and_utc(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(DATES); i++) {
        g_autofree char *got = compose_date(DATES[i].seconds);
        g_assert_cmpstr(got, ==, DATES[i].want);
    }
}

int main(int argc, char **argv)
{
    g_setenv("TZ", "Asia/Kathmandu", TRUE);
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/compose/plain", test_plain_mail_reads_as_written);
    g_test_add_func("/compose/answer", test_answer_names_what_it_answers);
    g_test_add_func("/compose/seven-bit", test_wire_form_is_seven_bit);
    g_test_add_func("/compose/utf8-address", test_address_outside_ascii_stays_utf8);
    g_test_add_func("/compose/odd-id", test_odd_id_of_a_stranger_does_not_stop_the_answer);
    g_test_add_func("/compose/injection", test_no_value_injects_a_field);
    g_test_add_func("/compose/refused", test_what_may_not_stand_in_a_mail_is_refused);
    g_test_add_func("/compose/date", test_dates_are_english_and_utc);
    return g_test_run();
}
