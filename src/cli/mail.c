/* muster mail: how Muster would treat a mail, and why. Changes nothing. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "alert/assess.h"
#include "base/address.h"
#include "base/err.h"
#include "cli/groups.h"
#include "cli/records.h"
#include "committee/ballot.h"
#include "directory/tld.h"
#include "mail/dsn_read.h"
#include "mail/dsn_text.h"
#include "mail/head.h"
#include "mail/parser.h"
#include "membership/desk_mail.h"

static const OutputColumn COLUMNS[] = {
    { "recipient", "would come to" },
    { "route", "route" },
    { "tld", "TLD" },
    { "envelope_from", "envelope sender" },
    { "from", "From" },
    { "recognised", "recognised" },
    { "evidence_text", "evidence" },
    { "tlp", "label" },
    { "subject", "Subject" },
    { "message_id", "Message-ID" },
    { "verdict", "verdict" },
    { "waits_for", "waits for" },
    { "rule", "rule" },
    { "reason", "reason" },
    { "answer", "answer" },
    { "answer_to", "answered to" },
    { "readers", "copies" },
    { "notices", "oddities" },
    { "bounce_text", "bounce" },
};

/* Reading the file */

static bool read_all(int fd, size_t max, GByteArray *out, GError **err)
{
    for (;;) {
        guint8 buffer[65536];
        ssize_t size = read(fd, buffer, sizeof buffer);
        if (size < 0 && errno == EINTR)
            continue;
        if (size < 0)
            return err_set(err, ERR_INVALID, "could not read it: %s", g_strerror(errno));
        if (size == 0)
            return true;
        g_byte_array_append(out, buffer, (guint) size);
        if (out->len > max)
            return err_set(err, ERR_LIMIT, "it is larger than LMTP takes: %zu bytes", max);
    }
}

/* As LMTP would bring it: lines end in CRLF. */
static GBytes *with_crlf(const GByteArray *text)
{
    GByteArray *out = g_byte_array_sized_new(text->len + text->len / 32);
    guint start = 0;
    for (guint i = 0; i < text->len; i++) {
        if (text->data[i] != '\n' || (i > 0 && text->data[i - 1] == '\r'))
            continue;
        g_byte_array_append(out, text->data + start, i - start);
        g_byte_array_append(out, (const guint8 *) "\r\n", 2);
        start = i + 1;
    }
    g_byte_array_append(out, text->data + start, text->len - start);
    return g_byte_array_free_to_bytes(out);
}

static GBytes *read_mail(const Session *session, const char *file, GError **err)
{
    bool is_stdin = g_str_equal(file, "-");
    int fd = is_stdin ? STDIN_FILENO : open(file, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        err_set(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_INVALID, "could not open \"%s\": %s",
                file, g_strerror(errno));
        return NULL;
    }
    g_autoptr(GByteArray) text = g_byte_array_new();
    bool is_read = read_all(fd, (size_t) session->config->lmtp_max_size, text, err);
    if (!is_stdin)
        (void) close(fd); /* it was only read */
    if (!is_read) {
        g_prefix_error(err, "\"%s\": ", file);
        return NULL;
    }
    return with_crlf(text);
}

/* Where it would go */

/* The first of our addresses in the values of a field; NULL if there is none. Good enough for a
 * guess, which --to overrules. */
static char *own_address_in(const Config *config, const Head *head, const char *field)
{
    for (size_t i = 0; i < head_count(head, field); i++) {
        g_autofree char *value = head_get(head, field, i);
        g_auto(GStrv) words = g_strsplit_set(value, " \t,;<>\"'()", -1);
        for (size_t w = 0; words[w] != NULL; w++) {
            g_autofree char *address = NULL;
            if (strchr(words[w], '@') == NULL || !address_parse(words[w], &address, NULL))
                continue;
            g_auto(Route) route = route_of(config->list, address);
            if (route.kind != ROUTE_NONE)
                return g_steal_pointer(&address);
        }
    }
    return NULL;
}

static char *guess_recipient(const Config *config, GBytes *mail)
{
    static const char *const FIELDS[] = { "X-Original-To", "Delivered-To", "To", "Cc" };
    g_autoptr(Head) head = head_parse(mail, NULL);
    for (size_t i = 0; head != NULL && i < G_N_ELEMENTS(FIELDS); i++) {
        char *address = own_address_in(config, head, FIELDS[i]);
        if (address != NULL)
            return address;
    }
    return g_strdup(config->list);
}

static bool set_route(const Session *session, InboxItem *item, GError **err)
{
    g_autoptr(Tld) tld = NULL;
    g_auto(Route) route = route_of(session->config->list, item->recipient);
    if (route.kind == ROUTE_NONE)
        return err_set(err, ERR_NOT_FOUND, "%s is no address of this list", item->recipient);
    if (route.kind == ROUTE_TLD) {
        if (!tld_parse(session->db, route.detail, &tld, err))
            return false;
        g_free(route.detail);
        route.detail = g_strdup(tld->a_label);
    }
    item->route = route.kind;
    item->route_name = g_strdup(route_name(route.kind));
    item->detail = g_steal_pointer(&route.detail);
    return true;
}

/* An empty envelope sender would make a bounce of the mail. */
#define UNKNOWN_SENDER "unknown@sender.invalid"

/* Mail servers write the envelope sender into what they deliver. Else it is taken to be who the
 * mail says it is from. */
static char *guess_sender(GBytes *mail, const Message *message)
{
    g_autoptr(Head) head = head_parse(mail, NULL);
    g_autofree char *path = head != NULL ? head_get(head, "Return-Path", 0) : NULL;
    if (path != NULL) {
        size_t size = strlen(path);
        bool has_brackets = size >= 2 && path[0] == '<' && path[size - 1] == '>';
        g_autofree char *inner = has_brackets ? g_strndup(path + 1, size - 2) : g_strdup(path);
        char *address = NULL;
        if (inner[0] == '\0' || address_parse(inner, &address, NULL))
            return address != NULL ? address : g_strdup("");
    }
    const Mailbox *author = message != NULL && message->from->len > 0 ? message->from->pdata[0]
                                                                      : NULL;
    return g_strdup(author != NULL && author->address != NULL ? author->address
                                                              : UNKNOWN_SENDER);
}

static bool set_sender(InboxItem *item, const char *given, const Message *message, GError **err)
{
    if (given == NULL)
        item->envelope_from = guess_sender(item->data, message);
    else if (given[0] == '\0' || g_str_equal(given, "<>"))
        item->envelope_from = g_strdup("");
    else
        return address_parse(given, &item->envelope_from, err);
    return true;
}

static bool set_recipient(const Session *session, InboxItem *item, const char *given,
                          GError **err)
{
    if (given == NULL)
        item->recipient = guess_recipient(session->config, item->data);
    else if (!address_parse(given, &item->recipient, err))
        return false;
    return set_route(session, item, err);
}

/* Telling */

static json_t *sender_record(const Recognised *sender)
{
    if (sender == NULL)
        return json_null();
    json_t *tlds = json_array();
    for (size_t i = 0; sender->tlds[i] != NULL; i++)
        (void) json_array_append_new(tlds, output_string(sender->tlds[i]));
    return json_pack("{s:I, s:o, s:o, s:s, s:o}", "contact", sender->person_id, "name",
                     output_string(sender->name), "address", output_string(sender->address),
                     "kind", sender->is_secondary ? "secondary" : "primary", "tlds", tlds);
}

static json_t *bounces_of(const Message *message)
{
    json_t *records = json_array();
    g_autoptr(GPtrArray) bounces = message != NULL ? dsn_read(message) : g_ptr_array_new();
    g_autofree char *returned_id = bounces->len > 0 ? dsn_returned_id(message) : NULL;
    for (guint i = 0; i < bounces->len; i++) {
        const Dsn *dsn = bounces->pdata[i];
        (void) json_array_append_new(
            records,
            json_pack("{s:o, s:s, s:o, s:o, s:o}", "recipient", output_string(dsn->recipient),
                      "class", dsn_class_name(dsn->class), "status", output_string(dsn->status),
                      "reason", output_string(dsn->reason), "returned_message_id",
                      output_string(returned_id)));
    }
    return records;
}

static json_t *bounce_texts(const json_t *bounces)
{
    size_t i = 0;
    const json_t *bounce = NULL;
    json_t *texts = json_array();
    json_array_foreach(bounces, i, bounce)
    {
        const char *recipient = json_string_value(json_object_get(bounce, "recipient"));
        const char *status = json_string_value(json_object_get(bounce, "status"));
        g_autofree char *text = g_strdup_printf(
            "%s: %s%s%s", recipient != NULL ? recipient : "somebody",
            json_string_value(json_object_get(bounce, "class")), status != NULL ? " " : "",
            status != NULL ? status : "");
        (void) json_array_append_new(texts, output_string(text));
    }
    return texts;
}

static json_t *notices_of(const Message *message, TlpNotice tlp_notice)
{
    json_t *notices = json_array();
    for (guint i = 0; message != NULL && i < message->notices->len; i++)
        (void) json_array_append_new(notices, output_string(message->notices->pdata[i]));
    if (tlp_notice == TLP_SEVERAL)
        (void) json_array_append_new(notices,
                                     json_string("several labels: the strictest counts"));
    if (tlp_notice == TLP_INVALID)
        (void) json_array_append_new(notices,
                                     json_string("a label that TLP 2.0 does not have"));
    return notices;
}

static json_t *mail_record(const InboxItem *item, const Message *message)
{
    const Mailbox *author = message != NULL && message->from->len > 0 ? message->from->pdata[0]
                                                                      : NULL;
    json_t *bounces = bounces_of(message);
    return json_pack("{s:s, s:s, s:o, s:s, s:o, s:o, s:o, s:o, s:o}", "recipient",
                     item->recipient, "route", item->route_name, "tld",
                     output_string(item->route == ROUTE_TLD ? item->detail : NULL),
                     "envelope_from", item->envelope_from, "from",
                     output_string(author != NULL ? author->raw : NULL), "subject",
                     output_string(message != NULL ? message->subject : NULL), "message_id",
                     output_string(message != NULL ? message->message_id : NULL), "bounce_text",
                     bounce_texts(bounces), "bounce", bounces);
}

static json_t *assessment_record(const Assessment *a, const Message *message)
{
    const Verdict *verdict = &a->verdict;
    bool is_answered = verdict->answer != POLICY_ANSWER_NONE;
    g_autofree char *who = a->sender != NULL ? assess_recognised(a->sender) : NULL;
    return json_pack("{s:o, s:o, s:s, s:o, s:o, s:s, s:o, s:s, s:o, s:s, s:o, s:I, s:o}",
                     "sender", sender_record(a->sender), "recognised", output_string(who),
                     "evidence", evidence_kind_name(a->evidence.kind), "evidence_text",
                     output_string(a->evidence.text), "tlp", output_string(tlp_name(a->tlp)),
                     "verdict", inbox_state_name(verdict->state), "waits_for",
                     output_string(policy_waits_name(verdict->waits_for)), "rule",
                     verdict->rule, "reason", output_string(verdict->reason), "answer",
                     policy_answer_name(verdict->answer), "answer_to",
                     output_string(is_answered ? a->answer_to : NULL), "readers",
                     (json_int_t) a->readers, "notices", notices_of(message, a->tlp_notice));
}

/* The bounces as text are for people; a program has them as records. */
static void print(Session *session, json_t *record)
{
    if (output_is_json(session->output))
        (void) json_object_del(record, "bounce_text");
    output_record(session->output, record, COLUMNS, G_N_ELEMENTS(COLUMNS));
}

/* Who takes a mail to -request@ or an answer, as the worker decides (daemon/dispatch.c);
 * *ret_rule is NULL if it is a matter of posts. */
static bool take(const Work *work, const InboxItem *item, const Message *message,
                 Taken *ret_taken, const char **ret_rule, GError **err)
{
    BallotOwner owner;
    bool is_known = false;
    bool is_ballot = false;
    *ret_rule = NULL;
    if (item->route == ROUTE_REQUEST) {
        *ret_rule = "request";
        return desk_take_request(work, item, message, ret_taken, err);
    }
    if (item->route != ROUTE_CONFIRM)
        return true;
    if (!desk_knows_token(work->db, item->detail, &is_known, err) ||
        !ballot_find(work->db, item->detail, &is_ballot, &owner, err))
        return false;
    if (is_known) {
        *ret_rule = "answer";
        return desk_take_answer(work, item, message, ret_taken, err);
    }
    if (!is_ballot)
        return true;
    *ret_rule = "ballot";
    return ballot_take_answer(work, item, message, ret_taken, err);
}

/* Has it taken, in a transaction that is rolled back: so nothing is told but what would happen.
 */
static bool explain_taken(Session *session, const Work *work, const InboxItem *item,
                          const Message *message, bool *ret_is_taken, GError **err)
{
    const char *rule = NULL;
    g_auto(Taken) taken = { .reason = NULL };
    g_autoptr(DbTransaction) trial = db_begin(session->db, err);
    if (trial == NULL || !take(work, item, message, &taken, &rule, err))
        return false;
    *ret_is_taken = rule != NULL;
    if (rule == NULL)
        return true;
    json_t *record = mail_record(item, message);
    json_t *rest = json_pack("{s:s, s:s, s:o, s:o}", "verdict", inbox_state_name(taken.state),
                             "rule", rule, "reason", output_string(taken.reason),
                             "evidence_text", output_string(taken.evidence));
    (void) json_object_update(record, rest);
    json_decref(rest);
    print(session, record);
    return true;
}

static bool explain(Session *session, const InboxItem *item, const Message *message,
                    const char *unreadable, GError **err)
{
    const Work work = record_work(session);
    g_autoptr(Assessment) assessment = NULL;
    bool is_taken = false;
    if (message != NULL && !explain_taken(session, &work, item, message, &is_taken, err))
        return false;
    if (is_taken)
        return true;
    if (!assess(&work, item, message, unreadable, &assessment, err))
        return false;

    json_t *record = mail_record(item, message);
    json_t *rest = assessment_record(assessment, message);
    (void) json_object_update(record, rest);
    json_decref(rest);
    print(session, record);
    return true;
}

/* The worker tries such a mail twice and then puts it aside. */
static void tell_quarantine(Session *session, const InboxItem *item, const char *reason)
{
    json_t *record = mail_record(item, NULL);
    (void) json_object_set_new(record, "verdict",
                               json_string(inbox_state_name(INBOX_QUARANTINED)));
    (void) json_object_set_new(record, "rule", json_string("quarantine"));
    (void) json_object_set_new(record, "reason", output_string(reason));
    print(session, record);
}

static bool cmd_mail_explain(Session *session, const Args *args, GError **err)
{
    g_autoptr(GError) why = NULL;
    g_autoptr(Message) message = NULL;
    g_autoptr(InboxItem) item = g_new0(InboxItem, 1);
    item->data = read_mail(session, args_get(args, "file"), err);
    if (item->data == NULL)
        return false;
    item->size = (int64_t) g_bytes_get_size(item->data);
    item->received_at = clock_now(session->clock);

    bool is_read = parser_read(item->data, &message, &why);
    if (!is_read && err_is(why, ERR_TEMPORARY)) {
        g_propagate_error(err, g_steal_pointer(&why));
        return false;
    }
    if (!set_sender(item, args_get(args, "from"), message, err) ||
        !set_recipient(session, item, args_get(args, "to"), err))
        return false;
    if (is_read || err_is(why, ERR_INVALID))
        return explain(session, item, message, is_read ? NULL : why->message, err);
    tell_quarantine(session, item, why->message);
    return true;
}

static const Command COMMANDS[] = {
    { "mail explain <file> [--from=<address>] [--to=<address>]", cmd_mail_explain,
      COMMAND_STORE,
      "say how the mail in a file (- for standard input) would be treated, and why" },
};

const CommandGroup CLI_MAIL = COMMAND_GROUP(COMMANDS);
