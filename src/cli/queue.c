/* muster queue: copies on their way out. */
#include "queue/outbox.h"

#include "base/address.h"
#include "base/err.h"
#include "cli/groups.h"

#define LIST_ROWS_MAX 100000 /* deliveries that one command prints */

static const OutputColumn COLUMNS[] = {
    { "id", "id" },
    { "message", "message" },
    { "kind", "kind" },
    { "address", "address" },
    { "state", "state" },
    { "attempts", "attempts" },
    { "uncertain", "uncertain" },
    { "due", "next attempt" },
    { "reply", "last answer" },
};

static json_t *delivery_record(const OutboxDelivery *d)
{
    bool waits = g_str_equal(d->state, "waiting");
    return json_pack("{s:I, s:I, s:s, s:o, s:s, s:s, s:I, s:I, s:o, s:o, s:o, s:o}", "id",
                     d->id, "message", d->message_id, "kind", d->kind, "subject",
                     output_string(d->subject), "address", d->address, "state", d->state,
                     "attempts", d->attempts, "uncertain", d->uncertain, "created",
                     output_time(d->created_at), "due", output_time(waits ? d->due_at : 0),
                     "finished", output_time(d->finished_at), "reply", output_string(d->reply));
}

/* *ret_address is what the filter borrows. */
static bool read_filter(const Args *args, char **ret_address, OutboxFilter *filter,
                        GError **err)
{
    if (args_has(args, "address")) {
        if (!address_parse(args_get(args, "address"), ret_address, err))
            return false;
        filter->address = *ret_address;
    }
    filter->state = args_get(args, "state");
    return args_number(args, "id", 1, INT64_MAX, &filter->id, err) &&
           args_number(args, "message", 1, INT64_MAX, &filter->message_id, err);
}

static bool cmd_queue_list(Session *session, const Args *args, GError **err)
{
    OutboxFilter filter = { .state = NULL };
    g_autofree char *address = NULL;
    if (!read_filter(args, &address, &filter, err))
        return false;
    g_autoptr(GPtrArray) rows = outbox_list(session->db, &filter, 0, LIST_ROWS_MAX, err);
    if (rows == NULL)
        return false;

    json_t *records = json_array();
    for (guint i = 0; i < rows->len; i++)
        (void) json_array_append_new(records, delivery_record(rows->pdata[i]));
    if (rows->len == 0)
        output_line(session->output, "Nothing.");
    output_table(session->output, records, COLUMNS, G_N_ELEMENTS(COLUMNS));
    return true;
}

static bool is_narrow(const OutboxFilter *filter)
{
    return filter->id != 0 || filter->message_id != 0 || filter->address != NULL;
}

/* Somebody who names one delivery must not take "none" for done. */
static bool check_found(const OutboxFilter *filter, int64_t count, GError **err)
{
    if (filter->id == 0 || count > 0)
        return true;
    return err_set(err, ERR_NOT_FOUND,
                   "there is no delivery %" G_GINT64_FORMAT " that is %s and fits", filter->id,
                   filter->state != NULL ? filter->state : "waiting");
}

static void print_count(Session *session, const char *what, int64_t count)
{
    output_line(session->output, "%s %" G_GINT64_FORMAT " %s.", what, count,
                count == 1 ? "delivery" : "deliveries");
    output_document(session->output, json_pack("{s:I}", "deliveries", count));
}

/* What was waiting goes out anyway; old alerts must not go out again by a slip of the finger.
 */
static bool cmd_queue_retry(Session *session, const Args *args, GError **err)
{
    OutboxFilter filter = { .state = NULL };
    g_autofree char *address = NULL;
    int64_t count = 0;
    if (!read_filter(args, &address, &filter, err))
        return false;
    if (filter.state != NULL && !g_str_equal(filter.state, "waiting") && !is_narrow(&filter))
        return err_set(err, ERR_INVALID, "say which: a number, --message, or --address");
    if (!outbox_retry(session->db, &filter, session->actor, clock_now(session->clock), &count,
                      err) ||
        !check_found(&filter, count, err))
        return false;
    print_count(session, "Due now:", count);
    return true;
}

/* A slip of the finger must not empty the queue. */
static bool cmd_queue_cancel(Session *session, const Args *args, GError **err)
{
    OutboxFilter filter = { .state = NULL };
    g_autofree char *address = NULL;
    int64_t count = 0;
    if (!read_filter(args, &address, &filter, err))
        return false;
    if (!is_narrow(&filter) && !args_has(args, "all"))
        return err_set(err, ERR_INVALID, "say which: a number, --message, --address, or --all");
    if (!outbox_cancel(session->db, &filter, session->actor, clock_now(session->clock), &count,
                       err) ||
        !check_found(&filter, count, err))
        return false;
    print_count(session, "Cancelled", count);
    return true;
}

static const Command COMMANDS[] = {
    { "queue list [--message=<id>] [--address=<address>] [--state=<state>]", cmd_queue_list,
      COMMAND_STORE,
      "show copies on their way out, or those that are sent, refused, expired or cancelled" },
    { "queue retry [<id>] [--message=<id>] [--address=<address>] [--state=<state>]",
      cmd_queue_retry, COMMAND_STORE,
      "try waiting copies now, or those that were refused, expired or cancelled once more" },
    { "queue cancel [<id>] [--message=<id>] [--address=<address>] [--all]", cmd_queue_cancel,
      COMMAND_STORE, "take waiting copies out of the queue" },
};

const CommandGroup CLI_QUEUE = COMMAND_GROUP(COMMANDS);
