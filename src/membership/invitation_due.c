/* What of invitations falls due by time, see invitation.h. */
#include "base/clock.h"
#include "base/limits.h"
#include "membership/authority_address.h"
#include "membership/invitation.h"
#include "membership/invitation_mail.h"
#include "store/journal.h"

typedef struct {
    char *tld;
} Due;

static void due_free(Due *due)
{
    g_free(due->tld);
    g_free(due);
}

static const DbField DUE_FIELDS[] = { DB_FIELD(Due, tld) };

static const DbRecord DUE = {
    .size = sizeof(Due),
    .free = (GDestroyNotify) due_free,
    .fields = DUE_FIELDS,
    .n_fields = G_N_ELEMENTS(DUE_FIELDS),
};

/* Who has joined */

#define HAVE_JOINED                                                                            \
    " FROM invitation WHERE state != 'joined' AND EXISTS"                                      \
    " (SELECT 1 FROM seat WHERE seat.tld = invitation.tld)"

static bool set_joined(const Work *work, const char *tld, GError **err)
{
    const JournalEntry entry = { .actor = work->actor,
                                 .action = "invitation.joined",
                                 .tld = tld };
    return db_run(work->db,
                  "UPDATE invitation SET state = 'joined', due_at = NULL, held = NULL,"
                  " reason = NULL WHERE tld = $1",
                  DB_ARGS(db_text(tld)), NULL, err) &&
           journal_add(work->db, &entry, work->now, err);
}

static bool note_joined(const Work *work, GError **err)
{
    int64_t count = 0;
    if (!db_select_int(work->db, "SELECT count(*)" HAVE_JOINED, DB_NO_ARGS, &count, err))
        return false;
    if (count == 0)
        return true;

    g_autoptr(DbTransaction) transaction = db_begin(work->db, err);
    if (transaction == NULL)
        return false;
    g_autoptr(GPtrArray) joined = db_select(
        work->db, &DUE, "SELECT tld" HAVE_JOINED " ORDER BY tld", DB_NO_ARGS, err);
    if (joined == NULL)
        return false;
    for (guint i = 0; i < joined->len; i++) {
        if (!set_joined(work, ((const Due *) joined->pdata[i])->tld, err))
            return false;
    }
    return db_commit(&transaction, err);
}

/* What a clock planned that has been set back since must not wait as long as that was ahead. */
#define LATE                                                                                   \
    "((state = 'waiting' AND due_at > $1 + $3) OR (state = 'invited' AND due_at > $1 + $2))"

static bool mend_late(const Work *work, GError **err)
{
    int64_t gap = invitation_longest_gap();
    int64_t count = 0;
    if (!db_select_int(work->db, "SELECT count(*) FROM invitation WHERE " LATE,
                       DB_ARGS(db_int(work->now), db_int(gap), db_int(INVITATION_LOOK_S)),
                       &count, err))
        return false;
    return count == 0 ||
           db_run(work->db,
                  "UPDATE invitation SET due_at = CASE WHEN state = 'waiting' THEN $1"
                  " ELSE $1 + $2 END WHERE " LATE,
                  DB_ARGS(db_int(work->now), db_int(gap), db_int(INVITATION_LOOK_S)), NULL,
                  err);
}

/* Mails that are due */

/* Looks again in a while; the first time with a journal row. */
static bool hold(const Work *work, const Invitation *invitation, const char *why, GError **err)
{
    const JournalValue reason = { "reason", why }; /* it may quote what IANA publishes */
    const JournalEntry entry = {
        .actor = work->actor,
        .action = "invitation.hold",
        .tld = invitation->tld,
        .values = &reason,
        .n_values = 1,
    };
    return db_run(work->db, "UPDATE invitation SET held = $2, due_at = $3 WHERE tld = $1",
                  DB_ARGS(db_text(invitation->tld), db_text(why),
                          db_int(work->now + INVITATION_LOOK_S)),
                  NULL, err) &&
           (invitation->held != NULL || journal_add(work->db, &entry, work->now, err));
}

static bool send_or_hold(const Work *work, const Tld *tld, const Invitation *invitation,
                         GError **err)
{
    g_autofree char *address = NULL;
    g_autofree char *why = NULL;
    if (!authority_address(work->db, tld->a_label, AUTHORITY_ADMINISTRATIVE, &address, &why,
                           err))
        return false;
    if (address == NULL)
        return hold(work, invitation, why, err);
    const InvitationMail mail = {
        .tld = tld,
        .language = invitation->language,
        .address = address,
        .mails = invitation->mails,
        .first_at = invitation->first_at,
    };
    return invitation_mail_send(work, &mail, err);
}

/* One mail, one transaction; *ret_has_room is false if there is no room for it in this hour.
 * Somebody else may have been faster, or the TLD have joined meanwhile. */
static bool do_one(const Work *work, const char *a_label, bool *ret_has_room, GError **err)
{
    g_autoptr(Tld) tld = NULL;
    g_autoptr(Invitation) invitation = NULL;
    int64_t room = 0;
    int64_t room_at = 0;
    g_autoptr(DbTransaction) transaction = db_begin(work->db, err);
    if (transaction == NULL || !tld_find(work->db, a_label, &tld, err) ||
        !invitation_find(work->db, a_label, &invitation, err) ||
        !invitation_mail_room(work->db, work->now, &room, &room_at, err))
        return false;
    *ret_has_room = room > 0;
    bool is_due = tld != NULL && tld->contacts == 0 && invitation != NULL &&
                  invitation->due_at > 0 && invitation->due_at <= work->now;
    return !is_due || room == 0 ||
           (send_or_hold(work, tld, invitation, err) && db_commit(&transaction, err));
}

static bool do_all(const Work *work, GError **err)
{
    g_autoptr(GPtrArray) due = db_select(
        work->db, &DUE, "SELECT tld FROM invitation WHERE due_at <= $1 ORDER BY due_at, tld",
        DB_ARGS(db_int(work->now)), err);
    bool has_room = true;
    for (guint i = 0; due != NULL && i < due->len && has_room; i++) {
        if (!do_one(work, ((const Due *) due->pdata[i])->tld, &has_room, err))
            return false;
    }
    return due != NULL;
}

bool invitation_due(const Work *work, int64_t *ret_next_at, GError **err)
{
    int64_t due_at = -1;
    int64_t room = 0;
    int64_t room_at = 0;
    if (!note_joined(work, err) || !mend_late(work, err) || !do_all(work, err) ||
        !db_select_int(work->db, "SELECT coalesce(min(due_at), -1) FROM invitation", DB_NO_ARGS,
                       &due_at, err) ||
        !invitation_mail_room(work->db, work->now, &room, &room_at, err))
        return false;
    *ret_next_at = due_at < 0 ? -1 : MAX(due_at, room_at);
    return true;
}
