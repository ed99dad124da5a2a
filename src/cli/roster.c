/* muster roster: the mail with the whole directory. */
#include "directory/roster.h"

#include "base/err.h"
#include "base/limits.h"
#include "cli/groups.h"
#include "cli/records.h"

/* The marks that keep numbers in order are for mail programs; a terminal would show them. */
static char *without_marks(const char *text)
{
    g_autoptr(GString) plain = g_string_new(text);
    g_string_replace(plain, "\u200e", "", 0);
    return g_strdup(plain->str);
}

static json_t *line_record(const RosterLine *line)
{
    return json_pack("{s:s, s:s, s:I, s:s, s:s, s:s, s:s, s:s, s:s}", "tld", line->tld,
                     "u_label", line->u_label, "rank", line->rank, "name", line->name,
                     "ascii_name", line->ascii_name, "mobile", line->mobile, "primary",
                     line->primary, "secondary", line->secondary, "damage", line->damage);
}

static json_t *roster_record(const Roster *roster, const char *text)
{
    json_t *lines = json_array();
    for (guint i = 0; i < roster->lines->len; i++)
        (void) json_array_append_new(lines, line_record(roster->lines->pdata[i]));
    return json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:o}", "subject", roster->subject,
                     "text", text, "contacts", (json_int_t) roster->lines->len, "people",
                     (json_int_t) roster->people, "tlds", (json_int_t) roster->tlds, "changes",
                     (json_int_t) roster->changes, "damaged", (json_int_t) roster->damaged,
                     "lines", lines);
}

static bool cmd_roster_show(Session *session, const Args *args, GError **err)
{
    const Work work = record_work(session);
    g_auto(Roster) roster = { 0 };
    g_autoptr(DbTransaction) view = db_begin_read(session->db, err);
    if (view == NULL || !roster_build(&work, &roster, err))
        return false;

    g_autofree char *text = without_marks(roster.text);
    output_line(session->output, "Subject: %s", roster.subject);
    output_line(session->output, "%s", "");
    output_text(session->output, text);
    output_document(session->output, roster_record(&roster, text));
    return true;
}

static json_t *sent_record(const RosterSent *sent)
{
    return json_pack("{s:I, s:o, s:o, s:I, s:I, s:I, s:I, s:I}", "id", sent->id, "sent_at",
                     output_time(sent->sent_at), "due_on", output_string(sent->due_on),
                     "contacts", sent->contacts, "tlds", sent->tlds, "changes", sent->changes,
                     "message_id", sent->message_id, "copies", sent->copies);
}

static bool cmd_roster_send(Session *session, const Args *args, GError **err)
{
    const Work work = record_work(session);
    g_autoptr(RosterSent) sent = NULL;
    if (!roster_send(&work, &sent, err))
        return false;

    output_line(session->output,
                "The roster of %" G_GINT64_FORMAT " contacts of %" G_GINT64_FORMAT
                " TLDs, with %" G_GINT64_FORMAT " changes, is on its way to %" G_GINT64_FORMAT
                " addresses (message %" G_GINT64_FORMAT ").",
                sent->contacts, sent->tlds, sent->changes, sent->copies, sent->message_id);
    output_document(session->output, sent_record(sent));
    return true;
}

static bool cmd_roster_history(Session *session, const Args *args, GError **err)
{
    static const OutputColumn COLUMNS[] = {
        { "sent_at", "sent" },       { "due_on", "due on" },   { "contacts", "contacts" },
        { "tlds", "TLDs" },          { "changes", "changes" }, { "copies", "copies" },
        { "message_id", "message" },
    };
    g_autoptr(GPtrArray) history = roster_history(session->db, ROSTER_HISTORY_MAX, err);
    if (history == NULL)
        return false;

    json_t *rows = json_array();
    for (guint i = 0; i < history->len; i++)
        (void) json_array_append_new(rows, sent_record(history->pdata[i]));
    output_table(session->output, rows, COLUMNS, G_N_ELEMENTS(COLUMNS));
    return true;
}

static const Command COMMANDS[] = {
    { "roster show", cmd_roster_show, COMMAND_STORE, "show the roster as it would go out now" },
    { "roster send", cmd_roster_send, COMMAND_STORE,
      "send the roster to everyone now, whatever day it is" },
    { "roster history", cmd_roster_history, COMMAND_STORE, "list the rosters that went out" },
};

const CommandGroup CLI_ROSTER = COMMAND_GROUP(COMMANDS);
