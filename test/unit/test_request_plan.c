#include "membership/request_plan.h"

#include <string.h>

/* Needs as text: "1authority? 1phone. 0address." has a way, a kind and a state each: "." waits,
 * "?" is asked, "+" is met, "-" is refused, "!" expired, "o" overridden, "v" void. */
static GPtrArray *needs_of(const char *text)
{
    static const char STATES[] = ".?+-o!v";
    static const NeedState VALUES[] = { NEED_STATE_WAITING,    NEED_STATE_ASKED,
                                        NEED_STATE_MET,        NEED_STATE_REFUSED,
                                        NEED_STATE_OVERRIDDEN, NEED_STATE_EXPIRED,
                                        NEED_STATE_VOID };
    GPtrArray *needs = g_ptr_array_new_with_free_func((GDestroyNotify) request_need_free);
    g_auto(GStrv) words = g_strsplit(text, " ", -1);
    for (char **word = words; *word != NULL && **word != '\0'; word++) {
        RequestNeed *need = g_new0(RequestNeed, 1);
        size_t size = strlen(*word);
        g_autofree char *kind = g_strndup(*word + 1, size - 2);
        need->way = (*word)[0] - '0';
        need->state = VALUES[strchr(STATES, (*word)[size - 1]) - STATES];
        g_assert_true(need_parse(kind, &need->kind));
        g_ptr_array_add(needs, need);
    }
    return needs;
}

/* clang-format off */
static const struct {
    const char *needs;
    PlanVerdict verdict;
    RequestState state;
    guint due;
} CASES[] = {
    { "", PLAN_READY, 0, 0 },
    { "1authority.", PLAN_WAITS, REQUEST_AUTHORITY, 1 },
    { "1authority? 0address.", PLAN_WAITS, REQUEST_AUTHORITY, 1 }, /* addresses have to wait */
    { "1authority+ 0address. 0address.", PLAN_WAITS, REQUEST_ADDRESS, 2 },
    { "1authority+ 0address+ 0phone?", PLAN_WAITS, REQUEST_PHONE, 1 },
    { "1authority+ 0decision? 0address.", PLAN_WAITS, REQUEST_DECISION, 1 },
    { "1authority+ 0secretariat? 0address.", PLAN_WAITS, REQUEST_SECRETARIAT, 1 },
    { "1authority+ 0decision+ 0secretariat+ 0address+", PLAN_READY, 0, 0 },
    { "1authorityo 0address+", PLAN_READY, 0, 0 },
    { "1authority- 0address.", PLAN_REFUSED, 0, 0 },
    { "1authority!", PLAN_EXPIRED, 0, 0 },
    { "0address!", PLAN_EXPIRED, 0, 0 },
    { "1objection+ 0addressv", PLAN_READY, 0, 0 },
    /* two ways: one is enough, the other may be lost */
    { "1owner? 2authority? 2phone.", PLAN_WAITS, REQUEST_AUTHORITY, 2 },
    { "1owner+ 2authority? 2phone. 0address.", PLAN_WAITS, REQUEST_ADDRESS, 1 },
    { "1owner! 2authority+ 2phone. 0address.", PLAN_WAITS, REQUEST_PHONE, 1 },
    { "1owner! 2authority+ 2phone+", PLAN_READY, 0, 0 },
    { "1owner! 2authority! 2phone.", PLAN_EXPIRED, 0, 0 },
    { "1owner- 2authority+ 2phone.", PLAN_REFUSED, 0, 0 }, /* whose entry it is says no */
};
/* clang-format on */

static void test_what_is_waited_for(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
        g_autoptr(GPtrArray) needs = needs_of(CASES[i].needs);
        g_auto(Plan) plan = plan_of(needs);
        g_test_message("%s", CASES[i].needs);
        g_assert_cmpint(plan.verdict, ==, CASES[i].verdict);
        if (plan.verdict == PLAN_WAITS)
            g_assert_cmpint(plan.state, ==, CASES[i].state);
        g_assert_cmpuint(plan.due->len, ==, CASES[i].due);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/request-plan/plan", test_what_is_waited_for);
    return g_test_run();
}
