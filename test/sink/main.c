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
#define SLOW_US     1000000 /* between two bytes of a slow session */

static struct {
    char *listen;
    char *log;
    char *keep;
    int64_t keep_first;
    int64_t size_max;
    char **faults;
    char *fault_file;
    char *clock;
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
      " SUBSTRING, at matches FIRST to LAST, by a REPLY or close, silent, slow, greylist"
      " [SECONDS]",
      "MOMENT[/SUBSTRING][#FIRST[-LAST]]=ACTION" },
    { "fault-file", 0, 0, G_OPTION_ARG_FILENAME, &options.fault_file,
      "more faults, a line each; SIGHUP reads it again and ends what the old ones did",
      "FILE" },
    { "clock", 0, 0, G_OPTION_ARG_FILENAME, &options.clock,
      "file with the time for greylist, in seconds since 1970 UTC", "FILE" },
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
    bool is_gone;
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
        c->due_us = MAX(c->due_us, now_us + options.delay_ms * 1000);
    return true;
}

static size_t chunk_size(const Connection *c)
{
    if (c->session.is_slow)
        return 1;
    return options.chunk > 0 ? MIN(c->replies->len, (size_t) options.chunk) : c->replies->len;
}

/* Sends what is due. Returns whether the connection goes on. */
static bool send_replies(Connection *c, int64_t now_us)
{
    while (c->replies->len > 0 && c->due_us <= now_us) {
        ssize_t sent = send(c->fd, c->replies->str, chunk_size(c), MSG_NOSIGNAL);
        if (sent < 0)
            return errno == EAGAIN || errno == EINTR;
        g_string_erase(c->replies, 0, sent);
        if (c->session.is_slow)
            c->due_us = now_us + SLOW_US;
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

static void answer_client(Sink *sink, Connection *c, int64_t now_us)
{
    if (!c->is_gone && send_replies(c, now_us))
        rewatch(sink, c, now_us);
    else
        g_ptr_array_remove_fast(sink->connections, c);
}

/* Milliseconds until a held back reply is due; -1: until news. */
static int patience(const Sink *sink, int64_t now_us)
{
    int64_t next_us = INT64_MAX;

    for (unsigned i = 0; i < sink->connections->len; i++) {
        const Connection *c = sink->connections->pdata[i];
        if (c->replies->len > 0)
            next_us = MIN(next_us, MAX(c->due_us, now_us));
    }
    return next_us == INT64_MAX ? -1 : (int) ((next_us - now_us + 999) / 1000);
}

static void send_what_is_due(Sink *sink, int64_t now_us)
{
    for (unsigned i = sink->connections->len; i-- > 0;) {
        Connection *c = sink->connections->pdata[i];
        if (c->replies->len > 0 && c->due_us <= now_us)
            answer_client(sink, c, now_us);
    }
}

static void add_faults(GPtrArray *faults, char **texts)
{
    for (char **text = texts; text != NULL && *text != NULL; text++) {
        Fault *fault = **text != '\0' ? fault_parse(*text) : NULL;
        if (fault != NULL)
            g_ptr_array_add(faults, fault);
        else if (**text != '\0')
            g_error("\"%s\" is no fault; see --help", *text);
    }
}

/* Those of the options and those that the file has now. */
static GPtrArray *parse_faults(void)
{
    GPtrArray *faults = g_ptr_array_new_with_free_func((GDestroyNotify) fault_free);
    g_autoptr(GError) err = NULL;
    g_autofree char *text = NULL;

    add_faults(faults, options.faults);
    if (options.fault_file == NULL)
        return faults;
    if (!g_file_get_contents(options.fault_file, &text, NULL, &err))
        g_error("%s", err->message);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    add_faults(faults, lines);
    return faults;
}

/* The other faults. What the old ones did is over: who was slow is not, and who was silent
 * hangs up, as a server does that is started anew. */
static void change_faults(Sink *sink)
{
    g_ptr_array_unref(sink->state.faults);
    sink->state.faults = parse_faults();
    for (unsigned i = sink->connections->len; i-- > 0;) {
        Connection *c = sink->connections->pdata[i];
        c->session.is_slow = false;
        c->due_us = 0;
        if (c->session.is_silent)
            g_ptr_array_remove_index_fast(sink->connections, i);
    }
    printf("other faults\n");
    (void) fflush(stdout); /* whoever changed them goes on now */
}

/* Returns whether the sink goes on. */
static bool take_signal(Sink *sink)
{
    struct signalfd_siginfo signal;

    if (read(sink->signals, &signal, sizeof signal) != (ssize_t) sizeof signal)
        return true;
    if (signal.ssi_signo == SIGHUP)
        change_faults(sink);
    return signal.ssi_signo == SIGHUP;
}

static void hear(Sink *sink, const struct epoll_event *event, int64_t now_us)
{
    Connection *c = event->data.ptr;

    if (event->data.ptr == &sink->listener)
        accept_client(sink, now_us);
    else if ((event->events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0)
        c->is_gone = !receive(c, now_us);
}

/* Hears all before it answers any, so that one write of the log serves for all their copies.
 * Returns whether the sink goes on. */
static bool serve_once(Sink *sink)
{
    struct epoll_event events[64];
    int timeout_ms = patience(sink, g_get_monotonic_time());
    int n = epoll_wait(sink->epoll, events, G_N_ELEMENTS(events), timeout_ms);
    int64_t now_us = g_get_monotonic_time();
    bool has_signal = false;

    for (int i = 0; i < n; i++) {
        if (events[i].data.ptr == &sink->signals)
            has_signal = true;
        else
            hear(sink, &events[i], now_us);
    }
    record_flush(&sink->state.record);
    for (int i = 0; i < n; i++) {
        if (events[i].data.ptr != &sink->listener && events[i].data.ptr != &sink->signals)
            answer_client(sink, events[i].data.ptr, now_us);
    }
    send_what_is_due(sink, now_us);
    return !has_signal || take_signal(sink);
}

/* Serves until SIGTERM or SIGINT. */
static void serve(Sink *sink)
{
    while (serve_once(sink))
        continue;
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
    printf("listening on %s:%u\n", inet_ntoa(address.sin_addr), ntohs(address.sin_port));
    (void) fflush(stdout); /* whoever waits for the port, reads it now */
    return fd;
}

static int open_signals(void)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
        g_error("could not block signals: %m");
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void sink_init(Sink *sink)
{
    sink->state = (SinkState){
        .faults = parse_faults(),
        .clock = options.clock,
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
    g_free(options.fault_file);
    g_free(options.clock);
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
