/* Wake-ups by LISTEN and NOTIFY, as descriptors that stay the same while connections come and
 * go. */
#pragma once

#include "store/postgres_link.h"

typedef struct PostgresWake PostgresWake;

PostgresWake *postgres_wake_new(void);
void postgres_wake_free(PostgresWake *wake);

/* The channel's name within the database: communities in other schemas have others. */
char *postgres_wake_channel(const PostgresLink *link, const char *channel);

/* Listens on the connection that there is. *ret_fd belongs to the wake. */
bool postgres_wake_listen(PostgresWake *wake, PostgresLink *link, const char *channel,
                          int *ret_fd, GError **err);

/* Listens to all channels on a new connection; all descriptors fire once, since wake-ups may
 * have been missed. */
bool postgres_wake_resume(PostgresWake *wake, PostgresLink *link, GError **err);

/* Takes what came along with the answers to statements: the socket alone would not tell of it
 * any more. To be called after each statement. */
void postgres_wake_collect(PostgresWake *wake, PostgresLink *link);

/* Reads what has arrived, and makes all descriptors quiet. A connection that was closed is
 * given up. */
void postgres_wake_drain(PostgresWake *wake, PostgresLink *link);
