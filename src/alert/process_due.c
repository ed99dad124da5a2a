/* What falls due by time, see process.h. */
#include "alert/process.h"
#include "base/address.h"
#include "base/clock.h"
#include "base/limits.h"
#include "queue/letter.h"

/* A row that waits for people, as the secretariat is told of it. */
typedef struct {
    int64_t id;
    char *route;
    char *state;
    char *waits_for;
    char *sender;
    char *subject;
    char *reason;
    int64_t received_at;
    int64_t decided_at;
} Waiting;

static void waiting_free(Waiting *waiting)
{
    g_free(waiting->route);
    g_free(waiting->state);
    g_free(waiting->waits_for);
    g_free(waiting->sender);
    g_free(waiting->subject);
    g_free(waiting->reason);
    g_free(waiting);
}

static const DbField WAITING_FIELDS[] = {
    DB_FIELD(Waiting, id),        DB_FIELD(Waiting, route),       DB_FIELD(Waiting, state),
    DB_FIELD(Waiting, waits_for), DB_FIELD(Waiting, sender),      DB_FIELD(Waiting, subject),
    DB_FIELD(Waiting, reason),    DB_FIELD(Waiting, received_at), DB_FIELD(Waiting, decided_at),
};

static const DbRecord WAITING = {
    .size = sizeof(Waiting),
    .free = (GDestroyNotify) waiting_free,
    .fields = WAITING_FIELDS,
    .n_fields = G_N_ELEMENTS(WAITING_FIELDS),
};

/* A post that nobody has confirmed in time. */
static bool expire(const Work *work, GError **err)
{
    return db_run(work->db,
                  "UPDATE inbox SET state = 'dropped', waits_for = NULL, decided_at = $1,"
                  " reason = 'nobody confirmed it in time'"
                  " WHERE state = 'held' AND waits_for = 'confirmation' AND EXISTS"
                  " (SELECT 1 FROM confirmation"
                  " WHERE inbox_id = inbox.id AND used_at IS NULL AND expires_at <= $1)",
                  DB_ARGS(db_int(work->now)), NULL, err);
}

/* When the next post that waits for its author runs out of time; -1 if none does. */
static bool next_expiry(const Work *work, int64_t *ret_at, GError **err)
{
    return db_select_int(work->db,
                         "SELECT coalesce(min(c.expires_at), -1)"
                         " FROM inbox i JOIN confirmation c ON c.inbox_id = i.id"
                         " WHERE i.state = 'held' AND i.waits_for = 'confirmation'"
                         " AND c.used_at IS NULL",
                         DB_NO_ARGS, ret_at, err);
}

static GPtrArray *unannounced(const Work *work, GError **err)
{
    return db_select(work->db, &WAITING,
                     "SELECT inbox.id AS id, route, state, waits_for, sender, subject, reason,"
                     " received_at, decided_at FROM inbox JOIN mail ON mail.id = inbox.mail_id"
                     " WHERE state IN ('held', 'quarantined') AND NOT EXISTS"
                     " (SELECT 1 FROM announced a"
                     " WHERE a.inbox_id = inbox.id AND a.decided_at = inbox.decided_at)"
                     " ORDER BY inbox.id LIMIT $1",
                     DB_ARGS(db_int(SECRETARIAT_LINES_MAX)), err);
}

static json_t *line_of(const Waiting *waiting)
{
    bool is_for_author = g_strcmp0(waiting->waits_for, "confirmation") == 0;
    g_autofree char *received = clock_format(waiting->received_at);
    json_t *line = json_object();
    json_object_set_new(line, "id", json_integer(waiting->id));
    json_object_set_new(line, "route", json_string(waiting->route));
    json_object_set_new(line, "state", json_string(waiting->state));
    json_object_set_new(line, "waits_for",
                        json_string(is_for_author ? "its author" : "the secretariat"));
    json_object_set_new(
        line, "sender",
        json_string(waiting->sender != NULL ? waiting->sender : "nobody known"));
    json_object_set_new(line, "subject",
                        json_string(waiting->subject != NULL ? waiting->subject : ""));
    json_object_set_new(line, "reason",
                        json_string(waiting->reason != NULL ? waiting->reason : ""));
    json_object_set_new(line, "received", json_string(received));
    return line;
}

static json_t *data_of(const GPtrArray *rows, int64_t waiting)
{
    json_t *lines = json_array();
    for (guint i = 0; i < rows->len; i++)
        json_array_append_new(lines, line_of(rows->pdata[i]));
    json_t *data = json_object();
    json_object_set_new(data, "mails", lines);
    json_object_set_new(data, "count", json_integer(rows->len));
    json_object_set_new(data, "waiting", json_integer(waiting));
    return data;
}

static bool mark_announced(const Work *work, const GPtrArray *rows, GError **err)
{
    for (guint i = 0; i < rows->len; i++) {
        const Waiting *waiting = rows->pdata[i];
        if (!db_run(
                work->db,
                "INSERT INTO announced (inbox_id, decided_at, announced_at)"
                " VALUES ($1, $2, $3) ON CONFLICT (inbox_id) DO UPDATE"
                " SET decided_at = $2, announced_at = $3",
                DB_ARGS(db_int(waiting->id), db_int(waiting->decided_at), db_int(work->now)),
                NULL, err))
            return false;
    }
    return true;
}

static bool send_notice(const Work *work, const GPtrArray *rows, GError **err)
{
    int64_t waiting = 0;
    if (!db_select_int(work->db,
                       "SELECT count(*) FROM inbox WHERE state IN ('held', 'quarantined')",
                       DB_NO_ARGS, &waiting, err))
        return false;
    g_autofree char *owner = address_with_detail(work->config->list, "-owner");
    const Letter letter = {
        .template = "secretariat-waiting",
        .kind = OUTBOX_NOTICE,
        .from = owner,
        .to = work->config->secretariat_address,
        .data = data_of(rows, waiting),
    };
    return letter_send(work, &letter, err) && mark_announced(work, rows, err);
}

/* Sends the notice if there is news and the last one is long enough ago; *ret_next_at is when
 * it will be, -1 if there is no news. */
static bool announce(const Work *work, int64_t *ret_next_at, GError **err)
{
    int64_t last = 0;
    g_autoptr(GPtrArray) rows = unannounced(work, err);
    if (rows == NULL ||
        !db_select_int(work->db, /* one in the future is of a clock that was set back */
                       "SELECT coalesce(max(announced_at), 0) FROM announced"
                       " WHERE announced_at <= $1",
                       DB_ARGS(db_int(work->now)), &last, err))
        return false;
    *ret_next_at = -1;
    if (rows->len == 0)
        return true;
    if (work->now < last + SECRETARIAT_NOTICE_S) {
        *ret_next_at = last + SECRETARIAT_NOTICE_S;
        return true;
    }
    if (!send_notice(work, rows, err))
        return false;
    if (rows->len == SECRETARIAT_LINES_MAX)
        *ret_next_at = work->now + SECRETARIAT_NOTICE_S;
    return true;
}

bool process_due(const Work *work, int64_t *ret_next_at, GError **err)
{
    int64_t notice_at = -1;
    int64_t expiry_at = -1;
    g_autoptr(DbTransaction) transaction = db_begin(work->db, err);
    if (transaction == NULL || !expire(work, err) || !announce(work, &notice_at, err) ||
        !next_expiry(work, &expiry_at, err) || !db_commit(&transaction, err))
        return false;
    *ret_next_at = clock_earlier(notice_at, expiry_at);
    return true;
}
