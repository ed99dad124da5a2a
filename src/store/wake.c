#include "store/wake.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/err.h"

struct Wake {
    int folder; /* descriptor of the folder */
    int sender;
    GArray *listeners; /* int */
    GPtrArray *names;  /* char *, the sockets' file names, in the same order */
};

/* A socket address holds some 100 bytes only; a path by way of the folder's descriptor is short
 * wherever the store lies. */
static struct sockaddr_un socket_address(int folder, const char *name)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    (void) g_snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/%s", folder,
                      name);
    return address;
}

Wake *wake_new(const char *folder, GError **err)
{
    if (mkdir(folder, 0700) != 0 && errno != EEXIST) {
        err_set(err, ERR_TEMPORARY, "could not make \"%s\": %s", folder, g_strerror(errno));
        return NULL;
    }

    g_autoptr(Wake) wake = g_new0(Wake, 1);
    wake->sender = -1;
    wake->listeners = g_array_new(FALSE, FALSE, sizeof(int));
    wake->names = g_ptr_array_new_with_free_func(g_free);
    wake->folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (wake->folder >= 0)
        wake->sender = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (wake->folder < 0 || wake->sender < 0) {
        err_set(err, ERR_TEMPORARY, "could not open \"%s\": %s", folder, g_strerror(errno));
        return NULL;
    }
    return g_steal_pointer(&wake);
}

static void close_listener(Wake *wake, guint i)
{
    (void) unlinkat(wake->folder, wake->names->pdata[i], 0); /* gone is fine */
    (void) close(g_array_index(wake->listeners, int, i));
}

void wake_free(Wake *wake)
{
    if (wake == NULL)
        return;
    for (guint i = 0; i < wake->listeners->len; i++)
        close_listener(wake, i);
    g_array_unref(wake->listeners);
    g_ptr_array_unref(wake->names);
    if (wake->sender >= 0)
        (void) close(wake->sender);
    if (wake->folder >= 0)
        (void) close(wake->folder);
    g_free(wake);
}

static void wake_one(Wake *wake, const char *name)
{
    struct sockaddr_un address = socket_address(wake->folder, name);
    ssize_t sent = sendto(wake->sender, "", 0, MSG_DONTWAIT | MSG_NOSIGNAL,
                          (const struct sockaddr *) &address, sizeof address);
    if (sent < 0 && errno == ECONNREFUSED)
        (void) unlinkat(wake->folder, name, 0); /* its process has died */
    /* A full queue of datagrams means that the listener will wake anyhow. */
}

void wake_notify(Wake *wake, const char *channel)
{
    int copy = openat(wake->folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *entries = copy >= 0 ? fdopendir(copy) : NULL;
    if (entries == NULL)
        return; /* listeners look by themselves now and then */

    size_t length = strlen(channel);
    for (const struct dirent *entry = readdir(entries); entry != NULL;
         entry = readdir(entries)) {
        if (strncmp(entry->d_name, channel, length) == 0 && entry->d_name[length] == '.')
            wake_one(wake, entry->d_name);
    }
    (void) closedir(entries);
}

bool wake_listen(Wake *wake, const char *channel, int *ret_fd, GError **err)
{
    /* A number of its own: process numbers are only unique within a container. */
    g_autofree char *name = g_strdup_printf("%s.%08x", channel, randombytes_random());
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    struct sockaddr_un address = socket_address(wake->folder, name);

    if (fd < 0 || bind(fd, (const struct sockaddr *) &address, sizeof address) != 0) {
        err_set(err, ERR_TEMPORARY, "could not listen for wake-ups: %s", g_strerror(errno));
        if (fd >= 0)
            (void) close(fd);
        return false;
    }
    g_array_append_val(wake->listeners, fd);
    g_ptr_array_add(wake->names, g_steal_pointer(&name));
    *ret_fd = fd;
    return true;
}

void wake_drain(Wake *wake)
{
    char byte = 0;
    for (guint i = 0; i < wake->listeners->len; i++) {
        int fd = g_array_index(wake->listeners, int, i);
        while (recv(fd, &byte, sizeof byte, MSG_DONTWAIT) >= 0)
            continue;
    }
}
