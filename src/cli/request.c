/* muster request: joining, adding, changing, removing and leaving, on their way. */
#include <string.h>

#include "base/address.h"
#include "base/err.h"
#include "base/limits.h"
#include "cli/groups.h"
#include "cli/records.h"
#include "cli/request_show.h"
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

static const OutputColumn POLICY_COLUMNS[] = {
    { "rule", "rule" },     { "kinds", "request" }, { "askers", "asked by" },
    { "conditions", "if" }, { "needs", "needs" },   { "why", "why" },
};

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
    return number_of(args, &number, err) && request_show(session, number, err);
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
        if (!request_show(session, g_array_index(numbers, int64_t, i), err))
            return false;
    }
    return true;
}

static bool cmd_request_complete(Session *session, const Args *args, GError **err)
{
    g_autofree char *text = NULL;
    const Work work = record_work(session);
    int64_t number = 0;
    return number_of(args, &number, err) && read_text(args_get(args, "file"), &text, err) &&
           request_desk_complete(&work, number, text, err) &&
           request_show(session, number, err);
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
           request_show(session, number, err);
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
           request_show(session, number, err);
}

static bool cmd_request_extend(Session *session, const Args *args, GError **err)
{
    const Work work = record_work(session);
    int64_t number = 0;
    int64_t days = 0;
    return number_of(args, &number, err) && args_number(args, "days", 1, 365, &days, err) &&
           request_desk_extend(&work, number, days, err) && request_show(session, number, err);
}

static const Command COMMANDS[] = {
    { "request list [--state=<state>] [--tld=<tld>] [--all]", cmd_request_list, COMMAND_STORE,
      "list what is open, oldest first, or in one state, or also what has ended" },
    { "request show <number>", cmd_request_show, COMMAND_STORE,
      "show a request with what it needs and its whole story" },
    { "request open [<file>] [--from=<address>]", cmd_request_open, COMMAND_STORE,
      "open what a filled-in form asks for, which somebody has told the secretariat" },
    { "request complete <number> [<file>]", cmd_request_complete, COMMAND_STORE,
      "fill in what is missing, from a form in a file or on standard input" },
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
