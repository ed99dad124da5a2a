#include "base/socket.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/err.h"

static const char UNIX_PREFIX[] = "unix:";

typedef struct addrinfo AddrInfo;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AddrInfo, freeaddrinfo)

static bool is_unix(const char *name)
{
    return g_str_has_prefix(name, UNIX_PREFIX);
}

static bool fail(GError **err, const char *what, const char *name)
{
    return err_set(err, ERR_TEMPORARY, "could not %s %s: %s", what, name, g_strerror(errno));
}

static bool unix_address(const char *name, struct sockaddr_un *ret_address, GError **err)
{
    const char *path = name + strlen(UNIX_PREFIX);
    if (strlen(path) >= sizeof ret_address->sun_path)
        return err_set(err, ERR_INVALID, "the path of %s is longer than a socket's may be",
                       name);
    *ret_address = (struct sockaddr_un){ .sun_family = AF_UNIX };
    memcpy(ret_address->sun_path, path, strlen(path));
    return true;
}

static bool look_up(const char *name, int flags, AddrInfo **ret_found, GError **err)
{
    const char *colon = strrchr(name, ':');
    g_assert(colon != NULL); /* the configuration has been checked */
    g_autofree char *host = g_strndup(name, (size_t) (colon - name));
    size_t length = strlen(host);
    if (host[0] == '[' && host[length - 1] == ']') {
        host[length - 1] = '\0';
        memmove(host, host + 1, length - 1);
    }

    AddrInfo hints = { .ai_flags = flags, .ai_socktype = SOCK_STREAM };
    const char *node = g_str_equal(host, "*") ? NULL : host;
    int failure = getaddrinfo(node, colon + 1, &hints, ret_found);
    return failure == 0 || err_set(err, ERR_TEMPORARY, "could not find the host of %s: %s",
                                   name, gai_strerror(failure));
}

static int open_socket(int family)
{
    return socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

/* Listening */

static bool listen_tcp(const AddrInfo *address, int *ret_fd)
{
    int on = 1;
    int fd = open_socket(address->ai_family);
    if (fd < 0)
        return false;
    (void) setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (address->ai_family == AF_INET6)
        (void) setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    if (bind(fd, address->ai_addr, address->ai_addrlen) != 0 || listen(fd, SOMAXCONN) != 0) {
        int failure = errno;
        (void) close(fd);
        errno = failure;
        return false;
    }
    *ret_fd = fd;
    return true;
}

static bool listen_all(const char *name, GArray *fds, GError **err)
{
    g_autoptr(AddrInfo) found = NULL;
    if (!look_up(name, AI_PASSIVE, &found, err))
        return false;
    for (const AddrInfo *address = found; address != NULL; address = address->ai_next) {
        int fd = -1;
        if (listen_tcp(address, &fd))
            g_array_append_val(fds, fd);
        else if (errno != EAFNOSUPPORT && errno != EADDRNOTAVAIL) /* a host without IPv6 */
            return fail(err, "listen on", name);
    }
    return fds->len > 0 || fail(err, "listen on", name);
}

/* Whether the file is what a server left behind that has died. Other files refuse a connection
 * as well. */
static bool is_stale(const struct sockaddr_un *address)
{
    struct stat st;
    if (lstat(address->sun_path, &st) != 0 || !S_ISSOCK(st.st_mode))
        return false;
    int fd = open_socket(AF_UNIX);
    bool refused = connect(fd, (const struct sockaddr *) address, sizeof *address) != 0 &&
                   errno == ECONNREFUSED;
    (void) close(fd);
    return refused;
}

static bool listen_unix(const char *name, GArray *fds, GError **err)
{
    struct sockaddr_un address;
    if (!unix_address(name, &address, err))
        return false;
    if (is_stale(&address))
        (void) unlink(address.sun_path);

    int fd = open_socket(AF_UNIX);
    if (fd < 0)
        return fail(err, "listen on", name);
    g_array_append_val(fds, fd);
    if (bind(fd, (const struct sockaddr *) &address, sizeof address) != 0 ||
        chmod(address.sun_path, 0666) != 0 || listen(fd, SOMAXCONN) != 0)
        return fail(err, "listen on", name);
    return true;
}

static void close_fds(GArray *fds)
{
    for (guint i = 0; i < fds->len; i++)
        (void) close(g_array_index(fds, int, i));
    g_array_unref(fds);
}

bool socket_listen(const char *name, GArray **ret_fds, GError **err)
{
    GArray *fds = g_array_new(FALSE, FALSE, sizeof(int));
    bool done = is_unix(name) ? listen_unix(name, fds, err) : listen_all(name, fds, err);
    if (!done) {
        close_fds(fds);
        return false;
    }
    *ret_fds = fds;
    return true;
}

void socket_close_all(const char *name, GArray *fds)
{
    if (fds == NULL)
        return;
    if (is_unix(name))
        (void) unlink(name + strlen(UNIX_PREFIX)); /* gone is fine */
    close_fds(fds);
}

/* Connecting */

static bool begin(int fd, const struct sockaddr *address, socklen_t size, const char *name,
                  int *ret_fd, GError **err)
{
    if (fd < 0)
        return fail(err, "connect to", name);
    if (connect(fd, address, size) != 0 && errno != EINPROGRESS) {
        fail(err, "connect to", name);
        (void) close(fd);
        return false;
    }
    *ret_fd = fd;
    return true;
}

static bool connect_unix(const char *name, int *ret_fd, GError **err)
{
    struct sockaddr_un address;
    if (!unix_address(name, &address, err))
        return false;
    return begin(open_socket(AF_UNIX), (const struct sockaddr *) &address, sizeof address, name,
                 ret_fd, err);
}

static bool connect_tcp(const AddrInfo *address, const char *name, int *ret_fd, GError **err)
{
    int on = 1;
    int fd = open_socket(address->ai_family);
    if (fd >= 0)
        (void) setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return begin(fd, address->ai_addr, address->ai_addrlen, name, ret_fd, err);
}

/* The addresses from number *next on. */
static bool connect_any(const AddrInfo *address, const char *name, unsigned *next, int *ret_fd,
                        GError **err)
{
    g_autoptr(GError) failure = NULL;
    for (unsigned i = 0; address != NULL && i < *next; i++)
        address = address->ai_next;
    for (; address != NULL; address = address->ai_next) {
        g_clear_error(&failure);
        (*next)++;
        if (connect_tcp(address, name, ret_fd, &failure))
            return true;
    }
    if (failure != NULL) {
        g_propagate_error(err, g_steal_pointer(&failure));
        return false;
    }
    *ret_fd = -1;
    return true;
}

bool socket_connect(const char *name, unsigned *next, int *ret_fd, GError **err)
{
    if (is_unix(name) && *next == 0) {
        (*next)++;
        return connect_unix(name, ret_fd, err);
    }
    g_autoptr(AddrInfo) found = NULL;
    if (!is_unix(name) && !look_up(name, 0, &found, err))
        return false;
    return connect_any(found, name, next, ret_fd, err);
}

int socket_failure(int fd)
{
    int failure = 0;
    socklen_t size = sizeof failure;
    return getsockopt(fd, SOL_SOCKET, SO_ERROR, &failure, &size) == 0 ? failure : errno;
}
