#include "membership/request_step.h"

#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/log.h"
#include "committee/decision.h"
#include "membership/request_apply.h"
#include "membership/request_ask.h"
#include "membership/request_outcome.h"
#include "membership/request_plan.h"
#include "membership/request_refresh.h"
#include "membership/request_reminder.h"
#include "membership/request_require.h"

/* What a step works on. */
typedef struct {
    const Work *work;
    Request *request;
    GPtrArray *contacts;
    GPtrArray *needs;
} Step;

static void step_clear(Step *step)
{
    g_clear_pointer(&step->request, request_free);
    g_clear_pointer(&step->contacts, g_ptr_array_unref);
    g_clear_pointer(&step->needs, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Step, step_clear)

static bool load(const Work *work, int64_t number, Step *ret_step, GError **err)
{
    ret_step->work = work;
    if (!request_get(work->db, number, &ret_step->request, err))
        return false;
    ret_step->contacts = request_contacts(work->db, number, err);
    ret_step->needs = request_needs(work->db, number, err);
    return ret_step->contacts != NULL && ret_step->needs != NULL;
}

/* A state that is another one begins now. */
static void enter(const Work *work, Request *request, RequestState state)
{
    if (request->state == state)
        return;
    request->state = state;
    request->since = work->now;
    request->reminders = 0;
}

/* Asking */

static bool ask_all(const Step *step, const GPtrArray *due, GError **err)
{
    for (guint i = 0; i < due->len; i++) {
        RequestNeed *need = due->pdata[i];
        if (need->state == NEED_STATE_WAITING &&
            !request_ask(step->work, step->request, step->contacts, need, err))
            return false;
    }
    return true;
}

/* Those who were asked, some days ago. However many days were missed, one reminder goes out. */
static bool remind_all(const Step *step, const GPtrArray *due, GError **err)
{
    Request *request = step->request;
    int64_t wanted = request_reminders_after(step->work->config->request_reminder_days,
                                             step->work->now - request->since);
    if (wanted <= request->reminders)
        return true;
    request->reminders = wanted;
    for (guint i = 0; i < due->len; i++) {
        RequestNeed *need = due->pdata[i];
        if (need->state == NEED_STATE_ASKED && need->asked_at < step->work->now &&
            !request_remind(step->work, request, step->contacts, need, err))
            return false;
    }
    return true;
}

static int64_t next_reminder(const Step *step)
{
    return request_reminder_next(step->work->config->request_reminder_days,
                                 step->request->since, step->work->now);
}

/* When to look at it again. What cannot be asked is tried again soon. */
static int64_t next_look(const Step *step, const GPtrArray *due)
{
    int64_t next_at = -1;
    bool is_asked = false;
    for (guint i = 0; i < due->len; i++) {
        const RequestNeed *need = due->pdata[i];
        bool can_be_asked = need->state == NEED_STATE_ASKED;
        is_asked = is_asked || can_be_asked;
        if (!can_be_asked)
            next_at = clock_earlier(next_at, step->work->now + REQUEST_RETRY_S);
        else if (need->expires_at != 0)
            next_at = clock_earlier(next_at, need->expires_at);
        if (need->kind == NEED_DECISION)
            next_at = clock_earlier(next_at, step->work->now + REQUEST_RETRY_S);
    }
    return is_asked ? clock_earlier(next_at, next_reminder(step)) : next_at;
}

static bool has_asked(const GPtrArray *due)
{
    for (guint i = 0; i < due->len; i++) {
        if (((const RequestNeed *) due->pdata[i])->state == NEED_STATE_ASKED)
            return true;
    }
    return false;
}

/* Steps */

static bool wait_on(const Step *step, const Plan *plan, GError **err)
{
    Request *request = step->request;
    if (!ask_all(step, plan->due, err))
        return false;
    enter(step->work, request, has_asked(plan->due) ? plan->state : REQUEST_SECRETARIAT);
    if (!remind_all(step, plan->due, err))
        return false;
    request->next_at = MAX(next_look(step, plan->due), 0);
    return request_update(step->work->db, request, err);
}

static bool rest(const Step *step, GError **err)
{
    Request *request = step->request;
    bool is_iana = g_str_equal(request->parked, REQUEST_PARKED_AUTHORITY);
    enter(step->work, request, REQUEST_SECRETARIAT);
    request->next_at = is_iana ? step->work->now + REQUEST_RETRY_S : 0;
    return request_update(step->work->db, request, err);
}

/* What the committee still votes on about a request that has ended leads nowhere. */
static bool withdraw_decision(const Step *step, const RequestNeed *need, GError **err)
{
    DecisionState state = DECISION_OPEN;
    g_autofree char *chosen = NULL;
    int64_t id = g_ascii_strtoll(need->subject, NULL, 10);
    return decision_outcome(step->work->db, id, &state, &chosen, err) &&
           (state != DECISION_OPEN ||
            decision_withdraw(step->work, id, "the request that it is about has ended", err));
}

static bool finish(const Step *step, RequestState state, const char *reason, GError **err)
{
    Request *request = step->request;
    const RequestNote note = { .what = request_state_name(state), .details = reason };
    enter(step->work, request, state);
    request->next_at = 0;
    request->expires_at = 0;
    g_free(request->reason);
    request->reason = g_strdup(reason);
    for (guint i = 0; i < step->needs->len; i++) {
        const RequestNeed *need = step->needs->pdata[i];
        bool is_voted_on = need->kind == NEED_DECISION && need->state == NEED_STATE_ASKED;
        if (is_voted_on && !withdraw_decision(step, need, err))
            return false;
    }
    return request_update(step->work->db, request, err) &&
           request_note(step->work, request, &note, err);
}

static const char *who_refused(const GPtrArray *needs)
{
    for (guint i = 0; i < needs->len; i++) {
        const RequestNeed *need = needs->pdata[i];
        if (need->state != NEED_STATE_REFUSED)
            continue;
        if (request_need_is_of_authority(need))
            return "the administrative contact of the TLD said no";
        return need->kind == NEED_DECISION ? "the committee said no"
               : need->kind == NEED_SECRETARIAT
                   ? "the secretariat said no"
                   : "the owner of an address that it is about said no";
    }
    return "somebody said no";
}

/* The directory went on since the request was complete. What has come up since is needed as
 * well, and what cannot be any more is for people; *ret_is_ready is whether there is nothing of
 * that. */
static bool look_again(const Step *step, bool *ret_is_ready, GError **err)
{
    const Work *work = step->work;
    g_auto(RequestCheck) check = { 0 };
    bool is_more = false;
    if (!request_check_again(work, step->request, step->contacts, &check, err) ||
        !request_require_more(work, step->request, step->contacts, &check, step->needs,
                              &is_more, err))
        return false;
    *ret_is_ready = !is_more;
    for (guint i = 0; i < step->contacts->len; i++) {
        const RequestContact *contact = step->contacts->pdata[i];
        if (contact->problem == NULL)
            continue;
        *ret_is_ready = false;
        return request_hold(work, step->request, contact->problem, err);
    }
    return true;
}

/* It takes effect. */
static bool apply(const Step *step, GError **err)
{
    const Work *work = step->work;
    g_autoptr(GPtrArray) notices = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(Outcome) outcome = NULL;
    const Edit edit = {
        .actor = work->actor,
        .now = work->now,
        .contacts_per_tld = work->config->contacts_per_tld,
        .notices = notices,
    };
    return outcome_prepare(work, step->request, step->contacts, &outcome, err) &&
           request_apply(work, &edit, step->request, step->contacts, err) &&
           request_set_contacts(work->db, step->request->number, step->contacts, err) &&
           finish(step, REQUEST_DONE, NULL, err) && outcome_tell_done(outcome, err);
}

/* All is met: it takes effect, unless something has come up. */
static bool complete(Step *step, GError **err)
{
    bool is_ready = false;
    if (!look_again(step, &is_ready, err))
        return false;
    if (is_ready)
        return apply(step, err);
    if (step->request->parked != NULL)
        return rest(step, err);
    g_ptr_array_unref(step->needs);
    step->needs = request_needs(step->work->db, step->request->number, err);
    if (step->needs == NULL || !request_refresh_twins(step->work, step->needs, err))
        return false;
    g_auto(Plan) plan = plan_of(step->needs);
    return plan.verdict == PLAN_READY ? apply(step, err) : wait_on(step, &plan, err);
}

static bool take_step(Step *step, GError **err)
{
    Request *request = step->request;
    if (!request_refresh(step->work, request, step->needs, err))
        return false;
    if (request->parked != NULL)
        return rest(step, err);

    g_auto(Plan) plan = plan_of(step->needs);
    switch (plan.verdict) {
    case PLAN_READY:
        return complete(step, err);
    case PLAN_REFUSED:
        return finish(step, REQUEST_REFUSED, who_refused(step->needs), err) &&
               outcome_tell_end(step->work, request, step->contacts, err);
    case PLAN_EXPIRED:
        return finish(step, REQUEST_EXPIRED, "no answer came in time", err) &&
               outcome_tell_end(step->work, request, step->contacts, err);
    case PLAN_WAITS:
    default:
        return wait_on(step, &plan, err);
    }
}

/* What is incomplete waits for its requester only. */
static bool wait_for_fields(const Step *step, GError **err)
{
    Request *request = step->request;
    const Work *work = step->work;
    if (request->parked != NULL)
        return rest(step, err);
    enter(work, request, REQUEST_INCOMPLETE);
    if (request->expires_at != 0 && request->expires_at <= work->now)
        return finish(step, REQUEST_EXPIRED, "what was missing did not come in time", err) &&
               outcome_tell_end(work, request, step->contacts, err);

    int64_t wanted = request_reminders_after(work->config->request_reminder_days,
                                             work->now - request->since);
    if (wanted > request->reminders) {
        request->reminders = wanted;
        if (!outcome_ask_fields(work, request, step->contacts, true, err))
            return false;
    }
    request->next_at = clock_earlier(next_reminder(step),
                                     request->expires_at != 0 ? request->expires_at : -1);
    request->next_at = MAX(request->next_at, 0);
    return request_update(work->db, request, err);
}

static bool settle_once(const Work *work, int64_t number, GError **err)
{
    g_auto(Step) step = { .work = work };
    g_autoptr(DbTransaction) transaction = db_begin(work->db, err);
    if (transaction == NULL || !load(work, number, &step, err))
        return false;
    if (!request_state_is_open(step.request->state))
        return true;
    /* Without a rule nobody has found out yet what it needs, wherever it rests. */
    bool is_done = step.request->rule == NULL ? wait_for_fields(&step, err)
                                              : take_step(&step, err);
    return is_done && db_commit(&transaction, err);
}

/* What cannot be done as the directory is now, or with the templates as they are. */
static bool is_for_people(const GError *failure)
{
    return err_is(failure, ERR_INVALID) || err_is(failure, ERR_EXISTS) ||
           err_is(failure, ERR_LIMIT) || err_is(failure, ERR_NOT_FOUND) ||
           err_is(failure, ERR_DENIED);
}

static bool park(const Work *work, int64_t number, const char *why, GError **err)
{
    g_auto(Step) step = { .work = work };
    g_autoptr(DbTransaction) transaction = db_begin(work->db, err);
    if (transaction == NULL || !load(work, number, &step, err))
        return false;
    return request_hold(work, step.request, why, err) && rest(&step, err) &&
           db_commit(&transaction, err);
}

bool request_settle(const Work *work, int64_t number, GError **err)
{
    g_autoptr(GError) failure = NULL;
    if (settle_once(work, number, &failure))
        return true;
    if (is_for_people(failure))
        return park(work, number, failure->message, err);
    g_propagate_error(err, g_steal_pointer(&failure));
    return false;
}

bool request_end(const Work *work, Request *request, RequestState state, const char *reason,
                 GError **err)
{
    g_auto(Step) step = { .work = work };
    if (!load(work, request->number, &step, err))
        return false;
    return finish(&step, state, reason, err) &&
           outcome_tell_end(work, step.request, step.contacts, err);
}

/* Time */

typedef struct {
    int64_t id;
} Number;

static const DbField NUMBER_FIELDS[] = { DB_FIELD(Number, id) };

static const DbRecord NUMBER_RECORD = {
    .size = sizeof(Number),
    .free = g_free,
    .fields = NUMBER_FIELDS,
    .n_fields = G_N_ELEMENTS(NUMBER_FIELDS),
};

/* Those that are due, and those that wait for an authority that has changed since, or for a
 * decision that is made. */
static GPtrArray *find_due(const Work *work, GError **err)
{
    return db_select(work->db, &NUMBER_RECORD,
                     "SELECT id FROM request r WHERE next_at IS NOT NULL AND (next_at <= $1"
                     " OR (state = 'authority' AND EXISTS (SELECT 1 FROM authority_change c"
                     " WHERE c.tld = r.tld AND c.weighty = 1 AND c.seen_at IS NULL))"
                     " OR (state = 'secretariat' AND parked = $2 AND NOT EXISTS"
                     " (SELECT 1 FROM authority_change c WHERE c.tld = r.tld"
                     " AND c.weighty = 1 AND c.seen_at IS NULL))"
                     " OR (state = 'decision' AND EXISTS (SELECT 1 FROM request_need n"
                     " JOIN decision d ON CAST(d.id AS text) = n.subject"
                     " WHERE n.request_id = r.id AND n.kind = 'decision'"
                     " AND n.state = 'asked' AND d.state <> 'open')))"
                     " ORDER BY next_at, id LIMIT $3",
                     DB_ARGS(db_int(work->now), db_text(REQUEST_PARKED_AUTHORITY),
                             db_int(REQUEST_ROUND_MAX)),
                     err);
}

bool request_due(const Work *work, int64_t *ret_next_at, GError **err)
{
    g_autoptr(GPtrArray) due = find_due(work, err);
    if (due == NULL)
        return false;
    for (guint i = 0; i < due->len; i++) {
        int64_t number = ((const Number *) due->pdata[i])->id;
        g_autoptr(GError) failure = NULL;
        if (!request_settle(work, number, &failure)) /* it holds up none of the others */
            log_warning("request %" G_GINT64_FORMAT " waits: %s", number, failure->message);
    }
    return db_select_int(work->db, "SELECT coalesce(min(next_at), -1) FROM request", DB_NO_ARGS,
                         ret_next_at, err);
}
