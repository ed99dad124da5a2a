/* What became of a transaction whose connection died while it was being committed: found out by
 * asking the server, never guessed.
 *
 * Each transaction that may write notes its number (xid) when it begins, and to which cluster
 * it belongs: the system identifier and the timeline. Afterwards pg_xact_status() knows the
 * number as committed, aborted or in progress. "Committed" is believed only if
 * - the cluster is the same. After a failover the new primary counts on from where its copy
 *   ended, so the number may be another transaction's; but a promotion begins a new timeline.
 *   The same goes for a restore to an earlier point in time;
 * - the server has not recovered from a crash since. What it had not written to its log yet it
 *   forgets, numbers included, and gives them to others;
 * - another commit then succeeds, which lies behind ours in the log: if the server is told to
 *   wait for a standby, the standby has ours as well. Without this, a server that was stopped
 *   while it waited would call a transaction committed that no standby has.
 * So with an asynchronous standby, or none, a wrong "committed" cannot come out of a failover:
 * it comes out as uncertain. (What was committed and answered before a failover to a standby
 * that is behind is lost all the same: only synchronous replication prevents that.) */
#pragma once

#include "store/postgres_link.h"

/* What is noted of a transaction; to be cleared. */
typedef struct {
    char *xid;
    char *cluster;
    char *era;
    int backend; /* the server's process */
} PostgresMark;

void postgres_mark_clear(PostgresMark *mark);

/* Connects again and asks, for a limited time. True if the transaction was committed. Otherwise
 * ERR_TEMPORARY, which says whether it was rolled back or nobody can tell. */
bool postgres_outcome_find(PostgresLink *link, const PostgresMark *mark, GError **err);
