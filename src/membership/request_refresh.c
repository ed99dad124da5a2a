#include "membership/request_refresh.h"

#include "committee/decision.h"
#include "membership/authority_change.h"
#include "membership/request_ask.h"

/* What is brought up to date. */
typedef struct {
    const Work *work;
    Request *request;
    const GPtrArray *needs;
} Refresh;

bool request_hold(const Work *work, Request *request, const char *why, GError **err)
{
    const RequestNote note = { .what = "parked", .details = why };
    g_free(request->parked);
    request->parked = g_strdup(why);
    return request_note(work, request, &note, err);
}

bool request_resume(const Work *work, Request *request, const GPtrArray *needs, GError **err)
{
    int64_t rested = request->state == REQUEST_SECRETARIAT ? work->now - request->since : 0;
    g_clear_pointer(&request->parked, g_free);
    if (rested <= 0)
        return true;
    for (guint i = 0; needs != NULL && i < needs->len; i++) {
        RequestNeed *need = needs->pdata[i];
        if (need->state == NEED_STATE_ASKED && need->expires_at != 0)
            need->expires_at += rested;
    }
    return request_extend(work->db, request, rested, err);
}

/* What has run out of time */

/* Nobody consents in silence to what no server has taken for him. */
static bool hold_unheard(const Refresh *refresh, RequestNeed *need, GError **err)
{
    return request_need_ask_again(refresh->work->db, need, err) &&
           request_hold(
               refresh->work, refresh->request,
               "what was asked could not be delivered to the administrative contact: that is "
               "no silence that consents",
               err);
}

static bool run_out(const Refresh *refresh, RequestNeed *need, GError **err)
{
    bool is_consent = need->kind == NEED_OBJECTION;
    bool is_heard = true;
    if (is_consent && !request_need_was_delivered(refresh->work->db, need, &is_heard, err))
        return false;
    if (!is_heard)
        return hold_unheard(refresh, need, err);
    need->state = is_consent ? NEED_STATE_MET : NEED_STATE_EXPIRED;
    need->settled_at = refresh->work->now;
    g_free(need->settled_by);
    need->settled_by = g_strdup(is_consent ? "silence" : "time");
    g_autofree char *details = g_strdup_printf(
        "%s: %s", need_name(need->kind), is_consent ? "no objection in time" : "no answer");
    const RequestNote note = { .what = is_consent ? "consent" : "silence", .details = details };
    return request_need_update(refresh->work->db, need, err) &&
           request_need_drop_tokens(refresh->work->db, need->id, err) &&
           request_note(refresh->work, refresh->request, &note, err);
}

static bool run_out_all(const Refresh *refresh, GError **err)
{
    for (guint i = 0; i < refresh->needs->len; i++) {
        RequestNeed *need = refresh->needs->pdata[i];
        if (need->state == NEED_STATE_ASKED && need->expires_at != 0 &&
            need->expires_at <= refresh->work->now && !run_out(refresh, need, err))
            return false;
    }
    return true;
}

/* What the committee has decided */

static bool take_outcome(const Refresh *refresh, RequestNeed *need, GError **err)
{
    g_autofree char *chosen = NULL;
    DecisionState state = DECISION_OPEN;
    int64_t id = g_ascii_strtoll(need->subject, NULL, 10);
    if (!decision_outcome(refresh->work->db, id, &state, &chosen, err))
        return false;
    if (state == DECISION_OPEN)
        return true;
    bool is_decided = state == DECISION_CHOSEN;
    bool is_yes = is_decided && g_str_equal(chosen, DECISION_YES);
    /* What is not decided is put to people again, not taken for an answer. */
    need->state = !is_decided ? NEED_STATE_WAITING
                  : is_yes    ? NEED_STATE_MET
                              : NEED_STATE_REFUSED;
    need->settled_at = is_decided ? refresh->work->now : 0;
    g_free(need->settled_by);
    need->settled_by = is_decided ? decision_label(id) : NULL;
    if (!is_decided) {
        g_free(refresh->request->parked);
        refresh->request->parked = g_strdup("the committee came to no decision");
    }
    const RequestNote note = { .what = "decided", .details = decision_state_name(state) };
    return request_need_update(refresh->work->db, need, err) &&
           request_note(refresh->work, refresh->request, &note, err);
}

static bool take_outcomes(const Refresh *refresh, GError **err)
{
    for (guint i = 0; i < refresh->needs->len; i++) {
        RequestNeed *need = refresh->needs->pdata[i];
        if (need->kind == NEED_DECISION && need->state == NEED_STATE_ASKED &&
            !take_outcome(refresh, need, err))
            return false;
    }
    return true;
}

/* The authority that changed in the middle */

static bool look_at_authority(const Refresh *refresh, GError **err)
{
    Request *request = refresh->request;
    bool is_unseen = false;
    if (!authority_has_unseen_change(refresh->work->db, request->tld, AUTHORITY_ADMINISTRATIVE,
                                     &is_unseen, err))
        return false;
    bool was_parked = g_strcmp0(request->parked, REQUEST_PARKED_AUTHORITY) == 0;
    if (was_parked && !is_unseen)
        return request_resume(refresh->work, request, refresh->needs, err);
    return !is_unseen || request->parked != NULL ||
           request_hold(refresh->work, request, REQUEST_PARKED_AUTHORITY, err);
}

/* The answer to the old address counts no more. */
static bool check_addresses(const Refresh *refresh, GError **err)
{
    for (guint i = 0; i < refresh->needs->len; i++) {
        RequestNeed *need = refresh->needs->pdata[i];
        g_autofree char *why = NULL;
        if (!request_need_is_of_authority(need) || need->state != NEED_STATE_ASKED)
            continue;
        if (!request_check_authority(refresh->work, refresh->request, need, &why, err) ||
            (why != NULL && !request_need_ask_again(refresh->work->db, need, err)))
            return false;
    }
    return true;
}

/* The same of the same person, met. */
static bool has_met_twin(const GPtrArray *needs, const RequestNeed *need)
{
    for (guint i = 0; i < needs->len; i++) {
        const RequestNeed *one = needs->pdata[i];
        if (one != need && one->kind == need->kind && one->position == need->position &&
            one->state == NEED_STATE_MET)
            return true;
    }
    return false;
}

bool request_refresh_twins(const Work *work, const GPtrArray *needs, GError **err)
{
    for (guint i = 0; i < needs->len; i++) {
        RequestNeed *need = needs->pdata[i];
        if (need->state != NEED_STATE_WAITING || need->kind != NEED_OWNER ||
            !has_met_twin(needs, need))
            continue;
        need->state = NEED_STATE_MET;
        need->settled_at = work->now;
        g_free(need->settled_by);
        need->settled_by = g_strdup("mail");
        if (!request_need_update(work->db, need, err))
            return false;
    }
    return true;
}

bool request_refresh(const Work *work, Request *request, const GPtrArray *needs, GError **err)
{
    const Refresh refresh = { .work = work, .request = request, .needs = needs };
    if (!look_at_authority(&refresh, err) || !take_outcomes(&refresh, err) ||
        !check_addresses(&refresh, err))
        return false;
    return request->parked != NULL ||
           (run_out_all(&refresh, err) && request_refresh_twins(work, needs, err));
}
