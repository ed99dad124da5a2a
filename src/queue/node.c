#include "queue/node.h"

#include "base/err.h"
#include "base/limits.h"
#include "queue/inbox.h"
#include "queue/outbox.h"
#include "queue/sms.h"
#include "store/migrate.h"

void node_free(Node *node)
{
    if (node == NULL)
        return;
    g_free(node->owner);
    g_free(node->host);
    g_free(node->role);
    g_free(node->version);
    g_free(node);
}

/* The life of a node */

static bool take_name(Db *db, const NodeSelf *self, int64_t now, GError **err)
{
    return db_run(db,
                  "INSERT INTO node (owner, host, role, instance, pid, version, store_version,"
                  " lease_s, started_at, seen_at, beat, losses)"
                  " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, 1, 0)"
                  " ON CONFLICT (owner) DO UPDATE SET host = $2, role = $3, instance = $4,"
                  " pid = $5, version = $6, store_version = $7, lease_s = $8, started_at = $9,"
                  " seen_at = $9, beat = node.beat + 1, losses = 0, dead_at = NULL,"
                  " stopped_at = NULL",
                  DB_ARGS(db_text(self->owner), db_text(self->host), db_text(self->role),
                          db_text(self->instance), db_int(self->pid), db_text(MUSTER_VERSION),
                          db_int(STORE_VERSION), db_int(self->lease_s), db_int(now)),
                  NULL, err);
}

static bool release(Db *db, const char *owner, int64_t now, NodeClaims *ret_claims,
                    GError **err)
{
    if (!inbox_release_claims(db, owner, &ret_claims->mails, err) ||
        !outbox_release_claims(db, owner, now, &ret_claims->copies, err) ||
        !sms_release_claims(db, owner, now, &ret_claims->texts, err))
        return false;
    if (ret_claims->mails > 0)
        db_notify(db, "inbox");
    if (ret_claims->copies + ret_claims->texts > 0)
        db_notify(db, "outbox");
    return true;
}

bool node_start(Db *db, const NodeSelf *self, int64_t now, NodeClaims *ret_claims, GError **err)
{
    NodeClaims claims = { 0 };
    g_autoptr(DbTransaction) transaction = db_begin(db, err);
    if (transaction == NULL || !migrate_check(db, err) || !take_name(db, self, now, err) ||
        !release(db, self->owner, now, &claims, err) || !db_commit(&transaction, err))
        return false;
    *ret_claims = claims;
    return true;
}

/* *ret_losses is -1 if there is no such row. */
static bool beat(Db *db, const NodeSelf *self, int64_t now, int64_t *ret_losses, GError **err)
{
    g_autoptr(GError) failure = NULL;
    if (db_select_int(db,
                      "UPDATE node SET seen_at = $3, beat = beat + 1, dead_at = NULL"
                      " WHERE owner = $1 AND instance = $2 RETURNING losses",
                      DB_ARGS(db_text(self->owner), db_text(self->instance), db_int(now)),
                      ret_losses, &failure))
        return true;
    if (!err_is(failure, ERR_NOT_FOUND)) {
        g_propagate_error(err, g_steal_pointer(&failure));
        return false;
    }
    *ret_losses = -1;
    return true;
}

/* Rows of nodes that are long gone; only what others have seen to be so, or the node has said,
 * since a clock may have jumped. */
static bool clear_old(Db *db, int64_t now, GError **err)
{
    return db_run(db, "DELETE FROM node WHERE stopped_at < $1 OR dead_at < $1",
                  DB_ARGS(db_int(now - NODE_KEEP_S)), NULL, err);
}

/* The row has another instance, or it is gone: cleared, or the store was restored. Claims that
 * nobody took over meanwhile are given back, as the node forgets them and others will not look
 * at them once it lives again. */
static bool come_back(Db *db, const NodeSelf *self, int64_t now, int64_t losses, GError **err)
{
    int64_t count = 0;
    NodeClaims claims = { 0 };
    if (!db_select_int(db, "SELECT count(*) FROM node WHERE owner = $1",
                       DB_ARGS(db_text(self->owner)), &count, err))
        return false;
    if (count > 0)
        return err_set(err, ERR_UNFIT,
                       "another process has taken the name \"%s\": give each host a name of "
                       "its own, and each muster serve of a host a [run] directory",
                       self->owner);
    return take_name(db, self, now, err) && release(db, self->owner, now, &claims, err) &&
           db_run(db, "UPDATE node SET losses = $2 WHERE owner = $1",
                  DB_ARGS(db_text(self->owner), db_int(losses)), NULL, err);
}

bool node_beat(Db *db, const NodeSelf *self, int64_t now, int64_t *losses, GError **err)
{
    int64_t found = 0;
    int64_t after_return = *losses + 1;
    g_autoptr(DbTransaction) transaction = db_begin_shared(db, err);
    if (transaction == NULL || !migrate_check(db, err) || !beat(db, self, now, &found, err) ||
        (found < 0 && !come_back(db, self, now, after_return, err)) ||
        !clear_old(db, now, err) || !db_commit(&transaction, err))
        return false;
    *losses = found < 0 ? after_return : found;
    return true;
}

/* *ret_still is 0 if it gave a sign of life. */
static bool mark_dead(Db *db, const char *owner, int64_t beat, int64_t now, int64_t *ret_still,
                      GError **err)
{
    if (beat < 0)
        return db_select_int(db, "SELECT 1 - count(*) FROM node WHERE owner = $1",
                             DB_ARGS(db_text(owner)), ret_still, err);
    return db_run(db,
                  "UPDATE node SET dead_at = coalesce(dead_at, $3), losses = losses + 1"
                  " WHERE owner = $1 AND beat = $2",
                  DB_ARGS(db_text(owner), db_int(beat), db_int(now)), ret_still, err);
}

bool node_take_over(Db *db, const char *owner, int64_t beat, int64_t now,
                    NodeClaims *ret_claims, bool *ret_is_dead, GError **err)
{
    int64_t still = 0;
    NodeClaims claims = { 0 };
    g_autoptr(DbTransaction) transaction = db_begin(db, err);
    if (transaction == NULL || !mark_dead(db, owner, beat, now, &still, err) ||
        (still != 0 && !release(db, owner, now, &claims, err)) || !db_commit(&transaction, err))
        return false;
    *ret_claims = claims;
    *ret_is_dead = still != 0;
    return true;
}

bool node_stop(Db *db, const NodeSelf *self, int64_t now, GError **err)
{
    return db_run(db,
                  "UPDATE node SET seen_at = $3, beat = beat + 1, dead_at = NULL,"
                  " stopped_at = $3 WHERE owner = $1 AND instance = $2",
                  DB_ARGS(db_text(self->owner), db_text(self->instance), db_int(now)), NULL,
                  err);
}

/* Showing them */

static const DbField FIELDS[] = {
    DB_FIELD(Node, owner),   DB_FIELD(Node, host),       DB_FIELD(Node, role),
    DB_FIELD(Node, pid),     DB_FIELD(Node, version),    DB_FIELD(Node, store_version),
    DB_FIELD(Node, lease_s), DB_FIELD(Node, started_at), DB_FIELD(Node, seen_at),
    DB_FIELD(Node, dead_at), DB_FIELD(Node, stopped_at),
};

static const DbRecord RECORD = {
    .size = sizeof(Node),
    .free = (GDestroyNotify) node_free,
    .fields = FIELDS,
    .n_fields = G_N_ELEMENTS(FIELDS),
};

GPtrArray *node_list(Db *db, GError **err)
{
    return db_select(db, &RECORD,
                     "SELECT owner, host, role, pid, version, store_version, lease_s,"
                     " started_at, seen_at, coalesce(dead_at, 0) AS dead_at,"
                     " coalesce(stopped_at, 0) AS stopped_at FROM node"
                     " ORDER BY host, role, owner LIMIT $1",
                     DB_ARGS(db_int(NODES_MAX)), err);
}

const char *node_state_name(NodeState state)
{
    static const char *const NAMES[] = {
        [NODE_RUNS] = "running",
        [NODE_STOPPED] = "stopped",
        [NODE_LOST] = "lost",
    };
    g_assert(state < G_N_ELEMENTS(NAMES));
    return NAMES[state];
}

NodeState node_state(const Node *node, int64_t now)
{
    if (node->stopped_at != 0)
        return NODE_STOPPED;
    return node->dead_at != 0 || now - node->seen_at > node->lease_s ? NODE_LOST : NODE_RUNS;
}

const Node *node_next_older(const GPtrArray *nodes, guint *place, int64_t now)
{
    while (*place < nodes->len) {
        const Node *node = nodes->pdata[(*place)++];
        if (node->store_version < STORE_VERSION && node_state(node, now) == NODE_RUNS)
            return node;
    }
    return NULL;
}

bool node_forget(Db *db, const char *host, int64_t now, int64_t *ret_count, GError **err)
{
    return db_run(db,
                  "DELETE FROM node WHERE host = $1 AND (stopped_at IS NOT NULL"
                  " OR dead_at IS NOT NULL OR seen_at + lease_s < $2)",
                  DB_ARGS(db_text(host), db_int(now)), ret_count, err);
}
