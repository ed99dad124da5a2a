/* Sending the roster, by hand and on its days. */
#include <string.h>

#include "base/address.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/token.h"
#include "directory/audience.h"
#include "directory/roster.h"
#include "directory/roster_due.h"
#include "mail/compose.h"
#include "mail/encode.h"
#include "store/journal.h"

static const DbField FIELDS[] = {
    DB_FIELD(RosterSent, id),         DB_FIELD(RosterSent, due_on),
    DB_FIELD(RosterSent, sent_at),    DB_FIELD(RosterSent, contacts),
    DB_FIELD(RosterSent, tlds),       DB_FIELD(RosterSent, changes),
    DB_FIELD(RosterSent, message_id), DB_FIELD(RosterSent, copies),
};

static const DbRecord RECORD = {
    .size = sizeof(RosterSent),
    .free = (GDestroyNotify) roster_sent_free,
    .fields = FIELDS,
    .n_fields = G_N_ELEMENTS(FIELDS),
};

void roster_sent_free(RosterSent *sent)
{
    if (sent == NULL)
        return;
    g_free(sent->due_on);
    g_free(sent);
}

GPtrArray *roster_history(Db *db, int64_t limit, GError **err)
{
    return db_select(db, &RECORD,
                     "SELECT id, due_on, sent_at, contacts, tlds, changes, message_id,"
                     " (SELECT count(*) FROM delivery WHERE message_id = roster.message_id)"
                     " AS copies FROM roster ORDER BY id DESC LIMIT $1",
                     DB_ARGS(db_int(limit)), err);
}

/* The List-Id of the list itself (RFC 2919), so that the roster is sorted where posts are. */
static char *list_id(const Config *config)
{
    g_autofree char *phrase = encode_phrase(config->name);
    g_autofree char *id = g_ascii_strdown(config->list, -1);
    *strrchr(id, '@') = '.';
    g_strcanon(id, "abcdefghijklmnopqrstuvwxyz0123456789.-_+", '-');
    return g_strdup_printf("%s <%s>", phrase, id);
}

/* From the list to the list; answers go to the secretariat, which corrects what is wrong. */
static GBytes *compose(const Work *work, const Roster *roster, GError **err)
{
    const Config *config = work->config;
    g_autofree char *token = token_new();
    g_autofree char *id = list_id(config);
    const ComposeField fields[] = { { "List-Id", id }, { "Precedence", "list" } };
    const ComposeMailbox list = { config->name, config->list };
    const ComposeMailbox secretariat = { NULL, config->secretariat_address };
    const ComposeMail mail = {
        .from = list,
        .to = &list,
        .n_to = 1,
        .reply_to = &secretariat,
        .n_reply_to = 1,
        .subject = roster->subject,
        .date = work->now,
        .message_token = token,
        .message_domain = address_domain(config->list),
        .auto_submitted = "auto-generated",
        .fields = fields,
        .n_fields = G_N_ELEMENTS(fields),
        .text = roster->text,
    };
    return compose_mail(&mail, err);
}

static bool put_out(const Work *work, const Roster *roster, const Audience *everyone,
                    int64_t *ret_message_id, GError **err)
{
    const Config *config = work->config;
    g_autoptr(GBytes) data = compose(work, roster, err);
    OutboxAdded added = { 0, 0 };
    if (data == NULL)
        return false;
    const OutboxMessage message = {
        .kind = OUTBOX_ROSTER,
        .bounces = true,
        .is_utf8 = !address_is_ascii(config->list) ||
                   !address_is_ascii(config->secretariat_address),
        .subject = roster->subject,
        .data = data,
    };
    if (!audience_send(work->db, everyone, &message, work->now, &added, err))
        return false;
    *ret_message_id = added.message_id;
    return true;
}

static bool record(const Work *work, const Roster *roster, const char *due_on,
                   int64_t message_id, GError **err)
{
    g_autofree char *details = g_strdup_printf(
        "%u contacts of %" G_GINT64_FORMAT " TLDs, %" G_GINT64_FORMAT " changes%s%s",
        roster->lines->len, roster->tlds, roster->changes, due_on != NULL ? ", due " : "",
        due_on != NULL ? due_on : "");
    const JournalEntry entry = { .actor = work->actor,
                                 .action = "roster.send",
                                 .details = details };

    return db_run(work->db,
                  "INSERT INTO roster (due_on, sent_at, contacts, tlds, changes, message_id)"
                  " VALUES ($1, $2, $3, $4, $5, $6)",
                  DB_ARGS(db_text(due_on), db_int(work->now), db_int(roster->lines->len),
                          db_int(roster->tlds), db_int(roster->changes), db_int(message_id)),
                  NULL, err) &&
           roster_lines_keep(work->db, roster->lines, err) &&
           journal_add(work->db, &entry, work->now, err);
}

/* Within the caller's transaction, so that lines, copies and what is kept are of one moment.
 * *ret_is_sent is false if there is nobody to send to. */
static bool send_within(const Work *work, const char *due_on, bool *ret_is_sent, GError **err)
{
    g_auto(Roster) roster = { 0 };
    g_auto(Audience) everyone = { 0 };
    int64_t readers = 0;
    int64_t message_id = 0;

    if (!audience_of(work->db, "everyone", NULL, &everyone, err) ||
        !audience_count(work->db, &everyone, &readers, err))
        return false;
    *ret_is_sent = readers > 0;
    return !*ret_is_sent || (roster_build(work, &roster, err) &&
                             put_out(work, &roster, &everyone, &message_id, err) &&
                             record(work, &roster, due_on, message_id, err));
}

bool roster_send(const Work *work, RosterSent **ret_sent, GError **err)
{
    g_autoptr(DbTransaction) transaction = db_begin(work->db, err);
    bool is_sent = false;

    if (transaction == NULL || !send_within(work, NULL, &is_sent, err))
        return false;
    if (!is_sent)
        return err_set(err, ERR_NOT_FOUND, "there is nobody to send the roster to");
    g_autoptr(GPtrArray) sent = roster_history(work->db, 1, err);
    if (sent == NULL || !db_commit(&transaction, err))
        return false;
    *ret_sent = g_ptr_array_steal_index(sent, 0);
    return true;
}

/* Since when rosters have been due: the last one, or the first look of a new community; -1
 * before that. What a clock that was days ahead left behind says nothing. */
static bool read_since(const Work *work, int64_t *ret_since, GError **err)
{
    return db_select_int(work->db,
                         "SELECT coalesce(max(at), -1) FROM (SELECT at FROM roster_since"
                         " UNION ALL SELECT sent_at FROM roster) AS since WHERE at <= $1",
                         DB_ARGS(db_int(work->now + CLOCK_DAY)), ret_since, err);
}

typedef enum {
    STATE_NEW,  /* nobody has looked yet */
    STATE_DUE,  /* the last one due is to be sent */
    STATE_DONE, /* it went out, or there is none yet */
} State;

static char *day_text(int64_t at)
{
    ClockDate date = clock_date(at);
    return g_strdup_printf("%04d-%02d-%02d", date.year, date.month, date.day);
}

/* One that went out for its day stays done with, even if the clock is set back after it. */
static bool read_state(const Work *work, int64_t last_due, State *ret_state, GError **err)
{
    g_autofree char *due_on = day_text(last_due);
    int64_t since = 0;
    int64_t sent = 0;
    if (!read_since(work, &since, err) ||
        !db_select_int(work->db, "SELECT count(*) FROM roster WHERE due_on = $1",
                       DB_ARGS(db_text(due_on)), &sent, err))
        return false;
    *ret_state = since < 0 ? STATE_NEW : since < last_due && sent == 0 ? STATE_DUE : STATE_DONE;
    return true;
}

/* What fell due before now is done with. */
static bool begin_anew(const Work *work, GError **err)
{
    return db_run(work->db,
                  "INSERT INTO roster_since (id, at) VALUES (1, $1)"
                  " ON CONFLICT (id) DO UPDATE SET at = $1",
                  DB_ARGS(db_int(work->now)), NULL, err);
}

static bool send_due(const Work *work, int64_t last_due, GError **err)
{
    g_autofree char *due_on = day_text(last_due);
    bool is_sent = false;
    return send_within(work, due_on, &is_sent, err) && (is_sent || begin_anew(work, err));
}

static bool catch_up(const Work *work, int64_t last_due, GError **err)
{
    g_autoptr(DbTransaction) transaction = db_begin(work->db, err);
    State state = STATE_DONE;

    if (transaction == NULL || !read_state(work, last_due, &state, err))
        return false;
    bool is_done = state == STATE_NEW   ? begin_anew(work, err)
                   : state == STATE_DUE ? send_due(work, last_due, err)
                                        : true; /* somebody else was faster */
    return is_done && db_commit(&transaction, err);
}

bool roster_run(const Work *work, int64_t *ret_next_at, GError **err)
{
    const Config *config = work->config;
    int64_t last_due = roster_due_last(config->roster_days, config->roster_hour, work->now);
    State state = STATE_DONE;

    if (!read_state(work, last_due, &state, err) ||
        (state != STATE_DONE && !catch_up(work, last_due, err)))
        return false;
    *ret_next_at = roster_due_next(config->roster_days, config->roster_hour, work->now);
    return true;
}

bool roster_overdue(const Work *work, int64_t *ret_due_at, GError **err)
{
    const Config *config = work->config;
    int64_t last_due = roster_due_last(config->roster_days, config->roster_hour, work->now);
    State state = STATE_DONE;
    if (!read_state(work, last_due, &state, err))
        return false;
    *ret_due_at = state == STATE_DUE ? last_due : 0;
    return true;
}
