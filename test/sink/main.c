/* mail-sink: a strict and fast SMTP server on the loopback that stands for the members' mail
 * servers. It logs every copy, keeps messages if asked, and fails where a test wants it to. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "faults.h"
#include "record.h"
#include "session.h"

#define BUFFER_SIZE 262144  /* bytes read at once: some sixty small messages */
#define REPLIES_MAX 1048576 /* bytes unread by the client before it is no longer read */
#define IDLE_MS     2       /* without news for that long, the log is written */

static struct {
    char *listen;
    char *log;
    char *keep;
    int64_t keep_first;
    int64_t size_max;
    char **faults;
    int chunk;
    int delay_ms;
    gboolean no_pipelining;
    gboolean no_8bitmime;
    gboolean no_smtputf8;
} options = {
    .keep_first = INT64_MAX,
    .size_max = 41943040,
};

static const GOptionEntry ENTRIES[] = {
    { "listen", 0, 0, G_OPTION_ARG_STRING, &options.listen,
      "where to listen (default 127.0.0.1:0, any free port; it is printed)", "ADDRESS:PORT" },
    { "log", 0, 0, G_OPTION_ARG_FILENAME, &options.log,
      "append a line per copy: monotonic microseconds, sender, recipient, size, Message-ID",
      "FILE" },
    { "keep", 0, 0, G_OPTION_ARG_FILENAME, &options.keep, "store messages as DIR/NUMBER.eml",
      "DIR" },
    { "keep-first", 0, 0, G_OPTION_ARG_INT64, &options.keep_first, "only so many of them",
      "N" },
    { "size", 0, 0, G_OPTION_ARG_INT64, &options.size_max, "bytes a message may have", "N" },
    { "fault", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options.faults,
      "go wrong: at CONNECT EHLO MAIL RCPT DATA BODY DOT ACCEPT RSET QUIT, for addresses with"
      " SUBSTRING, at matches FIRST to LAST, by a REPLY or close, silent, greylist",
      "MOMENT[/SUBSTRING][#FIRST[-LAST]]=ACTION" },
    { "chunk", 0, 0, G_OPTION_ARG_INT, &options.chunk, "read and write N bytes at a time",
      "N" },
    { "delay", 0, 0, G_OPTION_ARG_INT, &options.delay_ms, "hold every reply back", "MS" },
    { "no-pipelining", 0, 0, G_OPTION_ARG_NONE, &options.no_pipelining, "do not offer it",
      NULL },
    { "no-8bitmime", 0, 0, G_OPTION_ARG_NONE, &options.no_8bitmime, "do not offer it", NULL },
    { "no-smtputf8", 0, 0, G_OPTION_ARG_NONE, &options.no_smtputf8, "do not offer it", NULL },
    G_OPTION_ENTRY_NULL,
};

typedef struct {
    int fd;
    Session session;
    char *buffer; /* what has come and is not done with */
    size_t filled;
    GString *replies; /* not sent yet */
    int64_t due_us;   /* they may go from then on */
    uint32_t events;  /* what epoll waits for */
} Connection;

typedef struct {
    SinkState state;
    int epoll;
    int listener;
    int signals;
    GPtrArray *connections;
} Sink;

static void connection_free(Connection *c)
{
    (void) close(c->fd);
    session_clear(&c->session);
    g_free(c->buffer);
    g_string_free(c->replies, TRUE);
    g_free(c);
}

static void watch(Sink *sink, int fd, void *owner, uint32_t events, int operation)
{
    struct epoll_event event = { .events = events, .data.ptr = owner };

    if (epoll_ctl(sink->epoll, operation, fd, &event) < 0)
        g_error("could not watch a socket: %m");
}

static void accept_client(Sink *sink, int64_t now_us)
{
    int fd = accept4(sink->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    int on = 1;

    if (fd < 0)
        return;                                                      /* it is gone again */
    (void) setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); /* speed only */
    Connection *c = g_new0(Connection, 1);
    c->fd = fd;
    c->buffer = g_malloc(BUFFER_SIZE);
    c->replies = g_string_new(NULL);
    c->events = EPOLLIN | EPOLLOUT;
    c->due_us = now_us + options.delay_ms * 1000;
    session_init(&c->session, &sink->state, c->replies);
    g_ptr_array_add(sink->connections, c);
    watch(sink, fd, c, c->events, EPOLL_CTL_ADD);
}

/* Reads once and lets the session work. Returns whether the client is still there. */
static bool receive(Connection *c, int64_t now_us)
{
    size_t room = BUFFER_SIZE - c->filled;
    size_t size = options.chunk > 0 ? MIN(room, (size_t) options.chunk) : room;
    ssize_t got = recv(c->fd, c->buffer + c->filled, size, 0);
    size_t before = c->replies->len;

    if (got <= 0)
        return got < 0 && (errno == EAGAIN || errno == EINTR);
    c->filled += (size_t) got;
    size_t done = session_feed(&c->session, c->buffer, c->filled, now_us, c->replies);
    c->filled -= done;
    memmove(c->buffer, c->buffer + done, c->filled);
    if (before == 0)
        c->due_us = now_us + options.delay_ms * 1000;
    return true;
}

/* Sends what is due. Returns whether the connection goes on. */
static bool send_replies(Connection *c, int64_t now_us)
{
    while (c->replies->len > 0 && c->due_us <= now_us) {
        size_t size = options.chunk > 0 ? MIN(c->replies->len, (size_t) options.chunk)
                                        : c->replies->len;
        ssize_t sent = send(c->fd, c->replies->str, size, MSG_NOSIGNAL);
        if (sent < 0)
            return errno == EAGAIN || errno == EINTR;
        g_string_erase(c->replies, 0, sent);
    }
    return c->replies->len > 0 || !c->session.is_over;
}

/* The session and the replies decide which events matter next. */
static void rewatch(Sink *sink, Connection *c, int64_t now_us)
{
    uint32_t events = 0;

    if (c->replies->len > 0 && c->due_us <= now_us)
        events |= EPOLLOUT;
    if (c->replies->len < REPLIES_MAX && !c->session.is_over)
        events |= EPOLLIN;
    if (events == c->events)
        return;
    c->events = events;
    watch(sink, c->fd, c, events, EPOLL_CTL_MOD);
}

static void serve_client(Sink *sink, Connection *c, uint32_t events, int64_t now_us)
{
    bool goes_on = true;

    if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0)
        goes_on = receive(c, now_us);
    if (goes_on)
        goes_on = send_replies(c, now_us);
    if (goes_on)
        rewatch(sink, c, now_us);
    else
        g_ptr_array_remove_fast(sink->connections, c);
}

/* Milliseconds until a held back reply is due or the log should be written; -1: until news. */
static int patience(const Sink *sink, int64_t now_us)
{
    int64_t next_us = sink->state.record.pending->len > 0 ? now_us + IDLE_MS * 1000 : INT64_MAX;

    for (unsigned i = 0; options.delay_ms > 0 && i < sink->connections->len; i++) {
        const Connection *c = sink->connections->pdata[i];
        if (c->replies->len > 0)
            next_us = MIN(next_us, MAX(c->due_us, now_us));
    }
    return next_us == INT64_MAX ? -1 : (int) ((next_us - now_us + 999) / 1000);
}

static void send_what_is_due(Sink *sink, int64_t now_us)
{
    for (unsigned i = sink->connections->len; options.delay_ms > 0 && i-- > 0;) {
        Connection *c = sink->connections->pdata[i];
        if (c->replies->len > 0)
            serve_client(sink, c, 0, now_us);
    }
}

/* Serves until SIGTERM or SIGINT. */
static void serve(Sink *sink)
{
    struct epoll_event events[64];

    for (;;) {
        int timeout_ms = patience(sink, g_get_monotonic_time());
        int n = epoll_wait(sink->epoll, events, G_N_ELEMENTS(events), timeout_ms);
        int64_t now_us = g_get_monotonic_time();
        if (n == 0)
            record_flush(&sink->state.record);
        for (int i = 0; i < n; i++) {
            if (events[i].data.ptr == &sink->signals)
                return;
            if (events[i].data.ptr == &sink->listener)
                accept_client(sink, now_us);
            else
                serve_client(sink, events[i].data.ptr, events[i].events, now_us);
        }
        send_what_is_due(sink, now_us);
    }
}

static struct sockaddr_in parse_listen(const char *text)
{
    struct sockaddr_in address = { .sin_family = AF_INET };
    g_auto(GStrv) parts = g_strsplit(text, ":", 2);
    guint64 port = 0;

    if (g_strv_length(parts) != 2 || inet_pton(AF_INET, parts[0], &address.sin_addr) != 1 ||
        !g_ascii_string_to_unsigned(parts[1], 10, 0, 65535, &port, NULL))
        g_error("\"%s\" is not ADDRESS:PORT", text);
    address.sin_port = htons((uint16_t) port);
    return address;
}

static int open_listener(const char *text)
{
    struct sockaddr_in address = parse_listen(text);
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int on = 1;

    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0 ||
        bind(fd, (struct sockaddr *) &address, size) < 0 || listen(fd, SOMAXCONN) < 0 ||
        getsockname(fd, (struct sockaddr *) &address, &size) < 0)
        g_error("could not listen on %s: %m", text);
    printf("listening on 127.0.0.1:%u\n", ntohs(address.sin_port));
    (void) fflush(stdout); /* whoever waits for the port, reads it now */
    return fd;
}

static int open_signals(void)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
        g_error("could not block signals: %m");
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static GPtrArray *parse_faults(char **texts)
{
    GPtrArray *faults = g_ptr_array_new_with_free_func((GDestroyNotify) fault_free);

    for (char **text = texts; text != NULL && *text != NULL; text++) {
        Fault *fault = fault_parse(*text);
        if (fault == NULL)
            g_error("\"%s\" is no fault; see --help", *text);
        g_ptr_array_add(faults, fault);
    }
    return faults;
}

static void sink_init(Sink *sink)
{
    sink->state = (SinkState){
        .faults = parse_faults(options.faults),
        .pipelining = !options.no_pipelining,
        .eightbit = !options.no_8bitmime,
        .smtputf8 = !options.no_smtputf8,
        .size_max = (uint64_t) options.size_max,
    };
    record_init(&sink->state.record, options.log, options.keep, (uint64_t) options.keep_first);
    sink->connections = g_ptr_array_new_with_free_func((GDestroyNotify) connection_free);
    sink->epoll = epoll_create1(EPOLL_CLOEXEC);
    sink->signals = open_signals();
    sink->listener = open_listener(options.listen != NULL ? options.listen : "127.0.0.1:0");
    watch(sink, sink->signals, &sink->signals, EPOLLIN, EPOLL_CTL_ADD);
    watch(sink, sink->listener, &sink->listener, EPOLLIN, EPOLL_CTL_ADD);
}

static void sink_clear(Sink *sink)
{
    g_ptr_array_unref(sink->connections);
    g_ptr_array_unref(sink->state.faults);
    record_clear(&sink->state.record);
    (void) close(sink->listener);
    (void) close(sink->signals);
    (void) close(sink->epoll);
}

static void options_clear(void)
{
    g_free(options.listen);
    g_free(options.log);
    g_free(options.keep);
    g_strfreev(options.faults);
}

int main(int argc, char **argv)
{
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_autoptr(GError) err = NULL;
    Sink sink = { 0 };

    g_option_context_add_main_entries(context, ENTRIES, NULL);
    if (!g_option_context_parse(context, &argc, &argv, &err)) {
        fprintf(stderr, "mail-sink: %s\n", err->message);
        return 64;
    }
    sink_init(&sink);
    serve(&sink);
    sink_clear(&sink);
    options_clear();
    return 0;
}
