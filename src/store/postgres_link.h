/* One connection to PostgreSQL: how it is made, lost and made again, and what the server's
 * errors mean to us. It waits for no answer longer than it says here, whatever became of the
 * server.
 *
 * No message of an error holds a value or a password: of what the server says, only what names
 * tables and constraints is passed on. */
#pragma once

#include <glib.h>
#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

#include "store/db.h"

#define POSTGRES_OLDEST 130000 /* server version: pg_current_xact_id came with 13 */

typedef struct {
    char *url;
    PGconn *conn;   /* NULL while there is none */
    bool is_doomed; /* the server has said that it ends the connection */
    unsigned
        generation;   /* counts connections: statements, cursors ... of earlier ones are gone */
    int64_t retry_ms; /* monotonic: no other attempt to connect before */
    char *refusal;    /* what became of the last attempt */
    int64_t answer_ms;     /* how long the server may take over one answer */
    int64_t patience_ms;   /* the same for somebody who cannot wait so long; 0: as long */
    DbMeanwhile meanwhile; /* see db_meanwhile; NULL: nothing else is to be done */
    void *meanwhile_data;
    char *cluster;  /* the server's system identifier and timeline */
    char *era;      /* changes when the server recovers from a crash */
    int64_t schema; /* OID of the schema that holds our tables */
} PostgresLink;

PostgresLink *postgres_link_new(const char *url);
void postgres_link_free(PostgresLink *link);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PostgresLink, postgres_link_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PGresult, PQclear)

/* Waits for each answer as long as the server works on it, a day at most: a host that is gone
 * is noticed by its silence all the same (DEFAULTS). Until the connection is lost. */
void postgres_link_be_patient(PostgresLink *link);

/* How long something that takes so many milliseconds at most may be waited for. */
int64_t postgres_link_patience(const PostgresLink *link, int64_t ms);

/* Connects, whether or not there is a connection, at once. ERR_TEMPORARY if the server cannot
 * be reached or refuses us, ERR_INVALID if it cannot serve as our store. */
bool postgres_link_connect(PostgresLink *link, GError **err);

/* Makes sure that there is a connection that was alive a moment ago. Attempts to make one keep
 * a distance from each other; in between the last refusal is given again. */
bool postgres_link_ensure(PostgresLink *link, GError **err);

/* Gives the connection up. */
void postgres_link_drop(PostgresLink *link);

/* Reads what has arrived by itself. A connection that has ended is given up. */
void postgres_link_read(PostgresLink *link);

/* Runs statements without parameters; gives the result of the last, with values as text. NULL
 * for the first that failed. */
PGresult *postgres_link_exec(PostgresLink *link, const char *sql, GError **err);

/* Waits for all results of what was sent with one of the PQsend functions, with the value that
 * this returned. Gives the last, as above. */
PGresult *postgres_link_answer(PostgresLink *link, int sent, GError **err);

/* The next result of several. *ret_result is NULL when there is none left for now. Results that
 * tell of an error are given like others; false if the connection is lost, which it is then. */
bool postgres_link_next(PostgresLink *link, PGresult **ret_result, GError **err);

/* Sets *err by a result that tells of an error, and returns false. */
bool postgres_link_fail(PostgresLink *link, const PGresult *result, GError **err);
