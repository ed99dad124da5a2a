#include "daemon/iana_timer.h"

#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "base/limits.h"
#include "base/log.h"
#include "membership/authority_run.h"

static bool start(IanaTimer *timer, const Config *config, GError **err)
{
    const char *const arguments[] = { IANA_ARGUMENT, config->file, NULL };
    const ChildProgram program = {
        .program = "/proc/self/exe",
        .arguments = arguments,
        .environment = environ,
        .keeps_stderr = true,
    };
    return child_start(&program, &timer->child, err);
}

/* It has said in the log why it failed, unless it died. */
static void look_after(IanaTimer *timer)
{
    int status = 0;
    if (!child_has_ended(&timer->child, &status))
        return;
    if (status == 0)
        timer->not_before = 0;
    if (WIFSIGNALED(status))
        log_warning("asking IANA died of signal %d", WTERMSIG(status));
}

bool iana_timer_run(IanaTimer *timer, const Config *config, Db *db, int64_t now,
                    int64_t *ret_next_at, GError **err)
{
    int64_t due_at = -1;
    bool is_whole = false;
    look_after(timer);
    *ret_next_at = -1;
    if (timer->child.pid != 0)
        return true;
    if (!authority_run_due(db, config, now, &due_at, &is_whole, err))
        return false;
    if (due_at < 0)
        return true;
    *ret_next_at = MAX(due_at, timer->not_before);
    if (*ret_next_at > now)
        return true;
    *ret_next_at = -1;
    timer->not_before = now + IANA_RETRY_S;
    return start(timer, config, err);
}

void iana_timer_stop(IanaTimer *timer)
{
    (void) child_end(&timer->child);
}
