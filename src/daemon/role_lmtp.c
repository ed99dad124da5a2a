/* The role lmtp: takes mail from the mail server and stores it. It understands nothing of mail
 * but where it ends; a 250 means that it is on the disk. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/address.h"
#include "base/err.h"
#include "base/log.h"
#include "daemon/lmtp_session.h"
#include "daemon/pulse.h"
#include "daemon/role.h"

#define DRAIN_MS      10000 /* for mails on their way in, when we are to end */
#define PAUSE_MS      1000  /* without accepting, when that fails */
#define STORE_REST_MS 1000  /* before a store is asked again that could not be reached */
#define FDS_BESIDES   64    /* descriptors for other things than connections */

typedef struct {
    const RoleContext *context;
    LmtpShared shared;
    Pulse *pulse;        /* NULL as long as there is no store */
    int64_t store_ms;    /* without a store: when to ask for it again */
    GPtrArray *sessions; /* LmtpSession* */
    GArray *polled;      /* struct pollfd: the stop, the sessions, the listeners */
    int64_t pause_to_ms; /* no connection is accepted before */
    int64_t stop_by_ms;  /* 0: goes on */
} LmtpRole;

/* The store: without it, mail is put off, and this role is there again with it. */

static bool open_store(LmtpRole *role, GError **err)
{
    if (!role_open_store(role->context->config, &role->shared.db, err))
        return false;
    db_limit_wait(role->shared.db, role->context->config->lmtp_store_timeout_s * 1000);
    role->pulse = pulse_new(role->context, role->shared.db, false);
    return pulse_start(role->pulse, err);
}

static void close_store(LmtpRole *role)
{
    g_clear_pointer(&role->pulse, pulse_free);
    g_clear_pointer(&role->shared.db, db_close);
}

/* Fails only with what the role must end for. */
static bool look_after_store(LmtpRole *role, int64_t now_ms, GError **err)
{
    g_autoptr(GError) failure = NULL;
    bool was_lost = false;
    if (role->pulse != NULL)
        return pulse_work(role->pulse, &was_lost, err);
    if (now_ms < role->store_ms || open_store(role, &failure))
        return true;

    close_store(role);
    if (!role_may_pass(failure)) {
        g_propagate_error(err, g_steal_pointer(&failure));
        return false;
    }
    if (role->store_ms == 0)
        log_warning("mail is put off until the store is there: %s", failure->message);
    role->store_ms = role_ticks_ms() + STORE_REST_MS; /* asking may have taken seconds */
    return true;
}

static int64_t store_due_ms(const LmtpRole *role)
{
    return role->pulse != NULL ? pulse_due_ms(role->pulse) : role->store_ms;
}

/* Connections */

/* One too many. What we say fits into any socket's buffer. */
static void turn_away(const LmtpRole *role, int fd)
{
    g_autofree char *reply = g_strdup_printf(
        "421 4.3.2 %s has its hands full, come back later\r\n", role->shared.hostname);
    (void) send(fd, reply, strlen(reply), MSG_NOSIGNAL);
    (void) close(fd);
    log_warning("turned a connection away: %u are open ([lmtp] max-connections)",
                role->sessions->len);
}

/* False if there is none to accept. */
static bool accept_one(LmtpRole *role, int listener, int64_t now_ms)
{
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
        if (errno == EINTR || errno == ECONNABORTED)
            return true;
        if (errno != EAGAIN) {
            log_warning("could not accept a connection: %s", g_strerror(errno));
            role->pause_to_ms = now_ms + PAUSE_MS;
        }
        return false;
    }
    if (role->sessions->len >= (guint) role->context->config->lmtp_max_connections)
        turn_away(role, fd);
    else
        g_ptr_array_add(role->sessions, lmtp_session_new(&role->shared, fd, now_ms));
    return true;
}

static void accept_all(LmtpRole *role, int listener, int64_t now_ms)
{
    while (accept_one(role, listener, now_ms))
        continue;
}

/* Ending: who is in the middle of a mail may finish it, the others are asked to come back. */

static void end_idle(const LmtpRole *role)
{
    for (guint i = 0; i < role->sessions->len; i++) {
        LmtpSession *session = role->sessions->pdata[i];
        if (!lmtp_session_is_busy(session))
            lmtp_session_end(session, "4.3.2", "is being restarted");
    }
}

static void end_busy(const LmtpRole *role)
{
    for (guint i = 0; i < role->sessions->len; i++)
        lmtp_session_end(role->sessions->pdata[i], "4.3.2", "is being restarted");
}

/* The loop */

static void add_fd(LmtpRole *role, int fd, short events)
{
    struct pollfd entry = { .fd = fd, .events = events };
    g_array_append_val(role->polled, entry);
}

static bool accepts(const LmtpRole *role, int64_t now_ms)
{
    return role->stop_by_ms == 0 && now_ms >= role->pause_to_ms;
}

static void gather_fds(LmtpRole *role, int64_t now_ms)
{
    const GArray *listeners = role->context->listeners;

    g_array_set_size(role->polled, 0);
    add_fd(role, role->stop_by_ms == 0 ? role->context->stop : -1, POLLIN);
    for (guint i = 0; i < role->sessions->len; i++) {
        const LmtpSession *session = role->sessions->pdata[i];
        add_fd(role, lmtp_session_fd(session), lmtp_session_events(session));
    }
    for (guint i = 0; accepts(role, now_ms) && i < listeners->len; i++)
        add_fd(role, g_array_index(listeners, int, i), POLLIN);
}

/* Milliseconds to the next time-out. */
static int patience_ms(const LmtpRole *role, int64_t now_ms)
{
    int64_t next_ms = MIN(role->stop_by_ms > now_ms ? role->stop_by_ms : INT64_MAX,
                          store_due_ms(role));
    if (role->pause_to_ms > now_ms)
        next_ms = MIN(next_ms, role->pause_to_ms);
    for (guint i = 0; i < role->sessions->len; i++)
        next_ms = MIN(next_ms, lmtp_session_deadline_ms(role->sessions->pdata[i]));
    return (int) CLAMP(next_ms - now_ms, 0, INT_MAX);
}

static short events_at(const LmtpRole *role, guint place)
{
    return g_array_index(role->polled, struct pollfd, place).revents;
}

/* Backwards, since a session that is over leaves its place to the last one. */
static void work_sessions(LmtpRole *role, guint n_sessions, int64_t now_ms)
{
    for (guint i = n_sessions; i-- > 0;) {
        LmtpSession *session = role->sessions->pdata[i];
        if (lmtp_session_work(session, events_at(role, 1 + i), now_ms))
            continue;
        g_ptr_array_remove_index_fast(role->sessions, i);
    }
}

static void work(LmtpRole *role)
{
    int64_t now_ms = role_ticks_ms();
    guint n_sessions = role->sessions->len;

    if (role->stop_by_ms == 0 && events_at(role, 0) != 0)
        role->stop_by_ms = now_ms + DRAIN_MS;
    work_sessions(role, n_sessions, now_ms);
    for (guint i = 1 + n_sessions; i < role->polled->len; i++) {
        if (events_at(role, i) != 0)
            accept_all(role, g_array_index(role->polled, struct pollfd, i).fd, now_ms);
    }
}

static bool serve(LmtpRole *role, GError **err)
{
    while (role->stop_by_ms == 0 || role->sessions->len > 0) {
        int64_t now_ms = role_ticks_ms();
        if (role->stop_by_ms != 0)
            end_idle(role);
        if (role->stop_by_ms != 0 && now_ms >= role->stop_by_ms)
            end_busy(role);
        if (!look_after_store(role, now_ms, err))
            return false;
        gather_fds(role, now_ms);
        (void) poll((struct pollfd *) (void *) role->polled->data, role->polled->len,
                    patience_ms(role, now_ms));
        work(role);
    }
    if (role->pulse != NULL)
        pulse_stop(role->pulse);
    return true;
}

/* Each connection is a descriptor, and the usual soft limit is 1024. */
static void allow_fds(const Config *config)
{
    struct rlimit limit;
    rlim_t want = (rlim_t) config->lmtp_max_connections + FDS_BESIDES;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= want)
        return;
    limit.rlim_cur = MIN(want, limit.rlim_max);
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur < want)
        log_warning("this host allows fewer files than [lmtp] max-connections needs");
}

bool role_lmtp_run(const RoleContext *context, GError **err)
{
    allow_fds(context->config);
    g_autoptr(GPtrArray)
        sessions = g_ptr_array_new_with_free_func((GDestroyNotify) lmtp_session_free);
    g_autoptr(GArray) polled = g_array_new(FALSE, FALSE, sizeof(struct pollfd));
    LmtpRole role = {
        .context = context,
        .sessions = sessions,
        .polled = polled,
        .shared = {
            .config = context->config,
            .clock = context->clock,
            .hostname = address_domain(context->config->list),
        },
    };
    bool has_ended_well = serve(&role, err);
    close_store(&role);
    return has_ended_well;
}
