#include "alert/post_desk.h"

#include "alert/policy.h"
#include "base/err.h"
#include "base/text.h"
#include "queue/inbox.h"
#include "store/journal.h"

static bool note(Db *db, const InboxItem *item, const char *actor, const char *action,
                 const char *reason, int64_t now, GError **err)
{
    g_autofree char *details = g_strdup_printf("message %" G_GINT64_FORMAT, item->id);
    const JournalValue values[] = { { "sender", item->sender }, { "reason", reason } };
    const JournalEntry entry = {
        .actor = actor,
        .action = action,
        .tld = item->route == ROUTE_TLD ? item->detail : NULL,
        .person_id = item->person_id,
        .details = details,
        .values = values,
        .n_values = G_N_ELEMENTS(values),
    };
    return journal_add(db, &entry, now, err);
}

static bool check_release(const InboxItem *item, GError **err)
{
    if (item->state == INBOX_QUARANTINED)
        return true;
    if (!policy_is_post(item->route))
        return err_set(err, ERR_INVALID, "message %" G_GINT64_FORMAT " is no post", item->id);
    if (item->state != INBOX_HELD && item->state != INBOX_DROPPED)
        return err_set(err, ERR_INVALID, "message %" G_GINT64_FORMAT " is %s, not held",
                       item->id, item->state_name);
    return true;
}

bool post_release(Db *db, int64_t inbox_id, const char *actor, int64_t now, bool *ret_reading,
                  GError **err)
{
    g_autoptr(DbTransaction) transaction = db_begin(db, err);
    g_autoptr(InboxItem) item = NULL;
    if (transaction == NULL || !inbox_get(db, inbox_id, &item, err) ||
        !check_release(item, err))
        return false;

    bool is_reading = item->state == INBOX_QUARANTINED;
    const char *reason = is_reading ? "to be read once more" : "released by the secretariat";
    if (!inbox_reopen(db, inbox_id, is_reading ? NULL : actor, NULL, reason, now, err) ||
        !note(db, item, actor, "post.release", is_reading ? reason : NULL, now, err) ||
        !db_commit(&transaction, err))
        return false;
    if (ret_reading != NULL)
        *ret_reading = is_reading;
    return true;
}

bool post_drop(Db *db, int64_t inbox_id, const char *actor, const char *reason, int64_t now,
               GError **err)
{
    g_autofree char *clean = reason != NULL ? text_clean(reason, NULL) : NULL;
    g_autoptr(DbTransaction) transaction = db_begin(db, err);
    g_autoptr(InboxItem) item = NULL;
    if (transaction == NULL || !inbox_get(db, inbox_id, &item, err))
        return false;
    if (item->state != INBOX_HELD && item->state != INBOX_QUARANTINED)
        return err_set(err, ERR_INVALID, "message %" G_GINT64_FORMAT " is %s, not held",
                       inbox_id, item->state_name);

    const InboxDecision decision = {
        .state = INBOX_DROPPED,
        .reason = clean != NULL ? clean : "dropped by the secretariat",
        .decided_by = actor,
    };
    return inbox_decide(db, inbox_id, &decision, now, err) &&
           note(db, item, actor, "post.drop", clean, now, err) && db_commit(&transaction, err);
}

bool post_message(Db *db, int64_t inbox_id, int64_t *ret_message_id, GError **err)
{
    return db_select_int(db,
                         "SELECT coalesce(max(message_id), 0) FROM post WHERE inbox_id = $1",
                         DB_ARGS(db_int(inbox_id)), ret_message_id, err);
}
