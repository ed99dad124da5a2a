#include "committee/decision.h"

#include "base/limits.h"
#include "committee_fixture.h"

/* Opening */

static void test_the_chair_and_the_committee_get_ballots(Community *c, gconstpointer unused)
{
    committee(c);
    int64_t id = ask(c);
    g_autoptr(Decision) decision = get(c, id);
    g_assert_cmpint(decision->voters, ==, 3);
    g_assert_cmpint(decision->quorum, ==, 2);
    g_assert_cmpint(decision->deadline, ==, NOW + 7 * DAY);
    g_assert_cmpuint(decision->options->len, ==, 2);
    assert_sent_to(c, "[DEC-1] Please vote",
                   "ann@ann.example ben@ben.example "
                   "chris@chair.example");
    g_assert_cmpint(count(c, "SELECT count(DISTINCT token_hash) FROM ballot_token"), ==, 3);
}

static void test_two_offices_are_one_vote(Community *c, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    People p = committee(c);
    const Edit edit = edit_now(c);
    office_grant(c->store.db, &edit, p.chris, "committee", NOW, &err);
    g_assert_no_error(err);
    g_autoptr(Decision) decision = get(c, ask(c));
    g_assert_cmpint(decision->voters, ==, 3);
    g_assert_cmpuint(decision->ballots->len, ==, 3);
}

static void test_the_quorum_is_a_majority_and_two_at_least(Community *c, gconstpointer unused)
{
    static const int64_t WANT[] = { [2] = 2, [3] = 2, [4] = 3, [5] = 3, [6] = 4 };
    for (int64_t voters = 2; voters <= 6; voters++) {
        g_autofree char *name = g_strdup_printf("Member%d", (int) voters);
        (void) appoint(c, name, "committee");
        g_autoptr(Decision) decision = get(c, ask(c));
        g_assert_cmpint(decision->voters, ==, voters);
        g_assert_cmpint(decision->quorum, ==, WANT[voters]);
    }
}

static void test_one_alone_decides_nothing(Community *c, gconstpointer unused)
{
    const DecisionInput input = { .question = "Well?" };
    g_autoptr(GError) err = NULL;
    int64_t id = 0;
    g_assert_false(open_input(c, &input, &id, &err));
    g_assert_error(err, ERR_DOMAIN, ERR_DENIED);
    g_assert_cmpint(count(c, "SELECT count(*) FROM decision"), ==, 0);

    c->config->decision_quorum = 1; /* unless the configuration says so */
    vote(c, ask(c), count(c, "SELECT person_id FROM office WHERE kind = 'chair'"), 1);
    assert_state(c, 1, DECISION_CHOSEN, "yes");
}

static void test_a_quorum_above_the_committee_is_refused(Community *c, gconstpointer unused)
{
    const DecisionInput input = { .question = "Well?" };
    g_autoptr(GError) err = NULL;
    int64_t id = 0;
    committee(c);
    c->config->decision_quorum = 4;
    g_assert_false(open_input(c, &input, &id, &err));
    g_assert_error(err, ERR_DOMAIN, ERR_DENIED);
}

static void test_numbers_are_never_given_again(Community *c, gconstpointer unused)
{
    committee(c);
    g_assert_cmpint(ask(c), ==, 1);
    g_assert_cmpint(ask(c), ==, 2);
    run_sql(c->store.db, "DELETE FROM ballot_token; DELETE FROM ballot;"
                         " DELETE FROM decision_option; DELETE FROM decision");
    g_assert_cmpint(ask(c), ==, 3);
}

static void test_wrong_questions_are_refused(Community *c, gconstpointer unused)
{
    static const char *const ONE[] = { "only" };
    static const char *const SAME[] = { "Keep", "keep " };
    static const char *const DIGIT[] = { "2 years", "keep" };
    static const char *const EMPTY[] = { "keep", " \r\n" };
    static const char *const TEN[] = { "a", "b", "c", "d", "e", "f", "g", "h", "i", "j" };
    g_autofree char *long_text = g_strnfill(DECISION_QUESTION_MAX + 1, 'x');
    const char *const too_long[] = { long_text, "keep" };
    const DecisionInput cases[] = {
        { .question = "" },
        { .question = " \r\n\t" },
        { .question = long_text },
        { .question = "\xff" },
        { .question = "q", .reference_kind = "person", .reference = "x" },
        { .question = "q", .reference_kind = "request", .reference = "" },
        { .question = "q", .options = ONE, .n_options = 1 },
        { .question = "q", .options = SAME, .n_options = 2 },
        { .question = "q", .options = DIGIT, .n_options = 2 },
        { .question = "q", .options = EMPTY, .n_options = 2 },
        { .question = "q", .options = TEN, .n_options = 10 },
        { .question = "q", .options = too_long, .n_options = 2 },
        { .question = "q", .days = -1 },
        { .question = "q", .days = DECISION_DAYS_MAX + 1 },
    };
    committee(c);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) err = NULL;
        int64_t id = 0;
        g_assert_false(open_input(c, &cases[i], &id, &err));
        g_test_message("%s", err->message);
        g_assert_error(err, ERR_DOMAIN, ERR_INVALID);
    }
    g_assert_cmpint(messages(c), ==, 0);
}

static void test_a_question_is_one_line_and_no_template(Community *c, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    const DecisionInput input = { .question = "Keep {{name}}\r\nBcc: eve@evil.example\n"
                                              "{{#options}}?" };
    int64_t id = 0;
    committee(c);
    open_input(c, &input, &id, &err);
    g_assert_no_error(err);
    g_autoptr(Decision) decision = get(c, id);
    g_assert_cmpstr(decision->question, ==,
                    "Keep {{name}} Bcc: eve@evil.example {{#options}}?");
    g_autofree char *mail = last_mail(c);
    g_assert_null(strstr(mail, "\r\nBcc:"));
    g_assert_nonnull(strstr(mail, "Keep {{name}}"));
}

/* Voting */

static void test_the_option_with_most_votes_is_chosen(Community *c, gconstpointer unused)
{
    People p = committee(c);
    int64_t id = ask(c);
    vote(c, id, p.chris, 2);
    vote(c, id, p.ann, 1);
    assert_state(c, id, DECISION_OPEN, NULL);
    vote(c, id, p.ben, 2);
    assert_state(c, id, DECISION_CHOSEN, "no");
    assert_sent_to(c, "[DEC-1] Decided: no",
                   "ann@ann.example ben@ben.example chris@chair.example "
                   "secretariat@example.org");
}

static void test_a_vote_can_be_changed_until_it_closes(Community *c, gconstpointer unused)
{
    People p = committee(c);
    int64_t id = ask(c);
    vote(c, id, p.chris, 2);
    vote(c, id, p.chris, 1);
    vote(c, id, p.ann, 1);
    g_autoptr(Decision) decision = get(c, id);
    g_assert_cmpint(decision->voted, ==, 2);
    close_now(c, id);
    assert_state(c, id, DECISION_CHOSEN, "yes");
    assert_vote_refused(c, id, p.chris, 2, ERR_DENIED);
    assert_state(c, id, DECISION_CHOSEN, "yes");
}

static void test_a_tie_decides_nothing(Community *c, gconstpointer unused)
{
    People p = committee(c);
    int64_t id = ask(c);
    vote(c, id, p.chris, 1);
    vote(c, id, p.ann, 2);
    close_now(c, id);
    assert_state(c, id, DECISION_TIE, NULL);
    g_autofree char *mail = last_mail(c);
    g_assert_nonnull(strstr(mail, "Nothing is decided"));
    g_assert_null(strstr(mail, "The committee decided"));
}

static void test_a_tie_of_all_may_still_be_broken(Community *c, gconstpointer unused)
{
    People p = committee(c);
    end_office(c, p.ben, "committee");
    int64_t id = ask(c);
    vote(c, id, p.chris, 1);
    vote(c, id, p.ann, 2);
    assert_state(c, id, DECISION_OPEN, NULL);
    vote(c, id, p.ann, 1);
    assert_state(c, id, DECISION_CHOSEN, "yes");
}

static void test_too_few_votes_decide_nothing(Community *c, gconstpointer unused)
{
    People p = committee(c);
    int64_t id = ask(c);
    vote(c, id, p.chris, 1);
    close_now(c, id);
    assert_state(c, id, DECISION_NO_QUORUM, NULL);
    assert_sent_to(c, "[DEC-1] Not decided",
                   "ann@ann.example ben@ben.example chris@chair.example "
                   "secretariat@example.org");
}

static void test_who_has_no_vote_is_refused(Community *c, gconstpointer unused)
{
    People p = committee(c);
    int64_t jane = count(c, "SELECT person_id FROM address WHERE address = 'jane@nic.example'");
    int64_t sam = count(c, "SELECT person_id FROM office WHERE kind = 'secretary'");
    int64_t id = ask(c);
    int64_t late = appoint(c, "Late", "committee");
    assert_vote_refused(c, id, jane, 1, ERR_DENIED);
    assert_vote_refused(c, id, sam, 1, ERR_DENIED);
    assert_vote_refused(c, id, late, 1, ERR_DENIED);
    assert_vote_refused(c, id, 0, 1, ERR_DENIED);
    assert_vote_refused(c, id, p.ann, 0, ERR_INVALID);
    assert_vote_refused(c, id, p.ann, 3, ERR_INVALID);
    assert_vote_refused(c, id + 1, p.ann, 1, ERR_NOT_FOUND);
}

static void test_out_of_office_is_out_of_the_count(Community *c, gconstpointer unused)
{
    People p = committee(c);
    int64_t id = ask(c);
    vote(c, id, p.ann, 1);
    vote(c, id, p.chris, 1);
    end_office(c, p.ann, "committee"); /* and is no longer on file */
    assert_vote_refused(c, id, p.ann, 2, ERR_DENIED);
    close_now(c, id);
    assert_state(c, id, DECISION_NO_QUORUM, NULL);
    g_autoptr(Decision) decision = get(c, id);
    g_assert_cmpint(decision->voted, ==, 1);
    g_assert_cmpint(decision->voters, ==, 3);
}

static void test_an_office_that_begins_again_later_counts_no_more(Community *c,
                                                                  gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    People p = committee(c);
    const Edit edit = edit_now(c);
    office_grant(c->store.db, &edit, p.ann, "liaison", NOW, &err); /* stays on file */
    int64_t id = ask(c);
    vote(c, id, p.ann, 1);
    vote(c, id, p.chris, 1);
    end_office(c, p.ann, "committee");
    assert_vote_refused(c, id, p.ann, 2, ERR_DENIED);
    close_now(c, id);
    office_grant(c->store.db, &edit, p.ann, "committee", NOW, &err);
    g_assert_no_error(err);
    g_autoptr(Decision) decision = get(c, id);
    g_assert_cmpint(decision->voted, ==, 1);
    g_autofree char *mail = last_mail(c);
    g_assert_nonnull(strstr(mail, "Ann Roe: yes (does not count: out of office)"));
}

static void test_nobody_waits_for_whoever_left(Community *c, gconstpointer unused)
{
    People p = committee(c);
    int64_t id = ask(c);
    vote(c, id, p.ann, 1);
    vote(c, id, p.chris, 1);
    end_office(c, p.ben, "committee");
    (void) due(c);
    assert_state(c, id, DECISION_CHOSEN, "yes");
}

static void test_a_withdrawn_question_has_no_outcome(Community *c, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(GError) none = NULL;
    g_autoptr(GError) twice = NULL;
    People p = committee(c);
    int64_t id = ask(c);
    vote(c, id, p.ann, 1);
    vote(c, id, p.chris, 1);
    g_assert_false(end(c, id, " ", &none));
    g_assert_error(none, ERR_DOMAIN, ERR_INVALID);
    end(c, id, "the request was withdrawn", &err);
    g_assert_no_error(err);
    assert_state(c, id, DECISION_WITHDRAWN, NULL);
    g_assert_false(end(c, id, NULL, &twice));
    g_assert_error(twice, ERR_DOMAIN, ERR_DENIED);
    g_autofree char *mail = last_mail(c);
    g_assert_nonnull(strstr(mail, "Reason: the request was withdrawn"));
}

/* Time */

static void test_the_deadline_counts_to_the_second(Community *c, gconstpointer unused)
{
    People p = committee(c);
    int64_t id = ask(c);
    vote(c, id, p.ann, 1);
    c->work.now = NOW + 7 * DAY - 1;
    vote(c, id, p.chris, 1);
    g_assert_cmpint(due(c), ==, NOW + 7 * DAY);
    assert_state(c, id, DECISION_OPEN, NULL);
    c->work.now++;
    assert_vote_refused(c, id, p.ben, 2, ERR_DENIED);
    g_assert_cmpint(due(c), ==, -1);
    assert_state(c, id, DECISION_CHOSEN, "yes");
}

static void test_who_has_not_voted_is_reminded(Community *c, gconstpointer unused)
{
    People p = committee(c);
    int64_t id = ask(c);
    vote(c, id, p.ann, 1);
    g_assert_cmpint(due(c), ==, NOW + 4 * DAY);
    c->work.now = NOW + 4 * DAY - 1;
    g_assert_cmpint(due(c), ==, NOW + 4 * DAY);
    assert_sent_to(c, "Your vote is missing", "");

    c->work.now++;
    g_assert_cmpint(due(c), ==, NOW + 6 * DAY);
    assert_sent_to(c, "Your vote is missing", "ben@ben.example chris@chair.example");
    g_assert_cmpint(due(c), ==, NOW + 6 * DAY); /* once */
    assert_sent_to(c, "Your vote is missing", "ben@ben.example chris@chair.example");

    vote(c, id, p.chris, 2);
    c->work.now = NOW + 6 * DAY + 100;
    g_assert_cmpint(due(c), ==, NOW + 7 * DAY);
    assert_sent_to(c, "Your vote is missing",
                   "ben@ben.example ben@ben.example chris@chair.example");
}

static void test_reminders_that_were_missed_are_one(Community *c, gconstpointer unused)
{
    committee(c);
    (void) ask(c);
    c->work.now = NOW + 6 * DAY + 5;
    g_assert_cmpint(due(c), ==, NOW + 7 * DAY);
    assert_sent_to(c, "Your vote is missing",
                   "ann@ann.example ben@ben.example chris@chair.example");
}

static void test_a_day_to_vote_brings_no_reminder(Community *c, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    const DecisionInput input = { .question = "Well?", .days = 1 };
    int64_t id = 0;
    committee(c);
    open_input(c, &input, &id, &err);
    g_assert_cmpint(due(c), ==, NOW + DAY);
    assert_sent_to(c, "Your vote is missing", "");
}

/* The journal */

static void test_the_journal_has_names_as_personal_values(Community *c, gconstpointer unused)
{
    People p = committee(c);
    int64_t id = ask(c);
    vote(c, id, p.ann, 1);
    vote(c, id, p.chris, 1);
    close_now(c, id);

    g_autofree char *rows = join_texts(
        c->store.db,
        "SELECT action || ' ' || person_id || ' ' || details AS text FROM journal"
        " WHERE action LIKE 'decision.%' ORDER BY seq",
        "\n");
    g_autofree char *want = g_strdup_printf(
        "decision.open 0 DEC-1: quorum 2 of 3, until 2026-09-28T14:13:20Z\n"
        "decision.vote %d DEC-1: option 1, by command\n"
        "decision.vote %d DEC-1: option 1, by command\n"
        "decision.close 0 DEC-1: chosen: option 1; 2 of 3 voted, quorum 2; votes 2, 0\n"
        "decision.ballot %d DEC-1: option 1\n"
        "decision.ballot %d DEC-1: no vote\n"
        "decision.ballot %d DEC-1: option 1",
        (int) p.ann, (int) p.chris, (int) p.ann, (int) p.ben, (int) p.chris);
    g_assert_cmpstr(rows, ==, want);

    g_autofree char *values = join_texts(
        c->store.db,
        "SELECT v.name || '=' || coalesce(v.value, '-') AS text FROM journal_value v"
        " JOIN journal j ON j.seq = v.seq WHERE j.action = 'decision.ballot'"
        " ORDER BY v.seq, v.position",
        " ");
    g_assert_cmpstr(values, ==,
                    "name=Ann Roe vote=yes name=Ben Roe vote=- name=Chris Doe vote=yes");
}

static void test_the_journal_says_who_typed_a_vote(Community *c, gconstpointer unused)
{
    People p = committee(c);
    int64_t id = ask(c);
    c->work.actor = "cli:sam";
    vote(c, id, p.ann, 1);
    g_autofree char *actor = text_of(c, "SELECT actor FROM journal"
                                        " WHERE action = 'decision.vote'");
    g_autofree char *typed = text_of(c, "SELECT recorded_by FROM ballot"
                                        " WHERE choice IS NOT NULL");
    g_assert_cmpstr(actor, ==, "cli:sam");
    g_assert_cmpstr(typed, ==, "cli:sam");
    assert_sent_to(c, "Your vote: yes", "ann@ann.example");
}

/* Reading */

static void test_lists_have_the_open_ones_first(Community *c, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    committee(c);
    for (int i = 0; i < 3; i++)
        (void) ask(c);
    close_now(c, 1);
    g_autoptr(GPtrArray) open = decision_list(c->store.db, false, &err);
    g_autoptr(GPtrArray) all = decision_list(c->store.db, true, &err);
    g_assert_no_error(err);
    g_assert_cmpuint(open->len, ==, 2);
    g_assert_cmpuint(all->len, ==, 3);
    g_assert_cmpint(((const Decision *) all->pdata[2])->id, ==, 1);
}

static void test_the_last_one_about_something_is_found(Community *c, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(Decision) last = NULL;
    g_autoptr(Decision) other_kind = NULL;
    g_autoptr(Decision) other = NULL;
    committee(c);
    (void) ask(c);
    (void) ask(c);
    decision_find_about(c->store.db, "request", "142", &last, &err);
    decision_find_about(c->store.db, "bounce", "142", &other_kind, &err);
    decision_find_about(c->store.db, "request", "14", &other, &err);
    g_assert_no_error(err);
    g_assert_cmpint(last->id, ==, 2);
    g_assert_null(other_kind);
    g_assert_null(other);
}

static void test_numbers_are_read(void)
{
    static const struct {
        const char *text;
        int64_t want; /* 0: refused */
    } CASES[] = { { "7", 7 },  { "DEC-7", 7 }, { "dec-12", 12 }, { "0", 0 },
                  { "-1", 0 }, { "REQ-7", 0 }, { "DEC-", 0 },    { "", 0 } };
    for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
        int64_t id = 0;
        g_assert_true(decision_parse_label(CASES[i].text, &id, NULL) == (CASES[i].want != 0));
        g_assert_cmpint(id, ==, CASES[i].want);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD_ALERT_TEST("/decision/the_chair_and_the_committee_get_ballots",
                   test_the_chair_and_the_committee_get_ballots);
    ADD_ALERT_TEST("/decision/two_offices_are_one_vote", test_two_offices_are_one_vote);
    ADD_ALERT_TEST("/decision/the_quorum_is_a_majority_and_two_at_least",
                   test_the_quorum_is_a_majority_and_two_at_least);
    ADD_ALERT_TEST("/decision/one_alone_decides_nothing", test_one_alone_decides_nothing);
    ADD_ALERT_TEST("/decision/a_quorum_above_the_committee_is_refused",
                   test_a_quorum_above_the_committee_is_refused);
    ADD_ALERT_TEST("/decision/numbers_are_never_given_again",
                   test_numbers_are_never_given_again);
    ADD_ALERT_TEST("/decision/wrong_questions_are_refused", test_wrong_questions_are_refused);
    ADD_ALERT_TEST("/decision/a_question_is_one_line_and_no_template",
                   test_a_question_is_one_line_and_no_template);
    ADD_ALERT_TEST("/decision/the_option_with_most_votes_is_chosen",
                   test_the_option_with_most_votes_is_chosen);
    ADD_ALERT_TEST("/decision/a_vote_can_be_changed_until_it_closes",
                   test_a_vote_can_be_changed_until_it_closes);
    ADD_ALERT_TEST("/decision/a_tie_decides_nothing", test_a_tie_decides_nothing);
    ADD_ALERT_TEST("/decision/a_tie_of_all_may_still_be_broken",
                   test_a_tie_of_all_may_still_be_broken);
    ADD_ALERT_TEST("/decision/too_few_votes_decide_nothing", test_too_few_votes_decide_nothing);
    ADD_ALERT_TEST("/decision/who_has_no_vote_is_refused", test_who_has_no_vote_is_refused);
    ADD_ALERT_TEST("/decision/out_of_office_is_out_of_the_count",
                   test_out_of_office_is_out_of_the_count);
    ADD_ALERT_TEST("/decision/an_office_that_begins_again_later_counts_no_more",
                   test_an_office_that_begins_again_later_counts_no_more);
    ADD_ALERT_TEST("/decision/nobody_waits_for_whoever_left",
                   test_nobody_waits_for_whoever_left);
    ADD_ALERT_TEST("/decision/a_withdrawn_question_has_no_outcome",
                   test_a_withdrawn_question_has_no_outcome);
    ADD_ALERT_TEST("/decision/the_deadline_counts_to_the_second",
                   test_the_deadline_counts_to_the_second);
    ADD_ALERT_TEST("/decision/who_has_not_voted_is_reminded",
                   test_who_has_not_voted_is_reminded);
    ADD_ALERT_TEST("/decision/reminders_that_were_missed_are_one",
                   test_reminders_that_were_missed_are_one);
    ADD_ALERT_TEST("/decision/a_day_to_vote_brings_no_reminder",
                   test_a_day_to_vote_brings_no_reminder);
    ADD_ALERT_TEST("/decision/the_journal_has_names_as_personal_values",
                   test_the_journal_has_names_as_personal_values);
    ADD_ALERT_TEST("/decision/the_journal_says_who_typed_a_vote",
                   test_the_journal_says_who_typed_a_vote);
    ADD_ALERT_TEST("/decision/lists_have_the_open_ones_first",
                   test_lists_have_the_open_ones_first);
    ADD_ALERT_TEST("/decision/the_last_one_about_something_is_found",
                   test_the_last_one_about_something_is_found);
    g_test_add_func("/decision/label", test_numbers_are_read);
    return g_test_run();
}
