#include "mail/message.h"

#include <string.h>

#include "base/err.h"
#include "base/limits.h"
#include "sample_fixture.h"

/* A message that has something in nearly every field, as the child would write it. */
static const char FULL[] =
    "{\"from\":[{\"name\":\"Jürgen Müller\",\"address\":\"juergen@example.org\","
    "\"raw\":\"juergen@example.org\"}],\"from_fields\":2,\"reply_to\":[],\"recipients\":[],"
    "\"subject\":\"Überall \\\"Zeichen\\\"\",\"message_id\":null,\"in_reply_to\":null,"
    "\"references\":[\"1@example.org\"],\"auto_submitted\":null,\"automatic\":null,"
    "\"list_ids\":[],\"received_fields\":2,\"content_type\":\"text/plain\","
    "\"report_type\":null,\"parts\":1,\"text\":\"one\\n\\ttwo\",\"attached\":\"\",\"is_empty\":"
    "false,"
    "\"reports\":[{\"final_recipient\":\"ann@example.net\",\"original_recipient\":null,"
    "\"action\":\"failed\",\"status\":\"5.1.1\",\"diagnostic\":\"550 no such user\","
    "\"remote_mta\":\"mx.example.net\"}],\"failed_recipients\":[],"
    "\"returned_message_id\":null,\"returned_to\":null,\"notices\":[\"two From fields\"]}";

static void test_json_goes_round(void)
{
    g_autoptr(GError) err = NULL;

    g_autoptr(Message) message = message_from_json(FULL, strlen(FULL), &err);
    g_assert_no_error(err);
    g_assert_cmpstr(((Mailbox *) message->from->pdata[0])->name, ==, "Jürgen Müller");
    g_assert_cmpstr(((MessageReport *) message->reports->pdata[0])->status, ==, "5.1.1");
    g_assert_cmpint(message->from_fields, ==, 2);
    g_assert_null(message->message_id);

    g_autofree char *json = message_to_json(message);
    g_assert_cmpstr(json, ==, FULL);
}

static void test_empty_message_goes_round(void)
{
    g_autoptr(Message) message = message_new();
    g_autofree char *json = message_to_json(message);
    g_autoptr(GError) err = NULL;

    g_autoptr(Message) back = message_from_json(json, strlen(json), &err);
    g_assert_no_error(err);
    g_assert_cmpstr(back->text, ==, "");
    g_assert_cmpstr(back->content_type, ==, "text/plain");
}

static char *with_replaced(const char *json, const char *from, const char *to)
{
    GString *text = g_string_new(json);
    g_assert_cmpint(g_string_replace(text, from, to, 1), ==, 1);
    return g_string_free(text, FALSE);
}

static void test_answer_of_a_taken_over_child_is_refused(void)
{
    static const struct {
        const char *from;
        const char *to;
    } CASES[] = {
        { "{\"from\"", "[\"from\"" },                        /* no JSON */
        { "\"from_fields\":2", "\"from_fields\":-2" },       /* no count */
        { "\"from_fields\":2", "\"from_fields\":\"2\"" },    /* wrong type */
        { "\"from_fields\":2", "\"fields\":2" },             /* other name */
        { "\"from_fields\":2,", "" },                        /* one member less */
        { "{\"from\"", "{\"more\":1,\"from\"" },             /* one member more */
        { "{\"from\"", "{\"from\":[],\"from\"" },            /* one twice */
        { "\"text\":\"one", "\"text\":\"\\u0000one" },       /* NUL */
        { "\"text\":\"one", "\"text\":\"\\u001bone" },       /* escape */
        { "\"subject\":\"", "\"subject\":\"a\\r\\nBcc: b" }, /* a header of its own */
        { "\"subject\":\"", "\"subject\":\"\\u202e" },       /* right-to-left override */
        { "\"text\":\"one\\n\\ttwo\"", "\"text\":null" },    /* never NULL */
        { "\"1@example.org\"", "null" },                     /* neither here */
        { "\"raw\":\"juergen@example.org\"", "\"raw\":null" },
        { "\"content_type\":\"text/plain\"", "\"content_type\":null" },
        { "\"address\":\"juergen@", "\"address\":\"<juergen@" }, /* no address */
        { "\"address\":\"juergen@example", "\"address\":\"juergen@EXAMPLE" },
        { "\"is_empty\":false", "\"is_empty\":0" }, /* no boolean */
        { "juergen@example.org\"", "\xff\"" },      /* no UTF-8 */
    };
    for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
        g_autofree char *shown = g_strescape(CASES[i].to, NULL);
        g_test_message("%s", shown);
        g_autofree char *bent = with_replaced(FULL, CASES[i].from, CASES[i].to);
        g_autoptr(GError) err = NULL;
        g_assert_null(message_from_json(bent, strlen(bent), &err));
        g_assert_error(err, ERR_DOMAIN, ERR_INVALID);
    }
}

/* Samples */

/* "Name <address>, <address>, raw" */
static char *mailboxes(const GPtrArray *list)
{
    GString *text = g_string_new(NULL);
    for (unsigned i = 0; i < list->len; i++) {
        const Mailbox *mailbox = list->pdata[i];
        g_string_append(text, i > 0 ? ", " : "");
        if (mailbox->name != NULL)
            g_string_append_printf(text, "%s ", mailbox->name);
        if (mailbox->address != NULL)
            g_string_append_printf(text, "<%s>", mailbox->address);
        else
            g_string_append(text, mailbox->raw);
    }
    return g_string_free(text, FALSE);
}

static char *joined(const GPtrArray *strings)
{
    GString *text = g_string_new(NULL);
    for (unsigned i = 0; i < strings->len; i++)
        g_string_append_printf(text, "%s%s", i > 0 ? "; " : "", (char *) strings->pdata[i]);
    return g_string_free(text, FALSE);
}

/* clang-format off */
static const struct {
    const char *name;
    const char *from;
    const char *subject;
    const char *text;
    const char *notices;
} SAMPLES[] = {
    { "plain", "Jane Doe <jane@nic.example>", "[TLP:GREEN] DDoS against name servers",
      "We see 40 Gbit/s of DNS reflection since 09:50 UTC.\n\nJane\n", "" },
    { "encoded-words", "Jürgen Müller <juergen@nic.example>, André Dupont <andre@nic.example>",
      "Überlast auf unseren Servern", "x\n", "" },
    { "padded-words", "Jürgen Müller <juergen@nic.example>",
      "TLP:RED Überlast auf unseren Servern now", "x\n", "" },
    { "injection", "Eve Bcc: all@example.org <eve@nic.example>",
      "Hello Bcc: all@example.org?[2Jx", "x\n",
      "Subject has control or direction characters" },
    { "scripts-rtl", "מרים כהן <miriam@nic.example>", "تنبيه: هجوم evil", "هجوم على الخوادم\n",
      "Subject has control or direction characters" },
    { "scripts-cjk",
      "山田太郎 <taro@nic.example>, 王小明 <wang@nic.example>, 김철수 <kim@nic.example>",
      "警告", "攻撃を受けています。\n", "" },
    { "charset-broken", "Jürgen <juergen@nic.example>", "broken ?? end", "Grüße\n",
      "the field From names a character set that is not known: x-nobody; "
      "the text names a character set that is not known: x-nobody" },
    { "eight-bit-header", "Jürgen <juergen@nic.example>", "Überlast", "x\n",
      "the field From has bytes in no known character set; "
      "the field Subject has bytes in no known character set" },
    { "utf8-header", "Jürgen <jürgen@nic.example>", "Überlast 警告", "x\n", "" },
    { "groups", "Ann <ann@nic.example>, <bob@nic.example>", "groups", "x\n", "" },
    { "two-from", "Ann <ann@nic.example>, Eve <eve@elsewhere.example>", "two", "x\n",
      "two From fields; two Subject fields" },
    { "no-from", "", "nobody", "x\n", "no From field" },
    { "no-header", "", NULL, "just some words\nand more of them\n", "no header" },
    { "no-address", "somebody at nic dot example", "x", "x\n", "the field From holds no address" },
    { "ambiguous-from", "jane@nic.example <eve@elsewhere.example>", "x", "x\n", "" },
    { "encoded-address", "=?utf-8?q?jane=40nic.example?=", "x", "x\n",
      "the field From holds what is no address" },
    { "nul", "Ann <ann@nic.example>", "nul", "text   with NUL\n",
      "NUL bytes; the text has bytes that are not in its character set" },
    { "folding", "Ann <ann@nic.example>", "first second third", "x\n", "" },
    { "empty", "Ann <ann@nic.example>", "empty", "", "" },
    { "attachment-only", "Ann <ann@nic.example>", "see attachment", "", "" },
    { "html", "Ann <ann@nic.example>", "html",
      "Attack on ns1 & ns2\n\nsince 09:50 UTC – please help\n\none\ntwo", "" },
    { "alternative", "Ann <ann@nic.example>", "alternative", "the words", "" },
    { "attachment-first", "Ann <ann@nic.example>", "log first", "the words", "" },
    { "text-controls", "Ann <ann@nic.example>", "controls",
      "red [31m, turned back, a\ttabpage\nline\n", "" },
    { "nested", "Ann <ann@nic.example>", "Fwd: found this", "see below", "" },
    { "digest", "Ann <ann@nic.example>", "digest", "", "" },
    { "pgp-encrypted", "Ann <ann@nic.example>", "...", "", "" },
    { "pgp-signed", "Ann <ann@nic.example>", "signed", "signed words\n", "" },
    { "boundary-lost", "Ann <ann@nic.example>", "cut off", "People can still read this.\n",
      "a multipart without parts" },
    { "boundary-cut-off", "Ann <ann@nic.example>", "cut off", "Hello world, this is cut of", "" },
};
/* clang-format on */

static void test_samples(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(SAMPLES); i++) {
        g_test_message("%s", SAMPLES[i].name);
        g_autoptr(Message) message = read_sample(SAMPLES[i].name);
        g_autofree char *from = mailboxes(message->from);
        g_autofree char *notices = joined(message->notices);
        g_assert_cmpstr(from, ==, SAMPLES[i].from);
        g_assert_cmpstr(message->subject, ==, SAMPLES[i].subject);
        g_assert_cmpstr(message->text, ==, SAMPLES[i].text);
        g_assert_cmpstr(notices, ==, SAMPLES[i].notices);
    }
}

static void test_attached_text_stands_apart(void)
{
    static const struct {
        const char *name;
        const char *attached;
    } CASES[] = {
        { "plain", "" },
        { "attachment-only", "" },
        { "nested", "inner words" },
        { "digest", "first" },
        { "attachment-first", "attached log" },
        { "alternative", "attached" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
        g_test_message("%s", CASES[i].name);
        g_autoptr(Message) message = read_sample(CASES[i].name);
        g_assert_cmpstr(message->attached, ==, CASES[i].attached);
    }
}

static void test_recipients_are_those_of_to_and_cc(void)
{
    g_autoptr(Message) groups = read_sample("groups");
    g_autofree char *of_groups = mailboxes(groups->recipients);
    g_assert_cmpstr(of_groups, ==, "");
    g_autoptr(Message) plain = read_sample("plain");
    g_autofree char *of_plain = mailboxes(plain->recipients);
    g_assert_cmpstr(of_plain, ==, "<tld-ops@lists.example.org>");
}

static void test_ids_stand_without_brackets(void)
{
    g_autoptr(Message) message = read_sample("plain");
    g_autofree char *references = joined(message->references);
    g_assert_cmpstr(message->message_id, ==, "1.alert@nic.example");
    g_assert_cmpstr(message->in_reply_to, ==, "0.5.alert@nic.example");
    g_assert_cmpstr(references, ==, "0.alert@nic.example; 0.5.alert@nic.example");

    g_autoptr(Message) bare = read_sample("no-address");
    g_assert_cmpstr(bare->message_id, ==, "no-brackets@nic.example");
    g_autoptr(Message) folded = read_sample("folding");
    g_assert_cmpstr(folded->message_id, ==, "13@nic.example");
}

static void test_two_from_fields_are_counted(void)
{
    g_autoptr(Message) two = read_sample("two-from");
    g_autoptr(Message) none = read_sample("no-from");
    g_assert_cmpint(two->from_fields, ==, 2);
    g_assert_cmpint(none->from_fields, ==, 0);
}

static void test_reply_to_is_decoded(void)
{
    g_autoptr(Message) message = read_sample("encoded-words");
    g_autofree char *reply_to = mailboxes(message->reply_to);
    g_assert_cmpstr(reply_to, ==, "Büro <buero@nic.example>");
}

static void test_machines_are_told_from_people(void)
{
    static const struct {
        const char *name;
        const char *automatic;
    } CASES[] = {
        { "plain", NULL },
        { "outlook-person", NULL },
        { "not-a-bounce", NULL },
        { "vacation", "Auto-Submitted: auto-replied" },
        { "absence-exchange", "X-Auto-Response-Suppress and the subject of an absence" },
        { "from-a-list", "Precedence: list" },
        { "dsn-spam", "multipart/report" },
        { "dsn-qmail", "From: MAILER-DAEMON" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
        g_test_message("%s", CASES[i].name);
        g_autoptr(Message) message = read_sample(CASES[i].name);
        g_assert_cmpstr(message->automatic, ==, CASES[i].automatic);
    }
    g_autoptr(Message) person = read_sample("outlook-person");
    g_assert_cmpstr(person->auto_submitted, ==, "no");
}

static void test_marks_of_machines(void)
{
    static const struct {
        const char *field;
        const char *automatic;
    } CASES[] = {
        { "Auto-Submitted: Auto-Generated; x=y", "Auto-Submitted: auto-generated" },
        { "Auto-Submitted: no (a person)", NULL },
        { "Precedence: BULK", "Precedence: bulk" },
        { "Precedence: first-class", NULL },
        { "X-Autoreply: yes", "X-Autoreply field" },
        { "X-Autoreply: no", NULL },
        { "Return-Path: <>", "Return-Path: <>" },
        { "Return-Path: <ann@nic.example>", NULL },
        { "X-POST-MessageClass: 9; Autoresponder", "X-POST-MessageClass: 9;" },
        { "X-Auto-Response-Suppress: All", NULL },
        { "Subject: Out of Office", NULL },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
        g_test_message("%s", CASES[i].field);
        g_autofree char *text = g_strdup_printf("From: ann@nic.example\r\n%s\r\n\r\nx\r\n",
                                                CASES[i].field);
        g_autoptr(GBytes) mail = g_bytes_new(text, strlen(text));
        g_autoptr(Message) message = message_read(mail, NULL);
        g_assert_cmpstr(message->automatic, ==, CASES[i].automatic);
    }
}

static void test_list_ids_are_found(void)
{
    g_autoptr(Message) message = read_sample("from-a-list");
    g_autofree char *ids = joined(message->list_ids);
    g_assert_cmpstr(ids, ==, "other.lists.example.net; tld-ops.lists.example.org");
}

static void test_empty_is_not_the_same_as_without_text(void)
{
    static const struct {
        const char *name;
        bool is_empty;
    } CASES[] = {
        { "empty", true },   { "attachment-only", false }, { "pgp-encrypted", false },
        { "digest", false }, { "plain", false },           { "boundary-lost", false },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
        g_test_message("%s", CASES[i].name);
        g_autoptr(Message) message = read_sample(CASES[i].name);
        g_assert_cmpint(message->is_empty, ==, CASES[i].is_empty);
    }
}

static void test_reports_are_read(void)
{
    g_autoptr(Message) message = read_sample("dsn-postfix");
    g_assert_cmpstr(message->content_type, ==, "multipart/report");
    g_assert_cmpstr(message->report_type, ==, "delivery-status");
    g_assert_cmpstr(message->returned_message_id, ==, "1.alert@nic.example");
    g_assert_cmpstr(message->returned_to, ==, "tld-ops@lists.example.org");
    g_assert_cmpint(message->reports->len, ==, 1);
    const MessageReport *report = message->reports->pdata[0];
    g_assert_cmpstr(report->final_recipient, ==, "ann@nic.example");
    g_assert_cmpstr(report->original_recipient, ==, "ann@nic.example");
    g_assert_cmpstr(report->action, ==, "failed");
    g_assert_cmpstr(report->status, ==, "5.1.1");
    g_assert_cmpstr(report->remote_mta, ==, "mail.nic.example");
    g_assert_cmpstr(report->diagnostic, ==,
                    "550 5.1.1 <ann@nic.example>: Recipient address rejected: User unknown");
}

static void test_reports_of_several_recipients_are_read(void)
{
    g_autoptr(Message) two = read_sample("dsn-two-recipients");
    g_assert_cmpint(two->reports->len, ==, 2);
    const MessageReport *second = two->reports->pdata[1];
    g_assert_cmpstr(second->original_recipient, ==, "duty@nic.example");
    g_assert_cmpstr(second->status, ==, "5.1.10");

    g_autoptr(Message) utf8 = read_sample("dsn-utf8");
    const MessageReport *first = utf8->reports->pdata[0];
    g_assert_cmpstr(first->final_recipient, ==, "jürgen@nic.example");
    g_assert_cmpstr(utf8->returned_message_id, ==, "1.alert@nic.example");
}

static void test_of_two_returned_headers_the_first_counts(void)
{
    static const char TEXT[] =
        "From: mailer-daemon@nic.example\r\n"
        "Content-Type: multipart/report; boundary=b\r\n\r\n"
        "--b\r\nContent-Type: text/rfc822-headers\r\n\r\n"
        "To: ann@nic.example\r\n"
        "--b\r\nContent-Type: text/rfc822-headers\r\n\r\n"
        "To: bob@nic.example\r\nMessage-ID: <2@nic.example>\r\n--b--\r\n";
    g_autoptr(GBytes) mail = g_bytes_new_static(TEXT, strlen(TEXT));
    g_autoptr(Message) message = message_read(mail, NULL);
    g_assert_cmpstr(message->returned_to, ==, "ann@nic.example");
    g_assert_null(message->returned_message_id);
}

static void test_long_values_are_cut_with_a_notice(void)
{
    GString *text = g_string_new("From: ann@nic.example\r\nSubject: ");
    for (int i = 0; i < MESSAGE_VALUE_MAX; i++)
        g_string_append(text, "ü");
    g_string_append(text, "\r\n\r\n");
    for (int i = 0; i < MESSAGE_TEXT_MAX; i++)
        g_string_append(text, "ü");
    g_autoptr(GBytes) mail = g_string_free_to_bytes(text);
    g_autoptr(Message) message = message_read(mail, NULL);
    g_autofree char *notices = joined(message->notices);

    g_assert_cmpint(strlen(message->subject), ==, MESSAGE_VALUE_MAX);
    g_assert_cmpint(strlen(message->text), ==, MESSAGE_TEXT_MAX);
    g_assert_true(g_utf8_validate(message->text, -1, NULL));
    g_assert_cmpstr(notices, ==,
                    "Subject is longer than 4096 bytes: the rest was cut off; "
                    "the text is longer than 65536 bytes: the rest was cut off");
}

/* As many as fit: searched for from the beginning each, they would take seconds. */
static void test_text_of_nuls_is_blank(void)
{
    GString *text = g_string_new("From: ann@nic.example\r\n"
                                 "Content-Type: text/plain; charset=utf-16le\r\n"
                                 "Content-Transfer-Encoding: base64\r\n\r\n");
    for (int i = 0; i < MESSAGE_PART_MAX / 48; i++)
        g_string_append(text,
                        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\r\n");
    g_autoptr(GBytes) mail = g_string_free_to_bytes(text);
    g_autoptr(Message) message = message_read(mail, NULL);

    g_assert_true(message->is_empty);
    g_assert_cmpstr(message->notices->pdata[0], ==,
                    "the text has bytes that are not in its character set");
}

static void test_so_many_addresses_and_no_more(void)
{
    GString *text = g_string_new("From: ");
    for (int i = 0; i < 500; i++)
        g_string_append_printf(text, "a%d@nic.example,\r\n ", i);
    g_string_append(text, "b@nic.example\r\n\r\nx\r\n");
    g_autoptr(GBytes) mail = g_string_free_to_bytes(text);
    g_autoptr(Message) message = message_read(mail, NULL);

    g_assert_cmpint(message->from->len, ==, MESSAGE_VALUES_MAX);
    g_assert_cmpstr(message->notices->pdata[0], ==, "only the first 100 of From were read");
}

static void test_what_the_census_refuses_is_refused(void)
{
    GString *text = g_string_new("To: ");
    for (int i = 0; i < 50000; i++)
        g_string_append(text, "g:");
    g_autoptr(GBytes) mail = g_string_free_to_bytes(text);
    g_autoptr(GError) err = NULL;
    g_assert_null(message_read(mail, &err));
    g_assert_error(err, ERR_DOMAIN, ERR_INVALID);
}

/* GMime 3.2.13 never comes back from writing such a parameter, or from making up a boundary
 * for such a multipart: nothing here may ask it to. */
static void test_encoded_parameter_with_a_long_name_is_read(void)
{
    g_autofree char *name = g_strnfill(75, 'n');
    g_autofree char *text = g_strdup_printf(
        "From: ann@nic.example\r\nContent-Type: multipart/mixed; "
        "%s*=utf-8''%%e4%%bd%%a0%%e5%%a5%%bd\r\n\r\nx\r\n",
        name);
    g_autoptr(GBytes) mail = g_bytes_new(text, strlen(text));
    g_autoptr(Message) message = message_read(mail, NULL);
    g_assert_cmpstr(message->text, ==, "x\n");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/message/attached", test_attached_text_stands_apart);
    g_test_add_func("/message/recipients", test_recipients_are_those_of_to_and_cc);
    g_test_add_func("/message/json/round", test_json_goes_round);
    g_test_add_func("/message/json/empty", test_empty_message_goes_round);
    g_test_add_func("/message/json/refused", test_answer_of_a_taken_over_child_is_refused);
    g_test_add_func("/message/samples", test_samples);
    g_test_add_func("/message/ids", test_ids_stand_without_brackets);
    g_test_add_func("/message/from", test_two_from_fields_are_counted);
    g_test_add_func("/message/reply-to", test_reply_to_is_decoded);
    g_test_add_func("/message/automatic", test_machines_are_told_from_people);
    g_test_add_func("/message/automatic/marks", test_marks_of_machines);
    g_test_add_func("/message/list-ids", test_list_ids_are_found);
    g_test_add_func("/message/empty", test_empty_is_not_the_same_as_without_text);
    g_test_add_func("/message/reports", test_reports_are_read);
    g_test_add_func("/message/reports/several", test_reports_of_several_recipients_are_read);
    g_test_add_func("/message/returned/two", test_of_two_returned_headers_the_first_counts);
    g_test_add_func("/message/cut", test_long_values_are_cut_with_a_notice);
    g_test_add_func("/message/nuls", test_text_of_nuls_is_blank);
    g_test_add_func("/message/addresses/max", test_so_many_addresses_and_no_more);
    g_test_add_func("/message/refused", test_what_the_census_refuses_is_refused);
    g_test_add_func("/message/parameter", test_encoded_parameter_with_a_long_name_is_read);
    return g_test_run();
}
