#include "queue/node.h"

#include <string.h>

#include "base/err.h"
#include "base/limits.h"
#include "queue/outbox.h"
#include "store_fixture.h"

#define OWNER "alpha:/run/muster/courier"

static const NodeSelf SELF = {
    .owner = OWNER,
    .host = "alpha",
    .role = "courier",
    .instance = "first",
    .pid = 17,
    .lease_s = 60,
};

static void start(Fixture *f, const NodeSelf *self, int64_t now)
{
    g_autoptr(GError) err = NULL;
    NodeClaims claims;
    node_start(f->db, self, now, &claims, &err);
    g_assert_no_error(err);
}

/* How often the node was taken for dead, having known of so many. */
static int64_t beat_after(Fixture *f, const NodeSelf *self, int64_t known, int64_t now)
{
    g_autoptr(GError) err = NULL;
    int64_t losses = known;
    node_beat(f->db, self, now, &losses, &err);
    g_assert_no_error(err);
    return losses;
}

static int64_t beat(Fixture *f, const NodeSelf *self, int64_t now)
{
    return beat_after(f, self, 0, now);
}

static Node *only(Fixture *f)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(GPtrArray) nodes = node_list(f->db, &err);
    g_assert_no_error(err);
    g_assert_cmpuint(nodes->len, ==, 1);
    return g_ptr_array_steal_index(nodes, 0);
}

static void run(Fixture *f, const char *sql)
{
    g_autoptr(GError) err = NULL;
    db_run_script(f->db, sql, &err);
    g_assert_no_error(err);
}

static void test_a_role_is_known_from_its_start_to_its_stop(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    start(f, &SELF, NOW);
    g_assert_cmpint(beat(f, &SELF, NOW + 10), ==, 0);
    g_autoptr(Node) running = only(f);
    g_assert_cmpstr(running->owner, ==, OWNER);
    g_assert_cmpstr(running->host, ==, "alpha");
    g_assert_cmpstr(running->role, ==, "courier");
    g_assert_cmpint(running->pid, ==, 17);
    g_assert_cmpstr(running->version, ==, MUSTER_VERSION);
    g_assert_cmpint(running->store_version, ==, STORE_VERSION);
    g_assert_cmpint(running->started_at, ==, NOW);
    g_assert_cmpint(running->seen_at, ==, NOW + 10);
    g_assert_cmpint(node_state(running, NOW + 11), ==, NODE_RUNS);

    g_assert_true(node_stop(f->db, &SELF, NOW + 20, &err));
    g_autoptr(Node) stopped = only(f);
    g_assert_cmpint(stopped->stopped_at, ==, NOW + 20);
    g_assert_cmpint(node_state(stopped, NOW + 1000), ==, NODE_STOPPED);
}

static void test_a_new_process_goes_on_under_the_name(Fixture *f, gconstpointer unused)
{
    NodeSelf second = SELF;
    second.instance = "second";
    start(f, &SELF, NOW);
    run(f, "UPDATE node SET dead_at = 1, losses = 3");
    start(f, &second, NOW + 5);
    g_assert_cmpint(beat(f, &second, NOW + 6), ==, 0);
    g_autoptr(Node) node = only(f);
    g_assert_cmpint(node->started_at, ==, NOW + 5);
    g_assert_cmpint(node->dead_at, ==, 0);
}

/* A copy that the node has claimed. */
static void claim_copy(Fixture *f)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(GBytes) data = g_bytes_new_static("x\r\n", 3);
    g_autoptr(GPtrArray) addresses = g_ptr_array_new();
    g_autoptr(GPtrArray) none = g_ptr_array_new();
    g_autoptr(GPtrArray) held = NULL;
    const OutboxMessage message = { .kind = OUTBOX_POST, .data = data };
    int64_t id = 0;
    g_ptr_array_add(addresses, (char[]){ "a@example.org" });
    g_autoptr(DbTransaction) transaction = db_begin(f->db, &err);
    g_assert_true(outbox_add(f->db, &message, addresses, NOW, &id, &err));
    g_assert_true(db_commit(&transaction, &err));
    g_assert_true(outbox_turn(f->db, OWNER, none, 10, NOW, &held, &err));
}

static void test_a_new_process_gives_back_what_its_forerunner_held(Fixture *f,
                                                                   gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    NodeClaims claims = { 0 };
    claim_copy(f);
    g_assert_true(node_start(f->db, &SELF, NOW, &claims, &err));
    g_assert_cmpint(claims.copies, ==, 1);
    g_assert_cmpint(claims.mails, ==, 0);
}

static int64_t beats(Fixture *f)
{
    g_autoptr(GError) err = NULL;
    int64_t count = 0;
    g_assert_true(db_select_int(f->db, "SELECT beat FROM node", DB_NO_ARGS, &count, &err));
    return count;
}

static void test_a_sign_of_life_saves_the_claims(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    NodeClaims claims = { 0 };
    bool is_dead = true;
    start(f, &SELF, NOW);
    claim_copy(f);
    int64_t seen = beats(f);
    beat(f, &SELF, NOW + 60);
    g_assert_true(node_take_over(f->db, OWNER, seen, NOW, &claims, &is_dead, &err));
    g_assert_false(is_dead);
    g_assert_cmpint(claims.copies, ==, 0);
    g_assert_cmpint(beat(f, &SELF, NOW + 61), ==, 0);

    g_assert_true(node_take_over(f->db, OWNER, beats(f), NOW, &claims, &is_dead, &err));
    g_assert_true(is_dead);
    g_assert_cmpint(claims.copies, ==, 1);
    g_assert_cmpint(beat(f, &SELF, NOW + 62), ==, 1);
}

static void test_a_process_whose_name_is_taken_must_end(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    NodeSelf twin = SELF;
    int64_t losses = 0;
    twin.instance = "twin";
    start(f, &SELF, NOW);
    start(f, &twin, NOW);
    g_assert_false(node_beat(f->db, &SELF, NOW, &losses, &err));
    g_assert_error(err, ERR_DOMAIN, ERR_UNFIT);
    g_assert_nonnull(strstr(err->message, OWNER));
    g_assert_cmpint(beat(f, &twin, NOW), ==, 0);
}

static void test_a_node_that_was_forgotten_comes_back_without_claims(Fixture *f,
                                                                     gconstpointer unused)
{
    start(f, &SELF, NOW);
    claim_copy(f);
    run(f, "DELETE FROM node");
    g_assert_cmpint(beat(f, &SELF, NOW + 10), ==, 1);
    g_autoptr(GPtrArray) held = outbox_held(f->db, OWNER, NULL);
    g_assert_cmpuint(held->len, ==, 0);
    g_assert_cmpint(beat_after(f, &SELF, 1, NOW + 20), ==, 1);
    run(f, "DELETE FROM node");
    g_assert_cmpint(beat_after(f, &SELF, 1, NOW + 20), ==, 2);
    g_autoptr(Node) node = only(f);
    g_assert_cmpint(node->seen_at, ==, NOW + 20);
}

static void test_a_store_that_was_upgraded_ends_the_roles(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    int64_t losses = 0;
    start(f, &SELF, NOW);
    g_assert_true(db_run(f->db,
                         "INSERT INTO schema_version (version, applied_at) VALUES ($1, 0)",
                         DB_ARGS(db_int(STORE_VERSION + 1)), NULL, &err));
    g_assert_false(node_beat(f->db, &SELF, NOW, &losses, &err));
    g_assert_error(err, ERR_DOMAIN, ERR_UNFIT);
    g_clear_error(&err);
    NodeClaims claims;
    g_assert_false(node_start(f->db, &SELF, NOW, &claims, &err));
    g_assert_error(err, ERR_DOMAIN, ERR_UNFIT);
}

static void test_rows_of_roles_long_gone_are_cleared(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    NodeSelf other = SELF;
    other.owner = "beta:/run/muster/courier";
    start(f, &other, NOW);
    g_assert_true(node_stop(f->db, &other, NOW, &err));
    start(f, &SELF, NOW);
    beat(f, &SELF, NOW + NODE_KEEP_S);
    g_autoptr(GPtrArray) kept = node_list(f->db, &err);
    g_assert_cmpuint(kept->len, ==, 2);
    beat(f, &SELF, NOW + NODE_KEEP_S + 1);
    g_autoptr(Node) left = only(f);
    g_assert_cmpstr(left->owner, ==, OWNER);
}

static const struct {
    int64_t seen_at, dead_at, stopped_at;
    NodeState want;
} STATES[] = {
    { NOW, 0, 0, NODE_RUNS },       { NOW - 60, 0, 0, NODE_RUNS },
    { NOW - 61, 0, 0, NODE_LOST },  { NOW + 3600, 0, 0, NODE_RUNS }, /* a clock that is ahead */
    { NOW, NOW - 1, 0, NODE_LOST }, { NOW - 100, 0, NOW - 100, NODE_STOPPED },
};

static void test_states(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(STATES); i++) {
        const Node node = { .lease_s = 60,
                            .seen_at = STATES[i].seen_at,
                            .dead_at = STATES[i].dead_at,
                            .stopped_at = STATES[i].stopped_at };
        g_test_message("row %zu", i);
        g_assert_cmpint(node_state(&node, NOW), ==, STATES[i].want);
    }
}

static void test_running_nodes_of_an_older_program_are_found(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    NodeSelf other = SELF;
    guint place = 0;
    start(f, &SELF, NOW);
    other.owner = "beta:/run/muster/lmtp";
    other.host = "beta";
    start(f, &other, NOW);
    run(f, "UPDATE node SET store_version = 0 WHERE host = 'beta'");
    g_autoptr(GPtrArray) nodes = node_list(f->db, &err);
    g_assert_cmpstr(node_next_older(nodes, &place, NOW)->host, ==, "beta");
    g_assert_null(node_next_older(nodes, &place, NOW));
    place = 0;
    g_assert_null(node_next_older(nodes, &place, NOW + 61)); /* it is lost */
}

static void test_a_host_that_is_gone_is_forgotten(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    int64_t count = -1;
    start(f, &SELF, NOW);
    g_assert_true(node_forget(f->db, "alpha", NOW, &count, &err));
    g_assert_cmpint(count, ==, 0); /* it runs */
    g_assert_true(node_forget(f->db, "alpha", NOW + 61, &count, &err));
    g_assert_cmpint(count, ==, 1);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD_TEST("/node/a-role-is-known-from-its-start-to-its-stop",
             test_a_role_is_known_from_its_start_to_its_stop);
    ADD_TEST("/node/a-new-process-goes-on-under-the-name",
             test_a_new_process_goes_on_under_the_name);
    ADD_TEST("/node/a-new-process-gives-back-what-its-forerunner-held",
             test_a_new_process_gives_back_what_its_forerunner_held);
    ADD_TEST("/node/a-sign-of-life-saves-the-claims", test_a_sign_of_life_saves_the_claims);
    ADD_TEST("/node/a-process-whose-name-is-taken-must-end",
             test_a_process_whose_name_is_taken_must_end);
    ADD_TEST("/node/a-node-that-was-forgotten-comes-back-without-claims",
             test_a_node_that_was_forgotten_comes_back_without_claims);
    ADD_TEST("/node/a-store-that-was-upgraded-ends-the-roles",
             test_a_store_that_was_upgraded_ends_the_roles);
    ADD_TEST("/node/rows-of-roles-long-gone-are-cleared",
             test_rows_of_roles_long_gone_are_cleared);
    g_test_add_func("/node/states", test_states);
    ADD_TEST("/node/running-nodes-of-an-older-program-are-found",
             test_running_nodes_of_an_older_program_are_found);
    ADD_TEST("/node/a-host-that-is-gone-is-forgotten", test_a_host_that_is_gone_is_forgotten);
    return g_test_run();
}
