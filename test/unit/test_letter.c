#include "queue/letter.h"

#include "base/err.h"
#include "community_fixture.h"

static Letter letter_to(const char *address)
{
    return (Letter){
        .template = "hello",
        .kind = OUTBOX_NOTICE,
        .from = "tld-ops-request@lists.example.org",
        .to = address,
        .data = json_pack("{s:s}", "name", "Ann"),
    };
}

static void test_message_id_of_a_letter_is_known(Community *c, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    g_auto(LetterSent) sent = { .message_id = 0 };
    const Work work = work_at(c, NOW);
    override(c, "en", "hello.mustache", "Subject: Hello {{name}}\n\nof {{community}}\n");
    const Letter letter = letter_to("ann@nic.example");
    letter_send_known(&work, &letter, &sent, &err);
    g_assert_no_error(err);
    g_autofree char *data = data_text(c->base.db, "SELECT data FROM message");
    g_autofree char *field = g_strdup_printf("\r\nMessage-ID: <%s>\r\n", sent.header_id);
    g_assert_nonnull(strstr(data, field));
    g_assert_nonnull(strstr(data, "\r\nof TLD-OPS\r\n"));
    g_assert_cmpint(sent.message_id, ==, count_rows(c->base.db, "SELECT id FROM message"));
}

static void test_preview_sends_nothing(Community *c, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    g_autofree char *subject = NULL;
    g_autofree char *text = NULL;
    const Work work = work_at(c, NOW);
    override(c, "en", "hello.mustache", "Subject: Hello {{name}}\n\nof {{community}}\n");
    const Letter letter = letter_to("ann@nic.example");
    letter_preview(&work, &letter, &subject, &text, &err);
    g_assert_no_error(err);
    g_assert_cmpstr(subject, ==, "Hello Ann");
    g_assert_cmpstr(text, ==, "of TLD-OPS\n");
    g_assert_cmpint(count_rows(c->base.db, "SELECT count(*) FROM message"), ==, 0);
}

static void test_letter_without_subject_is_refused(Community *c, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    g_auto(LetterSent) sent = { .message_id = 0 };
    const Work work = work_at(c, NOW);
    override(c, "en", "hello.mustache", "Hello {{name}}\n");
    const Letter letter = letter_to("ann@nic.example");
    g_assert_false(letter_send_known(&work, &letter, &sent, &err));
    g_assert_error(err, ERR_DOMAIN, ERR_INVALID);
    g_assert_null(sent.header_id);
}

/* A part, in a language, and how it begins. */
static void assert_part(const Community *c, const char *language, const char *name,
                        const char *begin)
{
    g_autoptr(GError) err = NULL;
    const Work work = work_at(c, NOW);
    g_autofree char *text = letter_part(&work, language, name, &err);
    g_assert_no_error(err);
    g_test_message("%s", text);
    g_assert_true(g_str_has_prefix(text, begin));
    g_assert_false(g_str_has_suffix(text, "\n"));
}

static void test_part_is_the_secretariats_own_if_there_is_one(Community *c,
                                                              gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    const Work work = work_at(c, NOW);
    assert_part(c, "en", "confidentiality", "CONFIDENTIALITY\n");
    assert_part(c, "ar", "confidentiality", "السرية\n");
    assert_part(c, "fr", "confidentiality", "CONFIDENTIALITY\n");
    assert_part(c, NULL, "confidentiality", "CONFIDENTIALITY\n");
    override(c, "en", "confidentiality.mustache",
             "{{contacts}} at most, {{request}}, {{list}}\n");
    assert_part(c, "en", "confidentiality",
                "3 at most, tld-ops-request@lists.example.org, tld-ops@lists.example.org");
    override(c, "en", "confidentiality.mustache", "{{telephone}}");
    g_assert_null(letter_part(&work, "en", "confidentiality", &err));
    g_assert_error(err, ERR_DOMAIN, ERR_INVALID);
}

static void test_languages_of_a_letter(Community *c, gconstpointer unused)
{
    const Work work = work_at(c, NOW);
    g_assert_true(letter_speaks(&work, "en", "invitation"));
    g_assert_true(letter_speaks(&work, "ar", "invitation"));
    g_assert_false(letter_speaks(&work, "fr", "invitation"));
    g_assert_false(letter_speaks(&work, "../mail/en", "invitation"));
    g_assert_false(letter_speaks(&work, "..", "invitation"));
    override(c, "fr", "invitation.mustache", "Subject: Invitation\n");
    g_assert_true(letter_speaks(&work, "fr", "invitation"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD_COMMUNITY_TEST("/letter/message-id", test_message_id_of_a_letter_is_known);
    ADD_COMMUNITY_TEST("/letter/preview", test_preview_sends_nothing);
    ADD_COMMUNITY_TEST("/letter/no-subject", test_letter_without_subject_is_refused);
    ADD_COMMUNITY_TEST("/letter/part", test_part_is_the_secretariats_own_if_there_is_one);
    ADD_COMMUNITY_TEST("/letter/languages", test_languages_of_a_letter);
    return g_test_run();
}
