#include "queue/health.h"

#include <string.h>
#include <sysexits.h>

#include "store_fixture.h"

#define HOUR 3600
#define DAY  86400

/* An installation, and what differs from a healthy one. */
typedef struct {
    GPtrArray *nodes;
    Depth depths[DEPTHS];
    HealthFacts facts;
} House;

static void add_node(House *h, const char *host, const char *role, int64_t seen_at)
{
    Node *node = g_new0(Node, 1);
    *node = (Node){
        .owner = g_strdup_printf("%s:/run/muster/%s", host, role),
        .host = g_strdup(host),
        .role = g_strdup(role),
        .version = g_strdup("1.0"),
        .store_version = STORE_VERSION,
        .lease_s = 60,
        .started_at = NOW - DAY,
        .seen_at = seen_at,
    };
    g_ptr_array_add(h->nodes, node);
}

static House *house_new(void)
{
    House *h = g_new0(House, 1);
    h->nodes = g_ptr_array_new_with_free_func((GDestroyNotify) node_free);
    add_node(h, "alpha", "lmtp", NOW - 3);
    add_node(h, "alpha", "worker", NOW - 3);
    add_node(h, "alpha", "courier", NOW - 3);
    h->facts = (HealthFacts){ .nodes = h->nodes, .depths = h->depths, .now = NOW };
    return h;
}

static void house_free(House *h)
{
    g_ptr_array_unref(h->nodes);
    g_free(h);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(House, house_free)

static Node *node_at(House *h, guint i)
{
    return h->nodes->pdata[i];
}

/* The house has one thing to say, of that grade and with these words. */
static void check(House *h, HealthGrade grade, const char *words)
{
    g_autoptr(GPtrArray) findings = health_judge(&h->facts);
    g_assert_cmpuint(findings->len, ==, words != NULL ? 1 : 0);
    g_assert_cmpint(health_grade(findings), ==, grade);
    if (words == NULL)
        return;
    const HealthFinding *finding = findings->pdata[0];
    g_test_message("%s %s", finding->text, finding->advice);
    g_assert_nonnull(strstr(finding->text, words));
}

static void test_nothing_is_wrong_with_a_healthy_house(void)
{
    g_autoptr(House) h = house_new();
    check(h, HEALTH_GOOD, NULL);
}

static void test_a_role_that_runs_nowhere_breaks_the_mail(void)
{
    for (guint i = 0; i < 3; i++) {
        g_autoptr(House) h = house_new();
        g_autofree char *words = g_strdup_printf("No %s runs", node_at(h, i)->role);
        node_at(h, i)->stopped_at = NOW - 10;
        check(h, HEALTH_BROKEN, words);
    }
}

static void test_a_lost_role_is_missed_while_another_does_its_work(void)
{
    g_autoptr(House) h = house_new();
    add_node(h, "beta", "courier", NOW - 61);
    check(h, HEALTH_DEGRADED, "courier on beta has given no sign of life");
    node_at(h, 3)->stopped_at = NOW - 61;
    check(h, HEALTH_GOOD, NULL);
}

static void test_two_versions_are_pointed_out(void)
{
    g_autoptr(House) h = house_new();
    add_node(h, "beta", "courier", NOW);
    g_free(node_at(h, 3)->version);
    node_at(h, 3)->version = g_strdup("1.1");
    check(h, HEALTH_DEGRADED, "muster 1.0, and the courier on beta runs muster 1.1");
}

static void test_a_clock_that_is_ahead_is_pointed_out(void)
{
    g_autoptr(House) h = house_new();
    node_at(h, 1)->seen_at = NOW + HOUR;
    check(h, HEALTH_DEGRADED, "60 minutes ahead");
}

static const struct {
    DepthKind kind;
    int64_t good_s; /* an age that is fine; -1: none is */
    int64_t bad_s;
    HealthGrade grade;
} QUEUES[] = {
    { DEPTH_INBOX_WAITING, 299, 300, HEALTH_DEGRADED },
    { DEPTH_INBOX_CLAIMED, 299, 300, HEALTH_DEGRADED },
    { DEPTH_INBOX_QUARANTINED, -1, 0, HEALTH_DEGRADED },
    { DEPTH_INBOX_HELD, DAY - 1, DAY, HEALTH_GOOD },
    { DEPTH_OUTBOX_DUE, HOUR - 1, HOUR, HEALTH_DEGRADED },
    { DEPTH_OUTBOX_LATER, HOUR - 1, HOUR, HEALTH_DEGRADED },
    { DEPTH_OUTBOX_CLAIMED, HOUR - 1, HOUR, HEALTH_DEGRADED },
};

static void test_what_waits_for_too_long_is_pointed_out(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(QUEUES); i++) {
        g_autoptr(House) h = house_new();
        g_test_message("%s %s", depth_queue(QUEUES[i].kind), depth_state(QUEUES[i].kind));
        if (QUEUES[i].good_s >= 0) {
            h->depths[QUEUES[i].kind] = (Depth){ 2, NOW - QUEUES[i].good_s };
            check(h, HEALTH_GOOD, NULL);
        }
        h->depths[QUEUES[i].kind] = (Depth){ 2, NOW - QUEUES[i].bad_s };
        check(h, QUEUES[i].grade, "2 ");
    }
}

static void test_a_roster_that_is_late_is_pointed_out(void)
{
    g_autoptr(House) h = house_new();
    h->facts.roster_due_at = NOW - HOUR + 1;
    check(h, HEALTH_GOOD, NULL);
    h->facts.roster_due_at = NOW - HOUR;
    check(h, HEALTH_DEGRADED, "roster that was due");
}

static void test_iana_that_cannot_be_asked_is_pointed_out(void)
{
    g_autoptr(House) h = house_new();
    h->facts.iana_failure = "both are silent";
    check(h, HEALTH_DEGRADED, "IANA could not be asked about the TLDs: both are silent");
}

static void test_grades_are_told_by_exit_statuses(void)
{
    g_assert_cmpint(health_exit_status(HEALTH_GOOD), ==, EX_OK);
    g_assert_cmpint(health_exit_status(HEALTH_DEGRADED), ==, EX_TEMPFAIL);
    g_assert_cmpint(health_exit_status(HEALTH_BROKEN), ==, EX_UNAVAILABLE);
}

static void test_ages(void)
{
    static const struct {
        int64_t seconds;
        const char *want;
    } CASES[] = { { -5, "0 seconds" },  { 1, "1 second" },   { 119, "119 seconds" },
                  { 120, "2 minutes" }, { 7200, "2 hours" }, { 172799, "47 hours" },
                  { 172800, "2 days" } };
    for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
        g_autofree char *age = health_age(CASES[i].seconds);
        g_assert_cmpstr(age, ==, CASES[i].want);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/health/nothing-is-wrong-with-a-healthy-house",
                    test_nothing_is_wrong_with_a_healthy_house);
    g_test_add_func("/health/a-role-that-runs-nowhere-breaks-the-mail",
                    test_a_role_that_runs_nowhere_breaks_the_mail);
    g_test_add_func("/health/a-lost-role-is-missed-while-another-does-its-work",
                    test_a_lost_role_is_missed_while_another_does_its_work);
    g_test_add_func("/health/two-versions-are-pointed-out", test_two_versions_are_pointed_out);
    g_test_add_func("/health/a-clock-that-is-ahead-is-pointed-out",
                    test_a_clock_that_is_ahead_is_pointed_out);
    g_test_add_func("/health/what-waits-for-too-long-is-pointed-out",
                    test_what_waits_for_too_long_is_pointed_out);
    g_test_add_func("/health/a-roster-that-is-late-is-pointed-out",
                    test_a_roster_that_is_late_is_pointed_out);
    g_test_add_func("/health/iana-that-cannot-be-asked-is-pointed-out",
                    test_iana_that_cannot_be_asked_is_pointed_out);
    g_test_add_func("/health/grades-are-told-by-exit-statuses",
                    test_grades_are_told_by_exit_statuses);
    g_test_add_func("/health/ages", test_ages);
    return g_test_run();
}
