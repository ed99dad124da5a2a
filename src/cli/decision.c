/* muster decision: what is put to the committee, its votes and what came of it. */
#include "committee/decision.h"

#include <string.h>

#include "base/err.h"
#include "base/limits.h"
#include "cli/groups.h"
#include "cli/records.h"

static const OutputColumn LIST_COLUMNS[] = {
    { "label", "decision" }, { "state", "state" },       { "outcome", "outcome" },
    { "voted", "voted" },    { "voters", "of" },         { "quorum", "quorum" },
    { "about", "about" },    { "deadline", "deadline" }, { "question", "question" },
};

static const OutputColumn SHOW_COLUMNS[] = {
    { "label", "decision" }, { "question", "question" },   { "about", "about" },
    { "state", "state" },    { "outcome", "outcome" },     { "reason", "reason" },
    { "voted", "votes" },    { "voters", "may vote" },     { "quorum", "quorum" },
    { "opened", "opened" },  { "opened_by", "opened by" }, { "deadline", "deadline" },
    { "closed", "closed" },  { "closed_by", "closed by" },
};

static const OutputColumn OPTION_COLUMNS[] = {
    { "position", "no." },
    { "text", "option" },
    { "votes", "votes" },
};

static const OutputColumn VOTE_COLUMNS[] = {
    { "name", "name" },
    { "vote", "vote" },
    { "counts", "counts" },
    { "via", "via" },
    { "recorded_by", "typed by" },
    { "voted", "voted" },
};

static json_t *decision_record(const Decision *decision)
{
    g_autofree char *label = decision_label(decision->id);
    g_autofree char *about = decision_about(decision);
    return json_pack(
        "{s:I, s:s, s:s, s:o, s:o, s:o, s:s, s:o, s:o, s:I, s:I, s:I, s:o, s:s, s:o, s:o,"
        " s:o}",
        "number", decision->id, "label", label, "question", decision->question, "about",
        output_string(about), "reference_kind", output_string(decision->reference_kind),
        "reference", output_string(decision->reference), "state", decision->state_name,
        "outcome", output_string(decision->outcome), "reason", output_string(decision->reason),
        "quorum", decision->quorum, "voters", decision->voters, "voted", decision->voted,
        "opened", output_time(decision->opened_at), "opened_by", decision->opened_by,
        "deadline", output_time(decision->deadline), "closed", output_time(decision->closed_at),
        "closed_by", output_string(decision->closed_by));
}

static json_t *option_records(const Decision *decision)
{
    json_t *rows = json_array();
    for (guint i = 0; i < decision->options->len; i++) {
        const DecisionOption *option = decision->options->pdata[i];
        (void) json_array_append_new(rows,
                                     json_pack("{s:I, s:s, s:I}", "position", option->position,
                                               "text", option->text, "votes", option->votes));
    }
    return rows;
}

static json_t *vote_records(const Decision *decision)
{
    json_t *rows = json_array();
    for (guint i = 0; i < decision->ballots->len; i++) {
        const Ballot *ballot = decision->ballots->pdata[i];
        const DecisionOption *option = ballot->choice != 0
                                           ? decision->options->pdata[ballot->choice - 1]
                                           : NULL;
        (void) json_array_append_new(
            rows,
            json_pack("{s:o, s:o, s:o, s:o, s:b, s:b, s:o, s:o, s:o}", "person",
                      ballot->person_id != 0 ? json_integer(ballot->person_id) : json_null(),
                      "name", output_string(ballot->name), "vote",
                      output_string(option != NULL ? option->text : NULL), "position",
                      option != NULL ? json_integer(option->position) : json_null(), "may_vote",
                      ballot->may_vote, "counts", option != NULL && ballot->may_vote, "via",
                      output_string(ballot->via), "recorded_by",
                      output_string(ballot->recorded_by), "voted",
                      output_time(ballot->voted_at)));
    }
    return rows;
}

static bool show(Session *session, int64_t id, GError **err)
{
    g_autoptr(Decision) decision = NULL;
    if (!decision_get(session->db, id, &decision, err))
        return false;
    json_t *record = decision_record(decision);
    json_t *options = option_records(decision);
    json_t *votes = vote_records(decision);
    if (!output_is_json(session->output)) {
        output_record(session->output, record, SHOW_COLUMNS, G_N_ELEMENTS(SHOW_COLUMNS));
        output_line(session->output, "%s", "");
        output_table(session->output, options, OPTION_COLUMNS, G_N_ELEMENTS(OPTION_COLUMNS));
        output_line(session->output, "%s", "");
        output_table(session->output, votes, VOTE_COLUMNS, G_N_ELEMENTS(VOTE_COLUMNS));
        return true;
    }
    (void) json_object_set_new(record, "options", options);
    (void) json_object_set_new(record, "votes", votes);
    output_document(session->output, record);
    return true;
}

static bool cmd_decision_list(Session *session, const Args *args, GError **err)
{
    g_autoptr(GPtrArray) decisions = decision_list(session->db, args_has(args, "all"), err);
    if (decisions == NULL)
        return false;
    json_t *rows = json_array();
    for (guint i = 0; i < decisions->len; i++)
        (void) json_array_append_new(rows, decision_record(decisions->pdata[i]));
    if (decisions->len == 0)
        output_line(session->output, "Nothing.");
    output_table(session->output, rows, LIST_COLUMNS, G_N_ELEMENTS(LIST_COLUMNS));
    return true;
}

static bool cmd_decision_show(Session *session, const Args *args, GError **err)
{
    int64_t id = 0;
    return decision_parse_label(args_get(args, "number"), &id, err) && show(session, id, err);
}

/* "request:142" */
static bool read_about(const Args *args, char **ret_kind, DecisionInput *input, GError **err)
{
    const char *about = args_get(args, "about");
    const char *colon = about != NULL ? strchr(about, ':') : NULL;
    if (about == NULL)
        return true;
    if (colon == NULL)
        return err_set(err, ERR_INVALID,
                       "--about wants request:, address:, policy: or bounce: before the rest");
    *ret_kind = g_strndup(about, (size_t) (colon - about));
    input->reference_kind = *ret_kind;
    input->reference = colon + 1;
    return true;
}

static bool cmd_decision_open(Session *session, const Args *args, GError **err)
{
    const Work work = record_work(session);
    const GPtrArray *options = args_list(args, "option");
    g_autofree char *question = record_words(args, "question");
    g_autofree char *kind = NULL;
    int64_t id = 0;
    DecisionInput input = {
        .question = question,
        .options = (const char *const *) options->pdata,
        .n_options = options->len,
    };
    if (!args_number(args, "days", 1, DECISION_DAYS_MAX, &input.days, err) ||
        !read_about(args, &kind, &input, err))
        return false;
    g_autoptr(DbTransaction) transaction = db_begin(session->db, err);
    return transaction != NULL && decision_open(&work, &input, &id, err) &&
           db_commit(&transaction, err) && show(session, id, err);
}

static bool vote(Session *session, const Args *args, int64_t id, GError **err)
{
    const Work work = record_work(session);
    g_autoptr(Decision) decision = NULL;
    DecisionVote cast = { .via = DECISION_VIA_COMMAND, .cast_at = work.now };
    return decision_get(session->db, id, &decision, err) &&
           contact_resolve(session->db, args_get(args, "as"), &cast.person_id, err) &&
           decision_parse_option(decision, args_get(args, "option"), &cast.choice, err) &&
           decision_vote(&work, id, &cast, err);
}

static bool cmd_decision_vote(Session *session, const Args *args, GError **err)
{
    int64_t id = 0;
    if (!decision_parse_label(args_get(args, "number"), &id, err))
        return false;
    g_autoptr(DbTransaction) transaction = db_begin(session->db, err);
    return transaction != NULL && vote(session, args, id, err) &&
           db_commit(&transaction, err) && show(session, id, err);
}

static bool cmd_decision_close(Session *session, const Args *args, GError **err)
{
    const Work work = record_work(session);
    const char *reason = args_get(args, "reason");
    bool is_withdrawn = args_has(args, "withdraw");
    int64_t id = 0;
    if (!decision_parse_label(args_get(args, "number"), &id, err))
        return false;
    if (is_withdrawn != (reason != NULL))
        return err_set(err, ERR_INVALID, "--withdraw and --reason go together");
    g_autoptr(DbTransaction) transaction = db_begin(session->db, err);
    return transaction != NULL &&
           (is_withdrawn ? decision_withdraw(&work, id, reason, err)
                         : decision_close(&work, id, err)) &&
           db_commit(&transaction, err) && show(session, id, err);
}

static const Command COMMANDS[] = {
    { "decision open <question>... [--about=<reference>] [--option=<text>...] [--days=<count>]",
      cmd_decision_open, COMMAND_STORE, "put a question to the committee" },
    { "decision list [--all]", cmd_decision_list, COMMAND_STORE,
      "list the questions that are open, or also those of the past" },
    { "decision show <number>", cmd_decision_show, COMMAND_STORE,
      "show one question and who voted what" },
    { "decision vote <number> <option> --as=<who>", cmd_decision_vote, COMMAND_STORE,
      "record a vote that somebody gave by voice" },
    { "decision close <number> [--withdraw] [--reason=<text>]", cmd_decision_close,
      COMMAND_STORE, "close a question with the votes that are there, or withdraw it" },
};

const CommandGroup CLI_DECISION = COMMAND_GROUP(COMMANDS);
