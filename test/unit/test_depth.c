#include "queue/depth.h"

#include "queue/inbox.h"
#include "queue/outbox.h"
#include "store_fixture.h"

static void add_mail(Fixture *f, int64_t now)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(GBytes) data = g_bytes_new_static("x\r\n", 3);
    const InboxMail mail = { .envelope_from = "ann@example.org", .data = data };
    const InboxRecipient recipient = { "tld-ops@lists.example.org", ROUTE_EVERYONE, NULL };
    inbox_store(f->db, &mail, &recipient, 1, now, &err);
    g_assert_no_error(err);
}

static void decide(Fixture *f, int64_t id, InboxState state)
{
    g_autoptr(GError) err = NULL;
    const InboxDecision decision = { .state = state, .reason = "test" };
    inbox_decide(f->db, id, &decision, NOW, &err);
    g_assert_no_error(err);
}

static void add_copies(Fixture *f, unsigned n, int64_t now)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(GBytes) data = g_bytes_new_static("x\r\n", 3);
    g_autoptr(GPtrArray) addresses = g_ptr_array_new_with_free_func(g_free);
    const OutboxMessage message = { .kind = OUTBOX_POST, .data = data };
    int64_t id = 0;
    for (unsigned i = 0; i < n; i++)
        g_ptr_array_add(addresses, g_strdup_printf("a%u@example.org", i));
    g_autoptr(DbTransaction) transaction = db_begin(f->db, &err);
    outbox_add(f->db, &message, addresses, now, &id, &err);
    db_commit(&transaction, &err);
    g_assert_no_error(err);
}

static void check(Fixture *f, DepthKind kind, int64_t count, int64_t oldest_at)
{
    g_autoptr(GError) err = NULL;
    Depth depths[DEPTHS];
    depth_read(f->db, NOW, depths, &err);
    g_assert_no_error(err);
    g_test_message("%s %s", depth_queue(kind), depth_state(kind));
    g_assert_cmpint(depths[kind].count, ==, count);
    g_assert_cmpint(depths[kind].oldest_at, ==, oldest_at);
}

static void test_empty_queues_have_no_oldest(Fixture *f, gconstpointer unused)
{
    for (DepthKind kind = 0; kind < DEPTHS; kind++)
        check(f, kind, 0, 0);
}

static void test_mail_is_counted_by_its_state(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(InboxItem) item = NULL;
    for (int64_t i = 0; i < 6; i++)
        add_mail(f, NOW - 100 + i);
    g_assert_true(inbox_claim(f->db, "alpha:/run/muster/worker", NOW, &item, &err));
    decide(f, 2, INBOX_HELD);
    decide(f, 3, INBOX_QUARANTINED);
    decide(f, 4, INBOX_ACCEPTED);
    check(f, DEPTH_INBOX_CLAIMED, 1, NOW - 100);
    check(f, DEPTH_INBOX_HELD, 1, NOW - 99);
    check(f, DEPTH_INBOX_QUARANTINED, 1, NOW - 98);
    check(f, DEPTH_INBOX_WAITING, 2, NOW - 96);
}

static void test_copies_are_counted_by_when_they_go(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(GPtrArray) none = g_ptr_array_new();
    g_autoptr(GPtrArray) claims = NULL;
    add_copies(f, 3, NOW - 50);
    g_assert_true(outbox_turn(f->db, "alpha:/run/muster/courier", none, 1, NOW, &claims, &err));
    add_copies(f, 4, NOW + 60);
    check(f, DEPTH_OUTBOX_CLAIMED, 1, NOW - 50);
    check(f, DEPTH_OUTBOX_DUE, 2, NOW - 50);
    check(f, DEPTH_OUTBOX_LATER, 4, NOW + 60);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD_TEST("/depth/empty-queues-have-no-oldest", test_empty_queues_have_no_oldest);
    ADD_TEST("/depth/mail-is-counted-by-its-state", test_mail_is_counted_by_its_state);
    ADD_TEST("/depth/copies-are-counted-by-when-they-go",
             test_copies_are_counted_by_when_they_go);
    return g_test_run();
}
