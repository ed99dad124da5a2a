#include "daemon/notify.h"

#include <glib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define WATCHDOG_WORDS 3 /* in the time after which systemd would act */

int64_t notify_watchdog_ms(void)
{
    const char *text = g_getenv("WATCHDOG_USEC");
    const char *pid = g_getenv("WATCHDOG_PID");
    guint64 period_us = 0;
    guint64 meant = 0;
    if (text == NULL || !g_ascii_string_to_unsigned(text, 10, 1, INT64_MAX, &period_us, NULL))
        return 0;
    if (pid != NULL && (!g_ascii_string_to_unsigned(pid, 10, 1, INT_MAX, &meant, NULL) ||
                        meant != (guint64) getpid()))
        return 0; /* it watches somebody else */
    return MAX((int64_t) (period_us / 1000 / WATCHDOG_WORDS), 1);
}

void notify_state(const char *state)
{
    const char *path = g_getenv("NOTIFY_SOCKET");
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    if (path == NULL || strlen(path) >= sizeof address.sun_path)
        return;
    memcpy(address.sun_path, path, strlen(path));
    if (path[0] == '@')
        address.sun_path[0] = '\0'; /* an abstract name */

    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    socklen_t size = (socklen_t) (offsetof(struct sockaddr_un, sun_path) + strlen(path));
    if (fd < 0)
        return;
    (void) sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *) &address, size);
    (void) close(fd);
}
