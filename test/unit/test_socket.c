#include "base/socket.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"

typedef struct {
    char *folder;
    char *name; /* "unix:FOLDER/socket" */
} Fixture;

static void set_up(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    f->folder = g_dir_make_tmp("socket-XXXXXX", &err);
    f->name = g_strdup_printf("unix:%s/socket", f->folder);
    g_assert_no_error(err);
}

static void tear_down(Fixture *f, gconstpointer unused)
{
    (void) g_unlink(f->name + strlen("unix:"));
    (void) g_rmdir(f->folder);
    g_free(f->folder);
    g_free(f->name);
}

/* Connects and waits; the error number of the outcome. */
static int try_to_connect(const char *name, unsigned next)
{
    g_autoptr(GError) err = NULL;
    int fd = -1;
    if (!socket_connect(name, &next, &fd, &err))
        return ECONNREFUSED; /* a UNIX socket says so at once */
    struct pollfd done = { .fd = fd, .events = POLLOUT };
    (void) poll(&done, 1, 5000);
    int failure = socket_failure(fd);
    (void) close(fd);
    return failure;
}

static char *name_of_port(int fd)
{
    struct sockaddr_in address;
    socklen_t size = sizeof address;
    g_assert_cmpint(getsockname(fd, (struct sockaddr *) &address, &size), ==, 0);
    return g_strdup_printf("127.0.0.1:%u", ntohs(address.sin_port));
}

static void test_a_port_is_listened_on_and_reached(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    GArray *fds = NULL;
    g_assert_true(socket_listen("127.0.0.1:0", &fds, &err));
    g_assert_cmpuint(fds->len, ==, 1);
    g_autofree char *name = name_of_port(g_array_index(fds, int, 0));

    g_assert_cmpint(try_to_connect(name, 0), ==, 0);
    socket_close_all(name, fds);
    g_assert_cmpint(try_to_connect(name, 0), ==, ECONNREFUSED);
}

static void test_a_port_in_use_is_an_error(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    GArray *fds = NULL;
    GArray *others = NULL;
    g_assert_true(socket_listen("127.0.0.1:0", &fds, &err));
    g_autofree char *name = name_of_port(g_array_index(fds, int, 0));

    g_assert_false(socket_listen(name, &others, &err));
    g_assert_error(err, ERR_DOMAIN, ERR_TEMPORARY);
    g_assert_null(others);
    socket_close_all(name, fds);
}

static void test_addresses_come_to_an_end(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    unsigned next = 1;
    int fd = 0;
    g_assert_true(socket_connect("127.0.0.1:1", &next, &fd, &err));
    g_assert_cmpint(fd, ==, -1);
    fd = 0;
    g_assert_true(socket_connect(f->name, &next, &fd, &err));
    g_assert_cmpint(fd, ==, -1);
}

static void test_a_unix_socket_is_open_to_who_reaches_it(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    GArray *fds = NULL;
    struct stat st;
    g_assert_true(socket_listen(f->name, &fds, &err));
    g_assert_cmpint(try_to_connect(f->name, 0), ==, 0);
    g_assert_cmpint(g_stat(f->name + strlen("unix:"), &st), ==, 0);
    g_assert_cmpint(st.st_mode & 0777, ==, 0666);

    socket_close_all(f->name, fds);
    g_assert_cmpint(g_stat(f->name + strlen("unix:"), &st), !=, 0);
}

static void test_a_stale_unix_socket_is_replaced_and_a_live_one_not(Fixture *f,
                                                                    gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    GArray *dead = NULL;
    GArray *live = NULL;
    GArray *other = NULL;
    g_assert_true(socket_listen(f->name, &dead, &err));
    socket_close_all("127.0.0.1:1", dead); /* leaves the file */

    g_assert_true(socket_listen(f->name, &live, &err));
    g_assert_false(socket_listen(f->name, &other, &err));
    g_assert_cmpint(try_to_connect(f->name, 0), ==, 0);
    socket_close_all(f->name, live);
}

/* A slip in the configuration must not cost the store. */
static void test_a_file_that_is_no_socket_stays(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    const char *path = f->name + strlen("unix:");
    GArray *fds = NULL;
    struct stat st;
    g_assert_true(g_file_set_contents(path, "precious", -1, &err));

    g_assert_false(socket_listen(f->name, &fds, &err));
    g_assert_error(err, ERR_DOMAIN, ERR_TEMPORARY);
    g_assert_cmpint(g_stat(path, &st), ==, 0);
    g_assert_cmpint(st.st_size, ==, 8);
}

static void test_a_unix_path_has_a_bound(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    g_autofree char *path = g_strnfill(200, 'x');
    g_autofree char *name = g_strconcat("unix:/", path, NULL);
    GArray *fds = NULL;
    g_assert_false(socket_listen(name, &fds, &err));
    g_assert_error(err, ERR_DOMAIN, ERR_INVALID);
}

#define ADD(path, function) g_test_add(path, Fixture, NULL, set_up, function, tear_down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("/socket/a-port-is-listened-on-and-reached", test_a_port_is_listened_on_and_reached);
    ADD("/socket/a-port-in-use-is-an-error", test_a_port_in_use_is_an_error);
    ADD("/socket/addresses-come-to-an-end", test_addresses_come_to_an_end);
    ADD("/socket/a-unix-socket-is-open-to-who-reaches-it",
        test_a_unix_socket_is_open_to_who_reaches_it);
    ADD("/socket/a-stale-unix-socket-is-replaced-and-a-live-one-not",
        test_a_stale_unix_socket_is_replaced_and_a_live_one_not);
    ADD("/socket/a-file-that-is-no-socket-stays", test_a_file_that_is_no_socket_stays);
    ADD("/socket/a-unix-path-has-a-bound", test_a_unix_path_has_a_bound);
    return g_test_run();
}
