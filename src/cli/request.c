/* muster request: joining, adding, changing, removing and leaving, on their way. */
#include <string.h>

#include "base/address.h"
#include "base/err.h"
#include "base/limits.h"
#include "cli/groups.h"
#include "cli/records.h"
#include "directory/tld.h"
#include "membership/form.h"
#include "membership/request_check.h"
#include "membership/request_desk.h"
#include "membership/request_policy.h"

static const OutputColumn LIST_COLUMNS[] = {
    { "number", "no." },          { "kind", "request" }, { "tld", "TLD" },
    { "state", "state" },         { "since", "since" },  { "assigned_to", "with" },
    { "waits_for", "waits for" },
};

static const OutputColumn SHOW_COLUMNS[] = {
    { "number", "request" },
    { "kind", "asks to" },
    { "tld", "TLD" },
    { "state", "state" },
    { "since", "since" },
    { "waits_for", "waits for" },
    { "rule", "by the rule" },
    { "asker", "asked by" },
    { "requester", "from" },
    { "evidence", "evidence" },
    { "copied", "authority in copy" },
    { "language", "language" },
    { "created", "opened" },
    { "next", "next look" },
    { "expires", "ends" },
    { "assigned_to", "with" },
    { "parked", "parked" },
    { "reason", "reason" },
};

static const OutputColumn CONTACT_COLUMNS[] = {
    { "position", "no." },      { "name", "name" },           { "mobile", "mobile" },
    { "primary", "primary" },   { "secondary", "secondary" }, { "whose", "whose entry" },
    { "person_id", "on file" }, { "problem", "problem" },
};

static const OutputColumn NEED_COLUMNS[] = {
    { "way", "way" },         { "need", "needs" },    { "subject", "of" },
    { "state", "state" },     { "asked", "asked" },   { "expires", "until" },
    { "settled", "settled" }, { "settled_by", "by" }, { "about", "about" },
    { "why", "why" },
};

static const OutputColumn EVENT_COLUMNS[] = {
    { "at", "at" },           { "actor", "who" }, { "what", "what" },
    { "details", "details" }, { "mail", "mail" },
};

static const OutputColumn POLICY_COLUMNS[] = {
    { "rule", "rule" },     { "kinds", "request" }, { "askers", "asked by" },
    { "conditions", "if" }, { "needs", "needs" },   { "why", "why" },
};

/* Records */

static json_t *contact_record(const RequestContact *contact)
{
    g_autofree char *name = request_contact_name(contact);
    return json_pack(
        "{s:I, s:o, s:s, s:o, s:o, s:o, s:o, s:o}", "position", contact->position, "person_id",
        contact->person_id != 0 ? json_integer(contact->person_id) : json_null(), "name", name,
        "mobile", output_string(contact->mobile), "primary", output_string(contact->primary),
        "secondary", output_string(contact->secondary), "whose", output_string(contact->whose),
        "problem", output_string(contact->problem));
}

static json_t *contact_records(Db *db, int64_t number, GError **err)
{
    g_autoptr(GPtrArray) contacts = request_contacts(db, number, err);
    if (contacts == NULL)
        return NULL;
    json_t *rows = json_array();
    for (guint i = 0; i < contacts->len; i++)
        (void) json_array_append_new(rows, contact_record(contacts->pdata[i]));
    return rows;
}

static json_t *request_record(Db *db, const Request *request, GError **err)
{
    g_autofree char *waits_for = NULL;
    if (!request_waits_for(db, request, &waits_for, err))
        return NULL;
    json_t *contacts = contact_records(db, request->number, err);
    if (contacts == NULL)
        return NULL;
    return json_pack(
        "{s:I, s:s, s:s, s:s, s:s, s:o, s:o, s:s, s:o, s:o, s:o, s:b, s:s, s:o, s:o, s:o, s:o,"
        " s:o, s:o, s:o}",
        "number", request->number, "kind", request->kind_name, "tld", request->tld, "u_label",
        request->u_label, "state", request->state_name, "waits_for",
        output_string(*waits_for != '\0' ? waits_for : NULL), "since",
        output_time(request->since), "asker", request->asker_name, "requester",
        output_string(request->requester), "rule", output_string(request->rule), "evidence",
        output_string(request->evidence), "copied", request->is_copied, "language",
        request->language, "created", output_time(request->created_at), "next",
        output_time(request->next_at), "expires", output_time(request->expires_at),
        "assigned_to", output_string(request->assigned_to), "parked",
        output_string(request->parked), "reason", output_string(request->reason), "contacts",
        contacts);
}

static json_t *need_records(Db *db, int64_t number, GError **err)
{
    g_autoptr(GPtrArray) needs = request_needs(db, number, err);
    if (needs == NULL)
        return NULL;
    json_t *rows = json_array();
    for (guint i = 0; i < needs->len; i++) {
        const RequestNeed *need = needs->pdata[i];
        (void) json_array_append_new(
            rows,
            json_pack("{s:I, s:s, s:I, s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "way",
                      need->way, "need", need->kind_name, "contact", need->position, "subject",
                      output_string(need->subject), "state", need->state_name, "asked",
                      output_time(need->asked_at), "expires", output_time(need->expires_at),
                      "settled", output_time(need->settled_at), "settled_by",
                      output_string(need->settled_by), "about", output_string(need->about),
                      "why", output_string(need->why)));
    }
    return rows;
}

/* Where a mail of the story is to be seen: "in 12" is `muster message show 12`. */
static json_t *mail_of(const RequestEvent *event)
{
    if (event->inbox_id == 0 && event->message_id == 0)
        return json_null();
    return json_sprintf("%s %" G_GINT64_FORMAT, event->inbox_id != 0 ? "in" : "out",
                        event->inbox_id != 0 ? event->inbox_id : event->message_id);
}

static json_t *event_records(Db *db, int64_t number, GError **err)
{
    g_autoptr(GPtrArray) events = request_events(db, number, err);
    if (events == NULL)
        return NULL;
    json_t *rows = json_array();
    for (guint i = 0; i < events->len; i++) {
        const RequestEvent *event = events->pdata[i];
        (void) json_array_append_new(
            rows, json_pack("{s:o, s:s, s:s, s:o, s:o}", "at", output_time(event->at), "actor",
                            event->actor, "what", event->what, "details",
                            output_string(event->details), "mail", mail_of(event)));
    }
    return rows;
}

/* Showing */

static void print_part(Output *output, const char *title, const json_t *rows,
                       const OutputColumn *columns, size_t n_columns)
{
    if (json_array_size(rows) == 0)
        return;
    output_line(output, "%s", "");
    output_line(output, "%s:", title);
    output_rows(output, rows, columns, n_columns);
}

/* Takes record, needs and events. */
static void print(Output *output, json_t *record, json_t *needs, json_t *events)
{
    json_t *contacts = json_object_get(record, "contacts");
    if (!output_is_json(output)) {
        output_record(output, json_incref(record), SHOW_COLUMNS, G_N_ELEMENTS(SHOW_COLUMNS));
        print_part(output, "contacts", contacts, CONTACT_COLUMNS,
                   G_N_ELEMENTS(CONTACT_COLUMNS));
        print_part(output, "what it needs", needs, NEED_COLUMNS, G_N_ELEMENTS(NEED_COLUMNS));
        print_part(output, "its story", events, EVENT_COLUMNS, G_N_ELEMENTS(EVENT_COLUMNS));
    }
    (void) json_object_set_new(record, "needs", needs);
    (void) json_object_set_new(record, "events", events);
    output_document(output, record);
}

static bool show(Session *session, int64_t number, GError **err)
{
    g_autoptr(Request) request = NULL;
    if (!request_get(session->db, number, &request, err))
        return false;
    json_t *record = request_record(session->db, request, err);
    json_t *needs = record != NULL ? need_records(session->db, number, err) : NULL;
    json_t *events = needs != NULL ? event_records(session->db, number, err) : NULL;
    if (events == NULL) {
        json_decref(record);
        json_decref(needs);
        return false;
    }
    print(session->output, record, needs, events);
    return true;
}

/* Before the number of a request. */
#define REQUEST_LABEL "REQ-"

static bool number_of(const Args *args, int64_t *ret_number, GError **err)
{
    /* "REQ-142" is what the desk and every subject call it. */
    const char *text = args_get(args, "number");
    if (g_ascii_strncasecmp(text, REQUEST_LABEL, strlen(REQUEST_LABEL)) == 0)
        text += strlen(REQUEST_LABEL);
    if (g_ascii_string_to_signed(text, 10, 1, INT64_MAX, ret_number, NULL))
        return true;
    return err_set(err, ERR_INVALID, "\"%s\" is no number of a request, such as 142 or REQ-142",
                   args_get(args, "number"));
}

static bool cmd_request_show(Session *session, const Args *args, GError **err)
{
    int64_t number = 0;
    return number_of(args, &number, err) && show(session, number, err);
}

static bool cmd_request_list(Session *session, const Args *args, GError **err)
{
    g_autoptr(Tld) tld = NULL;
    g_autoptr(GPtrArray) requests = NULL;
    RequestState state;
    RequestFilter filter = { .state = args_get(args, "state"),
                             .is_all = args_has(args, "all"),
                             .limit = REQUEST_LIST_MAX };
    if (filter.state != NULL && !request_state_parse(filter.state, &state))
        return err_set(err, ERR_INVALID, "\"%s\" is no state of a request", filter.state);
    if (args_has(args, "tld")) {
        if (!tld_parse(session->db, args_get(args, "tld"), &tld, err))
            return false;
        filter.tld = tld->a_label;
    }
    requests = request_list(session->db, &filter, err);
    if (requests == NULL)
        return false;
    json_t *rows = json_array();
    for (guint i = 0; i < requests->len; i++) {
        json_t *row = request_record(session->db, requests->pdata[i], err);
        if (row == NULL) {
            json_decref(rows);
            return false;
        }
        (void) json_array_append_new(rows, row);
    }
    output_table(session->output, rows, LIST_COLUMNS, G_N_ELEMENTS(LIST_COLUMNS));
    return true;
}

static bool cmd_request_policy(Session *session, const Args *args, GError **err)
{
    g_autoptr(GPtrArray) policy = request_policy_rows();
    json_t *rows = json_array();
    for (guint i = 0; i < policy->len; i++) {
        const PolicyRow *row = policy->pdata[i];
        (void) json_array_append_new(rows, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "rule",
                                                     row->rule, "kinds", row->kinds, "askers",
                                                     row->askers, "conditions", row->conditions,
                                                     "needs", row->needs, "why", row->why));
    }
    output_table(session->output, rows, POLICY_COLUMNS, G_N_ELEMENTS(POLICY_COLUMNS));
    return true;
}

/* Changing */

static bool read_text(const char *file, char **ret_text, GError **err)
{
    const char *path = file == NULL || g_str_equal(file, "-") ? "/dev/stdin" : file;
    g_autoptr(GError) failure = NULL;
    gsize size = 0;
    if (!g_file_get_contents(path, ret_text, &size, &failure))
        return err_set(err, ERR_NOT_FOUND, "%s", failure->message);
    if (size <= REQUEST_FILE_MAX && g_utf8_validate(*ret_text, (gssize) size, NULL))
        return true;
    g_clear_pointer(ret_text, g_free);
    return err_set(err, ERR_INVALID, "the form is no UTF-8 text of at most %d bytes",
                   REQUEST_FILE_MAX);
}

static bool cmd_request_open(Session *session, const Args *args, GError **err)
{
    g_autofree char *text = NULL;
    g_autofree char *requester = NULL;
    g_autoptr(GArray) numbers = NULL;
    const Work work = record_work(session);
    if ((args_has(args, "from") && !address_parse(args_get(args, "from"), &requester, err)) ||
        !read_text(args_get(args, "file"), &text, err) ||
        !request_desk_open(&work, text, requester, &numbers, err))
        return false;
    for (guint i = 0; i < numbers->len; i++) {
        if (!show(session, g_array_index(numbers, int64_t, i), err))
            return false;
    }
    return true;
}

/* Runs one of the steps that take a number and a text. */
static bool do_step(Session *session, const Args *args,
                    bool (*step)(const Work *work, int64_t number, const char *text,
                                 GError **err),
                    const char *text, GError **err)
{
    const Work work = record_work(session);
    int64_t number = 0;
    return number_of(args, &number, err) && step(&work, number, text, err) &&
           show(session, number, err);
}

static bool cmd_request_approve(Session *session, const Args *args, GError **err)
{
    return do_step(session, args, request_desk_approve, args_get(args, "override"), err);
}

static bool cmd_request_refuse(Session *session, const Args *args, GError **err)
{
    return do_step(session, args, request_desk_refuse, args_get(args, "reason"), err);
}

static bool cmd_request_withdraw(Session *session, const Args *args, GError **err)
{
    return do_step(session, args, request_desk_withdraw, args_get(args, "reason"), err);
}

static bool cmd_request_park(Session *session, const Args *args, GError **err)
{
    return do_step(session, args, request_desk_park, args_get(args, "reason"), err);
}

static bool cmd_request_assign(Session *session, const Args *args, GError **err)
{
    const char *who = args_get(args, "who");
    return do_step(session, args, request_desk_assign,
                   g_strcmp0(who, "nobody") == 0 ? NULL : who, err);
}

static bool cmd_request_comment(Session *session, const Args *args, GError **err)
{
    g_autofree char *text = record_words(args, "text");
    return do_step(session, args, request_desk_comment, text, err);
}

static bool cmd_request_code(Session *session, const Args *args, GError **err)
{
    const Work work = record_work(session);
    int64_t number = 0;
    if (args_has(args, "new") == args_has(args, "code"))
        return err_set(err, ERR_INVALID, "give the code that was read out, or --new");
    if (args_has(args, "code"))
        return do_step(session, args, request_desk_code, args_get(args, "code"), err);
    return number_of(args, &number, err) && request_desk_new_code(&work, number, err) &&
           show(session, number, err);
}

static bool cmd_request_extend(Session *session, const Args *args, GError **err)
{
    const Work work = record_work(session);
    int64_t number = 0;
    int64_t days = 0;
    return number_of(args, &number, err) && args_number(args, "days", 1, 365, &days, err) &&
           request_desk_extend(&work, number, days, err) && show(session, number, err);
}

static const Command COMMANDS[] = {
    { "request list [--state=<state>] [--tld=<tld>] [--all]", cmd_request_list, COMMAND_STORE,
      "list what is open, oldest first, or in one state, or also what has ended" },
    { "request show <number>", cmd_request_show, COMMAND_STORE,
      "show a request with what it needs and its whole story" },
    { "request open [<file>] [--from=<address>]", cmd_request_open, COMMAND_STORE,
      "open what a filled-in form asks for, which somebody has told the secretariat" },
    { "request approve <number> [--override=<reason>]", cmd_request_approve, COMMAND_STORE,
      "say yes for the secretariat, or go over all that is missing with a reason" },
    { "request refuse <number> --reason=<why>", cmd_request_refuse, COMMAND_STORE,
      "refuse a request and tell the requester why" },
    { "request park <number> --reason=<why>", cmd_request_park, COMMAND_STORE,
      "let a request rest until it is approved" },
    { "request assign <number> <who>", cmd_request_assign, COMMAND_STORE,
      "say who of the secretariat looks after it; nobody takes it back" },
    { "request comment <number> <text>...", cmd_request_comment, COMMAND_STORE,
      "add a remark to its story" },
    { "request code <number> [<code>] [--new]", cmd_request_code, COMMAND_STORE,
      "enter the code that a contact has read out over the telephone, or send a new one" },
    { "request extend <number> <days>", cmd_request_extend, COMMAND_STORE,
      "give those who were asked some days more" },
    { "request withdraw <number> --reason=<why>", cmd_request_withdraw, COMMAND_STORE,
      "end a request because its requester wants it no more" },
    { "request policy", cmd_request_policy, COMMAND_STORE, "show who must say yes to what" },
};

const CommandGroup CLI_REQUEST = COMMAND_GROUP(COMMANDS);
