#include "membership/invitation_mail.h"

#include "base/address.h"
#include "base/clock.h"
#include "base/limits.h"
#include "membership/form.h"
#include "membership/invitation_schedule.h"
#include "queue/letter.h"
#include "store/journal.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC(json_t, json_decref)

#define QUOTA_S 3600

/* The texts that other letters have too, and as what the invitation knows them. */
static const struct {
    const char *key;
    const char *name;
} PARTS[] = {
    { "about", "about" },
    { "important_notices", "important-notices" },
    { "rules_of_engagement", "rules-of-engagement" },
    { "confidentiality", "confidentiality" },
};

static int64_t contact_limit(const Work *work, const Tld *tld)
{
    return tld->contact_limit > 0 ? tld->contact_limit : work->config->contacts_per_tld;
}

/* The form to be filled in. */
static char *empty_form(const Tld *tld, int64_t contacts)
{
    g_autoptr(Form) form = form_new();
    g_ptr_array_add(form->tlds, g_strconcat(".", tld->u_label, NULL));
    form->has_kind = true;
    form->kind = REQUEST_JOIN;
    char *text = form_write(form, (guint) MIN(contacts, INVITATION_CONTACTS_MAX), "en");
    return g_strchomp(text);
}

static bool add_parts(const Work *work, const char *language, json_t *data, GError **err)
{
    for (size_t i = 0; i < G_N_ELEMENTS(PARTS); i++) {
        g_autofree char *text = letter_part(work, language, PARTS[i].name, err);
        if (text == NULL)
            return false;
        json_object_set_new(data, PARTS[i].key, json_string(text));
    }
    return true;
}

static char *day_text(int64_t at)
{
    ClockDate date = clock_date(at);
    return g_strdup_printf("%04d-%02d-%02d", date.year, date.month, date.day);
}

/* NULL on failure. */
static json_t *data_of(const Work *work, const InvitationMail *mail, GError **err)
{
    int64_t contacts = contact_limit(work, mail->tld);
    g_autofree char *tld = tld_format(mail->tld);
    g_autofree char *form = empty_form(mail->tld, contacts);
    g_autofree char *first = day_text(mail->first_at != 0 ? mail->first_at : work->now);
    g_autofree char *request = address_with_detail(work->config->list, "-request");
    bool is_last = mail->mails == (int64_t) invitation_reminders();
    g_autoptr(json_t) data = json_pack("{s:s, s:s, s:s, s:s, s:I, s:b, s:s, s:b}", "tld", tld,
                                       "country", mail->tld->name, "form", form, "request",
                                       request, "contacts", contacts, "has_several",
                                       contacts > 1, "invited_on", first, "is_last", is_last);
    const char *url = work->config->web_url;
    json_object_set_new(data, "url", url != NULL ? json_string(url) : json_false());
    return add_parts(work, mail->language, data, err) ? g_steal_pointer(&data) : NULL;
}

/* An answer with the form filled in comes to where requests go. Takes data. */
static Letter letter_of(const InvitationMail *mail, const char *request, json_t *data)
{
    return (Letter){
        .template = mail->mails == 0 ? "invitation" : "invitation-reminder",
        .language = mail->language,
        .kind = OUTBOX_NOTICE,
        .from = request,
        .to = mail->address,
        .data = data,
    };
}

bool invitation_mail_preview(const Work *work, const InvitationMail *mail, char **ret_subject,
                             char **ret_text, GError **err)
{
    g_autofree char *request = address_with_detail(work->config->list, "-request");
    json_t *data = data_of(work, mail, err);
    if (data == NULL)
        return false;
    const Letter letter = letter_of(mail, request, data);
    return letter_preview(work, &letter, ret_subject, ret_text, err);
}

static bool keep(const Work *work, const InvitationMail *mail, const LetterSent *sent,
                 GError **err)
{
    int64_t due_at = invitation_next_due(mail->mails + 1, work->now);
    return db_run(work->db,
                  "INSERT INTO invitation_mail (header_id, tld, address, sent_at, message_id)"
                  " VALUES ($1, $2, $3, $4, $5)",
                  DB_ARGS(db_text(sent->header_id), db_text(mail->tld->a_label),
                          db_text(mail->address), db_int(work->now), db_int(sent->message_id)),
                  NULL, err) &&
           db_run(work->db,
                  "UPDATE invitation SET state = $2, mails = $3, first_at = $4, last_at = $5,"
                  " due_at = $6, held = NULL WHERE tld = $1",
                  DB_ARGS(db_text(mail->tld->a_label),
                          db_text(due_at >= 0 ? "invited" : "rested"), db_int(mail->mails + 1),
                          db_int(mail->first_at != 0 ? mail->first_at : work->now),
                          db_int(work->now), due_at >= 0 ? db_int(due_at) : db_null()),
                  NULL, err);
}

static bool add_to_journal(const Work *work, const InvitationMail *mail, GError **err)
{
    g_autofree char *details = mail->mails == 0
                                   ? g_strdup_printf("in %s", mail->language)
                                   : g_strdup_printf(
                                         "reminder %" G_GINT64_FORMAT " of %zu, in %s",
                                         mail->mails, invitation_reminders(), mail->language);
    const JournalValue address = { "address at IANA", mail->address };
    const JournalEntry entry = {
        .actor = work->actor,
        .action = mail->mails == 0 ? "invitation.send" : "invitation.remind",
        .tld = mail->tld->a_label,
        .details = details,
        .values = &address,
        .n_values = 1,
    };
    return journal_add(work->db, &entry, work->now, err);
}

bool invitation_mail_send(const Work *work, const InvitationMail *mail, GError **err)
{
    g_auto(LetterSent) sent = { .message_id = 0 };
    g_autofree char *request = address_with_detail(work->config->list, "-request");
    json_t *data = data_of(work, mail, err);
    if (data == NULL)
        return false;
    const Letter letter = letter_of(mail, request, data);
    return letter_send_known(work, &letter, &sent, err) && keep(work, mail, &sent, err) &&
           add_to_journal(work, mail, err);
}

/* What a clock that has been set back since said was later does not count. */
bool invitation_mail_room(Db *db, int64_t now, int64_t *ret_room, int64_t *ret_room_at,
                          GError **err)
{
    int64_t count = 0;
    int64_t oldest = 0;
    if (!db_select_int(db,
                       "SELECT count(*) FROM invitation_mail WHERE sent_at > $1"
                       " AND sent_at <= $2",
                       DB_ARGS(db_int(now - QUOTA_S), db_int(now)), &count, err) ||
        !db_select_int(db,
                       "SELECT coalesce(min(sent_at), 0) FROM invitation_mail"
                       " WHERE sent_at > $1 AND sent_at <= $2",
                       DB_ARGS(db_int(now - QUOTA_S), db_int(now)), &oldest, err))
        return false;
    *ret_room = MAX(INVITATIONS_PER_HOUR - count, 0);
    *ret_room_at = *ret_room > 0 ? 0 : oldest + QUOTA_S;
    return true;
}
