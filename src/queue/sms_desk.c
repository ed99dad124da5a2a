/* Text messages as people see them. */
#include "base/err.h"
#include "queue/sms.h"

void sms_row_free(SmsRow *row)
{
    if (row == NULL)
        return;
    g_free(row->number);
    g_free(row->state);
    g_free(row->reply);
    g_free(row);
}

static const DbField FIELDS[] = {
    DB_FIELD(SmsRow, id),       DB_FIELD(SmsRow, number),     DB_FIELD(SmsRow, state),
    DB_FIELD(SmsRow, attempts), DB_FIELD(SmsRow, uncertain),  DB_FIELD(SmsRow, created_at),
    DB_FIELD(SmsRow, due_at),   DB_FIELD(SmsRow, expires_at), DB_FIELD(SmsRow, finished_at),
    DB_FIELD(SmsRow, reply),
};

static const DbRecord ROW = {
    .size = sizeof(SmsRow),
    .free = (GDestroyNotify) sms_row_free,
    .fields = FIELDS,
    .n_fields = G_N_ELEMENTS(FIELDS),
};

#define COLUMNS                                                                                \
    "id, shown AS number, state, attempts, uncertain, created_at, due_at, expires_at,"         \
    " coalesce(finished_at, 0) AS finished_at, reply"

static bool check_state(const char *state, GError **err)
{
    static const char *const STATES[] = { "waiting", "claimed",   "sent", "refused",
                                          "expired", "cancelled", NULL };
    if (state == NULL || g_strv_contains(STATES, state))
        return true;
    g_autofree char *names = g_strjoinv(", ", (char **) (uintptr_t) STATES);
    return err_set(err, ERR_INVALID, "no state \"%s\" of a text message: there are %s", state,
                   names);
}

GPtrArray *sms_list(Db *db, const char *state, int64_t after_id, int64_t limit, GError **err)
{
    if (!check_state(state, err))
        return NULL;
    return db_select(db, &ROW,
                     "SELECT " COLUMNS " FROM sms"
                     " WHERE (state = $1 OR ($1 IS NULL AND state IN ('waiting', 'claimed')))"
                     " AND id > $2 ORDER BY id LIMIT $3",
                     DB_ARGS(db_text(state), db_int(after_id), db_int(limit)), err);
}

bool sms_get(Db *db, int64_t id, SmsRow **ret_row, GError **err)
{
    g_autoptr(GPtrArray) rows = db_select(db, &ROW, "SELECT " COLUMNS " FROM sms WHERE id = $1",
                                          DB_ARGS(db_int(id)), err);
    if (rows == NULL)
        return false;
    if (rows->len == 0)
        return err_set(err, ERR_NOT_FOUND, "no text message with the number %" G_GINT64_FORMAT,
                       id);
    *ret_row = g_ptr_array_steal_index(rows, 0);
    return true;
}

bool sms_cancel(Db *db, int64_t id, int64_t now, bool *ret_is_cancelled, GError **err)
{
    int64_t changed = 0;
    if (!db_run(db,
                "UPDATE sms SET state = 'cancelled', number = NULL, text = NULL,"
                " finished_at = $2 WHERE id = $1 AND state = 'waiting'",
                DB_ARGS(db_int(id), db_int(now)), &changed, err))
        return false;
    *ret_is_cancelled = changed > 0;
    return true;
}
