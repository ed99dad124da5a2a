#include "membership/request_policy.h"

#include <string.h>

/* A request by its letters: kind and asker, then e(vidence), c(opied), m(oves address),
 * t(echnical may), o(bjection days). */
static PolicyRequest request_of(RequestKind kind, Asker asker, const char *facts)
{
    return (PolicyRequest){
        .kind = kind,
        .asker = asker,
        .has_evidence = strchr(facts, 'e') != NULL,
        .is_copied = strchr(facts, 'c') != NULL,
        .moves_address = strchr(facts, 'm') != NULL,
        .technical_may_ask = strchr(facts, 't') != NULL,
        .silence_consents = strchr(facts, 'o') != NULL,
    };
}

#define NOTHING 0U

/* clang-format off */
static const struct {
    RequestKind kind;
    Asker asker;
    const char *facts;
    const char *rule;
    unsigned ways[POLICY_WAYS];
    size_t n_ways;
} CASES[] = {
    /* the administrative contact itself (R49, C4) */
    { REQUEST_JOIN, ASKER_ADMINISTRATIVE, "e", "administrative", { NOTHING }, 1 },
    { REQUEST_JOIN, ASKER_ADMINISTRATIVE, "", "administrative-unproven", { NEED_AUTHORITY }, 1 },
    { REQUEST_REMOVE, ASKER_ADMINISTRATIVE, "e", "administrative", { NOTHING }, 1 },
    { REQUEST_LEAVE, ASKER_ADMINISTRATIVE, "e", "administrative", { NOTHING }, 1 },
    { REQUEST_LEAVE, ASKER_ADMINISTRATIVE, "", "administrative-unproven", { NEED_AUTHORITY }, 1 },
    /* somebody else, with or without the authority in copy (R56, C3, C6): silence is no consent by itself */
    { REQUEST_JOIN, ASKER_OTHER, "e", "authority-confirms", { NEED_AUTHORITY }, 1 },
    { REQUEST_JOIN, ASKER_OTHER, "ec", "authority-confirms", { NEED_AUTHORITY }, 1 },
    { REQUEST_JOIN, ASKER_OTHER, "eco", "in-copy", { NEED_OBJECTION }, 1 },
    { REQUEST_JOIN, ASKER_OTHER, "co", "authority-confirms", { NEED_AUTHORITY }, 1 },
    { REQUEST_ADD, ASKER_COLLEAGUE, "eo", "authority-confirms", { NEED_AUTHORITY }, 1 },
    { REQUEST_ADD, ASKER_COLLEAGUE, "eco", "in-copy", { NEED_OBJECTION }, 1 },
    /* the technical contact (R58 to R61, C5): off by default */
    { REQUEST_ADD, ASKER_TECHNICAL, "e", "authority-confirms", { NEED_AUTHORITY }, 1 },
    { REQUEST_ADD, ASKER_TECHNICAL, "et", "technical", { NOTHING }, 1 },
    { REQUEST_ADD, ASKER_TECHNICAL, "t", "authority-confirms", { NEED_AUTHORITY }, 1 },
    { REQUEST_ADD, ASKER_TECHNICAL, "eto", "technical-objection", { NEED_OBJECTION }, 1 },
    { REQUEST_REMOVE, ASKER_TECHNICAL, "et", "authority-confirms", { NEED_AUTHORITY }, 1 },
    /* the own entry (R50, R51) */
    { REQUEST_CHANGE, ASKER_SELF, "e", "own-entry", { NOTHING }, 1 },
    { REQUEST_CHANGE, ASKER_SELF, "", "own-entry-unproven", { NEED_OWNER }, 1 },
    { REQUEST_REMOVE, ASKER_SELF, "e", "own-entry", { NOTHING }, 1 },
    { REQUEST_CHANGE, ASKER_SELF, "em", "moves-own-address", { NOTHING }, 1 },
    /* another address (R52, C7) */
    { REQUEST_CHANGE, ASKER_SELF, "m", "moves-address", { NEED_OWNER, NEED_AUTHORITY | NEED_PHONE }, 2 },
    { REQUEST_CHANGE, ASKER_OTHER, "em", "moves-address", { NEED_OWNER, NEED_AUTHORITY | NEED_PHONE }, 2 },
    { REQUEST_CHANGE, ASKER_ADMINISTRATIVE, "em", "administrative-moves-address", { NEED_OWNER, NEED_PHONE }, 2 },
    { REQUEST_CHANGE, ASKER_ADMINISTRATIVE, "m", "moves-address", { NEED_OWNER, NEED_AUTHORITY | NEED_PHONE }, 2 },
    { REQUEST_CHANGE, ASKER_OTHER, "e", "change-of-another", { NEED_OWNER, NEED_AUTHORITY }, 2 },
    /* the secretariat removes nobody by itself (R103, R268) */
    { REQUEST_REMOVE, ASKER_SECRETARIAT, "", "removal-by-secretariat", { NEED_DECISION }, 1 },
    { REQUEST_REMOVE, ASKER_COLLEAGUE, "e", "authority-confirms", { NEED_AUTHORITY }, 1 },
    { REQUEST_JOIN, ASKER_SECRETARIAT, "", "authority-confirms", { NEED_AUTHORITY }, 1 },
};
/* clang-format on */

static void test_who_must_say_yes(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
        const PolicyRequest request = request_of(CASES[i].kind, CASES[i].asker, CASES[i].facts);
        const PolicyNeeds needs = request_policy(&request);
        g_test_message("%s by %s, %s: %s", request_kind_name(CASES[i].kind),
                       asker_name(CASES[i].asker), CASES[i].facts, needs.rule);
        g_assert_cmpstr(needs.rule, ==, CASES[i].rule);
        g_assert_cmpuint(needs.n_ways, ==, CASES[i].n_ways);
        for (size_t k = 0; k < needs.n_ways; k++)
            g_assert_cmpuint(needs.ways[k], ==, CASES[i].ways[k]);
        g_assert_cmpuint(needs.always, ==, 0);
    }
}

static void test_what_is_needed_beside(void)
{
    PolicyRequest request = request_of(REQUEST_JOIN, ASKER_ADMINISTRATIVE, "e");
    request.adds_address = true;
    g_assert_cmpuint(request_policy(&request).always, ==, NEED_ADDRESS);
    request.adds_secondary = true;
    g_assert_cmpuint(request_policy(&request).always, ==, NEED_ADDRESS | NEED_PHONE);
    request.is_grey = true;
    request.has_likeness = true;
    g_assert_cmpuint(request_policy(&request).always, ==,
                     NEED_ADDRESS | NEED_PHONE | NEED_DECISION | NEED_SECRETARIAT);

    /* the administrative contact of one TLD, about somebody who speaks for others too */
    request = request_of(REQUEST_CHANGE, ASKER_ADMINISTRATIVE, "e");
    request.is_shared = true;
    g_assert_cmpuint(request_policy(&request).always, ==, NEED_OWNER);
    g_assert_cmpuint(request_policy(&request).ways[0], ==, NOTHING);
}

/* Without evidence nothing is ever allowed by the mail itself, and silence is no consent. */
static void test_nothing_without_evidence(void)
{
    static const char *const FACTS[] = { "", "c", "m", "t", "o", "co", "cto", "cmto" };
    for (int kind = 0; kind < REQUEST_KINDS; kind++) {
        for (int asker = 0; asker < ASKERS; asker++) {
            for (size_t i = 0; i < G_N_ELEMENTS(FACTS); i++) {
                const PolicyRequest request = request_of((RequestKind) kind, (Asker) asker,
                                                         FACTS[i]);
                const PolicyNeeds needs = request_policy(&request);
                for (size_t k = 0; k < needs.n_ways; k++) {
                    g_assert_cmpuint(needs.ways[k], !=, 0);
                    g_assert_cmpuint(needs.ways[k] & NEED_OBJECTION, ==, 0);
                }
            }
        }
    }
}

static void test_names_go_round(void)
{
    for (int i = 0; i < REQUEST_KINDS; i++) {
        RequestKind kind = REQUEST_LEAVE;
        g_assert_true(request_kind_parse(request_kind_name((RequestKind) i), &kind));
        g_assert_cmpint(kind, ==, i);
    }
    for (unsigned i = 0; i < NEEDS; i++) {
        RequestNeedBit need = NEED_PHONE;
        g_assert_true(need_parse(need_name((RequestNeedBit) (1U << i)), &need));
        g_assert_cmpuint(need, ==, 1U << i);
    }
    RequestKind kind;
    g_assert_false(request_kind_parse("promote", &kind));
}

static void test_the_table_for_people_has_every_rule(void)
{
    g_autoptr(GPtrArray) rows = request_policy_rows();
    for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
        bool is_there = false;
        for (guint k = 0; k < rows->len; k++)
            is_there = is_there ||
                       g_str_equal(((PolicyRow *) rows->pdata[k])->rule, CASES[i].rule);
        g_assert_true(is_there);
    }
    const PolicyRow *first = rows->pdata[0];
    g_assert_cmpstr(first->kinds, ==, "change");
    g_assert_cmpstr(first->needs, ==, "owner, or phone");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/request-policy/rules", test_who_must_say_yes);
    g_test_add_func("/request-policy/beside", test_what_is_needed_beside);
    g_test_add_func("/request-policy/evidence", test_nothing_without_evidence);
    g_test_add_func("/request-policy/names", test_names_go_round);
    g_test_add_func("/request-policy/table", test_the_table_for_people_has_every_rule);
    return g_test_run();
}
