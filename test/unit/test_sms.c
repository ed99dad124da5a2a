#include "queue/sms.h"

#include <string.h>

#include "base/err.h"
#include "base/limits.h"
#include "queue/node.h"
#include "store/journal.h"
#include "store_fixture.h"

#define OWNER    "alpha:/run/muster/courier"
#define OTHER    "beta:/run/muster/courier"
#define NUMBER   "+441632960001"
#define CODE     "Code 482913"
#define PER_HOUR 1000
#define LIFE_S   1800

static bool try_add(Fixture *f, const char *number, const char *text, int64_t per_hour,
                    int64_t now, int64_t *ret_id, GError **err)
{
    const SmsMessage message = {
        .number = number,
        .text = text,
        .expires_at = now + LIFE_S,
        .person_id = 7,
        .tld = "ca",
        .actor = "worker",
    };
    g_autoptr(DbTransaction) transaction = db_begin(f->db, err);
    return sms_add(f->db, &message, per_hour, now, ret_id, err) && db_commit(&transaction, err);
}

static int64_t add(Fixture *f, int64_t now)
{
    g_autoptr(GError) err = NULL;
    int64_t id = 0;
    try_add(f, NUMBER, CODE, PER_HOUR, now, &id, &err);
    g_assert_no_error(err);
    return id;
}

static SmsClaim *claim_for(Fixture *f, const char *owner, int64_t per_hour, int64_t now)
{
    g_autoptr(GError) err = NULL;
    SmsClaim *claim = NULL;
    sms_claim(f->db, owner, per_hour, now, &claim, &err);
    g_assert_no_error(err);
    return claim;
}

static SmsClaim *claim(Fixture *f, int64_t now)
{
    return claim_for(f, OWNER, PER_HOUR, now);
}

static void mark(Fixture *f, const SmsClaim *held, SmsOutcome outcome, int64_t now)
{
    g_autoptr(GError) err = NULL;
    sms_mark(f->db, OWNER, held, outcome, "HTTP status 200", now, &err);
    g_assert_no_error(err);
}

/* Claims the one that is due and marks it. */
static void attempt(Fixture *f, SmsOutcome outcome, int64_t now)
{
    g_autoptr(SmsClaim) held = claim(f, now);
    g_assert_nonnull(held);
    mark(f, held, outcome, now);
}

static SmsRow *row(Fixture *f, int64_t id)
{
    g_autoptr(GError) err = NULL;
    SmsRow *found = NULL;
    sms_get(f->db, id, &found, &err);
    g_assert_no_error(err);
    return found;
}

static void assert_state(Fixture *f, int64_t id, const char *state)
{
    g_autoptr(SmsRow) found = row(f, id);
    g_assert_cmpstr(found->state, ==, state);
}

static int64_t release(Fixture *f, const char *owner, int64_t now)
{
    g_autoptr(GError) err = NULL;
    int64_t count = 0;
    sms_release_claims(f->db, owner, now, &count, &err);
    g_assert_no_error(err);
    return count;
}

static int64_t next(Fixture *f, int64_t per_hour, int64_t now)
{
    g_autoptr(GError) err = NULL;
    int64_t at = 0;
    sms_next(f->db, per_hour, now, &at, &err);
    g_assert_no_error(err);
    return at;
}

static int64_t expire(Fixture *f, int64_t now)
{
    g_autoptr(GError) err = NULL;
    int64_t count = 0;
    sms_expire(f->db, now, &count, &err);
    g_assert_no_error(err);
    return count;
}

/* What the row of a message holds of what was sent: "number/text", "-" for none. */
static void assert_kept(Fixture *f, const char *want)
{
    g_autofree char *kept = join_texts(f->db,
                                       "SELECT coalesce(number, '-') || '/' || coalesce(text, "
                                       "'-') AS text FROM sms ORDER BY id",
                                       " ");
    g_assert_cmpstr(kept, ==, want);
}

static void assert_journal(Fixture *f, const char *want)
{
    g_autofree char *rows = join_texts(f->db,
                                       "SELECT action || ' ' || details AS text FROM journal"
                                       " ORDER BY seq",
                                       ", ");
    g_assert_cmpstr(rows, ==, want);
}

static void test_a_message_is_claimed_once(Fixture *f, gconstpointer unused)
{
    int64_t id = add(f, NOW);
    g_autoptr(SmsClaim) first = claim(f, NOW);
    g_autoptr(SmsClaim) second = claim_for(f, OTHER, PER_HOUR, NOW);
    g_assert_cmpint(first->id, ==, id);
    g_assert_cmpint(first->attempts, ==, 0);
    g_assert_cmpint(first->expires_at, ==, NOW + LIFE_S);
    g_assert_cmpstr(first->number, ==, NUMBER);
    g_assert_cmpstr(first->text, ==, CODE);
    g_assert_null(second);
}

static void test_what_is_due_first_goes_first(Fixture *f, gconstpointer unused)
{
    int64_t first = add(f, NOW);
    int64_t second = add(f, NOW + 1);
    attempt(f, SMS_DEFERRED, NOW + 1);
    g_autoptr(SmsClaim) held = claim(f, NOW + 1);
    g_assert_cmpint(held->id, ==, second);
    g_autoptr(SmsClaim) none = claim(f, NOW + 10);
    g_assert_null(none);
    g_autoptr(SmsClaim) again = claim(f, NOW + 11);
    g_assert_cmpint(again->id, ==, first);
    g_assert_cmpint(again->attempts, ==, 1);
}

static void test_what_was_sent_is_erased(Fixture *f, gconstpointer unused)
{
    int64_t id = add(f, NOW);
    assert_kept(f, NUMBER "/" CODE);
    attempt(f, SMS_SENT, NOW + 2);
    assert_kept(f, "-/-");
    g_autoptr(SmsRow) sent = row(f, id);
    g_assert_cmpstr(sent->state, ==, "sent");
    g_assert_cmpstr(sent->number, ==, "+44...001");
    g_assert_cmpstr(sent->reply, ==, "HTTP status 200");
    g_assert_cmpint(sent->attempts, ==, 1);
    g_assert_cmpint(sent->uncertain, ==, 0);
    g_assert_cmpint(sent->finished_at, ==, NOW + 2);
}

static void test_what_was_refused_is_erased_and_not_tried_again(Fixture *f,
                                                                gconstpointer unused)
{
    int64_t id = add(f, NOW);
    attempt(f, SMS_REFUSED, NOW);
    assert_state(f, id, "refused");
    assert_kept(f, "-/-");
    g_assert_cmpint(next(f, PER_HOUR, NOW), ==, -1);
}

static void test_the_journal_has_no_number_and_no_text(Fixture *f, gconstpointer unused)
{
    add(f, NOW);
    attempt(f, SMS_REFUSED, NOW);
    assert_journal(f, "sms.add text message 1, sms.refused text message 1");

    g_autoptr(GError) err = NULL;
    g_autoptr(GPtrArray) values = journal_values(f->db, 1, &err);
    g_assert_cmpuint(values->len, ==, 1);
    g_assert_cmpstr(((const JournalRowValue *) values->pdata[0])->value, ==, NUMBER);
    g_assert_true(journal_erase_person(f->db, 7, &err));
    g_autofree char *left = join_texts(
        f->db, "SELECT coalesce(value, '-') AS text FROM journal_value", " ");
    g_assert_cmpstr(left, ==, "-");
    g_autofree char *persons = join_texts(
        f->db, "SELECT CAST(person_id AS text) AS text FROM journal ORDER BY seq", " ");
    g_assert_cmpstr(persons, ==, "7 7");
}

static void test_gaps_grow_until_the_message_expires(Fixture *f, gconstpointer unused)
{
    static const int64_t GAPS[] = { 10, 30, 60, 120, 300, 300, 300 };
    int64_t id = add(f, NOW);
    int64_t now = NOW;
    for (size_t i = 0; i < G_N_ELEMENTS(GAPS); i++) {
        attempt(f, i % 2 == 0 ? SMS_DEFERRED : SMS_UNCERTAIN, now);
        g_assert_cmpint(next(f, PER_HOUR, now), ==, now + GAPS[i]);
        now += GAPS[i];
    }
    g_assert_cmpint(SMS_ATTEMPTS_MAX, ==, G_N_ELEMENTS(GAPS) + 1);
    attempt(f, SMS_UNCERTAIN, now);
    g_autoptr(SmsRow) ended = row(f, id);
    g_assert_cmpstr(ended->state, ==, "expired");
    g_assert_cmpint(ended->attempts, ==, SMS_ATTEMPTS_MAX);
    g_assert_cmpint(ended->uncertain, ==, 4);
    assert_kept(f, "-/-");
}

static void test_what_cannot_be_tried_again_in_time_has_expired(Fixture *f,
                                                                gconstpointer unused)
{
    int64_t id = add(f, NOW);
    attempt(f, SMS_DEFERRED, NOW + LIFE_S - 10);
    assert_state(f, id, "expired");
    assert_kept(f, "-/-");
    assert_journal(f, "sms.add text message 1, sms.expired text message 1");
}

static void test_what_is_over_is_not_sent(Fixture *f, gconstpointer unused)
{
    int64_t id = add(f, NOW);
    g_assert_cmpint(next(f, 0, NOW), ==, NOW + LIFE_S);
    g_assert_cmpint(expire(f, NOW + LIFE_S - 1), ==, 0);
    g_autoptr(SmsClaim) none = claim(f, NOW + LIFE_S);
    g_assert_null(none);
    g_assert_cmpint(expire(f, NOW + LIFE_S), ==, 1);
    assert_state(f, id, "expired");
    assert_kept(f, "-/-");
    assert_journal(f, "sms.add text message 1, sms.expired text message 1");
}

static void test_what_a_dead_courier_held_is_sent_again(Fixture *f, gconstpointer unused)
{
    int64_t id = add(f, NOW);
    g_autoptr(SmsClaim) held = claim(f, NOW);
    g_assert_cmpint(held->id, ==, id);
    g_assert_cmpint(release(f, OTHER, NOW + 60), ==, 0);
    g_assert_cmpint(release(f, OWNER, NOW + 60), ==, 1);
    g_autoptr(SmsRow) given_back = row(f, id);
    g_assert_cmpstr(given_back->state, ==, "waiting");
    g_assert_cmpint(given_back->attempts, ==, 1);
    g_assert_cmpint(given_back->uncertain, ==, 1);
    g_assert_cmpint(next(f, PER_HOUR, NOW + 60), ==, NOW + 60);
}

static void test_what_it_says_late_counts_if_it_was_sent(Fixture *f, gconstpointer unused)
{
    int64_t id = add(f, NOW);
    g_autoptr(SmsClaim) held = claim(f, NOW);
    release(f, OWNER, NOW + 60);
    mark(f, held, SMS_REFUSED, NOW + 60);
    assert_state(f, id, "waiting");
    mark(f, held, SMS_SENT, NOW + 61);
    g_autoptr(SmsRow) sent = row(f, id);
    g_assert_cmpstr(sent->state, ==, "sent");
    g_assert_cmpint(sent->attempts, ==, 1);
    g_assert_cmpint(sent->uncertain, ==, 0);
    assert_kept(f, "-/-");
}

static void test_what_it_says_late_does_not_touch_the_next_attempt(Fixture *f,
                                                                   gconstpointer unused)
{
    int64_t id = add(f, NOW);
    g_autoptr(SmsClaim) held = claim(f, NOW);
    release(f, OWNER, NOW + 60);
    g_autoptr(SmsClaim) again = claim(f, NOW + 60);
    g_assert_cmpint(again->attempts, ==, 1);
    mark(f, held, SMS_SENT, NOW + 61);
    mark(f, held, SMS_DEFERRED, NOW + 61);
    assert_state(f, id, "claimed");
    mark(f, again, SMS_SENT, NOW + 62);
    assert_state(f, id, "sent");
}

static void test_attempts_that_ended_in_a_crash_are_bounded(Fixture *f, gconstpointer unused)
{
    int64_t id = add(f, NOW);
    for (int i = 0; i < SMS_ATTEMPTS_MAX; i++) {
        g_autoptr(SmsClaim) held = claim(f, NOW);
        g_assert_nonnull(held);
        release(f, OWNER, NOW);
    }
    g_autoptr(SmsClaim) none = claim(f, NOW);
    g_assert_null(none);
    g_assert_cmpint(expire(f, NOW), ==, 1);
    assert_state(f, id, "expired");
}

static void test_a_courier_that_is_taken_for_dead_claims_nothing(Fixture *f,
                                                                 gconstpointer unused)
{
    const NodeSelf self = {
        .owner = OWNER,
        .host = "alpha",
        .role = "courier",
        .instance = "first",
        .lease_s = 60,
    };
    g_autoptr(GError) err = NULL;
    NodeClaims claims = { 0 };
    bool is_dead = false;
    g_assert_true(node_start(f->db, &self, NOW, &claims, &err));
    add(f, NOW);
    g_autoptr(SmsClaim) held = claim(f, NOW);
    g_assert_nonnull(held);
    g_assert_true(node_take_over(f->db, OWNER, 1, NOW, &claims, &is_dead, &err));
    g_assert_true(is_dead);
    g_assert_cmpint(claims.texts, ==, 1);
    g_autoptr(SmsClaim) none = claim(f, NOW);
    g_assert_null(none);
    g_autoptr(SmsClaim) taken = claim_for(f, OTHER, PER_HOUR, NOW);
    g_assert_nonnull(taken);

    /* And a courier that starts anew gives back what it held before. */
    g_assert_true(node_start(
        f->db,
        &(NodeSelf){
            .owner = OTHER, .host = "beta", .role = "courier", .instance = "x", .lease_s = 60 },
        NOW, &claims, &err));
    g_assert_cmpint(claims.texts, ==, 1);
}

static void test_attempts_of_an_hour_are_bounded(Fixture *f, gconstpointer unused)
{
    for (int i = 0; i < 4; i++)
        add(f, NOW);
    attempt(f, SMS_DEFERRED, NOW);
    attempt(f, SMS_SENT, NOW + 1);
    g_autoptr(SmsClaim) third = claim_for(f, OWNER, 3, NOW + 2);
    g_assert_nonnull(third);
    g_autoptr(SmsClaim) none = claim_for(f, OTHER, 3, NOW + 3);
    g_assert_null(none);
    /* No attempt is an hour old before what waits expires. */
    g_assert_cmpint(next(f, 3, NOW + 3), ==, NOW + LIFE_S);
    g_assert_cmpint(next(f, 4, NOW + 3), ==, NOW);
    g_autoptr(SmsClaim) fourth = claim_for(f, OTHER, 4, NOW + 3);
    g_assert_nonnull(fourth);
}

static void test_the_bound_frees_up_after_an_hour(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    int64_t id = 0;
    add(f, NOW);
    attempt(f, SMS_SENT, NOW);
    add(f, NOW + 3000);
    g_assert_cmpint(next(f, 1, NOW + 3000), ==, NOW + 3600);
    g_autoptr(SmsClaim) none = claim_for(f, OWNER, 1, NOW + 3599);
    g_assert_null(none);
    g_autoptr(SmsClaim) held = claim_for(f, OWNER, 1, NOW + 3600);
    g_assert_nonnull(held);

    g_assert_false(try_add(f, NUMBER, CODE, 1, NOW + 6599, &id, &err));
    g_assert_error(err, ERR_DOMAIN, ERR_LIMIT);
    g_assert_true(try_add(f, NUMBER, CODE, 1, NOW + 6600, &id, NULL));
}

static void test_a_clock_that_is_set_back_blocks_nothing(Fixture *f, gconstpointer unused)
{
    int64_t id = 0;
    const int64_t year = 365 * 86400;
    add(f, NOW + year);
    attempt(f, SMS_DEFERRED, NOW + year);
    g_assert_true(try_add(f, NUMBER, CODE, 1, NOW, &id, NULL));
    g_assert_cmpint(next(f, 1, NOW), ==, NOW);
    g_autoptr(SmsClaim) held = claim_for(f, OWNER, 1, NOW);
    g_assert_nonnull(held);
}

static void test_what_cannot_be_sent_is_not_taken(Fixture *f, gconstpointer unused)
{
    g_autofree char *longest = g_strnfill(SMS_TEXT_MAX, 'x');
    g_autofree char *longer = g_strnfill(SMS_TEXT_MAX + 1, 'x');
    const struct {
        const char *number;
        const char *text;
        bool is_taken;
    } CASES[] = {
        { NUMBER, longest, true },
        { NUMBER, "Код \xe2\x82\xac\n1", true },
        { NUMBER, longer, false },
        { NUMBER, "", false },
        { NUMBER, "\xff", false },
        { "441632960001", CODE, false },
        { "+44 1632 960001", CODE, false },
        { "+441632960001 ext 7", CODE, false },
        { "+441632960001&text=x", CODE, false },
        { "+", CODE, false },
        { "", CODE, false },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
        g_autoptr(GError) err = NULL;
        int64_t id = 0;
        bool is_taken = try_add(f, CASES[i].number, CASES[i].text, PER_HOUR, NOW, &id, &err);
        g_test_message("\"%s\": %s", CASES[i].number, err != NULL ? err->message : "taken");
        g_assert_true(is_taken == CASES[i].is_taken);
        if (!is_taken)
            g_assert_error(err, ERR_DOMAIN, ERR_INVALID);
    }
}

static void test_only_what_waits_is_cancelled(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    bool is_cancelled = false;
    int64_t id = add(f, NOW);
    int64_t held_id = add(f, NOW);
    attempt(f, SMS_DEFERRED, NOW);
    g_autoptr(SmsClaim) held = claim(f, NOW);
    g_assert_cmpint(held->id, ==, held_id);

    g_assert_true(sms_cancel(f->db, id, NOW + 1, &is_cancelled, &err));
    g_assert_true(is_cancelled);
    assert_state(f, id, "cancelled");
    g_assert_true(sms_cancel(f->db, held_id, NOW + 1, &is_cancelled, &err));
    g_assert_false(is_cancelled);
    assert_state(f, held_id, "claimed");
    assert_kept(f, "-/- " NUMBER "/" CODE);
}

static void test_lists_hold_what_is_asked_for(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(SmsRow) none = NULL;
    add(f, NOW);
    attempt(f, SMS_SENT, NOW);
    add(f, NOW);
    add(f, NOW);
    g_autoptr(SmsClaim) held = claim(f, NOW);
    g_autoptr(GPtrArray) open = sms_list(f->db, NULL, 0, 10, &err);
    g_assert_cmpuint(open->len, ==, 2);
    g_autoptr(GPtrArray) after = sms_list(f->db, NULL, held->id, 10, &err);
    g_assert_cmpuint(after->len, ==, 1);
    g_autoptr(GPtrArray) sent = sms_list(f->db, "sent", 0, 10, &err);
    g_assert_cmpuint(sent->len, ==, 1);
    g_assert_null(sms_list(f->db, "lost", 0, 10, &err));
    g_assert_error(err, ERR_DOMAIN, ERR_INVALID);
    g_clear_error(&err);
    g_assert_false(sms_get(f->db, 99, &none, &err));
    g_assert_error(err, ERR_DOMAIN, ERR_NOT_FOUND);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD_TEST("/sms/claim", test_a_message_is_claimed_once);
    ADD_TEST("/sms/claim/order", test_what_is_due_first_goes_first);
    ADD_TEST("/sms/claim/dead", test_a_courier_that_is_taken_for_dead_claims_nothing);
    ADD_TEST("/sms/mark/sent", test_what_was_sent_is_erased);
    ADD_TEST("/sms/mark/refused", test_what_was_refused_is_erased_and_not_tried_again);
    ADD_TEST("/sms/mark/gaps", test_gaps_grow_until_the_message_expires);
    ADD_TEST("/sms/mark/in-time", test_what_cannot_be_tried_again_in_time_has_expired);
    ADD_TEST("/sms/mark/late", test_what_it_says_late_counts_if_it_was_sent);
    ADD_TEST("/sms/mark/later", test_what_it_says_late_does_not_touch_the_next_attempt);
    ADD_TEST("/sms/journal", test_the_journal_has_no_number_and_no_text);
    ADD_TEST("/sms/expire", test_what_is_over_is_not_sent);
    ADD_TEST("/sms/expire/crashes", test_attempts_that_ended_in_a_crash_are_bounded);
    ADD_TEST("/sms/release", test_what_a_dead_courier_held_is_sent_again);
    ADD_TEST("/sms/per-hour", test_attempts_of_an_hour_are_bounded);
    ADD_TEST("/sms/per-hour/later", test_the_bound_frees_up_after_an_hour);
    ADD_TEST("/sms/per-hour/clock", test_a_clock_that_is_set_back_blocks_nothing);
    ADD_TEST("/sms/add", test_what_cannot_be_sent_is_not_taken);
    ADD_TEST("/sms/cancel", test_only_what_waits_is_cancelled);
    ADD_TEST("/sms/list", test_lists_hold_what_is_asked_for);
    return g_test_run();
}
