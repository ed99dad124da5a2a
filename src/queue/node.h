/* Nodes: the running roles of all hosts that share a store, and what becomes of the work of one
 * that dies.
 *
 * Each role has a row and counts signs of life in it (beat). Whoever watches remembers how long
 * a count has not moved, by a monotonic clock of its own: the clocks of two hosts are never
 * compared, so it does not matter if they differ or jump. A node whose count stands still for
 * its lease is taken for dead, and what it had claimed is given back. The node itself counts
 * its lease from before each sign of life, so it knows that it may have been taken for dead
 * before anybody can think so (daemon/pulse.h). */
#pragma once

#include "store/db.h"

/* Who a role is to the others. Everything is borrowed. */
typedef struct {
    const char *owner; /* the name that its claims bear: "HOST:DIRECTORY/ROLE" */
    const char *host;
    const char *role;
    const char *instance; /* random: tells it from another process of the same name */
    int64_t pid;
    int64_t lease_s; /* seconds */
} NodeSelf;

/* What was given back of what a node had claimed. */
typedef struct {
    int64_t mails;  /* to be read again, the attempt counted */
    int64_t copies; /* due at once, counted as uncertain */
    int64_t texts;  /* text messages: the same */
} NodeClaims;

/* Takes the name, and gives back what a process that had it before held when it died. Fails
 * with ERR_UNFIT if the store is of another version than this program. */
bool node_start(Db *db, const NodeSelf *self, int64_t now, NodeClaims *ret_claims,
                GError **err);

/* Gives a sign of life. *losses is how often the node has been taken for dead since it started,
 * as the call before left it, 0 at first: if it grows, what the node had claimed is no longer
 * its own. Fails with ERR_UNFIT if the process must end: the store was upgraded under it, or
 * another process has taken its name. */
bool node_beat(Db *db, const NodeSelf *self, int64_t now, int64_t *losses, GError **err);

/* Takes a node for dead whose count is beat still, and gives back what it has claimed; beat is
 * -1 of a name that no node has. *ret_is_dead is false if it has given a sign of life since,
 * and then it keeps all. */
bool node_take_over(Db *db, const char *owner, int64_t beat, int64_t now,
                    NodeClaims *ret_claims, bool *ret_is_dead, GError **err);

/* The role ends as it was told to. */
bool node_stop(Db *db, const NodeSelf *self, int64_t now, GError **err);

/* A row to show; strings are owned. */
typedef struct {
    char *owner;
    char *host;
    char *role;
    int64_t pid;
    char *version;         /* of the program */
    int64_t store_version; /* that the program works with */
    int64_t lease_s;
    int64_t started_at;
    int64_t seen_at;    /* by the node's clock */
    int64_t dead_at;    /* 0: was not taken for dead */
    int64_t stopped_at; /* 0: did not stop */
} Node;

void node_free(Node *node);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Node, node_free)

/* All that ran in the last NODE_KEEP_S (Node *), by host and role. */
GPtrArray *node_list(Db *db, GError **err);

typedef enum {
    NODE_RUNS,
    NODE_STOPPED, /* as it was told to */
    NODE_LOST,    /* no sign of life for longer than its lease */
} NodeState;

/* As it is shown: "running", "stopped", "lost". */
const char *node_state_name(NodeState state);

/* For people: this one goes by seen_at, so it is only as good as the clocks of two hosts. */
NodeState node_state(const Node *node, int64_t now);

/* The next one that runs a program for older stores than this one, from place on (to be set to
 * 0 before); NULL if there is none. Borrowed. */
const Node *node_next_older(const GPtrArray *nodes, guint *place, int64_t now);

/* Forgets the nodes of a host that are lost or have stopped, so that nobody misses them. */
bool node_forget(Db *db, const char *host, int64_t now, int64_t *ret_count, GError **err);
