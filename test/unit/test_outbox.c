#include "queue/outbox_retry.h"

#include "base/err.h"
#include "base/limits.h"
#include "store_fixture.h"

#define OWNER "host:/run/muster/courier"

/* Puts a message to n addresses (a0@example.org ...) into the outbox and returns its number. */
static int64_t add(Fixture *f, unsigned n, int64_t now)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(GBytes) data = g_bytes_new_static("Subject: x\r\n\r\nbody\r\n", 20);
    g_autoptr(GPtrArray) addresses = g_ptr_array_new_with_free_func(g_free);
    for (unsigned i = 0; i < n; i++)
        g_ptr_array_add(addresses, g_strdup_printf("a%u@example.org", i));
    OutboxMessage message = {
        .kind = OUTBOX_POST,
        .bounces = true,
        .is_8bit = true,
        .subject = "x",
        .data = data,
    };

    int64_t id = 0;
    g_autoptr(DbTransaction) transaction = db_begin(f->db, &err);
    g_assert_true(outbox_add(f->db, &message, addresses, now, &id, &err));
    g_assert_true(db_commit(&transaction, &err));
    return id;
}

/* One turn: marks `result`, if there is one, and claims up to limit. */
static GPtrArray *turn(Fixture *f, const OutboxResult *result, int64_t limit, int64_t now)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(GPtrArray) results = g_ptr_array_new();
    OutboxResult copy = { 0 };
    if (result != NULL) {
        copy = *result;
        g_ptr_array_add(results, &copy);
    }
    GPtrArray *claims = NULL;
    g_assert_true(outbox_turn(f->db, OWNER, results, limit, now, &claims, &err));
    return claims;
}

static OutboxDelivery *show(Fixture *f, int64_t id)
{
    static const char *const STATES[] = { "waiting", "claimed",   "sent",
                                          "refused", "cancelled", "expired" };
    g_autoptr(GError) err = NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(STATES); i++) {
        OutboxFilter filter = { .id = id, .state = STATES[i] };
        g_autoptr(GPtrArray) rows = outbox_list(f->db, &filter, 0, 1, &err);
        if (rows->len == 1)
            return g_ptr_array_steal_index(rows, 0);
    }
    g_assert_not_reached();
}

/* Claims the only delivery and marks it with an outcome. */
static OutboxDelivery *attempt(Fixture *f, OutboxOutcome outcome, const char *reply,
                               int64_t now)
{
    g_autoptr(GPtrArray) claims = turn(f, NULL, 1, now);
    g_assert_cmpuint(claims->len, ==, 1);
    const OutboxClaim *claim = claims->pdata[0];
    g_autofree char *text = g_strdup(reply);
    OutboxResult result = {
        .id = claim->id,
        .attempts = claim->attempts,
        .created_at = NOW,
        .outcome = outcome,
        .reply = text,
    };
    g_autoptr(GPtrArray) none = turn(f, &result, 0, now);
    g_assert_cmpuint(none->len, ==, 0);
    return show(f, claim->id);
}

static void test_a_message_is_stored_once(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    int64_t id = add(f, 3, NOW);
    g_autoptr(OutboxContent) content = NULL;
    g_assert_true(outbox_content_get(f->db, id, &content, &err));
    g_assert_true(content->bounces);
    g_assert_true(content->is_8bit);
    g_assert_false(content->is_utf8);
    g_assert_cmpint(content->created_at, ==, NOW);
    g_assert_cmpuint(g_bytes_get_size(content->data), ==, 20);

    g_assert_false(outbox_content_get(f->db, id + 1, &content, &err));
    g_assert_error(err, ERR_DOMAIN, ERR_NOT_FOUND);
}

static void test_every_address_has_a_delivery(Fixture *f, gconstpointer unused)
{
    add(f, 123, NOW);
    g_autoptr(GPtrArray) claims = turn(f, NULL, 1000, NOW);
    g_assert_cmpuint(claims->len, ==, 123);
    for (guint i = 0; i < claims->len; i++) {
        g_autofree char *want = g_strdup_printf("a%u@example.org", i);
        g_assert_cmpstr(((OutboxClaim *) claims->pdata[i])->address, ==, want);
    }
}

static void test_no_delivery_is_claimed_twice(Fixture *f, gconstpointer unused)
{
    int64_t id = add(f, 5, NOW);
    g_autoptr(GPtrArray) first = turn(f, NULL, 3, NOW);
    g_autoptr(GPtrArray) second = turn(f, NULL, 3, NOW);
    g_autoptr(GPtrArray) third = turn(f, NULL, 3, NOW);

    g_assert_cmpuint(first->len, ==, 3);
    g_assert_cmpuint(second->len, ==, 2);
    g_assert_cmpuint(third->len, ==, 0);
    const OutboxClaim *oldest = first->pdata[0];
    const OutboxClaim *last = second->pdata[1];
    g_assert_cmpstr(oldest->address, ==, "a0@example.org");
    g_assert_cmpint(oldest->message_id, ==, id);
    g_assert_cmpint(oldest->attempts, ==, 0);
    g_assert_cmpstr(last->address, ==, "a4@example.org");
}

static void test_what_is_sent_is_done(Fixture *f, gconstpointer unused)
{
    add(f, 1, NOW);
    g_autoptr(OutboxDelivery) sent = attempt(f, OUTBOX_SENT, "250 2.0.0 queued", NOW + 1);
    g_assert_cmpstr(sent->state, ==, "sent");
    g_assert_cmpstr(sent->reply, ==, "250 2.0.0 queued");
    g_assert_cmpint(sent->attempts, ==, 1);
    g_assert_cmpint(sent->finished_at, ==, NOW + 1);
    g_assert_cmpint(sent->uncertain, ==, 0);
}

static void test_what_is_refused_is_done(Fixture *f, gconstpointer unused)
{
    add(f, 1, NOW);
    g_autoptr(OutboxDelivery) refused = attempt(f, OUTBOX_REFUSED, "550 5.1.1 nobody", NOW);
    g_assert_cmpstr(refused->state, ==, "refused");
    g_assert_cmpstr(refused->reply, ==, "550 5.1.1 nobody");
}

static void test_what_is_deferred_waits_longer_each_time(Fixture *f, gconstpointer unused)
{
    add(f, 1, NOW);
    int64_t now = NOW;
    for (int64_t attempts = 1; attempts <= 10; attempts++) {
        g_autoptr(OutboxDelivery) d = attempt(f, OUTBOX_DEFERRED, "451 later", now);
        g_assert_cmpstr(d->state, ==, "waiting");
        g_assert_cmpint(d->attempts, ==, attempts);
        g_assert_cmpint(d->due_at, ==, now + outbox_retry_gap(OUTBOX_DEFERRED, attempts));

        g_autoptr(GPtrArray) early = turn(f, NULL, 1, d->due_at - 1);
        g_assert_cmpuint(early->len, ==, 0);
        now = d->due_at;
    }
}

static void test_gaps_grow_to_a_bound(void)
{
    g_assert_cmpint(outbox_retry_gap(OUTBOX_DEFERRED, 1), ==, 60);
    g_assert_cmpint(outbox_retry_gap(OUTBOX_LOST, 1), ==, 5);
    g_assert_cmpint(outbox_retry_gap(OUTBOX_UNCERTAIN, 1), ==, 5);
    for (int64_t attempts = 1; attempts < 20; attempts++) {
        g_assert_cmpint(outbox_retry_gap(OUTBOX_DEFERRED, attempts), <=,
                        outbox_retry_gap(OUTBOX_DEFERRED, attempts + 1));
        g_assert_cmpint(outbox_retry_gap(OUTBOX_DEFERRED, attempts), ==,
                        outbox_retry_gap(OUTBOX_LOST, attempts + 1));
    }
    g_assert_cmpint(outbox_retry_gap(OUTBOX_DEFERRED, 1000), ==, 6 * 3600);
}

static void test_a_delivery_is_given_up_in_the_end(Fixture *f, gconstpointer unused)
{
    add(f, 1, NOW);
    g_autoptr(OutboxDelivery)
        d = attempt(f, OUTBOX_DEFERRED, "451 later", NOW + OUTBOX_LIFETIME_S);
    g_assert_cmpstr(d->state, ==, "expired");
    g_assert_cmpstr(d->reply, ==, "451 later");
}

static void test_uncertainty_is_counted(Fixture *f, gconstpointer unused)
{
    add(f, 1, NOW);
    g_autoptr(OutboxDelivery) d = attempt(f, OUTBOX_UNCERTAIN, NULL, NOW);
    g_assert_cmpstr(d->state, ==, "waiting");
    g_assert_cmpint(d->uncertain, ==, 1);
    g_assert_cmpint(d->due_at, ==, NOW + 5);

    g_autoptr(OutboxDelivery) sent = attempt(f, OUTBOX_SENT, "250 ok", NOW + 60);
    g_assert_cmpint(sent->uncertain, ==, 1);
    g_assert_cmpint(sent->attempts, ==, 2);
}

static void test_what_was_not_tried_is_as_before(Fixture *f, gconstpointer unused)
{
    add(f, 1, NOW);
    g_autoptr(OutboxDelivery) d = attempt(f, OUTBOX_UNTRIED, NULL, NOW + 7);
    g_assert_cmpstr(d->state, ==, "waiting");
    g_assert_cmpint(d->attempts, ==, 0);
    g_assert_cmpint(d->due_at, ==, NOW + 7);
}

static void test_claims_of_a_dead_owner_come_back_uncertain(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    add(f, 2, NOW);
    g_autoptr(GPtrArray) claims = turn(f, NULL, 1, NOW);
    int64_t count = 0;
    g_assert_true(outbox_release_claims(f->db, "host:/run/other", NOW, &count, &err));
    g_assert_cmpint(count, ==, 0);
    g_assert_true(outbox_release_claims(f->db, OWNER, NOW + 1, &count, &err));
    g_assert_cmpint(count, ==, 1);

    g_autoptr(OutboxDelivery) d = show(f, ((OutboxClaim *) claims->pdata[0])->id);
    g_assert_cmpstr(d->state, ==, "waiting");
    g_assert_cmpint(d->uncertain, ==, 1);
    g_assert_cmpint(d->attempts, ==, 1);
    g_assert_cmpint(d->due_at, ==, NOW + 1);
}

static void test_a_late_result_does_not_undo_a_release(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    add(f, 1, NOW);
    g_autoptr(GPtrArray) claims = turn(f, NULL, 1, NOW);
    int64_t id = ((OutboxClaim *) claims->pdata[0])->id;
    g_assert_true(outbox_release_claims(f->db, OWNER, NOW, NULL, &err));

    OutboxResult late = { .id = id, .created_at = NOW, .outcome = OUTBOX_REFUSED };
    g_ptr_array_unref(turn(f, &late, 0, NOW));
    g_autoptr(OutboxDelivery) d = show(f, id);
    g_assert_cmpstr(d->state, ==, "waiting");
}

#define OTHER "other:/run/muster/courier"

typedef enum { WAITS, IS_WITH_ANOTHER, WAS_SENT_BY_ANOTHER } Meanwhile;

/* What became of a delivery that was given back while its courier, taken for dead, still had a
 * connection open. */
static void happen(Fixture *f, Meanwhile meanwhile)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(GPtrArray) none = g_ptr_array_new();
    g_autoptr(GPtrArray) claims = NULL;
    g_assert_true(outbox_release_claims(f->db, OWNER, NOW, NULL, &err));
    if (meanwhile == WAITS)
        return;
    g_assert_true(outbox_turn(f->db, OTHER, none, 1, NOW, &claims, &err));
    g_assert_cmpuint(claims->len, ==, 1);
    if (meanwhile == IS_WITH_ANOTHER)
        return;
    OutboxResult sent = { .id = 1, .attempts = 1, .created_at = NOW, .outcome = OUTBOX_SENT };
    g_ptr_array_add(none, &sent);
    g_clear_pointer(&claims, g_ptr_array_unref);
    g_assert_true(outbox_turn(f->db, OTHER, none, 0, NOW + 1, &claims, &err));
}

static const struct {
    OutboxOutcome outcome;
    Meanwhile meanwhile;
    const char *state;
    int64_t uncertain;
} LATE[] = {
    { OUTBOX_SENT, WAITS, "sent", 0 }, /* the answer came after all, and spares a second copy */
    { OUTBOX_SENT, IS_WITH_ANOTHER, "claimed", 1 },
    { OUTBOX_SENT, WAS_SENT_BY_ANOTHER, "sent", 1 },
    { OUTBOX_REFUSED, WAITS, "waiting", 1 },
    { OUTBOX_REFUSED, IS_WITH_ANOTHER, "claimed", 1 },
    { OUTBOX_REFUSED, WAS_SENT_BY_ANOTHER, "sent", 1 },
    { OUTBOX_DEFERRED, IS_WITH_ANOTHER, "claimed", 1 },
    { OUTBOX_UNCERTAIN, IS_WITH_ANOTHER, "claimed", 1 },
    { OUTBOX_UNTRIED, IS_WITH_ANOTHER, "claimed", 1 },
    { OUTBOX_UNTRIED, WAS_SENT_BY_ANOTHER, "sent", 1 },
};

static void test_a_late_result_changes_no_row_of_another(gconstpointer unused)
{
    for (size_t i = 0; i < G_N_ELEMENTS(LATE); i++) {
        Fixture f;
        g_test_message("outcome %d, meanwhile %d", LATE[i].outcome, LATE[i].meanwhile);
        fixture_set_up(&f, NULL);
        add(&f, 1, NOW);
        g_ptr_array_unref(turn(&f, NULL, 1, NOW));
        happen(&f, LATE[i].meanwhile);

        OutboxResult late = { .id = 1, .created_at = NOW, .outcome = LATE[i].outcome };
        g_ptr_array_unref(turn(&f, &late, 0, NOW + 5));
        g_autoptr(OutboxDelivery) d = show(&f, 1);
        g_assert_cmpstr(d->state, ==, LATE[i].state);
        g_assert_cmpint(d->uncertain, ==, LATE[i].uncertain);
        fixture_tear_down(&f, NULL);
    }
}

static void test_what_a_courier_holds_by_the_store_is_told(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    add(f, 3, NOW);
    g_ptr_array_unref(turn(f, NULL, 2, NOW));
    g_autoptr(GPtrArray) held = outbox_held(f->db, OWNER, &err);
    g_assert_cmpuint(held->len, ==, 2);
    g_assert_cmpint(((OutboxClaim *) held->pdata[1])->id, ==, 2);
    g_autoptr(GPtrArray) others = outbox_held(f->db, OTHER, &err);
    g_assert_cmpuint(others->len, ==, 0);
}

static void test_the_next_due_is_known(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    int64_t due_at = 0;
    g_assert_true(outbox_next_due(f->db, NOW, &due_at, &err));
    g_assert_cmpint(due_at, ==, -1);
    add(f, 1, NOW);
    g_assert_true(outbox_next_due(f->db, NOW, &due_at, &err));
    g_assert_cmpint(due_at, ==, NOW);
}

static void test_a_clock_that_is_set_back_puts_off_nothing(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    int64_t due_at = 0;
    add(f, 1, NOW);
    outbox_delivery_free(attempt(f, OUTBOX_DEFERRED, "451 later", NOW));
    add(f, 2, NOW + 30000000); /* the clock was a year ahead */
    g_assert_true(outbox_next_due(f->db, NOW, &due_at, &err));
    g_assert_cmpint(due_at, ==, NOW);

    g_autoptr(GPtrArray) claims = turn(f, NULL, 10, NOW);
    g_assert_cmpuint(claims->len, ==, 2);
    g_assert_true(outbox_next_due(f->db, NOW, &due_at, &err));
    g_assert_cmpint(due_at, ==, NOW + 60);
}

static void test_a_step_of_an_hour_puts_off_nothing(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    int64_t due_at = 0;
    add(f, 1, NOW + 3600);
    outbox_delivery_free(attempt(f, OUTBOX_DEFERRED, "451 later", NOW + 3600));
    add(f, 1, NOW + 3600);
    g_assert_true(outbox_next_due(f->db, NOW, &due_at, &err));
    g_assert_cmpint(due_at, ==, NOW);

    g_autoptr(GPtrArray) claims = turn(f, NULL, 10, NOW);
    g_assert_cmpuint(claims->len, ==, 2);
}

static void test_people_can_retry_at_once(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    int64_t message_id = add(f, 1, NOW);
    outbox_delivery_free(attempt(f, OUTBOX_DEFERRED, "451 later", NOW));
    int64_t count = 0;
    OutboxFilter filter = { .message_id = message_id };
    g_assert_true(outbox_retry(f->db, &filter, "cli:ann", NOW + 2, &count, &err));
    g_assert_cmpint(count, ==, 1);

    g_autoptr(OutboxDelivery) refused = attempt(f, OUTBOX_REFUSED, "550 no", NOW + 2);
    g_assert_cmpstr(refused->state, ==, "refused");
    g_assert_true(outbox_retry(f->db, &filter, "cli:ann", NOW + 3, &count, &err));
    g_assert_cmpint(count, ==, 0);
    filter.state = "refused";
    g_assert_true(outbox_retry(f->db, &filter, "cli:ann", NOW + 3, &count, &err));
    g_assert_cmpint(count, ==, 1);

    filter.state = "sent";
    g_assert_false(outbox_retry(f->db, &filter, "cli:ann", NOW + 3, &count, &err));
    g_assert_error(err, ERR_DOMAIN, ERR_INVALID);
}

static void test_people_can_cancel_what_waits(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    add(f, 3, NOW);
    g_ptr_array_unref(turn(f, NULL, 1, NOW));
    OutboxFilter one = { .address = "a2@example.org" };
    OutboxFilter all = { 0 };
    int64_t count = 0;

    g_assert_true(outbox_cancel(f->db, &one, "cli:ann", NOW, &count, &err));
    g_assert_cmpint(count, ==, 1);
    g_assert_true(outbox_cancel(f->db, &all, "cli:ann", NOW, &count, &err));
    g_assert_cmpint(count, ==, 1);
    g_autoptr(GPtrArray) none = turn(f, NULL, 10, NOW);
    g_assert_cmpuint(none->len, ==, 0);
}

static void test_lists_know_the_states(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    OutboxFilter filter = { .state = "lost" };
    add(f, 2, NOW);
    g_assert_null(outbox_list(f->db, &filter, 0, 10, &err));
    g_assert_error(err, ERR_DOMAIN, ERR_INVALID);
    g_clear_error(&err);

    filter.state = NULL;
    g_autoptr(GPtrArray) open = outbox_list(f->db, &filter, 1, 10, &err);
    g_assert_cmpuint(open->len, ==, 1);
    g_assert_cmpstr(((OutboxDelivery *) open->pdata[0])->address, ==, "a1@example.org");
}

static void test_what_people_do_is_in_the_journal(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    add(f, 2, NOW);
    OutboxFilter all = { 0 };
    int64_t count = 0;
    g_assert_true(outbox_retry(f->db, &all, "cli:ann", NOW, &count, &err));
    g_assert_true(outbox_cancel(f->db, &all, "cli:ann", NOW, &count, &err));
    g_assert_true(outbox_cancel(f->db, &all, "cli:ann", NOW, &count, &err));
    g_assert_cmpint(count, ==, 0);

    g_assert_true(db_select_int(f->db,
                                "SELECT count(*) FROM journal WHERE actor = 'cli:ann'"
                                " AND action IN ('queue.retry', 'queue.cancel')"
                                " AND details = 'deliveries: 2'",
                                DB_NO_ARGS, &count, &err));
    g_assert_cmpint(count, ==, 2);
}

static void test_the_journal_says_which_deliveries(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    int64_t message_id = add(f, 2, NOW);
    OutboxFilter one = { .message_id = message_id, .address = "a1@example.org" };
    int64_t count = 0;
    g_autofree char *address = NULL;
    g_assert_true(outbox_cancel(f->db, &one, "cli:ann", NOW, &count, &err));
    one.state = "cancelled";
    g_assert_true(outbox_retry(f->db, &one, "cli:ann", NOW, &count, &err));

    g_autofree char *details = join_texts(
        f->db, "SELECT details AS text FROM journal ORDER BY seq", " | ");
    g_assert_cmpstr(
        details, ==,
        "deliveries: 1, of message 1 | deliveries: 1, of message 1, cancelled before");
    g_assert_true(db_select_text(f->db, "SELECT max(name || ' ' || value) FROM journal_value",
                                 DB_NO_ARGS, &address, &err));
    g_assert_cmpstr(address, ==, "address a1@example.org");
}

static void test_copies_are_counted(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    int64_t id = add(f, 1, NOW);
    outbox_delivery_free(attempt(f, OUTBOX_UNCERTAIN, NULL, NOW));
    outbox_delivery_free(attempt(f, OUTBOX_SENT, "250 ok", NOW + 60));
    add(f, 2, NOW);

    OutboxCounts counts = { 0 };
    g_assert_true(outbox_count(f->db, id, &counts, &err));
    g_assert_cmpint(counts.sent, ==, 1);
    g_assert_cmpint(counts.waiting, ==, 0);
    g_assert_cmpint(counts.uncertain, ==, 1);
    g_assert_cmpint(counts.first_sent_at, ==, NOW + 60);
    g_assert_true(outbox_count(f->db, 0, &counts, &err));
    g_assert_cmpint(counts.waiting, ==, 2);
    g_assert_cmpint(counts.sent, ==, 1);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD_TEST("/outbox/a-message-is-stored-once", test_a_message_is_stored_once);
    ADD_TEST("/outbox/every-address-has-a-delivery", test_every_address_has_a_delivery);
    ADD_TEST("/outbox/no-delivery-is-claimed-twice", test_no_delivery_is_claimed_twice);
    ADD_TEST("/outbox/what-is-sent-is-done", test_what_is_sent_is_done);
    ADD_TEST("/outbox/what-is-refused-is-done", test_what_is_refused_is_done);
    ADD_TEST("/outbox/what-is-deferred-waits-longer-each-time",
             test_what_is_deferred_waits_longer_each_time);
    g_test_add_func("/outbox/gaps-grow-to-a-bound", test_gaps_grow_to_a_bound);
    ADD_TEST("/outbox/a-delivery-is-given-up-in-the-end",
             test_a_delivery_is_given_up_in_the_end);
    ADD_TEST("/outbox/uncertainty-is-counted", test_uncertainty_is_counted);
    ADD_TEST("/outbox/what-was-not-tried-is-as-before", test_what_was_not_tried_is_as_before);
    ADD_TEST("/outbox/claims-of-a-dead-owner-come-back-uncertain",
             test_claims_of_a_dead_owner_come_back_uncertain);
    ADD_TEST("/outbox/a-late-result-does-not-undo-a-release",
             test_a_late_result_does_not_undo_a_release);
    g_test_add_data_func("/outbox/a-late-result-changes-no-row-of-another", NULL,
                         test_a_late_result_changes_no_row_of_another);
    ADD_TEST("/outbox/what-a-courier-holds-by-the-store-is-told",
             test_what_a_courier_holds_by_the_store_is_told);
    ADD_TEST("/outbox/the-next-due-is-known", test_the_next_due_is_known);
    ADD_TEST("/outbox/a-clock-that-is-set-back-puts-off-nothing",
             test_a_clock_that_is_set_back_puts_off_nothing);
    ADD_TEST("/outbox/a-step-of-an-hour-puts-off-nothing",
             test_a_step_of_an_hour_puts_off_nothing);
    ADD_TEST("/outbox/people-can-retry-at-once", test_people_can_retry_at_once);
    ADD_TEST("/outbox/people-can-cancel-what-waits", test_people_can_cancel_what_waits);
    ADD_TEST("/outbox/lists-know-the-states", test_lists_know_the_states);
    ADD_TEST("/outbox/what-people-do-is-in-the-journal", test_what_people_do_is_in_the_journal);
    ADD_TEST("/outbox/the-journal-says-which-deliveries",
             test_the_journal_says_which_deliveries);
    ADD_TEST("/outbox/copies-are-counted", test_copies_are_counted);
    return g_test_run();
}
