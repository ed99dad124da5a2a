#include "store/postgres_outcome.h"

#include <poll.h>
#include <string.h>

#include "base/err.h"

#define FIND_MS 15000 /* for a server that is away; a role that is to end has 20 s */
#define REST_MS 200   /* between questions */

typedef enum { OUTCOME_UNKNOWN, OUTCOME_OPEN, OUTCOME_COMMITTED, OUTCOME_ABORTED } Outcome;

void postgres_mark_clear(PostgresMark *mark)
{
    g_clear_pointer(&mark->xid, g_free);
    g_clear_pointer(&mark->cluster, g_free);
    g_clear_pointer(&mark->era, g_free);
}

static bool uncertain(const char *why, GError **err)
{
    return err_set(err, ERR_TEMPORARY, "it is uncertain whether the store took the change: %s",
                   why);
}

static Outcome outcome_named(const char *status)
{
    if (g_str_equal(status, "committed"))
        return OUTCOME_COMMITTED;
    if (g_str_equal(status, "aborted"))
        return OUTCOME_ABORTED;
    return g_str_equal(status, "in progress") ? OUTCOME_OPEN : OUTCOME_UNKNOWN;
}

static bool ask(PostgresLink *link, const PostgresMark *mark, Outcome *ret_outcome,
                GError **err)
{
    /* A number above those that have ended is an error to pg_xact_status, if it was forgotten.
     */
    g_autofree char *sql = g_strdup_printf(
        "SELECT CASE WHEN '%s'::xid8 >= pg_snapshot_xmax(pg_current_snapshot())"
        " THEN 'in progress' ELSE coalesce(pg_xact_status('%s'), '') END",
        mark->xid, mark->xid);
    g_autoptr(PGresult) result = postgres_link_exec(link, sql, err);
    if (result == NULL)
        return false;
    *ret_outcome = outcome_named(PQgetvalue(result, 0, 0));
    return true;
}

/* The server has not noticed yet that we are gone: its process waits for our COMMIT, which will
 * never come. One that waits for a standby is left to it. */
static bool end_backend(PostgresLink *link, const PostgresMark *mark, GError **err)
{
    g_autofree char *sql = g_strdup_printf(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE pid = %d"
        " AND backend_xid = xid('%s'::xid8) AND state LIKE 'idle%%'",
        mark->backend, mark->xid);
    g_autoptr(PGresult) result = postgres_link_exec(link, sql, err);
    return result != NULL;
}

/* A commit of no content that waits for all that a commit waits for. */
static bool commit_after(PostgresLink *link, GError **err)
{
    g_autoptr(PGresult) result = postgres_link_exec(
        link, "SELECT pg_logical_emit_message(true, 'muster', '')", err);
    return result != NULL;
}

/* After a crash nothing is in progress any more, and a number that was committed may be that of
 * another transaction. */
static Outcome after_crash(Outcome outcome)
{
    if (outcome == OUTCOME_OPEN)
        return OUTCOME_ABORTED;
    return outcome == OUTCOME_COMMITTED ? OUTCOME_UNKNOWN : outcome;
}

/* False while there is no answer. */
static bool settle(PostgresLink *link, const PostgresMark *mark, Outcome *ret_outcome,
                   GError **err)
{
    Outcome outcome = OUTCOME_UNKNOWN;
    if (link->conn == NULL && !postgres_link_connect(link, err))
        return false;
    if (!g_str_equal(link->cluster, mark->cluster)) {
        *ret_outcome = OUTCOME_UNKNOWN;
        return true;
    }
    if (!ask(link, mark, &outcome, err))
        return false;
    if (!g_str_equal(link->era, mark->era))
        outcome = after_crash(outcome);
    if (outcome == OUTCOME_COMMITTED && !commit_after(link, err))
        return false;
    if (outcome == OUTCOME_OPEN)
        return end_backend(link, mark, err) &&
               err_set(err, ERR_TEMPORARY, "it is still in progress");
    *ret_outcome = outcome;
    return true;
}

bool postgres_outcome_find(PostgresLink *link, const PostgresMark *mark, GError **err)
{
    int64_t deadline_us = g_get_monotonic_time() +
                          postgres_link_patience(link, FIND_MS) * INT64_C(1000);
    Outcome outcome = OUTCOME_UNKNOWN;
    g_autoptr(GError) failure = NULL;

    while (!settle(link, mark, &outcome, &failure)) {
        if (g_get_monotonic_time() >= deadline_us)
            return uncertain(failure->message, err);
        g_clear_error(&failure);
        (void) poll(NULL, 0, REST_MS);
    }
    switch (outcome) {
    case OUTCOME_COMMITTED:
        return true;
    case OUTCOME_ABORTED:
        return err_set(err, ERR_TEMPORARY,
                       "the connection to the store was lost, and the change with it");
    case OUTCOME_UNKNOWN:
    case OUTCOME_OPEN:
    default:
        return uncertain("the server has crashed, or another has taken over", err);
    }
}
