#include "queue/inbox.h"

#include "base/err.h"
#include "store_fixture.h"

#define OWNER "host:/run/muster/worker"

static void store(Fixture *f, const char *text, int64_t now)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(GBytes) data = g_bytes_new(text, strlen(text));
    InboxMail mail = { .envelope_from = "ann@example.org", .is_8bit = true, .data = data };
    InboxRecipient recipients[] = {
        { "tld-ops@lists.example.org", ROUTE_EVERYONE, NULL },
        { "tld-ops+ca@lists.example.org", ROUTE_TLD, "ca" },
    };

    inbox_store(f->db, &mail, recipients, G_N_ELEMENTS(recipients), now, &err);
    g_assert_no_error(err);
}

static InboxItem *claim(Fixture *f, int64_t now)
{
    g_autoptr(GError) err = NULL;
    InboxItem *item = NULL;
    g_assert_true(inbox_claim(f->db, OWNER, now, &item, &err));
    g_assert_no_error(err);
    return item;
}

static int64_t next_due_at(Fixture *f, int64_t now)
{
    g_autoptr(GError) err = NULL;
    int64_t due_at = 0;
    g_assert_true(inbox_next_due(f->db, now, &due_at, &err));
    return due_at;
}

static int64_t next_due(Fixture *f)
{
    return next_due_at(f, NOW);
}

static void test_a_mail_has_a_row_for_each_recipient(Fixture *f, gconstpointer unused)
{
    store(f, "Subject: x\r\n\r\nbody\r\n", NOW);
    g_autoptr(InboxItem) first = claim(f, NOW);
    g_autoptr(InboxItem) second = claim(f, NOW);
    g_autoptr(InboxItem) third = claim(f, NOW);

    g_assert_cmpstr(first->recipient, ==, "tld-ops@lists.example.org");
    g_assert_cmpint(first->route, ==, ROUTE_EVERYONE);
    g_assert_null(first->detail);
    g_assert_cmpint(second->route, ==, ROUTE_TLD);
    g_assert_cmpstr(second->detail, ==, "ca");
    g_assert_cmpint(first->mail_id, ==, second->mail_id);
    g_assert_null(third);
}

static void test_a_mail_comes_back_as_it_came(Fixture *f, gconstpointer unused)
{
    store(f, "Subject: x\r\n\r\nb\xc3\xb6 y\r\n", NOW);
    g_autoptr(InboxItem) item = claim(f, NOW + 1);
    g_autoptr(GBytes) want = g_bytes_new_static("Subject: x\r\n\r\nb\xc3\xb6 y\r\n", 21);

    g_assert_true(g_bytes_equal(item->data, want));
    g_assert_cmpint(item->size, ==, 21);
    g_assert_cmpint(item->received_at, ==, NOW);
    g_assert_cmpstr(item->envelope_from, ==, "ann@example.org");
    g_assert_true(item->is_8bit);
    g_assert_false(item->is_utf8);
    g_assert_cmpint(item->state, ==, INBOX_CLAIMED);
    g_assert_cmpint(item->attempts, ==, 1);
}

static void test_claims_of_a_dead_owner_come_back_and_count(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    store(f, "x\r\n", NOW);
    g_autoptr(InboxItem) first = claim(f, NOW);
    int64_t count = 0;

    g_assert_true(inbox_release_claims(f->db, "host:/run/other/worker", &count, &err));
    g_assert_cmpint(count, ==, 0);
    g_assert_true(inbox_release_claims(f->db, OWNER, &count, &err));
    g_assert_cmpint(count, ==, 1);

    g_autoptr(InboxItem) again = claim(f, NOW);
    g_assert_cmpint(again->id, ==, first->id);
    g_assert_cmpint(again->attempts, ==, 2);
}

#define OTHER "other:/run/muster/worker"

/* The worker was taken for dead, and its row is with another one. */
static InboxItem *claim_and_lose(Fixture *f)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(InboxItem) theirs = NULL;
    store(f, "x\r\n", NOW);
    InboxItem *ours = claim(f, NOW);
    g_assert_true(inbox_check_claim(f->db, ours, &err));
    g_assert_true(inbox_release_claims(f->db, OWNER, NULL, &err));
    g_assert_true(inbox_claim(f->db, OTHER, NOW, &theirs, &err));
    g_assert_cmpint(theirs->id, ==, ours->id);
    return ours;
}

static void test_a_row_with_another_is_not_decided(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(InboxItem) item = claim_and_lose(f);
    g_assert_false(inbox_check_claim(f->db, item, &err));
    g_assert_error(err, ERR_DOMAIN, ERR_DENIED);
}

static void test_a_row_with_another_is_not_put_back(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(InboxItem) now = NULL;
    g_autoptr(InboxItem) item = claim_and_lose(f);
    g_assert_true(inbox_put_back(f->db, item, "the store was busy", NOW, &err));
    g_assert_true(inbox_get(f->db, item->id, &now, &err));
    g_assert_cmpstr(now->claimed_by, ==, OTHER);
    g_assert_cmpint(now->attempts, ==, 2);
}

static void test_a_row_put_back_rests_and_blocks_nobody(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    store(f, "x\r\n", NOW);
    g_autoptr(InboxItem) first = claim(f, NOW);

    g_assert_true(inbox_put_back(f->db, first, "the store was busy", NOW, &err));
    g_autoptr(InboxItem) second = claim(f, NOW);
    g_assert_cmpint(second->id, !=, first->id);
    g_autoptr(InboxItem) none = claim(f, NOW);
    g_assert_null(none);
    g_assert_cmpint(next_due(f), ==, NOW + 5);

    g_autoptr(InboxItem) again = claim(f, NOW + 5);
    g_assert_cmpint(again->id, ==, first->id);
    g_assert_cmpint(again->attempts, ==, 1);
    g_assert_cmpstr(again->reason, ==, "the store was busy");
}

static void test_a_damaged_row_stops_nobody(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    store(f, "x\r\n", NOW);
    store(f, "y\r\n", NOW);
    g_assert_true(db_run_script(
        f->db, "UPDATE mail SET envelope_from = 'a' || char(0) || 'b' WHERE id = 1", &err));

    g_autoptr(InboxItem) sound = claim(f, NOW);
    g_assert_cmpint(sound->mail_id, ==, 2);
    g_autofree char *state = NULL;
    g_assert_true(db_select_text(f->db, "SELECT min(state) FROM inbox WHERE mail_id = 1",
                                 DB_NO_ARGS, &state, &err));
    g_assert_cmpstr(state, ==, "quarantined");
}

static void test_the_rest_grows_with_age(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    store(f, "x\r\n", NOW);
    g_autoptr(InboxItem) item = claim(f, NOW + 4000);
    g_autoptr(InboxItem) other = claim(f, NOW + 4000);

    g_assert_true(inbox_put_back(f->db, item, "not yet", NOW + 4000, &err));
    g_assert_cmpint(next_due_at(f, NOW + 4000), ==, NOW + 5000);
    g_assert_true(inbox_put_back(f->db, other, "not yet", NOW + 10, &err));
    g_assert_cmpint(next_due_at(f, NOW + 4000), ==, NOW + 15);
}

static void test_a_suspect_keeps_its_attempts(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    store(f, "x\r\n", NOW);
    g_autoptr(InboxItem) item = claim(f, NOW);
    g_assert_true(inbox_put_back_suspect(f->db, item, "the reader died", NOW, &err));

    g_autoptr(InboxItem) again = claim(f, NOW + 60);
    g_assert_cmpint(again->id, ==, item->id);
    g_assert_cmpint(again->attempts, ==, 2);
}

static void test_a_decision_is_kept(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    store(f, "x\r\n", NOW);
    g_autoptr(InboxItem) item = claim(f, NOW);
    InboxDecision held = {
        .state = INBOX_HELD,
        .reason = "no evidence",
        .waits_for = "confirmation",
        .sender = "ann@example.org",
        .subject = "Phishing wave",
        .header_id = "1@example.org",
    };
    InboxDecision released = { .state = INBOX_ACCEPTED, .reason = "confirmed", .tlp = "amber" };
    g_assert_true(inbox_decide(f->db, item->id, &held, NOW + 1, &err));
    g_assert_true(inbox_decide(f->db, item->id, &released, NOW + 2, &err));

    g_autoptr(InboxItem) now = NULL;
    g_assert_true(inbox_get(f->db, item->id, &now, &err));
    g_assert_cmpint(now->state, ==, INBOX_ACCEPTED);
    g_assert_cmpstr(now->reason, ==, "confirmed");
    g_assert_null(now->waits_for);
    g_assert_cmpstr(now->sender, ==, "ann@example.org");
    g_assert_cmpstr(now->subject, ==, "Phishing wave");
    g_assert_cmpstr(now->tlp, ==, "amber");
    g_assert_cmpint(now->decided_at, ==, NOW + 2);
    g_assert_null(now->decided_by);
}

static void test_a_decision_needs_a_row(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    InboxDecision decision = { .state = INBOX_DROPPED, .reason = "why not" };
    g_assert_false(inbox_decide(f->db, 99, &decision, NOW, &err));
    g_assert_error(err, ERR_DOMAIN, ERR_NOT_FOUND);
}

static void test_lists_are_filtered_newest_first(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    store(f, "first\r\n", NOW);
    store(f, "second\r\n", NOW);
    InboxDecision kept = { .state = INBOX_KEPT, .reason = "for later" };
    g_assert_true(inbox_decide(f->db, 2, &kept, NOW, &err));

    g_autoptr(GPtrArray) all = inbox_list(f->db, &(InboxFilter){ .limit = 3 }, &err);
    g_assert_cmpuint(all->len, ==, 3);
    g_assert_cmpint(((InboxItem *) all->pdata[0])->id, ==, 4);
    g_assert_null(((InboxItem *) all->pdata[0])->data);

    InboxFilter tld_kept = { .route = ROUTE_TLD, .state = "kept", .limit = 10 };
    g_autoptr(GPtrArray) some = inbox_list(f->db, &tld_kept, &err);
    g_assert_cmpuint(some->len, ==, 1);
    g_assert_cmpint(((InboxItem *) some->pdata[0])->state, ==, INBOX_KEPT);

    InboxFilter older = { .before_id = 3, .limit = 10 };
    g_autoptr(GPtrArray) rest = inbox_list(f->db, &older, &err);
    g_assert_cmpuint(rest->len, ==, 2);
}

static void test_state_names_read_back(void)
{
    InboxState state = INBOX_WAITING;
    for (unsigned i = INBOX_WAITING; i <= INBOX_QUARANTINED; i++) {
        g_assert_true(inbox_state_parse(inbox_state_name(i), &state));
        g_assert_cmpint((int) state, ==, (int) i);
    }
    g_assert_false(inbox_state_parse("lost", &state));
}

static void test_reopened_row_starts_anew(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    const InboxDecision held = { .state = INBOX_HELD,
                                 .reason = "a stranger",
                                 .waits_for = "secretariat",
                                 .evidence = "dmarc=pass" };
    store(f, "Subject: x\r\n\r\n", NOW);
    g_autoptr(InboxItem) item = claim(f, NOW);
    inbox_decide(f->db, item->id, &held, NOW, &err);
    inbox_reopen(f->db, item->id, "cli:kim", NULL, "released", NOW + 5, &err);
    g_assert_no_error(err);

    g_autoptr(InboxItem) other = claim(f, NOW + 4);
    g_assert_cmpint(other->id, !=, item->id);
    g_autoptr(InboxItem) again = claim(f, NOW + 5);
    g_assert_cmpint(again->id, ==, item->id);
    g_assert_cmpint(again->attempts, ==, 1);
    g_assert_cmpstr(again->decided_by, ==, "cli:kim");
    g_assert_cmpstr(again->evidence, ==, "dmarc=pass");
    g_assert_null(again->waits_for);
    g_assert_false(inbox_reopen(f->db, 4711, NULL, NULL, "again", NOW, &err));
    g_assert_true(err_is(err, ERR_NOT_FOUND));
}

static void test_a_clock_that_is_set_back_puts_off_nothing(Fixture *f, gconstpointer unused)
{
    store(f, "Subject: x\r\n\r\nbody\r\n", NOW + 30000000); /* the clock was a year ahead */
    g_assert_null(claim(f, NOW));
    g_assert_cmpint(next_due_at(f, NOW), ==, NOW);
    g_autoptr(InboxItem) item = claim(f, NOW);
    g_assert_nonnull(item);
}

static void test_a_step_of_an_hour_puts_off_nothing(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    store(f, "x\r\n", NOW + 3600);
    store(f, "y\r\n", NOW + 3600);
    g_autoptr(InboxItem) rested = claim(f, NOW + 3700);
    g_assert_true(inbox_put_back(f->db, rested, "not yet", NOW + 3700, &err));
    g_assert_cmpint(next_due_at(f, NOW + 100), ==, NOW + 100);
    g_autoptr(InboxItem) one = claim(f, NOW + 100);
    g_autoptr(InboxItem) other = claim(f, NOW + 100);
    g_assert_nonnull(one);
    g_assert_nonnull(other);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD_TEST("/inbox/a-mail-has-a-row-for-each-recipient",
             test_a_mail_has_a_row_for_each_recipient);
    ADD_TEST("/inbox/a-mail-comes-back-as-it-came", test_a_mail_comes_back_as_it_came);
    ADD_TEST("/inbox/claims-of-a-dead-owner-come-back-and-count",
             test_claims_of_a_dead_owner_come_back_and_count);
    ADD_TEST("/inbox/a-row-with-another-is-not-decided",
             test_a_row_with_another_is_not_decided);
    ADD_TEST("/inbox/a-row-with-another-is-not-put-back",
             test_a_row_with_another_is_not_put_back);
    ADD_TEST("/inbox/a-row-put-back-rests-and-blocks-nobody",
             test_a_row_put_back_rests_and_blocks_nobody);
    if (test_server() == NULL) /* PostgreSQL takes no such damage */
        ADD_TEST("/inbox/a-damaged-row-stops-nobody", test_a_damaged_row_stops_nobody);
    ADD_TEST("/inbox/the-rest-grows-with-age", test_the_rest_grows_with_age);
    ADD_TEST("/inbox/a-suspect-keeps-its-attempts", test_a_suspect_keeps_its_attempts);
    ADD_TEST("/inbox/a-decision-is-kept", test_a_decision_is_kept);
    ADD_TEST("/inbox/a-decision-needs-a-row", test_a_decision_needs_a_row);
    ADD_TEST("/inbox/lists-are-filtered-newest-first", test_lists_are_filtered_newest_first);
    g_test_add_func("/inbox/state-names-read-back", test_state_names_read_back);
    ADD_TEST("/inbox/reopened", test_reopened_row_starts_anew);
    ADD_TEST("/inbox/a-clock-that-is-set-back-puts-off-nothing",
             test_a_clock_that_is_set_back_puts_off_nothing);
    ADD_TEST("/inbox/a-step-of-an-hour-puts-off-nothing",
             test_a_step_of_an_hour_puts_off_nothing);
    return g_test_run();
}
