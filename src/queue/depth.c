#include "queue/depth.h"

#include <string.h>

#define INBOX(state)                                                                           \
    "SELECT count(*) AS count, coalesce(min(received_at), 0) AS oldest_at"                     \
    " FROM inbox JOIN mail ON mail.id = mail_id WHERE state = '" state "'"
#define OUTBOX(condition)                                                                      \
    "SELECT count(*) AS count, coalesce(min(created_at), 0) AS oldest_at"                      \
    " FROM delivery JOIN message ON message.id = message_id WHERE " condition

/* Each condition is that of an index, so that what is done with costs nothing. */
static const struct {
    const char *queue;
    const char *state;
    const char *sql;
    bool has_now;
} TABLE[] = {
    /* clang-format off */
    [DEPTH_INBOX_WAITING]     = { "inbox",  "waiting",     INBOX("waiting"), false },
    [DEPTH_INBOX_CLAIMED]     = { "inbox",  "claimed",     INBOX("claimed"), false },
    [DEPTH_INBOX_HELD]        = { "inbox",  "held",        INBOX("held"), false },
    [DEPTH_INBOX_QUARANTINED] = { "inbox",  "quarantined", INBOX("quarantined"), false },
    [DEPTH_OUTBOX_DUE]        = { "outbox", "due",         OUTBOX("state = 'waiting' AND due_at <= $1"), true },
    [DEPTH_OUTBOX_LATER]      = { "outbox", "later",       OUTBOX("state = 'waiting' AND due_at > $1"), true },
    [DEPTH_OUTBOX_CLAIMED]    = { "outbox", "claimed",     OUTBOX("state = 'claimed'"), false },
    /* clang-format on */
};

static const DbField FIELDS[] = {
    DB_FIELD(Depth, count),
    DB_FIELD(Depth, oldest_at),
};

static const DbRecord RECORD = {
    .size = sizeof(Depth),
    .free = g_free,
    .fields = FIELDS,
    .n_fields = G_N_ELEMENTS(FIELDS),
};

const char *depth_queue(DepthKind kind)
{
    return TABLE[kind].queue;
}

const char *depth_state(DepthKind kind)
{
    return TABLE[kind].state;
}

static bool read_one(Db *db, DepthKind kind, int64_t now, Depth *ret_depth, GError **err)
{
    DbArgs args = TABLE[kind].has_now ? DB_ARGS(db_int(now)) : DB_NO_ARGS;
    g_autoptr(GPtrArray) rows = db_select(db, &RECORD, TABLE[kind].sql, args, err);
    if (rows == NULL)
        return false;
    *ret_depth = *(const Depth *) rows->pdata[0];
    return true;
}

bool depth_read(Db *db, int64_t now, Depth ret_depths[DEPTHS], GError **err)
{
    Depth depths[DEPTHS];
    g_autoptr(DbTransaction) view = db_begin_read(db, err);
    if (view == NULL)
        return false;
    for (DepthKind kind = 0; kind < DEPTHS; kind++) {
        if (!read_one(db, kind, now, &depths[kind], err))
            return false;
    }
    memcpy(ret_depths, depths, sizeof depths);
    return true;
}
