/* muster message: mail that came in, and what became of it. */
#include <string.h>

#include "alert/assess.h"
#include "alert/post_desk.h"
#include "base/err.h"
#include "cli/groups.h"
#include "mail/head.h"
#include "mail/parser.h"
#include "queue/inbox.h"
#include "queue/outbox.h"

#define LIST_ROWS     50    /* mails listed unless somebody asks for more */
#define LIST_ROWS_MAX 10000 /* mails that one command prints */

static const OutputColumn LIST_COLUMNS[] = {
    { "id", "id" },           { "received", "received" }, { "recipient", "to" },
    { "sender", "from" },     { "state", "state" },       { "waits_for", "waits for" },
    { "subject", "subject" }, { "reason", "reason" },
};

static const OutputColumn SHOW_COLUMNS[] = {
    { "id", "id" },
    { "received", "received" },
    { "recipient", "came to" },
    { "envelope_from", "envelope sender" },
    { "from", "From" },
    { "to", "To" },
    { "cc", "Cc" },
    { "date", "Date" },
    { "subject", "Subject" },
    { "message_id", "Message-ID" },
    { "size", "bytes" },
    { "recognised", "recognised" },
    { "evidence", "evidence" },
    { "tlp", "label" },
    { "state", "state" },
    { "waits_for", "waits for" },
    { "reason", "reason" },
    { "decided", "decided" },
    { "decided_by", "decided by" },
    { "copies_due", "copies due" },
    { "copies_sent", "copies sent" },
    { "copies_waiting", "copies waiting" },
    { "copies_failed", "copies failed" },
    { "notices", "oddities" },
};

static json_t *number_or_null(int64_t number)
{
    return number != 0 ? json_integer(number) : json_null();
}

static json_t *item_record(const InboxItem *item)
{
    return json_pack(
        "{s:I, s:o, s:s, s:s, s:o, s:s, s:o, s:o, s:o, s:o, s:I, s:s, s:o, s:o,"
        " s:o, s:o, s:o, s:o}",
        "id", item->id, "received", output_time(item->received_at), "recipient",
        item->recipient, "route", item->route_name, "detail", output_string(item->detail),
        "envelope_from", item->envelope_from, "sender", output_string(item->sender), "person",
        number_or_null(item->person_id), "subject", output_string(item->subject), "message_id",
        output_string(item->header_id), "size", item->size, "state", item->state_name,
        "waits_for", output_string(item->waits_for), "reason", output_string(item->reason),
        "evidence", output_string(item->evidence), "tlp", output_string(item->tlp), "decided",
        output_time(item->decided_at), "decided_by", output_string(item->decided_by));
}

static bool read_filter(const Args *args, InboxFilter *filter, GError **err)
{
    InboxState state;
    const char *route = args_get(args, "route");
    filter->state = args_get(args, "state");
    if (route != NULL && !route_parse(route, &filter->route))
        return err_set(err, ERR_INVALID,
                       "\"%s\" is no route: want everyone, committee, tld, request, confirm, "
                       "bounce or owner",
                       route);
    if (filter->state != NULL && !inbox_state_parse(filter->state, &state))
        return err_set(err, ERR_INVALID,
                       "\"%s\" is no state: want waiting, accepted, held, kept, forwarded, "
                       "confirmed, refused, dropped or quarantined",
                       filter->state);
    return args_number(args, "limit", 1, LIST_ROWS_MAX, &filter->limit, err);
}

static bool cmd_message_list(Session *session, const Args *args, GError **err)
{
    InboxFilter filter = { .route = ROUTE_NONE, .limit = LIST_ROWS };
    if (!read_filter(args, &filter, err))
        return false;
    g_autoptr(GPtrArray) rows = inbox_list(session->db, &filter, err);
    if (rows == NULL)
        return false;

    json_t *records = json_array();
    for (guint i = 0; i < rows->len; i++)
        (void) json_array_append_new(records, item_record(rows->pdata[i]));
    if (rows->len == 0)
        output_line(session->output, "Nothing.");
    output_table(session->output, records, LIST_COLUMNS, G_N_ELEMENTS(LIST_COLUMNS));
    return true;
}

/* A field as it stands in the mail; encoded words stay. What is no UTF-8 is shown with
 * replacement characters. */
static void add_field(json_t *record, const Head *head, const char *key, const char *name)
{
    g_autofree char *raw = head != NULL ? head_get(head, name, 0) : NULL;
    g_autofree char *valid = raw != NULL ? g_utf8_make_valid(raw, -1) : NULL;
    (void) json_object_set_new(record, key, output_string(valid));
}

static void add_fields(json_t *record, const InboxItem *item)
{
    g_autoptr(Head) head = head_parse(item->data, NULL);
    add_field(record, head, "from", "From");
    add_field(record, head, "to", "To");
    add_field(record, head, "cc", "Cc");
    add_field(record, head, "date", "Date");
}

/* The readable text comes from the parser; a mail that it does not read has none. */
static bool add_text(json_t *record, const InboxItem *item, GError **err)
{
    g_autoptr(GError) why = NULL;
    g_autoptr(Message) message = NULL;
    if (!parser_read(item->data, &message, &why) && err_is(why, ERR_TEMPORARY)) {
        g_propagate_error(err, g_steal_pointer(&why));
        return false;
    }
    json_t *notices = json_array();
    for (guint i = 0; message != NULL && i < message->notices->len; i++)
        (void) json_array_append_new(notices, output_string(message->notices->pdata[i]));
    if (why != NULL)
        (void) json_array_append_new(notices, output_string(why->message));
    (void) json_object_set_new(record, "notices", notices);
    (void) json_object_set_new(record, "text",
                               output_string(message != NULL ? message->text : NULL));
    return true;
}

static bool add_copies(json_t *record, Db *db, int64_t inbox_id, GError **err)
{
    int64_t message_id = 0;
    OutboxCounts counts = { .sent = 0 };
    if (!post_message(db, inbox_id, &message_id, err) ||
        (message_id != 0 && !outbox_count(db, message_id, &counts, err)))
        return false;

    int64_t failed = counts.refused + counts.expired + counts.cancelled;
    json_t *copies = message_id == 0
                         ? json_object()
                         : json_pack("{s:I, s:I, s:I, s:I, s:I, s:o, s:o}", "copies_due",
                                     counts.waiting + counts.sent + failed, "copies_sent",
                                     counts.sent, "copies_waiting", counts.waiting,
                                     "copies_failed", failed, "outgoing_message", message_id,
                                     "first_copy", output_time(counts.first_sent_at),
                                     "last_copy", output_time(counts.last_sent_at));
    (void) json_object_update(record, copies);
    json_decref(copies);
    return true;
}

/* Who the sender is by what is on file now. */
static bool add_recognised(json_t *record, const InboxItem *item, Db *db, GError **err)
{
    g_autoptr(Recognised) sender = NULL;
    if (item->sender != NULL && !contact_recognise(db, item->sender, &sender, err))
        return false;
    g_autofree char *text = sender != NULL ? assess_recognised(sender) : NULL;
    (void) json_object_set_new(record, "recognised", output_string(text));
    return true;
}

static bool read_id(const Args *args, int64_t *ret_id, GError **err)
{
    return args_number(args, "id", 1, INT64_MAX, ret_id, err);
}

static bool cmd_message_show(Session *session, const Args *args, GError **err)
{
    int64_t id = 0;
    g_autoptr(InboxItem) item = NULL;
    if (!read_id(args, &id, err) || !inbox_get(session->db, id, &item, err))
        return false;

    json_t *record = item_record(item);
    add_fields(record, item);
    if (!add_text(record, item, err) || !add_recognised(record, item, session->db, err) ||
        !add_copies(record, session->db, id, err)) {
        json_decref(record);
        return false;
    }
    g_autofree char *text = g_strdup(json_string_value(json_object_get(record, "text")));
    output_record(session->output, record, SHOW_COLUMNS, G_N_ELEMENTS(SHOW_COLUMNS));
    if (text != NULL && !output_is_json(session->output)) {
        output_line(session->output, "%s", "");
        output_text(session->output, text);
    }
    return true;
}

static bool cmd_message_release(Session *session, const Args *args, GError **err)
{
    int64_t id = 0;
    bool is_reading = false;
    if (!read_id(args, &id, err) || !post_release(session->db, id, session->actor,
                                                  clock_now(session->clock), &is_reading, err))
        return false;
    output_line(session->output, "Message %" G_GINT64_FORMAT " %s.", id,
                is_reading ? "will be read once more" : "is released and goes out");
    output_document(session->output, json_pack("{s:I, s:s}", "id", id, "state",
                                               inbox_state_name(INBOX_WAITING)));
    return true;
}

static bool cmd_message_drop(Session *session, const Args *args, GError **err)
{
    int64_t id = 0;
    if (!read_id(args, &id, err) ||
        !post_drop(session->db, id, session->actor, args_get(args, "reason"),
                   clock_now(session->clock), err))
        return false;
    output_line(session->output, "Message %" G_GINT64_FORMAT " is dropped.", id);
    output_document(session->output, json_pack("{s:I, s:s}", "id", id, "state",
                                               inbox_state_name(INBOX_DROPPED)));
    return true;
}

static const Command COMMANDS[] = {
    { "message list [--route=<route>] [--state=<state>] [--limit=<count>]", cmd_message_list,
      COMMAND_STORE, "list mail that came in, newest first, and what became of it" },
    { "message show <id>", cmd_message_show, COMMAND_STORE,
      "show one mail with its verdict, the copies sent, and its text" },
    { "message release <id>", cmd_message_release, COMMAND_STORE,
      "let a post go out that is held or was dropped" },
    { "message drop <id> [--reason=<text>]", cmd_message_drop, COMMAND_STORE,
      "drop mail that is held or quarantined" },
};

const CommandGroup CLI_MESSAGE = COMMAND_GROUP(COMMANDS);
