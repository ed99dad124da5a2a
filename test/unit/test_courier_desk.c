#include "daemon/courier_desk.h"

#include <poll.h>
#include <string.h>

#include "base/err.h"
#include "mail/verp.h"
#include "queue/outbox.h"
#include "store_fixture.h"

#define OWNER "host:/run/muster/courier"

static const uint8_t SECRET[SECRET_SIZE] = { 7 };

static CourierDesk *open_desk(const Fixture *f, size_t memory_max)
{
    CourierDeskOptions options = {
        .db = f->db,
        .held_max = COURIER_HELD_MAX,
        .owner = OWNER,
        .list = "tld-ops@lists.example.org",
        .secret = SECRET,
        .memory_max = memory_max,
    };
    return courier_desk_new(&options);
}

static void add(const Fixture *f, unsigned n, bool bounces)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(GBytes) data = g_bytes_new_static("Subject: x\r\n\r\n.dot\r\n", 20);
    g_autoptr(GPtrArray) addresses = g_ptr_array_new_with_free_func(g_free);
    for (unsigned i = 0; i < n; i++)
        g_ptr_array_add(addresses, g_strdup_printf("a%u@example.org", i));
    OutboxMessage message = { .kind = OUTBOX_POST, .bounces = bounces, .data = data };

    int64_t id = 0;
    g_autoptr(DbTransaction) transaction = db_begin(f->db, &err);
    g_assert_true(outbox_add(f->db, &message, addresses, NOW, &id, &err));
    g_assert_true(db_commit(&transaction, &err));
}

static bool turn(CourierDesk *desk, bool may_claim)
{
    g_autoptr(GError) err = NULL;
    bool has_more = false;
    g_assert_true(courier_desk_turn(desk, may_claim, NOW, &has_more, &err));
    return has_more;
}

/* The next job; its id is 0 if there is none. */
static SmtpJob next(CourierDesk *desk)
{
    g_autoptr(GError) err = NULL;
    SmtpJob job = { .id = 0 };
    bool has_job = false;
    g_assert_true(courier_desk_next(desk, &job, &has_job, &err));
    g_assert_true(has_job || job.id == 0);
    return job;
}

static void settle(CourierDesk *desk, int64_t id, SmtpOutcome outcome)
{
    g_autofree char *text = g_strdup("queued as 1");
    SmtpResult result = { .id = id, .outcome = outcome, .code = 250, .text = text };
    g_strlcpy(result.status, "2.0.0", sizeof result.status);
    courier_desk_settle(desk, &result);
}

static int64_t count(const Fixture *f, const char *state)
{
    g_autoptr(GError) err = NULL;
    int64_t n = 0;
    g_assert_true(db_select_int(f->db, "SELECT count(*) FROM delivery WHERE state = $1",
                                DB_ARGS(db_text(state)), &n, &err));
    return n;
}

static void test_a_copy_has_an_envelope_sender_of_its_own(Fixture *f, gconstpointer unused)
{
    g_autoptr(CourierDesk) desk = open_desk(f, 1000000);
    add(f, 1, true);
    g_assert_true(!turn(desk, true));
    SmtpJob job = next(desk);
    g_autofree char *tag = verp_tag(SECRET, job.id);
    g_autofree char *want = g_strdup_printf("tld-ops-bounces+%s@lists.example.org", tag);

    g_assert_cmpstr(job.sender, ==, want);
    g_assert_cmpstr(job.recipient, ==, "a0@example.org");
    g_assert_cmpuint(g_bytes_get_size(job.body), ==, 21); /* the dot is doubled */
}

static void test_what_must_not_bounce_has_none(Fixture *f, gconstpointer unused)
{
    g_autoptr(CourierDesk) desk = open_desk(f, 1000000);
    add(f, 1, false);
    turn(desk, true);
    SmtpJob job = next(desk);
    g_assert_cmpstr(job.sender, ==, "");
}

static void test_copies_share_the_bytes_of_their_message(Fixture *f, gconstpointer unused)
{
    g_autoptr(CourierDesk) desk = open_desk(f, 1000000);
    add(f, 2, true);
    turn(desk, true);
    SmtpJob first = next(desk);
    SmtpJob second = next(desk);
    g_assert_true(first.body == second.body);
    g_assert_cmpint(next(desk).id, ==, 0);
}

static void test_no_more_is_held_than_the_bound(Fixture *f, gconstpointer unused)
{
    g_autoptr(CourierDesk) desk = open_desk(f, 1000000);
    add(f, COURIER_HELD_MAX + 30, true);
    g_assert_true(turn(desk, true));
    g_assert_cmpuint(courier_desk_waiting(desk), ==, COURIER_FIRST_MAX);

    SmtpJob job = next(desk);
    g_assert_true(turn(desk, true));
    g_assert_cmpuint(courier_desk_waiting(desk), ==, COURIER_HELD_MAX - 1);
    settle(desk, job.id, SMTP_SENT);
    g_assert_true(turn(desk, true));
    g_assert_cmpuint(courier_desk_waiting(desk), ==, COURIER_HELD_MAX);
    g_assert_cmpint(count(f, "sent"), ==, 1);
}

static void test_results_are_marked_by_the_turn(Fixture *f, gconstpointer unused)
{
    g_autoptr(CourierDesk) desk = open_desk(f, 1000000);
    add(f, 5, true);
    turn(desk, true);
    SmtpOutcome outcomes[] = { SMTP_SENT, SMTP_REFUSED, SMTP_DEFERRED, SMTP_LOST,
                               SMTP_UNCERTAIN };
    for (size_t i = 0; i < G_N_ELEMENTS(outcomes); i++)
        settle(desk, next(desk).id, outcomes[i]);
    g_assert_cmpuint(courier_desk_settled(desk), ==, 5);
    g_assert_cmpint(count(f, "claimed"), ==, 5);

    turn(desk, false);
    g_assert_cmpuint(courier_desk_settled(desk), ==, 0);
    g_assert_cmpint(count(f, "sent"), ==, 1);
    g_assert_cmpint(count(f, "refused"), ==, 1);
    g_assert_cmpint(count(f, "waiting"), ==, 3);
    CourierTally tally = courier_desk_tally(desk);
    g_assert_cmpuint(tally.sent, ==, 1);
    g_assert_cmpuint(tally.refused, ==, 1);
    g_assert_cmpuint(tally.deferred, ==, 2);
    g_assert_cmpuint(tally.uncertain, ==, 1);
}

static void test_the_answer_is_kept_with_its_codes(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(CourierDesk) desk = open_desk(f, 1000000);
    g_autofree char *reply = NULL;
    add(f, 1, true);
    turn(desk, true);
    settle(desk, next(desk).id, SMTP_SENT);
    turn(desk, false);
    g_assert_true(
        db_select_text(f->db, "SELECT reply FROM delivery", DB_NO_ARGS, &reply, &err));
    g_assert_cmpstr(reply, ==, "250 2.0.0 queued as 1");
}

static void test_what_is_taken_back_goes_first(Fixture *f, gconstpointer unused)
{
    g_autoptr(CourierDesk) desk = open_desk(f, 1000000);
    add(f, 3, true);
    turn(desk, true);
    int64_t first = next(desk).id;
    courier_desk_take_back(desk, first);
    g_assert_cmpuint(courier_desk_waiting(desk), ==, 3);
    g_assert_cmpuint(courier_desk_flying(desk), ==, 0);
    g_assert_cmpint(next(desk).id, ==, first);
}

static void test_what_is_given_up_waits_in_the_store(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(CourierDesk) desk = open_desk(f, 1000000);
    int64_t n = 0;
    add(f, 3, true);
    turn(desk, true);
    int64_t flying = next(desk).id;
    courier_desk_give_up(desk, "the relay is away");
    g_assert_cmpuint(courier_desk_waiting(desk), ==, 0);
    turn(desk, false);
    g_assert_cmpint(count(f, "waiting"), ==, 2);
    g_assert_true(db_select_int(f->db,
                                "SELECT count(*) FROM delivery WHERE attempts = 0"
                                " AND uncertain = 0 AND reply = 'the relay is away'",
                                DB_NO_ARGS, &n, &err));
    g_assert_cmpint(n, ==, 2);
    settle(desk, flying, SMTP_SENT);
}

static void test_what_is_forgotten_is_left_to_others(Fixture *f, gconstpointer unused)
{
    g_autoptr(CourierDesk) desk = open_desk(f, 1000000);
    add(f, 3, true);
    turn(desk, true);
    next(desk);
    courier_desk_forget(desk);
    g_assert_cmpuint(courier_desk_waiting(desk), ==, 0);
    g_assert_cmpuint(courier_desk_flying(desk), ==, 1);
    g_assert_cmpuint(courier_desk_settled(desk), ==, 0);
    g_assert_cmpint(next(desk).id, ==, 0);
}

static void test_a_copy_that_comes_back_while_it_flies_is_one_copy(Fixture *f,
                                                                   gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(CourierDesk) desk = open_desk(f, 1000000);
    add(f, 2, true);
    turn(desk, true);
    int64_t first = next(desk).id;
    g_assert_true(outbox_release_claims(f->db, OWNER, NOW, NULL, &err));
    courier_desk_forget(desk);

    turn(desk, true);
    g_assert_cmpint(count(f, "claimed"), ==, 2);
    g_assert_cmpuint(courier_desk_waiting(desk), ==, 1);
    g_assert_cmpuint(courier_desk_flying(desk), ==, 1);
    settle(desk, first, SMTP_SENT);
    turn(desk, false);
    g_assert_cmpint(count(f, "sent"), ==, 1);
}

/* A commit whose answer is lost: the store has done what the courier was told has failed. */
static void test_claims_that_nobody_told_of_go_back(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(CourierDesk) desk = open_desk(f, 1000000);
    bool has_more = false;
    add(f, 2, true);
    turn(desk, true);
    int64_t first = next(desk).id;
    add(f, 3, true);
    g_assert_true(db_run_script(f->db, "ALTER TABLE delivery RENAME TO away", &err));
    g_assert_false(courier_desk_turn(desk, true, NOW, &has_more, NULL));
    g_assert_true(db_run_script(f->db, "ALTER TABLE away RENAME TO delivery", &err));
    g_assert_true(db_run(f->db,
                         "UPDATE delivery SET state = 'claimed', claimed_by = $1"
                         " WHERE state = 'waiting'",
                         DB_ARGS(db_text(OWNER)), NULL, &err));

    settle(desk, first, SMTP_SENT);
    turn(desk, false);
    g_assert_cmpint(count(f, "sent"), ==, 1);
    g_assert_cmpint(count(f, "claimed"), ==, 1);
    g_assert_cmpint(count(f, "waiting"), ==, 3);
}

static void test_a_damaged_message_stops_no_other(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(CourierDesk) desk = open_desk(f, 1000000);
    add(f, 2, true);
    g_assert_true(!turn(desk, true));
    g_assert_true(db_run_script(f->db, "ALTER TABLE message RENAME TO damaged", &err));
    g_assert_cmpint(next(desk).id, ==, 0);
    g_assert_true(db_run_script(f->db, "ALTER TABLE damaged RENAME TO message", &err));

    add(f, 1, true);
    g_assert_true(!turn(desk, true));
    g_assert_cmpint(count(f, "refused"), ==, 2);
    g_assert_cmpint(next(desk).id, !=, 0);
}

static void test_messages_are_held_within_a_bound(Fixture *f, gconstpointer unused)
{
    g_autoptr(CourierDesk) desk = open_desk(f, 30);
    add(f, 1, true);
    add(f, 1, true);
    add(f, 1, true);
    turn(desk, true);
    SmtpJob first = next(desk);
    SmtpJob second = next(desk);
    g_assert_cmpint(second.id, !=, 0);
    g_assert_cmpint(next(desk).id, ==, 0);
    g_assert_cmpuint(courier_desk_waiting(desk), ==, 1);

    settle(desk, first.id, SMTP_SENT);
    g_assert_cmpint(next(desk).id, !=, 0);
}

/* What a courier does while it waits for a turn, once. */
typedef struct {
    CourierDesk *desk;
    int64_t landing; /* this one comes to its result */
    int64_t begun;   /* the one that goes out instead; 0: none could */
    bool is_done;
} Busy;

static void work_on(int fd, int64_t ms, void *data)
{
    Busy *busy = data;
    struct pollfd answer = { .fd = fd, .events = POLLIN };
    if (!busy->is_done) {
        settle(busy->desk, busy->landing, SMTP_SENT);
        busy->begun = next(busy->desk).id;
    }
    busy->is_done = true;
    (void) poll(&answer, 1, (int) ms);
}

static void test_copies_go_out_while_a_server_works(Fixture *f, gconstpointer unused)
{
    g_autoptr(CourierDesk) desk = open_desk(f, 1000000);
    add(f, 3, true);
    turn(desk, true);
    int64_t first = next(desk).id;
    Busy busy = { .desk = desk, .landing = next(desk).id };
    settle(desk, first, SMTP_SENT);
    add(f, 1, true);

    db_meanwhile(f->db, work_on, &busy);
    turn(desk, true);
    db_meanwhile(f->db, NULL, NULL);
    g_assert_cmpint(busy.begun, !=, 0);
    g_assert_cmpint(count(f, "sent"), ==, 1);
    g_assert_cmpuint(courier_desk_settled(desk), ==, 1);
    g_assert_cmpuint(courier_desk_flying(desk), ==, 1);
    g_assert_cmpuint(courier_desk_waiting(desk), ==, 1);
    turn(desk, false);
    g_assert_cmpint(count(f, "sent"), ==, 2);
}

static void test_no_message_is_fetched_while_a_server_works(Fixture *f, gconstpointer unused)
{
    g_autoptr(CourierDesk) desk = open_desk(f, 1000000);
    add(f, 1, true);
    add(f, 1, true);
    turn(desk, true);
    Busy busy = { .desk = desk, .landing = next(desk).id };
    db_meanwhile(f->db, work_on, &busy);
    turn(desk, true);
    db_meanwhile(f->db, NULL, NULL);
    g_assert_cmpint(busy.begun, ==, 0);
    g_assert_cmpint(next(desk).id, !=, 0);
}

static void test_what_came_while_a_turn_failed_is_marked_too(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(CourierDesk) desk = open_desk(f, 1000000);
    bool has_more = false;
    add(f, 2, true);
    turn(desk, true);
    int64_t first = next(desk).id;
    Busy busy = { .desk = desk, .landing = next(desk).id };
    settle(desk, first, SMTP_SENT);
    g_assert_true(db_run_script(f->db, "ALTER TABLE delivery RENAME TO away", &err));
    db_meanwhile(f->db, work_on, &busy);
    g_assert_false(courier_desk_turn(desk, true, NOW, &has_more, NULL));
    db_meanwhile(f->db, NULL, NULL);
    g_assert_true(db_run_script(f->db, "ALTER TABLE away RENAME TO delivery", &err));
    g_assert_cmpuint(courier_desk_settled(desk), ==, 2);
    turn(desk, true);
    g_assert_cmpint(count(f, "sent"), ==, 2);
}

/* The lease ran out, and the copy landed while the turn that claims it again still lasted. */
static void test_a_copy_that_lands_in_the_turn_that_claims_it_is_one_copy(Fixture *f,
                                                                          gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(CourierDesk) desk = open_desk(f, 1000000);
    int64_t released = 0;
    add(f, 1, true);
    turn(desk, true);
    Busy busy = { .desk = desk, .landing = next(desk).id };
    g_assert_true(outbox_release_claims(f->db, OWNER, NOW, &released, &err));
    courier_desk_forget(desk);
    db_meanwhile(f->db, work_on, &busy);
    turn(desk, true);
    db_meanwhile(f->db, NULL, NULL);
    g_assert_cmpuint(courier_desk_waiting(desk), ==, 0);
    turn(desk, false);
    g_assert_cmpint(count(f, "sent"), ==, 1);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD_TEST("/courier-desk/a-copy-has-an-envelope-sender-of-its-own",
             test_a_copy_has_an_envelope_sender_of_its_own);
    ADD_TEST("/courier-desk/what-must-not-bounce-has-none", test_what_must_not_bounce_has_none);
    ADD_TEST("/courier-desk/copies-share-the-bytes-of-their-message",
             test_copies_share_the_bytes_of_their_message);
    ADD_TEST("/courier-desk/no-more-is-held-than-the-bound",
             test_no_more_is_held_than_the_bound);
    ADD_TEST("/courier-desk/results-are-marked-by-the-turn",
             test_results_are_marked_by_the_turn);
    ADD_TEST("/courier-desk/the-answer-is-kept-with-its-codes",
             test_the_answer_is_kept_with_its_codes);
    ADD_TEST("/courier-desk/what-is-taken-back-goes-first", test_what_is_taken_back_goes_first);
    ADD_TEST("/courier-desk/what-is-given-up-waits-in-the-store",
             test_what_is_given_up_waits_in_the_store);
    ADD_TEST("/courier-desk/what-is-forgotten-is-left-to-others",
             test_what_is_forgotten_is_left_to_others);
    ADD_TEST("/courier-desk/a-copy-that-comes-back-while-it-flies-is-one-copy",
             test_a_copy_that_comes_back_while_it_flies_is_one_copy);
    ADD_TEST("/courier-desk/claims-that-nobody-told-of-go-back",
             test_claims_that_nobody_told_of_go_back);
    ADD_TEST("/courier-desk/a-damaged-message-stops-no-other",
             test_a_damaged_message_stops_no_other);
    ADD_TEST("/courier-desk/messages-are-held-within-a-bound",
             test_messages_are_held_within_a_bound);
    if (test_server() == NULL) /* nothing is waited for */
        return g_test_run();
    ADD_TEST("/courier-desk/copies-go-out-while-a-server-works",
             test_copies_go_out_while_a_server_works);
    ADD_TEST("/courier-desk/no-message-is-fetched-while-a-server-works",
             test_no_message_is_fetched_while_a_server_works);
    ADD_TEST("/courier-desk/a-copy-that-lands-in-the-turn-that-claims-it-is-one-copy",
             test_a_copy_that_lands_in_the_turn_that_claims_it_is_one_copy);
    ADD_TEST("/courier-desk/what-came-while-a-turn-failed-is-marked-too",
             test_what_came_while_a_turn_failed_is_marked_too);
    return g_test_run();
}
