#include "daemon/pulse.h"

#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"
#include "base/token.h"
#include "queue/node_watch.h"

#define BEAT_MS        10000 /* from one sign of life to the next */
#define BEATS_IN_LEASE 5     /* at least: a lease may be shorter than in real life, for tests */
#define GAPS_COUNTED   2     /* between two looks at others: a longer pause was our own sleep */
#define TRUST_PERCENT  75    /* of the lease: the rest is for the time between look and deed */
#define REST_MIN_MS    1000  /* before the store is asked again after a failure */

struct Pulse {
    const RoleContext *context;
    Db *db;
    char *instance;
    NodeWatch *watch; /* NULL if it does not watch */
    int64_t gap_ms;
    int64_t due_ms;
    int64_t trusted_to_ms; /* of awake_ms */
    int64_t losses;
    bool is_cut_off;
};

/* Milliseconds of a clock that goes on while the host is suspended, as others' leases do. */
static int64_t awake_ms(void)
{
    struct timespec now = { 0 };
    (void) clock_gettime(CLOCK_BOOTTIME, &now);
    return (int64_t) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t lease_ms(const Pulse *pulse)
{
    return pulse->context->config->lease_s * 1000;
}

Pulse *pulse_new(const RoleContext *context, Db *db, bool watches)
{
    Pulse *pulse = g_new0(Pulse, 1);
    pulse->context = context;
    pulse->db = db;
    pulse->instance = token_new();
    pulse->gap_ms = MIN(BEAT_MS, lease_ms(pulse) / BEATS_IN_LEASE);
    if (watches)
        pulse->watch = node_watch_new(context->owner, GAPS_COUNTED * pulse->gap_ms);
    return pulse;
}

void pulse_free(Pulse *pulse)
{
    if (pulse == NULL)
        return;
    node_watch_free(pulse->watch);
    g_free(pulse->instance);
    g_free(pulse);
}

static NodeSelf self(const Pulse *pulse)
{
    return (NodeSelf){
        .owner = pulse->context->owner,
        .host = g_get_host_name(),
        .role = pulse->context->name,
        .instance = pulse->instance,
        .pid = getpid(),
        .lease_s = pulse->context->config->lease_s,
    };
}

/* The lease begins before the sign of life was given: nobody can have seen it earlier. */
static void trust(Pulse *pulse, int64_t began_ms)
{
    pulse->trusted_to_ms = began_ms + lease_ms(pulse) * TRUST_PERCENT / 100;
    pulse->due_ms = role_ticks_ms() + pulse->gap_ms;
}

bool pulse_start(Pulse *pulse, GError **err)
{
    const NodeSelf node = self(pulse);
    NodeClaims claims = { 0 };
    int64_t began_ms = awake_ms();
    if (!node_start(pulse->db, &node, clock_now(pulse->context->clock), &claims, err))
        return false;
    trust(pulse, began_ms);
    if (claims.mails > 0)
        log_warning("work on a mail was broken off: it begins anew");
    if (claims.copies > 0)
        log_warning("the courier ended before it could note what became of %" G_GINT64_FORMAT
                    " copies: they go out, maybe once more",
                    claims.copies);
    if (claims.texts > 0)
        log_warning("the courier ended before it could note what became of a text message: it "
                    "goes out, maybe once more");
    return true;
}

static bool beat(Pulse *pulse, bool *ret_was_lost, GError **err)
{
    const NodeSelf node = self(pulse);
    int64_t losses = pulse->losses;
    int64_t began_ms = awake_ms();
    if (!node_beat(pulse->db, &node, clock_now(pulse->context->clock), &losses, err))
        return false;
    trust(pulse, began_ms);
    *ret_was_lost = losses > pulse->losses;
    pulse->losses = losses;
    if (*ret_was_lost)
        log_warning(
            "others took this role for dead, as it gave no sign of life for %" G_GINT64_FORMAT
            " s: what it had claimed is theirs",
            node.lease_s);
    return true;
}

static void log_taken(const NodeTaken *taken)
{
    if (taken->is_news)
        log_warning("%s gives no sign of life: it is taken for dead", taken->owner);
    if (taken->claims.mails > 0)
        log_warning("mail that %s was working on begins anew", taken->owner);
    if (taken->claims.copies > 0)
        log_warning("%" G_GINT64_FORMAT " copies that %s held go out, maybe once more",
                    taken->claims.copies, taken->owner);
    if (taken->claims.texts > 0)
        log_warning("a text message that %s held goes out, maybe once more", taken->owner);
}

static bool watch(const Pulse *pulse, GError **err)
{
    g_autoptr(GPtrArray) taken = NULL;
    if (pulse->watch == NULL)
        return true;
    if (!node_watch_look(pulse->watch, pulse->db, pulse->context->config->lease_s,
                         clock_now(pulse->context->clock), role_ticks_ms(), &taken, err))
        return false;
    for (guint i = 0; i < taken->len; i++)
        log_taken(taken->pdata[i]);
    return true;
}

/* Asking may have taken seconds, and nothing else was done meanwhile: there is as much time for
 * that now. Takes failure. */
static bool rest(Pulse *pulse, GError *failure, int64_t began_ms, GError **err)
{
    int64_t now_ms = role_ticks_ms();
    if (!role_may_pass(failure)) {
        g_propagate_error(err, failure);
        return false;
    }
    if (!pulse->is_cut_off)
        log_warning("no sign of life could be given: %s", failure->message);
    pulse->is_cut_off = true;
    pulse->due_ms = now_ms + CLAMP(now_ms - began_ms, REST_MIN_MS, BEAT_MS);
    g_error_free(failure);
    return true;
}

bool pulse_work(Pulse *pulse, bool *ret_was_lost, GError **err)
{
    GError *failure = NULL;
    int64_t began_ms = role_ticks_ms();
    *ret_was_lost = false;
    if (began_ms < pulse->due_ms)
        return true;
    if (!beat(pulse, ret_was_lost, &failure) || !watch(pulse, &failure))
        return rest(pulse, failure, began_ms, err);
    if (pulse->is_cut_off)
        log_info("the store is there again");
    pulse->is_cut_off = false;
    return true;
}

int64_t pulse_due_ms(const Pulse *pulse)
{
    return pulse->due_ms;
}

bool pulse_is_trusted(const Pulse *pulse)
{
    return awake_ms() < pulse->trusted_to_ms;
}

void pulse_stop(Pulse *pulse)
{
    g_autoptr(GError) failure = NULL;
    const NodeSelf node = self(pulse);
    if (!node_stop(pulse->db, &node, clock_now(pulse->context->clock), &failure))
        log_warning("the others could not be told that this role ends: %s", failure->message);
}
