/* muster invite: asking the authorities of TLDs to name contacts, and how far that has come. */
#include "base/err.h"
#include "cli/groups.h"
#include "cli/progress.h"
#include "cli/records.h"
#include "directory/region.h"
#include "membership/invitation.h"

typedef struct {
    json_t *rows;
    ProgressLine *progress;
    guint count; /* of TLDs in all */
    unsigned outcomes[INVITE_SKIPPED + 1];
} InviteReport;

/* Which TLDs are meant: those that were named, or all that are missing. */
static GPtrArray *chosen_tlds(Session *session, const Args *args, GError **err)
{
    const GPtrArray *names = args_list(args, "tld");
    const Region *region = NULL;
    bool is_missing = args_has(args, "missing");
    if (is_missing == (names->len > 0)) {
        err_set(err, ERR_INVALID, "name the TLDs, or say --missing for all without a contact");
        return NULL;
    }
    if (args_has(args, "region") && !is_missing) {
        err_set(err, ERR_INVALID, "--region goes with --missing");
        return NULL;
    }
    if (args_has(args, "region") && !region_parse(args_get(args, "region"), &region, err))
        return NULL;
    if (is_missing)
        return tld_list(session->db, TLD_MISSING, region != NULL ? region->code : NULL, err);

    g_autoptr(GPtrArray) tlds = g_ptr_array_new_with_free_func((GDestroyNotify) tld_free);
    for (guint i = 0; i < names->len; i++) {
        Tld *tld = NULL;
        if (!tld_parse(session->db, names->pdata[i], &tld, err))
            return NULL;
        g_ptr_array_add(tlds, tld);
    }
    return g_steal_pointer(&tlds);
}

static const char *outcome_text(InviteOutcome outcome, bool is_dry_run)
{
    static const char *const DONE[] = { "invited", "waits", "skipped" };
    static const char *const DRY[] = { "would be invited", "would wait", "skipped" };
    return (is_dry_run ? DRY : DONE)[outcome];
}

static void add_row(InviteReport *report, const Tld *tld, const Invited *invited,
                    const InviteHow *how)
{
    json_t *row = json_pack(
        "{s:s, s:s, s:s, s:o, s:o}", "tld", tld->a_label, "u_label", tld->u_label, "outcome",
        outcome_text(invited->outcome, how->is_dry_run), "address",
        output_string(invited->address), "reason", output_string(invited->why));
    if (how->is_dry_run) {
        (void) json_object_set_new(row, "subject", output_string(invited->subject));
        (void) json_object_set_new(row, "text", output_string(invited->text));
    }
    (void) json_array_append_new(report->rows, row);
    report->outcomes[invited->outcome]++;
}

static bool invite_all(Session *session, const GPtrArray *tlds, const InviteHow *how,
                       InviteReport *report, GError **err)
{
    for (guint i = 0; i < tlds->len; i++) {
        const Tld *tld = tlds->pdata[i];
        const Work work = record_work(session);
        g_auto(Invited) invited = { .outcome = INVITE_SKIPPED };
        InviteHow this = *how;
        this.would_send = how->is_dry_run ? report->outcomes[INVITE_SENT] : 0;
        if (!invitation_invite(&work, tld, &this, &invited, err)) {
            g_prefix_error(err, ".%s: ", tld->u_label);
            return false;
        }
        add_row(report, tld, &invited, how);
        progress_line_show(report->progress, "inviting: .%s, %u of %u TLDs", tld->a_label,
                           i + 1, report->count);
    }
    return true;
}

static void show_report(Session *session, const InviteReport *report, bool is_dry_run)
{
    static const OutputColumn COLUMNS[] = {
        { "u_label", "TLD" },
        { "outcome", "outcome" },
        { "address", "address at IANA" },
        { "reason", "reason" },
    };
    const json_t *only = json_array_get(report->rows, 0);
    const char *text = json_string_value(json_object_get(only, "text"));
    output_rows(session->output, report->rows, COLUMNS, G_N_ELEMENTS(COLUMNS));
    output_line(session->output, "TLDs: %zu; %s: %u, %s: %u, skipped: %u.",
                json_array_size(report->rows), outcome_text(INVITE_SENT, is_dry_run),
                report->outcomes[INVITE_SENT], outcome_text(INVITE_PLANNED, is_dry_run),
                report->outcomes[INVITE_PLANNED], report->outcomes[INVITE_SKIPPED]);
    if (report->outcomes[INVITE_PLANNED] > 0)
        output_line(session->output,
                    "What waits goes out by itself as the hours pass, while Muster serves.");
    if (json_array_size(report->rows) != 1 || text == NULL)
        return;
    output_line(session->output, "%s", "");
    output_line(session->output, "Subject: %s",
                json_string_value(json_object_get(only, "subject")));
    output_line(session->output, "%s", "");
    output_text(session->output, text);
}

static bool cmd_invite(Session *session, const Args *args, GError **err)
{
    g_auto(ProgressLine) progress = progress_line(session);
    const char *language = args_get(args, "language");
    const InviteHow how = {
        .language = language != NULL ? language : "en",
        .is_named = !args_has(args, "missing"),
        .is_dry_run = args_has(args, "dry-run"),
    };
    const Work work = record_work(session);
    g_autoptr(GPtrArray) tlds = chosen_tlds(session, args, err);
    if (tlds == NULL || !invitation_check_language(&work, how.language, err))
        return false;

    InviteReport report = { .rows = json_array(), .progress = &progress, .count = tlds->len };
    g_autoptr(GError) failure = NULL;
    bool is_done = invite_all(session, tlds, &how, &report, &failure);
    progress_line_clear(&progress);
    if (is_done || json_array_size(report.rows) > 0)
        show_report(session, &report, how.is_dry_run);
    output_document(session->output, report.rows);
    if (!is_done)
        g_propagate_error(err, g_steal_pointer(&failure));
    return is_done;
}

/* What was done, and how it stands */

static json_t *invitation_record(const Invitation *invitation)
{
    return json_pack(
        "{s:s, s:s, s:s, s:s, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:s, s:o}", "tld",
        invitation->tld, "u_label", invitation->u_label, "state", invitation->state, "language",
        invitation->language, "mails", invitation->mails, "first",
        output_time(invitation->first_at), "last", output_time(invitation->last_at), "next",
        output_time(invitation->due_at), "held", output_string(invitation->held), "reason",
        output_string(invitation->reason), "address", output_string(invitation->address),
        "delivery", output_string(invitation->delivery), "by", invitation->asked_by, "since",
        output_time(invitation->asked_at));
}

static const OutputColumn INVITATION_COLUMNS[] = {
    { "u_label", "TLD" }, { "state", "state" },       { "mails", "mails" },
    { "last", "last" },   { "delivery", "that one" }, { "next", "next" },
    { "by", "by" },       { "held", "held because" }, { "reason", "stopped because" },
};

static bool cmd_invite_list(Session *session, const Args *args, GError **err)
{
    const char *state = args_get(args, "state");
    if (state != NULL && !invitation_is_state(state))
        return err_set(err, ERR_INVALID,
                       "the states are waiting, invited, rested, stopped and joined");
    g_autoptr(GPtrArray) invitations = invitation_list(session->db, state, err);
    if (invitations == NULL)
        return false;

    json_t *rows = json_array();
    for (guint i = 0; i < invitations->len; i++)
        (void) json_array_append_new(rows, invitation_record(invitations->pdata[i]));
    output_rows(session->output, rows, INVITATION_COLUMNS, G_N_ELEMENTS(INVITATION_COLUMNS));
    output_line(session->output, "%u TLDs.", invitations->len);
    output_document(session->output, rows);
    return true;
}

/* How one stands now. */
static bool show_one(Session *session, const Tld *tld, GError **err)
{
    g_autoptr(Invitation) invitation = NULL;
    if (!invitation_find(session->db, tld->a_label, &invitation, err))
        return false;
    json_t *rows = json_array();
    if (invitation != NULL)
        (void) json_array_append_new(rows, invitation_record(invitation));
    else
        output_line(session->output, "Nobody has invited .%s.", tld->u_label);
    output_table(session->output, rows, INVITATION_COLUMNS, G_N_ELEMENTS(INVITATION_COLUMNS));
    return true;
}

static bool cmd_invite_stop(Session *session, const Args *args, GError **err)
{
    g_autoptr(Tld) tld = NULL;
    const Work work = record_work(session);
    return tld_parse(session->db, args_get(args, "tld"), &tld, err) &&
           invitation_stop(&work, tld, args_get(args, "reason"), err) &&
           show_one(session, tld, err);
}

static bool cmd_invite_resume(Session *session, const Args *args, GError **err)
{
    g_autoptr(Tld) tld = NULL;
    const Work work = record_work(session);
    return tld_parse(session->db, args_get(args, "tld"), &tld, err) &&
           invitation_resume(&work, tld, err) && show_one(session, tld, err);
}

static const Command COMMANDS[] = {
    { "invite [--missing] [--region=<region>] [--language=<tag>] [--dry-run] [<tld>...]",
      cmd_invite, COMMAND_STORE,
      "ask the administrative contacts at IANA of some TLDs, or of all without a contact, to "
      "name contacts" },
    { "invite list [--state=<state>]", cmd_invite_list, COMMAND_STORE,
      "list who was invited, how often, and when the next reminder goes out" },
    { "invite stop <tld> --reason=<why>", cmd_invite_stop, COMMAND_STORE,
      "send a TLD no invitation and no reminder any more" },
    { "invite resume <tld>", cmd_invite_resume, COMMAND_STORE,
      "let an invitation that was stopped go on" },
};

const CommandGroup CLI_INVITE = COMMAND_GROUP(COMMANDS);
