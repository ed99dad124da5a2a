/* The role courier: hands copies to the relay and notes how it went. */
#include <poll.h>

#include "base/err.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/secret.h"
#include "daemon/backoff.h"
#include "daemon/courier_desk.h"
#include "daemon/courier_link.h"
#include "daemon/pulse.h"
#include "daemon/role.h"
#include "daemon/sms_timer.h"
#include "queue/outbox.h"

#define JOBS_PER_LINK 8     /* handed to a connection: one on its way, the rest to follow */
#define JOBS_TO_OPEN  10    /* copies that are worth one more connection */
#define LOW_WATER     300   /* with fewer waiting, more are claimed */
#define LOW_AHEAD     1000  /* the same where a turn is long */
#define MEANWHILE_MS  1000  /* nor is a link left longer without a look at its deadlines */
#define MARK_AT       500   /* results that are worth a transaction */
#define MARK_MS       20    /* nor does a result wait longer for others */
#define FRUITLESS_MAX 5     /* sessions in a row that end without an answer to any copy */
#define LOOK_MS       30000 /* between looks for what no wake-up told of */
#define LOOK_MIN_MS   100   /* a clock that is set back must not keep us busy */
#define STORE_REST_MS 1000  /* before the store is asked again after a failure */
#define DRAIN_MS      10000 /* for copies on their way, when we are to end */

typedef struct {
    const RoleContext *context;
    Db *db;
    Pulse *pulse;
    int wake; /* descriptor */
    CourierRelay *relay;
    CourierDesk *desk;
    SmsTimer *texts;
    GPtrArray *links;  /* CourierLink* */
    GArray *polled;    /* struct pollfd: see Place */
    GArray *meanwhile; /* the same while the store is waited for: its socket, then the links */

    bool has_more;      /* there may be deliveries to claim */
    bool has_news;      /* ... which the last turn did not know of */
    int64_t look_ms;    /* when to look for some in any case */
    int64_t settled_ms; /* when the oldest unmarked result came */
    int64_t store_ms;   /* the store is not asked before */
    char *told;         /* see role_tell_wait; NULL while the store works */
    int64_t relay_ms;   /* no connection is opened before */
    Backoff relay_gap;
    unsigned fruitless; /* sessions since a copy was answered */
    int64_t stop_by_ms; /* 0: goes on */
} Courier;

/* Of what is polled, in this order. */
typedef enum { PLACE_STOP, PLACE_WAKE, PLACE_TEXTS, PLACE_LINKS } Place;

static bool is_stopping(const Courier *c)
{
    return c->stop_by_ms != 0;
}

static guint count_ready(const Courier *c)
{
    guint n = 0;
    for (guint i = 0; i < c->links->len; i++)
        n += courier_link_is_ready(c->links->pdata[i]) ? 1 : 0;
    return n;
}

static void expect_more(Courier *c)
{
    c->has_more = true;
    c->has_news = true;
}

/* Whether it makes sense to claim anything. */
static bool has_relay(const Courier *c, int64_t now_ms)
{
    return now_ms >= c->relay_ms || count_ready(c) > 0;
}

/* The store */

/* After what can be better in a while; false passes it on. Takes failure. */
static bool rest(Courier *c, GError *failure, int64_t now_ms, GError **err)
{
    bool has_time = !is_stopping(c) || now_ms < c->stop_by_ms;
    if (!role_may_pass(failure) || !has_time) {
        g_propagate_error(err, failure);
        return false;
    }
    role_tell_wait(&c->told, failure);
    c->store_ms = now_ms + STORE_REST_MS;
    g_error_free(failure);
    return true;
}

/* Nothing is due: when will there be something? */
static bool plan_look(Courier *c, int64_t now_ms, GError **err)
{
    int64_t due_at = 0;
    int64_t now = clock_now(c->context->clock);
    if (!outbox_next_due(c->db, now, &due_at, err))
        return false;
    int64_t wait_s = due_at < 0 ? INT64_MAX / 1000 : due_at - now;
    c->look_ms = now_ms + CLAMP(wait_s * 1000, LOOK_MIN_MS, LOOK_MS);
    return true;
}

static void log_tally(Courier *c)
{
    CourierTally tally = courier_desk_tally(c->desk);
    if (tally.sent + tally.refused + tally.deferred + tally.uncertain > 0)
        log_info("copies: %u sent, %u refused, %u deferred, %u uncertain", tally.sent,
                 tally.refused, tally.deferred, tally.uncertain);
}

static bool wants_mark(const Courier *c, int64_t now_ms)
{
    size_t settled = courier_desk_settled(c->desk);
    return settled >= MARK_AT || (settled > 0 && (courier_desk_flying(c->desk) == 0 ||
                                                  now_ms >= c->settled_ms + MARK_MS));
}

static bool may_claim(const Courier *c, int64_t now_ms)
{
    return c->has_more && !is_stopping(c) && has_relay(c, now_ms) && pulse_is_trusted(c->pulse);
}

/* Text messages: another process sends them, so this is quick. */
static bool see_to_texts(Courier *c, int64_t now_ms, GError **err)
{
    GError *failure = NULL;
    bool may_start = !is_stopping(c) && pulse_is_trusted(c->pulse);
    if (now_ms < c->store_ms || sms_timer_run(c->texts, c->db, may_start, now_ms, &failure))
        return true;
    return rest(c, failure, now_ms, err);
}

/* Signs of life */

/* What connections have not begun comes back to the desk. */
static void withdraw_all(const Courier *c)
{
    int64_t id = 0;
    for (guint i = 0; i < c->links->len; i++) {
        while (smtp_withdraw(courier_link_smtp(c->links->pdata[i]), &id))
            courier_desk_take_back(c->desk, id);
    }
}

/* While we cannot be sure that our claims are ours, no copy is begun; when it turns out that
 * they are not, they are forgotten. What is on its way has a result to be marked in any case.
 */
static bool give_sign(Courier *c, GError **err)
{
    bool was_lost = false;
    if (!pulse_work(c->pulse, &was_lost, err))
        return false;
    if (was_lost || !pulse_is_trusted(c->pulse))
        withdraw_all(c);
    if (was_lost) {
        courier_desk_forget(c->desk);
        expect_more(c);
    }
    return true;
}

/* Connections */

static void open_links(Courier *c, int64_t now_ms)
{
    size_t waiting = courier_desk_waiting(c->desk);
    size_t work = waiting + courier_desk_flying(c->desk);
    size_t wanted = MIN((size_t) c->context->config->smtp_connections, 1 + work / JOBS_TO_OPEN);

    while (waiting > 0 && c->links->len < wanted && now_ms >= c->relay_ms && !is_stopping(c) &&
           pulse_is_trusted(c->pulse)) {
        CourierLink *link = courier_link_new(c->relay, now_ms);
        g_ptr_array_add(c->links, link);
        if (courier_link_is_over(link))
            return;
    }
}

/* Gives one copy to each connection that has room. False if there are none to give. */
static bool hand_out_once(Courier *c, bool *ret_has_job, GError **err)
{
    *ret_has_job = false;
    for (guint i = 0; i < c->links->len; i++) {
        const CourierLink *link = c->links->pdata[i];
        SmtpJob job;
        bool has_job = false;
        if (!courier_link_is_ready(link) || smtp_jobs(courier_link_smtp(link)) >= JOBS_PER_LINK)
            continue;
        if (!courier_desk_next(c->desk, &job, &has_job, err))
            return false;
        if (has_job)
            smtp_add(courier_link_smtp(link), &job);
        *ret_has_job = *ret_has_job || has_job;
    }
    return true;
}

static void flush_links(const Courier *c, int64_t now_ms)
{
    for (guint i = 0; i < c->links->len; i++)
        courier_link_flush(c->links->pdata[i], now_ms);
}

static bool hand_out(Courier *c, int64_t now_ms, GError **err)
{
    GError *failure = NULL;
    bool has_job = now_ms >= c->store_ms && pulse_is_trusted(c->pulse);
    while (has_job) {
        if (!hand_out_once(c, &has_job, &failure))
            return rest(c, failure, now_ms, err);
    }
    flush_links(c, now_ms);
    return true;
}

/* What needs nothing of the store, so it cannot fail. */
static void hand_out_at_hand(Courier *c, int64_t now_ms)
{
    bool has_job = pulse_is_trusted(c->pulse);
    while (has_job) {
        if (!hand_out_once(c, &has_job, NULL))
            break;
    }
    flush_links(c, now_ms);
}

/* A connection that never came to work speaks for all, and so do some in a row that came to
 * nothing: the relay gets a rest, and what was claimed goes back unless another connection
 * works. */
static void relay_failed(Courier *c, const GError *why, int64_t now_ms)
{
    if (now_ms >= c->relay_ms) {
        int64_t gap_ms = backoff_next(&c->relay_gap, 0);
        c->relay_ms = now_ms + gap_ms;
        log_warning("%s; tried again in %" G_GINT64_FORMAT " s", why->message, gap_ms / 1000);
    }
    if (count_ready(c) == 0 && courier_desk_waiting(c->desk) > 0) {
        courier_desk_give_up(c->desk, why->message);
        c->settled_ms = now_ms;
        expect_more(c);
    }
}

/* Whether the relay spoke of the copy, and not of the session. */
static bool is_answer(const SmtpResult *result)
{
    return result->code != 0 && result->code != 421 && result->code != 530;
}

static void take_results(Courier *c, const CourierLink *link, int64_t now_ms)
{
    Smtp *smtp = courier_link_smtp(link);
    int64_t id = 0;

    for (;;) {
        g_auto(SmtpResult) result = { .text = NULL };
        if (!smtp_next_result(smtp, &result))
            break;
        if (courier_desk_settled(c->desk) == 0)
            c->settled_ms = now_ms;
        if (is_answer(&result))
            c->fruitless = 0;
        courier_desk_settle(c->desk, &result);
    }
    while (smtp_take_back(smtp, &id))
        courier_desk_take_back(c->desk, id);
}

static void look_after_link(Courier *c, guint i, int64_t now_ms)
{
    CourierLink *link = c->links->pdata[i];
    take_results(c, link, now_ms);
    if (courier_link_is_ready(link) && c->fruitless < FRUITLESS_MAX)
        c->relay_gap.gap_ms = 0;
    if (!courier_link_is_over(link))
        return;

    const GError *why = smtp_error(courier_link_smtp(link));
    c->fruitless += why != NULL ? 1 : 0;
    if (why != NULL && (!courier_link_was_ready(link) || c->fruitless >= FRUITLESS_MAX))
        relay_failed(c, why, now_ms);
    else if (why != NULL)
        log_info("%s", why->message);
    g_ptr_array_remove_index_fast(c->links, i);
}

static void look_after_links(Courier *c, int64_t now_ms)
{
    for (guint i = c->links->len; i-- > 0;)
        look_after_link(c, i, now_ms);
}

static void add_fd(GArray *polled, int fd, short events)
{
    struct pollfd entry = { .fd = fd, .events = events };
    g_array_append_val(polled, entry);
}

/* While the store's server works on a turn, copies go out and come to results. */
static void send_meanwhile(int fd, int64_t ms, void *data)
{
    Courier *c = data;
    g_array_set_size(c->meanwhile, 0);
    add_fd(c->meanwhile, fd, POLLIN);
    for (guint i = 0; i < c->links->len; i++) {
        const CourierLink *link = c->links->pdata[i];
        add_fd(c->meanwhile, courier_link_fd(link), courier_link_events(link));
    }
    /* A link's own deadlines pass as well, without a word from anybody. */
    int64_t wait_ms = MIN(ms, MEANWHILE_MS);
    int ready = poll((struct pollfd *) (void *) c->meanwhile->data, c->meanwhile->len,
                     (int) wait_ms);
    if (ready < 0)
        return;
    int64_t now_ms = role_ticks_ms();
    if (!pulse_is_trusted(c->pulse)) /* it may last for longer than our lease */
        withdraw_all(c);
    for (guint i = 0; i < c->links->len; i++)
        courier_link_work(c->links->pdata[i],
                          g_array_index(c->meanwhile, struct pollfd, i + 1).revents, now_ms);
    look_after_links(c, now_ms);
    hand_out_at_hand(c, now_ms);
}

static bool runs_low(const Courier *c)
{
    return courier_desk_waiting(c->desk) < (db_is_served(c->db) ? LOW_AHEAD : LOW_WATER);
}

static bool wants_claim(const Courier *c, int64_t now_ms)
{
    return may_claim(c, now_ms) && runs_low(c);
}

static bool turn(Courier *c, int64_t now_ms, GError **err)
{
    bool claims = may_claim(c, now_ms);
    bool has_more = false;
    c->has_news = false;
    db_meanwhile(c->db, send_meanwhile, c);
    bool is_done = courier_desk_turn(c->desk, claims, clock_now(c->context->clock), &has_more,
                                     err);
    db_meanwhile(c->db, NULL, NULL);
    if (!is_done)
        return false;
    g_clear_pointer(&c->told, g_free);
    if (claims)
        c->has_more = has_more || c->has_news;
    if (courier_desk_waiting(c->desk) + courier_desk_flying(c->desk) == 0)
        log_tally(c);
    return c->has_more || plan_look(c, now_ms, err);
}

/* Marks and claims, if it is time for one of them; then both are done at once. */
static bool keep_books(Courier *c, int64_t now_ms, GError **err)
{
    GError *failure = NULL;
    if (now_ms < c->store_ms || (!wants_mark(c, now_ms) && !wants_claim(c, now_ms)))
        return true;
    return turn(c, now_ms, &failure) || rest(c, failure, now_ms, err);
}

/* Ending: what is on its way comes to its result, the rest goes back. */

static void begin_stop(Courier *c, int64_t now_ms)
{
    c->stop_by_ms = now_ms + DRAIN_MS;
    sms_timer_stop(c->texts);
    for (guint i = 0; i < c->links->len; i++)
        courier_link_quit(c->links->pdata[i], now_ms);
}

static void lose_all(const Courier *c)
{
    for (guint i = 0; i < c->links->len; i++)
        courier_link_lose(c->links->pdata[i], "there was no time left to wait for the relay");
    sms_timer_kill(c->texts);
}

static bool is_done(const Courier *c)
{
    return is_stopping(c) && sms_timer_fd(c->texts) < 0 &&
           courier_desk_waiting(c->desk) + courier_desk_flying(c->desk) +
                   courier_desk_settled(c->desk) ==
               0;
}

/* The loop */

static void gather_fds(Courier *c)
{
    g_array_set_size(c->polled, 0);
    add_fd(c->polled, is_stopping(c) ? -1 : c->context->stop, POLLIN);
    add_fd(c->polled, c->wake, POLLIN);
    add_fd(c->polled, sms_timer_fd(c->texts), POLLIN);
    for (guint i = 0; i < c->links->len; i++) {
        const CourierLink *link = c->links->pdata[i];
        add_fd(c->polled, courier_link_fd(link), courier_link_events(link));
    }
}

/* When to claim next, if nothing happens before. */
static int64_t claim_ms(const Courier *c)
{
    if (is_stopping(c) || !runs_low(c) || !pulse_is_trusted(c->pulse))
        return INT64_MAX;
    if (!c->has_more)
        return c->look_ms;
    return count_ready(c) > 0 ? c->store_ms : MAX(c->store_ms, c->relay_ms);
}

static int patience_ms(const Courier *c, int64_t now_ms)
{
    int64_t next_ms = MIN(claim_ms(c), pulse_due_ms(c->pulse));
    if (courier_desk_settled(c->desk) > 0)
        next_ms = MIN(next_ms, MAX(c->settled_ms + MARK_MS, c->store_ms));
    if (courier_desk_waiting(c->desk) > 0 && c->links->len == 0 && pulse_is_trusted(c->pulse))
        next_ms = MIN(next_ms, MAX(c->relay_ms, c->store_ms));
    if (is_stopping(c) && now_ms < c->stop_by_ms)
        next_ms = MIN(next_ms, c->stop_by_ms);
    if (!is_stopping(c) && pulse_is_trusted(c->pulse))
        next_ms = MIN(next_ms, MAX(sms_timer_due_ms(c->texts), c->store_ms));
    for (guint i = 0; i < c->links->len; i++)
        next_ms = MIN(next_ms, courier_link_deadline_ms(c->links->pdata[i]));
    return (int) CLAMP(next_ms - now_ms, 0, LOOK_MS);
}

static short events_at(const Courier *c, guint place)
{
    return g_array_index(c->polled, struct pollfd, place).revents;
}

static void take_events(Courier *c, int64_t now_ms)
{
    if (events_at(c, PLACE_STOP) != 0)
        begin_stop(c, now_ms);
    if (events_at(c, PLACE_WAKE) != 0) {
        db_drain(c->db);
        c->has_more = true;
        sms_timer_wake(c->texts);
    }
    if (!c->has_more && now_ms >= c->look_ms)
        c->has_more = true;
    for (guint i = 0; i < c->links->len; i++)
        courier_link_work(c->links->pdata[i], events_at(c, PLACE_LINKS + i), now_ms);
}

static void wait_for_events(Courier *c)
{
    gather_fds(c);
    (void) poll((struct pollfd *) (void *) c->polled->data, c->polled->len,
                patience_ms(c, role_ticks_ms()));
}

static bool serve(Courier *c, GError **err)
{
    while (!is_done(c)) {
        int64_t now_ms = role_ticks_ms();
        if (is_stopping(c) && now_ms >= c->stop_by_ms)
            lose_all(c);
        look_after_links(c, now_ms);
        if (is_stopping(c))
            courier_desk_give_up(c->desk, NULL); /* what a connection did not begin */
        if (!keep_books(c, now_ms, err))
            return false;
        open_links(c, now_ms);
        if (!hand_out(c, now_ms, err) || !see_to_texts(c, now_ms, err))
            return false;
        if (is_done(c))
            break;
        wait_for_events(c);
        /* Before anything else: we may have slept for longer than our lease. */
        if (!give_sign(c, err))
            return false;
        take_events(c, role_ticks_ms());
    }
    log_tally(c);
    return true;
}

static bool open_desk(Courier *c, GBytes *secret, GError **err)
{
    CourierDeskOptions options = {
        .db = c->db,
        .held_max = db_is_served(c->db) ? COURIER_AHEAD_MAX : COURIER_HELD_MAX,
        .owner = c->context->owner,
        .list = c->context->config->list,
        .secret = g_bytes_get_data(secret, NULL),
        .memory_max = COURIER_MEMORY_MAX,
    };
    c->relay = courier_relay_new(c->context->config, err);
    c->desk = courier_desk_new(&options);
    c->pulse = pulse_new(c->context, c->db, true);
    c->texts = sms_timer_new(c->context);
    return c->relay != NULL && db_listen(c->db, "outbox", &c->wake, err) &&
           pulse_start(c->pulse, err);
}

static void courier_clear(Courier *c)
{
    g_clear_pointer(&c->texts, sms_timer_free);
    g_clear_pointer(&c->links, g_ptr_array_unref);
    g_clear_pointer(&c->polled, g_array_unref);
    g_clear_pointer(&c->meanwhile, g_array_unref);
    g_clear_pointer(&c->desk, courier_desk_free);
    g_clear_pointer(&c->relay, courier_relay_free);
    g_clear_pointer(&c->pulse, pulse_free);
    g_clear_pointer(&c->told, g_free);
    g_clear_pointer(&c->db, db_close);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Courier, courier_clear)

bool role_courier_run(const RoleContext *context, GError **err)
{
    g_autoptr(GBytes) secret = NULL;
    g_auto(Courier) c = {
        .context = context,
        .links = g_ptr_array_new_with_free_func((GDestroyNotify) courier_link_free),
        .polled = g_array_new(FALSE, FALSE, sizeof(struct pollfd)),
        .meanwhile = g_array_new(FALSE, FALSE, sizeof(struct pollfd)),
        .has_more = true,
        .relay_gap = { 1000, 60000, 60000, 0 },
    };

    if (!role_wait_for_store(context, &c.db, err))
        return false;
    if (c.db == NULL)
        return true;
    if (!secret_load(context->config->secret_file, &secret, err) ||
        !open_desk(&c, secret, err) || !serve(&c, err))
        return false;
    pulse_stop(c.pulse);
    return true;
}
