#include "store/postgres_wake.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/err.h"

/* What a caller polls is an epoll descriptor; it holds the socket of the connection of the day
 * and an event of our own. */
typedef struct {
    char *channel; /* as callers call it */
    int epoll;
    int event;
} Listener;

struct PostgresWake {
    GPtrArray *listeners;
};

static void listener_free(gpointer data)
{
    Listener *listener = data;
    if (listener->epoll >= 0)
        (void) close(listener->epoll);
    if (listener->event >= 0)
        (void) close(listener->event);
    g_free(listener->channel);
    g_free(listener);
}

PostgresWake *postgres_wake_new(void)
{
    PostgresWake *wake = g_new0(PostgresWake, 1);
    wake->listeners = g_ptr_array_new_with_free_func(listener_free);
    return wake;
}

void postgres_wake_free(PostgresWake *wake)
{
    if (wake == NULL)
        return;
    g_ptr_array_unref(wake->listeners);
    g_free(wake);
}

char *postgres_wake_channel(const PostgresLink *link, const char *channel)
{
    return g_strdup_printf("muster_%" G_GINT64_FORMAT "_%s", link->schema, channel);
}

static bool watch(const Listener *listener, int fd)
{
    struct epoll_event event = { .events = EPOLLIN };
    return epoll_ctl(listener->epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

static Listener *listener_new(const char *channel, GError **err)
{
    Listener *listener = g_new0(Listener, 1);
    listener->channel = g_strdup(channel);
    listener->epoll = epoll_create1(EPOLL_CLOEXEC);
    listener->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (listener->epoll >= 0 && listener->event >= 0 && watch(listener, listener->event))
        return listener;

    err_set(err, ERR_TEMPORARY, "could not listen for wake-ups: %s", g_strerror(errno));
    listener_free(listener);
    return NULL;
}

/* The socket of an earlier connection left the set when it was closed. */
static bool attach(const Listener *listener, PostgresLink *link, GError **err)
{
    g_autofree char *channel = postgres_wake_channel(link, listener->channel);
    g_autofree char *sql = g_strdup_printf("LISTEN %s", channel);
    g_autoptr(PGresult) result = postgres_link_exec(link, sql, err);
    if (result == NULL)
        return false;
    return watch(listener, PQsocket(link->conn)) || errno == EEXIST ||
           err_set(err, ERR_TEMPORARY, "could not listen for wake-ups: %s", g_strerror(errno));
}

bool postgres_wake_listen(PostgresWake *wake, PostgresLink *link, const char *channel,
                          int *ret_fd, GError **err)
{
    Listener *listener = listener_new(channel, err);
    if (listener == NULL)
        return false;
    if (!attach(listener, link, err)) {
        listener_free(listener);
        return false;
    }
    g_ptr_array_add(wake->listeners, listener);
    *ret_fd = listener->epoll;
    return true;
}

static void fire(const Listener *listener)
{
    (void) eventfd_write(listener->event, 1); /* full would be readable too */
}

bool postgres_wake_resume(PostgresWake *wake, PostgresLink *link, GError **err)
{
    for (guint i = 0; i < wake->listeners->len; i++) {
        if (!attach(wake->listeners->pdata[i], link, err))
            return false;
        fire(wake->listeners->pdata[i]);
    }
    return true;
}

static void fire_channel(const PostgresWake *wake, const PostgresLink *link, const char *name)
{
    for (guint i = 0; i < wake->listeners->len; i++) {
        const Listener *listener = wake->listeners->pdata[i];
        g_autofree char *channel = postgres_wake_channel(link, listener->channel);
        if (g_str_equal(channel, name))
            fire(listener);
    }
}

void postgres_wake_collect(PostgresWake *wake, PostgresLink *link)
{
    if (link->conn == NULL)
        return;
    for (PGnotify *news = PQnotifies(link->conn); news != NULL; news = PQnotifies(link->conn)) {
        fire_channel(wake, link, news->relname);
        PQfreemem(news);
    }
}

static void calm(const Listener *listener)
{
    eventfd_t count = 0;
    (void) eventfd_read(listener->event, &count); /* nothing there is fine */
}

void postgres_wake_drain(PostgresWake *wake, PostgresLink *link)
{
    postgres_link_read(link);
    postgres_wake_collect(wake, link);
    for (guint i = 0; i < wake->listeners->len; i++)
        calm(wake->listeners->pdata[i]);
}
