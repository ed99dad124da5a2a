#include "membership/invitation.h"

#include "base/err.h"
#include "base/limits.h"
#include "base/text.h"
#include "membership/authority_address.h"
#include "membership/invitation_mail.h"
#include "queue/letter.h"
#include "store/journal.h"

static const char *const STATES[] = { "waiting", "invited", "rested", "stopped", "joined" };

static const DbField FIELDS[] = {
    DB_FIELD(Invitation, tld),      DB_FIELD(Invitation, u_label),
    DB_FIELD(Invitation, state),    DB_FIELD(Invitation, language),
    DB_FIELD(Invitation, asked_at), DB_FIELD(Invitation, asked_by),
    DB_FIELD(Invitation, mails),    DB_FIELD(Invitation, first_at),
    DB_FIELD(Invitation, last_at),  DB_FIELD(Invitation, due_at),
    DB_FIELD(Invitation, held),     DB_FIELD(Invitation, reason),
    DB_FIELD(Invitation, address),  DB_FIELD(Invitation, delivery),
};

static const DbRecord RECORD = {
    .size = sizeof(Invitation),
    .free = (GDestroyNotify) invitation_free,
    .fields = FIELDS,
    .n_fields = G_N_ELEMENTS(FIELDS),
};

#define LAST_MAIL                                                                              \
    " FROM invitation_mail m JOIN delivery d ON d.message_id = m.message_id"                   \
    " WHERE m.tld = i.tld ORDER BY m.message_id DESC LIMIT 1"

#define SELECT_INVITATION                                                                      \
    "SELECT i.tld AS tld, u_label, state, language, asked_at, asked_by, mails, first_at,"      \
    " last_at, due_at, held, reason, (SELECT m.address" LAST_MAIL                              \
    ") AS address, (SELECT d.state" LAST_MAIL ") AS delivery"                                  \
    " FROM invitation i JOIN tld t ON t.a_label = i.tld"

void invitation_free(Invitation *invitation)
{
    if (invitation == NULL)
        return;
    g_free(invitation->tld);
    g_free(invitation->u_label);
    g_free(invitation->state);
    g_free(invitation->language);
    g_free(invitation->asked_by);
    g_free(invitation->held);
    g_free(invitation->reason);
    g_free(invitation->address);
    g_free(invitation->delivery);
    g_free(invitation);
}

bool invitation_find(Db *db, const char *tld, Invitation **ret_invitation, GError **err)
{
    g_autoptr(GPtrArray) rows = db_select(db, &RECORD, SELECT_INVITATION " WHERE i.tld = $1",
                                          DB_ARGS(db_text(tld)), err);
    if (rows == NULL)
        return false;
    *ret_invitation = rows->len > 0 ? g_ptr_array_steal_index(rows, 0) : NULL;
    return true;
}

GPtrArray *invitation_list(Db *db, const char *state, GError **err)
{
    return db_select(db, &RECORD,
                     SELECT_INVITATION " WHERE (state = $1 OR $1 IS NULL)"
                                       " ORDER BY t.kind, i.tld",
                     DB_ARGS(db_text(state)), err);
}

bool invitation_is_state(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(STATES); i++) {
        if (g_str_equal(name, STATES[i]))
            return true;
    }
    return false;
}

bool invitation_of_mail(Db *db, const char *header_id, char **ret_tld, GError **err)
{
    return db_select_text(db, "SELECT tld FROM invitation_mail WHERE header_id = $1",
                          DB_ARGS(db_text(header_id)), ret_tld, err);
}

/* Inviting */

void invited_clear(Invited *invited)
{
    g_clear_pointer(&invited->address, g_free);
    g_clear_pointer(&invited->why, g_free);
    g_clear_pointer(&invited->subject, g_free);
    g_clear_pointer(&invited->text, g_free);
}

bool invitation_check_language(const Work *work, const char *language, GError **err)
{
    return letter_speaks(work, language, "invitation") ||
           err_set(err, ERR_INVALID, "there is no invitation in the language \"%s\"", language);
}

/* Why a TLD is not to be invited now; NULL if nothing speaks against it. */
static char *objection(const Invitation *before, const InviteHow *how)
{
    const char *state = before != NULL ? before->state : "joined"; /* and has left since */
    if (g_str_equal(state, "waiting"))
        return g_strdup("it is about to be invited");
    if (g_str_equal(state, "invited"))
        return g_strdup("it is invited; reminders go out by themselves");
    if (g_str_equal(state, "stopped"))
        return g_strdup_printf("it was stopped: %s", before->reason);
    if (g_str_equal(state, "rested") && !how->is_named)
        return g_strdup("all reminders went out; name it to invite it anew");
    return NULL;
}

/* *ret_invited says why not, or to which address. */
static bool look(const Work *work, const Tld *tld, const InviteHow *how, Invited *ret_invited,
                 GError **err)
{
    g_autoptr(Invitation) before = NULL;
    g_autoptr(Tld) now = NULL; /* its contacts within this transaction */
    if (!tld_find(work->db, tld->a_label, &now, err) ||
        !invitation_find(work->db, tld->a_label, &before, err))
        return false;
    *ret_invited = (Invited){ .outcome = INVITE_SKIPPED };
    if (now == NULL)
        return err_set(err, ERR_NOT_FOUND, "there is no TLD .%s", tld->a_label);
    ret_invited->why = now->contacts > 0 ? g_strdup("it has joined") : objection(before, how);
    return ret_invited->why != NULL ||
           authority_address(work->db, tld->a_label, AUTHORITY_ADMINISTRATIVE,
                             &ret_invited->address, &ret_invited->why, err);
}

/* A new row, also in place of one of an earlier round. Those of its mails stay: an answer to an
 * old one is an answer. */
static bool begin(const Work *work, const Tld *tld, const char *language, const char *state,
                  const char *reason, GError **err)
{
    bool waits = g_str_equal(state, "waiting");
    return db_run(work->db, "DELETE FROM invitation WHERE tld = $1",
                  DB_ARGS(db_text(tld->a_label)), NULL, err) &&
           db_run(work->db,
                  "INSERT INTO invitation (tld, state, language, asked_at, asked_by, mails,"
                  " due_at, reason) VALUES ($1, $2, $3, $4, $5, 0, $6, $7)",
                  DB_ARGS(db_text(tld->a_label), db_text(state), db_text(language),
                          db_int(work->now), db_text(work->actor),
                          waits ? db_int(work->now) : db_null(), db_text(reason)),
                  NULL, err);
}

static bool plan(const Work *work, const Tld *tld, GError **err)
{
    const JournalEntry entry = { .actor = work->actor,
                                 .action = "invitation.plan",
                                 .tld = tld->a_label };
    db_notify(work->db, "inbox"); /* the worker counts anew when there is room */
    return journal_add(work->db, &entry, work->now, err);
}

/* Sends it, or lets it wait for its turn. What waits is written once too, so that a template
 * that is broken is found out here and not by the worker alone. */
static bool invite(const Work *work, const Tld *tld, const InviteHow *how, Invited *invited,
                   GError **err)
{
    const InvitationMail mail = {
        .tld = tld,
        .language = how->language,
        .address = invited->address,
    };
    int64_t room = 0;
    int64_t room_at = 0;
    if (!invitation_mail_room(work->db, work->now, &room, &room_at, err))
        return false;
    invited->outcome = room > how->would_send ? INVITE_SENT : INVITE_PLANNED;
    if (how->is_dry_run || room == 0) {
        if (!invitation_mail_preview(work, &mail, &invited->subject, &invited->text, err))
            return false;
    }
    if (how->is_dry_run)
        return true;
    return begin(work, tld, how->language, "waiting", NULL, err) &&
           (room > 0 ? invitation_mail_send(work, &mail, err) : plan(work, tld, err));
}

bool invitation_invite(const Work *work, const Tld *tld, const InviteHow *how,
                       Invited *ret_invited, GError **err)
{
    g_auto(Invited) invited = { .outcome = INVITE_SKIPPED };
    g_autoptr(DbTransaction) transaction = db_begin(work->db, err);
    if (transaction == NULL || !look(work, tld, how, &invited, err) ||
        (invited.address != NULL && !invite(work, tld, how, &invited, err)) ||
        !db_commit(&transaction, err))
        return false;
    *ret_invited = invited;
    invited = (Invited){ .outcome = INVITE_SKIPPED };
    return true;
}

/* Stopping, and going on */

static bool clean_reason(const char *typed, char **ret_reason, GError **err)
{
    g_autofree char *reason = text_clean(typed, NULL);
    if (*reason == '\0')
        return err_set(err, ERR_INVALID, "an invitation is stopped for a reason: say which");
    if (g_utf8_strlen(reason, -1) > INVITATION_REASON_MAX)
        return err_set(err, ERR_INVALID, "the reason is longer than %d characters",
                       INVITATION_REASON_MAX);
    *ret_reason = g_steal_pointer(&reason);
    return true;
}

static bool set_stopped(const Work *work, const Tld *tld, const char *reason, GError **err)
{
    return db_run(work->db,
                  "UPDATE invitation SET state = 'stopped', due_at = NULL, held = NULL,"
                  " reason = $2, asked_at = $3, asked_by = $4 WHERE tld = $1",
                  DB_ARGS(db_text(tld->a_label), db_text(reason), db_int(work->now),
                          db_text(work->actor)),
                  NULL, err);
}

static bool stop_within(const Work *work, const Tld *tld, const char *reason, GError **err)
{
    g_autoptr(Invitation) before = NULL;
    const JournalValue why = { "reason", reason };
    const JournalEntry entry = {
        .actor = work->actor,
        .action = "invitation.stop",
        .tld = tld->a_label,
        .values = &why,
        .n_values = 1,
    };
    if (!invitation_find(work->db, tld->a_label, &before, err))
        return false;
    if (before != NULL && g_str_equal(before->state, "stopped"))
        return err_set(err, ERR_EXISTS, "inviting .%s was stopped before: %s", tld->u_label,
                       before->reason);
    if (tld->contacts > 0)
        return err_set(err, ERR_EXISTS, ".%s has joined: it is not invited", tld->u_label);
    bool is_set = before != NULL ? set_stopped(work, tld, reason, err)
                                 : begin(work, tld, "en", "stopped", reason, err);
    return is_set && journal_add(work->db, &entry, work->now, err);
}

bool invitation_stop(const Work *work, const Tld *tld, const char *reason, GError **err)
{
    g_autofree char *clean = NULL;
    if (!clean_reason(reason, &clean, err))
        return false;
    g_autoptr(DbTransaction) transaction = db_begin(work->db, err);
    return transaction != NULL && stop_within(work, tld, clean, err) &&
           db_commit(&transaction, err);
}

/* One that never had a mail has nothing to go on with. */
static bool set_resumed(const Work *work, const Invitation *before, GError **err)
{
    if (before->mails == 0)
        return db_run(work->db, "DELETE FROM invitation WHERE tld = $1",
                      DB_ARGS(db_text(before->tld)), NULL, err);
    int64_t due_at = invitation_next_due(before->mails, before->last_at);
    return db_run(work->db,
                  "UPDATE invitation SET state = $2, due_at = $3, reason = NULL, asked_at = $4,"
                  " asked_by = $5 WHERE tld = $1",
                  DB_ARGS(db_text(before->tld), db_text(due_at >= 0 ? "invited" : "rested"),
                          due_at >= 0 ? db_int(due_at) : db_null(), db_int(work->now),
                          db_text(work->actor)),
                  NULL, err);
}

static bool resume_within(const Work *work, const Tld *tld, GError **err)
{
    g_autoptr(Invitation) before = NULL;
    const JournalEntry entry = { .actor = work->actor,
                                 .action = "invitation.resume",
                                 .tld = tld->a_label };
    if (!invitation_find(work->db, tld->a_label, &before, err))
        return false;
    if (before == NULL || !g_str_equal(before->state, "stopped"))
        return err_set(err, ERR_NOT_FOUND, "inviting .%s was not stopped", tld->u_label);
    db_notify(work->db, "inbox");
    return set_resumed(work, before, err) && journal_add(work->db, &entry, work->now, err);
}

bool invitation_resume(const Work *work, const Tld *tld, GError **err)
{
    g_autoptr(DbTransaction) transaction = db_begin(work->db, err);
    return transaction != NULL && resume_within(work, tld, err) && db_commit(&transaction, err);
}
