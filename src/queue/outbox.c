#include "queue/outbox.h"

#include "base/err.h"

static const char *const KINDS[] = {
    [OUTBOX_POST] = "post",
    [OUTBOX_ROSTER] = "roster",
    [OUTBOX_CONFIRMATION] = "confirmation",
    [OUTBOX_NOTICE] = "notice",
    [OUTBOX_FORWARD] = "forward",
};

const char *outbox_kind_name(OutboxKind kind)
{
    g_assert(kind < G_N_ELEMENTS(KINDS));
    return KINDS[kind];
}

void outbox_claim_free(OutboxClaim *claim)
{
    if (claim == NULL)
        return;
    g_free(claim->address);
    g_free(claim);
}

void outbox_content_free(OutboxContent *content)
{
    if (content == NULL)
        return;
    g_clear_pointer(&content->data, g_bytes_unref);
    g_free(content);
}

void outbox_result_free(OutboxResult *result)
{
    if (result == NULL)
        return;
    g_free(result->reply);
    g_free(result);
}

static bool add_message(Db *db, const OutboxMessage *message, int64_t now, int64_t *ret_id,
                        GError **err)
{
    return db_select_int(
        db,
        "INSERT INTO message"
        " (kind, bounces, is_utf8, is_8bit, subject, created_at, data, header_id)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id",
        DB_ARGS(db_text(outbox_kind_name(message->kind)), db_bool(message->bounces),
                db_bool(message->is_utf8), db_bool(message->is_8bit), db_text(message->subject),
                db_int(now), db_bytes(message->data), db_text(message->header_id)),
        ret_id, err);
}

/* Rows of one INSERT: with 50 a row costs half of what it does alone. */
#define ROWS_AT_ONCE 50

static char *insert_text(guint n_rows)
{
    GString *sql = g_string_new("INSERT INTO delivery"
                                " (message_id, address, state, attempts, uncertain, due_at)"
                                " VALUES ");
    for (guint i = 0; i < n_rows; i++)
        g_string_append_printf(sql, "%s($1, $%u, 'waiting', 0, 0, $2)", i > 0 ? ", " : "",
                               i + 3);
    return g_string_free(sql, FALSE);
}

static bool add_rows(Db *db, const char *sql, int64_t message_id, gpointer *addresses,
                     guint n_rows, int64_t now, GError **err)
{
    DbValue values[2 + ROWS_AT_ONCE] = { db_int(message_id), db_int(now) };
    for (guint i = 0; i < n_rows; i++)
        values[2 + i] = db_text(addresses[i]);
    return db_run(db, sql, (DbArgs){ values, 2 + n_rows }, NULL, err);
}

static bool add_deliveries(Db *db, int64_t message_id, const GPtrArray *addresses, int64_t now,
                           GError **err)
{
    g_autofree char *many = insert_text(ROWS_AT_ONCE);
    g_autofree char *one = insert_text(1);
    guint i = 0;

    for (; i + ROWS_AT_ONCE <= addresses->len; i += ROWS_AT_ONCE) {
        if (!add_rows(db, many, message_id, addresses->pdata + i, ROWS_AT_ONCE, now, err))
            return false;
    }
    /* The rest one by one, so that there are two texts to prepare and not fifty. */
    for (; i < addresses->len; i++) {
        if (!add_rows(db, one, message_id, addresses->pdata + i, 1, now, err))
            return false;
    }
    return true;
}

bool outbox_add(Db *db, const OutboxMessage *message, const GPtrArray *addresses, int64_t now,
                int64_t *ret_message_id, GError **err)
{
    int64_t id = 0;
    if (!add_message(db, message, now, &id, err) ||
        !add_deliveries(db, id, addresses, now, err))
        return false;
    db_notify(db, "outbox");
    *ret_message_id = id;
    return true;
}

bool outbox_add_selected(Db *db, const OutboxMessage *message, const char *select,
                         const char *detail, int64_t now, OutboxAdded *ret_added, GError **err)
{
    g_autofree char *sql = g_strconcat(
        "INSERT INTO delivery (message_id, due_at, state, attempts, uncertain, address)"
        " SELECT $1, $2, 'waiting', 0, 0, ",
        select, NULL);
    int64_t id = 0;
    int64_t copies = 0;
    if (!add_message(db, message, now, &id, err))
        return false;

    const DbValue values[] = { db_int(id), db_int(now), db_text(detail) };
    size_t n_values = G_N_ELEMENTS(values) - (detail == NULL ? 1 : 0);
    if (!db_run(db, sql, (DbArgs){ values, n_values }, &copies, err))
        return false;
    db_notify(db, "outbox");
    *ret_added = (OutboxAdded){ id, copies };
    return true;
}

static const DbField CONTENT_FIELDS[] = {
    DB_FIELD(OutboxContent, id),         DB_FIELD(OutboxContent, bounces),
    DB_FIELD(OutboxContent, is_utf8),    DB_FIELD(OutboxContent, is_8bit),
    DB_FIELD(OutboxContent, created_at), DB_FIELD(OutboxContent, data),
};

static const DbRecord CONTENT = {
    .size = sizeof(OutboxContent),
    .free = (GDestroyNotify) outbox_content_free,
    .fields = CONTENT_FIELDS,
    .n_fields = G_N_ELEMENTS(CONTENT_FIELDS),
};

bool outbox_content_get(Db *db, int64_t message_id, OutboxContent **ret_content, GError **err)
{
    g_autoptr(GPtrArray)
        rows = db_select(db, &CONTENT,
                         "SELECT id, bounces, is_utf8, is_8bit, created_at, data"
                         " FROM message WHERE id = $1",
                         DB_ARGS(db_int(message_id)), err);
    if (rows == NULL)
        return false;
    if (rows->len == 0)
        return err_set(err, ERR_NOT_FOUND,
                       "no outgoing message with the number %" G_GINT64_FORMAT, message_id);
    *ret_content = g_ptr_array_steal_index(rows, 0);
    return true;
}
