#include "mail/dsn_read.h"

#include <string.h>

#include "mail/dsn_text.h"
#include "sample_fixture.h"

/* "recipient class status; ..." */
static char *summary(const GPtrArray *found)
{
    GString *text = g_string_new(NULL);
    for (unsigned i = 0; i < found->len; i++) {
        const Dsn *dsn = found->pdata[i];
        g_string_append_printf(text, "%s%s %s %s", i > 0 ? "; " : "",
                               dsn->recipient != NULL ? dsn->recipient : "-",
                               dsn_class_name(dsn->class),
                               dsn->status != NULL ? dsn->status : "-");
    }
    return g_string_free(text, FALSE);
}

/* clang-format off */
static const struct {
    const char *name;
    const char *summary;
    const char *reason; /* of the first, the beginning */
} SAMPLES[] = {
    { "dsn-postfix", "ann@nic.example permanent 5.1.1", "550 5.1.1 <ann@nic.example>:" },
    { "dsn-delayed", "ann@nic.example delayed 4.4.1", "connect to mail.nic.example" },
    { "dsn-delivered", "", NULL },
    { "dsn-exchange", "bob@nic.example temporary 5.2.2", "554 5.2.2 mailbox full" },
    { "dsn-gmail", "cy@mail.example.com permanent 5.1.1", "550-5.1.1 The email account" },
    { "dsn-dmarc", "cy@mail.example.com policy 5.7.26", "550-5.7.26 Unauthenticated" },
    { "dsn-spam", "cy@mail.example.com policy 5.0.0", "554 Message rejected" },
    { "dsn-two-recipients", "duty@nic.example permanent 5.1.10", "5.1.10" },
    { "dsn-utf8", "jürgen@nic.example permanent 5.1.1", "5.1.1" },
    { "dsn-qmail", "dora@nic.example permanent 5.1.1", "Sorry, no mailbox here" },
    { "dsn-exim", "eli@nic.example permanent -", "host mx.nic.example [192.0.2.30]" },
    { "dsn-exchange-old", "fay@nic.example permanent -", "on Mon, 2 Nov 2026" },
    { "dsn-plain", "gil@old.example temporary 4.2.2", "(reason: 452 4.2.2 Mailbox over quota)" },
    { "not-a-bounce", "", NULL },
    { "vacation", "", NULL },
    { "absence-exchange", "", NULL },
    { "plain", "", NULL },
    { "nested", "", NULL },
};
/* clang-format on */

static void test_samples(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(SAMPLES); i++) {
        g_test_message("%s", SAMPLES[i].name);
        g_autoptr(Message) message = read_sample(SAMPLES[i].name);
        g_autoptr(GPtrArray) found = dsn_read(message);
        g_autofree char *text = summary(found);
        g_assert_cmpstr(text, ==, SAMPLES[i].summary);
        if (found->len > 0) {
            const Dsn *first = found->pdata[0];
            g_assert_cmpstr(first->reason, !=, NULL);
            g_assert_true(g_str_has_prefix(first->reason, SAMPLES[i].reason));
        }
    }
}

static void test_returned_ids(void)
{
    static const struct {
        const char *name;
        const char *id;
    } CASES[] = {
        { "dsn-postfix", "1.alert@nic.example" },
        { "dsn-delayed", "1.alert@nic.example" },
        { "dsn-qmail", "1.alert@nic.example" },
        { "dsn-exim", "1.alert@nic.example" },
        { "dsn-exchange-old", NULL },
        { "plain", NULL },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
        g_test_message("%s", CASES[i].name);
        g_autoptr(Message) message = read_sample(CASES[i].name);
        g_autofree char *id = dsn_returned_id(message);
        g_assert_cmpstr(id, ==, CASES[i].id);
    }
}

static void test_classes(void)
{
    static const struct {
        const char *status;
        const char *diagnostic;
        DsnClass class;
    } CASES[] = {
        { "5.1.1", "550 5.1.1 user unknown", DSN_PERMANENT },
        { "5.1.2", "no such domain", DSN_PERMANENT },
        { "5.4.4", "", DSN_PERMANENT },
        { "5.2.1", "mailbox disabled", DSN_PERMANENT },
        { "5.2.2", "over quota", DSN_TEMPORARY },
        { "4.4.7", "delivery time expired", DSN_TEMPORARY },
        { "5.7.1", "relay access denied", DSN_POLICY },
        { "5.7.26", "", DSN_POLICY },
        { "5.1.1", "550 5.1.1 rejected by DMARC policy", DSN_POLICY },
        { "5.4.1", "550 5.4.1 Recipient address rejected: Access denied.", DSN_PERMANENT },
        { "5.4.1", "no answer from host", DSN_TEMPORARY },
        { "5.3.4", "", DSN_POLICY },
        { "5.6.7", "SMTPUTF8 is not spoken here", DSN_POLICY },
        { "5.0.0", "550 5.7.1 no", DSN_POLICY },
        { "5.0.0", "550 5.1.1 no", DSN_PERMANENT },
        { "5.0.0", "host 5.1.1.1 said 550 blocked using zen", DSN_POLICY },
        { NULL, "550 no such user here", DSN_PERMANENT },
        { NULL, "451 later", DSN_TEMPORARY },
        { NULL, "554 mailbox full", DSN_TEMPORARY },
        { NULL, "", DSN_PERMANENT },
        { NULL, "550 user spfister is unknown", DSN_PERMANENT },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
        g_test_message("%s %s", CASES[i].status, CASES[i].diagnostic);
        g_assert_cmpint(dsn_classify(CASES[i].status, CASES[i].diagnostic), ==, CASES[i].class);
    }
}

static void test_statuses_in_texts(void)
{
    static const struct {
        const char *text;
        const char *status;
    } CASES[] = {
        { "550 5.1.1 unknown", "5.1.1" },
        { "550-5.7.26 no", "5.7.26" },
        { "no mailbox (#5.1.1)", "5.1.1" },
        { "5.1.1", "5.1.1" },
        { "from 5.1.1.1 and 15.1.1, then 4.2.2.", "4.2.2" },
        { "2.0.0 fine", NULL },
        { "5.1", NULL },
        { "5.1234.1", NULL },
        { "", NULL },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
        g_test_message("%s", CASES[i].text);
        g_autofree char *status = dsn_find_status(CASES[i].text);
        g_assert_cmpstr(status, ==, CASES[i].status);
    }
}

static Message *message_of(const char *from, const char *text)
{
    g_autofree char *mail = g_strdup_printf("From: %s\r\nSubject: x\r\n\r\n%s", from, text);
    g_autoptr(GBytes) bytes = g_bytes_new(mail, strlen(mail));
    return message_read(bytes, NULL);
}

static void test_a_person_who_quotes_a_bounce_sends_none(void)
{
    g_autoptr(Message) message = message_of(
        "ann@nic.example", "Look what came:\r\n\r\nHi. This is the qmail-send "
                           "program\r\n\r\n<bob@nic.example>:\r\nno mailbox\r\n");
    g_autoptr(GPtrArray) found = dsn_read(message);
    g_assert_cmpint(found->len, ==, 0);
}

static void test_a_bounce_that_names_nobody_is_one(void)
{
    g_autoptr(Message) message = message_of("MAILER-DAEMON@nic.example",
                                            "This is the mail system at host mx.\r\n");
    g_autoptr(GPtrArray) found = dsn_read(message);
    g_autofree char *text = summary(found);
    g_assert_cmpstr(text, ==, "- permanent -");
}

static void test_texts_that_name_several(void)
{
    g_autoptr(Message) message = message_of(
        "MAILER-DAEMON@nic.example",
        "   ----- The following addresses had transient non-fatal errors -----\r\n"
        "<ann@nic.example>\r\n<bob@nic.example>\r\n    (reason: 4.4.1 timeout)\r\n"
        "<ann@nic.example>... Deferred\r\n");
    g_autoptr(GPtrArray) found = dsn_read(message);
    g_autofree char *text = summary(found);
    g_assert_cmpstr(text, ==, "ann@nic.example delayed -; bob@nic.example delayed 4.4.1");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/dsn/samples", test_samples);
    g_test_add_func("/dsn/returned-ids", test_returned_ids);
    g_test_add_func("/dsn/classes", test_classes);
    g_test_add_func("/dsn/statuses", test_statuses_in_texts);
    g_test_add_func("/dsn/quoted", test_a_person_who_quotes_a_bounce_sends_none);
    g_test_add_func("/dsn/nobody", test_a_bounce_that_names_nobody_is_one);
    g_test_add_func("/dsn/several", test_texts_that_name_several);
    return g_test_run();
}
