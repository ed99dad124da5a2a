#include "membership/whois_client.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/err.h"
#include "base/limits.h"
#include "base/socket.h"

/* One question under way. */
typedef struct {
    const char *server;
    int64_t timeout_s;
    int64_t deadline; /* of g_get_monotonic_time() */
    int fd;           /* -1: not connected */
} Call;

static void call_clear(Call *call)
{
    if (call->fd >= 0)
        (void) close(call->fd);
    call->fd = -1;
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Call, call_clear)

static bool fail(const Call *call, const char *what, int failure, GError **err)
{
    return err_set(err, ERR_TEMPORARY, "%s %s: %s", what, call->server, g_strerror(failure));
}

/* Waits until the socket is ready, or a time is over. */
static bool is_ready_by(const Call *call, short events, int64_t deadline)
{
    for (;;) {
        int64_t left_us = deadline - g_get_monotonic_time();
        struct pollfd waiting = { .fd = call->fd, .events = events };
        if (left_us <= 0)
            return false;
        if (poll(&waiting, 1, (int) (left_us / 1000) + 1) > 0)
            return true;
    }
}

/* Connects to the first address that takes us. One that does not answer leaves time for the
 * next: many hosts have an IPv6 that leads nowhere. */
static bool connect_any(Call *call, GError **err)
{
    unsigned next = 0;
    int failure = ECONNREFUSED;
    for (;;) {
        if (!socket_connect(call->server, &next, &call->fd, err))
            return false;
        if (call->fd < 0)
            return fail(call, "could not connect to", failure, err);
        int64_t left_us = call->deadline - g_get_monotonic_time();
        bool is_ready = is_ready_by(call, POLLOUT, call->deadline - left_us / 2);
        failure = is_ready ? socket_failure(call->fd) : ETIMEDOUT;
        if (failure == 0)
            return true;
        call_clear(call);
    }
}

/* A question is shorter than any socket's buffer. */
static bool ask(const Call *call, const char *question, GError **err)
{
    g_autofree char *line = g_strconcat(question, "\r\n", NULL);
    size_t size = strlen(line);
    return send(call->fd, line, size, MSG_NOSIGNAL) == (ssize_t) size ||
           fail(call, "could not ask", errno, err);
}

static bool listen_to_end(const Call *call, GByteArray *answer, GError **err)
{
    for (;;) {
        uint8_t buffer[8192];
        if (!is_ready_by(call, POLLIN, call->deadline))
            return err_set(err, ERR_TEMPORARY, "%s took longer than %" G_GINT64_FORMAT " s",
                           call->server, call->timeout_s);
        ssize_t size = recv(call->fd, buffer, sizeof buffer, 0);
        if (size < 0 && (errno == EAGAIN || errno == EINTR))
            continue;
        if (size < 0)
            return fail(call, "could not hear", errno, err);
        if (size == 0)
            return true;
        if (answer->len + (size_t) size > WHOIS_SIZE_MAX)
            return err_set(err, ERR_LIMIT, "the answer has more than %d bytes", WHOIS_SIZE_MAX);
        g_byte_array_append(answer, buffer, (guint) size);
    }
}

bool whois_ask(const char *server, const char *question, int64_t timeout_s, GBytes **ret_answer,
               GError **err)
{
    g_autoptr(GByteArray) answer = g_byte_array_new();
    g_auto(Call) call = {
        .server = server,
        .timeout_s = timeout_s,
        .deadline = g_get_monotonic_time() + timeout_s * G_USEC_PER_SEC,
        .fd = -1,
    };
    if (!connect_any(&call, err) || !ask(&call, question, err) ||
        !listen_to_end(&call, answer, err))
        return false;
    *ret_answer = g_byte_array_free_to_bytes(g_steal_pointer(&answer));
    return true;
}
