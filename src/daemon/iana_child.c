/* The child's side of the worker's look at IANA, see iana_timer.h. */
#include <stdlib.h>
#include <sys/prctl.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"
#include "daemon/confine.h"
#include "daemon/iana_timer.h"
#include "membership/authority_run.h"
#include "membership/authority_sync.h"

typedef struct {
    unsigned asked;
    unsigned changed;
    unsigned failed;
} Tally;

static void report(void *data, const SyncStep *step)
{
    Tally *tally = data;
    const AuthorityTaken *taken = step->taken;
    tally->asked++;
    tally->changed += taken->outcome == AUTHORITY_CHANGED ? 1 : 0;
    tally->failed += taken->outcome == AUTHORITY_FAILED ? 1 : 0;
    for (guint i = 0; i < taken->changes->len; i++)
        log_info("IANA: .%s has another %s", step->tld,
                 (const char *) taken->changes->pdata[i]);
    for (size_t i = 0; i < IANA_SOURCES; i++) {
        if (taken->failures[i] != NULL)
            log_info("IANA: .%s was not read by %s: %s", step->tld,
                     iana_source_title((IanaSource) i), taken->failures[i]);
    }
}

/* Whatever is due when it gets there. */
static bool run_due(const SyncContext *context, GError **err)
{
    int64_t due_at = -1;
    bool is_whole = false;
    int64_t now = clock_now(context->clock);
    return authority_run_due(context->db, context->config, now, &due_at, &is_whole, err) &&
           (due_at < 0 || due_at > now || authority_sync_run(context, is_whole, err));
}

/* Standard input ends when the worker does, and the run with it. */
static bool run(const char *config_file, GError **err)
{
    g_autoptr(Config) config = NULL;
    g_autoptr(Clock) clock = NULL;
    g_autoptr(Db) db = NULL;
    Tally tally = { 0 };
    if (!config_load(config_file, &config, err))
        return false;
    role_open_log("iana", config);
    clock = clock_new(config->test_clock ? g_getenv("MUSTER_CLOCK") : NULL, err);
    if (clock == NULL || !confine_process(true, err) || !role_open_store(config, &db, err))
        return false;

    const SyncContext context = {
        .db = db,
        .config = config,
        .clock = clock,
        .actor = "worker",
        .stop = STDIN_FILENO,
        .report = report,
        .data = &tally,
    };
    bool is_done = run_due(&context, err);
    if (tally.asked > 0)
        log_info("IANA was asked about %u TLDs: %u changed, %u gave no answer", tally.asked,
                 tally.changed, tally.failed);
    return is_done;
}

void iana_child_main(const char *config_file)
{
    g_autoptr(GError) err = NULL;
    (void) prctl(PR_SET_NAME, "iana");
    if (run(config_file, &err))
        exit(EX_OK);
    if (err_is(err, ERR_EXISTS)) { /* another worker's was faster */
        log_info("%s", err->message);
        exit(EX_OK);
    }
    log_warning("%s", err->message);
    exit(err_face(err_kind(err))->exit_status);
}
