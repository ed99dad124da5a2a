#include "queue/route.h"

static const struct {
    const char *recipient;
    RouteKind kind;
    const char *detail; /* NULL: none */
} CASES[] = {
    /* clang-format off */
    { "tld-ops@lists.example.org",               ROUTE_EVERYONE,  NULL },
    { "TLD-Ops@lists.example.org",               ROUTE_EVERYONE,  NULL },
    { "tld-ops-committee@lists.example.org",     ROUTE_COMMITTEE, NULL },
    { "tld-ops+ca@lists.example.org",            ROUTE_TLD,       "ca" },
    { "tld-ops+CA@lists.example.org",            ROUTE_TLD,       "ca" },
    { "tld-ops+xn--p1ai@lists.example.org",      ROUTE_TLD,       "xn--p1ai" },
    { "tld-ops+рф@lists.example.org",            ROUTE_TLD,       "рф" },
    { "tld-ops+a+b@lists.example.org",           ROUTE_TLD,       "a+b" },
    { "tld-ops-request@lists.example.org",       ROUTE_REQUEST,   NULL },
    { "tld-ops-confirm+abc@lists.example.org",   ROUTE_CONFIRM,   "abc" },
    { "tld-ops-Confirm+ABC@lists.example.org",   ROUTE_CONFIRM,   "abc" },
    { "tld-ops-bounces+tag@lists.example.org",   ROUTE_BOUNCE,    "tag" },
    { "tld-ops-bounces@lists.example.org",       ROUTE_BOUNCE,    NULL },
    { "tld-ops-owner@lists.example.org",         ROUTE_OWNER,     NULL },

    { "tld-ops+@lists.example.org",              ROUTE_NONE,      NULL },
    { "tld-ops-confirm@lists.example.org",       ROUTE_NONE,      NULL },
    { "tld-ops-confirm+@lists.example.org",      ROUTE_NONE,      NULL },
    { "tld-ops-bounces+@lists.example.org",      ROUTE_NONE,      NULL },
    { "tld-ops-owner+x@lists.example.org",       ROUTE_NONE,      NULL },
    { "tld-ops-ownerx@lists.example.org",        ROUTE_NONE,      NULL },
    { "tld-ops-@lists.example.org",              ROUTE_NONE,      NULL },
    { "tld-opsx@lists.example.org",              ROUTE_NONE,      NULL },
    { "tld-op@lists.example.org",                ROUTE_NONE,      NULL },
    { "tld-ops@example.org",                     ROUTE_NONE,      NULL },
    { "tld-ops@lists.example.org.example",       ROUTE_NONE,      NULL },
    /* clang-format on */
};

static void test_recipients_have_a_route(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
        g_test_message("%s", CASES[i].recipient);
        g_auto(Route) route = route_of("tld-ops@lists.example.org", CASES[i].recipient);
        g_assert_cmpstr(route_name(route.kind), ==, route_name(CASES[i].kind));
        g_assert_cmpstr(route.detail, ==, CASES[i].detail);
    }
}

static void test_the_list_may_have_a_plus_or_capitals_itself(void)
{
    g_auto(Route) all = route_of("Ops+List@example.org", "ops+list@example.org");
    g_auto(Route) tld = route_of("Ops+List@example.org", "ops+list+ca@example.org");

    g_assert_cmpint(all.kind, ==, ROUTE_EVERYONE);
    g_assert_cmpint(tld.kind, ==, ROUTE_TLD);
    g_assert_cmpstr(tld.detail, ==, "ca");
}

static void test_names_read_back(void)
{
    RouteKind kind = ROUTE_NONE;
    for (unsigned i = ROUTE_EVERYONE; i <= ROUTE_OWNER; i++) {
        g_assert_true(route_parse(route_name(i), &kind));
        g_assert_cmpint((int) kind, ==, (int) i);
    }
    g_assert_false(route_parse("none", &kind));
    g_assert_false(route_parse("Everyone", &kind));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/route/recipients-have-a-route", test_recipients_have_a_route);
    g_test_add_func("/route/the-list-may-have-a-plus-or-capitals-itself",
                    test_the_list_may_have_a_plus_or_capitals_itself);
    g_test_add_func("/route/names-read-back", test_names_read_back);
    return g_test_run();
}
