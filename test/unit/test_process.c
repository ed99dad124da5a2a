#include "alert/lookup.h"
#include "alert_fixture.h"

#define ALL  "chris@chair.example,jane@nic.example,joe@nic.example,li@registry.example"
#define LIST "tld-ops@lists.example.org"

/* A mail; id and more (fields) may differ. */
static char *mail(const char *from, const char *id, const char *more, const char *body)
{
    return g_strdup_printf("From: %s\r\nTo: tld-ops@lists.example.org\r\n"
                           "Subject: TLP:AMBER attack\r\nMessage-ID: <%s>\r\n%s\r\n%s\r\n",
                           from, id, more, body);
}

static int64_t post_to(Community *c, const char *recipient, const char *from, const char *id,
                       const char *more)
{
    g_autofree char *text = mail(from, id, more, "We are under attack.");
    return receive(c, from, recipient, text);
}

static int64_t answer_to(Community *c, const char *address, const char *more, const char *body)
{
    g_autofree char *text = mail("jane@nic.example", "answer@nic.example", more, body);
    return receive(c, "jane@nic.example", address, text);
}

/* The address in the Reply-To or From of the last confirmation. */
static char *confirm_address(Community *c)
{
    g_autofree char *text = data_text(c->store.db,
                                      "SELECT data FROM message WHERE kind = 'confirmation'"
                                      " ORDER BY id DESC LIMIT 1");
    const char *start = strstr(text, "tld-ops-confirm+");
    g_assert_nonnull(start);
    return g_strndup(start, strcspn(start, ">"));
}

static void test_proven_post_of_a_member_goes_to_everyone(Community *c, gconstpointer unused)
{
    int64_t id = post_to(c, LIST, "jane@nic.example", "1@nic.example", PROVEN);

    g_autoptr(InboxItem) item = row(c, id);
    g_assert_cmpstr(item->state_name, ==, "accepted");
    g_assert_cmpstr(item->sender, ==, "jane@nic.example");
    g_assert_cmpint(item->person_id, !=, 0);
    g_assert_nonnull(strstr(item->evidence, "dmarc=pass"));
    g_assert_cmpstr(item->tlp, ==, "TLP:AMBER");
    g_assert_cmpstr(item->subject, ==, "TLP:AMBER attack");
    g_assert_cmpstr(item->header_id, ==, "1@nic.example");
    assert_last_sent(c, "post", ALL);
    g_assert_cmpint(messages(c), ==, 1);

    g_autofree char *post = text_of(c, "SELECT audience || ' ' || tlp FROM post");
    g_assert_cmpstr(post, ==, "everyone TLP:AMBER");
    g_autofree char *actor = text_of(c,
                                     "SELECT actor FROM journal WHERE action = 'post.accept'");
    g_autofree char *want = g_strdup_printf("mail:person %" G_GINT64_FORMAT, item->person_id);
    g_assert_cmpstr(actor, ==, want);
}

static void test_body_goes_out_byte_for_byte(Community *c, gconstpointer unused)
{
    static const char BODY[] = "  odd \t \r\n\r\n.dot\r\n\r\nb\xc3\xb6se\r\n\r\n\r\n";
    g_autofree char *text = mail("jane@nic.example", "1@nic.example", PROVEN, BODY);
    receive(c, "jane@nic.example", LIST, text);

    g_autofree char *out = last_mail(c);
    const char *body = strstr(out, "\r\n\r\n") + 4;
    g_autofree char *want = g_strconcat(BODY, "\r\n", NULL);
    g_assert_cmpstr(body, ==, want);
    g_assert_cmpint(count(c, "SELECT is_8bit FROM message"), ==, 1);
    g_assert_cmpint(count(c, "SELECT is_utf8 FROM message"), ==, 0);
    g_assert_cmpint(count(c, "SELECT bounces FROM message"), ==, 1);
}

static void test_journal_names_sender_and_audience_and_no_body(Community *c,
                                                               gconstpointer unused)
{
    post_to(c, "tld-ops+ca@lists.example.org", "jane@nic.example", "1@nic.example", PROVEN);
    g_autofree char *details = text_of(c, "SELECT details FROM journal"
                                          " WHERE action = 'post.accept' AND tld = 'ca'");
    g_assert_true(
        g_str_has_prefix(details, "message 1 to tld:ca, 2 copies, evidence: dmarc=pass"));
    g_autofree char *sender = text_of(c,
                                      "SELECT value FROM journal_value WHERE name = 'sender'");
    g_assert_cmpstr(sender, ==, "jane@nic.example");
}

static void test_secondary_address_posts_and_is_marked(Community *c, gconstpointer unused)
{
    post_to(c, LIST, "jane@mail.example", "1@mail.example",
            "Authentication-Results: mx.example.org; dmarc=pass (p=none)"
            " header.from=mail.example\r\n");
    assert_last_sent(c, "post", ALL);
    g_autofree char *out = last_mail(c);
    g_assert_nonnull(
        strstr(out, "X-Muster-Sender: recognised: secondary address of Jane Doe, .ca"));
    g_assert_nonnull(
        strstr(out, "Jane Doe (jane@mail.example, secondary address, .ca) via TLD-OPS"));
}

static void test_tld_post_goes_to_its_contacts(Community *c, gconstpointer unused)
{
    post_to(c, "tld-ops+ca@lists.example.org", "li@registry.example", "1@registry.example",
            "Authentication-Results: mx.example.org; dkim=pass header.d=registry.example\r\n");
    assert_last_sent(c, "post", "jane@nic.example,joe@nic.example");
    g_autofree char *audience = text_of(c, "SELECT audience FROM post");
    g_assert_cmpstr(audience, ==, "tld:ca");
}

static void test_tld_without_contacts_is_said_to_members(Community *c, gconstpointer unused)
{
    int64_t id = post_to(c, "tld-ops+nl@lists.example.org", "jane@nic.example", "1@nic.example",
                         PROVEN);
    assert_row(c, id, "refused", "nobody is on file to send it to");
    assert_last_sent(c, "notice", "jane@nic.example");
}

static void test_no_tld_has_no_readers(Community *c, gconstpointer unused)
{
    int64_t id = post_to(c, "tld-ops+xyzzy@lists.example.org", "jane@nic.example",
                         "1@nic.example", PROVEN);
    assert_row(c, id, "refused", "nobody is on file to send it to");
}

static void test_committee_posts_to_itself(Community *c, gconstpointer unused)
{
    post_to(c, "tld-ops-committee@lists.example.org", "chris@chair.example", "1@chair.example",
            "Authentication-Results: mx.example.org; dmarc=pass header.from=chair.example\r\n");
    assert_last_sent(c, "post", "chris@chair.example");
    g_autofree char *out = last_mail(c);
    g_assert_nonnull(
        strstr(out, "List-Id: TLD-OPS committee <tld-ops-committee.lists.example.org>"));
}

static void test_member_outside_the_committee_waits_there(Community *c, gconstpointer unused)
{
    int64_t id = post_to(c, "tld-ops-committee@lists.example.org", "jane@nic.example",
                         "1@nic.example", PROVEN);
    g_autoptr(InboxItem) item = row(c, id);
    g_assert_cmpstr(item->state_name, ==, "held");
    g_assert_cmpstr(item->waits_for, ==, "secretariat");
    assert_last_sent(c, "notice", "jane@nic.example");
}

static void test_unproven_post_waits_for_its_author(Community *c, gconstpointer unused)
{
    int64_t id = post_to(c, LIST, "jane@nic.example", "1@nic.example", "");
    g_autoptr(InboxItem) item = row(c, id);
    g_assert_cmpstr(item->state_name, ==, "held");
    g_assert_cmpstr(item->waits_for, ==, "confirmation");
    assert_last_sent(c, "confirmation", "jane@nic.example");
    g_assert_cmpint(count(c, "SELECT bounces FROM message"), ==, 0);

    g_autofree char *out = last_mail(c);
    g_autofree char *address = confirm_address(c);
    g_assert_nonnull(strstr(out, "Auto-Submitted: auto-generated\r\n"));
    g_assert_nonnull(strstr(out, "In-Reply-To: <1@nic.example>\r\n"));
    g_assert_nonnull(strstr(out, "TLP:AMBER attack"));
    /* The store holds the hash only. */
    g_autofree char *hash = text_of(c, "SELECT token_hash FROM confirmation");
    g_assert_null(strstr(address, hash));
    g_assert_cmpuint(strlen(hash), ==, 64);
}

static void test_confirmation_goes_to_the_address_on_file(Community *c, gconstpointer unused)
{
    g_autofree char *text = mail("Jane <JANE@NIC.example>", "1@nic.example", "", "Help.");
    receive(c, "eve@elsewhere.example", LIST, text);
    assert_last_sent(c, "confirmation", "jane@nic.example");
}

static void test_yes_lets_the_post_out(Community *c, gconstpointer unused)
{
    int64_t id = post_to(c, LIST, "jane@nic.example", "1@nic.example", "");
    g_autofree char *address = confirm_address(c);
    int64_t answer = answer_to(c, address, "", "Yes, that was me.");

    assert_row(c, answer, "confirmed", "answered yes: the post goes out");
    assert_row(c, id, "waiting", "confirmed by its author");
    g_assert_cmpint(work(c), ==, 1);
    g_autoptr(InboxItem) item = row(c, id);
    g_assert_cmpstr(item->state_name, ==, "accepted");
    g_assert_cmpstr(item->evidence, ==, "confirmed by answer");
    assert_last_sent(c, "post", ALL);
    g_assert_cmpint(count(c, "SELECT count(*) FROM journal WHERE action = 'post.confirm'"), ==,
                    1);
}

static void test_no_drops_the_post(Community *c, gconstpointer unused)
{
    int64_t id = post_to(c, LIST, "jane@nic.example", "1@nic.example", "");
    g_autofree char *address = confirm_address(c);
    int64_t answer = answer_to(c, address, "", "No, that was not me.");

    assert_row(c, answer, "confirmed", "answered no: the post is dropped");
    assert_row(c, id, "dropped",
               "the owner of the address in From answered that it is not to go out");
    g_assert_cmpint(work(c), ==, 0);
}

static void test_other_words_change_nothing(Community *c, gconstpointer unused)
{
    int64_t id = post_to(c, LIST, "jane@nic.example", "1@nic.example", "");
    g_autofree char *address = confirm_address(c);
    int64_t answer = answer_to(c, address, "", "This was not me!");

    assert_row(c, answer, "kept",
               "the answer begins neither with yes nor with no, so it changes nothing");
    assert_row(c, id, "held", "nothing shows that the member in From has sent it");
    g_assert_cmpint(count(c, "SELECT count(*) FROM confirmation WHERE used_at IS NULL"), ==, 1);
}

static void test_automatic_answer_confirms_nothing(Community *c, gconstpointer unused)
{
    int64_t id = post_to(c, LIST, "jane@nic.example", "1@nic.example", "");
    g_autofree char *address = confirm_address(c);
    int64_t answer = answer_to(c, address, "Auto-Submitted: auto-replied\r\n",
                               "Yes, I am away.");

    assert_row(c, answer, "kept",
               "an automatic answer confirms nothing: Auto-Submitted: auto-replied");
    g_autofree char *text = mail("jane@nic.example", "b@nic.example", "", "yes");
    int64_t bounced = receive(c, "", address, text);
    assert_row(c, bounced, "kept", "an automatic answer confirms nothing");
    assert_row(c, id, "held", "nothing shows that the member in From has sent it");
}

static void test_token_counts_once(Community *c, gconstpointer unused)
{
    post_to(c, LIST, "jane@nic.example", "1@nic.example", "");
    g_autofree char *address = confirm_address(c);
    answer_to(c, address, "", "yes");
    g_assert_cmpint(work(c), ==, 1);
    int64_t again = answer_to(c, address, "", "yes");
    assert_row(c, again, "kept", "this confirmation has been answered before");
    g_assert_cmpint(count(c, "SELECT count(*) FROM post"), ==, 1);
}

static void test_token_is_good_for_its_post_only(Community *c, gconstpointer unused)
{
    int64_t first = post_to(c, LIST, "jane@nic.example", "1@nic.example", "");
    g_autofree char *address = confirm_address(c);
    int64_t second = post_to(c, LIST, "jane@nic.example", "2@nic.example", "");
    answer_to(c, address, "", "yes");
    work(c);
    assert_row(c, first, "accepted", "from a member: confirmed by answer");
    assert_row(c, second, "held", "nothing shows that the member in From has sent it");
}

static void test_token_runs_out(Community *c, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    int64_t id = post_to(c, LIST, "jane@nic.example", "1@nic.example", "");
    g_autofree char *address = confirm_address(c);
    c->work.now = NOW + 72 * HOUR;
    int64_t answer = answer_to(c, address, "", "yes");
    assert_row(c, answer, "kept", "this confirmation came too late");

    int64_t next_at = 0;
    process_due(&c->work, &next_at, &err);
    g_assert_no_error(err);
    assert_row(c, id, "dropped", "nobody confirmed it in time");
    g_assert_cmpint(work(c), ==, 0);
}

static void test_unexpired_post_is_left_alone(Community *c, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    int64_t id = post_to(c, LIST, "jane@nic.example", "1@nic.example", "");
    c->work.now = NOW + 72 * HOUR - 1;
    int64_t next_at = 0;
    process_due(&c->work, &next_at, &err);
    g_assert_no_error(err);
    g_assert_cmpint(next_at, ==, NOW + 72 * HOUR);
    assert_row(c, id, "held", "nothing shows that the member in From has sent it");
}

static void test_unknown_token_is_kept(Community *c, gconstpointer unused)
{
    int64_t id = answer_to(c, "tld-ops-confirm+aaaaaaaaaaaaaaaaaaaaaaaaaa@lists.example.org",
                           "", "yes");
    assert_row(c, id, "kept", "nothing waits for this confirmation");
    id = answer_to(c, "tld-ops-confirm+nonsense@lists.example.org", "", "yes");
    assert_row(c, id, "kept", "nothing waits for this confirmation");
}

static void test_answer_after_the_secretariat_changes_nothing(Community *c,
                                                              gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    int64_t id = post_to(c, LIST, "jane@nic.example", "1@nic.example", "");
    g_autofree char *address = confirm_address(c);
    post_drop(c->store.db, id, "cli:kim", "forged\xff\x1b", NOW, &err);
    g_assert_no_error(err);
    int64_t answer = answer_to(c, address, "", "yes");
    assert_row(c, answer, "kept", "the secretariat has decided before this confirmation came");
    assert_row(c, id, "dropped", "forged");
}

static void test_member_who_left_cannot_confirm(Community *c, gconstpointer unused)
{
    int64_t id = post_to(c, LIST, "li@registry.example", "1@registry.example", "");
    g_autofree char *address = confirm_address(c);
    run_sql(c->store.db, "DELETE FROM seat WHERE tld = 'xn--p1ai';");
    answer_to(c, address, "", "yes");
    work(c);
    assert_row(c, id, "held", "the address in From belongs to no member");
}

static void test_forged_flood_asks_a_person_few_times(Community *c, gconstpointer unused)
{
    static const char *const SPELLINGS[] = { "jane@nic.example", "JANE@nic.example",
                                             "jane@mail.example", "jAne@mail.example" };
    for (int i = 0; i < 8; i++) {
        g_autofree char *message_id = g_strdup_printf("%d@nic.example", i);
        post_to(c, LIST, SPELLINGS[i % 4], message_id, "");
    }
    g_assert_cmpint(messages(c), ==, 5);
    g_assert_cmpint(count(c, "SELECT count(*) FROM inbox WHERE waits_for = 'secretariat'"), ==,
                    3);
}

static void test_answers_are_bounded_by_the_hour(Community *c, gconstpointer unused)
{
    for (int i = 0; i < 110; i++) {
        g_autofree char *from = g_strdup_printf("eve%d@elsewhere.example", i);
        g_autofree char *message_id = g_strdup_printf("%d@elsewhere.example", i);
        post_to(c, LIST, from, message_id, "");
    }
    g_assert_cmpint(messages(c), ==, 100);
    c->work.now += HOUR + 1;
    post_to(c, LIST, "eve200@elsewhere.example", "200@elsewhere.example", "");
    g_assert_cmpint(messages(c), ==, 101);
}

/* The secretariat's own mails must not keep members from being asked. */
static void test_invitations_are_no_answers(Community *c, gconstpointer unused)
{
    for (int i = 0; i < 100; i++) {
        g_autofree char *from = g_strdup_printf("eve%d@elsewhere.example", i);
        g_autofree char *message_id = g_strdup_printf("%d@elsewhere.example", i);
        post_to(c, LIST, from, message_id, "");
    }
    run_sql(c->store.db, "INSERT INTO invitation_mail (header_id, tld, address, sent_at,"
                         " message_id) SELECT CAST(id AS text), 'fr', 'a@nic.example', 0, id"
                         " FROM message");
    post_to(c, LIST, "eve200@elsewhere.example", "200@elsewhere.example", "");
    g_assert_cmpint(messages(c), ==, 101);
}

static void test_stranger_is_told_once_a_day(Community *c, gconstpointer unused)
{
    int64_t id = post_to(c, LIST, "eve@elsewhere.example", "1@elsewhere.example", "");
    g_autoptr(InboxItem) item = row(c, id);
    g_assert_cmpstr(item->state_name, ==, "held");
    g_assert_cmpstr(item->waits_for, ==, "secretariat");
    g_assert_cmpint(item->person_id, ==, 0);
    assert_last_sent(c, "notice", "eve@elsewhere.example");
    g_autofree char *out = last_mail(c);
    g_assert_nonnull(strstr(out, "Auto-Submitted: auto-replied\r\n"));

    post_to(c, LIST, "EVE@elsewhere.example", "2@elsewhere.example", "");
    g_assert_cmpint(messages(c), ==, 1);
    c->work.now += 24 * HOUR;
    post_to(c, LIST, "eve@elsewhere.example", "3@elsewhere.example", "");
    g_assert_cmpint(messages(c), ==, 2);
    g_assert_cmpint(count(c, "SELECT count(*) FROM answered"), ==, 1);
}

static void test_machines_and_we_ourselves_are_not_answered(Community *c, gconstpointer unused)
{
    static const char *const SENDERS[] = {
        "tld-ops@lists.example.org",       "tld-ops-request@lists.example.org",
        "MAILER-DAEMON@elsewhere.example", "noreply@elsewhere.example",
        "crew-bounces@elsewhere.example",  "owner-crew@elsewhere.example",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(SENDERS); i++) {
        g_autofree char *id = g_strdup_printf("%zu@elsewhere.example", i);
        g_autofree char *text = mail("eve@elsewhere.example", id, "", "Help.");
        g_test_message("%s", SENDERS[i]);
        int64_t row_id = receive(c, SENDERS[i], LIST, text);
        assert_row(c, row_id, "held", "the address in From belongs to no member");
        g_assert_cmpint(messages(c), ==, 0);
    }
}

static void test_released_stranger_goes_out_with_a_mark(Community *c, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    int64_t id = post_to(c, LIST, "eve@elsewhere.example", "1@elsewhere.example", "");
    bool is_reading = true;
    post_release(c->store.db, id, "cli:kim", NOW, &is_reading, &err);
    g_assert_no_error(err);
    g_assert_false(is_reading);
    g_assert_cmpint(work(c), ==, 1);

    g_autoptr(InboxItem) item = row(c, id);
    g_assert_cmpstr(item->state_name, ==, "accepted");
    g_assert_cmpstr(item->reason, ==, "released by the secretariat");
    g_assert_cmpstr(item->decided_by, ==, "cli:kim");
    assert_last_sent(c, "post", ALL);
    g_autofree char *out = last_mail(c);
    g_assert_nonnull(strstr(out, "eve@elsewhere.example, not a member"));
    g_autofree char *actor = text_of(c,
                                     "SELECT actor FROM journal WHERE action = 'post.accept'");
    g_assert_cmpstr(actor, ==, "cli:kim");
}

static void test_released_post_cannot_be_released_again(Community *c, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    int64_t id = post_to(c, LIST, "jane@nic.example", "1@nic.example", PROVEN);
    g_assert_false(post_release(c->store.db, id, "cli:kim", NOW, NULL, &err));
    g_assert_true(err_is(err, ERR_INVALID));
    g_clear_error(&err);
    g_assert_false(post_drop(c->store.db, id, "cli:kim", NULL, NOW, &err));
    g_assert_true(err_is(err, ERR_INVALID));
    g_clear_error(&err);
    g_assert_false(post_release(c->store.db, 4711, "cli:kim", NOW, NULL, &err));
    g_assert_true(err_is(err, ERR_NOT_FOUND));
}

static void test_kept_mail_is_no_post_to_release(Community *c, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    int64_t id = post_to(c, "tld-ops-request@lists.example.org", "eve@elsewhere.example",
                         "1@elsewhere.example", "");
    assert_row(c, id, "kept", "a request is kept for the secretariat");
    g_assert_false(post_release(c->store.db, id, "cli:kim", NOW, NULL, &err));
    g_assert_true(err_is(err, ERR_INVALID));
    g_assert_cmpint(messages(c), ==, 0);
}

static void test_dropped_post_can_be_fetched_back(Community *c, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    int64_t id = post_to(c, LIST, "jane@nic.example", "1@nic.example", "Precedence: bulk\r\n");
    assert_row(c, id, "dropped", "an automatic mail is no post: Precedence: bulk");
    post_release(c->store.db, id, "cli:kim", NOW, NULL, &err);
    g_assert_no_error(err);
    work(c);
    assert_row(c, id, "accepted", "released by the secretariat");
}

static void test_same_post_twice_goes_out_once(Community *c, gconstpointer unused)
{
    post_to(c, LIST, "jane@nic.example", "1@nic.example", PROVEN);
    int64_t again = post_to(c, LIST, "jane@nic.example", "1@nic.example", PROVEN);
    assert_row(c, again, "dropped", "the same post came before");
    int64_t elsewhere = post_to(c, "tld-ops+ca@lists.example.org", "jane@nic.example",
                                "1@nic.example", PROVEN);
    g_autoptr(InboxItem) item = row(c, elsewhere);
    g_assert_cmpstr(item->state_name, ==, "accepted");
    post_to(c, "tld-ops+xn--p1ai@lists.example.org", "jane@nic.example", "1@nic.example",
            PROVEN);
    post_to(c, LIST, "joe@nic.example", "1@nic.example", PROVEN);
    g_assert_cmpint(count(c, "SELECT count(*) FROM post"), ==, 4);
}

static void test_post_is_no_duplicate_of_itself(Community *c, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    int64_t id = post_to(c, LIST, "jane@nic.example", "1@nic.example", PROVEN);
    LookupPost post = { "1@nic.example", "jane@nic.example", ROUTE_EVERYONE, NULL, id };
    PolicySeen seen = POLICY_SEEN_HELD;
    lookup_seen(c->store.db, &post, &seen, &err);
    g_assert_no_error(err);
    g_assert_cmpint(seen, ==, POLICY_SEEN_NEVER);
    post.but_id = 0;
    lookup_seen(c->store.db, &post, &seen, &err);
    g_assert_cmpint(seen, ==, POLICY_SEEN_ACCEPTED);
}

static void test_forged_twin_does_not_stop_the_true_post(Community *c, gconstpointer unused)
{
    int64_t forged = post_to(c, LIST, "jane@nic.example", "1@nic.example", "");
    int64_t again = post_to(c, LIST, "jane@nic.example", "1@nic.example", "");
    assert_row(c, again, "dropped", "the same post came before");
    post_to(c, LIST, "jane@nic.example", "1@nic.example", PROVEN);
    g_assert_cmpint(count(c, "SELECT count(*) FROM post"), ==, 1);

    g_autofree char *address = confirm_address(c);
    answer_to(c, address, "", "yes");
    work(c);
    assert_row(c, forged, "dropped", "the same post came before");
}

static void test_member_is_told_of_a_refusal_once_a_day(Community *c, gconstpointer unused)
{
    g_autofree char *empty = mail("jane@nic.example", "1@nic.example", PROVEN, "");
    int64_t id = receive(c, "jane@nic.example", LIST, empty);
    assert_row(c, id, "refused", "it has no text");
    assert_last_sent(c, "notice", "jane@nic.example");
    g_autofree char *again = mail("jane@nic.example", "2@nic.example", PROVEN, "");
    receive(c, "jane@nic.example", LIST, again);
    g_autofree char *forged = mail("eve@elsewhere.example", "3@nic.example", "", "");
    receive(c, "eve@elsewhere.example", LIST, forged);
    g_assert_cmpint(messages(c), ==, 1);
}

static void test_oversize_post_is_refused(Community *c, gconstpointer unused)
{
    g_autoptr(GString) body = g_string_new(NULL);
    for (int i = 0; i < 1024; i++)
        g_string_append(body, "0123456789012345678901234567890123456789012345678901234567\r\n");
    g_autofree char *fits = mail("jane@nic.example", "1@nic.example", PROVEN, body->str);
    int64_t small = receive(c, "jane@nic.example", LIST, fits);
    g_string_append(body, body->str);
    g_autofree char *text = mail("jane@nic.example", "2@nic.example", PROVEN, body->str);
    int64_t large = receive(c, "jane@nic.example", LIST, text);

    g_autoptr(InboxItem) item = row(c, small);
    g_assert_cmpstr(item->state_name, ==, "accepted");
    assert_row(c, large, "refused", "it is larger than posts may be");
}

static void test_owner_mail_reaches_the_secretariat(Community *c, gconstpointer unused)
{
    int64_t id = post_to(c, "tld-ops-owner@lists.example.org", "eve@elsewhere.example",
                         "1@elsewhere.example", "");
    assert_row(c, id, "forwarded", "handed on to the secretariat");
    assert_last_sent(c, "forward", "secretariat@example.org");

    g_autofree char *out = last_mail(c);
    int64_t back = receive(c, "secretariat@example.org", "tld-ops-owner@lists.example.org",
                           out);
    g_autoptr(InboxItem) item = row(c, back);
    g_assert_cmpstr(item->state_name, ==, "kept");
    g_assert_cmpint(messages(c), ==, 1);
}

static void test_own_copy_that_comes_back_is_dropped(Community *c, gconstpointer unused)
{
    post_to(c, LIST, "jane@nic.example", "1@nic.example", PROVEN);
    g_autofree char *out = last_mail(c);
    int64_t id = receive(c, "joe@nic.example", LIST, out);
    g_autoptr(InboxItem) item = row(c, id);
    g_assert_cmpstr(item->state_name, ==, "dropped");
    g_assert_cmpint(messages(c), ==, 1);
}

static void test_unreadable_post_is_refused_and_said(Community *c, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(InboxItem) item = take_in(c, "jane@nic.example", LIST, "x");
    process_unreadable(&c->work, item, "more than 1000 parts", &err);
    g_assert_no_error(err);
    assert_row(c, item->id, "refused", "it cannot be read: more than 1000 parts");
    assert_last_sent(c, "notice", "jane@nic.example");

    g_autoptr(InboxItem)
        request = take_in(c, "eve@elsewhere.example", "tld-ops-request@lists.example.org", "x");
    process_unreadable(&c->work, request, "more than 1000 parts", &err);
    g_assert_no_error(err);
    assert_row(c, request->id, "kept", "a request is kept for the secretariat");
}

static void test_quarantined_mail_is_announced_and_read_again(Community *c,
                                                              gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    int64_t next_at = 0;
    g_autoptr(InboxItem) item = take_in(
        c, "jane@nic.example", LIST,
        "From: jane@nic.example\r\nMessage-ID: <1@nic.example>\r\n" PROVEN "\r\nHelp.\r\n");
    process_quarantine(&c->work, item, "the reader died", &err);
    g_assert_no_error(err);
    assert_row(c, item->id, "quarantined", "the reader died");
    process_due(&c->work, &next_at, &err);
    g_assert_no_error(err);
    assert_last_sent(c, "notice", "secretariat@example.org");

    bool is_reading = false;
    post_release(c->store.db, item->id, "cli:kim", NOW, &is_reading, &err);
    g_assert_no_error(err);
    g_assert_true(is_reading);
    g_assert_cmpint(work(c), ==, 1);
    g_autoptr(InboxItem) read = row(c, item->id);
    g_assert_cmpstr(read->state_name, ==, "accepted");
    g_assert_null(read->decided_by);
}

static int64_t do_due(Community *c)
{
    g_autoptr(GError) err = NULL;
    int64_t next_at = 0;
    process_due(&c->work, &next_at, &err);
    g_assert_no_error(err);
    return next_at;
}

static void test_secretariat_hears_of_waiting_mail_at_intervals(Community *c,
                                                                gconstpointer unused)
{
    g_assert_cmpint(do_due(c), ==, -1);
    post_to(c, LIST, "eve@elsewhere.example", "1@elsewhere.example", "");
    g_assert_cmpint(do_due(c), ==, -1);
    assert_last_sent(c, "notice", "secretariat@example.org");
    g_autofree char *first = last_mail(c);
    g_assert_nonnull(strstr(first, "eve@elsewhere.example"));
    g_assert_nonnull(strstr(first, "muster message release"));

    c->work.now += 60;
    post_to(c, LIST, "mallory@elsewhere.example", "2@elsewhere.example", "");
    int64_t before = messages(c);
    g_assert_cmpint(do_due(c), ==, NOW + 600);
    g_assert_cmpint(messages(c), ==, before);
    c->work.now = NOW + 600;
    g_assert_cmpint(do_due(c), ==, -1);
    g_assert_cmpint(messages(c), ==, before + 1);
    g_autofree char *second = last_mail(c);
    g_assert_null(strstr(second, "eve@elsewhere.example"));
    g_assert_nonnull(strstr(second, "mallory@elsewhere.example"));
    c->work.now += 6000;
    do_due(c);
    g_assert_cmpint(messages(c), ==, before + 1);
}

static void test_a_clock_that_is_set_back_silences_no_notice(Community *c, gconstpointer unused)
{
    c->work.now = NOW + 30000000; /* a year ahead */
    post_to(c, LIST, "eve@elsewhere.example", "1@elsewhere.example", "");
    do_due(c);
    int64_t before = messages(c);

    c->work.now = NOW;
    post_to(c, LIST, "mallory@elsewhere.example", "2@elsewhere.example", "");
    before = messages(c);
    g_assert_cmpint(do_due(c), ==, -1);
    g_assert_cmpint(messages(c), ==, before + 1);
}

/* The confirmation that was answered must not run out for the one that was not. */
static void test_a_used_confirmation_does_not_expire(Community *c, gconstpointer unused)
{
    int64_t id = post_to(c, LIST, "jane@nic.example", "1@nic.example", "");
    run_sql(c->store.db,
            "UPDATE confirmation SET used_at = 1;"
            "INSERT INTO confirmation (token_hash, inbox_id, created_at, expires_at)"
            " SELECT 'x', inbox_id, created_at, expires_at + 3600"
            " FROM confirmation;");
    c->work.now = count(c, "SELECT min(expires_at) FROM confirmation");
    do_due(c);
    assert_row(c, id, "held", "nothing shows that the member in From has sent it");
    c->work.now += 3600;
    do_due(c);
    assert_row(c, id, "dropped", "nobody confirmed it in time");
}

static void test_what_waits_anew_is_announced_anew(Community *c, gconstpointer unused)
{
    int64_t id = post_to(c, LIST, "li@registry.example", "1@registry.example", "");
    g_autofree char *address = confirm_address(c);
    do_due(c);
    c->work.now += 600;
    run_sql(c->store.db, "DELETE FROM seat WHERE tld = 'xn--p1ai';");
    answer_to(c, address, "", "yes");
    work(c);
    assert_row(c, id, "held", "the address in From belongs to no member");
    int64_t before = messages(c);
    do_due(c);
    g_assert_cmpint(messages(c), ==, before + 1);
    c->work.now += 600;
    do_due(c);
    g_assert_cmpint(messages(c), ==, before + 1);
}

static void test_broken_letter_leaves_the_row_as_it_was(Community *c, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    c->work.share = "/nonexistent";
    g_autofree char *text = mail("eve@elsewhere.example", "1@elsewhere.example", "", "Help.");
    g_autoptr(InboxItem) item = take_in(c, "eve@elsewhere.example", LIST, text);
    g_autoptr(Message) read = message_read(item->data, &err);
    g_assert_false(process_item(&c->work, item, read, &err));
    g_assert_nonnull(err);
    g_autoptr(InboxItem) now = row(c, item->id);
    g_assert_cmpstr(now->state_name, ==, "claimed");
    g_assert_cmpint(messages(c), ==, 0);
    g_assert_cmpint(count(c, "SELECT count(*) FROM answered"), ==, 0);
}

static void test_journal_stays_whole(Community *c, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    g_auto(JournalVerdict) verdict = { 0 };
    test_yes_lets_the_post_out(c, NULL);
    journal_verify(c->store.db, &verdict, &err);
    g_assert_no_error(err);
    g_assert_null(verdict.broken);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD_ALERT_TEST("/process/member", test_proven_post_of_a_member_goes_to_everyone);
    ADD_ALERT_TEST("/process/body", test_body_goes_out_byte_for_byte);
    ADD_ALERT_TEST("/process/journal", test_journal_names_sender_and_audience_and_no_body);
    ADD_ALERT_TEST("/process/secondary", test_secondary_address_posts_and_is_marked);
    ADD_ALERT_TEST("/process/tld", test_tld_post_goes_to_its_contacts);
    ADD_ALERT_TEST("/process/tld/empty", test_tld_without_contacts_is_said_to_members);
    ADD_ALERT_TEST("/process/tld/none", test_no_tld_has_no_readers);
    ADD_ALERT_TEST("/process/committee", test_committee_posts_to_itself);
    ADD_ALERT_TEST("/process/committee/guest", test_member_outside_the_committee_waits_there);
    ADD_ALERT_TEST("/process/unproven", test_unproven_post_waits_for_its_author);
    ADD_ALERT_TEST("/process/unproven/on-file", test_confirmation_goes_to_the_address_on_file);
    ADD_ALERT_TEST("/process/unproven/flood", test_forged_flood_asks_a_person_few_times);
    ADD_ALERT_TEST("/process/confirm/yes", test_yes_lets_the_post_out);
    ADD_ALERT_TEST("/process/confirm/no", test_no_drops_the_post);
    ADD_ALERT_TEST("/process/confirm/other", test_other_words_change_nothing);
    ADD_ALERT_TEST("/process/confirm/automatic", test_automatic_answer_confirms_nothing);
    ADD_ALERT_TEST("/process/confirm/once", test_token_counts_once);
    ADD_ALERT_TEST("/process/confirm/own", test_token_is_good_for_its_post_only);
    ADD_ALERT_TEST("/process/confirm/late", test_token_runs_out);
    ADD_ALERT_TEST("/process/confirm/used", test_a_used_confirmation_does_not_expire);
    ADD_ALERT_TEST("/process/due/clock-set-back",
                   test_a_clock_that_is_set_back_silences_no_notice);
    ADD_ALERT_TEST("/process/confirm/in-time", test_unexpired_post_is_left_alone);
    ADD_ALERT_TEST("/process/confirm/unknown", test_unknown_token_is_kept);
    ADD_ALERT_TEST("/process/confirm/settled",
                   test_answer_after_the_secretariat_changes_nothing);
    ADD_ALERT_TEST("/process/confirm/left", test_member_who_left_cannot_confirm);
    ADD_ALERT_TEST("/process/answers/hour", test_answers_are_bounded_by_the_hour);
    ADD_ALERT_TEST("/process/answers/invitations", test_invitations_are_no_answers);
    ADD_ALERT_TEST("/process/stranger", test_stranger_is_told_once_a_day);
    ADD_ALERT_TEST("/process/stranger/machine",
                   test_machines_and_we_ourselves_are_not_answered);
    ADD_ALERT_TEST("/process/stranger/released", test_released_stranger_goes_out_with_a_mark);
    ADD_ALERT_TEST("/process/release/again", test_released_post_cannot_be_released_again);
    ADD_ALERT_TEST("/process/release/kept", test_kept_mail_is_no_post_to_release);
    ADD_ALERT_TEST("/process/release/dropped", test_dropped_post_can_be_fetched_back);
    ADD_ALERT_TEST("/process/duplicate", test_same_post_twice_goes_out_once);
    ADD_ALERT_TEST("/process/duplicate/self", test_post_is_no_duplicate_of_itself);
    ADD_ALERT_TEST("/process/duplicate/forged", test_forged_twin_does_not_stop_the_true_post);
    ADD_ALERT_TEST("/process/refused", test_member_is_told_of_a_refusal_once_a_day);
    ADD_ALERT_TEST("/process/oversize", test_oversize_post_is_refused);
    ADD_ALERT_TEST("/process/owner", test_owner_mail_reaches_the_secretariat);
    ADD_ALERT_TEST("/process/loop", test_own_copy_that_comes_back_is_dropped);
    ADD_ALERT_TEST("/process/unreadable", test_unreadable_post_is_refused_and_said);
    ADD_ALERT_TEST("/process/quarantine", test_quarantined_mail_is_announced_and_read_again);
    ADD_ALERT_TEST("/process/notices", test_secretariat_hears_of_waiting_mail_at_intervals);
    ADD_ALERT_TEST("/process/notices/anew", test_what_waits_anew_is_announced_anew);
    ADD_ALERT_TEST("/process/atomic", test_broken_letter_leaves_the_row_as_it_was);
    ADD_ALERT_TEST("/process/journal/whole", test_journal_stays_whole);
    return g_test_run();
}
