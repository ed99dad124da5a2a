#include "daemon/supervisor.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"
#include "base/socket.h"
#include "daemon/backoff.h"
#include "daemon/notify.h"
#include "daemon/slot.h"

#define RESTART_MIN_MS 100   /* after a role ended by itself: at once for people */
#define RESTART_MAX_MS 30000 /* for one that cannot start: twice a minute */
#define STABLE_MS      60000 /* what ran so long has started well */
#define DRAIN_MS       20000 /* roles end in half of that; systemd's patience is longer */
#define SLOT_WAIT_MS   500   /* for the roles of a killed supervisor to be gone */
#define SLOT_STEP_MS   20

/* A role and its process. */
typedef struct {
    const Role *role;
    int slot; /* descriptor */
    char *owner;
    pid_t pid;           /* 0: does not run */
    int64_t changed_ms;  /* when it was started */
    int64_t start_at_ms; /* when to start it, if it does not run */
    int64_t kill_at_ms;  /* when to lose patience; 0: it was not told to end */
    Backoff backoff;
} Child;

struct Supervisor {
    SupervisorOptions options;
    const Config *config; /* that of the options, or reloaded */
    Config *reloaded;     /* NULL until SIGHUP */
    GPtrArray *children;  /* Child* */
    GArray *listeners;    /* int; NULL if no role listens */
    int signals;
    int64_t watchdog_ms; /* between two words to the watchdog; 0: there is none */
    int64_t watch_ms;    /* when the next is due */
    bool is_ending;
    bool had_to_kill;
    bool is_unfit; /* a role ended for what no restart mends */
};

static void child_free(gpointer data)
{
    Child *child = data;
    slot_release(child->slot);
    g_free(child->owner);
    g_free(child);
}

/* A killed supervisor's roles die with it, but not in the same instant. */
static bool take_slot(const Supervisor *s, Child *child, GError **err)
{
    g_autoptr(GError) taken = NULL;
    for (int waited_ms = 0;; waited_ms += SLOT_STEP_MS) {
        g_clear_error(&taken);
        if (slot_take(s->config->run_directory, child->role->name, &child->slot, &taken))
            return true;
        if (!err_is(taken, ERR_EXISTS) || waited_ms >= SLOT_WAIT_MS)
            break;
        g_usleep(SLOT_STEP_MS * 1000);
    }
    g_propagate_error(err, g_steal_pointer(&taken));
    return false;
}

static bool add_child(Supervisor *s, const Role *role, GError **err)
{
    Child *child = g_new0(Child, 1);
    child->role = role;
    child->slot = -1;
    child->owner = slot_owner(s->config->run_directory, role->name);
    child->backoff = (Backoff){ RESTART_MIN_MS, RESTART_MAX_MS, STABLE_MS, 0 };
    g_ptr_array_add(s->children, child);
    return take_slot(s, child, err);
}

static bool listens(const Supervisor *s)
{
    for (guint i = 0; i < s->children->len; i++) {
        if (((const Child *) s->children->pdata[i])->role->listens)
            return true;
    }
    return false;
}

static bool open_signals(Supervisor *s, GError **err)
{
    sigset_t set;
    (void) sigemptyset(&set);
    (void) sigaddset(&set, SIGCHLD);
    (void) sigaddset(&set, SIGTERM);
    (void) sigaddset(&set, SIGINT);
    (void) sigaddset(&set, SIGHUP);
    (void) sigprocmask(SIG_BLOCK, &set, NULL);
    s->signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    return s->signals >= 0 ||
           err_set(err, ERR_TEMPORARY, "could not wait for signals: %s", g_strerror(errno));
}

Supervisor *supervisor_new(const SupervisorOptions *options, const GArray *roles, GError **err)
{
    g_autoptr(Supervisor) s = g_new0(Supervisor, 1);
    s->options = *options;
    s->config = options->config;
    s->children = g_ptr_array_new_with_free_func(child_free);
    s->signals = -1;
    s->watchdog_ms = notify_watchdog_ms();

    for (guint i = 0; i < roles->len; i++) {
        if (!add_child(s, g_array_index(roles, const Role *, i), err))
            return NULL;
    }
    if (listens(s) && !socket_listen(s->config->lmtp_listen, &s->listeners, err))
        return NULL;
    return open_signals(s, err) ? g_steal_pointer(&s) : NULL;
}

void supervisor_free(Supervisor *s)
{
    if (s == NULL)
        return;
    if (s->listeners != NULL)
        socket_close_all(s->config->lmtp_listen, s->listeners);
    if (s->signals >= 0)
        (void) close(s->signals);
    g_ptr_array_unref(s->children);
    config_free(s->reloaded);
    g_free(s);
}

/* Starting and ending */

/* What a child has no use for: our signals, others' slots, sockets it does not listen on. */
static GArray *foreign_fds(const Supervisor *s, const Child *child)
{
    GArray *fds = g_array_new(FALSE, FALSE, sizeof(int));
    g_array_append_val(fds, s->signals);
    for (guint i = 0; i < s->children->len; i++) {
        const Child *other = s->children->pdata[i];
        if (other != child)
            g_array_append_val(fds, other->slot);
    }
    if (s->listeners != NULL && !child->role->listens)
        g_array_append_vals(fds, s->listeners->data, s->listeners->len);
    return fds;
}

static void start_child(const Supervisor *s, Child *child, int64_t now_ms)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(GArray) fds = foreign_fds(s, child);
    RoleContext context = {
        .config = s->config,
        .clock = s->options.clock,
        .share = s->options.share,
        .listeners = child->role->listens ? s->listeners : NULL,
        .owner = child->owner,
    };

    child->changed_ms = now_ms;
    child->kill_at_ms = 0;
    if (!role_start(child->role, &context, fds, &child->pid, &err)) {
        child->start_at_ms = now_ms + backoff_next(&child->backoff, 0);
        log_error("%s", err->message);
    }
}

static void start_due(const Supervisor *s, int64_t now_ms)
{
    for (guint i = 0; i < s->children->len && !s->is_ending; i++) {
        Child *child = s->children->pdata[i];
        if (child->pid == 0 && child->start_at_ms <= now_ms)
            start_child(s, child, now_ms);
    }
}

static void end_child(Child *child, int64_t now_ms)
{
    if (child->pid == 0 || child->kill_at_ms != 0)
        return;
    child->kill_at_ms = now_ms + DRAIN_MS;
    (void) kill(child->pid, SIGTERM); /* one that just ended is ours to reap still */
}

static void end_all(const Supervisor *s, int64_t now_ms)
{
    for (guint i = 0; i < s->children->len; i++)
        end_child(s->children->pdata[i], now_ms);
}

static void kill_overdue(Supervisor *s, int64_t now_ms)
{
    for (guint i = 0; i < s->children->len; i++) {
        Child *child = s->children->pdata[i];
        if (child->pid == 0 || child->kill_at_ms == 0 || child->kill_at_ms > now_ms)
            continue;
        log_error("the role %s did not end in %d s and is killed", child->role->name,
                  DRAIN_MS / 1000);
        s->had_to_kill = s->is_ending;
        child->kill_at_ms = now_ms + DRAIN_MS;
        (void) kill(child->pid, SIGKILL);
    }
}

static char *describe_end(int status)
{
    if (WIFSIGNALED(status))
        return g_strdup_printf("signal %d", WTERMSIG(status));
    return g_strdup_printf("status %d", WEXITSTATUS(status));
}

/* What does not fit together stays so until people act: all ends, and is not started again. */
static void end_unfit(Supervisor *s, const Child *child, int64_t now_ms)
{
    s->is_unfit = true;
    if (s->is_ending)
        return;
    s->is_ending = true;
    log_error("the role %s cannot go on, so all end", child->role->name);
    notify_state("STOPPING=1");
    end_all(s, now_ms);
}

static void child_ended(Supervisor *s, Child *child, int status, int64_t now_ms)
{
    bool was_told = child->kill_at_ms != 0;
    g_autofree char *end = describe_end(status);

    child->pid = 0;
    child->start_at_ms = now_ms;
    if (WIFEXITED(status) && WEXITSTATUS(status) == EX_CONFIG) {
        end_unfit(s, child, now_ms);
        return;
    }
    if (was_told) {
        log_debug("the role %s has ended (%s)", child->role->name, end);
        return;
    }
    int64_t gap_ms = backoff_next(&child->backoff, now_ms - child->changed_ms);
    child->start_at_ms += gap_ms;
    if (!s->is_ending)
        log_warning("the role %s ended by itself (%s); it starts again in %" G_GINT64_FORMAT
                    " ms",
                    child->role->name, end, gap_ms);
}

static void reap(Supervisor *s, int64_t now_ms)
{
    int status = 0;
    for (pid_t pid = waitpid(-1, &status, WNOHANG); pid > 0;
         pid = waitpid(-1, &status, WNOHANG)) {
        for (guint i = 0; i < s->children->len; i++) {
            Child *child = s->children->pdata[i];
            if (child->pid == pid)
                child_ended(s, child, status, now_ms);
        }
    }
}

/* SIGHUP */

static void log_lines(const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line != NULL; line++)
        log_error("%s", *line);
}

/* Where to listen may have changed; new sockets are open before the old ones close. */
static bool move_listeners(Supervisor *s, const Config *config, GError **err)
{
    GArray *listeners = NULL;
    if (s->listeners == NULL || g_str_equal(config->lmtp_listen, s->config->lmtp_listen))
        return true;
    if (!socket_listen(config->lmtp_listen, &listeners, err))
        return false;
    socket_close_all(s->config->lmtp_listen, s->listeners);
    s->listeners = listeners;
    return true;
}

static bool adopt_config(Supervisor *s, GError **err)
{
    g_autoptr(Config) config = NULL;
    if (!config_load(s->options.config_file, &config, err))
        return false;
    if (!g_str_equal(config->run_directory, s->config->run_directory))
        return err_set(err, ERR_INVALID, "[run] directory can only be changed by a restart");
    if (!role_check_store(config, err) || !move_listeners(s, config, err))
        return false;

    config_free(s->reloaded);
    s->reloaded = g_steal_pointer(&config);
    s->config = s->reloaded;
    role_open_log("muster", s->config);
    return true;
}

/* Roles end what they are at and start anew; clients wait in the listening socket meanwhile.
 * One that could not start may well be able to now. */
static void restart_all(const Supervisor *s, int64_t now_ms)
{
    end_all(s, now_ms);
    for (guint i = 0; i < s->children->len; i++) {
        Child *child = s->children->pdata[i];
        child->backoff.gap_ms = 0;
        child->start_at_ms = now_ms;
    }
}

static void reload(Supervisor *s, int64_t now_ms)
{
    g_autoptr(GError) err = NULL;
    g_autofree char *reloading = g_strdup_printf(
        "RELOADING=1\nMONOTONIC_USEC=%" G_GINT64_FORMAT, g_get_monotonic_time());
    notify_state(reloading);
    if (adopt_config(s, &err)) {
        log_info("the configuration was read again");
        restart_all(s, now_ms);
    } else {
        log_lines(err->message);
        log_error("the configuration stays what it was");
    }
    notify_state("READY=1");
}

/* The loop */

static void take_signal(Supervisor *s, int number, int64_t now_ms)
{
    if (number == SIGCHLD) {
        reap(s, now_ms);
    } else if (number == SIGHUP) {
        if (!s->is_ending)
            reload(s, now_ms);
    } else if (!s->is_ending) {
        s->is_ending = true;
        log_info("ending");
        notify_state("STOPPING=1");
        end_all(s, now_ms);
    }
}

static void take_signals(Supervisor *s)
{
    struct signalfd_siginfo signal;
    while (read(s->signals, &signal, sizeof signal) == (ssize_t) sizeof signal)
        take_signal(s, (int) signal.ssi_signo, role_ticks_ms());
}

/* Milliseconds to the next thing to do; -1 if there is none. */
static int patience_ms(const Supervisor *s, int64_t now_ms)
{
    int64_t next_ms = s->watchdog_ms > 0 ? s->watch_ms : INT64_MAX;
    for (guint i = 0; i < s->children->len; i++) {
        const Child *child = s->children->pdata[i];
        if (child->pid == 0 && !s->is_ending)
            next_ms = MIN(next_ms, child->start_at_ms);
        else if (child->pid != 0 && child->kill_at_ms != 0)
            next_ms = MIN(next_ms, child->kill_at_ms);
    }
    return next_ms == INT64_MAX ? -1 : (int) MAX(next_ms - now_ms, 0);
}

static bool is_over(const Supervisor *s)
{
    for (guint i = 0; i < s->children->len; i++) {
        if (((const Child *) s->children->pdata[i])->pid != 0)
            return false;
    }
    return s->is_ending;
}

static void tell_watchdog(Supervisor *s, int64_t now_ms)
{
    if (s->watchdog_ms == 0 || now_ms < s->watch_ms)
        return;
    notify_state("WATCHDOG=1");
    s->watch_ms = now_ms + s->watchdog_ms;
}

bool supervisor_run(Supervisor *s, GError **err)
{
    start_due(s, role_ticks_ms());
    notify_state("READY=1");
    while (!is_over(s)) {
        tell_watchdog(s, role_ticks_ms());
        struct pollfd signals = { .fd = s->signals, .events = POLLIN };
        (void) poll(&signals, 1, patience_ms(s, role_ticks_ms()));
        take_signals(s);
        kill_overdue(s, role_ticks_ms());
        start_due(s, role_ticks_ms());
    }
    if (s->is_unfit)
        return err_set(err, ERR_UNFIT, "a role could not go on: its last line says why");
    return !s->had_to_kill || err_set(err, ERR_TEMPORARY, "a role had to be killed to end it");
}
