/* A courier's turns: when there is one to take, marking results and claiming copies in it, and
 * what is left when its courier dies. See outbox.h. */
#include "queue/outbox.h"
#include "queue/outbox_mark.h"
#include "queue/outbox_retry.h"

static const DbField CLAIM_FIELDS[] = {
    DB_FIELD(OutboxClaim, id),
    DB_FIELD(OutboxClaim, message_id),
    DB_FIELD(OutboxClaim, attempts),
    DB_FIELD(OutboxClaim, address),
};

static const DbRecord CLAIM = {
    .size = sizeof(OutboxClaim),
    .free = (GDestroyNotify) outbox_claim_free,
    .fields = CLAIM_FIELDS,
    .n_fields = G_N_ELEMENTS(CLAIM_FIELDS),
};

static int compare_ids(gconstpointer a, gconstpointer b)
{
    const OutboxClaim *one = *(const OutboxClaim *const *) a;
    const OutboxClaim *other = *(const OutboxClaim *const *) b;
    return one->id < other->id ? -1 : one->id > other->id;
}

static GPtrArray *claim(Db *db, const char *owner, int64_t limit, int64_t now, GError **err)
{
    GPtrArray *claims = db_claim(
        db, &CLAIM, "UPDATE delivery SET state = 'claimed', claimed_by = $1",
        "SELECT id FROM delivery WHERE state = 'waiting' AND due_at <= $2"
        " AND NOT EXISTS (SELECT 1 FROM node WHERE owner = $1 AND dead_at IS NOT NULL)"
        " ORDER BY due_at, id LIMIT $3",
        "id, message_id, attempts, address",
        DB_ARGS(db_text(owner), db_int(now), db_int(limit)), err);
    if (claims != NULL)
        g_ptr_array_sort(claims, compare_ids);
    return claims;
}

bool outbox_turn(Db *db, const char *owner, const GPtrArray *results, int64_t limit,
                 int64_t now, GPtrArray **ret_claims, GError **err)
{
    g_autoptr(DbTransaction) transaction = db_begin_shared(db, err);
    if (transaction == NULL || !outbox_mark(db, owner, results, now, err))
        return false;

    g_autoptr(GPtrArray) claims = claim(db, owner, limit, now, err);
    if (claims == NULL || !db_commit(&transaction, err))
        return false;
    *ret_claims = g_steal_pointer(&claims);
    return true;
}

GPtrArray *outbox_held(Db *db, const char *owner, GError **err)
{
    return db_select(db, &CLAIM,
                     "SELECT id, message_id, attempts, address FROM delivery"
                     " WHERE state = 'claimed' AND claimed_by = $1 ORDER BY id",
                     DB_ARGS(db_text(owner)), err);
}

bool outbox_next_due(Db *db, int64_t now, int64_t *ret_due_at, GError **err)
{
    g_autofree char *undo_lead = outbox_undo_lead_sql();
    return db_run(db, undo_lead, DB_ARGS(db_int(now)), NULL, err) &&
           db_select_int(db,
                         "SELECT coalesce(min(due_at), -1) FROM delivery"
                         " WHERE state = 'waiting'",
                         DB_NO_ARGS, ret_due_at, err);
}

bool outbox_release_claims(Db *db, const char *owner, int64_t now, int64_t *ret_count,
                           GError **err)
{
    return db_run(db,
                  "UPDATE delivery SET state = 'waiting', attempts = attempts + 1,"
                  " uncertain = uncertain + 1, due_at = $2, claimed_by = NULL"
                  " WHERE state = 'claimed' AND claimed_by = $1",
                  DB_ARGS(db_text(owner), db_int(now)), ret_count, err);
}
