#include "queue/node_watch.h"

#include "base/limits.h"

/* A name under which work may be claimed. */
typedef struct {
    char *owner;
    int64_t beat; /* -1: there is no such node */
    int64_t lease_s;
    int64_t dead_at; /* 0 if it is not known to be dead */
} Watched;

/* How long a count has not moved. */
typedef struct {
    int64_t beat;
    int64_t silent_ms;
} Silence;

struct NodeWatch {
    char *self;
    int64_t max_gap_ms;
    GHashTable *silences; /* owner -> Silence */
    int64_t looked_ms;    /* 0: never */
};

static void watched_free(Watched *watched)
{
    g_free(watched->owner);
    g_free(watched);
}

static void taken_free(gpointer data)
{
    NodeTaken *taken = data;
    g_free(taken->owner);
    g_free(taken);
}

static const DbField FIELDS[] = {
    DB_FIELD(Watched, owner),
    DB_FIELD(Watched, beat),
    DB_FIELD(Watched, lease_s),
    DB_FIELD(Watched, dead_at),
};

static const DbRecord WATCHED = {
    .size = sizeof(Watched),
    .free = (GDestroyNotify) watched_free,
    .fields = FIELDS,
    .n_fields = G_N_ELEMENTS(FIELDS),
};

NodeWatch *node_watch_new(const char *self, int64_t max_gap_ms)
{
    NodeWatch *watch = g_new0(NodeWatch, 1);
    watch->self = g_strdup(self);
    watch->max_gap_ms = max_gap_ms;
    watch->silences = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    return watch;
}

void node_watch_free(NodeWatch *watch)
{
    if (watch == NULL)
        return;
    g_free(watch->self);
    g_hash_table_unref(watch->silences);
    g_free(watch);
}

/* Nodes that have not stopped, and names that have claims without one. */
static GPtrArray *watched(Db *db, int64_t lease_s, GError **err)
{
    return db_select(db, &WATCHED,
                     "SELECT owner, beat, lease_s, coalesce(dead_at, 0) AS dead_at"
                     " FROM node WHERE stopped_at IS NULL"
                     " UNION ALL SELECT claimed_by,"
                     " coalesce((SELECT beat FROM node WHERE owner = claimed_by), -1), $1, 0"
                     " FROM (SELECT claimed_by FROM delivery WHERE state = 'claimed'"
                     " UNION SELECT claimed_by FROM inbox WHERE state = 'claimed'"
                     " UNION SELECT claimed_by FROM sms WHERE state = 'claimed') AS claims"
                     " WHERE NOT EXISTS"
                     " (SELECT 1 FROM node WHERE owner = claimed_by AND stopped_at IS NULL)"
                     " LIMIT $2",
                     DB_ARGS(db_int(lease_s), db_int(NODES_MAX)), err);
}

static bool take_over(Db *db, const Watched *node, int64_t now, GPtrArray *taken, GError **err)
{
    NodeClaims claims = { 0 };
    bool is_dead = false;
    if (!node_take_over(db, node->owner, node->beat, now, &claims, &is_dead, err))
        return false;

    bool is_news = is_dead && node->dead_at == 0 && node->beat >= 0;
    if (is_news || claims.mails + claims.copies + claims.texts > 0) {
        NodeTaken *entry = g_new0(NodeTaken, 1);
        *entry = (NodeTaken){ g_strdup(node->owner), claims, is_news };
        g_ptr_array_add(taken, entry);
    }
    return true;
}

/* How long the count of a node has been as it is, this look included. */
static Silence *silence_of(const NodeWatch *watch, const Watched *node, int64_t passed_ms)
{
    Silence *silence = g_new(Silence, 1);
    const Silence *before = g_hash_table_lookup(watch->silences, node->owner);
    bool has_moved = before == NULL || before->beat != node->beat;
    *silence = (Silence){ node->beat, has_moved ? 0 : before->silent_ms + passed_ms };
    return silence;
}

bool node_watch_look(NodeWatch *watch, Db *db, int64_t lease_s, int64_t now, int64_t ticks_ms,
                     GPtrArray **ret_taken, GError **err)
{
    g_autoptr(GPtrArray) taken = g_ptr_array_new_with_free_func(taken_free);
    g_autoptr(GHashTable) next = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_autoptr(GPtrArray) nodes = watched(db, lease_s, err);
    int64_t passed_ms = watch->looked_ms == 0 ? 0 : ticks_ms - watch->looked_ms;
    if (nodes == NULL)
        return false;

    for (guint i = 0; i < nodes->len; i++) {
        const Watched *node = nodes->pdata[i];
        if (g_str_equal(node->owner, watch->self))
            continue;
        Silence *silence = silence_of(watch, node, MIN(passed_ms, watch->max_gap_ms));
        g_hash_table_insert(next, g_strdup(node->owner), silence);
        if (silence->silent_ms < node->lease_s * 1000)
            continue;
        silence->silent_ms = 0;
        if (!take_over(db, node, now, taken, err))
            return false;
    }
    g_hash_table_unref(watch->silences);
    watch->silences = g_steal_pointer(&next);
    watch->looked_ms = ticks_ms;
    *ret_taken = g_steal_pointer(&taken);
    return true;
}
