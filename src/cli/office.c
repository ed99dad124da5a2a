/* muster office: who serves on the committee and in the secretariat. */
#include "directory/office.h"

#include "base/err.h"
#include "cli/groups.h"
#include "cli/records.h"

static json_t *office_record(const Office *office)
{
    return json_pack("{s:I, s:s, s:s, s:o, s:o, s:s, s:o}", "person_id", office->person_id,
                     "name", office->person, "office", office->kind, "since",
                     output_time(office->since), "until", output_time(office->until),
                     "granted_by", office->granted_by, "ended_by",
                     output_string(office->ended_by));
}

static bool cmd_office_list(Session *session, const Args *args, GError **err)
{
    static const OutputColumn COLUMNS[] = {
        { "office", "office" },     { "person_id", "no." },         { "name", "name" },
        { "since", "since" },       { "granted_by", "granted by" }, { "until", "until" },
        { "ended_by", "ended by" },
    };
    bool is_all = args_has(args, "all");
    g_autoptr(GPtrArray) offices = office_list(session->db, 0, is_all, err);
    if (offices == NULL)
        return false;

    json_t *rows = json_array();
    for (guint i = 0; i < offices->len; i++)
        (void) json_array_append_new(rows, office_record(offices->pdata[i]));
    output_table(session->output, rows, COLUMNS, is_all ? G_N_ELEMENTS(COLUMNS) : 5);
    return true;
}

/* Somebody new is described by options; who is on file is named. */
static bool grant(Session *session, const Args *args, const Edit *edit, int64_t since,
                  int64_t *ret_id, GError **err)
{
    const char *kind = args_get(args, "office");
    const char *who = args_get(args, "who");

    if (!args_has(args, "given") && (args_has(args, "family") || args_has(args, "mobile")))
        return err_set(err, ERR_INVALID,
                       "--family and --mobile describe somebody new, with --given; who is on "
                       "file is changed with \"muster contact change\"");
    if (!args_has(args, "given"))
        return contact_resolve(session->db, who, ret_id, err) &&
               office_grant(session->db, edit, *ret_id, kind, since, err);

    PersonInput input = record_person_input(args);
    input.primary = who;
    return office_grant_new(session->db, edit, &input, kind, since, ret_id, err);
}

static bool cmd_office_grant(Session *session, const Args *args, GError **err)
{
    g_autoptr(GPtrArray) notices = g_ptr_array_new_with_free_func(g_free);
    const Edit edit = record_edit(session, notices);
    int64_t since = edit.now;
    int64_t id = 0;

    if (args_has(args, "since") && !clock_parse(args_get(args, "since"), &since, err))
        return false;
    return grant(session, args, &edit, since, &id, err) &&
           record_show_person(session, id, notices, err);
}

static bool cmd_office_end(Session *session, const Args *args, GError **err)
{
    g_autoptr(GPtrArray) notices = g_ptr_array_new_with_free_func(g_free);
    const Edit edit = record_edit(session, notices);
    const char *kind = args_get(args, "office");
    int64_t until = edit.now;
    int64_t id = 0;

    if (args_has(args, "until") && !clock_parse(args_get(args, "until"), &until, err))
        return false;
    if (!contact_resolve(session->db, args_get(args, "who"), &id, err) ||
        !office_end(session->db, &edit, id, kind, until, err))
        return false;

    output_line(session->output, "Ended: %s.", kind);
    output_document(session->output, json_pack("{s:I, s:s, s:o}", "id", id, "office", kind,
                                               "notices", record_notices(session, notices)));
    return true;
}

static const Command COMMANDS[] = {
    { "office grant <who> <office> [--since=<date>] [--given=<name>] [--family=<name>] "
      "[--mobile=<number>]",
      cmd_office_grant, COMMAND_STORE,
      "make somebody chair, committee, secretary, liaison, observer or operator" },
    { "office end <who> <office> [--until=<date>]", cmd_office_end, COMMAND_STORE,
      "end an office" },
    { "office list [--all]", cmd_office_list, COMMAND_STORE,
      "list who holds which office, or also who held it before" },
};

const CommandGroup CLI_OFFICE = COMMAND_GROUP(COMMANDS);
