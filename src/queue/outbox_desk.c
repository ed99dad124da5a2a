/* The outbox as people see it: lists, counts, retry and cancel. */
#include "queue/outbox.h"

#include "base/err.h"
#include "store/journal.h"

void outbox_delivery_free(OutboxDelivery *delivery)
{
    if (delivery == NULL)
        return;
    g_free(delivery->kind);
    g_free(delivery->subject);
    g_free(delivery->address);
    g_free(delivery->state);
    g_free(delivery->reply);
    g_free(delivery);
}

static const DbField FIELDS[] = {
    DB_FIELD(OutboxDelivery, id),          DB_FIELD(OutboxDelivery, message_id),
    DB_FIELD(OutboxDelivery, kind),        DB_FIELD(OutboxDelivery, subject),
    DB_FIELD(OutboxDelivery, address),     DB_FIELD(OutboxDelivery, state),
    DB_FIELD(OutboxDelivery, attempts),    DB_FIELD(OutboxDelivery, uncertain),
    DB_FIELD(OutboxDelivery, created_at),  DB_FIELD(OutboxDelivery, due_at),
    DB_FIELD(OutboxDelivery, finished_at), DB_FIELD(OutboxDelivery, reply),
};

static const DbRecord DELIVERY = {
    .size = sizeof(OutboxDelivery),
    .free = (GDestroyNotify) outbox_delivery_free,
    .fields = FIELDS,
    .n_fields = G_N_ELEMENTS(FIELDS),
};

/* Zero stands for "any" in a filter, as NULL does in a statement. */
static DbValue id_or_any(int64_t id)
{
    return id != 0 ? db_int(id) : db_null();
}

static bool check_state(const char *state, GError **err)
{
    static const char *const STATES[] = { "waiting", "claimed",   "sent", "refused",
                                          "expired", "cancelled", NULL };
    if (state == NULL || g_strv_contains(STATES, state))
        return true;
    g_autofree char *names = g_strjoinv(", ", (char **) (uintptr_t) STATES);
    return err_set(err, ERR_INVALID, "no state \"%s\" of a delivery: there are %s", state,
                   names);
}

GPtrArray *outbox_list(Db *db, const OutboxFilter *filter, int64_t after_id, int64_t limit,
                       GError **err)
{
    if (!check_state(filter->state, err))
        return NULL;
    return db_select(db, &DELIVERY,
                     "SELECT delivery.id AS id, message_id, kind, subject, address, state,"
                     " attempts, uncertain, created_at, due_at, finished_at, reply"
                     " FROM delivery JOIN message ON message.id = message_id"
                     " WHERE delivery.id = coalesce($1, delivery.id)"
                     " AND message_id = coalesce($2, message_id)"
                     " AND address = coalesce($3, address)"
                     " AND (state = $4 OR ($4 IS NULL AND state IN ('waiting', 'claimed')))"
                     " AND delivery.id > $5 ORDER BY delivery.id LIMIT $6",
                     DB_ARGS(id_or_any(filter->id), id_or_any(filter->message_id),
                             db_text(filter->address), db_text(filter->state), db_int(after_id),
                             db_int(limit)),
                     err);
}

/* Only these can be sent again; a courier has the claimed ones, and a sent one has arrived. */
static bool may_retry(const char *state)
{
    static const char *const STATES[] = { "waiting", "refused", "expired", "cancelled", NULL };
    return g_strv_contains(STATES, state);
}

/* "deliveries: 2, of message 7, refused before" */
static char *describe(const OutboxFilter *filter, int64_t count)
{
    GString *text = g_string_new(NULL);
    g_string_append_printf(text, "deliveries: %" G_GINT64_FORMAT, count);
    if (filter->id != 0)
        g_string_append_printf(text, ", number %" G_GINT64_FORMAT, filter->id);
    if (filter->message_id != 0)
        g_string_append_printf(text, ", of message %" G_GINT64_FORMAT, filter->message_id);
    if (filter->state != NULL)
        g_string_append_printf(text, ", %s before", filter->state);
    return g_string_free(text, FALSE);
}

static bool note(Db *db, const OutboxFilter *filter, const char *actor, const char *action,
                 int64_t count, int64_t now, GError **err)
{
    g_autofree char *details = describe(filter, count);
    const JournalValue address = { "address", filter->address };
    JournalEntry entry = {
        .actor = actor,
        .action = action,
        .details = details,
        .values = &address,
        .n_values = filter->address != NULL ? 1 : 0,
    };
    return count == 0 || journal_add(db, &entry, now, err);
}

bool outbox_retry(Db *db, const OutboxFilter *filter, const char *actor, int64_t now,
                  int64_t *ret_count, GError **err)
{
    const char *state = filter->state != NULL ? filter->state : "waiting";
    if (!may_retry(state))
        return err_set(err, ERR_INVALID, "a delivery that is \"%s\" is not tried again", state);

    int64_t count = 0;
    g_autoptr(DbTransaction) transaction = db_begin(db, err);
    if (transaction == NULL ||
        !db_run(db,
                "UPDATE delivery SET state = 'waiting', due_at = $5, finished_at = NULL"
                " WHERE id = coalesce($1, id) AND message_id = coalesce($2, message_id)"
                " AND address = coalesce($3, address) AND state = $4",
                DB_ARGS(id_or_any(filter->id), id_or_any(filter->message_id),
                        db_text(filter->address), db_text(state), db_int(now)),
                &count, err) ||
        !note(db, filter, actor, "queue.retry", count, now, err))
        return false;
    db_notify(db, "outbox");
    if (!db_commit(&transaction, err))
        return false;
    *ret_count = count;
    return true;
}

bool outbox_cancel(Db *db, const OutboxFilter *filter, const char *actor, int64_t now,
                   int64_t *ret_count, GError **err)
{
    int64_t count = 0;
    g_autoptr(DbTransaction) transaction = db_begin(db, err);
    if (transaction == NULL ||
        !db_run(db,
                "UPDATE delivery SET state = 'cancelled', finished_at = $4"
                " WHERE id = coalesce($1, id) AND message_id = coalesce($2, message_id)"
                " AND address = coalesce($3, address) AND state = 'waiting'",
                DB_ARGS(id_or_any(filter->id), id_or_any(filter->message_id),
                        db_text(filter->address), db_int(now)),
                &count, err) ||
        !note(db, filter, actor, "queue.cancel", count, now, err) ||
        !db_commit(&transaction, err))
        return false;
    *ret_count = count;
    return true;
}

static const DbField COUNT_FIELDS[] = {
    DB_FIELD(OutboxCounts, waiting),       DB_FIELD(OutboxCounts, sent),
    DB_FIELD(OutboxCounts, refused),       DB_FIELD(OutboxCounts, expired),
    DB_FIELD(OutboxCounts, cancelled),     DB_FIELD(OutboxCounts, uncertain),
    DB_FIELD(OutboxCounts, first_sent_at), DB_FIELD(OutboxCounts, last_sent_at),
};

static const DbRecord COUNTS = {
    .size = sizeof(OutboxCounts),
    .free = g_free,
    .fields = COUNT_FIELDS,
    .n_fields = G_N_ELEMENTS(COUNT_FIELDS),
};

bool outbox_count(Db *db, int64_t message_id, OutboxCounts *ret_counts, GError **err)
{
    g_autoptr(GPtrArray) rows = db_select(
        db, &COUNTS,
        "SELECT count(*) FILTER (WHERE state IN ('waiting', 'claimed')) AS waiting,"
        " count(*) FILTER (WHERE state = 'sent') AS sent,"
        " count(*) FILTER (WHERE state = 'refused') AS refused,"
        " count(*) FILTER (WHERE state = 'expired') AS expired,"
        " count(*) FILTER (WHERE state = 'cancelled') AS cancelled,"
        " count(*) FILTER (WHERE uncertain > 0) AS uncertain,"
        " coalesce(min(finished_at) FILTER (WHERE state = 'sent'), 0) AS first_sent_at,"
        " coalesce(max(finished_at) FILTER (WHERE state = 'sent'), 0) AS last_sent_at"
        " FROM delivery WHERE message_id = coalesce($1, message_id)",
        DB_ARGS(id_or_any(message_id)), err);
    if (rows == NULL)
        return false;
    *ret_counts = *(const OutboxCounts *) rows->pdata[0];
    return true;
}
