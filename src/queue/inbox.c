#include "queue/inbox.h"

#include "base/err.h"

/* How long a row rests that could not be worked on: a quarter of its age, between these. */
#define REST_MIN_S 5
#define REST_MAX_S 3600

static const char *const STATES[] = {
    [INBOX_WAITING] = "waiting",     [INBOX_CLAIMED] = "claimed",
    [INBOX_ACCEPTED] = "accepted",   [INBOX_HELD] = "held",
    [INBOX_KEPT] = "kept",           [INBOX_FORWARDED] = "forwarded",
    [INBOX_CONFIRMED] = "confirmed", [INBOX_REFUSED] = "refused",
    [INBOX_DROPPED] = "dropped",     [INBOX_QUARANTINED] = "quarantined",
};

/* The columns of ITEM_COLUMNS, in its order; the mail's bytes come last, lists leave them out.
 */
static const DbField FIELDS[] = {
    DB_FIELD(InboxItem, id),         DB_FIELD(InboxItem, mail_id),
    DB_FIELD(InboxItem, recipient),  DB_FIELD(InboxItem, route_name),
    DB_FIELD(InboxItem, detail),     DB_FIELD(InboxItem, state_name),
    DB_FIELD(InboxItem, attempts),   DB_FIELD(InboxItem, reason),
    DB_FIELD(InboxItem, waits_for),  DB_FIELD(InboxItem, sender),
    DB_FIELD(InboxItem, person_id),  DB_FIELD(InboxItem, evidence),
    DB_FIELD(InboxItem, tlp),        DB_FIELD(InboxItem, subject),
    DB_FIELD(InboxItem, header_id),  DB_FIELD(InboxItem, decided_at),
    DB_FIELD(InboxItem, decided_by), DB_FIELD(InboxItem, received_at),
    DB_FIELD(InboxItem, is_utf8),    DB_FIELD(InboxItem, is_8bit),
    DB_FIELD(InboxItem, size),       DB_FIELD(InboxItem, envelope_from),
    DB_FIELD(InboxItem, claimed_by), DB_FIELD(InboxItem, data),
};

#define ITEM_COLUMNS                                                                           \
    "inbox.id AS id, mail_id, recipient, route AS route_name, detail, state AS state_name,"    \
    " attempts, reason, waits_for, sender, person_id, evidence, tlp, subject, header_id,"      \
    " decided_at, decided_by, received_at, is_utf8, is_8bit, size, envelope_from,"             \
    " claimed_by"
#define ITEM_TABLES " FROM inbox JOIN mail ON mail.id = inbox.mail_id"

static const DbRecord ITEM = {
    .size = sizeof(InboxItem),
    .free = (GDestroyNotify) inbox_item_free,
    .fields = FIELDS,
    .n_fields = G_N_ELEMENTS(FIELDS),
};

static const DbRecord ITEM_WITHOUT_DATA = {
    .size = sizeof(InboxItem),
    .free = (GDestroyNotify) inbox_item_free,
    .fields = FIELDS,
    .n_fields = G_N_ELEMENTS(FIELDS) - 1,
};

/* A claim gives ids only. */
typedef struct {
    int64_t id;
} Claim;

static const DbField CLAIM_FIELDS[] = { DB_FIELD(Claim, id) };

static const DbRecord CLAIM = {
    .size = sizeof(Claim),
    .free = g_free,
    .fields = CLAIM_FIELDS,
    .n_fields = G_N_ELEMENTS(CLAIM_FIELDS),
};

const char *inbox_state_name(InboxState state)
{
    g_assert(state < G_N_ELEMENTS(STATES));
    return STATES[state];
}

bool inbox_state_parse(const char *name, InboxState *ret_state)
{
    for (size_t i = 0; i < G_N_ELEMENTS(STATES); i++) {
        if (g_str_equal(name, STATES[i])) {
            *ret_state = (InboxState) i;
            return true;
        }
    }
    return false;
}

void inbox_item_free(InboxItem *item)
{
    if (item == NULL)
        return;
    g_free(item->envelope_from);
    g_free(item->recipient);
    g_free(item->route_name);
    g_free(item->detail);
    g_free(item->state_name);
    g_free(item->claimed_by);
    g_free(item->reason);
    g_free(item->waits_for);
    g_free(item->sender);
    g_free(item->evidence);
    g_free(item->tlp);
    g_free(item->subject);
    g_free(item->header_id);
    g_free(item->decided_by);
    g_clear_pointer(&item->data, g_bytes_unref);
    g_free(item);
}

static bool add_mail(Db *db, const InboxMail *mail, int64_t now, int64_t *ret_id, GError **err)
{
    return db_select_int(db,
                         "INSERT INTO mail"
                         " (received_at, envelope_from, is_utf8, is_8bit, size, data)"
                         " VALUES ($1, $2, $3, $4, $5, $6) RETURNING id",
                         DB_ARGS(db_int(now), db_text(mail->envelope_from),
                                 db_bool(mail->is_utf8), db_bool(mail->is_8bit),
                                 db_int((int64_t) g_bytes_get_size(mail->data)),
                                 db_bytes(mail->data)),
                         ret_id, err);
}

static bool add_row(Db *db, int64_t mail_id, const InboxRecipient *recipient, int64_t now,
                    GError **err)
{
    return db_run(
        db,
        "INSERT INTO inbox (mail_id, recipient, route, detail, state, attempts, due_at)"
        " VALUES ($1, $2, $3, $4, 'waiting', 0, $5)",
        DB_ARGS(db_int(mail_id), db_text(recipient->address),
                db_text(route_name(recipient->route)), db_text(recipient->detail), db_int(now)),
        NULL, err);
}

bool inbox_store(Db *db, const InboxMail *mail, const InboxRecipient *recipients,
                 size_t n_recipients, int64_t now, GError **err)
{
    g_autoptr(DbTransaction) transaction = db_begin_shared(db, err);
    int64_t mail_id = 0;
    if (transaction == NULL || !add_mail(db, mail, now, &mail_id, err))
        return false;
    for (size_t i = 0; i < n_recipients; i++) {
        if (!add_row(db, mail_id, &recipients[i], now, err))
            return false;
    }
    db_notify(db, "inbox");
    return db_commit(&transaction, err);
}

/* The enums are kept as names in the store; its constraints know no others. */
static void name_enums(InboxItem *item)
{
    bool known = route_parse(item->route_name, &item->route) &&
                 inbox_state_parse(item->state_name, &item->state);
    g_assert(known);
}

bool inbox_get(Db *db, int64_t id, InboxItem **ret_item, GError **err)
{
    g_autoptr(GPtrArray) rows = db_select(
        db, &ITEM, "SELECT " ITEM_COLUMNS ", data" ITEM_TABLES " WHERE inbox.id = $1",
        DB_ARGS(db_int(id)), err);
    if (rows == NULL)
        return false;
    if (rows->len == 0)
        return err_set(err, ERR_NOT_FOUND, "no message with the number %" G_GINT64_FORMAT, id);

    name_enums(rows->pdata[0]);
    *ret_item = g_ptr_array_steal_index(rows, 0);
    return true;
}

/* *ret_id is 0 if nothing is due. */
static bool claim_oldest(Db *db, const char *owner, int64_t now, int64_t *ret_id, GError **err)
{
    g_autoptr(DbTransaction) transaction = db_begin_shared(db, err);
    if (transaction == NULL)
        return false;
    g_autoptr(GPtrArray)
        claims = db_claim(db, &CLAIM,
                          "UPDATE inbox"
                          " SET state = 'claimed', claimed_by = $1, attempts = attempts + 1",
                          "SELECT id FROM inbox WHERE state = 'waiting' AND due_at <= $2"
                          " AND NOT EXISTS"
                          " (SELECT 1 FROM node WHERE owner = $1 AND dead_at IS NOT NULL)"
                          " ORDER BY id LIMIT 1",
                          "id", DB_ARGS(db_text(owner), db_int(now)), err);
    if (claims == NULL || !db_commit(&transaction, err))
        return false;
    *ret_id = claims->len > 0 ? ((const Claim *) claims->pdata[0])->id : 0;
    return true;
}

/* A mail whose bytes the store cannot give back must not stop those behind it. */
static bool set_aside(Db *db, int64_t id, const GError *damage, int64_t now, GError **err)
{
    g_autofree char *reason = g_strdup_printf("it is damaged: %s", damage->message);
    const InboxDecision decision = { .state = INBOX_QUARANTINED, .reason = reason };
    return inbox_decide(db, id, &decision, now, err);
}

bool inbox_claim(Db *db, const char *owner, int64_t now, InboxItem **ret_item, GError **err)
{
    for (;;) {
        g_autoptr(GError) failure = NULL;
        int64_t id = 0;
        if (!claim_oldest(db, owner, now, &id, err))
            return false;
        if (id == 0) {
            *ret_item = NULL;
            return true;
        }
        if (inbox_get(db, id, ret_item, &failure))
            return true;
        if (!err_is(failure, ERR_INTERNAL)) {
            g_propagate_error(err, g_steal_pointer(&failure));
            return false;
        }
        if (!set_aside(db, id, failure, now, err))
            return false;
    }
}

bool inbox_check_claim(Db *db, const InboxItem *item, GError **err)
{
    int64_t count = 0;
    if (!db_select_int(db, "SELECT count(*) FROM inbox WHERE id = $1 AND claimed_by = $2",
                       DB_ARGS(db_int(item->id), db_text(item->claimed_by)), &count, err))
        return false;
    return count == 1 ||
           err_set(err, ERR_DENIED,
                   "mail %" G_GINT64_FORMAT " was given to another worker meanwhile", item->id);
}

/* A row that rests is due a quarter of its age later, so a fifth of what it was then: what is
 * due later than that was put off by a clock that has been set back since. */
static bool undo_lead(Db *db, int64_t now, GError **err)
{
    return db_run(db,
                  "UPDATE inbox SET due_at = $1 WHERE state = 'waiting' AND due_at > $2"
                  " AND (due_at > $3 OR 5 * (due_at - $1) > due_at -"
                  " (SELECT received_at FROM mail WHERE mail.id = inbox.mail_id))",
                  DB_ARGS(db_int(now), db_int(now + REST_MIN_S), db_int(now + REST_MAX_S)),
                  NULL, err);
}

bool inbox_next_due(Db *db, int64_t now, int64_t *ret_due_at, GError **err)
{
    return undo_lead(db, now, err) &&
           db_select_int(db,
                         "SELECT coalesce(min(due_at), -1) FROM inbox WHERE state = 'waiting'",
                         DB_NO_ARGS, ret_due_at, err);
}

static bool put_back(Db *db, const InboxItem *item, int64_t attempts, const char *reason,
                     int64_t now, GError **err)
{
    int64_t rest_s = CLAMP((now - item->received_at) / 4, REST_MIN_S, REST_MAX_S);
    return db_run(db,
                  "UPDATE inbox SET state = 'waiting', claimed_by = NULL, attempts = $2,"
                  " reason = $3, due_at = $4 WHERE id = $1 AND claimed_by = $5",
                  DB_ARGS(db_int(item->id), db_int(attempts), db_text(reason),
                          db_int(now + rest_s), db_text(item->claimed_by)),
                  NULL, err);
}

bool inbox_put_back(Db *db, const InboxItem *item, const char *reason, int64_t now,
                    GError **err)
{
    return put_back(db, item, item->attempts - 1, reason, now, err);
}

bool inbox_put_back_suspect(Db *db, const InboxItem *item, const char *reason, int64_t now,
                            GError **err)
{
    return put_back(db, item, item->attempts, reason, now, err);
}

bool inbox_release_claims(Db *db, const char *owner, int64_t *ret_count, GError **err)
{
    return db_run(db,
                  "UPDATE inbox SET state = 'waiting', claimed_by = NULL"
                  " WHERE state = 'claimed' AND claimed_by = $1",
                  DB_ARGS(db_text(owner)), ret_count, err);
}

bool inbox_decide(Db *db, int64_t id, const InboxDecision *decision, int64_t now, GError **err)
{
    int64_t changed = 0;
    if (!db_run(db,
                "UPDATE inbox SET state = $2, reason = $3, waits_for = $4,"
                " sender = coalesce($5, sender), person_id = coalesce($6, person_id),"
                " evidence = coalesce($7, evidence), tlp = coalesce($8, tlp),"
                " subject = coalesce($9, subject), header_id = coalesce($10, header_id),"
                " decided_at = $11, decided_by = $12, claimed_by = NULL WHERE id = $1",
                DB_ARGS(db_int(id), db_text(inbox_state_name(decision->state)),
                        db_text(decision->reason), db_text(decision->waits_for),
                        db_text(decision->sender),
                        decision->person_id != 0 ? db_int(decision->person_id) : db_null(),
                        db_text(decision->evidence), db_text(decision->tlp),
                        db_text(decision->subject), db_text(decision->header_id), db_int(now),
                        db_text(decision->decided_by)),
                &changed, err))
        return false;
    return changed == 1 ||
           err_set(err, ERR_NOT_FOUND, "no message with the number %" G_GINT64_FORMAT, id);
}

bool inbox_reopen(Db *db, int64_t id, const char *decided_by, const char *evidence,
                  const char *reason, int64_t now, GError **err)
{
    int64_t changed = 0;
    if (!db_run(db,
                "UPDATE inbox SET state = 'waiting', attempts = 0, due_at = $5,"
                " claimed_by = NULL, waits_for = NULL, decided_at = $5, decided_by = $2,"
                " evidence = coalesce($3, evidence), reason = $4 WHERE id = $1",
                DB_ARGS(db_int(id), db_text(decided_by), db_text(evidence), db_text(reason),
                        db_int(now)),
                &changed, err))
        return false;
    db_notify(db, "inbox");
    return changed == 1 ||
           err_set(err, ERR_NOT_FOUND, "no message with the number %" G_GINT64_FORMAT, id);
}

GPtrArray *inbox_list(Db *db, const InboxFilter *filter, GError **err)
{
    const char *route = filter->route == ROUTE_NONE ? NULL : route_name(filter->route);
    int64_t before_id = filter->before_id > 0 ? filter->before_id : INT64_MAX;
    g_autoptr(GPtrArray)
        rows = db_select(db, &ITEM_WITHOUT_DATA,
                         "SELECT " ITEM_COLUMNS ITEM_TABLES
                         " WHERE route = coalesce($1, route) AND state = coalesce($2, state)"
                         " AND inbox.id < $3 ORDER BY inbox.id DESC LIMIT $4",
                         DB_ARGS(db_text(route), db_text(filter->state), db_int(before_id),
                                 db_int(filter->limit)),
                         err);
    if (rows == NULL)
        return NULL;

    for (guint i = 0; i < rows->len; i++)
        name_enums(rows->pdata[i]);
    return g_steal_pointer(&rows);
}
