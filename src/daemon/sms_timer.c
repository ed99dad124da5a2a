#include "daemon/sms_timer.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/child.h"
#include "base/log.h"
#include "daemon/backoff.h"
#include "queue/sms.h"

#define LOOK_MS     30000 /* between looks for what no wake-up told of */
#define LOOK_MIN_MS 100   /* a clock that is set back must not keep us busy */

struct SmsTimer {
    const RoleContext *context;
    Child child;
    int64_t look_ms;       /* when to look for something to do */
    int64_t not_before_ms; /* no child is started earlier, as the last one failed */
    Backoff rest;
};

SmsTimer *sms_timer_new(const RoleContext *context)
{
    SmsTimer *timer = g_new0(SmsTimer, 1);
    timer->context = context;
    timer->rest = (Backoff){ 1000, 60000, 60000, 0 };
    return timer;
}

void sms_timer_free(SmsTimer *timer)
{
    if (timer == NULL)
        return;
    (void) child_end(&timer->child);
    g_free(timer);
}

void sms_timer_wake(SmsTimer *timer)
{
    timer->look_ms = 0;
}

static bool start(SmsTimer *timer, GError **err)
{
    const char *const arguments[] = { SMS_ARGUMENT, timer->context->config->file,
                                      timer->context->owner, NULL };
    const ChildProgram program = {
        .program = "/proc/self/exe",
        .arguments = arguments,
        .environment = environ,
        .keeps_stderr = true,
    };
    return child_start(&program, &timer->child, err);
}

/* What a child has claimed and not marked is nobody's now. */
static bool give_back(SmsTimer *timer, Db *db, GError **err)
{
    int64_t count = 0;
    if (!sms_release_claims(db, timer->context->owner, clock_now(timer->context->clock), &count,
                            err))
        return false;
    if (count > 0)
        log_warning("sending a text message was broken off: it goes out, maybe once more");
    return true;
}

/* It has said in the log why it failed, unless it died. *ret_is_free is whether none is at
 * work. */
static bool look_after(SmsTimer *timer, Db *db, int64_t now_ms, bool *ret_is_free, GError **err)
{
    int status = 0;
    bool has_ended = child_has_ended(&timer->child, &status);
    *ret_is_free = timer->child.pid == 0;
    if (!has_ended)
        return true;
    timer->look_ms = now_ms + LOOK_MIN_MS;
    if (status == 0)
        timer->rest.gap_ms = 0;
    else
        timer->not_before_ms = now_ms + backoff_next(&timer->rest, 0);
    if (WIFSIGNALED(status))
        log_warning("sending text messages died of signal %d", WTERMSIG(status));
    return give_back(timer, db, err);
}

/* When something is to be done, -1 for never; what has expired is brought to its end. */
static bool find_next(const SmsTimer *timer, Db *db, int64_t now, int64_t *ret_at, GError **err)
{
    const Config *config = timer->context->config;
    int64_t per_hour = config->sms_url != NULL ? config->sms_per_hour : 0;
    int64_t count = 0;
    if (!sms_next(db, per_hour, now, ret_at, err))
        return false;
    if (*ret_at < 0 || *ret_at > now)
        return true;
    if (!sms_expire(db, now, &count, err))
        return false;
    if (count > 0)
        log_warning("text messages that could not be sent in time: %" G_GINT64_FORMAT, count);
    return sms_next(db, per_hour, now, ret_at, err);
}

bool sms_timer_run(SmsTimer *timer, Db *db, bool may_start, int64_t now_ms, GError **err)
{
    bool is_free = false;
    int64_t at = -1;
    int64_t now = clock_now(timer->context->clock);
    if (!look_after(timer, db, now_ms, &is_free, err))
        return false;
    if (!is_free || now_ms < timer->look_ms || now_ms < timer->not_before_ms || !may_start)
        return true;
    if (!find_next(timer, db, now, &at, err))
        return false;
    int64_t wait_s = at < 0 ? LOOK_MS / 1000 : at - now;
    timer->look_ms = now_ms + CLAMP(wait_s * 1000, LOOK_MIN_MS, LOOK_MS);
    return at < 0 || at > now || start(timer, err);
}

int64_t sms_timer_due_ms(const SmsTimer *timer)
{
    return timer->child.pid != 0 ? INT64_MAX : MAX(timer->look_ms, timer->not_before_ms);
}

int sms_timer_fd(const SmsTimer *timer)
{
    return timer->child.pid != 0 ? timer->child.fd : -1;
}

void sms_timer_stop(SmsTimer *timer)
{
    if (timer->child.pid != 0)
        (void) shutdown(timer->child.fd, SHUT_WR);
}

void sms_timer_kill(SmsTimer *timer)
{
    if (timer->child.pid != 0)
        (void) kill(timer->child.pid, SIGKILL);
}
