#include "membership/request_plan.h"

/* The steps, in their order, and the state that shows that one is waited for. */
static const struct {
    unsigned needs;
    RequestState state;
} STEPS[] = {
    { NEED_AUTHORITY | NEED_OBJECTION | NEED_OWNER, REQUEST_AUTHORITY },
    { NEED_DECISION, REQUEST_DECISION },
    { NEED_SECRETARIAT, REQUEST_SECRETARIAT },
    { NEED_ADDRESS | NEED_PHONE, REQUEST_ADDRESS },
};

void plan_clear(Plan *plan)
{
    g_clear_pointer(&plan->due, g_ptr_array_unref);
}

static bool is_open(const RequestNeed *need)
{
    return need->state == NEED_STATE_WAITING || need->state == NEED_STATE_ASKED;
}

typedef enum { WAY_MET, WAY_OPEN, WAY_LOST } WayState;

static WayState way_state(const GPtrArray *needs, int64_t way)
{
    WayState state = WAY_MET;
    for (guint i = 0; i < needs->len; i++) {
        const RequestNeed *need = needs->pdata[i];
        if (need->way != way || need->state == NEED_STATE_VOID || request_need_is_met(need))
            continue;
        if (!is_open(need))
            return WAY_LOST;
        state = WAY_OPEN;
    }
    return state;
}

static bool has_way(const GPtrArray *needs, int64_t way)
{
    for (guint i = 0; i < needs->len; i++) {
        if (((const RequestNeed *) needs->pdata[i])->way == way)
            return true;
    }
    return false;
}

static bool has_refusal(const GPtrArray *needs)
{
    for (guint i = 0; i < needs->len; i++) {
        if (((const RequestNeed *) needs->pdata[i])->state == NEED_STATE_REFUSED)
            return true;
    }
    return false;
}

/* The open needs of a way that belong to its first open step. */
static void add_due(Plan *plan, const GPtrArray *needs, int64_t way)
{
    for (size_t step = 0; step < G_N_ELEMENTS(STEPS); step++) {
        guint before = plan->due->len;
        for (guint i = 0; i < needs->len; i++) {
            RequestNeed *need = needs->pdata[i];
            if (need->way == way && is_open(need) && (STEPS[step].needs & need->kind) != 0)
                g_ptr_array_add(plan->due, need);
        }
        if (plan->due->len > before)
            return;
    }
}

static RequestState state_of(const GPtrArray *due)
{
    bool only_phone = true;
    for (size_t step = 0; step < G_N_ELEMENTS(STEPS); step++) {
        for (guint i = 0; i < due->len; i++) {
            const RequestNeed *need = due->pdata[i];
            only_phone = only_phone && need->kind == NEED_PHONE;
            if (STEPS[step].state != REQUEST_ADDRESS && (STEPS[step].needs & need->kind) != 0)
                return STEPS[step].state;
        }
    }
    return only_phone ? REQUEST_PHONE : REQUEST_ADDRESS;
}

static Plan waits(Plan plan)
{
    plan.verdict = PLAN_WAITS;
    plan.state = state_of(plan.due);
    return plan;
}

Plan plan_of(const GPtrArray *needs)
{
    Plan plan = { .verdict = PLAN_READY, .due = g_ptr_array_new() };
    bool is_allowed = false;
    bool has_ways = false;

    if (has_refusal(needs)) {
        plan.verdict = PLAN_REFUSED;
        return plan;
    }
    for (int64_t way = 1; has_way(needs, way); way++) {
        WayState state = way_state(needs, way);
        has_ways = true;
        is_allowed = is_allowed || state == WAY_MET;
        if (state == WAY_OPEN)
            add_due(&plan, needs, way);
    }
    if (has_ways && !is_allowed) {
        if (plan.due->len > 0)
            return waits(plan);
        plan.verdict = PLAN_EXPIRED;
        return plan;
    }

    g_ptr_array_set_size(plan.due, 0);
    if (way_state(needs, 0) == WAY_LOST) {
        plan.verdict = PLAN_EXPIRED;
        return plan;
    }
    add_due(&plan, needs, 0);
    return plan.due->len > 0 ? waits(plan) : plan;
}
