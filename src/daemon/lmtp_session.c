#include "daemon/lmtp_session.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/err.h"
#include "base/limits.h"
#include "base/log.h"
#include "daemon/role.h"
#include "directory/tld.h"
#include "mail/lmtp.h"
#include "queue/inbox.h"

#define READ_SIZE 65536 /* bytes read at once */
#define UNWRITTEN_MAX                                                                          \
    16384                  /* bytes of replies that the peer leaves unread before we read on   \
                            */
#define LAST_WORDS_MS 2000 /* to write the last reply to a peer that does not read */

struct LmtpSession {
    LmtpShared *shared; /* borrowed */
    int fd;
    Lmtp *engine;
    GString *out;     /* replies not written yet */
    size_t buffered;  /* our part of shared->buffered */
    int64_t heard_ms; /* when the last byte came */
    int64_t begun_ms; /* when the session or its last mail was done with */
    int64_t ended_ms; /* when it was ended; 0: goes on */
    bool in_mail;     /* a recipient was accepted, and no mail answered since */
};

LmtpSession *lmtp_session_new(LmtpShared *shared, int fd, int64_t now_ms)
{
    LmtpOptions options = {
        .hostname = shared->hostname,
        .size_max = shared->config->lmtp_max_size,
    };
    LmtpSession *s = g_new0(LmtpSession, 1);
    s->shared = shared;
    s->fd = fd;
    s->out = g_string_new(NULL);
    s->engine = lmtp_new(&options, s->out);
    s->heard_ms = now_ms;
    s->begun_ms = now_ms;
    return s;
}

void lmtp_session_free(LmtpSession *s)
{
    if (s == NULL)
        return;
    s->shared->buffered -= s->buffered;
    lmtp_free(s->engine);
    g_string_free(s->out, TRUE);
    (void) close(s->fd);
    g_free(s);
}

int lmtp_session_fd(const LmtpSession *s)
{
    return s->fd;
}

bool lmtp_session_is_busy(const LmtpSession *s)
{
    return s->in_mail;
}

void lmtp_session_end(LmtpSession *s, const char *status, const char *why)
{
    if (s->ended_ms != 0)
        return;
    lmtp_end(s->engine, status, why, s->out);
    (void) lmtp_step(s->engine, s->out);
    s->ended_ms = role_ticks_ms();
}

short lmtp_session_events(const LmtpSession *s)
{
    bool may_read = s->ended_ms == 0 && s->out->len <= UNWRITTEN_MAX;
    return (short) ((may_read ? POLLIN : 0) | (s->out->len > 0 ? POLLOUT : 0));
}

int64_t lmtp_session_deadline_ms(const LmtpSession *s)
{
    if (s->ended_ms != 0)
        return s->ended_ms + LAST_WORDS_MS;
    return MIN(s->heard_ms + s->shared->config->lmtp_timeout_s * 1000,
               s->begun_ms + INT64_C(1000) * LMTP_TRANSACTION_S);
}

/* Recipients */

/* Where mail to an address goes. A TLD that does not exist is an address that does not exist.
 */
static bool find_route(const LmtpSession *s, const char *address, Route *ret_route,
                       GError **err)
{
    g_autoptr(GError) unfit = NULL;
    g_autoptr(Tld) tld = NULL;
    g_auto(Route) route = route_of(s->shared->config->list, address);

    if (s->shared->db == NULL)
        return err_set(err, ERR_TEMPORARY, "the store cannot be reached");
    if (route.kind == ROUTE_NONE)
        return err_set(err, ERR_NOT_FOUND, "no such address here");
    if (route.kind == ROUTE_TLD) {
        if (!tld_parse(s->shared->db, route.detail, &tld, &unfit)) {
            ErrKind kind = err_is(unfit, ERR_INVALID) ? ERR_NOT_FOUND : err_kind(unfit);
            return err_set(err, kind, "%s", unfit->message);
        }
        g_free(route.detail);
        route.detail = g_strdup(tld->a_label);
    }
    *ret_route = route;
    route.detail = NULL;
    return true;
}

static void take_recipient(LmtpSession *s)
{
    g_autoptr(GError) refusal = NULL;
    g_auto(Route) route = { ROUTE_NONE, NULL };

    if (find_route(s, lmtp_recipient(s->engine), &route, &refusal))
        s->in_mail = true;
    else if (!err_is(refusal, ERR_NOT_FOUND))
        log_warning("could not look up a recipient: %s", refusal->message);
    lmtp_answer_recipient(s->engine, refusal, s->out);
}

/* Mail */

static bool find_routes(const LmtpSession *s, const GPtrArray *addresses, GArray *ret_routes,
                        GError **err)
{
    for (guint i = 0; i < addresses->len; i++) {
        Route route;
        if (!find_route(s, addresses->pdata[i], &route, err))
            return false;
        g_array_append_val(ret_routes, route);
    }
    return true;
}

static bool store_mail(const LmtpSession *s, const LmtpMessage *message, GError **err)
{
    g_autoptr(GArray) routes = g_array_new(FALSE, FALSE, sizeof(Route));
    g_array_set_clear_func(routes, (GDestroyNotify) route_clear);
    if (!find_routes(s, message->recipients, routes, err))
        return false;

    g_autofree InboxRecipient *recipients = g_new0(InboxRecipient, routes->len);
    for (guint i = 0; i < routes->len; i++) {
        const Route *route = &g_array_index(routes, Route, i);
        recipients[i] = (InboxRecipient){ message->recipients->pdata[i], route->kind,
                                          route->detail };
    }
    InboxMail mail = {
        .envelope_from = message->sender,
        .is_utf8 = message->is_utf8,
        .is_8bit = message->is_8bit,
        .data = message->data,
    };
    return inbox_store(s->shared->db, &mail, recipients, routes->len,
                       clock_now(s->shared->clock), err);
}

static void take_mail(LmtpSession *s, int64_t now_ms)
{
    g_autoptr(GError) refusal = NULL;
    const LmtpMessage *message = lmtp_message(s->engine);

    if (store_mail(s, message, &refusal))
        log_info("took a mail of %zu bytes for %u recipients", g_bytes_get_size(message->data),
                 message->recipients->len);
    else
        log_warning("could not take a mail: %s", refusal->message);
    lmtp_answer_message(s->engine, refusal, s->out);
    s->in_mail = false;
    s->begun_ms = now_ms;
}

/* Keeps all sessions together within their budget: whoever goes over it loses his mail. */
static void count_buffered(LmtpSession *s)
{
    LmtpShared *shared = s->shared;
    size_t others = shared->buffered - s->buffered;

    if (others + lmtp_buffered(s->engine) > LMTP_MEMORY_MAX) {
        log_warning("mail on its way in takes more than %d MB: one was put off",
                    LMTP_MEMORY_MAX >> 20);
        lmtp_drop(s->engine);
    }
    s->buffered = lmtp_buffered(s->engine);
    shared->buffered = others + s->buffered;
}

static void step(LmtpSession *s, int64_t now_ms)
{
    for (;;) {
        switch (lmtp_step(s->engine, s->out)) {
        case LMTP_ASKS_RECIPIENT:
            take_recipient(s);
            break;
        case LMTP_HAS_MESSAGE:
            take_mail(s, now_ms);
            break;
        case LMTP_ENDED:
            s->ended_ms = s->ended_ms != 0 ? s->ended_ms : now_ms;
            return;
        case LMTP_NEEDS_BYTES:
        default:
            return;
        }
    }
}

/* Input and output */

/* False if the peer is gone. */
static bool receive(LmtpSession *s, int64_t now_ms)
{
    char bytes[READ_SIZE];
    ssize_t size = recv(s->fd, bytes, sizeof bytes, 0);

    if (size < 0)
        return errno == EAGAIN || errno == EINTR;
    if (size == 0)
        return false;
    s->heard_ms = now_ms;
    lmtp_feed(s->engine, bytes, (size_t) size);
    step(s, now_ms);
    count_buffered(s);
    return true;
}

static bool transmit(LmtpSession *s)
{
    if (s->out->len == 0)
        return true;
    ssize_t size = send(s->fd, s->out->str, s->out->len, MSG_NOSIGNAL);
    if (size < 0)
        return errno == EAGAIN || errno == EINTR;
    g_string_erase(s->out, 0, size);
    return true;
}

static void look_at_time(LmtpSession *s, int64_t now_ms)
{
    if (s->ended_ms == 0 && now_ms >= lmtp_session_deadline_ms(s))
        lmtp_session_end(s, "4.4.2", "took too long");
}

bool lmtp_session_work(LmtpSession *s, short events, int64_t now_ms)
{
    bool may_read = (lmtp_session_events(s) & POLLIN) != 0;

    if ((events & (POLLIN | POLLHUP | POLLERR)) != 0 && may_read && !receive(s, now_ms))
        return false;
    look_at_time(s, now_ms);
    if (!transmit(s))
        return false;
    if (s->ended_ms == 0)
        return true;
    return s->out->len > 0 && now_ms < s->ended_ms + LAST_WORDS_MS;
}
