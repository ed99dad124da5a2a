/* The role worker: takes mail out of the inbox and does what follows from it, and what falls
 * due by time. One row is one transaction; reading a mail is left to a child. */
#include <poll.h>

#include "alert/process.h"
#include "base/err.h"
#include "base/log.h"
#include "committee/decision.h"
#include "daemon/dispatch.h"
#include "daemon/iana_timer.h"
#include "daemon/pulse.h"
#include "daemon/role.h"
#include "directory/roster.h"
#include "mail/parser.h"
#include "membership/desk.h"
#include "membership/invitation.h"
#include "membership/request_step.h"
#include "queue/inbox.h"

#define DEATHS_MAX    2     /* of the parser over one mail, before it is put aside */
#define ATTEMPTS_MAX  5     /* at one mail that came to no end, for whatever reason */
#define LOOK_MS       30000 /* between looks for what no wake-up told of */
#define LOOK_MIN_MS   100   /* a clock that is set back must not keep us busy */
#define STORE_REST_MS 1000  /* before the store is asked again after a failure */
#define ROUND_MAX     100   /* mails before the timers get their turn, however many wait */
#define TIMER_REST_S  60    /* before a timer that failed is tried again */

typedef struct {
    const RoleContext *context;
    Db *db;
    Pulse *pulse;
    IanaTimer *iana;
    int wake;   /* descriptor */
    char *told; /* see role_tell_wait; NULL while the store works */
} Worker;

static Work work_now(const Worker *w)
{
    return (Work){
        .db = w->db,
        .config = w->context->config,
        .share = w->context->share,
        .actor = "worker",
        .now = clock_now(w->context->clock),
    };
}

/* What is to be done by time: does what is due, and says when there will be more, -1 if nothing
 * will fall due by itself. */
typedef struct {
    const char *name;
    bool (*run)(const Worker *w, const Work *work, int64_t *ret_next_at, GError **err);
} Timer;

static bool see_to_what_waits(const Worker *w, const Work *work, int64_t *ret_next_at,
                              GError **err)
{
    return process_due(work, ret_next_at, err);
}

static bool send_roster(const Worker *w, const Work *work, int64_t *ret_next_at, GError **err)
{
    return roster_run(work, ret_next_at, err);
}

static bool see_to_requests(const Worker *w, const Work *work, int64_t *ret_next_at,
                            GError **err)
{
    return request_due(work, ret_next_at, err);
}

static bool summarise(const Worker *w, const Work *work, int64_t *ret_next_at, GError **err)
{
    return desk_summarise(work, ret_next_at, err);
}

static bool see_to_decisions(const Worker *w, const Work *work, int64_t *ret_next_at,
                             GError **err)
{
    return decision_due(work, ret_next_at, err);
}

static bool send_invitations(const Worker *w, const Work *work, int64_t *ret_next_at,
                             GError **err)
{
    return invitation_due(work, ret_next_at, err);
}

static bool ask_iana(const Worker *w, const Work *work, int64_t *ret_next_at, GError **err)
{
    return iana_timer_run(w->iana, work->config, work->db, work->now, ret_next_at, err);
}

static const Timer TIMERS[] = {
    { "what waits", see_to_what_waits }, { "the roster", send_roster },
    { "decisions", see_to_decisions },   { "invitations", send_invitations },
    { "requests", see_to_requests },     { "the summary", summarise },
    { "asking IANA", ask_iana },
};

/* Mail */

/* The parser died over it or ran out of time. */
static bool suspect(const Work *work, const InboxItem *item, const char *reason, GError **err)
{
    log_warning("mail %" G_GINT64_FORMAT ": %s", item->id, reason);
    if (item->attempts >= DEATHS_MAX)
        return process_quarantine(work, item, reason, err);
    return inbox_put_back_suspect(work->db, item, reason, work->now, err);
}

static bool read_and_process(const Work *work, const InboxItem *item, GError **err)
{
    g_autoptr(Message) message = NULL;
    g_autoptr(GError) unread = NULL;

    if (item->attempts > ATTEMPTS_MAX)
        return process_quarantine(work, item, "work on it was broken off again and again", err);
    if (parser_read(item->data, &message, &unread))
        return dispatch_item(work, item, message, err);
    if (err_is(unread, ERR_INVALID))
        return process_unreadable(work, item, unread->message, err);
    if (err_is(unread, ERR_LIMIT))
        return suspect(work, item, unread->message, err);
    g_propagate_error(err, g_steal_pointer(&unread));
    return false;
}

/* Works on one claimed row. False if the store does not even take the row back. */
static bool work_on(const Worker *w, const InboxItem *item, GError **err)
{
    g_autoptr(GError) failure = NULL;
    Work work = work_now(w);

    if (read_and_process(&work, item, &failure)) {
        log_debug("mail %" G_GINT64_FORMAT " is done with", item->id);
        return true;
    }
    if (err_is(failure, ERR_DENIED)) {
        log_warning("%s", failure->message);
        return true;
    }
    if (role_may_pass(failure)) {
        log_warning("mail %" G_GINT64_FORMAT " waits: %s", item->id, failure->message);
        return inbox_put_back(w->db, item, failure->message, work.now, err);
    }
    log_error("mail %" G_GINT64_FORMAT ": %s", item->id, failure->message);
    return inbox_put_back_suspect(w->db, item, failure->message, work.now, err);
}

/* A worker holds one row at a time, and its decision asks whether that is still its own. */
static bool give_sign(const Worker *w, GError **err)
{
    bool was_lost = false;
    return pulse_work(w->pulse, &was_lost, err);
}

/* Works on all that is due. */
static bool work_on_inbox(const Worker *w, bool *ret_is_empty, GError **err)
{
    *ret_is_empty = false;
    for (unsigned n = 0; n < ROUND_MAX && !role_must_stop(w->context); n++) {
        g_autoptr(InboxItem) item = NULL;
        if (!give_sign(w, err) ||
            !inbox_claim(w->db, w->context->owner, clock_now(w->context->clock), &item, err))
            return false;
        *ret_is_empty = item == NULL;
        if (item == NULL)
            return true;
        if (!work_on(w, item, err))
            return false;
    }
    return true;
}

/* Time */

/* Runs all timers; *ret_next_at is when the first of them has more to do. One that fails holds
 * up neither the others nor the mail. */
static void run_timers(const Worker *w, int64_t *ret_next_at)
{
    Work work = work_now(w);
    for (size_t i = 0; i < G_N_ELEMENTS(TIMERS); i++) {
        g_autoptr(GError) err = NULL;
        int64_t next_at = -1;
        if (!TIMERS[i].run(w, &work, &next_at, &err)) {
            log_warning("%s: %s", TIMERS[i].name, err->message);
            next_at = work.now + TIMER_REST_S;
        }
        *ret_next_at = clock_earlier(*ret_next_at, next_at);
    }
}

/* Does all that is due; *ret_wait_ms is how long there is nothing to do, if no wake-up comes.
 */
static bool do_all(const Worker *w, int64_t *ret_wait_ms, GError **err)
{
    int64_t next_at = -1;
    bool is_empty = false;
    if (!work_on_inbox(w, &is_empty, err) ||
        !inbox_next_due(w->db, clock_now(w->context->clock), &next_at, err))
        return false;
    run_timers(w, &next_at);

    int64_t wait_s = next_at < 0 ? LOOK_MS / 1000 : next_at - clock_now(w->context->clock);
    *ret_wait_ms = is_empty ? CLAMP(wait_s * 1000, LOOK_MIN_MS, LOOK_MS) : 0;
    return true;
}

/* The loop */

/* Gives back what was claimed under our name: by one of us that died, or that the store would
 * not take back. */
static bool release(const Worker *w, GError **err)
{
    int64_t count = 0;
    if (!inbox_release_claims(w->db, w->context->owner, &count, err))
        return false;
    if (count > 0)
        log_warning("work on a mail was broken off: it begins anew");
    return true;
}

static void wait_for_news(const Worker *w, int64_t wait_ms)
{
    struct pollfd fds[] = {
        { .fd = w->context->stop, .events = POLLIN },
        { .fd = w->wake, .events = POLLIN },
    };
    int64_t beat_ms = MAX(pulse_due_ms(w->pulse) - role_ticks_ms(), 0);
    (void) poll(fds, G_N_ELEMENTS(fds), (int) MIN(wait_ms, beat_ms));
    db_drain(w->db);
}

/* After what can be better in a while; false passes it on. Takes failure. A sign of life that
 * is due must not cut the rest short: it would fail for the same reason. */
static bool rest(Worker *w, GError *failure, GError **err)
{
    struct pollfd stop = { .fd = w->context->stop, .events = POLLIN };
    if (!role_may_pass(failure)) {
        g_propagate_error(err, failure);
        return false;
    }
    role_tell_wait(&w->told, failure);
    g_error_free(failure);
    (void) poll(&stop, 1, STORE_REST_MS);
    return true;
}

static bool serve(Worker *w, GError **err)
{
    while (!role_must_stop(w->context)) {
        GError *failure = NULL;
        int64_t wait_ms = 0;
        if (!give_sign(w, &failure) || !release(w, &failure) ||
            !do_all(w, &wait_ms, &failure)) {
            if (!rest(w, failure, err))
                return false;
            continue;
        }
        g_clear_pointer(&w->told, g_free);
        if (!role_must_stop(w->context))
            wait_for_news(w, wait_ms);
    }
    return true;
}

bool role_worker_run(const RoleContext *context, GError **err)
{
    g_autoptr(Db) db = NULL;
    if (!role_wait_for_store(context, &db, err))
        return false;
    if (db == NULL)
        return true;

    g_autoptr(Pulse) pulse = pulse_new(context, db, true);
    IanaTimer iana = { .not_before = 0 };
    Worker worker = { .context = context, .db = db, .pulse = pulse, .iana = &iana };
    bool is_done = db_listen(db, "inbox", &worker.wake, err) && pulse_start(pulse, err) &&
                   serve(&worker, err);
    iana_timer_stop(&iana);
    g_free(worker.told);
    if (is_done)
        pulse_stop(pulse);
    return is_done;
}
