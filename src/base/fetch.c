#include "base/fetch.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/child.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/paths.h"
#include "base/text.h"

#define GRACE_S       5   /* beyond its own time, before the program is given up */
#define SAID_LINE_MAX 512 /* bytes of the first line of what it says */

struct Fetch {
    char *accept;
    char *ca_file; /* NULL: the system's */
    int64_t timeout_s;
    Child child;
    bool was_asked;
};

Fetch *fetch_new(const char *accept, const char *ca_file, int64_t timeout_s)
{
    Fetch *fetch = g_new0(Fetch, 1);
    fetch->accept = g_strdup(accept);
    fetch->ca_file = g_strdup(ca_file);
    fetch->timeout_s = timeout_s;
    return fetch;
}

void fetch_free(Fetch *fetch)
{
    if (fetch == NULL)
        return;
    (void) child_end(&fetch->child);
    g_free(fetch->accept);
    g_free(fetch->ca_file);
    g_free(fetch);
}

/* Of our environment, what names a proxy: other things in it, a password of the store's among
 * them, are none of the program's business. */
static char **proxy_environment(void)
{
    g_autoptr(GPtrArray) kept = g_ptr_array_new();
    for (char **entry = environ; *entry != NULL; entry++) {
        g_autofree char *name = g_ascii_strdown(*entry, (gssize) strcspn(*entry, "="));
        if (g_str_has_suffix(name, "_proxy"))
            g_ptr_array_add(kept, g_strdup(*entry));
    }
    g_ptr_array_add(kept, NULL);
    return (char **) g_ptr_array_free(g_steal_pointer(&kept), FALSE);
}

static bool start(Fetch *fetch, GError **err)
{
    g_autofree char *program = paths_program("muster-fetch", err);
    if (program == NULL)
        return false;
    g_autofree char *timeout = g_strdup_printf("%" G_GINT64_FORMAT, fetch->timeout_s);
    g_auto(GStrv) environment = proxy_environment();
    const char *const arguments[] = { fetch->accept, timeout, fetch->ca_file, NULL };
    const ChildProgram child = {
        .program = program,
        .arguments = arguments,
        .environment = environment,
        .is_deaf = true,
    };
    return child_start(&child, &fetch->child, err);
}

/* What it says: "STATUS SIZE\n" and so many bytes; "LIMIT\n"; "! REASON\n"; or "- REASON\n"
 * if the server was not asked. */

static bool send_all(int fd, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t sent = send(fd, bytes, size, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            return false;
        bytes += sent;
        size -= (size_t) sent;
    }
    return true;
}

/* Adds what comes until there are so many bytes, or a line feed with size 0. False when the
 * program ends or the time is over. */
static bool receive(int fd, GString *said, size_t size, int64_t deadline)
{
    while (size > 0 ? said->len < size : strchr(said->str, '\n') == NULL) {
        char buffer[16384];
        int64_t left_us = deadline - g_get_monotonic_time();
        struct pollfd waiting = { .fd = fd, .events = POLLIN };
        if (left_us <= 0 || said->len > FETCH_SIZE_MAX + SAID_LINE_MAX)
            return false;
        if (poll(&waiting, 1, (int) (left_us / 1000) + 1) <= 0)
            continue;
        ssize_t got = recv(fd, buffer, sizeof buffer, MSG_DONTWAIT);
        if (got < 0 && (errno == EAGAIN || errno == EINTR))
            continue;
        if (got <= 0)
            return false;
        g_string_append_len(said, buffer, got);
    }
    return true;
}

static bool fail(const char *line, GError **err)
{
    if (g_str_equal(line, "LIMIT"))
        return err_set(err, ERR_LIMIT, "the answer has more than %d bytes", FETCH_SIZE_MAX);
    bool has_reason = g_str_has_prefix(line, "! ") || g_str_has_prefix(line, "- ");
    const char *reason = has_reason ? line + 2 : "the HTTP client failed";
    g_autofree char *shown = text_printable_max(reason, strlen(reason), SAID_LINE_MAX);
    return err_set(err, ERR_TEMPORARY, "%s", shown);
}

static bool take_answer(Fetch *fetch, int64_t deadline, int64_t *ret_status, GBytes **ret_body,
                        GError **err)
{
    int fd = fetch->child.fd;
    g_autoptr(GString) said = g_string_new(NULL);
    if (!receive(fd, said, 0, deadline))
        return fail("", err);

    size_t line_size = strcspn(said->str, "\n");
    g_autofree char *line = g_strndup(said->str, line_size);
    fetch->was_asked = line[0] != '-';
    g_auto(GStrv) words = g_strsplit(line, " ", 2);
    gint64 status = 0;
    gint64 size = 0;
    if (words[0] == NULL || words[1] == NULL ||
        !g_ascii_string_to_signed(words[0], 10, 100, 999, &status, NULL) ||
        !g_ascii_string_to_signed(words[1], 10, 0, FETCH_SIZE_MAX, &size, NULL))
        return fail(line, err);

    g_string_erase(said, 0, (gssize) line_size + 1);
    if (size > 0 && !receive(fd, said, (size_t) size, deadline))
        return fail("", err);
    *ret_status = status;
    *ret_body = g_bytes_new(said->str, (size_t) size);
    return true;
}

static bool ask(Fetch *fetch, const char *url, int64_t *ret_status, GBytes **ret_body,
                GError **err)
{
    int64_t deadline = g_get_monotonic_time() + (fetch->timeout_s + GRACE_S) * G_USEC_PER_SEC;
    g_autofree char *line = g_strdup_printf("%s\n", url);
    return (send_all(fetch->child.fd, line, strlen(line)) || fail("", err)) &&
           take_answer(fetch, deadline, ret_status, ret_body, err);
}

bool fetch_get(Fetch *fetch, const char *url, int64_t *ret_status, GBytes **ret_body,
               GError **err)
{
    fetch->was_asked = false;
    if (strlen(url) > FETCH_URL_MAX || strpbrk(url, " \r\n") != NULL)
        return err_set(err, ERR_INVALID, "an address with spaces or of more than %d bytes",
                       FETCH_URL_MAX);
    if (fetch->child.pid == 0 && !start(fetch, err))
        return false;
    fetch->was_asked = true;
    if (ask(fetch, url, ret_status, ret_body, err))
        return true;
    (void) child_end(&fetch->child); /* whatever it has yet to say is of no use */
    return false;
}

bool fetch_was_asked(const Fetch *fetch)
{
    return fetch->was_asked;
}
