#include "membership/authority_sync.h"

#include <poll.h>
#include <unistd.h>

#include "base/err.h"
#include "base/limits.h"
#include "membership/authority_run.h"

typedef struct {
    const SyncContext *context;
    const char *owner; /* of the run; NULL outside of one */
    IanaClient *client;
    unsigned silent[IANA_SOURCES]; /* times in a row that a source was silent */
    int64_t began;                 /* of g_get_monotonic_time() */
} Sync;

static bool is_given_up(const Sync *sync, IanaSource source)
{
    return sync->silent[source] >= IANA_SILENT_MAX;
}

static void ask(Sync *sync, IanaSource source, const char *tld, IanaAnswer *ret)
{
    if (is_given_up(sync, source)) {
        *ret = (IanaAnswer){ .bytes = NULL };
        err_set(&ret->failure, ERR_TEMPORARY, "not asked: it was silent %d times in a row",
                IANA_SILENT_MAX);
        return;
    }
    iana_ask(sync->client, source, tld, ret);
    sync->silent[source] = ret->is_reached ? 0 : sync->silent[source] + 1;
}

static void answers_clear(IanaAnswer *answers)
{
    for (size_t i = 0; i < IANA_SOURCES; i++)
        iana_answer_clear(&answers[i]);
}

static bool sync_tld(Sync *sync, const char *tld, size_t place, size_t count, GError **err)
{
    const SyncContext *context = sync->context;
    IanaAnswer answers[IANA_SOURCES];
    g_auto(AuthorityTaken) taken = { .changes = NULL };
    for (size_t i = 0; i < IANA_SOURCES; i++)
        ask(sync, (IanaSource) i, tld, &answers[i]);

    bool is_taken = authority_take(context->db, context->actor, tld, answers,
                                   clock_now(context->clock), &taken, err);
    answers_clear(answers);
    if (!is_taken)
        return false;
    const SyncStep step = { .tld = tld, .place = place, .count = count, .taken = &taken };
    context->report(context->data, &step);
    return true;
}

/* Waits for the turn of a TLD; false if told to stop. */
static bool wait_for_turn(const Sync *sync, size_t place)
{
    int64_t gap_us = 60 * G_USEC_PER_SEC / sync->context->config->iana_per_minute;
    int64_t turn = sync->began + (int64_t) place * gap_us;
    struct pollfd stop = { .fd = sync->context->stop, .events = POLLIN };
    for (;;) {
        int64_t left_us = turn - g_get_monotonic_time();
        int wait_ms = left_us > 0 ? (int) (left_us / 1000) + 1 : 0;
        if (poll(&stop, 1, wait_ms) > 0)
            return false;
        if (left_us <= 0)
            return true;
    }
}

static bool go_on(const Sync *sync, size_t place, GError **err)
{
    const SyncContext *context = sync->context;
    if (is_given_up(sync, IANA_WHOIS) && is_given_up(sync, IANA_RDAP))
        return err_set(
            err, ERR_TEMPORARY,
            "neither WHOIS nor RDAP answered %d times in a row: what is on file stays "
            "as it was",
            IANA_SILENT_MAX);
    if (!wait_for_turn(sync, place))
        return err_set(err, ERR_TEMPORARY, "told to stop");
    return sync->owner == NULL ||
           authority_run_go_on(context->db, sync->owner, clock_now(context->clock), err);
}

static bool sync_all(const SyncContext *context, const char *owner, const GPtrArray *tlds,
                     GError **err)
{
    g_autoptr(IanaClient) client = iana_client_new(context->config);
    Sync sync = {
        .context = context,
        .owner = owner,
        .client = client,
        .began = g_get_monotonic_time(),
    };
    for (guint i = 0; i < tlds->len; i++) {
        if (!go_on(&sync, i, err) || !sync_tld(&sync, tlds->pdata[i], i + 1, tlds->len, err))
            return false;
    }
    return true;
}

bool authority_sync(const SyncContext *context, const GPtrArray *tlds, GError **err)
{
    return sync_all(context, NULL, tlds, err);
}

bool authority_sync_run(const SyncContext *context, bool is_whole, GError **err)
{
    g_autofree char *owner = g_strdup_printf("%s on %s, process %d", context->actor,
                                             g_get_host_name(), (int) getpid());
    g_autoptr(GError) failure = NULL;
    int64_t began = clock_now(context->clock);
    if (!authority_run_begin(context->db, owner, began, err))
        return false;

    g_autoptr(GPtrArray) tlds = authority_run_tlds(context->db, is_whole, began, &failure);
    bool is_done = tlds != NULL && sync_all(context, owner, tlds, &failure);
    if (!is_done && !err_is(failure, ERR_DENIED))
        (void) authority_run_end(context->db, owner, is_whole, failure->message,
                                 clock_now(context->clock), NULL); /* else its lease ends it */
    if (!is_done) {
        g_propagate_error(err, g_steal_pointer(&failure));
        return false;
    }
    return authority_run_end(context->db, owner, is_whole, NULL, clock_now(context->clock),
                             err);
}
