/* Reading decisions. */
#include "committee/decision.h"

#include <string.h>

#include "base/err.h"
#include "base/limits.h"
#include "base/text.h"
#include "directory/office.h"

#define LABEL "DEC-"

static const char *const STATES[] = {
    [DECISION_OPEN] = "open",
    [DECISION_CHOSEN] = "chosen",
    [DECISION_TIE] = "tie",
    [DECISION_NO_QUORUM] = "no-quorum",
    [DECISION_WITHDRAWN] = "withdrawn",
};

static const DbField FIELDS[] = {
    DB_FIELD(Decision, id),
    DB_FIELD(Decision, question),
    DB_FIELD(Decision, reference_kind),
    DB_FIELD(Decision, reference),
    DB_FIELD(Decision, quorum),
    DB_FIELD(Decision, voters),
    DB_FIELD(Decision, voted),
    DB_FIELD(Decision, opened_at),
    DB_FIELD(Decision, opened_by),
    DB_FIELD(Decision, deadline),
    DB_FIELD(Decision, reminded_at),
    DB_FIELD(Decision, state_name),
    DB_FIELD(Decision, chosen),
    DB_FIELD(Decision, outcome),
    DB_FIELD(Decision, reason),
    DB_FIELD(Decision, closed_at),
    DB_FIELD(Decision, closed_by),
};

static const DbRecord RECORD = {
    .size = sizeof(Decision),
    .free = (GDestroyNotify) decision_free,
    .fields = FIELDS,
    .n_fields = G_N_ELEMENTS(FIELDS),
};

static const DbField OPTION_FIELDS[] = {
    DB_FIELD(DecisionOption, position),
    DB_FIELD(DecisionOption, text),
    DB_FIELD(DecisionOption, votes),
};

static void option_free(DecisionOption *option)
{
    g_free(option->text);
    g_free(option);
}

static const DbRecord OPTION_RECORD = {
    .size = sizeof(DecisionOption),
    .free = (GDestroyNotify) option_free,
    .fields = OPTION_FIELDS,
    .n_fields = G_N_ELEMENTS(OPTION_FIELDS),
};

static const DbField BALLOT_FIELDS[] = {
    DB_FIELD(Ballot, id),          DB_FIELD(Ballot, person_id),  DB_FIELD(Ballot, name),
    DB_FIELD(Ballot, choice),      DB_FIELD(Ballot, voted_at),   DB_FIELD(Ballot, via),
    DB_FIELD(Ballot, recorded_by), DB_FIELD(Ballot, mail_votes), DB_FIELD(Ballot, told_at),
    DB_FIELD(Ballot, may_vote),
};

static void ballot_free(Ballot *ballot)
{
    g_free(ballot->name);
    g_free(ballot->via);
    g_free(ballot->recorded_by);
    g_free(ballot);
}

static const DbRecord BALLOT_RECORD = {
    .size = sizeof(Ballot),
    .free = (GDestroyNotify) ballot_free,
    .fields = BALLOT_FIELDS,
    .n_fields = G_N_ELEMENTS(BALLOT_FIELDS),
};

/* Whether whoever has the ballot b may vote, as 0 or 1: what was found when the decision
 * closed, or whether the office is held now. */
#define MAY_VOTE                                                                               \
    "coalesce(b.may_vote, CASE WHEN EXISTS (SELECT 1 FROM office h"                            \
    " WHERE h.person_id = b.person_id AND h.until IS NULL"                                     \
    " AND h.kind IN " OFFICE_SQL_VOTERS ") THEN 1 ELSE 0 END)"

#define SELECT_DECISION                                                                        \
    "SELECT d.id, d.question, d.reference_kind, d.reference, d.quorum, d.voters,"              \
    " (SELECT count(*) FROM ballot b WHERE b.decision_id = d.id AND b.choice IS NOT NULL"      \
    " AND " MAY_VOTE " = 1) AS voted, d.opened_at, d.opened_by, d.deadline, d.reminded_at,"    \
    " d.state AS state_name, d.chosen, o.text AS outcome, d.reason, d.closed_at, d.closed_by"  \
    " FROM decision d LEFT JOIN decision_option o"                                             \
    " ON o.decision_id = d.id AND o.position = d.chosen"

void decision_free(Decision *decision)
{
    if (decision == NULL)
        return;
    g_free(decision->question);
    g_free(decision->reference_kind);
    g_free(decision->reference);
    g_free(decision->opened_by);
    g_free(decision->state_name);
    g_free(decision->outcome);
    g_free(decision->reason);
    g_free(decision->closed_by);
    g_clear_pointer(&decision->options, g_ptr_array_unref);
    g_clear_pointer(&decision->ballots, g_ptr_array_unref);
    g_free(decision);
}

const char *decision_state_name(DecisionState state)
{
    g_assert(state < G_N_ELEMENTS(STATES));
    return STATES[state];
}

static bool parse_state(Decision *decision, GError **err)
{
    for (size_t i = 0; i < G_N_ELEMENTS(STATES); i++) {
        if (g_str_equal(decision->state_name, STATES[i])) {
            decision->state = (DecisionState) i;
            return true;
        }
    }
    return err_set(err, ERR_INTERNAL, "the store has a decision in no known state");
}

char *decision_label(int64_t id)
{
    return g_strdup_printf(LABEL "%" G_GINT64_FORMAT, id);
}

bool decision_parse_label(const char *text, int64_t *ret_id, GError **err)
{
    bool has_label = g_ascii_strncasecmp(text, LABEL, strlen(LABEL)) == 0;
    gint64 id = 0;
    if (!g_ascii_string_to_signed(has_label ? text + strlen(LABEL) : text, 10, 1, INT64_MAX,
                                  &id, NULL)) {
        g_autofree char *shown = text_printable_max(text, strlen(text), 40);
        return err_set(err, ERR_INVALID, "\"%s\" is no number of a decision, as " LABEL "7",
                       shown);
    }
    *ret_id = id;
    return true;
}

char *decision_about(const Decision *decision)
{
    if (decision->reference_kind == NULL)
        return NULL;
    return g_strdup_printf("%s %s", decision->reference_kind, decision->reference);
}

static bool read_parts(Db *db, Decision *decision, GError **err)
{
    decision->options = db_select(
        db, &OPTION_RECORD,
        "SELECT o.position, o.text, (SELECT count(*) FROM ballot b"
        " WHERE b.decision_id = o.decision_id AND b.choice = o.position"
        " AND " MAY_VOTE " = 1) AS votes"
        " FROM decision_option o WHERE o.decision_id = $1 ORDER BY o.position",
        DB_ARGS(db_int(decision->id)), err);
    if (decision->options == NULL)
        return false;
    decision->ballots = db_select(
        db, &BALLOT_RECORD,
        "SELECT b.id, b.person_id, p.given_name || CASE WHEN p.family_name = ''"
        " THEN '' ELSE ' ' || p.family_name END AS name, b.choice, b.voted_at, b.via,"
        " b.recorded_by, b.mail_votes, b.told_at, " MAY_VOTE " AS may_vote"
        " FROM ballot b LEFT JOIN person p ON p.id = b.person_id"
        " WHERE b.decision_id = $1 ORDER BY p.search_name, b.id",
        DB_ARGS(db_int(decision->id)), err);
    return decision->ballots != NULL;
}

bool decision_find(Db *db, int64_t id, Decision **ret_decision, GError **err)
{
    g_autoptr(GPtrArray) rows = db_select(db, &RECORD, SELECT_DECISION " WHERE d.id = $1",
                                          DB_ARGS(db_int(id)), err);
    if (rows == NULL)
        return false;
    g_autoptr(Decision) found = rows->len > 0 ? g_ptr_array_steal_index(rows, 0) : NULL;
    if (found != NULL && (!parse_state(found, err) || !read_parts(db, found, err)))
        return false;
    *ret_decision = g_steal_pointer(&found);
    return true;
}

bool decision_get(Db *db, int64_t id, Decision **ret_decision, GError **err)
{
    g_autoptr(Decision) found = NULL;
    if (!decision_find(db, id, &found, err))
        return false;
    if (found == NULL)
        return err_set(err, ERR_NOT_FOUND, "there is no decision " LABEL "%" G_GINT64_FORMAT,
                       id);
    *ret_decision = g_steal_pointer(&found);
    return true;
}

bool decision_find_about(Db *db, const char *kind, const char *reference,
                         Decision **ret_decision, GError **err)
{
    int64_t id = 0;
    if (!db_select_int(db,
                       "SELECT coalesce(max(id), 0) FROM decision"
                       " WHERE reference_kind = $1 AND reference = $2",
                       DB_ARGS(db_text(kind), db_text(reference)), &id, err))
        return false;
    return decision_find(db, id, ret_decision, err);
}

GPtrArray *decision_list(Db *db, bool is_all, GError **err)
{
    g_autoptr(GPtrArray) rows = db_select(
        db, &RECORD,
        SELECT_DECISION " WHERE d.state = 'open' OR $1 = 1"
                        " ORDER BY d.state != 'open', CASE WHEN d.state = 'open'"
                        " THEN d.deadline ELSE -d.closed_at END, d.id LIMIT $2",
        DB_ARGS(db_bool(is_all), db_int(DECISIONS_LISTED_MAX)), err);
    for (guint i = 0; rows != NULL && i < rows->len; i++) {
        if (!parse_state(rows->pdata[i], err))
            return NULL;
    }
    return g_steal_pointer(&rows);
}

bool decision_outcome(Db *db, int64_t id, DecisionState *ret_state, char **ret_chosen,
                      GError **err)
{
    g_autoptr(Decision) decision = NULL;
    if (!decision_get(db, id, &decision, err))
        return false;
    *ret_state = decision->state;
    *ret_chosen = g_steal_pointer(&decision->outcome);
    return true;
}

/* "1 yes, 2 no" */
static char *list_options(const Decision *decision)
{
    g_autoptr(GString) list = g_string_new(NULL);
    for (guint i = 0; i < decision->options->len; i++) {
        const DecisionOption *option = decision->options->pdata[i];
        g_string_append_printf(list, "%s%" G_GINT64_FORMAT " %s", i > 0 ? ", " : "",
                               option->position, option->text);
    }
    return g_string_free(g_steal_pointer(&list), FALSE);
}

bool decision_parse_option(const Decision *decision, const char *text, int64_t *ret_choice,
                           GError **err)
{
    g_autofree char *wanted = text_fold(text);
    for (guint i = 0; i < decision->options->len; i++) {
        const DecisionOption *option = decision->options->pdata[i];
        g_autofree char *folded = text_fold(option->text);
        g_autofree char *number = g_strdup_printf("%" G_GINT64_FORMAT, option->position);
        if (g_str_equal(wanted, folded) || g_str_equal(wanted, number)) {
            *ret_choice = option->position;
            return true;
        }
    }
    g_autofree char *shown = text_printable_max(text, strlen(text), 80);
    g_autofree char *list = list_options(decision);
    return err_set(err, ERR_INVALID, "\"%s\" is none of the options: want one of %s", shown,
                   list);
}
