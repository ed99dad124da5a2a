#include "alert/lookup.h"

#include "base/limits.h"
#include "base/token.h"

/* A row that was released or confirmed waits for the worker once more, with its Message-ID
 * known: it counts as held until it is out. */
bool lookup_seen(Db *db, const LookupPost *post, PolicySeen *ret_seen, GError **err)
{
    g_autofree char *state = NULL;
    if (post->header_id != NULL && post->sender != NULL &&
        !db_select_text(db,
                        "SELECT CASE WHEN state = 'accepted' THEN 'accepted' ELSE 'held' END"
                        " FROM inbox WHERE header_id = $1 AND sender = $2 AND route = $3"
                        " AND coalesce(detail, '') = coalesce($4, '') AND id != $5"
                        " AND state IN ('accepted', 'held', 'waiting', 'claimed')"
                        " ORDER BY 1 LIMIT 1",
                        DB_ARGS(db_text(post->header_id), db_text(post->sender),
                                db_text(route_name(post->route)), db_text(post->detail),
                                db_int(post->but_id)),
                        &state, err))
        return false;
    if (state == NULL)
        *ret_seen = POLICY_SEEN_NEVER;
    else
        *ret_seen = g_str_equal(state, "accepted") ? POLICY_SEEN_ACCEPTED : POLICY_SEEN_HELD;
    return true;
}

typedef struct {
    int64_t id;
    int64_t inbox_id;
    int64_t expires_at;
    bool is_used;
    bool is_open; /* the post waits for it */
} Confirmation;

static const DbField CONFIRMATION_FIELDS[] = {
    DB_FIELD(Confirmation, id),         DB_FIELD(Confirmation, inbox_id),
    DB_FIELD(Confirmation, expires_at), DB_FIELD(Confirmation, is_used),
    DB_FIELD(Confirmation, is_open),
};

static const DbRecord CONFIRMATION = {
    .size = sizeof(Confirmation),
    .free = g_free,
    .fields = CONFIRMATION_FIELDS,
    .n_fields = G_N_ELEMENTS(CONFIRMATION_FIELDS),
};

static PolicyToken judge(const Confirmation *confirmation, int64_t now)
{
    if (confirmation->is_used)
        return POLICY_TOKEN_USED;
    if (confirmation->expires_at <= now)
        return POLICY_TOKEN_EXPIRED;
    return confirmation->is_open ? POLICY_TOKEN_VALID : POLICY_TOKEN_SETTLED;
}

bool lookup_token(Db *db, const char *text, int64_t now, LookupToken *ret_token, GError **err)
{
    *ret_token = (LookupToken){ .token = POLICY_TOKEN_UNKNOWN };
    if (text == NULL || !token_is_wellformed(text))
        return true;
    g_autofree char *hash = token_hash(text);
    g_autoptr(GPtrArray) rows = db_select(
        db, &CONFIRMATION,
        "SELECT c.id, c.inbox_id, c.expires_at, c.used_at IS NOT NULL AS is_used,"
        " i.state = 'held' AND i.waits_for = 'confirmation' AS is_open"
        " FROM confirmation c JOIN inbox i ON i.id = c.inbox_id WHERE c.token_hash = $1",
        DB_ARGS(db_text(hash)), err);
    if (rows == NULL)
        return false;
    if (rows->len == 0)
        return true;

    const Confirmation *confirmation = rows->pdata[0];
    PolicyToken token = judge(confirmation, now);
    *ret_token = (LookupToken){
        .token = token,
        .confirmation_id = confirmation->id,
        .inbox_id = token == POLICY_TOKEN_VALID ? confirmation->inbox_id : 0,
    };
    return true;
}

bool lookup_is_asked_enough(Db *db, int64_t person_id, bool *ret_is, GError **err)
{
    int64_t count = 0;
    if (!db_select_int(db,
                       "SELECT count(*) FROM inbox"
                       " WHERE state = 'held' AND waits_for = 'confirmation'"
                       " AND person_id = $1",
                       DB_ARGS(db_int(person_id)), &count, err))
        return false;
    *ret_is = count >= CONFIRMATIONS_OPEN_MAX;
    return true;
}
