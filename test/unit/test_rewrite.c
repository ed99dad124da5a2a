#include "alert/rewrite.h"

#include <string.h>

#include "base/err.h"

#define NOW G_GINT64_CONSTANT(1790000000)

static const char CONF[] = "[community]\n"
                           "name = TLD-OPS\n"
                           "list = tld-ops@lists.example.org\n"
                           "secretariat = Secretariat <secretariat@example.org>\n";

typedef struct {
    Config *config;
    Message *message;
    RewritePost post;
} Fixture;

static Config *config_of(const char *more)
{
    g_autoptr(GError) err = NULL;
    g_autofree char *text = g_strconcat(CONF, more, NULL);
    Config *config = NULL;
    config_parse(text, strlen(text), "/etc/muster/muster.conf", &config, &err);
    g_assert_no_error(err);
    return config;
}

static Mailbox *mailbox(const char *name, const char *address)
{
    Mailbox *m = g_new0(Mailbox, 1);
    m->name = g_strdup(name);
    m->address = g_strdup(address);
    m->raw = g_strdup(address);
    return m;
}

static void set_up(Fixture *f, gconstpointer more)
{
    f->config = config_of(more != NULL ? more : "");
    f->message = message_new();
    f->message->from_fields = 1;
    f->message->subject = g_strdup("attack");
    f->message->message_id = g_strdup("1@nic.example");
    g_ptr_array_add(f->message->from, mailbox("Jane Doe", "jane@nic.example"));
    f->post = (RewritePost){
        .config = f->config,
        .message = f->message,
        .route = ROUTE_EVERYONE,
        .id = 7,
        .now = NOW,
    };
}

static void tear_down(Fixture *f, gconstpointer unused)
{
    message_free(f->message);
    config_free(f->config);
}

#define PLAIN                                                                                  \
    "From: Jane Doe <jane@nic.example>\r\nTo: tld-ops@lists.example.org\r\n"                   \
    "Subject: attack\r\nDate: Mon, 21 Sep 2026 12:53:20 +0000\r\n"                             \
    "Message-ID: <1@nic.example>\r\n"

static Head *head_of(const char *fields)
{
    g_autoptr(GError) err = NULL;
    g_autofree char *text = g_strconcat(fields, "\r\nbody\r\n", NULL);
    g_autoptr(GBytes) mail = g_bytes_new(text, strlen(text));
    Head *head = head_parse(mail, &err);
    g_assert_no_error(err);
    return head;
}

static Head *rewritten(const Fixture *f, const char *fields)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(Head) head = head_of(fields);
    rewrite_post(&f->post, head, &err);
    g_assert_no_error(err);
    return g_steal_pointer(&head);
}

static void assert_field(const Head *head, const char *name, const char *want)
{
    g_autofree char *got = head_get(head, name, 0);
    g_test_message("%s", name);
    g_assert_cmpstr(got, ==, want);
    g_assert_cmpuint(head_count(head, name), ==, want == NULL ? 0 : 1);
}

static void test_copy_has_the_fields_of_the_list(Fixture *f, gconstpointer unused)
{
    g_autoptr(Head) head = rewritten(f, PLAIN);

    assert_field(head, "From",
                 "\"Jane Doe (jane@nic.example) via TLD-OPS\" <tld-ops@lists.example.org>");
    assert_field(head, "Reply-To",
                 "Jane Doe <jane@nic.example>, TLD-OPS <tld-ops@lists.example.org>");
    assert_field(head, "Sender", "tld-ops-owner@lists.example.org");
    assert_field(head, "Subject", "[TLD-OPS] attack");
    assert_field(head, "To", "tld-ops@lists.example.org");
    assert_field(head, "Message-ID", "<1@nic.example>");
    assert_field(head, "Date", "Mon, 21 Sep 2026 12:53:20 +0000");
    assert_field(head, "List-Id", "TLD-OPS <tld-ops.lists.example.org>");
    assert_field(head, "List-Post", "<mailto:tld-ops@lists.example.org>");
    assert_field(head, "List-Help", "<mailto:tld-ops-request@lists.example.org?subject=help>");
    assert_field(head, "List-Owner", "<mailto:tld-ops-owner@lists.example.org>");
    assert_field(head, "List-Unsubscribe",
                 "<mailto:tld-ops-request@lists.example.org?subject=leave>");
    assert_field(head, "Precedence", "list");
    assert_field(head, "List-Archive", NULL);
    assert_field(head, "Archived-At", NULL);
    assert_field(head, "X-Muster-Sender", NULL);
}

static void test_archive_is_named_where_there_is_one(Fixture *f, gconstpointer unused)
{
    g_autoptr(Head) head = rewritten(f, PLAIN);
    assert_field(head, "List-Archive", "<https://tld-ops.example.org/>");
    assert_field(head, "Archived-At", "<https://tld-ops.example.org/message/7>");
}

static void test_tld_and_committee_have_names_of_their_own(Fixture *f, gconstpointer unused)
{
    f->post.route = ROUTE_TLD;
    f->post.detail = "xn--p1ai";
    g_autoptr(Head) tld = rewritten(f, PLAIN);
    assert_field(tld, "List-Id",
                 "=?UTF-8?Q?TLD-OPS_=2E=D1=80=D1=84?= <xn--p1ai.tld-ops.lists.example.org>");
    assert_field(tld, "List-Post", "<mailto:tld-ops+xn--p1ai@lists.example.org>");
    assert_field(tld, "Subject", "[TLD-OPS =?UTF-8?B?LtGA0YRd?= attack");

    f->post.route = ROUTE_COMMITTEE;
    g_autoptr(Head) committee = rewritten(f, PLAIN);
    assert_field(committee, "List-Id",
                 "TLD-OPS committee <tld-ops-committee.lists.example.org>");
    assert_field(committee, "Subject", "[TLD-OPS committee] attack");
    assert_field(committee, "From",
                 "\"Jane Doe (jane@nic.example) via TLD-OPS committee\""
                 " <tld-ops-committee@lists.example.org>");
    assert_field(committee, "Reply-To",
                 "Jane Doe <jane@nic.example>,"
                 " TLD-OPS committee <tld-ops-committee@lists.example.org>");
}

static void test_from_stays_where_dmarc_asks_nothing(Fixture *f, gconstpointer unused)
{
    f->post.is_from_safe = true;
    g_autoptr(Head) head = rewritten(f, PLAIN);
    assert_field(head, "From", "Jane Doe <jane@nic.example>");
    assert_field(head, "Reply-To",
                 "Jane Doe <jane@nic.example>, TLD-OPS <tld-ops@lists.example.org>");
}

static void test_always_means_always(Fixture *f, gconstpointer unused)
{
    f->post.is_from_safe = true;
    g_autoptr(Head) head = rewritten(f, PLAIN);
    assert_field(head, "From",
                 "\"Jane Doe (jane@nic.example) via TLD-OPS\" <tld-ops@lists.example.org>");
}

static void test_never_leaves_from_and_marks_in_a_field(Fixture *f, gconstpointer unused)
{
    f->post.mark = "secondary address, .xx";
    f->post.recognised = "recognised: secondary address of Jane Doe, .xx";
    g_autoptr(Head) head = rewritten(f, PLAIN);
    assert_field(head, "From", "Jane Doe <jane@nic.example>");
    assert_field(head, "X-Muster-Sender", "recognised: secondary address of Jane Doe, .xx");
}

static void test_readers_see_a_secondary_address(Fixture *f, gconstpointer unused)
{
    f->post.is_from_safe = true;
    f->post.author_name = "Zo\xc3\xab Doe";
    f->post.mark = "secondary address, .xx";
    f->post.recognised = "recognised: secondary address of Zo\xc3\xab Doe, .xx";
    g_autoptr(Head) head = rewritten(f, PLAIN);
    assert_field(head, "From",
                 "=?UTF-8?Q?Zo=C3=AB_Doe_=28jane=40nic=2Eexample=2C_seco?="
                 " =?UTF-8?Q?ndary_address=2C_=2Exx=29_via_TLD-OPS?="
                 " <tld-ops@lists.example.org>");
    assert_field(head, "X-Muster-Sender",
                 "recognised: secondary address of =?UTF-8?Q?Zo=C3=AB?= Doe, .xx");
}

static void test_author_without_a_name_is_shown_by_address(Fixture *f, gconstpointer unused)
{
    Mailbox *author = f->message->from->pdata[0];
    g_clear_pointer(&author->name, g_free);
    g_autoptr(Head) head = rewritten(f, PLAIN);
    assert_field(head, "From", "\"jane@nic.example via TLD-OPS\" <tld-ops@lists.example.org>");
}

static void test_reply_to_of_the_author_is_kept(Fixture *f, gconstpointer unused)
{
    g_ptr_array_add(f->message->reply_to, mailbox(NULL, "desk@mail.example"));
    g_ptr_array_add(f->message->reply_to, mailbox("Again", "JANE@nic.example"));
    g_ptr_array_add(f->message->reply_to, mailbox(NULL, "tld-ops-request@lists.example.org"));
    g_ptr_array_add(f->message->reply_to, mailbox("No address", NULL));
    g_autoptr(Head) head = rewritten(f, PLAIN "Reply-To: desk@mail.example\r\n");
    assert_field(head, "Reply-To",
                 "Jane Doe <jane@nic.example>, TLD-OPS <tld-ops@lists.example.org>,"
                 " desk@mail.example");
}

static void test_many_reply_addresses_are_cut(Fixture *f, gconstpointer unused)
{
    for (int i = 0; i < 90; i++) {
        g_autofree char *address = g_strdup_printf("a%d@example.org", i);
        g_ptr_array_add(f->message->reply_to, mailbox(NULL, address));
    }
    g_autoptr(Head) head = rewritten(f, PLAIN);
    g_autofree char *value = head_get(head, "Reply-To", 0);
    g_auto(GStrv) parts = g_strsplit(value, ",", -1);
    g_assert_cmpuint(g_strv_length(parts), ==, 10);
}

/* clang-format off */
static const struct {
    const char *subject; /* decoded */
    const char *raw;
    const char *want;
} SUBJECTS[] = {
    { "attack", "attack", "[TLD-OPS] attack" },
    { "TLP:RED attack", "TLP:RED attack", "[TLD-OPS] TLP:RED attack" },
    { "[TLD-OPS] attack", "[TLD-OPS] attack", "[TLD-OPS] attack" },
    { "Re: [TLD-OPS] attack", "Re: [TLD-OPS] attack", "Re: [TLD-OPS] attack" },
    { "RE: [tld-ops] attack", "RE: [tld-ops] attack", "RE: [tld-ops] attack" },
    { "[TLD-OPS] Re: [TLD-OPS] attack", "[TLD-OPS] Re: [TLD-OPS] attack",
      "[TLD-OPS] Re: attack" },
    { "Re: attack", "Re: attack", "[TLD-OPS] Re: attack" },
    { "caf\xc3\xa9", "=?utf-8?q?caf=C3=A9?=", "[TLD-OPS] =?utf-8?q?caf=C3=A9?=" },
    { "Re: [TLD-OPS] caf\xc3\xa9", "Re: =?utf-8?q?=5BTLD-OPS=5D_caf=C3=A9?=",
      "Re: =?utf-8?q?=5BTLD-OPS=5D_caf=C3=A9?=" },
    { "caf\xc3\xa9", "caf\xc3\xa9", "[TLD-OPS] =?UTF-8?Q?caf=C3=A9?=" },
    { "caf\xef\xbf\xbd", "caf\xe9", "[TLD-OPS] =?UTF-8?Q?caf=EF=BF=BD?=" },
    { "a Bcc: eve@example.org", "=?utf-8?q?a=0D=0ABcc:_eve@example.org?=",
      "[TLD-OPS] a Bcc: eve@example.org" },
    { "[TLD-OPS] a Bcc: x", "=?utf-8?q?[TLD-OPS]_a=0D=0ABcc:_x?=", "[TLD-OPS] a Bcc: x" },
    { "a b", "a\x01 b", "[TLD-OPS] a b" },
    { "", "", "[TLD-OPS] (no subject)" },
    { NULL, NULL, "[TLD-OPS] (no subject)" },
};
/* clang-format on */

static void test_prefix_stands_once(Fixture *f, gconstpointer unused)
{
    for (size_t i = 0; i < G_N_ELEMENTS(SUBJECTS); i++) {
        g_test_message("%zu: %s", i, SUBJECTS[i].want);
        g_free(f->message->subject);
        f->message->subject = g_strdup(SUBJECTS[i].subject);
        g_autofree char *fields = SUBJECTS[i].raw == NULL
                                      ? g_strdup("From: jane@nic.example\r\n")
                                      : g_strdup_printf("From: jane@nic.example\r\n"
                                                        "Subject: %s\r\n",
                                                        SUBJECTS[i].raw);
        g_autoptr(Head) head = rewritten(f, fields);
        assert_field(head, "Subject", SUBJECTS[i].want);
    }
}

static void test_prefix_knows_its_audience(Fixture *f, gconstpointer unused)
{
    g_autoptr(Config) plain = config_of("subject-prefix = ALERT\n");
    g_autofree char *tld = rewrite_subject(f->config, ROUTE_TLD, "ca", "Re: [TLD-OPS .ca] x");
    g_assert_cmpstr(tld, ==, "Re: [TLD-OPS .ca] x");
    g_autofree char *other = rewrite_subject(f->config, ROUTE_TLD, "ca", "Re: [TLD-OPS] x");
    g_assert_cmpstr(other, ==, "[TLD-OPS .ca] Re: [TLD-OPS] x");
    g_autofree char *bare = rewrite_subject(plain, ROUTE_TLD, "ca", "x");
    g_assert_cmpstr(bare, ==, "ALERT .ca x");
}

static void test_two_subjects_become_one(Fixture *f, gconstpointer unused)
{
    g_autoptr(Head) head = rewritten(f, "Subject: attack\r\n" PLAIN);
    assert_field(head, "Subject", "[TLD-OPS] attack");
}

static void test_what_is_missing_is_added(Fixture *f, gconstpointer unused)
{
    g_clear_pointer(&f->message->message_id, g_free);
    g_autoptr(Head) head = rewritten(f, "From: jane@nic.example\r\n");
    assert_field(head, "Date", "Mon, 21 Sep 2026 14:13:20 +0000");
    assert_field(head, "Message-ID", "<muster.7.1790000000@lists.example.org>");
    assert_field(head, "To", "TLD-OPS <tld-ops@lists.example.org>");
}

static const char *const GONE[] = {
    "Bcc: eve@example.org",
    "Resent-Bcc: eve@example.org",
    "Return-Path: <jane@nic.example>",
    "Delivered-To: tld-ops@lists.example.org",
    "X-Original-To: tld-ops@lists.example.org",
    "Authentication-Results: mx.example.org; dmarc=pass",
    "AUTHENTICATION-RESULTS: elsewhere.example; dmarc=pass",
    "Received-SPF: pass",
    "Disposition-Notification-To: jane@nic.example",
    "Return-Receipt-To: jane@nic.example",
    "X-Confirm-Reading-To: jane@nic.example",
    "Errors-To: jane@nic.example",
    "List-Subscribe: <mailto:join@elsewhere.example>",
    "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
    "X-Mailman-Version: 2.1",
    "X-Loop: elsewhere",
    "Approved: secret",
    "X-Muster-Sender: recognised: primary address of the chair",
    "X-Foo: \x01",
    "X-Foo: caf\xc3\xa9",
    "Cc: \xff <eve@example.org>",
    "Cc: =?utf-8?q?x=0D=0ABcc=3A_eve?= <eve@example.org>",
    "no field at all",
};

static void test_what_is_not_for_readers_goes(Fixture *f, gconstpointer unused)
{
    g_autoptr(Head) clean = rewritten(f, PLAIN);
    g_autoptr(GBytes) want = head_format(clean);
    for (size_t i = 0; i < G_N_ELEMENTS(GONE); i++) {
        g_test_message("%s", GONE[i]);
        g_autofree char *fields = g_strconcat(PLAIN, GONE[i], "\r\n", NULL);
        g_autoptr(Head) head = rewritten(f, fields);
        g_autoptr(GBytes) got = head_format(head);
        g_assert_true(g_bytes_equal(got, want));
    }
}

static void test_fields_of_another_list_are_replaced(Fixture *f, gconstpointer unused)
{
    g_autoptr(Head)
        head = rewritten(f, PLAIN "List-Id: <foreign.example>\r\n"
                                  "Precedence: bulk\r\nSender: x@foreign.example\r\n"
                                  "Reply-To: eve@example.org\r\n");
    assert_field(head, "List-Id", "TLD-OPS <tld-ops.lists.example.org>");
    assert_field(head, "Precedence", "list");
    assert_field(head, "Sender", "tld-ops-owner@lists.example.org");
    assert_field(head, "Reply-To",
                 "Jane Doe <jane@nic.example>, TLD-OPS <tld-ops@lists.example.org>");
}

static void test_trace_threads_and_signatures_stay(Fixture *f, gconstpointer unused)
{
    g_autoptr(Head)
        head = rewritten(f, "Received: from a by b\r\n" PLAIN "In-Reply-To: <0@nic.example>\r\n"
                            "References: <0@nic.example>\r\n"
                            "DKIM-Signature: v=1; bh=abc\r\n"
                            "Auto-Submitted: auto-generated\r\n"
                            "Content-Type: text/plain;\r\n charset=utf-8\r\n");
    assert_field(head, "Received", "from a by b");
    assert_field(head, "In-Reply-To", "<0@nic.example>");
    assert_field(head, "References", "<0@nic.example>");
    assert_field(head, "DKIM-Signature", "v=1; bh=abc");
    assert_field(head, "Auto-Submitted", "auto-generated");
    assert_field(head, "Content-Type", "text/plain; charset=utf-8");
}

static void test_untouched_fields_stay_byte_for_byte(Fixture *f, gconstpointer unused)
{
    g_autoptr(Head) head = rewritten(f, PLAIN "References:  <0@nic.example>\r\n"
                                              "\t<1@nic.example>  \r\n");
    g_autoptr(GBytes) bytes = head_format(head);
    g_autofree char *text = g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
    g_assert_nonnull(
        strstr(text, "\r\nReferences:  <0@nic.example>\r\n\t<1@nic.example>  \r\n"));
}

static void test_long_words_fit_into_lines(Fixture *f, gconstpointer unused)
{
    g_autofree char *word = g_strnfill(1500, 'x');
    g_autofree char *fields = g_strdup_printf("From: jane@nic.example\r\nSubject: %s\r\n",
                                              word);
    g_free(f->message->subject);
    f->message->subject = g_strdup(word);
    g_autoptr(Head) head = rewritten(f, fields);
    g_autofree char *value = head_get(head, "Subject", 0);
    g_assert_true(g_str_has_prefix(value, "[TLD-OPS] =?UTF-8?Q?xxx"));
}

static void test_utf8_stays_in_a_mail_that_came_with_it(Fixture *f, gconstpointer unused)
{
    f->post.is_utf8 = true;
    g_autoptr(Head) head = rewritten(f, PLAIN "Cc: caf\xc3\xa9 <eve@example.org>\r\n"
                                              "X-Foo: \xff\r\n");
    assert_field(head, "Cc", "caf\xc3\xa9 <eve@example.org>");
    assert_field(head, "X-Foo", NULL);
}

static void test_from_that_stays_is_made_plain(Fixture *f, gconstpointer unused)
{
    f->post.is_from_safe = true;
    g_autoptr(Head)
        head = rewritten(f, "From: =?utf-8?q?Jane=0D=0ADoe?= <jane@nic.example>\r\n");
    assert_field(head, "From", "Jane Doe <jane@nic.example>");
}

static const char *const REFUSED[] = {
    "Content-Type: text/plain\r\nContent-Type: multipart/mixed; boundary=x",
    "Content-Transfer-Encoding: base64\r\nContent-Transfer-Encoding: 7bit",
    "MIME-Version: 1.0\r\nMime-Version: 1.0",
    "Content-Type: text/plain; name=caf\xe9",
};

static void test_shape_told_twice_has_no_clean_copy(Fixture *f, gconstpointer unused)
{
    for (size_t i = 0; i < G_N_ELEMENTS(REFUSED); i++) {
        g_test_message("%s", REFUSED[i]);
        g_autoptr(GError) err = NULL;
        g_autofree char *fields = g_strconcat(PLAIN, REFUSED[i], "\r\n", NULL);
        g_autoptr(Head) head = head_of(fields);
        g_assert_false(rewrite_post(&f->post, head, &err));
        g_assert_true(err_is(err, ERR_INVALID));
    }
}

static void test_address_that_reads_as_encoded_goes_nowhere(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(Head) head = head_of(PLAIN);
    Mailbox *author = f->message->from->pdata[0];
    g_ptr_array_add(f->message->reply_to, mailbox(NULL, "=?utf-8?q?=0a?=@nic.example"));
    g_autoptr(Head) copy = rewritten(f, PLAIN);
    assert_field(copy, "Reply-To",
                 "Jane Doe <jane@nic.example>, TLD-OPS <tld-ops@lists.example.org>");

    g_free(author->address);
    author->address = g_strdup("=?utf-8?q?=0a?=@nic.example");
    g_assert_false(rewrite_post(&f->post, head, &err));
    g_assert_true(err_is(err, ERR_INVALID));
    g_clear_error(&err);
    f->post.route = ROUTE_OWNER;
    rewrite_forward(&f->post, head, &err);
    g_assert_no_error(err);
    assert_field(head, "Reply-To", NULL);
}

static void test_own_mail_is_known_again(Fixture *f, gconstpointer unused)
{
    g_autoptr(Head) post = rewritten(f, PLAIN);
    g_assert_false(rewrite_is_ours(f->config, f->message, post));

    static const char *const OURS[] = { "tld-ops.lists.example.org",
                                        "TLD-OPS.LISTS.example.org",
                                        "ca.tld-ops.lists.example.org",
                                        "tld-ops-committee.lists.example.org" };
    for (size_t i = 0; i < G_N_ELEMENTS(OURS); i++) {
        g_ptr_array_set_size(f->message->list_ids, 0);
        g_ptr_array_add(f->message->list_ids, g_strdup(OURS[i]));
        g_assert_true(rewrite_is_ours(f->config, f->message, post));
    }
    g_ptr_array_set_size(f->message->list_ids, 0);
    g_ptr_array_add(f->message->list_ids, g_strdup("my-tld-ops.lists.example.org"));
    g_assert_false(rewrite_is_ours(f->config, f->message, post));
}

static void test_forward_is_marked_and_no_list_mail(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(Head) head = head_of(PLAIN "Bcc: eve@example.org\r\n");
    f->post.route = ROUTE_OWNER;
    rewrite_forward(&f->post, head, &err);
    g_assert_no_error(err);
    assert_field(head, "From",
                 "\"Jane Doe (jane@nic.example) via TLD-OPS owner\""
                 " <tld-ops-owner@lists.example.org>");
    assert_field(head, "Reply-To", "Jane Doe <jane@nic.example>");
    assert_field(head, "Subject", "attack");
    assert_field(head, "X-Loop", "tld-ops-owner@lists.example.org");
    assert_field(head, "List-Id", NULL);
    assert_field(head, "Bcc", NULL);
    g_assert_true(rewrite_is_ours(f->config, f->message, head));
}

static void test_forward_needs_no_author(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(Head) head = head_of("Subject: help\r\n");
    g_ptr_array_set_size(f->message->from, 0);
    g_clear_pointer(&f->message->subject, g_free);
    f->post.route = ROUTE_OWNER;
    rewrite_forward(&f->post, head, &err);
    g_assert_no_error(err);
    assert_field(head, "From", "TLD-OPS owner <tld-ops-owner@lists.example.org>");
    assert_field(head, "Reply-To", NULL);
}

#define ADD(path, more, function) g_test_add(path, Fixture, more, set_up, function, tear_down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("/rewrite/fields", NULL, test_copy_has_the_fields_of_the_list);
    ADD("/rewrite/archive", "[web]\nurl = https://tld-ops.example.org/\n",
        test_archive_is_named_where_there_is_one);
    ADD("/rewrite/audiences", NULL, test_tld_and_committee_have_names_of_their_own);
    ADD("/rewrite/from/dmarc", NULL, test_from_stays_where_dmarc_asks_nothing);
    ADD("/rewrite/from/always", "[policy]\nfrom-rewrite = always\n", test_always_means_always);
    ADD("/rewrite/from/never", "[policy]\nfrom-rewrite = never\n",
        test_never_leaves_from_and_marks_in_a_field);
    ADD("/rewrite/from/secondary", NULL, test_readers_see_a_secondary_address);
    ADD("/rewrite/from/nameless", NULL, test_author_without_a_name_is_shown_by_address);
    ADD("/rewrite/from/plain", NULL, test_from_that_stays_is_made_plain);
    ADD("/rewrite/reply-to", NULL, test_reply_to_of_the_author_is_kept);
    ADD("/rewrite/reply-to/many", NULL, test_many_reply_addresses_are_cut);
    ADD("/rewrite/subject", NULL, test_prefix_stands_once);
    ADD("/rewrite/subject/audience", NULL, test_prefix_knows_its_audience);
    ADD("/rewrite/subject/two", NULL, test_two_subjects_become_one);
    ADD("/rewrite/missing", NULL, test_what_is_missing_is_added);
    ADD("/rewrite/gone", NULL, test_what_is_not_for_readers_goes);
    ADD("/rewrite/foreign", NULL, test_fields_of_another_list_are_replaced);
    ADD("/rewrite/stays", NULL, test_trace_threads_and_signatures_stay);
    ADD("/rewrite/bytes", NULL, test_untouched_fields_stay_byte_for_byte);
    ADD("/rewrite/long", NULL, test_long_words_fit_into_lines);
    ADD("/rewrite/utf8", NULL, test_utf8_stays_in_a_mail_that_came_with_it);
    ADD("/rewrite/shape", NULL, test_shape_told_twice_has_no_clean_copy);
    ADD("/rewrite/encoded-address", NULL, test_address_that_reads_as_encoded_goes_nowhere);
    ADD("/rewrite/ours", NULL, test_own_mail_is_known_again);
    ADD("/rewrite/forward", NULL, test_forward_is_marked_and_no_list_mail);
    ADD("/rewrite/forward/no-author", NULL, test_forward_needs_no_author);
    return g_test_run();
}
