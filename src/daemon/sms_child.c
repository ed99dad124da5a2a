/* The child's side of the courier's text messages, see sms_timer.h. */
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"
#include "daemon/confine.h"
#include "daemon/sms_timer.h"
#include "queue/sms_gateway.h"

typedef struct {
    const Config *config;
    const Clock *clock;
    const char *owner;
    Db *db;
    SmsGateway *gateway;
} Sender;

/* Standard input ends when the courier does, or when it says so. */
static bool must_stop(void)
{
    struct pollfd courier = { .fd = STDIN_FILENO, .events = POLLIN };
    return poll(&courier, 1, 0) > 0;
}

/* No transaction is open while the gateway is waited for. */
static bool send_one(const Sender *s, const SmsClaim *claim, GError **err)
{
    g_auto(SmsAnswer) answer = { .said = NULL };
    sms_gateway_send(s->gateway, claim->number, claim->text, &answer);
    if (!sms_mark(s->db, s->owner, claim, answer.outcome, answer.said, clock_now(s->clock),
                  err))
        return false;
    const char *name = sms_outcome_name(answer.outcome);
    if (answer.outcome == SMS_SENT)
        log_info("text message %" G_GINT64_FORMAT ": %s", claim->id, name);
    else
        log_warning("text message %" G_GINT64_FORMAT ": %s: %s", claim->id, name, answer.said);
    return true;
}

static bool send_all(const Sender *s, GError **err)
{
    while (!must_stop()) {
        g_autoptr(SmsClaim) claim = NULL;
        if (!sms_claim(s->db, s->owner, s->config->sms_per_hour, clock_now(s->clock), &claim,
                       err))
            return false;
        if (claim == NULL)
            return true;
        if (!send_one(s, claim, err))
            return false;
    }
    return true;
}

static bool run(const char *config_file, const char *owner, GError **err)
{
    g_autoptr(Config) config = NULL;
    g_autoptr(Clock) clock = NULL;
    g_autoptr(Db) db = NULL;
    if (!config_load(config_file, &config, err))
        return false;
    role_open_log("sms", config);
    if (config->sms_url == NULL)
        return true;
    clock = clock_new(config->test_clock ? g_getenv("MUSTER_CLOCK") : NULL, err);
    if (clock == NULL || !confine_process(true, err) || !role_open_store(config, &db, err))
        return false;
    g_autoptr(SmsGateway) gateway = sms_gateway_new(config, err);
    const Sender sender = { config, clock, owner, db, gateway };
    return gateway != NULL && send_all(&sender, err);
}

void sms_child_main(const char *config_file, const char *owner)
{
    g_autoptr(GError) err = NULL;
    /* A courier that starts anew must not meet the child of its forerunner. Should that have
     * died already, standard input has ended. */
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
        exit(EX_OSERR);
    (void) prctl(PR_SET_NAME, "sms");
    if (run(config_file, owner, &err))
        exit(EX_OK);
    log_warning("text messages wait: %s", err->message);
    exit(err_face(err_kind(err))->exit_status);
}
