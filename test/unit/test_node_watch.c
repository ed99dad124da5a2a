#include "queue/node_watch.h"

#include "queue/inbox.h"
#include "queue/outbox.h"
#include "queue/sms.h"
#include "store_fixture.h"

#define OBSERVER "alpha:/run/muster/worker"
#define COURIER  "beta:/run/muster/courier"
#define LEASE_S  60
#define GAP_MS   20000

static const NodeSelf SELF = {
    .owner = COURIER,
    .host = "beta",
    .role = "courier",
    .instance = "first",
    .lease_s = LEASE_S,
};

static void start(Fixture *f)
{
    g_autoptr(GError) err = NULL;
    NodeClaims claims;
    node_start(f->db, &SELF, NOW, &claims, &err);
    g_assert_no_error(err);
}

static int64_t beat(Fixture *f)
{
    g_autoptr(GError) err = NULL;
    int64_t losses = 0;
    node_beat(f->db, &SELF, NOW, &losses, &err);
    g_assert_no_error(err);
    return losses;
}

/* Puts a copy, a text message and a mail into the queues and claims them for an owner. */
static void claim(Fixture *f, const char *owner)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(GBytes) data = g_bytes_new_static("x\r\n", 3);
    g_autoptr(GPtrArray) addresses = g_ptr_array_new();
    g_autoptr(GPtrArray) none = g_ptr_array_new();
    g_autoptr(GPtrArray) claims = NULL;
    g_autoptr(InboxItem) item = NULL;
    g_autoptr(SmsClaim) text = NULL;
    const SmsMessage code = { "+441632960001", "Code 1", NOW + 900, 0, NULL, "worker" };
    const OutboxMessage message = { .kind = OUTBOX_POST, .data = data };
    const InboxMail mail = { .envelope_from = "ann@example.org", .data = data };
    const InboxRecipient recipient = { "tld-ops@lists.example.org", ROUTE_EVERYONE, NULL };
    int64_t id = 0;

    g_ptr_array_add(addresses, (char[]){ "a@example.org" });
    g_autoptr(DbTransaction) transaction = db_begin(f->db, &err);
    outbox_add(f->db, &message, addresses, NOW, &id, &err);
    sms_add(f->db, &code, 100, NOW, &id, &err);
    db_commit(&transaction, &err);
    outbox_turn(f->db, owner, none, 10, NOW, &claims, &err);
    sms_claim(f->db, owner, 100, NOW, &text, &err);
    inbox_store(f->db, &mail, &recipient, 1, NOW, &err);
    inbox_claim(f->db, owner, NOW, &item, &err);
    g_assert_no_error(err);
}

static int64_t claimed(Fixture *f)
{
    g_autoptr(GError) err = NULL;
    int64_t count = 0;
    db_select_int(f->db,
                  "SELECT (SELECT count(*) FROM delivery WHERE state = 'claimed')"
                  " + (SELECT count(*) FROM sms WHERE state = 'claimed')"
                  " + (SELECT count(*) FROM inbox WHERE state = 'claimed')",
                  DB_NO_ARGS, &count, &err);
    g_assert_no_error(err);
    return count;
}

static GPtrArray *look(NodeWatch *watch, Fixture *f, int64_t ticks_ms)
{
    g_autoptr(GError) err = NULL;
    GPtrArray *taken = NULL;
    node_watch_look(watch, f->db, LEASE_S, NOW, ticks_ms, &taken, &err);
    g_assert_no_error(err);
    return taken;
}

/* Looks every ten seconds; returns how many nodes were taken for dead. */
static guint watch_for(NodeWatch *watch, Fixture *f, int64_t from_s, int64_t to_s)
{
    guint count = 0;
    for (int64_t s = from_s; s <= to_s; s += 10) {
        g_autoptr(GPtrArray) taken = look(watch, f, s * 1000);
        count += taken->len;
    }
    return count;
}

static void test_a_silent_node_loses_its_claims_after_its_lease(Fixture *f,
                                                                gconstpointer unused)
{
    g_autoptr(NodeWatch) watch = node_watch_new(OBSERVER, GAP_MS);
    start(f);
    claim(f, COURIER);
    g_assert_cmpuint(watch_for(watch, f, 100, 150), ==, 0);
    g_assert_cmpint(claimed(f), ==, 3);

    g_autoptr(GPtrArray) taken = look(watch, f, 160000);
    g_assert_cmpuint(taken->len, ==, 1);
    const NodeTaken *node = taken->pdata[0];
    g_assert_cmpstr(node->owner, ==, COURIER);
    g_assert_true(node->is_news);
    g_assert_cmpint(node->claims.copies, ==, 1);
    g_assert_cmpint(node->claims.texts, ==, 1);
    g_assert_cmpint(node->claims.mails, ==, 1);
    g_assert_cmpint(claimed(f), ==, 0);
}

static void test_what_is_given_back_may_have_gone_out(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(NodeWatch) watch = node_watch_new(OBSERVER, GAP_MS);
    OutboxCounts counts;
    g_autoptr(InboxItem) item = NULL;
    start(f);
    claim(f, COURIER);
    watch_for(watch, f, 100, 160);
    g_assert_true(outbox_count(f->db, 0, &counts, &err));
    g_assert_cmpint(counts.waiting, ==, 1);
    g_assert_cmpint(counts.uncertain, ==, 1);
    g_assert_true(inbox_get(f->db, 1, &item, &err));
    g_assert_cmpint(item->attempts, ==, 1);
}

static void test_a_node_that_lives_keeps_its_claims(Fixture *f, gconstpointer unused)
{
    g_autoptr(NodeWatch) watch = node_watch_new(OBSERVER, GAP_MS);
    start(f);
    claim(f, COURIER);
    for (int64_t s = 100; s < 1000; s += 50) {
        g_assert_cmpuint(watch_for(watch, f, s, s + 40), ==, 0);
        g_assert_cmpint(beat(f), ==, 0);
    }
    g_assert_cmpint(claimed(f), ==, 3);
}

static void test_a_node_learns_that_it_was_taken_for_dead(Fixture *f, gconstpointer unused)
{
    g_autoptr(NodeWatch) watch = node_watch_new(OBSERVER, GAP_MS);
    start(f);
    watch_for(watch, f, 100, 160);
    claim(f, COURIER); /* what it began before it knew */
    g_assert_cmpint(claimed(f), ==, 0);
    g_assert_cmpint(beat(f), ==, 1);
    claim(f, COURIER);
    g_assert_cmpint(claimed(f), ==, 4); /* both copies, and one mail and text at a time */
    g_assert_cmpuint(watch_for(watch, f, 170, 210), ==, 0);
}

static void test_a_dead_node_is_news_once(Fixture *f, gconstpointer unused)
{
    g_autoptr(NodeWatch) watch = node_watch_new(OBSERVER, GAP_MS);
    g_autoptr(NodeWatch) second = node_watch_new("gamma:/run/muster/worker", GAP_MS);
    start(f);
    g_assert_cmpuint(watch_for(watch, f, 100, 160), ==, 1);
    g_assert_cmpuint(watch_for(watch, f, 170, 500), ==, 0);
    g_assert_cmpuint(watch_for(second, f, 100, 500), ==, 0);
}

static void test_who_slept_does_not_judge(Fixture *f, gconstpointer unused)
{
    g_autoptr(NodeWatch) watch = node_watch_new(OBSERVER, GAP_MS);
    start(f);
    claim(f, COURIER);
    g_assert_cmpuint(watch_for(watch, f, 100, 130), ==, 0);
    g_assert_cmpuint(watch_for(watch, f, 5000, 5000), ==, 0);
    g_assert_cmpint(claimed(f), ==, 3);
    g_assert_cmpuint(watch_for(watch, f, 5010, 5010), ==, 1);
}

static void test_nobody_watches_itself(Fixture *f, gconstpointer unused)
{
    g_autoptr(NodeWatch) watch = node_watch_new(COURIER, GAP_MS);
    start(f);
    claim(f, COURIER);
    g_assert_cmpuint(watch_for(watch, f, 100, 500), ==, 0);
}

static void test_a_node_that_stopped_is_not_missed(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(NodeWatch) watch = node_watch_new(OBSERVER, GAP_MS);
    start(f);
    g_assert_true(node_stop(f->db, &SELF, NOW, &err));
    g_assert_cmpuint(watch_for(watch, f, 100, 500), ==, 0);
}

static void test_claims_under_a_name_without_a_node_come_back(Fixture *f, gconstpointer unused)
{
    g_autoptr(NodeWatch) watch = node_watch_new(OBSERVER, GAP_MS);
    claim(f, "gone:/run/muster/courier"); /* as in a store that was restored */
    g_assert_cmpuint(watch_for(watch, f, 100, 150), ==, 0);
    g_assert_cmpuint(watch_for(watch, f, 160, 160), ==, 1);
    g_assert_cmpint(claimed(f), ==, 0);
}

static void test_so_does_a_text_message_alone(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(NodeWatch) watch = node_watch_new(OBSERVER, GAP_MS);
    claim(f, "gone:/run/muster/courier");
    db_run_script(f->db, "UPDATE delivery SET state = 'sent'; UPDATE inbox SET state = 'kept'",
                  &err);
    g_assert_no_error(err);
    g_assert_cmpuint(watch_for(watch, f, 100, 160), ==, 1);
    g_assert_cmpint(claimed(f), ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD_TEST("/node-watch/a-silent-node-loses-its-claims-after-its-lease",
             test_a_silent_node_loses_its_claims_after_its_lease);
    ADD_TEST("/node-watch/what-is-given-back-may-have-gone-out",
             test_what_is_given_back_may_have_gone_out);
    ADD_TEST("/node-watch/a-node-that-lives-keeps-its-claims",
             test_a_node_that_lives_keeps_its_claims);
    ADD_TEST("/node-watch/a-node-learns-that-it-was-taken-for-dead",
             test_a_node_learns_that_it_was_taken_for_dead);
    ADD_TEST("/node-watch/a-dead-node-is-news-once", test_a_dead_node_is_news_once);
    ADD_TEST("/node-watch/who-slept-does-not-judge", test_who_slept_does_not_judge);
    ADD_TEST("/node-watch/nobody-watches-itself", test_nobody_watches_itself);
    ADD_TEST("/node-watch/a-node-that-stopped-is-not-missed",
             test_a_node_that_stopped_is_not_missed);
    ADD_TEST("/node-watch/claims-under-a-name-without-a-node-come-back",
             test_claims_under_a_name_without_a_node_come_back);
    ADD_TEST("/node-watch/so-does-a-text-message-alone", test_so_does_a_text_message_alone);
    return g_test_run();
}
