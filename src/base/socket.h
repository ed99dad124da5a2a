/* Stream sockets by their name in the configuration: "HOST:PORT" or "unix:PATH". A host is a
 * name, an IPv4 address, an IPv6 address in square brackets, or "*" for all of ours. All
 * sockets are non-blocking and close on exec. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Listens on every address of the name. *ret_fds is an array of int, to be closed by
 * socket_close_all. A UNIX socket that nobody listens on any more is replaced, and anybody may
 * connect who can reach it: its folder says who that is. */
bool socket_listen(const char *name, GArray **ret_fds, GError **err);

/* Closes what socket_listen opened, and removes its file if it is a UNIX socket. */
void socket_close_all(const char *name, GArray *fds);

/* Begins to connect to the first address of the name, from number *next on, that does not fail
 * at once, and sets *next behind it; the socket becomes writable when it is done, and
 * socket_failure says how it went. *ret_fd is -1 if there are no more addresses. Fails if there
 * were some and all failed at once, or if the name is not found. Looks up names, which may take
 * a while. */
bool socket_connect(const char *name, unsigned *next, int *ret_fd, GError **err);

/* The pending error of a socket as a number of errno; 0 if there is none. */
int socket_failure(int fd);
