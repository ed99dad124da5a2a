#include "committee/ballot.h"

#include "base/limits.h"
#include "committee_fixture.h"

/* The address in the last mail to somebody from which it came. */
static char *ballot_address(Community *c, const char *to)
{
    g_autofree char *sql = g_strdup_printf(
        "SELECT m.data FROM message m JOIN delivery d ON d.message_id = m.id"
        " WHERE d.address = '%s' ORDER BY m.id DESC LIMIT 1",
        to);
    g_autofree char *mail = data_text(c->store.db, sql);
    const char *start = strstr(mail, "tld-ops-confirm+");
    g_assert_nonnull(start);
    return g_strndup(start, strcspn(start, ">"));
}

typedef struct {
    const char *from;
    const char *more; /* further fields */
    const char *body;
    const char *envelope; /* NULL: as in From */
} Reply;

static void answer(Community *c, const char *address, Reply reply, const char *want_state,
                   const char *want_reason)
{
    g_autoptr(GError) err = NULL;
    g_autofree char *text = g_strdup_printf(
        "From: %s\r\nTo: %s\r\nSubject: Re\r\nMessage-ID: <1@x.example>\r\n%s\r\n%s\r\n",
        reply.from, address, reply.more != NULL ? reply.more : "", reply.body);
    g_autoptr(InboxItem)
        item = take_in(c, reply.envelope != NULL ? reply.envelope : reply.from, address, text);
    g_autoptr(Message) message = message_read(item->data, &err);
    g_auto(Taken) taken = { .reason = NULL };
    g_autoptr(DbTransaction) transaction = db_begin(c->store.db, &err);
    ballot_take_answer(&c->work, item, message, &taken, &err);
    g_assert_no_error(err);
    db_commit(&transaction, &err);
    g_assert_no_error(err);
    g_assert_cmpstr(inbox_state_name(taken.state), ==, want_state);
    g_assert_cmpstr(taken.reason, ==, want_reason);
}

#define COUNTS  "confirmed", "DEC-1: counts as a vote"
#define STRANGE "kept", "DEC-1: the answer came from somebody else"
#define MACHINE "kept", "DEC-1: what a machine sends is no vote"
#define UNCLEAR "kept", "DEC-1: the answer begins with none of the options"

static void assert_votes(Community *c, const char *want)
{
    g_autofree char *got = join_texts(
        c->store.db,
        "SELECT decision_id || ':' || coalesce(choice, 0) AS text FROM ballot ORDER BY id",
        " ");
    g_assert_cmpstr(got, ==, want);
}

static void test_the_answer_of_the_voter_is_a_vote(Community *c, gconstpointer unused)
{
    People p = committee(c);
    (void) p;
    (void) ask(c);
    g_autofree char *address = ballot_address(c, "ann@ann.example");
    answer(c, address, (Reply){ .from = "ann@ann.example", .body = "Yes, of course" }, COUNTS);
    assert_votes(c, "1:0 1:1 1:0");
    assert_sent_to(c, "Your vote: yes", "ann@ann.example");
    g_autofree char *actor = text_of(c, "SELECT actor || ' ' || details FROM journal"
                                        " WHERE action = 'decision.vote'");
    g_autofree char *want = g_strdup_printf("mail:person %d DEC-1: option 1, by mail",
                                            (int) p.ann);
    g_assert_cmpstr(actor, ==, want);

    answer(c, address, (Reply){ .from = "ann@ann.example", .body = "2" }, COUNTS);
    assert_votes(c, "1:0 1:2 1:0");
    /* every mail about a ballot has an address that is good */
    g_autofree char *receipt = ballot_address(c, "ann@ann.example");
    g_assert_cmpstr(receipt, !=, address);
    answer(c, receipt, (Reply){ .from = "ANN@ann.example", .body = "yes" }, COUNTS);
    assert_votes(c, "1:0 1:1 1:0");
}

static void test_what_does_not_come_from_the_voter_does_not_count(Community *c,
                                                                  gconstpointer unused)
{
    static const char FAILS[] = "Authentication-Results: mx.example.org; dmarc=fail"
                                " (p=reject) header.from=ann.example\r\n";
    static const struct {
        Reply reply;
        const char *state, *reason;
    } CASES[] = {
        { { .from = "ben@ben.example", .body = "yes" }, STRANGE },
        { { .from = "eve@evil.example", .body = "yes" }, STRANGE },
        { { .from = "ann@ann.example, ben@ben.example",
            .envelope = "ann@ann.example",
            .body = "yes" },
          STRANGE },
        { { .from = "ann@ann.example", .more = FAILS, .body = "yes" },
          "kept",
          "DEC-1: the domain in From disowns the answer, so it may be forged" },
        { { .from = "ann@ann.example",
            .more = "Auto-Submitted: auto-replied\r\n",
            .body = "yes" },
          MACHINE },
        { { .from = "ann@ann.example", .more = "Precedence: bulk\r\n", .body = "yes" },
          MACHINE },
        { { .from = "ann@ann.example", .envelope = "", .body = "yes" }, MACHINE },
        { { .from = "ann@ann.example", .body = "I am not sure" }, UNCLEAR },
        { { .from = "ann@ann.example", .body = "yes?" }, UNCLEAR },
        { { .from = "ann@ann.example", .body = "> yes" }, UNCLEAR },
        { { .from = "ann@ann.example", .body = "3" }, UNCLEAR },
        { { .from = "ann@ann.example", .body = "" }, UNCLEAR },
    };
    committee(c);
    (void) ask(c);
    g_autofree char *address = ballot_address(c, "ann@ann.example");
    for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
        g_test_message("%s: %s", CASES[i].reply.from, CASES[i].reply.body);
        answer(c, address, CASES[i].reply, CASES[i].state, CASES[i].reason);
    }
    assert_votes(c, "1:0 1:0 1:0");
    assert_sent_to(c, "An answer was not counted", "ann@ann.example"); /* once in an hour */
    c->work.now += BALLOT_NOTICE_S;
    answer(c, address, CASES[0].reply, STRANGE);
    assert_sent_to(c, "An answer was not counted", "ann@ann.example ann@ann.example");
}

static void test_a_token_is_good_for_its_own_ballot_only(Community *c, gconstpointer unused)
{
    committee(c);
    (void) ask(c);
    g_autofree char *address = ballot_address(c, "ann@ann.example");
    (void) ask(c);
    answer(c, address, (Reply){ .from = "ann@ann.example", .body = "yes" }, COUNTS);
    assert_votes(c, "1:0 1:1 1:0 2:0 2:0 2:0");
}

static void test_a_closed_ballot_takes_no_vote(Community *c, gconstpointer unused)
{
    People p = committee(c);
    int64_t id = ask(c);
    g_autofree char *address = ballot_address(c, "ann@ann.example");
    vote(c, id, p.chris, 2);
    vote(c, id, p.ben, 2);
    close_now(c, id);
    answer(c, address, (Reply){ .from = "ann@ann.example", .body = "yes" }, "kept",
           "DEC-1 was closed at 2026-09-21T14:13:20Z (chosen)");
    assert_state(c, id, DECISION_CHOSEN, "no");
    assert_sent_to(c, "An answer was not counted", "ann@ann.example");
    c->work.now += DAY;
    answer(c, address, (Reply){ .from = "eve@evil.example", .body = "yes" }, STRANGE);
    assert_sent_to(c, "An answer was not counted", "ann@ann.example");
}

/* What came in time counts, even if the worker was away then. */
static void test_the_time_of_arrival_counts(Community *c, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    committee(c);
    int64_t id = ask(c);
    g_autofree char *address = ballot_address(c, "ann@ann.example");
    g_autofree char *text = g_strdup_printf("From: ann@ann.example\r\nTo: %s\r\n\r\nyes\r\n",
                                            address);
    c->work.now = NOW + 7 * DAY - 1;
    g_autoptr(InboxItem) item = take_in(c, "ann@ann.example", address, text);
    g_autoptr(Message) message = message_read(item->data, &err);
    c->work.now = NOW + 8 * DAY;
    g_auto(Taken) taken = { .reason = NULL };
    g_autoptr(DbTransaction) transaction = db_begin(c->store.db, &err);
    ballot_take_answer(&c->work, item, message, &taken, &err);
    g_assert_no_error(err);
    g_assert_cmpint(taken.state, ==, INBOX_CONFIRMED);
    db_commit(&transaction, &err);
    assert_state(c, id, DECISION_OPEN, NULL);
}

static void test_an_older_answer_does_not_undo_a_newer(Community *c, gconstpointer unused)
{
    People p = committee(c);
    int64_t id = ask(c);
    g_autofree char *address = ballot_address(c, "ann@ann.example");
    vote(c, id, p.ann, 2);
    c->work.now -= 10;
    answer(c, address, (Reply){ .from = "ann@ann.example", .body = "yes" }, "kept",
           "DEC-1: a later vote of the same person counts");
    assert_votes(c, "1:0 1:2 1:0");
}

static void test_votes_by_mail_have_a_limit(Community *c, gconstpointer unused)
{
    committee(c);
    (void) ask(c);
    g_autofree char *address = ballot_address(c, "ann@ann.example");
    for (int i = 0; i < BALLOT_VOTES_MAX; i++)
        answer(c, address, (Reply){ .from = "ann@ann.example", .body = i % 2 ? "yes" : "no" },
               COUNTS);
    answer(c, address, (Reply){ .from = "ann@ann.example", .body = "no" }, "kept",
           "DEC-1: this vote was changed by mail too often: the secretariat can change it");
    assert_votes(c, "1:0 1:1 1:0");
}

static void test_the_words_of_the_voter_count(Community *c, gconstpointer unused)
{
    committee(c);
    (void) ask(c);
    run_sql(c->store.db, "UPDATE person SET language = 'ar' WHERE given_name = 'Ann'");
    g_autofree char *address = ballot_address(c, "ann@ann.example");
    const char *fields = "Content-Type: text/plain; charset=utf-8\r\n";
    answer(c, address, (Reply){ .from = "ann@ann.example", .more = fields, .body = "لا" },
           COUNTS);
    assert_votes(c, "1:0 1:2 1:0");
}

static void test_other_options_are_chosen_by_word_or_number(Community *c, gconstpointer unused)
{
    static const char *const OPTIONS[] = { "yes", "no", "ask again" };
    const DecisionInput input = { .question = "Well?", .options = OPTIONS, .n_options = 3 };
    g_autoptr(GError) err = NULL;
    int64_t id = 0;
    committee(c);
    open_input(c, &input, &id, &err);
    g_assert_no_error(err);
    g_autofree char *ann = ballot_address(c, "ann@ann.example");
    g_autofree char *ben = ballot_address(c, "ben@ben.example");
    answer(c, ann, (Reply){ .from = "ann@ann.example", .body = "Ask again." }, COUNTS);
    answer(c, ben, (Reply){ .from = "ben@ben.example", .body = "ok" }, COUNTS);
    assert_votes(c, "1:0 1:3 1:1");
}

static void test_other_tokens_are_no_ballots(Community *c, gconstpointer unused)
{
    static const char *const TOKENS[] = { NULL, "", "x", "aaaaaaaaaaaaaaaaaaaaaaaaaa" };
    committee(c);
    (void) ask(c);
    for (size_t i = 0; i < G_N_ELEMENTS(TOKENS); i++) {
        g_autoptr(GError) err = NULL;
        BallotOwner owner;
        bool is_ballot = true;
        g_assert_true(ballot_find(c->store.db, TOKENS[i], &is_ballot, &owner, &err));
        g_assert_false(is_ballot);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD_ALERT_TEST("/ballot/the_answer_of_the_voter_is_a_vote",
                   test_the_answer_of_the_voter_is_a_vote);
    ADD_ALERT_TEST("/ballot/what_does_not_come_from_the_voter_does_not_count",
                   test_what_does_not_come_from_the_voter_does_not_count);
    ADD_ALERT_TEST("/ballot/a_token_is_good_for_its_own_ballot_only",
                   test_a_token_is_good_for_its_own_ballot_only);
    ADD_ALERT_TEST("/ballot/a_closed_ballot_takes_no_vote", test_a_closed_ballot_takes_no_vote);
    ADD_ALERT_TEST("/ballot/the_time_of_arrival_counts", test_the_time_of_arrival_counts);
    ADD_ALERT_TEST("/ballot/an_older_answer_does_not_undo_a_newer",
                   test_an_older_answer_does_not_undo_a_newer);
    ADD_ALERT_TEST("/ballot/votes_by_mail_have_a_limit", test_votes_by_mail_have_a_limit);
    ADD_ALERT_TEST("/ballot/the_words_of_the_voter_count", test_the_words_of_the_voter_count);
    ADD_ALERT_TEST("/ballot/other_options_are_chosen_by_word_or_number",
                   test_other_options_are_chosen_by_word_or_number);
    ADD_ALERT_TEST("/ballot/other_tokens_are_no_ballots", test_other_tokens_are_no_ballots);
    return g_test_run();
}
