/* muster sms: text messages on their way out, and the gateway that they go through. */
#include <sysexits.h>

#include "base/err.h"
#include "base/phone.h"
#include "base/sms_url.h"
#include "cli/groups.h"
#include "queue/sms_gateway.h"

#define LIST_ROWS_MAX 100000 /* messages that one command prints */

static const OutputColumn COLUMNS[] = {
    { "id", "id" },
    { "number", "number" },
    { "state", "state" },
    { "attempts", "attempts" },
    { "uncertain", "uncertain" },
    { "due", "next attempt" },
    { "expires", "expires" },
    { "reply", "last answer" },
};

static json_t *message_record(const SmsRow *row)
{
    bool waits = g_str_equal(row->state, "waiting");
    return json_pack("{s:I, s:s, s:s, s:I, s:I, s:o, s:o, s:o, s:o, s:o}", "id", row->id,
                     "number", row->number, "state", row->state, "attempts", row->attempts,
                     "uncertain", row->uncertain, "created", output_time(row->created_at),
                     "due", output_time(waits ? row->due_at : 0), "expires",
                     output_time(row->expires_at), "finished", output_time(row->finished_at),
                     "reply", output_string(row->reply));
}

static bool cmd_sms_list(Session *session, const Args *args, GError **err)
{
    g_autoptr(GPtrArray)
        rows = sms_list(session->db, args_get(args, "state"), 0, LIST_ROWS_MAX, err);
    if (rows == NULL)
        return false;

    json_t *records = json_array();
    for (guint i = 0; i < rows->len; i++)
        (void) json_array_append_new(records, message_record(rows->pdata[i]));
    if (rows->len == 0)
        output_line(session->output, "Nothing.");
    output_table(session->output, records, COLUMNS, G_N_ELEMENTS(COLUMNS));
    return true;
}

static int exit_status_of(SmsOutcome outcome)
{
    if (outcome == SMS_SENT)
        return EX_OK;
    return outcome == SMS_REFUSED ? EX_UNAVAILABLE : EX_TEMPFAIL;
}

static void show_answer(const Session *session, const SmsAnswer *answer)
{
    static const char *const SENTENCES[] = {
        [SMS_SENT] = "The gateway took it",
        [SMS_REFUSED] = "The gateway refused it",
        [SMS_DEFERRED] = "It was not sent",
        [SMS_UNCERTAIN] = "It may have been sent",
    };
    g_autofree char *gateway = sms_url_shown(session->config->sms_url);
    output_line(session->output, "%s: %s", SENTENCES[answer->outcome], answer->said);
    if (answer->body != NULL)
        output_line(session->output, "Its answer: %s", answer->body);
    output_document(session->output,
                    json_pack("{s:o, s:s, s:o, s:o}", "gateway", output_string(gateway),
                              "outcome", sms_outcome_name(answer->outcome), "reply",
                              output_string(answer->said), "answer",
                              output_string(answer->body)));
}

/* At once and without a row: who looks after the gateway waits for its answer. */
static bool cmd_sms_test(Session *session, const Args *args, GError **err)
{
    const Config *config = session->config;
    g_auto(Phone) phone = { .e164 = NULL };
    g_auto(SmsAnswer) answer = { .said = NULL };
    if (!phone_parse(args_get(args, "number"), &phone, err))
        return false;
    if (config->sms_url == NULL)
        return err_set(err, ERR_INVALID, "there is no gateway: set url in [sms] of \"%s\"",
                       config->file);
    g_autoptr(SmsGateway) gateway = sms_gateway_new(config, err);
    if (gateway == NULL)
        return false;

    g_autofree char *text = g_strdup_printf("This is a test by %s.", config->name);
    sms_gateway_send(gateway, phone.e164, text, &answer);
    show_answer(session, &answer);
    session->exit_status = exit_status_of(answer.outcome);
    return true;
}

static const Command COMMANDS[] = {
    { "sms list [--state=<state>]", cmd_sms_list, COMMAND_STORE,
      "show text messages on their way out, or those that are sent, refused, expired or "
      "cancelled" },
    { "sms test <number>", cmd_sms_test, COMMAND_CONFIG,
      "send a test text through the SMS gateway and show what it answered" },
};

const CommandGroup CLI_SMS = COMMAND_GROUP(COMMANDS);
