#include "daemon/courier_link.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/address.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/secret.h"
#include "base/socket.h"

#define READ_SIZE  16384 /* bytes read at once: replies are short */
#define VECTORS    64    /* pieces written at once */
#define CONNECT_MS 30000 /* for one address of the relay */
#define IDLE_MS    10000 /* a connection without work is kept for the next post */
#define CLOSE_MS   3000  /* for the answer to QUIT */

struct CourierRelay {
    const Config *config; /* borrowed */
    SmtpOptions smtp;
    char *host;      /* as certificates name it; NULL for a UNIX socket */
    char *password;  /* NULL: no log-in */
    TlsTrust *trust; /* NULL: no TLS */
};

struct CourierLink {
    const CourierRelay *relay; /* borrowed */
    Smtp *smtp;
    Tls *tls; /* NULL until STARTTLS */
    int fd;
    unsigned next_address; /* of the relay, from 0 */
    bool is_connecting;
    bool was_ready;
    bool is_quitting;
    int64_t moved_ms; /* when bytes last went or came */
    int64_t since_ms; /* when it began to connect */
};

/* The relay */

static char *host_of(const char *socket_name)
{
    if (g_str_has_prefix(socket_name, "unix:"))
        return NULL;
    size_t length = (size_t) (strrchr(socket_name, ':') - socket_name);
    if (socket_name[0] == '[')
        return g_strndup(socket_name + 1, length - 2);
    return g_strndup(socket_name, length);
}

CourierRelay *courier_relay_new(const Config *config, GError **err)
{
    g_autoptr(CourierRelay) relay = g_new0(CourierRelay, 1);
    relay->config = config;
    relay->host = host_of(config->smtp_relay);
    if (config->smtp_user != NULL &&
        !secret_read_line(config->smtp_password_file, &relay->password, err))
        return NULL;
    relay->smtp = (SmtpOptions){
        .hostname = address_domain(config->list),
        .needs_tls = config->smtp_tls == SMTP_TLS_REQUIRE,
        .user = config->smtp_user,
        .password = relay->password,
    };
    if (config->smtp_tls == SMTP_TLS_REQUIRE) {
        relay->trust = tls_trust_new(config->smtp_ca_file, err);
        if (relay->trust == NULL)
            return NULL;
    }
    return g_steal_pointer(&relay);
}

void courier_relay_free(CourierRelay *relay)
{
    if (relay == NULL)
        return;
    tls_trust_free(relay->trust);
    g_free(relay->host);
    g_free(relay->password);
    g_free(relay);
}

/* The connection */

static void close_socket(CourierLink *link)
{
    if (link->fd >= 0)
        (void) close(link->fd);
    link->fd = -1;
}

static void lose(CourierLink *link, const char *why)
{
    smtp_lost(link->smtp, why);
    close_socket(link);
}

/* Begins with the next of the relay's addresses; without one the session ends for the reason
 * that the last one gave. */
static void connect_next(CourierLink *link, const char *failure, int64_t now_ms)
{
    g_autoptr(GError) err = NULL;

    close_socket(link);
    link->is_connecting = true;
    link->since_ms = now_ms;
    link->moved_ms = now_ms;
    if (!socket_connect(link->relay->config->smtp_relay, &link->next_address, &link->fd, &err))
        lose(link, err->message);
    else if (link->fd < 0)
        lose(link, failure);
}

CourierLink *courier_link_new(const CourierRelay *relay, int64_t now_ms)
{
    CourierLink *link = g_new0(CourierLink, 1);
    link->relay = relay;
    link->smtp = smtp_new(&relay->smtp);
    link->fd = -1;
    connect_next(link, "it has no address", now_ms);
    return link;
}

void courier_link_free(CourierLink *link)
{
    if (link == NULL)
        return;
    close_socket(link);
    smtp_free(link->smtp);
    tls_free(link->tls);
    g_free(link);
}

Smtp *courier_link_smtp(const CourierLink *link)
{
    return link->smtp;
}

bool courier_link_is_ready(const CourierLink *link)
{
    return smtp_state(link->smtp) == SMTP_READY && !link->is_quitting;
}

bool courier_link_was_ready(const CourierLink *link)
{
    return link->was_ready;
}

static size_t tls_pending(const CourierLink *link)
{
    const char *bytes = NULL;
    return link->tls != NULL ? tls_output(link->tls, &bytes) : 0;
}

bool courier_link_is_over(const CourierLink *link)
{
    return smtp_state(link->smtp) == SMTP_ENDED && (link->fd < 0 || tls_pending(link) == 0);
}

int courier_link_fd(const CourierLink *link)
{
    return link->fd;
}

static bool has_output(const CourierLink *link)
{
    struct iovec vector;
    return tls_pending(link) > 0 || smtp_output(link->smtp, &vector, 1) > 0;
}

short courier_link_events(const CourierLink *link)
{
    if (link->is_connecting)
        return POLLOUT;
    return has_output(link) ? POLLIN | POLLOUT : POLLIN;
}

/* Output */

/* What sending came to: how many bytes, 0 if the relay does not read now or is lost. */
static size_t sent(CourierLink *link, ssize_t size, int64_t now_ms)
{
    if (size < 0 && errno != EAGAIN && errno != EINTR)
        lose(link, g_strerror(errno));
    if (size <= 0)
        return 0;
    link->moved_ms = now_ms;
    return (size_t) size;
}

static void flush_plain(CourierLink *link, int64_t now_ms)
{
    struct iovec vectors[VECTORS];
    struct msghdr message = { .msg_iov = vectors };

    while ((message.msg_iovlen = smtp_output(link->smtp, vectors, VECTORS)) > 0) {
        size_t size = sent(link, sendmsg(link->fd, &message, MSG_NOSIGNAL), now_ms);
        if (size == 0)
            return;
        smtp_wrote(link->smtp, size);
    }
}

/* False if there is still something to write. */
static bool flush_encrypted(CourierLink *link, int64_t now_ms)
{
    const char *bytes = NULL;
    for (size_t size = tls_output(link->tls, &bytes); size > 0;
         size = tls_output(link->tls, &bytes)) {
        size_t gone = sent(link, send(link->fd, bytes, size, MSG_NOSIGNAL), now_ms);
        if (gone == 0)
            return false;
        tls_wrote(link->tls, gone);
    }
    return true;
}

/* No more is encrypted than the relay takes, so that a large mail is not held twice. */
static void flush_tls(CourierLink *link, int64_t now_ms)
{
    struct iovec vector;
    while (flush_encrypted(link, now_ms) && tls_is_open(link->tls) &&
           smtp_output(link->smtp, &vector, 1) > 0) {
        g_autoptr(GError) err = NULL;
        if (!tls_write(link->tls, vector.iov_base, vector.iov_len, &err)) {
            lose(link, err->message);
            return;
        }
        smtp_wrote(link->smtp, vector.iov_len);
    }
}

void courier_link_flush(CourierLink *link, int64_t now_ms)
{
    if (link->fd < 0 || link->is_connecting)
        return;
    if (link->tls != NULL)
        flush_tls(link, now_ms);
    else
        flush_plain(link, now_ms);
}

/* Input */

static void start_tls(CourierLink *link)
{
    g_autoptr(GError) err = NULL;
    if (link->relay->host == NULL) {
        lose(link, "TLS over a UNIX socket has no name to check");
        return;
    }
    link->tls = tls_new(link->relay->trust, link->relay->host, &err);
    if (link->tls == NULL)
        lose(link, err->message);
}

static void feed_tls(CourierLink *link, const char *bytes, size_t size)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(GString) plain = g_string_new(NULL);

    tls_feed(link->tls, bytes, size);
    bool works = tls_read(link->tls, plain, &err);
    if (tls_is_open(link->tls) && smtp_state(link->smtp) == SMTP_WANTS_TLS)
        smtp_tls_started(link->smtp);
    smtp_feed(link->smtp, plain->str, plain->len);
    if (!works)
        smtp_lost(link->smtp, err->message); /* our alert is still to be written */
    else if (tls_is_closed(link->tls))
        smtp_lost(link->smtp, "the relay ended TLS");
    else if (smtp_state(link->smtp) == SMTP_ENDED)
        tls_close(link->tls); /* RFC 8446 6.1: so that no one takes the end for a cut */
}

static void feed(CourierLink *link, const char *bytes, size_t size)
{
    if (link->tls != NULL)
        feed_tls(link, bytes, size);
    else
        smtp_feed(link->smtp, bytes, size);
    if (smtp_state(link->smtp) == SMTP_WANTS_TLS && link->tls == NULL)
        start_tls(link);
}

static void receive(CourierLink *link, int64_t now_ms)
{
    char bytes[READ_SIZE];
    ssize_t size = recv(link->fd, bytes, sizeof bytes, 0);

    if (size < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (size <= 0) {
        lose(link, size == 0 ? "the relay closed it" : g_strerror(errno));
        return;
    }
    link->moved_ms = now_ms;
    feed(link, bytes, (size_t) size);
    link->was_ready = link->was_ready || smtp_state(link->smtp) == SMTP_READY;
}

static void finish_connecting(CourierLink *link, int64_t now_ms)
{
    int failure = socket_failure(link->fd);
    if (failure != 0)
        connect_next(link, g_strerror(failure), now_ms);
    else
        link->is_connecting = false;
}

/* Time */

void courier_link_quit(CourierLink *link, int64_t now_ms)
{
    if (link->is_quitting)
        return;
    link->is_quitting = true;
    link->moved_ms = now_ms;
    smtp_quit(link->smtp);
    courier_link_flush(link, now_ms);
}

void courier_link_lose(CourierLink *link, const char *why)
{
    lose(link, why);
}

int64_t courier_link_deadline_ms(const CourierLink *link)
{
    int64_t patience_s = MIN(smtp_patience_s(link->smtp), link->relay->config->smtp_timeout_s);
    if (courier_link_is_over(link))
        return 0;
    if (link->is_connecting)
        return link->since_ms + CONNECT_MS;
    if (smtp_state(link->smtp) == SMTP_ENDED ||
        (link->is_quitting && smtp_jobs(link->smtp) == 0))
        return link->moved_ms + CLOSE_MS;
    if (smtp_state(link->smtp) == SMTP_WANTS_TLS)
        return link->moved_ms + CONNECT_MS;
    return link->moved_ms + (patience_s > 0 ? patience_s * 1000 : IDLE_MS);
}

static void look_at_time(CourierLink *link, int64_t now_ms)
{
    if (courier_link_is_over(link) || now_ms < courier_link_deadline_ms(link))
        return;
    if (link->is_connecting)
        connect_next(link, "no answer", now_ms);
    else if (courier_link_is_ready(link) && smtp_patience_s(link->smtp) == 0)
        courier_link_quit(link, now_ms);
    else
        lose(link, "the relay was silent for too long");
}

void courier_link_work(CourierLink *link, short events, int64_t now_ms)
{
    if (link->fd >= 0 && link->is_connecting && events != 0)
        finish_connecting(link, now_ms);
    else if (link->fd >= 0 && (events & (POLLIN | POLLHUP | POLLERR)) != 0)
        receive(link, now_ms);
    look_at_time(link, now_ms);
    courier_link_flush(link, now_ms);
}
