/* Watching the other nodes, see queue/node.h. */
#pragma once

#include "queue/node.h"

typedef struct NodeWatch NodeWatch;

/* self is the name that is not watched. A pause between two looks counts as max_gap_ms at most:
 * whoever slept has no right to say that others did not move meanwhile. */
NodeWatch *node_watch_new(const char *self, int64_t max_gap_ms);
void node_watch_free(NodeWatch *watch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(NodeWatch, node_watch_free)

/* A node that was taken for dead. */
typedef struct {
    char *owner;
    NodeClaims claims;
    bool is_news; /* it was not known to be dead before */
} NodeTaken;

/* Looks once, at ticks_ms of a monotonic clock, and takes those for dead that have been silent
 * for their lease: *ret_taken are the NodeTaken. A node that gives a sign of life in this very
 * moment keeps what it has. Claims under a name that no node runs under are treated alike, with
 * a lease of lease_s. */
bool node_watch_look(NodeWatch *watch, Db *db, int64_t lease_s, int64_t now, int64_t ticks_ms,
                     GPtrArray **ret_taken, GError **err);
