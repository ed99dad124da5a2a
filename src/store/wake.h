/* Wake-ups between the processes that share one SQLite file: a folder of datagram sockets
 * beside it, one per listener. PostgreSQL has NOTIFY for this. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct Wake Wake;

/* Uses the folder (made if missing, mode 0700). */
Wake *wake_new(const char *folder, GError **err);
void wake_free(Wake *wake);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Wake, wake_free)

/* Sends one empty datagram to every listener of the channel and clears away the sockets that
 * dead processes left. */
void wake_notify(Wake *wake, const char *channel);

/* Opens a socket for the channel; *ret_fd belongs to the Wake. */
bool wake_listen(Wake *wake, const char *channel, int *ret_fd, GError **err);

/* Empties all sockets of this Wake. */
void wake_drain(Wake *wake);
