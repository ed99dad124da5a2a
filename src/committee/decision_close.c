/* Closing decisions. */
#include "base/err.h"
#include "base/limits.h"
#include "committee/decision_count.h"
#include "committee/decision_letter.h"
#include "committee/decision_steps.h"

static bool update(const Work *work, int64_t id, const DecisionCount *count, const char *reason,
                   GError **err)
{
    const char *state = decision_state_name(count->state);
    return db_run(work->db,
                  "UPDATE decision SET state = $2, chosen = $3, reason = $4, closed_at = $5,"
                  " closed_by = $6 WHERE id = $1",
                  DB_ARGS(db_int(id), db_text(state),
                          count->chosen != 0 ? db_int(count->chosen) : db_null(),
                          db_text(reason), db_int(work->now), db_text(work->actor)),
                  NULL, err);
}

/* Keeps who could vote: offices go on changing. */
static bool freeze(const Work *work, const Decision *decision, GError **err)
{
    for (guint i = 0; i < decision->ballots->len; i++) {
        const Ballot *ballot = decision->ballots->pdata[i];
        if (!db_run(work->db, "UPDATE ballot SET may_vote = $2 WHERE id = $1",
                    DB_ARGS(db_int(ballot->id), db_bool(ballot->may_vote)), NULL, err))
            return false;
    }
    return true;
}

/* "chosen: option 1; 3 of 5 voted, quorum 3; votes 2, 1" */
static char *summary_of(const Decision *decision)
{
    g_autoptr(GString) text = g_string_new(decision->state_name);
    if (decision->chosen != 0) {
        g_autofree char *option = decision_option_name(decision->chosen);
        g_string_append_printf(text, ": %s", option);
    }
    g_string_append_printf(text,
                           "; %" G_GINT64_FORMAT " of %" G_GINT64_FORMAT
                           " voted, quorum %" G_GINT64_FORMAT "; votes",
                           decision->voted, decision->voters, decision->quorum);
    for (guint i = 0; i < decision->options->len; i++)
        g_string_append_printf(text, "%s %" G_GINT64_FORMAT, i > 0 ? "," : "",
                               ((const DecisionOption *) decision->options->pdata[i])->votes);
    return g_string_free(g_steal_pointer(&text), FALSE);
}

static bool journal_outcome(const Work *work, const Decision *decision, GError **err)
{
    bool is_withdrawn = decision->state == DECISION_WITHDRAWN;
    g_autofree char *summary = summary_of(decision);
    const JournalValue values[] = {
        { "question", decision->question },
        is_withdrawn ? (JournalValue){ "reason", decision->reason }
                     : (JournalValue){ "outcome", decision->outcome },
    };
    const JournalEntry entry = {
        .action = is_withdrawn ? "decision.withdraw" : "decision.close",
        .details = summary,
        .values = values,
        .n_values = G_N_ELEMENTS(values),
    };
    return decision_journal(work, decision->id, entry, err);
}

/* A row for each who could vote, so that a name goes with its person. */
static bool journal_ballot(const Work *work, const Decision *decision, const Ballot *ballot,
                           GError **err)
{
    g_autofree char *option = decision_option_name(ballot->choice);
    const char *lost = ballot->may_vote ? "" : ", does not count: out of office";
    g_autofree char *details = ballot->choice != 0 ? g_strconcat(option, lost, NULL)
                                                   : g_strdup("no vote");
    const DecisionOption *chosen = ballot->choice != 0
                                       ? decision->options->pdata[ballot->choice - 1]
                                       : NULL;
    const JournalValue values[] = {
        { "name", ballot->name },
        { "vote", chosen != NULL ? chosen->text : NULL },
    };
    const JournalEntry entry = {
        .action = "decision.ballot",
        .person_id = ballot->person_id,
        .details = details,
        .values = values,
        .n_values = G_N_ELEMENTS(values),
    };
    return decision_journal(work, decision->id, entry, err);
}

static bool journal(const Work *work, const Decision *decision, GError **err)
{
    if (!journal_outcome(work, decision, err))
        return false;
    for (guint i = 0; i < decision->ballots->len; i++) {
        if (!journal_ballot(work, decision, decision->ballots->pdata[i], err))
            return false;
    }
    return true;
}

bool decision_end(const Work *work, int64_t id, const char *reason, GError **err)
{
    g_autoptr(Decision) open = NULL;
    g_autoptr(Decision) closed = NULL;
    if (!decision_get(work->db, id, &open, err) || !decision_check_open(open, err))
        return false;
    const DecisionCount count = reason != NULL ? (DecisionCount){ DECISION_WITHDRAWN, 0 }
                                               : decision_count(open);
    return freeze(work, open, err) && update(work, id, &count, reason, err) &&
           decision_get(work->db, id, &closed, err) && journal(work, closed, err) &&
           decision_letter_closed(work, closed, err);
}

bool decision_close(const Work *work, int64_t id, GError **err)
{
    return decision_end(work, id, NULL, err);
}

bool decision_withdraw(const Work *work, int64_t id, const char *reason, GError **err)
{
    g_autofree char *clean = NULL;
    return decision_clean("the reason", reason != NULL ? reason : "", DECISION_REASON_MAX,
                          &clean, err) &&
           decision_end(work, id, clean, err);
}
